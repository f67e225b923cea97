/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag bench: measure the cost of DMA mapping. */
#include "probe/bench.h"

#include <stddef.h>

#include "base/text.h"
#include "cli/cli.h"
#include "iova/words.h"
#include "view/view.h"

#define USUAL_MEMORY (UINT64_C(64) << 30)

/** struct bench_arguments - the command line, and what was measured. */
struct bench_arguments {
	struct bench_options options;
	uint64_t memory;
	struct bench *bench;
};

static const struct bench_arguments bench_default = { .memory = USUAL_MEMORY };

static const struct cli_option bench_option[] = {
	{ "limit", 0, "SIZE",
	  "Pin at most SIZE at once (default: 256M), and at most a quarter of the available memory and what may be locked",
	  1, .member = offsetof(struct bench_arguments, options.limit), .parse = cli_memory,
	  .least = 1, .rule = "must not be 0" },
	{ "memory", 0, "SIZE", "Estimate the time for a guest with this much memory (default: 64G)",
	  1, .member = offsetof(struct bench_arguments, memory), .parse = cli_guest_size },
	{ "force", 0, NULL, "Include groups with ISM functions", 1,
	  .member = offsetof(struct bench_arguments, options.probe.force) },
	{ 0 },
};

static void show_progress(void *context, const struct bench_series *series, uint64_t size)
{
	char text[16];

	cli_progress(context, "measuring %s of %s pages", words_of_bytes(text, sizeof(text), size),
		     bench_pages_name(series->pages));
}

static int measure(struct context *context)
{
	static const char *const bounds[] = {
		[BENCH_BY_DEFAULT] = "the default of --limit",
		[BENCH_BY_LIMIT] = "set by --limit",
		[BENCH_BY_AVAILABLE] = "a quarter of the available memory",
		[BENCH_BY_GROUP] = "a quarter of what the cgroup leaves",
		[BENCH_BY_MEMLOCK] = "limited by RLIMIT_MEMLOCK",
		[BENCH_BY_WINDOW] = "limited by the IOVA space",
	};
	struct bench_arguments *arguments = context->arguments;
	struct bench_options *options = &arguments->options;
	char limit[16], available[16];
	bool force = options->probe.force;
	struct bench *bench;

	options->probe = cli_probe_options(context->options);
	options->probe.force = force;
	options->progress = show_progress;
	options->context = (void *)context->options;
	bench = bench_prepare(context->source, context->host, context->selection.groups[0],
			      options);
	if (!bench->probe->failure.step) {
		/* The amount is announced before any memory is pinned. */
		if (!context->options->quiet)
			complain("pinning up to %s of memory at once (%s); %s available",
				 words_of_bytes(limit, sizeof(limit), bench->limit.bytes),
				 bounds[bench->limit.bound],
				 words_of_bytes(available, sizeof(available), bench->available));
		bench_run(context->source, context->host, bench, options);
		cli_progress(context->options, NULL);
	}
	arguments->bench = bench;
	return bench_status(bench);
}

static int print_bench(struct context *context)
{
	const struct bench_arguments *arguments = context->arguments;
	struct bench_answer answer = { .host = context->host,
				       .bench = arguments->bench,
				       .memory = arguments->memory };

	complain_failure(context, &arguments->bench->probe->failure);
	return context->options->format->write_bench(context->out, &answer, &context->view);
}

static void finish_bench(void *arguments)
{
	struct bench_arguments *bench = arguments;

	bench_free(bench->bench);
	bench->bench = NULL;
}

const struct command command_bench = {
	.name = "bench",
	.summary = "measure the cost of DMA mapping",
	.usage = "SUBJECT",
	.doc = "Measure the cost of DMA mapping on this host: map and unmap growing sizes of "
	       "memory in small, transparent huge and explicit huge pages through VFIO, and "
	       "estimate how long it takes to pin a guest. Everything is undone; no device is "
	       "opened or reset, and no huge pages are reserved.",
	.statuses = "0 measured, 2 refused by the kernel, 3 could not be measured",
	.options = bench_option,
	.takes = TAKES_FROM | TAKES_RECORD | TAKES_COLOR | TAKES_VERBOSE | TAKES_QUIET |
		 TAKES_OUTPUT | TAKES_PAGE_TABLE,
	.operand = OPERAND_GROUP,
	.min = 1,
	.max = 1,
	.formats = { &format_text, &format_json },
	.reads = READS_HOST,
	.needs = PRIVILEGE_READ | PRIVILEGE_PROBE,
	.size = sizeof(struct bench_arguments),
	.defaults = &bench_default,
	.work = measure,
	.print = print_bench,
	.finish = finish_bench,
};
