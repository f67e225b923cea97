/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as a file for the directory features.d of Kubernetes Node Feature Discovery, which makes
 * labels of a node from its lines. Names and values are words of our own tables and numbers: all
 * of them are valid labels, and as there are only so many words, the file stays far below the
 * 64 KiB that are read.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "view/monitor/tally.h"
#include "view/view.h"

int write_report_nfd(FILE *out, const struct report *report, const struct view_options *options)
{
	char expiry[sizeof("2026-11-22T07:30:25Z")];
	struct tally tally;
	struct tm tm;

	tally_make(report, &tally);
	if (options->expires && gmtime_r(&options->expires, &tm) &&
	    strftime(expiry, sizeof(expiry), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fprintf(out, "# +expiry-time=%s\n", expiry);
	fprintf(out, "vfiodiag.version=%s\n", PACKAGE_VERSION);
	fprintf(out, "vfiodiag.verdict=%s\n", readiness_name(report->readiness));
	fprintf(out, "vfiodiag.ready=%s\n", tally_is_ready(report, &tally) ? "true" : "false");
	fprintf(out, "vfiodiag.host=%s\n", readiness_name(report->host_readiness));
	for (enum device_state state = STATE_ASSIGNED; state < STATE_COUNT; state++)
		fprintf(out, "vfiodiag.devices.%s=%zu\n", state_name(state), tally.states[state]);
	for (enum readiness verdict = READINESS_READY; verdict <= READINESS_NOT_BOUND; verdict++)
		fprintf(out, "vfiodiag.groups.%s=%zu\n", readiness_name(verdict),
			tally.subjects[verdict]);
	for (size_t i = 0; i < report->n_properties; i++)
		fprintf(out, "vfiodiag.property.%s=%s\n", report->properties[i].name,
			report->properties[i].value);
	/* One line for each id, of its worst severity, which comes first. Notes make no label. */
	for (size_t i = 0; i < tally.n_findings; i++) {
		const struct tally_finding *finding = &tally.findings[i];
		bool told = finding->severity == SEVERITY_NOTE;

		for (size_t before = 0; before < i && !told; before++)
			told = strcmp(tally.findings[before].id, finding->id) == 0;
		if (!told)
			fprintf(out, "vfiodiag.finding.%s=%s\n", finding->id,
				severity_name(finding->severity));
	}
	tally_clear(&tally);
	return ferror(out) ? -EIO : 0;
}
