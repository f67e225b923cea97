/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_CLI_H
#define VFIODIAG_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/policy.h"
#include "model/host.h"
#include "model/report.h"
#include "probe/probe.h"
#include "scan/scan.h"
#include "source/source.h"

/*
 * The command line. Each command is a file that exports a struct command, which declares what it
 * takes, reads, needs and prints; commands.c lists them. driver.c carries all of them out: it
 * parses, opens, reads, selects, gives up rights, prints and closes. Help and completion are made
 * from the declarations.
 */

struct capture_input;
struct context;
struct examination;
struct format;
struct memlock;
struct options;

/** enum color_when - the words of --color. */
enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/**
 * struct cli_option - an option, of a command or common to several.
 * @letter: its short form, or 0
 * @value: name of its value in help; NULL: it has none
 * @help: NULL: made from the formats of the command
 * @group: options with the same number stand together in help
 * @member: offset of what is set: a bool where it has no value, else a const char *
 * @set: called instead, with the value
 * @parse: makes a size of the value, which @member holds instead: a uint64_t
 * @least: smallest value that is taken
 * @most: @member is an unsigned int up to that; 0: it is none
 * @rule: what a size must be, for the message about one that is not; NULL: nothing
 * @power_of_two: noun of a size that must be a power of two, for the same message; NULL: any size
 * @format: chosen instead
 * @needs: privileges that the command needs if it is given, bits of enum privilege
 * @takes: bit of enum takes; 0 for an option of one command
 *
 * @member and @set are about the arguments of the command, or struct options for a common one.
 */
struct cli_option {
	const char *name;
	int letter;
	const char *value;
	const char *help;
	int group;
	size_t member;
	void (*set)(void *arguments, const char *word);
	uint64_t (*parse)(const char *option, const char *word);
	uint64_t least;
	unsigned int most;
	const char *rule;
	const char *power_of_two;
	const struct format *format;
	unsigned int needs;
	unsigned int takes;
};

/** enum takes - the common options that a command takes, as bits. */
enum takes {
	TAKES_FROM = 0x1,
	TAKES_SYSROOT = 0x2,
	TAKES_RECORD = 0x4,
	TAKES_COLOR = 0x8,
	TAKES_VERBOSE = 0x10,
	TAKES_QUIET = 0x20,
	TAKES_ALL = 0x40,    /* --all instead of a SUBJECT */
	TAKES_OUTPUT = 0x80, /* --output FILE */
	TAKES_FORMAT = 0x100,
	TAKES_POLICY = 0x200,
	TAKES_EACH = 0x400, /* several captures: --from again, or a directory; one row for each */
	TAKES_HELP = 0x800, /* all do */
	TAKES_PAGE_TABLE = 0x1000, /* it makes the live test */
};

/** TAKES_HOST - the options of a command that reads one host, whatever its source is. */
#define TAKES_HOST (TAKES_FROM | TAKES_SYSROOT | TAKES_RECORD | TAKES_VERBOSE)

/**
 * struct subjects - the words behind the options.
 * @all: --all was given
 * @words: @n_words of them, inside argv
 */
struct subjects {
	bool all;
	char **words;
	int n_words;
};

/**
 * struct options - the common options. Some may precede the name of the command.
 * @given: those that were, bits of enum takes
 * @command: NULL before it is known
 * @from: the capture that is read; NULL for none
 * @input: the same, open already; NULL where it is not
 * @captures: values of --from, @n_captures of them
 * @output: NULL: not given
 * @page_table: when the live test reads the page table of the IOMMU
 * @needs: the privileges that the run needs, bits of enum privilege
 * @capture_follows: behind what is read now, a capture is
 */
struct options {
	unsigned int given;
	const struct command *command;
	const char *from;
	struct capture_input *input;
	const char **captures;
	size_t n_captures;
	const char *sysroot;
	const char *record;
	const char *output;
	const struct format *format;
	struct policy_arguments policy;
	struct subjects subjects;
	enum color_when color;
	enum page_table_when page_table;
	bool verbose;
	bool quiet;
	bool each;
	unsigned int needs;
	bool capture_follows;
};

