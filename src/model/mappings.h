/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_MAPPINGS_H
#define VFIODIAG_MODEL_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"

#define ENTRY_SIZES 64

/**
 * struct entry_counts - all entries of the page table of a group, as numbers without any address.
 *
 * Memory that lies together in bus and memory is a run. Each byte that is mapped is counted as exactly one
 * of the kinds from @bytes_large on.
 *
 * @large: bytes from which on an entry counts as large; a power of two
 * @page_sizes: sizes of entries that the IOMMU offers, one bit each
 * @count: entries of 2^N bytes
 * @n_other, @bytes_other: entries whose size is no power of two (virtio-iommu), and their bytes
 * @n_entries, @bytes: all entries, and their bytes
 * @longest: bytes of the longest run
 * @bytes_large: in entries of @large bytes and more
 * @bytes_possible: in smaller entries, though the IOMMU offers larger ones and all is aligned
 * @bytes_not_offered: the same, but the IOMMU or an option offers none of @large bytes or more
 * @bytes_askew: in smaller entries because bus and memory are at different offsets
 * @bytes_scattered: in smaller entries because the memory is in pieces
 */
struct entry_counts {
	uint64_t large;
	uint64_t page_sizes;
	uint64_t count[ENTRY_SIZES];
	uint64_t n_other;
	uint64_t bytes_other;
	uint64_t n_entries;
	uint64_t bytes;
	uint64_t longest;
	uint64_t bytes_large;
	uint64_t bytes_possible;
	uint64_t bytes_not_offered;
	uint64_t bytes_askew;
	uint64_t bytes_scattered;
};

/** entry_counts_agree() - check that the sums are those of their parts. */
bool entry_counts_agree(const struct entry_counts *counts);

/**
 * enum mapped_kind - how a byte is mapped, and why not in a larger entry; see struct entry_counts.
 */
enum mapped_kind {
	MAPPED_LARGE,
	MAPPED_POSSIBLE,
	MAPPED_NOT_OFFERED,
	MAPPED_ASKEW,
	MAPPED_SCATTERED,
	MAPPED_KINDS,
};

/** mapped_name() - name @kind in a stable short form: "not-offered". */
const char *mapped_name(enum mapped_kind kind);

/** mapped_bytes() - bytes of @counts that are mapped in this way. */
uint64_t mapped_bytes(const struct entry_counts *counts, enum mapped_kind kind);

/** mapped_meaning() - explain @kind in a few words; "large" is what struct entry_counts says. */
const char *mapped_meaning(enum mapped_kind kind);

/**
 * mapped_fix() - tell how more of @counts gets into large entries.
 *
 * Return: NULL if nothing is to be done about @kind, as where the IOMMU offers no large entries, or it is less
 * than one part of 64: a guest always has small pieces, such as BARs and firmware.
 */
const char *mapped_fix(const struct entry_counts *counts, enum mapped_kind kind);

/**
 * struct mappings - the memory that is mapped for a group.
 * @is_known: @counts were read
 * @reason: why they were not, for the end of a sentence, without an address; else NULL
 */
struct mappings {
	bool is_known;
	char *reason;
	struct entry_counts counts;
};

/** mappings_clear() - free the reason. */
void mappings_clear(struct mappings *mappings);

/**
 * large_entry() - bytes of the entry that maps as much as a table of the host's pages.
 * @page_size: bytes of a page of the host; 2 MiB for 4 KiB, 512 MiB for 64 KiB
 */
uint64_t large_entry(uint64_t page_size);

#endif
