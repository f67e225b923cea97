/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about options of the kernel command line that take superpages away from the IOMMU. */
#include "check/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"
#include "model/kernel.h"
#include "model/vtd.h"

#define SMALL (UINT64_C(1) << 12)
#define V2    (SMALL | UINT64_C(1) << 21 | UINT64_C(1) << 30)

/*
 * A unit that has no superpages loses none.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), domain_update_iommu_superpage(): 5.10, 6.1,
 *   6.12.
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), intel_iommu_domain_alloc_first_stage(),
 *   intel_iommu_domain_alloc_second_stage(): 7.3.
 */
static enum answer sp_off_has_effect(const struct host *host)
{
	bool is_any = false, is_all_known = true;

	for (size_t i = 0; i < host->n_iommus; i++) {
		enum answer answer;

		if (host->iommus[i].kind != IOMMU_INTEL)
			continue;
		answer = iommu_has_superpages(host, &host->iommus[i]);
		if (answer == ANSWER_YES)
			return ANSWER_YES;
		is_any = true;
		is_all_known &= answer == ANSWER_NO;
	}
	return is_any && is_all_known ? ANSWER_NO : ANSWER_UNKNOWN;
}

/*
 * The features of all units, which each of them shows. Up to 6.1 the second half is the first one.
 *
 * Kernel: drivers/iommu/amd/init.c, amd_iommu_show_features(): 6.12, 7.3.
 * Kernel: drivers/iommu/amd/amd_iommu.h, amd_iommu_v2_pgtbl_supported(); drivers/iommu/amd/amd_iommu_types.h,
 *   FEATURE_GT, FEATURE_GIOSUP: 7.3.
 */
static enum answer has_v2_tables(const struct host *host)
{
	static const uint64_t needed = UINT64_C(1) << 4 | UINT64_C(1) << 48;

	for (size_t i = 0; i < host->n_iommus; i++) {
		const char *features = host->iommus[i].features;
		_cleanup_free_ char *first = NULL;
		uint64_t bits;

		if (host->iommus[i].kind != IOMMU_AMD || !features)
			continue;
		first = xstrndup(features, strcspn(features, ":"));
		if (text_to_u64(first, 16, &bits) == 0)
			return (bits & needed) == needed ? ANSWER_YES : ANSWER_NO;
	}
	return ANSWER_UNKNOWN;
}

/*
 * Between 6.12 and 7.3 none was read. iommufd has v1 tables where it tracks dirty pages, whatever the option.
 *
 * Kernel: drivers/iommu/amd/init.c, parse_amd_iommu_options(), pgtbl_v2: in 6.1, 6.12 and 7.3, not in 5.10.
 * Kernel: drivers/iommu/amd/iommu.c, protection_domain_alloc(), which has v1 tables for VFIO: 6.1, 6.12.
 * Kernel: drivers/iommu/amd/iommu.c, amd_iommu_domain_alloc_paging_flags(): 7.3.
 */
static enum answer pgtbl_v2_has_effect(const struct host *host)
{
	enum answer answer;

	if (kernel_is_before(host, 6, 13))
		return ANSWER_NO;
	answer = has_v2_tables(host);
	return answer == ANSWER_YES && !kernel_is_from(host, 7, 3) ? ANSWER_UNKNOWN : answer;
}

/*
 * Of the versions around 6.1 and up to 6.12 none was read, and distributions have later drivers in some of
 * them. v2 tables have their own pages.
 *
 * Kernel: drivers/iommu/amd/init.c, parse_amd_iommu_options(), nohugepages, v2_pgsizes_only: in 6.12 and 7.3,
 *   not in 5.10 and 6.1.
 * Kernel: drivers/iommu/amd/io_pgtable.c, v1_alloc_pgtable(), amd_iommu_pgsize_bitmap: 6.12.
 * Kernel: drivers/iommu/amd/iommu.c, amd_iommu_domain_alloc_paging_v1(), amd_iommu_domain_alloc_paging_v2():
 *   7.3.
 */
static enum answer v1_limit_has_effect(const struct host *host)
{
	_cleanup_free_ char *v2 = cmdline_effective(host->cmdline, "amd_iommu", "pgtbl_v2",
						    "pgtbl_v1");
	enum answer has_v2 = v2 ? pgtbl_v2_has_effect(host) : ANSWER_NO;
	bool is_6_1 = kernel_is_from(host, 6, 1) && kernel_is_before(host, 6, 2);

	if (kernel_is_before(host, 5, 11) || is_6_1 || has_v2 == ANSWER_YES)
		return ANSWER_NO;
	return kernel_is_from(host, 6, 12) && has_v2 == ANSWER_NO ? ANSWER_YES : ANSWER_UNKNOWN;
}

#define ONLY_SMALL                                                                          \
	"the IOMMU maps pages of 4 KiB only, so that mapping a guest takes longer and its " \
	"devices miss the IOTLB more often"
#define ONLY_V2 "pages of 4 KiB, 2 MiB and 1 GiB only, and none of the sizes between"

/**
 * struct limit - an option that takes superpages away.
 * @undo: the value that replaces it where it comes later
 * @sizes: the pages that remain
 * @has_effect: by the version and the units of a host that has such an IOMMU
 * @effect: what it does, in words
 */
