/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag report: write an HTML page about one or more hosts. */
#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "view/view.h"

static int print_hosts(struct context *context)
{
	_cleanup_free_ struct html_host *hosts = xcalloc(context->n_hosts, sizeof(*hosts));

	for (size_t i = 0; i < context->n_hosts; i++) {
		hosts[i].label = context->hosts[i].label;
		hosts[i].recorded = context->hosts[i].recorded;
		hosts[i].report = &context->hosts[i].report;
	}
	return context->options->format->write_hosts(context->out, hosts, context->n_hosts);
}

const struct command command_report = {
	.name = "report",
	.summary = "write an HTML page about one or more hosts",
	.usage = "[CAPTURE...]",
	.doc = "Write a self-contained HTML page about the captures, or about this host: "
	       "verdict, findings, groups, and a drawing of the IOVA space of each group. "
	       "Several captures are compared. CAPTURE may be a directory of captures.",
	.statuses = "0 written, 3 could not be read or written",
	.takes = TAKES_HOST | TAKES_QUIET | TAKES_OUTPUT,
	.operand = OPERAND_CAPTURE,
	.max = INT_MAX,
	.formats = { &format_html },
	.reads = READS_HOSTS,
	.n_hosts = 1,
	.is_private = true,
	.unwritten = EXIT_UNMEASURED,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.print = print_hosts,
};
