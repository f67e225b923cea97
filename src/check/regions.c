/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about reserved regions. */
#include "check/check.h"

#include <inttypes.h>
#include <string.h>

#include "model/kernel.h"

static void run_direct(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		for (size_t i = 0; i < group->n_regions; i++) {
			if (group->regions[i].type == REGION_DIRECT)
				found_in_group(
					checker, SEVERITY_FAILURE, group,
					"ask the platform's vendor for firmware without it, or "
					"look for a setting that switches it off",
					"firmware wants 0x%" PRIx64 " - 0x%" PRIx64
					" mapped 1:1 (RMRR), so its devices are not handed out",
					group->regions[i].range.start, group->regions[i].range.end);
		}
	}
}

static void run_unread(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		if (group->regions_errno)
			found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
				       "its reserved regions could not be read: %s",
				       strerror(group->regions_errno));
	}
}

static void run_kernel_may_test(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		if (!kernel_zero_is_reserved(input->host, group) ||
		    !kernel_may_test_zero(input->host))
			continue;
		found_in_group(
			checker, SEVERITY_WARNING, group,
			"update to a kernel with commit 895c0747f726 (6.2, 6.1.9)",
			"address 0 is reserved, and by its version this kernel may map it by "
			"itself whenever the group is handed out");
	}
}

static const struct check checks[] = {
	{ "direct-region", "Firmware wants a region mapped 1:1",
	  "An RMRR (Intel) or unity map (AMD) must stay mapped while the device works, because\n"
	  "firmware uses it behind the system's back. The kernel then refuses to hand out the\n"
	  "device. Regions of type direct-relaxable are only for the host's driver and do no\n"
	  "harm.\n",
	  run_direct },
	{ "regions-unknown", "The reserved regions could not be read",
	  "Without them no address is known to be safe, so nothing is mapped.\n", run_unread },
	{ "kernel-may-test-reserved", "The kernel may map a reserved address by itself",
	  "Up to Linux 6.1.8 the kernel maps two pages at DMA address 0 when a container is set\n"
	  "up. Here that address is reserved. By version only: distributions carry fixes back,\n"
	  "and only a live test (vfiodiag probe) shows what the kernel really does.\n",
	  run_kernel_may_test },
};

const struct check_family check_family_regions = {
	.name = "regions",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
