/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag iova: show which DMA addresses of a group are usable, and why others are not. */
#include <stddef.h>
#include <string.h>

#include "base/exit.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/cli.h"
#include "model/limits.h"
#include "probe/probe.h"
#include "iova/query.h"
#include "view/view.h"

/* The page size if neither the host nor the container tells it. */
#define USUAL_PAGE 4096

/**
 * struct iova_arguments - the command line, and the answer.
 * @answer: about @space, and about @query if one was asked
 */
struct iova_arguments {
	struct probe_options options;
	bool probe;
	bool has_address;
	const char *whom;
	struct question question;
	struct probe *probed;
	struct space space;
	struct query query;
	struct iova_answer answer;
};

static void set_address(void *arguments, const char *word)
{
	struct iova_arguments *iova = arguments;

	iova->question.address = cli_size("--at", word);
	iova->has_address = true;
}

static void set_errno(void *arguments, const char *word)
{
	int error = text_to_errno(word);

	if (error < 0)
		bad_usage("unknown errno '%s': expected a name or number, such as EINVAL or -22",
			  word);
	((struct iova_arguments *)arguments)->question.error = error;
}

static const struct cli_option iova_options[] = {
	{ "probe", 0, NULL,
	  "Ask the kernel for the allowed ranges (sets up a container, maps nothing)", 1,
	  .member = offsetof(struct iova_arguments, probe), .needs = PRIVILEGE_PROBE },
	{ "force", 0, NULL, "With --probe, include groups with ISM functions", 1,
	  .member = offsetof(struct iova_arguments, options.force) },
	{ "at", 0, "ADDRESS", "Check whether ADDRESS is usable", 2, .set = set_address },
	{ "size", 0, "SIZE", "Check a mapping of SIZE bytes at ADDRESS, such as 0x200000 or 2M", 2,
	  .member = offsetof(struct iova_arguments, question.size), .parse = cli_size, .least = 1,
	  .rule = "must be at least 1 byte" },
	{ "align", 0, "SIZE", "Alignment of suggested addresses (default: the smallest page)", 2,
	  .member = offsetof(struct iova_arguments, question.align), .parse = cli_size, .least = 1,
	  .power_of_two = "alignment", .rule = "must be a power of two" },
	{ "errno", 0, "ERRNO", "Explain this error of VFIO_IOMMU_MAP_DMA (EINVAL, -22, 22)", 2,
	  .set = set_errno },
	{ "for", 0, "WHOM",
	  "With --errno, use the limits of user:NAME or unit:NAME (default: the caller)", 2,
	  .member = offsetof(struct iova_arguments, whom) },
	{ 0 },
};

static void check_iova(void *arguments, const struct options *options)
{
	const struct iova_arguments *iova = arguments;
	const struct question *question = &iova->question;

	(void)options;
	if (!iova->has_address && (question->size || question->error || question->align))
		bad_usage("--size, --align and --errno require --at");
	if (question->error && !question->size)
		bad_usage("--errno requires --size");
}

/* Every errno has an answer, if only that its cause is not known. */
static void find_causes(struct context *context, const struct iova_arguments *iova,
			struct findings *findings)
{
	struct memlock memlock = { 0 };
	struct check_input input = { .host = context->host,
				     .query = &iova->query,
				     .memlock = &memlock };

	cli_memlock(context->source, iova->whom, &memlock);
	check_run(&check_family_mapping, &input, findings);
	findings_sort(findings);
	memlock_clear(&memlock);
}

static int answer_iova(struct context *context)
{
	struct iova_arguments *iova = context->arguments;
	const struct group *group = context->selection.groups[0];
	struct question *question = &iova->question;
	const struct failure *failure;
	uint64_t page;
	int status;

	if (iova->probe)
		iova->probed = probe_ranges(context->source, context->host, group, &iova->options);
	space_make(context->host, group, iova->probed, &iova->space);
	iova->answer = (struct iova_answer){ .host = context->host, .space = &iova->space };
	/* The default is one byte, at multiples of a page. */
	page = space_smallest_page(&iova->space);
	question->has_size = question->size;
	if (!question->has_size)
		question->size = 1;
	if (!question->align)
		question->align = page && !(page & (page - 1)) ? page : USUAL_PAGE;
	if (iova->has_address) {
		query_make(&iova->space, question, &iova->query);
		iova->answer.query = &iova->query;
	}
	if (question->error)
		find_causes(context, iova, &iova->answer.findings);
	/* A failed probe counts too: a refusal by the kernel is one of the group. */
	status = query_status(&iova->space, iova->answer.query);
	failure = iova->space.failure;
	return failure && status != EXIT_REFUSED ? failure->status : status;
}

static int print_iova(struct context *context)
{
	const struct iova_arguments *iova = context->arguments;

	return context->options->format->write_iova(context->out, &iova->answer, &context->view);
}

static void finish_iova(void *arguments)
{
	struct iova_arguments *iova = arguments;

	findings_clear(&iova->answer.findings);
	query_clear(&iova->query);
	space_clear(&iova->space);
	probe_free(iova->probed);
	iova->probed = NULL;
}

const struct command command_iova = {
	.name = "iova",
	.summary = "show which DMA addresses are usable, and why others are not",
	.usage = "SUBJECT",
	.doc = "Show which DMA addresses (IOVA) of a group are usable, and why others are not. "
	       "With --at, check one address and suggest others; with --errno, explain a failed "
	       "mapping. Only reads; --probe asks the kernel. Sizes are written as 4096, 0x1000, "
	       "4K or 4KiB.",
	.statuses = "0 usable, 1 usable by inference, 2 not usable, 3 not known",
	.options = iova_options,
	.takes = TAKES_HOST | TAKES_COLOR | TAKES_OUTPUT,
	.operand = OPERAND_GROUP,
	.min = 1,
	.max = 1,
	.formats = { &format_text, &format_json },
	.reads = READS_HOST,
	.needs = PRIVILEGE_READ,
	.size = sizeof(struct iova_arguments),
	.check = check_iova,
	.work = answer_iova,
	.print = print_iova,
	.finish = finish_iova,
};
