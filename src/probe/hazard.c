/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/hazard.h"

#include <stdio.h>
#include <string.h>

/** struct version - a kernel's, as far as it says: 6.1 of "6.1.0-50-amd64" has no patch level. */
struct version {
	unsigned int major;
	unsigned int minor;
	unsigned int patch;
};

static bool parse_version(const char *text, struct version *version)
{
	*version = (struct version){ 0 };
	return text &&
	       sscanf(text, "%u.%u.%u", &version->major, &version->minor, &version->patch) >= 2;
}

/* Debian's release says "6.1.0-50-amd64"; the upstream version stands in the build line. */
static bool parse_debian(const char *build, struct version *version)
{
	static const char word[] = "Debian ";
	const char *at = build ? strstr(build, word) : NULL;

	return at && parse_version(at + sizeof(word) - 1, version);
}

bool hazard_kernel_tests_zero(const char *release, const char *build)
{
	struct version version;

	if (!parse_debian(build, &version) && !parse_version(release, &version))
		return true;
	if (version.major != 6)
		return version.major < 6;
	if (version.minor != 1)
		return version.minor < 1;
	return version.patch < 9;
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
