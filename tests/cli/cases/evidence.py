#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence of use: hosts on which one thing alone says that the host uses a device, and the right state.

	evidence.py DIR NAME      builds the hosts of the kind NAME below DIR and holds check to the answer
	evidence.py --list        the names of all kinds
"""
import json
import os
import shutil
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


def main():
    if sys.argv[1:] == ["--list"]:
        print(*(name for name in kinds.KINDS if name not in OTHERS), sep="\n")
        return 0
    failures = [failure for name in sys.argv[2:] for failure in kinds.hold(name, sys.argv[1])]
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
