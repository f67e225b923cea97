/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_PARTS_H
#define VFIODIAG_VIEW_PARTS_H

#include <jansson.h>

#include "model/finding.h"

/* Parts of JSON that several formats share. */

/** json_finding() - @finding as an object of schema vfiodiag/1. New reference. */
json_t *json_finding(const struct finding *finding);

#endif
