/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about reserved regions. */
#include "check/check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/accident.h"
#include "base/count.h"
#include "model/kernel.h"
#include "iova/reason.h"

static void found_direct(struct checker *checker, const struct group *group,
			 const struct region *region)
{
	found_in_group(checker, SEVERITY_FAILURE, group,
		       "ask the platform vendor for firmware without the region, or look for a "
		       "firmware setting that disables it",
		       "firmware requires 0x%" PRIx64 " - 0x%" PRIx64
		       " to be mapped 1:1 (%s), so its devices cannot be assigned",
		       region->range.start, region->range.end,
		       reason_of_region(group, region)->words);
}

static void run_direct(const struct group *group, struct checker *checker)
{
	for (size_t i = 0; i < group->n_regions; i++) {
		if (group->regions[i].type == REGION_DIRECT)
			found_direct(checker, group, &group->regions[i]);
	}
}

static void run_unread(const struct group *group, struct checker *checker)
{
	if (group->regions_errno)
		found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
			       "cannot read the reserved regions: %s",
			       error_text(group->regions_errno));
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
	  .run_group = run_direct },
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
