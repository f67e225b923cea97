/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_DIFF_DIFF_H
#define VFIODIAG_DIFF_DIFF_H

#include "model/difference.h"
#include "model/report.h"

/*
 * Differences between two reports. Pure.
 *
 * A fact that was not measured on one side is no difference: it is reported as "not compared".
 */

/**
 * compare_reports() - find the differences between @before and @after.
 *
 * Devices are identified by address. Groups are identified by their devices, since the kernel
 * numbers groups anew at each boot: a changed number is reported as such.
 */
void compare_reports(const struct report *before, const struct report *after,
		     struct comparison *comparison);

#endif
