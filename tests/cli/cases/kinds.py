#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts of the kinds that users reported, and the right answer for each.

	kinds.py DIR NAME      builds the hosts of the kind NAME below DIR and holds check to the answer
	kinds.py --list        the names of all kinds

Each kind has hosts that differ in vendor, bus numbers, kernel and number of devices.
"""
import os
import shutil
import sys

from host import Answer, Host, MSI, labelled, run

KINDS = {}
BRIDGE, GPU, GPU_3D, SOUND, NIC, WIFI, NVME, SATA, USB, RAID = (
    0x060400, 0x030000, 0x030200, 0x040300, 0x020000, 0x028000, 0x010802, 0x010601, 0x0c0330, 0x010400)


def kind(*variants):
    """Registers a function that builds one host and checks it; VARIANTS are its arguments, a host each."""
    def register(function):
        KINDS[function.__name__.replace("_", "-")] = function, variants
        return function
    return register


class Case:
    """Makes hosts below a directory of its own, and asks about the last one."""

    def __init__(self, root):
        self.root, self.n = root, 0

    def host(self, **options):
        self.n += 1
        return Host(f"{self.root}/{self.n}", **options)

    def check(self, *subject):
        return Answer(f"{self.root}/{self.n}", subject)


def port(host, bus, group, below="pci0000:00", at="0000:00:01.0", acs=True, ids="8086:1901"):
    """A root port; the path below which devices of BUS are made."""
    host.device(f"{below}/{at}", BRIDGE, ids, "pcieport", group, kind="port", acs=acs)
    return f"{below}/{at}/{bus}"


# --- BARs that are claimed, devices that sleep or cannot be reset

@kind(dict(iommu="amd", gpu="0000:c5:00.0", ids="1002:150e", claim="BOOTFB", below="simpledrm",
           platform="simple-framebuffer", kernel="6.17.3-200", options="video=efifb:off", not_said="video=efifb:off"),
      dict(iommu="intel", gpu="0000:03:00.0", ids="10de:2484", claim="BOOTFB", below="efifb",
           platform="efi-framebuffer", kernel="5.15.0-91-generic", options="intel_iommu=on", not_said="simpledrm"))
def boot_framebuffer(case, iommu, gpu, ids, claim, below, platform, kernel, options, not_said):
    host = case.host(kernel=kernel, options=options, iommu=iommu)
    path = port(host, gpu, 1)
    host.device(path, GPU, ids, "vfio-pci", 17, boot_vga=1,
                resource="0x0000007000000000 0x00000077ffffffff 0x000000000014220c\n0x0 0x0 0x0")
    host.put("proc/iomem", f"7000000000-77ffffffff : PCI Bus 0000:c5\n  7000000000-77ffffffff : {gpu}\n"
             f"    7000000000-7000ffffff : {claim}\n      7000000000-7000ffffff : {below}\n")
    frame = f"sys/devices/platform/{platform}.0"
    host.directory(f"sys/bus/platform/drivers/{platform}")
    host.link(f"{frame}/driver", f"sys/bus/platform/drivers/{platform}")
    host.put(f"{frame}/graphics/fb0/name", f"{below}\n")
    host.link("sys/class/graphics/fb0", f"{frame}/graphics/fb0")
    for answer in case.check(), case.check(gpu):
        answer.status(2)
        answer.states(blocked=gpu)
        answer.says("framebuffer|BOOTFB", r"\bBAR\b|region")
    case.check(gpu).never(rf"(add|boot with) {not_said}")


@kind(dict(gpu="0000:01:00.0", ids="10de:2204", platform="efi-framebuffer"),
      dict(gpu="0000:2d:00.0", ids="1002:744c", platform="simple-framebuffer"))
def boot_display_without_driver(case, gpu, ids, platform):
    """The console is on what the firmware set up, and goes with the card: no command binds it."""
    for shown in True, False:
        host = case.host()
        host.device(port(host, gpu, 1), GPU, ids, None, 17, boot_vga=1)
        if shown:
            host.link(f"sys/devices/platform/{platform}.0/driver", f"sys/bus/platform/drivers/{platform}")
            host.directory(f"sys/bus/platform/drivers/{platform}")
        for answer in case.check(), case.check(gpu):
            answer.states(**{"in_use" if shown else "available": gpu})
            if shown:
                answer.says("console")
                answer.untouched(gpu)
        answer.status(2)


@kind(dict(iommu="intel", device="0000:41:00.0", klass=GPU_3D, ids="10de:20b5", kernel="6.2.0-39-generic"),
      dict(iommu="amd", device="0000:81:00.0", klass=NVME, ids="144d:a824", kernel="6.11.4-arch1"))
def asleep(case, iommu, device, klass, ids, kernel):
    host = case.host(kernel=kernel, iommu=iommu)
    path = port(host, device, 3)
    host.device(path, klass, ids, "vfio-pci", 30, power_state="D3cold", d3cold_allowed=1, reset_method="flr bus")
    host.attribute(device, "config", b"\xff" * 4096)
    host.attribute(device, "power/control", "auto")
    host.attribute(device, "power/runtime_status", "suspended")
    host.module("vfio_pci", disable_idle_d3="N")
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.states(blocked=device)
        answer.says("D3cold", "disable_idle_d3|d3cold_allowed")
    # vfio-pci lets idle devices sleep in D3hot, from which they wake.
    host = case.host(kernel=kernel, iommu=iommu)
    host.device(port(host, device, 3), klass, ids, "vfio-pci", 30, power_state="D3hot", d3cold_allowed=1,
                reset_method="flr bus")
    answer = case.check(device)
    answer.status(0)
    answer.states(ready=device)


@kind(dict(iommu="amd", bus="0a", first=(GPU, "1002:73df"), second=(SOUND, "1002:ab28")),
      dict(iommu="intel", bus="5e", first=(NVME, "8086:0a54"), second=(NIC, "8086:10fb")))
def without_reset(case, iommu, bus, first, second):
    host = case.host(kernel="6.7.2", iommu=iommu)
    resettable, other = f"0000:{bus}:00.0", f"0000:{bus}:00.1"
    path = port(host, resettable, 3)
    host.device(path, *first, "vfio-pci", 23, reset_method="flr bus", reset="")
    host.device(path[:-1] + "1", *second, "vfio-pci", 24)
    for answer in case.check(), case.check(other):
        answer.status(1)
        answer.states(ready=[other] if answer.subject else [resettable, other])
        answer.says("reset")
    case.check(resettable).status(0)
    # Kernels before 5.15 have no reset_method.
    host = case.host(kernel="5.10.0-28-amd64", iommu=iommu)
    host.device(port(host, resettable, 3), *first, "vfio-pci", 23, reset="")
    case.check(resettable).status(0)


# --- No IOMMU for it

@kind(dict(board="Raspberry Pi Compute Module 5 Rev 1.0", bridge="14e4:2712", domain="0001", pcie="1000110000.pcie",
           ids="144d:a80d", klass=NVME, driver="nvme", groups=True),
      dict(board="FriendlyElec NanoPC-T6", bridge="1d87:3588", domain="0002", pcie="fe170000.pcie",
           ids="10ec:8125", klass=NIC, driver="r8169", groups=False))
def pci_behind_no_iommu(case, board, bridge, domain, pcie, ids, klass, driver, groups):
    host = case.host(kernel="6.12.30-v8", options="console=ttyAMA10,115200 rootwait", iommu=None)
    os.removedirs(host.path("sys/firmware/acpi/tables"))
    host.put("sys/firmware/devicetree/base/model", board)
    if groups:
        host.unit("1000005200.iommu")
        directory = "sys/devices/platform/axi/axi:gpu"
        host.put(f"{directory}/uevent", "DRIVER=vc4-drm\nOF_NAME=gpu\n")
        host.link(f"{directory}/subsystem", "sys/bus/platform")
        host.join(directory, "axi:gpu", 0)
    root = f"platform/soc/{pcie}/pci{domain}:00/{domain}:00:00.0"
    host.device(root, BRIDGE, bridge, "pcieport", kind="port")
    device = host.device(f"{root}/{domain}:01:00.0", klass, ids, driver)
    case.check().status(2)
    answer = case.check(device)
    answer.status(2)
    answer.states(blocked=device)
    answer.reason(device, "IOMMU")
    for answer in case.check(), case.check(device):
        answer.never("intel_iommu=on", "amd_iommu", r"Pass-through: ready|Host: ready")


@kind(dict(endpoint="0000:00:0e.0", ids="8086:9a0b", domain="10000", child="1e.0", group=True, kernel="5.15.3"),
      dict(endpoint="0000:17:05.5", ids="8086:28c0", domain="10001", child="02.0", group=False, kernel="4.18.0-305"))
def vmd(case, endpoint, ids, domain, child, group, kernel):
    host = case.host(kernel=kernel, options="intel_iommu=on")
    root = f"pci0000:{endpoint[5:7]}"
    host.device(f"{root}/{endpoint}", RAID, ids, "vmd", 40)
    disks = []
    for n in 1, 2:
        inside = f"{root}/{endpoint}/pci{domain}:00/{domain}:00:{child[:-1]}{n}"
        host.device(inside, BRIDGE, "8086:2030", "pcieport", 40 if group else None, kind="port")
        disks.append(host.device(f"{inside}/{domain}:0{n}:00.0", NVME, "8086:0b60", None if group else "nvme",
                                 40 if group else None, driver_override="vfio-pci"))
    other = host.device(port(host, "0000:d8:00.0", 61, at="0000:00:1c.0"), NVME, "8086:0a54", "vfio-pci", 62)
    for disk in disks:
        answer = case.check(disk)
        answer.status(2)
        answer.states(blocked=disk)
        answer.says("VMD", endpoint)
        answer.never("another slot", "lacks ACS|no ACS|enable ACS")
        answer.untouched(disk)
    answer = case.check()
    answer.never("another slot", "lacks ACS|no ACS|enable ACS")
    answer.untouched(*disks)
    answer.states(ready=other)
    case.check(other).status(0, 1)
    case.check(endpoint).status(2)
    if not group:
        return
    # A disk with a driver goes with that of the endpoint. Who has it open is not seen in a tree.
    for n, disk in enumerate(disks):
        host.put(f"{host.paths[disk]}/uevent", "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=8086:0B60\n")
        host.link(f"{host.paths[disk]}/driver", "sys/bus/pci/drivers/nvme")
        host.disk(disk, f"nvme{n}n1")
    host.directory("sys/bus/pci/drivers/nvme")
    host.mount("/", None, "tmpfs", "0:2")
    answer = case.check(endpoint)
    answer.status(2)
    answer.states(unknown=endpoint, blocked=disks)
    answer.never("would have to be bound with it", "cannot be assigned; move")
    answer.says(f"bind {endpoint} to vfio-pci, once nothing uses it")
    managed = run(f"{case.root}/{case.n}", "check", "--managed", disks[0])
    answer.require(managed.returncode == 2, f"--managed {disks[0]}: status {managed.returncode}")


@kind(dict(endpoint="0000:00:0e.0", domain="10000", stacked=False, kernel="6.1.0-18"),
      dict(endpoint="0000:64:05.5", domain="10002", stacked=True, kernel="5.14.0-362"))
def vmd_with_root(case, endpoint, domain, stacked, kernel):
    host = case.host(kernel=kernel, options="intel_iommu=on")
    inside = f"pci0000:{endpoint[5:7]}/{endpoint}/pci{domain}:00/{domain}:00:06.0"
    host.device(f"pci0000:{endpoint[5:7]}/{endpoint}", RAID, "8086:467f", "vmd", 9)
    host.device(inside, BRIDGE, "8086:2030", "pcieport", kind="port")
    disk = host.device(f"{inside}/{domain}:01:00.0", NVME, "15b7:5030", "nvme")
    host.disk(disk, "nvme0n1", 3)
    if stacked:
        host.stacked("dm-0", "nvme0n1p3", mapped="vg-root")
    host.mount("/", "dm-0" if stacked else "nvme0n1p2")
    for answer in case.check(), case.check(endpoint), case.check(disk):
        answer.untouched(endpoint, disk)
        answer.never(r"vmd.*\bunbind|\bunbind.*vmd")
    case.check().states(keep=endpoint, keep_or_blocked=disk)
    answer = case.check(endpoint)
    answer.status(2)
    answer.states(keep=endpoint)
    answer.says("disable VMD in the firmware setup", "names its disks by UUID", f"do not assign {endpoint}")
    case.check(disk).status(2)


@kind(dict(options="intel_iommu=on,igfx_off", ids="8086:3e98", kernel="5.4.0-170"),
      dict(options="intel_iommu=igfx_off,on quiet", ids="8086:0a16", kernel="6.1.0-13"))
def graphics_without_group(case, options, ids, kernel):
    host = case.host(kernel=kernel, options=options)
    host.device("pci0000:00/0000:00:02.0", GPU, ids, "i915", boot_vga=1)
    path = port(host, "0000:01:00.0", 1, acs=False)
    host.device(path, GPU_3D, "10de:1c8d", "nouveau", 1)
    host.device("pci0000:00/0000:00:14.0", USB, "8086:a36d", "xhci_hcd", 4)
    answer = case.check("0000:00:02.0")
    answer.status(2)
    answer.states(**{"keep-or-in-use-or-blocked": "0000:00:02.0"})
    answer.says("igfx_off")
    answer.untouched("0000:00:02.0")
    case.check().says("igfx_off")


# --- Another owner of the IOMMU

@kind(dict(vendor="Microsoft Corporation", product="Virtual Machine", hypervisor="hyperv", said="Hyper-V",
           device="c0de:00:00.0", path="LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/1b2c/pcic0de:00/c0de:00:00.0"),
      dict(vendor="VMware, Inc.", product="VMware7,1", hypervisor=None, said="VMware",
           device="0000:0b:00.0", path="pci0000:00/0000:00:16.0/0000:0b:00.0"),
      dict(vendor="Amazon EC2", product="g5.xlarge", hypervisor=None, said="guest of Amazon EC2",
           device="0000:00:1e.0", path="pci0000:00/0000:00:1e.0"),
      dict(vendor="Google", product="Google Compute Engine", hypervisor=None, said="guest of Google",
           device="0000:00:04.0", path="pci0000:00/0000:00:04.0"),
      dict(vendor="Xen", product="HVM domU", hypervisor="xen", said="nothing in this guest can add",
           device="0000:00:05.0", path="pci0000:00/0000:00:05.0"))
def guest_without_iommu(case, vendor, product, hypervisor, said, device, path):
    host = case.host(kernel="6.8.0-31-generic", options="intel_iommu=on iommu=pt", iommu=None, vfio=False)
    host.table("FACP", "APIC", "MCFG", "WAET")
    host.machine(vendor, product, hypervisor)
    host.put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme hypervisor\n")
    host.device(path, GPU, "10de:1eb8", "nvidia", boot_vga=0)
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.says(said)
        answer.never("(add|boot with|to the kernel command line).*intel_iommu=on", "VT-d.* in the firmware setup")
    case.check().says("xl pci-assignable-add" if hypervisor == "xen" else "no-IOMMU|noiommu")


@kind(dict(product="c5.metal"), dict(product="m7i.metal-24xl"))
def bare_metal_of_a_cloud(case, product):
    host = case.host(iommu=None, vfio=False)
    host.table("FACP", "APIC")
    host.machine("Amazon EC2", product)
    device = host.device("pci0000:00/0000:00:1e.0", NIC, "1d0f:ec20", "ena")
    answer = case.check(device)
    answer.status(2)
    answer.says("firmware")
    answer.never("guest of")


@kind(dict(options="placeholder root=/dev/sda2 ro intel_iommu=on", driver=None, ids="8086:a2af", table="XMAR"),
      dict(options="root=UUID=1 ro console=hvc0", driver="xen-pciback", ids="1022:149c", table="IVRS"))
def xen(case, options, driver, ids, table):
    host = case.host(kernel="6.1.0-21-amd64", options=options, iommu=None, vfio=False)
    host.table("FACP", "APIC", table)
    host.machine("Supermicro", "X11SPL", "xen")
    host.put("proc/xen/capabilities", "control_d\n")
    device = host.device("pci0000:00/0000:00:14.0", USB, ids, driver)
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.says("Xen", "xl pci-assignable")
        answer.never("intel_iommu=on", "amd_iommu=on", "modprobe vfio")


@kind(dict(iommu="DMAR", options="intel_iommu=on iommu=pt", add="intel_iommu=on", quoted=None),
      dict(iommu="DMAR", options="quiet intel-iommu=on", add=None, quoted="intel-iommu=on"),
      dict(iommu="IVRS", options="amd_iommu=on", add="amd_iommu=on", quoted=None),
      dict(iommu="DMAR", options="ro intel_iommu=ON,sm_on intel_immou=on", add=None, quoted=None))
def option_without_effect(case, iommu, options, add, quoted):
    host = case.host(kernel="5.4.0-42-generic", options=options, iommu=None)
    host.table(iommu, "FACP")
    device = host.device("pci0000:00/0000:00:1a.0", USB, "8086:9d2f", "xhci_hcd")
    for answer in case.check(), case.check(device):
        answer.status(2)
        if add:
            answer.never(f"(add|boot with|append) .*{add}")
            answer.says("firmware", "dmesg|kernel log|journalctl")
        if quoted:
            answer.says(f"'{quoted}'|{quoted}.*intel_iommu=on")


@kind(dict(options="iommu.passthrough=1", vendor="Huawei", product="TaiShan 2280 V2", bus="7d"),
      dict(options="quiet", vendor="GIGABYTE", product="R152-P30", bus="01"))
def smmu_off_in_firmware(case, options, vendor, product, bus):
    host = case.host(kernel="6.1.0-18-arm64", options=options, iommu=None)
    host.table("IORT", "SPCR", "FACP")
    host.machine(vendor, product)
    device = host.device(port(host, f"0000:{bus}:00.0", None, ids="19e5:a120"), NIC, "8086:1583", "i40e")
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.says("SMMU", "firmware")
        answer.never("intel_iommu", "amd_iommu")


# --- Which group, and what it protects

@kind(dict(iommu="amd", options="amd_iommu=on pcie_acs_override=downstream,multifunction", kernel="6.13.7-generic"),
      dict(iommu="intel", options="intel_iommu=on pcie_acs_override=downstream", kernel="5.19.0-46"))
def acs_override_ignored(case, iommu, options, kernel):
    host = case.host(kernel=kernel, options=options, iommu=iommu)
    path = port(host, "0000:02:00.0", 2)
    host.device(path, BRIDGE, "1022:43e9", "pcieport", 14, kind="up")
    gpus = []
    for n in 0, 4:
        below = f"{path}/0000:03:0{n}.0"
        host.device(below, BRIDGE, "1022:43ea", "pcieport", 14, kind="down")
        gpus.append(host.device(f"{below}/0000:0{4 + n}:00.0", *((GPU, "1002:67ff", "vfio-pci") if n == 0 else
                                                                  (NIC, "10ec:8168", "r8169")), 14))
    for answer in case.check(), case.check(gpus[0]):
        answer.status(2)
        answer.says("pcie_acs_override.*(no effect|ignore|without effect|not)|(no effect|ignore).*pcie_acs_override")
        answer.never("(add|boot with|append) .*pcie_acs_override")


@kind(dict(iommu="amd", options="pcie_acs_override=downstream,multifunction", gpu="0000:0c:00.0", ids="10de:1b06"),
      dict(iommu="intel", options="intel_iommu=on pcie_acs_override=downstream", gpu="0000:07:00.0", ids="1002:73ff"))
def acs_override_with_effect(case, iommu, options, gpu, ids):
    host = case.host(kernel="6.13.8-zen1-1-zen", options=options, iommu=iommu)
    path = port(host, "0000:02:00.0", 2)
    host.device(path, BRIDGE, "1022:57ad", "pcieport", 15, kind="up")
    for n, group in (0, 16), (8, 17):
        host.device(f"{path}/0000:03:0{n}.0", BRIDGE, "1022:57a3", "pcieport", group, kind="down")
    host.device(f"{path}/0000:03:00.0/{gpu}", GPU, ids, "vfio-pci", 20)
    host.device(f"{path}/0000:03:08.0/0000:0e:00.0", NIC, "10ec:8125", "r8169", 21)
    for answer in case.check(), case.check(gpu):
        answer.status(1)
        answer.states(ready=gpu)
        answer.says("pcie_acs_override", "protect|isolat")


@kind(dict(iommu="amd", ids="1022:1439", ports=3, nic=(NIC, "8086:1539", "igb"), kernel="4.19.0-26"),
      dict(iommu="intel", ids="8086:a110", ports=6, nic=(NVME, "2646:500e", "nvme"), kernel="5.4.0-150"))
def root_ports_without_acs(case, iommu, ids, ports, nic, kernel):
    host = case.host(kernel=kernel, iommu=iommu)
    names = []
    for n in range(ports):
        path = port(host, f"0000:0{n + 1}:00.0", 1, at=f"0000:00:1c.{n}", acs=False, ids=ids)
        klass, device, driver = (WIFI, "14c3:7915", "vfio-pci") if n == ports - 1 else nic
        names.append(host.device(path, klass, device, driver, 1))
    for answer in case.check(), case.check(names[-1]):
        answer.status(2)
        answer.once("ACS")
        answer.states(blocked=names[-1])


@kind(dict(iommu="intel", regions=["0x00000000000f4000 0x00000000000f4fff direct",
                                   "0x00000000bdf83000 0x00000000bdf84fff direct"], functions=4, klass=NIC,
           kernel="6.5.0-35-generic"),
      dict(iommu="amd", regions=["0x00000000cb000000 0x00000000cb0fffff direct"], functions=6, klass=RAID,
           kernel="6.8.0-35-generic"))
def reserved_for_firmware(case, iommu, regions, functions, klass, kernel):
    host = case.host(kernel=kernel, iommu=iommu)
    path = port(host, "0000:04:00.0", 1)
    names = []
    for n in range(functions):
        host.group(20 + n, [*regions, MSI])
        names.append(host.device(f"{path[:-1]}{n}", klass, "103c:3306", "vfio-pci", 20 + n))
    answer = case.check()
    answer.status(2)
    answer.states(blocked=names)
    answer.once("direct|1:1|RMRR|unity|firmware", ("failure",))
    case.check(names[-1]).status(2)
    # A region that the kernel calls relaxable prevents nothing.
    host = case.host(kernel=kernel, iommu=iommu)
    host.group(20, ["0x00000000cb000000 0x00000000cb0fffff direct-relaxable", MSI])
    usb = host.device("pci0000:00/0000:00:14.0", USB, "8086:a36d", "vfio-pci", 20)
    case.check(usb).status(0)


# --- Half of a group is bound, or another driver was first

@kind(dict(iommu="intel", bus="01", ids="10de:1f02", others=["10de:10f9", "10de:1ada", "10de:1adb"]),
      dict(iommu="amd", bus="0a", ids="10de:1e84", others=["10de:10f8", "10de:1ad8", "10de:1ad9"]))
def card_of_four_functions(case, iommu, bus, ids, others):
    host = case.host(kernel="6.1.0-9-amd64", iommu=iommu)
    host.module("vfio_pci", ids=ids)
    host.put("etc/modprobe.d/vfio.conf", f"options vfio-pci ids={ids}\n")
    path = port(host, f"0000:{bus}:00.0", 1, acs=False)
    host.device(path, GPU, ids, "vfio-pci", 1, boot_vga=0)
    names = []
    for n, (klass, driver) in enumerate(((SOUND, "snd_hda_intel"), (USB, "xhci_hcd"), (0x0c8000, "nvidia-gpu"))):
        names.append(host.device(f"{path[:-1]}{n + 1}", klass, others[n], driver, 1))
    host.device("pci0000:00/0000:00:02.0", GPU, "8086:3e92", "i915", 2, boot_vga=1)
    for answer in case.check(), case.check(f"0000:{bus}:00.0"):
        answer.status(2)
        answer.states(blocked=f"0000:{bus}:00.0")
        answer.says(r"\bids\b")
        # One finding names all that is missing.
        answer.require(any(all(name in json_text(f) for name in names) for f in answer.findings),
                       "no finding names all three functions")
    case.check(names[0]).status(2)


def json_text(finding):
    return " ".join([finding["message"], finding.get("hint") or "", *(finding.get("devices") or []),
                     *(c["command"] for c in finding.get("commands") or [])])


@kind(dict(iommu="intel", driver="nouveau", ids="10de:1cb3", sound="10de:0fb9", kernel="6.6.15"),
      dict(iommu="amd", driver="amdgpu", ids="1002:7480", sound="1002:ab30", kernel="6.9.3-arch1-1"))
def another_driver_came_first(case, iommu, driver, ids, sound, kernel):
    host = case.host(kernel=kernel, options=f"vfio-pci.ids={ids},{sound}", iommu=iommu)
    host.module("vfio_pci", ids=f"{ids},{sound}")
    host.module(driver)
    path = port(host, "0000:2d:00.0", 14)
    host.device(path, GPU, ids, driver, 15, boot_vga=0)
    host.device(path[:-1] + "1", SOUND, sound, "snd_hda_intel", 15)
    host.device("pci0000:00/0000:00:02.0", GPU, "8086:4680", "i915", 17, boot_vga=1)
    answer = case.check("0000:2d:00.0")
    answer.status(2)
    answer.says(r"vfio-pci\.ids", driver, "softdep|initramfs|dracut|mkinitcpio")
    case.check().says(r"vfio-pci\.ids", driver)


@kind(dict(iommu="intel", ids="144d:a80a", klass=NVME, driver="nvme", blocks=("nvme0n1", "nvme1n1"), pool=False),
      dict(iommu="amd", ids="1b21:0612", klass=SATA, driver="ahci", blocks=("sda", "sdb"), pool=False),
      dict(iommu="amd", ids="c0a9:5415", klass=NVME, driver="nvme", blocks=("nvme0n1", "nvme1n1"), pool=True))
def ids_of_the_system_disk(case, iommu, ids, klass, driver, blocks, pool):
    """vfio-pci.ids knows models only: at the next boot vfio-pci would get the host's disk too."""
    host = case.host(kernel="6.12.9", options=f"vfio-pci.ids={ids}", iommu=iommu)
    own, other = [host.device(port(host, f"0000:{bus}:00.0", 10 + n, at=f"0000:00:1b.{n}"), klass, ids, driver, 20 + n)
                  for n, bus in enumerate(("01", "02"))]
    host.disk(own, blocks[0], 3)
    host.disk(other, blocks[1])
    if pool:
        host.mount("/", "rpool/ROOT", "zfs", "0:27")
    else:
        host.mount("/", f"{blocks[0]}p2" if klass == NVME else f"{blocks[0]}2")
    for answer in case.check(), case.check(own), case.check(other):
        answer.untouched(own)
        answer.never("softdep", "initramfs")
        answer.once(rf"ids also matches {own}", severities=("warning",))
        answer.says(f"remove {ids} from vfio-pci.ids", "driver_override")


