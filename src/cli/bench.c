/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag bench: measure the cost of DMA mapping. */
#include "probe/bench.h"

#include <stdlib.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/worker.h"
#include "space/layout.h"
#include "space/words.h"
#include "view/answer.h"

#define USUAL_MEMORY (UINT64_C(64) << 30)

struct bench_arguments {
	struct options common;
	const struct answer_format *format;
	struct bench_options options;
	struct subjects subjects;
	uint64_t memory;
};

enum { KEY_FORMAT = 0x200, KEY_LIMIT, KEY_MEMORY, KEY_FORCE };

static const struct argp_option bench_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "Output format: text (default) or json (schema vfiodiag/1)", 1 },
	{ "limit", KEY_LIMIT, "SIZE", 0,
	  "Pin at most SIZE at once (default: 256M), and at most a quarter of the "
	  "available memory and what may be locked",
	  1 },
	{ "memory", KEY_MEMORY, "SIZE", 0,
	  "Estimate the time for a guest with this much memory (default: 64G)", 1 },
	{ "force", KEY_FORCE, NULL, 0, "Include groups with ISM functions", 1 },
	{ 0 },
};

static uint64_t parse_memory(const char *word)
{
	uint64_t memory = cli_memory("--memory", word);

	if (!memory || memory > GUEST_SIZE_MAX)
		bad_usage("invalid size '%s' for --memory: must be between 1 byte and 4 PiB", word);
	return memory;
}

static uint64_t parse_limit(const char *word)
{
	uint64_t limit = cli_memory("--limit", word);

	if (!limit)
		bad_usage("invalid size '%s' for --limit: must not be 0", word);
	return limit;
}

static error_t parse_bench(int key, char *arg, struct argp_state *state)
{
	struct bench_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = cli_answer_format(arg);
		return 0;
	case KEY_LIMIT:
		arguments->options.limit = parse_limit(arg);
		return 0;
	case KEY_MEMORY:
		arguments->memory = parse_memory(arg);
		return 0;
	case KEY_FORCE:
		arguments->options.force = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child bench_children[] = { { &common_argp, 0, NULL, 0 },
						    { &words_argp, 0, NULL, 0 },
						    { 0 } };

static const struct argp bench_argp = {
	.options = bench_argp_options,
	.parser = parse_bench,
	.args_doc = "SUBJECT",
	.doc = "Measure the cost of DMA mapping on this host: map and unmap growing sizes of "
	       "memory in small, transparent huge and explicit huge pages through VFIO, and "
	       "estimate how long it takes to pin a guest. Everything is undone; no device is "
	       "opened or reset, and no huge pages are reserved. SUBJECT is a group number, a "
	       "PCI address or a network interface.\vExit status: 0 measured, 2 refused by the "
	       "kernel, 3 could not be measured, 64 usage error.",
	.children = bench_children,
};

static void check_arguments(const struct bench_arguments *arguments)
{
	if (!arguments->subjects.n_words)
		bad_usage("SUBJECT is required: a group number or a device (see 'vfiodiag list')");
	if (arguments->subjects.n_words > 1)
		bad_usage("unexpected argument '%s': bench measures one group",
			  arguments->subjects.words[1]);
	if (arguments->common.sysroot)
		bad_usage("bench requires a live host or a capture, not --sysroot");
}

/* Describe what bounds the memory, for the announcement. */
static const char *bound_words(enum bench_bound bound)
{
	static const char *const words[] = {
		[BENCH_BY_DEFAULT] = "the default of --limit",
		[BENCH_BY_LIMIT] = "set by --limit",
		[BENCH_BY_AVAILABLE] = "a quarter of the available memory",
		[BENCH_BY_GROUP] = "a quarter of what the cgroup leaves",
		[BENCH_BY_MEMLOCK] = "limited by RLIMIT_MEMLOCK",
		[BENCH_BY_WINDOW] = "limited by the IOVA space",
	};

	return words[bound];
}

/* Announce the amount before any memory is pinned. */
static void announce(const struct bench_arguments *arguments, const struct bench *bench)
{
	char limit[16], available[16];

	if (arguments->common.quiet)
		return;
	complain("pinning up to %s of memory at once (%s); %s available",
		 words_of_bytes(limit, sizeof(limit), bench->limit.bytes),
		 bound_words(bench->limit.bound),
		 words_of_bytes(available, sizeof(available), bench->available));
}

static void show_progress(void *context, const struct bench_series *series, uint64_t size)
{
	char text[16];

	cli_progress(context, "measuring %s of %s pages", words_of_bytes(text, sizeof(text), size),
		     bench_pages_name(series->pages));
}

/* Print the failure on standard error too if the report goes into a file or a pipe. */
static void complain_failure(const struct bench *bench)
{
	const struct failure *failure = &bench->probe->failure;

	if (failure->step && !cli_is_terminal())
		complain("%s%s%s", failure->message, failure->hint ? "; " : "",
			 failure->hint ? failure->hint : "");
}

static int measure(struct source *source, struct host *host, const struct group *group,
		   struct bench_arguments *arguments)
{
	struct view_options view = { .color = cli_color(&arguments->common),
				     .width = cli_width(),
				     .verbose = arguments->common.verbose };
	struct bench_answer answer = { .host = host, .memory = arguments->memory };
	struct bench *bench;
	int status;

	arguments->options.progress = show_progress;
	arguments->options.context = &arguments->common;
	bench = bench_prepare(source, host, group, &arguments->options);
	if (!bench->probe->failure.step) {
		announce(arguments, bench);
		bench_run(source, host, bench, &arguments->options);
		cli_progress(&arguments->common, NULL);
	}
	status = bench_status(bench);
	cli_limit_printing(&arguments->common);
	answer.bench = bench;
	if (!source_problem(source)) {
		arguments->format->write_bench(stdout, &answer, &view);
		fflush(stdout);
		complain_failure(bench);
	}
	bench_free(bench);
	return status;
}

static int bench_host(void *context)
{
	struct bench_arguments *arguments = context;
	struct selection selection = { 0 };
	struct source *source = cli_open(&arguments->common);
	struct host *host = cli_scan(source, false);
	int status;

	status = measure(source, host, cli_group(source, host, &arguments->subjects, &selection),
			 arguments);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, cli_flush(status));
}

static int run_bench(int argc, char **argv, const struct options *options)
{
	struct bench_arguments arguments = { .common = *options,
					     .format = &answer_format_text,
					     .memory = USUAL_MEMORY };

	cli_parse(&bench_argp, argc, argv, 0, NULL, &arguments);
	check_arguments(&arguments);
	return worker_answer(&arguments.common, bench_host, &arguments);
}

const struct command command_bench = {
	.name = "bench",
	.summary = "measure the cost of DMA mapping",
	.needs = PRIVILEGE_READ | PRIVILEGE_PROBE,
	.run = run_bench,
};
