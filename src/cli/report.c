/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag report: a page about one or more hosts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "cli/captures.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "cli/output.h"
#include "view/html.h"

struct report_arguments {
	struct options common;
	const char *output;
	struct captures captures;
};

static const struct argp_option report_argp_options[] = {
	{ "output", 'o', "FILE", 0, "Write the page there (default: standard output)", 1 },
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
	.doc = "Write a page (HTML, complete in itself) about the captures, or about this host: "
	       "verdict, findings, groups, and the IOVA space of each as a drawing. More than one "
	       "capture are compared. CAPTURE may be a folder of captures.\vExit status: 0 written, 3 something could not be read or "
	       "written, 64 wrong command line.",
	.children = report_children,
};

/** struct page - hosts, examined one after the other. */
struct page {
	struct examination *examinations;
	size_t count;
};

/* Read all. What can't be read costs no more than itself. Return: the worst status. */
static int read_hosts(const struct report_arguments *arguments, struct page *page)
{
	const struct captures *captures = &arguments->captures;
	size_t n_hosts = captures->count ? captures->count : 1;
	int status = EXIT_OBSERVED;

	for (size_t i = 0; i < n_hosts; i++) {
		const char *path = captures->count ? captures->paths[i] : NULL;
		struct examination examination;

		cli_progress(&arguments->common, "reading %s", path ? path : "this host");
		if (examine(&arguments->common, path, &examination) == EXIT_OBSERVED)
			APPEND(page->examinations, page->count, examination);
		else
			status = EXIT_UNMEASURED;
	}
	cli_progress(&arguments->common, NULL);
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
		complain("'%s' could not be written: %s", path, output_reason(&output, ret));
	return ret < 0 ? EXIT_UNMEASURED : EXIT_OBSERVED;
}

static int run_report(int argc, char **argv, const struct options *options)
{
	struct report_arguments arguments = { .common = *options, .output = "-" };
	struct page page = { 0 };
	int status, written = EXIT_OBSERVED;

	cli_parse(&report_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.captures.count &&
	    (arguments.common.from || arguments.common.sysroot || arguments.common.record))
		bad_usage("the captures are named already: no --from, --sysroot or --record");
	output_check(arguments.output);
	if (output_is_stdout(arguments.output))
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_WRITE;
	status = read_hosts(&arguments, &page);
	cli_limit_printing(&arguments.common);
	if (page.count)
		written = write_page(&page, arguments.output);
	for (size_t i = 0; i < page.count; i++)
		examination_clear(&page.examinations[i]);
	free(page.examinations);
	captures_clear(&arguments.captures);
	return status == EXIT_OBSERVED ? written : status;
}

const struct command command_report = {
	.name = "report",
	.summary = "a page about one or more hosts, to look at",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_WRITE,
	.run = run_report,
};
