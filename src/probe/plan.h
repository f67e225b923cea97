/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_PLAN_H
#define VFIODIAG_PROBE_PLAN_H

#include "model/bench.h"
#include "model/limits.h"

/* Plan of a measurement of mapping: its limit and its sizes. All pure. */

/** PLAN_LIMIT - bytes that are pinned at once by default. */
#define PLAN_LIMIT (UINT64_C(256) << 20)

/** PLAN_SHARE - divisor of the available memory that bounds a measurement. */
#define PLAN_SHARE 4

/** PLAN_SIZES - the most sizes of a series; 64 bits have fewer powers of four. */
#define PLAN_SIZES 33

/**
 * plan_limit() - compute how much may be pinned.
 * @page: size of the smallest pages, bytes
 * @asked: --limit, in bytes; 0 if not given
 *
 * The least of @asked, a share of the available memory, and the memory that may still be locked; in
 * whole pages, so possibly 0.
 */
struct bench_limit plan_limit(uint64_t page, uint64_t asked, const struct room *room,
			      const struct memlock *memlock);

/**
 * plan_sizes() - list the sizes to map, growing.
 * @page: size of the pages of the memory, a power of two
 * @limit: bytes, the most
 * @sizes: room for PLAN_SIZES
 *
 * 1 MiB and each size four times the one before, as far as a page fits in; so the same for all
 * kinds of pages. If only less is allowed they begin with one page.
 * Return: their number; 0 if not even one page is allowed.
 */
size_t plan_sizes(uint64_t page, uint64_t limit, uint64_t *sizes);

/** plan_spread() - compute the spread of @count durations, at least one; sorts them. */
struct spread plan_spread(uint64_t *durations, size_t count);

#endif
