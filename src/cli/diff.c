/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag diff: compare two captures, or a capture with this host. */
#include "view/diff.h"

#include <stdio.h>

#include "base/exit.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "cli/worker.h"
#include "compare/compare.h"

/**
 * struct diff_arguments - the parsed command line.
 * @paths: captures, also open in @inputs
 * @here: this host, if only one capture was named
 */
struct diff_arguments {
	struct options common;
	const struct diff_format *format;
	char *paths[2];
	size_t n_paths;
	struct capture_input inputs[2];
	struct examination here;
};

enum { KEY_FORMAT = 0x200 };

static const struct argp_option diff_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "Output format: text (default) or json (schema vfiodiag-diff/1)", 1 },
	{ 0 },
};

static error_t parse_diff(int key, char *arg, struct argp_state *state)
{
	struct diff_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		return 0;
	case KEY_FORMAT:
		arguments->format = diff_format_find(arg);
		if (!arguments->format)
			bad_usage("unknown format '%s': use text or json", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->n_paths == 2)
			bad_usage("unexpected argument '%s': diff compares two captures", arg);
		arguments->paths[arguments->n_paths++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child diff_children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static const struct argp diff_argp = {
	.options = diff_argp_options,
	.parser = parse_diff,
	.args_doc = "BEFORE [AFTER]",
	.doc = "Compare the capture BEFORE with the capture AFTER, or with this host. Only "
	       "reads.\vExit status: 0 no differences, 1 differences, 3 a capture could not be "
	       "read, 64 usage error.",
	.children = diff_children,
};

static void check_arguments(const struct diff_arguments *arguments)
{
	if (!arguments->n_paths)
		bad_usage("BEFORE is required: name a capture (see 'vfiodiag collect')");
	if (arguments->common.from)
		bad_usage("diff does not take --from: name the captures as arguments");
	if (arguments->n_paths == 2 && (arguments->common.sysroot || arguments->common.record))
		bad_usage("--sysroot and --record cannot be used with AFTER");
}

static int print(const struct diff_arguments *arguments, const struct examination *before,
		 const struct examination *after)
{
	struct diff_side one = { .label = before->label, .host = before->host };
	struct diff_side two = { .label = after->label, .host = after->host };
	struct view_options view = { .color = cli_color(&arguments->common),
				     .width = cli_width(),
				     .verbose = arguments->common.verbose };
	struct comparison comparison;
	int status;

	compare_reports(&before->report, &after->report, &comparison);
	arguments->format->write(stdout, &one, &two, &comparison, &view);
	status = comparison.n_differences ? EXIT_INFERRED : EXIT_OBSERVED;
	comparison_clear(&comparison);
	return cli_flush(status);
}

static int compare_captures(void *context)
{
	struct diff_arguments *arguments = context;
	struct examination before, second = { 0 };
	int status = examine(&arguments->common, arguments->paths[0], &arguments->inputs[0],
			     &before);

	worker_at(1);
	if (status == EXIT_OBSERVED && arguments->n_paths == 2)
		status = examine(&arguments->common, arguments->paths[1], &arguments->inputs[1],
				 &second);
	cli_limit_printing(&arguments->common);
	if (status == EXIT_OBSERVED)
		status = print(arguments, &before,
			       arguments->n_paths == 2 ? &second : &arguments->here);
	examination_clear(&before);
	examination_clear(&second);
	return status;
}

/* A child reads the captures; this host, if it is compared, was read before. */
static int compare_in_child(struct diff_arguments *arguments)
{
	struct job job = { .options = &arguments->common,
			   .work = compare_captures,
			   .context = arguments,
			   .paths = arguments->paths,
			   .inputs = arguments->inputs,
			   .count = arguments->n_paths };
	struct outcome outcome;
	int status;

	arguments->common.capture_follows = false;
	for (size_t i = 0; i < arguments->n_paths; i++)
		worker_open(&arguments->common, arguments->paths[i], false, &arguments->inputs[i]);
	worker_run(&job, &outcome);
	for (size_t i = 0; i < arguments->n_paths; i++)
		capture_input_close(&arguments->inputs[i]);
	cli_limit_printing(&arguments->common);
	status = worker_save(&outcome, "-", OUTPUT_SHARED, EXIT_UNMEASURED);
	outcome_clear(&outcome);
	return status;
}

static int run_diff(int argc, char **argv, const struct options *options)
{
	struct diff_arguments arguments = { .common = *options,
					    .format = diff_format_find("text") };
	int status = EXIT_OBSERVED;

	cli_parse(&diff_argp, argc, argv, 0, NULL, &arguments);
	check_arguments(&arguments);
	arguments.common.capture_follows = true;
	if (arguments.n_paths == 1)
		status = examine(&arguments.common, NULL, NULL, &arguments.here);
	if (status == EXIT_OBSERVED)
		status = compare_in_child(&arguments);
	examination_clear(&arguments.here);
	return status;
}

const struct command command_diff = {
	.name = "diff",
	.summary = "compare two captures, or a capture with this host",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.run = run_diff,
};
