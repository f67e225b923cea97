# SPDX-License-Identifier: GPL-2.0-or-later

# VD_COVERAGE
# --enable-coverage: count which lines run (gcov).
AC_DEFUN([VD_COVERAGE], [
	AC_ARG_ENABLE([coverage],
		[AS_HELP_STRING([--enable-coverage], [count which lines run (gcov); for the tests only])],
		[], [enable_coverage=no])
	COVERAGE_CFLAGS=
	AS_IF([test "x$enable_coverage" = xyes], [
		COVERAGE_CFLAGS="--coverage"
		enable_sandbox=no
	])
	AC_SUBST([COVERAGE_CFLAGS])
])
