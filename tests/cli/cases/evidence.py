#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence of use: hosts on which one thing alone says that the host uses a device, and the right state.

	evidence.py DIR NAME      builds the hosts of the kind NAME below DIR and holds check to the answer
	evidence.py --list        the names of all kinds
"""
import json
import os
import sys

import kinds
from host import Answer, Host
from kinds import GPU, NIC, NVME, SATA, USB, Case, kind, port

OTHERS = set(kinds.KINDS)
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


# Each is the log of XFS as the option of its mount names it, on the second disk.
@kind(dict(node="/dev/vg/log", mapped="vg-log"), dict(node="/dev/vg-1/log-a", mapped="vg--1-log--a"),
      dict(node="/dev/mapper/vg-log", mapped="vg-log"), dict(node="/dev/disk/by-label/LOG", mapped=None),
      dict(node="/dev/disk/by-id/dm-name-crypt", mapped="crypt"))
def log_on_a_volume(case, node, mapped):
    for place, state in ("/", "keep"), ("/srv", "in-use"):
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
        answer.reason(disks[1], f"{place} is mounted from|mounted on {place}")
        # No log is left that might be on another disk: only the processes were not seen.
        answer.reason(disks[2], "processes that have disks open")
    # A link that was not copied: the log may be on any disk.
    if "/disk/" in node:
        os.unlink(host.path(node[1:]))
        answer = case.check()
        answer.states(unknown=disks[2])
        answer.reason(disks[2], "logdev=")


def main():
    if sys.argv[1:] == ["--list"]:
        print(*(name for name in kinds.KINDS if name not in OTHERS), sep="\n")
        return 0
    failures = [failure for name in sys.argv[2:] for failure in kinds.hold(name, sys.argv[1])]
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