@kind(dict(iommu="intel", kernel="6.10.3", klass=NIC, ids="8086:1533"),
      dict(iommu="amd", kernel="5.15.0-100", klass=GPU, ids="1002:6611"))
def override_without_driver(case, iommu, kernel, klass, ids):
    host = case.host(kernel=kernel, iommu=iommu)
    device = host.device(port(host, "0000:08:00.0", 3), klass, ids, None, 9, driver_override="vfio-pci")
    answer = case.check(device)
    answer.status(2)
    answer.says("driver_override")
    answer.states(available_or_blocked=device)
    # It does not concern whoever asks about another device.
    other = host.device(port(host, "0000:09:00.0", 4, at="0000:00:01.1"), NIC, "15b3:1017", "vfio-pci", 10,
                        reset_method="flr bus")
    answer = case.check(other)
    answer.status(0)
    answer.states(ready=other)
    unnamed = run(f"{case.root}/{case.n}", "check")
    answer.require(unnamed.returncode == 1, f"without a subject: status {unnamed.returncode}")


# --- Disks that the host runs from

def on_root(host, name, block, stacked=None):
    host.disk(name, block, 3)
    part = f"{block}p3" if block[-1].isdigit() else f"{block}3"
    if stacked:
        host.stacked("dm-0", part, mapped="vg0-root")
    host.mount("/", "dm-0" if stacked else part)


