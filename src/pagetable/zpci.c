/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of PCI on s390 (zPCI), in big endian.
 *
 * Page tables have 256 entries of 4 KiB, segment and region tables above them 2048 entries. An entry
 * that is not valid says so by a bit, and an entry that points to a table by the type of the table in
 * which it is. The highest table's type depends on the machine, and is that of a region third table
 * for kernels without origin_type.
 *
 * Kernel: arch/s390/include/asm/pci_dma.h, ZPCI_TABLE_TYPE_MASK, ZPCI_PTE_INVALID; drivers/iommu/s390-iommu.c,
 *   s390_iommu_iova_to_phys(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/s390-iommu.c, get_rt_sto(), get_st_pto(), validate_rt_entry(),
 *   validate_st_entry(): 6.12, 7.3.
 * Kernel: drivers/iommu/s390-iommu.c, origin_type, get_rf_rso(), get_rs_rto(): 7.3, not in 6.12.
 */
#include "pagetable/internal.h"

#define ZPCI_PAGE_INVALID  UINT64_C(0x400)
#define ZPCI_TABLE_INVALID UINT64_C(0x20)
#define ZPCI_PROTECTED	   UINT64_C(0x200)
#define ZPCI_TYPE	   UINT64_C(0xc)
#define ZPCI_LENGTH	   UINT64_C(0x3)

unsigned int table_zpci_levels(unsigned int origin_type)
{
	/* Third, second and first region table: 0x4, 0x8, 0xc. Below are segment and page table. */
	if (!origin_type || origin_type & ~ZPCI_TYPE)
		return 0;
	return 2 + origin_type / 4;
}

static bool zpci_shape(const struct table_root *root, struct table_shape *shape)
{
	if (root->levels < 3 || root->levels > 5 || root->encryption_mask)
		return false;
	shape->levels = root->levels;
	shape->shift[0] = 12;
	shape->bits[0] = 8;
	for (unsigned int level = 1; level < root->levels; level++) {
		shape->shift[level] = shape->shift[level - 1] + shape->bits[level - 1];
		shape->bits[level] = 11;
	}
	shape->last = low_bits(shape->shift[root->levels - 1] + 11);
	return true;
}

static struct entry decode_page(uint64_t entry)
{
	if (entry & ZPCI_PAGE_INVALID)
		return (struct entry){ .kind = ENTRY_ABSENT };
	if (entry & low_bits(12) & ~ZPCI_PROTECTED)
		return entry_wrong(TABLE_MALFORMED);
	return entry_leaf(entry & ~low_bits(12), 12);
}

static struct entry zpci_decode(const struct table_root *root __attribute__((unused)),
				const struct table_shape *shape __attribute__((unused)),
				unsigned int level, uint64_t entry)
{
	uint64_t flags = ZPCI_PROTECTED | ZPCI_TYPE | (level > 1 ? ZPCI_LENGTH : 0);
	unsigned int size = level > 1 ? 14 : 11;

	if (!level)
		return decode_page(entry);
	if (entry & ZPCI_TABLE_INVALID)
		return (struct entry){ .kind = ENTRY_ABSENT };
	/* The type of a segment table is 0. */
	if ((entry & ZPCI_TYPE) != (uint64_t)(level - 1) << 2)
		return entry_wrong(TABLE_MALFORMED);
	/* The kernel sets no other flag, and no bit between the flags and the address. */
	if (entry & low_bits(11) & ~flags)
		return entry_wrong(TABLE_MALFORMED);
	return entry_table(entry & ~low_bits(11), size);
}

const struct table_format table_format_zpci = {
	.words = "zPCI",
	.shape = zpci_shape,
	.decode = zpci_decode,
};
