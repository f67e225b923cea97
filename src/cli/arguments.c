/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: parsers and help, made from what the commands declare. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/cli.h"
#include "view/view.h"

#define KEY_FIRST 0x100

/** ROOT - options that may also precede the name of the command. */
#define ROOT                                                                                     \
	(TAKES_FROM | TAKES_SYSROOT | TAKES_RECORD | TAKES_COLOR | TAKES_VERBOSE | TAKES_QUIET | \
	 TAKES_HELP)

/**
 * struct parser - what argp is told of a command.
 * @arguments: of the command
 * @option: options, @count of them; @described describes them to argp, with one more that ends it
 */
struct parser {
	const struct command *command;
	struct options *options;
	void *arguments;
	const struct cli_option **option;
	struct argp_option *described;
	size_t count;
	struct argp argp;
};

static void set_color(void *arguments, const char *word)
{
	static const char *const words[] = { "auto", "always", "never" };
	struct options *options = arguments;

	for (enum color_when when = COLOR_AUTO; when <= COLOR_NEVER; when++) {
		if (strcmp(words[when], word) == 0) {
			options->color = when;
			return;
		}
	}
	bad_usage("invalid value '%s' for --color: use auto, always or never", word);
}

static void add_capture(void *arguments, const char *word)
{
	struct options *options = arguments;

	APPEND(options->captures, options->n_captures, word);
}

/* "text, json or jsonl". New. */
static char *format_names(const struct command *command)
{
	char *names = NULL;

	for (size_t i = 0; command->formats[i]; i++)
		xappend(&names, "%s%s",
			!i			  ? ""
			: command->formats[i + 1] ? ", "
						  : " or ",
			command->formats[i]->name);
	return names;
}

static bool has_format(const struct command *command, const struct format *format)
{
	for (size_t i = 0; command->formats[i]; i++) {
		if (command->formats[i] == format)
			return true;
	}
	return false;
}

static void set_format(void *arguments, const char *word)
{
	struct options *options = arguments;
	const struct command *command = options->command;
	struct suggestion suggestion = { .word = word };

	for (size_t i = 0; formats[i]; i++) {
		bool is_taken = has_format(command, formats[i]);

		if (is_taken)
			suggest_offer(&suggestion, formats[i]->name);
		if (strcmp(formats[i]->name, word) != 0)
			continue;
		if (!is_taken)
			bad_usage("--format %s cannot be used with %s: use %s", word, command->name,
				  format_names(command));
		options->format = formats[i];
		return;
	}
	bad_usage("unknown format '%s'%s: use %s", word, suggest_text(&suggestion, ""),
		  format_names(command));
}

static const struct cli_option common_options[] = {
	{ "from", 0, "CAPTURE",
	  "Read a capture instead of this host (an archive, a directory, or - for standard input)",
	  90, .set = add_capture, .takes = TAKES_FROM },
	{ "record", 0, "DIR", "Also write a capture of everything that is read into DIR", 90,
	  .member = offsetof(struct options, record), .takes = TAKES_RECORD },
	{ "sysroot", 0, "DIR", "Read files below DIR instead of this host", 90,
	  .member = offsetof(struct options, sysroot), .takes = TAKES_SYSROOT },
	{ "color", 0, "WHEN", "Use colours: auto (default), always or never", 91, .set = set_color,
	  .takes = TAKES_COLOR },
	{ "verbose", 'v', NULL, "Verbose output", 91, .member = offsetof(struct options, verbose),
	  .takes = TAKES_VERBOSE },
	{ "quiet", 'q', NULL, "Do not print progress and notes", 91,
	  .member = offsetof(struct options, quiet), .takes = TAKES_QUIET },
	{ "all", 0, NULL, "Every IOMMU group", 89, .member = offsetof(struct options, subjects.all),
	  .takes = TAKES_ALL },
	{ "output", 'o', "FILE",
	  "Write to FILE instead of standard output, completely or not at all", 1,
	  .member = offsetof(struct options, output), .takes = TAKES_OUTPUT },
	{ "format", 0, "FORMAT", NULL, 1, .set = set_format, .takes = TAKES_FORMAT },
	{ "json", 'J', NULL, "Short for --format json", 1, .format = &format_json,
	  .takes = TAKES_FORMAT },
	{ "raw", 'r', NULL, "Short for --format raw", 1, .format = &format_raw,
	  .takes = TAKES_FORMAT },
	{ "each", 0, NULL, "Print one line for each capture, even if there is only one", 1,
	  .member = offsetof(struct options, each), .takes = TAKES_EACH },
	{ "ignore", 0, "ID", "Ignore finding ID (repeatable)", 2, .set = policy_ignore,
	  .takes = TAKES_POLICY },
	{ "deny", 0, "ID", "Fail if finding ID is present, even as a note (repeatable)", 2,
	  .set = policy_deny, .takes = TAKES_POLICY },
	{ "require", 0, "bound|PROPERTY=VALUE",
	  "Fail unless each named device (without names: at least one) is bound to a vfio driver, or "
	  "PROPERTY is VALUE (see 'vfiodiag explain')",
	  2, .set = policy_require, .takes = TAKES_POLICY },
	{ "fail-on", 0, "SEVERITY",
	  "Fail from this severity on: note, warning, unmeasured or failure (default: failure)", 2,
	  .set = policy_fail_on, .takes = TAKES_POLICY },
	{ "help", 'h', NULL, "Print this help", 92, .takes = TAKES_HELP },
	{ "version", 'V', NULL, "Print the version", 92, .takes = TAKES_HELP },
	{ 0 },
};

