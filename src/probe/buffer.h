/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_BUFFER_H
#define VFIODIAG_PROBE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "model/probe.h"
#include "source/source.h"

/** struct pair - two pages of a memory, by their indices; @found says whether there are such. */
struct pair {
	bool found;
	size_t first;
	size_t second;
};

/**
 * struct pages - memory for the test.
 * @even: two pages that one two-page superpage can cover
 * @odd: two contiguous pages that none can cover, NULL where there are none
 */
struct pages {
	struct source_memory memory;
	void *even;
	void *odd;
};

/**
 * pages_choose() - find two pages with contiguous frames. Pure.
 * @frames: frame numbers, 0 where there is none
 * @odd: 0: the first frame is even; 1: it is odd
 *
 * Pages that follow each other come first; else any two in the memory, since they can be put side
 * by side: an allocator that hands out neighbours from the top down gives only such.
 */
struct pair pages_choose(const uint64_t *frames, size_t count, unsigned int odd);

/**
 * pages_get() - memory with two pages that one two-page superpage can cover.
 * @page_size: bytes
 * @buffer: filled: what is known of their place
 *
 * The IOMMU driver picks its page size from the alignment of both addresses, so two pages that
 * merely follow each other in this process are no test. /proc/self/pagemap tells which do. Without
 * its frame numbers the first two pages are taken; they serve where the kernel gave a transparent
 * huge page.
 * Return: 0 or a negative errno of the memory; a missing pagemap is no error.
 */
int pages_get(struct source *source, uint64_t page_size, struct pages *pages,
	      struct buffer *buffer);

#endif
