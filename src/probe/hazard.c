/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/hazard.h"

#include "probe/kernel.h"

bool hazard_kernel_tests_zero(const char *release, const char *build)
{
	enum kernel_rule rule = kernel_rule(release, build);

	return rule == KERNEL_TESTS_ZERO || rule == KERNEL_UNKNOWN;
}

/* Whether a region that VFIO may not use touches the two pages at address 0. */
static bool zero_is_reserved(const struct host *host, const struct group *group)
{
	/* Where the page size is not known, the largest that Linux has. */
	uint64_t page_size = host->page_size ? host->page_size : 65536;
	struct range zero = { .start = 0, .end = 2 * page_size - 1 };

	for (size_t i = 0; i < group->n_regions; i++) {
		if (region_blocks(&group->regions[i]) &&
		    range_overlaps(&zero, &group->regions[i].range))
			return true;
	}
	return false;
}

unsigned int hazard_find(const struct host *host, const struct group *group)
{
	unsigned int hazards = 0;

	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_ism(group->devices[i]))
			hazards |= HAZARD_ISM;
	}
	if (zero_is_reserved(host, group) && hazard_kernel_tests_zero(host->release, host->build))
		hazards |= HAZARD_KERNEL_TEST;
	return hazards;
}
