/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WORDS_H
#define VFIODIAG_VIEW_WORDS_H

#include "model/iova_map.h"
#include "model/report.h"

/* How things are called for people, in every view the same. */

/** words_readiness() - "ready", "usable, with warnings" … */
const char *words_readiness(enum readiness readiness);

/** words_splitting() - "not supported (fine-grained superpages are in use)" … */
const char *words_splitting(const struct verdict *verdict);

/** words_last_allowed() - the last address that @info allows; 0 where nothing is known. */
uint64_t words_last_allowed(const struct iommu_info *info);

/** words_part() - why a part of the IOVA space is as it is; NULL where nothing is to be said. */
const char *words_part(const struct iova_part *part, uint64_t last_allowed);

#endif
