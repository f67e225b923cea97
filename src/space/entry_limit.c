/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space/entry_limit.h"

#include "base/text.h"

struct entry_limit entry_limit_of(const struct space *space)
{
	const char *value = host_parameter(space->host, "vfio_iommu_type1", "dma_entry_limit");
	struct entry_limit limit = { .known = false };

	if (space->has_dma_avail) {
		limit.known = true;
		limit.maps = space->dma_avail;
		limit.known_by = "VFIO_IOMMU_GET_INFO";
	} else if (value && text_to_u64(value, 10, &limit.maps) == 0) {
		limit.known = true;
		limit.known_by = "dma_entry_limit";
	}
	return limit;
}
