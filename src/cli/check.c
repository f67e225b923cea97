/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag check: check whether the host is ready, and print the fixes. */
#include "check/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "cli/captures.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/policy.h"
#include "cli/relay.h"
#include "cli/worker.h"
#include "model/report.h"
#include "probe/probe.h"
#include "view/view.h"

/**
 * struct check_arguments - the parsed command line.
 * @view: how it is printed
 */
struct check_arguments {
	struct options common;
	const struct report_format *format;
	struct policy_arguments policy;
	struct subjects subjects;
	uint64_t memory;
	const char *whom;
	const char *expires;
	const char *output;
	struct view_options view;
	bool probe;
	bool each;
};

enum { KEY_FORMAT = 0x200, KEY_EXPIRES, KEY_PROBE, KEY_MEMORY, KEY_FOR, KEY_EACH };

static const struct argp_option check_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, NULL, 1 },
	{ "expires", KEY_EXPIRES, "DURATION", 0,
	  "How long the nfd labels are valid, such as 30m (default: 1h; 0: forever)", 1 },
	{ "output", 'o', "FILE", 0,
	  "Write to FILE instead of standard output, completely or not at all", 1 },
	{ "each", KEY_EACH, NULL, 0, "Print one line for each capture, even if there is only one",
	  1 },
	{ "probe", KEY_PROBE, NULL, 0, "Add the live test of each bound group", 1 },
	{ "memory", KEY_MEMORY, "SIZE", 0,
	  "Check whether a guest with this much memory can be started, such as 64G", 1 },
	{ "for", KEY_FOR, "WHOM", 0,
	  "Check for user:NAME or unit:NAME, which starts the guest (default: the caller)", 1 },
	{ 0 },
};

/** struct starter - the user, unit or process that starts the guest, if requested. */
struct starter {
	struct memlock memlock;
	struct account account;
};

