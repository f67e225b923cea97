#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Properties of check over generated hosts.

	property.py DIR [--plant MISTAKE] [SEED…]

Makes VFIODIAG_GENERATED hosts (150 without it), or those of the seeds, below DIR. The generator knows by
itself what each device is for, so that nothing here is taken from the program that is tested. On each:

- The status is one of 0 to 3, and a device that is named and not bound is never ready.
- Only bound devices are ready or bound; what the host runs on is keep, or unknown with ZFS.
- No command takes away a device that the host runs on or uses, nor one that is keep, in-use, unknown or
  assigned; a PF whose VFs are in VFIO stays.
- No cause is told twice (causes.py).
- With a file or directory less, no device becomes available, ready or bound, and no host ready; and no
  command takes away what the host runs on.

With --plant the answers are changed before they are judged, by one of PLANTS: each must be found.
"""
import argparse
import json
import os
import random
import shutil
import sys

import causes
from host import Host, MSI, NOT_FOR_UNBIND, USABLE, run, takes_away
from kinds import BRIDGE, GPU, NIC, NVME, RAID, SATA, SOUND, USB

GOOD = (*USABLE, "available")
KERNELS = ("4.18.0-553", "5.4.0-190", "5.10.0-30", "5.15.0-118", "6.1.0-28", "6.5.13", "6.8.12-4-pve", "6.12.9", "6.18.2")
# Files that only say that something else is there too, and are the only ones to say so: without one, a tree is that
# of another host. The rest is told twice, or is known to be missing.
SOLE_EVIDENCE = ("physfn", "sriov_numvfs", "virtfn", "holders", "slaves", "/net", "/block", "/nvme", "/ata1",
                 "mountinfo", "swaps", "/usb1", "/cmdline", "sys/fs/btrfs", "boot_vga", "/reserved_regions")


class Generated:
    """A host of the seed, and the truth about its devices."""

    def __init__(self, root, seed, plant=None):
        self.plant, self.has_hole = plant, False
        self.random = random.Random(seed)
        self.with_network = self.random.random() < 0.3
        self.root = f"{root}/files" if self.with_network else root
        iommu = self.random.choice(("intel", "amd"))
        self.host = Host(self.root, kernel=self.random.choice(KERNELS), iommu=iommu, options="quiet",
                         cdev=self.random.random() < 0.3, plain=self.with_network)
        self.bound, self.needed, self.used, self.functions, self.disks = set(), set(), set(), set(), []
        self.drivers, self.interfaces = {}, {}
        self.n_blocks = self.zfs = 0
        self.makers = [self.nvme, self.nvme, self.sata, self.network, self.network, self.virtual, self.graphics,
                       self.usb, self.vmd, self.raid]
        group = 10
        for bus in self.random.sample(range(1, 200), self.random.randint(2, 8)):
            # Sometimes one more in the same group.
            self.group = group if self.random.random() < 0.75 else group - 1
            group = self.group + 1
            if self.random.random() < 0.1:
                self.host.group(self.group, ["0x00000000000e8000 0x00000000000e8fff direct", MSI])
            below = f"pci0000:00/0000:00:{bus % 31 + 1:02x}.{bus % 7}"
            if not os.path.isdir(self.host.path(f"sys/devices/{below}")):
                self.host.device(below, BRIDGE, "8086:2030", "pcieport", self.group, kind="port",
                                 acs=self.random.random() < 0.7)
            self.random.choice(self.makers)(f"{below}/0000:{bus:02x}:00.")
        self.use_disks()
        if self.with_network:
            self.write_transcript(root)

    def add(self, path, klass, ids, *drivers, **attributes):
        driver = self.random.choice(drivers)
        address = self.host.device(path, klass, ids, driver, self.group, **attributes)
        self.drivers[address] = driver
        if driver == "vfio-pci":
            self.bound.add(address)
        return address

    def nvme(self, path):
        address = self.add(f"{path}0", NVME, "144d:a80a", "nvme", "nvme", "nvme", "vfio-pci", None, "uio_pci_generic")
        if self.drivers[address] == "nvme":
            self.disk(address, f"nvme{self.n_blocks}n1")

    def sata(self, path):
        address = self.add(f"{path}0", SATA, "8086:a352", "ahci", "ahci", "vfio-pci")
        if self.drivers[address] == "ahci":
            self.disk(address, f"sd{chr(97 + self.n_blocks)}")

    def raid(self, path):
        self.add(f"{path}0", RAID, "1000:005d", "megaraid_sas", "vfio-pci", None)

    def vmd(self, path):
        endpoint = self.add(f"{path}0", RAID, "8086:28c0", "vmd")
        domain = f"{0x10000 + self.n_blocks:05x}"
        inside = f"{path}0/pci{domain}:00/{domain}:00:02.0"
        self.host.device(inside, BRIDGE, "8086:2030", "pcieport", kind="port")
        child = self.host.device(f"{inside}/{domain}:01:00.0", NVME, "8086:0a54", "nvme")
        self.drivers[child] = "nvme"
        self.disk(child, f"nvme{self.n_blocks}n1", endpoint)

    def disk(self, address, block, endpoint=None):
        self.host.disk(address, block, 3)
        self.n_blocks += 1
        self.disks.append((block, {address, endpoint or address}))

    def network(self, path):
        for n in range(self.random.choice((1, 1, 2))):
            address = self.add(f"{path}{n}", NIC, "8086:1521", "igb", "igb", "vfio-pci", None)
            if self.drivers[address] == "igb":
                self.interface(address, self.random.random() < 0.5)

    def interface(self, address, is_up):
        name = f"eth{len(self.interfaces)}"
        self.host.interface(address, name, is_up)
        self.interfaces[name] = address, is_up
        if is_up:
            self.used.add(address)

    def virtual(self, path):
        function = self.add(f"{path}0", NIC, "15b3:101d", "mlx5_core")
        self.interface(function, self.random.random() < 0.3)
        names = []
        for n in range(self.random.randint(1, 4)):
            self.group += 1 if self.random.random() < 0.8 else 0
            names.append(self.add(f"{path}{n + 1}", NIC, "15b3:101e", "vfio-pci", "vfio-pci", "mlx5_core"))
        self.host.virtual_functions(function, names)
        if self.bound.intersection(names):
            self.functions.add(function)

    def graphics(self, path):
        driver = self.random.choice(("vfio-pci", "nvidia", None))
        self.add(f"{path}0", GPU, "10de:2504", driver, boot_vga=self.random.choice((0, 0, 1)))
        self.add(f"{path}1", SOUND, "10de:228e", "vfio-pci", "snd_hda_intel", None)

    def usb(self, path):
        address = self.add(f"{path}0", USB, "1b21:2142", "xhci_hcd", "vfio-pci")
        if self.drivers[address] == "xhci_hcd" and self.random.random() < 0.5:
            directory = self.host.paths[address]
            self.host.put(f"{directory}/usb1/1-1/1-1:1.0/0003:046D:C31C.0001/input/input3/name", "Keyboard\n")
            self.host.link("sys/class/input/input3", f"{directory}/usb1/1-1/1-1:1.0/0003:046D:C31C.0001/input/input3")
            self.used.add(address)
            self.makers = [maker for maker in self.makers if maker != self.usb]

    def use_disks(self):
        """/ on a partition, a stack or several disks; swap; something that is mounted."""
        if not self.disks:
            return
        block, on = self.disks[0]
        part = self.part(block)
        style = self.random.choice(("plain", "dm", "md", "btrfs", "zfs", "elsewhere"))
        if style == "plain":
            self.host.mount("/", part)
        elif style == "dm":
            self.host.stacked("dm-0", part, mapped="vg-root")
            self.host.mount("/", "dm-0")
        elif style == "md":
            members = [self.part(name) for name, _ in self.disks[:2]]
            self.host.stacked("md0", *members)
            self.host.stacked("dm-0", "md0", mapped="crypt")
            self.host.mount("/", "dm-0")
            on = set().union(*(owners for _, owners in self.disks[:2]))
        elif style == "btrfs":
            self.host.mount("/", part, "btrfs", "0:31")
            for name, _ in self.disks[:2]:
                self.host.link(f"sys/fs/btrfs/6d1f/devices/{self.part(name)}", self.host.paths[self.part(name)])
            on = set().union(*(owners for _, owners in self.disks[:2]))
        elif style == "zfs":
            self.zfs = True
            self.host.mount("/", "rpool/root", "zfs", "0:29")
            on = set().union(*(owners for _, owners in self.disks))
        else:
            self.host.mount("/", "nfs", "nfs4", "0:55")
            on = set()
        self.needed |= on
        if len(self.disks) > 2 and not self.zfs:
            name, owners = self.disks[2]
            if self.random.random() < 0.5:
                self.host.swap(self.part(name))
                self.needed |= owners
            else:
                self.host.mount("/srv", self.part(name))
                self.used |= owners

    def part(self, block):
        return f"{block}{'p' if block[-1].isdigit() else ''}2"

    def write_transcript(self, root):
        """As a capture: the kernel's answers about the network, with a default route."""
        links = [{"index": n + 2, "flags": 0x11043 if up else 0x1002, "name": name}
                 for n, (name, (_, up)) in enumerate(self.interfaces.items())]
        way = next(((n + 2, address) for n, (address, up) in enumerate(self.interfaces.values()) if up), None)
        if way:
            self.needed.add(way[1])
        facts = [{"vfiodiag-capture": 1, "tool": "0.1.0", "recorded": "2026-11-22T07:30:25Z"},
                 {"fact": "system", "release": "6.1.0", "version": "#1", "machine": "x86_64", "node": "case",
                  "page_size": 4096, "address_bits": 40},
                 {"fact": "netlink links", "ret": 0, "messages": links},
                 {"fact": "netlink addresses", "ret": 0, "messages": []},
                 {"fact": "netlink routes", "ret": 0, "messages": [{"out": way[0]}] if way else []},
                 {"fact": "netlink routes6", "ret": 0, "messages": []},
                 {"fact": "holders /dev/vfio", "ret": 0, "holders": []},
                 {"fact": "process", "uid": 0, "gid": 0, "groups": [], "memlock": "0x800000",
                  "capabilities": "0x1ffffffffff"}]
        facts += [{"fact": f"node /dev/vfio/{name}", "ret": 0, "uid": 0, "gid": 0, "mode": "0600", "owner": "root",
                   "group": "root"} for name in os.listdir(self.host.path("dev/vfio"))]
        calls = [{"section": "container"}, {"call": "open", "path": "/dev/vfio/vfio", "ret": 0},
                 {"call": "ioctl", "request": "VFIO_GET_API_VERSION", "on": "/dev/vfio/vfio", "ret": 0}]
        calls += [{"call": "ioctl", "request": "VFIO_CHECK_EXTENSION", "on": "/dev/vfio/vfio", "value": value,
                   "ret": int(value in (1, 3, 9))} for value in (1, 3, 8, 9)]
        with open(f"{root}/transcript.jsonl", "w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in facts + calls)


def plant_command(judged, made):
    """A command takes away what the host runs on."""
    judged.commands += [f"echo {address} | sudo tee /sys/bus/pci/drivers/x/unbind" for address in made.needed]


def plant_state(judged, made):
    """A device that the host runs on is available."""
    judged.states.update({address: "available" for address in judged.states if address in made.needed})


def plant_status(judged, made):
    """A device that is named and not bound is ready."""
    if judged.subject in made.drivers and judged.subject not in made.bound:
        judged.status = 0


def plant_hole(judged, made):
    """A missing file makes all available."""
    if made.has_hole:
        judged.states.update({address: "available" for address in judged.states})


def plant_cause(judged, made):
    """A finding is told of one more group."""
    found = judged.json.get("findings") or []
    judged.json["findings"] = found + [{**f, "subject": "group 77", "group": 77} for f in found]


PLANTS = {"cause": plant_cause, "command": plant_command, "state": plant_state, "status": plant_status, "hole": plant_hole}


class Judged:
    """The status, states and commands of one run."""

    def __init__(self, root, made, subject):
        source = "--from" if made.with_network else "--sysroot"
        done = run(root, "check", subject, "--format", "json", source=source)
        self.said = f"$ vfiodiag {source} {root} check {subject}: status {done.returncode}\n{done.stderr}"
        self.status, self.subject = done.returncode, subject
        # A sentence may be all that a tree with holes allows.
        self.json = json.loads(done.stdout) if done.stdout else {}
        self.states = {}
        self.gather(self.json)
        self.commands = [c["command"] for f in self.json.get("findings") or [] for c in f.get("commands") or []]
        if made.plant:
            PLANTS[made.plant](self, made)

    def gather(self, value):
        if isinstance(value, dict):
            if "address" in value and "state" in value:
                self.states[value["address"]] = value["state"]
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                self.gather(item)

    def require(self, condition, sentence):
        if not condition:
            raise AssertionError(f"{sentence}\n{self.said}")


def hold_harmless(judged, stay):
    """STAY: devices that no command may take."""
    twice = causes.told_twice(judged.json.get("findings") or [])
    judged.require(not twice, twice)
    for address in {*stay, *(a for a, state in judged.states.items() if state in NOT_FOR_UNBIND)}:
        for command in judged.commands:
            judged.require(not takes_away(command, address),
                           f"{address} ({judged.states.get(address)}) is taken away: {command}")


def hold_whole(made, root):
    """The properties of a host of which everything was seen."""
    stay = made.needed | made.used | made.functions
    judged = Judged(root, made, "--all")
    judged.require(judged.status in (0, 1, 2, 3), "the status is none of 0 to 3")
    judged.require(judged.states, "no device has a state")
    hold_harmless(judged, stay)
    for address, state in judged.states.items():
        judged.require(state not in USABLE or address in made.bound, f"{address} is {state} and not bound")
        judged.require(address not in made.needed or state in (("keep", "unknown", "blocked") if made.zfs else ("keep",)),
                       f"{address} is {state}, and the host runs on it")
        judged.require(address not in made.functions | made.used or state not in GOOD, f"{address} is {state}, and used")
    for address in made.random.sample(sorted(made.drivers), min(4, len(made.drivers))):
        named = Judged(root, made, address)
        named.require(named.status in (0, 1, 2, 3), "the status is none of 0 to 3")
        named.require(address in made.bound or named.status in (2, 3), f"{address} is not bound")
        hold_harmless(named, stay)
    return judged


def removable(made):
    """Files, links and directories whose lack shows."""
    found = []
    for directory, names, files in os.walk(made.root):
        for name in sorted(names) + sorted(files):
            path = os.path.join(directory, name)
            if not any(part in path[len(made.root):] for part in SOLE_EVIDENCE):
                found.append(path)
    return sorted(found)


def hold_with_holes(made, root, whole):
    """The properties of the same host with something missing."""
    made.has_hole = True
    # In a capture, what is missing was not there or not needed (docs/capture.md).
    if made.with_network:
        return
    for path in made.random.sample(removable(made), 4):
        aside = f"{root}.aside"
        # Blockers of a group are written there alone.
        regions_lost = any("reserved_regions" in files for _, _, files in os.walk(path))
        os.rename(path, aside)
        judged = Judged(root, made, "--all")
        judged.said += f"without {path}\n"
        judged.require(judged.status in (0, 1, 2, 3), "the status is none of 0 to 3")
        hold_harmless(judged, made.needed | made.functions)
        for address, state in judged.states.items():
            before = whole.states.get(address)
            judged.require(state not in GOOD or before in GOOD or (before == "blocked" and regions_lost),
                           f"{address} was {before} and is {state}")
        # Where nothing is bound, a device that is blocked counts, and one that is unknown does not.
        judged.require(judged.status > 1 or whole.status < 2 or not made.bound, f"the status was {whole.status}")
        os.rename(aside, path)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("directory")
    options.add_argument("--plant", choices=PLANTS)
    options.add_argument("seeds", nargs="*", type=int)
    options = options.parse_intermixed_args()
    seeds = options.seeds or range(int(os.environ.get("VFIODIAG_GENERATED") or 150))
    failed = 0
    for seed in seeds:
        root = f"{options.directory}/{seed}"
        try:
            made = Generated(root, seed, options.plant)
            hold_with_holes(made, root, hold_whole(made, root))
        except AssertionError as error:
            failed += 1
            print(f"seed {seed}: {error}")
        else:
            shutil.rmtree(root)
    print(f"{len(seeds)} hosts, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
