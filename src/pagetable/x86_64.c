/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables like those of the CPU: AMD's v2 ("guest translations") and VT-d's first stage.
 *
 * Four or five levels of 512 entries. Bit 7 makes an entry of the second or third level a page of
 * 2 MiB or 1 GiB.
 *
 * Kernel: drivers/iommu/amd/io_pgtable_v2.c, fetch_pte(), set_pte_attr(), is_large_pte(): 6.1, 6.12.
 * Kernel: drivers/iommu/generic_pt/fmt/x86_64.h, x86_64_pt_load_entry_raw(), x86_64_pt_entry_oa(),
 *   x86_64_pt_can_have_leaf(): 7.3.
 * Kernel: drivers/iommu/intel/iommu.h, dma_pte_superpage(), dma_pte_present(): 6.1, 6.12.
 */
#include "pagetable/internal.h"

#define X86_PRESENT UINT64_C(1)
#define X86_PAGE    UINT64_C(0x80)
#define X86_ADDRESS UINT64_C(0x000ffffffffff000)

static bool amd_v2_shape(const struct table_root *root, struct table_shape *shape)
{
	if (root->levels < 4 || root->levels > 5)
		return false;
	shape_fill(shape, root->levels, 12, 9, 9);
	return true;
}

/*
 * Addresses are signed, and the IOMMU API uses only the lower half.
 * Kernel: drivers/iommu/intel/iommu.c, __DOMAIN_MAX_ADDR: 6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, PT_FEAT_SIGN_EXTEND; drivers/iommu/generic_pt/pt_iter.h,
 *   pt_upper_range(): 7.3.
 */
static bool vtd_first_shape(const struct table_root *root, struct table_shape *shape)
{
	if (root->encryption_mask || !amd_v2_shape(root, shape))
		return false;
	shape->last >>= 1;
	return true;
}

static struct entry x86_decode(const struct table_root *root, const struct table_shape *shape,
			       unsigned int level, uint64_t entry)
{
	uint64_t address = entry & X86_ADDRESS & ~root->encryption_mask;

	if (!entry)
		return (struct entry){ .kind = ENTRY_ABSENT };
	if (!(entry & X86_PRESENT))
		return entry_wrong(TABLE_MALFORMED);
	if (!level)
		return entry_leaf(address, shape->shift[0]);
	if (!(entry & X86_PAGE))
		return entry_table(address, 12);
	return level > 2 ? entry_wrong(TABLE_WRONG_SIZE) : entry_leaf(address, shape->shift[level]);
}

const struct table_format table_format_amd_v2 = {
	.words = "AMD v2",
	.shape = amd_v2_shape,
	.decode = x86_decode,
};

const struct table_format table_format_vtd_first = {
	.words = "VT-d first stage",
	.shape = vtd_first_shape,
	.decode = x86_decode,
};
