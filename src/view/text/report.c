/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/iova_map.h"
#include "iova/reason.h"
#include "view/text/printer.h"
#include "view/view.h"
#include "view/words.h"

struct printer printer_make(FILE *out, const struct view_options *options)
{
	struct wrapper *wrapper = wrap_begin(out, options->width);
	struct printer printer = { .out = wrap_stream(wrapper, out),
				   .wrapper = wrapper,
				   .verbose = options->verbose,
				   .bold = "",
				   .red = "",
				   .green = "",
				   .yellow = "",
				   .dim = "",
				   .plain = "" };

	if (options->color) {
		printer.bold = "\033[1m";
		printer.red = "\033[31m";
		printer.green = "\033[32m";
		printer.yellow = "\033[33m";
		printer.dim = "\033[2m";
		printer.plain = "\033[0m";
	}
	return printer;
}

int printer_end(const struct printer *p, FILE *out)
{
	wrap_end(p->wrapper);
	return ferror(out) ? -EIO : 0;
}

/*
 * The command with which @hint ends, "…: sudo modprobe vfio", or NULL. No hint has words behind a
 * command.
 */
static const char *command_of(const char *hint)
{
	static const char *const first[] = { "sudo ",	"echo ",     "printf ",
					     "ulimit ", "vfiodiag ", "findmnt " };

	for (const char *at = hint;; at += strlen(": ")) {
		for (size_t i = 0; i < COUNT(first); i++) {
			if (text_starts(at, first[i]))
				return at;
		}
		at = strstr(at, ": ");
		if (!at)
			return NULL;
	}
}

/* Blanks, since a tab that is pasted completes in a shell. To the wrapper it means a whole line. */
static void printer_command(const struct printer *p, const char *command)
{
	fprintf(p->out, "%s%s\n", p->wrapper ? "\t" : WRAP_WHOLE_INDENT, command);
}

void printer_fix(const struct printer *p, int indent, const char *hint)
{
	const char *command = command_of(hint);
	int len = (int)(command ? command - hint : (ptrdiff_t)strlen(hint));

	while (len && hint[len - 1] == ' ')
		len--;
	fprintf(p->out, "%*sFix:%s%.*s\n", indent, "", len ? " " : "", len, hint);
	if (command)
		printer_command(p, command);
}

/* The IOMMU units behind a host, by what they are: "AMD-Vi (ivhd0)". */
void printer_host(const struct printer *p, const struct host *host)
{
	_cleanup_free_ char *units = host_iommu_line(host, p->verbose);
	char size[16];

	fprintf(p->out, "Host %s, kernel %s", words_or_unknown(host->name),
		words_or_unknown(host->release));
	if (host->arch)
		fprintf(p->out, " (%s)", host->arch);
	if (host->page_size)
		fprintf(p->out, ", %s pages", text_size(size, sizeof(size), host->page_size - 1));
	fputc('\n', p->out);
	if (host->machine)
		fprintf(p->out, "Machine %s\n", host->machine);
	if (p->verbose)
		fprintf(p->out, "Build %s\nCommand line %s\n", words_or_unknown(host->build),
			words_or_unknown(host->cmdline));
	for (size_t i = 0; p->verbose && i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];

		fprintf(p->out, "Parameter %s.%s = %s\n", parameter->module, parameter->name,
			parameter->value ? parameter->value : error_text(parameter->error));
	}
	for (size_t i = 0; p->verbose && i < host->n_unread; i++)
		fprintf(p->out, "Not read %s: %s\n", host->unread[i].path,
			error_text(host->unread[i].error));
	fprintf(p->out, "IOMMU %s\n", units);
}

void printer_group(const struct printer *p, const char *what, const struct group *group,
		   const char *label, const char *value)
{
	const struct iommu *iommu = group_iommu(group);

	fprintf(p->out, "%s%s %u%s%s%s%s%s\n", p->bold, what, group->id, p->plain,
		iommu ? " behind " : "", iommu ? iommu->name : "", value ? label : "",
		value ? value : "");
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		_cleanup_free_ char *name = device_label(device);

		fprintf(p->out, "  %s  %s  %s%s%s\n", device->address, name, p->dim,
			device_driver_words(device), p->plain);
	}
}

