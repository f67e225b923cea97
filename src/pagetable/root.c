/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page table of a domain, by the driver of its IOMMU. */
#include "pagetable/root.h"

#include <errno.h>

#include "base/count.h"
#include "pagetable/reason.h"

/** struct finding_root - arguments of root_find(), for the functions of the drivers. */
struct finding_root {
	const struct kernel_view *view;
	const struct group_domain *domain;
	struct table_root *root;
	char **reason;
};

static int disagree(const struct finding_root *find, const char *what)
{
	return could_not_tell(find->reason, EINVAL, "the %s that was found contradicts itself",
			      what);
}

/* Whether the domain ends where addresses of @bits do. */
static bool ends_at(const struct finding_root *find, unsigned int bits)
{
	return find->domain->last == (bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX);
}

/* Bits of the bus addresses in a table of x86 with so many levels. */
static unsigned int address_bits(unsigned int levels)
{
	return 12 + 9 * levels < 64 ? 12 + 9 * levels : 64;
}

/* Whether the domain lies within what @levels cover. */
static bool covers(const struct finding_root *find, unsigned int levels)
{
	unsigned int bits = address_bits(levels);

	return bits == 64 || find->domain->last >> bits == 0;
}

/* 0: this kernel has no such member; 1: it has; else a negative errno and the reason. */
static int has_place(const struct finding_root *find, const struct place *place)
{
	uint64_t offset;
	int ret = view_offset(find->view, place, &offset, NULL);

	if (ret == -ENOENT)
		return 0;
	return ret < 0 ? view_offset(find->view, place, &offset, find->reason) : 1;
}

/* The highest table is aligned to @align, and can be read. */
static int check_top(const struct finding_root *find, uint64_t align)
{
	uint64_t entry;

	if (!find->root->top || find->root->top & (align - 1))
		return could_not_tell(find->reason, EINVAL, "the page table is not aligned");
	if (memory_u64(find->view->memory, find->root->top, &entry) < 0)
		return could_not_tell(find->reason, EFAULT, "the page table cannot be read");
	return 0;
}

/** struct common - members of a table of the kernel's common code for page tables. */
struct common {
	struct place top;
	struct place features;
	struct place bits;
};

/* Whether tables with these @features have the one that is called @name. */
static int has_feature(const struct finding_root *find, uint64_t features, const char *name)
{
	uint64_t bit;
	int ret = view_enum(find->view, false, "pt_features", name, &bit, find->reason);

	if (ret < 0)
		return ret;
	if (bit >= 32)
		return disagree(find, "page table");
	return (int)(features >> bit & 1);
}

/*
 * Tables that the kernel's common code for page tables makes, from 6.19 on: the highest one and the number
 * of levels are in one word. The domain ends where the addresses do, of which signed ones have a bit less.
 *
 * Kernel: include/linux/generic_pt/common.h, pt_common, PT_TOP_LEVEL_BITS; drivers/iommu/generic_pt/pt_iter.h,
 *   _pt_top_range(); drivers/iommu/generic_pt/iommu_pt.h, pt_iommu_init_domain(): 7.3.
 */
static int common_find(const struct finding_root *find, const struct common *common, uint64_t outer,
		       uint64_t *features)
{
	uint64_t word, bits;
	int is_signed;
	int ret = view_pointer(find->view, &common->top, outer, &word, find->reason);

	if (ret >= 0)
		ret = view_read(find->view, &common->features, outer, features, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &common->bits, outer, &bits, find->reason);
	if (ret < 0)
		return ret;
	is_signed = has_feature(find, *features, "PT_FEAT_SIGN_EXTEND");
	if (is_signed < 0)
		return is_signed;
	if (bits < 30 || bits > 64 || !ends_at(find, (unsigned int)bits - (unsigned int)is_signed))
		return disagree(find, "page table");
	find->root->top = word & ~UINT64_C(7);
	find->root->levels = (unsigned int)(word & 7) + 1;
	return check_top(find, 4096);
}

