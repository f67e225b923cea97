/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_TALLY_H
#define VFIODIAG_PAGETABLE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "pagetable/table.h"

#define TALLY_SIZES 64

/**
 * struct tally - entries of a table by size, and why they are not larger. Pure.
 *
 * Memory that lies together in bus and memory is a run. Its part in whole blocks of @large bytes
 * could be entries of that size; each byte that is mapped is counted as exactly one of the kinds
 * from @bytes_large on.
 *
 * @large: bytes from which on an entry counts as large; a power of two
 * @page_sizes: sizes of entries that the IOMMU offers, one bit each
 * @count: entries of 2^N bytes
 * @n_other, @bytes_other: entries whose size is no power of two (virtio-iommu), and their bytes
 * @n_entries, @bytes: all entries, and their bytes
 * @longest: bytes of the longest run
 * @fingerprint: two scans with the same saw the same entries; it must not leave the process
 * @bytes_large: in entries of @large bytes and more
 * @bytes_possible: in smaller entries, though the IOMMU offers larger ones and all is aligned
 * @bytes_not_offered: the same, but the IOMMU or an option offers none of @large bytes or more
 * @bytes_askew: in smaller entries because bus and memory are at different offsets
 * @bytes_scattered: in smaller entries because the memory is in pieces
 */
struct tally {
	uint64_t large;
	uint64_t page_sizes;
	uint64_t count[TALLY_SIZES];
	uint64_t n_other;
	uint64_t bytes_other;
	uint64_t n_entries;
	uint64_t bytes;
	uint64_t longest;
	uint64_t fingerprint;
	uint64_t bytes_large;
	uint64_t bytes_possible;
	uint64_t bytes_not_offered;
	uint64_t bytes_askew;
	uint64_t bytes_scattered;
	struct {
		struct table_leaf all;
		uint64_t large;
	} run;
};

/** tally_begin() - begin a tally; see struct tally for the arguments. */
void tally_begin(struct tally *tally, uint64_t large, uint64_t page_sizes);

/** tally_add() - count the next entry, in order of the bus addresses. */
void tally_add(struct tally *tally, const struct table_leaf *leaf);

/** tally_end() - count the last run. */
void tally_end(struct tally *tally);

/** tally_is_same() - tell whether two tallies saw the same entries. */
bool tally_is_same(const struct tally *one, const struct tally *other);

#endif
