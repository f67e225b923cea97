/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as JSON, schema vfiodiag/1: addresses are strings, ends inclusive. A field that could
 * not be measured is null, with a reason in a field beside it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "view/json/build.h"
#include "view/json/stream.h"
#include "view/view.h"

json_t *json_range(const struct range *range)
{
	json_t *object = json_object();

	set(object, "start", address(range->start));
	set(object, "end", address(range->end));
	return object;
}

json_t *json_addresses(const struct group *group)
{
	json_t *array = json_array();

	for (size_t i = 0; i < group->n_devices; i++)
		add(array, text(group->devices[i]->address));
	return array;
}

static json_t *range_or_null(bool is_known, const struct range *range)
{
	return is_known ? json_range(range) : json_null();
}

static json_t *ranges_array(const struct iommu_info *info)
{
	json_t *array;

	if (!info->has_ranges)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < info->ranges.count; i++)
		add(array, json_range(&info->ranges.range[i]));
	return array;
}

/* Page sizes in bytes, smallest first. */
json_t *json_page_sizes(bool known, uint64_t sizes)
{
	json_t *array;

	if (!known)
		return json_null();
	array = json_array();
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (sizes >> bit & 1)
			add(array, size(UINT64_C(1) << bit));
	}
	return array;
}

json_t *json_entries(bool known, const uint64_t *count)
{
	json_t *array = known ? json_array() : json_null();

	for (unsigned int bit = 0; known && bit < ENTRY_SIZES; bit++) {
		json_t *object;

		if (!count[bit])
			continue;
		object = json_object();
		set(object, "size", size(UINT64_C(1) << bit));
		set(object, "count", size(count[bit]));
		add(array, object);
	}
	return array;
}

static json_t *events_array(const struct evidence *evidence)
{
	json_t *array = json_array();

	for (size_t i = 0; i < evidence->n_events; i++) {
		const struct event *event = &evidence->events[i];
		json_t *object = json_object();

		set(object, "phase", text(phase_name(event->phase)));
		set(object, "event", text(event->is_map ? "map" : "unmap"));
		set(object, "iova", address(event->iova));
		set(object, "size", size(event->size));
		if (event->is_map)
			set(object, "paddr", address(event->paddr));
		else
			set(object, "unmapped", size(event->unmapped));
		add(array, object);
	}
	return array;
}

static json_t *partial_object(const struct probe *probe)
{
	json_t *object = json_object();

	set(object, "result", text(partial_unmap_name(probe->partial_unmap)));
	set(object, "errno", errno_text(probe->partial_errno));
	/* With an error the size is the requested one, not the unmapped one. */
	set(object, "size",
	    probe->partial_unmap == PARTIAL_WHOLE || probe->partial_unmap == PARTIAL_SPLIT
		    ? size(probe->partial_size)
		    : json_null());
	return object;
}

static json_t *buffer_object(const struct buffer *buffer)
{
	json_t *object = json_object();

	set(object, "contiguous", text(answer_name(buffer->contiguous)));
	set(object, "known_by", text(buffer->known_by));
	set(object, "frames_errno", errno_text(buffer->frames_errno));
	return object;
}

static json_t *entries_object(const struct probe *probe)
{
	enum entries entries = probe->evidence.entries;
	json_t *object;

	if (entries == ENTRIES_NOT_ASKED)
		return json_null();
	object = json_object();
	set(object, "entries",
	    entries == ENTRIES_UNKNOWN ? json_null()
				       : json_integer(entries == ENTRIES_ONE ? 1 : 2));
	set(object, "reason", text(probe->entries_reason));
	return object;
}

static json_t *mapping_object(const struct probe *probe, uint64_t offset,
			      const struct entry_sizes *sizes)
{
	json_t *object = json_object();

	set(object, "offset", size(offset));
	set(object, "huge", sizes->is_known ? json_boolean(sizes->is_huge) : json_null());
	set(object, "entries", json_entries(sizes->is_known, sizes->count));
	set(object, "other", sizes->is_known ? size(sizes->n_other) : json_null());
	set(object, "reason", text(sizes->reason ? sizes->reason : probe->sizes.reason));
	return object;
}

static json_t *sizes_object(const struct probe *probe)
{
	const struct sizes *sizes = &probe->sizes;
	json_t *object = json_object();
	json_t *mappings = json_array();

	add(mappings, mapping_object(probe, 0, &sizes->aligned));
	add(mappings, mapping_object(probe, probe->evidence.page_size, &sizes->askew));
	set(object, "huge_page", sizes->page ? size(sizes->page) : json_null());
	set(object, "mappings", mappings);
	return object;
}

static json_t *json_commands(const struct fix_command *commands, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct fix_command *command = &commands[i];
		json_t *object = json_object();

		set(object, "command", text(command->text));
		set(object, "does", text(command->does));
		set(object, "needs_root", json_boolean(command->needs_root));
		set(object, "repeatable", json_boolean(command->is_repeatable));
		add(array, object);
	}
	return array;
}

