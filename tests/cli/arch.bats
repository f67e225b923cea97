# SPDX-License-Identifier: GPL-2.0-or-later
# The type of VFIO containers by architecture: type1 on x86, s390 and Arm, sPAPR TCE on ppc64, none elsewhere.

setup() {
	load lib
	load edit
}

# machine NAME: a host without a module for containers, of that architecture.
machine() {
	host no-type1
	sed -i "/\"fact\":\"system\"/s/\"machine\":\"[^\"]*\"/\"machine\":\"$1\"/" "$copy/transcript.jsonl"
}

module() {
	fact "{\"fact\":\"module $1\",\"ret\":0,\"state\":\"$2\"}"
}

# answers RESULT…: /dev/vfio/vfio answers VFIO_CHECK_EXTENSION so.
answers() {
	local ret
	mkdir -p "$files/sys/module/vfio"
	{
		echo '{"section":"container"}'
		echo '{"call":"open","path":"/dev/vfio/vfio","ret":0}'
		echo '{"call":"ioctl","request":"VFIO_GET_API_VERSION","on":"/dev/vfio/vfio","ret":0}'
		for ret; do
			echo "{\"call\":\"ioctl\",\"request\":\"VFIO_CHECK_EXTENSION\",\"on\":\"/dev/vfio/vfio\",\"ret\":$ret}"
		done
	} >>"$copy/transcript.jsonl"
}

@test "x86, s390 and Arm: type1 is selected by another option, which is named (edited transcript)" {
	local name
	for name in x86_64 i686 s390x aarch64 armv7l; do
		machine "$name"
		module vfio_iommu_type1 missing
		finds type1-not-loaded failure 2
		says hint "CONFIG_VFIO_CONTAINER (in 5.10 and 6.1: CONFIG_VFIO), which selects CONFIG_VFIO_IOMMU_TYPE1"
		lacks spapr-tce
	done
}

@test "RISC-V and LoongArch: there is no type1 to build or to load, iommufd does without (edited transcript)" {
	local name
	for name in riscv64 loongarch64; do
		machine "$name"
		module vfio_iommu_type1 missing
		finds type1-not-loaded failure 2
		says message "Linux has no module vfio_iommu_type1 for $name"
		says hint "use iommufd"
		jq -e '(.hint | contains("TYPE1") | not) and .commands == []' <<<"$found"
		fact '{"fact":"node /dev/iommu","ret":0,"uid":0,"gid":0,"mode":"0600","owner":"root","group":"root"}'
		lacks type1-not-loaded
	done
}

@test "ppc64: sPAPR TCE is recognised by the container or the module (edited transcript)" {
	local name
	for name in ppc64 ppc64le; do
		machine "$name"
		module vfio_iommu_type1 missing
		module vfio_iommu_spapr_tce available
		answers 0 0 0 0 1 1
		finds spapr-tce note 0
		says message "of type sPAPR TCE, whose DMA windows are not supported by vfiodiag"
		lacks type1-not-loaded
		vfiodiag --from "$copy" report >"$BATS_TEST_TMPDIR/page"
		grep "<span>VFIO: sPAPR TCE</span>" "$BATS_TEST_TMPDIR/page"
		sed -i '$s/"ret":1/"ret":0/' "$copy/transcript.jsonl"
		finds spapr-tce note 0
		machine "$name"
		module vfio_iommu_spapr_tce builtin
		finds spapr-tce note 0
	done
}

@test "ppc64 without the module: its own options and command, never those of type1 (edited transcript)" {
	machine ppc64le
	module vfio_iommu_type1 missing
	module vfio_iommu_spapr_tce missing
	finds spapr-tce failure 2
	says hint "CONFIG_SPAPR_TCE_IOMMU and CONFIG_VFIO"
	lacks type1-not-loaded
	module vfio_iommu_spapr_tce available
	finds spapr-tce warning 1
	says commands "modprobe vfio_iommu_spapr_tce"
	answers 0 0 0 0 0 0
	finds spapr-tce warning 1
}

@test "ppc64: probe measures nothing and tells why (edited transcript)" {
	machine ppc64le
	run vfiodiag --from "$copy" probe 1
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"are of type sPAPR TCE, whose DMA windows are not supported by vfiodiag: nothing is measured"* ]]
	[[ $output != *"modprobe vfio_iommu_type1"* ]]
}
