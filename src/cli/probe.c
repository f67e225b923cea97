/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag probe: the live test. */
#include "probe/probe.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "check/check.h"
#include "cli/cli.h"
#include "model/report.h"
#include "view/view.h"

/** struct probe_arguments - the command line, and what the tests showed. */
struct probe_arguments {
	enum backend backend;
	bool force;
	bool sizes;
	struct report report;
};

static void set_backend(void *arguments, const char *word)
{
	struct probe_arguments *probe = arguments;

	if (strcmp(word, "type1v2") == 0)
		probe->backend = BACKEND_TYPE1V2;
	else if (strcmp(word, "type1") == 0)
		probe->backend = BACKEND_TYPE1;
	else
		bad_usage("unknown container type '%s': use type1v2 or type1", word);
}

static const struct cli_option probe_option[] = {
	{ "backend", 0, "TYPE", "Use this container type: type1v2 or type1", 1,
	  .set = set_backend },
	{ "force", 0, NULL, "Include groups with ISM functions", 1,
	  .member = offsetof(struct probe_arguments, force) },
	{ "sizes", 0, NULL, "Count the entries of a huge page, by size, in the IOMMU's page table",
	  1, .member = offsetof(struct probe_arguments, sizes) },
	{ 0 },
};

static void check_probe(void *arguments, const struct options *options)
{
	const struct probe_arguments *probe = arguments;

	if (probe->sizes && options->page_table == PAGE_TABLE_NEVER)
		bad_usage("--sizes cannot be used with --page-table never");
}

/* --all selects the groups with a device bound to a vfio driver. The others are counted. */
static void select_bound(struct context *context)
{
	struct report *report = &((struct probe_arguments *)context->arguments)->report;

	cli_select_bound(context->host, false, &context->selection);
	report->unbound_groups = context->host->n_groups - context->selection.n_groups;
}

static int run_probes(struct context *context)
{
	struct probe_arguments *probe = context->arguments;
	const struct selection *selection = &context->selection;
	struct report *report = &probe->report;
	int status = selection->n_groups ? EXIT_OBSERVED : EXIT_UNMEASURED;
	struct probe_options options = cli_probe_options(context->options);

	options.backend = probe->backend;
	options.force = probe->force;
	options.sizes = probe->sizes;

	for (size_t i = 0; i < selection->n_groups; i++) {
		const struct group *group = selection->groups[i];
		struct probe *done;

		cli_progress(context->options, "probing group %u (%zu of %zu)", group->id, i + 1,
			     selection->n_groups);
		done = probe_run(context->source, context->host, group, &options);
		APPEND(report->probes, report->n_probes, done);
		status = cli_worse(status, probe_status(done));
		if (source_problem(context->source))
			break; /* the capture does not match this run from here on */
	}
	cli_progress(context->options, NULL);
	return status;
}

/* Find what the tests show, and why groups were not tested. */
static int judge_probes(struct context *context, int status)
{
	struct report *report = &((struct probe_arguments *)context->arguments)->report;
	struct check_input input = {
		.host = context->host,
		.groups = context->selection.groups,
		.n_groups = context->selection.n_groups,
		.probes = report->probes,
		.n_probes = report->n_probes,
	};

	report->host = context->host;
	check_run(&check_family_iommu, &input, &report->findings);
	check_run(&check_family_regions, &input, &report->findings);
	check_run(&check_family_probes, &input, &report->findings);
	findings_sort(&report->findings);
	return status;
}

static int print_probes(struct context *context)
{
	const struct report *report = &((struct probe_arguments *)context->arguments)->report;

	for (size_t i = 0; i < report->n_probes; i++)
		complain_failure(context, &report->probes[i]->failure);
	if (!context->host->n_groups)
		complain_no_iommu(context->host);
	else if (!report->n_probes)
		complain(
			"nothing was probed: no device is bound to a vfio driver (see 'vfiodiag list')");
	return context->options->format->write_report(context->out, report, &context->view);
}

static void finish_probe(void *arguments)
{
	report_clear(&((struct probe_arguments *)arguments)->report);
}

const struct command command_probe = {
	.name = "probe",
	.summary = "test live whether the IOMMU splits superpages",
	.usage = "SUBJECT...\n--all",
	.doc = "Set up a VFIO container for a group, map two pages in an allowed and unreserved "
	       "window, unmap them, and tell whether the IOMMU splits superpages. Everything is "
	       "undone; no device is opened or reset. --all tests each group with a device bound "
	       "to a vfio driver.",
	.statuses = "0 observed, 1 inferred, 2 the test failed, 3 could not be measured",
	.options = probe_option,
	.takes = TAKES_FROM | TAKES_RECORD | TAKES_COLOR | TAKES_VERBOSE | TAKES_QUIET | TAKES_ALL |
		 TAKES_OUTPUT | TAKES_PAGE_TABLE,
	.operand = OPERAND_GROUP,
	.min = 1,
	.max = INT_MAX,
	.formats = { &format_text, &format_json, &format_jsonl },
	.reads = READS_HOST,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_PROBE,
	.page_table = PAGE_TABLE_AUTO,
	.size = sizeof(struct probe_arguments),
	.check = check_probe,
	.select = select_bound,
	.work = run_probes,
	.judge = judge_probes,
	.print = print_probes,
	.finish = finish_probe,
};
