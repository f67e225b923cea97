/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/window.h"

#include "base/alloc.h"

/*
 * The first window of @size bytes in @allowed. Each turn either ends or moves past a region, so
 * there is at most one turn for each region.
 *
 * The end of a map that ends at the last of all addresses wraps to 0, and kernels before 6.18 then
 * unmap and unpin nothing of it. AMD's driver lists that address as allowed up to 6.16.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/amd/iommu.c, dma_max_address(): 6.1, 6.12.
 */
static enum range_fault search_range(const struct range *allowed, const struct region *regions,
				     size_t n_regions, uint64_t size, struct range *found)
{
	enum range_fault fault = RANGE_TOO_SMALL;
	uint64_t from = allowed->start;
	uint64_t sum;

	while (!__builtin_add_overflow(from, size - 1, &sum)) {
		const struct region *obstacle;

		found->start = sum & ~(size - 1);
		if (found->start > allowed->end || allowed->end - found->start < size - 1)
			break;
		found->end = found->start + (size - 1);
		obstacle = regions_obstacle(regions, n_regions, found);
		if (!obstacle)
			return found->end == UINT64_MAX ? RANGE_LAST : RANGE_SERVED;
		fault = RANGE_RESERVED;
		if (obstacle->range.end == UINT64_MAX)
			break;
		from = obstacle->range.end + 1;
	}
	return fault;
}

bool window_allows(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		   uint64_t page_size, const struct range *range)
{
	if (range->start > range->end || range->end >= (ranges_last(allowed) & ~(page_size - 1)) ||
	    regions_obstacle(regions, n_regions, range))
		return false;
	for (size_t i = 0; i < allowed->count; i++) {
		if (range_contains(&allowed->range[i], range))
			return true;
	}
	return false;
}

void window_find(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		 uint64_t page_size, uint64_t size, struct window *window)
{
	uint64_t last = ranges_last(allowed);
	size_t best = 0;

	*window = (struct window){
		.fault = xcalloc(allowed->count, sizeof(*window->fault)),
		.n_faults = allowed->count,
	};
	/* Check all ranges, and take the lowest window. */
	for (size_t i = 0; i < allowed->count; i++) {
		struct range found;

		window->fault[i] = search_range(&allowed->range[i], regions, n_regions, size,
						&found);
		if (window->fault[i] != RANGE_SERVED)
			continue;
		window->fault[i] = RANGE_UNUSED;
		if (!window->found || found.start < window->range.start) {
			window->found = true;
			window->range = found;
			best = i;
		}
	}
	if (window->found)
		window->fault[best] = RANGE_SERVED;
	/*
	 * The last page holds the last allowed address. A window on it is the highest there can be,
	 * so the lowest one lies there only where there is no other.
	 */
	window->on_last_page = window->found && window->range.end >= (last & ~(page_size - 1));
}
