/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/report.h"

#include <stdlib.h>

#include "base/exit.h"

const struct probe *report_probe(const struct report *report, const struct group *group)
{
	for (size_t i = 0; i < report->n_probes; i++) {
		if (report->probes[i]->group == group)
			return report->probes[i];
	}
	return NULL;
}

const struct mappings *report_mappings(const struct report *report, const struct group *group)
{
	for (size_t i = 0; i < report->n_mapped; i++) {
		if (report->mapped[i].group == group)
			return &report->mapped[i].mappings;
	}
	return NULL;
}

void report_clear(struct report *report)
{
	for (size_t i = 0; i < report->n_mapped; i++)
		mappings_clear(&report->mapped[i].mappings);
	free(report->mapped);
	for (size_t i = 0; i < report->n_probes; i++)
		probe_free(report->probes[i]);
	free(report->probes);
	free(report->subjects);
	free(report->missing);
	free(report->devices);
	free(report->properties);
	free(report->absent);
	findings_clear(&report->findings);
	*report = (struct report){ 0 };
}

const char *readiness_name(enum readiness readiness)
{
	static const char *const names[] = {
		NULL, "ready", "warnings", "not-ready", "unmeasured", "not-bound",
	};

	return names[readiness];
}

int readiness_status(enum readiness readiness)
{
	switch (readiness) {
	case READINESS_READY:
	case READINESS_NOT_BOUND:
		return EXIT_OBSERVED;
	case READINESS_WARNINGS:
		return EXIT_INFERRED;
	case READINESS_NOT_READY:
		return EXIT_REFUSED;
	default:
		return EXIT_UNMEASURED;
	}
}
