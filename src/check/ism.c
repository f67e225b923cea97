/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about ISM functions of s390. */
#include "check/check.h"

#include <inttypes.h>

#include "base/count.h"

/* Where the region that begins at address 0 ends: DMA starts behind it (zpci's start_dma). */
static const struct region *below_start(const struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++) {
		if (group->regions[i].range.start == 0 &&
		    group->regions[i].range.end != UINT64_MAX && region_blocks(&group->regions[i]))
			return &group->regions[i];
	}
	return NULL;
}

static void found_ism(const struct group *group, const struct device *device,
		      struct checker *checker)
{
	const struct region *region = below_start(group);

	if (region)
		found_in_group(checker, SEVERITY_NOTE, group, NULL,
			       "%s is an ISM function, with DMA addresses from 0x%" PRIx64
			       " on; a mapping below would stop it, so a live test wants --force",
			       device->address, region->range.end + 1);
	else
		found_in_group(
			checker, SEVERITY_NOTE, group, NULL,
			"%s is an ISM function; a mapping outside the allowed addresses would "
			"stop it, so a live test wants --force",
			device->address);
}

static void run_ism(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		for (size_t i = 0; i < group->n_devices; i++) {
			if (device_is_ism(group->devices[i]))
				found_ism(group, group->devices[i], checker);
		}
	}
}

static const struct check checks[] = {
	{ "ism-function", "The group has an ISM function",
	  "Internal shared memory functions of s390 look at the IOMMU's tables themselves. A\n"
	  "DMA mapping outside the allowed ranges puts them into an error state, from which\n"
	  "only a reset helps. vfiodiag maps inside the allowed ranges only, and still asks\n"
	  "for --force before it tests one.\n",
	  run_ism },
};

const struct check_family check_family_ism = {
	.name = "ISM",
	.checks = checks,
	.n_checks = COUNT(checks),
};
