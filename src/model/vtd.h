/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_VTD_H
#define VFIODIAG_MODEL_VTD_H

#include "model/host.h"
#include "model/probe.h"

/**
 * iommu_address_bits() - find how many bits of a DMA address @iommu translates for VFIO. Pure.
 *
 * Intel's registers say (cap: MGAW, and SAGAW for the depths of table that it walks; VT-d
 * specification 11.4.2). Where the kernel uses first-stage tables, an address has one bit less, since
 * the highest one is a sign. Which stage it uses depends on its version and on scalable mode.
 *
 * Return: 0 if not known without a probe, and for the others, which show no such registers.
 */
unsigned int iommu_address_bits(const struct host *host, const struct iommu *iommu);

/** iommu_page_sizes() - find the page sizes, as a bitmap, under the same conditions. Pure. */
uint64_t iommu_page_sizes(const struct host *host, const struct iommu *iommu);

/**
 * iommu_has_superpages() - tell whether VFIO would have larger pages than 4 KiB with @iommu, if no option
 * took them away. Pure.
 */
enum answer iommu_has_superpages(const struct host *host, const struct iommu *iommu);

#endif