#define AMD_PLACE(path, size)                                \
	{                                                    \
		"protection_domain", NULL, path, size, false \
	}

static const struct place amd_domain = AMD_PLACE("domain", 0);
static const struct place amd_mode = AMD_PLACE("pd_mode", 4);
/* By the format: v1, v2. */
static const struct common amd_common[] = {
	{
		AMD_PLACE("amdv1.amdpt.common.top_of_table", 8),
		AMD_PLACE("amdv1.amdpt.common.features", 4),
		AMD_PLACE("amdv1.amdpt.common.max_vasz_lg2", 1),
	},
	{
		AMD_PLACE("amdv2.x86_64_pt.common.top_of_table", 8),
		AMD_PLACE("amdv2.x86_64_pt.common.features", 4),
		AMD_PLACE("amdv2.x86_64_pt.common.max_vasz_lg2", 1),
	},
};
static const struct place amd_levels = AMD_PLACE("iop.mode", 4);
static const struct place amd_root = AMD_PLACE("iop.root", 8);
static const struct place amd_pgd = AMD_PLACE("iop.pgd", 8);
/* 6.1 calls it iop. */
static const struct place amd_format[] = {
	AMD_PLACE("iop.pgtbl.fmt", 4),
	AMD_PLACE("iop.iop.fmt", 4),
};
static const struct place amd_cookie[] = {
	AMD_PLACE("iop.pgtbl.cookie", 8),
	AMD_PLACE("iop.iop.cookie", 8),
};

/*
 * The format of the table: false for v1. A kernel without pd_mode uses v1 for VFIO, and the rest is not
 * told apart here.
 *
 * Kernel: drivers/iommu/amd/iommu.c, protection_domain_alloc(): 6.1.
 * Kernel: drivers/iommu/amd/amd_iommu_types.h, pd_mode, PD_MODE_V1, PD_MODE_V2: 6.12, 7.3, not in 6.1.
 */
static int amd_is_v2(const struct finding_root *find, uint64_t outer)
{
	uint64_t mode, v1, v2;
	int ret = has_place(find, &amd_mode);

	if (ret >= 0 && find->domain->is_managed)
		return could_not_tell(find->reason, EOPNOTSUPP,
				      "the format of the page table is not known");
	if (ret <= 0)
		return ret;
	ret = view_enum(find->view, false, "protection_domain_mode", "PD_MODE_V1", &v1,
			find->reason);
	if (ret >= 0)
		ret = view_enum(find->view, false, "protection_domain_mode", "PD_MODE_V2", &v2,
				find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &amd_mode, outer, &mode, find->reason);
	if (ret < 0)
		return ret;
	if (v1 == v2 || (mode != v1 && mode != v2))
		return could_not_tell(find->reason, EOPNOTSUPP,
				      "the format of the page table is not known");
	return mode == v2;
}

/*
 * A table of v1 grows, one of v2 does not, and has half of the addresses that its levels could have.
 *
 * Kernel: drivers/iommu/amd/iommu.c, PT_FEAT_DYNAMIC_TOP, hw_max_vasz_lg2: 7.3.
 */
static int amd_find_common(const struct finding_root *find, uint64_t outer, int is_v2)
{
	unsigned int levels;
	uint64_t features;
	int ret = common_find(find, &amd_common[is_v2], outer, &features);

	if (ret >= 0)
		ret = has_feature(find, features, "PT_FEAT_DYNAMIC_TOP");
	if (ret < 0)
		return ret;
	levels = find->root->levels;
	if (ret == is_v2 || levels < 2 || levels > 6)
		return disagree(find, "page table");
	if (is_v2 && (levels < 4 || levels > 5 || !ends_at(find, address_bits(levels) - 1)))
		return disagree(find, "page table");
	return 0;
}

/*
 * The part that all drivers with such tables share has the domain as its cookie, and the format.
 *
 * Kernel: drivers/iommu/io-pgtable.c, alloc_io_pgtable_ops(); drivers/iommu/amd/iommu.c,
 *   alloc_io_pgtable_ops(): 6.1, 6.12.
 */