@kind(dict(iommu="intel", gpu="0000:01:00.0", disk="0000:02:00.0", klass=NVME, driver="nvme", block="nvme0n1",
           stacked=False, card=(GPU, "10de:2191")),
      dict(iommu="amd", gpu="0000:0b:00.0", disk="0000:0c:00.0", klass=SATA, driver="ahci", block="sda",
           stacked=True, card=(NIC, "15b3:1017")))
def group_with_system_disk(case, iommu, gpu, disk, klass, driver, block, stacked, card):
    host = case.host(kernel="6.6.9", iommu=iommu)
    host.device(port(host, gpu, 2, acs=False), *card, "vfio-pci", 2)
    host.device(port(host, disk, 2, at="0000:00:01.1", acs=False), klass, "144d:a80c", driver, 2)
    on_root(host, disk, block, stacked)
    for answer in case.check(), case.check(gpu), case.check(disk):
        answer.status(2)
        answer.untouched(disk)
        answer.states(keep=disk)
    answer = case.check(gpu)
    answer.states(blocked=gpu)
    answer.says("slot|ACS")


@kind(dict(iommu="intel", sata="0000:00:17.0", others={"0000:00:1f.0": (0x060100, "8086:a30c", None),
                                                       "0000:00:1f.3": (SOUND, "8086:a348", "snd_hda_intel")}),
      dict(iommu="amd", sata="0000:02:00.1", others={"0000:02:00.0": (USB, "1022:43d5", "xhci_hcd"),
                                                     "0000:03:00.0": (NIC, "10ec:8168", None)}))
