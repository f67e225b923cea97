/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_KERNEL_H
#define VFIODIAG_MODEL_KERNEL_H

#include "model/probe.h"

/**
 * kernel_rule() - how this kernel picks the window of its own test. Pure.
 * @release: uname -r
 * @build: uname -v; Debian names the upstream version there ("Debian 6.1.176-1")
 *
 * Judged by version alone; distributions backport changes. The rule chooses warnings and
 * expectations, and never a verdict.
 */
enum kernel_rule kernel_rule(const char *release, const char *build);

/**
 * kernel_owns_dma() - tell whether this kernel knows DMA ownership, by its version. Pure.
 *
 * From 5.19 on a driver owns the DMA of the group of its device, unless it says that it leaves DMA alone
 * (driver_managed_dma). Before that VFIO looked through the devices of a group itself.
 */
enum answer kernel_owns_dma(const char *release, const char *build);

/**
 * kernel_predict_window() - where a kernel with @rule runs its own test. Pure.
 * @allowed: ranges that the container has now
 * @page_size: bytes
 * @window: set where there is one
 *
 * The loop of vfio_test_domain_fgsp() from 6.1.9 on, with its comparison of an inclusive end: a
 * hole of exactly two pages is passed over, and a start in the last two pages of the 64-bit space
 * is rounded up to 0.
 * Return: whether it finds a window.
 */
bool kernel_predict_window(enum kernel_rule rule, const struct ranges *allowed, uint64_t page_size,
			   struct range *window);

/** kernel_words() - the release of this kernel for a message, or "of unknown version". */
const char *kernel_words(const struct host *host);

/**
 * kernel_is_from() - tell whether this kernel is @major.@minor or later, by version alone.
 *
 * Distributions backport changes, so this is no evidence of what the kernel does. False if the
 * version is not known, as kernel_is_before() is.
 */
bool kernel_is_from(const struct host *host, unsigned int major, unsigned int minor);

/** kernel_is_before() - tell whether this kernel is older than @major.@minor, by version alone. */
bool kernel_is_before(const struct host *host, unsigned int major, unsigned int minor);

/** kernel_may_test_zero() - tell whether this kernel may map IOVA 0: by version, or unknown. */
bool kernel_may_test_zero(const struct host *host);

/**
 * kernel_zero_is_reserved() - tell whether a blocking region of @group touches the two pages at
 * address 0. If the page size is not known, the largest of Linux is assumed.
 */
bool kernel_zero_is_reserved(const struct host *host, const struct group *group);

/**
 * enum direct_rule - treatment of a group with a region of type direct.
 * @DIRECT_UNKNOWN: neither is known of this kernel and this IOMMU
 * @DIRECT_REFUSED: none of its devices can be assigned
 * @DIRECT_ASSIGNED: its devices can be assigned; VFIO leaves the region out of the allowed ranges,
 *	and it is not mapped until the devices are given back
 */
enum direct_rule {
	DIRECT_UNKNOWN,
	DIRECT_REFUSED,
	DIRECT_ASSIGNED,
};

/**
 * kernel_direct_rule() - find what @host does with @group if it has a direct region. Pure.
 *
 * Judged by version and IOMMU; distributions backport changes.
 */
enum direct_rule kernel_direct_rule(const struct host *host, const struct group *group);

/**
 * kernel_may_lose_pins() - tell whether this kernel may leave the memory of a map pinned that ends at
 * the last of all addresses: before 6.18 by version, or unknown.
 */
bool kernel_may_lose_pins(const struct host *host);

/** group_direct_region() - find the first region of type direct of @group; NULL if it has none. */
const struct region *group_direct_region(const struct group *group);

#endif