json_t *json_failure(const struct failure *failure)
{
	json_t *object;

	if (!failure->step)
		return json_null();
	object = json_object();
	set(object, "step", text(failure->step));
	set(object, "errno", errno_text(failure->error));
	set(object, "message", text(failure->message));
	set(object, "hint", text(failure->hint));
	set(object, "commands", json_commands(&failure->command, failure->command.text ? 1 : 0));
	return object;
}

static void put_probe(struct stream *stream, const struct probe *probe)
{
	const struct iommu_info *info = &probe->info;
	const struct evidence *evidence = &probe->evidence;
	const struct verdict *verdict = &probe->verdict;

	stream_open(stream, NULL, '{');
	stream_json(stream, "group", json_integer(probe->group->id));
	stream_json(stream, "devices", json_addresses(probe->group));
	stream_text(stream, "backend", probe->backend ? backend_name(probe->backend) : NULL);
	stream_json(stream, "page_size",
		    evidence->page_size ? size(evidence->page_size) : json_null());
	stream_json(stream, "iova_ranges", ranges_array(info));
	stream_regions(stream, "reserved_regions", probe->group);
	stream_json(stream, "page_sizes", json_page_sizes(info->has_page_sizes, info->page_sizes));
	stream_json(stream, "dma_avail", info->has_dma_avail ? size(info->dma_avail) : json_null());
	stream_json(stream, "window", range_or_null(probe->window.found, &probe->window.range));
	stream_json(stream, "kernel_window",
		    range_or_null(verdict->has_kernel_window, &verdict->kernel_window));
	stream_text(stream, "kernel_rule", kernel_rule_name(probe->kernel_rule));
	stream_json(stream, "kernel_window_predicted",
		    range_or_null(probe->has_predicted, &probe->predicted));
	stream_text(stream, "fine_grained_superpages", answer_name(verdict->fgsp));
	stream_text(stream, "superpage_splitting", splitting_name(verdict->splitting));
	stream_text(stream, "method", method_name(verdict->method));
	stream_text(stream, "confidence", confidence_name(verdict->confidence));
	stream_text(stream, "because", verdict->because);
	stream_json(stream, "partial_unmap", partial_object(probe));
	stream_json(stream, "buffer", buffer_object(&probe->buffer));
	stream_json(stream, "page_table", entries_object(probe));
	if (probe->sizes.is_asked)
		stream_json(stream, "sizes", sizes_object(probe));
	stream_json(stream, "traced", json_boolean(evidence->traced));
	stream_json(stream, "trace_errno", errno_text(probe->trace_errno));
	stream_json(stream, "events", events_array(evidence));
	stream_json(stream, "error", json_failure(&probe->failure));
	stream_close(stream, '}');
}

static json_t *json_names(char *const *names, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		add(array, text(names[i]));
	return array;
}

json_t *json_finding(const struct finding *finding)
{
	json_t *object = json_object();

	set(object, "id", text(finding->id));
	set(object, "severity", text(severity_name(finding->severity)));
	set(object, "group", finding->group < 0 ? json_null() : json_integer(finding->group));
	set(object, "subject", text(finding->subject));
	set(object, "message", text(finding->message));
	set(object, "hint", text(finding->hint));
	set(object, "devices", json_names(finding->devices, finding->n_devices));
	set(object, "drivers", json_names(finding->drivers, finding->n_drivers));
	set(object, "commands", json_commands(finding->commands, finding->n_commands));
	return object;
}

json_t *json_findings(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++)
		add(array, json_finding(&findings->finding[i]));
	return array;
}

static json_t *subject_addresses(const struct subject *subject)
{
	json_t *array;

	if (subject->group)
		return json_addresses(subject->group);
	array = json_array();
	add(array, text(subject->device->address));
	return array;
}

/* Devices of @subject that were named themselves. */
static json_t *named_addresses(const struct report *report, const struct subject *subject)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->n_devices; i++) {
		const struct device *device = report->devices[i];

		if (device == subject->device ||
		    (subject->group && device->group == subject->group))
			add(array, text(device->address));
	}
	return array;
}

/* Number of devices of the host in each state. */
json_t *json_states(const struct host *host)
{
	json_t *object = json_object();

	for (enum device_state state = STATE_ASSIGNED; state < STATE_COUNT; state++)
		set(object, state_name(state),
		    json_integer((json_int_t)host_count_state(host, state)));
	return object;
}

void json_subjects(struct stream *stream, const char *key, const struct report *report)
{
	stream_open(stream, key, '[');
	for (size_t i = 0; i < report->n_subjects; i++) {
		const struct subject *subject = &report->subjects[i];

		stream_open(stream, NULL, '{');
		stream_json(stream, "group",
			    subject->group ? json_integer(subject->group->id) : json_null());
		stream_json(stream, "devices", subject_addresses(subject));
		stream_json(stream, "named", named_addresses(report, subject));
		stream_text(stream, "verdict", readiness_name(subject->readiness));
		stream_close(stream, '}');
	}
	stream_close(stream, ']');
}