static const struct limit {
	const char *option;
	const char *value;
	const char *undo;
	enum iommu_kind kind;
	uint64_t sizes;
	enum answer (*has_effect)(const struct host *host);
	const char *effect;
} limits[] = {
	{ "intel_iommu", "sp_off", NULL, IOMMU_INTEL, SMALL, sp_off_has_effect, ONLY_SMALL },
	{ "amd_iommu", "nohugepages", "v2_pgsizes_only", IOMMU_AMD, SMALL, v1_limit_has_effect,
	  ONLY_SMALL },
	{ "amd_iommu", "v2_pgsizes_only", "nohugepages", IOMMU_AMD, V2, v1_limit_has_effect,
	  "the IOMMU maps " ONLY_V2 },
	{ "amd_iommu", "pgtbl_v2", "pgtbl_v1", IOMMU_AMD, V2, pgtbl_v2_has_effect,
	  "VFIO uses AMD's v2 page tables, which have " ONLY_V2 },
};

/* Units that are not known are those of the firmware's table. */
static enum answer has_kind(const struct host *host, enum iommu_kind kind)
{
	const char *table = kind == IOMMU_INTEL ? "DMAR" : "IVRS";

	for (size_t i = 0; i < host->n_iommus; i++) {
		if (host->iommus[i].kind == kind)
			return ANSWER_YES;
	}
	if (host->n_iommus || !host->iommus_errno)
		return ANSWER_NO;
	if (!host->iommu_table)
		return ANSWER_UNKNOWN;
	return strcmp(host->iommu_table, table) == 0 ? ANSWER_YES : ANSWER_NO;
}

/*
 * The pages that the live tests were offered; 0 if there was none. Before 6.1 Intel's driver offers all sizes,
 * whatever it uses.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_update_pgsize_bitmap(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/intel/iommu.c, INTEL_IOMMU_PGSIZES: 5.10.
 * Kernel: drivers/iommu/intel/iommu.c, domain_super_pgsize_bitmap(): 6.1, 6.12.
 */
static uint64_t offered_sizes(const struct check_input *input, enum iommu_kind kind)
{
	uint64_t sizes = 0;

	if (kind == IOMMU_INTEL && !kernel_is_from(input->host, 6, 1))
		return 0;
	for (size_t i = 0; i < input->n_probes; i++) {
		const struct probe *probe = input->probes[i];
		const struct iommu *iommu = probe->group ? group_iommu(probe->group) : NULL;

		if (probe->info.has_page_sizes && iommu && iommu->kind == kind)
			sizes |= probe->info.page_sizes;
	}
	return sizes;
}

/* A version is no evidence where a live test shows the pages. */
static enum answer has_effect(const struct check_input *input, const struct limit *limit)
{
	enum answer kind = has_kind(input->host, limit->kind);
	enum answer effect = kind == ANSWER_NO ? kind : limit->has_effect(input->host);
	uint64_t offered = offered_sizes(input, limit->kind);

	if (effect == ANSWER_NO || (offered & ~limit->sizes))
		return ANSWER_NO;
	if (offered == limit->sizes)
		return ANSWER_YES;
	return kind == ANSWER_UNKNOWN ? kind : effect;
}

static void found_limit(const struct limit *limit, const char *word, enum answer effect,
			struct checker *checker)
{
	_cleanup_free_ char *left = cmdline_without(word, limit->value);
	_cleanup_free_ char *hint =
		left ? xasprintf("replace %s by %s on the kernel command line and reboot", word,
				 left)
		     : xasprintf("remove %s from the kernel command line and reboot", word);

	if (effect == ANSWER_YES)
		found(checker, SEVERITY_NOTE, "host", hint, "the kernel was booted with %s: %s",
		      word, limit->effect);
	else
		found(checker, SEVERITY_NOTE, "host", hint,
		      "the kernel was booted with %s, and whether %s has an effect here is not "
		      "known: if it has, %s",
		      word, limit->value, limit->effect);
}

static void run_limits(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; check_concerns_iommu(input) && i < COUNT(limits); i++) {
		const struct limit *limit = &limits[i];
		_cleanup_free_ char *word = cmdline_effective(input->host->cmdline, limit->option,
							      limit->value, limit->undo);
		enum answer effect = word ? has_effect(input, limit) : ANSWER_NO;

		if (effect != ANSWER_NO)
			found_limit(limit, word, effect, checker);
	}
}

static const struct check checks[] = {
	/*
	 * Kernel: see sp_off_has_effect().
	 * Kernel: see pgtbl_v2_has_effect().
	 * Kernel: see v1_limit_has_effect().
	 * Kernel: drivers/iommu/amd/amd_iommu_types.h, AMD_IOMMU_PGSIZES, AMD_IOMMU_PGSIZES_V2: 6.1,
	 *   6.12, 7.3.
	 */
	{ "superpages-limited", "An option takes superpages away from the IOMMU",
	  "A superpage is mapped by one entry of the IOMMU's page table. With pages of 4 KiB\n"
	  "only, the table takes 2 MiB for each GiB of a guest and longer to fill, so that\n"
	  "guests start later, and devices miss the IOTLB more often. intel_iommu=sp_off\n"
	  "leaves 4 KiB. Two options limit AMD's v1 page tables, which have every power of\n"
	  "two: amd_iommu=nohugepages leaves 4 KiB, and v2_pgsizes_only leaves 4 KiB, 2 MiB\n"
	  "and 1 GiB. Linux 6.12 and 7.3 know them, 5.10 and 6.1 do not. The option pgtbl_v2\n"
	  "of amd_iommu= chooses v2 page tables, which have these three sizes, if the unit has\n"
	  "such tables: in 7.3 for VFIO too, in 6.1 and 6.12 for host drivers only. Of options\n"
	  "that contradict each other, the last one counts. For other versions a live test\n"
	  "(--probe) may tell, by the page sizes that it is offered.\n",
	  .run = run_limits },
};

const struct check_family check_family_superpages = {
	.name = "superpages",
	.checks = checks,
	.n_checks = COUNT(checks),
};
