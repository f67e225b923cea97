/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report in the text format of Prometheus, for node_exporter's textfile collector: no timestamps.
 * The values of labels are words of our own tables, never names from the host, so that there are
 * as many series as there are words, and none of them needs quoting.
 */
#include <errno.h>

#include "base/count.h"
#include "view/monitor/tally.h"
#include "view/view.h"

static const enum readiness verdicts[] = { READINESS_READY, READINESS_WARNINGS, READINESS_NOT_READY,
					   READINESS_UNMEASURED, READINESS_NOT_BOUND };

static void head(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void single(FILE *out, const char *name, const char *help, size_t value)
{
	head(out, name, help);
	fprintf(out, "%s %zu\n", name, value);
}

int write_report_prometheus(FILE *out, const struct report *report,
			    const struct view_options *options)
{
	struct tally tally;

	(void)options;
	tally_make(report, &tally);
	head(out, "vfiodiag_build_info", "The version of vfiodiag that wrote this.");
	fprintf(out, "vfiodiag_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	single(out, "vfiodiag_check_status",
	       "Exit status of the check: 0 ready or nothing bound, 1 warnings, 2 not ready, 3 "
	       "not measured.",
	       (size_t)readiness_status(report->readiness));
	head(out, "vfiodiag_check_verdict", "Verdict of the check: 1 for the current one.");
	for (size_t i = 0; i < COUNT(verdicts); i++)
		fprintf(out, "vfiodiag_check_verdict{verdict=\"%s\"} %d\n",
			readiness_name(verdicts[i]), report->readiness == verdicts[i]);
	head(out, "vfiodiag_host_verdict",
	     "Verdict of the host alone, its IOMMU and VFIO: 1 for the current one.");
	for (size_t i = 0; i < COUNT(verdicts); i++)
		fprintf(out, "vfiodiag_host_verdict{verdict=\"%s\"} %d\n",
			readiness_name(verdicts[i]), report->host_readiness == verdicts[i]);
	head(out, "vfiodiag_findings", "Findings of the check, by severity.");
	for (size_t i = 0; i < COUNT(tally_severities); i++)
		fprintf(out, "vfiodiag_findings{severity=\"%s\"} %zu\n",
			severity_name(tally_severities[i]), tally.severities[tally_severities[i]]);
	if (tally.n_findings)
		head(out, "vfiodiag_finding", "Findings of the check, by id and severity.");
	for (size_t i = 0; i < tally.n_findings; i++)
		fprintf(out, "vfiodiag_finding{id=\"%s\",severity=\"%s\"} %zu\n",
			tally.findings[i].id, severity_name(tally.findings[i].severity),
			tally.findings[i].count);
	head(out, "vfiodiag_checked_groups", "Checked IOMMU groups, by verdict.");
	for (size_t i = 0; i < COUNT(verdicts); i++)
		fprintf(out, "vfiodiag_checked_groups{verdict=\"%s\"} %zu\n",
			readiness_name(verdicts[i]), tally.subjects[verdicts[i]]);
	single(out, "vfiodiag_iommu_groups", "IOMMU groups of the host.", report->host->n_groups);
	single(out, "vfiodiag_devices", "Devices of the host.", report->host->n_devices);
	single(out, "vfiodiag_bound_devices", "Devices bound to a vfio driver.",
	       tally.bound_devices);
	head(out, "vfiodiag_device_states", "Devices of the host, by state.");
	for (enum device_state state = STATE_ASSIGNED; state < STATE_COUNT; state++)
		fprintf(out, "vfiodiag_device_states{state=\"%s\"} %zu\n", state_name(state),
			tally.states[state]);
	if (report->n_properties)
		head(out, "vfiodiag_property_info", "Properties of the host.");
	for (size_t i = 0; i < report->n_properties; i++)
		fprintf(out, "vfiodiag_property_info{property=\"%s\",value=\"%s\"} 1\n",
			report->properties[i].name, report->properties[i].value);
	tally_clear(&tally);
	return ferror(out) ? -EIO : 0;
}
