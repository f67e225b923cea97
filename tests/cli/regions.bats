# SPDX-License-Identifier: GPL-2.0-or-later
# Regions that firmware requires to be mapped 1:1, by kernel and IOMMU: Intel's driver always refuses
# them, the core from 6.6 on. cases/regions.py builds the hosts.

setup() {
	load lib
	load edit
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
}

# right ANSWER IOMMU RELEASE…
right() {
	local answer=$1 iommu=$2 release
	shift 2
	for release; do
		"$top/tests/cli/cases/regions.py" "$BATS_TEST_TMPDIR/$iommu-$release" "$release" "$iommu" "$answer"
	done
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
	[[ $output == *"(the host has no interrupt remapping)"*"allow_unsafe_interrupts"* ]]
	[[ $output != *"firmware requires"*"see dmesg"* ]]
	host 6.1-intel
	refused SET_IOMMU EPERM
	[[ $output == *"(the host has no interrupt remapping)"* ]]
}
