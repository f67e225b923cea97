# SPDX-License-Identifier: GPL-2.0-or-later
# The live test on real kernels: what is not in the matrix, which has each kernel, IOMMU and container type.

setup() {
	load lib
}

@test "AMD told to use no huge pages: the test sees it" {
	lab --iommu amd --suite trixie --append amd_iommu=nohugepages -- probe --all --format json
	holds '.probes[0] | .fine_grained_superpages == "no" and .confidence == "observed"'
}

@test "without tracefs and the page table: inferred, never observed" {
	lab --iommu intel --setup 'umount /sys/kernel/tracing' -- probe --all --page-table never --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .confidence == "inferred" and (.traced | not) and .trace_errno == "ENOENT"'
}

@test "without tracefs, the page table: observed, and announced" {
	lab --iommu intel --setup 'umount /sys/kernel/tracing' -- probe --all --format json
	[ "$status" -eq 0 ]
	[[ $errors == "vfiodiag probe: reading the page table of the IOMMU, read-only, "* && $errors != *$'\n'* ]]
	holds '.probes[0] | .method == "page-table" and .fine_grained_superpages == "no" and .trace_errno == "ENOENT"'
}

@test "pages that VFIO maps one by one have two entries on any IOMMU: inferred" {
	lab --iommu amd --suite trixie-backports --module 'vfio_iommu_type1=allow_unsafe_interrupts=1 disable_hugepages=1' \
		-- probe --all --format json
	[ "$status" -eq 1 ]
	holds '.probes[0] | .method == "advertised" and .page_table == {entries: 2, reason: "VFIO mapped the pages one by one"}'
}

@test "the page table agrees with the kernel's self-test" {
	lab --iommu amd -- probe --all --page-table always --format json
	[ "$status" -eq 0 ]
	holds '.probes[0] | .method == "kernel-selftest" and .page_table == {entries: 1, reason: null} and
		(.because | endswith("own window and the page table agree"))'
}

@test "a huge page has one entry where it is aligned, and 512 where it is not" {
	local large='[{size: 2097152, count: 1}]' small='[{size: 4096, count: 512}]'
	while read -r options; do
		# shellcheck disable=SC2086 # several options
		lab $options -- probe --all --sizes --format json
		[ "$status" -eq 0 ]
		holds ".probes[0].sizes == {huge_page: 2097152, mappings: [
			{offset: 0, huge: true, entries: $large, other: 0, reason: null},
			{offset: 4096, huge: true, entries: $small, other: 0, reason: null}]}"
	done <<-'END'
		--iommu intel --suite trixie
		--iommu amd --suite trixie-backports --module vfio_iommu_type1=allow_unsafe_interrupts=1
	END
	# VFIO maps pages one by one.
	lab --iommu intel --module vfio_iommu_type1=disable_hugepages=1 -- probe --all --sizes --format json
	holds "[.probes[0].sizes.mappings[].entries] == [$small, $small]"
}

@test "check --probe reads no page table unless it is told to" {
	lab --iommu amd --suite trixie-backports --module vfio_iommu_type1=allow_unsafe_interrupts=1 \
		-- check --probe --format json
	holds '.probes[0] | .method == "advertised" and .page_table == null'
	[ -z "$errors" ]
	lab --iommu amd --suite trixie-backports --module vfio_iommu_type1=allow_unsafe_interrupts=1 \
		-- check --probe --page-table auto --format json
	holds '.probes[0].method == "page-table"'
}

@test "without libtraceevent and the page table: inferred, never observed, with the reason" {
	lab --iommu intel --setup 'find / -xdev -name "libtraceevent.so.1*" -exec rm {} +' -- probe --all --page-table never
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
