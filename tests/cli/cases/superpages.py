#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts whose kernel was booted with options that take superpages away.

	superpages.py DIR NAME       builds the hosts of the kind NAME below DIR and holds check to the answer
	superpages.py --list         the names of all kinds
"""
import os
import re
import shutil
import sys

import kinds
from host import labelled
from kinds import NIC, kind, port

kinds.KINDS.clear()
LIMITED, PAGE_BY_PAGE = "superpages-limited", "hugepages-disabled"
PARAMETER = "sys/module/vfio_iommu_type1/parameters/disable_hugepages"
NOT_KNOWN = "is not known"

# Generations of kernels, and of distributions that have later drivers in older ones.
OLD, EL, LTS, MIDDLE, LATE, NEXT, NEW, UNKNOWN = (
    "5.10.0-46-amd64", "5.14.0-570.el9.x86_64", "6.1.0-57-amd64", "6.6.30", "6.12.118", "6.18.2", "7.3.4", "unknown")
RELEASES = OLD, EL, LTS, MIDDLE, LATE, NEXT, NEW, UNKNOWN

# For each option its IOMMU, the kernels on which it takes pages from VFIO or not, and the pages that remain.
SMALL, THREE = "pages of 4 KiB only", "pages of 4 KiB, 2 MiB and 1 GiB only"
OPTIONS = {
    "intel_iommu=sp_off": ("intel", RELEASES, (), SMALL),
    "amd_iommu=nohugepages": ("amd", (LATE, NEXT, NEW), (OLD, LTS), SMALL),
    "amd_iommu=v2_pgsizes_only": ("amd", (LATE, NEXT, NEW), (OLD, LTS), THREE),
    "amd_iommu=pgtbl_v2": ("amd", (NEW,), (OLD, EL, LTS, MIDDLE, LATE), THREE),
}


def make(case, kernel, iommu, options, **more):
    """A host with a network card that is ready; what is said of it."""
    host = case.host(kernel=kernel, iommu=iommu, options=options, **more)
    host.device(port(host, "0000:03:00.0", 3), NIC, "8086:1533", "vfio-pci", 30)
    return host


def told(answer, name=LIMITED):
    """The one finding called NAME, or None. It is a note, whatever it says."""
    found = [f for f in answer.findings if f["id"] == name]
    answer.require(len(found) < 2, f"{name} is told {len(found)} times")
    for finding in found:
        answer.require(finding["severity"] == "note", f"{name} is a {finding['severity']}")
    return found[0] if found else None


def judged(case, name=LIMITED):
    """What is said of the host and of its card: the same, and neither worse by it."""
    answers = [case.check(), case.check("0000:03:00.0")]
    for answer in answers:
        answer.status(0)
        answer.states(ready="0000:03:00.0")
    found = [told(answer, name) for answer in answers]
    answers[0].require((found[0] or {}).get("message") == (found[1] or {}).get("message"), "the card has another answer")
    return answers[0], found[0]


def boots_after_fix(hint, options):
    """The kernel command line OPTIONS once HINT is followed."""
    replace = re.fullmatch(r"replace (\S+) by (\S+) on the kernel command line and reboot", hint)
    remove = re.fullmatch(r"(?:.*\b)?remove (\S+) from the kernel command line(?: and reboot)?", hint)
    old, new = replace.groups() if replace else (remove.group(1), "")
    words = options.split()
    words[len(words) - 1 - words[::-1].index(old)] = new
    return " ".join(word for word in words if word)


@kind(*(dict(kernel=kernel, option=option) for kernel in RELEASES for option in OPTIONS))
def by_kernel_and_iommu(case, kernel, option):
    """The option takes pages away, or not, or that is not known; and never where another IOMMU is."""
    name, value = option.split("=")
    own, yes, no, pages = OPTIONS[option]
    for iommu in "intel", "amd", "arm":
        others = (f"quiet {name}=on,{value} ro", f"{name}=on {option}") if iommu == own else ()
        for options in option, *others:
            with labelled(f"{iommu}, {options}"):
                make(case, kernel, iommu, options)
                answer, found = judged(case)
                answer.require(bool(found) == (iommu == own and kernel not in no), "told, or not")
                if not found:
                    answer.never("booted with", "superpage")
                    continue
                answer.require(pages in found["message"], f"it does not say {pages!r}")
                answer.require((NOT_KNOWN in found["message"]) == (kernel not in yes), f"{NOT_KNOWN!r} or not")
                left = boots_after_fix(found["hint"], options)
                kept = [word for word in re.split("[ =,]", options) if word not in (name, value)]
                answer.require([word for word in re.split("[ =,]", left) if word not in ("", name)] == kept,
                               f"the fix leaves {left!r}")
                make(case, kernel, iommu, left)
                judged(case)[0].never(value)


@kind(*(dict(kernel=kernel, options=options, value=value, pages=pages)
        for kernel in (LATE, NEW) for options, value, pages in (
            ("amd_iommu=nohugepages,v2_pgsizes_only", "v2_pgsizes_only", THREE),
            ("amd_iommu=v2_pgsizes_only amd_iommu=nohugepages", "nohugepages", SMALL),
            ("amd_iommu=v2_pgsizes_only,force_isolation,nohugepages", "nohugepages", SMALL),
            ("amd_iommu=pgtbl_v2,pgtbl_v1", None, None),
            ("amd_iommu=pgtbl_v2,pgtbl_v1,nohugepages", "nohugepages", SMALL))),
      # Only 7.3 has v2 tables for VFIO, which have their own pages.
      dict(kernel=LATE, options="amd_iommu=nohugepages,pgtbl_v2", value="nohugepages", pages=SMALL),
      dict(kernel=NEW, options="amd_iommu=nohugepages,pgtbl_v2", value="pgtbl_v2", pages=THREE),
      # The options behind this word are those of init, and these are words of other options.
      dict(kernel=NEW, options="quiet -- amd_iommu=nohugepages", value=None, pages=None),
      dict(kernel=NEW, options="iommu=nohugepages amd_iommu_dump=pgtbl_v2", value=None, pages=None))
def the_last_option_counts(case, kernel, options, value, pages):
    make(case, kernel, "amd", options)
    answer, found = judged(case)
    answer.require(bool(found) == bool(value), "told, or not")
    if found:
        answer.require(pages in found["message"] and NOT_KNOWN not in found["message"], f"it does not say {pages!r}")
        left = boots_after_fix(found["hint"], options)
        answer.require(value not in left, f"the fix leaves {left!r}")


@kind(*(dict(kernel=kernel, iommu=iommu, file=file, text=text, options=options, right=right)
        for kernel in (LATE, NEW) for iommu, file, text, options, right in (
            # No larger pages; not read; as QEMU's, which lacks what v2 tables need.
            ("intel", "dmar0/intel-iommu/cap", "d20080c0660462", "intel_iommu=sp_off", False),
            ("intel", "dmar0/intel-iommu/cap", None, "intel_iommu=sp_off", NOT_KNOWN),
            ("amd", "ivhd0/amd-iommu/features", "29d3:0", "amd_iommu=pgtbl_v2", False),
            ("amd", "ivhd0/amd-iommu/features", None, "amd_iommu=pgtbl_v2", kernel == NEW and NOT_KNOWN),
            ("amd", "ivhd0/amd-iommu/features", "29d3:0", "amd_iommu=pgtbl_v2,nohugepages", SMALL))))
def by_what_the_unit_has(case, kernel, iommu, file, text, options, right):
    host = make(case, kernel, iommu, options)
    place = host.path(f"sys/devices/virtual/iommu/{file}")
    os.unlink(place)
    if text:
        host.put(f"sys/devices/virtual/iommu/{file}", f"{text}\n")
    answer, found = judged(case)
    answer.require(bool(found) == bool(right) and (not found or right in found["message"]), f"it is not {right!r}")


@kind(*(dict(table=table, right=right) for table, right in (("IVRS", True), ("DMAR", False), (None, NOT_KNOWN))))
def units_that_were_not_copied(case, table, right):
    """A tree without /sys/class/iommu: the firmware's table is the next best evidence."""
    host = make(case, NEW, "amd", "amd_iommu=nohugepages")
    shutil.rmtree(host.path("sys/class/iommu"))
    shutil.rmtree(host.path("sys/firmware/acpi/tables"))
    if table:
        host.table(table, "FACP")
    answer = case.check()
    found = told(answer)
    answer.require(bool(found) == bool(right), f"it is not {right!r}")
    if found:
        answer.require((NOT_KNOWN in found["message"]) == (right == NOT_KNOWN), f"it is not {right!r}")


