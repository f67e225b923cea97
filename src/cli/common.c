/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by all commands: common options, messages, the source, subjects. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/text.h"
#include "check/check.h"
#include "check/state.h"
#include "cli/output.h"
#include "cli/worker.h"
#include "model/probe.h"
#include "vfio/vfio.h"

/* "vfiodiag", or "vfiodiag list" once a command is known. */
static const char *tool_name = "vfiodiag";

__attribute__((format(printf, 1, 0))) static void print_message(const char *format, va_list ap)
{
	char *sentence = NULL;

	/* Messages quote the command line, which must not control the terminal. */
	if (vasprintf(&sentence, format, ap) < 0)
		out_of_memory();
	fprintf(stderr, "%s: %s\n", tool_name, text_clean(sentence));
	free(sentence);
}

void complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(format, ap);
	va_end(ap);
}

void bad_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(format, ap);
	va_end(ap);
	exit(EXIT_BADUSAGE);
}

void give_up(int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(format, ap);
	va_end(ap);
	exit(is_accident(error) ? EXIT_UNMEASURED : EXIT_BADUSAGE);
}

/* Alone on its line, without the name of the tool, to be pasted. */
static void complain_command(const struct fix_command *command)
{
	fprintf(stderr, "        %s\n", command->text);
}

void complain_failure(const struct context *context, const struct failure *failure)
{
	if (!failure->step || (cli_is_terminal() && output_is_stdout(context->path)))
		return;
	complain("%s%s%s", failure->message, failure->hint ? "; " : "",
		 failure->hint ? failure->hint : "");
	if (failure->command.text)
		complain_command(&failure->command);
}

void complain_no_iommu(const struct host *host)
{
	struct check_input input = { .host = host };
	struct findings findings = { 0 };

	check_run(&check_family_iommu, &input, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.finding[i];

		complain("%s%s%s", finding->message, finding->hint ? "; " : "",
			 finding->hint ? finding->hint : "");
		for (size_t k = 0; k < finding->n_commands; k++)
			complain_command(&finding->commands[k]);
	}
	findings_clear(&findings);
}

void cli_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, int *rest,
	       void *input)
{
	int index = 0;
	error_t ret;

	tool_name = argv[0];
	cli_check_options(argp, argc, argv, flags);
	ret = argp_parse(argp, argc, argv, flags, &index, input);
	if (ret == ENOMEM)
		out_of_memory();
	/*
	 * The message has been printed by then; without an error stream argp does not exit itself.
	 */
	if (ret != 0)
		exit(EXIT_BADUSAGE);
	if (rest)
		*rest = index;
}

static int open_by_mode(const struct options *options, struct source **source)
{
	if (options->from && options->input)
		return source_open_input(source, options->input);
	if (options->from)
		return source_open_replay(source, options->from);
	if (options->sysroot)
		return source_open_sysroot(source, options->sysroot);
	if (options->record)
		return source_open_record(source, options->record);
	return options->command->open ? options->command->open(source) : source_open_live(source);
}

/* Describe why a source could not be opened, new. */
static char *open_problem(const struct options *options, const struct source *source, int ret)
{
	const char *path = options->from      ? options->from
			   : options->sysroot ? options->sysroot
			   : options->record  ? options->record
					      : "/";

	if (ret == -EBADMSG)
		return xasprintf("'%s' is not a valid capture: %s", path, source_problem(source));
	if (ret == -ELIBACC)
		return xasprintf("cannot read '%s': %s", path, source_problem(source));
	if (ret == -ENOTEMPTY)
		return xasprintf("directory '%s' is not empty: name a new directory", path);
	if (ret == -EPERM && options->record)
		return xasprintf(
			"'%s' is not safe: it, or a symbolic link on its path, belongs to another user, "
			"or others may write to it: name a new directory",
			path);
	return xasprintf("cannot %s '%s': %s", options->record ? "write a capture to" : "read",
			 path, strerror(-ret));
}

/* A recording that an error ends is a capture too. */
static struct source *recording;

static void save_recording(void)
{
	if (recording)
		source_save(recording);
}

/* 0 and @source, or a negative errno and @problem, which is new. */
static int open_source(const struct options *options, struct source **source, char **problem)
{
	int ret;

	*source = NULL;
	if (options->record)
		cli_refuse_borrowed_privileges();
	cli_limit_opening(options);
	ret = open_by_mode(options, source);
	cli_limit_reading(options);
	if (ret < 0) {
		*problem = open_problem(options, *source, ret);
		source_close(*source);
		*source = NULL;
	} else if (options->record && atexit(save_recording) == 0) {
		recording = *source;
	}
	return ret;
}

