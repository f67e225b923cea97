/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_SPACE_H
#define VFIODIAG_SPACE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "model/iommu_info.h"
#include "model/iova_map.h"
#include "model/probe.h"
#include "model/range.h"

/*
 * The IOVA space of a group: what may be mapped, what not, and why. Pure.
 */

/** enum space_source - how the allowed ranges are known. */
enum space_source {
	SPACE_UNKNOWN,	 /* they are not: only the reserved regions are */
	SPACE_REGISTERS, /* inferred from the IOMMU unit's registers and the reserved regions */
	SPACE_PROBE,	 /* the kernel listed them (VFIO_IOMMU_GET_INFO) */
};

/**
 * struct space - the IOVA space of one group.
 * @known_by: how @allowed is known; it is empty where it is not
 * @bits: address bits of the IOMMU, 0 where only a probe could tell
 * @map: the whole 64-bit space, part by part
 * @free: where a mapping may lie: allowed and in no region that blocks, by their starts. With
 *	SPACE_UNKNOWN what is not reserved: an address outside is certainly refused, one inside
 *	perhaps allowed
 * @has_page_sizes: @page_sizes are known, by the same source as the ranges
 * @has_dma_avail: @dma_avail is: the mappings that a new container can hold
 * @backend: container type of the probe
 * @failure: why the kernel did not tell when it was asked; NULL where it did, or nobody asked
 * @locked: a region that keeps the group from VFIO at all, or NULL. The host and the group stay
 *	somebody else's.
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
 * space_make() - what is known of the IOVA space of @group.
 * @probe: how the kernel was asked; NULL where it was not. It must stay as long as @space
 * @space: filled; end it with space_clear()
 *
 * Without a probe the address width is that of iommu_address_bits(), as the kernel takes it
 * (__iommu_calculate_agaw() and prepare_domain_attach_device() in drivers/iommu/intel/iommu.c, 6.1).
 */
void space_make(const struct host *host, const struct group *group, const struct probe *probe,
		struct space *space);

/** space_clear() - free what hangs on it. */
void space_clear(struct space *space);

/**
 * space_smallest_page() - what addresses and sizes of a mapping must be multiples of, in bytes.
 *
 * The smallest page of the container (vfio_dma_do_map(), 5.10 to 7.3), which is never smaller
 * than the host's. 0 where neither is known.
 */
uint64_t space_smallest_page(const struct space *space);

/** enum usable - whether a range may be mapped. */
enum usable {
	USABLE_NO,
	USABLE_UNKNOWN, /* nothing known is in the way, but the allowed ranges are not known */
	USABLE_YES,
};

/** usable_name() - "usable", "not usable", "not known". */
const char *usable_name(enum usable usable);

/** enum hit_kind - what is in the way of a range. */
enum hit_kind {
	HIT_NOTHING,
	HIT_WRAP,	 /* its end lies beyond 64 bits */
	HIT_LOCKED,	 /* the group is not handed out at all */
	HIT_PART,	 /* a part of the space that is not usable */
	HIT_SEAM,	 /* it goes from one allowed range into the next: each map lies in one */
	HIT_NOT_ALIGNED, /* its start or size is no multiple of the smallest page */
};

/**
 * struct hit - the first thing in the way of a range.
 * @part: HIT_PART: that part, in the space's map; HIT_SEAM: the one in which it starts
 */
struct hit {
	enum hit_kind kind;
	const struct iova_part *part;
};

/**
 * space_check() - whether @size bytes at @address may be mapped.
 * @size: at least 1
 * @mapping: look at the alignment too, as MAP_DMA does
 * @hit: filled where the answer is no
 */
enum usable space_check(const struct space *space, uint64_t address, uint64_t size, bool mapping,
			struct hit *hit);

/**
 * struct extent - a size that may be that of the whole 64-bit space.
 * @any: it is not 0
 * @last: the size in bytes less one, valid where @any
 */
struct extent {
	bool any;
	uint64_t last;
};

/** space_total() - all usable bytes together. Nothing where the ranges are not known. */
struct extent space_total(const struct space *space);

/** space_largest() - the largest of the free ranges, or NULL. */
const struct range *space_largest(const struct space *space);

/**
 * space_first_window() - the first place for a page of @size bytes, aligned to it.
 * @size: a power of two
 * @window: set where there is one
 *
 * Return: whether there is one.
 */
bool space_first_window(const struct space *space, uint64_t size, struct range *window);

#endif
