# SPDX-License-Identifier: GPL-2.0-or-later
# Verdicts, evidence and refusals on recorded hosts; some with an edited transcript, and then the
# name of the test says so.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	copy=$BATS_TEST_TMPDIR/capture
}

json() {
	vfiodiag --from "$1" probe --format json "${@:2}"
}

# with_table HOST ANSWER: $copy is the host's capture with that answer of its page table.
with_table() {
	local group window
	cp -r "$hosts/$1/capture" "$copy"
	group=$(sed -n 's/^{"section":"probe \([0-9]*\) .*/\1/p' "$copy/transcript.jsonl")
	window=$(sed -n 's/.*"VFIO_IOMMU_MAP_DMA".*"iova":"\(0x[0-9a-f]*\)".*/\1/p' "$copy/transcript.jsonl" | head -n 1)
	echo "{\"fact\":\"page-table $group $window\",\"ret\":0,$2}" >>"$copy/transcript.jsonl"
}

one='"result":"one-entry"' two='"result":"two-entries"'

# edited HOST SED-SCRIPT: $copy is the host's capture with an edited transcript.
edited() {
	cp -r "$hosts/$1/capture" "$copy"
	sed -i "$2" "$copy/transcript.jsonl"
	# An edit that finds nothing to edit would test nothing.
	if cmp -s "$copy/transcript.jsonl" "$hosts/$1/capture/transcript.jsonl"; then
		echo "nothing to edit: $2"
		return 1
	fi
}

@test "all fields are present" {
	json "$amd" 1 | jq -e '
		(keys == ["findings","groups","host","iommus","probes","schema","time","tool","ungrouped"]) and
		.schema == "vfiodiag/1" and
		(.probes[0] | has("group") and has("devices") and has("backend") and has("page_size")
		and has("iova_ranges") and has("reserved_regions") and has("page_sizes")
		and has("window") and has("kernel_window") and has("fine_grained_superpages")
		and has("superpage_splitting") and has("method") and has("confidence")
		and has("partial_unmap") and has("buffer") and has("page_table") and has("events") and has("error"))'
}

@test "addresses are strings and ends inclusive" {
	json "$amd" 1 | jq -e '.probes[0] |
		.iova_ranges[0] == {start: "0x0", end: "0xfedfffff"} and
		.reserved_regions[0] == {start: "0xfee00000", end: "0xfeefffff", type: "msi"} and
		.window == {start: "0x0", end: "0x1fff"} and .kernel_window == .window'
}

@test "AMD: fine-grained superpages, no splitting, observed" {
	json "$amd" 1 | jq -e '.probes[0] | .fine_grained_superpages == "yes" and
		.superpage_splitting == "unsupported" and .method == "kernel-selftest" and
		.confidence == "observed" and .partial_unmap.result == "refused"'
}

@test "Intel: no fine-grained superpages, splitting, observed" {
	json "$hosts/6.1-intel/capture" 1 | jq -e '.probes[0] |
		.fine_grained_superpages == "no" and .superpage_splitting == "supported" and
		.method == "kernel-selftest" and .confidence == "observed"'
}

@test "type1 answers 'whole' on both, and the verdicts still differ" {
	for host in amd:yes intel:no; do
		json "$hosts/6.1-${host%:*}-type1/capture" --backend type1 1 |
			jq -e --arg yes "${host#*:}" '.probes[0] | .backend == "type1" and
			.partial_unmap.result == "whole" and .fine_grained_superpages == $yes'
	done
}

@test "without tracepoints nothing is observed" {
	for host in no-tracefs probe-by-owner; do
		run json "$hosts/$host/capture" 1
		[ "$status" -eq 1 ]
		jq -e '.probes[0] | .confidence == "inferred" and .method == "advertised" and
			.events == [] and .kernel_window == null and (.traced | not)' <<<"$output"
	done
}

@test "lost tracepoints (edited transcript): nothing is observed" {
	edited 6.1-amd '0,/"lost":0/s//"lost":1/'
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '.probes[0].confidence == "inferred" and .findings[0].id == "tracepoints-lost"' <<<"$output"
}

@test "no self-test seen (edited transcript): our own unmap on AMD still proves superpages" {
	edited 6.1-amd '0,/"events":\[[^]]*\]/s//"events":[]/'
	run json "$copy" 1
	[ "$status" -eq 0 ]
	jq -e '.probes[0] | .method == "own-unmap" and .confidence == "observed" and
		.fine_grained_superpages == "yes" and .kernel_window == null' <<<"$output"
}