/** enum operand - what the words behind the options are. */
enum operand {
	OPERAND_WORD,
	OPERAND_SUBJECT, /* groups and devices */
	OPERAND_GROUP,	 /* the same, but a device without a group is refused */
	OPERAND_CAPTURE,
};

/** enum reads - what is read before a command works. */
enum reads {
	READS_NOTHING,	 /* not even a source is opened */
	READS_SOURCE,	 /* the command reads from it itself */
	READS_HOST,	 /* devices and groups */
	READS_READINESS, /* also what only the checks need */
	READS_HOSTS,	 /* several hosts, which are judged too; see struct context */
};

/**
 * struct command - a word of the command line, and all that the driver has to know of it.
 * @summary: one line for the list of commands
 * @usage: the words behind the options, as in help
 * @doc: what it does, for its help
 * @statuses: its exit statuses; the driver adds that of a usage error
 * @help: makes more text for the help, new; NULL: none
 * @options: its own, ended by an empty one; NULL for none
 * @takes: common options, bits of enum takes
 * @operand: what its words are, at least @min of them and at most @max
 * @judges_groupless: it has an answer about a device that is in no group
 * @min: 0 where they may be missing. Where --all is taken, it stands for one.
 * @formats: those that it can print, the default first
 * @reads: what is read for it
 * @tells_unread: it reports itself what could not be read
 * @n_hosts: of READS_HOSTS, the hosts that it is about, at least. This host is read where captures
 *	are missing.
 * @is_private: a file that it writes is only for its owner
 * @unwritten: exit status if that file could not be written; 0: EXIT_UNWRITTEN
 * @needs: what it has to do with privileges once its source is open, bits of enum privilege
 * @page_table: when its live test reads the page table of the IOMMU, if it is not told
 * @defaults: its arguments before any option, of @size bytes; NULL: all zero
 * @open: opens this host for it in its own way; NULL: source_open_live()
 * @check: refuses arguments that do not go together
 * @details: the details of the host that it shows, bits of enum host_detail; NULL: all
 * @select: selects groups and devices where no SUBJECT is given
 * @work: reads more and tests, with the privileges that it needs. Return: exit status
 * @judge: judges what was read, without privileges; @status is that of @work. Return: exit status
 * @print: prints into @out of the context, without privileges. NULL: it printed as it went.
 *	Return: 0, or a negative errno, which @problem of the context may explain
 * @name_file: makes the name of the file if there is no --output, new; NULL: standard output
 * @name_problem: why a name that a reader of a capture made is not taken; NULL: it is
 * @written: called when @size bytes have been written to the file @path
 * @finish: frees what @work made, and leaves it empty, after each host
 * @clear: frees the arguments, at the end
 */
struct command {
	const char *name;
	const char *summary;
	const char *usage;
	const char *doc;
	const char *statuses;
	char *(*help)(void);
	const struct cli_option *options;
	unsigned int takes;
	enum operand operand;
	bool judges_groupless;
	int min;
	int max;
	const struct format *formats[8];
	enum reads reads;
	bool tells_unread;
	size_t n_hosts;
	bool is_private;
	int unwritten;
	unsigned int needs;
	enum page_table_when page_table;
	size_t size;
	const void *defaults;
	int (*open)(struct source **source);
	void (*check)(void *arguments, const struct options *options);
	unsigned int (*details)(const void *arguments);
	void (*select)(struct context *context);
	int (*work)(struct context *context);
	int (*judge)(struct context *context, int status);
	int (*print)(struct context *context);
	char *(*name_file)(const struct context *context);
	const char *(*name_problem)(const char *name);
	void (*written)(const struct options *options, const char *path, long size);
	void (*finish)(void *arguments);
	void (*clear)(void *arguments);
};

/**
 * struct context - what a command is given, ready.
 * @arguments: its own options, as they were parsed; also for what it finds
 * @selection: the SUBJECTs, or what @select of the command chose
 * @hosts: of READS_HOSTS, those that could be read
 * @view: how it prints
 * @out: where it prints
 * @path: the file that @out will be; "-" for standard output
 * @problem: set by the command: why there is no answer, new
 * @is_row: one of several captures: a row is printed, with @problem instead of a report
 * @is_first: the heading belongs above it
 */
