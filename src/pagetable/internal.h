/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_INTERNAL_H
#define VFIODIAG_PAGETABLE_INTERNAL_H

#include "pagetable/table.h"

#define LEVELS_MAX 6

/** low_bits() - make a number whose @count (at most 64) lowest bits are set. */
static inline uint64_t low_bits(unsigned int count)
{
	return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

/**
 * struct table_shape - the levels of a table; level 0 has the smallest pages.
 * @shift: log2 of the bytes that an entry of a level covers
 * @bits: log2 of the entries in a table of a level
 * @last: the highest bus address
 */
struct table_shape {
	unsigned int levels;
	unsigned int shift[LEVELS_MAX];
	unsigned int bits[LEVELS_MAX];
	uint64_t last;
};

/**
 * shape_fill() - fill a shape in which all levels but the highest are alike.
 * @granule: log2 of the smallest page
 * @bits: log2 of the entries in a table
 * @top_bits: the same of the highest table
 */
void shape_fill(struct table_shape *shape, unsigned int levels, unsigned int granule,
		unsigned int bits, unsigned int top_bits);

/** enum entry_kind - meaning of an entry. */
enum entry_kind {
	ENTRY_ABSENT,
	ENTRY_TABLE,
	ENTRY_LEAF,
	ENTRY_WRONG,
};

/**
 * struct entry - a decoded entry.
 * @address: physical, of the next table or of the memory that the entry maps
 * @size: ENTRY_LEAF: log2 of the bytes
 * @fault: ENTRY_WRONG: the reason
 */
struct entry {
	enum entry_kind kind;
	uint64_t address;
	unsigned int size;
	enum table_result fault;
};

/** entry_wrong() - refuse an entry. */
static inline struct entry entry_wrong(enum table_result fault)
{
	return (struct entry){ .kind = ENTRY_WRONG, .fault = fault };
}

/** entry_table() - point to a table of 2^@size bytes, which must be aligned to that. */
static inline struct entry entry_table(uint64_t address, unsigned int size)
{
	if (address & low_bits(size))
		return entry_wrong(TABLE_UNALIGNED);
	return (struct entry){ .kind = ENTRY_TABLE, .address = address };
}

/** entry_leaf() - map 2^@size bytes, which must be aligned to that. */
static inline struct entry entry_leaf(uint64_t address, unsigned int size)
{
	if (address & low_bits(size))
		return entry_wrong(TABLE_UNALIGNED);
	return (struct entry){ .kind = ENTRY_LEAF, .address = address, .size = size };
}

/**
 * struct table_format - a format of tables.
 * @set_by_hardware: bits that the IOMMU sets in any one of several equal entries
 * @shape: fill the shape of a table. Return: false if there is no such table
 * @decode: decode an entry of a level
 */
struct table_format {
	const char *words;
	uint64_t set_by_hardware;
	bool (*shape)(const struct table_root *root, struct table_shape *shape);
	struct entry (*decode)(const struct table_root *root, const struct table_shape *shape,
			       unsigned int level, uint64_t entry);
};

extern const struct table_format table_format_amd_v1;
extern const struct table_format table_format_amd_v2;
extern const struct table_format table_format_vtd_first;
extern const struct table_format table_format_vtd_second;
extern const struct table_format table_format_arm_lpae;
extern const struct table_format table_format_zpci;

/** tree_scan() - do what table_scan() does, with the tree of virtio-iommu. */
enum table_result tree_scan(const struct memory *memory, const struct table_root *root,
			    struct table_scan *scan);

#endif
