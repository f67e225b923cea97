/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and pages of Intel's IOMMU, by its registers. */
#include "model/vtd.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/cmdline.h"
#include "model/kernel.h"

/*
 * Bits of the registers.
 *
 * Kernel: drivers/iommu/intel/iommu.h, cap_fl1gp_support(), ecap_smts(): 6.12, 7.3.
 */
#define CAP_2M	 34
#define CAP_1G	 35
#define CAP_FL1G 56 /* pages of 1 GiB in first-stage tables */
#define CAP_FL5L 60 /* first-stage tables of five levels */

#define ECAP_SCALABLE (UINT64_C(1) << 43)
#define ECAP_SECOND   (UINT64_C(1) << 46)
#define ECAP_FIRST    (UINT64_C(1) << 47)

/** enum stage - kind of table that translates for VFIO. */
enum stage {
	STAGE_UNKNOWN,
	STAGE_FIRST,
	STAGE_SECOND,
};

static bool read_register(const char *word, uint64_t *value)
{
	return word && text_to_u64(word, 16, value) == 0;
}

/* The features that all of Intel's units have. Return: whether all are known. */
static bool common_features(const struct host *host, const struct iommu *iommu, uint64_t *ecap)
{
	if (!read_register(iommu->ecap, ecap))
		return false;
	for (size_t i = 0; i < host->n_iommus; i++) {
		uint64_t its;

		if (host->iommus[i].kind != IOMMU_INTEL)
			continue;
		if (!read_register(host->iommus[i].ecap, &its))
			return false;
		*ecap &= its;
	}
	return true;
}

/** enum mode - scalable mode, by the command line; its default is one of the kernel's configuration. */
enum mode {
	MODE_DEFAULT,
	MODE_LEGACY,
	MODE_SCALABLE,
};

/*
 * Two words that contradict each other are not judged. 5.10 does not know sm_off.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(): 5.10, 6.1, 6.12, 7.3.
 */
static enum mode mode_of(const struct host *host)
{
	bool is_on = cmdline_has(host->cmdline, "intel_iommu", "sm_on");
	bool is_off = cmdline_has(host->cmdline, "intel_iommu", "sm_off");

	if (is_on == is_off || (is_off && kernel_is_before(host, 6, 1)))
		return MODE_DEFAULT;
	return is_on ? MODE_SCALABLE : MODE_LEGACY;
}

/*
 * The stage in scalable mode of a unit that has the first one. Between 5.10 and 6.1, and between 6.12 and 7.3, none was read.
 *
 * Kernel: drivers/iommu/intel/iommu.c, first_level_by_default(), where 6.1 and 6.12 use the first stage
 *   for VFIO only if there is no second one, and 5.10 always: 5.10, 6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_domain_alloc_paging_flags(), which prefers the first
 *   stage: 7.3.
 */
static enum stage scalable_stage(const struct host *host, uint64_t common)
{
	bool is_5_10 = kernel_is_from(host, 5, 10) && kernel_is_before(host, 5, 11);
	bool is_6_1 = kernel_is_from(host, 6, 1) && kernel_is_before(host, 6, 13);

	if (kernel_is_from(host, 7, 3))
		return STAGE_FIRST;
	if (!is_5_10 && !is_6_1)
		return STAGE_UNKNOWN;
	if (!(common & ECAP_SCALABLE) || !(common & ECAP_FIRST))
		return STAGE_SECOND;
	return is_6_1 && common & ECAP_SECOND ? STAGE_SECOND : STAGE_FIRST;
}

static enum stage stage_of(const struct host *host, const struct iommu *iommu)
{
	enum mode mode = mode_of(host);
	uint64_t own, common;
	enum stage stage;

	if (!read_register(iommu->ecap, &own))
		return STAGE_UNKNOWN;
	if (mode == MODE_LEGACY || !(own & ECAP_SCALABLE) || !(own & ECAP_FIRST))
		return STAGE_SECOND;
	if (!common_features(host, iommu, &common))
		return STAGE_UNKNOWN;
	stage = scalable_stage(host, common);
	return mode == MODE_SCALABLE || stage == STAGE_SECOND ? stage : STAGE_UNKNOWN;
}

static unsigned int smaller(unsigned int one, unsigned int two)
{
	return one < two ? one : two;
}

/* Address bits of the deepest table in @depths: tables of two levels (30 bits) to six; nine bits more a level. */
static unsigned int deepest(unsigned int depths)
{
	return depths ? 30 + 9 * (31 - (unsigned int)__builtin_clz(depths)) : 0;
}

/*
 * The kernel walks tables as deep as both stages can where it knows both, though it uses only one.
 *
 * Kernel: drivers/iommu/intel/iommu.c, __iommu_calculate_sagaw(), prepare_domain_attach_device(): 5.10,
 *   6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, compute_vasz_lg2_ss(): 7.3.
 */
