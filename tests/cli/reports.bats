# SPDX-License-Identifier: GPL-2.0-or-later
# What people wrote into trackers and forums: for each a host that shows it, and the finding that
# names its cause.

setup() {
	load lib
	copy=$BATS_TEST_TMPDIR/capture
}

# edit HOST: a copy of its capture, to be changed; $files is its root.
edit() {
	cp -r "$hosts/$1/capture" "$copy"
	files=$copy/files
}

# finding ID SEVERITY STATUS ARG…: the check ends with STATUS and has that finding; its message
# and hint are in $message.
finding() {
	local id=$1 severity=$2 wanted=$3
	shift 3
	run vfiodiag "$@" --format json
	echo "$output"
	[ "$status" -eq "$wanted" ]
	message=$(jq -er --arg id "$id" --arg severity "$severity" \
		'.findings[] | select(.id == $id and .severity == $severity) | "\(.subject): \(.message)\n\(.hint)\n\([.commands[].command] | join("\n"))"' <<<"$output")
}

# says WORDS…: each stands in $message.
says() {
	local word
	for word in "$@"; do
		[[ $message == *"$word"* ]] || {
			echo "not said: $word"
			return 1
		}
	done
}


@test "1: the group is not viable: which device, which driver, and the fix" {
	finding group-not-viable failure 2 --from "$hosts/blocked/capture" check 01:01.0
	says "group 1" 0000:01:02.0 "is still bound to e1000" "/sys/bus/pci/drivers/e1000/unbind"
}

@test "3: the audio function of a graphics card was not bound (edited files)" {
	edit 6.1-amd
	groups=$files/sys/kernel/iommu_groups
	mkdir -p "$groups/3/devices" "$files/sys/devices/pci0000:00/0000:00:04.1"
	cp "$groups/1/reserved_regions" "$groups/1/type" "$groups/3"
	ln -s ../../../../devices/pci0000:00/0000:00:04.1 "$groups/3/devices/0000:00:04.1"
	printf 'DRIVER=snd_hda_intel\nPCI_CLASS=40300\nPCI_ID=10DE:10F0\n' \
		>"$files/sys/devices/pci0000:00/0000:00:04.1/uevent"
	finding functions-split note 0 --from "$copy" check
	says "0000:00:04.1" "another function of the same card" "group 3" "bound to snd_hda_intel"
}

@test "3: the audio function shares the group and is bound to the host's driver (edited files)" {
	edit two-functions
	sed -i 's/^DRIVER=.*/DRIVER=snd_hda_intel/' "$files/sys/devices/pci0000:00/0000:00:01.0/0000:01:02.0/uevent"
	rm -rf "$files/sys/devices/pci0000:00/0000:00:01.0/0000:01:02.0/vfio-dev"
	finding group-not-viable failure 2 --from "$copy" check 01:01.0
	says 0000:01:02.0 "is still bound to snd_hda_intel"
}

@test "4: a kernel update bound an SMBus driver in the group (edited files)" {
	edit 6.1-amd
	printf 'DRIVER=i801_smbus\n' >>"$files/sys/devices/pci0000:00/0000:00:1f.3/uevent"
	printf 'DRIVER=vfio-pci\n' >>"$files/sys/devices/pci0000:00/0000:00:1f.2/uevent"
	finding group-not-viable failure 2 --from "$copy" check 00:1f.2
	says "group 2" 0000:00:1f.3 "is still bound to i801_smbus"
}

@test "5: a physical function and its virtual functions in one group, and the port that causes it" {
	finding pf-vf-one-group warning 2 --from "$hosts/virtual-functions/capture" check 01:00.0
	says "0000:01:00.0 and its virtual functions 0000:01:00.1, 0000:01:00.2"
	finding group-kept-together note 2 --from "$hosts/virtual-functions/capture" check 01:00.0
	says "0000:00:06.0 has no ACS"
	run vfiodiag --from "$hosts/virtual-functions-apart/capture" check 01:00.0
	[[ $output != *pf-vf-one-group* && $output != *group-kept-together* ]]
}

@test "6: pcieport is not to blame (edited files)" {
	edit virtual-functions
	sed -i 's/^DRIVER=nvme/DRIVER=vfio-pci/' "$files"/sys/devices/pci0000:00/0000:00:06.0/0000:01:00.?/uevent
	grep -q '^DRIVER=pcieport' "$files/sys/devices/pci0000:00/0000:00:06.0/uevent"
	run vfiodiag --from "$copy" check 01:00.0 --format json
	jq -e '.findings | map(select(.message | contains("pcieport"))) == []' <<<"$output"
	jq -e '.not_found | index("group-not-viable")' <<<"$output"
}

@test "7: ineligible due to platform RMRR requirement (edited regions)" {
	edit 6.1-intel
	echo "0x00000000000e0000 0x00000000000fffff direct" >>"$files/sys/kernel/iommu_groups/1/reserved_regions"
	finding direct-region failure 2 --from "$copy" check 1
	says "RMRR" "0xe0000 - 0xfffff" "platform vendor"
}

@test "9: an IOMMU of 39 bits beside a CPU of 46 (edited CPU)" {
	edit 6.1-intel
	sed -i 's/"address_bits":[0-9]*/"address_bits":46/' "$copy/transcript.jsonl"
	finding iommu-narrow note 0 --from "$copy" check 1
	says "dmar0 translates 39 address bits" "512 GiB" "46" EINVAL "host-phys-bits-limit=39"
	sed -i 's/"address_bits":[0-9]*/"address_bits":39/' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" check 1
	[[ $output != *iommu-narrow* ]]
}

@test "17: the IOMMU is switched off in the firmware, or the virtual machine has none (edited files)" {
	finding no-iommu failure 2 --from "$hosts/no-iommu/capture" check
	says "this is a guest of QEMU without a virtual IOMMU" "-device intel-iommu"
	edit no-iommu
	echo "Example Systems" >"$files/sys/class/dmi/id/sys_vendor"
	echo "Server 1" >"$files/sys/class/dmi/id/product_name"
	finding no-iommu failure 2 --from "$copy" check
	says "the firmware describes no IOMMU" "enable the IOMMU in the firmware setup"
}

@test "18: a no-IOMMU group: its node and its limits (edited files)" {
	edit 6.1-amd
	no_iommu_group "$files"
	mkdir -p "$files/sys/module/vfio/parameters"
	echo Y >"$files/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
	finding group-without-iommu failure 2 --from "$copy" check 1
	says "/dev/vfio/noiommu-1" "DMA mapping is not available"
	finding noiommu-enabled warning 2 --from "$copy" check 1
	says "enable_unsafe_noiommu_mode"
}

@test "22: unsafe interrupts are allowed: reported with the consequences" {
	finding unsafe-interrupts warning 1 --from "$hosts/7.x-amd/capture" check 1
	says "arbitrary interrupts" allow_unsafe_interrupts
}

# 12, 14 and 23 are about limits and nodes: limits.bats and vfio.bats name them.
@test "each public report has a test with its number" {
	local number
	for number in 1 3 4 5 6 7 9 12 14 17 18 22 23; do
		grep -qE "^@test \".*\b$number\b" "$top"/tests/cli/{reports,limits,vfio}.bats || {
			echo "no test names report $number"
			return 1
		}
	done
}
