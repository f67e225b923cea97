/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD's v1 tables ("host translations").
 *
 * One to six levels of 512 entries, of which each names the level of what it points to (bits 11:9):
 * 0 for a page of the entry's own size, 7 for a page whose size is in the low bits of its address,
 * and for a table the level that it has. A page that is larger than its entry fills several entries,
 * all with the same content.
 *
 * Kernel: drivers/iommu/amd/io_pgtable.c, first_pte_l7(), fetch_pte(), iommu_v1_map_pages();
 *   drivers/iommu/amd/amd_iommu_types.h, PTE_PAGE_SIZE(), PAGE_SIZE_PTE_COUNT(), PM_PTE_LEVEL(),
 *   PM_ADDR_MASK: 6.1, 6.12.
 * Kernel: drivers/iommu/generic_pt/fmt/amdv1.h, amdv1pt_load_entry_raw(), amdv1pt_entry_oa(),
 *   amdv1pt_entry_num_contig_lg2(), amdv1pt_can_have_leaf(): 7.3.
 */
#include "pagetable/internal.h"

#define AMD_PRESENT	   UINT64_C(1)
#define AMD_ACCESSED_DIRTY UINT64_C(0x60)
#define AMD_ADDRESS	   UINT64_C(0x000ffffffffff000)
#define AMD_LEVEL(entry)   ((unsigned int)((entry) >> 9) & 7)
#define AMD_LEVEL_PAGE	   0
#define AMD_LEVEL_SIZE	   7
#define AMD_LEVELS_MAX	   6

static bool amd_v1_shape(const struct table_root *root, struct table_shape *shape)
{
	if (root->levels < 1 || root->levels > AMD_LEVELS_MAX)
		return false;
	/* 64 address bits end within the highest table of six levels. */
	shape_fill(shape, root->levels, 12, 9, 9);
	return true;
}

/* The lowest bit of the address that is 0 is half of the size. */
static struct entry decode_sized(const struct table_shape *shape, unsigned int level,
				 uint64_t address)
{
	unsigned int size = 12;

	do {
		if (!(address & (UINT64_C(1) << size)))
			break;
		size++;
	} while (size < 52);
	size++;
	if (size <= shape->shift[level] || size >= shape->shift[level] + shape->bits[level])
		return entry_wrong(TABLE_WRONG_SIZE);
	return entry_leaf(address & ~low_bits(size), size);
}

static struct entry amd_v1_decode(const struct table_root *root, const struct table_shape *shape,
				  unsigned int level, uint64_t entry)
{
	uint64_t address = entry & AMD_ADDRESS & ~root->encryption_mask;
	unsigned int next = AMD_LEVEL(entry);

	if (!entry)
		return (struct entry){ .kind = ENTRY_ABSENT };
	if (!(entry & AMD_PRESENT))
		return entry_wrong(TABLE_MALFORMED);
	if (next == AMD_LEVEL_PAGE || next == AMD_LEVEL_SIZE) {
		if (level == AMD_LEVELS_MAX - 1)
			return entry_wrong(TABLE_WRONG_SIZE);
		return next == AMD_LEVEL_SIZE ? decode_sized(shape, level, address)
					      : entry_leaf(address, shape->shift[level]);
	}
	/* No kernel skips levels. */
	if (next != level)
		return entry_wrong(TABLE_MALFORMED);
	return entry_table(address, 12);
}

/*
 * The IOMMU need not set the dirty bit in all entries of a page.
 * Kernel: drivers/iommu/amd/io_pgtable.c, pte_test_and_clear_dirty(): 6.12.
 * Kernel: drivers/iommu/generic_pt/fmt/amdv1.h, amdv1pt_entry_is_write_dirty(): 7.3.
 */
const struct table_format table_format_amd_v1 = {
	.words = "AMD v1",
	.set_by_hardware = AMD_ACCESSED_DIRTY,
	.shape = amd_v1_shape,
	.decode = amd_v1_decode,
};
