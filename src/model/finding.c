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

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "ok", "note", "warning", "failure", "unmeasured" };

	return names[severity];
}
