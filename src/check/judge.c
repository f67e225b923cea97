/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/judge.h"

#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct finding *finding, const char *const *ids, size_t n_ids)
{
	for (size_t i = 0; i < n_ids; i++) {
		if (strcmp(ids[i], finding->id) == 0)
			return true;
	}
	return false;
}

static enum readiness by_worst(enum severity worst, const struct policy *policy)
{
	if (worst == SEVERITY_FAILURE ||
	    (worst != SEVERITY_OK && severity_weight(worst) >= severity_weight(policy->fail_on)))
		return READINESS_NOT_READY;
	if (worst == SEVERITY_UNMEASURED)
		return READINESS_UNMEASURED;
	return worst == SEVERITY_WARNING ? READINESS_WARNINGS : READINESS_READY;
}

enum readiness judge(struct findings *findings, const struct policy *policy)
{
	struct findings kept = { 0 };

	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->finding[i];

		if (is_listed(finding, policy->ignored, policy->n_ignored))
			continue;
		/* An unmeasured finding stays unmeasured: it may be fine. */
		if ((finding->severity == SEVERITY_NOTE || finding->severity == SEVERITY_WARNING) &&
		    is_listed(finding, policy->required, policy->n_required))
			finding->severity = SEVERITY_FAILURE;
		findings_add(&kept, finding);
		*finding = (struct finding){ 0 };
	}
	findings_clear(findings);
	*findings = kept;
	findings_sort(findings);
	return by_worst(findings->count ? findings->finding[0].severity : SEVERITY_OK, policy);
}

enum readiness judge_group(const struct findings *findings, const struct group *group,
			   const struct policy *policy)
{
	/* Findings are sorted: the first that concerns the group is its worst. */
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];

		if (finding->group == FINDING_HOST || finding->group == group->id)
			return by_worst(finding->severity, policy);
	}
	return READINESS_READY;
}
