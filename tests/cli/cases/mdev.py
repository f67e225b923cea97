#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts with mediated devices, with drivers that VFIO excuses in a group, and without VFIO containers.

	mdev.py DIR NAME       builds the hosts of the kind NAME below DIR and holds check to the answer
	mdev.py --list         the names of all kinds
"""
import json
import os
import sys

import kinds
from host import run
from kinds import GPU, NIC, USB, kind, port

kinds.KINDS.clear()
UUID = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
PCIE_TO_PCI, CARDBUS, COLLECTOR, CONTROLLER = 0x060400, 0x060700, 0x080700, 0x0c0010

# What stands above the mediated device, and its type; the driver of the bus mdev differs by the kernel.
VGPU = dict(parent="0000:00:02.0", above="pci0000:00/0000:00:02.0", typed="i915-GVTg_V5_4", driver="intel_vgpu_mdev")
AP = dict(parent="matrix", above="vfio_ap/matrix", typed="vfio_ap-passthrough", driver="vfio_ap_mdev")
CCW = dict(parent="0.0.0313", above="css0/0.0.0313", typed="vfio_ccw-io", driver="vfio_ccw_mdev")
CCW_WITH_PARENT = dict(CCW, above="css0/0.0.0313/parent")
TTY = dict(parent="mtty", above="virtual/mtty/mtty", typed="mtty-2", driver="mtty")

# All generations: 5.10 gives the group no name and has one driver for all, and vfio-dev begins with 6.1.
GENERATIONS = ("5.10.0-46-amd64", "5.19.17", "6.1.0-57-amd64", "6.6.30", "6.12.118", "6.18.2", "7.3.4")


def release_of(kernel):
    return tuple(int(part) for part in kernel.split("-")[0].split(".")[:2])


def tree(host, path):
    """What is at PATH goes, with all that is below it."""
    for directory, names, files in os.walk(host.path(path), topdown=False):
        for name in files + names:
            place = os.path.join(directory, name)
            (os.rmdir if os.path.isdir(place) and not os.path.islink(place) else os.unlink)(place)
    os.rmdir(host.path(path))


def old(host, kernel):
    if release_of(kernel) < (6, 1):
        tree(host, "sys/class/vfio-dev")


def mediated(host, kernel, group, parent, above, typed, driver, uuid=UUID, holder=True):
    """A mediated device as the kernel shows one: its group, its node, and what it is a part of."""
    directory = f"sys/devices/{above}/{uuid}"
    if release_of(kernel) < (5, 15):
        driver = "vfio_mdev"
    host.put(f"{directory}/uevent", f"DRIVER={driver}\nMODALIAS=mdev\n")
    host.link(f"{directory}/subsystem", "sys/bus/mdev")
    host.directory(f"sys/bus/mdev/drivers/{driver}")
    host.link(f"{directory}/driver", f"sys/bus/mdev/drivers/{driver}")
    host.directory(f"sys/devices/{above}/mdev_supported_types/{typed}")
    host.link(f"{directory}/mdev_type", f"sys/devices/{above}/mdev_supported_types/{typed}")
    host.link(f"sys/bus/mdev/devices/{uuid}", directory)
    host.put(f"{host.group(group, [''], 'unknown')}/reserved_regions", "")
    if release_of(kernel) >= (5, 16):
        host.put(f"sys/kernel/iommu_groups/{group}/name", "vfio-noiommu\n")
    unit, host.unit_name = host.unit_name, None
    host.join(directory, uuid, group)
    host.unit_name = unit
    if release_of(kernel) >= (6, 1):
        host.vfio_device(directory, group)
    else:
        host.module("mdev")
        if holder:
            host.link("sys/module/vfio/holders/vfio_mdev", "sys/module/vfio_mdev")
        host.node(f"dev/vfio/{group}", 0o600)
    old(host, kernel)
    return uuid


def lists(case, address, *columns):
    """The cells of the device at ADDRESS in list."""
    done = run(f"{case.root}/{case.n}", "list", "--json", "-o", ",".join(("ADDRESS", *columns)))
    return next(d for d in json.loads(done.stdout)["devices"] if d["address"] == address)


@kind(*(dict(kernel=kernel, **thing) for kernel in GENERATIONS for thing in (VGPU, AP, TTY)),
      dict(kernel="5.10.0-46-s390x", **CCW), dict(kernel="6.1.0-57-s390x", **CCW),
      dict(kernel="6.12.118-s390x", **CCW_WITH_PARENT))
def mediated_device(case, kernel, parent, above, typed, driver):
    host = case.host(kernel=kernel, options="intel_iommu=on")
    if parent == "0000:00:02.0":
        host.device(above, GPU, "8086:5916", "i915", 0, boot_vga=0)
    else:
        host.device("pci0000:00/0000:00:14.0", USB, "8086:a36d", "xhci_hcd", 0)
    uuid = mediated(host, kernel, 12, parent, above, typed, driver)
    for answer in case.check(), case.check("12"):
        answer.status(0)
        answer.states(ready=uuid)
        answer.never("no-IOMMU", "noiommu", "/dev/vfio.*does not exist", "group 12: not viable", "vfio-pci yet", "modprobe")
    group = next(g for g in case.check().json["groups"] if g["group"] == 12)
    device = group["devices"][0]
    case.check().require((group["kind"], device["mdev_type"], device["parent"]) == ("emulated", typed, parent),
                         f"group 12 is {group}")
    cells = lists(case, uuid, "KIND", "MDEV-TYPE", "PARENT", "VFIO", "STATE", "NAME")
    del cells["address"], cells["state"]
    wanted = dict(kind="emulated", mdev_type=typed, parent=parent, vfio="bound", name=f"mdev {typed} of {parent}")
    assert {key: cells[key] for key in wanted} == wanted, cells
    if parent == "0000:00:02.0":
        case.check().states(in_use=parent)
        case.check().reason(parent, f"its mediated device {uuid} is in use")


@kind(dict(kernel="5.10.0-46-amd64", group=9, kind_of="iommu"), dict(kernel="6.1.0-57-amd64", group=0, kind_of="no-iommu"),
      dict(kernel="6.12.118", group=3, kind_of="no-iommu"), dict(kernel="7.3.4", group=3, kind_of="no-iommu"))
def no_iommu_group_beside_it(case, kernel, group, kind_of):
    """The name alone does not tell them apart: a PCI device in one is without an IOMMU."""
    host = case.host(kernel=kernel, iommu=None)
    device = host.device("pci0000:00/0000:00:05.0", NIC, "8086:10d3", "vfio-pci", group)
    if kind_of == "no-iommu":
        host.put(f"sys/kernel/iommu_groups/{group}/name", "vfio-noiommu\n")
        os.rename(host.path(f"dev/vfio/{group}"), host.path(f"dev/vfio/noiommu-{group}"))
    uuid = mediated(host, kernel, 12, **TTY)
    answer = case.check()
    kinds_of = {g["group"]: g["kind"] for g in answer.json["groups"]}
    answer.require(kinds_of == {group: kind_of, 12: "emulated"}, f"kinds are {kinds_of}")
    answer.states(ready=uuid, **{"blocked" if kind_of == "no-iommu" else "ready-or-bound": device})
    answer.require(("group-without-iommu" in [f["id"] for f in answer.findings]) == (kind_of == "no-iommu"),
                   "group-without-iommu")
    named = case.check(uuid)
    named.status(0)


@kind(dict(kernel="6.1.0-57-amd64", thing=VGPU, unsafe=False), dict(kernel="6.12.118", thing=AP, unsafe=False))
def mediated_device_without_remapping(case, kernel, thing, unsafe):
    """Its group is not attached to an IOMMU, so nothing asks for interrupt remapping."""
    host = case.host(kernel=kernel)
    host.put("sys/kernel/irq/0/chip_name", "IO-APIC\n")
    host.device("pci0000:00/0000:00:02.0", GPU, "8086:5916", "i915", 0, boot_vga=0)
    uuid = mediated(host, kernel, 12, **thing)
    answer = case.check(uuid)
    answer.status(0)
    answer.states(ready=uuid)
    answer.never("remap")
    case.check().says("remap")


@kind(dict(kernel="6.1.0-57-amd64", thing=AP), dict(kernel="6.12.118", thing=CCW_WITH_PARENT))
def mediated_devices_alone(case, kernel, thing):
    """A host of which the kernel uses no IOMMU: its mediated devices can be assigned, its PCI devices cannot."""
    host = case.host(kernel=kernel, iommu=None)
    pci = host.device("pci0000:00/0000:00:05.0", NIC, "8086:10d3", None)
    uuid = mediated(host, kernel, 1, **thing)
    answer = case.check()
    answer.status(0)
    answer.states(ready=uuid, blocked=pci)
    answer.reason(pci, "the kernel uses no IOMMU")
    answer.once(f"{pci} is in no IOMMU group: the kernel uses no IOMMU")


@kind(dict(gone="subsystem"), dict(gone="mdev_type"))
def mediated_device_in_a_tree_with_holes(case, gone):
    host = case.host(kernel="6.6.30")
    uuid = mediated(host, "6.6.30", 12, **VGPU)
    os.unlink(host.path(f"sys/devices/{VGPU['above']}/{uuid}/{gone}"))
    answer = case.check("12")
    answer.status(0)
    group = next(g for g in answer.json["groups"] if g["group"] == 12)
    answer.require(group["kind"] == "emulated" and group["devices"][0]["parent"] == VGPU["parent"], f"{group}")
    answer.never("noiommu")


# --- Drivers that keep a group from VFIO, or do not

# Kernel: drivers/vfio/vfio.c, vfio_dev_driver_allowed(): 5.10.
# Kernel: drivers/iommu/iommu.c, iommu_device_use_default_domain(): 6.1, 6.12, 7.3.
@kind(*(dict(kernel=kernel, klass=CARDBUS, driver="yenta_cardbus", excused=release_of(kernel) < (5, 19))
        for kernel in ("5.18.19", *GENERATIONS)),
      *(dict(kernel=kernel, klass=klass, driver=driver, excused=excused)
        for kernel in ("5.10.0-46-amd64", "5.19.17", "6.12.118")
        for klass, driver, excused in (
            (CARDBUS, "pci-stub", True), (CARDBUS, None, True), (PCIE_TO_PCI, "pcieport", True),
            (PCIE_TO_PCI, "shpchp", release_of(kernel) < (5, 19)),
            (COLLECTOR, "pcieport", release_of(kernel) >= (5, 19)))))
def driver_beside_it(case, kernel, klass, driver, excused):
    host = case.host(kernel=kernel)
    path = port(host, "0000:05:00.0", 20)
    other = host.device("pci0000:00/0000:00:1e.0", klass, "104c:ac56", driver, 20)
    device = host.device(path, NIC, "8086:10d3", "vfio-pci", 20)
    if release_of(kernel) < (6, 1):
        tree(host, f"{host.paths[device]}/vfio-dev")
    old(host, kernel)
    answer = case.check(device)
    if excused:
        answer.status(0, 1)
        answer.states(ready=device)
        answer.never(f"{other} .*bound to")
        return
    answer.status(2)
    answer.states(blocked=device)
    answer.says(f"not viable: {other}.* is still bound to {driver}")
    answer.untouched(other)
    if klass != COLLECTOR:
        answer.says(f"unbind the bridge {other} from {driver}")
        assert lists(case, other, "VFIO")["vfio"] == "blocks"


@kind(dict(driver="yenta_cardbus", klass=CARDBUS, status=3), dict(driver="pcieport", klass=PCIE_TO_PCI, status=0))
def driver_beside_it_on_an_unknown_kernel(case, driver, klass, status):
    host = case.host()
    other = host.device("pci0000:00/0000:00:1e.0", klass, "104c:ac56", driver, 20)
    device = host.device(port(host, "0000:05:00.0", 20), NIC, "8086:10d3", "vfio-pci", 20)
    tree(host, f"{host.paths[device]}/vfio-dev")
    tree(host, "sys/class/vfio-dev")
    for name in "osrelease", "version":
        os.unlink(host.path(f"proc/sys/kernel/{name}"))
    answer = case.check(device)
    answer.require(answer.exit == status or not status and answer.exit == 1, f"status {answer.exit} is not {status}")
    if status:
        answer.states(unknown=device)
        answer.says(f"cannot tell whether the group is viable: {other} is bound to {driver}")


@kind(*(dict(kernel=kernel, bus=bus, driver=driver, module=module, loaded=loaded)
        for kernel in ("5.10.0-46-arm64", "5.19.17")
        for bus, driver, module, loaded in (
            ("fsl-mc", "vfio-fsl-mc", "vfio_fsl_mc", ("vfio",)), ("fsl-mc", "vfio-fsl-mc", "vfio_fsl_mc", ()),
            ("fsl-mc", "vfio-fsl-mc", "vfio_fsl_mc", ("vfio_platform_base",)), ("fsl-mc", "vfio-fsl-mc", None, ()),
            ("platform", "vfio-platform", "vfio_platform", ("vfio", "vfio_platform_base")),
            ("platform", "vfio-platform", "vfio_platform", ("vfio_platform_base",)))))
def driver_made_for_vfio_on_another_bus(case, kernel, bus, driver, module, loaded):
    """LOADED are the modules of VFIO that are no part of the kernel itself, and so show who uses them."""
    host = case.host(kernel=kernel, iommu="arm", vfio=False)
    host.node("dev/vfio/vfio", 0o666)
    host.module("vfio_iommu_type1", allow_unsafe_interrupts="N")
    directory = "sys/devices/platform/soc/dprc.2"
    host.put(f"{directory}/uevent", f"DRIVER={driver}\n")
    host.link(f"{directory}/subsystem", f"sys/bus/{bus}")
    host.directory(f"sys/bus/{bus}/drivers/{driver}")
    host.link(f"{directory}/driver", f"sys/bus/{bus}/drivers/{driver}")
    if module:
        host.directory(f"sys/module/{module}")
        host.link(f"sys/bus/{bus}/drivers/{driver}/module", f"sys/module/{module}")
    for name in loaded:
        host.directory(f"sys/module/{name}/holders")
        if module and (name == "vfio" or bus == "platform"):
            host.link(f"sys/module/{name}/holders/{module}", f"sys/module/{module}")
    host.join(directory, "dprc.2", 4)
    host.node("dev/vfio/4", 0o600)
    tree(host, "sys/class/vfio-dev")
    answer = case.check("4")
    answer.status(0, 1)
    answer.states(ready="dprc.2")
    answer.never("is still bound", "bind dprc.2")


@kind(*(dict(kernel=kernel, driver=driver) for kernel in ("5.18.19", "5.19.17", "5.15.160")
        for driver in ("mlx5_vfio_pci", "hisi_acc_vfio_pci")))
def variant_driver_with_built_in_core(case, kernel, driver):
    """vfio_pci_core is built in, so nothing shows who uses it, and vfio_pci is a module that none uses."""
    host = case.host(kernel=kernel)
    device = host.device(port(host, "0000:05:00.0", 3), NIC, "15b3:101e", driver, 20)
    tree(host, "sys/module/vfio_pci_core")
    host.directory("sys/module/vfio_pci/holders")
    host.directory(f"sys/module/{driver}")
    host.link(f"sys/bus/pci/drivers/{driver}/module", f"sys/module/{driver}")
    tree(host, f"{host.paths[device]}/vfio-dev")
    tree(host, "sys/class/vfio-dev")
    answer = case.check(device)
    answer.status(0, 1)
    answer.states(ready=device)


# --- Kernels with iommufd and without VFIO containers

@kind(*(dict(kernel=kernel, iommu=iommu, module=module) for kernel in ("6.12.118", "6.18.2", "7.3.4")
        for iommu in ("intel", "amd") for module in (True, False)))
def iommufd_only(case, kernel, iommu, module):
    """CONFIG_VFIO_GROUP is off. MODULE: VFIO is loaded as a module, and not a part of the kernel."""
    host = case.host(kernel=kernel, iommu=iommu, cdev=True)
    device = host.device(port(host, "0000:03:00.0", 3), NIC, "8086:1533", "vfio-pci", 30)
    for name in "vfio/vfio", "vfio/30":
        os.unlink(host.path(f"dev/{name}"))
    tree(host, "sys/module/vfio_iommu_type1")
    if not module:
        tree(host, "sys/module/vfio")
    for answer in case.check(), case.check(device):
        answer.status(3)
        answer.states(ready=device)
        answer.says("/dev/iommu", "iommufd")
        answer.never("modprobe", "load the module", "/dev/vfio/30")
        answer.require(not [f for f in answer.findings if f["severity"] == "failure"], "a failure")


@kind(dict(kernel="6.12.118", iommu="intel"), dict(kernel="7.3.4", iommu="amd"))
def iommufd_only_and_nothing_bound(case, kernel, iommu):
    host = case.host(kernel=kernel, iommu=iommu, cdev=True)
    device = host.device(port(host, "0000:03:00.0", 3), NIC, "8086:1533", None, 30)
    os.unlink(host.path("dev/vfio/vfio"))
    tree(host, "sys/module/vfio_iommu_type1")
    answer = case.check()
    answer.status(3)
    answer.states(available=device)
    answer.never("modprobe vfio$", "load the module")


if __name__ == "__main__":
    sys.exit(kinds.main())