static int amd_check_format(const struct finding_root *find, uint64_t outer, int is_v2)
{
	uint64_t format = 0, cookie = 0, expected = 0;
	bool is_old = has_place(find, &amd_format[0]) == 0;
	int ret = view_read(find->view, &amd_format[is_old], outer, &format, find->reason);

	if (ret >= 0)
		ret = view_read(find->view, &amd_cookie[is_old], outer, &cookie, find->reason);
	if (ret >= 0)
		ret = view_enum(find->view, false, "io_pgtable_fmt",
				is_v2 ? "AMD_IOMMU_V2" : "AMD_IOMMU_V1", &expected, find->reason);
	if (ret >= 0 && (format != expected || cookie != outer))
		ret = disagree(find, "page table");
	return ret;
}

/*
 * The levels of v2 are in a variable of the kernel; the end of the domain tells them, of which newer kernels
 * take half.
 *
 * Kernel: drivers/iommu/amd/iommu.c, dma_max_address(): 6.1, 6.12.
 */
static int amd_find_old_v2(const struct finding_root *find, uint64_t outer)
{
	for (unsigned int levels = 4; levels <= 5; levels++) {
		if (ends_at(find, address_bits(levels)) || ends_at(find, address_bits(levels) - 1))
			find->root->levels = levels;
	}
	if (!find->root->levels)
		return disagree(find, "page table");
	return view_pointer(find->view, &amd_pgd, outer, &find->root->top, find->reason);
}

static int amd_find_old(const struct finding_root *find, uint64_t outer, int is_v2)
{
	uint64_t levels = 0;
	int ret = amd_check_format(find, outer, is_v2);

	if (ret < 0)
		return ret;
	if (is_v2) {
		ret = amd_find_old_v2(find, outer);
		return ret < 0 ? ret : check_top(find, 4096);
	}
	ret = view_read(find->view, &amd_levels, outer, &levels, find->reason);
	if (ret >= 0)
		ret = view_pointer(find->view, &amd_root, outer, &find->root->top, find->reason);
	if (ret < 0)
		return ret;
	if (levels < 1 || levels > 6)
		return disagree(find, "page table");
	find->root->levels = (unsigned int)levels;
	return check_top(find, 4096);
}

static int amd_find(const struct finding_root *find)
{
	uint64_t outer;
	int ret = view_outer(find->view, &amd_domain, find->domain->address, &outer, find->reason);
	int is_v2;

	if (ret < 0)
		return ret;
	is_v2 = amd_is_v2(find, outer);
	if (is_v2 < 0)
		return is_v2;
	find->root->kind = is_v2 ? TABLE_AMD_V2 : TABLE_AMD_V1;
	find->root->encryption_mask = find->view->encryption_mask;
	ret = has_place(find, &amd_common[0].top);
	if (ret < 0)
		return ret;
	return ret ? amd_find_common(find, outer, is_v2) : amd_find_old(find, outer, is_v2);
}

#define VTD_PLACE(path, size)                          \
	{                                              \
		"dmar_domain", NULL, path, size, false \
	}

static const struct place vtd_domain = VTD_PLACE("domain", 0);
static const struct common vtd_first = {
	VTD_PLACE("fspt.x86_64_pt.common.top_of_table", 8),
	VTD_PLACE("fspt.x86_64_pt.common.features", 4),
	VTD_PLACE("fspt.x86_64_pt.common.max_vasz_lg2", 1),
};
static const struct common vtd_second = {
	VTD_PLACE("sspt.vtdss_pt.common.top_of_table", 8),
	VTD_PLACE("sspt.vtdss_pt.common.features", 4),
	VTD_PLACE("sspt.vtdss_pt.common.max_vasz_lg2", 1),
};
static const struct place vtd_pgd = VTD_PLACE("pgd", 8);
static const struct place vtd_agaw = VTD_PLACE("agaw", 4);
static const struct place vtd_gaw = VTD_PLACE("gaw", 4);

