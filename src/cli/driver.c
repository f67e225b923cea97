/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one driver of all commands. What a command declares (struct command) is done here, in this
 * order: parse, check, open, read, select, work, drop privileges, judge, print, close. Where the
 * source is a capture, all from opening on is done by a child without privileges (worker.h), and
 * its parent writes the output.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "base/writer.h"
#include "check/ungrouped.h"
#include "cli/captures.h"
#include "cli/cli.h"
#include "cli/examine.h"
#include "cli/output.h"
#include "cli/worker.h"
#include "view/view.h"

/**
 * struct run - a command line that is carried out.
 * @inputs: the captures, open; one that is lost has its problem in @lost, which is else NULL
 * @here: this host, if a command about several has too few captures
 * @is_each: a row is printed for each capture
 * @at: index of the capture that the row is about
 */
struct run {
	const struct command *command;
	struct options options;
	void *arguments;
	struct captures captures;
	struct capture_input *inputs;
	char **lost;
	struct examination here;
	bool is_each;
	size_t at;
};

/* Parsing */

static const char *output_path(const struct run *run)
{
	return run->options.output ? run->options.output : "-";
}

static void add_captures(struct run *run, const char *word)
{
	const struct command *command = run->command;
	bool may_be_several = command->takes & TAKES_EACH ||
			      (command->operand == OPERAND_CAPTURE && command->max > 2);

	if (may_be_several)
		captures_add(&run->captures, word);
	else
		captures_name(&run->captures, word);
}

static void find_captures(struct run *run)
{
	const struct options *options = &run->options;
	const struct subjects *subjects = &options->subjects;
	bool are_words = run->command->operand == OPERAND_CAPTURE && subjects->n_words;

	if (are_words && options->n_captures)
		bad_usage("--from cannot be used with CAPTURE");
	for (size_t i = 0; i < options->n_captures; i++)
		add_captures(run, options->captures[i]);
	for (int i = 0; are_words && i < subjects->n_words; i++)
		add_captures(run, subjects->words[i]);
	if (are_words && run->captures.count >= run->command->n_hosts &&
	    (options->sysroot || options->record))
		bad_usage("--sysroot and --record cannot be used with %s",
			  run->command->n_hosts > 1 ? "two captures" : "CAPTURE");
}

static void check_rows(struct run *run)
{
	const struct options *options = &run->options;

	if (!(run->command->takes & TAKES_EACH))
		return;
	run->is_each = run->captures.several || options->each;
	if (!run->is_each)
		return;
	if (!run->captures.count)
		bad_usage("--each requires --from");
	if (!output_is_stdout(output_path(run)))
		bad_usage("--output cannot be used with several captures");
	if (options->subjects.n_words)
		bad_usage("unexpected argument '%s': SUBJECT cannot be used with several captures",
			  options->subjects.words[0]);
	if (!options->format->write_row)
		bad_usage("--format %s cannot be used with several captures: use text or jsonl",
			  options->format->name);
}

static void check_privileges(struct run *run)
{
	struct options *options = &run->options;
	bool is_named = run->command->name_file && !options->output;
	bool has_states = run->command->details &&
			  run->command->details(run->arguments) & HOST_STATES;

	/* The process that uses a device is part of its state. */
	if (has_states)
		options->needs |= PRIVILEGE_LOOK;
	if (options->needs & PRIVILEGE_PROBE && options->sysroot)
		bad_usage("--probe requires a live host or a capture, not --sysroot");
	if (is_named || !output_is_stdout(output_path(run)))
		options->needs |= PRIVILEGE_WRITE;
	output_check(is_named ? "./name" : output_path(run));
}

static void parse(struct run *run, int argc, char **argv)
{
	const struct command *command = run->command;
	struct options *options = &run->options;

	run->arguments = xcalloc(1, command->size);
	if (command->defaults)
		memcpy(run->arguments, command->defaults, command->size);
	options->command = command;
	options->format = command->formats[0];
	options->needs = command->needs;
	options->policy = policy_default;
	arguments_parse(argc, argv, options, run->arguments);
	arguments_check(options);
	if (command->check)
		command->check(run->arguments, options);
	check_privileges(run);
	find_captures(run);
	check_rows(run);
}

/* Printing */

static struct context context_make(struct run *run)
{
	bool is_shown = output_is_stdout(output_path(run));

	return (struct context){
		.options = &run->options,
		.arguments = run->arguments,
		.view = { .color = is_shown && cli_color(&run->options),
			  .width = is_shown ? cli_width() : 0,
			  .verbose = run->options.verbose },
		.path = output_path(run),
		.is_row = run->is_each,
		.is_first = run->at == 0,
	};
}

