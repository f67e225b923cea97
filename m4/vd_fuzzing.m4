# SPDX-License-Identifier: GPL-2.0-or-later

# VD_FUZZING
# --enable-fuzzing: the programs of tests/fuzz are driven by libFuzzer, which comes with clang. Without
# it they only run through their corpora. Before VD_SANITIZERS, whose flags it adds to.
AC_DEFUN([VD_FUZZING], [
	AC_ARG_ENABLE([fuzzing],
		[AS_HELP_STRING([--enable-fuzzing],
			[build the programs of tests/fuzz with libFuzzer, ASan and UBSan; wants CC=clang])],
		[], [enable_fuzzing=no])
	FUZZING_CFLAGS=
	FUZZING_LDFLAGS=
	AS_IF([test "x$enable_fuzzing" = xyes], [
		enable_asan=yes
		enable_ubsan=yes
		FUZZING_CFLAGS="-fsanitize=fuzzer-no-link"
		FUZZING_LDFLAGS="-fsanitize=fuzzer"
		vd_save_cflags="$CFLAGS"
		CFLAGS="$CFLAGS $FUZZING_LDFLAGS"
		AC_MSG_CHECKING([whether $CC can link with libFuzzer])
		AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) { return data && len > 99 ? -1 : 0; }
]])], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AC_MSG_ERROR([libFuzzer is not there: give CC=clang (Debian: clang, libclang-rt-14-dev)])
		])
		CFLAGS="$vd_save_cflags"
		AC_DEFINE([ENABLE_FUZZING], [1], [Define to 1 where libFuzzer drives the programs of tests/fuzz.])
	])
	AM_CONDITIONAL([ENABLE_FUZZING], [test "x$enable_fuzzing" = xyes])
	AC_SUBST([FUZZING_CFLAGS])
	AC_SUBST([FUZZING_LDFLAGS])
])