/* The commands, from their table. New. */
static char *list_commands(void)
{
	char *text = xstrdup("Commands:\n");

	for (const struct command *const *command = commands; *command; command++)
		xappend(&text, "  %-9s %s\n", (*command)->name, (*command)->summary);
	return text;
}

/* The program without a command takes options too. */
static const struct command program = {
	.usage = "COMMAND ...",
	.doc = "Check whether this host can pass PCI devices through to virtual machines and user "
	       "space with VFIO, test it live, and explain what prevents it.",
	.help = list_commands,
	.takes = ROOT,
};

static bool takes(const struct command *command, const struct cli_option *option)
{
	if (option->format)
		return has_format(command, option->format);
	if (option->takes & TAKES_FORMAT)
		return command->formats[0];
	return option->takes & (command->takes | TAKES_HELP);
}

static void add_option(struct parser *parser, const struct cli_option *option, bool is_hidden)
{
	struct argp_option described = {
		option->name,  option->letter ? option->letter : KEY_FIRST + (int)parser->count,
		option->value, is_hidden ? OPTION_HIDDEN : 0,
		option->help,  option->group
	};
	size_t count = parser->count;

	if (option->takes & TAKES_FORMAT && !option->help) {
		const struct format *const *format = parser->command->formats;
		char *help = xstrdup("Output format: ");

		for (size_t i = 0; format[i]; i++)
			xappend(&help, "%s%s (%s%s)", i ? ", " : "", format[i]->name,
				format[i]->description, i ? "" : ", default");
		described.doc = help;
	}
	APPEND(parser->described, count, described);
	APPEND(parser->option, parser->count, option);
}

static uint64_t parse_size(const struct cli_option *option, const char *name, const char *word)
{
	uint64_t size = option->parse(name, word);

	if (option->power_of_two && (size < option->least || size & (size - 1)))
		bad_usage("invalid %s '%s': %s", option->power_of_two, word, option->rule);
	if (size < option->least)
		bad_usage("invalid size '%s' for %s: %s", word, name, option->rule);
	return size;
}

static unsigned int parse_number(const struct cli_option *option, const char *name,
				 const char *word)
{
	uint64_t number;

	if (text_to_u64(word, 10, &number) < 0 || number < option->least || number > option->most)
		bad_usage("invalid value '%s' for %s: must be between %u and %u", word, name,
			  (unsigned int)option->least, option->most);
	return (unsigned int)number;
}

static void set_option(struct parser *parser, const struct cli_option *option, const char *word)
{
	struct options *options = parser->options;
	void *target = option->takes ? options : parser->arguments;
	void *member = (char *)target + option->member;
	_cleanup_free_ char *name = xasprintf("--%s", option->name);

	options->needs |= option->needs;
	options->given |= option->takes;
	if (option->format)
		options->format = option->format;
	else if (option->set)
		option->set(target, word);
	else if (option->parse)
		*(uint64_t *)member = parse_size(option, name, word);
	else if (option->most)
		*(unsigned int *)member = parse_number(option, name, word);
	else if (option->value)
		*(const char **)member = word;
	else
		*(bool *)member = true;
}

static error_t parse_key(int key, char *word, struct argp_state *state)
{
	struct parser *parser = state->input;

	if (key == ARGP_KEY_INIT) {
		/* getopt's message is enough; "Try …" would be a second line. */
		state->err_stream = NULL;
		return 0;
	}
	if (key == ARGP_KEY_ARGS && parser->command != &program) {
		parser->options->subjects.words = state->argv + state->next;
		parser->options->subjects.n_words = state->argc - state->next;
		return 0;
	}
	if (key == 'h')
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	if (key == 'V') {
		puts(PACKAGE_STRING);
		exit(EXIT_OBSERVED);
	}
	for (size_t i = 0; i < parser->count; i++) {
		if (parser->described[i].key == key) {
			set_option(parser, parser->option[i], word);
			return 0;
		}
	}
	return ARGP_ERR_UNKNOWN;
}

