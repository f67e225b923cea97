# SPDX-License-Identifier: GPL-2.0-or-later
# check and list: mediated devices, drivers that VFIO excuses in a group, hosts without VFIO containers.
# cases/mdev.py builds the hosts and has the right answers.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

kind() {
	"$cases/mdev.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each kind of host is a test here" {
	"$cases/mdev.py" --list | sort >"$BATS_TEST_TMPDIR/kinds"
	sed -n 's/^\tkind \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/kinds" -
}

@test "a mediated device is ready, with its type and parent, on kernels from 5.10 to 7.3" {
	kind mediated-device
}

@test "a no-IOMMU group beside a mediated device: the name is the same, the kind is not" {
	kind no-iommu-group-beside-it
}

@test "a mediated device needs no interrupt remapping" {
	kind mediated-device-without-remapping
}

@test "mediated devices on a host whose kernel uses no IOMMU: ready, and PCI devices are blocked" {
	kind mediated-devices-alone
}

@test "a mediated device in a tree that was copied in part" {
	kind mediated-device-in-a-tree-with-holes
}

@test "drivers of bridges and of event collectors keep a group from VFIO by the kernel's version" {
	kind driver-beside-it
}

@test "the driver of a bridge on a kernel of unknown version: not known" {
	kind driver-beside-it-on-an-unknown-kernel
}

@test "drivers made for VFIO on other buses, before 6.1, with VFIO built in or not" {
	kind driver-made-for-vfio-on-another-bus
}

@test "variant drivers before 6.1 whose core is built in" {
	kind variant-driver-with-built-in-core
}

@test "iommufd only: not known, and no module to load" {
	kind iommufd-only
}

@test "iommufd only, with nothing bound" {
	kind iommufd-only-and-nothing-bound
}