struct context {
	const struct options *options;
	void *arguments;
	struct source *source;
	struct host *host;
	struct selection selection;
	struct examination *hosts;
	size_t n_hosts;
	struct view_options view;
	FILE *out;
	const char *path;
	char *problem;
	bool is_row;
	bool is_first;
};

extern const struct command command_bench;
extern const struct command command_check;
extern const struct command command_collect;
extern const struct command command_diff;
extern const struct command command_explain;
extern const struct command command_fits;
extern const struct command command_help;
extern const struct command command_iova;
extern const struct command command_list;
extern const struct command command_mappings;
extern const struct command command_probe;
extern const struct command command_report;
extern const struct command command_version;
extern const struct command command_watch;

/** commands - all of them, ended by NULL. */
extern const struct command *const commands[];

/** command_find() - find the command @name; ends the program if there is none. */
const struct command *command_find(const char *name);

/** driver_run() - carry out @command. argv[0] is "vfiodiag NAME". Return: exit status */
int driver_run(const struct command *command, int argc, char **argv, const struct options *options);

/**
 * arguments_parse() - parse a command line; ends the program with EXIT_BADUSAGE if it is wrong.
 * @options: its command is set; NULL for the options before its name
 * @arguments: of the command
 *
 * Return: the index of the first word that was not parsed.
 */
int arguments_parse(int argc, char **argv, struct options *options, void *arguments);

/**
 * arguments_check() - end the program if a common option is not one of the command, or if there are
 * too many or too few words.
 */
void arguments_check(const struct options *options);

/** arguments_help() - print the help of @command; NULL: that of the program. */
void arguments_help(const struct command *command);

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

/** complain_failure() - print why a live test failed, if the output does not go to a terminal. */
void complain_failure(const struct context *context, const struct failure *failure);

/** complain_no_iommu() - print why @host has no IOMMU groups, and the fix. */
void complain_no_iommu(const struct host *host);

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
 * cli_scan() - read @details (enum host_detail) of the host.
 * @readiness: also read what only the checks need
 *
 * While a capture is recorded everything is read, so that any command can use it.
 */
struct host *cli_scan(struct source *source, unsigned int details, bool readiness);

/** cli_scan_selected() - read more of @groups that are named, and not bound to a vfio driver. */
void cli_scan_selected(struct source *source, struct host *host, struct group *const *groups,
		       size_t n_groups);
/**
 * cli_scan_states() - read what decides about the states of the devices of @host, and judge them.
 *
 * Unlike the readiness of cli_scan(), this opens no node of VFIO, which can make the kernel load
 * it.
 */
void cli_scan_states(struct source *source, struct host *host);

/** cli_select() - resolve the SUBJECTs; ends the program if one is not found. */
void cli_select(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection);

/** cli_size() - parse the size or address @word of @option; ends the program if it is invalid. */
uint64_t cli_size(const char *option, const char *word);

/** cli_guest_size() - parse a size of the memory or a BAR of a guest; ends the program likewise. */
uint64_t cli_guest_size(const char *option, const char *word);

/**
 * cli_memory() - the same for an amount of memory, which must have a unit.
 *
 * QEMU takes a number without one for MiB, and the kernel shows sizes of pages in kB.
 */
uint64_t cli_memory(const char *option, const char *word);

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
 * The other ones narrow that down: before a source is opened, once it is open, while a child reads
 * a capture, when nothing more is read, and when a file is written.
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

/** cli_probe_options() - the options of a live test that all commands have in common. */
struct probe_options cli_probe_options(const struct options *options);

/** cli_worse() - return the worse of two exit statuses: failed, not measured, inferred, good. */
int cli_worse(int one, int other);

/** cli_flush() - flush standard output. Return: @status, or EXIT_UNMEASURED after a message. */
int cli_flush(int status);

#endif