static unsigned int second_bits(const struct host *host, uint64_t cap, uint64_t ecap,
				unsigned int widest)
{
	unsigned int depths = cap >> 8 & 0x1f;
	unsigned int alone = smaller(deepest(depths), widest);
	unsigned int common = smaller(deepest(depths & (cap >> CAP_FL5L & 1 ? 0xc : 0x4)), widest);
	bool has_both = ecap & ECAP_SCALABLE && ecap & ECAP_FIRST;

	if (!has_both || mode_of(host) == MODE_LEGACY || kernel_is_from(host, 7, 3))
		return alone;
	if (mode_of(host) == MODE_SCALABLE)
		return common;
	return alone == common ? alone : 0;
}

/*
 * Kernel: drivers/iommu/intel/iommu.c, domain_update_iommu_cap(), where the sign takes a bit: 5.10, 6.1,
 *   6.12.
 * Kernel: drivers/iommu/intel/iommu.c, compute_vasz_lg2_fs(), and
 *   drivers/iommu/generic_pt/pt_iter.h, pt_top_range(), which takes the lower half: 7.3.
 */
static unsigned int first_bits(const struct host *host, uint64_t cap, uint64_t ecap,
			       unsigned int widest)
{
	unsigned int depths = cap >> CAP_FL5L & 1 ? 0xc : 0x4;
	unsigned int bits;

	if (!kernel_is_from(host, 7, 3) && ecap & ECAP_SECOND)
		depths &= cap >> 8 & 0x1f;
	bits = smaller(deepest(depths), widest);
	return bits ? bits - 1 : 0;
}

unsigned int iommu_address_bits(const struct host *host, const struct iommu *iommu)
{
	uint64_t cap, ecap;
	unsigned int widest;

	if (iommu->kind != IOMMU_INTEL || !read_register(iommu->cap, &cap) ||
	    !read_register(iommu->ecap, &ecap))
		return 0;
	widest = (unsigned int)(cap >> 16 & 0x3f) + 1;
	switch (stage_of(host, iommu)) {
	case STAGE_FIRST:
		return first_bits(host, cap, ecap, widest);
	case STAGE_SECOND:
		return second_bits(host, cap, ecap, widest);
	default:
		return 0;
	}
}

static uint64_t sizes_of(uint64_t cap, enum stage stage)
{
	uint64_t sizes = 1 << 12;

	if (stage == STAGE_FIRST || cap >> CAP_2M & 1)
		sizes |= 1 << 21;
	if (cap >> (stage == STAGE_FIRST ? CAP_FL1G : CAP_1G) & 1)
		sizes |= 1 << 30;
	return sizes;
}

/* The pages of @sizes that all of Intel's units have. Return: 0 if those of one are not known. */
static uint64_t common_sizes(const struct host *host, enum stage stage, uint64_t sizes)
{
	for (size_t i = 0; i < host->n_iommus; i++) {
		uint64_t cap;

		if (host->iommus[i].kind != IOMMU_INTEL)
			continue;
		if (!read_register(host->iommus[i].cap, &cap))
			return 0;
		sizes &= sizes_of(cap, stage);
	}
	return sizes;
}

/*
 * Up to 6.12 the kernel uses the pages that all units have, and in 7.3 those of the unit. Between them none
 * was read.
 *
 * Kernel: drivers/iommu/intel/iommu.c, domain_update_iommu_superpage(): 5.10, 6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_domain_alloc_first_stage(),
 *   intel_iommu_domain_alloc_second_stage(): 7.3.
 */
static uint64_t sizes_by_registers(const struct host *host, uint64_t cap, enum stage stage)
{
	uint64_t own = sizes_of(cap, stage), common;

	if (kernel_is_from(host, 7, 3))
		return own;
	common = common_sizes(host, stage, own);
	return own == common || kernel_is_before(host, 6, 13) ? common : 0;
}

uint64_t iommu_page_sizes(const struct host *host, const struct iommu *iommu)
{
	enum stage stage = stage_of(host, iommu);
	uint64_t cap;

	if (iommu->kind != IOMMU_INTEL || !read_register(iommu->cap, &cap) || !stage)
		return 0;
	if (cmdline_has(host->cmdline, "intel_iommu", "sp_off"))
		return 1 << 12;
	return sizes_by_registers(host, cap, stage);
}

/*
 * Tables of the first stage have pages of 2 MiB with every unit: only those of the second one may lack them.
 *
 * Kernel: drivers/iommu/intel/iommu.c, domain_update_iommu_superpage(): 5.10, 6.1, 6.12.
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_domain_alloc_first_stage(): 7.3.
 */
enum answer iommu_has_superpages(const struct host *host, const struct iommu *iommu)
{
	enum stage stage = stage_of(host, iommu);
	uint64_t cap, sizes;

	if (iommu->kind != IOMMU_INTEL || !read_register(iommu->cap, &cap))
		return ANSWER_UNKNOWN;
	sizes = stage ? sizes_by_registers(host, cap, stage) : 0;
	if (sizes)
		return sizes > 1 << 12 ? ANSWER_YES : ANSWER_NO;
	sizes = common_sizes(host, STAGE_SECOND, sizes_of(cap, STAGE_SECOND));
	return sizes > 1 << 12 ? ANSWER_YES : ANSWER_UNKNOWN;
}
