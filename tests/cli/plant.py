#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Plant secrets in every place that a capture can hold text, and look for them when it is redacted.

    plant.py VFIODIAG CAPTURE…

The places are those of the captures themselves, folders or archives: each file, line and word, each part
of a path, each link, each line of the transcript with each key and value in it; and some that no capture
has. Nothing here knows what 'collect --redact' keeps.

A number is the one thing that can't be told from another number: a register may hold a MAC address. So
what is planted is no number of the form that the place holds.
"""
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

# Letters and digits that nothing but a secret is made of.
WORD = b"qzvxkwjq"
HEX = b"e7d3b9a5c1f0"
SHAPES = [
    WORD,
    b"QzVxKwJq",
    b"qzvxkw.jqzvxk.wjqz",
    b"https://qzvxkw:jqzvxk@wjqzvx.kwjq/qzvx?t=kwjqzv",
    b"qzvxkw@jqzvxk.wjqz",
    b"e7d3b9a5-c1f0-4e7d-93b9-a5c1f0e7d3b9",
    b"e7d3b9a5c1f04e7d93b9a5c1f0e7d3b9",
    b"e7d3b9a5_c1f0_4e7d_93b9_a5c1f0e7d3b9",
    b"e7:d3:b9:a5:c1:f0",
    b"E7-D3-B9-A5-C1-F0",
    b"enxe7d3b9a5c1f0",
    b"nvme-eui.e7d3b9a5c1f0e7d3",
    b"wwn-0xe7d3b9a5c1f0e7d3b9a5",
    b"e7d3b9a5c1f0e7d3b9a5c1f0e7d3b9a5c1f0e7d3b9a5c1f0",
    b"203.0.113.77",
    b"203-0-113-77",
    b"ip-203-0-113-77",
    b"fd9b:a5c1:f0e7::d3b9",
    b"qzvxkw jqzvxk wjqzvx",
    b"qzvxkw=jqzvxk",
    b"root=qzvxkw",
    b"console=qzvxkw,jqzvxk",
    b"vfio-pci.ids=qzvxkw",
    b"\"qzvxkw jqzvxk\"",
    b"# qzvxkwjq",
    b"-- qzvxkwjq",
    b"qzvxkw\\\njqzvxk",
    b"/media/qzvxkwjq",
    b"/dev/mapper/qzvxkw-jqzvxk",
    b"//qzvxkw/jqzvxk",
    b"qzvxkw:/jqzvxk",
    b"user-qzvxkw",
    b"eth0:qzvxkw",
    b"0000:00:04.0qzvxkw",
    b"machine-qemu\\x2dqzvxkwjq.scope",
    b"kubepods-pode7d3b9a5_c1f0.slice",
    b"docker-e7d3b9a5c1f0e7d3b9a5c1f0e7d3b9a5c1f0.scope",
    b"qzvxkw\xff\xfejqzvxk",
]
LEFT = re.compile(
    b"[qzvxkwj]{4}|203[.-]0[.-]1|fd9b:|"
    + b"|".join(HEX[i : i + 5] for i in range(len(HEX) - 4))
    + b"|"
    + b"|".join(b"%s[:_-]%s" % (HEX[i : i + 2], HEX[i + 2 : i + 4]) for i in range(0, len(HEX) - 2, 2)),
    re.I,
)
SUM = re.compile(rb"(file|link) [0-9a-f]{64}|[0-9a-f]{64}  manifest")

# Places that some host has and no recorded one: files as they are there.
MORE = {
    "etc/security/limits.conf": "# comment\n@kvm hard memlock unlimited\n* - nofile 1\nroot soft memlock 64\n",
    "etc/security/limits.d/10-vm.conf": "libvirt-qemu - memlock 8388608 # comment\n",
    "etc/systemd/system/vm.service": "[Service]\nUser=qemu\nEnvironment=A=b\nLimitMEMLOCK=infinity\n",
    "proc/1/status": "Name:\tx\nVmLck:\t       0 kB\nCapEff:\t000001ffffffffff\n",
    "proc/self/cgroup": "0::/system.slice/x.service\n4:memory:/user.slice\n",
    "proc/self/limits": "Max locked memory         8388608              8388608              bytes     \n",
    "proc/self/mountinfo": "26 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
    "91 26 0:49 / /media rw - cifs //nas/x rw,username=root,addr=127.0.0.1\n",
    "proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n/dev/dm-0 partition 8388604 0 -2\n",
    "proc/cmdline": "BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet intel_iommu=on iommu=pt "
    "vfio-pci.ids=10de:1b80,10de:10f0 console=ttyS0,115200n8 modprobe.blacklist=nouveau "
    "rd.luks.uuid=x ip=dhcp isolcpus=1-3 pci=realloc\n",
    "sys/class/dmi/id/product_serial": "1\n",
    "sys/bus/platform/drivers/simple-framebuffer/simple-framebuffer.0": "",
    "sys/devices/pci0000:00/0000:00:04.0/d3cold_allowed": "1\n",
    "sys/devices/pci0000:00/0000:00:04.0/driver_override": "(null)\n",
    "sys/devices/pci0000:00/0000:00:04.0/power/runtime_status": "suspended\n",
    "sys/devices/pci0000:00/0000:00:04.0/power_state": "D3cold\n",
    "sys/devices/pci0000:00/0000:00:04.0/reset_method": "flr bus\n",
    "sys/devices/virtual/block/dm-0/dm/name": "root\n",
    "sys/devices/virtual/block/dm-0/dm/uuid": "LVM\n",
    "sys/fs/cgroup/system.slice/memory.max": "max\n",
    "sys/kernel/iommu_groups/7/name": "vfio-noiommu\n",
    "sys/module/vfio_pci_core/holders/mlx5_vfio_pci": "",
    "usr/etc/security/limits.d/20-vm.conf": "* hard memlock 1\n",
    "var/lib/later": "what a later version reads\n",
}
MORE_LINES = [
    {"fact": "user qemu", "ret": 0, "name": "qemu", "uid": 64055, "gid": 109, "groups": [{"gid": 109, "name": "kvm"}]},
    {"fact": "claims", "ret": 0, "claims": [{"device": "0000:00:04.0", "owner": "BOOTFB"}]},
    {"fact": "holders /dev/vfio", "ret": 0, "holders": [{"path": "/dev/vfio/1", "pid": 109, "name": "sleep"}]},
    {"fact": "netlink smc-devices", "ret": 0, "messages": [{"address": "0000:00:04.0", "uses": 1, "critical": 0}]},
    {"fact": "netlink links", "ret": 0, "messages": [{"index": 2, "flags": 1, "name": "eth0", "kind": "bond", "alias": "x"}]},
    {"fact": "user-process 64055", "ret": 0, "pid": 812, "name": "bash", "place": "session"},
    {"fact": "unit vm.service", "ret": 0, "id": "vm.service", "pid": 1, "memlock": "0x4", "user": "qemu",
     "group": "kvm", "groups": [{"group": "vfio"}], "bounding": "0x1", "ambient": "0x4000"},
    {"fact": "read /sys/kernel/iommu_groups/1/type", "errno": "EACCES"},
    {"fact": "later", "what": {"a": ["b", {"c": "d"}]}, "ret": 0},
    {"comment": "x"},
    {"section": "iova 1"},
    {"call": "later", "path": "/dev/vfio/1", "ret": 0},
]


class Capture:
    """Entries by path: ("file", content), ("link", target), ("folder", b""); and lines of JSON."""

    def __init__(self, entries, lines):
        self.entries = entries
        self.lines = lines

    @classmethod
    def load(cls, path):
        with tempfile.TemporaryDirectory() as folder:
            if os.path.isfile(path):
                subprocess.run(["tar", "--zstd", "-xf", path, "-C", folder], check=True)
                path = os.path.join(folder, os.listdir(folder)[0])
            entries = {}
            top = os.path.join(path, "files")
            for where, folders, names in os.walk(top):
                for name in folders + names:
                    file = os.path.join(where, name)
                    entries[os.path.relpath(file, top)] = cls.entry(file)
            with open(os.path.join(path, "transcript.jsonl"), encoding="utf-8") as file:
                lines = [json.loads(line) for line in file if line.strip()]
        return cls(entries, lines)

    @staticmethod
    def entry(path):
        if os.path.islink(path):
            return "link", os.readlink(path).encode()
        if os.path.isdir(path):
            return "folder", b""
        with open(path, "rb") as file:
            return "file", file.read()

    def with_more(self):
        """The same with what no recorded host has."""
        entries = dict(self.entries)
        for path, content in MORE.items():
            entries[path] = "file", content.encode()
        return Capture(entries, self.lines + MORE_LINES)

    def archive(self):
        """What can be given to --from: the folders above each entry come before it."""
        entries = {}
        for path, what in self.entries.items():
            parts = path.encode().split(b"/") if isinstance(path, str) else path.split(b"/")
            for i in range(1, len(parts)):
                entries.setdefault(b"/".join(parts[:i]), ("folder", b""))
                if entries[b"/".join(parts[:i])][0] != "folder":
                    break
            else:
                entries[b"/".join(parts)] = what
        return self.pack(entries)

    def pack(self, entries):
        lines = b"".join(json.dumps(line).encode() + b"\n" for line in self.lines)
        members = [(b"transcript.jsonl", ("file", lines)), (b"files", ("folder", b""))]
        members += [(b"files/" + path, what) for path, what in sorted(entries.items())]
        listed = {}
        for path, (kind, content) in members[:1] + members[2:]:
            listed[path.decode("latin-1")] = kind + ("" if kind == "folder" else " " + sha256(content))
        manifest = json.dumps({"vfiodiag-archive": 1, "entries": listed}).encode()
        summed = sha256(manifest).encode() + b"  manifest.json\n"
        members = [(b"manifest.json", ("file", manifest)), (b"manifest.sha256", ("file", summed))] + members
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as tar:
            for path, (kind, content) in members:
                info = tarfile.TarInfo("host/" + path.decode("latin-1"))
                if kind == "folder":
                    info.type = tarfile.DIRTYPE
                elif kind == "link":
                    info.type, info.linkname = tarfile.SYMTYPE, content.decode("latin-1")
                else:
                    info.size = len(content)
                tar.addfile(info, io.BytesIO(content) if kind == "file" else None)
        return out.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# Each of these makes a capture of one, with secrets. @turn: which shapes come first.


def shape(number):
    return SHAPES[number % len(SHAPES)]


def as_part(secret):
    """What can be a part of a path."""
    return secret.replace(b"/", b"%")


def words_replaced(capture, turn, shapes):
    """Each line of each file again and again, with a secret in place of each word, and behind it."""

    def planted(content, start):
        out = []
        for line in content.split(b"\n")[:40]:
            words = line.split(b" ")
            for i, word in enumerate(words[:24]):
                for n in range(shapes):
                    secret = shape(turn + start + i + n)
                    before, after = b" ".join(words[:i] + [b""]), b" ".join([b""] + words[i + 1 :])
                    out += [before + secret + after, before + word + secret + after]
                    key = word.partition(b"=")
                    out.append(before + key[0] + b"=" + secret + after)
        # What stands behind "--" is for init: it would hide what follows.
        return b"\n".join(sorted(out, key=lambda line: b"--" in line)) + b"\n"

    entries = {}
    for start, (path, (kind, content)) in enumerate(capture.entries.items()):
        if kind == "file" and content and b"\0" not in content:
            content = planted(content, start)
        entries[path] = kind, content
    return Capture(entries, capture.lines)


def word_replaced(capture, turn, _shapes):
    """A secret in place of one word of each file, which else stays: another one in each turn."""
    entries = {}
    for start, (path, (kind, content)) in enumerate(capture.entries.items()):
        words = re.split(b"([ \t\n]+)", content) if kind == "file" and b"\0" not in content else [b""]
        at = (turn + start) * 2 % (len(words) + 1)
        if words[at]:
            words[at] = (words[at] if turn % 3 == 1 else b"") + shape(turn + start)
            content = b"".join(words)
        entries[path] = kind, content
    return Capture(entries, capture.lines)


def config(secret, content):
    """Configuration space full of it, but for its first registers, which are numbers of 2 bytes."""
    return content[:16] + (secret * 256)[: max(len(content), 4096) - 16]


def files_replaced(capture, turn, _shapes):
    """A secret in place of each file and of each link."""
    entries = {}
    for start, (path, (kind, content)) in enumerate(capture.entries.items()):
        secret = shape(turn + start)
        if kind == "link":
            content = secret.replace(b"\n", b" ")
        elif kind == "file":
            content = config(secret, content) if path.endswith("/config") else secret
        entries[path] = kind, content
    return Capture(entries, capture.lines)


def files_continued(capture, turn, _shapes):
    """A secret behind each file, and behind each link's target; configuration space has many."""
    entries = {}
    for start, (path, (kind, content)) in enumerate(capture.entries.items()):
        secret = shape(turn + start)
        if kind == "link":
            content += b"/" + secret.replace(b"\n", b" ")
        elif path.endswith("/config"):
            content = config(secret, content)
        elif kind == "file":
            content = content.rstrip(b"\n") + [b"\n", b" ", b"", b",", b"\0"][(turn + start) % 5] + secret + b"\n"
        entries[path] = kind, content
    return Capture(entries, capture.lines)


