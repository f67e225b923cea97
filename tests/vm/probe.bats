# SPDX-License-Identifier: GPL-2.0-or-later
# The live test on real kernels.

setup() {
	load lib
}

@test "Intel: no fine-grained superpages, observed" {
	lab --iommu intel -- probe --all --format json
	[ "$status" -eq 0 ]
	holds '.probes | length == 1'
	holds '.probes[0] | .fine_grained_superpages == "no" and .superpage_splitting == "supported"'
	holds '.probes[0] | .confidence == "observed" and .method == "kernel-selftest"'
	holds '.probes[0] | .window == {start: "0x0", end: "0x1fff"} and .kernel_window == .window'
	holds '.probes[0].iova_ranges[-1].end == "0x7fffffffff"'
	window_is_sound
}

@test "AMD: fine-grained superpages, observed" {
	lab --iommu amd -- probe --all --format json
	[ "$status" -eq 0 ]
	holds '.probes[0] | .fine_grained_superpages == "yes" and .superpage_splitting == "unsupported"'
	holds '.probes[0] | .confidence == "observed" and .method == "kernel-selftest"'
	holds '.probes[0] | any(.events[]; .phase == "unmap" and .size == 4096 and .unmapped == 8192)'
	window_is_sound
}

@test "type1 answers 'whole' on both, and the verdicts are the same as with type1v2" {
	lab --iommu intel -- probe --all --backend type1 --format json
	holds '.probes[0] | .partial_unmap.result == "whole" and .fine_grained_superpages == "no"'
	lab --iommu amd -- probe --all --backend type1 --format json
	holds '.probes[0] | .partial_unmap.result == "whole" and .fine_grained_superpages == "yes"'
}

@test "AMD told to use no huge pages: the test sees it" {
	lab --iommu amd --suite trixie --append amd_iommu=nohugepages -- probe --all --format json
	holds '.probes[0] | .fine_grained_superpages == "no" and .confidence == "observed"'
}

@test "a kernel without a test of its own (7.x): inferred, never observed" {
	lab --iommu amd --suite trixie-backports \
		--module vfio_iommu_type1=allow_unsafe_interrupts=1 -- probe --all --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .traced and .confidence == "inferred" and .method == "advertised"'
	holds '.probes[0] | .fine_grained_superpages == "yes" and .kernel_window == null'
	window_is_sound
}

@test "without tracefs: inferred, never observed" {
	lab --iommu intel --setup 'umount /sys/kernel/tracing' -- probe --all --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .confidence == "inferred" and (.traced | not) and .trace_errno == "ENOENT"'
}

@test "a user who owns the group probes without root: inferred" {
	lab --iommu amd --user user --setup 'chown user /dev/vfio/1' -- probe 1 --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .confidence == "inferred" and .trace_errno == "EACCES" and .buffer.frames_errno == "EPERM"'
}

@test "what is recorded in the guest is replayed here to the byte" {
	lab --iommu amd --capture "$BATS_TEST_TMPDIR/capture" -- probe --all
	[ "$status" -eq 0 ]
	"$VFIODIAG" --from "$BATS_TEST_TMPDIR/capture" probe --all | cmp - "$BATS_TEST_TMPDIR/out"
}
