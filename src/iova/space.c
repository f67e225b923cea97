/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iova/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "iova/nearest.h"
#include "model/kernel.h"
#include "model/vtd.h"

/* The lowest region that blocks and touches @range, or NULL. */
static const struct region *first_obstacle(const struct group *group, const struct range *range)
{
	const struct region *first = NULL;

	for (size_t i = 0; i < group->n_regions; i++) {
		const struct region *region = &group->regions[i];

		if (region_blocks(region) && range_overlaps(&region->range, range) &&
		    (!first || region->range.start < first->range.start))
			first = region;
	}
	return first;
}

/* Add to @free the parts of @range that no region covers. Each turn moves past a region. */
static void add_free(const struct group *group, struct range range, struct ranges *free)
{
	for (;;) {
		const struct region *region = first_obstacle(group, &range);
		struct range before = range;

		if (region)
			before.end = region->range.start - 1;
		if (!region || region->range.start > range.start)
			APPEND(free->range, free->count, before);
		if (!region || region->range.end >= range.end)
			return;
		range.start = region->range.end + 1;
	}
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *one = a, *two = b;

	return one->start < two->start ? -1 : one->start > two->start;
}

static void take_probe(struct space *space, const struct probe *probe)
{
	const struct iommu_info *info = &probe->info;
	uint64_t last = ranges_last(&info->ranges);

	space->backend = probe->backend;
	space->has_page_sizes = info->has_page_sizes;
	space->page_sizes = info->page_sizes;
	space->has_dma_avail = info->has_dma_avail;
	space->dma_avail = info->dma_avail;
	if (!info->has_ranges)
		return;
	space->known_by = SPACE_PROBE;
	for (size_t i = 0; i < info->ranges.count; i++)
		APPEND(space->allowed.range, space->allowed.count, info->ranges.range[i]);
	/* An aperture that begins at 0 and whose size is a power of two has a width. */
	if (last && !(last & (last + 1)))
		space->bits = 64 - (unsigned int)__builtin_clzll(last);
}

/*
 * Infer the allowed ranges as the kernel computes them: the aperture without blocking regions. All
 * units that translate for a device of the group limit it.
 */
static void take_registers(struct space *space)
{
	struct range aperture = { .start = 0 };

	if (space->group->regions_errno)
		return;
	space->page_sizes = UINT64_MAX;
	for (size_t i = 0; i < space->group->n_devices; i++) {
		const struct iommu *iommu = space->group->devices[i]->iommu;
		unsigned int bits = iommu ? iommu_address_bits(space->host, iommu) : 0;

		if (!iommu)
			continue;
		if (!bits)
			return;
		if (!space->bits || bits < space->bits)
			space->bits = bits;
		space->page_sizes &= iommu_page_sizes(space->host, iommu);
	}
	if (!space->bits)
		return;
	aperture.end = UINT64_MAX >> (64 - space->bits);
	add_free(space->group, aperture, &space->allowed);
	space->has_page_sizes = space->page_sizes != 0;
	space->known_by = SPACE_REGISTERS;
}

void space_make(const struct host *host, const struct group *group, const struct probe *probe,
		struct space *space)
{
	static struct range everything = { .start = 0, .end = UINT64_MAX };
	static const struct ranges whole = { .range = &everything, .count = 1 };
	const struct ranges *allowed;

	*space = (struct space){ .host = host, .group = group };
	if (probe && probe->failure.step)
		space->failure = &probe->failure;
	if (probe && !space->failure)
		take_probe(space, probe);
	else
		take_registers(space);
	/* A probe that succeeded proves that the region is no obstacle. */
	if (space->known_by != SPACE_PROBE && kernel_direct_rule(host, group) == DIRECT_REFUSED)
		space->locked = group_direct_region(group);
	allowed = space->known_by ? &space->allowed : &whole;
	for (size_t i = 0; i < allowed->count; i++) {
		if (allowed->range[i].start <= allowed->range[i].end)
			add_free(group, allowed->range[i], &space->free);
	}
	if (space->free.count)
		qsort(space->free.range, space->free.count, sizeof(*space->free.range),
		      compare_ranges);
	iova_map_make(space->known_by ? &space->allowed : NULL, group->regions, group->n_regions,
		      &space->map);
}

void space_clear(struct space *space)
{
	free(space->allowed.range);
	free(space->free.range);
	free(space->map.part);
	memset(space, 0, sizeof(*space));
}

uint64_t space_smallest_page(const struct space *space)
{
	uint64_t page = space->host->page_size;

	if (space->has_page_sizes && space->page_sizes) {
		uint64_t smallest = space->page_sizes & -space->page_sizes;

		if (smallest > page)
			page = smallest;
	}
	return page;
}

const char *space_source_name(enum space_source source)
{
	static const char *const names[] = { NULL, "registers", "probe" };

	return names[source];
}

const char *usable_name(enum usable usable)
{
	static const char *const names[] = { "not usable", "not known", "usable" };

	return names[usable];
}

/* Find the first part that blocks @range; or, if none does, the seam between two ranges. */
static void find_hit(const struct space *space, const struct range *range, struct hit *hit)
{
	hit->kind = HIT_SEAM;
	hit->part = NULL;
	for (size_t i = 0; i < space->map.count; i++) {
		const struct iova_part *part = &space->map.part[i];

		if (!range_overlaps(&part->range, range))
			continue;
		if (!hit->part)
			hit->part = part;
		if (part->use == IOVA_USABLE || part->use == IOVA_UNKNOWN)
			continue;
		hit->kind = HIT_PART;
		hit->part = part;
		return;
	}
}

enum usable space_check(const struct space *space, uint64_t address, uint64_t size, bool mapping,
			struct hit *hit)
{
	uint64_t page = space_smallest_page(space);
	struct range range = { .start = address };
	bool is_free = false;

	*hit = (struct hit){ .kind = HIT_WRAP };
	if (__builtin_add_overflow(address, size - 1, &range.end))
		return USABLE_NO;
	hit->kind = HIT_LOCKED;
	if (space->locked)
		return USABLE_NO;
	for (size_t i = 0; i < space->free.count && !is_free; i++)
		is_free = range_contains(&space->free.range[i], &range);
	if (!is_free) {
		find_hit(space, &range, hit);
		return USABLE_NO;
	}
	hit->kind = HIT_NOT_ALIGNED;
	if (mapping && page && (address | size) & (page - 1))
		return USABLE_NO;
	hit->kind = HIT_NOTHING;
	/* Regions that could not be read can be ignored only if the kernel listed the ranges. */
	return space->known_by ? USABLE_YES : USABLE_UNKNOWN;
}

struct extent space_total(const struct space *space)
{
	struct extent total = { .any = false };
	uint64_t sum = 0;

	/* The parts do not overlap, so the sum is at most 2^64, which comes out as 0. */
	for (size_t i = 0; i < space->map.count; i++) {
		const struct iova_part *part = &space->map.part[i];

		if (part->use != IOVA_USABLE)
			continue;
		total.any = true;
		sum += part->range.end - part->range.start + 1;
	}
	total.last = sum - 1;
	return total;
}

const struct range *space_largest(const struct space *space)
{
	const struct range *largest = NULL;

	for (size_t i = 0; i < space->free.count; i++) {
		const struct range *range = &space->free.range[i];

		if (!largest || range->end - range->start > largest->end - largest->start)
			largest = range;
	}
	return largest;
}

bool space_first_window(const struct space *space, uint64_t size, struct range *window)
{
	return nearest_from(&space->free, 0, size, size, window);
}
