#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ISM functions on s390 by generation of the kernel: who may map the address that stops them?

	ism.py DIR RELEASE REGIONS ANSWER   REGIONS: listed or none; ANSWER: safe or may-test
"""
import sys

from host import Answer, Host

# s390_iommu_get_resv_regions() of 6.12: below start_dma and above end_dma.
LISTED = ["0x0000000000000000 0x00000000ffffffff reserved", "0x0000000140000000 0x000003ffffffffff reserved"]


def main():
    root, release, regions, right = sys.argv[1:]
    host = Host(root, kernel=release, iommu=None)
    host.unit("s390-iommu.00000001")
    host.group(3)
    with open(host.path("sys/kernel/iommu_groups/3/reserved_regions"), "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in (LISTED if regions == "listed" else ()))
    device = host.device("pci0000:00/0000:00:00.0", 0x000000, "1014:04ed", "vfio-pci", 3, pft="0x05",
                         reset_method="flr")
    answer = Answer(root, (device,))
    found = {f["id"]: f for f in answer.findings}
    answer.require("ism-function" in found, "the ISM function is not named")
    severity = found.get("kernel-may-test-reserved", {}).get("severity")
    wanted = {"safe": ("ok", None), "may-test": ("warning",)}[right]
    answer.require(severity in wanted, f"kernel-may-test-reserved is {severity}, not {wanted}")


if __name__ == "__main__":
    main()
