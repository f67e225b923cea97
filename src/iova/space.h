/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_IOVA_SPACE_H
#define VFIODIAG_IOVA_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "model/iommu_info.h"
#include "model/iova_map.h"
#include "model/probe.h"
#include "model/range.h"

/*
 * The IOVA space of a group: usable and unusable parts, with reasons. Pure.
 */

/** enum space_source - source of the allowed ranges. */
enum space_source {
	SPACE_UNKNOWN,	 /* not known: only the reserved regions are */
	SPACE_REGISTERS, /* inferred from the IOMMU unit's registers and the reserved regions */
	SPACE_PROBE,	 /* the kernel listed them (VFIO_IOMMU_GET_INFO) */
};

/**
 * struct space - the IOVA space of one group.
 * @known_by: source of @allowed, which is empty if not known
 * @bits: address bits of the IOMMU, 0 if only a probe could tell
 * @map: the whole 64-bit space, part by part
 * @free: ranges for mappings: allowed and in no blocking region, sorted by start. With
 *	SPACE_UNKNOWN all that is not reserved: an address outside is certainly refused, one inside
 *	may be allowed
 * @has_page_sizes: @page_sizes are known, by the same source as the ranges
 * @has_dma_avail: @dma_avail, the number of mappings that a new container can hold, is known
 * @backend: container type of the probe
 * @failure: reason why the kernel gave no answer; NULL if it did, or was not asked
 * @locked: a region for which VFIO refuses the whole group, or NULL. The host and the group are
 *	borrowed.
 */
struct space {
	const struct host *host;
	const struct group *group;
	enum space_source known_by;
	unsigned int bits;
	struct ranges allowed;
	struct iova_map map;
	struct ranges free;
	bool has_page_sizes;
	bool has_dma_avail;
	uint64_t page_sizes;
	uint32_t dma_avail;
	enum backend backend;
	const struct failure *failure;
	const struct region *locked;
};

/**
 * space_make() - collect what is known of the IOVA space of @group.
 * @probe: the kernel's answers; NULL if it was not asked. It must live as long as @space
 * @space: filled; end it with space_clear()
 *
 * Without a probe the address width is that of iommu_address_bits(), as the kernel takes it.
 */
void space_make(const struct host *host, const struct group *group, const struct probe *probe,
		struct space *space);

/** space_clear() - free the members of @space. */
void space_clear(struct space *space);

/**
 * space_smallest_page() - find the granule of addresses and sizes of a mapping, in bytes.
 *
 * The smallest page of the container (vfio_dma_do_map(), 5.10 to 7.3), which is never smaller
 * than the host's. 0 if neither is known.
 */
uint64_t space_smallest_page(const struct space *space);

/** space_source_name() - "registers", "probe"; NULL if the ranges are not known. */
const char *space_source_name(enum space_source source);

/** enum usable - usability of a range for a mapping. */
enum usable {
	USABLE_NO,
	USABLE_UNKNOWN, /* no known obstacle, but the allowed ranges are not known */
	USABLE_YES,
};

/** usable_name() - name @usable: "usable", "not usable", "not known". */
const char *usable_name(enum usable usable);

/** enum hit_kind - kind of obstacle of a range. */
enum hit_kind {
	HIT_NOTHING,
	HIT_WRAP,   /* its end lies beyond 64 bits */
	HIT_LOCKED, /* the group cannot be assigned at all */
	HIT_PART,   /* a part of the space that is not usable */
	HIT_SEAM,   /* it extends from one allowed range into the next: a map must lie in one */
	HIT_NOT_ALIGNED, /* its start or size is not a multiple of the smallest page */
};

/**
 * struct hit - the first obstacle of a range.
 * @part: HIT_PART: that part, in the space's map; HIT_SEAM: the one in which it starts
 */
struct hit {
	enum hit_kind kind;
	const struct iova_part *part;
};

/**
 * space_check() - check whether @size bytes at @address may be mapped.
 * @size: at least 1
 * @mapping: check the alignment too, as MAP_DMA does
 * @hit: filled if the answer is no
 */
enum usable space_check(const struct space *space, uint64_t address, uint64_t size, bool mapping,
			struct hit *hit);

/**
 * struct extent - a size that may be that of the whole 64-bit space.
 * @any: the size is not 0
 * @last: the size in bytes less one, valid where @any
 */
struct extent {
	bool any;
	uint64_t last;
};

/** space_total() - add up all usable bytes. Nothing if the ranges are not known. */
struct extent space_total(const struct space *space);

/** space_largest() - find the largest free range, or NULL. */
const struct range *space_largest(const struct space *space);

/**
 * space_first_window() - find the first place for a page of @size bytes, aligned to it.
 * @size: a power of two
 * @window: set if there is a place
 *
 * Return: true if there is a place.
 */
bool space_first_window(const struct space *space, uint64_t size, struct range *window);

#endif
