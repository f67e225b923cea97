/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag probe: the live test. */
#include "probe/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "check/check.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/worker.h"
#include "model/report.h"
#include "view/view.h"

struct probe_arguments {
	struct options common;
	struct probe_options probe;
	const struct report_format *format;
	struct subjects subjects;
};

enum { KEY_FORMAT = 0x200, KEY_BACKEND, KEY_FORCE };

static const struct argp_option probe_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, NULL, 1 },
	{ "backend", KEY_BACKEND, "TYPE", 0, "Use this container type: type1v2 or type1", 1 },
	{ "force", KEY_FORCE, NULL, 0, "Include groups with ISM functions", 1 },
	{ 0 },
};

static enum backend parse_backend(const char *word)
{
	if (strcmp(word, "type1v2") == 0)
		return BACKEND_TYPE1V2;
	if (strcmp(word, "type1") == 0)
		return BACKEND_TYPE1;
	bad_usage("unknown container type '%s': use type1v2 or type1", word);
}

static error_t parse_probe(int key, char *arg, struct argp_state *state)
{
	struct probe_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = format_parse(arg, false);
		return 0;
	case KEY_BACKEND:
		arguments->probe.backend = parse_backend(arg);
		return 0;
	case KEY_FORCE:
		arguments->probe.force = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child probe_children[] = { { &common_argp, 0, NULL, 0 },
						    { &subject_argp, 0, NULL, 0 },
						    { 0 } };

static char *probe_help(int key, const char *text, void *input)
{
	(void)input;
	return key == KEY_FORMAT ? format_help(false) : (char *)text;
}

static const struct argp probe_argp = {
	.options = probe_argp_options,
	.parser = parse_probe,
	.args_doc = "SUBJECT...\n--all",
	.doc = "Set up a VFIO container for a group, map two pages in an allowed and unreserved "
	       "window, unmap them, and tell whether the IOMMU splits superpages. Everything is "
	       "undone; no device is opened or reset. SUBJECT is a group number, a PCI address "
	       "or a network interface.\vExit status: 0 observed, 1 inferred, 2 the test "
	       "failed, 3 could not be measured, 64 usage error.",
	.children = probe_children,
	.help_filter = probe_help,
};

/* --all selects the groups with a device bound to a vfio driver. The others are counted. */
static size_t select_bound(const struct host *host, struct selection *selection)
{
	size_t left_out = 0;

	for (size_t i = 0; i < host->n_groups; i++) {
		if (group_is_bound(host->groups[i]))
			APPEND(selection->groups, selection->n_groups, host->groups[i]);
		else
			left_out++;
	}
	return left_out;
}

static int run_probes(struct source *source, const struct probe_arguments *arguments,
		      const struct selection *selection, struct report *report)
{
	int status = selection->n_groups ? EXIT_OBSERVED : EXIT_UNMEASURED;

	for (size_t i = 0; i < selection->n_groups; i++) {
		const struct group *group = selection->groups[i];
		struct probe *probe;

		cli_progress(&arguments->common, "probing group %u (%zu of %zu)", group->id, i + 1,
			     selection->n_groups);
		probe = probe_run(source, report->host, group, &arguments->probe);
		APPEND(report->probes, report->n_probes, probe);
		status = cli_worse(status, probe_status(probe));
		if (source_problem(source))
			break; /* the capture does not match this run from here on */
	}
	cli_progress(&arguments->common, NULL);
	return status;
}

/* Find what the tests show, and why groups were not tested. */
static void find_all(const struct selection *selection, struct report *report)
{
	struct check_input input = {
		.host = report->host,
		.groups = selection->groups,
		.n_groups = selection->n_groups,
		.probes = report->probes,
		.n_probes = report->n_probes,
	};

	check_run(&check_family_iommu, &input, &report->findings);
	check_run(&check_family_regions, &input, &report->findings);
	check_run(&check_family_probes, &input, &report->findings);
	findings_sort(&report->findings);
}

static void check_arguments(const struct probe_arguments *arguments)
{
	if (!arguments->subjects.all && !arguments->subjects.n_words)
		bad_usage(
			"SUBJECT or --all is required: name a group number or a device (see 'vfiodiag list')");
	if (arguments->common.sysroot)
		bad_usage("probe requires a live host or a capture, not --sysroot");
}

/* A device without a group cannot be probed, and neither can a host without groups. */
static void check_selection(const struct selection *selection)
{
	if (selection->n_devices)
		bad_usage("%s is not in an IOMMU group and cannot be probed",
			  selection->devices[0]->address);
}

/* Print each failure on standard error too if the report goes into a file or a pipe. */
static void complain_probes(const struct report *report)
{
	if (cli_is_terminal())
		return;
	for (size_t i = 0; i < report->n_probes; i++) {
		const struct failure *failure = &report->probes[i]->failure;

		if (failure->step)
			complain("%s%s%s", failure->message, failure->hint ? "; " : "",
				 failure->hint ? failure->hint : "");
	}
}

static int probe_host(void *context)
{
	struct probe_arguments *arguments = context;
	struct view_options view = { .color = cli_color(&arguments->common),
				     .width = cli_width(),
				     .verbose = arguments->common.verbose };
	struct selection selection = { 0 };
	struct report report = { 0 };
	struct source *source = cli_open(&arguments->common);
	struct host *host = cli_scan(source, false);
	int status;

	report.host = host;
	cli_select(source, host, &arguments->subjects, &selection);
	check_selection(&selection);
	if (arguments->subjects.all)
		report.unbound_groups = select_bound(host, &selection);
	status = run_probes(source, arguments, &selection, &report);
	cli_limit_printing(&arguments->common);
	find_all(&selection, &report);

	if (!source_problem(source)) {
		status = format_print(arguments->format, &report, &view, status);
		complain_probes(&report);
		if (!host->n_groups)
			complain_no_iommu(host);
		else if (!report.n_probes)
			complain(
				"nothing was probed: no device is bound to a vfio driver (see 'vfiodiag list')");
	}
	report_clear(&report);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, status);
}

static int run_probe(int argc, char **argv, const struct options *options)
{
	struct probe_arguments arguments = { .common = *options, .format = &report_format_text };

	cli_parse(&probe_argp, argc, argv, 0, NULL, &arguments);
	check_arguments(&arguments);
	return worker_answer(&arguments.common, probe_host, &arguments);
}

const struct command command_probe = {
	.name = "probe",
	.summary = "test live whether the IOMMU splits superpages",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_PROBE,
	.run = run_probe,
};
