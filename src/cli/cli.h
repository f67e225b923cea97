/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_CLI_H
#define VFIODIAG_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>

#include "model/host.h"
#include "scan/scan.h"
#include "source/source.h"

/*
 * The command line. Each command is a file that exports a struct command; commands.c lists them,
 * and help and completion are made from that list.
 */

struct answer_format;
struct capture_input;
struct memlock;

/** enum color_when - the words of --color. */
enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/**
 * struct options - the common options, before or after the name of the command.
 * @from: the first --from
 * @input: the same, open already; NULL where it is not
 * @more: the others, in order
 * @takes_several: the command takes more than one
 * @needs: the privileges of the command, bits of enum privilege
 * @capture_follows: behind what is read now, a capture is
 */
struct options {
	const char *from;
	struct capture_input *input;
	const char **more;
	size_t n_more;
	bool takes_several;
	unsigned int needs;
	bool capture_follows;
	const char *sysroot;
	const char *record;
	enum color_when color;
	bool verbose;
	bool quiet;
};

/**
 * struct subjects - the SUBJECT arguments of a command.
 * @all: --all was given
 * @words: the words behind the options, @n_words of them, inside argv
 */
struct subjects {
	bool all;
	char **words;
	int n_words;
};

/**
 * struct command - a word of the command line.
 * @summary: one line for the list of commands
 * @needs: what it may have to do with privileges once its source is open, bits of enum privilege
 * @run: argv[0] is "vfiodiag NAME". Return: exit status
 */
struct command {
	const char *name;
	const char *summary;
	unsigned int needs;
	int (*run)(int argc, char **argv, const struct options *options);
};

extern const struct command command_bench;
extern const struct command command_check;
extern const struct command command_collect;
extern const struct command command_diff;
extern const struct command command_explain;
extern const struct command command_fits;
extern const struct command command_iova;
extern const struct command command_list;
extern const struct command command_probe;
extern const struct command command_report;
extern const struct command command_watch;

/** commands - all of them, ended by NULL. */
extern const struct command *const commands[];

/** command_find() - find the command @name, or return NULL. */
const struct command *command_find(const char *name);

/** common_argp - parser of struct options; its input is one. For use as an argp child. */
extern const struct argp common_argp;

/** subject_argp - parser of struct subjects; its input is one. For use as an argp child. */
extern const struct argp subject_argp;

/** words_argp - the same without --all, for commands about what is named. */
extern const struct argp words_argp;

/**
 * cli_parse() - call argp_parse(3), but exit with a message and EXIT_BADUSAGE on a usage error.
 * @rest: set to the index of the first word that was left; NULL when none may be left
 */
void cli_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, int *rest,
	       void *input);

/** enum known - the words that unknown_word() may suggest. */
enum known {
	KNOWN_COMMANDS = 1 << 0,
	KNOWN_COLUMNS = 1 << 1,
	KNOWN_FINDINGS = 1 << 2,
	KNOWN_PROPERTIES = 1 << 3,
};

/**
 * unknown_word() - end the program because @word is unknown, and name the nearest known one.
 * @known: bits of enum known
 * @what: noun of the word
 * @where: what follows the word in the message, such as " for --ignore"
 */
_Noreturn void unknown_word(unsigned int known, const char *what, const char *word,
			    const char *where);

/** unknown_subject() - the same for a SUBJECT that names nothing on @host. */
_Noreturn void unknown_subject(const struct host *host, const char *word);

/** cli_check_options() - end the program if @argp and its children lack a long option of @argv. */
void cli_check_options(const struct argp *argp, int argc, char **argv, unsigned int flags);

/** bad_usage() - print a message about the command line, and exit with EXIT_BADUSAGE. */
_Noreturn void bad_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * give_up() - print a message and exit: a named file could not be opened because of @error, an
 * errno.
 *
 * With EXIT_BADUSAGE where the words are to blame, with EXIT_UNMEASURED where the machine is.
 */
