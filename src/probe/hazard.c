/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/hazard.h"

#include "model/kernel.h"

/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12. */
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
