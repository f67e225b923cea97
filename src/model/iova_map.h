/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_IOVA_MAP_H
#define VFIODIAG_MODEL_IOVA_MAP_H

#include "model/host.h"
#include "model/range.h"

/** enum iova_use - use of a part of the IOVA space. */
enum iova_use {
	IOVA_USABLE,	  /* allowed, and no region in the way */
	IOVA_RESERVED,	  /* a reserved region, not allowed */
	IOVA_CONTRADICTS, /* a region that blocks, inside an allowed range */
	IOVA_NOT_ALLOWED, /* neither allowed nor in a region: outside the aperture, or unlisted */
	IOVA_UNKNOWN,	  /* no region, and the allowed ranges are not known */
};

/**
 * struct iova_part - a part of the IOVA space.
 * @region: the region that covers it, blocking ones first; NULL where there is none
 */
struct iova_part {
	struct range range;
	enum iova_use use;
	const struct region *region;
};

/** struct iova_map - the whole 64-bit space, in order, without gaps. */
struct iova_map {
	struct iova_part *part;
	size_t count;
};

/**
 * iova_map_make() - lay allowed ranges and reserved regions over each other. Pure.
 * @allowed: NULL where they are not known
 * @map: filled; free map->part
 */
void iova_map_make(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		   struct iova_map *map);

/** iova_use_name() - "usable", "reserved" … */
const char *iova_use_name(enum iova_use use);

#endif
