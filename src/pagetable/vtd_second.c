/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d's second stage.
 *
 * Three to five levels of 512 entries. No bit says that an entry is present: one of read and write is
 * set. Bit 7 makes an entry of the second or third level a page of 2 MiB or 1 GiB.
 *
 * Kernel: drivers/iommu/intel/iommu.h, dma_pte_present(), dma_pte_superpage(), dma_pte_addr(): 6.1,
 *   6.12.
 * Kernel: drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_load_entry_raw(), vtdss_pt_entry_oa(),
 *   vtdss_pt_can_have_leaf(), vtdss_pt_iommu_fmt_init(): 7.3.
 */
#include "pagetable/internal.h"

#define VTD_READ_WRITE UINT64_C(3)
#define VTD_PAGE       UINT64_C(0x80)
#define VTD_ADDRESS    UINT64_C(0x000ffffffffff000)

static bool vtd_second_shape(const struct table_root *root, struct table_shape *shape)
{
	if (root->levels < 3 || root->levels > 5 || root->encryption_mask)
		return false;
	shape_fill(shape, root->levels, 12, 9, 9);
	return true;
}

static struct entry vtd_second_decode(const struct table_root *root __attribute__((unused)),
				      const struct table_shape *shape, unsigned int level,
				      uint64_t entry)
{
	uint64_t address = entry & VTD_ADDRESS;

	if (!entry)
		return (struct entry){ .kind = ENTRY_ABSENT };
	if (!(entry & VTD_READ_WRITE))
		return entry_wrong(TABLE_MALFORMED);
	if (!level)
		return entry_leaf(address, shape->shift[0]);
	if (!(entry & VTD_PAGE))
		return entry_table(address, 12);
	return level > 2 ? entry_wrong(TABLE_WRONG_SIZE) : entry_leaf(address, shape->shift[level]);
}

const struct table_format table_format_vtd_second = {
	.words = "VT-d second stage",
	.shape = vtd_second_shape,
	.decode = vtd_second_decode,
};