const char *printer_color(const struct printer *p, enum iova_use use)
{
	switch (use) {
	case IOVA_USABLE:
		return p->green;
	case IOVA_CONTRADICTS:
		return p->red;
	case IOVA_RESERVED:
		return p->yellow;
	default:
		return p->dim;
	}
}

void printer_part(const struct printer *p, const struct group *group, const struct ranges *allowed,
		  const struct iova_part *part, const struct range *window)
{
	const struct reason *reason = reason_of(group, allowed, part);
	bool has_window = window && range_contains(&part->range, window);
	char size[16];

	fprintf(p->out, "  0x%016" PRIx64 " - 0x%016" PRIx64 " %9s  %s%s%s", part->range.start,
		part->range.end, text_size(size, sizeof(size), part->range.end - part->range.start),
		printer_color(p, part->use), iova_use_name(part->use), p->plain);
	if (reason || has_window)
		fprintf(p->out, "%*s", (int)(15 - strlen(iova_use_name(part->use))), "");
	if (reason)
		fputs(reason->words, p->out);
	if (part->region && region_blocks(part->region))
		fprintf(p->out, " (type %s)", part->region->word);
	if (has_window)
		fprintf(p->out, "%s%s< window%s", reason ? "  " : "", p->bold, p->plain);
	fputc('\n', p->out);
}

/* "4K 2M 1G": the superpage sizes in @sizes, which are bits. */
static void print_page_sizes(const struct printer *p, const struct iommu_info *info)
{
	char text[16];

	if (!info->has_page_sizes)
		return;
	fprintf(p->out, "  %-18s", "advertised pages");
	for (unsigned int bit = 0; bit < 64; bit++) {
		unsigned int to = bit;

		if (!(info->page_sizes >> bit & 1))
			continue;
		while (to < 63 && info->page_sizes >> (to + 1) & 1)
			to++;
		fprintf(p->out, " %s", text_size(text, sizeof(text), (UINT64_C(1) << bit) - 1));
		if (to > bit)
			fprintf(p->out, "%s%s", to > bit + 1 ? " to " : ", ",
				text_size(text, sizeof(text), (UINT64_C(1) << to) - 1));
		bit = to;
		fputs(info->page_sizes >> bit >> 1 ? "," : "", p->out);
	}
	fputc('\n', p->out);
}

static void print_window(const struct printer *p, const struct probe *probe)
{
	const struct window *window = &probe->window;
	const struct verdict *verdict = &probe->verdict;
	char size[16];

	if (window->found)
		fprintf(p->out, "  %-18s 0x%" PRIx64 " - 0x%" PRIx64 ", aligned to %s%s\n",
			"window", window->range.start, window->range.end,
			text_size(size, sizeof(size), 2 * probe->evidence.page_size - 1),
			window->on_last_page ? ", on the last page: no other is available" : "");
	if (verdict->has_kernel_window)
		fprintf(p->out, "  %-18s 0x%" PRIx64 " - 0x%" PRIx64 "\n", "kernel self-test",
			verdict->kernel_window.start, verdict->kernel_window.end);
	else if (probe->evidence.traced && window->found)
		fprintf(p->out, "  %-18s not observed\n", "kernel self-test");
}

static void print_buffer(const struct printer *p, const struct probe *probe)
{
	const struct buffer *buffer = &probe->buffer;

	if (!probe->window.found)
		return;
	fprintf(p->out, "  %-18s ", "buffer");
	if (buffer->contiguous == ANSWER_YES)
		fprintf(p->out, "two contiguous aligned pages, by %s\n", buffer->known_by);
	else if (buffer->contiguous == ANSWER_NO)
		fprintf(p->out, "no contiguous aligned pages available, by %s\n", buffer->known_by);
	else
		fprintf(p->out, "not known to be contiguous: no page frames (%s)\n",
			strerror(buffer->frames_errno));
}

/* Why the page table tells nothing is for those who ask: the verdict is as without it. */
static void print_entries(const struct printer *p, const struct probe *probe)
{
	const struct evidence *evidence = &probe->evidence;
	const char *entries = words_entries(evidence);

	if (!entries || (probe->entries_reason && !p->verbose))
		return;
	fprintf(p->out, "  %-18s %s%s%s\n", evidence->has_mappings ? "mappings" : "page table",
		entries,
		!probe->entries_reason		       ? ""
		: evidence->entries == ENTRIES_UNKNOWN ? ": "
						       : ", which proves nothing: ",
		probe->entries_reason ? probe->entries_reason : "");
}