/* Return: @error, after a message. */
static int tell_unwritten(const struct context *context, const char *reason, int error)
{
	complain("cannot write '%s': %s", context->path,
		 context->problem ? context->problem : reason);
	return error;
}

/* With one write: all is there, or nothing. Return: 0; or a negative errno after a message. */
static int print_at_once(const struct command *command, struct context *context)
{
	struct writer writer;
	int ret;

	writer_open(&writer);
	context->out = writer.out;
	ret = command->print(context);
	writer_close(&writer);
	ret = ret < 0 ? tell_unwritten(context, strerror(-ret), ret)
		      : output_write(writer.text, writer.len);
	free(writer.text);
	return ret;
}

static int print_into_file(const struct command *command, struct context *context)
{
	struct output output;
	int ret = output_open(&output, context->path,
			      command->is_private ? OUTPUT_PRIVATE : OUTPUT_SHARED);
	long size = 0;
	int closed;

	if (ret >= 0) {
		context->out = output.file;
		ret = command->print(context);
		size = ftell(output.file);
		closed = output_close(&output, ret >= 0);
		ret = closed < 0 ? closed : ret;
	}
	if (ret < 0)
		return tell_unwritten(context, output_reason(&output, ret), ret);
	if (command->written)
		command->written(context->options, context->path, size);
	return 0;
}

static int unwritten(const struct command *command)
{
	return command->unwritten ? command->unwritten : EXIT_UNWRITTEN;
}

/* Return: @status; or, after a message, that of an output that could not be written. */
static int print(struct run *run, struct context *context, int status)
{
	const struct command *command = run->command;
	const struct format *format = run->options.format;
	_cleanup_free_ char *name = NULL;
	int ret;

	if (command->name_file && !run->options.output)
		context->path = name = command->name_file(context);
	if (name)
		worker_name(name);
	if (worker_is_here()) {
		/* A pipe that the parent reads. */
		context->out = stdout;
		ret = command->print(context);
		if (ret < 0)
			tell_unwritten(context, strerror(-ret), ret);
	} else if (output_is_stdout(context->path)) {
		ret = print_at_once(command, context);
	} else {
		ret = print_into_file(command, context);
	}
	if (ret < 0)
		return output_is_stdout(context->path) ? EXIT_UNMEASURED : unwritten(command);
	return format && format->always_success ? EXIT_OBSERVED : status;
}

/* One host */

static void read_host(const struct run *run, struct context *context)
{
	const struct command *command = run->command;
	const struct format *format = run->options.format;
	unsigned int details = command->details ? command->details(run->arguments)
						: HOST_ALL_DETAILS;

	if (format && command->reads == READS_READINESS)
		details &= ~format->unused;
	context->host = cli_scan(context->source, details, command->reads == READS_READINESS);
	if (command->reads == READS_HOST && details & HOST_STATES)
		cli_scan_states(context->source, context->host);
	for (size_t i = 0; !command->tells_unread && i < context->host->n_unread; i++) {
		if (context->host->unread[i].error == ETIMEDOUT)
			complain("cannot read %s: %s", context->host->unread[i].path,
				 error_text(ETIMEDOUT));
	}
}

static void select_groups(const struct run *run, struct context *context)
{
	const struct command *command = run->command;
	const struct subjects *subjects = &run->options.subjects;
	struct selection *selection = &context->selection;

	cli_select(context->source, context->host, subjects, selection);
	/* The word is right, and the device is there: what is missing is the machine's. */
	if (command->operand == OPERAND_GROUP && selection->n_devices &&
	    !command->judges_groupless) {
		const struct device *device = selection->devices[0];
		enum ungrouped cause = ungrouped_cause(context->host, device);
		char *reason = ungrouped_reason(context->host, device);

		complain("%s%s: %s", device->address,
			 cause == UNGROUPED_NOT_SEEN ? " may be in a group" : " cannot be assigned",
			 reason);
		free(reason);
		exit(EXIT_UNMEASURED);
	}
	if (command->operand == OPERAND_GROUP && command->max == 1 && selection->n_groups > 1)
		bad_usage("'%s' is in %zu IOMMU groups: name one of them, such as %u",
			  subjects->words[0], selection->n_groups, selection->groups[0]->id);
	if (!subjects->n_words && command->select)
		command->select(context);
}

