/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_JUDGE_H
#define VFIODIAG_CHECK_JUDGE_H

#include "check/check.h"
#include "model/report.h"

/**
 * struct policy - which findings make a host not ready.
 * @ignored: ids of findings that do not count and are not shown
 * @denied: ids of findings of which there must be none, not even a note: they count as failures
 * @fail_on: lowest severity that means not ready; SEVERITY_FAILURE by default
 */
struct policy {
	const char **ignored;
	size_t n_ignored;
	const char **denied;
	size_t n_denied;
	enum severity fail_on;
};

/**
 * judge() - reduce findings to a verdict. Pure.
 * @findings: ignored ones are taken out, and those whose cause another one tells; the rest is
 *	sorted, worst first
 *
 * Failures make it not ready; else something that could not be measured leaves it open; else
 * warnings make it usable with warnings.
 */
enum readiness judge(struct findings *findings, const struct policy *policy);

/**
 * judge_lower() - lower findings that are no problem of what was asked. Pure.
 * @input: what was checked
 * @managed: the program that starts the guest binds devices by itself
 *
 * Without names, only what is bound has to be ready: findings about other groups (--all) are notes
 * at most, unless a device there is blocked for a reason of its own. Of a named group of which all
 * devices are available, @managed makes those notes that tell to bind them. With names, a finding
 * of the host that is about other devices alone is a note at most.
 */
void judge_lower(struct findings *findings, const struct check_input *input, bool managed);

/**
 * judge_host() - reduce the findings that are about the host itself to a verdict. Pure.
 * @findings: as judge() left them
 */
enum readiness judge_host(const struct findings *findings, const struct policy *policy);

/** judge_is_about() - tell whether @finding is about @group, alone or with others. */
bool judge_is_about(const struct finding *finding, const struct group *group);

/**
 * judge_group() - reduce the findings that concern one group to a verdict. Pure.
 * @findings: as judge() left them; those about the host concern every group
 *
 * Return: READINESS_NONE where nothing in the group can be assigned.
 */
enum readiness judge_group(const struct findings *findings, const struct group *group,
			   const struct policy *policy);

#endif
