/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_JUDGE_H
#define VFIODIAG_CHECK_JUDGE_H

#include "model/report.h"

/**
 * struct policy - which findings make a host not ready.
 * @ignored: ids of findings that do not count and are not shown
 * @required: ids of findings of which there must be none, not even a note: they count as failures
 * @fail_on: lowest severity that means not ready; SEVERITY_FAILURE by default
 */
struct policy {
	const char **ignored;
	size_t n_ignored;
	const char **required;
	size_t n_required;
	enum severity fail_on;
};

/**
 * judge() - reduce findings to a verdict. Pure.
 * @findings: ignored ones are taken out, the rest is sorted, worst first
 *
 * Failures make it not ready; else something that could not be measured leaves it open; else
 * warnings make it usable with warnings.
 */
enum readiness judge(struct findings *findings, const struct policy *policy);

/**
 * judge_group() - reduce the findings that concern one group to a verdict. Pure.
 * @findings: as judge() left them; those about the host concern every group
 */
enum readiness judge_group(const struct findings *findings, const struct group *group,
			   const struct policy *policy);

#endif
