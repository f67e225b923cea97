# SPDX-License-Identifier: GPL-2.0-or-later
# Trees that were copied in part (--sysroot): what is not there was not copied, for all that is known, and
# what is there is used.

setup() {
	load lib
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"
}

# device ADDRESS ID CLASS DRIVER|- GROUP|- [uevent]: a device below /sys/devices, with its links.
device() {
	local path=sys/devices/pci0000:00/$1
	mkdir -p "$tree/$path" "$tree/sys/bus/pci/devices"
	ln -s "../../../devices/pci0000:00/$1" "$tree/sys/bus/pci/devices/$1"
	attributes "$tree/$path" "$2" "$3"
	[ "$4" = - ] || ln -s "../../../bus/pci/drivers/$4" "$tree/$path/driver"
	[ "$5" = - ] || ln -s "../../../kernel/iommu_groups/$5" "$tree/$path/iommu_group"
	ln -s ../../virtual/iommu/dmar0 "$tree/$path/iommu"
	[ "${6:-}" = uevent ] || return 0
	printf 'PCI_CLASS=%s\nPCI_ID=8086:%s\n' "$3" "${2^^}" >"$tree/$path/uevent"
	[ "$4" = - ] || echo "DRIVER=$4" >>"$tree/$path/uevent"
}

# attributes DIRECTORY ID CLASS
attributes() {
	echo 0x8086 >"$1/vendor"
	echo "0x$2" >"$1/device"
	echo "0x$3" >"$1/class"
	echo 0 >"$1/numa_node"
}

# in_group ADDRESS GROUP: the list of the groups has the device.
in_group() {
	mkdir -p "$tree/sys/kernel/iommu_groups/$2/devices"
	ln -s "../../../../devices/pci0000:00/$1" "$tree/sys/kernel/iommu_groups/$2/devices/$1"
	echo '0x00000000fee00000 0x00000000feefffff msi' >"$tree/sys/kernel/iommu_groups/$2/reserved_regions"
}

# rows: the groups, addresses and drivers of the list.
rows() {
	vfiodiag --sysroot "$tree" list --raw -o GROUP,ADDRESS,DRIVER,IOMMU | tail -n +2
}

# not_known ARG…: check says neither that it is ready nor that it is not.
not_known() {
	run vfiodiag --sysroot "$tree" check "$@"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output != *failure:* ]]
}

@test "links of devices name groups and units, with uevent and without" {
	device 0000:00:14.0 a36d 0c0330 xhci_hcd 4
	device 0000:00:1f.6 15bb 020000 - 8 uevent
	device 0000:00:17.0 a352 010601 ahci 4 uevent
	mkdir -p "$tree/sys/kernel/mm"
	run rows
	[ "${lines[0]}" = "4 0000:00:14.0 xhci_hcd dmar0" ]
	[ "${lines[1]}" = "4 0000:00:17.0 ahci dmar0" ]
	[[ ${lines[2]} == "8 0000:00:1f.6 "*" dmar0" ]]
	not_known
	not_known --all
}

@test "addresses are in the order of their numbers, in the list, in JSON and in a report" {
	local wanted='0000:00:14.0 0000:00:17.0 0000:00:1a.0 0000:00:1c.0 0000:00:1f.6' address
	for address in 1f.6 1a.0 14.0 1c.0 17.0; do
		device "0000:00:$address" a36d 0c0330 - 5
		in_group "0000:00:$address" 5
	done
	run vfiodiag --sysroot "$tree" list --raw -o ADDRESS
	[ "$(tail -n +2 <<<"$output" | xargs)" = "$wanted" ]
	run vfiodiag --sysroot "$tree" list --json
	[ "$(jq -r '[.devices[].address] | join(" ")' <<<"$output")" = "$wanted" ]
	run vfiodiag --sysroot "$tree" list --tree
	[ "$(grep -o '0000:00:[0-9a-f.]*' <<<"$output" | xargs)" = "$wanted" ]
	vfiodiag --sysroot "$tree" report -o "$BATS_TEST_TMPDIR/page.html"
	[ "$(grep -o '0000:00:1[0-9a-f]\.[0-9]' "$BATS_TEST_TMPDIR/page.html" | awk '!seen[$0]++' | xargs)" = "$wanted" ]
}

