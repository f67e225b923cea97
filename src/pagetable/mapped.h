/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_MAPPED_H
#define VFIODIAG_PAGETABLE_MAPPED_H

#include <stddef.h>
#include <stdint.h>

#include "pagetable/doubt.h"
#include "pagetable/table.h"
#include "pagetable/tally.h"

/*
 * A mapping of memory that is known, and the entries that came of it. Pure.
 */

/**
 * struct mapped - a mapping, and the memory that it should lead to.
 * @iova: bus address of its first byte
 * @page_size: bytes of a page of the host, a power of two
 * @physical: addresses of the @n_pages pages, as the process that mapped them sees them
 */
struct mapped {
	uint64_t iova;
	uint64_t page_size;
	const uint64_t *physical;
	size_t n_pages;
};

/**
 * mapped_examine() - read the entries of @mapped, and hold them against its memory.
 * @tally: begun; filled and ended. It proves something with DOUBT_NONE only
 * @result: filled: how reading the table ended
 */
enum doubt mapped_examine(const struct memory *memory, const struct table_root *root,
			  const struct mapped *mapped, struct tally *tally,
			  enum table_result *result);

#endif
