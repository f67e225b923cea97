/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag check: check whether the host is ready, and print the fixes. */
#include "check/check.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "cli/cli.h"
#include "model/report.h"
#include "probe/probe.h"
#include "view/view.h"

/**
 * struct check_arguments - the command line, and the report.
 * @expires_at: for the view
 * @memlock: limits of the one who starts the guest, with --memory or --for
 * @account: the same one's credentials, with --for
 */
struct check_arguments {
	uint64_t memory;
	const char *whom;
	const char *expires;
	time_t expires_at;
	bool probe;
	bool managed;
	struct memlock memlock;
	struct account account;
	struct report report;
};

static const struct cli_option check_options[] = {
	{ "expires", 0, "DURATION",
	  "How long the nfd labels are valid, such as 30m (default: 1h; 0: forever)", 1,
	  .member = offsetof(struct check_arguments, expires) },
	{ "probe", 0, NULL, "Add the live test of each bound group", 1,
	  .member = offsetof(struct check_arguments, probe), .needs = PRIVILEGE_PROBE },
	{ "managed", 0, NULL,
	  "A named device that is available is enough: libvirt (managed=yes) binds it", 1,
	  .member = offsetof(struct check_arguments, managed) },
	{ "memory", 0, "SIZE",
	  "Check whether a guest with this much memory can be started, such as 64G", 1,
	  .member = offsetof(struct check_arguments, memory), .parse = cli_guest_size },
	{ "for", 0, "WHOM",
	  "Check for user:NAME or unit:NAME, which starts the guest (default: the caller)", 1,
	  .member = offsetof(struct check_arguments, whom) },
	{ 0 },
};

static void check_arguments(void *arguments, const struct options *options)
{
	struct check_arguments *check = arguments;
	const char *whom = check->whom;
	const char *expires = check->expires ? check->expires : "1h";
	uint64_t seconds = 0;
	int ret = text_parse_duration(expires, &seconds);

	if (whom && ((!text_starts(whom, "user:") && !text_starts(whom, "unit:")) ||
		     !whom[strlen("user:")]))
		bad_usage("invalid value '%s' for --for: expected user:NAME or unit:NAME", whom);
	if (check->managed && options->policy.require_bound)
		bad_usage("--managed and --require bound are mutually exclusive");
	if (check->managed && !options->subjects.n_words)
		bad_usage("--managed requires a SUBJECT");
	if (check->expires && !options->format->has_expiry)
		bad_usage("--expires requires --format nfd");
	if (ret == -ERANGE)
		bad_usage("duration '%s' for --expires is too long: 0 means forever", expires);
	if (ret < 0)
		bad_usage(
			"invalid duration '%s' for --expires: expected 90s, 30m, 1h, 2d, or 0 for forever",
			expires);
	/* For a capture too, the time counts from now. */
	if (options->format->has_expiry && seconds)
		check->expires_at = time(NULL) + (time_t)seconds;
}

static void select_bound(struct context *context)
{
	cli_select_bound(context->host, context->options->subjects.all, &context->selection);
}

/*
 * Find the limits and permissions of the one who starts the guest: with --memory alone, this
 * process.
 * Return: why this host cannot tell, new; or NULL.
 */
static char *find_starter(struct source *source, struct check_arguments *check)
{
	const char *whom = check->whom;
	struct report *report = &check->report;
	char *problem;
	int ret;

	if (!whom && !check->memory)
		return NULL;
	problem = cli_try_memlock(source, whom, &check->memlock);
	if (problem)
		return problem;
	ret = whom ? scan_account(source, whom, &check->account) : 0;
	if (ret < 0)
		return xasprintf("cannot determine which files %s may open: %s", whom,
				 error_text(-ret));
	report->memory = check->memory;
	report->memlock = &check->memlock;
	report->account = whom ? &check->account : &report->host->caller;
	return NULL;
}

static int read_guest(struct context *context)
{
	static const struct probe_options options = { .backend = BACKEND_NONE };
	struct check_arguments *check = context->arguments;
	struct report *report = &check->report;

	report->host = context->host;
	report->named = context->options->subjects.n_words > 0;
	context->problem = find_starter(context->source, check);
	if (context->problem)
		return EXIT_UNMEASURED;
	scan_failures(context->source, context->host);
	for (size_t i = 0; check->probe && i < context->selection.n_groups; i++) {
		struct group *group = context->selection.groups[i];

		if (group_is_bound(group) && !source_problem(context->source))
			APPEND(report->probes, report->n_probes,
			       probe_run(context->source, report->host, group, &options));
	}
	return EXIT_OBSERVED;
}

static int judge_check(struct context *context, int status)
{
	struct check_arguments *check = context->arguments;
	struct policy_arguments policy = context->options->policy;

	(void)status;
	policy.managed = check->managed;
	cli_check(&policy, &context->selection, &check->report);
	return readiness_status(check->report.readiness);
}

static int print_check(struct context *context)
{
	const struct check_arguments *check = context->arguments;
	const struct format *format = context->options->format;
	_cleanup_free_ char *name = context->is_row ? text_clean(xstrdup(context->options->from))
						    : NULL;
	struct row row = { .capture = name,
			   .problem = context->problem,
			   .report = context->problem ? NULL : &check->report };

	context->view.expires = check->expires_at;
	if (!context->is_row)
		return format->write_report(context->out, &check->report, &context->view);
	if (context->problem)
		complain("%s", text_clean(context->problem));
	if (context->is_first && format->heading)
		fputs(format->heading, context->out);
	return format->write_row(context->out, &row, &context->view);
}

static void finish_check(void *arguments)
{
	struct check_arguments *check = arguments;

	report_clear(&check->report);
	memlock_clear(&check->memlock);
	account_clear(&check->account);
}

const struct command command_check = {
	.name = "check",
	.summary = "check whether the host is ready, and print the fixes",
	.usage = "[SUBJECT...]",
	.doc = "Check whether this host, or the group of each SUBJECT, can be passed through, "
	       "and print the fixes. Only reads; --probe adds the live test. Without a SUBJECT, the "
	       "groups with a device bound to a vfio driver are checked. If --from is repeated or "
	       "names a directory of captures, one line is printed for each capture.",
	.statuses = "0 ready, or nothing bound yet on a host that is ready, 1 usable with "
		    "warnings, 2 not ready, or a named device is not bound, 3 could not be "
		    "measured",
	.options = check_options,
	.takes = TAKES_HOST | TAKES_COLOR | TAKES_QUIET | TAKES_ALL | TAKES_OUTPUT | TAKES_POLICY |
		 TAKES_EACH,
	.operand = OPERAND_GROUP,
	.judges_groupless = true,
	.max = INT_MAX,
	.formats = { &format_text, &format_json, &format_jsonl, &format_nagios, &format_prometheus,
		     &format_nfd, &format_facts },
	.reads = READS_READINESS,
	.tells_unread = true,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.size = sizeof(struct check_arguments),
	.check = check_arguments,
	.select = select_bound,
	.work = read_guest,
	.judge = judge_check,
	.print = print_check,
	.finish = finish_check,
};
