# SPDX-License-Identifier: GPL-2.0-or-later

# VD_TRY_CFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE when the compiler takes it.
AC_DEFUN([VD_TRY_CFLAG], [
	AS_VAR_PUSHDEF([cached], [vd_cv_cflag_$2])
	AC_CACHE_CHECK([whether $CC takes $2], [cached], [
		vd_save_cflags="$CFLAGS"
		# clang only warns about options that it does not know
		CFLAGS="$CFLAGS -Werror $2"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
		CFLAGS="$vd_save_cflags"
	])
	AS_VAR_IF([cached], [yes], [$1="$$1 $2"])
	AS_VAR_POPDEF([cached])
])

# VD_C17
# Ask for C17 with the extensions of GNU.
AC_DEFUN([VD_C17], [
	VD_TRY_CFLAG([OUR_CFLAGS], [-std=gnu17])
])

# VD_WARNINGS
# The warnings that the code is kept free of, and --enable-werror.
AC_DEFUN([VD_WARNINGS], [
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
		[], [enable_werror=no])
	m4_foreach_w([flag], [
		-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
		-Wmissing-declarations -Wold-style-definition -Wundef -Wpointer-arith
		-Wwrite-strings -Wcast-align -Wformat=2 -Wformat-signedness -Wconversion
		-Wvla -Wnull-dereference -Wimplicit-fallthrough -Wdouble-promotion
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
		-fno-common
	], [VD_TRY_CFLAG([OUR_CFLAGS], flag)])
	AS_IF([test "x$enable_werror" = xyes], [OUR_CFLAGS="$OUR_CFLAGS -Werror"])
	AC_SUBST([OUR_CFLAGS])
])
