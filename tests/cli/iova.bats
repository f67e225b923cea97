# SPDX-License-Identifier: GPL-2.0-or-later
# iova: the space of a group, questions about an address, causes of an errno. The numbers in front of
# a name are those of the reports that are reproduced, with the addresses that stand in them:
#
#	 7	harvester#7340: an RMRR keeps a network card from VFIO
#	 8	qemu-devel, "Fix creation of >= 1Tb guests on AMD systems": MAP_DMA -22
#	 9	r/VFIO 1qc0or2: a BAR at 0x382800000000, 39 address bits
#	10	MicronSSD/unvme#4: 0x8800000000 with 39 address bits
#	11	chimera-nas/libevpl#86: MAP_DMA before SET_IOMMU
#	12	spdk#1142, spdk#915: ENOSPC behind 65535 maps
#	14	cloud-hypervisor#165: RLIMIT_MEMLOCK (4194304) exceeded

setup() {
	load lib
	load edit
	load space
}

text() {
	run vfiodiag --from "$copy" iova "$@"
	echo "$output"
}

@test "7: an RMRR blocks the group, with its range and an assessment (edited regions)" {
	host 6.1-intel
	regions 1 "0x00000000bb800000 0x00000000bbffffff direct" "0x00000000fee00000 0x00000000feefffff msi"
	answers 2 iova 1
	holds '.iova.locked_by | .start == "0xbb800000" and .end == "0xbbffffff" and .type == "direct"'
	holds '.iova.parts[] | select(.reason == "rmrr") | .meaning | contains("1:1")'
	answers 2 iova 1 --at 0
	holds '.query | .usable == false and .hit.kind == "locked" and .nearest_below == null and .nearest_above == null'
	# Asked, the kernel says so itself.
	sed -i '/"VFIO_SET_IOMMU"/s/"ret":0/"errno":"EPERM"/' "$copy/transcript.jsonl"
	answers 2 iova --probe 1 --at 0
	holds '.iova.error.step == "set-iommu" and .iova.error.errno == "EPERM"'
	# Patched to relax it, everything is usable.
	regions 1 "0x00000000bb800000 0x00000000bbffffff direct-relaxable" "0x00000000fee00000 0x00000000feefffff msi"
	answers 1 iova 1 --at 0xbb800000
	holds '.query.usable and .iova.locked_by == null'
}

@test "8: QEMU's map of 0x100000000, 0xff30000000 on AMD is refused for HyperTransport" {
	host 6.12-amd
	answers 2 iova --probe 1 --at 0x100000000 --size 0xff30000000 --errno -22
	holds '.query.hit == {start: "0xfd00000000", end: "0xffffffffff", kind: "part", type: "reserved", reason: "hypertransport"}'
	holds '.query.findings[0] | .id == "map-outside-ranges" and .severity == "failure"'
	holds '.query.nearest_below == null and .query.nearest_above.start == "0x10000000000"'
	# Without a probe as well: it is reserved, whatever the aperture.
	answers 2 iova 1 --at 0x100000000 --size 0xff30000000
	holds '.query.usable == false'
	text --probe 1 --at 0x100000000 --size 0xff30000000 --errno EINVAL
	[[ $output == *"0xfd00000000 - 0xffffffffff is a reserved region of type reserved (HyperTransport)"* ]]
}

@test "9: a BAR of 16 GiB at 0x382800000000 is above the 39 bits of the IOMMU" {
	host 6.1-intel
	answers 2 iova --probe 1 --at 0x382800000000 --size 0x400000000 --errno -22
	holds '.query.hit | .kind == "part" and .reason == "above-aperture" and .start == "0x8000000000"'
	holds '.iova.address_bits == 39 and .query.nearest_above == null'
	holds '.query.nearest_below.start == "0x7c00000000"'
	# Aligned as a BAR is.
	answers 2 iova --probe 1 --at 0x382800000000 --size 16G --align 16G
	holds '.query.nearest_below == {start: "0x7c00000000", end: "0x7fffffffff"}'
}

