/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/entry_limit.h"

#include "base/text.h"

struct entry_limit entry_limit_of(const struct host *host, const struct space *spaces,
				  size_t n_spaces)
{
	const char *value = host_parameter(host, "vfio_iommu_type1", "dma_entry_limit");
	struct entry_limit smallest = { .maps = ENTRY_LIMIT_DEFAULT };
	bool is_probed = false;
	uint64_t maps;

	if (value && text_to_u64(value, 10, &maps) == 0)
		smallest = (struct entry_limit){ .known = true,
						 .maps = maps,
						 .known_by = "dma_entry_limit" };
	for (size_t i = 0; i < n_spaces; i++) {
		if (!spaces[i].has_dma_avail || (is_probed && spaces[i].dma_avail > smallest.maps))
			continue;
		is_probed = true;
		smallest = (struct entry_limit){ .known = true,
						 .maps = spaces[i].dma_avail,
						 .known_by = "VFIO_IOMMU_GET_INFO" };
	}
	return smallest;
}
