/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"

/* How bad a severity is: what could not be measured may be a failure. */
static int weight(enum severity severity)
{
	static const int weights[] = {
		[SEVERITY_OK] = 0,	[SEVERITY_NOTE] = 1,	   [SEVERITY_WARNING] = 2,
		[SEVERITY_FAILURE] = 4, [SEVERITY_UNMEASURED] = 3,
	};

	return weights[severity];
}

static bool is_ignored(const struct finding *finding, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_ignored; i++) {
		if (strcmp(policy->ignored[i], finding->id) == 0)
			return true;
	}
	return false;
}

static void take_out_ignored(struct findings *findings, const struct policy *policy)
{
	struct findings kept = { 0 };

	for (size_t i = 0; i < findings->count; i++) {
		if (!is_ignored(&findings->finding[i], policy)) {
			findings_add(&kept, &findings->finding[i]);
			findings->finding[i] = (struct finding){ 0 };
		}
	}
	findings_clear(findings);
	*findings = kept;
}

/* Worst first; those of one severity stay in the order of the table and the groups. */
static void sort(struct findings *findings)
{
	struct findings sorted = { 0 };

	for (int wanted = 4; wanted >= 0; wanted--) {
		for (size_t i = 0; i < findings->count; i++) {
			if (weight(findings->finding[i].severity) == wanted)
				findings_add(&sorted, &findings->finding[i]);
		}
	}
	free(findings->finding);
	*findings = sorted;
}

enum readiness judge(struct findings *findings, const struct policy *policy)
{
	enum severity worst = SEVERITY_OK;

	take_out_ignored(findings, policy);
	sort(findings);
	if (findings->count)
		worst = findings->finding[0].severity;
	if (worst == SEVERITY_FAILURE ||
	    (worst != SEVERITY_OK && weight(worst) >= weight(policy->fail_on)))
		return READINESS_NOT_READY;
	if (worst == SEVERITY_UNMEASURED)
		return READINESS_UNMEASURED;
	return worst == SEVERITY_WARNING ? READINESS_WARNINGS : READINESS_READY;
}

int judge_status(enum readiness readiness)
{
	switch (readiness) {
	case READINESS_READY:
		return EXIT_OBSERVED;
	case READINESS_WARNINGS:
		return EXIT_INFERRED;
	case READINESS_NOT_READY:
		return EXIT_REFUSED;
	default:
		return EXIT_UNMEASURED;
	}
}
