# SPDX-License-Identifier: GPL-2.0-or-later
# VD_SONAME(PREFIX, LIBRARY, FUNCTION): PREFIX_SONAME, the name that a program which calls FUNCTION and is
# linked with $PREFIX_LIBS asks the loader for. For libraries that are loaded when they are needed, of
# which another version with other functions has another name.
AC_DEFUN([VD_SONAME], [
	AC_CHECK_TOOL([READELF], [readelf], [readelf])
	AC_CACHE_CHECK([for the name of $2], [vd_cv_soname_$2], [
		vd_save_LIBS=$LIBS
		LIBS="$LIBS $$1_LIBS"
		vd_cv_soname_$2=
		AC_LINK_IFELSE([AC_LANG_CALL([], [$3])], [
			vd_cv_soname_$2=`$READELF -d conftest$EXEEXT | tr -d '@<:@@:>@' | sed -n 's/.*(NEEDED).* \($2\.so.*\)$/\1/p'`
		])
		LIBS=$vd_save_LIBS
	])
	AS_IF([test -z "$vd_cv_soname_$2"], [AC_MSG_ERROR([no program could be linked with $2])])
	AC_DEFINE_UNQUOTED([$1_SONAME], ["$vd_cv_soname_$2"], [The name by which $2 is loaded.])
])
