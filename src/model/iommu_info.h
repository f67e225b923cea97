/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_IOMMU_INFO_H
#define VFIODIAG_MODEL_IOMMU_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "model/range.h"

/** enum backend - type of a VFIO container. */
enum backend {
	BACKEND_NONE,
	BACKEND_TYPE1,
	BACKEND_TYPE1V2,
	BACKEND_COMPAT, /* iommufd behind the old interface */
};

/** backend_name() - "type1v2" and so on. */
static inline const char *backend_name(enum backend backend)
{
	static const char *const names[] = { "none", "type1", "type1v2", "iommufd-compat" };

	return names[backend];
}

/**
 * struct iommu_info - answer of VFIO_IOMMU_GET_INFO about a container.
 * @page_sizes: bit n set: pages of 2^n bytes are advertised; valid where @has_page_sizes
 * @ranges: allowed IOVA ranges, as the kernel lists them; valid where @has_ranges. No list means
 *	"not known", not "nothing" (the capability is absent for a container with only mediated
 *	devices)
 * @dma_avail: remaining mappings; valid where @has_dma_avail
 */
struct iommu_info {
	bool has_page_sizes;
	bool has_ranges;
	bool has_dma_avail;
	bool has_migration;
	uint64_t page_sizes;
	uint32_t dma_avail;
	struct ranges ranges;
};

#endif
