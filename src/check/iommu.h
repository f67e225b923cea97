/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_IOMMU_H
#define VFIODIAG_CHECK_IOMMU_H

#include "model/finding.h"
#include "model/host.h"

/** check_iommu() - the finding "no-iommu", where @host has no IOMMU groups: why, and what to do. */
void check_iommu(const struct host *host, struct findings *findings);

#endif