static void print_sizes(const struct printer *p, const struct probe *probe)
{
	const struct sizes *sizes = &probe->sizes;
	_cleanup_free_ char *aligned = words_entry_sizes(&sizes->aligned);
	_cleanup_free_ char *askew = words_entry_sizes(&sizes->askew);
	char size[16], page[16];

	if (!sizes->is_asked)
		return;
	if (sizes->reason) {
		fprintf(p->out, "  %-18s not mapped: %s\n", "huge page", sizes->reason);
		return;
	}
	text_size(size, sizeof(size), sizes->page - 1);
	text_size(page, sizeof(page), probe->evidence.page_size - 1);
	fprintf(p->out, "  %-18s %s, aligned: %s\n", "huge page", size, aligned);
	fprintf(p->out, "  %-18s %s, off by %s: %s\n", "", size, page, askew);
}

static void print_partial(const struct printer *p, const struct probe *probe)
{
	char size[16];

	switch (probe->partial_unmap) {
	case PARTIAL_REFUSED:
		fprintf(p->out, "  %-18s refused by %s (%s) on every IOMMU, so it proves nothing\n",
			"one-page unmap", backend_name(probe->backend),
			strerrorname_np(probe->partial_errno)
				? strerrorname_np(probe->partial_errno)
				: "unknown error");
		break;
	case PARTIAL_WHOLE:
	case PARTIAL_SPLIT:
		fprintf(p->out,
			"  %-18s %s reports %s unmapped on every IOMMU, so it proves nothing\n",
			"one-page unmap", backend_name(probe->backend),
			text_size(size, sizeof(size), probe->partial_size - 1));
		break;
	case PARTIAL_UNKNOWN:
		break;
	}
}

void printer_failure(const struct printer *p, const char *gap, const char *what,
		     const struct failure *failure)
{
	if (!failure->step)
		return;
	fprintf(p->out, "%s  %s%s%s %s\n", gap, p->red, what, p->plain, failure->message);
	if (failure->hint)
		printer_fix(p, 4, failure->hint);
	if (failure->command.text)
		printer_command(p, failure->command.text);
}

static void print_probe(const struct printer *p, const struct probe *probe)
{
	const struct verdict *verdict = &probe->verdict;
	const struct ranges *ranges = &probe->info.ranges;
	const struct group *group = probe->group;
	struct iova_map map;
	const char *color = verdict->confidence == CONFIDENCE_OBSERVED	 ? p->green
			    : verdict->confidence == CONFIDENCE_INFERRED ? p->yellow
									 : p->red;

	fputc('\n', p->out);
	printer_group(p, "Group", group, ", container type ",
		      probe->backend ? backend_name(probe->backend) : NULL);
	fputc('\n', p->out);
	iova_map_make(probe->info.has_ranges ? ranges : NULL, group->regions, group->n_regions,
		      &map);
	for (size_t i = 0; i < map.count; i++)
		printer_part(p, group, ranges, &map.part[i],
			     probe->window.found ? &probe->window.range : NULL);
	free(map.part);
	if (probe->window.found || probe->evidence.n_events)
		fputc('\n', p->out);
	print_window(p, probe);
	print_page_sizes(p, &probe->info);
	print_buffer(p, probe);
	print_entries(p, probe);
	print_sizes(p, probe);
	print_partial(p, probe);
	for (size_t i = 0; i < probe->evidence.n_events; i++) {
		const struct event *event = &probe->evidence.events[i];

		fprintf(p->out, "  %-18s %-6s iommu:%-5s iova=0x%" PRIx64 " size=%" PRIu64,
			i ? "" : "tracepoints", phase_name(event->phase),
			event->is_map ? "map" : "unmap", event->iova, event->size);
		if (event->is_map)
			fprintf(p->out, " paddr=0x%" PRIx64 "\n", event->paddr);
		else
			fprintf(p->out, " unmapped=%" PRIu64 "\n", event->unmapped);
	}
	printer_failure(p, "\n", "Not tested:", &probe->failure);
	/* After a failed step only an observation is worth a line. */
	if (probe->failure.step && verdict->confidence != CONFIDENCE_OBSERVED)
		return;
	fprintf(p->out, "\n  %sSuperpage splitting: %s%s\n    %s%s%s %s (method %s)\n", p->bold,
		words_splitting(verdict), p->plain, color, confidence_name(verdict->confidence),
		p->plain, verdict->because, method_name(verdict->method));
}

