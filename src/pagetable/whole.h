/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_WHOLE_H
#define VFIODIAG_PAGETABLE_WHOLE_H

#include <stdint.h>

#include "pagetable/table.h"
#include "pagetable/tally.h"

/*
 * All entries of a page table that is in use. Pure.
 */

/**
 * struct whole - a table, all of which is counted.
 * @last: the last bus address that can be mapped
 * @page_sizes: sizes of entries that the IOMMU offers, one bit each
 * @large: bytes from which on an entry counts as large
 * @progress: called now and then while the table is read; NULL: nobody asks
 * @context: handed to it
 */
struct whole {
	uint64_t last;
	uint64_t page_sizes;
	uint64_t large;
	void (*progress)(void *context);
	void *context;
};

/**
 * whole_examine() - count all entries of a table, twice.
 * @tally: filled and ended
 *
 * What is mapped may change while it is read, so it is known only if two scans saw the same.
 * Return: 0, or a negative errno and the reason.
 */
int whole_examine(const struct memory *memory, const struct table_root *root,
		  const struct whole *whole, struct tally *tally, char **reason);

#endif
