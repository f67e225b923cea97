# SPDX-License-Identifier: GPL-2.0-or-later

# VD_TRY_LDFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE when a program can be linked with it.
AC_DEFUN([VD_TRY_LDFLAG], [
	AS_VAR_PUSHDEF([cached], [vd_cv_ldflag_$2])
	AC_CACHE_CHECK([whether $CC links with $2], [cached], [
		vd_save_cflags="$CFLAGS"
		vd_save_ldflags="$LDFLAGS"
		# An object for -pie has to be one that can be moved.
		CFLAGS="$CFLAGS -Werror $OUR_CFLAGS"
		LDFLAGS="$LDFLAGS $2"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
		CFLAGS="$vd_save_cflags"
		LDFLAGS="$vd_save_ldflags"
	])
	AS_VAR_IF([cached], [yes], [$1="$$1 $2"])
	AS_VAR_POPDEF([cached])
])

# VD_TRY_FORTIFY(LEVEL)
# Append _FORTIFY_SOURCE=LEVEL to HARDENING_CPPFLAGS when neither the compiler nor its user has set
# one, when the code is optimized (glibc warns otherwise), and when glibc knows the level.
AC_DEFUN([VD_TRY_FORTIFY], [
	AS_CASE([$HARDENING_CPPFLAGS], [*_FORTIFY_SOURCE*], [], [
		AC_MSG_CHECKING([whether to define _FORTIFY_SOURCE as $1])
		vd_save_cflags="$CFLAGS"
		CFLAGS="$CFLAGS -Werror"
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if defined(_FORTIFY_SOURCE) || !defined(__OPTIMIZE__)
#error "set already, or of no use"
#endif
#define _FORTIFY_SOURCE $1
#include <stdio.h>
int main(void) { return 0; }
]])], [
			AC_MSG_RESULT([yes])
			HARDENING_CPPFLAGS="-D_FORTIFY_SOURCE=$1"
		], [AC_MSG_RESULT([no])])
		CFLAGS="$vd_save_cflags"
	])
])

# VD_HARDENING
# What makes a fault in the program harder to use, as far as the tools have it. After VD_SANITIZERS:
# the sanitizers don't see through the checked functions of _FORTIFY_SOURCE.
AC_DEFUN([VD_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening],
			[build without PIE, RELRO, _FORTIFY_SOURCE and what else hardens])],
		[], [enable_hardening=yes])
	HARDENING_CPPFLAGS=
	HARDENING_LDFLAGS=
	AS_IF([test "x$enable_hardening" = xyes], [
		m4_foreach_w([flag], [
			-fPIE -fstack-protector-strong -fstack-clash-protection
			-fcf-protection=full -mbranch-protection=standard
		], [VD_TRY_CFLAG([OUR_CFLAGS], flag)])
		# -z now and -z relro together make the table of functions read-only.
		m4_foreach([flag], [[-pie], [[-Wl,-z,relro]], [[-Wl,-z,now]], [[-Wl,-z,noexecstack]]],
			[VD_TRY_LDFLAG([HARDENING_LDFLAGS], flag)])
		AS_IF([test -z "$SANITIZE_CFLAGS"], [
			VD_TRY_FORTIFY([3])
			VD_TRY_FORTIFY([2])
		])
	])
	AC_SUBST([HARDENING_CPPFLAGS])
	AC_SUBST([HARDENING_LDFLAGS])
])
