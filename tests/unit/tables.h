/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_TABLES_H
#define VFIODIAG_TESTS_TABLES_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pagetable/table.h"

/*
 * Page tables as kernels write them, in memory of a test. Nothing here uses the decoders: shapes and
 * entries are written once more, from the functions that map.
 *
 * Kernel: drivers/iommu/amd/io_pgtable.c, iommu_v1_map_pages(); drivers/iommu/amd/io_pgtable_v2.c,
 *   set_pte_attr(): 6.12.
 * Kernel: drivers/iommu/generic_pt/fmt/amdv1.h, amdv1pt_install_leaf_entry();
 *   drivers/iommu/generic_pt/fmt/x86_64.h, x86_64_pt_install_leaf_entry();
 *   drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_install_leaf_entry(); drivers/iommu/io-pgtable-arm.c,
 *   __arm_lpae_init_pte(), arm_lpae_install_table(); drivers/iommu/s390-iommu.c, dma_walk_cpu_trans();
 *   drivers/iommu/virtio-iommu.c, viommu_add_mapping(): 7.3.
 */

#define RAM_PHYSICAL UINT64_C(0x4000000000)
#define RAM_VIRTUAL  UINT64_C(0xffff888000000000)
#define RAM_SIZE     (UINT64_C(2) << 20)
#define CHILDREN_MAX 1024

/** struct child - the table at @table, to which the entry at @at leads. */
struct child {
	uint64_t at;
	uint64_t table;
};

/**
 * struct tables - memory with a page table in it.
 * @used: bytes that are taken
 * @top: physical address of the highest table
 * @n_reads: reads so far
 * @failing: number of the read that fails, from 1 on
 */
struct tables {
	uint8_t *ram;
	uint64_t used;
	struct memory memory;
	struct table_root root;
	uint64_t top;
	struct child children[CHILDREN_MAX];
	size_t n_children;
	unsigned int n_reads;
	unsigned int failing;
};

static inline int ram_read(struct tables *tables, uint64_t offset, void *buffer, size_t len)
{
	if (++tables->n_reads == tables->failing)
		return -EPERM;
	if (offset >= RAM_SIZE || len > RAM_SIZE - offset)
		return -ENXIO;
	memcpy(buffer, tables->ram + offset, len);
	return 0;
}

static inline int ram_read_virtual(void *context, uint64_t address, void *buffer, size_t len)
{
	return ram_read(context, address - RAM_VIRTUAL, buffer, len);
}

static inline int ram_read_physical(void *context, uint64_t address, void *buffer, size_t len)
{
	return ram_read(context, address - RAM_PHYSICAL, buffer, len);
}

static inline uint64_t ram_order(const struct tables *tables, uint64_t value)
{
	return tables->memory.is_big_endian ? htobe64(value) : htole64(value);
}

/** ram_put() - write a number at a physical address. */
static inline void ram_put(struct tables *tables, uint64_t address, uint64_t value)
{
	value = ram_order(tables, value);
	memcpy(tables->ram + (address - RAM_PHYSICAL), &value, sizeof(value));
}

/** ram_get() - read it. */
static inline uint64_t ram_get(const struct tables *tables, uint64_t address)
{
	uint64_t value;

	memcpy(&value, tables->ram + (address - RAM_PHYSICAL), sizeof(value));
	return ram_order(tables, value);
}

/** ram_take() - take aligned memory. Return: its physical address, or 0 if there is no more. */
static inline uint64_t ram_take(struct tables *tables, uint64_t size)
{
	uint64_t start = (tables->used + size - 1) & ~(size - 1);

	if (start + size > RAM_SIZE)
		return 0;
	tables->used = start + size;
	return RAM_PHYSICAL + start;
}

static inline unsigned int tables_granule(const struct table_root *root)
{
	return root->kind == TABLE_ARM_LPAE ? root->bits_per_level + 3 : 12;
}

/** tables_shift() - log2 of what an entry covers. */
static inline unsigned int tables_shift(const struct table_root *root, unsigned int level)
{
	if (root->kind == TABLE_ZPCI)
		return level ? 20 + 11 * (level - 1) : 12;
	if (root->kind == TABLE_ARM_LPAE)
		return root->bits_per_level * (level + 1) + 3;
	return 12 + 9 * level;
}

