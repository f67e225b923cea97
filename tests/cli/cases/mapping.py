#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Causes of an errno of VFIO_IOMMU_MAP_DMA on hosts of each kernel generation.

	mapping.py DIR NAME    builds hosts below DIR and holds iova --errno to the right answers
	mapping.py --list      the names of all cases

The answers are those of the kernel's sources, which the comments of src/check/mapping.c name.
"""
import errno
import json
import os
import re
import subprocess
import sys

from host import Host, labelled, run

CASES = {}
KERNELS = ("5.10.0-32-amd64", "5.19.0-1-amd64", "6.1.0-56-amd64", "6.6.9-amd64", "6.12.9-amd64", "6.18.1-amd64",
           "7.3.4-amd64", "")
WRAP = ("--at", "0xfffffffffffff000", "--size", "8K")
# Errors that pinning and IOMMU drivers give, and a word of the reason.
PASSED_ON = {"ERANGE": "more bits than the page table", "EADDRINUSE": "has an entry there|have an entry there",
             "ENXIO": "page size", "EBUSY": "could not be moved", "EOPNOTSUPP": "DAX", "EINTR": "killed",
             "EIO": "reported an error", "ENOENT": "VFIO_DMA_MAP_FLAG_VADDR", "ENOSYS": "virtio-iommu",
             "ENODEV": "no address space", "ENOTTY": "not be a container", "EBADF": "not be open"}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Asked:
    """The answer of iova --errno on a host with one device that is bound to vfio-pci."""

    def __init__(self, root, kernel, error, mapping=("--at", "0", "--size", "4K"), options=("--json",)):
        self.kernel = kernel
        if not os.path.isdir(root):
            host = Host(root, kernel=kernel)
            host.device("/pci0000:00/0000:00:04.0", 0x020000, "8086:10d3", "vfio-pci", 4)
        self.done = run(root, "iova", "4", *mapping, "--errno", str(error), *options)
        self.text = self.done.stdout + self.done.stderr
        self.findings = {}
        if "--json" in options and self.done.stdout:
            for finding in json.loads(self.done.stdout)["query"]["findings"]:
                self.findings.setdefault(finding["id"], []).append(finding)

    def has(self, identity, severity, *patterns):
        found = self.findings.get(identity, [])
        assert [finding["severity"] for finding in found] == [severity], (
            f"{self.kernel!r}: {identity} is not {severity} once: {self.text}")
        for pattern in patterns:
            assert re.search(pattern, found[0]["message"]), f"{self.kernel!r}: no {pattern!r} in {found[0]['message']}"
        return found[0]

    def lacks(self, identity, pattern):
        for finding in self.findings.get(identity, []):
            assert not re.search(pattern, finding["message"]), (
                f"{self.kernel!r}: {pattern!r} in {finding['message']}")


def explain(identity):
    return subprocess.run([os.environ["VFIODIAG"], "explain", identity], capture_output=True, text=True, check=True).stdout


def before(kernel, *version):
    """True if KERNEL is older than VERSION; None where it is not known."""
    return tuple(map(int, kernel.split("-")[0].split(".")[:2])) < version if kernel else None


def kernels(root, error, **options):
    for n, kernel in enumerate(KERNELS):
        yield Asked(f"{root}/{n}", kernel, error, **options)


@case
def every_errno_has_an_answer(root):
    """No errno is a wrong word: the status is that of the range, and at least one finding explains it."""
    Asked(f"{root}/host", KERNELS[4], "EINVAL")
    status = run(f"{root}/host", "iova", "4", "--at", "0", "--size", "4K").returncode
    for number in errno.errorcode:
        asked = Asked(f"{root}/host", KERNELS[4], number)
        assert asked.done.returncode == status != 64, f"{number}: status {asked.done.returncode}: {asked.text}"
        assert asked.findings, f"{number}: no finding: {asked.text}"


@case
def errors_that_vfio_passes_on(root):
    for name, word in PASSED_ON.items():
        for n, kernel in enumerate(KERNELS):
            asked = Asked(f"{root}/{n}", kernel, name)
            asked.has("map-passed-on", "unmeasured", word)
            assert list(asked.findings) == ["map-passed-on"], asked.text


@case
def errors_of_no_known_path(root):
    for name in ("ESTALE", "EPERM", "EACCES", "EXDEV"):
        for asked in kernels(root, name):
            asked.has("map-unexplained", "unmeasured", f"^{name} is not known to come from", "5.10 to 7.3")
            assert list(asked.findings) == ["map-unexplained"], asked.text
    text = Asked(f"{root}/0", KERNELS[0], "ESTALE", options=())
    assert "Possible causes of ESTALE" in text.text and "map-unexplained" in text.text, text.text


@case
def a_range_that_wraps(root):
    """EINVAL before 6.18, EOVERFLOW from then on: the text says so whatever the kernel and the errno."""
    for name in ("EINVAL", "EOVERFLOW"):
        for asked in kernels(root, name, mapping=WRAP):
            finding = asked.has("map-wraps", "failure", "EINVAL before Linux 6.18, from 6.18 on with EOVERFLOW")
            assert "6.12" not in finding["message"], finding
        for asked in kernels(root, name):
            asked.has("map-wraps", "ok")


@case
def a_buffer_that_wraps(root):
    """Asked for the errno that this kernel does not give, by its version, the answer names the kernel."""
    for name, is_before in (("EINVAL", True), ("EOVERFLOW", False)):
        for asked in kernels(root, name):
            finding = asked.has("map-buffer-wraps", "unmeasured", "EINVAL before Linux 6.18")
            is_other = bool(asked.kernel) and before(asked.kernel, 6, 18) != is_before
            assert (f"this is {asked.kernel}, unless" in finding["message"]) == is_other, (asked.kernel, finding)


@case
def a_buffer_in_a_file(root):
    """Kernels from 6.5 on pin no shared, writable file of a disk; older ones do."""
    for asked in kernels(root, "EFAULT"):
        finding = asked.has("map-file-buffer", "unmeasured", "ext4, XFS", "from 6.5 on")
        assert ("older ones do (this is" in finding["message"]) == bool(before(asked.kernel, 6, 5)), finding
        assert "memfd" in finding["hint"], finding


@case
def device_memory(root):
    """Type1 maps BARs, so device memory alone is no cause; iommufd maps none."""
    for asked in kernels(root, "EFAULT"):
        asked.has("map-device-memory", "unmeasured", "type1 maps it while the device decodes memory", "iommufd never")
        asked.has("map-no-buffer", "unmeasured")
        asked.lacks("map-no-buffer", "device memory")


@case
def structure_of_the_call(root):
    """A structure that cannot be read is EFAULT; one that is read and wrong is EINVAL."""
    for asked in kernels(root, "EFAULT"):
        asked.has("map-bad-argument", "unmeasured", "not be able to read the structure")
    for asked in kernels(root, "EINVAL"):
        asked.has("map-bad-argument", "unmeasured", "argsz or flags")


@case
def entry_limit(root):
    """The limit is copied by VFIO_SET_IOMMU, not when /dev/vfio/vfio is opened."""
    for asked in kernels(root, "ENOSPC"):
        assert "before VFIO_SET_IOMMU" in asked.has("map-entry-limit", "unmeasured")["hint"], asked.text
    assert "at VFIO_SET_IOMMU" in explain("map-entry-limit")


@case
def no_memory(root):
    """mlock() and huge pages count against the limit; a control group at its limit gives ENOMEM too."""
    for asked in kernels(root, "ENOMEM"):
        asked.has("map-no-memory", "unmeasured", "control group", "in 6.12 and 7.3, not in 6.1")
    explained = " ".join(explain("map-memlock").split() + explain("memlock-too-small").split())
    for words in ("huge pages included", "mlock()", "mem-lock=on"):
        assert words in explained, f"no {words!r} in {explained}"


@case
def memory_that_must_stay_movable(root):
    """Memory in CMA or ZONE_MOVABLE that cannot be moved out is ENOMEM; 5.10 leaves ZONE_MOVABLE alone."""
    for asked in kernels(root, "ENOMEM"):
        asked.has("map-passed-on", "unmeasured", "CMA; ZONE_MOVABLE in 6.1 and later, not in 5.10")


@case
def width_of_the_address(root):
    """From 5.4 on the ranges are checked first; on a kernel that is not known that is not known."""
    for asked in kernels(root, "EFAULT"):
        asked.has("map-outside-width", "ok" if asked.kernel else "unmeasured")
    Asked(f"{root}/old", "5.3.18-59-default", "EFAULT").has("map-outside-width", "unmeasured", "before 5.4")


def main():
    if sys.argv[1:] == ["--list"]:
        print(*CASES, sep="\n")
        return 0
    try:
        with labelled(sys.argv[2]):
            CASES[sys.argv[2]](f"{sys.argv[1]}/{sys.argv[2]}")
    except AssertionError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
