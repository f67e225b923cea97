/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/monitor/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const enum severity tally_severities[4] = { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_UNMEASURED,
					    SEVERITY_FAILURE };

static void count_finding(struct tally *tally, const struct finding *finding)
{
	struct tally_finding first = { finding->id, finding->severity, 1 };

	tally->severities[finding->severity]++;
	if (finding->severity == SEVERITY_OK)
		return;
	for (size_t i = 0; i < tally->n_findings; i++) {
		struct tally_finding *counted = &tally->findings[i];

		if (counted->severity == finding->severity &&
		    strcmp(counted->id, finding->id) == 0) {
			counted->count++;
			return;
		}
	}
	APPEND(tally->findings, tally->n_findings, first);
}

void tally_make(const struct report *report, struct tally *tally)
{
	const struct host *host = report->host;

	*tally = (struct tally){ 0 };
	for (size_t i = 0; i < report->findings.count; i++)
		count_finding(tally, &report->findings.finding[i]);
	for (size_t i = 0; i < report->n_subjects; i++)
		tally->subjects[report->subjects[i].readiness]++;
	tally->bound_groups = host_count_bound(host);
	for (size_t i = 0; i < host->n_devices; i++)
		tally->bound_devices += device_is_vfio(host->devices[i]);
}

void tally_clear(struct tally *tally)
{
	free(tally->findings);
	*tally = (struct tally){ 0 };
}