@kind(dict(kernel=LTS, iommu="intel", options="intel_iommu=sp_off"),
      dict(kernel=NEW, iommu="amd", options="amd_iommu=nohugepages"))
def nothing_behind_an_iommu(case, kernel, iommu, options):
    """A no-IOMMU group beside others, and a host without groups."""
    host = make(case, kernel, iommu, options)
    host.unit_name = None
    alone = host.device("pci0000:00/0000:00:05.0", NIC, "8086:10d3", "vfio-pci", 31)
    host.put(f"{host.group(31)}/name", "vfio-noiommu\n")
    answer = case.check(alone)
    answer.require(not told(answer), "the IOMMU is told of where none is")
    answer.require(told(case.check("0000:03:00.0")), "nothing is told of the other")
    host = case.host(kernel=kernel, iommu=iommu, options=f"{options} vfio_iommu_type1.disable_hugepages=1")
    host.device("pci0000:00/0000:00:05.0", NIC, "8086:10d3")
    os.unlink(host.path(PARAMETER))
    answer = case.check()
    answer.require(not told(answer) and not told(answer, PAGE_BY_PAGE), "pages of no IOMMU are told of")


@kind(*(dict(kernel=kernel, iommu=iommu, option=option, value=value, right=right)
        for kernel, iommu in ((OLD, "intel"), (LTS, "amd"), (NEW, "arm")) for option, value, right in (
            ("", "Y", "is set"), ("", "N", None), ("vfio_iommu_type1.disable_hugepages=1", "Y", "is set"),
            ("vfio-iommu-type1.disable_hugepages", "Y", "is set"),
            # It was changed since, in either direction.
            ("vfio_iommu_type1.disable_hugepages=1", "N", None), ("vfio_iommu_type1.disable_hugepages=0", "Y", "is set"),
            # The module is not loaded, and gets the last of the options.
            ("vfio_iommu_type1.disable_hugepages=0", None, None),
            ("vfio_iommu_type1.disable_hugepages=1 vfio_iommu_type1.disable_hugepages=n", None, None),
            ("vfio_iommu_type1.disable_hugepages=1", None, "once vfio_iommu_type1 is loaded"),
            ("vfio_iommu_type1.disable_hugepages", None, "once vfio_iommu_type1 is loaded"),
            ("", None, None))))
