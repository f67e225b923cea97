/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_COMPARE_COMPARE_H
#define VFIODIAG_COMPARE_COMPARE_H

#include "model/difference.h"
#include "model/report.h"

/*
 * What changed from one report to another. Pure.
 *
 * What was not measured on one side is no difference: it is told as "not compared".
 */

/**
 * compare_reports() - what differs between @before and @after.
 *
 * Devices are known by their addresses. Groups are known by their devices, since their numbers are
 * dealt out anew at each start of a host: a number that changed is told as that.
 */
void compare_reports(const struct report *before, const struct report *after,
		     struct comparison *comparison);

#endif
