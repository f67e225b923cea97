/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about ISM functions on s390. */
#include "check/check.h"

#include <inttypes.h>

#include "base/count.h"

/* DMA starts after the region that begins at address 0 (zpci's start_dma). */
static void run_ism(const struct group *group, struct checker *checker)
{
	static const struct range zero = { 0, 0 };
	const struct region *region = regions_obstacle(group->regions, group->n_regions, &zero);
	bool is_known = region && region->range.end != UINT64_MAX;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		struct finding *finding;

		if (!device_is_ism(device))
			continue;
		if (is_known)
			finding = found_in_group(
				checker, SEVERITY_NOTE, group, NULL,
				"%s is an ISM function whose DMA addresses start at 0x%" PRIx64
				"; a mapping below would stop it, so a live test requires "
				"--force",
				device->address, region->range.end + 1);
		else
			finding = found_in_group(
				checker, SEVERITY_NOTE, group, NULL,
				"%s is an ISM function; a mapping outside the allowed "
				"addresses would stop it, so a live test requires --force",
				device->address);
		finding_device(finding, device->address);
		finding_driver(finding, device->driver);
	}
}

static const struct check checks[] = {
	/*
	 * The message of commit 895c0747f726 tells what ISM functions do.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12,
	 *   7.3.
	 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_update_trans(): 5.10, 6.1.
	 */
	{ "ism-function", "The group has an ISM function",
	  "Internal shared memory (ISM) functions of s390 read the IOMMU tables themselves.\n"
	  "A DMA mapping outside the allowed ranges puts them into an error state. Linux\n"
	  "refuses such a mapping, up to 6.1 by the aperture and from 6.2 on by the reserved\n"
	  "regions. vfiodiag maps inside the allowed ranges only, and still requires --force\n"
	  "before it tests one.\n",
	  .run_group = run_ism },
};

const struct check_family check_family_ism = {
	.name = "ISM",
	.checks = checks,
	.n_checks = COUNT(checks),
};