static int work(const struct run *run, struct context *context)
{
	const struct command *command = run->command;

	if (command->reads == READS_HOST || command->reads == READS_READINESS) {
		read_host(run, context);
		select_groups(run, context);
		if (command->reads == READS_READINESS)
			cli_scan_selected(context->source, context->host, context->selection.groups,
					  context->selection.n_groups);
	}
	return command->work ? command->work(context) : EXIT_OBSERVED;
}

/* A row says why there is no report; without rows, the message is all. */
static void tell_problem(const struct run *run, struct context *context)
{
	const char *problem = context->source ? source_problem(context->source) : NULL;

	if (run->is_each && !context->problem && problem)
		context->problem = xstrdup(problem);
	if (!context->problem)
		return;
	if (!run->is_each)
		bad_usage("%s", context->problem);
	if (context->source) {
		char *named = xasprintf("'%s': %s", run->options.from, context->problem);

		free(context->problem);
		context->problem = named;
	}
}

static int close_host(const struct run *run, struct context *context, int status)
{
	if (run->command->finish)
		run->command->finish(run->arguments);
	selection_clear(&context->selection);
	if (context->host)
		host_free(context->host);
	free(context->problem);
	if (!context->source)
		return status;
	if (!run->is_each)
		return cli_close(context->source, status);
	source_close(context->source);
	return status;
}

/* Answer about this host, or about the capture of @options. In the child, or without one. */
static int answer_host(void *data)
{
	struct run *run = data;
	const struct command *command = run->command;
	struct context context = context_make(run);
	int status = EXIT_UNMEASURED;

	if (run->is_each)
		context.source = cli_try_open(&run->options, &context.problem);
	else if (command->reads != READS_NOTHING)
		context.source = cli_open(&run->options);
	if (!context.problem)
		status = work(run, &context);
	if (context.source)
		source_save(context.source);
	cli_limit_printing(&run->options);
	tell_problem(run, &context);
	if (context.problem)
		status = EXIT_UNMEASURED;
	else if (command->judge)
		status = command->judge(&context, status);
	if (command->print && (run->is_each || !context.source || !source_problem(context.source)))
		status = print(run, &context, status);
	return close_host(run, &context, status);
}

/* Several hosts */

/* One that cannot be read is left out. Return: the worst status. */
static int read_hosts(struct run *run, struct context *context)
{
	int status = EXIT_OBSERVED;

	for (size_t i = 0; i < run->captures.count; i++) {
		struct examination host;

		if (!run->lost[i])
			worker_at(i);
		if (run->lost[i] || examine(&run->options, run->captures.paths[i], &run->inputs[i],
					    &host) != EXIT_OBSERVED)
			status = EXIT_UNMEASURED;
		else
			APPEND(context->hosts, context->n_hosts, host);
	}
	if (run->here.host)
		APPEND(context->hosts, context->n_hosts, run->here);
	return status;
}

/* Answer about all captures together, and this host where it is one of them. */
static int answer_hosts(void *data)
{
	struct run *run = data;
	struct context context = context_make(run);
	int status = read_hosts(run, &context);
	int answered = EXIT_OBSERVED;

	cli_progress(&run->options, NULL);
	cli_limit_printing(&run->options);
	if (context.n_hosts >= run->command->n_hosts) {
		if (run->command->judge)
			answered = run->command->judge(&context, answered);
		answered = print(run, &context, answered);
	}
	for (size_t i = 0; i < context.n_hosts; i++)
		examination_clear(&context.hosts[i]);
	free(context.hosts);
	run->here = (struct examination){ 0 };
	if (run->command->finish)
		run->command->finish(run->arguments);
	return status == EXIT_OBSERVED ? answered : status;
}

/* Captures, read by a child */

static void open_captures(struct run *run, size_t first, size_t count)
{
	const struct captures *captures = &run->captures;
	struct rlimit limit;

	/* Archives stay open until the output is written, so allow as many as possible. */
	if (count > 1 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = first; i < first + count; i++)
		worker_open(&run->options, captures->paths[i], captures->is_listed[i],
			    &run->inputs[i]);
	run->options.from = captures->paths[first];
	run->options.input = &run->inputs[first];
}

static void close_captures(struct run *run, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		capture_input_close(&run->inputs[i]);
	run->options.input = NULL;
}

static struct job job_make(struct run *run, size_t first, size_t count)
{
	bool are_hosts = run->command->reads == READS_HOSTS;

	return (struct job){ .options = &run->options,
			     .work = are_hosts ? answer_hosts : answer_host,
			     .context = run,
			     .paths = &run->captures.paths[first],
			     .inputs = &run->inputs[first],
			     .count = count,
			     .progress = !run->is_each && run->command->takes & TAKES_QUIET };
}

