# SPDX-License-Identifier: GPL-2.0-or-later

# VD_SANDBOX
# Sanitizers and gcov open files, start threads and look into the process at its end: in such a build the
# child that reads captures keeps its rights. Behind VD_SANITIZERS and VD_COVERAGE. There is no switch.
AC_DEFUN([VD_SANDBOX], [
	AS_IF([test "x$enable_sandbox" = xno],
		[AC_DEFINE([WITHOUT_SANDBOX], [1], [Define to 1 where captures are read with all rights.])],
		[AC_DEFINE([WITHOUT_SANDBOX], [0])])
])
