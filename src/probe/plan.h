/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_PLAN_H
#define VFIODIAG_PROBE_PLAN_H

#include "model/bench.h"
#include "model/limits.h"

/* What a measurement of mapping may pin, and which sizes it takes. All pure. */

/** PLAN_LIMIT - bytes that are pinned at once where nobody says how many. */
#define PLAN_LIMIT (UINT64_C(256) << 20)

/** PLAN_SHARE - no more than one of so many parts of the memory that the host can give. */
#define PLAN_SHARE 4

/** PLAN_SIZES - the most sizes of a series; more than 64 bits have powers of four. */
#define PLAN_SIZES 33

/**
 * plan_limit() - how much may be pinned.
 * @page: size of the smallest pages, bytes
 * @asked: --limit, in bytes; 0 where nobody said
 *
 * The least of what was asked, a share of what the host can give, and what may still be locked;
 * whole pages, so perhaps 0.
 */
struct bench_limit plan_limit(uint64_t page, uint64_t asked, const struct room *room,
			      const struct memlock *memlock);

/**
 * plan_sizes() - which sizes are mapped, growing.
 * @page: of the pages that the memory is made of, a power of two
 * @limit: bytes, the most
 * @sizes: room for PLAN_SIZES
 *
 * 1 MiB and each size four times the one before, as far as a page fits in; so the same for all
 * kinds of pages. Where only less is allowed they begin with one page.
 * Return: how many; 0 where not even one page is allowed.
 */
size_t plan_sizes(uint64_t page, uint64_t limit, uint64_t *sizes);

/** plan_spread() - of @count durations, at least one; they are sorted. */
struct spread plan_spread(uint64_t *durations, size_t count);

#endif
