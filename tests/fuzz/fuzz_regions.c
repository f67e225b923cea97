/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of reserved_regions, and the map of the IOVA space that is made of it. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "model/iova_map.h"
#include "scan/internal.h"

static void check_region(const struct region *region)
{
	MUST(region->range.start <= region->range.end);
	MUST(region->word && fuzz_is_clean(region->word));
}

static void check_map(const struct iova_map *map)
{
	MUST(map->count && map->part[0].range.start == 0);
	MUST(map->part[map->count - 1].range.end == UINT64_MAX);
	for (size_t i = 0; i < map->count; i++) {
		const struct iova_part *part = &map->part[i];

		MUST(part->range.start <= part->range.end);
		MUST(i == 0 || part->range.start == map->part[i - 1].range.end + 1);
		MUST(part->use ==
		     (part->region && region_blocks(part->region) ? IOVA_RESERVED : IOVA_UNKNOWN));
		MUST(!part->region || range_contains(&part->region->range, &part->range));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	_cleanup_free_ char *text = take_rest(&bytes);
	struct group group = { 0 };
	struct iova_map map;

	scan_parse_regions(text, &group);
	for (size_t i = 0; i < group.n_regions; i++)
		check_region(&group.regions[i]);
	iova_map_make(NULL, group.regions, group.n_regions, &map);
	check_map(&map);
	free(map.part);
	for (size_t i = 0; i < group.n_regions; i++)
		free(group.regions[i].word);
	free(group.regions);
	return 0;
}
