/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about reserved regions. */
#include "check/check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "model/kernel.h"
#include "iova/reason.h"

/* The 1:1 regions of @group: "0x1000 - 0x1fff, 0x3000 - 0x3fff"; NULL if it has none. */
static char *direct_regions(const struct group *group)
{
	char *text = NULL;

	for (size_t i = 0; i < group->n_regions; i++) {
		const struct region *region = &group->regions[i];

		if (region->type == REGION_DIRECT)
			xappend(&text, "%s0x%" PRIx64 " - 0x%" PRIx64, text ? ", " : "",
				region->range.start, region->range.end);
	}
	return text;
}

/** struct direct - groups with the same 1:1 regions, which have one cause. */
struct direct {
	char *regions;
	enum direct_rule rule;
	const struct group **groups;
	size_t n_groups;
};

/*
 * Say how @direct affects the devices on this host that @whose ("its", "their") names. Free it.
 * Kernel: see kernel_direct_rule().
 */
static char *direct_meaning(const struct host *host, const struct direct *direct, const char *whose)
{
	switch (direct->rule) {
	case DIRECT_REFUSED:
		return xasprintf("so %s devices cannot be assigned", whose);
	case DIRECT_ASSIGNED:
		return xasprintf("and by its version this kernel (%s) assigns %s devices "
				 "anyway, without that mapping",
				 kernel_words(host), whose);
	default:
		return xasprintf("and it is not known whether this kernel (%s) assigns %s devices "
				 "anyway",
				 kernel_words(host), whose);
	}
}

static void found_direct(struct checker *checker, const struct direct *direct)
{
	static const enum severity severities[] = {
		[DIRECT_UNKNOWN] = SEVERITY_UNMEASURED,
		[DIRECT_REFUSED] = SEVERITY_FAILURE,
		[DIRECT_ASSIGNED] = SEVERITY_WARNING,
	};
	const struct group *group = direct->groups[0];
	const char *source = reason_of_region(group, group_direct_region(group))->words;
	_cleanup_free_ char *meaning = direct_meaning(checker->input->host, direct,
						      direct->n_groups == 1 ? "its" : "their");
	struct finding *finding = found_in_group(
		checker, severities[direct->rule], group,
		"ask the platform vendor for firmware without the region, or look for a firmware "
		"setting that disables it",
		"firmware requires %s to be mapped 1:1 (%s), %s", direct->regions, source, meaning);

	found_of_all(finding, group);
	for (size_t g = 1; g < direct->n_groups; g++) {
		finding_add_group(finding, direct->groups[g]->id);
		found_of_all(finding, direct->groups[g]);
	}
}

/* One finding for all groups that have the same regions: functions of one card, or of one board. */
static void run_direct(const struct check_input *input, struct checker *checker)
{
	struct direct *all = NULL;
	size_t count = 0;

	for (size_t g = 0; g < input->n_groups; g++) {
		_cleanup_free_ char *regions = direct_regions(input->groups[g]);
		struct direct fresh = {
			.regions = regions,
			.rule = kernel_direct_rule(input->host, input->groups[g]),
		};
		size_t i = 0;

		if (!regions)
			continue;
		while (i < count &&
		       (all[i].rule != fresh.rule || strcmp(all[i].regions, regions) != 0))
			i++;
		if (i == count) {
			APPEND(all, count, fresh);
			regions = NULL;
		}
		APPEND(all[i].groups, all[i].n_groups, input->groups[g]);
	}
	for (size_t i = 0; i < count; i++) {
		found_direct(checker, &all[i]);
		free(all[i].regions);
		free(all[i].groups);
	}
	free(all);
}

static void run_unread(const struct group *group, struct checker *checker)
{
	struct finding *finding;

	if (!group->regions_errno || group_kind(group) == GROUP_EMULATED)
		return;
	finding = found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
				 "cannot read the reserved regions: %s",
				 error_text(group->regions_errno));
	found_of_all(finding, group);
}

