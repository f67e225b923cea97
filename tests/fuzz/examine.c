/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that the program does with a capture, in one process, and what must hold for what it prints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "cli/policy.h"
#include "diff/diff.h"
#include "fuzz.h"
#include "model/limits.h"
#include "probe/probe.h"
#include "scan/scan.h"
#include "guest/fit.h"
#include "iova/query.h"
#include "vfio/vfio.h"
#include "view/answer.h"
#include "view/diff.h"
#include "view/html/html.h"
#include "view/list.h"
#include "view/view.h"

/* So many groups and parts get all that is asked of one: an input of many shall not take long. */
#define GROUPS_MAX 2
#define PARTS_MAX  6

/** struct printed - what a view has written. */
struct printed {
	char *text;
	size_t len;
	FILE *out;
};

static FILE *print_begin(struct printed *printed)
{
	*printed = (struct printed){ 0 };
	printed->out = open_memstream(&printed->text, &printed->len);
	MUST(printed->out);
	return printed->out;
}

static bool is_json(const char *format)
{
	static const char *const names[] = { "json", "jsonl", "facts" };
	bool found = false;

	for (size_t i = 0; i < COUNT(names); i++)
		found |= strcmp(names[i], format) == 0;
	return found;
}

/* The end of something of that format. */
static void print_end(struct printed *printed, int ret, const char *format)
{
	MUST(ret == 0);
	MUST(fclose(printed->out) == 0);
	if (is_json(format))
		json_decref(must_be_json(printed->text, printed->len));
	else
		must_be_printable(printed->text, printed->len);
	/* What looks like markup in a name has become text. */
	if (strcmp(format, "html") == 0)
		MUST(!strcasestr(printed->text, "<script"));
	free(printed->text);
}

static void print_lists(const struct host *host)
{
	static const enum list_style styles[] = { LIST_RAW, LIST_JSON, LIST_TABLE };
	_cleanup_free_ const struct fact **columns = NULL;
	const struct fact *column;
	size_t n_columns = 0;

	while ((column = list_column_at(n_columns)))
		APPEND(columns, n_columns, column);
	for (size_t i = 0; i < COUNT(styles); i++) {
		struct list_options options = { .columns = columns,
						.n_columns = n_columns,
						.style = styles[i],
						.tree = i == 2,
						.color = true,
						.heading = "a heading" };
		struct printed printed;
		FILE *out = print_begin(&printed);
		int ret = list_print(out, host->groups, host->n_groups, NULL, 0, &options);

		print_end(&printed, ret, styles[i] == LIST_JSON ? "json" : "text");
	}
}

static void print_reports(const struct report *report)
{
	const struct html_host page = { .label = "here", .report = report };
	const struct view_options options = { .verbose = true };
	struct printed printed;
	FILE *out;

	for (size_t i = 0; formats[i]; i++) {
		if (!formats[i]->write_report)
			continue;
		out = print_begin(&printed);
		print_end(&printed, formats[i]->write_report(out, report, &options),
			  formats[i]->name);
	}
	out = print_begin(&printed);
	print_end(&printed, html_write(out, &page, 1), "html");
}

/* Nothing differs from itself, and neither does something from nothing without being told. */
static void compare_with_itself(const struct report *report)
{
	const struct diff_side side = { "here", report->host };
	const struct view_options options = { 0 };
	struct comparison comparison;
	struct printed printed;

	compare_reports(report, report, &comparison);
	MUST(comparison.n_differences == 0);
	for (size_t i = 0; formats[i]; i++) {
		FILE *out;

		if (!formats[i]->write_comparison)
			continue;
		out = print_begin(&printed);
		print_end(&printed,
			  formats[i]->write_comparison(out, &side, &side, &comparison, &options),
			  formats[i]->name);
	}
	comparison_clear(&comparison);
}

static void ask_about(const struct host *host, const struct space *space, size_t part,
		      const struct memlock *memlock)
{
	static const int errors[] = { EINVAL, EEXIST, ENOSPC, ENOMEM, EFAULT, EOVERFLOW };
	const uint64_t address = space->map.part[part].range.start & ~UINT64_C(0xfff);
	const struct question question = { .address = address,
					   .size = 0x1000,
					   .has_size = true,
					   .align = 0x1000,
					   .error = errors[part % COUNT(errors)] };
	const struct view_options options = { .verbose = true };
	struct query query;
	struct iova_answer answer = { .host = host, .space = space, .query = &query };
	const struct check_input input = { .host = host, .query = &query, .memlock = memlock };
	struct printed printed;

	query_make(space, &question, &query);
	check_run(&check_family_mapping, &input, &answer.findings);
	MUST(answer.findings.count > 0);
	for (size_t i = 0; formats[i]; i++) {
		FILE *out;

		if (!formats[i]->write_iova)
			continue;
		out = print_begin(&printed);
		print_end(&printed, formats[i]->write_iova(out, &answer, &options),
			  formats[i]->name);
	}
	findings_clear(&answer.findings);
	query_clear(&query);
}

