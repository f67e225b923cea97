/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag mappings: show how the memory of a group is mapped. */
#include "model/mappings.h"

#include <string.h>
#include <time.h>

#include "base/exit.h"
#include "check/check.h"
#include "cli/cli.h"
#include "source/page_table.h"
#include "view/view.h"

/** struct mappings_arguments - what was read. */
struct mappings_arguments {
	struct mappings mappings;
	struct mappings_answer answer;
};

/** struct wait - whom to tell how long it takes. */
struct wait {
	const struct options *options;
	unsigned int group;
	time_t begin;
};

static void show_progress(void *context)
{
	const struct wait *wait = context;
	long long seconds = (long long)(time(NULL) - wait->begin);

	cli_progress(wait->options, "reading the page table of group %u (%lld s)", wait->group,
		     seconds);
}

/* An option that keeps entries small is the reason for all of them. */
static void find_options(const struct context *context, struct findings *findings)
{
	const struct check *hugepages = check_find("hugepages-disabled");
	const struct check_family singly = { .name = "singly", .checks = hugepages, .n_checks = 1 };
	const struct check_input input = {
		.host = context->host,
		.groups = context->selection.groups,
		.n_groups = context->selection.n_groups,
	};

	check_run(&check_family_superpages, &input, findings);
	check_run(&singly, &input, findings);
	findings_sort(findings);
}

static int read_mappings(struct context *context)
{
	struct mappings_arguments *its = context->arguments;
	const struct group *group = context->selection.groups[0];
	struct wait wait = { context->options, group->id, time(NULL) };

	cli_progress(context->options, "reading the page table of group %u", group->id);
	source_mappings(context->source, group->id, group_iommu_kind(group),
			context->host->page_size, show_progress, &wait, &its->mappings);
	cli_progress(context->options, NULL);
	its->answer = (struct mappings_answer){ .host = context->host,
						.group = group,
						.mappings = &its->mappings };
	return its->mappings.is_known ? EXIT_OBSERVED : EXIT_UNMEASURED;
}

static int judge_mappings(struct context *context, int status)
{
	struct mappings_arguments *its = context->arguments;

	find_options(context, &its->answer.findings);
	return status;
}

static int print_mappings(struct context *context)
{
	const struct mappings_arguments *its = context->arguments;

	return context->options->format->write_mappings(context->out, &its->answer, &context->view);
}

static void finish_mappings(void *arguments)
{
	struct mappings_arguments *its = arguments;

	findings_clear(&its->answer.findings);
	mappings_clear(&its->mappings);
}

const struct command command_mappings = {
	.name = "mappings",
	.summary = "show how the memory of a group is mapped",
	.usage = "SUBJECT",
	.doc = "Show how much memory is mapped for a group that a virtual machine uses, in page "
	       "table entries of which sizes, and why entries are not larger. Reads the page table "
	       "of the IOMMU in the memory of the kernel (/proc/kcore), read-only, and neither "
	       "opens nor changes anything of VFIO.",
	.statuses = "0 known, 3 not known",
	.takes = TAKES_HOST | TAKES_COLOR | TAKES_QUIET | TAKES_OUTPUT,
	.operand = OPERAND_GROUP,
	.min = 1,
	.max = 1,
	.formats = { &format_text, &format_json },
	.reads = READS_HOST,
	.needs = PRIVILEGE_READ | PRIVILEGE_KERNEL,
	.size = sizeof(struct mappings_arguments),
	.work = read_mappings,
	.judge = judge_mappings,
	.print = print_mappings,
	.finish = finish_mappings,
};
