/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a host: cards for groups with something to assign, and tables of the rest. */
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/fact.h"
#include "view/html/html.h"
#include "view/words.h"

/* The facts of @thing, each as " · LABEL VALUE". */
static void print_more(FILE *out, const struct fact *facts, const void *thing)
{
	struct fact_room room = { 0 };

	for (const struct fact *fact = facts; fact->key; fact++) {
		const char *words = fact->places & FACT_HTML ? fact_words(fact, thing, &room)
							     : NULL;

		if (!words)
			continue;
		fprintf(out, " \xc2\xb7 %s ", fact->label);
		html_text(out, words);
	}
	fact_room_clear(&room);
}

static void print_badge(FILE *out, const struct device *device)
{
	const char *name = state_name(device->state);

	if (name)
		fprintf(out, "<span class=\"badge %s\">%s</span> ", name,
			words_state(device->state));
}

/* Class and name: what it is, before where it is. */
static void print_name(FILE *out, const struct device *device)
{
	_cleanup_free_ char *label = device_label(device);

	if (device->class_name)
		html_within(out, "<strong>", device->class_name, "</strong> ");
	else if (device->is_pci)
		fprintf(out, "<strong>class %04x</strong> ", device->class >> 8);
	html_text(out, label);
}

/* One line for what comes with the device that a reader looks for. */
static void print_part_of_chipset(FILE *out, const struct device *device)
{
	fputs("<p class=\"device\">", out);
	print_badge(out, device);
	print_name(out, device);
	html_within(out, " <span class=\"soft\"><code>", device->address, "</code>");
	if (device->driver)
		html_within(out, " \xc2\xb7 driver ", device->driver, "");
	fputs("</span></p>\n", out);
}

static void print_device(FILE *out, const struct device *device)
{
	fputs("<div class=\"device\">\n<p>", out);
	print_badge(out, device);
	print_name(out, device);
	html_within(out, "</p>\n<p class=\"soft\"><code>", device->address, "</code> \xc2\xb7 ");
	html_within(out, device->driver ? "driver " : "", device_driver_words(device), "");
	/* Without a name the ids are the label. */
	if (device->is_pci && device->vendor_name)
		fprintf(out, " \xc2\xb7 %04x:%04x", device->vendor, device->device);
	print_more(out, device_facts, device);
	fputs("</p>\n", out);
	if (device->reason)
		html_within(out, "<p>", device->reason, "</p>\n");
	fputs("</div>\n", out);
}

static void print_failure(FILE *out, const struct failure *failure)
{
	html_within(out, "<p class=\"bad\">Not tested: ", failure->message, "</p>\n");
	html_fix(out, failure->hint, &failure->command, failure->command.text ? 1 : 0);
}

static void print_sizes(FILE *out, const struct probe *probe)
{
	const struct sizes *sizes = &probe->sizes;
	_cleanup_free_ char *aligned = words_entry_sizes(&sizes->aligned);
	_cleanup_free_ char *askew = words_entry_sizes(&sizes->askew);
	char size[16];

	if (!sizes->is_asked)
		return;
	if (sizes->reason) {
		html_within(out, "<p class=\"soft\">Huge page not mapped: ", sizes->reason,
			    "</p>\n");
		return;
	}
	fprintf(out,
		"<p>Huge page of %s, aligned: ", text_size(size, sizeof(size), sizes->page - 1));
	html_text(out, aligned);
	fprintf(out, "; off by %s: ", text_size(size, sizeof(size), probe->evidence.page_size - 1));
	html_within(out, "", askew, "</p>\n");
}

static void print_probe(FILE *out, const struct probe *probe)
{
	const struct verdict *verdict = &probe->verdict;

	if (probe->failure.step)
		print_failure(out, &probe->failure);
	if (probe->failure.step && verdict->confidence != CONFIDENCE_OBSERVED)
		return;
	fprintf(out, "<p>Superpage splitting: <strong>%s</strong>; %s ", words_splitting(verdict),
		confidence_name(verdict->confidence));
	html_text(out, verdict->because);
	fprintf(out, " (method %s)</p>\n", method_name(verdict->method));
	if (probe->entries_reason) {
		fprintf(out, "<p class=\"soft\">Page table: %s: ", words_entries(&probe->evidence));
		html_within(out, "", probe->entries_reason, "</p>\n");
	}
	print_sizes(out, probe);
}

static void print_card(FILE *out, const struct report *report, const struct group *group)
{
	const struct mappings *mappings = report_mappings(report, group);
	const struct probe *probe = report_probe(report, group);

	fprintf(out, "<section class=\"card\">\n<h4>Group %u<span class=\"soft\">", group->id);
	print_more(out, group_facts, group);
	fputs("</span></h4>\n", out);
	for (size_t i = 0; i < group->n_devices; i++) {
		if (!device_is_chipset(group->devices[i]))
			print_device(out, group->devices[i]);
	}
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_chipset(group->devices[i]))
			print_part_of_chipset(out, group->devices[i]);
	}
	if (probe)
		print_probe(out, probe);
	if (mappings)
		html_mappings(out, mappings);
	if (group->regions_errno)
		fprintf(out, "<p class=\"fair\">Cannot read the reserved regions: %s</p>\n",
			error_text(group->regions_errno));
	fputs("</section>\n", out);
}

static void print_cards(FILE *out, const struct report *report)
{
	const struct host *host = report->host;
	size_t count = 0;

	/* The groups that were checked come first. */
	for (int bound = 1; bound >= 0; bound--) {
		for (size_t i = 0; i < host->n_groups; i++) {
			const struct group *group = host->groups[i];

			if (group_is_bound(group) != bound || !group_has_assignable(group))
				continue;
			fputs(count++ ? "" : "<h3>Devices</h3>\n<div class=\"cards\">\n", out);
			print_card(out, report, group);
		}
	}
	fputs(count ? "</div>\n" : "", out);
}

static void print_table(FILE *out, const char *title, struct device *const *devices, size_t count)
{
	bool has_groups = count && devices[0]->group;

	if (!count)
		return;
	fprintf(out,
		"<h3>%s</h3>\n<table>\n<thead><tr>%s<th>Device</th><th>Address</th>"
		"<th>Driver</th><th>State</th></tr></thead>\n<tbody>\n",
		title, has_groups ? "<th>Group</th>" : "");
	for (size_t i = 0; i < count; i++) {
		const struct device *device = devices[i];

		fputs("<tr>", out);
		if (device->group)
			fprintf(out, "<td title=\"Group\">%u</td>", device->group->id);
		fputs("<td>", out);
		print_name(out, device);
		html_within(out, "</td><td title=\"Address\"><code>", device->address,
			    "</code></td><td title=\"Driver\">");
		html_within(out, "", device_driver_words(device), "</td><td title=\"State\">");
		print_badge(out, device);
		html_text(out, device->reason);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

void html_devices(FILE *out, const struct report *report)
{
	const struct host *host = report->host;
	_cleanup_free_ struct device **kept = xcalloc(host->n_devices + 1, sizeof(*kept));
	size_t n_kept = 0, n_alone = 0;

	print_cards(out, report);
	for (size_t i = 0; i < host->n_groups; i++) {
		const struct group *group = host->groups[i];

		for (size_t d = 0; d < group->n_devices && !group_has_assignable(group); d++)
			kept[n_kept++] = group->devices[d];
	}
	print_table(out, "Groups with nothing to assign", kept, n_kept);
	for (size_t i = 0; i < host->n_devices; i++) {
		if (!host->devices[i]->group)
			kept[n_alone++] = host->devices[i];
	}
	print_table(out, "Devices without an IOMMU group", kept, n_alone);
}