/* Addresses of the first stage are signed, and only the lower half is used. */
static int vtd_set_stage(const struct finding_root *find, bool is_first)
{
	unsigned int levels = find->root->levels;

	find->root->kind = is_first ? TABLE_VTD_FIRST : TABLE_VTD_SECOND;
	if (levels < (is_first ? 4U : 3U) || levels > 5 || !covers(find, levels))
		return disagree(find, "page table");
	return 0;
}

/*
 * Both stages are members of a union, at the same place. The first one has a fifth level only for addresses
 * that need it, though the IOMMU may have fewer bits than four levels.
 *
 * Kernel: drivers/iommu/intel/iommu.h, dmar_domain; drivers/iommu/intel/iommu.c,
 *   intel_iommu_domain_alloc_first_stage(), compute_vasz_lg2_fs(),
 *   intel_iommu_domain_alloc_second_stage(), compute_vasz_lg2_ss(): 7.3.
 */
static int vtd_find_common(const struct finding_root *find, uint64_t outer)
{
	uint64_t first, second, features;
	int ret = view_offset(find->view, &vtd_first.top, &first, find->reason);

	if (ret >= 0)
		ret = view_offset(find->view, &vtd_second.top, &second, find->reason);
	if (ret < 0)
		return ret;
	if (first != second)
		return could_not_tell(find->reason, EOPNOTSUPP,
				      "the stage of the page table is not known");
	ret = common_find(find, &vtd_second, outer, &features);
	if (ret >= 0)
		ret = has_feature(find, features, "PT_FEAT_SIGN_EXTEND");
	if (ret < 0)
		return ret;
	if (ret && (find->root->levels == 5) != (find->domain->last >> 47 != 0))
		return disagree(find, "page table");
	return vtd_set_stage(find, ret);
}

/*
 * The domain ends with the addresses of the second stage, or with half of them (first stage).
 *
 * Kernel: drivers/iommu/intel/iommu.c, domain_update_iommu_cap(), agaw_to_level(), agaw_to_width(): 6.1.
 * Kernel: drivers/iommu/intel/iommu.c, paging_domain_alloc(): 6.12.
 */
static int vtd_find_old(const struct finding_root *find, uint64_t outer)
{
	uint64_t agaw, gaw;
	int ret = view_read(find->view, &vtd_agaw, outer, &agaw, find->reason);

	if (ret >= 0)
		ret = view_read(find->view, &vtd_gaw, outer, &gaw, find->reason);
	if (ret >= 0)
		ret = view_pointer(find->view, &vtd_pgd, outer, &find->root->top, find->reason);
	if (ret < 0)
		return ret;
	find->root->levels = (unsigned int)agaw + 2;
	if (!ends_at(find, (unsigned int)gaw) && !ends_at(find, (unsigned int)gaw - 1))
		return disagree(find, "page table");
	ret = vtd_set_stage(find, ends_at(find, (unsigned int)gaw - 1));
	return ret < 0 ? ret : check_top(find, 4096);
}

static int vtd_find(const struct finding_root *find)
{
	uint64_t outer;
	int ret = view_outer(find->view, &vtd_domain, find->domain->address, &outer, find->reason);

	if (ret < 0)
		return ret;
	ret = has_place(find, &vtd_second.top);
	if (ret < 0)
		return ret;
	return ret ? vtd_find_common(find, outer) : vtd_find_old(find, outer);
}

#define SMMU_PLACE(path, size)                                \
	{                                                     \
		"arm_smmu_domain", "s2_cfg", path, size, true \
	}
#define LPAE_PLACE(path, size)                                 \
	{                                                      \
		"arm_lpae_io_pgtable", NULL, path, size, false \
	}