def paths_planted(capture, turn, shapes):
    """Files, folders and links that are called by secrets, in each folder; links that lead to them."""
    entries = dict(capture.entries)
    for start, (path, (kind, content)) in enumerate(capture.entries.items()):
        for n in range(shapes):
            secret = as_part(shape(turn + start + n)).replace(b"\n", b" ")
            where = path.encode() if kind == "folder" else os.path.dirname(path.encode())
            entries[b"%s/f%s" % (where, secret)] = "file", b"1\n"
            entries[b"%s/%s/%s" % (where, secret, secret)] = "file", b"1\n"
            entries[b"%s/l%s" % (where, secret)] = "link", b"../" + secret
            if kind == "link":
                parts = content.split(b"/")
                parts[(start + n) % len(parts)] = secret
                entries[b"%s/nvme%d" % (where, n)] = "link", b"/".join(parts)
    return Capture(entries, capture.lines)


def paths_replaced(capture, turn, _shapes):
    """One part of each path is a secret: another one in each turn."""
    entries = {}
    for start, (path, what) in enumerate(capture.entries.items()):
        parts = path.encode().split(b"/")
        at = turn % len(parts)
        parts[at] = as_part(shape(turn + at + len(parts[at]))).replace(b"\n", b" ") + b"%d" % (start % 7)
        entries[b"/".join(parts)] = what
    return Capture(entries, capture.lines)


