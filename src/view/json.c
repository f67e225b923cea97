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
#include "view/build.h"
#include "view/view.h"

json_t *json_range(const struct range *range)
{
	json_t *object = json_object();

	set(object, "start", address(range->start));
	set(object, "end", address(range->end));
	return object;
}

static json_t *regions_array(const struct group *group)
{
	json_t *array = json_array();

	if (group->regions_errno) {
		json_decref(array);
		return json_null();
	}
	for (size_t i = 0; i < group->n_regions; i++) {
		json_t *object = json_range(&group->regions[i].range);

		set(object, "type", text(group->regions[i].word));
		add(array, object);
	}
	return array;
}

static json_t *hex(unsigned int value, int digits)
{
	char buffer[16];

	snprintf(buffer, sizeof(buffer), "%0*x", digits, value);
	return text(buffer);
}

static json_t *device_object(const struct device *device)
{
	json_t *object = json_object();

	set(object, "address", text(device->address));
	set(object, "bus", text(device->bus));
	set(object, "driver", text(device->driver));
	set(object, "vfio_dev", text(device->vfio_dev));
	set(object, "iommu", text(device->iommu ? device->iommu->name : NULL));
	if (device->is_pci) {
		set(object, "class", hex(device->class, 6));
		set(object, "vendor", hex(device->vendor, 4));
		set(object, "device", hex(device->device, 4));
		set(object, "class_name", text(device->class_name));
		set(object, "vendor_name", text(device->vendor_name));
		set(object, "device_name", text(device->device_name));
		set(object, "numa_node",
		    device->numa_node < 0 ? json_null() : json_integer(device->numa_node));
	}
	return object;
}

static json_t *devices_array(const struct group *group)
{
	json_t *array = json_array();

	for (size_t i = 0; i < group->n_devices; i++)
		add(array, device_object(group->devices[i]));
	return array;
}

static json_t *group_object(const struct group *group)
{
	json_t *object = json_object();

	set(object, "group", json_integer(group->id));
	set(object, "type", text(group->type));
	set(object, "name", text(group->name));
	set(object, "devices", devices_array(group));
	set(object, "reserved_regions", regions_array(group));
	set(object, "reserved_regions_errno", errno_text(group->regions_errno));
	return object;
}

static json_t *groups_array(const struct host *host)
{
	json_t *array = json_array();

	for (size_t i = 0; i < host->n_groups; i++)
		add(array, group_object(host->groups[i]));
	return array;
}

static json_t *iommus_array(const struct host *host)
{
	json_t *array = json_array();

	for (size_t i = 0; i < host->n_iommus; i++) {
		const struct iommu *iommu = &host->iommus[i];
		json_t *object = json_object();

		set(object, "name", text(iommu->name));
		set(object, "kind", text(iommu_kind_name(iommu->kind)));
		set(object, "version", text(iommu->version));
		set(object, "cap", text(iommu->cap));
		set(object, "ecap", text(iommu->ecap));
		set(object, "features", text(iommu->features));
		set(object, "devices", size(iommu->n_members));
		add(array, object);
	}
	return array;
}

static json_t *parameters_object(const struct host *host)
{
	json_t *object = json_object();

	for (size_t i = 0; i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];
		char *key = xasprintf("%s.%s", parameter->module, parameter->name);

		set(object, key, text(parameter->value));
		free(key);
	}
	return object;
}

static json_t *unread_array(const struct host *host)
{
	json_t *array = json_array();

	for (size_t i = 0; i < host->n_unread; i++) {
		json_t *object = json_object();

		set(object, "path", text(host->unread[i].path));
		set(object, "errno", errno_text(host->unread[i].error));
		add(array, object);
	}
	return array;
}

static json_t *host_object(const struct host *host)
{
	json_t *object = json_object();

	set(object, "name", text(host->name));
	set(object, "kernel", text(host->release));
	set(object, "kernel_build", text(host->build));
	set(object, "arch", text(host->arch));
	set(object, "machine", text(host->machine));
	set(object, "lockdown", text(host->lockdown));
	set(object, "iommu_table", text(host->iommu_table));
	set(object, "cmdline", text(host->cmdline));
	set(object, "page_size", host->page_size ? size(host->page_size) : json_null());
	set(object, "parameters", parameters_object(host));
	set(object, "not_read", unread_array(host));
	return object;
}

json_t *json_addresses(const struct group *group)
{
	json_t *array = json_array();

	for (size_t i = 0; i < group->n_devices; i++)
		add(array, text(group->devices[i]->address));
	return array;
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
	return object;
}

