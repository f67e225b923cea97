#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence of use: hosts on which one thing alone says that the host uses a device, and the right state.

	evidence.py DIR NAME      builds the hosts of the kind NAME below DIR and holds check to the answer
	evidence.py --list        the names of all kinds
"""
import json
import os
import re
import subprocess
import sys

import kinds
from host import Answer, Host, USABLE, each_object, run
from kinds import GPU, NIC, NVME, kind, port

OTHERS = set(kinds.KINDS)
GOOD = (*USABLE, "available")
SERIAL = 0x070002
KERNELS = ("5.10.0-30-amd64", "5.19.17", "6.1.0-28-amd64", "6.6.13", "6.12.9-amd64", "6.18.2", "7.3.4")


def each_kernel(**options):
    """A host of each generation of kernels."""
    return [dict(kernel=kernel, **options) for kernel in KERNELS]


@kind(*each_kernel())
def power_state_unknown(case, kernel):
    """The kernel has not read the state, and a device that is opened is powered on: nothing is in the way."""
    host = case.host(kernel=kernel)
    device = host.device(port(host, "0000:41:00.0", 3), NVME, "144d:a824", "vfio-pci", 30, power_state="unknown",
                         reset_method="flr bus")
    answer = case.check(device)
    answer.status(0)
    answer.states(ready=device)
    # One that does not answer is blocked, whatever the kernel calls its state.
    host.attribute(device, "config", b"\xff" * 4096)
    answer = case.check(device)
    answer.status(2)
    answer.states(blocked=device)


def captured(case, **options):
    """The files of a host that becomes a capture, which holds what the kernel and the processes answer too."""
    case.n += 1
    return Host(f"{case.root}/{case.n}/files", plain=True, **options)


def ask(host, *subject, kernel="6.12.9-amd64", **dumps):
    """Writes the capture of HOST, with the messages of the netlink DUMPS, and asks about it."""
    facts = [{"vfiodiag-capture": 1, "tool": "0.1.0", "recorded": "2026-11-22T07:30:25Z"},
             {"fact": "system", "release": kernel, "version": "#1", "machine": "x86_64", "node": "case",
              "page_size": 4096, "address_bits": 40},
             {"fact": "holders /dev/vfio", "ret": 0, "holders": []}, {"fact": "openers", "ret": 0, "openers": []},
             {"fact": "ssh-session", "errno": "ENOENT"},
             {"fact": "process", "uid": 0, "gid": 0, "groups": [], "memlock": "0x800000",
              "capabilities": "0x1ffffffffff"}]
    for name in "links", "addresses", "routes", "routes6", *(name for name in ("nexthops",) if name in dumps):
        facts.append({"fact": f"netlink {name}", "ret": 0, "messages": dumps.get(name, [])})
    root = os.path.dirname(host.root)
    with open(f"{root}/transcript.jsonl", "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in facts)
    answer = Answer(root, subject, "--from")
    require_redacted(answer, root)
    return answer


def states_of(capture):
    done = run(capture, "list", "--json", source="--from")
    return {thing["address"]: thing.get("state") for thing in each_object(json.loads(done.stdout or "{}"))
            if "address" in thing}


def require_redacted(answer, root):
    """A redacted capture has the same evidence."""
    archive = f"{root}/redacted.tar.zst"
    done = run(root, "collect", "-q", "--redact", "-o", archive, source="--from")
    answer.require(done.returncode == 0, f"collect --redact: status {done.returncode}: {done.stderr}")
    redacted = states_of(archive)
    for address in answer.devices:
        before, after = answer.state_of(address), redacted.get(address)
        answer.require(before == after, f"{address} was {before} and is {after} when it is redacted")
    os.unlink(archive)


# Each is the log of XFS as the option of its mount names it, on the second disk.
@kind(dict(node="/dev/vg/log", mapped="vg-log"), dict(node="/dev/vg-1/log-a", mapped="vg--1-log--a"),
      dict(node="/dev/mapper/vg-log", mapped="vg-log"), dict(node="/dev/disk/by-label/LOG", mapped=None),
      dict(node="/dev/disk/by-id/dm-name-crypt", mapped="crypt"))
def log_on_a_volume(case, node, mapped):
    for place, state in ("/", "keep"), ("/srv/log", "in-use"):
        host = case.host()
        disks = [host.device(port(host, f"0000:0{n}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NVME, "144d:a80a", "nvme", 20 + n)
                 for n in (1, 2, 3)]
        for n, disk in enumerate(disks):
            host.disk(disk, f"nvme{n}n1", 2)
        log = "nvme1n1p2"
        if mapped:
            host.stacked("dm-0", log, mapped=mapped)
        if "/disk/" in node:
            os.makedirs(os.path.dirname(host.path(node[1:])))
            os.symlink(f"../../{'dm-0' if mapped else log}", host.path(node[1:]))
        host.mount(place, "nvme0n1p2", "xfs", options=f"rw,attr2,logdev={node},noquota")
        answer = case.check()
        answer.states(**{state: disks[:2]})
        answer.reason(disks[1], "/ is mounted from" if place == "/" else "mounted on /srv/log")
        # No log is left that might be on another disk: only the processes were not seen.
        answer.reason(disks[2], "processes that have disks open")
    # A link that was not copied: the log may be on any disk.
    if "/disk/" in node:
        os.unlink(host.path(node[1:]))
        answer = case.check()
        answer.states(unknown=disks[2])
        answer.reason(disks[2], "logdev=")


# A file system on more than one disk, each of which has its finding.
@kind(dict(on="btrfs"), dict(on="md"), dict(on="log"))
def unmounted_once(case, on):
    host = case.host()
    disks = [host.device(port(host, f"0000:0{n}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NVME, "144d:a80a", "nvme", 20 + n)
             for n in (1, 2)]
    for n, disk in enumerate(disks):
        host.disk(disk, f"nvme{n}n1", 2)
        if on == "btrfs":
            host.link(f"sys/fs/btrfs/6d1f/devices/nvme{n}n1p1", f"{host.paths[disk]}/nvme{n}n1/nvme{n}n1p1")
    if on == "md":
        host.stacked("md0", "nvme0n1p1", "nvme1n1p1")
    places = "/srv", "/srv/below"
    for place in places:
        host.mount(place, "md0" if on == "md" else "nvme0n1p1", {"btrfs": "btrfs", "log": "xfs"}.get(on, "ext4"),
                   *(("0:31",) if on == "btrfs" else ()), **({"options": "rw,logdev=/dev/nvme1n1p1"} if on == "log" else {}))
    # The first disk alone has a second file system, so that the lists of commands differ.
    host.mount("/home", "nvme0n1p2")
    for subject in [], ["--all"], [disks[0]], [disks[1]]:
        answer = case.check(*subject)
        commands = [c["command"] for f in answer.findings for c in f.get("commands") or [] if "umount" in c["command"]]
        wanted = [f"sudo umount {place}" for place in reversed(places)]
        if subject != [disks[1]]:
            wanted.append("sudo umount /home")
        # A disk below a RAID is told by what is on top of it, without commands.
        if on == "md":
            wanted = [command for command in wanted if command.endswith("/home")]
        answer.require(commands == wanted, f"check {' '.join(subject)}: {commands}, not {wanted}")


def framebuffers(host, numbers):
    """Graphics cards on a driver of the host, by the numbers of their framebuffers."""
    cards = []
    for n, number in enumerate(numbers):
        cards.append(host.device(port(host, f"0000:0{n + 1}:00.0", 10 + n, at=f"0000:00:1c.{n}"), GPU, "1002:73df",
                                 "amdgpu", 20 + n, boot_vga=0))
        directory = host.paths[cards[n]]
        host.put(f"{directory}/drm/card{n}/dev", f"226:{n}\n")
        host.link(f"sys/class/drm/card{n}", f"{directory}/drm/card{n}")
        host.put(f"{directory}/graphics/fb{number}/dev", f"29:{number}\n")
        host.link(f"sys/class/graphics/fb{number}", f"{directory}/graphics/fb{number}")
    return cards


def consoles(host, *drivers):
    """Where the text consoles are, as /sys/class/vtconsole says it."""
    for n, (name, bind) in enumerate(drivers):
        directory = f"sys/devices/virtual/vtconsole/vtcon{n}"
        host.put(f"{directory}/name", f"{name}\n")
        host.put(f"{directory}/bind", f"{bind}\n")
        host.link(f"sys/class/vtconsole/vtcon{n}", directory)


# No card is the boot display. ON: places in NUMBERS of the cards that the console is on.
@kind(dict(numbers=(0, 1), options="quiet", platform=None, on=(0,)),
      dict(numbers=(1, 0), options="quiet", platform=None, on=(1,)),
      dict(numbers=(1, 2), options="quiet", platform=None, on=(0,)),
      dict(numbers=(1, 2), options="quiet", platform=0, on=()),
      dict(numbers=(0, 1), options="fbcon=map:1", platform=None, on=(0, 1)),
      dict(numbers=(1, 2), options="fbcon=font:VGA8x8,map:02 quiet", platform=0, on=(1,)),
      # What redacting leaves of an option that it does not know.
      dict(numbers=(1, 2), options="fbcon=redacted", platform=0, on=(), unknown=(0, 1)))
def framebuffer_console(case, numbers, options, platform, on, unknown=()):
    dummy, frame = "(S) dummy device", "(M) frame buffer device"
    for bound in True, False, None:
        host = captured(case, options=options)
        cards = framebuffers(host, numbers)
        if platform is not None:
            directory = f"sys/devices/platform/simple-framebuffer.0/graphics/fb{platform}"
            host.put(f"{directory}/dev", f"29:{platform}\n")
            host.link(f"sys/class/graphics/fb{platform}", directory)
        if bound is not None:
            consoles(host, (dummy, int(not bound)), (frame, int(bound)))
        answer = ask(host)
        for n, card in enumerate(cards):
            shows = n in on
            if shows and bound:
                state = "in-use"
            elif (shows and bound is None) or (n in unknown and bound is not False):
                state = "unknown"
            else:
                state = "available"
            answer.states(**{state: card})
            if shows and bound:
                answer.reason(card, f"text console is on its framebuffer fb{numbers[n]}")
                answer.untouched(card)


# The routes as the kernel answers, and on which of three interfaces the host does not run without.
@kind(*each_kernel(dumps=dict(routes=[{"hops": [2, 3]}]), keep=(0, 1), known=True),
      dict(kernel="6.18.2", dumps=dict(routes6=[{"nexthop": 12, "hops": [3, 4]}]), keep=(1, 2), known=True),
      dict(kernel="5.19.17", dumps=dict(routes=[{"nexthop": 12}], nexthops=[
          {"id": 10, "out": 2}, {"id": 11, "out": 4}, {"id": 12, "members": [10, 11]}]), keep=(0, 2), known=True),
      # An older version recorded nothing of such a route, and a capture may lack the objects.
      dict(kernel="6.1.0", dumps=dict(routes=[{}]), keep=(), known=False),
      dict(kernel="6.1.0", dumps=dict(routes=[{"nexthop": 12}]), keep=(), known=False))
def several_next_hops(case, kernel, dumps, keep, known):
    host = captured(case, kernel=kernel)
    cards = []
    for n in range(3):
        cards.append(host.device(port(host, f"0000:0{n + 1}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NIC, "8086:1521",
                                 "igb", 20 + n))
        host.interface(cards[n], f"eth{n}", True)
    answer = ask(host, kernel=kernel, links=[{"index": n + 2, "flags": 0x1043, "name": f"eth{n}"} for n in range(3)],
                 addresses=[{"index": n + 2, "local": f"192.0.{n}.7", "prefix": 24, "scope": 0} for n in range(3)], **dumps)
    for n, card in enumerate(cards):
        answer.states(**{"keep" if n in keep else "in-use": card})
        answer.untouched(card)
        if n in keep:
            answer.reason(card, f"default route goes through eth{n}")
        elif not known:
            answer.reason(card, "where the default route goes is not known")


def rich(case, kernel):
    """A host with a use of each kind, each on a device of its own: the host, and its devices by what they are for."""
    host, used, n = captured(case, kernel=kernel), {}, 0
    host.put("proc/meminfo", "MemTotal: 32000000 kB\nMemAvailable: 30000000 kB\nSwapTotal: 8388604 kB\n")
    for name in "input", "tty", "sound", "dma":
        host.directory(f"sys/class/{name}")

    def add(what, klass, driver, **attributes):
        nonlocal n
        n += 1
        used[what] = host.device(port(host, f"0000:{n:02x}:00.0", 10 + n, at=f"0000:00:{n:02x}.0"), klass, "8086:0a54",
                                 driver, 40 + n, **attributes)
        return used[what]

    for disk, what in enumerate(("lvm", "swap", "mounted", "log", "raid 1", "raid 2", "btrfs 1", "btrfs 2", "idle")):
        host.disk(add(what, NVME, "nvme"), f"nvme{disk}n1", 2)
    host.stacked("dm-0", "nvme0n1p2", mapped="vg-root")
    host.stacked("md0", "nvme4n1p1", "nvme5n1p1")
    for member in "nvme6n1p1", "nvme7n1p1":
        host.link(f"sys/fs/btrfs/6d1f/devices/{member}", host.paths[member])
    host.mount("/", "dm-0")
    host.mount("/var", "md0")
    host.mount("/srv/log", "nvme2n1p1", "xfs", options="rw,logdev=/dev/nvme3n1p1")
    host.mount("/mnt/pool", "nvme6n1p1", "btrfs", "0:31")
    host.swap("nvme1n1p1")
    for number, what in enumerate(("console", "boot display", "idle card")):
        card = add(what, GPU, "amdgpu", boot_vga=int(what == "boot display"))
        host.put(f"{host.paths[card]}/drm/card{number}/dev", f"226:{number}\n")
        host.link(f"sys/class/drm/card{number}", f"{host.paths[card]}/drm/card{number}")
        host.put(f"{host.paths[card]}/graphics/fb{number}/dev", f"29:{number}\n")
        host.link(f"sys/class/graphics/fb{number}", f"{host.paths[card]}/graphics/fb{number}")
    consoles(host, ("(S) dummy device", 0), ("(M) frame buffer device", 1))
    for number, what in enumerate(("serial console", "idle serial port")):
        serial = add(what, SERIAL, "serial")
        host.put(f"{host.paths[serial]}/tty/ttyS{number}/dev", f"4:{64 + number}\n")
        host.link(f"sys/class/tty/ttyS{number}", f"{host.paths[serial]}/tty/ttyS{number}")
    host.put("sys/devices/virtual/tty/console/active", "tty0 ttyS0\n")
    host.interface(add("network", NIC, "igb"), "eth0", True)
    return host, used


NETWORK = dict(links=[{"index": 2, "flags": 0x1043, "name": "eth0"}], routes=[{"out": 2}],
               addresses=[{"index": 2, "local": "192.0.2.7", "prefix": 24, "scope": 0}])
IDLE = ("idle", "idle card", "idle serial port")
USED = {"mounted": "in-use", "log": "in-use", "btrfs 1": "in-use", "btrfs 2": "in-use", "console": "in-use",
        "boot display": "in-use", "serial console": "in-use"}
# A link in a class that is the only one to say that there is something at all: without it, a tree is that of another
# host. What it leads to is not looked for anywhere else.
SOLE_EVIDENCE = re.compile(r"sys/class/(tty|graphics|vtconsole)/[^/]+$|sys/fs/btrfs/6d1f/devices/[^/]+$")


def states_without(host, path):
    """The states of all devices while PATH is missing."""
    aside = f"{host.root}.aside"
    os.rename(path, aside)
    states = states_of(os.path.dirname(host.root))
    os.rename(aside, path)
    return states


@kind(dict(kernel="6.12.9-amd64"))
def one_thing_is_missing(case, kernel):
    """No device that is used becomes free when a file, link or directory is missing."""
    host, used = rich(case, kernel)
    answer = ask(host, kernel=kernel, **NETWORK)
    for what, address in used.items():
        answer.states(**{"available" if what in IDLE else USED.get(what, "keep"): address})
    missing = sorted(f"{directory}/{name}" for directory, names, files in os.walk(host.root) for name in names + files)
    wrong = []
    for path in missing:
        if SOLE_EVIDENCE.search(path):
            continue
        states = states_without(host, path)
        wrong += [f"without {path[len(host.root):]}: {address} ({what}) is {states.get(address)}"
                  for what, address in used.items() if what not in IDLE and states.get(address) in GOOD]
    answer.require(len(missing) > 500 and not wrong, "\n".join(wrong) or "no host")
    # What lacks leaves unknown what could have been seen in it, and nothing else.
    for name, what in (("proc/swaps", "idle"), ("proc/self/mountinfo", "idle"), ("sys/class/block", "idle"),
                       (f"{host.paths['nvme8n1p2']}/holders", "idle"), (f"{host.paths['nvme8n1']}/holders", "idle"),
                       (f"{host.paths[used['idle card']]}/boot_vga", "idle card"),
                       ("sys/devices/virtual/tty/console/active", "idle serial port"), ("sys/class/tty", "idle serial port")):
        states = states_without(host, host.path(name))
        answer.require(states[used[what]] == "unknown", f"without {name}: {what} is {states[used[what]]}")
    # A kernel without swap has no such file, and says that there is none.
    os.unlink(host.path("proc/swaps"))
    host.put("proc/meminfo", "MemTotal: 32000000 kB\nSwapTotal:       0 kB\n")
    ask(host, kernel=kernel, **NETWORK).states(available=used["idle"])


@kind(dict())
def driver_not_read(case):
    """A driver that was not read is not known, which null alone would not say."""
    host = captured(case)
    devices = [host.device(port(host, f"0000:0{n}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NVME, "144d:a80a", driver, 20 + n)
               for n, driver in ((1, "nvme"), (2, None), (3, "nvme"))]
    os.unlink(host.path(f"{host.paths[devices[2]]}/uevent"))
    answer = ask(host)
    for device, driver, error in zip(devices, ("nvme", None, None), (None, None, "ENODATA")):
        said = answer.devices[device]
        answer.require((said["driver"], said["driver_errno"]) == (driver, error),
                       f"{device}: {said['driver']}, {said['driver_errno']}, not {driver}, {error}")
    answer.states(available=devices[1], unknown=devices[2])


@kind(dict(openers=True), dict(openers=False))
def state_changes(case, openers):
    """diff shows a state that changed with its reason, and none that was not seen on one side."""
    roots = []
    for mounted in False, True:
        host = captured(case)
        host.mount("/proc", None, "proc", "0:2")
        disks = []
        for n in 1, 2, 3:
            disks.append(host.device(port(host, f"0000:0{n}:00.0", 10 + n, at=f"0000:00:1c.{n}"), NVME, "144d:a80a",
                                     "nvme", 20 + n))
            host.disk(disks[-1], f"nvme{n}n1", 1)
        if mounted:
            host.mount("/srv", "nvme1n1p1")
            host.mount("/", "nvme2n1p1")
        ask(host)
        roots.append(os.path.dirname(host.root))
    if not openers:
        path = f"{roots[0]}/transcript.jsonl"
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if '"openers"' not in line]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)
    done = difference(*roots, "--json")
    changes = {change["subject"]: change for change in done["changes"] if change["field"] == "state"}
    expected = {disks[0]: ("in-use", "nvme1n1p1 is mounted on /srv"), disks[1]: ("keep", "/ is mounted from nvme2n1p1")}
    text = difference(*roots)
    for disk in disks:
        change = changes.get(disk)
        if openers and disk in expected:
            assert (change["before"], change["after"], change["reason"]) == ("available", *expected[disk]), change
            assert f"{disk} state: available -> {expected[disk][0]} ({expected[disk][1]})" in text, text
        else:
            assert not change, change
        # The idle one is available, but not seen to be so on one side.
        unseen = f"{disk}: state" in [thing["subject"] for thing in done["not_compared"]]
        assert unseen == (not openers), done["not_compared"]
    assert difference(roots[1], roots[1], "--json")["equal"]


def difference(before, after, *options):
    command = [os.environ["VFIODIAG"], "diff", *options, before, after]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout) if options else done.stdout


def main():
    if sys.argv[1:] == ["--list"]:
        print(*(name for name in kinds.KINDS if name not in OTHERS), sep="\n")
        return 0
    failures = [failure for name in sys.argv[2:] for failure in kinds.hold(name, sys.argv[1])]
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
