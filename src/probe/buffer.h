/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_BUFFER_H
#define VFIODIAG_PROBE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "model/probe.h"
#include "source/source.h"

/** struct pair - indices of two pages; valid if @found. */
struct pair {
	bool found;
	size_t first;
	size_t second;
};

/**
 * struct pages - memory for the test.
 * @even: two pages that one two-page superpage can cover
 * @odd: two contiguous pages that no such superpage can cover, NULL if there are none
 */
struct pages {
	struct source_memory memory;
	void *even;
	void *odd;
};

/**
 * pages_choose() - find two pages with contiguous frames. Pure.
 * @frames: frame numbers, 0 if not known
 * @odd: 0: the first frame is even; 1: it is odd
 *
 * Pages that follow each other come first; else any two in the memory, since they can be put side
 * by side: an allocator that returns neighbours from the top down gives only such.
 */
struct pair pages_choose(const uint64_t *frames, size_t count, unsigned int odd);

/**
 * pages_get() - allocate memory with two pages that one two-page superpage can cover.
 * @page_size: bytes
 * @buffer: filled with what is known of their frames
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