/* The driver of SMMUv2 has a struct of the same name, without stage 2 of its own. */
static const struct place smmu_domain = SMMU_PLACE("domain", 0);
static const struct place smmu_ops = SMMU_PLACE("pgtbl_ops", 8);
static const struct place lpae_ops = LPAE_PLACE("iop.ops", 0);
static const struct place lpae_format = LPAE_PLACE("iop.fmt", 4);
static const struct place lpae_cookie = LPAE_PLACE("iop.cookie", 8);
static const struct place lpae_bus_bits = LPAE_PLACE("iop.cfg.ias", 4);
static const struct place lpae_page_sizes = LPAE_PLACE("iop.cfg.pgsize_bitmap", 8);
static const struct place lpae_pgd = LPAE_PLACE("pgd", 8);
static const struct place lpae_start = LPAE_PLACE("start_level", 4);
static const struct place lpae_bits = LPAE_PLACE("bits_per_level", 4);
static const struct place lpae_top_bits = LPAE_PLACE("pgd_bits", 4);

/** struct lpae - what a driver says of its table. */
struct lpae {
	uint64_t format;
	uint64_t cookie;
	uint64_t bus_bits;
	uint64_t page_sizes;
	uint64_t pgd;
	uint64_t start;
	uint64_t bits;
	uint64_t top_bits;
};

static int lpae_read(const struct finding_root *find, uint64_t data, struct lpae *lpae)
{
	const struct {
		const struct place *place;
		uint64_t *value;
	} members[] = {
		{ &lpae_format, &lpae->format },     { &lpae_cookie, &lpae->cookie },
		{ &lpae_bus_bits, &lpae->bus_bits }, { &lpae_page_sizes, &lpae->page_sizes },
		{ &lpae_pgd, &lpae->pgd },	     { &lpae_start, &lpae->start },
		{ &lpae_bits, &lpae->bits },	     { &lpae_top_bits, &lpae->top_bits },
	};
	int ret = 0;

	for (size_t i = 0; ret >= 0 && i < COUNT(members); i++)
		ret = view_read(find->view, members[i].place, data, members[i].value, find->reason);
	return ret;
}

/*
 * A table of 64-bit LPAE, whose levels have just the bits of the bus addresses.
 *
 * Kernel: drivers/iommu/io-pgtable-arm.c, arm_lpae_alloc_pgtable(); include/linux/io-pgtable.h,
 *   io_pgtable_fmt: 6.1, 7.3.
 */
static int lpae_check(const struct finding_root *find, const struct lpae *lpae, uint64_t outer)
{
	uint64_t first, second, page;
	int ret = view_enum(find->view, false, "io_pgtable_fmt", "ARM_64_LPAE_S1", &first,
			    find->reason);

	if (ret >= 0)
		ret = view_enum(find->view, false, "io_pgtable_fmt", "ARM_64_LPAE_S2", &second,
				find->reason);
	if (ret < 0)
		return ret;
	if (lpae->format != first && lpae->format != second)
		return could_not_tell(find->reason, EOPNOTSUPP,
				      "the format of the page table is not known");
	if (lpae->cookie != outer || lpae->start > 3 || lpae->bits < 9 || lpae->bits > 13 ||
	    lpae->top_bits > 17)
		return disagree(find, "page table");
	page = UINT64_C(8) << lpae->bits;
	if ((lpae->page_sizes & -lpae->page_sizes) != page ||
	    (find->domain->page_sizes & -find->domain->page_sizes) != page)
		return disagree(find, "page table");
	if (lpae->bits * (4 - lpae->start) + 3 + lpae->top_bits != lpae->bus_bits)
		return disagree(find, "page table");
	return ends_at(find, (unsigned int)lpae->bus_bits) ? 0 : disagree(find, "page table");
}

static int smmu_find(const struct finding_root *find)
{
	uint64_t outer, ops, data, size;
	struct lpae lpae = { 0 };
	int ret = view_outer(find->view, &smmu_domain, find->domain->address, &outer, find->reason);

	if (ret >= 0)
		ret = view_pointer(find->view, &smmu_ops, outer, &ops, find->reason);
	if (ret >= 0)
		ret = view_outer(find->view, &lpae_ops, ops, &data, find->reason);
	if (ret >= 0)
		ret = lpae_read(find, data, &lpae);
	if (ret >= 0)
		ret = lpae_check(find, &lpae, outer);
	if (ret < 0)
		return ret;
	find->root->kind = TABLE_ARM_LPAE;
	find->root->top = lpae.pgd;
	find->root->levels = 4 - (unsigned int)lpae.start;
	find->root->bits_per_level = (unsigned int)lpae.bits;
	find->root->top_bits = (unsigned int)lpae.top_bits;
	size = UINT64_C(8) << lpae.top_bits;
	return check_top(find, size < 64 ? 64 : size);
}

