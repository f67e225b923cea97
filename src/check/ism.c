/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about ISM functions of s390. */
#include "check/check.h"

static void run_ism(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		for (size_t i = 0; i < group->n_devices; i++) {
			if (device_is_ism(group->devices[i]))
				found_in_group(checker, SEVERITY_NOTE, group, NULL,
					       "%s is an ISM function; a live test wants --force",
					       group->devices[i]->address);
		}
	}
}

static const struct check checks[] = {
	{ "ism-function", "The group has an ISM function",
	  "Internal shared memory functions of s390 look at the IOMMU's tables themselves. A\n"
	  "DMA mapping outside the allowed ranges puts them into an error state, from which\n"
	  "only a reset helps. vfiodiag maps inside the allowed ranges only, and still asks\n"
	  "for --force before it tests one.\n",
	  run_ism },
};

const struct check_family check_family_ism = {
	.name = "ISM",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
