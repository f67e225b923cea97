/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_ENTRY_LIMIT_H
#define VFIODIAG_SPACE_ENTRY_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "space/space.h"

/**
 * struct entry_limit - number of maps that a container can hold.
 * @known_by: "VFIO_IOMMU_GET_INFO" or "dma_entry_limit"; NULL if not known
 */
struct entry_limit {
	bool known;
	uint64_t maps;
	const char *known_by;
};

/**
 * entry_limit_of() - find the limit of a new container. Pure.
 *
 * Prefers the value that a probe read from its own new container, else the module parameter, which
 * a container copies when it is set up (vfio_iommu_type1_open()).
 */
struct entry_limit entry_limit_of(const struct space *space);

#endif