def idle_beside_what_the_host_keeps(case, iommu, sata, others):
    """Nobody asked for what shares a group with the system's disk, and nothing of it is bound."""
    host = case.host(iommu=iommu)
    host.device(f"pci0000:00/{sata}", SATA, "8086:a352", "ahci", 9)
    for address, (klass, ids, driver) in others.items():
        host.device(f"pci0000:00/{address}", klass, ids, driver, 9)
    on_root(host, sata, "sda")
    answer = case.check()
    answer.status(0)
    answer.states(keep=sata)
    answer.untouched(sata)
    case.check(sata).status(2)
    case.check(list(others)[1]).status(2)


@kind(dict(iommu="intel", used="0000:01:00.0", idle="0000:01:00.1", ids=("1002:744c", "1002:ab30"), mounted=None),
      dict(iommu="amd", used="0000:2d:00.1", idle="0000:2d:00.0", ids=("144d:a824", "10ec:816a"), mounted="nvme0n1"))
def idle_beside_what_the_host_uses(case, iommu, used, idle, ids, mounted):
    """Once the use ends both can be bound; nothing says that the idle one cannot be assigned."""
    host = case.host(iommu=iommu)
    path = port(host, used, 1)
    host.device(path, NVME if mounted else GPU, ids[0], "nvme" if mounted else "amdgpu", 11,
                **({} if mounted else dict(boot_vga=1)))
    host.device(path[:-1] + idle[-1], 0x070002 if mounted else SOUND, ids[1], None if mounted else "snd_hda_intel", 11)
    if mounted:
        host.disk(used, mounted)
        host.mount("/srv", mounted)
    for subject in (), (used,), (idle,):
        answer = case.check(*subject)
        answer.status(2 if subject else 0)
        answer.states(in_use=[used, idle])
        answer.reason(idle, f"^{used}, which would have to be bound with it, is in use: ")
        answer.never("cannot be assigned")
        answer.says(f"stop the use of {used} [^;]* first")
        answer.untouched(used, idle)
    if not mounted:
        case.check(used).says(f"first; then bind {used}, {idle} to vfio-pci")


