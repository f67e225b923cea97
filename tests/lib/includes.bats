# SPDX-License-Identifier: GPL-2.0-or-later
# That the check of the includes can fail.

setup() {
	includes=$BATS_TEST_DIRNAME/includes
	src=$BATS_TEST_TMPDIR/src
	mkdir -p "$src/check" "$src/vfio" "$src/view"
	echo '#include "model/host.h"' >"$src/check/fine.c"
}

@test "what goes the right way passes" {
	"$includes" "$src"
}

@test "a finding that reads a file" {
	echo '#include "source/source.h"' >"$src/check/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
	[[ $output == *'check/bad.c: includes "source/source.h"'* ]]
}

@test "a kernel structure outside its room" {
	echo '#include <linux/vfio.h>' >"$src/view/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}

@test "another room's internals" {
	echo '#include "vfio/internal.h"' >"$src/view/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}

@test "a room that nobody planned" {
	mkdir "$src/misc"
	echo >"$src/misc/bad.c"
	run "$includes" "$src"
	[ "$status" -ne 0 ]
}