@test "no self-test seen (edited transcript): our own unmap on Intel proves nothing" {
	edited 6.1-intel '0,/"events":\[[^]]*\]/s//"events":[]/'
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '.probes[0] | .method == "advertised" and .confidence == "inferred" and
		.fine_grained_superpages == "no"' <<<"$output"
}

@test "a driver that advertises what it does not do (edited transcript): the observation wins" {
	edited 6.1-intel 's/"iova_pgsizes":"0x[0-9a-f]*"/"iova_pgsizes":"0xfffffffffffff000"/'
	run json "$copy" 1
	[ "$status" -eq 0 ]
	jq -e '.probes[0].fine_grained_superpages == "no" and
		.findings[0].id == "advertised-not-observed"' <<<"$output"
}

@test "the kernel tests inside a reserved region (edited regions): the defect of January 2023" {
	cp -r "$hosts/6.1-intel/capture" "$copy"
	echo "0x0000000000000000 0x00000000000fffff reserved" >>"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	# The own window moves out of the region; the answers of the capture are for the old one.
	sed -i '/MAP_DMA/s/"iova":"0x0",//' "$copy/transcript.jsonl"
	run json "$copy" 1
	echo "$output"
	jq -e '(.findings[0] | .id == "kernel-window-reserved" and .severity == "failure") and
		.probes[0].window.start == "0x100000"' <<<"$output"
}

@test "no interrupt remapping (edited transcript): refused, with the fix" {
	edited 6.1-amd '/"VFIO_SET_IOMMU"/s/"ret":0/"errno":"EPERM"/'
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 2 ]
	[[ $output == *"VFIO_SET_IOMMU of group 1 failed"*"interrupt remapping"*"echo 1 | sudo tee /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"* ]]
	json "$copy" 1 2>/dev/null | jq -e '.probes[0].error | .step == "set-iommu" and .errno == "EPERM" and .hint != null and
		(.commands | map(.command)) == ["echo 1 | sudo tee /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"]'
}

@test "memory that cannot be pinned (edited transcript): not measured, with the fix" {
	edited 6.1-amd '/"VFIO_IOMMU_MAP_DMA"/s/"ret":0/"errno":"ENOMEM"/'
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *RLIMIT_MEMLOCK*"ulimit -l"* ]]
}

@test "an invalid capability chain (edited transcript): reported, nothing mapped" {
	edited 6.1-amd 's/"28 u32 next 0x38"/"28 u32 next 0x18"/'
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"capability chain"* ]]
}

@test "iommufd emulating type1 (edited transcript): nothing can be measured" {
	edited 6.1-amd 's/"64 u32 avail 0xffff"/"64 u32 avail 0xffffffff"/; s/"24 u16 id 0x2"/"24 u16 id 0x7"/; s/"events":\[[^]]*\]/"events":[]/'
	run json "$copy" 1
	[ "$status" -eq 3 ]
	sed '/^vfiodiag/d' <<<"$output" | jq -e '.probes[0] | .backend == "iommufd-compat" and
		.fine_grained_superpages == "unknown" and .method == "none" and .confidence == "none"'
}

@test "an ISM function (edited files): no live test without --force" {
	cp -r "$amd" "$copy"
	sed -i 's/^PCI_ID=.*/PCI_ID=1014:04ED/' "$copy/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"ISM function"*--force* ]]
	run vfiodiag --from "$copy" probe 1 --force
	[ "$status" -eq 0 ]
}

@test "an ISM function on a kernel before the fix (edited files): not even with --force" {
	cp -r "$amd" "$copy"
	sed -i 's/^PCI_ID=.*/PCI_ID=1014:04ED/' "$copy/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	echo "#1 SMP Debian 6.1.8-1 (2023-01-29)" >"$copy/files/proc/sys/kernel/version"
	sed -i '1i 0x0000000000000000 0x00000000ffffffff reserved' "$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	run vfiodiag --from "$copy" probe 1 --force
	[ "$status" -eq 3 ]
	[[ $output == *"by its version"*895c0747f726* ]]
}

@test "a member bound to another driver (edited files): it is named, with its driver" {
	cp -r "$amd" "$copy"
	sed -i '1i DRIVER=vfio-pci' "$copy/files/sys/devices/pci0000:00/0000:00:1f.2/uevent"
	sed -i '1i DRIVER=i801_smbus' "$copy/files/sys/devices/pci0000:00/0000:00:1f.3/uevent"
	run vfiodiag --from "$copy" probe 2
	[ "$status" -eq 3 ]
	[[ $output == *"0000:00:1f.3"*"is still bound to i801_smbus"* ]]
}

