/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag iova: show which DMA addresses of a group are usable, and why others are not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/worker.h"
#include "model/limits.h"
#include "probe/probe.h"
#include "space/query.h"
#include "view/answer.h"

/* The page size if neither the host nor the container tells it. */
#define USUAL_PAGE 4096

struct iova_arguments {
	struct options common;
	const struct answer_format *format;
	struct probe_options options;
	struct subjects subjects;
	bool probe;
	bool has_address;
	bool has_align;
	const char *whom;
	struct question question;
};

enum { KEY_FORMAT = 0x200, KEY_PROBE, KEY_AT, KEY_SIZE, KEY_ALIGN, KEY_ERRNO, KEY_FOR, KEY_FORCE };

static const struct argp_option iova_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "Output format: text (default) or json (schema vfiodiag/1)", 1 },
	{ "probe", KEY_PROBE, NULL, 0,
	  "Ask the kernel for the allowed ranges (sets up a container, maps nothing)", 1 },
	{ "force", KEY_FORCE, NULL, 0, "With --probe, include groups with ISM functions", 1 },
	{ "at", KEY_AT, "ADDRESS", 0, "Check whether ADDRESS is usable", 2 },
	{ "size", KEY_SIZE, "SIZE", 0,
	  "Check a mapping of SIZE bytes at ADDRESS, such as 0x200000 or 2M", 2 },
	{ "align", KEY_ALIGN, "SIZE", 0,
	  "Alignment of suggested addresses (default: the smallest page)", 2 },
	{ "errno", KEY_ERRNO, "ERRNO", 0,
	  "Explain this error of VFIO_IOMMU_MAP_DMA (EINVAL, -22, 22)", 2 },
	{ "for", KEY_FOR, "WHOM", 0,
	  "With --errno, use the limits of user:NAME or unit:NAME (default: the caller)", 2 },
	{ 0 },
};

static int parse_errno(const char *word)
{
	int error = text_to_errno(word);

	if (error < 0)
		bad_usage("unknown errno '%s': expected a name or number, such as EINVAL or -22",
			  word);
	return error;
}

static uint64_t parse_align(const char *word)
{
	uint64_t align = cli_size("--align", word);

	if (!align || align & (align - 1))
		bad_usage("invalid alignment '%s': must be a power of two", word);
	return align;
}