@test "devices that are directories count" {
	mkdir -p "$tree/sys/bus/pci/devices/0000:00:14.0"
	attributes "$tree/sys/bus/pci/devices/0000:00:14.0" a36d 0c0330
	ln -s ../../../drivers/xhci_hcd "$tree/sys/bus/pci/devices/0000:00:14.0/driver"
	ln -s ../../../../kernel/iommu_groups/4 "$tree/sys/bus/pci/devices/0000:00:14.0/iommu_group"
	run vfiodiag --sysroot "$tree" list --json
	[ "$(jq -r '.devices[] | "\(.group) \(.address) \(.driver)"' <<<"$output")" = \
		"4 0000:00:14.0 xhci_hcd" ]
	not_known
}

@test "a part of /sys/kernel and empty tables say nothing about an IOMMU" {
	device 0000:00:14.0 a36d 0c0330 xhci_hcd -
	mkdir -p "$tree/sys/kernel/mm" "$tree/sys/firmware/acpi/tables" "$tree/dev"
	not_known
	[[ $output == *"not known whether there is an IOMMU"* ]]
	run vfiodiag --sysroot "$tree" check 00:14.0
	[ "$status" -eq 3 ]
	# The units were copied, and there is none: then the kernel uses no IOMMU.
	mkdir -p "$tree/sys/class/iommu"
	run vfiodiag --sysroot "$tree" check
	[ "$status" -eq 2 ]
	[[ $output == *"its tables were not read"* ]]
}

@test "without /dev no node is missing" {
	device 0000:00:14.0 a36d 0c0330 vfio-pci 4 uevent
	in_group 0000:00:14.0 4
	mkdir -p "$tree/sys/class/iommu" "$tree/sys/module"
	not_known
	[[ $output == *"[no-vfio-container]"* ]]
	mkdir -p "$tree/dev/vfio"
	: >"$tree/dev/vfio/4"
	run vfiodiag --sysroot "$tree" check
	[ "$status" -eq 2 ]
	[[ $output == *"failure: host: /dev/vfio/vfio does not exist"* ]]
}

@test "without /sys/module no module is missing" {
	device 0000:00:14.0 a36d 0c0330 vfio-pci 4 uevent
	in_group 0000:00:14.0 4
	mkdir -p "$tree/sys/class/iommu" "$tree/dev/vfio"
	: >"$tree/dev/vfio/vfio"
	: >"$tree/dev/vfio/4"
	not_known
	[[ $output == *"unmeasured: host: /sys/module is not in this tree"* ]]
}

@test "a member is named by its link, wherever that leads, and is unknown" {
	device 0000:00:14.0 a36d 0c0330 vfio-pci 4 uevent
	in_group 0000:00:14.0 4
	ln -s / "$tree/sys/kernel/iommu_groups/4/devices/0000:00:15.0"
	run vfiodiag --sysroot "$tree" list --json
	[ "$(jq -r '[.devices[].address] | join(" ")' <<<"$output")" = "0000:00:14.0 0000:00:15.0" ]
	not_known 4
	[[ $output == *"the driver of 0000:00:15.0 was not seen"* ]]
}

@test "a contradiction between a link and the list of the groups is told" {
	device 0000:00:14.0 a36d 0c0330 - 4 uevent
	in_group 0000:00:14.0 5
	run vfiodiag --sysroot "$tree" check 5 --json
	jq -e '.findings[] | select(.id == "group-contradiction" and .severity == "unmeasured") |
		.message | contains("0000:00:14.0 names group 4")' <<<"$output"
	rm "$tree/sys/devices/pci0000:00/0000:00:14.0/iommu_group"
	run vfiodiag --sysroot "$tree" check 5 --json
	jq -e '[.findings[] | select(.id == "group-contradiction")] == []' <<<"$output"
}

@test "a comparison of a capture with itself says nothing of one side" {
	local capture=$BATS_TEST_TMPDIR/capture
	cp -r "$hosts/6.1-amd/capture" "$capture"
	echo '{"fact":"list /sys/kernel/iommu_groups","errno":"EACCES"}' >>"$capture/transcript.jsonl"
	echo '{"fact":"list /sys/firmware/acpi/tables","errno":"EACCES"}' >>"$capture/transcript.jsonl"
	run vfiodiag diff "$capture" "$capture"
	[ "$status" -eq 0 ]
	[[ $output == *"no differences"* ]]
	[[ $output == *"? groups: could not be read on either side"* ]]
	[[ $output != *"one side"* ]]
	run vfiodiag diff "$capture" "$hosts/6.1-amd/capture"
	[[ $output == *"? groups: could not be read on one side"* ]]
}