@test "the status of several probes is the worst" {
	cp -r "$amd" "$copy"
	sed -i '1i DRIVER=vfio-pci' "$copy/files/sys/devices/pci0000:00/0000:00:1f.2/uevent"
	run vfiodiag --from "$copy" probe --all
	[ "$status" -eq 3 ]
	[[ $output == *"observed in the kernel's self-test"*"holds no probe of group 2"* ]]
}

@test "a no-IOMMU group (edited files)" {
	cp -r "$amd" "$copy"
	no_iommu_group "$copy/files"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"group 1 is a no-IOMMU group"* ]]
}

@test "an IOMMU that the kernel does not use (edited files): the option for it is named" {
	cp -r "$hosts/no-iommu/capture" "$copy"
	mkdir -p "$copy/files/sys/firmware/acpi/tables"
	touch "$copy/files/sys/firmware/acpi/tables/DMAR"
	run vfiodiag --from "$copy" list
	[ "$status" -eq 0 ]
	[[ $output == *"describes an IOMMU (DMAR)"*intel_iommu=on* ]]
}

@test "5.10 on Intel advertises what it does not do: a finding, and the test counts" {
	json "$hosts/5.10-intel/capture" 1 | jq -e '.probes[0].fine_grained_superpages == "no" and
		(.findings | map(.id) | index("advertised-not-observed")) != null'
}

@test "a reserved region inside an allowed range (edited regions): a finding, and no window there" {
	cp -r "$hosts/6.1-intel/capture" "$copy"
	echo "0x0000000000001000 0x0000000000001fff reserved" >>"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	sed -i '/MAP_DMA/s/"iova":"0x0",//' "$copy/transcript.jsonl"
	run json "$copy" 1
	jq -e '(.findings | map(.id) | index("region-inside-range")) != null and
		.probes[0].window.start == "0x2000"' <<<"$output"
}

@test "holes that no region explains (edited regions): findings" {
	cp -r "$hosts/6.12-zpci/capture" "$copy"
	: >"$copy/files/sys/kernel/iommu_groups/0/reserved_regions"
	json "$copy" 0 | jq -e '.findings | map(.id) == ["low-hole-without-region"]'
	cp -r "$hosts/6.1-intel/capture" "$copy.2"
	: >"$copy.2/files/sys/kernel/iommu_groups/1/reserved_regions"
	json "$copy.2" 1 | jq -e '.findings | map(.id) == ["hole-without-region"]'
}

@test "a kernel that tests elsewhere than its version suggests (edited files): a note" {
	cp -r "$hosts/6.12-zpci/capture" "$copy"
	echo "#1 SMP Debian 6.1.8-1 (2023-01-29)" >"$copy/files/proc/sys/kernel/version"
	json "$copy" 0 --force | jq -e '.findings | map(.id) | index("kernel-test-unexpected") != null'
}

@test "the second map, at an odd page, decides what the first leaves open (edited transcript)" {
	edited 6.1-amd '0,/"events":\[[^]]*\]/s//"events":[]/'
	# The own two pages went one by one …
	sed -i '$d' "$copy/transcript.jsonl"
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"call":"trace-read","ret":0,"lost":0,"events":[{"event":"unmap","iova":"0x0","size":"0x1000","unmapped":"0x1000"},{"event":"unmap","iova":"0x1000","size":"0x1000","unmapped":"0x1000"}]}
		{"call":"ioctl","request":"VFIO_IOMMU_MAP_DMA","in":{"iova":"0x1000","size":"0x2000"},"ret":0}
		{"call":"ioctl","request":"VFIO_IOMMU_UNMAP_DMA","in":{"iova":"0x1000","size":"0x2000"},"ret":0,"out":{"size":"0x2000"}}
	END
	cp "$copy/transcript.jsonl" "$copy/both"
	# … and so did those at the odd page: the kernel's flag is set.
	echo '{"call":"trace-read","ret":0,"lost":0,"events":[{"event":"map","iova":"0x1000","size":"0x2000","paddr":"0x3000"},{"event":"unmap","iova":"0x1000","size":"0x1000","unmapped":"0x1000"},{"event":"unmap","iova":"0x2000","size":"0x1000","unmapped":"0x1000"}]}' >>"$copy/transcript.jsonl"
	run json "$copy" 1
	[ "$status" -eq 0 ]
	jq -e '.probes[0] | .method == "own-unmap" and .fine_grained_superpages == "yes"' <<<"$output"
	# … or they went together: still open, so only inferred.
	cp "$copy/both" "$copy/transcript.jsonl"
	echo '{"call":"trace-read","ret":0,"lost":0,"events":[{"event":"map","iova":"0x1000","size":"0x2000","paddr":"0x3000"},{"event":"unmap","iova":"0x1000","size":"0x2000","unmapped":"0x2000"}]}' >>"$copy/transcript.jsonl"
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '.probes[0] | .method == "advertised" and .confidence == "inferred"' <<<"$output"
}