@kind(dict(disks=("nvme0n1", "nvme1n1"), root="zfs"), dict(disks=("sda", "nvme0n1", "nvme1n1"), root="ext4"))
def zfs(case, disks, root):
    host = case.host(kernel="6.5.11-7-pve", options="root=ZFS=rpool/ROOT boot=zfs")
    names = []
    for n, block in enumerate(disks):
        ids, klass, driver = ("8086:a352", SATA, "ahci") if block == "sda" else ("144d:a808", NVME, "nvme")
        names.append(host.device(port(host, f"0000:0{n + 1}:00.0", 10 + n, at=f"0000:00:1{n}.0"),
                                 klass, ids, driver, 20 + n))
        host.disk(names[-1], block, 3)
    if root == "zfs":
        host.mount("/", "rpool/ROOT/pve-1", "zfs", "0:27")
    else:
        host.mount("/", "sda2")
        host.mount("/srv", "tank/srv", "zfs", "0:44")
    unsure = [name for name, block in zip(names, disks) if block != "sda"]
    answers = [case.check(), *(case.check(name) for name in names)]
    for answer in answers:
        answer.untouched(*names)
    for name, answer in zip(names, answers[1:]):
        answer.status(2, 3)
        answer.states(**{"unknown" if name in unsure else "keep": name})
    answers[0].states(unknown=unsure)


STORAGE = {
    # Name: the devices that are built, and those without which the host does not run.
    "swap": lambda h, a, b: (h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 2), h.mount("/", "nvme0n1p1"),
                             h.swap("nvme1n1p2")),
    "md": lambda h, a, b: (h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 2),
                           h.stacked("md127", "nvme0n1p2", "nvme1n1p2"), h.mount("/", "md127")),
    "lvm-on-crypt-on-md": lambda h, a, b: (
        h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 2), h.stacked("md0", "nvme0n1p2", "nvme1n1p2"),
        h.stacked("dm-0", "md0", mapped="crypt"), h.stacked("dm-1", "dm-0", mapped="vg-root"), h.mount("/", "dm-1")),
    "bcache": lambda h, a, b: (h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 1),
                               h.stacked("bcache0", "nvme0n1p2", "nvme1n1p1"), h.mount("/", "bcache0")),
    "btrfs": lambda h, a, b: (
        h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 1), h.mount("/", "nvme0n1p2", "btrfs", "0:30"),
        [h.link(f"sys/fs/btrfs/8c6f9a62-3f5e-4d0c-8a4b-1f3f6d0f2b11/devices/{m}", h.paths[m])
         for m in ("nvme0n1p2", "nvme1n1p1")]),
    "log-of-xfs": lambda h, a, b: (
        h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1"),
        h.mount("/", "nvme0n1p2", "xfs", options="rw,attr2,logdev=/dev/nvme1n1,noquota")),
    "journal-of-ext4": lambda h, a, b: (
        h.disk(a, "nvme0n1", 2), h.disk(b, "nvme1n1", 1), h.mount("/", "nvme0n1p2"),
        h.directory("proc/fs/jbd2/nvme1n1p1")),
}


@kind(*(dict(iommu=iommu, layout=name) for iommu, name in zip(["intel", "amd"] * 4, STORAGE)))
def root_on_two_disks(case, iommu, layout):
    host = case.host(kernel="6.12.4", iommu=iommu)
    names = [host.device(port(host, f"0000:{bus}:00.0", 10 + n, at=f"0000:00:1b.{n}"), NVME, "c0a9:5415", "nvme",
                         20 + n) for n, bus in enumerate(("3b", "af"))]
    STORAGE[layout](host, *names)
    for answer in case.check(), *(case.check(name) for name in names):
        answer.untouched(*names)
        answer.status(*((2,) if answer.subject else (0, 1, 2)))
        answer.states(keep=answer.subject or names)


