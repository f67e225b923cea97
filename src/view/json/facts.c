/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as local facts of Ansible: few levels.
 * Ansible drops what a program with another exit status than 0 prints.
 */
#include "view/json/build.h"
#include "view/json/stream.h"
#include "view/monitor/tally.h"
#include "view/view.h"

static json_t *count(size_t number)
{
	return json_integer((json_int_t)number);
}

int write_report_facts(FILE *out, const struct report *report, const struct view_options *options)
{
	struct stream stream = { .out = out, .is_ascii = true, .is_empty = true };
	const struct findings *findings = &report->findings;
	json_t *properties = json_object();
	json_t *counts = json_object();
	struct tally tally;
	bool is_ready;

	(void)options;
	/* Names are spelled as everywhere; a template has facts.properties['unsafe-interrupts']. */
	for (size_t i = 0; i < report->n_properties; i++)
		set(properties, report->properties[i].name, text(report->properties[i].value));
	tally_make(report, &tally);
	set(counts, "groups", count(report->host->n_groups));
	set(counts, "bound_groups", count(tally.bound_groups));
	set(counts, "checked_groups", count(report->n_subjects));
	set(counts, "devices", count(report->host->n_devices));
	set(counts, "bound_devices", count(tally.bound_devices));
	set(counts, "failures", count(tally.severities[SEVERITY_FAILURE]));
	set(counts, "unmeasured", count(tally.severities[SEVERITY_UNMEASURED]));
	set(counts, "warnings", count(tally.severities[SEVERITY_WARNING]));
	set(counts, "notes", count(tally.severities[SEVERITY_NOTE]));
	is_ready = tally_is_ready(report, &tally);
	tally_clear(&tally);
	stream_open(&stream, NULL, '{');
	json_head(&stream, report->host);
	stream_text(&stream, "verdict", readiness_name(report->readiness));
	stream_json(&stream, "ready", json_boolean(is_ready));
	stream_json(&stream, "status", json_integer(readiness_status(report->readiness)));
	stream_text(&stream, "host_verdict", readiness_name(report->host_readiness));
	stream_json(&stream, "states", json_states(report->host));
	stream_json(&stream, "counts", counts);
	stream_json(&stream, "properties", properties);
	stream_open(&stream, "findings", '[');
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->finding[i].severity != SEVERITY_OK)
			stream_json(&stream, NULL, json_finding(&findings->finding[i]));
	}
	stream_close(&stream, ']');
	json_subjects(&stream, "groups", report);
	stream_close(&stream, '}');
	return stream_end(&stream);
}