@test "tracepoints that show nothing of a map that succeeded (edited transcript): nothing is observed" {
	edited 6.1-amd 's/"events":\[[^]]*\]/"events":[]/'
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '(.probes[0].traced | not) and .probes[0].confidence == "inferred" and
		(.findings | map(.id) | index("tracepoints-blind")) != null' <<<"$output"
}

@test "a driver name with shell text (edited files) never gets into a command" {
	cp -r "$hosts/unbound/capture" "$copy"
	sed -i '1i DRIVER=x/unbind; touch /tmp/pwned; #' "$copy/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"is bound to x/unbind"* && $output != *"echo "* ]]
}

@test "an inferred verdict does not read like an observed one" {
	run vfiodiag --from "$hosts/no-tracefs/capture" probe 1
	[[ $output == *"probably not supported"* && $output != *"are in use"* ]]
}

@test "no window: the reason for each range (edited regions)" {
	cp -r "$hosts/6.1-intel/capture" "$copy"
	echo "0x0000000000000000 0xffffffffffffffff reserved" >"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"no place for two aligned pages: 0x0 - 0xfedfffff is reserved, 0xfef00000 - 0x7fffffffff is reserved"* ]]
}

@test "colours only on request or on a terminal" {
	run vfiodiag --from "$amd" probe 1
	[[ $output != *$'\e'* ]]
	run vfiodiag --from "$amd" --color always probe 1
	[[ $output == *$'\e[1m'* ]]
}

@test "without a self-test, the page table (added to the transcript) decides: observed, status 0" {
	while read -r host answer superpages; do
		rm -rf "$copy"
		with_table "$host" "${!answer}"
		run json "$copy" --all
		[ "$status" -eq 0 ]
		jq -e --arg answer "$superpages" '.probes[0] | .method == "page-table" and .confidence == "observed" and
			.fine_grained_superpages == $answer' <<<"$output"
	done <<-'END'
		7.x-amd one yes
		7.x-amd two no
		7.x-intel two no
		7.x-intel one yes
		7.x-zpci two no
	END
}

@test "a page table (added to the transcript) is not used where the self-test decided, or with never" {
	with_table 6.1-amd "$two"
	json "$copy" 1 | jq -e '.probes[0].method == "kernel-selftest" and .probes[0].because == "in the kernel'"'"'s self-test while the container was set up; vfiodiag'"'"'s own window agrees"'
	rm -rf "$copy"
	with_table 7.x-amd "$one"
	diff <(vfiodiag --from "$copy" probe --all --page-table never) <(vfiodiag --from "$hosts/7.x-amd/capture" probe --all)
}

@test "only probe uses the page table (added to the transcript) without being told to" {
	with_table 7.x-amd "$one"
	vfiodiag --from "$copy" check --probe --format json | jq -e '.probes[0].method == "advertised"'
	vfiodiag --from "$copy" check --probe --page-table auto --format json | jq -e '.probes[0].method == "page-table"'
	# A report shows all that a capture has.
	vfiodiag report "$copy" -o - | grep -F "(method page-table)"
}

@test "--page-table is about a live test" {
	for command in check collect; do
		run vfiodiag "$command" --page-table never
		[ "$status" -eq 64 ]
		[[ $output == *"--page-table requires --probe" ]]
	done
	run vfiodiag probe --page-table often 1
	[ "$status" -eq 64 ]
	[[ $output == *"invalid value 'often' for --page-table: use auto, always or never" ]]
}

@test "replaying a page table announces no reading" {
	with_table 7.x-amd "$one"
	for when in auto always; do
		vfiodiag --from "$copy" probe --all --page-table "$when" 2>"$BATS_TEST_TMPDIR/said"
		[ ! -s "$BATS_TEST_TMPDIR/said" ]
	done
}

