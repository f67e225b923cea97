/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/monitor/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const enum severity tally_severities[4] = { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_UNMEASURED,
					    SEVERITY_FAILURE };

void tally_make(const struct report *report, struct tally *tally)
{
	const struct host *host = report->host;

	*tally = (struct tally){ 0 };
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct finding *finding = &report->findings.finding[i];
		struct tally_finding first = { finding->id, finding->severity, 1 };
		size_t at = 0;

		tally->severities[finding->severity]++;
		while (at < tally->n_findings &&
		       (tally->findings[at].severity != finding->severity ||
			strcmp(tally->findings[at].id, finding->id) != 0))
			at++;
		if (at < tally->n_findings)
			tally->findings[at].count++;
		else if (finding->severity != SEVERITY_OK)
			APPEND(tally->findings, tally->n_findings, first);
	}
	for (size_t i = 0; i < report->n_subjects; i++)
		tally->subjects[report->subjects[i].readiness]++;
	tally->bound_groups = host_count_bound(host);
	for (size_t i = 0; i < host->n_devices; i++) {
		tally->bound_devices += device_is_vfio(host->devices[i]);
		tally->states[host->devices[i]->state]++;
	}
}

bool tally_is_ready(const struct report *report, const struct tally *tally)
{
	const size_t *states = tally->states;

	return report->readiness == READINESS_READY &&
	       states[STATE_ASSIGNED] + states[STATE_READY] + states[STATE_BOUND];
}

void tally_clear(struct tally *tally)
{
	free(tally->findings);
	*tally = (struct tally){ 0 };
}
