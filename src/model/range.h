/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_RANGE_H
#define VFIODIAG_MODEL_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct range - addresses from @start to @end, both inclusive.
 *
 * Inclusive ends are the kernel's own form (VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, sysfs
 * reserved_regions), and the only one in which the whole 64-bit space can be said.
 */
struct range {
	uint64_t start;
	uint64_t end;
};

/** struct ranges - any number of ranges. */
struct ranges {
	struct range *range;
	size_t count;
};

/**
 * enum region_type - the kernel's iommu_resv_type, as reserved_regions names it.
 * @REGION_DIRECT: must stay mapped 1:1; kernel_direct_rule() tells what that means
 * @REGION_DIRECT_RELAXABLE: 1:1 for the host's driver only; VFIO may use it
 * @REGION_RESERVED: the IOMMU cannot or must not translate it
 * @REGION_MSI: writes there are interrupts (software-managed MSI prints the same)
 * @REGION_OTHER: a word that this version does not know; treated as reserved
 */
enum region_type {
	REGION_DIRECT,
	REGION_DIRECT_RELAXABLE,
	REGION_RESERVED,
	REGION_MSI,
	REGION_OTHER,
};

/** struct region - a reserved region of an IOMMU group. @word: the type as the kernel wrote it. */
struct region {
	struct range range;
	enum region_type type;
	char *word;
};

/** range_overlaps() - tell whether @a and @b share an address. */
static inline bool range_overlaps(const struct range *a, const struct range *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/** ranges_last() - the highest address in @ranges; 0 if there are none. */
static inline uint64_t ranges_last(const struct ranges *ranges)
{
	uint64_t last = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->range[i].end > last)
			last = ranges->range[i].end;
	}
	return last;
}

/** range_contains() - tell whether @inner lies entirely in @outer. */
static inline bool range_contains(const struct range *outer, const struct range *inner)
{
	return outer->start <= inner->start && inner->end <= outer->end;
}

/**
 * region_blocks() - tell whether VFIO must not map into @region.
 *
 * All types but direct-relaxable (vfio_iommu_resv_exclude(), 6.12).
 */
static inline bool region_blocks(const struct region *region)
{
	return region->type != REGION_DIRECT_RELAXABLE;
}

/** regions_obstacle() - find the first of @regions that blocks and touches @range, or NULL. */
static inline const struct region *regions_obstacle(const struct region *regions, size_t n_regions,
						    const struct range *range)
{
	for (size_t i = 0; i < n_regions; i++) {
		if (region_blocks(&regions[i]) && range_overlaps(range, &regions[i].range))
			return &regions[i];
	}
	return NULL;
}

#endif
