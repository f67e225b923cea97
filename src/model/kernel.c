/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel.h"

#include <stdio.h>
#include <string.h>

/** struct version - kernel version; 6.1 of "6.1.0-50-amd64" has no known patch level. */
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

/* Debian's release says "6.1.0-50-amd64"; the upstream version is in the build line. */
static bool parse_debian(const char *build, struct version *version)
{
	static const char word[] = "Debian ";
	const char *at = build ? strstr(build, word) : NULL;

	return at && parse_version(at + sizeof(word) - 1, version);
}

static bool is_from(const struct version *version, unsigned int major, unsigned int minor,
		    unsigned int patch)
{
	if (version->major != major)
		return version->major > major;
	if (version->minor != minor)
		return version->minor > minor;
	return version->patch >= patch;
}

static bool parse_kernel(const char *release, const char *build, struct version *version)
{
	return parse_debian(build, version) || parse_version(release, version);
}

const char *kernel_words(const struct host *host)
{
	return host->release ? host->release : "of unknown version";
}

bool kernel_is_from(const struct host *host, unsigned int major, unsigned int minor)
{
	struct version version;

	return parse_kernel(host->release, host->build, &version) &&
	       is_from(&version, major, minor, 0);
}

bool kernel_is_before(const struct host *host, unsigned int major, unsigned int minor)
{
	struct version version;

	return parse_kernel(host->release, host->build, &version) &&
	       !is_from(&version, major, minor, 0);
}

enum kernel_rule kernel_rule(const char *release, const char *build)
{
	struct version version;

	if (!parse_kernel(release, build, &version))
		return KERNEL_UNKNOWN;
	if (is_from(&version, 6, 16, 0))
		return KERNEL_TESTS_NOTHING; /* 07970d048cdd */
	/* 895c0747f726, in 6.2 and in the stable 6.1.9 */
	if (is_from(&version, 6, 2, 0) || (version.minor == 1 && is_from(&version, 6, 1, 9)))
		return KERNEL_TESTS_ALLOWED;
	return KERNEL_TESTS_ZERO;
}

/*
 * The versions between were not read; the pull request of the IOMMU tree for 5.19 (its tag
 * iommu-updates-v5.19) introduces ownership, and 70693f470848 makes VFIO use it.
 *
 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(): 5.10.
 * Kernel: drivers/iommu/iommu.c, iommu_device_use_default_domain(): 6.1, 6.12, 7.3.
 */
enum answer kernel_owns_dma(const char *release, const char *build)
{
	struct version version;

	if (!parse_kernel(release, build, &version))
		return ANSWER_UNKNOWN;
	return is_from(&version, 5, 19, 0) ? ANSWER_YES : ANSWER_NO;
}

/* The kernel's loop, word by word where it matters. */
static bool predict_allowed(const struct ranges *allowed, uint64_t size, struct range *window)
{
	for (size_t i = 0; i < allowed->count; i++) {
		const struct range *range = &allowed->range[i];
		uint64_t start = (range->start + (size - 1)) & ~(size - 1);

		if (start >= range->end || range->end - start < size)
			continue;
		*window = (struct range){ start, start + (size - 1) };
		return true;
	}
	return false;
}

bool kernel_predict_window(enum kernel_rule rule, const struct ranges *allowed, uint64_t page_size,
			   struct range *window)
{
	switch (rule) {
	case KERNEL_TESTS_ZERO:
		*window = (struct range){ 0, 2 * page_size - 1 };
		return true;
	case KERNEL_TESTS_ALLOWED:
		return predict_allowed(allowed, 2 * page_size, window);
	case KERNEL_TESTS_NOTHING:
	case KERNEL_UNKNOWN:
		break;
	}
	return false;
}

bool kernel_may_test_zero(const struct host *host)
{
	enum kernel_rule rule = kernel_rule(host->release, host->build);

	return rule == KERNEL_TESTS_ZERO || rule == KERNEL_UNKNOWN;
}

bool kernel_zero_is_reserved(const struct host *host, const struct group *group)
{
	/* If the page size is not known, the largest one of Linux is assumed. */
	uint64_t page_size = host->page_size ? host->page_size : 65536;
	struct range zero = { .start = 0, .end = 2 * page_size - 1 };

	return regions_obstacle(group->regions, group->n_regions, &zero);
}

/* The kind of the IOMMU of @group; without its unit, Intel's if the firmware has Intel's table. */
static enum iommu_kind kind_of(const struct host *host, const struct group *group, bool *is_known)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		*is_known = group->devices[i]->iommu;
		if (*is_known)
			return group->devices[i]->iommu->kind;
	}
	*is_known = host->iommu_table;
	return *is_known && strcmp(host->iommu_table, "DMAR") == 0 ? IOMMU_INTEL : IOMMU_OTHER;
}

/*
 * From a48ce36e2786 (6.6) on the core refuses a blocking domain, and so every user of a group, on all
 * IOMMUs. 5.10 and 6.1 do not have it: there only Intel's driver refuses to attach, and VFIO leaves the
 * region out of the allowed ranges.
 *
 * Kernel: drivers/iommu/iommu.c, __iommu_device_set_domain(), require_direct: 6.12, 7.3.
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_attach_device(), device_is_rmrr_locked(): 5.10,
 *   6.1.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_resv_exclude(): 5.10, 6.1, 6.12, 7.3.
 */
enum direct_rule kernel_direct_rule(const struct host *host, const struct group *group)
{
	bool is_known;
	enum iommu_kind kind = kind_of(host, group, &is_known);

	if (kind == IOMMU_INTEL || kernel_is_from(host, 6, 6))
		return DIRECT_REFUSED;
	return is_known && kernel_is_before(host, 6, 6) ? DIRECT_ASSIGNED : DIRECT_UNKNOWN;
}

/*
 * The end of such a map wraps to 0. The versions from 6.13 to 7.2 were not read; 6012379ede6a is of 6.18.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): 5.10, 6.1, 6.12, 7.3.
 */
bool kernel_may_lose_pins(const struct host *host)
{
	return !kernel_is_from(host, 6, 18);
}

const struct region *group_direct_region(const struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++) {
		if (group->regions[i].type == REGION_DIRECT)
			return &group->regions[i];
	}
	return NULL;
}