#define ZPCI_PLACE(path, size)                         \
	{                                              \
		"s390_domain", NULL, path, size, false \
	}

static const struct place zpci_domain = ZPCI_PLACE("domain", 0);
static const struct place zpci_table = ZPCI_PLACE("dma_table", 8);
static const struct place zpci_origin = ZPCI_PLACE("origin_type", 1);

/*
 * Kernels without origin_type have region third tables only.
 *
 * Kernel: drivers/iommu/s390-iommu.c, s390_domain, s390_domain_alloc_paging(); arch/s390/include/asm/pci_dma.h,
 *   ZPCI_TABLE_TYPE_RTX: 6.12, 7.3.
 */
static int zpci_find(const struct finding_root *find)
{
	static const unsigned int bits[] = { [3] = 42, [4] = 53, [5] = 64 };
	uint64_t outer, origin = 4;
	int ret = view_outer(find->view, &zpci_domain, find->domain->address, &outer, find->reason);
	bool has_origin = has_place(find, &zpci_origin) != 0;

	if (ret >= 0 && has_origin)
		ret = view_read(find->view, &zpci_origin, outer, &origin, find->reason);
	if (ret >= 0)
		ret = view_pointer(find->view, &zpci_table, outer, &find->root->top, find->reason);
	if (ret < 0)
		return ret;
	find->root->kind = TABLE_ZPCI;
	find->root->levels = table_zpci_levels((unsigned int)origin);
	if (!find->root->levels || (has_origin && !ends_at(find, bits[find->root->levels])))
		return disagree(find, "page table");
	return check_top(find, 0x4000);
}

#define VIRTIO_PLACE(type, path, size)       \
	{                                    \
		type, NULL, path, size, true \
	}

static const struct place virtio_domain = VIRTIO_PLACE("viommu_domain", "domain", 0);
static const struct place virtio_unit = VIRTIO_PLACE("viommu_domain", "viommu", 8);
static const struct place virtio_root = VIRTIO_PLACE("viommu_domain", "mappings.rb_root.rb_node",
						     8);
static const struct place virtio_first = VIRTIO_PLACE("viommu_domain", "mappings.rb_leftmost", 8);
static const struct place virtio_node = VIRTIO_PLACE("viommu_mapping", "iova.rb", 24);
static const struct place virtio_start = VIRTIO_PLACE("viommu_mapping", "iova.start", 8);
static const struct place virtio_last = VIRTIO_PLACE("viommu_mapping", "iova.last", 8);
static const struct place virtio_most = VIRTIO_PLACE("viommu_mapping", "iova.__subtree_last", 8);
static const struct place virtio_physical = VIRTIO_PLACE("viommu_mapping", "paddr", 8);
static const struct place node_parent = { "rb_node", NULL, "__rb_parent_color", 8, false };
static const struct place node_left = { "rb_node", NULL, "rb_left", 8, false };
static const struct place node_right = { "rb_node", NULL, "rb_right", 8, false };

/** struct offset - where a member was found. */
struct offset {
	const struct place *place;
	uint64_t *value;
	uint64_t size;
};

/* Finds @n members, no two of which may overlap. */
static int find_offsets(const struct finding_root *find, const struct offset *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int ret = view_offset(find->view, offsets[i].place, offsets[i].value, find->reason);

		if (ret < 0)
			return ret;
		for (size_t k = 0; k < i; k++) {
			uint64_t one = *offsets[i].value, other = *offsets[k].value;

			if (one < other + offsets[k].size && other < one + offsets[i].size)
				return disagree(find, "tree of mappings");
		}
	}
	return 0;
}

