/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mappings.h"

#include <stdlib.h>

/* The kernel's own tables fill a page with entries of 8 bytes, and a huge page is what one of them maps. */
#define ENTRY_BYTES 8

uint64_t large_entry(uint64_t page_size)
{
	return page_size * (page_size / ENTRY_BYTES);
}

bool entry_counts_agree(const struct entry_counts *counts)
{
	uint64_t n_entries = counts->n_other, bytes = counts->bytes_other;
	uint64_t kinds = counts->bytes_large + counts->bytes_possible + counts->bytes_not_offered +
			 counts->bytes_askew + counts->bytes_scattered;

	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		n_entries += counts->count[bit];
		bytes += counts->count[bit] << bit;
	}
	return counts->large && !(counts->large & (counts->large - 1)) &&
	       n_entries == counts->n_entries && bytes == counts->bytes && kinds == bytes &&
	       counts->longest <= bytes;
}

void mappings_clear(struct mappings *mappings)
{
	free(mappings->reason);
	*mappings = (struct mappings){ 0 };
}