@test "10: 0x8800000000 needs 40 bits, 0x800000000 does not, also by the registers alone" {
	host 6.1-intel
	answers 2 iova --probe 1 --at 0x8800000000 --size 4K
	holds '.query.hit.reason == "above-aperture" and .query.nearest_below.start == "0x7ffffff000"'
	answers 0 iova --probe 1 --at 0x800000000 --size 4K
	answers 2 iova 1 --at 0x8800000000
	holds '.iova.known_by == "registers" and .query.usable == false'
	answers 1 iova 1 --at 0x800000000
	# The kernels of that report had no list of ranges, and the IOMMU's driver answered.
	fact "$(jq -c 'select(.fact == "system") | .release = "4.4.0-24-generic" | .version = "#1 SMP"' "$copy/transcript.jsonl")"
	echo 4.4.0-24-generic >"$files/proc/sys/kernel/osrelease"
	echo "#1 SMP" >"$files/proc/sys/kernel/version"
	answers 2 iova 1 --at 0x8800000000 --size 4K --errno EFAULT
	holds '.query.findings[0] | .id == "map-outside-width" and .severity == "failure"'
}

@test "11: EINVAL for a valid address: the container has no IOMMU yet, or the window is bad" {
	host 6.12-amd
	answers 0 iova --probe 1 --at 0x10000000000 --size 2M --errno EINVAL
	holds '[.query.findings[] | select(.severity == "failure")] == []'
	holds '.query.findings[0] | .id == "map-without-iommu" and .severity == "unmeasured" and (.message | contains("VFIO_SET_IOMMU"))'
	holds '[.query.findings[] | select(.severity == "ok") | .id] == ["map-outside-ranges", "map-not-aligned", "map-wraps"]'
	# The same window of 1 TiB on a host of 39 bits.
	host 6.1-intel
	answers 2 iova --probe 1 --at 0x10000000000 --size 2M --errno EINVAL
	holds '.query.findings[0] | .id == "map-outside-ranges" and .severity == "failure"'
}

@test "12: ENOSPC in 2 MiB mappings comes after 131070 MiB" {
	host 6.12-amd
	answers 0 iova --probe 1 --at 0 --size 2M --errno ENOSPC
	holds '.query.findings | length == 1'
	holds '.query.findings[0] | .id == "map-entry-limit" and (.message | contains("65535") and contains("131070 MiB"))'
	holds '.query.findings[0].hint | contains("dma_entry_limit")'
}

@test "14: ENOMEM with 4 MiB of memlock (edited facts)" {
	host 6.12-amd
	caller 1000 0x400000 0x0
	answers 0 iova --probe 1 --at 0 --size 512M --errno ENOMEM
	holds '.query.findings[0] | .id == "map-memlock" and .severity == "failure" and (.message | contains("4 MiB"))'
	caller 0 0x400000 0x4000
	answers 0 iova --probe 1 --at 0 --size 512M --errno ENOMEM
	holds '.query.findings[] | select(.id == "map-memlock") | .severity == "ok"'
	qemu
	mkdir -p "$files/etc/security/limits.d"
	echo "qemu - memlock 4096" >"$files/etc/security/limits.d/qemu.conf"
	answers 0 iova --probe 1 --at 0 --size 512M --errno ENOMEM --for user:qemu
	holds '.query.findings[0] | .id == "map-memlock" and .severity == "failure" and (.message | contains("user qemu"))'
}