_Noreturn void give_up(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** complain() - print a message on standard error, prefixed with the name of the tool. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** complain_no_iommu() - print why @host has no IOMMU groups, and the fix. */
void complain_no_iommu(const struct host *host);

/** cli_check_sources() - end the program if @options name two sources. */
void cli_check_sources(const struct options *options);

/** cli_open() - open the source that @options name. Ends the program if that fails. */
struct source *cli_open(const struct options *options);

/** cli_try_open() - the same; returns NULL and a new message in @problem if that fails. */
struct source *cli_try_open(const struct options *options, char **problem);

/**
 * cli_close() - close @source.
 * @status: what the command came to
 *
 * Return: @status, or EXIT_UNMEASURED after a message if the source itself failed.
 */
int cli_close(struct source *source, int status);

/**
 * cli_scan() - read the host.
 * @readiness: also read what only the checks need
 *
 * While a capture is recorded everything is read, so that any command can use it.
 */
struct host *cli_scan(struct source *source, bool readiness);

/** cli_scan_with() - read only @details (enum host_detail), unless a capture is recorded. */
struct host *cli_scan_with(struct source *source, unsigned int details, bool readiness);

/** cli_select() - resolve the SUBJECTs; ends the program if one is not found. */
void cli_select(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection);

/** cli_groups() - resolve the SUBJECTs to groups; ends the program if one has none. */
void cli_groups(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection);

/** cli_group() - the same for a command about one group; ends the program if there are several. */
struct group *cli_group(struct source *source, const struct host *host,
			const struct subjects *subjects, struct selection *selection);

/** cli_size() - parse the size or address @word of @option; ends the program if it is invalid. */
uint64_t cli_size(const char *option, const char *word);

/**
 * cli_memory() - the same for an amount of memory, which must have a unit.
 *
 * QEMU takes a number without one for MiB, and the kernel shows sizes of pages in kB.
 */
uint64_t cli_memory(const char *option, const char *word);

/**
 * cli_answer_format() - find the format @word of iova and fits; ends the program if there is none.
 */
const struct answer_format *cli_answer_format(const char *word);

/**
 * cli_memlock() - read the memory lock limit of @whom, NULL for this process; ends the program if
 * there is no such user or unit.
 */
void cli_memlock(struct source *source, const char *whom, struct memlock *memlock);

/** cli_try_memlock() - the same; returns a new message if there is no such user or unit. */
char *cli_try_memlock(struct source *source, const char *whom, struct memlock *memlock);

/**
 * cli_reduce_environment() - remove all variables but those that say how text is shown.
 *
 * Call this first, before a library reads the environment.
 */
void cli_reduce_environment(void);

/**
 * cli_limit_to() - drop all privileges but those that @command may need, before it runs.
 *
 * The other ones narrow that down: before a source is opened, once it is open, while a child reads a
 * capture, when nothing more is read, and when a file is written.
 */
void cli_limit_to(const struct command *command);
void cli_limit_opening(const struct options *options);
void cli_limit_reading(const struct options *options);
void cli_limit_relaying(const struct options *options);
void cli_limit_printing(const struct options *options);
void cli_limit_writing(void);

/**
 * cli_refuse_borrowed_privileges() - end the program if its caller has fewer privileges than it.
 *
 * That is so if the program file has the set-user-ID bit or capabilities (AT_SECURE): the caller
 * could write wherever these privileges allow.
 */
void cli_refuse_borrowed_privileges(void);

/**
 * cli_is_terminal() - tell if standard output is a terminal, as it was at the first call: the
 * output of a child goes there too.
 */
bool cli_is_terminal(void);

/**
 * cli_width() - return how many columns lines may have; 0 if standard output is no terminal.
 *
 * $COLUMNS takes precedence over the size of the terminal. As of cli_is_terminal(), the first call
 * counts.
 */
unsigned int cli_width(void);

/** cli_color() - tell if standard output takes colours. */
bool cli_color(const struct options *options);

/** cli_progress() - show progress if standard error is a terminal; NULL erases it. */
void cli_progress(const struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** cli_worse() - return the worse of two exit statuses: failed, not measured, inferred, good. */
int cli_worse(int one, int other);

/** cli_flush() - flush standard output. Return: @status, or EXIT_UNMEASURED after a message. */
int cli_flush(int status);

#endif
