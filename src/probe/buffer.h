/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_BUFFER_H
#define VFIODIAG_PROBE_BUFFER_H

#include <stdint.h>

#include "model/probe.h"
#include "source/source.h"

/**
 * struct pages - memory for the test, and which pages of it serve.
 * @even: index of the first of two contiguous pages whose first frame is a multiple of two
 * @odd: index of the first of two contiguous pages whose first frame is odd; valid where
 *	buffer.odd_contiguous
 */
struct pages {
	struct source_memory memory;
	uint64_t page_size;
	size_t even;
	size_t odd;
};

/**
 * pages_choose() - find the pairs among @count page frames. Pure.
 * @frames: frame numbers, 0 where there is none
 * @even: set to the index of an even contiguous pair
 * @odd: set to the index of an odd contiguous pair
 *
 * Return: bit 0 set when @even was found, bit 1 when @odd was.
 */
unsigned int pages_choose(const uint64_t *frames, size_t count, size_t *even, size_t *odd);

/**
 * pages_get() - memory with two pages that one two-page superpage can cover.
 * @page_size: bytes
 * @buffer: filled: what is known of their place
 *
 * The IOMMU driver picks its page size from the alignment of both addresses, so two pages that
 * merely follow each other in this process are no test. Transparent huge pages give such a pair
 * where there are any; else some pair among 2 MiB of ordinary pages usually lies right, and
 * /proc/self/pagemap tells which. Without its frame numbers the first two pages are taken.
 * Return: 0 or a negative errno of the memory; a missing pagemap is no error.
 */
int pages_get(struct source *source, uint64_t page_size, struct pages *pages,
	      struct buffer *buffer);

/** pages_address() - where page @index of @pages is. */
void *pages_address(const struct pages *pages, size_t index);

#endif
