# SPDX-License-Identifier: GPL-2.0-or-later
# The live test on real kernels: what is not in the matrix, which has each kernel, IOMMU and container type.

setup() {
	load lib
}

@test "AMD told to use no huge pages: the test sees it" {
	lab --iommu amd --suite trixie --append amd_iommu=nohugepages -- probe --all --format json
	holds '.probes[0] | .fine_grained_superpages == "no" and .confidence == "observed"'
}

@test "without tracefs: inferred, never observed" {
	lab --iommu intel --setup 'umount /sys/kernel/tracing' -- probe --all --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .confidence == "inferred" and (.traced | not) and .trace_errno == "ENOENT"'
}

@test "without libtraceevent: inferred, never observed, with the reason" {
	lab --iommu intel --setup 'find / -xdev -name "libtraceevent.so.1*" -exec rm {} +' -- probe --all
	[ "$status" -eq 1 ]
	[[ $output == *"install libtraceevent.so.1"* ]]
}

@test "a user who owns the group probes without root: inferred" {
	lab --iommu amd --user user --setup 'chown user /dev/vfio/1' -- probe 1 --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .confidence == "inferred" and .trace_errno == "EACCES" and .buffer.frames_errno == "EPERM"'
}

@test "a recording of the guest replays here byte for byte" {
	lab --iommu amd --capture "$BATS_TEST_TMPDIR/capture" -- probe --all
	[ "$status" -eq 0 ]
	"$VFIODIAG" --from "$BATS_TEST_TMPDIR/capture" probe --all | cmp - "$BATS_TEST_TMPDIR/out"
}