/* New. */
static char *describe(const struct command *command)
{
	_cleanup_free_ char *more = command->help ? command->help() : NULL;
	bool is_about_groups = command->operand == OPERAND_SUBJECT ||
			       command->operand == OPERAND_GROUP;
	char *doc = xasprintf(
		"%s%s\v%s", command->doc,
		is_about_groups
			? " SUBJECT is a group number, a PCI address or a network interface."
			: "",
		more ? more : "");

	if (command->statuses)
		xappend(&doc, "%sExit status: %s, 64 usage error%s.", more ? "\n" : "",
			command->statuses,
			command->takes & TAKES_OUTPUT && !command->unwritten
				? ", 74 cannot write the --output file"
				: "");
	return doc;
}

/* Those that precede the command are parsed behind it too, so that one place refuses them. */
static struct parser parser_make(const struct command *command)
{
	struct parser parser = { .command = command };
	size_t count;

	for (const struct cli_option *own = command->options; own && own->name; own++)
		add_option(&parser, own, false);
	for (const struct cli_option *common = common_options; common->name; common++) {
		if (takes(command, common) || common->takes & ROOT)
			add_option(&parser, common, !takes(command, common));
	}
	count = parser.count;
	APPEND(parser.described, count, ((struct argp_option){ 0 }));
	parser.argp = (struct argp){ .options = parser.described,
				     .parser = parse_key,
				     .args_doc = command->usage,
				     .doc = describe(command) };
	return parser;
}

static void parser_clear(struct parser *parser)
{
	for (size_t i = 0; i < parser->count; i++) {
		if (!parser->option[i]->help)
			free((char *)parser->described[i].doc);
	}
	free((char *)parser->argp.doc);
	free(parser->described);
	free(parser->option);
}

int arguments_parse(int argc, char **argv, struct options *options, void *arguments)
{
	bool is_command = options->command;
	struct parser parser = parser_make(is_command ? options->command : &program);
	int rest = 0;

	parser.options = options;
	parser.arguments = arguments;
	cli_parse(&parser.argp, argc, argv, ARGP_NO_HELP | (is_command ? 0 : ARGP_IN_ORDER), &rest,
		  &parser);
	parser_clear(&parser);
	return rest;
}

void arguments_help(const struct command *command)
{
	struct parser parser = parser_make(command ? command : &program);
	_cleanup_free_ char *name = xasprintf("vfiodiag%s%s", command ? " " : "",
					      command ? command->name : "");

	argp_help(&parser.argp, stdout,
		  ARGP_HELP_STD_HELP & ~(ARGP_HELP_EXIT_OK | ARGP_HELP_EXIT_ERR), name);
	parser_clear(&parser);
}

static void check_words(const struct options *options)
{
	static const char *const names[] = {
		[OPERAND_SUBJECT] = "SUBJECT",
		[OPERAND_GROUP] = "SUBJECT",
		[OPERAND_CAPTURE] = "CAPTURE",
	};
	const struct command *command = options->command;
	const struct subjects *subjects = &options->subjects;

	if (subjects->all && subjects->n_words)
		bad_usage("--all and SUBJECT '%s' are mutually exclusive", subjects->words[0]);
	if (subjects->n_words > command->max)
		bad_usage("unexpected argument '%s'", subjects->words[command->max]);
	if (subjects->n_words < command->min && !subjects->all)
		bad_usage("%s%s is required: %s", names[command->operand],
			  command->takes & TAKES_ALL ? " or --all" : "",
			  command->operand == OPERAND_CAPTURE
				  ? "name a capture (see 'vfiodiag collect')"
				  : "name a group number or a device (see 'vfiodiag list')");
}

void arguments_check(const struct options *options)
{
	const struct command *command = options->command;

	/* Refuse common options that the command does not take, in front of its name too. */
	for (const struct cli_option *option = common_options; option->name; option++) {
		if (options->given & option->takes && !takes(command, option) &&
		    option->takes & ROOT)
			bad_usage("unsupported option '--%s' (see 'vfiodiag %s --help')",
				  option->name, command->name);
	}
	if (options->n_captures > 1 && !(command->takes & TAKES_EACH) &&
	    command->operand != OPERAND_CAPTURE)
		bad_usage("unexpected second capture '%s': only check and report take several",
			  options->captures[1]);
	if (!!options->n_captures + !!options->sysroot + !!options->record > 1)
		bad_usage("--from, --sysroot and --record are mutually exclusive");
	check_words(options);
}
