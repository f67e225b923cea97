#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts whose groups, address width or command line depend on the generation of the kernel, and the right answers.

	isolation.py DIR NAME      builds the hosts of the kind NAME below DIR and holds vfiodiag to the answer
	isolation.py --list        the names of all kinds
"""
import json
import os
import shutil
import struct
import sys

from host import config_space, labelled, run
from kinds import BRIDGE, Case, GPU, NIC, SOUND, USB, port

KINDS = {}
GENERATIONS = ("5.10.0-40-amd64", "5.19.17", "6.1.0-50-amd64", "6.6.30", "6.12.118", "6.18.3", "7.3.4")
ONE_CARD = "its 2 devices are functions of one card"
NO_ACS = r"has no ACS, so the \d+ devices share a group"


def kind(function):
    """Registers a function that builds one host of each generation and checks it."""
    KINDS[function.__name__.replace("_", "-")] = function
    return function


def functions(host, address):
    """Makes the function at ADDRESS one of several, by its header."""
    name = host.path(f"{host.paths[address]}/config")
    with open(name, "r+b") as file:
        file.seek(14)
        file.write(b"\x80")


def card(case, kernel, one, two):
    """The answer for a card with the functions ONE and TWO behind a port without ACS."""
    host = case.host(kernel=kernel)
    path = port(host, "0000:01:00.0", 1, acs=False)
    functions(host, host.device(path, *one, 1))
    host.device(path[:-1] + "1", *two, 1)
    return case.check()


@kind
def functions_of_one_card(case, kernel):
    answer = card(case, kernel, (GPU, "10de:2484", "nouveau"), (SOUND, "10de:228b", "snd_hda_intel"))
    answer.says(ONE_CARD)
    answer.never("another slot", NO_ACS)


@kind
def functions_that_isolate(case, kernel):
    answer = card(case, kernel, (NIC, "8086:1521", "igb"), (NIC, "8086:1521", "igb"))
    answer.says(f"0000:00:01.0 {NO_ACS}", "another slot")
    answer.never(ONE_CARD)


@kind
def upstream_port(case, kernel):
    host = case.host(kernel=kernel)
    path = port(host, "0000:01:00.0", 1)
    host.device(path, BRIDGE, "10b5:8747", "pcieport", 2, kind="up", acs=False)
    for n in (8, 9):
        host.device(f"{path}/0000:02:0{n}.0", BRIDGE, "10b5:8747", "pcieport", 2, kind="down", acs=False)
        host.device(f"{path}/0000:02:0{n}.0/0000:0{n}:00.0", NIC, "8086:1533", "igb", 2)
    answer = case.check()
    answer.says("0000:02:08.0, 0000:02:09.0 have no ACS, so the 2 devices share a group")
    answer.never("0000:01:00.0.* (has|have) no ACS")


@kind
def registers_of_32_bits(case, kernel):
    for is_on in False, True:
        host = case.host(kernel=kernel)
        path = port(host, "0000:01:00.0", 1, at="0000:00:1c.0", ids="8086:a110")
        space = bytearray(config_space("port", 0x8086, 0xa110, BRIDGE, True))
        struct.pack_into("<II", space, 0x104, 0x0f, 0x0f if is_on else 0)
        with open(host.path(f"{host.paths['0000:00:1c.0']}/config"), "wb") as file:
            file.write(space)
        host.device(path, NIC, "8086:1533", "igb", 1)
        host.device(path[:-4] + "1.0", NIC, "8086:1533", "igb", 1)
        answer = case.check()
        if is_on:
            answer.never("0000:00:1c.0 has")
        else:
            answer.says("0000:00:1c.0 has ACS, but it is not enabled")


@kind
def quirk(case, kernel):
    host = case.host(kernel=kernel)
    path = port(host, "0000:01:00.0", 1, at="0000:00:1c.0", acs=False, ids="8086:8c10")
    host.device(path, NIC, "8086:1533", "igb", 1)
    host.device(path[:-4] + "1.0", NIC, "8086:1533", "igb", 1)
    answer = case.check()
    answer.says("0000:00:1c.0 does not isolate by its registers .ACS.*kernel has a quirk .*may treat it as isolated")
    answer.never(NO_ACS, "another slot")


def address_bits(case, kernel, options, cap, ecap):
    host = case.host(kernel=kernel, options=options)
    host.put("sys/devices/virtual/iommu/dmar0/intel-iommu/cap", f"{cap}\n")
    host.put("sys/devices/virtual/iommu/dmar0/intel-iommu/ecap", f"{ecap}\n")
    host.device(port(host, "0000:01:00.0", 1), NIC, "8086:1533", "vfio-pci", 2)
    return json.loads(run(host.root, "iova", "2", "--format", "json").stdout)["iova"]["address_bits"]


@kind
def width_of_the_stage(case, kernel):
    expected = {"5.10": (47, None), "5.19": (None, None), "6.1": (48, 48), "6.6": (48, 48), "6.12": (48, 48),
                "6.18": (None, None), "7.3": (47, None)}[".".join(kernel.split(".")[:2])]
    for options, bits in (("intel_iommu=on,sm_on", expected[0]), ("intel_iommu=on", expected[1])):
        seen = address_bits(case, kernel, options, "d2078c106f0466", "c80000f020df")
        assert seen == bits, f"{options}: {seen} address bits, not {bits}"
        # Without scalable mode there is one stage.
        seen = address_bits(case, kernel, options, "d2078c106f0466", "f020df")
        assert seen == 48, f"{options}: {seen} address bits of a unit without scalable mode"


@kind
def option_that_is_there(case, kernel):
    for options in "intel_iommu=on", "intel_iommu=off intel_iommu=on", "intel_iommu=on iommu=pt intel_iommu=sm_on":
        for has_group in False, True:
            host = case.host(kernel=kernel, options=options, iommu=None)
            host.table("DMAR", "FACP")
            device = host.device("pci0000:00/0000:00:1a.0", USB, "8086:9d2f", "vfio-pci" if has_group else None,
                                 0 if has_group else None)
            if has_group:
                host.put("sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
            for answer in case.check(), case.check(device):
                answer.status(2)
                answer.never("(add|boot with|append|enable) .*kernel command line", "remove .*intel_iommu")
                answer.says("booted with intel_iommu=on already", "CONFIG_INTEL_IOMMU")


@kind
def bridges_from_conventional_pci(case, kernel):
    host = case.host(kernel=kernel)
    path = port(host, "0000:01:00.0", 1)
    for n, (ids, express) in enumerate((("104c:8231", 7), ("10b5:8112", 8), ("1a03:1150", 7))):
        name = f"{path[:-12]}0000:0{n + 1}:00.0"
        host.device(name, BRIDGE, ids, None, n + 2, kind="bridge", acs=False)
        with open(host.path(f"{host.paths[os.path.basename(name)]}/config"), "r+b") as file:
            file.seek(0x42)
            file.write(bytes([express << 4 | 2]))
        for slot in 0, 1:
            host.device(f"{name}/0000:1{n}:0{slot}.0", NIC, "10ec:8139", "8139too", n + 2)
    answer = case.check()
    answer.says("0000:01:00.0 is a bridge to conventional PCI, behind which the IOMMU cannot tell devices apart",
                "0000:02:00.0 is a bridge from conventional PCI to PCI Express",
                "0000:03:00.0 is the bridge of a management controller .ASPEED. and has no ACS")
    answer.never("0000:02:00.0 is a bridge to conventional", "0000:03:00.0.* cannot tell")


@kind
def container_of_the_architecture(case, kernel):
    """The file that names the architecture came with 6.1; without it nothing is said of a module of x86."""
    has_file = kernel not in GENERATIONS[:2]
    for arch in "ppc64le", "riscv64", "loongarch64", "x86_64":
        host = case.host(kernel=kernel, iommu=None)
        shutil.rmtree(host.path("sys/module/vfio_iommu_type1"))
        if has_file:
            host.put("proc/sys/kernel/arch", f"{arch}\n")
        host.device(port(host, "0000:01:00.0", 1), NIC, "8086:1533", "vfio-pci", 2)
        answer = case.check()
        if has_file and arch == "x86_64":
            answer.says("the module vfio_iommu_type1, which VFIO containers need, is not loaded")
        else:
            answer.never("vfio_iommu_type1, which VFIO containers need", "modprobe vfio_iommu_type1")
            answer.says("vfio_iommu_spapr_tce" if has_file and arch == "ppc64le"
                        else f"Linux has no module vfio_iommu_type1 for {arch}" if has_file
                        else "the architecture is not known")


def main():
    if sys.argv[1:] == ["--list"]:
        print(*KINDS, sep="\n")
        return 0
    directory, failures = sys.argv[1], []
    for name in sys.argv[2:]:
        for kernel in GENERATIONS:
            os.makedirs(f"{directory}/{name}-{kernel}")
            try:
                with labelled(f"{name} {kernel}"):
                    KINDS[name](Case(f"{directory}/{name}-{kernel}"), kernel)
            except AssertionError as error:
                failures.append(str(error))
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