@kind(dict(iommu="intel", ids="8086:0a54", uio="uio_pci_generic", buses=("5e", "86", "af", "d8")),
      dict(iommu="amd", ids="144d:a80a", uio="igb_uio", buses=("21", "41", "61", "a1")))
def uio(case, iommu, ids, uio, buses):
    host = case.host(kernel="5.3.0-62", iommu=iommu)
    host.module("uio")
    host.module(uio)
    boot, first, second, root = (f"0000:{bus}:00.0" for bus in buses)
    for n, name in enumerate((boot, first, second, root)):
        host.device(port(host, name, 40 + 2 * n, below=f"pci0000:{n}0", at=f"0000:{n}0:02.0"), NVME, ids,
                    uio if name in (first, second) else "nvme", 41 + 2 * n)
    host.disk(boot, "nvme0n1", 2)
    host.disk(root, "nvme2n1", 2)
    host.mount("/", "nvme2n1p2")
    host.mount("/boot", "nvme0n1p1", "vfat")
    for answer in case.check(), case.check(boot), case.check(root):
        answer.untouched(boot, root)
    case.check().states(keep=root, keep_or_in_use=boot)
    for name in first, second:
        answer = case.check(name)
        answer.status(2)
        answer.says(uio, "vfio-pci|vfio driver")
        answer.states(**{"available-or-unknown-or-in-use-or-blocked": name})


@kind(dict(iommu="intel", function="0000:00:02.0", ids="8086:56c0", klass=GPU, driver="xe", vfs=7, bound="vfio-pci",
           boot=1),
      dict(iommu="amd", function="0000:81:00.0", ids="15b3:101d", klass=NIC, driver="mlx5_core", vfs=4,
           bound="vfio-pci", boot=None),
      dict(iommu="intel", function="0000:3b:00.0", ids="8086:1592", klass=NIC, driver="ice", vfs=3,
           bound="mlx5_vfio_pci", boot=None))
def virtual_functions_in_vfio(case, iommu, function, ids, klass, driver, vfs, bound, boot):
    host = case.host(kernel="6.12.17-pve", iommu=iommu)
    root = f"pci0000:{function[5:7]}"
    host.device(f"{root}/{function}", klass, ids, driver, 0, acs=True, **({"boot_vga": boot} if boot else {}))
    if klass == NIC:
        host.interface(function, "enp1s0f0", up=False)
    names = [host.device(f"{root}/{function[:-1]}{n + 1}", klass, ids, bound, 17 + n) for n in range(vfs)]
    host.virtual_functions(function, names)
    answer = case.check()
    answer.status(0, 1)
    answer.states(ready=names, in_use=function)
    for answer in case.check(), case.check(function), case.check(names[0]):
        answer.untouched(function)
        answer.never("sriov_numvfs.*<<<|echo 0 .*sriov_numvfs")
    case.check(names[0]).status(0, 1)
    answer = case.check(function)
    answer.status(2)
    answer.says(r"\bVFs?\b|virtual function")


@kind(dict(bus="3b", ids=("8086:1592", "8086:1889"), vfs=3), dict(bus="d8", ids=("15b3:101d", "15b3:101e"), vfs=1))
def physical_function_in_vfio(case, bus, ids, vfs):
    """DPDK has the PF, VMs have the VFs: all is bound as it shall be, and the PF is not free."""
    host = case.host(kernel="6.1.0-28-amd64")
    root = f"pci0000:{bus}"
    physical = host.device(f"{root}/0000:{bus}:00.0", NIC, ids[0], "vfio-pci", 10)
    names = [host.device(f"{root}/0000:{bus}:01.{n}", NIC, ids[1], "vfio-pci", 11 + n) for n in range(vfs)]
    host.virtual_functions(physical, names)
    answer = case.check()
    answer.status(0)
    answer.states(ready=names, in_use=physical)
    case.check(names[0]).status(0)
    answer = case.check(physical)
    answer.status(2)
    answer.untouched(physical)


# --- Old kernels, containers

@kind(dict(kernel="5.4.0-80", parent=("0000:00:02.0", GPU, "8086:3ea0", "i915"), boot=1, holders=False),
      dict(kernel="4.18.0-240", parent=("0000:3d:00.0", GPU_3D, "10de:1eb8", "nvidia"), boot=0, holders=True))
def mediated_device_without_vfio_dev(case, kernel, parent, boot, holders):
    host = case.host(kernel=kernel, options="intel_iommu=on")
    address, klass, ids, driver = parent
    host.device(f"pci0000:{address[5:7]}/{address}", klass, ids, driver, 0, boot_vga=boot)
    for name in "vfio_mdev", "mdev":
        host.module(name)
    if holders:
        for holder in "vfio_mdev", "vfio_pci":
            host.link(f"sys/module/vfio/holders/{holder}", f"sys/module/{holder}")
    uuid = "9ab83e4e-0f9f-4b0d-8f1e-7ad6b6f7a2c5"
    directory = f"sys/devices/pci0000:{address[5:7]}/{address}/{uuid}"
    host.put(f"{directory}/uevent", "DRIVER=vfio_mdev\nMODALIAS=mdev\n")
    host.link(f"{directory}/subsystem", "sys/bus/mdev")
    host.directory("sys/bus/mdev/drivers/vfio_mdev")
    host.link(f"{directory}/driver", "sys/bus/mdev/drivers/vfio_mdev")
    host.link(f"sys/bus/mdev/devices/{uuid}", directory)
    host.group(12, [""], "unknown")
    host.unit_name = None
    host.join(directory, uuid, 12)
    host.node("dev/vfio/12", 0o600)
    os.rmdir(host.path("sys/class/vfio-dev"))
    answer = case.check("12")
    answer.status(0, 1)
    answer.states(ready=uuid)
    case.check().never("group 12 is not viable|group 12: not viable")


@kind(dict(driver="hisi_acc_vfio_pci", ids="19e5:a251", kernel="5.18.0"),
      dict(driver="mlx5_vfio_pci", ids="15b3:101e", kernel="5.19.17"))
def vfio_driver_before_vfio_dev(case, driver, ids, kernel):
    host = case.host(kernel=kernel)
    host.module(driver)
    host.link(f"sys/module/vfio_pci_core/holders/{driver}", f"sys/module/{driver}")
    device = host.device(port(host, "0000:76:00.1", 3), NIC, ids, driver, 31)
    os.unlink(host.path("sys/class/vfio-dev/vfio0"))
    os.rmdir(host.path("sys/class/vfio-dev"))
    os.rmdir(host.path(f"{host.paths[device]}/vfio-dev/vfio0"))
    os.rmdir(host.path(f"{host.paths[device]}/vfio-dev"))
    answer = case.check(device)
    answer.status(0, 1)
    answer.states(ready=device)


@kind(dict(iommu="intel", device="0000:86:02.0", ids="8086:1889", kernel="5.4.0-170"),
      dict(iommu="amd", device="0000:c1:00.0", ids="10de:2330", kernel="6.6.30"))
