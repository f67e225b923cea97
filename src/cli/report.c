/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag report: write an HTML page about one or more hosts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "cli/captures.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "cli/output.h"
#include "cli/worker.h"
#include "view/html.h"

/**
 * struct report_arguments - the parsed command line.
 * @inputs: the captures, open; one that is lost has its problem in @lost, which is else NULL
 */
struct report_arguments {
	struct options common;
	const char *output;
	struct captures captures;
	struct capture_input *inputs;
	char **lost;
};

static const struct argp_option report_argp_options[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE (default: standard output)", 1 },
	{ 0 },
};

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct report_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		return 0;
	case 'o':
		arguments->output = arg;
		return 0;
	case ARGP_KEY_ARGS:
		for (int i = state->next; i < state->argc; i++)
			captures_add(&arguments->captures, state->argv[i]);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child report_children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static const struct argp report_argp = {
	.options = report_argp_options,
	.parser = parse_report,
	.args_doc = "[CAPTURE...]",
	.doc = "Write a self-contained HTML page about the captures, or about this host: "
	       "verdict, findings, groups, and a drawing of the IOVA space of each group. "
	       "Several captures are compared. CAPTURE may be a directory of captures.\vExit "
	       "status: 0 written, 3 could not be read or written, 64 usage error.",
	.children = report_children,
};

/** struct page - hosts, examined one after the other. */
struct page {
	struct examination *examinations;
	size_t count;
};

static int read_host(const struct report_arguments *arguments, size_t index, struct page *page)
{
	const struct captures *captures = &arguments->captures;
	struct examination examination;
	int status;

	worker_at(index);
	status = captures->count ? examine(&arguments->common, captures->paths[index],
					   &arguments->inputs[index], &examination)
				 : examine(&arguments->common, NULL, NULL, &examination);
	if (status == EXIT_OBSERVED)
		APPEND(page->examinations, page->count, examination);
	return status;
}

/* Read all captures. One that cannot be read is left out. Return: the worst status. */
static int read_hosts(const struct report_arguments *arguments, struct page *page)
{
	size_t n_captures = arguments->captures.count;
	int status = EXIT_OBSERVED;

	if (!n_captures)
		return read_host(arguments, 0, page);
	for (size_t i = 0; i < n_captures; i++) {
		if (arguments->lost[i] || read_host(arguments, i, page) != EXIT_OBSERVED)
			status = EXIT_UNMEASURED;
	}
	return status;
}

static int write_page(const struct page *page, const char *path)
{
	struct html_host *hosts = xcalloc(page->count, sizeof(*hosts));
	struct output output;
	int ret;

	for (size_t i = 0; i < page->count; i++) {
		hosts[i].label = page->examinations[i].label;
		hosts[i].recorded = page->examinations[i].recorded;
		hosts[i].report = &page->examinations[i].report;
	}
	ret = output_open(&output, path, OUTPUT_PRIVATE);
	if (ret >= 0) {
		int written = html_write(output.file, hosts, page->count);
		int closed = output_close(&output, written >= 0);

		ret = closed < 0 ? closed : written;
	}
	free(hosts);
	if (ret < 0)
		complain("cannot write '%s': %s", path, output_reason(&output, ret));
	return ret < 0 ? EXIT_UNMEASURED : EXIT_OBSERVED;
}

static int report_hosts(void *context)
{
	const struct report_arguments *arguments = context;
	struct page page = { 0 };
	int written = EXIT_OBSERVED;
	int status = read_hosts(arguments, &page);

	cli_progress(&arguments->common, NULL);
	cli_limit_printing(&arguments->common);
	if (page.count)
		written = write_page(&page, arguments->output);
	for (size_t i = 0; i < page.count; i++)
		examination_clear(&page.examinations[i]);
	free(page.examinations);
	return status == EXIT_OBSERVED ? written : status;
}

/* Archives stay open until the page is written, so allow as many as possible. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void open_captures(struct report_arguments *arguments)
{
	const struct captures *captures = &arguments->captures;

	allow_descriptors();
	arguments->inputs = xcalloc(captures->count, sizeof(*arguments->inputs));
	arguments->lost = xcalloc(captures->count, sizeof(*arguments->lost));
	for (size_t i = 0; i < captures->count; i++)
		worker_open(&arguments->common, captures->paths[i], captures->is_listed[i],
			    &arguments->inputs[i]);
}

static void close_captures(struct report_arguments *arguments)
{
	for (size_t i = 0; i < arguments->captures.count; i++) {
		capture_input_close(&arguments->inputs[i]);
		free(arguments->lost[i]);
	}
	free(arguments->inputs);
	free(arguments->lost);
}

/* Leave out the capture that ended the child, and let another one read the rest from the beginning. */
static bool leave_out(struct report_arguments *arguments, struct outcome *outcome)
{
	bool is_new = !arguments->lost[outcome->at];

	complain("%s", outcome->problem);
	if (!is_new)
		return false;
	arguments->lost[outcome->at] = outcome->problem;
	outcome->problem = NULL;
	outcome_clear(outcome);
	for (size_t i = 0; i < arguments->captures.count; i++)
		capture_input_rewind(&arguments->inputs[i]);
	return true;
}

static int report_in_child(struct report_arguments *arguments)
{
	struct job job = { .options = &arguments->common,
			   .work = report_hosts,
			   .context = arguments,
			   .paths = arguments->captures.paths,
			   .count = arguments->captures.count,
			   .progress = true };
	struct outcome outcome;
	int status;

	open_captures(arguments);
	job.inputs = arguments->inputs;
	do {
		worker_run(&job, &outcome);
	} while (outcome.problem && leave_out(arguments, &outcome));
	cli_limit_printing(&arguments->common);
	status = outcome.status;
	/* If no capture could be read, there is no page. */
	if (outcome.len)
		status = worker_save(&outcome, arguments->output, OUTPUT_PRIVATE, EXIT_UNMEASURED);
	outcome_clear(&outcome);
	close_captures(arguments);
	return status;
}

static int run_report(int argc, char **argv, const struct options *options)
{
	struct report_arguments arguments = { .common = *options, .output = "-" };
	int status;

	cli_parse(&report_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.captures.count &&
	    (arguments.common.from || arguments.common.sysroot || arguments.common.record))
		bad_usage("--from, --sysroot and --record cannot be used with CAPTURE");
	cli_check_sources(&arguments.common);
	if (arguments.common.from)
		captures_name(&arguments.captures, arguments.common.from);
	output_check(arguments.output);
	if (output_is_stdout(arguments.output))
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_WRITE;
	if (arguments.captures.count) {
		status = report_in_child(&arguments);
	} else {
		cli_progress(&arguments.common, "reading this host");
		status = report_hosts(&arguments);
	}
	captures_clear(&arguments.captures);
	return status;
}

const struct command command_report = {
	.name = "report",
	.summary = "write an HTML page about one or more hosts",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_WRITE,
	.run = run_report,
};
