# SPDX-License-Identifier: GPL-2.0-or-later
# That the check of the includes can fail.

setup() {
	includes=$BATS_TEST_DIRNAME/includes
	src=$BATS_TEST_TMPDIR/src
	mkdir -p "$src/check" "$src/vfio" "$src/view"
	echo '#include "model/host.h"' >"$src/check/fine.c"
}

@test "includes in the right direction pass" {
	"$includes" "$src"
}

@test "a check that includes source is refused" {
	echo '#include "source/source.h"' >"$src/check/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
	[[ $output == *'check/bad.c: includes "source/source.h"'* ]]
}

@test "a kernel header outside its directory is refused" {
	echo '#include <linux/vfio.h>' >"$src/view/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}

@test "internals of another directory are refused" {
	echo '#include "vfio/internal.h"' >"$src/view/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}

@test "an unplanned directory is refused" {
	mkdir "$src/misc"
	echo >"$src/misc/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}