@test "every probe shows the same ranges as iova" {
	local folder arguments group shown probed
	for folder in "$hosts"/*/; do
		arguments=$(cat "$recorded/$(basename "$folder")/arguments")
		read -r word _ <<<"$arguments"
		[ "$word" = probe ] || continue
		# shellcheck disable=SC2086 # words
		vfiodiag --from "$folder/capture" $arguments --format json \
			>"$BATS_TEST_TMPDIR/probe" 2>/dev/null || true
		for group in $(jq -r '.probes[] | select(.iova_ranges) | .group' "$BATS_TEST_TMPDIR/probe"); do
			shown=$(vfiodiag --from "$folder/capture" iova --probe "$group" --format json |
				jq -c '[.iova.iova_ranges[] | del(.size)]')
			probed=$(jq -c --argjson group "$group" \
				'.probes[] | select(.group == $group) | .iova_ranges' "$BATS_TEST_TMPDIR/probe")
			echo "$folder group $group: $shown"
			[ "$shown" = "$probed" ]
			seen=yes
		done
	done
	[ "$seen" = yes ]
}

@test "Intel registers agree with the kernel's ranges" {
	local name seen=
	for name in 5.10-intel 6.1-intel 6.1-intel-type1 6.12-intel 7.x-intel; do
		host "$name"
		answers 1 iova 1
		cp <(jq -c '.iova | .parts, .usable, .largest_free' <<<"$output") "$BATS_TEST_TMPDIR/inferred"
		answers 0 iova --probe 1
		diff "$BATS_TEST_TMPDIR/inferred" <(jq -c '.iova | .parts, .usable, .largest_free' <<<"$output")
		seen=$seen.
	done
	[ "$seen" = ..... ]
}

@test "all fields are present" {
	host 6.12-amd
	answers 0 iova --probe 1
	holds 'keys == ["host","iova","query","schema","time","tool"] and .schema == "vfiodiag/1" and .query == null'
	holds '.iova | keys == ["address_bits","devices","dma_avail","error","first_windows","free","group",
		"iova_ranges","known_by","largest_free","locked_by","not_known","page_sizes","parts","usable"]'
	holds '.iova.parts[1] | del(.meaning) == {start: "0xfee00000", end: "0xfeefffff", size: 1048576,
		use: "reserved", type: "msi", reason: "msi-window"}'
	# 2^64 without 1 MiB and 12 GiB.
	holds '.iova.usable == "0xfffffffcfff00000"'
	holds '.iova.first_windows | map(select(.page_size == 2097152)) == [{page_size: 2097152, window: {start: "0x0", end: "0x1fffff"}}]'
	holds '.iova.known_by == "probe" and .iova.dma_avail == 65535'
}

@test "unknown values are null, with a reason" {
	host 6.12-amd
	answers 3 iova 1
	holds '.iova | .known_by == null and (.not_known | contains("aperture")) and .free == null
		and .usable == null and .largest_free == null and .iova_ranges == null and .page_sizes == null'
	answers 3 iova 1 --at 0x1000
	holds '.query.usable == null and (.query.message | contains("aperture"))'
}

@test "with a sysroot alone" {
	run vfiodiag --sysroot "$hosts/6.1-intel/capture/files" iova 1 --at 0x8800000000
	[ "$status" -eq 2 ]
	[[ $output == *"39 address bits, by the unit's registers"* ]]
	run vfiodiag --sysroot "$hosts/6.12-amd/capture/files" iova 1 --at 0
	[ "$status" -eq 3 ]
	[[ $output == *"the aperture is not known"* ]]
	run vfiodiag --sysroot "$hosts/6.12-zpci/capture/files" iova 0 --at 0
	[ "$status" -eq 2 ]
	[[ $output == *"below the DMA start"* ]]
}

@test "unreadable regions: not known (edited regions)" {
	host 6.1-intel
	echo garbage >"$files/sys/kernel/iommu_groups/1/reserved_regions"
	answers 3 iova 1 --at 0
	holds '.iova.not_known | contains("nor the reserved regions")'
}

@test "each kind of IOMMU has its reasons" {
	host 6.12-smmuv3
	answers 0 iova --probe 0
	holds '[.iova.parts[].reason] == [null, "software-msi", null, "above-aperture"]'
	host 6.12-zpci
	answers 0 iova --probe 0
	holds '[.iova.parts[].reason] == ["below-dma-start", null, "above-dma-end", "above-aperture"]'
	host 7.x-amd
	answers 0 iova --probe 1
	holds '[.iova.parts[].reason] == [null, "msi-window", null, "hypertransport", null, "above-aperture"]'
}

@test "sizes and addresses as people write them" {
	host 6.12-amd
	for at in 0x100000000 4294967296 4G 4GiB 4096M; do
		answers 0 iova --probe 1 --at "$at" --size 2M
		holds '.query.address == "0x100000000" and .query.size == 2097152'
	done
	# An address alone is one byte; a mapping has to be whole pages.
	answers 0 iova --probe 1 --at 0x123
	answers 2 iova --probe 1 --at 0x123 --size 4K
	holds '.query.hit.kind == "alignment"'
	answers 2 iova --probe 1 --at 0xffffffffffffffff --size 4K
	holds '.query.hit.kind == "wrap"'
}

@test "errnos by name and number" {
	host 6.12-amd
	for error in EINVAL einval 22 -22; do
		answers 0 iova --probe 1 --at 0 --size 4K --errno "$error"
		holds '.query.errno == "EINVAL" and (.query.findings | length == 8)'
	done
	answers 0 iova --probe 1 --at 0 --size 4K --errno EEXIST
	holds '.query.findings[0].id == "map-overlaps"'
}

@test "a probe that is not available: not known, with the reason" {
	host busy
	answers 3 iova --probe 1
	holds '.iova.error.message | contains("in use by")'
	answers 2 iova --probe 1 --at 0xfee00000
	host list-by-user
	answers 3 iova --probe 1
	host 6.12-amd
	# A capture without a probe of the group.
	sed -i '/"section":"probe 1 auto"/,$d' "$copy/transcript.jsonl"
	answers 3 iova --probe 1
	holds '.iova.error.step == "capture" and (.iova.error.hint | contains("iova --probe 1"))'
}

@test "any probe of the group counts, whatever its container type" {
	host 6.1-amd-type1
	answers 0 iova --probe 1
	text --probe 1
	[[ $output == *"container type type1)"* ]]
}

@test "the picture: bars to scale, 85 columns, colours on request" {
	host 7.x-amd
	text --probe 1
	[ "$status" -eq 0 ]
	grep -qF '  0 to 4 GiB    [===============================================================#]' <<<"$output"
	grep -qF '  0 to 1 TiB    [#==============================================================#]' <<<"$output"
	grep -qF '  0 to 256 TiB  [#===============================================================]' <<<"$output"
	[[ $output == *"largest free       0x10000000000 - 0xffffffffffff, 255 TiB"* ]]
	[[ $output == *"first 1 GiB        0x0 - 0x3fffffff"* ]]
	grep -vE '^  (0x|ranges|0000)' <<<"$output" >"$BATS_TEST_TMPDIR/rest"
	absent '^.{86,}' "$BATS_TEST_TMPDIR/rest"
	absent '[[:space:]]$' "$BATS_TEST_TMPDIR/rest"
	[[ $output != *$'\e['* ]]
	# A bar that the next one shows as well is left out.
	run vfiodiag --from "$hosts/6.12-zpci/capture" iova --probe 0
	[ "$(grep -c '^  0 to ' <<<"$output")" -eq 2 ]
	run vfiodiag --from "$copy" --color always iova --probe 1
	[[ $output == *$'\e[33m#\e[0m\e[32m='* ]]
}

@test "a host with one kind of space has no picture (edited ranges)" {
	host 6.12-virtio
	regions 1
	ranges 0 0xffffffffffffffff
	text --probe 1
	[ "$status" -eq 0 ]
	[[ $output != *"0 to"* ]]
	[[ $output == *"usable in total    16 EiB"* ]]
	answers 0 iova --probe 1
	holds '.iova | .usable == "0x10000000000000000" and .parts[0].size == .usable'
}

@test "no device is opened without --probe, and nothing mapped with it" {
	run vfiodiag --from "$hosts/6.12-amd/capture" --record "$BATS_TEST_TMPDIR/new" iova 1
	[ "$status" -eq 64 ]
	# A replay asks only what is in the section up to VFIO_IOMMU_GET_INFO.
	host 6.12-amd
	sed -i '/"VFIO_IOMMU_MAP_DMA"\|"VFIO_IOMMU_UNMAP_DMA"\|"call":"memory"/,$d' "$copy/transcript.jsonl"
	answers 0 iova --probe 1
}

# bats test_tags=strace
@test "iova and fits open no device without --probe" {
	strace -f -o "$BATS_TEST_TMPDIR/log" "${VFIODIAG:-$top/build/gcc/vfiodiag}" \
		--sysroot "$hosts/6.1-intel/capture/files" iova 1 >/dev/null || true
	strace -f -o "$BATS_TEST_TMPDIR/log2" "${VFIODIAG:-$top/build/gcc/vfiodiag}" \
		--sysroot "$hosts/6.1-intel/capture/files" fits --memory 4G 1 >/dev/null || true
	grep -q iommu_groups "$BATS_TEST_TMPDIR/log"
	grep -q iommu_groups "$BATS_TEST_TMPDIR/log2"
	absent 'O_RDWR|O_WRONLY|perf_event_open|VFIO_' "$BATS_TEST_TMPDIR/log"
	absent 'O_RDWR|O_WRONLY|perf_event_open|VFIO_' "$BATS_TEST_TMPDIR/log2"
}

# refused WORDS ARG…: one sentence with WORDS, and status 64.
refused() {
	local words=$1 status=0
	shift
	vfiodiag --from "$hosts/6.12-amd/capture" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 64 ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
	grep -qF -- "$words" "$BATS_TEST_TMPDIR/err"
}

@test "wrong command lines" {
	refused "SUBJECT is required" iova
	refused "unexpected argument '2'" iova 1 2
	refused "IOMMU group 99 not found" iova 99
	refused "invalid size or address '1x' for --at" iova 1 --at 1x
	refused "value '0x10000000000000000' for --at exceeds 64 bits" iova 1 --at 0x10000000000000000
	refused "invalid size '0' for --size" iova 1 --at 0 --size 0
	refused "invalid alignment '3'" iova 1 --at 0 --align 3
	refused "invalid alignment '0'" iova 1 --at 0 --align 0
	refused "require --at" iova 1 --size 4K
	refused "require --at" iova 1 --align 4K
	refused "require --at" iova 1 --errno EINVAL
	refused "--errno requires --size" iova 1 --at 0 --errno EINVAL
	refused "unknown errno 'EFROB'" iova 1 --at 0 --size 4K --errno EFROB
	refused "unknown errno '0'" iova 1 --at 0 --size 4K --errno 0
	refused "unknown errno '-'" iova 1 --at 0 --size 4K --errno -
	refused "unknown format 'xml'" iova --format xml 1
	refused "expected user:NAME or unit:NAME" iova 1 --at 0 --size 4K --errno ENOMEM --for frob
	run vfiodiag --sysroot "$hosts/6.12-amd/capture/files" iova --probe 1
	[ "$status" -eq 64 ]
}

@test "iova and probe print the same parts for the same reasons (recorded)" {
	local name
	for name in 6.1-intel 6.12-amd 6.12-smmuv3 6.12-virtio 7.x-zpci; do
		group=$(group_of "$name")
		vfiodiag --from "$hosts/$name/capture" iova --probe "$group" | grep '^  0x[0-9a-f]\{16\} - ' >"$BATS_TEST_TMPDIR/iova"
		vfiodiag --from "$hosts/$name/capture" probe "$group" | grep '^  0x[0-9a-f]\{16\} - ' |
			sed -E 's/ +< window$//' >"$BATS_TEST_TMPDIR/probe"
		diff "$BATS_TEST_TMPDIR/iova" "$BATS_TEST_TMPDIR/probe"
		grep '(type ' "$BATS_TEST_TMPDIR/probe"
	done
}