struct source *cli_open(const struct options *options)
{
	struct source *source;
	char *problem = NULL;
	int ret = open_source(options, &source, &problem);

	/* The user did not name "/", so that is not a usage error. */
	if (ret < 0)
		give_up(options->from || options->sysroot || options->record ? -ret : EIO, "%s",
			problem);
	return source;
}

struct source *cli_try_open(const struct options *options, char **problem)
{
	struct source *source;

	open_source(options, &source, problem);
	return source;
}

int cli_close(struct source *source, int status)
{
	const char *problem;

	source_save(source);
	problem = source_problem(source);
	if (problem) {
		complain("%s", problem);
		status = EXIT_UNMEASURED;
	}
	recording = NULL;
	source_close(source);
	return status;
}

void cli_scan_selected(struct source *source, struct host *host, struct group *const *groups,
		       size_t n_groups)
{
	_cleanup_free_ struct group **unread = NULL;
	size_t count = 0;

	/* The others were read with the host. */
	for (size_t i = 0; i < n_groups; i++) {
		if (!group_is_bound(groups[i]))
			APPEND(unread, count, groups[i]);
	}
	scan_usable(source, host, unread, count);
	scan_failures(source, host);
}

struct host *cli_scan(struct source *source, unsigned int details, bool readiness)
{
	bool is_recorded = source_mode(source) == SOURCE_RECORD;
	struct host *host = scan_host_with(source, is_recorded ? HOST_ALL_DETAILS : details);

	host->time = source_time(source);
	if (readiness || is_recorded) {
		scan_readiness(source, host);
		/* A capture answers for any group. */
		if (is_recorded)
			cli_scan_selected(source, host, host->groups, host->n_groups);
		vfio_scan_container(source, host);
		judge_states(host);
	}
	return host;
}

void cli_scan_states(struct source *source, struct host *host)
{
	/* While a capture is recorded cli_scan() has done it. */
	if (source_mode(source) == SOURCE_RECORD)
		return;
	scan_states(source, host);
	judge_states(host);
}

void cli_select(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection)
{
	for (int i = 0; i < subjects->n_words; i++) {
		const char *word = subjects->words[i];

		if (scan_subject(source, host, word, selection) == 0)
			continue;
		if (!host->n_unread)
			unknown_subject(host, word);
		/* It may exist on a host that could not be read completely. */
		complain("'%s' not found, but the host could not be read completely: %s: %s", word,
			 host->unread[0].path, error_text(host->unread[0].error));
		exit(EXIT_UNMEASURED);
	}
}

/* Fewer columns are not for reading, and a terminal that was never sized has 0. */
#define NARROWEST 20

unsigned int cli_width(void)
{
	static bool is_known;
	static uint64_t width;
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };

	if (is_known || !cli_is_terminal()) {
		is_known = true;
		return (unsigned int)width;
	}
	is_known = true;
	if (!columns || text_to_u64(columns, 10, &width) < 0 || width > UINT16_MAX)
		width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
	if (width && width < NARROWEST)
		width = NARROWEST;
	return (unsigned int)width;
}

bool cli_is_terminal(void)
{
	static bool is_known, is_terminal;

	if (!is_known)
		is_terminal = isatty(STDOUT_FILENO);
	is_known = true;
	return is_terminal;
}

bool cli_color(const struct options *options)
{
	const char *no_color = getenv("NO_COLOR");

	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return cli_is_terminal() && (!no_color || !*no_color);
}

void cli_progress(const struct options *options, const char *format, ...)
{
	char *words = NULL;
	va_list ap;

	/* A child has no terminal: its parent shows progress. */
	if (options->quiet || worker_is_here() || !isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	if (!format)
		return;
	va_start(ap, format);
	/* The text may contain file names. */
	if (vasprintf(&words, format, ap) >= 0)
		fputs(text_clean(words), stderr);
	va_end(ap);
	free(words);
	fflush(stderr);
}

int cli_worse(int one, int other)
{
	static const int order[] = { EXIT_REFUSED, EXIT_UNMEASURED, EXIT_INFERRED };

	for (size_t i = 0; i < COUNT(order); i++) {
		if (one == order[i] || other == order[i])
			return order[i];
	}
	return EXIT_OBSERVED;
}

int cli_flush(int status)
{
	static bool told;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (!told)
		complain("cannot write to standard output: %s", strerror(errno));
	told = true;
	return EXIT_UNMEASURED;
}