/* A command stands alone on its line, which is not wrapped. */
static void print_fix(const struct printer *p, const struct finding *finding)
{
	if (finding->hint || finding->n_commands)
		fprintf(p->out, "    Fix:%s%s\n", finding->hint ? " " : "",
			finding->hint ? finding->hint : "");
	for (size_t i = 0; i < finding->n_commands; i++) {
		const struct fix_command *command = &finding->commands[i];

		if (p->verbose)
			fprintf(p->out, "      %s:\n", command->does);
		printer_command(p, command->text);
	}
}

void printer_findings(const struct printer *p, const struct findings *findings)
{
	bool begun = false;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];
		const char *color = finding->severity == SEVERITY_OK	    ? p->green
				    : finding->severity == SEVERITY_NOTE    ? p->plain
				    : finding->severity == SEVERITY_FAILURE ? p->red
									    : p->yellow;

		if (finding->severity == SEVERITY_OK && !p->verbose)
			continue;
		if (!begun)
			fputc('\n', p->out);
		begun = true;
		fprintf(p->out, "%s%s%s: %s: %s", color, severity_name(finding->severity), p->plain,
			finding->subject, finding->message);
		/* An id names what would be wrong, and here it is not. */
		if (finding->severity != SEVERITY_OK)
			fprintf(p->out, " [%s]", finding->id);
		fputc('\n', p->out);
		print_fix(p, finding);
	}
}

const char *printer_usable(const struct printer *p, enum usable usable)
{
	return usable == USABLE_YES ? p->green : usable == USABLE_NO ? p->red : p->yellow;
}

const char *printer_readiness(const struct printer *p, enum readiness readiness)
{
	return readiness == READINESS_READY || readiness == READINESS_NOT_BOUND ? p->green
	       : readiness == READINESS_NOT_READY				? p->red
										: p->yellow;
}

static void print_device_state(const struct printer *p, const struct device *device)
{
	const char *state = state_name(device->state);
	bool is_good = device->state == STATE_READY || device->state == STATE_ASSIGNED;

	fprintf(p->out, "  %-12s  %s%-9s%s  %s\n", device->address,
		is_good				 ? p->green
		: device->state == STATE_BLOCKED ? p->red
						 : p->yellow,
		state ? state : "not judged", p->plain, device->reason ? device->reason : "");
}

static bool is_named(const struct report *report, const struct device *device)
{
	for (size_t i = 0; i < report->n_devices; i++) {
		if (report->devices[i] == device)
			return true;
	}
	return false;
}

/* Unnamed groups may be hundreds, and the findings name those with problems. */
static void print_subjects(const struct printer *p, const struct report *report)
{
	for (size_t i = 0; i < report->n_subjects; i++) {
		const struct subject *subject = &report->subjects[i];
		const struct group *group = subject->group;

		if (subject->device) {
			print_device_state(p, subject->device);
			continue;
		}
		if (report->n_subjects > 1)
			fprintf(p->out, "group %u: %s\n", group->id,
				words_readiness(subject->readiness));
		/* The chipset of a group is shown if it was named, and where there is nothing else. */
		for (size_t d = 0; d < group->n_devices; d++) {
			const struct device *device = group->devices[d];

			if (!device_is_chipset(device) || is_named(report, device) ||
			    !group_has_assignable(group))
				print_device_state(p, device);
		}
	}
}

/* "1 assigned, 2 ready, 5 available" */
static void print_counts(const struct printer *p, const struct host *host)
{
	static const enum device_state order[] = {
		STATE_ASSIGNED, STATE_READY,   STATE_BOUND,   STATE_AVAILABLE,
		STATE_IN_USE,	STATE_BLOCKED, STATE_UNKNOWN, STATE_KEEP,
	};
	const char *separator = "Devices: ";

	for (size_t i = 0; i < COUNT(order); i++) {
		size_t count = host_count_state(host, order[i]);

		if (!count)
			continue;
		fprintf(p->out, "%s%zu %s", separator, count, state_name(order[i]));
		separator = ", ";
	}
	if (*separator == ',')
		fputc('\n', p->out);
}