def container_without_nodes(case, iommu, device, ids, kernel):
    host = case.host(kernel=kernel, iommu=iommu)
    host.device(port(host, device, 90), NIC if ids.startswith("8086") else GPU_3D, ids, "vfio-pci", 91)
    for name in "vfio/91", "vfio/vfio":
        os.unlink(host.path(f"dev/{name}"))
    os.rmdir(host.path("dev/vfio"))
    for answer in case.check(), case.check(device):
        answer.status(2, 3)
        answer.states(blocked=device)
        answer.says("/dev/vfio", "container")
        answer.never("modprobe", f"{device} cannot be assigned")


@kind(dict(groups=3, kernel="6.1.0-28"), dict(groups=11, kernel="5.10.0-30"))
def container_without_many_nodes(case, groups, kernel):
    host = case.host(kernel=kernel)
    names = [host.device(port(host, f"0000:{n + 1:02x}:00.0", 20 + n, at=f"0000:00:1c.{n % 8}" if n < 8 else
                              f"0000:00:1d.{n % 8}"), NIC, "8086:1889", "vfio-pci", 40 + n) for n in range(groups)]
    shutil.rmtree(host.path("dev/vfio"))
    answer = case.check()
    answer.status(2)
    answer.states(blocked=names)
    answer.once("does? not exist|do not exist")
    found = next(f for f in answer.findings if f["id"] == "no-vfio-container")
    answer.require(set(found["devices"]) == set(names), f"devices are {found['devices']}")
    answer.says("/dev/vfio/40, /dev/vfio/41, /dev/vfio/42",
                "and 3 more" if groups > 8 else "--device=/dev/vfio/vfio --device=/dev/vfio/40 --device=/dev/vfio/41")
    # Who ignores the cause is told the rest.
    ignored = run(f"{case.root}/{case.n}", "check", "--ignore", "no-vfio-container")
    answer.require(ignored.returncode == 2 and ignored.stdout.count("[node-missing]") == groups,
                   f"--ignore no-vfio-container: {ignored.stdout}")


@kind(dict(iommu="intel", device="0000:03:00.0", ids="8086:1533", options="intel_iommu=on intremap=off"),
      dict(iommu="amd", device="0000:2d:00.0", ids="1002:731f", options="nointremap"))
def interrupts_not_remapped(case, iommu, device, ids, options):
    host = case.host(iommu=iommu, options=options)
    host.device(port(host, device, 3), NIC if ids.startswith("8086") else GPU, ids, "vfio-pci", 30)
    host.put("sys/kernel/irq/0/chip_name", "IO-APIC\n")
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.states(blocked=device)
        answer.once("remap")
    listed = run(f"{case.root}/{case.n}", "list", "--raw", "-o", "ADDRESS,STATE").stdout
    answer.require(f"{device} blocked" in listed, f"list says otherwise:\n{listed}")
    host.module("vfio_iommu_type1", allow_unsafe_interrupts="Y")
    for answer in case.check(), case.check(device):
        answer.status(1)
        answer.states(ready=device)