/** struct checked - one host and its report. */
struct checked {
	struct source *source;
	struct host *host;
	struct selection selection;
	struct starter starter;
	struct report report;
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
	case 'o':
		arguments->output = arg;
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_EACH:
		arguments->each = true;
		return 0;
	case KEY_MEMORY:
		arguments->memory = cli_size("--memory", arg);
		if (!arguments->memory)
			bad_usage("invalid size '%s' for --memory: must not be 0", arg);
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
	.doc = "Check whether this host, or the group of each SUBJECT, can be passed through, "
	       "and print the fixes. Only reads; --probe adds the live test. SUBJECT is a group "
	       "number, a PCI address or a network interface; without one, the groups with a "
	       "device bound to a vfio driver are checked. If --from is repeated or names a "
	       "directory of captures, one line is printed for each capture.\vExit status: 0 "
	       "ready, 1 usable with warnings, 2 not ready, 3 could not be measured, 64 usage "
	       "error, 74 cannot write the --output file.",
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

/*
 * Find the limits and permissions of the one who starts the guest: with --memory alone, this
 * process.
 * Return: why this host cannot tell, new; or NULL.
 */
static char *find_starter(const struct check_arguments *arguments, struct checked *checked)
{
	const char *whom = arguments->whom;
	struct report *report = &checked->report;
	char *problem;
	int ret;

	if (!whom && !arguments->memory)
		return NULL;
	problem = cli_try_memlock(checked->source, whom, &checked->starter.memlock);
	if (problem)
		return problem;
	ret = whom ? scan_account(checked->source, whom, &checked->starter.account) : 0;
	if (ret < 0)
		return xasprintf("cannot determine which files %s may open: %s", whom,
				 error_text(-ret));
	report->memory = arguments->memory;
	report->memlock = &checked->starter.memlock;
	report->account = whom ? &checked->starter.account : &report->host->caller;
	return NULL;
}

/* Select the groups of the SUBJECTs, or those with a device bound to a vfio driver. */
static void find_groups(const struct check_arguments *arguments, struct checked *checked)
{
	struct selection *selection = &checked->selection;

	cli_select(checked->source, checked->host, &arguments->subjects, selection);
	if (selection->n_devices)
		bad_usage("%s is not in an IOMMU group and cannot be passed through",
			  selection->devices[0]->address);
	if (!arguments->subjects.n_words)
		cli_select_bound(checked->host, arguments->subjects.all, selection);
	checked->report.named = arguments->subjects.n_words > 0;
}

/* Check the host of @checked->source. Return: why it cannot be checked, new; or NULL. */
static char *check_source(const struct check_arguments *arguments, struct checked *checked)
{
	unsigned int details = HOST_ALL_DETAILS & ~arguments->format->unused;
	char *problem;

	checked->host = cli_scan_with(checked->source, details, true);
	checked->report.host = checked->host;
	find_groups(arguments, checked);
	problem = find_starter(arguments, checked);
	if (problem)
		return problem;
	scan_failures(checked->source, checked->host);
	if (arguments->probe)
		run_probes(checked->source, &checked->selection, &checked->report);
	cli_check(&arguments->policy, &checked->selection, &checked->report);
	return NULL;
}

/* Free everything but the source. */
static void checked_clear(struct checked *checked)
{
	report_clear(&checked->report);
	memlock_clear(&checked->starter.memlock);
	account_clear(&checked->starter.account);
	selection_clear(&checked->selection);
	host_free(checked->host);
}

static int check_one(void *context)
{
	const struct check_arguments *arguments = context;
	struct checked checked = { .source = cli_open(&arguments->common) };
	char *problem = check_source(arguments, &checked);
	int status = readiness_status(checked.report.readiness);

	if (problem)
		bad_usage("%s", problem);
	cli_limit_printing(&arguments->common);
	if (!source_problem(checked.source))
		status = format_save(arguments->output, arguments->format, &checked.report,
				     &arguments->view, status);
	checked_clear(&checked);
	return cli_close(checked.source, status);
}

/* Why the capture was not checked, new; or NULL. */
static char *check_capture(const struct check_arguments *arguments, struct checked *checked)
{
	char *problem = NULL;

	checked->source = cli_try_open(&arguments->common, &problem);
	if (!checked->source)
		return problem;
	problem = check_source(arguments, checked);
	if (!problem && source_problem(checked->source))
		problem = xstrdup(source_problem(checked->source));
	if (problem) {
		char *named = xasprintf("'%s': %s", arguments->common.from, problem);

		free(problem);
		problem = named;
	}
	return problem;
}

/**
 * struct line - one capture of many.
 * @is_first: the heading belongs above it
 */
struct line {
	struct check_arguments *arguments;
	bool is_first;
};

/* Return: as format_print_row(). */
static int print_line(const struct line *line, const struct report *report, char *problem)
{
	const struct check_arguments *arguments = line->arguments;
	_cleanup_free_ char *name = text_clean(xstrdup(arguments->common.from));
	struct row row = { .capture = name, .problem = problem, .report = report };

	if (problem)
		complain("%s", text_clean(problem));
	return format_print_row(arguments->format, &row, line->is_first, &arguments->view);
}

static int check_line(void *context)
{
	const struct line *line = context;
	struct checked checked = { 0 };
	_cleanup_free_ char *problem = check_capture(line->arguments, &checked);
	int status = problem ? EXIT_UNMEASURED : readiness_status(checked.report.readiness);

	if (print_line(line, problem ? NULL : &checked.report, problem) < 0)
		status = EXIT_UNMEASURED;
	checked_clear(&checked);
	source_close(checked.source);
	return status;
}

/* Print the output of the child, or what ended it. Return: as format_print_row(). */
static int save_line(const struct line *line, const struct outcome *outcome)
{
	if (!outcome->problem) {
		if (cli_is_terminal())
			relay_clean(outcome->text, outcome->len, true);
		return format_write(outcome->text, outcome->len);
	}
	return print_line(line, NULL, outcome->problem);
}

/* Each capture has its own child, so that a crash costs one line. Return: as format_print_row(). */
static int check_one_of_many(struct line *line, char *path, bool is_listed, int *status)
{
	struct options *common = &line->arguments->common;
	struct capture_input input;
	struct job job = { .options = common,
			   .work = check_line,
			   .context = line,
			   .paths = &path,
			   .inputs = &input,
			   .count = 1 };
	struct outcome outcome;
	int ret;

	common->from = path;
	common->input = &input;
	worker_open(common, path, is_listed, &input);
	worker_run(&job, &outcome);
	capture_input_close(&input);
	cli_progress(common, NULL);
	ret = save_line(line, &outcome);
	*status = outcome.problem ? EXIT_UNMEASURED : outcome.status;
	outcome_clear(&outcome);
	return ret;
}

static int check_many(struct check_arguments *arguments, const struct captures *captures)
{
	int worst = EXIT_OBSERVED;

	for (size_t i = 0; i < captures->count; i++) {
		struct line line = { .arguments = arguments, .is_first = i == 0 };
		int status;

		cli_progress(&arguments->common, "checking %s (%zu of %zu)", captures->paths[i],
			     i + 1, captures->count);
		if (check_one_of_many(&line, captures->paths[i], captures->is_listed[i], &status) <
		    0)
			return EXIT_UNMEASURED;
		worst = cli_worse(worst, status);
	}
	cli_limit_printing(&arguments->common);
	return worst;
}

/* Return when the output expires; 0 for never. For a capture too, the time counts from now. */
static time_t find_expiry(const struct check_arguments *arguments)
{
	const char *word = arguments->expires ? arguments->expires : "1h";
	uint64_t seconds;
	int ret;

	if (!arguments->format->has_expiry) {
		if (arguments->expires)
			bad_usage("--expires requires --format nfd");
		return 0;
	}
	ret = text_parse_duration(word, &seconds);
	if (ret == -ERANGE)
		bad_usage("duration '%s' for --expires is too long: 0 means forever", word);
	if (ret < 0)
		bad_usage(
			"invalid duration '%s' for --expires: expected 90s, 30m, 1h, 2d, or 0 for forever",
			word);
	return seconds ? time(NULL) + (time_t)seconds : 0;
}

/* Collect the captures from the command line. None means this host. */
static void find_captures(const struct check_arguments *arguments, struct captures *captures)
{
	const struct options *common = &arguments->common;

	if (common->from)
		captures_add(captures, common->from);
	for (size_t i = 0; i < common->n_more; i++)
		captures_add(captures, common->more[i]);
	if (arguments->each && !captures->count)
		bad_usage("--each requires --from");
	captures->several |= arguments->each;
	if (!captures->several)
		return;
	if (!output_is_stdout(arguments->output))
		bad_usage("--output cannot be used with several captures");
	if (common->sysroot || common->record)
		bad_usage("--from, --sysroot and --record are mutually exclusive");
	if (arguments->subjects.n_words)
		bad_usage("unexpected argument '%s': SUBJECT cannot be used with several captures",
			  arguments->subjects.words[0]);
	if (!arguments->format->write_row)
		bad_usage("--format %s cannot be used with several captures: use text or jsonl",
			  arguments->format->name);
}

static void check_arguments(const struct check_arguments *arguments)
{
	const char *whom = arguments->whom;

	if (arguments->probe && arguments->common.sysroot)
		bad_usage("--probe requires a live host or a capture, not --sysroot");
	if (whom && ((!text_starts(whom, "user:") && !text_starts(whom, "unit:")) ||
		     !whom[strlen("user:")]))
		bad_usage("invalid value '%s' for --for: expected user:NAME or unit:NAME", whom);
	output_check(arguments->output);
}

static int run_check(int argc, char **argv, const struct options *options)
{
	struct check_arguments arguments = { .common = *options,
					     .format = &report_format_text,
					     .output = "-",
					     .policy = policy_default };
	struct captures captures = { 0 };
	int status;

	arguments.common.takes_several = true;
	cli_parse(&check_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.probe)
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_PROBE;
	check_arguments(&arguments);
	arguments.view.color = output_is_stdout(arguments.output) && cli_color(&arguments.common);
	arguments.view.verbose = arguments.common.verbose;
	arguments.view.expires = find_expiry(&arguments);
	find_captures(&arguments, &captures);
	status = captures.several ? check_many(&arguments, &captures)
				  : worker_answer_into(&arguments.common, arguments.output,
						       check_one, &arguments);
	captures_clear(&captures);
	policy_clear(&arguments.policy);
	free(arguments.common.more);
	return status;
}

const struct command command_check = {
	.name = "check",
	.summary = "check whether the host is ready, and print the fixes",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_PROBE,
	.run = run_check,
};