/** tables_bits() - log2 of the entries of a table. */
static inline unsigned int tables_bits(const struct table_root *root, unsigned int level)
{
	if (root->kind == TABLE_ZPCI)
		return level ? 11 : 8;
	if (root->kind == TABLE_ARM_LPAE)
		return level == root->levels - 1 ? root->top_bits : root->bits_per_level;
	return 9;
}

static inline uint64_t tables_empty(const struct table_root *root, unsigned int level)
{
	if (root->kind != TABLE_ZPCI)
		return 0;
	return level ? 0x20 : 0x400;
}

/** tables_entry_table() - the entry of @level that leads to @table. */
static inline uint64_t tables_entry_table(const struct table_root *root, unsigned int level,
					  uint64_t table)
{
	switch (root->kind) {
	case TABLE_AMD_V1:
		return table | root->encryption_mask | (uint64_t)level << 9 | UINT64_C(3) << 61 | 1;
	case TABLE_AMD_V2:
	case TABLE_VTD_FIRST:
		return table | root->encryption_mask | 0x27;
	case TABLE_VTD_SECOND:
		return table | 3;
	case TABLE_ARM_LPAE:
		return ((table | table >> 36) & UINT64_C(0xfffffffff000)) | UINT64_C(1) << 55 | 3;
	case TABLE_ZPCI:
		return level == 1 ? table : table | (level - 1) << 2 | 3;
	default:
		return 0;
	}
}

static inline uint64_t amd_v1_leaf(uint64_t physical, unsigned int size, unsigned int shift)
{
	uint64_t flags = UINT64_C(7) << 60 | 1;
	uint64_t bytes = UINT64_C(1) << size;

	if (size == shift)
		return physical | flags;
	physical = (physical | (bytes - 1)) & ~(bytes >> 1) & UINT64_C(0xffffffffff000);
	return physical | flags | UINT64_C(7) << 9;
}

/** tables_entry_leaf() - the entry of @level that maps 2^@size bytes at @physical. */
static inline uint64_t tables_entry_leaf(const struct table_root *root, unsigned int level,
					 uint64_t physical, unsigned int size)
{
	uint64_t page = level ? 0x80 : 0;

	switch (root->kind) {
	case TABLE_AMD_V1:
		return amd_v1_leaf(physical | root->encryption_mask, size,
				   tables_shift(root, level));
	case TABLE_AMD_V2:
	case TABLE_VTD_FIRST:
		return physical | root->encryption_mask | 0x67 | page;
	case TABLE_VTD_SECOND:
		return physical | 0x803 | page;
	case TABLE_ARM_LPAE:
		return ((physical | physical >> 36) & UINT64_C(0xfffffffff000)) |
		       UINT64_C(3) << 53 | 0xf44 | (level ? 1 : 3);
	default:
		return physical;
	}
}

static inline uint64_t tables_take(struct tables *tables, unsigned int level)
{
	unsigned int bits = tables_bits(&tables->root, level);
	uint64_t table = ram_take(tables, UINT64_C(8) << bits);
	uint64_t empty = tables_empty(&tables->root, level);

	for (uint64_t i = 0; table && empty && i < UINT64_C(1) << bits; i++)
		ram_put(tables, table + 8 * i, empty);
	return table;
}

/** tables_begin() - make an empty table. Free it with tables_end(). */
static inline void tables_begin(struct tables *tables, const struct table_root *root,
				bool is_big_endian)
{
	memset(tables, 0, sizeof(*tables));
	tables->ram = calloc(1, RAM_SIZE);
	if (!tables->ram)
		abort();
	/* What follows uninitialized would be all zeroes, an address too. */
	tables->used = 4096;
	tables->memory = (struct memory){ .read = ram_read_virtual,
					  .read_physical = ram_read_physical,
					  .context = tables,
					  .is_big_endian = is_big_endian };
	tables->root = *root;
	if (root->kind == TABLE_VIRTIO) {
		/* paddr, node (parent, right, left), start, last, last of the subtree */
		tables->root.tree = (struct table_tree){ 8, 16, 8, 32, 40, 48, 0 };
		tables->top = ram_take(tables, 8);
	} else {
		tables->top = tables_take(tables, root->levels - 1);
	}
	tables->root.top = tables->top - RAM_PHYSICAL + RAM_VIRTUAL;
}