/* Tell if there can be an answer without one of the captures that are left. */
static bool can_leave_out(const struct run *run)
{
	size_t left = 0;

	for (size_t i = 0; i < run->captures.count; i++)
		left += !run->lost[i];
	return left > 1 && run->command->reads == READS_HOSTS &&
	       left - 1 + (run->here.host != NULL) >= run->command->n_hosts;
}

/* Write the output of the child, as print() does. */
static int save(const struct run *run, const struct outcome *outcome)
{
	const struct command *command = run->command;
	bool is_named = command->name_file && !run->options.output;
	const char *path = is_named ? outcome->name : output_path(run);
	const char *problem = NULL;
	int status;

	/* Without an answer there is no file. */
	if (!outcome->problem && !outcome->len)
		return outcome->status;
	if (is_named && !outcome->problem)
		problem = command->name_problem(path);
	if (problem) {
		complain("'%s': %s: name a file with --output", run->options.from, problem);
		return EXIT_UNMEASURED;
	}
	status = worker_save(outcome, path, command->is_private ? OUTPUT_PRIVATE : OUTPUT_SHARED,
			     unwritten(command));
	if (status == EXIT_OBSERVED && command->written)
		command->written(&run->options, path, (long)outcome->len);
	return status;
}

static int answer_in_child(struct run *run)
{
	size_t count = run->captures.count;
	struct job job = job_make(run, 0, count);
	_cleanup_free_ uint64_t *loads = NULL;
	struct outcome outcome;
	int status;

	open_captures(run, 0, count);
	worker_run(&job, &outcome);
	while (outcome.problem && can_leave_out(run)) {
		worker_leave_out(&job, run->lost, &loads, &outcome);
		worker_run(&job, &outcome);
	}
	close_captures(run, 0, count);
	cli_limit_printing(&run->options);
	status = save(run, &outcome);
	outcome_clear(&outcome);
	return status;
}

/* Each capture has its own child, so that a crash costs one row. Return: the worst status. */
static int answer_each(struct run *run)
{
	const struct captures *captures = &run->captures;
	int worst = EXIT_OBSERVED;
	int ret = 0;

	for (run->at = 0; ret >= 0 && run->at < captures->count; run->at++) {
		struct job job = job_make(run, run->at, 1);
		struct context context = context_make(run);
		struct outcome outcome;

		cli_progress(&run->options, "reading %s (%zu of %zu)", captures->paths[run->at],
			     run->at + 1, captures->count);
		open_captures(run, run->at, 1);
		worker_run(&job, &outcome);
		close_captures(run, run->at, 1);
		cli_progress(&run->options, NULL);
		/* The row names what ended the child. */
		context.problem = outcome.problem;
		ret = outcome.problem ? print_at_once(run->command, &context)
				      : worker_print(&outcome);
		worst = cli_worse(worst, outcome.problem ? EXIT_UNMEASURED : outcome.status);
		outcome_clear(&outcome);
	}
	cli_limit_printing(&run->options);
	return ret < 0 ? EXIT_UNMEASURED : worst;
}

static void run_clear(struct run *run)
{
	examination_clear(&run->here);
	for (size_t i = 0; i < run->captures.count; i++)
		free(run->lost[i]);
	free(run->lost);
	free(run->inputs);
	captures_clear(&run->captures);
	policy_clear(&run->options.policy);
	free(run->options.captures);
	if (run->command->clear)
		run->command->clear(run->arguments);
	free(run->arguments);
}

int driver_run(const struct command *command, int argc, char **argv, const struct options *options)
{
	struct run run = { .command = command, .options = *options };
	int status = EXIT_OBSERVED;

	parse(&run, argc, argv);
	run.inputs = xcalloc(run.captures.count, sizeof(*run.inputs));
	run.lost = xcalloc(run.captures.count, sizeof(*run.lost));
	/* Read this host, where a command about several has too few captures. */
	if (command->reads == READS_HOSTS && run.captures.count < command->n_hosts) {
		run.options.capture_follows = run.captures.count > 0;
		cli_progress(&run.options, "reading this host");
		status = examine(&run.options, NULL, NULL, &run.here);
		run.options.capture_follows = false;
		cli_progress(&run.options, NULL);
	}
	if (status != EXIT_OBSERVED)
		cli_limit_printing(&run.options);
	else if (run.is_each)
		status = answer_each(&run);
	else if (run.captures.count)
		status = answer_in_child(&run);
	else if (command->reads == READS_HOSTS)
		status = answer_hosts(&run);
	else
		status = answer_host(&run);
	run_clear(&run);
	return cli_flush(status);
}