@test "the page table (added to the transcript) is shown in text and JSON" {
	with_table 7.x-amd "$one"
	run vfiodiag --from "$copy" probe --all
	[[ $output == *$'\n  page table         one entry for both pages\n'*"observed in the page table of the IOMMU, where both pages have one entry (method page-table)"* ]]
	json "$copy" 1 | jq -e '.probes[0].page_table == {entries: 1, reason: null}'
	rm -rf "$copy"
	with_table 7.x-intel "$two"
	run vfiodiag --from "$copy" probe --all
	[[ $output == *$'\n  page table         an entry for each page\n'*"observed in the page table of the IOMMU, where each page has its own entry (method page-table)"* ]]
	json "$copy" 1 | jq -e '.probes[0].page_table == {entries: 2, reason: null}'
}

@test "a page table that tells nothing (added to the transcript): the verdict is as before, -v and JSON have the reason" {
	with_table 7.x-amd '"result":"unknown","reason":"/proc/kcore is masked, as in a container"'
	diff <(vfiodiag --from "$copy" probe --all) <(vfiodiag --from "$hosts/7.x-amd/capture" probe --all)
	run diff <(vfiodiag --from "$copy" probe --all -v) <(vfiodiag --from "$hosts/7.x-amd/capture" probe --all -v)
	[[ ${lines[1]} == "<   page table         not known: /proc/kcore is masked, as in a container" && ${#lines[@]} -eq 2 ]]
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '.probes[0] | .method == "advertised" and
		.page_table == {entries: null, reason: "/proc/kcore is masked, as in a container"}' <<<"$output"
	vfiodiag report "$copy" -o - | grep -F 'Page table: not known: /proc/kcore is masked, as in a container'
}

@test "entries of a huge page (added to the transcript) are shown in text and JSON, and the rest is as without" {
	with_sizes 7.x-amd "$entry_large" "$entries_small"
	run diff <(vfiodiag --from "$copy" probe --all) <(vfiodiag --from "$copy" probe --all --sizes)
	[[ ${lines[1]} == ">   huge page          2 MiB, aligned: 2 MiB x 1" ]]
	[[ ${lines[2]} == ">                      2 MiB, off by 4 KiB: 4 KiB x 512" ]]
	[ "${#lines[@]}" -eq 3 ]
	run json "$copy" 1 --sizes
	[ "$status" -eq 1 ]
	jq -e '.probes[0].sizes == {huge_page: 2097152, mappings: [
		{offset: 0, huge: true, entries: [{size: 2097152, count: 1}], other: 0, reason: null},
		{offset: 4096, huge: true, entries: [{size: 4096, count: 512}], other: 0, reason: null}]}' <<<"$output"
	json "$copy" 1 | jq -e '.probes[0] | has("sizes") | not'
	"$top/tests/lib/schema" <(json "$copy" 1 --sizes)
}

@test "memory that is no huge page, sizes that are mixed, and ones that are not known (added) are told as such" {
	with_sizes 7.x-amd '"huge":false,"entries":[{"size":4096,"count":256},{"size":1048576,"count":1}],"other":0' \
		'"reason":"it is secret"'
	run vfiodiag --from "$copy" probe --all --sizes
	[[ $output == *"  huge page          2 MiB, aligned: 1 MiB x 1, 4 KiB x 256 (the kernel gave no huge page)"$'\n'* ]]
	[[ $output == *" 2 MiB, off by 4 KiB: not known: it is secret"$'\n'* ]]
	rm -rf "$copy"
	with_sizes 7.x-amd '"huge":false,"entries":[{"size":4096,"count":1}],"other":2' "$entries_small"
	run vfiodiag --from "$copy" probe --all --sizes
	[[ $output == *"aligned: 4 KiB x 1, 2 of other sizes (the kernel gave no huge page)"$'\n'* ]]
}

@test "--sizes of a capture without them: the reason, and the verdict as before" {
	run vfiodiag --from "$amd" probe 1 --sizes
	[ "$status" -eq 0 ]
	[[ $output == *"  huge page          not mapped: the capture was recorded without --sizes"$'\n'* ]]
	json "$amd" 1 --sizes | jq -e '.probes[0].sizes == {huge_page: null, mappings: [range(2) |
		{offset: (. * 4096), huge: null, entries: null, other: null, reason: "the capture was recorded without --sizes"}]}'
	"$top/tests/lib/schema" <(json "$amd" 1 --sizes)
}

@test "--sizes cannot do without the page table" {
	run vfiodiag --from "$amd" probe 1 --sizes --page-table never
	[ "$status" -eq 64 ]
	[[ $output == *"--sizes cannot be used with --page-table never" ]]
}