/** tables_end() - free the memory. */
static inline void tables_end(struct tables *tables)
{
	free(tables->ram);
}

/** tables_at() - the physical address of the entry of @level for @iova; tables are made for it. */
static inline uint64_t tables_at(struct tables *tables, uint64_t iova, unsigned int level)
{
	const struct table_root *root = &tables->root;
	uint64_t table = tables->top;

	for (unsigned int here = root->levels - 1;; here--) {
		uint64_t mask = (UINT64_C(1) << tables_bits(root, here)) - 1;
		uint64_t at = table + 8 * ((iova >> tables_shift(root, here)) & mask);
		size_t i = 0;

		if (here == level)
			return at;
		while (i < tables->n_children && tables->children[i].at != at)
			i++;
		if (i == CHILDREN_MAX)
			return 0;
		if (i == tables->n_children) {
			table = tables_take(tables, here - 1);
			if (!table)
				return 0;
			tables->children[tables->n_children++] = (struct child){ at, table };
			ram_put(tables, at, tables_entry_table(root, here, table));
		}
		table = tables->children[i].table;
	}
}

/** tables_leaf_level() - the level of entries for 2^@size bytes. */
static inline unsigned int tables_leaf_level(const struct table_root *root, unsigned int size)
{
	unsigned int level = 0;

	while (level + 1 < root->levels && tables_shift(root, level + 1) <= size)
		level++;
	return level;
}

/* A search tree without balance: the lowest address is that of the first free child. */
static inline bool tree_map(struct tables *tables, uint64_t iova, uint64_t physical, uint64_t size)
{
	uint64_t at = tables->top;
	uint64_t mapping = ram_take(tables, 64);

	if (!mapping)
		return false;
	ram_put(tables, mapping, physical);
	ram_put(tables, mapping + 32, iova);
	ram_put(tables, mapping + 40, iova + (size - 1));
	ram_put(tables, mapping + 48, iova + (size - 1));
	while (ram_get(tables, at)) {
		uint64_t node = ram_get(tables, at) - RAM_VIRTUAL + RAM_PHYSICAL;

		if (iova + (size - 1) > ram_get(tables, node + 40))
			ram_put(tables, node + 40, iova + (size - 1));
		at = node + (iova < ram_get(tables, node + 24) ? 16 : 8);
	}
	ram_put(tables, at, mapping + 8 - RAM_PHYSICAL + RAM_VIRTUAL);
	return true;
}

/** tables_map() - map 2^@size bytes. Return: false if there is no memory for the tables. */
static inline bool tables_map(struct tables *tables, uint64_t iova, uint64_t physical,
			      unsigned int size)
{
	const struct table_root *root = &tables->root;
	unsigned int level = tables_leaf_level(root, size);
	uint64_t at;

	if (root->kind == TABLE_VIRTIO)
		return tree_map(tables, iova, physical, UINT64_C(1) << size);
	at = tables_at(tables, iova, level);
	if (!at)
		return false;
	for (uint64_t i = 0; i < UINT64_C(1) << (size - tables_shift(root, level)); i++)
		ram_put(tables, at + 8 * i, tables_entry_leaf(root, level, physical, size));
	return true;
}

/**
 * tables_fill() - map 2^@size bytes from bus address 0 on in the smallest entries.
 *
 * All entries of a level lead to one and the same table, so that a large mapping takes little memory.
 * Not for virtio. Return: false if there is no memory for the tables.
 */
static inline bool tables_fill(struct tables *tables, unsigned int size)
{
	const struct table_root *root = &tables->root;
	uint64_t below = 0;

	for (unsigned int level = 0; level < root->levels; level++) {
		bool is_top = level == root->levels - 1;
		unsigned int shift = tables_shift(root, level), bits = tables_bits(root, level);
		unsigned int used = size < shift ? 0 : size - shift;
		uint64_t table = is_top ? tables->top : tables_take(tables, level);

		if (!table)
			return false;
		for (uint64_t i = 0; i < UINT64_C(1) << (used < bits ? used : bits); i++)
			ram_put(tables, table + 8 * i,
				level ? tables_entry_table(root, level, below)
				      : tables_entry_leaf(root, 0, i << shift, shift));
		below = table;
	}
	return true;
}

#endif