def leaves(value, path=()):
    """The ways to all keys and values in an object."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield path + (key,), True
            yield from leaves(member, path + (key,))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from leaves(member, path + (i,))
    else:
        yield path, False


def changed(value, path, is_key, change):
    """A copy in which one key or value is another."""
    if isinstance(value, dict):
        return {
            (change(key) if is_key and path == (key,) else key): changed(member, path[1:], is_key, change)
            if path and path[0] == key
            else member
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [changed(m, path[1:], is_key, change) if path and path[0] == i else m for i, m in enumerate(value)]
    return value if is_key else change(value)


SEEN = set()


def lines_planted(capture, turn, shapes):
    """Each line again for each key and value in it, with a secret in place of it, and behind it."""
    lines = []
    for start, line in enumerate(capture.lines):
        lines.append(line)
        name = str(line.get("fact", line.get("call", line.get("section", "")))).split(" ")[0]
        if "vfiodiag-capture" in line:
            continue
        for i, (path, is_key) in enumerate(leaves(line)):
            kind = (name, tuple(part for part in path if isinstance(part, str)), is_key)
            count = shapes if kind in SEEN else len(SHAPES)
            if kind in SEEN and start % 5 != turn % 5:
                continue
            SEEN.add(kind)
            for n in range(count):
                text = shape(turn + start + i + n).decode("latin-1")
                lines.append(changed(line, path, is_key, lambda old: text))
                lines.append(changed(line, path, is_key, lambda old: "%s%s" % (old, text)))
                lines.append(changed(line, path, is_key, lambda old: "%s %s" % (old, text)))
            lines.append(dict(line, **{text: text}))
    return Capture(capture.entries, lines)


def header_planted(capture, turn, _shapes):
    """The first line has to be one."""
    text = shape(turn).decode("latin-1")
    header = dict(capture.lines[0], tool=text, recorded=text, **{text: text})
    return Capture(capture.entries, [header] + capture.lines[1:])


EVERY = [
    words_replaced,
    word_replaced,
    files_replaced,
    files_continued,
    paths_planted,
    paths_replaced,
    lines_planted,
    header_planted,
]


def collect(program, capture, *options):
    run = subprocess.run(
        program + ["collect", "-q", "--from", "-", "-o", "-", *options],
        input=capture.archive(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
    )
    if run.returncode:
        raise SystemExit("status %d: %s" % (run.returncode, run.stderr.decode()))
    tar = subprocess.run(["zstd", "-dqc"], input=run.stdout, stdout=subprocess.PIPE, check=True).stdout
    return SUM.sub(b"", tar)


def look(program, plant, capture, name, turn, shapes):
    """Return: how many secrets were left."""
    tar = collect(program, plant(capture, turn, shapes), "--redact")
    found = {match.group(0): match.start() for match in LEFT.finditer(tar)}
    for secret, at in list(found.items())[:5]:
        context = tar[max(at - 60, 0) : at + 60]
        print("left by %s, turn %d, %s: %r in %r" % (plant.__name__, turn, name, secret, context))
    return len(found)


def main():
    program = [sys.argv[1]]
    captures = [(path, Capture.load(path)) for path in sys.argv[2:]]
    left = 0
    name, first = captures[0]
    rich = first.with_more()
    for plant in EVERY:
        # What is planted is there: without --redact it is all packed.
        if not LEFT.search(collect(program, plant(rich, 0, 1))):
            raise SystemExit("%s plants nothing" % plant.__name__)
        SEEN.clear()
    # Each shape in each place of one host, and each host with some shapes in each.
    for plant in EVERY:
        all_at_once = plant in (words_replaced, lines_planted)
        each = plant in (word_replaced, files_replaced, files_continued)
        turns = range(1 if all_at_once else len(SHAPES) if each else 8)
        for turn in turns:
            left += look(program, plant, rich, name, turn, len(SHAPES) if all_at_once else 1)
    for number, (name, capture) in enumerate(captures[1:]):
        for plant in EVERY:
            left += look(program, plant, capture, name, number, 1)
    raise SystemExit(left != 0)


main()
