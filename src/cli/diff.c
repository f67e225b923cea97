/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag diff: compare two captures, or a capture with this host. */
#include "view/diff.h"

#include "base/exit.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "diff/diff.h"
#include "view/view.h"

static int compare(struct context *context, int status)
{
	struct comparison *comparison = context->arguments;

	compare_reports(&context->hosts[0].report, &context->hosts[1].report, comparison);
	return comparison->n_differences ? EXIT_INFERRED : status;
}

static struct diff_side side_of(const struct examination *host)
{
	return (struct diff_side){ .label = host->label, .host = host->host };
}

static int print_comparison(struct context *context)
{
	struct diff_side before = side_of(&context->hosts[0]);
	struct diff_side after = side_of(&context->hosts[1]);

	return context->options->format->write_comparison(context->out, &before, &after,
							  context->arguments, &context->view);
}

static void finish_comparison(void *arguments)
{
	comparison_clear(arguments);
}

const struct command command_diff = {
	.name = "diff",
	.summary = "compare two captures, or a capture with this host",
	.usage = "BEFORE [AFTER]",
	.doc = "Compare the capture BEFORE with the capture AFTER, or with this host. Only reads.",
	.statuses = "0 no differences, 1 differences, 3 a capture could not be read",
	.takes = TAKES_SYSROOT | TAKES_RECORD | TAKES_COLOR | TAKES_VERBOSE | TAKES_QUIET |
		 TAKES_OUTPUT,
	.operand = OPERAND_CAPTURE,
	.min = 1,
	.max = 2,
	.formats = { &format_text, &format_json },
	.reads = READS_HOSTS,
	.n_hosts = 2,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.size = sizeof(struct comparison),
	.judge = compare,
	.print = print_comparison,
	.finish = finish_comparison,
};