static error_t parse_question(int key, char *arg, struct iova_arguments *arguments)
{
	struct question *question = &arguments->question;

	switch (key) {
	case KEY_AT:
		question->address = cli_size("--at", arg);
		arguments->has_address = true;
		return 0;
	case KEY_SIZE:
		question->size = cli_size("--size", arg);
		if (!question->size)
			bad_usage("invalid size '0' for --size: must be at least 1 byte");
		question->has_size = true;
		return 0;
	case KEY_ALIGN:
		question->align = parse_align(arg);
		arguments->has_align = true;
		return 0;
	case KEY_ERRNO:
		question->error = parse_errno(arg);
		return 0;
	case KEY_FOR:
		arguments->whom = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_iova(int key, char *arg, struct argp_state *state)
{
	struct iova_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = cli_answer_format(arg);
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_FORCE:
		arguments->options.force = true;
		return 0;
	default:
		return parse_question(key, arg, arguments);
	}
}

static const struct argp_child iova_children[] = { { &common_argp, 0, NULL, 0 },
						   { &words_argp, 0, NULL, 0 },
						   { 0 } };

static const struct argp iova_argp = {
	.options = iova_argp_options,
	.parser = parse_iova,
	.args_doc = "SUBJECT",
	.doc = "Show which DMA addresses (IOVA) of a group are usable, and why others are not. "
	       "With --at, check one address and suggest others; with --errno, explain a failed "
	       "mapping. Only reads; --probe asks the kernel. SUBJECT is a group number, a PCI "
	       "address or a network interface. Sizes are written as 4096, 0x1000, 4K or "
	       "4KiB.\vExit status: 0 usable, 1 usable by inference, 2 not usable, 3 not known, "
	       "64 usage error.",
	.children = iova_children,
};

static void check_arguments(const struct iova_arguments *arguments)
{
	const struct question *question = &arguments->question;

	if (arguments->subjects.n_words != 1)
		bad_usage(
			"exactly one SUBJECT is required: a group number or a device (see 'vfiodiag list')");
	if (!arguments->has_address &&
	    (question->has_size || question->error || arguments->has_align))
		bad_usage("--size, --align and --errno require --at");
	if (question->error && !question->has_size)
		bad_usage("--errno requires --size");
	if (arguments->probe && arguments->common.sysroot)
		bad_usage("--probe requires a live host or a capture, not --sysroot");
}

/* Fill in the default size and alignment: one byte, at multiples of a page. */
static void complete_question(const struct space *space, struct iova_arguments *arguments)
{
	struct question *question = &arguments->question;
	uint64_t page = space_smallest_page(space);

	if (!question->has_size)
		question->size = 1;
	if (!arguments->has_align)
		question->align = page && !(page & (page - 1)) ? page : USUAL_PAGE;
}

/* MAP_DMA fails with few errnos; any other did not come from it. */
static void check_causes(const struct query *query)
{
	if (query->question.error && !query->causes.count)
		bad_usage(
			"VFIO_IOMMU_MAP_DMA does not fail with %s (only with EINVAL, EEXIST, ENOSPC, "
			"ENOMEM, EFAULT or EOVERFLOW)",
			strerrorname_np(query->question.error));
}

/* Answer the question; NULL if only the space was requested. */
static const struct query *ask(struct source *source, const struct space *space,
			       struct iova_arguments *arguments, struct query *query)
{
	struct memlock memlock = { 0 };

	if (!arguments->has_address)
		return NULL;
	complete_question(space, arguments);
	if (arguments->question.error)
		cli_memlock(source, arguments->whom, &memlock);
	arguments->question.memlock = &memlock;
	query_make(space, &arguments->question, query);
	query->question.memlock = arguments->question.memlock = NULL;
	memlock_clear(&memlock);
	check_causes(query);
	return query;
}

static int status_of(const struct iova_answer *answer)
{
	const struct failure *failure = answer->space->failure;
	int status = query_status(answer->space, answer->query);

	/* A failed probe counts too: a refusal by the kernel is one of the group. */
	return failure && status != EXIT_REFUSED ? failure->status : status;
}

static int answer(struct source *source, const struct host *host, const struct group *group,
		  struct iova_arguments *arguments)
{
	struct view_options view = { .color = cli_color(&arguments->common),
				     .width = cli_width(),
				     .verbose = arguments->common.verbose };
	struct probe *probe = NULL;
	struct iova_answer answer = { .host = host };
	struct query query = { 0 };
	struct space space;
	int status;

	if (arguments->probe)
		probe = probe_ranges(source, host, group, &arguments->options);
	space_make(host, group, probe, &space);
	answer.space = &space;
	answer.query = ask(source, &space, arguments, &query);
	status = status_of(&answer);
	cli_limit_printing(&arguments->common);
	if (!source_problem(source))
		arguments->format->write_iova(stdout, &answer, &view);
	query_clear(&query);
	space_clear(&space);
	probe_free(probe);
	return status;
}

static int answer_host(void *context)
{
	struct iova_arguments *arguments = context;
	struct selection selection = { 0 };
	struct source *source = cli_open(&arguments->common);
	struct host *host = cli_scan(source, false);
	int status;

	status = answer(source, host, cli_group(source, host, &arguments->subjects, &selection),
			arguments);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, cli_flush(status));
}

static int run_iova(int argc, char **argv, const struct options *options)
{
	struct iova_arguments arguments = { .common = *options, .format = &answer_format_text };

	cli_parse(&iova_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.probe)
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_PROBE;
	check_arguments(&arguments);
	return worker_answer(&arguments.common, answer_host, &arguments);
}

const struct command command_iova = {
	.name = "iova",
	.summary = "show which DMA addresses are usable, and why others are not",
	.needs = PRIVILEGE_READ | PRIVILEGE_PROBE,
	.run = run_iova,
};
