# SPDX-License-Identifier: GPL-2.0-or-later

# VD_SANITIZERS
# --enable-asan and --enable-ubsan. Both end the program at the first error.
AC_DEFUN([VD_SANITIZERS], [
	AC_ARG_ENABLE([asan],
		[AS_HELP_STRING([--enable-asan], [build with AddressSanitizer and LeakSanitizer])],
		[], [enable_asan=${enable_asan:-no}])
	AC_ARG_ENABLE([ubsan],
		[AS_HELP_STRING([--enable-ubsan], [build with UndefinedBehaviorSanitizer])],
		[], [enable_ubsan=${enable_ubsan:-no}])
	vd_sanitize=
	AS_IF([test "x$enable_asan" = xyes],
		[vd_sanitize="-fsanitize=address -fno-omit-frame-pointer"])
	AS_IF([test "x$enable_ubsan" = xyes],
		[vd_sanitize="$vd_sanitize -fsanitize=undefined -fno-sanitize-recover=all"])
	AS_IF([test -n "$vd_sanitize"], [
		vd_save_cflags="$CFLAGS"
		CFLAGS="$CFLAGS $vd_sanitize"
		AC_MSG_CHECKING([whether $CC can link with$vd_sanitize])
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AC_MSG_ERROR([the sanitizers that were asked for are not there])
		])
		CFLAGS="$vd_save_cflags"
	])
	SANITIZE_CFLAGS="$vd_sanitize"
	AS_IF([test -n "$vd_sanitize"], [enable_sandbox=no])
	AC_SUBST([SANITIZE_CFLAGS])
])
