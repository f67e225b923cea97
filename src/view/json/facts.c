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

static json_t *counts_object(const struct report *report)
{
	json_t *object = json_object();
	struct tally tally;

	tally_make(report, &tally);
	set(object, "groups", count(report->host->n_groups));
	set(object, "bound_groups", count(tally.bound_groups));
	set(object, "checked_groups", count(report->n_subjects));
	set(object, "devices", count(report->host->n_devices));
	set(object, "bound_devices", count(tally.bound_devices));
	set(object, "failures", count(tally.severities[SEVERITY_FAILURE]));
	set(object, "unmeasured", count(tally.severities[SEVERITY_UNMEASURED]));
	set(object, "warnings", count(tally.severities[SEVERITY_WARNING]));
	set(object, "notes", count(tally.severities[SEVERITY_NOTE]));
	tally_clear(&tally);
	return object;
}

int write_report_facts(FILE *out, const struct report *report, const struct view_options *options)
{
	struct stream stream = { .out = out, .is_ascii = true, .is_empty = true };
	const struct findings *findings = &report->findings;
	json_t *properties = json_object();

	(void)options;
	/* Names are spelled as everywhere; a template has facts.properties['unsafe-interrupts']. */
	for (size_t i = 0; i < report->n_properties; i++)
		set(properties, report->properties[i].name, text(report->properties[i].value));
	stream_open(&stream, NULL, '{');
	json_head(&stream, NULL);
	stream_text(&stream, "verdict", readiness_name(report->readiness));
	stream_json(&stream, "ready", json_boolean(report->readiness == READINESS_READY));
	stream_json(&stream, "status", json_integer(readiness_status(report->readiness)));
	stream_json(&stream, "counts", counts_object(report));
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