static json_t *probe_object(const struct probe *probe)
{
	const struct verdict *verdict = &probe->verdict;
	json_t *object = json_object();

	set(object, "group", json_integer(probe->group->id));
	set(object, "devices", json_addresses(probe->group));
	set(object, "backend", text(probe->backend ? backend_name(probe->backend) : NULL));
	set(object, "page_size",
	    probe->evidence.page_size ? size(probe->evidence.page_size) : json_null());
	set(object, "iova_ranges", ranges_array(&probe->info));
	set(object, "reserved_regions", regions_array(probe->group));
	set(object, "page_sizes",
	    json_page_sizes(probe->info.has_page_sizes, probe->info.page_sizes));
	set(object, "dma_avail",
	    probe->info.has_dma_avail ? size(probe->info.dma_avail) : json_null());
	set(object, "window", probe->window.found ? json_range(&probe->window.range) : json_null());
	set(object, "kernel_window",
	    verdict->has_kernel_window ? json_range(&verdict->kernel_window) : json_null());
	set(object, "kernel_rule", text(kernel_rule_name(probe->kernel_rule)));
	set(object, "kernel_window_predicted",
	    probe->has_predicted ? json_range(&probe->predicted) : json_null());
	set(object, "fine_grained_superpages", text(answer_name(verdict->fgsp)));
	set(object, "superpage_splitting", text(splitting_name(verdict->splitting)));
	set(object, "method", text(method_name(verdict->method)));
	set(object, "confidence", text(confidence_name(verdict->confidence)));
	set(object, "because", text(verdict->because));
	set(object, "partial_unmap", partial_object(probe));
	set(object, "buffer", buffer_object(&probe->buffer));
	set(object, "traced", json_boolean(probe->evidence.traced));
	set(object, "trace_errno", errno_text(probe->trace_errno));
	set(object, "events", events_array(&probe->evidence));
	set(object, "error", json_failure(&probe->failure));
	return object;
}

json_t *json_finding(const struct finding *finding)
{
	json_t *object = json_object();

	set(object, "id", text(finding->id));
	set(object, "severity", text(severity_name(finding->severity)));
	set(object, "group",
	    finding->group == FINDING_HOST ? json_null() : json_integer(finding->group));
	set(object, "subject", text(finding->subject));
	set(object, "message", text(finding->message));
	set(object, "hint", text(finding->hint));
	return object;
}

static json_t *findings_array(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++)
		add(array, json_finding(&findings->finding[i]));
	return array;
}

json_t *json_subjects(const struct report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->n_subjects; i++) {
		json_t *object = json_object();

		set(object, "group", json_integer(report->subjects[i].group->id));
		set(object, "devices", json_addresses(report->subjects[i].group));
		set(object, "verdict", text(readiness_name(report->subjects[i].readiness)));
		add(array, object);
	}
	return array;
}

static json_t *properties_object(const struct report *report)
{
	json_t *object = json_object();

	for (size_t i = 0; i < report->n_properties; i++)
		set(object, report->properties[i].name, text(report->properties[i].value));
	return object;
}

/* Ids of checks that found nothing. */
static json_t *absent_array(const struct report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->n_absent; i++)
		add(array, text(report->absent[i].id));
	return array;
}

static json_t *tool_object(void)
{
	json_t *object = json_object();

	set(object, "name", text("vfiodiag"));
	set(object, "version", text(PACKAGE_VERSION));
	return object;
}

json_t *json_top(void)
{
	json_t *top = json_object();

	set(top, "schema", text(SCHEMA));
	set(top, "tool", tool_object());
	return top;
}

json_t *json_head(const struct host *host)
{
	json_t *top = json_top();

	set(top, "host", host_object(host));
	return top;
}

static int write_flags(FILE *out, json_t *top, size_t flags)
{
	char *dumped = json_dumps(top, flags);
	int ret = dumped && fputs(dumped, out) >= 0 && fputc('\n', out) != EOF ? 0 : -EIO;

	free(dumped);
	json_decref(top);
	return ret;
}

int json_write(FILE *out, json_t *top)
{
	return write_flags(out, top, JSON_INDENT(2));
}

int json_write_ascii(FILE *out, json_t *top, size_t flags)
{
	return write_flags(out, top, flags | JSON_ENSURE_ASCII);
}

/* The part of @top after its head. */
static void set_report(json_t *top, const struct report *report)
{
	json_t *probes = json_array();

	for (size_t i = 0; i < report->n_probes; i++)
		add(probes, probe_object(report->probes[i]));
	set(top, "iommus", iommus_array(report->host));
	set(top, "groups", groups_array(report->host));
	set(top, "probes", probes);
	if (report->readiness) {
		set(top, "verdict", text(readiness_name(report->readiness)));
		set(top, "subjects", json_subjects(report));
		set(top, "properties", properties_object(report));
		set(top, "not_found", absent_array(report));
	}
	set(top, "findings", findings_array(&report->findings));
}

static json_t *report_object(const struct report *report)
{
	json_t *top = json_head(report->host);

	set_report(top, report);
	return top;
}

int write_report_json(FILE *out, const struct report *report, const struct view_options *options)
{
	(void)options;
	return json_write(out, report_object(report));
}

/* Programs split lines where they see one: some also at characters beyond ASCII. */
int write_report_jsonl(FILE *out, const struct report *report, const struct view_options *options)
{
	(void)options;
	return json_write_ascii(out, report_object(report), JSON_COMPACT);
}

/* Without a report, the host is reported as not measured. */
int write_row_jsonl(FILE *out, const struct row *row, const struct view_options *options)
{
	json_t *top = json_top();

	(void)options;
	set(top, "capture", text(row->capture));
	if (row->report) {
		set(top, "host", host_object(row->report->host));
		set_report(top, row->report);
	} else {
		set(top, "verdict", text(readiness_name(READINESS_UNMEASURED)));
		set(top, "error", text(row->problem));
	}
	return json_write_ascii(out, top, JSON_COMPACT);
}
