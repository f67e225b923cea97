# SPDX-License-Identifier: GPL-2.0-or-later
# Causes of a failed mapping (iova --errno) on hosts of each kernel generation. cases/mapping.py builds them
# and has the right answers.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

mapping() {
	"$cases/mapping.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each case is a test here" {
	"$cases/mapping.py" --list | sort >"$BATS_TEST_TMPDIR/cases"
	sed -n 's/^\tmapping \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/cases" -
}

@test "every errno has an answer, and none is a wrong word" {
	mapping every-errno-has-an-answer
}

@test "errors of pinning and of IOMMU drivers are passed on" {
	mapping errors-that-vfio-passes-on
}

@test "an errno of no known path is not known to come from MAP_DMA" {
	mapping errors-of-no-known-path
}

@test "a range that wraps: EINVAL before 6.18, EOVERFLOW from 6.18 on" {
	mapping a-range-that-wraps
}

@test "a buffer that wraps: the same errors, and the kernel by its version" {
	mapping a-buffer-that-wraps
}

@test "EFAULT: a shared, writable file is not pinned from 6.5 on" {
	mapping a-buffer-in-a-file
}

@test "EFAULT: type1 maps device memory, iommufd does not" {
	mapping device-memory
}

@test "EFAULT and EINVAL: a structure that cannot be read, and one that is wrong" {
	mapping structure-of-the-call
}

@test "ENOSPC: the limit is copied by VFIO_SET_IOMMU" {
	mapping entry-limit
}

@test "ENOMEM: what counts against the limit, and the control group" {
	mapping no-memory
}

@test "ENOMEM: memory that must stay movable" {
	mapping memory-that-must-stay-movable
}

@test "EFAULT: the width of the address, before and from 5.4" {
	mapping width-of-the-address
}

@test "probe: ENOMEM names the limit of locked memory and that of the control group (recorded)" {
	local arguments
	load edit
	host memlock
	arguments=$(cat "$recorded/memlock/arguments")
	# shellcheck disable=SC2086 # words
	run vfiodiag --from "$copy" $arguments
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"RLIMIT_MEMLOCK, or the limit of a control group"* ]]
	[[ $output == *"memory.max"* ]]
}
