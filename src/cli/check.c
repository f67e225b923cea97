/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag check: is this host ready, and if not, what is to be done? */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "check/judge.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "model/report.h"
#include "probe/probe.h"
#include "view/view.h"

struct check_arguments {
	struct options common;
	const struct report_format *format;
	struct policy policy;
	struct subjects subjects;
	bool probe;
};

enum { KEY_FORMAT = 0x200, KEY_PROBE, KEY_IGNORE, KEY_FAIL_ON };

static const struct argp_option check_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (for people) or json (schema vfiodiag/1)", 1 },
	{ "probe", KEY_PROBE, NULL, 0, "Add the live test of each group that is bound", 1 },
	{ "ignore", KEY_IGNORE, "ID", 0, "Leave this finding out (again and again)", 2 },
	{ "fail-on", KEY_FAIL_ON, "SEVERITY", 0,
	  "Not ready from this severity on: note, warning, unmeasured or failure", 2 },
	{ 0 },
};

static void parse_ignore(struct policy *policy, const char *word)
{
	const struct check *check = check_find(word);

	if (!check)
		bad_usage("there is no finding '%s' to ignore (see 'vfiodiag explain')", word);
	APPEND(policy->ignored, policy->n_ignored, check->id);
}

static enum severity parse_severity(const char *word)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_WARNING,
						    SEVERITY_UNMEASURED, SEVERITY_FAILURE };

	for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++) {
		if (strcmp(severity_name(severities[i]), word) == 0)
			return severities[i];
	}
	bad_usage("unknown severity '%s': use note, warning, unmeasured or failure", word);
}

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	struct check_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = cli_format(arg);
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_IGNORE:
		parse_ignore(&arguments->policy, arg);
		return 0;
	case KEY_FAIL_ON:
		arguments->policy.fail_on = parse_severity(arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child check_children[] = { { &common_argp, 0, NULL, 0 },
						    { &subject_argp, 0, NULL, 0 },
						    { 0 } };

static const struct argp check_argp = {
	.options = check_argp_options,
	.parser = parse_check,
	.args_doc = "[SUBJECT...]",
	.doc = "Say whether this host, or the groups of the subjects, can be handed out, and what "
	       "to do where not. Reads only; --probe adds the live test. SUBJECT is a group number, a "
	       "PCI address or a network interface; without one, the groups with a device bound to "
	       "a vfio driver are looked at.\vExit status: 0 ready, 1 usable with warnings, 2 not "
	       "ready, 3 could not be measured, 64 wrong command line.",
	.children = check_children,
};

static void run_probes(struct source *source, const struct selection *selection,
		       struct report *report)
{
	static const struct probe_options options = { .backend = BACKEND_NONE };

	for (size_t i = 0; i < selection->n_groups && !source_problem(source); i++) {
		struct group *group = selection->groups[i];

		if (group_is_bound(group))
			APPEND(report->probes, report->n_probes,
			       probe_run(source, report->host, group, &options));
	}
}

static int run_check(int argc, char **argv, const struct options *options)
{
	struct check_arguments arguments = { .common = *options,
					     .format = &report_format_text,
					     .policy = { .fail_on = SEVERITY_FAILURE } };
	struct selection selection = { 0 };
	struct view_options view;
	struct report report = { 0 };
	struct source *source;
	struct host *host;
	int status;

	cli_parse(&check_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.probe && arguments.common.sysroot)
		bad_usage("a probe needs a live host or a capture: --sysroot only reads files");
	source = cli_open(&arguments.common);
	host = scan_host(source);
	report.host = host;
	cli_select(source, host, &arguments.subjects, &selection);
	if (selection.n_devices)
		bad_usage("%s is in no IOMMU group, so it can't be handed out",
			  selection.devices[0]->address);
	if (!arguments.subjects.n_words)
		examine_groups(host, arguments.subjects.all, &selection);
	if (arguments.probe)
		run_probes(source, &selection, &report);
	examine_checks(&selection, &report);
	report.readiness = judge(&report.findings, &arguments.policy);

	status = judge_status(report.readiness);
	view.color = cli_color(&arguments.common);
	view.verbose = arguments.common.verbose;
	if (!source_problem(source))
		arguments.format->write(stdout, &report, &view);
	report_clear(&report);
	free(arguments.policy.ignored);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, cli_flush(status));
}

const struct command command_check = {
	.name = "check",
	.summary = "is this host ready, and if not, what is to be done?",
	.run = run_check,
};