def page_by_page(case, kernel, iommu, option, value, right):
    host = make(case, kernel, iommu, f"quiet {option}")
    if value:
        host.put(PARAMETER, f"{value}\n")
    else:
        shutil.rmtree(host.path("sys/module/vfio_iommu_type1"))
    for answer in case.check(), case.check("0000:03:00.0"):
        answer.states(ready="0000:03:00.0")
        found = told(answer, PAGE_BY_PAGE)
        answer.require(bool(found) == bool(right) and (not found or right in found["message"]), f"it is not {right!r}")
        if not found:
            continue
        commands = [command["command"] for command in found["commands"] or []]
        answer.require(commands == (["echo N | sudo tee /" + PARAMETER] if value else []), f"commands {commands}")
        at_boot = option and not option.endswith("=0")
        answer.require(("kernel command line" in found["hint"]) == bool(at_boot), "where to remove it")
        if at_boot:
            answer.require(boots_after_fix(found["hint"], f"quiet {option}") == "quiet", "the fix leaves it")


@kind(*(dict(kernel=kernel, unread=unread, option=option) for kernel in (OLD, NEW) for unread in ("file", "directory")
        for option in ("", "vfio_iommu_type1.disable_hugepages=Y")))
def a_parameter_that_was_not_read(case, kernel, unread, option):
    """A directory stands for a file that cannot be read, since root may read every file."""
    host = make(case, kernel, "intel", option)
    os.unlink(host.path(PARAMETER))
    if unread == "file":
        host.directory(PARAMETER)
    answer, found = judged(case, PAGE_BY_PAGE)
    answer.require(bool(found) == bool(option or unread == "file"), "told, or not")
    if found:
        answer.require(NOT_KNOWN in found["message"] and not found["commands"], "not known, and nothing to run")


@kind(dict(kernel=LATE, iommu="intel"), dict(kernel=NEW, iommu="amd"))
def a_kernel_without_type1(case, kernel, iommu):
    """An option of a module that the kernel does not have takes nothing away."""
    for listed in True, False:
        host = make(case, kernel, iommu, "vfio_iommu_type1.disable_hugepages=1", cdev=True)
        shutil.rmtree(host.path("sys/module/vfio_iommu_type1"))
        name = "kernel/drivers/vfio/vfio_iommu_type1.ko"
        host.put(f"lib/modules/{kernel}/modules.dep", f"{name}:\n" if listed else "kernel/fs/ext4/ext4.ko:\n")
        host.put(f"lib/modules/{kernel}/modules.builtin", "")
        answer = case.check()
        answer.require(bool(told(answer, PAGE_BY_PAGE)) == listed, f"with the module: {listed}")


if __name__ == "__main__":
    sys.exit(kinds.main())
