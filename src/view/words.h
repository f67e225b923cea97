/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WORDS_H
#define VFIODIAG_VIEW_WORDS_H

#include "model/iova_map.h"
#include "model/report.h"

/* Names for people, the same in every view. */

/** words_or_unknown() - return @text; "unknown" if there is none. */
const char *words_or_unknown(const char *text);

/** words_readiness() - name a verdict: "ready", "usable, with warnings" … */
const char *words_readiness(enum readiness readiness);

/** words_splitting() - name an answer: "not supported (fine-grained superpages are in use)" … */
const char *words_splitting(const struct verdict *verdict);

#endif
