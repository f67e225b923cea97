/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/hazard.h"

#include "model/kernel.h"

unsigned int hazard_find(const struct host *host, const struct group *group)
{
	unsigned int hazards = 0;

	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_ism(group->devices[i]))
			hazards |= HAZARD_ISM;
	}
	if (kernel_zero_is_reserved(host, group) && kernel_may_test_zero(host))
		hazards |= HAZARD_KERNEL_TEST;
	return hazards;
}