static int virtio_offsets(const struct finding_root *find, struct table_tree *tree)
{
	uint64_t parent;
	const struct offset node[] = {
		{ &node_parent, &parent, 8 },
		{ &node_left, &tree->left, 8 },
		{ &node_right, &tree->right, 8 },
	};
	const struct offset mapping[] = {
		{ &virtio_node, &tree->node, 24 },	  { &virtio_start, &tree->start, 8 },
		{ &virtio_last, &tree->last, 8 },	  { &virtio_most, &tree->subtree_last, 8 },
		{ &virtio_physical, &tree->physical, 8 },
	};
	int ret = find_offsets(find, node, COUNT(node));

	return ret < 0 ? ret : find_offsets(find, mapping, COUNT(mapping));
}

/*
 * The highest node has no parent (the lowest bits are its colour), and knows the end of all below it. It maps
 * pages, and never the first one of memory.
 *
 * Kernel: include/linux/rbtree_types.h, rb_node; include/linux/interval_tree.h, interval_tree_node: 7.3.
 */
static int virtio_check_node(const struct finding_root *find, uint64_t node)
{
	uint64_t parent, mapping, start, last, most, physical;
	int ret = view_read(find->view, &node_parent, node, &parent, find->reason);

	if (ret >= 0)
		ret = view_outer(find->view, &virtio_node, node, &mapping, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_start, mapping, &start, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_last, mapping, &last, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_most, mapping, &most, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_physical, mapping, &physical, find->reason);
	if (ret < 0)
		return ret;
	if (parent > 1 || start > last || last > most || most > find->domain->last)
		return disagree(find, "tree of mappings");
	if (!physical || ((physical | start | (last + 1)) & 0xfff))
		return disagree(find, "tree of mappings");
	return 0;
}

/*
 * Kernel: drivers/iommu/virtio-iommu.c, viommu_domain, viommu_mapping: 6.1, 6.12, 7.3.
 */
static int virtio_find(const struct finding_root *find)
{
	uint64_t outer, unit, node, first;
	int ret = view_outer(find->view, &virtio_domain, find->domain->address, &outer,
			     find->reason);

	if (ret >= 0)
		ret = view_pointer(find->view, &virtio_unit, outer, &unit, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_root, outer, &node, find->reason);
	if (ret >= 0)
		ret = view_read(find->view, &virtio_first, outer, &first, find->reason);
	if (ret >= 0)
		ret = view_address(find->view, &virtio_root, outer, &find->root->top, find->reason);
	if (ret >= 0)
		ret = virtio_offsets(find, &find->root->tree);
	if (ret < 0)
		return ret;
	if (!node != !first)
		return disagree(find, "tree of mappings");
	/* NULL is in many places, and nothing else would show that this is the right one. */
	if (!node)
		return could_not_tell(find->reason, ENODATA, "the tree of mappings is empty");
	find->root->kind = TABLE_VIRTIO;
	return virtio_check_node(find, node);
}

int root_find(const struct kernel_view *view, enum iommu_kind kind,
	      const struct group_domain *domain, struct table_root *root, char **reason)
{
	const struct finding_root find = { view, domain, root, reason };

	*root = (struct table_root){ 0 };
	switch (kind) {
	case IOMMU_AMD:
		return amd_find(&find);
	case IOMMU_INTEL:
		return vtd_find(&find);
	case IOMMU_SMMU:
		return smmu_find(&find);
	case IOMMU_ZPCI:
		return zpci_find(&find);
	case IOMMU_VIRTIO:
		return virtio_find(&find);
	case IOMMU_OTHER:
		break;
	}
	return could_not_tell(reason, EOPNOTSUPP, "the page tables of this IOMMU are not known");
}

int root_check_tried(const struct table_root *root, char **reason)
{
	if (root->kind != TABLE_AMD_V2)
		return 0;
	return could_not_tell(reason, EOPNOTSUPP,
			      "AMD's v2 page tables were never tried on a real host, and are not "
			      "read");
}
