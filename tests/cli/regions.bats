# SPDX-License-Identifier: GPL-2.0-or-later
# Regions that firmware requires to be mapped 1:1, by kernel and IOMMU: Intel's driver always refuses
# them, the core from 6.6 on. cases/regions.py builds the hosts.

setup() {
	load lib
	load edit
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
}

# refused STEP ERRNO: the kernel refused it; the hint and message are in $output.
refused() {
	sed -i "/\"VFIO_$1\"/s/\"ret\":0/\"errno\":\"$2\"/" "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe 1
	echo "$output"
	[ "$status" -eq 2 ]
}

direct() {
	echo "0x00000000cb000000 0x00000000cb0fffff direct" >>"$files/sys/kernel/iommu_groups/1/reserved_regions"
}

# generation RELEASE: the capture is of that kernel.
generation() {
	sed -i "/\"fact\":\"system\"/s/\"release\":\"[^\"]*\",\"version\":\"[^\"]*\"/\"release\":\"$1\",\"version\":\"#1 SMP\"/" "$copy/transcript.jsonl"
	echo "$1" >"$files/proc/sys/kernel/osrelease"
	echo "#1 SMP" >"$files/proc/sys/kernel/version"
}

# last SEVERITY: of the finding about the last address, or null.
last() {
	run vfiodiag --from "$copy" probe 1 --format json
	jq -e --argjson severity "$1" '([.findings[] | select(.id == "last-address-allowed")] | first | .severity) == $severity' \
		<<<"${output%%$'\n'vfiodiag*}"
}

@test "a direct region behind an Intel IOMMU: refused by every kernel" {
	right refused intel 5.10.0-32-amd64 5.19.17 6.1.192 6.6.8 6.12.118 6.18.2 7.3.4 unknown
}

@test "a direct region behind AMD and Arm IOMMUs: assigned up to 6.5, refused from 6.6 on" {
	right assigned amd 5.10.0-32-amd64 5.19.17 6.1.192
	right refused amd 6.6.8 6.12.118 6.18.2 7.3.4
	right assigned arm 5.10.0-32-arm64 5.19.17 6.1.192
	right refused arm 6.6.8 6.12.118 6.18.2 7.3.4
}

@test "a direct region and a kernel of unknown version: not known, but for Intel" {
	right unknown amd unknown
	right unknown arm unknown
}

@test "EINVAL from SET_CONTAINER (edited transcript): a direct region, or a group in a container" {
	host 6.12-amd
	direct
	refused GROUP_SET_CONTAINER EINVAL
	[[ $output == *"(firmware requires 0xcb000000 - 0xcb0fffff to be mapped 1:1; see dmesg)"*"platform vendor"* ]]
	[[ $output != *"has a container already"* ]]
	host 6.12-amd
	refused GROUP_SET_CONTAINER EINVAL
	[[ $output == *"(the group has a container already, or the IOMMU driver does not attach it: see dmesg)"* ]]
	[[ $output != *1:1* ]]
}

@test "EPERM from SET_IOMMU (edited transcript): a direct region only behind Intel's IOMMU" {
	host 6.1-intel
	direct
	refused SET_IOMMU EPERM
	[[ $output == *"(firmware requires 0xcb000000 - 0xcb0fffff to be mapped 1:1; see dmesg)"* ]]
	[[ $output != *"allow_unsafe_interrupts"* ]]
	host 6.1-amd
	direct
	refused SET_IOMMU EPERM
	[[ $output == *"(no interrupt remapping isolates the interrupts of the group)"*"allow_unsafe_interrupts"* ]]
	[[ $output != *"firmware requires"*"see dmesg"* ]]
	host 6.1-intel
	refused SET_IOMMU EPERM
	[[ $output == *"(no interrupt remapping isolates the interrupts of the group)"* ]]
}

@test "the last of all addresses is allowed by AMD's driver, and not unpinned before 6.18 (edited release)" {
	local release
	host 6.12-amd
	for release in 5.10.262 5.19.17 6.1.192 6.6.8 6.12.118 6.17.9 unknown; do
		generation "$release"
		last '"note"'
	done
	for release in 6.18.0 7.3.4; do
		generation "$release"
		last null
	done
	# A region there keeps everybody away.
	generation 6.12.118
	echo "0xfffffffffffff000 0xffffffffffffffff reserved" >>"$files/sys/kernel/iommu_groups/1/reserved_regions"
	last null
	# It is not allowed at all.
	host 7.x-amd
	generation 6.12.118
	last null
	host 6.12-intel
	last null
}

@test "a width behind AMD's IOMMU is that of the page table, not of the hardware" {
	host 7.x-amd
	run vfiodiag --from "$copy" iova --probe 1 --at 0x1000000000000
	echo "$output"
	[[ $output == *"the page table that the kernel chose translates 48 address bits"* ]]
	[[ $output != *"the IOMMU translates"* ]]
	host 6.12-intel
	run vfiodiag --from "$copy" iova --probe 1 --at 0x8000000000
	[[ $output == *"the IOMMU translates 39 address bits"* ]]
}