static void run_kernel_may_test(const struct group *group, struct checker *checker)
{
	if (!kernel_zero_is_reserved(checker->input->host, group))
		return;
	if (kernel_may_test_zero(checker->input->host))
		found_in_group(checker, SEVERITY_WARNING, group,
			       "update to a kernel with commit 895c0747f726 (6.2, 6.1.9)",
			       "address 0 is reserved, but by its version this kernel (%s) may "
			       "map it whenever the group is assigned",
			       kernel_words(checker->input->host));
	else
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "address 0 is reserved; by its version this kernel (%s) does not "
			       "map it",
			       kernel_words(checker->input->host));
}

static void run_no_low(const struct group *group, struct checker *checker)
{
	struct range first = { 0, 0 };
	const struct region *region;

	while ((region = regions_obstacle(group->regions, group->n_regions, &first)) &&
	       region->range.end != UINT64_MAX)
		first.start = first.end = region->range.end + 1;
	if (region)
		found_in_group(checker, SEVERITY_FAILURE, group, NULL,
			       "all addresses are reserved: nothing can be mapped for its "
			       "devices");
	else if (first.start >> 32)
		found_in_group(checker, SEVERITY_NOTE, group, NULL,
			       "no DMA address below 4 GiB is available: they start at 0x%" PRIx64
			       ", so devices and programs that use 32-bit addresses fail",
			       first.start);
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_get_resv_regions(): 5.10, 6.1, 6.12,
	 *   7.3.
	 * Kernel: drivers/iommu/amd/iommu.c, amd_iommu_get_resv_regions(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/acpi/arm64/iort.c, iort_get_rmrs(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/of_iommu.c, of_iommu_get_resv_regions(): 6.12, 7.3.
	 * Kernel: see kernel_direct_rule().
	 */
	{ "direct-region", "Firmware requires a region to be mapped 1:1",
	  "The device or its firmware uses the region without the operating system, so it\n"
	  "must stay mapped at the same address: an RMRR (Intel), a unity map (AMD), an RMR\n"
	  "of the IORT table or reserved memory of the device tree (Arm). Linux refuses to\n"
	  "assign such a device, on Intel by all versions, elsewhere from 6.6 on (commit\n"
	  "a48ce36e2786). Older versions assign it without the mapping: what the firmware\n"
	  "does there through the device then fails. Judged by version; distributions\n"
	  "backport changes. Regions of type direct-relaxable are only needed by the host\n"
	  "driver and are harmless.\n",
	  .run = run_direct },
	/* Kernel: drivers/iommu/iommu.c, iommu_group_show_resv_regions(): 5.10, 6.1, 6.12, 7.3. */
	{ "regions-unknown", "The reserved regions could not be read",
	  "Without them no address is known to be safe, so nothing is mapped.\n",
	  .run_group = run_unread },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12. */
	{ "kernel-may-test-reserved", "The kernel may map a reserved address by itself",
	  "Up to Linux 6.1.8 the kernel maps two pages at DMA address 0 when a container is\n"
	  "set up. Here that address is reserved. Judged by version alone; distributions\n"
	  "backport fixes, and only a live test (vfiodiag probe) shows what the kernel\n"
	  "really does. On s390 only backports make this possible: up to 6.1 the kernel\n"
	  "lists no reserved regions there, and refuses the address.\n",
	  .run_group = run_kernel_may_test },
	/* Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3. */
	{ "no-low-addresses", "No DMA address below 4 GiB is available",
	  "Reserved regions cover all 32-bit addresses, as on s390, where DMA starts at 4\n"
	  "GiB. A device that is limited to 32-bit addresses cannot be used from user space\n"
	  "then, and programs that map their memory from address 0 on fail with EINVAL.\n",
	  .run_group = run_no_low },
};

const struct check_family check_family_regions = {
	.name = "regions",
	.checks = checks,
	.n_checks = COUNT(checks),
};
