/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/iova_map.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Addresses at which a range or region begins, sorted; 0 is the first. */
struct borders {
	uint64_t *at;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a;
	uint64_t two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

static void add_range(struct borders *borders, const struct range *range)
{
	APPEND(borders->at, borders->count, range->start);
	if (range->end != UINT64_MAX)
		APPEND(borders->at, borders->count, range->end + 1);
}

/* The region at @address, one that blocks before one that does not. */
static const struct region *region_at(const struct region *regions, size_t n_regions,
				      uint64_t address)
{
	struct range here = { .start = address, .end = address };
	const struct region *found = NULL;

	for (size_t i = 0; i < n_regions; i++) {
		if (!range_overlaps(&here, &regions[i].range))
			continue;
		if (region_blocks(&regions[i]))
			return &regions[i];
		found = &regions[i];
	}
	return found;
}

static bool is_allowed(const struct ranges *allowed, uint64_t address)
{
	for (size_t i = 0; i < allowed->count; i++) {
		if (allowed->range[i].start <= address && address <= allowed->range[i].end)
			return true;
	}
	return false;
}

static enum iova_use use_of(const struct ranges *allowed, const struct region *region,
			    uint64_t address)
{
	bool blocks = region && region_blocks(region);

	if (!allowed)
		return blocks ? IOVA_RESERVED : IOVA_UNKNOWN;
	if (is_allowed(allowed, address))
		return blocks ? IOVA_CONTRADICTS : IOVA_USABLE;
	return blocks ? IOVA_RESERVED : IOVA_NOT_ALLOWED;
}

void iova_map_make(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		   struct iova_map *map)
{
	struct borders borders = { 0 };

	APPEND(borders.at, borders.count, 0);
	for (size_t i = 0; allowed && i < allowed->count; i++)
		add_range(&borders, &allowed->range[i]);
	for (size_t i = 0; i < n_regions; i++)
		add_range(&borders, &regions[i].range);
	qsort(borders.at, borders.count, sizeof(*borders.at), compare);
	*map = (struct iova_map){ 0 };
	for (size_t i = 0; i < borders.count; i++) {
		uint64_t start = borders.at[i];
		struct iova_part part = { .range = { start, UINT64_MAX } };
		struct iova_part *last = map->count ? &map->part[map->count - 1] : NULL;

		if (last && start == last->range.start)
			continue;
		part.region = region_at(regions, n_regions, start);
		part.use = use_of(allowed, part.region, start);
		if (last && last->use == part.use && last->region == part.region)
			continue;
		if (last)
			last->range.end = start - 1;
		APPEND(map->part, map->count, part);
	}
	free(borders.at);
}

const char *iova_use_name(enum iova_use use)
{
	static const char *const names[] = { "usable", "reserved", "contradictory", "not allowed",
					     "not known" };

	return names[use];
}

const char *region_purpose(const struct region *region)
{
	if (region->type == REGION_RESERVED && region->range.start == UINT64_C(0xfd00000000) &&
	    region->range.end == UINT64_C(0xffffffffff))
		return "HyperTransport";
	return NULL;
}
