/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_UNGROUPED_H
#define VFIODIAG_CHECK_UNGROUPED_H

#include "model/host.h"

/** enum ungrouped - why a PCI device is in no IOMMU group. */
enum ungrouped {
	UNGROUPED_NOT_SEEN, /* it may be in one: the groups were not seen */
	UNGROUPED_NO_IOMMU, /* no device is in one */
	UNGROUPED_ENDPOINT, /* an endpoint hides it (VMD) */
	UNGROUPED_GRAPHICS, /* intel_iommu=igfx_off */
	UNGROUPED_BUS,	    /* no IOMMU is in front of its host bridge */
	UNGROUPED_UNKNOWN,
};

/** ungrouped_cause() - find out why @device, which has no group, has none. Pure. */
enum ungrouped ungrouped_cause(const struct host *host, const struct device *device);

/** ungrouped_reason() - explain why, for the end of a sentence: "the kernel was …". Free it. */
char *ungrouped_reason(const struct host *host, const struct device *device);

#endif
