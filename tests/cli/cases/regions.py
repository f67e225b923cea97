#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts of each generation of kernels with a region that firmware requires to be mapped 1:1.

	regions.py DIR RELEASE IOMMU ANSWER   ANSWER: refused, assigned or unknown
"""
import sys

from host import Answer, Host, MSI, run

DIRECT = "0x00000000cb000000 0x00000000cb0fffff direct"
WORDS = {"intel": "RMRR", "amd": "unity map", "arm": "direct"}
STATES = {"refused": "blocked", "assigned": "ready", "unknown": "unknown"}
SEVERITIES = {"refused": "failure", "assigned": "warning", "unknown": "unmeasured"}
STATUSES = {"refused": 2, "assigned": 1, "unknown": 3}


def main():
    root, release, iommu, right = sys.argv[1:]
    host = Host(root, kernel=release, iommu=iommu)
    host.group(20, [DIRECT, MSI])
    device = host.device("pci0000:00/0000:00:04.0", 0x020000, "8086:10d3", "vfio-pci", 20, reset_method="flr")
    for subject in (), (device,):
        answer = Answer(root, subject)
        answer.status(STATUSES[right])
        answer.states(**{STATES[right]: device})
        answer.once(rf"0xcb000000 - 0xcb0fffff to be mapped 1:1 \({WORDS[iommu]}\)", (SEVERITIES[right],))
        if iommu != "intel":
            answer.never("RMRR")
    # The group is locked only where it is known to be refused; the region is never usable.
    at = "0x0", "0xcb000000"
    locked = [run(root, "iova", "20", "--at", address).returncode for address in at]
    answer.require(locked == ([2, 2] if right == "refused" else [3, 2]), f"iova --at {at} ends with {locked}")


if __name__ == "__main__":
    main()
