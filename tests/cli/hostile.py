#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of hosts that mean no good, and what is printed of them.

    hostile.py spoil KIND CAPTURE COPY      a copy with one thing done to all of it
    hostile.py kinds                        the kinds
    hostile.py make KIND FOLDER COUNT       a host of that many groups, processes …
    hostile.py judge CAPTURE…               run the commands that read; judge what they print
    hostile.py vanish CAPTURE               take its files away, one after the other, and judge
    hostile.py stray CAPTURE [by-steps]     put links that lead out, pipes, devices … in the place of each file,
                                            folder and link; by-steps: without openat2(2)

A capture is a folder; CAPTURE/files also serves as a sysroot. The program is $VFIODIAG, behind
$VFIODIAG_UNDER. Whatever the host is, each run has to end soon, in little memory, with a status that
the manual page knows, and what it prints is to be UTF-8 without control characters, JSON that a strict
reader takes, or HTML of which each element ends and nothing can be fetched.
"""
import ctypes
import html.parser
import json
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import unicodedata

SECONDS = 120  # of one run, on a machine that has other things to do
MEMORY = 1 << 20  # KiB of one run

# What drives a terminal, ends a string, begins an element, is no UTF-8, or turns text around.
WORDS = b"".join([
    b"\x1b[2J\x1b]0;title\x07\x9b1m", b"\r\b\x7f", "\u009b31m\u0085\u2028\u202e\u2066\u061c".encode(),
    b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xc3", b"<script>alert(1)</script><!--", b"]]>&amp;&#27;",
    b"\"'`\\ \\u001b ${HOME} %s%n $(reboot) ; |\t", "\U0001f4a9\ufffe".encode()])
NAME = WORDS.replace(b"/", b"")[:200]
NUMBERS = [b"-1", b"18446744073709551616", b"99999999999999999999999999", b"0x", b"-9223372036854775808",
           b"18446744073709551615", b"1e9", b"2147483648"]


def folders(capture):
    return [path for path, _, _ in os.walk(os.path.join(os.fsencode(capture), b"files"))]


def entries(capture, wanted):
    for folder in folders(capture):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if wanted(path):
                yield path


def files(capture):
    return list(entries(capture, lambda path: os.path.isfile(path) and not os.path.islink(path)))


def links(capture):
    return list(entries(capture, os.path.islink))


def rewrite(capture, change):
    """Each file's content becomes change(content, its number)."""
    for number, path in enumerate(files(capture)):
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(change(content, number))


