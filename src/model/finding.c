/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/finding.h"

#include <stdlib.h>

#include "base/alloc.h"

void findings_add(struct findings *findings, const struct finding *finding)
{
	APPEND(findings->finding, findings->count, *finding);
}

void findings_clear(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->finding[i].subject);
		free(findings->finding[i].message);
		free(findings->finding[i].hint);
	}
	free(findings->finding);
	*findings = (struct findings){ 0 };
}

int severity_weight(enum severity severity)
{
	static const int weights[] = {
		[SEVERITY_OK] = 0,	[SEVERITY_NOTE] = 1,	   [SEVERITY_WARNING] = 2,
		[SEVERITY_FAILURE] = 4, [SEVERITY_UNMEASURED] = 3,
	};

	return weights[severity];
}

void findings_sort(struct findings *findings)
{
	struct findings sorted = { 0 };

	for (int wanted = 4; wanted >= 0; wanted--) {
		for (size_t i = 0; i < findings->count; i++) {
			if (severity_weight(findings->finding[i].severity) == wanted)
				findings_add(&sorted, &findings->finding[i]);
		}
	}
	free(findings->finding);
	*findings = sorted;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "ok", "note", "warning", "failure", "unmeasured" };

	return names[severity];
}
