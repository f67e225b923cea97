# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the files of a host, as a directory for --sysroot, and holds the answers of check to what is right.

A host is what the tests say of it, and nothing else: what a test does not make is not there.
"""
import contextlib
import json
import os
import re
import stat
import struct
import subprocess

import causes

MSI = "0x00000000fee00000 0x00000000feefffff msi"
HYPERTRANSPORT = "0x000000fd00000000 0x000000ffffffffff reserved"
TABLES = {"intel": "DMAR", "amd": "IVRS", "arm": "IORT"}
UNITS = {"intel": "dmar0", "amd": "ivhd0", "arm": "smmu3.0x0000000030000000"}
# Drivers that were made for VFIO, as far as these hosts use them.
VFIO = re.compile(r"vfio-pci|.*_vfio_pci")
NOT_FOR_UNBIND = ("keep", "in-use", "unknown", "assigned")
USABLE = ("ready", "bound")


def config_space(kind, vendor, device, klass, acs):
    """Configuration space. KIND: endpoint, port, up, down, bridge (to conventional PCI); ACS: True, False, None."""
    space = bytearray(4096 if acs is not None else 256)
    struct.pack_into("<HHHH", space, 0, vendor, device, 0x0006, 0x0010)
    struct.pack_into("<I", space, 8, klass << 8)
    space[14] = 1 if klass == 0x060400 else 0
    if acs is None:
        return bytes(space)
    express = {"endpoint": 0, "port": 4, "up": 5, "down": 6, "bridge": 7}[kind]
    space[0x34] = 0x40
    struct.pack_into("<BBH", space, 0x40, 0x10, 0, express << 4 | 2)
    struct.pack_into("<I", space, 0x100, 1 << 16 | (0x0d if acs else 0x01))
    if acs:
        struct.pack_into("<HH", space, 0x104, 0x1f, 0x1d)
    return bytes(space)


class Host:
    """The files of one host below ROOT."""

    def __init__(self, root, kernel="6.12.9-amd64", options="", iommu="intel", vfio=True, cdev=False, plain=False):
        self.root, self.cdev, self.n_vfio, self.mounts, self.numbers = root, cdev, 0, [], {}
        self.paths, self.plain = {}, plain
        self.unit_name = None
        self.regions = [MSI, HYPERTRANSPORT] if iommu == "amd" else [MSI]
        for directory in ("sys/kernel/iommu_groups", "sys/bus/pci/devices", "sys/bus/pci/drivers", "sys/class/iommu",
                          "sys/class/block", "sys/class/vfio-dev", "sys/class/net", "sys/devices/virtual/iommu",
                          "sys/firmware/acpi/tables", "dev"):
            os.makedirs(f"{root}/{directory}")
        for name, text in (("sys/kernel/osrelease", kernel), ("sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC"),
                           ("sys/kernel/hostname", "case"), ("cmdline", f"BOOT_IMAGE=/vmlinuz {options}".rstrip()),
                           ("modules", ""), ("swaps", "Filename Type Size Used Priority"),
                           ("meminfo", "MemTotal: 32000000 kB\nMemAvailable: 30000000 kB")):
            self.put(f"proc/{name}", f"{text}\n" if text else "")
        self.put("proc/self/mountinfo", "")
        if iommu:
            self.table(TABLES[iommu], "FACP")
            self.put("sys/kernel/irq/0/chip_name", "IR-IO-APIC\n")
            self.unit(UNITS[iommu])
        if vfio:
            self.vfio()

    def path(self, name):
        return os.path.join(self.root, name)

    def put(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def link(self, name, target):
        """A link at NAME to TARGET, both below the root."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        os.symlink(os.path.relpath(target, os.path.dirname(name)), self.path(name))

    def directory(self, name):
        os.makedirs(self.path(name), exist_ok=True)

    def node(self, name, mode):
        """A device node, or a file in its place: in a capture, and where the test has not the right to make one."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        try:
            if self.plain:
                raise PermissionError
            os.mknod(self.path(name), stat.S_IFCHR | mode, os.makedev(10, 196))
        except PermissionError:
            self.put(name, "")
        os.chmod(self.path(name), mode)

    def table(self, *names):
        for name in names:
            self.put(f"sys/firmware/acpi/tables/{name}", "")

    def module(self, name, **parameters):
        self.directory(f"sys/module/{name}")
        for parameter, value in parameters.items():
            self.put(f"sys/module/{name}/parameters/{parameter}", f"{value}\n")

    def vfio(self):
        for name in ("vfio", "vfio_pci", "vfio_pci_core"):
            self.module(name)
        self.module("vfio_iommu_type1", allow_unsafe_interrupts="N", dma_entry_limit=65535, disable_hugepages="N")
        self.node("dev/vfio/vfio", 0o666)
        if self.cdev:
            self.module("iommufd")
            self.node("dev/iommu", 0o600)

    def unit(self, name):
        """An IOMMU unit; the devices that are made from here on are behind it."""
        self.unit_name = name
        directory = f"sys/devices/virtual/iommu/{name}"
        if os.path.isdir(self.path(directory)):
            return
        self.directory(f"{directory}/devices")
        self.link(f"sys/class/iommu/{name}", directory)
        facts = {"dmar": ("intel-iommu", {"cap": "d2008c40660462", "ecap": "f050da", "version": "1:0"}),
                 "ivhd": ("amd-iommu", {"cap": "40", "features": "246577efa2254afa:0"})}.get(name[:4])
        for file, value in facts[1].items() if facts else ():
            self.put(f"{directory}/{facts[0]}/{file}", f"{value}\n")

    def group(self, number, regions=None, kind="DMA-FQ"):
        directory = f"sys/kernel/iommu_groups/{number}"
        if regions is not None or not os.path.isdir(self.path(directory)):
            self.directory(f"{directory}/devices")
            self.put(f"{directory}/reserved_regions", "".join(f"{line}\n" for line in regions or self.regions))
            self.put(f"{directory}/type", f"{kind}\n")
        return directory

    def device(self, path, klass, ids, driver=None, group=None, kind="endpoint", acs=False, **attributes):
        """A PCI device at PATH below /sys/devices: its address."""
        address = os.path.basename(path)
        path = path if path.startswith("/") else f"/{path}"
        directory = f"sys/devices{path}"
        self.paths[address] = directory
        vendor, device = (int(part, 16) for part in ids.split(":"))
        bound = f"DRIVER={driver}\n" if driver else ""
        self.put(f"{directory}/uevent", f"{bound}PCI_CLASS={klass:X}\nPCI_ID={vendor:04X}:{device:04X}\n"
                 f"PCI_SUBSYS_ID=1458:1000\nPCI_SLOT_NAME={address}\n")
        for name, value in {"numa_node": 0, "vendor": f"0x{vendor:04x}", "device": f"0x{device:04x}",
                            "class": f"0x{klass:06x}", **attributes}.items():
            self.put(f"{directory}/{name}", f"{value}\n")
        self.put(f"{directory}/config", config_space(kind, vendor, device, klass, acs))
        self.link(f"{directory}/subsystem", "sys/bus/pci")
        self.link(f"sys/bus/pci/devices/{address}", directory)
        if driver:
            self.directory(f"sys/bus/pci/drivers/{driver}")
            self.link(f"{directory}/driver", f"sys/bus/pci/drivers/{driver}")
        if group is not None:
            self.join(directory, address, group)
            if driver and VFIO.fullmatch(driver):
                self.vfio_device(directory, group)
        return address

    def join(self, directory, name, group):
        self.link(f"{self.group(group)}/devices/{name}", directory)
        self.link(f"{directory}/iommu_group", f"sys/kernel/iommu_groups/{group}")
        if self.unit_name:
            self.link(f"sys/devices/virtual/iommu/{self.unit_name}/devices/{name}", directory)

    def vfio_device(self, directory, group):
        name = f"vfio{self.n_vfio}"
        self.directory(f"{directory}/vfio-dev/{name}")
        if os.path.isdir(self.path("sys/class/vfio-dev")):
            self.link(f"sys/class/vfio-dev/{name}", f"{directory}/vfio-dev/{name}")
        if not os.path.lexists(self.path(f"dev/vfio/{group}")):
            self.node(f"dev/vfio/{group}", 0o600)
        if self.cdev:
            self.put(f"{directory}/vfio-dev/{name}/dev", f"244:{self.n_vfio}\n")
            self.node(f"dev/vfio/devices/{name}", 0o600)
        self.n_vfio += 1

    def attribute(self, address, name, value):
        self.put(f"{self.paths[address]}/{name}", value if isinstance(value, bytes) else f"{value}\n")

    def virtual_functions(self, function, functions):
        self.attribute(function, "sriov_numvfs", len(functions))
        self.attribute(function, "sriov_totalvfs", 63)
        for n, address in enumerate(functions):
            self.link(f"{self.paths[address]}/physfn", self.paths[function])
            self.link(f"{self.paths[function]}/virtfn{n}", self.paths[address])

    def disk(self, address, name, partitions=0, below=None):
        """A disk on the device at ADDRESS with partitions 1 to PARTITIONS."""
        below = below or (f"nvme/{re.match('nvme[0-9]+', name).group()}" if name.startswith("nvme")
                          else "ata1/host0/target0:0:0/0:0:0:0/block")
        directory = f"{self.paths[address]}/{below}/{name}"
        self.block(name, directory)
        for n in range(1, partitions + 1):
            part = f"{name}p{n}" if name[-1].isdigit() else f"{name}{n}"
            self.block(part, f"{directory}/{part}")
            self.put(f"{directory}/{part}/partition", f"{n}\n")

    def block(self, name, directory):
        self.numbers[name] = f"259:{len(self.numbers)}"
        self.put(f"{directory}/dev", f"{self.numbers[name]}\n")
        self.directory(f"{directory}/holders")
        self.directory(f"{directory}/slaves")
        self.paths[name] = directory
        self.link(f"sys/class/block/{name}", directory)

    def stacked(self, name, *members, mapped=None):
        """A block device on other ones: md, dm (with its MAPPED name), bcache."""
        directory = f"sys/devices/virtual/block/{name}"
        self.block(name, directory)
        if mapped:
            self.put(f"{directory}/dm/name", f"{mapped}\n")
            self.put(f"{directory}/dm/uuid", f"LVM-{mapped}\n")
        for member in members:
            self.link(f"{directory}/slaves/{member}", self.paths[member])
            self.link(f"{self.paths[member]}/holders/{name}", directory)

    def mount(self, place, block, kind="ext4", number=None, options="rw"):
        number = number or self.numbers[block]
        source = block if kind == "zfs" else f"/dev/{block}"
        self.mounts.append(f"{22 + len(self.mounts)} 1 {number} / {place} rw - {kind} {source} {options}\n")
        self.put("proc/self/mountinfo", "".join(self.mounts))

    def swap(self, block):
        self.put("proc/swaps", f"Filename Type Size Used Priority\n/dev/{block} partition 8388604 0 -2\n")

    def interface(self, address, name, up):
        directory = f"{self.paths[address]}/net/{name}"
        self.put(f"{directory}/operstate", "up\n" if up else "down\n")
        self.put(f"{directory}/flags", "0x1003\n" if up else "0x1002\n")
        self.put(f"{directory}/ifindex", "2\n")
        self.link(f"{directory}/device", self.paths[address])
        self.link(f"sys/class/net/{name}", directory)

    def machine(self, vendor, product, hypervisor=None):
        self.put("sys/class/dmi/id/sys_vendor", f"{vendor}\n")
        self.put("sys/class/dmi/id/product_name", f"{product}\n")
        if hypervisor:
            self.put("sys/hypervisor/type", f"{hypervisor}\n")


def keep_json(arguments, text):
    """For tests/lib/schema --log, as keeping_json in tests/lib/json.bash does."""
    directory = os.environ.get("VFIODIAG_JSON_LOG")
    if directory and text:
        name = f"{directory}/case-{os.getpid()}-{os.urandom(4).hex()}"
        for end, content in (("command", " ".join(arguments)), ("json", text)):
            with open(f"{name}.{end}", "w", encoding="utf-8") as file:
                file.write(content)


def run(root, *arguments, source="--sysroot"):
    command = [os.environ["VFIODIAG"], source, root, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if "json" in arguments or "--json" in arguments:
        keep_json(command, done.stdout)
    return done


# A command that takes the device from its driver or from the bus, or makes that happen later.
TAKES = r"/unbind\b|/driver_override|/remove\b|nodedev-detach|driverctl|modprobe +-r|rmmod|\bxl +pci-assignable-add"


def takes_away(command, address):
    """Tells whether COMMAND takes the device at ADDRESS from the host."""
    words = address, address.replace(":", "_").replace(".", "_"), address.replace("0000:", "", 1)
    return re.search(TAKES, command) is not None and any(re.search(rf"\b{re.escape(w)}\b", command) for w in words)


class Answer:
    """What check says of a host, as JSON and as text."""

    def __init__(self, root, subject=(), source="--sysroot"):
        arguments = ["check", *(subject or ("--all",))]
        self.subject = subject
        done = run(root, *arguments, "--format", "json", source=source)
        plain = run(root, *arguments, source=source)
        self.exit, self.stdout = done.returncode, done.stdout
        self.text = plain.stdout + plain.stderr
        self.context = f"$ vfiodiag check {' '.join(arguments[1:])}\n{self.text}{done.stderr}[status {self.exit}]\n"
        self.require(self.exit in (0, 1, 2, 3), "the status is none of 0 to 3")
        self.require(plain.returncode == self.exit, f"text has status {plain.returncode}")
        try:
            self.json = json.loads(done.stdout)
        except ValueError:
            self.require(False, "no JSON")
        self.findings = [f for f in self.json.get("findings") or []]
        self.devices = {}
        for thing in each_object(self.json):
            if "address" in thing and ("state" in thing or thing["address"] not in self.devices):
                self.devices[thing["address"]] = thing
        self.commands = [c["command"] for f in self.findings for c in f.get("commands") or []]
        self.require_harmless()
        twice = causes.told_twice(self.findings)
        self.require(not twice, twice)

    def require(self, condition, sentence):
        if not condition:
            raise AssertionError(f"{sentence}\n{self.context}")

    def state_of(self, address):
        return (self.devices.get(address) or {}).get("state")

    def require_harmless(self):
        """No command takes a device that the host needs, or of which that is not known."""
        for address in self.devices:
            state = self.state_of(address)
            for command in self.commands:
                self.require(state not in NOT_FOR_UNBIND or not takes_away(command, address),
                             f"{address} is {state}, and a command takes it away: {command}")

    def untouched(self, *addresses):
        """By no command nor text, whatever state the device was given."""
        for address in addresses:
            for line in [*self.commands, *self.text.splitlines()]:
                self.require(not takes_away(line, address), f"takes {address} away: {line}")

    def status(self, *statuses):
        self.require(self.exit in statuses, f"status {self.exit} is not one of {statuses}")

    def states(self, **kinds):
        """in_use=[address], ready=[…]: ready allows "bound" too, as no process is seen in these trees."""
        for state, addresses in kinds.items():
            state = state.replace("_", "-")
            allowed = USABLE if state == "ready" else tuple(state.split("-or-"))
            for address in [addresses] if isinstance(addresses, str) else addresses:
                self.require(self.state_of(address) in allowed,
                             f"{address} is {self.state_of(address)!r}, not {' or '.join(allowed)}")

    def reason(self, address, pattern):
        reason = (self.devices.get(address) or {}).get("reason") or ""
        self.require(re.search(pattern, reason, re.I), f"reason {reason!r} of {address} lacks {pattern!r}")

    def sentences(self):
        """All that the findings say and tell to do."""
        for finding in self.findings:
            words = [finding.get("message"), finding.get("hint")]
            words += [c["command"] for c in finding.get("commands") or []]
            yield " ".join(word for word in words if word)

    def says(self, *patterns):
        everything = "\n".join([*self.sentences(), *(d.get("reason") or "" for d in self.devices.values()), self.text])
        for pattern in patterns:
            self.require(re.search(pattern, everything, re.I), f"nothing says {pattern!r}")

    def never(self, *patterns):
        for pattern in patterns:
            for line in [*self.sentences(), *self.text.splitlines()]:
                self.require(not re.search(pattern, line, re.I), f"says {pattern!r}: {line}")

    def once(self, pattern, severities=("failure", "warning", "note")):
        found = [f for f in self.findings if f["severity"] in severities and re.search(pattern, f["message"], re.I)]
        self.require(len(found) == 1, f"{len(found)} findings say {pattern!r}, not one")


def each_object(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from each_object(item)


@contextlib.contextmanager
def labelled(label):
    """Puts LABEL before what fails inside."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{label}: {error}") from None