@kind(dict(device="0000:03:00.0", ids="8086:1533"), dict(device="0000:2d:00.0", ids="1002:731f"))
def group_without_iommu(case, device, ids):
    host = case.host(iommu=None)
    host.device(port(host, device, None), NIC if ids.startswith("8086") else GPU, ids, "vfio-pci", 0)
    host.put("sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
    for answer in case.check(), case.check(device):
        answer.status(2)
        answer.states(blocked=device)
    listed = run(f"{case.root}/{case.n}", "list", "--raw", "-o", "ADDRESS,STATE").stdout
    answer.require(f"{device} blocked" in listed, f"list says otherwise:\n{listed}")


@kind(dict(iommu="intel", device="0000:65:00.0", ids="10de:20f1", kernel="6.8.0-45"),
      dict(iommu="amd", device="0000:e1:00.0", ids="1002:740f", kernel="6.14.2"))
def container_without_cdev(case, iommu, device, ids, kernel):
    host = case.host(kernel=kernel, iommu=iommu, cdev=True)
    host.device(port(host, device, 3), GPU_3D, ids, "vfio-pci", 30)
    os.unlink(host.path("dev/vfio/devices/vfio0"))
    os.rmdir(host.path("dev/vfio/devices"))
    for answer in case.check(), case.check(device):
        answer.status(0, 1, 2)
        answer.says("/dev/vfio/devices|cdev")
        answer.never("modprobe")


@kind(dict(iommu="intel", device="0000:01:00.0", kernel="6.12.22-amd64"),
      dict(iommu="amd", device="0000:2b:00.0", kernel="6.19.0"))
def no_cdev_and_nobody_asks(case, iommu, device, kernel):
    host = case.host(kernel=kernel, iommu=iommu)
    host.device(port(host, device, 3), GPU_3D, "10de:2204", "vfio-pci", 30)
    for answer in case.check(), case.check(device):
        answer.status(0)
        answer.states(ready=device)


@kind(dict(iommu="intel", kernel="4.18.0-372", klass=NVME), dict(iommu="amd", kernel="5.10.0-20", klass=NIC))
def container_type_not_loaded(case, iommu, kernel, klass):
    host = case.host(kernel=kernel, iommu=iommu, vfio=False)
    for name in "vfio", "vfio_pci":
        host.module(name)
    host.node("dev/vfio/vfio", 0o666)
    device = host.device(port(host, "0000:5e:00.0", 70), klass, "8086:0a54", "vfio-pci", 71)
    for answer in case.check(), case.check(device):
        answer.status(1)
        answer.says("vfio_iommu_type1")


# --- A named device, and the host itself

@kind(dict(iommu="intel", bus="01"), dict(iommu="amd", bus="2f"))
def named_device_is_not_bound(case, iommu, bus):
    """The sound function alone is bound: a question about the graphics is not answered with it."""
    host = case.host(iommu=iommu)
    path = port(host, f"0000:{bus}:00.0", 1)
    gpu = host.device(path, GPU, "10de:2504", None, 14, boot_vga=0)
    sound = host.device(path[:-1] + "1", SOUND, "10de:228e", "vfio-pci", 14)
    answer = case.check(gpu)
    answer.status(2)
    answer.states(available=gpu)
    answer.says(f"echo {gpu} . sudo tee /sys/bus/pci/drivers_probe")
    case.check(sound).status(0, 1)
    host.link(f"{host.paths[gpu]}/driver", "sys/bus/pci/drivers/pci-stub")
    host.directory("sys/bus/pci/drivers/pci-stub")
    host.put(f"{host.paths[gpu]}/uevent", "DRIVER=pci-stub\nPCI_CLASS=30000\nPCI_ID=10DE:2504\n")
    answer = case.check(gpu)
    answer.status(2)
    answer.says("drivers/pci-stub/unbind")
    managed = run(f"{case.root}/{case.n}", "check", "--managed", gpu)
    answer.require(managed.returncode in (0, 1), f"--managed: status {managed.returncode}")


@kind(dict(iommu="intel", free=2), dict(iommu="amd", free=5))
def nothing_is_bound(case, iommu, free):
    host = case.host(iommu=iommu)
    names = []
    for n in range(free):
        names.append(host.device(port(host, f"0000:0{n + 1}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NIC, "8086:1533",
                                 None, 20 + n))
    answer = case.check()
    answer.status(0)
    answer.states(available=names)
    answer.says(rf"\b{free} (are |devices? )?available", "no device|nothing")
    answer.never(r"ready \(0 groups")
    case.check(names[0]).status(2)


@kind(dict(iommu="intel", ids=("8086:a0ef", "8086:7aa7")), dict(iommu="amd", ids=("1022:790b", "1022:790e")))
def only_bridges_have_groups(case, iommu, ids):
    host = case.host(iommu=iommu)
    port(host, "0000:01:00.0", 1)
    host.device("pci0000:00/0000:00:00.0", 0x060000, ids[0], None, 0)
    nic = host.device("pci0000:00/0000:00:01.0/0000:01:00.0", NIC, ids[1], "igb")
    answer = case.check()
    answer.status(2)
    answer.never(r"Pass-through: ready|Host: ready")
    case.check(nic).status(2)


# --- Trees that were copied in part

HOLES = [("0000:00:14.0", USB, "8086:7ae0", "xhci_hcd", 4), ("0000:00:1a.0", USB, "8086:a36e", None, 5),
         ("0000:00:17.0", SATA, "8086:7ae2", "ahci", 6), ("0000:00:1c.0", BRIDGE, "8086:7ab8", "pcieport", 7),
         ("0000:00:1f.6", NIC, "8086:1a1d", "e1000e", 8)]


def holes(case, kernel, options, *, keep_uevent=True, links=True, groups=True, flat=False, extra=()):
    """A host of which most was not copied."""
    host = case.host(kernel=kernel, options=options, iommu=None, vfio=False)
    for address, klass, ids, driver, group in HOLES:
        if flat:
            vendor, device = ids.split(":")
            directory = f"sys/bus/pci/devices/{address}"
            for name, value in ("vendor", f"0x{vendor}"), ("device", f"0x{device}"), ("class", f"0x{klass:06x}"):
                host.put(f"{directory}/{name}", f"{value}\n")
            if driver:
                host.link(f"{directory}/driver", f"sys/bus/pci/drivers/{driver}")
                host.directory(f"sys/bus/pci/drivers/{driver}")
            host.link(f"{directory}/iommu_group", f"sys/kernel/iommu_groups/{group}")
        else:
            host.device(f"pci0000:00/{address}", klass, ids, driver, group if links else None)
            if not keep_uevent:
                os.unlink(host.path(f"{host.paths[address]}/uevent"))
    for name in [*extra, *([] if groups else ["sys/kernel/iommu_groups"])]:
        shutil.rmtree(host.path(name))
    return host


@kind(dict(kernel="5.15.0", options="root=/dev/sda2 intel_iommu=on", extra=("dev",)),
      dict(kernel="6.1.0", options="root=/dev/sda2", extra=("proc", "dev", "sys/class")))
def tree_without_groups(case, kernel, options, extra):
    host = holes(case, kernel, options, groups=False, extra=extra)
    host.put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n")
    for answer in case.check(), case.check("0000:00:1f.6"):
        answer.status(2, 3)
        answer.never("IOMMU is off", "no IOMMU is (on|active)", "module .* not loaded", "does not exist")
        answer.require(answer.exit == 3 or answer.subject, "the host was judged by what was not copied")


@kind(dict(flat=False), dict(flat=True))
def tree_without_uevent(case, flat):
    holes(case, "6.6.0", "quiet", keep_uevent=False, groups=False, flat=flat, extra=("dev",))
    listed = run(f"{case.root}/{case.n}", "list", "--raw", "-o", "ADDRESS,DRIVER,CLASS,ID").stdout
    for address, klass, ids, driver, _ in HOLES:
        line = [part for part in listed.splitlines() if address in part]
        assert line and ids in line[0] and (driver or "") in line[0] and f"{klass >> 8:04x}" in line[0], \
            f"{address} {klass >> 8:04x} {ids} {driver} is not in:\n{listed}"


@kind(dict(kernel="6.8.0"), dict(kernel="4.19.0"))
def tree_with_empty_tables(case, kernel):
    """The directory of the firmware's tables was copied, and none of the tables."""
    host = holes(case, kernel, "intel_iommu=on", groups=False)
    host.put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n")
    answer = case.check()
    answer.never("no (DMAR|IVRS|IOMMU table)", "firmware has no|firmware reports no|does not (describe|report) an IOMMU")
    answer.status(2, 3)


@kind(dict(numbers=["0000:00:14.0", "0000:00:17.0", "0000:00:1a.0", "0000:00:1c.0", "0000:00:1f.6"], grouped=True),
      dict(numbers=["0000:00:03.0", "0000:00:10.0", "0000:00:1d.7", "0000:a1:00.0", "10000:00:02.0"], grouped=False))
def order_of_addresses(case, numbers, grouped):
    host = case.host(iommu="intel" if grouped else None)
    for number in reversed(numbers):
        host.device(f"pci0000:00/{number}", USB, "8086:a36d", None, 4 if grouped else None)
    listed = run(f"{case.root}/{case.n}", "list", "--raw", "-o", "ADDRESS").stdout.split()
    found = [word for word in listed if word in numbers]
    assert found == numbers, f"{found} is not in the order of the numbers"


@kind(dict(name="0000:00:16.0", to="/"), dict(name="0000:07:00.0", to="../../../../../.."))
def member_that_leads_elsewhere(case, name, to):
    host = holes(case, "6.6.0", "quiet")
    os.symlink(to, host.path(f"sys/kernel/iommu_groups/4/devices/{name}"))
    answer = case.check()
    group = next(g for g in answer.json["groups"] if g["group"] == 4)
    answer.require(name in [d["address"] for d in group["devices"]], f"{name} is not a member of group 4")
    answer.require(None not in [d["address"] for d in group["devices"]], "a member has no name")


@kind(dict(leads_to=None, driver="vfio-pci"), dict(leads_to=13, driver="mlx5_vfio_pci"))
def contradiction(case, leads_to, driver):
    """The link of a device leads to a group that lists only others, or to another one than lists it."""
    host = case.host()
    path = port(host, "0000:01:00.0", 1)
    device = host.device(path, NIC, "15b3:101e", driver, 12)
    host.device(path[:-1] + "1", NIC, "15b3:101e", driver, 12)
    if leads_to is None:
        os.unlink(host.path(f"sys/kernel/iommu_groups/12/devices/{device}"))
    else:
        os.unlink(host.path(f"{host.paths[device]}/iommu_group"))
        host.link(f"{host.paths[device]}/iommu_group", host.group(leads_to))
    for answer in case.check(), case.check(device):
        answer.status(1, 2, 3)
        answer.says(f"{device}.*(contradict|inconsistent|does not list|not (listed as )?a member|differ)")


def hold(name, directory):
    function, variants = KINDS[name]
    failures = []
    for n, variant in enumerate(variants, 1):
        os.makedirs(f"{directory}/{name}-{n}")
        try:
            with labelled(f"{name} {n} {variant}"):
                function(Case(f"{directory}/{name}-{n}"), **variant)
        except AssertionError as error:
            failures.append(str(error))
    return failures


def main():
    if sys.argv[1:] == ["--list"]:
        print(*KINDS, sep="\n")
        return 0
    failures = [failure for name in sys.argv[2:] for failure in hold(name, sys.argv[1])]
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
