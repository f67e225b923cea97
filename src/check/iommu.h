/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_IOMMU_H
#define VFIODIAG_CHECK_IOMMU_H

#include "model/host.h"

/**
 * iommu_fix_words() - tell how to make the kernel of @host use an IOMMU, if it uses none. Free it.
 * Pure.
 *
 * It never proposes an option that the kernel was booted with.
 */
char *iommu_fix_words(const struct host *host);

#endif
