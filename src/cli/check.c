/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag check: is this host ready, and if not, what is to be done? */
#include "check/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/policy.h"
#include "model/report.h"
#include "probe/probe.h"
#include "view/view.h"

struct check_arguments {
	struct options common;
	const struct report_format *format;
	struct policy_arguments policy;
	struct subjects subjects;
	uint64_t memory;
	const char *whom;
	const char *expires;
	bool probe;
};

enum { KEY_FORMAT = 0x200, KEY_EXPIRES, KEY_PROBE, KEY_MEMORY, KEY_FOR };

static const struct argp_option check_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, NULL, 1 },
	{ "expires", KEY_EXPIRES, "DURATION", 0,
	  "How long the labels of nfd are good for, such as 30m (default: 1h; 0: for ever)", 1 },
	{ "probe", KEY_PROBE, NULL, 0, "Add the live test of each group that is bound", 1 },
	{ "memory", KEY_MEMORY, "SIZE", 0, "Memory of the guest that it is for, such as 64G", 1 },
	{ "for", KEY_FOR, "WHOM", 0,
	  "Who starts the guest: user:NAME or unit:NAME (usually the caller)", 1 },
	{ 0 },
};

/** struct starter - who starts the guest, where somebody asked. */
struct starter {
	struct memlock memlock;
	struct account account;
};

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	struct check_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->policy;
		state->child_inputs[2] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = format_parse(arg, true);
		return 0;
	case KEY_EXPIRES:
		arguments->expires = arg;
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_MEMORY:
		arguments->memory = cli_size("--memory", arg);
		if (!arguments->memory)
			bad_usage("--memory %s: a guest has some memory", arg);
		return 0;
	case KEY_FOR:
		arguments->whom = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child check_children[] = { { &common_argp, 0, NULL, 0 },
						    { &policy_argp, 0, NULL, 0 },
						    { &subject_argp, 0, NULL, 0 },
						    { 0 } };

static char *check_help(int key, const char *text, void *input)
{
	(void)input;
	return key == KEY_FORMAT ? format_help(true) : (char *)text;
}

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
	.help_filter = check_help,
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

/* Who starts the guest, and what that may do. With --memory alone this process is meant. */
static void find_starter(struct source *source, const struct check_arguments *arguments,
			 struct starter *starter, struct report *report)
{
	const char *whom = arguments->whom;
	int ret;

	if (!whom && !arguments->memory)
		return;
	cli_memlock(source, whom, &starter->memlock);
	ret = whom ? scan_account(source, whom, &starter->account) : 0;
	if (ret < 0)
		bad_usage("what '%s' may open could not be read: %s", whom, strerror(-ret));
	report->memory = arguments->memory;
	report->memlock = &starter->memlock;
	report->account = whom ? &starter->account : &report->host->caller;
}

/* When what is printed now is outdated; 0 for never. A capture is as good as new: it is read now. */
static time_t find_expiry(const struct check_arguments *arguments)
{
	const char *word = arguments->expires ? arguments->expires : "1h";
	uint64_t seconds;
	int ret;

	if (!arguments->format->has_expiry) {
		if (arguments->expires)
			bad_usage("--expires is about labels: it goes with --format nfd only");
		return 0;
	}
	ret = text_parse_duration(word, &seconds);
	if (ret == -ERANGE)
		bad_usage("--expires %s is more than 136 years: write 0 for ever", word);
	if (ret < 0)
		bad_usage("--expires '%s' is no duration: write 90s, 30m, 1h, 2d, or 0 for ever",
			  word);
	return seconds ? time(NULL) + (time_t)seconds : 0;
}

static int run_check(int argc, char **argv, const struct options *options)
{
	struct check_arguments arguments = { .common = *options,
					     .format = &report_format_text,
					     .policy = policy_default };
	struct selection selection = { 0 };
	struct starter starter = { 0 };
	struct view_options view = { 0 };
	struct report report = { 0 };
	struct source *source;
	struct host *host;
	int status;

	cli_parse(&check_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.probe && arguments.common.sysroot)
		bad_usage("a probe needs a live host or a capture: --sysroot only reads files");
	view.color = cli_color(&arguments.common);
	view.verbose = arguments.common.verbose;
	view.expires = find_expiry(&arguments);
	source = cli_open(&arguments.common);
	host = cli_scan_with(source, HOST_ALL_DETAILS & ~arguments.format->unused, true);
	report.host = host;
	cli_select(source, host, &arguments.subjects, &selection);
	if (selection.n_devices)
		bad_usage("%s is in no IOMMU group, so it can't be handed out",
			  selection.devices[0]->address);
	if (!arguments.subjects.n_words)
		cli_select_bound(host, arguments.subjects.all, &selection);
	report.named = arguments.subjects.n_words > 0;
	find_starter(source, &arguments, &starter, &report);
	if (arguments.probe)
		run_probes(source, &selection, &report);
	cli_check(&arguments.policy, &selection, &report);

	status = readiness_status(report.readiness);
	if (!source_problem(source))
		status = format_print(arguments.format, &report, &view, status);
	report_clear(&report);
	memlock_clear(&starter.memlock);
	account_clear(&starter.account);
	policy_clear(&arguments.policy);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, status);
}

const struct command command_check = {
	.name = "check",
	.summary = "is this host ready, and if not, what is to be done?",
	.run = run_check,
};
