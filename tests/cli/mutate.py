#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives that somebody has had his hands in.

    mutate.py MUTATION GOOD.tar BAD.tar

Reads a good archive (a plain tar) and writes another one with one thing changed. Where the change
is not about the manifest, the manifest is made to fit, so that nothing but the change is refused.
"""
import hashlib
import io
import json
import sys
import tarfile

MIB = 1 << 20


class Archive:
    def __init__(self, path):
        self.entries = []  # of (TarInfo, content)
        with tarfile.open(path) as tar:
            for info in tar:
                file = tar.extractfile(info) if info.isreg() else None
                self.entries.append((info, file.read() if file else b""))
        self.top = self.entries[0][0].name
        self.fit = True
        self.sum_fits = True

    def add(self, name, kind=tarfile.REGTYPE, content=b"", target=""):
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = target
        info.size = len(content)
        self.entries.append((info, content))

    def below(self, name, *arguments, **options):
        self.add(f"{self.top}/{name}", *arguments, **options)

    def index(self, name):
        return [info.name for info, _ in self.entries].index(f"{self.top}/{name}")

    def content(self, name):
        return self.entries[self.index(name)][1]

    def replace(self, name, content):
        info = self.entries[self.index(name)][0]
        info.size = len(content)
        self.entries[self.index(name)] = (info, content)

    def remove(self, name):
        del self.entries[self.index(name)]

    def manifest(self):
        return json.loads(self.content("manifest.json"))

    def set_manifest(self, manifest):
        self.replace("manifest.json", json.dumps(manifest).encode())

    def make_manifest(self):
        digest = lambda data: hashlib.sha256(data).hexdigest()
        manifest = self.manifest()
        manifest["entries"] = {}
        for info, content in self.entries:
            name = info.name[len(self.top) + 1:]
            if name in ("", "files", "manifest.json", "manifest.sha256"):
                continue
            if info.isdir():
                value = "folder"
            elif info.issym():
                value = "link " + digest(info.linkname.encode())
            else:
                value = "file " + digest(content)
            manifest["entries"][name] = value
        self.set_manifest(manifest)

    def write(self, path):
        if self.fit:
            self.make_manifest()
        if self.sum_fits:
            digest = hashlib.sha256(self.content("manifest.json")).hexdigest()
            self.replace("manifest.sha256", f"{digest}  manifest.json\n".encode())
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            for info, content in self.entries:
                tar.addfile(info, io.BytesIO(content))


def same(archive):
    pass


def absolute(archive):
    archive.add("/etc/vfiodiag-test")


def dots(archive):
    archive.below("files/../../../vfiodiag-test")


def dots_inside(archive):
    archive.below("files/sys/../proc/vfiodiag-test")


def dots_in_front(archive):
    archive.add("../vfiodiag-test")


def dot(archive):
    archive.below("./files/vfiodiag-test")


def empty_word(archive):
    archive.below("files//vfiodiag-test")


def beside(archive):
    archive.add("another/files/vfiodiag-test")


def no_part(archive):
    archive.below("README")


def hard_link(archive):
    archive.below("files/hard", tarfile.LNKTYPE, target="/etc/passwd")


def hard_link_with_content(archive):
    archive.below("files/hard", tarfile.LNKTYPE, content=b"text", target="/etc/passwd")


def device(archive):
    archive.below("files/device", tarfile.CHRTYPE)


def block(archive):
    archive.below("files/device", tarfile.BLKTYPE)


def pipe(archive):
    archive.below("files/pipe", tarfile.FIFOTYPE)


def through_link(archive):
    archive.below("files/way", tarfile.SYMTYPE, target="/etc")
    archive.below("files/way/vfiodiag-test")


def below_file(archive):
    archive.below("files/proc/cmdline/vfiodiag-test")


def files_is_a_link(archive):
    archive.entries[archive.index("files")][0].type = tarfile.SYMTYPE
    archive.entries[archive.index("files")][0].linkname = "/"


def transcript_is_a_link(archive):
    archive.remove("transcript.jsonl")
    archive.below("transcript.jsonl", tarfile.SYMTYPE, target="/etc/passwd")


def twice(archive):
    archive.below("files/proc/cmdline", content=archive.content("files/proc/cmdline"))


def transcript_twice(archive):
    archive.below("transcript.jsonl", content=archive.content("transcript.jsonl"))


def folder_twice(archive):
    archive.below("files/proc", tarfile.DIRTYPE)


def large(archive):
    archive.below("files/large", content=bytes(16 * MIB + 1))


def bomb(archive):
    for number in range(17):
        archive.below(f"files/large{number}", content=bytes(16 * MIB - 1))


def deep(archive):
    archive.below("files" + "/d" * 200)


def long_name(archive):
    archive.below("files/" + "/".join(["n" * 200] * 25))


def long_target(archive):
    archive.below("files/link", tarfile.SYMTYPE, target="t" * 5000)


def nul_in_transcript(archive):
    archive.replace("transcript.jsonl", archive.content("transcript.jsonl") + b"\0")


def values_in_transcript(archive):
    many = b'{"fact": "x", "y": [' + b"0," * (8 * MIB) + b"0]}\n"
    archive.replace("transcript.jsonl", archive.content("transcript.jsonl") + many)


def values_in_manifest(archive):
    archive.fit = False
    archive.replace("manifest.json", b'{"y": [' + b"0," * (8 * MIB) + b"0]}")


def no_manifest(archive):
    archive.fit = archive.sum_fits = False
    archive.remove("manifest.json")


def no_sum(archive):
    archive.sum_fits = False
    archive.remove("manifest.sha256")


def no_transcript(archive):
    archive.remove("transcript.jsonl")


def manifest_no_json(archive):
    archive.fit = False
    archive.replace("manifest.json", b"{")


def manifest_no_object(archive):
    archive.fit = False
    archive.replace("manifest.json", b"[1, 2]")


def manifest_without_entries(archive):
    archive.fit = False
    manifest = archive.manifest()
    del manifest["entries"]
    archive.set_manifest(manifest)


def later_format(archive):
    manifest = archive.manifest()
    manifest["vfiodiag-archive"] = 2
    manifest["packed_by"] = "99.0"
    archive.set_manifest(manifest)


def manifest_altered(archive):
    archive.fit = archive.sum_fits = False
    manifest = archive.manifest()
    manifest["kernel"] = "6.16.0"
    archive.set_manifest(manifest)


def content_altered(archive):
    archive.fit = False
    archive.replace("files/proc/cmdline", b"quiet\n")


def transcript_altered(archive):
    archive.fit = False
    archive.replace("transcript.jsonl", archive.content("transcript.jsonl") + b'{"comment":"x"}\n')


def target_altered(archive):
    archive.fit = False
    archive.entries[archive.index("files/sys/class/iommu/ivhd0")][0].linkname = "../../elsewhere"


def kind_altered(archive):
    archive.fit = False
    archive.remove("files/proc/cmdline")
    archive.below("files/proc/cmdline", tarfile.DIRTYPE)


def file_added(archive):
    archive.fit = False
    archive.below("files/vfiodiag-test")


def file_removed(archive):
    archive.fit = False
    archive.remove("files/proc/cmdline")


def link_out(archive):
    """No harm: the link is kept, and leads to nothing."""
    archive.remove("files/proc/sys/kernel/hostname")
    archive.below("files/proc/sys/kernel/hostname", tarfile.SYMTYPE, target="/etc/hostname")


def link_up(archive):
    """The same with dots."""
    archive.remove("files/proc/sys/kernel/hostname")
    archive.below("files/proc/sys/kernel/hostname", tarfile.SYMTYPE,
                  target="../../../../../../../../../../etc/hostname")


def link_loop(archive):
    """The same in a circle."""
    archive.remove("files/proc/sys/kernel/hostname")
    archive.below("files/proc/sys/kernel/hostname", tarfile.SYMTYPE, target="hostname")


def main():
    mutation, good, bad = sys.argv[1:]
    archive = Archive(good)
    globals()[mutation](archive)
    archive.write(bad)


main()
