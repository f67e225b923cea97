/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_BENCH_H
#define VFIODIAG_MODEL_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "model/probe.h"

/* The measured cost of mapping: plain structs, no I/O. */

/** enum bench_pages - kind of pages of the mapped memory. */
enum bench_pages {
	BENCH_BASE,	   /* the smallest pages, and no others */
	BENCH_TRANSPARENT, /* transparent huge pages */
	BENCH_HUGETLB,	   /* explicit huge pages, out of a pool */
};

/** struct spread - durations of several rounds, in nanoseconds. */
struct spread {
	uint64_t median;
	uint64_t least;
	uint64_t most;
};

/**
 * struct bench_point - cost of one size.
 * @size: bytes that were mapped as one mapping
 * @map: VFIO_IOMMU_MAP_DMA: pinning and the IOMMU's page table; the memory had its pages already
 * @unmap: VFIO_IOMMU_UNMAP_DMA
 * @populate: nanoseconds of the first touch, which gives the memory its pages; measured once
 * @huge: bytes of it that were in transparent huge pages, for BENCH_TRANSPARENT
 * @entries: of the mapping in the page table of the IOMMU, where bench->has_entries
 */
struct bench_point {
	uint64_t size;
	struct spread map;
	struct spread unmap;
	uint64_t populate;
	uint64_t huge;
	struct entry_sizes entries;
};

/**
 * struct bench_series - one kind of pages, over growing sizes.
 * @page: their size in bytes; 0 where it is not known
 * @reason: why there are no points, or none beyond the last; NULL where all were measured
 * @hint: the fix; may be NULL
 */
struct bench_series {
	enum bench_pages pages;
	uint64_t page;
	struct bench_point *point;
	size_t n_points;
	char *reason;
	char *hint;
};

/** enum bench_bound - limit of the pinned memory. */
enum bench_bound {
	BENCH_BY_DEFAULT,   /* the default */
	BENCH_BY_LIMIT,	    /* --limit */
	BENCH_BY_AVAILABLE, /* a share of the available memory */
	BENCH_BY_GROUP,	    /* a share of the memory that the control groups leave */
	BENCH_BY_MEMLOCK,   /* RLIMIT_MEMLOCK, less what is locked already */
	BENCH_BY_WINDOW,    /* no larger window in the IOVA space */
};

/** struct bench_limit - @bytes that are pinned at once at most, and why no more. */
struct bench_limit {
	uint64_t bytes;
	enum bench_bound bound;
};

/**
 * struct bench - the measurement of one group, from start to end.
 * @probe: how the group was had: ranges, container type, and the failure if there was one
 * @available: bytes that the host could give
 * @window: where was mapped; valid where @has_window
 * @rounds: maps and unmaps of each size
 * @has_entries: they were to be counted in the page table of the IOMMU
 */
struct bench {
	struct probe *probe;
	struct bench_limit limit;
	uint64_t available;
	bool has_window;
	struct range window;
	unsigned int rounds;
	bool has_entries;
	struct bench_series *series;
	size_t n_series;
};

/**
 * struct bench_estimate - cost for a guest, by one kind of pages. Nanoseconds.
 * @known: there is a point to go by
 * @size: of that point, the largest
 */
struct bench_estimate {
	bool known;
	uint64_t size;
	uint64_t map;
	uint64_t unmap;
	uint64_t populate;
};

/** bench_free() - free @bench and its members. NULL is allowed. */
void bench_free(struct bench *bench);

/** bench_pages_name() - "base", "transparent", "hugetlb". */
const char *bench_pages_name(enum bench_pages pages);

/** bench_bound_name() - "default", "limit", "available", "control-group", "memlock", "window". */
const char *bench_bound_name(enum bench_bound bound);

/** bench_is_measured() - tell whether @bench has any point. */
bool bench_is_measured(const struct bench *bench);

/** bench_each() - convert @nanoseconds for @size bytes to a fraction for each @unit of them. */
double bench_each(uint64_t nanoseconds, uint64_t size, uint64_t unit);

/**
 * bench_estimate() - estimate the cost for a guest of @memory bytes, by its pages in @series.
 *
 * In proportion to the largest size that was measured: the time for a page no longer changes much
 * there, and what each call costs by itself does not count any more.
 */
struct bench_estimate bench_estimate(const struct bench_series *series, uint64_t memory);

#endif
