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

static const char *direct_reason(const struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++) {
		if (group->regions[i].type == REGION_DIRECT)
			return reason_of_region(group, &group->regions[i])->words;
	}
	return "";
}

/** struct direct - groups with the same 1:1 regions, which have one cause. */
struct direct {
	char *regions;
	const struct group **groups;
	size_t n_groups;
};

static void found_direct(struct checker *checker, const struct direct *direct)
{
	static const char hint[] =
		"ask the platform vendor for firmware without the region, or look for a firmware "
		"setting that disables it";
	bool is_one = direct->n_groups == 1;
	struct finding *finding = found_in_group(
		checker, SEVERITY_FAILURE, direct->groups[0], hint,
		"firmware requires %s to be mapped 1:1 (%s), so %s devices cannot be assigned",
		direct->regions, direct_reason(direct->groups[0]), is_one ? "its" : "their");

	for (size_t g = 0; g < direct->n_groups; g++) {
		const struct group *group = direct->groups[g];

		for (size_t i = 0; i < group->n_devices; i++)
			finding_device(finding, group->devices[i]->address);
	}
	if (is_one)
		return;
	finding->group = FINDING_GROUPS;
	free(finding->subject);
	finding->subject = xasprintf("groups %u", direct->groups[0]->id);
	for (size_t g = 1; g < direct->n_groups; g++)
		xappend(&finding->subject, ", %u", direct->groups[g]->id);
}

/* One finding for all groups that have the same regions: functions of one card, or of one board. */
static void run_direct(const struct check_input *input, struct checker *checker)
{
	struct direct *all = NULL;
	size_t count = 0;

	for (size_t g = 0; g < input->n_groups; g++) {
		_cleanup_free_ char *regions = direct_regions(input->groups[g]);
		struct direct fresh = { .regions = regions };
		size_t i = 0;

		if (!regions)
			continue;
		while (i < count && strcmp(all[i].regions, regions) != 0)
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

	if (!group->regions_errno)
		return;
	finding = found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
				 "cannot read the reserved regions: %s",
				 error_text(group->regions_errno));
	found_of_all(finding, group);
}

static const char *release(const struct host *host)
{
	return host->release ? host->release : "of unknown version";
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
			       release(checker->input->host));
	else
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "address 0 is reserved; by its version this kernel (%s) does not "
			       "map it",
			       release(checker->input->host));
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
	{ "direct-region", "Firmware requires a region to be mapped 1:1",
	  "An RMRR (Intel) or unity map (AMD) must stay mapped while the device works,\n"
	  "because firmware uses it without the operating system. The kernel then refuses\n"
	  "to assign the device. Regions of type direct-relaxable are only needed by the\n"
	  "host driver and are harmless.\n",
	  .run = run_direct },
	{ "regions-unknown", "The reserved regions could not be read",
	  "Without them no address is known to be safe, so nothing is mapped.\n",
	  .run_group = run_unread },
	{ "kernel-may-test-reserved", "The kernel may map a reserved address by itself",
	  "Up to Linux 6.1.8 the kernel maps two pages at DMA address 0 when a container is\n"
	  "set up. Here that address is reserved. Judged by version alone; distributions\n"
	  "backport fixes, and only a live test (vfiodiag probe) shows what the kernel\n"
	  "really does.\n",
	  .run_group = run_kernel_may_test },
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
