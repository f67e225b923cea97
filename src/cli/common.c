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
#include "base/exit.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/worker.h"
#include "vfio/vfio.h"

/* "vfiodiag", or "vfiodiag list" once a command is known. */
static const char *speaker = "vfiodiag";

__attribute__((format(printf, 1, 0))) static void speak(const char *format, va_list ap)
{
	char *sentence = NULL;

	/* Messages quote the command line, which must not control the terminal. */
	if (vasprintf(&sentence, format, ap) < 0)
		out_of_memory();
	fprintf(stderr, "%s: %s\n", speaker, text_clean(sentence));
	free(sentence);
}

void complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	speak(format, ap);
	va_end(ap);
}

void bad_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	speak(format, ap);
	va_end(ap);
	exit(EXIT_BADUSAGE);
}

void give_up(int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	speak(format, ap);
	va_end(ap);
	exit(is_accident(error) ? EXIT_UNMEASURED : EXIT_BADUSAGE);
}

void complain_no_iommu(const struct host *host)
{
	struct check_input input = { .host = host };
	struct findings findings = { 0 };

	check_run(&check_family_iommu, &input, &findings);
	for (size_t i = 0; i < findings.count; i++)
		complain("%s%s%s", findings.finding[i].message,
			 findings.finding[i].hint ? "; " : "",
			 findings.finding[i].hint ? findings.finding[i].hint : "");
	findings_clear(&findings);
}

enum { KEY_FROM = 0x100, KEY_SYSROOT, KEY_RECORD, KEY_COLOR };

static const struct argp_option common_options[] = {
	{ "from", KEY_FROM, "CAPTURE", 0,
	  "Read a capture instead of this host (an archive, a directory, or - for standard input)",
	  90 },
	{ "record", KEY_RECORD, "DIR", 0,
	  "Also write a capture of everything that is read into DIR", 90 },
	{ "sysroot", KEY_SYSROOT, "DIR", 0, "Read files below DIR instead of this host", 90 },
	{ "color", KEY_COLOR, "WHEN", 0, "Use colours: auto (default), always or never", 91 },
	{ "verbose", 'v', NULL, 0, "Verbose output", 91 },
	{ "quiet", 'q', NULL, 0, "Do not print progress and notes", 91 },
	{ 0 },
};

static enum color_when parse_color(const char *word)
{
	static const char *const words[] = { "auto", "always", "never" };

	for (enum color_when when = COLOR_AUTO; when <= COLOR_NEVER; when++) {
		if (strcmp(words[when], word) == 0)
			return when;
	}
	bad_usage("invalid value '%s' for --color: use auto, always or never", word);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		/* getopt's message is enough; "Try …" would be a second line. */
		state->err_stream = NULL;
		return 0;
	case KEY_FROM:
		if (options->from)
			APPEND(options->more, options->n_more, arg);
		else
			options->from = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->n_more && !options->takes_several)
			bad_usage(
				"unexpected second capture '%s': only 'vfiodiag check' takes several --from",
				options->more[0]);
		return 0;
	case KEY_SYSROOT:
		options->sysroot = arg;
		return 0;
	case KEY_RECORD:
		options->record = arg;
		return 0;
	case KEY_COLOR:
		options->color = parse_color(arg);
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp common_argp = { .options = common_options, .parser = parse_common };

enum { KEY_ALL = 0x180 };

static const struct argp_option subject_options[] = {
	{ "all", KEY_ALL, NULL, 0, "Check every IOMMU group", 89 },
	{ 0 },
};

static error_t parse_subjects(int key, char *arg, struct argp_state *state)
{
	struct subjects *subjects = state->input;

	(void)arg;
	switch (key) {
	case KEY_ALL:
		subjects->all = true;
		return 0;
	case ARGP_KEY_ARGS:
		subjects->words = state->argv + state->next;
		subjects->n_words = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (subjects->all && subjects->n_words)
			bad_usage("--all and SUBJECT '%s' are mutually exclusive",
				  subjects->words[0]);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp words_argp = { .parser = parse_subjects };

const struct argp subject_argp = { .options = subject_options, .parser = parse_subjects };

void cli_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, int *rest,
	       void *input)
{
	int index = 0;
	error_t ret;

	speaker = argv[0];
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
	return source_open_live(source);
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

void cli_check_sources(const struct options *options)
{
	if (!!options->from + !!options->sysroot + !!options->record > 1)
		bad_usage("--from, --sysroot and --record are mutually exclusive");
}

/* 0 and @source, or a negative errno and @problem, which is new. */
static int open_source(const struct options *options, struct source **source, char **problem)
{
	int ret;

	*source = NULL;
	cli_check_sources(options);
	if (options->record)
		cli_refuse_borrowed_privileges();
	cli_limit_opening(options);
	ret = open_by_mode(options, source);
	cli_limit_reading(options);
	if (ret < 0) {
		*problem = open_problem(options, *source, ret);
		source_close(*source);
		*source = NULL;
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
	const char *problem = source_problem(source);

	if (problem) {
		complain("%s", problem);
		status = EXIT_UNMEASURED;
	}
	source_close(source);
	return status;
}

struct host *cli_scan_with(struct source *source, unsigned int details, bool readiness)
{
	bool is_recorded = source_mode(source) == SOURCE_RECORD;
	struct host *host = scan_host_with(source, is_recorded ? HOST_ALL_DETAILS : details);

	if (readiness || is_recorded) {
		scan_readiness(source, host);
		vfio_scan_container(source, host);
	}
	return host;
}

struct host *cli_scan(struct source *source, bool readiness)
{
	struct host *host = cli_scan_with(source, HOST_ALL_DETAILS, readiness);

	/* A check reports it as a finding. */
	for (size_t i = 0; !readiness && i < host->n_unread; i++) {
		if (host->unread[i].error == ETIMEDOUT)
			complain("cannot read %s: %s", host->unread[i].path, error_text(ETIMEDOUT));
	}
	return host;
}

/* A subject that is not found may exist on a host that could not be read completely. */
static void stop_if_unseen(const struct host *host, const char *word)
{
	if (!host->n_unread)
		return;
	complain("'%s' not found, but the host could not be read completely: %s: %s", word,
		 host->unread[0].path, error_text(host->unread[0].error));
	exit(EXIT_UNMEASURED);
}

void cli_select(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection)
{
	for (int i = 0; i < subjects->n_words; i++) {
		const char *word = subjects->words[i];

		if (scan_subject(source, host, word, selection) == 0)
			continue;
		stop_if_unseen(host, word);
		unknown_subject(host, word);
	}
}

/* Fewer columns are not for reading, and a terminal that was never sized has 0. */
#define NARROWEST 20

static unsigned int find_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	uint64_t width;

	if (!columns || text_to_u64(columns, 10, &width) < 0 || width > UINT16_MAX)
		width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
	return width && width < NARROWEST ? NARROWEST : (unsigned int)width;
}

unsigned int cli_width(void)
{
	static bool is_known;
	static unsigned int width;

	if (!is_known && cli_is_terminal())
		width = find_width();
	is_known = true;
	return width;
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

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
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
