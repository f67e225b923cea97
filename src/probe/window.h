/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_WINDOW_H
#define VFIODIAG_PROBE_WINDOW_H

#include "model/probe.h"

/**
 * window_find() - find the first window of a size: two pages for the test. Pure.
 * @allowed: ranges that the kernel allows, any order
 * @regions: reserved regions of the group, any order, may overlap
 * @n_regions: how many
 * @page_size: bytes, a power of two
 * @size: bytes, a power of two, at least a page
 * @window: filled; free window->fault
 *
 * The window is the lowest start that is a multiple of @size, with @size bytes inside one allowed
 * range and outside every region that region_blocks(). Windows on the last page of the aperture
 * (the end of the highest allowed range) are taken only where there is no other: ISM firmware is
 * off by one there (zpci_register_ioat(), 6.12). A window that ends at the last of all addresses is
 * never taken: kernels before 6.18 do not unpin it. A hole of exactly two pages serves, though the
 * kernel's own loop skips it (vfio_test_domain_fgsp(), 6.1).
 */
void window_find(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		 uint64_t page_size, uint64_t size, struct window *window);

/**
 * window_allows() - check that all of @range may be mapped: inside one allowed range, outside every
 * region that region_blocks(), and not on the last page of the aperture. Pure.
 */
bool window_allows(const struct ranges *allowed, const struct region *regions, size_t n_regions,
		   uint64_t page_size, const struct range *range);

#endif
