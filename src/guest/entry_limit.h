/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_GUEST_ENTRY_LIMIT_H
#define VFIODIAG_GUEST_ENTRY_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "iova/space.h"

/**
 * ENTRY_LIMIT_DEFAULT - dma_entry_limit's default, U16_MAX.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, dma_entry_limit: 5.10, 6.1, 6.12, 7.3.
 */
#define ENTRY_LIMIT_DEFAULT 65535

/**
 * struct entry_limit - number of maps that a container can hold.
 * @maps: ENTRY_LIMIT_DEFAULT if not known
 * @known_by: "VFIO_IOMMU_GET_INFO" or "dma_entry_limit"; NULL if not known
 */
struct entry_limit {
	bool known;
	uint64_t maps;
	const char *known_by;
};

/**
 * entry_limit_of() - find the smallest limit of new containers for @spaces. Pure.
 *
 * Prefers the values that probes read from their own new containers, else the module parameter,
 * which a container copies when it is set up.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_open(): 5.10, 6.1, 6.12, 7.3.
 */
struct entry_limit entry_limit_of(const struct host *host, const struct space *spaces,
				  size_t n_spaces);

#endif
