# SPDX-License-Identifier: GPL-2.0-or-later
# check on hosts of the kinds that users reported: never falsely ready, and no remedy that harms.
# cases/kinds.py builds at least two hosts of each kind and has the right answers.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

kind() {
	"$cases/kinds.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each kind of host is a test here" {
	"$cases/kinds.py" --list | sort >"$BATS_TEST_TMPDIR/kinds"
	sed -n 's/^\tkind \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/kinds" -
}

@test "the framebuffer of the firmware claims a BAR of a bound GPU: blocked" {
	kind boot-framebuffer
}

@test "the boot display without a driver shows the console of the firmware's framebuffer: in use" {
	kind boot-display-without-driver
}

@test "a bound device that does not come back from D3cold is blocked, an idle one in D3hot is ready" {
	kind asleep
}

@test "a function without a reset method works once: ready with a warning" {
	kind without-reset
}

@test "device tree: PCI is behind no IOMMU, whatever platform groups there are" {
	kind pci-behind-no-iommu
}

@test "disks behind Intel VMD: only the endpoint can be assigned; slots and ACS do not matter" {
	kind vmd
}

@test "/ on a disk behind Intel VMD: the endpoint is keep" {
	kind vmd-with-root
}

@test "igfx_off: the reason why the graphics has no group, and no usage error" {
	kind graphics-without-group
}

@test "a guest whose hypervisor gives no IOMMU: nothing to do inside but no-IOMMU mode" {
	kind guest-without-iommu
}

@test "a bare metal instance is no guest of its cloud" {
	kind bare-metal-of-a-cloud
}

@test "Xen owns the IOMMU: xl, and no option of the kernel" {
	kind xen
}

@test "an IOMMU option is there and has no effect, or is misspelt" {
	kind option-without-effect
}

@test "Arm: the firmware turned the SMMU off" {
	kind smmu-off-in-firmware
}

@test "pcie_acs_override that this kernel ignores" {
	kind acs-override-ignored
}

@test "pcie_acs_override with effect: groups that protect nothing, a warning" {
	kind acs-override-with-effect
}

@test "one finding for all root ports without ACS" {
	kind root-ports-without-acs
}

@test "a 1:1 region of the firmware blocks all functions, said once; a relaxable one does not" {
	kind reserved-for-firmware
}

@test "one function of four is bound: one plan for the whole card" {
	kind card-of-four-functions
}

@test "vfio-pci.ids names what another driver has: it came first" {
	kind another-driver-came-first
}

@test "vfio-pci.ids also matches the system's disk: never softdep, but the other by its address" {
	kind ids-of-the-system-disk
}

@test "driver_override is set and no driver is bound" {
	kind override-without-driver
}

@test "a card in the group of the system's disk: the card moves, the disk stays" {
	kind group-with-system-disk
}

@test "without a subject, idle devices beside the system's disk are no problem: ready" {
	kind idle-beside-what-the-host-keeps
}

@test "an idle function beside one in use is in use by it, and one fix frees both" {
	kind idle-beside-what-the-host-uses
}

@test "interrupts are not remapped: what is bound is blocked, unless unsafe ones are allowed" {
	kind interrupts-not-remapped
}

@test "no-IOMMU mode: what is bound is blocked, in list too" {
	kind group-without-iommu
}

@test "ZFS names no disks: unknown, and no unbind command" {
	kind zfs
}

@test "every disk below /, and swap, is keep: md, dm, bcache, btrfs, logs" {
	kind root-on-two-disks
}

@test "disks on a uio driver can be bound to vfio-pci, mounted ones cannot" {
	kind uio
}

@test "VFs in VFIO are ready, and their PF is in use by them" {
	kind virtual-functions-in-vfio
}

@test "a PF in VFIO with VFs in VFIO is as it shall be, and is not free" {
	kind physical-function-in-vfio
}

@test "mediated devices of kernels without vfio-dev are viable" {
	kind mediated-device-without-vfio-dev
}

@test "drivers made for VFIO on kernels without vfio-dev" {
	kind vfio-driver-before-vfio-dev
}

@test "a container without /dev/vfio gets the nodes, and no modprobe" {
	kind container-without-nodes
}

@test "a container without the cdev of the device gets it, and no modprobe" {
	kind container-without-cdev
}

@test "a kernel without cdevs is ready" {
	kind no-cdev-and-nobody-asks
}

@test "vfio_iommu_type1 is not loaded" {
	kind container-type-not-loaded
}

@test "a named device that is not bound is not ready because its neighbour is" {
	kind named-device-is-not-bound
}

@test "a host that is ready, with nothing bound yet" {
	kind nothing-is-bound
}

@test "groups of bridges alone make no host ready" {
	kind only-bridges-have-groups
}

@test "a tree without iommu_groups: not known, never not there" {
	kind tree-without-groups
}

@test "a tree without uevent, and with directories in place of links: the rest is read" {
	kind tree-without-uevent
}

@test "an empty acpi/tables says nothing about the firmware" {
	kind tree-with-empty-tables
}

@test "addresses are in the order of their numbers" {
	kind order-of-addresses
}

@test "a member of a group is named by its link" {
	kind member-that-leads-elsewhere
}

@test "a contradiction between a device and its group is told" {
	kind contradiction
}

# Those of kinds.py and the generated ones are held to it with each answer.
@test "recorded hosts: no cause is told twice" {
	"$cases/causes.py" "$hosts"/*/capture
}

@test "a container without the nodes of many groups is told once, and the groups are named" {
	kind container-without-many-nodes
}

# VFIODIAG_GENERATED is the number of hosts.
@test "generated hosts: nothing is falsely ready, no command harms, and a missing file makes no answer better" {
	"$cases/property.py" "$BATS_TEST_TMPDIR"
}

@test "the properties of generated hosts would detect a mistake" {
	local plant
	for plant in command state status hole cause; do
		run "$cases/property.py" "$BATS_TEST_TMPDIR/$plant" --plant "$plant" 3 4 7 10 16
		echo "$plant: $output"
		[ "$status" -eq 1 ]
		case $plant in
		command) [[ $output == *"is taken away: echo "* ]] ;;
		state) [[ $output == *"is available, and the host runs on it"* ]] ;;
		status) [[ $output == *"is not bound"* ]] ;;
		cause) [[ $output == *"the same words are told of two subjects: "* ]] ;;
		hole) [[ $output =~ "was "[a-z-]*" and is available" ]] ;;
		esac
	done
}
