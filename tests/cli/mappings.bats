# SPDX-License-Identifier: GPL-2.0-or-later
# mappings: what a capture says about the page table of a group, edited into a recorded host. tests/unit has the
# walk over tables.

setup() {
	load lib
	copy=$BATS_TEST_TMPDIR/capture
}

@test "the memory of a group, by entries and by reasons" {
	with_mappings held "$mapped_counts"
	run vfiodiag --from "$copy" mappings 1
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"Mappings of group 1"*"3.5 GiB mapped, of which at most 2 GiB together"* ]]
	[[ $output =~ "4 KiB"\ +393728\ +"1.5 GiB" ]]
	[[ $output =~ "2 MiB"\ +1024\ +"2 GiB" ]]
	[[ $output == *"2 GiB in large entries"*"1 GiB in small entries, though large ones are possible"*"512 MiB in small entries, since bus addresses and memory are at different offsets"*"2 MiB in small entries, since the memory is in small pieces"* ]]
	# Nothing has the reason that the IOMMU offers none, and 2 MiB are too little for a fix.
	[[ $output != *"offers no large"* ]]
	[ "$(grep -c 'Fix:' <<<"$output")" -eq 2 ]
}

@test "the same as JSON" {
	with_mappings held "$mapped_counts"
	run vfiodiag --from "$copy" mappings 1 --json
	echo "$output"
	[ "$status" -eq 0 ]
	jq -e '.mappings | .group == 1 and .not_known == null and .bytes == 3760193536 and .longest_run == 2147483648 and
		.large_entry == 2097152 and .page_sizes == [4096, 2097152] and .other_entries == {count: 0, bytes: 0} and
		.entries == [{size: 4096, count: 393728}, {size: 2097152, count: 1024}] and
		([.kinds[] | {(.kind): .bytes}] | add) == {large: 2147483648, possible: 1073741824, "not-offered": 0,
			askew: 536870912, scattered: 2097152} and
		([.kinds[] | select(.fix) | .kind] == ["possible", "askew"]) and
		([.kinds[].bytes] | add) == .bytes' <<<"$output"
}

@test "an empty table is an answer" {
	with_mappings held '"result":"read","large":"0x200000","page_sizes":"0x1000","entries":[]'
	run vfiodiag --from "$copy" mappings 1
	[ "$status" -eq 0 ]
	[[ $output == *"nothing is mapped"* ]]
	vfiodiag --from "$copy" mappings 1 --json | jq -e '.mappings | .bytes == 0 and .entries == []'
}

@test "what is not known is not known, and no number is shown" {
	local answer
	for answer in '"result":"unknown","reason":"it changes while it is read"' \
		'"result":"read","large":"0x200000","bytes":"0x1000","entries":[]' '"result":"seen"'; do
		with_mappings held "$answer"
		run vfiodiag --from "$copy" mappings 1
		echo "$output"
		[ "$status" -eq 3 ]
		[[ $output == *"not known: "* ]]
		[[ $output != *" mapped"* ]]
		run vfiodiag --from "$copy" mappings 1 --json
		[ "$status" -eq 3 ]
		jq -e '.mappings | (.not_known | length > 0) and ([.bytes, .longest_run, .page_sizes, .entries,
			.other_entries, .large_entry, .kinds] | all(. == null))' <<<"$output"
	done
	run vfiodiag --from "$hosts/held/capture" mappings 1
	[ "$status" -eq 3 ]
	[[ $output == *"not known: the capture was recorded without this question"* ]]
}

@test "options that keep entries small are named" {
	with_mappings 7.x-amd "$mapped_counts"
	vfiodiag --from "$copy" mappings 1 --json | jq -e '.findings == []'
	sed -i 's/$/ amd_iommu=nohugepages/' "$copy/files/proc/cmdline"
	run vfiodiag --from "$copy" mappings 1 --json
	echo "$output"
	[ "$status" -eq 0 ]
	jq -e '[.findings[].id] == ["superpages-limited"]' <<<"$output"
	run vfiodiag --from "$copy" mappings 1
	[[ $output == *"remove amd_iommu=nohugepages from the kernel command line and reboot"* ]]
}

@test "disable_hugepages of VFIO is named" {
	with_mappings held "$mapped_counts"
	vfiodiag --from "$copy" mappings 1 --json | jq -e '.findings == []'
	echo Y >"$copy/files/sys/module/vfio_iommu_type1/parameters/disable_hugepages"
	vfiodiag --from "$copy" mappings 1 --json | jq -e '[.findings[].id] == ["hugepages-disabled"]'
}

@test "a group that this machine does not have, and too many groups" {
	run vfiodiag --from "$hosts/held/capture" mappings 1 2
	[ "$status" -eq 64 ]
	run vfiodiag --from "$hosts/held/capture" mappings
	[ "$status" -eq 64 ]
	run vfiodiag --from "$hosts/held/capture" mappings 4711
	[ "$status" -eq 64 ]
}

@test "a directory of files has no page table" {
	run vfiodiag --sysroot "$hosts/held/capture/files" mappings 1
	echo "$output"
	[ "$status" -eq 3 ]
}
