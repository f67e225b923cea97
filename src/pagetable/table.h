/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_TABLE_H
#define VFIODIAG_PAGETABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagetable/memory.h"

/*
 * Page tables of IOMMUs, read from the kernel's memory. Pure: all access is by struct memory.
 *
 * The memory can be anything: a table that changes while it is read, or no table at all if a
 * layout was misunderstood. Nothing is guessed: an entry that a kernel would not write ends the
 * walk with a reason.
 */

/** enum table_kind - format of a table. */
enum table_kind {
	TABLE_AMD_V1,
	TABLE_AMD_V2,
	TABLE_VTD_FIRST,
	TABLE_VTD_SECOND,
	TABLE_ARM_LPAE,
	TABLE_ZPCI,
	TABLE_VIRTIO,
	TABLE_KINDS,
};

/**
 * struct table_tree - offsets in the mappings of virtio-iommu, which keeps a tree and no table.
 * @node: the tree's node (struct rb_node) in a mapping
 * @left, @right: pointers to the children, in a node
 * @start, @last: the first and the last bus address, in a mapping
 * @subtree_last: the last bus address of the mapping and those below it in the tree, in a mapping
 * @physical: the physical address of @start, in a mapping
 */
struct table_tree {
	uint64_t node;
	uint64_t left;
	uint64_t right;
	uint64_t start;
	uint64_t last;
	uint64_t subtree_last;
	uint64_t physical;
};

/**
 * struct table_root - where a table begins, and its shape.
 * @top: virtual address of the highest table; of the pointer to the root node for TABLE_VIRTIO
 * @levels: tables on the way to the smallest page
 * @bits_per_level: TABLE_ARM_LPAE: log2 of the entries in a table, which is as large as a page
 * @top_bits: TABLE_ARM_LPAE: the same of the highest table, which can be several tables in a row
 * @encryption_mask: AMD: the bit in addresses that encrypts memory, or 0
 * @tree: TABLE_VIRTIO
 *
 * Where the kernel keeps @levels: protection_domain.iop.mode (AMD), dmar_domain.agaw and 2 (VT-d), 4
 * less arm_lpae_io_pgtable.start_level; table_zpci_levels() has those of zPCI. In 7.3, AMD and VT-d
 * have them less one in the low three bits of top_of_table.
 *
 * Kernel: drivers/iommu/amd/amd_iommu_types.h, amd_io_pgtable, mode: 6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, agaw_to_level(): 6.1.
 * Kernel: drivers/iommu/intel/iommu.h, agaw_to_level(): 6.12.
 * Kernel: drivers/iommu/io-pgtable-arm.c, ARM_LPAE_MAX_LEVELS, arm_lpae_alloc_pgtable(): 6.1, 6.12, 7.3.
 * Kernel: include/linux/generic_pt/common.h, PT_TOP_LEVEL_BITS: 7.3.
 */
struct table_root {
	enum table_kind kind;
	uint64_t top;
	unsigned int levels;
	unsigned int bits_per_level;
	unsigned int top_bits;
	uint64_t encryption_mask;
	struct table_tree tree;
};

/** struct table_leaf - an entry that maps @size bytes at @iova to @physical. */
struct table_leaf {
	uint64_t iova;
	uint64_t size;
	uint64_t physical;
};

/**
 * enum table_result - how reading a table ended.
 *
 * From TABLE_BAD_ROOT on, nothing is known.
 * @TABLE_NOT_MAPPED: the table was understood, and has no entry for the address
 * @TABLE_BAD_ROOT: no table of that kind has the shape that struct table_root says
 * @TABLE_OUTSIDE: the address is larger than those that the table covers
 * @TABLE_UNREADABLE: memory could not be read; a table outside RAM is one cause
 * @TABLE_MALFORMED: an entry is none that a kernel writes
 * @TABLE_WRONG_SIZE: an entry's size is impossible in its table
 * @TABLE_UNALIGNED: an address is not a multiple of what it points to
 * @TABLE_COPIES_DIFFER: a page that takes several entries is not the same in all of them
 * @TABLE_LOOP: a table leads back to itself
 * @TABLE_LIMIT: the caller's limit of entries or time was reached
 * @TABLE_STOPPED: the caller's function stopped it
 */
enum table_result {
	TABLE_OK,
	TABLE_NOT_MAPPED,
	TABLE_BAD_ROOT,
	TABLE_OUTSIDE,
	TABLE_UNREADABLE,
	TABLE_MALFORMED,
	TABLE_WRONG_SIZE,
	TABLE_UNALIGNED,
	TABLE_COPIES_DIFFER,
	TABLE_LOOP,
	TABLE_LIMIT,
	TABLE_STOPPED,
	TABLE_RESULTS,
};

/** table_result_name() - name @result in a stable short form: "copies-differ". */
const char *table_result_name(enum table_result result);

/** table_result_words() - explain @result, for the end of a sentence. */
const char *table_result_words(enum table_result result);

/** table_kind_words() - name the format @kind for people: "AMD v1". */
const char *table_kind_words(enum table_kind kind);

/**
 * table_zpci_levels() - count the levels below an origin of type @origin_type (zPCI).
 *
 * Return: 0 if there is no such type, or the kernel uses no table of it.
 */
unsigned int table_zpci_levels(unsigned int origin_type);

/**
 * struct table_scan - a part of a table to be read, and what was read.
 * @first, @last: bus addresses; entries that cover any of them are visited
 * @max_entries: entries that may be read, present or not
 * @is_over: asked before each table is read, true ends the scan with TABLE_LIMIT; NULL: no limit
 * @visit: called with each entry, in order; false ends the scan with TABLE_STOPPED
 * @context: handed to both
 * @n_entries: filled: entries that were read
 * @error: filled: the negative errno if the result is TABLE_UNREADABLE
 */
struct table_scan {
	uint64_t first;
	uint64_t last;
	uint64_t max_entries;
	bool (*is_over)(void *context);
	bool (*visit)(void *context, const struct table_leaf *leaf);
	void *context;
	uint64_t n_entries;
	int error;
};

/**
 * table_scan() - visit the entries of a part of a table.
 *
 * Return: TABLE_OK if all was read, even if nothing is mapped. With any other result, entries that
 * were visited prove nothing.
 */
enum table_result table_scan(const struct memory *memory, const struct table_root *root,
			     struct table_scan *scan);

/**
 * table_lookup() - find the entry that maps @iova.
 * @leaf: filled with TABLE_OK
 */
enum table_result table_lookup(const struct memory *memory, const struct table_root *root,
			       uint64_t iova, struct table_leaf *leaf);

#endif