@test "a page table that was not asked for is null" {
	json "$amd" 1 | jq -e '.probes[0] | has("page_table") and .page_table == null'
}

@test "a caller without the rights to the kernel's memory (edited transcript): the reason is given" {
	edited 7.x-amd '/"fact":"process"/s/"capabilities":"0x[0-9a-f]*"/"capabilities":"0x4000200000"/'
	run json "$copy" 1
	[ "$status" -eq 1 ]
	jq -e '.probes[0].page_table | .entries == null and (.reason | contains("CAP_SYS_RAWIO"))' <<<"$output"
}

@test "virtio-iommu (page table added, self-test removed): a mapping is removed as a whole" {
	with_table 6.12-virtio "$one"
	sed -i '0,/"events":\[[^]]*\]/s//"events":[]/' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe --all
	[ "$status" -eq 0 ]
	[[ $output == *"mappings           one for both pages, removed as a whole"* ]]
	[[ $output == *"Superpage splitting: not supported (a mapping is removed as a whole)"* ]]
	[[ $output == *"observed among the mappings of the IOMMU, where both pages are one mapping, which is removed as a whole (method page-table)"* ]]
	[[ $output != *"fine-grained superpages are in use"* ]]
}

@test "a page table (added to the transcript) that contradicts the self-test: a finding, and the self-test counts" {
	with_table 6.1-amd "$two"
	run json "$copy" 1 --page-table always
	[ "$status" -eq 0 ]
	jq -e '(.probes[0] | .method == "kernel-selftest" and .fine_grained_superpages == "yes" and .page_table.entries == 2) and
		(.findings[] | select(.id == "page-table-contradicts") | .severity == "warning" and
		(.message | contains("have an entry each") and endswith("the kernel'"'"'s self-test counts")))' <<<"$output"
}

@test "a page table (added, self-test removed) that contradicts the own unmap: a finding, and the page table counts" {
	with_table 6.1-amd "$two"
	sed -i '0,/"events":\[[^]]*\]/s//"events":[]/' "$copy/transcript.jsonl"
	run json "$copy" 1
	[ "$status" -eq 0 ]
	jq -e '(.probes[0] | .method == "page-table" and .fine_grained_superpages == "no") and
		(.findings[] | select(.id == "page-table-contradicts") | .message | endswith("the page table counts"))' <<<"$output"
}

@test "virtio-iommu (page table added): a contradiction speaks of mappings" {
	with_table 6.12-virtio "$two"
	run json "$copy" --all --page-table always
	[ "$status" -eq 0 ]
	jq -e '.findings[] | select(.id == "page-table-contradicts") | .message |
		contains("have a mapping of the IOMMU each, which contradicts the kernel'"'"'s self-test")' <<<"$output"
}

@test "a page table and a self-test (added and edited) that both contradict the own unmap: that is what the finding names" {
	with_table 6.1-intel "$two"
	sed -i 's/{"event":"unmap","iova":"0x0","size":"0x2000","unmapped":"0x2000"}/{"event":"unmap","iova":"0x0","size":"0x1000","unmapped":"0x2000"}/' "$copy/transcript.jsonl"
	run json "$copy" --all --page-table always
	[ "$status" -eq 0 ]
	jq -e '(.probes[0] | .method == "kernel-selftest" and .fine_grained_superpages == "no" and .page_table.entries == 2) and
		(.findings[] | select(.id == "page-table-contradicts") | .message |
		endswith("contradicts how they were unmapped; the kernel'"'"'s self-test counts"))' <<<"$output"
}

@test "without tracepoints the page table (added to the transcript) decides, and the finding does not deny it" {
	with_table no-tracefs "$two"
	run json "$copy" 1
	[ "$status" -eq 0 ]
	jq -e '(.probes[0].method == "page-table") and (.findings[] | select(.id == "tracepoints-not-seen") | .message |
		endswith("so only the page table of the IOMMU was observed"))' <<<"$output"
}

@test "two entries of pages that were mapped one by one (edited transcript): still inferred, -v has the reason" {
	with_table 7.x-amd "$two"
	sed -i 's/{"event":"map","iova":"0x0","size":"0x2000","paddr":"\(0x[0-9a-f]*\)"}/{"event":"map","iova":"0x0","size":"0x1000","paddr":"\1"}/' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe --all -v
	[ "$status" -eq 1 ]
	[[ $output == *"page table         an entry for each page, which proves nothing: VFIO mapped the pages one by one"* ]]
	[[ $output == *"(method advertised)"* ]]
}
