/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arm's long-descriptor tables (LPAE), both stages, as the SMMUs use them.
 *
 * Pages, and tables with them, are of 4, 16 or 64 KiB. The highest table can be smaller than a page,
 * or up to 16 tables in a row (concatenated), of which the IOMMU sees one. With 64 KiB the bits 51:48
 * of an address are in the bits 15:12 of an entry.
 *
 * Kernel: drivers/iommu/io-pgtable-arm.c, iopte_leaf(), iopte_to_paddr(), arm_lpae_restrict_pgsizes(),
 *   arm_lpae_alloc_pgtable(), ARM_LPAE_S2_MAX_CONCAT_PAGES: 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/io-pgtable-arm.c, iopte_table(): 6.12, 7.3.
 */
#include "pagetable/internal.h"

#define LPAE_TYPE	   UINT64_C(3)
#define LPAE_BLOCK	   UINT64_C(1)
#define LPAE_TABLE_OR_PAGE UINT64_C(3)
#define LPAE_ADDRESS	   UINT64_C(0x0000fffffffff000)
#define LPAE_LEVELS_MAX	   4
#define LPAE_CONCAT_BITS   4

/* The highest level with blocks, counted from that of pages: 1 GiB, 32 MiB or 4 TiB. */
static unsigned int highest_block(unsigned int bits_per_level)
{
	return bits_per_level == 11 ? 1 : 2;
}

static unsigned int address_bits(unsigned int bits_per_level)
{
	return bits_per_level == 13 ? 52 : 48;
}

static bool arm_lpae_shape(const struct table_root *root, struct table_shape *shape)
{
	unsigned int bits = root->bits_per_level;
	unsigned int most = bits + LPAE_CONCAT_BITS;

	if ((bits != 9 && bits != 11 && bits != 13) || root->encryption_mask)
		return false;
	if (root->levels < 1 || root->levels > LPAE_LEVELS_MAX)
		return false;
	if (root->top_bits < 1 || root->top_bits > most)
		return false;
	if (bits + 3 + bits * (root->levels - 1) + root->top_bits > address_bits(bits))
		return false;
	shape_fill(shape, root->levels, bits + 3, bits, root->top_bits);
	return true;
}

/* The physical address in an entry, or the next table's. */
static uint64_t lpae_address(const struct table_root *root, uint64_t entry)
{
	uint64_t address = entry & LPAE_ADDRESS;

	if (root->bits_per_level < 13)
		return address;
	return (address | address << 36) & (LPAE_ADDRESS << 4);
}

static struct entry arm_lpae_decode(const struct table_root *root, const struct table_shape *shape,
				    unsigned int level, uint64_t entry)
{
	uint64_t address = lpae_address(root, entry);
	uint64_t type = entry & LPAE_TYPE;

	if (!entry)
		return (struct entry){ .kind = ENTRY_ABSENT };
	if (type == LPAE_TABLE_OR_PAGE)
		return level ? entry_table(address, shape->shift[0])
			     : entry_leaf(address, shape->shift[0]);
	if (type != LPAE_BLOCK || !level)
		return entry_wrong(TABLE_MALFORMED);
	if (level > highest_block(root->bits_per_level))
		return entry_wrong(TABLE_WRONG_SIZE);
	return entry_leaf(address, shape->shift[level]);
}

const struct table_format table_format_arm_lpae = {
	.words = "Arm LPAE",
	.shape = arm_lpae_shape,
	.decode = arm_lpae_decode,
};