static void fit_guest(const struct host *host, const struct space *space,
		      const struct memlock *memlock)
{
	const uint64_t bars[] = { 0x4000000 };
	const struct guest guest = { .machine = MACHINE_Q35,
				     .memory = UINT64_C(0x1000000000),
				     .maxmemory = UINT64_C(0x2000000000),
				     .slots = 2,
				     .bars = bars,
				     .n_bars = 1,
				     .phys_bits = 46 };
	const struct fit_request request = { .host = host,
					     .guest = &guest,
					     .spaces = space,
					     .n_spaces = 1,
					     .page = 0x200000,
					     .memlock = memlock };
	const struct view_options options = { .verbose = true };
	struct fit fit;
	struct fits_answer answer = { .host = host, .fit = &fit, .readiness = READINESS_READY };
	const struct check_input input = { .host = host, .fit = &fit, .memlock = memlock };
	struct printed printed;

	fit_make(&request, &fit);
	check_guest(&input, &answer.findings);
	for (size_t i = 0; formats[i]; i++) {
		FILE *out;

		if (!formats[i]->write_fits)
			continue;
		out = print_begin(&printed);
		print_end(&printed, formats[i]->write_fits(out, &answer, &options),
			  formats[i]->name);
	}
	findings_clear(&answer.findings);
	fit_clear(&fit);
}

/* Parts lie side by side and are the whole space. */
static void check_map(const struct iova_map *map)
{
	MUST(map->count && map->part[0].range.start == 0);
	MUST(map->part[map->count - 1].range.end == UINT64_MAX);
	for (size_t i = 0; i < map->count; i++) {
		MUST(map->part[i].range.start <= map->part[i].range.end);
		MUST(i == 0 || map->part[i].range.start == map->part[i - 1].range.end + 1);
	}
}

static void examine_space(struct source *source, const struct host *host, const struct group *group,
			  const struct probe *probe)
{
	struct memlock memlock;
	struct space space;

	MUST(scan_memlock(source, NULL, &memlock) == 0);
	space_make(host, group, probe, &space);
	check_map(&space.map);
	for (size_t i = 0; i < space.map.count && i < PARTS_MAX; i++)
		ask_about(host, &space, i, &memlock);
	fit_guest(host, &space, &memlock);
	space_clear(&space);
	memlock_clear(&memlock);
}

/* The tests that are recorded, as 'check --probe', 'report' and 'iova --probe' play them. */
static void play_probes(struct source *source, struct report *report)
{
	static const enum backend backends[] = { BACKEND_NONE, BACKEND_TYPE1V2, BACKEND_TYPE1 };
	const struct host *host = report->host;

	for (size_t i = 0; i < host->n_groups && i < GROUPS_MAX; i++) {
		for (size_t b = 0; b < COUNT(backends); b++) {
			struct probe_options options = { .backend = backends[b], .force = true };
			struct probe *probe;

			if (!probe_is_recorded(source, host->groups[i], backends[b]))
				continue;
			probe_free(probe_ranges(source, host, host->groups[i], &options));
			probe = probe_run(source, host, host->groups[i], &options);
			examine_space(source, host, host->groups[i], probe);
			APPEND(report->probes, report->n_probes, probe);
		}
		examine_space(source, host, host->groups[i], NULL);
	}
}

struct host *examine_source(struct source *source)
{
	struct host *host = scan_host(source);
	struct report report = { .host = host, .named = true, .memory = UINT64_C(0x1000000000) };
	struct selection selection = { 0 };
	struct memlock memlock;

	scan_readiness(source, host);
	vfio_scan_container(source, host);
	scan_overrides(source, host);
	scan_interfaces(source, host);
	play_probes(source, &report);
	/* As with "check --memory 64G --for …". */
	MUST(scan_memlock(source, NULL, &memlock) == 0);
	report.memlock = &memlock;
	report.account = &host->caller;
	cli_select_bound(host, true, &selection);
	cli_check(&policy_default, &selection, &report);
	print_lists(host);
	print_reports(&report);
	compare_with_itself(&report);
	selection_clear(&selection);
	report_clear(&report);
	memlock_clear(&memlock);
	return host;
}
