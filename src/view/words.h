/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WORDS_H
#define VFIODIAG_VIEW_WORDS_H

#include "model/iova_map.h"
#include "model/report.h"

/* Names for people, the same in every view. */

/** words_readiness() - name a verdict: "ready", "usable, with warnings" … */
const char *words_readiness(enum readiness readiness);

/** words_splitting() - name an answer: "not supported (fine-grained superpages are in use)" … */
const char *words_splitting(const struct verdict *verdict);

/** words_last_allowed() - find the last address that @info allows; 0 if not known. */
uint64_t words_last_allowed(const struct iommu_info *info);

/** words_part() - explain a part of the IOVA space; NULL if there is nothing to explain. */
const char *words_part(const struct iova_part *part, uint64_t last_allowed);

#endif