def retell(capture, change):
    """Each value of the transcript's facts becomes change(value, its number)."""
    path = os.path.join(capture, "transcript.jsonl")
    number = 0

    def walk(value, key=None):
        nonlocal number
        number += 1
        if isinstance(value, dict):
            return {name: walk(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [walk(member, key) for member in value]
        return value if key in ("fact", "section", "call", "vfiodiag-capture") else change(value, number)

    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(walk(line), ensure_ascii=False) + "\n")


def words(capture):
    """Content is nothing but hostile words."""
    rewrite(capture, lambda content, number: WORDS)
    text = WORDS.decode("utf-8", "replace")
    retell(capture, lambda value, number: text if isinstance(value, str) else value)


def behind(capture):
    """Hostile words behind each line that makes sense."""
    rewrite(capture, lambda content, number: content.rstrip(b"\n").replace(b"\n", WORDS + b"\n") + WORDS + b"\n")
    text = WORDS.decode("utf-8", "replace")
    retell(capture, lambda value, number: value + text if isinstance(value, str) else value)


def long(capture):
    """Each line goes on and on."""
    tail = b"long" * 2000
    rewrite(capture, lambda content, number: content.rstrip(b"\n").replace(b"\n", tail + b"\n") + tail + b"\n")
    retell(capture, lambda value, number: value + "long" * 2000 if isinstance(value, str) else value)


def numbers(capture):
    """Each number is one that nobody expects."""
    rewrite(capture, lambda content, number: re.sub(rb"\b(0x)?[0-9]+\b", NUMBERS[number % len(NUMBERS)], content))

    def change(value, number):
        extremes = [-1, 2**63 - 1, -2**63, 2**32, 1e308, 0]
        return extremes[number % len(extremes)] if type(value) in (int, float) else value
    retell(capture, change)


def kinds_of_json(capture):
    """The transcript's values are of another type."""
    others = [None, True, [], {}, [[[]]], "", 0.5, {"ret": {}}]
    retell(capture, lambda value, number: others[number % len(others)])


def empty(capture):
    """Files with nothing in them."""
    rewrite(capture, lambda content, number: b"")
    retell(capture, lambda value, number: "" if isinstance(value, str) else value)


def nul(capture):
    """NUL bytes in the middle, and at the beginning of each second file."""
    def change(content, number):
        middle = len(content) // 2 * (number % 2)
        return content[:middle] + b"\0\0" + content[middle:]
    rewrite(capture, change)


def litter(capture):
    """Each folder also holds things with hostile and with overlong names."""
    for number, folder in enumerate(folders(capture)):
        name = os.path.join(folder, NAME.replace(b"\n", b"\n%d" % number))
        os.mkdir(name)
        with open(name + b".file", "wb") as file:
            file.write(WORDS)
        os.symlink(name + b".file", name + b".link")
        os.symlink(b"nowhere" + WORDS.replace(b"/", b""), name + b".dangling")
        os.symlink(b"..", os.path.join(folder, b"n" * 255))
        with open(os.path.join(folder, b"line\nbreak"), "wb"):
            pass


def names(capture):
    """What the host calls by a name of its choice has a hostile one: units, interfaces, disks."""
    for place in (b"sys/class/iommu", b"sys/class/net", b"sys/class/block", b"sys/bus/pci/devices"):
        folder = os.path.join(os.fsencode(capture), b"files", place)
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            os.rename(os.path.join(folder, name), os.path.join(folder, name + NAME))
    for path in [path for path in links(capture) if os.path.basename(path) in (b"driver", b"subsystem")]:
        target = os.readlink(path)
        os.unlink(path)
        os.symlink(target + NAME, path)


def relink(capture, target):
    for number, path in enumerate(links(capture)):
        os.unlink(path)
        os.symlink(target(os.path.basename(path), number), path)


def loops(capture):
    """Links lead to themselves, to each other, to their folder, and up."""
    relink(capture, lambda name, number: [name, b".", b"..", b"../..", b"/", b"./" + name][number % 6])


def own_parent(capture):
    """Each device is inside itself: its folder holds links to it under all names that are looked for."""
    for path in folders(capture):
        for name in (b"device", b"physfn", b"virtfn0", b"subsystem", b"iommu_group", b"iommu", b"lower_eth0",
                     b"upper_eth0", b"master", b"slaves", b"holders", b"net", b"block", b"vfio-dev", b"devices",
                     b"0000:00:04.0", b"0000:00:1f.0"):
            link = os.path.join(path, name)
            if not os.path.lexists(link):
                os.symlink(b"../" + os.path.basename(path), link)


def dangling(capture):
    """All files have gone since their folders were listed."""
    for path in files(capture):
        os.unlink(path)
        os.symlink(b"gone", path)


def other_things(capture):
    """A folder in place of each file, and a file in place of each link."""
    for path in links(capture):
        os.unlink(path)
        with open(path, "wb") as file:
            file.write(b"no link\n")
    for number, path in enumerate(files(capture)):
        if number % 2:
            os.unlink(path)
            os.mkdir(path)


SPOILERS = {function.__name__.replace("_", "-"): function for function in (
    words, behind, long, numbers, kinds_of_json, empty, nul, litter, names, loops, own_parent, dangling,
    other_things)}


def put(root, path, content=b""):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def link(root, path, target):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def address(number):
    return f"{number >> 16:04x}:{number >> 8 & 255:02x}:{number >> 3 & 31:02x}.{number & 7}"


def make_groups(root, count, shared=False):
    """A device in each group, or all of them in one."""
    for number in range(count):
        group = 0 if shared else number
        name = address(number)
        device = f"sys/devices/pci{name[:7]}/{name}"
        up = "../" * 4
        put(root, f"{device}/uevent", "DRIVER=vfio-pci\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n")
        link(root, f"{device}/iommu_group", f"../../../kernel/iommu_groups/{group}")
        link(root, f"{device}/iommu", "../../virtual/iommu/dmar0")
        link(root, f"sys/bus/pci/devices/{name}", f"../../../devices/pci{name[:7]}/{name}")
        link(root, f"sys/kernel/iommu_groups/{group}/devices/{name}", f"{up}devices/pci{name[:7]}/{name}")
        link(root, f"sys/devices/virtual/iommu/dmar0/devices/{name}", f"../../../../pci{name[:7]}/{name}")
        if number == group:
            put(root, f"sys/kernel/iommu_groups/{group}/type", "DMA\n")
            put(root, f"sys/kernel/iommu_groups/{group}/reserved_regions",
                "0x00000000fee00000 0x00000000feefffff msi\n")
    link(root, "sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0")


def make_regions(root, count):
    """One group whose reserved_regions has that many lines, each of 43 characters."""
    make_groups(root, 1)
    put(root, "sys/kernel/iommu_groups/0/reserved_regions", "".join(
        f"0x{number << 13:016x} 0x{(number << 13) + 4095:016x} msi\n" for number in range(count)))


def make_unread(root, count):
    """Groups whose regions make no sense, each another note."""
    make_groups(root, count)
    for number in range(count):
        put(root, f"sys/kernel/iommu_groups/{number}/reserved_regions", "no region\n")


def make_disks(root, count):
    """Block devices in a row, each on the one before it, and all of them mounted."""
    make_groups(root, 1)
    put(root, "sys/devices/pci0000:00/0000:00:00.0/uevent", "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=8086:10D3\n")
    mounts = []
    for number in range(count):
        folder = f"sys/devices/pci0000:00/0000:00:00.0/block/sd{number}"
        if number:
            folder = f"sys/devices/virtual/block/sd{number}"
            link(root, f"{folder}/slaves/sd{number - 1}", f"../../sd{number - 1}")
        put(root, f"{folder}/dev", f"8:{number}\n")
        link(root, f"sys/class/block/sd{number}", "../../" + folder[4:])
        mounts.append(f"{number + 20} 1 8:{number} / /mnt/{number} rw - ext4 /dev/sd{number} rw\n")
    put(root, "proc/self/mountinfo", "".join(mounts))
    put(root, "proc/swaps", "Filename Type Size Used Priority\n" + "".join(
        f"/dev/sd{number} partition 1 0 -2\n" for number in range(count)))


def make_row(root, count):
    """Disks beside each other on one device, each with a partition that nothing uses."""
    make_disks(root, 1)
    for number in range(1, count):
        folder = f"sys/devices/pci0000:00/0000:00:00.0/block/sd{number}"
        put(root, f"{folder}/dev", f"8:{number * 2}\n")
        put(root, f"{folder}/sd{number}p1/dev", f"8:{number * 2 + 1}\n")
        link(root, f"sys/class/block/sd{number}", "../../" + folder[4:])
        link(root, f"sys/class/block/sd{number}p1", f"../../{folder[4:]}/sd{number}p1")


def put_no_mounts(root):
    """A root that is on no disk, and no swap."""
    put(root, "proc/self/mountinfo", "22 1 0:1 / / rw - rootfs rootfs rw\n")
    put(root, "proc/swaps", "Filename Type Size Used Priority\n")


def make_volumes(root, count):
    """A disk with that many volumes on it, each of which names the disk as the disk names it."""
    make_groups(root, 1)
    put(root, "sys/devices/pci0000:00/0000:00:00.0/uevent", "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=8086:10D3\n")
    disk = "sys/devices/pci0000:00/0000:00:00.0/block/sd0"
    put(root, f"{disk}/dev", "8:0\n")
    link(root, "sys/class/block/sd0", f"../../{disk[4:]}")
    for number in range(count):
        folder = f"sys/devices/virtual/block/dm-{number}"
        put(root, f"{folder}/dev", f"253:{number}\n")
        put(root, f"{folder}/dm/name", f"vg-{number}\n")
        link(root, f"{folder}/slaves/sd0", f"../../../../../{disk[4:]}")
        link(root, f"{disk}/holders/dm-{number}", f"../../../../../virtual/block/dm-{number}")
        link(root, f"sys/class/block/dm-{number}", f"../../{folder[4:]}")
    put_no_mounts(root)


def make_controllers(root, count):
    """Devices, each with a disk that nothing uses and a node of a class."""
    make_groups(root, count)
    for number in range(count):
        name = address(number)
        device = f"sys/devices/pci{name[:7]}/{name}"
        put(root, f"{device}/uevent", "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=8086:10D3\n")
        put(root, f"{device}/block/sd{number}/dev", f"8:{number}\n")
        link(root, f"sys/class/block/sd{number}", f"../../{device[4:]}/block/sd{number}")
        put(root, f"{device}/nvme/nvme{number}/dev", f"9:{number}\n")
        link(root, f"sys/class/nvme/nvme{number}", f"../../{device[4:]}/nvme/nvme{number}")
    put_no_mounts(root)


def make_interfaces(root, count):
    """Devices, each with an interface that is a port of one bridge and has a VLAN."""
    make_groups(root, count)
    links = [{"index": 1, "flags": 0x1043, "name": "br0", "kind": "bridge"}]
    for number in range(count):
        name = address(number)
        device = f"sys/devices/pci{name[:7]}/{name}"
        put(root, f"{device}/uevent", "DRIVER=igb\nPCI_CLASS=20000\nPCI_ID=8086:10C9\n")
        put(root, f"{device}/net/eth{number}/ifindex", f"{number + 2}\n")
        link(root, f"{device}/net/eth{number}/device", "../..")
        link(root, f"sys/class/net/eth{number}", f"../../{device[4:]}/net/eth{number}")
        links += ({"index": number + 2, "flags": 0x1043, "name": f"eth{number}", "master": 1},
                  {"index": number + 2 + count, "flags": 0x1043, "name": f"vlan{number}", "kind": "vlan",
                   "link": number + 2})
    return [{"fact": "netlink links", "ret": 0, "messages": links},
            {"fact": "netlink addresses", "ret": 0,
             "messages": [{"index": 1, "local": "192.0.2.7", "prefix": 24, "scope": 0}]},
            {"fact": "netlink routes", "ret": 0, "messages": []}, {"fact": "netlink routes6", "ret": 0, "messages": []}]


def make_holders(root, count):
    """Groups and devices, each of which a process has open, one by the group and one by the device."""
    make_groups(root, count)
    for number in range(count):
        name = address(number)
        put(root, f"sys/devices/pci{name[:7]}/{name}/vfio-dev/vfio{number}/dev", f"511:{number}\n")
    nodes = [f"/dev/vfio/devices/vfio{number}" if number % 2 else f"/dev/vfio/{number}" for number in range(count)]
    return [{"fact": "holders /dev/vfio", "ret": 0,
             "holders": [{"pid": number + 1, "path": node, "name": "qemu"} for number, node in enumerate(nodes)]}]


def make_names(root, count):
    """Names of people and of other hosts, in each place that can have many."""
    make_groups(root, 1)
    put(root, "etc/security/limits.conf", "".join(f"user{number} - memlock 1\n" for number in range(count)))
    put(root, "proc/self/mountinfo", "".join(
        f"{number} 1 0:{number} / /home/user{number} rw - nfs4 host{number}:/x rw\n" for number in range(count)))
    put(root, "proc/cmdline", "".join(f"user{number}=host{number} " for number in range(count)))
    for number in range(count // 100):
        link(root, f"sys/class/net/name{number}", f"../../devices/virtual/net/name{number}")


def make_large(root, count):
    """Attributes of that many bytes."""
    make_groups(root, 1)
    for path in ("proc/cmdline", "proc/modules", "proc/interrupts", "proc/self/mountinfo", "proc/swaps",
                 "proc/sys/kernel/osrelease", "sys/class/dmi/id/product_name", "etc/security/limits.conf",
                 "sys/devices/pci0000:00/0000:00:00.0/uevent", "sys/devices/pci0000:00/0000:00:00.0/config",
                 "sys/kernel/iommu_groups/0/type", "sys/kernel/iommu_groups/0/reserved_regions",
                 "sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "usr/share/misc/pci.ids"):
        put(root, path, (b"word " * 15 + b"\n") * (count // 76))


MAKERS = {"groups": make_groups, "shared": lambda root, count: make_groups(root, count, True),
          "regions": make_regions, "unread": make_unread, "disks": make_disks, "row": make_row, "large": make_large,
          "names": make_names, "controllers": make_controllers, "volumes": make_volumes,
          "interfaces": make_interfaces, "holders": make_holders}


def make(kind, capture, count):
    root = os.path.join(capture, "files")
    put(root, "proc/sys/kernel/osrelease", "6.1.0\n")
    put(root, "proc/cmdline", "quiet\n")
    facts = MAKERS[kind](root, int(count)) or []
    with open(os.path.join(capture, "transcript.jsonl"), "w", encoding="ascii") as file:
        for line in ({"vfiodiag-capture": 1, "tool": "0.1.0", "recorded": "2026-11-22T00:00:00Z"},
                     {"fact": "system", "release": "6.1.0", "version": "#1", "machine": "x86_64", "node": "lab",
                      "page_size": 4096, "address_bits": 40}, *facts):
            file.write(json.dumps(line) + "\n")


class Page(html.parser.HTMLParser):
    """That each element ends, and that nothing comes from elsewhere."""
    EMPTY = ("meta", "br", "col", "hr")
    FORBIDDEN = ("script", "link", "img", "iframe", "object", "embed", "base", "form", "input", "use")

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack = []
        self.ended = False

    def handle_starttag(self, tag, attributes):
        assert tag not in self.FORBIDDEN, f"<{tag}>"
        for name, value in attributes:
            assert not name.startswith("on") and name != "src", f"{name}={value}"
            assert name != "href" or value.startswith("#"), f"{name}={value}"
        if tag not in self.EMPTY:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag not in self.FORBIDDEN, f"<{tag}/>"

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, f"</{tag}> at {self.getpos()}"
        self.ended |= tag == "html"

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:40]}")


def is_bad(character):
    return (unicodedata.category(character) in ("Cc", "Cs") and character != "\n" or
            character in "\u061c\u2028\u2029\u200e\u200f" or "\u202a" <= character <= "\u202e" or
            "\u2066" <= character <= "\u2069")


def judge_text(text, where):
    for character in set(text):
        assert not is_bad(character), f"{where} holds {character!r}"


def judge_json(text):
    def no_constant(word):
        raise AssertionError(f"{word} is no JSON")

    def once(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"a key twice: {keys}"
        return dict(pairs)

    def walk(value):
        if isinstance(value, str):
            judge_text(value, "a string of the JSON")
        elif isinstance(value, dict):
            for key, member in value.items():
                judge_text(key, "a key of the JSON")
                walk(member)
        elif isinstance(value, list):
            for member in value:
                walk(member)

    value = json.loads(text, parse_constant=no_constant, object_pairs_hook=once)
    walk(value)
    return value


def judge_lines(text):
    for line in text.splitlines():
        judge_json(line)


def judge_html(text):
    page = Page()
    page.feed(text)
    page.close()
    assert page.ended and page.stack == [], f"open at the end: {page.stack}"


def judge_colors(text):
    judge_text(re.sub(r"\x1b\[[0-9;]*m", "", text), "the text")


PROGRAM = os.environ.get("VFIODIAG_UNDER", "").split() + [os.environ.get("VFIODIAG", "vfiodiag")]


class Run:
    """One run of the program: its output, and whether it behaved."""

    def __init__(self, arguments, statuses=(0, 1, 2, 3), stdin=None, before=None):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen(PROGRAM + arguments, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err,
                                     preexec_fn=before)
            timer = threading.Timer(SECONDS, child.kill)
            timer.start()
            _, status, usage = os.wait4(child.pid, 0)
            timer.cancel()
            out.seek(0)
            err.seek(0)
            self.output, self.errors = out.read(), err.read()
        self.status = os.waitstatus_to_exitcode(status)
        child.returncode = self.status
        judge_text(self.errors.decode("utf-8"), "standard error")
        assert self.status in statuses, f"status {self.status}: {self.errors[-300:]!r}"
        assert usage.ru_maxrss < MEMORY, f"{usage.ru_maxrss >> 10} MiB"
        assert self.output or self.errors or not self.status, "nothing printed"

    def text(self):
        return self.output.decode("utf-8")


def check_formats():
    """As check names them to a wrong word."""
    run = Run(["check", "--format", "?"], statuses=(64,))
    names = re.search(r"use (.*)$", run.errors.decode(), re.MULTILINE).group(1)
    return re.findall(r"[a-z]+", names.replace(" or ", " "))


JUDGES = {"json": judge_json, "facts": judge_json, "jsonl": judge_lines, "html": judge_html}


def commands(group, capture):
    """The commands that read, with the judge of each."""
    plain = lambda text: judge_text(text, "the text")
    columns = "GROUP,ADDRESS,DRIVER,VFIO,REGIONS,TYPE,IOMMU,BUS,CLASS,ID,SUBID,VENDOR,NUMA,OVERRIDE,VFIO-DEV,RESERVED"
    yield ["list"], plain
    yield ["list", "--tree", "-o", columns], plain
    yield ["list", "--raw", "-o", columns], plain
    yield ["list", "--json", "-o", columns], judge_json
    yield ["list", "--json", "--tree"], judge_json
    yield ["check", "-v"], plain
    yield ["check", "--color=always"], judge_colors
    yield ["check", "--for", "user:qemu"], plain
    for form in check_formats():
        yield ["check", "--all", "--format", form], JUDGES.get(form, plain)
    yield ["report"], judge_html
    for form in ("text", "json"):
        yield ["diff", "--format", form, os.path.join(TOP, "tests/hosts/6.1-amd/capture.tar.zst"), capture], \
            JUDGES.get(form, plain)
    if group is None:
        return
    yield ["probe", "--all"], plain
    yield ["probe", "--all", "--format", "json"], judge_json
    for form in ("text", "json"):
        yield ["iova", "--format", form, group], JUDGES.get(form, plain)
        yield ["iova", "--at", "0xfee00000", "--size", "2M", "--errno", "EINVAL", "--format", form, group], \
            JUDGES.get(form, plain)
        yield ["fits", "--memory", "4G", "--format", form, group], JUDGES.get(form, plain)


TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OF_A_CAPTURE = ("diff", "probe")


def first_group(source):
    try:
        run = Run(source + ["list", "--json", "-q"], statuses=(0, 3))
        run.text()
    except (AssertionError, ValueError):
        return None  # the same command is judged with the others
    groups = re.findall(r'"group": *([0-9]+)', run.text())
    return groups[0] if groups else None


def statuses_of(arguments):
    """64: there is no such user, and no guest's machine type is known."""
    return (0, 1, 2, 3, 64) if "--for" in arguments or arguments[0] == "fits" else (0, 1, 2, 3)


class Tally:
    def __init__(self):
        self.runs = 0
        self.failures = []

    def judge(self, arguments, judge, **options):
        self.runs += 1
        try:
            run = Run(arguments, **options)
            # Status 3 may come without output: then a sentence says why.
            if run.output or not run.errors:
                judge(run.text())
        except (AssertionError, ValueError) as problem:
            self.failures.append(f"vfiodiag {' '.join(arguments)}: {type(problem).__name__} {problem}"[:600])

    def replay(self, capture):
        source = ["--from", capture]
        group = first_group(source)
        for arguments, judge in commands(group, capture):
            self.judge(([] if arguments[0] == "diff" else source) + arguments, judge, statuses=statuses_of(arguments))
        self.collect(source)

    def sysroot(self, capture):
        source = ["--sysroot", os.path.join(capture, "files")]
        group = first_group(source)
        for arguments, judge in commands(group, capture):
            if arguments[0] not in OF_A_CAPTURE:
                self.judge(source + arguments, judge, statuses=statuses_of(arguments))

    def collect(self, source):
        """Pack it, plain and redacted, and play that back."""
        for more in ([], ["--redact"]):
            with tempfile.TemporaryDirectory() as scratch:
                archive = os.path.join(scratch, "archive")
                self.judge(source + ["collect", "-o", archive] + more, lambda text: judge_text(text, "the text"))
                if os.path.exists(archive):
                    self.judge(["--from", archive, "check", "--format", "json"], judge_json)

    def end(self):
        print(f"{self.runs} runs, {len(self.failures)} wrong")
        print("\n".join(self.failures[:40]).encode("unicode_escape").decode().replace("\\n", "\n"))
        sys.exit(bool(self.failures))


def vanish(capture):
    tally = Tally()
    for path in files(capture) + links(capture):
        aside = path + b".aside"
        for away in (b"gone", os.path.basename(path)):
            os.rename(path, aside)
            if away:
                os.symlink(away, path)
            tally.judge(["--sysroot", os.path.join(capture, "files"), "check", "--format", "json"], judge_json)
            if away:
                os.unlink(path)
            os.rename(aside, path)
    tally.end()


MARK = b"OUTSIDE"
FAR_UP = b"../" * 40


def outside_of(capture):
    """A tree like that of the capture, beside it, whose files begin with a mark."""
    outside = capture + ".outside"
    shutil.copytree(os.path.join(capture, "files"), os.path.join(outside, "files"), symlinks=True)
    rewrite(outside, lambda content, number: MARK + b"\n" + content)
    return os.path.realpath(os.fsencode(os.path.join(outside, "files")))


def put_socket(path, _target):
    # The path of a socket is short, and its folder here is not.
    here = os.getcwd()
    os.chdir(os.path.dirname(path))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.basename(path))
    os.chdir(here)


def put_huge(path, _target):
    with open(path, "wb") as file:
        file.truncate(1 << 40)


# The first one leads to nothing, and those in LINKS have to give what it gives.
LINKS = {
    "gone": lambda path, target: os.symlink(b"/nowhere" + target, path),
    "absolute": lambda path, target: os.symlink(target, path),
    "up": lambda path, target: os.symlink(FAR_UP + target[1:], path),
    "by-root": lambda path, target: os.symlink(b"/proc/self/root" + target, path),
    "by-cwd": lambda path, target: os.symlink(FAR_UP + b"proc/self/cwd" + target, path),
}
OTHERS = {
    "pipe": lambda path, target: os.mkfifo(path),
    "socket": put_socket,
    "folder": lambda path, target: os.mkdir(path),
    "huge": put_huge,
}
if os.geteuid() == 0:
    # /dev/full: without an end, and not to be opened.
    OTHERS["device"] = lambda path, target: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))


def refuse_openat2():
    """For this process: the call, whose number is the same everywhere, is ENOSYS."""
    code = struct.pack("=HBBI", 0x20, 0, 0, 0) + struct.pack("=HBBI", 0x15, 0, 1, 437) + \
        struct.pack("=HBBI", 0x06, 0, 0, 0x00050000 | 38) + struct.pack("=HBBI", 0x06, 0, 0, 0x7fff0000)
    buffer = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        os._exit(99)


def without_time(output):
    return re.sub(rb'"time": *"[^"]*"', b"", output)


def stray(capture, *words):
    """Nothing is waited for, and what is outside of a sysroot is as if it were not there."""
    tally = Tally()
    capture = os.path.realpath(capture)
    os.chdir("/")
    root = os.path.join(os.fsencode(capture), b"files")
    outside, aside = outside_of(capture), os.path.join(os.fsencode(capture), b"aside")
    before = refuse_openat2 if "by-steps" in words else None
    arguments = ["--sysroot", os.fsdecode(root), "check", "--all", "--format", "json"]
    for path in files(capture) + links(capture) + folders(capture)[1:]:
        os.rename(path, aside)
        gone = None
        for kind, put_there in (LINKS | OTHERS).items():
            put_there(path, outside + path[len(root):])

            def judge(text):
                nonlocal gone
                judge_json(text)
                assert MARK.decode() not in text, "a file from outside was read"
                answer = without_time(text.encode())
                gone = answer if gone is None else gone
                # A link through /proc in the place of /proc leads to itself, which is said.
                is_loop = kind.startswith("by-") and os.path.basename(path) in (b"proc", b"self")
                assert kind not in LINKS or is_loop or answer == gone, "it differs from a link to nothing"
            failed = len(tally.failures)
            tally.judge(arguments, judge, before=before)
            for number in range(failed, len(tally.failures)):
                tally.failures[number] = f"{kind} at {os.fsdecode(path)}: {tally.failures[number]}"
            os.rmdir(path) if kind == "folder" else os.unlink(path)
        os.rename(aside, path)
    tally.end()


def main():
    action, *words = sys.argv[1:]
    if action == "kinds":
        print("\n".join(SPOILERS))
    elif action == "spoil":
        kind, capture, copy = words
        shutil.copytree(capture, copy, symlinks=True)
        SPOILERS[kind](copy)
    elif action == "make":
        make(*words)
    elif action == "vanish":
        vanish(*words)
    elif action == "stray":
        stray(*words)
    elif action == "judge":
        tally = Tally()
        for capture in words:
            tally.replay(capture)
            tally.sysroot(capture)
        tally.end()


main()