static void put_thing(struct stream *stream, const char *key, const struct fact *facts,
		      const void *thing)
{
	stream_open(stream, key, '{');
	stream_facts(stream, facts, thing);
	stream_close(stream, '}');
}

void json_head(struct stream *stream, const struct host *host)
{
	char text[sizeof("2026-11-22T07:30:25Z")];
	time_t time = host ? (time_t)host->time : 0;
	struct tm tm;

	stream_text(stream, "schema", SCHEMA);
	stream_open(stream, "tool", '{');
	stream_text(stream, "name", "vfiodiag");
	stream_text(stream, "version", PACKAGE_VERSION);
	stream_close(stream, '}');
	if (!host)
		return;
	/* When it was read; null where that is not known. */
	stream_text(stream, "time",
		    time && gmtime_r(&time, &tm) &&
				    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm)
			    ? text
			    : NULL);
}

int json_write(FILE *out, const struct host *host, json_t *top)
{
	struct stream stream = { .out = out, .is_empty = true };
	const char *key;
	json_t *value;

	stream_open(&stream, NULL, '{');
	json_head(&stream, host);
	if (host)
		put_thing(&stream, "host", host_facts, host);
	json_object_foreach (top, key, value)
		stream_json(&stream, key, json_incref(value));
	json_decref(top);
	stream_close(&stream, '}');
	return stream_end(&stream);
}

static void put_system(struct stream *stream, const struct report *report)
{
	const struct host *host = report->host;

	stream_open(stream, "iommus", '[');
	for (size_t i = 0; i < host->n_iommus; i++)
		put_thing(stream, NULL, iommu_facts, &host->iommus[i]);
	stream_close(stream, ']');
	stream_open(stream, "groups", '[');
	for (size_t i = 0; i < host->n_groups; i++)
		put_thing(stream, NULL, group_facts, host->groups[i]);
	stream_close(stream, ']');
	stream_open(stream, "ungrouped", '[');
	for (size_t i = 0; i < host->n_devices; i++) {
		if (!host->devices[i]->group)
			put_thing(stream, NULL, device_facts, host->devices[i]);
	}
	stream_close(stream, ']');
	stream_open(stream, "probes", '[');
	for (size_t i = 0; i < report->n_probes; i++)
		put_probe(stream, report->probes[i]);
	stream_close(stream, ']');
}

static void put_verdict(struct stream *stream, const struct report *report)
{
	stream_text(stream, "verdict", readiness_name(report->readiness));
	stream_text(stream, "host_verdict", readiness_name(report->host_readiness));
	stream_json(stream, "states", json_states(report->host));
	json_subjects(stream, "subjects", report);
	stream_open(stream, "properties", '{');
	for (size_t i = 0; i < report->n_properties; i++)
		stream_text(stream, report->properties[i].name, report->properties[i].value);
	stream_close(stream, '}');
	/* Ids of checks that found nothing. */
	stream_open(stream, "not_found", '[');
	for (size_t i = 0; i < report->n_absent; i++)
		stream_text(stream, NULL, report->absent[i].id);
	stream_close(stream, ']');
}

/* The part of a report after its head. */
static void put_report(struct stream *stream, const struct report *report)
{
	put_system(stream, report);
	if (report->readiness)
		put_verdict(stream, report);
	stream_open(stream, "findings", '[');
	for (size_t i = 0; i < report->findings.count; i++)
		stream_json(stream, NULL, json_finding(&report->findings.finding[i]));
	stream_close(stream, ']');
}

/* Programs split lines where they see one: some also at characters beyond ASCII. */
static int write_document(FILE *out, bool is_line, const struct row *row)
{
	struct stream stream = {
		.out = out, .is_compact = is_line, .is_ascii = is_line, .is_empty = true
	};

	stream_open(&stream, NULL, '{');
	json_head(&stream, row->report ? row->report->host : NULL);
	if (row->capture)
		stream_text(&stream, "capture", row->capture);
	if (row->report) {
		put_thing(&stream, "host", host_facts, row->report->host);
		put_report(&stream, row->report);
	} else {
		stream_text(&stream, "verdict", readiness_name(READINESS_UNMEASURED));
		stream_text(&stream, "error", row->problem);
	}
	stream_close(&stream, '}');
	return stream_end(&stream);
}

int write_report_json(FILE *out, const struct report *report, const struct view_options *options)
{
	(void)options;
	return write_document(out, false, &(struct row){ .report = report });
}

int write_report_jsonl(FILE *out, const struct report *report, const struct view_options *options)
{
	(void)options;
	return write_document(out, true, &(struct row){ .report = report });
}

/* Without a report, the host is reported as not measured. */
int write_row_jsonl(FILE *out, const struct row *row, const struct view_options *options)
{
	(void)options;
	return write_document(out, true, row);
}