static void print_readiness(const struct printer *p, const struct report *report)
{
	const struct host *host = report->host;
	const char *color = printer_readiness(p, report->readiness);
	/* Without names the sentence behind it says that nothing is bound. */
	bool is_said = report->readiness == READINESS_NOT_BOUND && !report->named;
	const char *words = words_readiness(is_said ? READINESS_READY : report->readiness);
	size_t available = host_count_state(host, STATE_AVAILABLE);
	size_t n = report->n_subjects;

	if (!host_count_bound(host) && !report->named && host->n_groups && available)
		fprintf(p->out,
			"%s%sHost: %s%s. No device is bound to a vfio driver yet (%zu available: "
			"vfiodiag list)\n",
			p->bold, color, words, p->plain, available);
	else if (!host_count_bound(host) && !report->named && host->n_groups)
		fprintf(p->out,
			"%s%sHost: %s%s. No device is bound to a vfio driver yet, and none is known to be "
			"available (vfiodiag list -o +REASON)\n",
			p->bold, color, words, p->plain);
	else if (!host->n_groups)
		fprintf(p->out, "%s%sHost: %s%s\n", p->bold, color, words, p->plain);
	else
		fprintf(p->out, "%s%sPass-through: %s%s (%zu group%s checked%s)\n", p->bold, color,
			words, p->plain, n, n == 1 ? "" : "s",
			report->readiness != READINESS_NOT_READY &&
					host_count_state(host, STATE_BOUND)
				? "; processes that use devices were not seen"
				: "");
	if (report->named || p->verbose)
		print_subjects(p, report);
	if (!report->named)
		print_counts(p, host);
}

int write_report_text(FILE *out, const struct report *report, const struct view_options *options)
{
	struct printer printer = printer_make(out, options);

	printer_host(&printer, report->host);
	for (size_t i = 0; i < report->n_probes; i++)
		print_probe(&printer, report->probes[i]);
	if (report->readiness)
		print_readiness(&printer, report);
	printer_findings(&printer, &report->findings);
	/* Checks that found nothing are listed for those who want to know what was checked. */
	if (printer.verbose && report->n_properties)
		fprintf(printer.out, "\n%sProperties%s\n", printer.bold, printer.plain);
	for (size_t i = 0; printer.verbose && i < report->n_properties; i++)
		fprintf(printer.out, "  %-22s %s\n", report->properties[i].name,
			report->properties[i].value);
	if (printer.verbose && report->n_absent)
		fprintf(printer.out, "\n%sChecked, not found%s\n", printer.bold, printer.plain);
	for (size_t i = 0; printer.verbose && i < report->n_absent; i++)
		fprintf(printer.out, "  %-26s %s\n", report->absent[i].id, report->absent[i].title);
	if (report->unbound_groups)
		fprintf(printer.out, "\n%zu group%s skipped: no device is bound to a vfio driver\n",
			report->unbound_groups, report->unbound_groups == 1 ? "" : "s");
	return printer_end(&printer, out);
}

int write_row_text(FILE *out, const struct row *row, const struct view_options *options)
{
	const struct report *report = row->report;
	/* One line for each capture, however wide it is. */
	struct view_options unwrapped = { .color = options->color };
	struct printer printer = printer_make(out, &unwrapped);
	enum readiness readiness = report ? report->readiness : READINESS_UNMEASURED;
	const struct finding *worst = report && report->findings.count ? report->findings.finding
								       : NULL;

	if (worst && severity_weight(worst->severity) < severity_weight(SEVERITY_WARNING))
		worst = NULL;
	fprintf(out, "%s%-13s%s  %-26s  %-20s  %s\n", printer_readiness(&printer, readiness),
		readiness_name(readiness), printer.plain, worst ? worst->id : "-",
		report && report->host->name ? report->host->name : "-", row->capture);
	return ferror(out) ? -EIO : 0;
}
