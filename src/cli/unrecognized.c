/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refuse long options that no parser has: getopt(3) would, but it suggests none. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/cli.h"

/** struct known - the options of a parser and of its children. */
struct known {
	const struct argp_option **option;
	size_t count;
};

/* argp adds these to all parsers. */
static const struct argp_option own_options[] = {
	{ "help", '?', NULL, 0, NULL, 0 },
	{ "usage", -1, NULL, 0, NULL, 0 },
	{ "version", 'V', NULL, 0, NULL, 0 },
	{ "program-name", -1, "NAME", OPTION_HIDDEN, NULL, 0 },
	{ "HANG", -1, "SECS", OPTION_ARG_OPTIONAL | OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static void add(const struct argp *argp, struct known *known)
{
	const struct argp_option *option = argp->options;

	for (; option && (option->name || option->key || option->doc); option++)
		APPEND(known->option, known->count, option);
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		add(child->argp, known);
}

static bool takes_value(const struct argp_option *option)
{
	return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

static _Noreturn void refuse(const struct known *known, char *name, const char *tool)
{
	struct suggestion suggestion = { .word = name };
	_cleanup_free_ char *see = xasprintf(" (see '%s --help')", tool);

	for (size_t i = 0; i < known->count; i++) {
		if (known->option[i]->name && !(known->option[i]->flags & OPTION_HIDDEN))
			suggest_offer(&suggestion, known->option[i]->name);
	}
	if (*suggestion.nearest)
		bad_usage("unrecognized option '--%s' (did you mean '--%s'?)", name,
			  suggestion.nearest);
	bad_usage("unrecognized option '--%s'%s", name, see);
}

/* Return how many of the words behind --@word belong to it. Of an ambiguous one getopt says so. */
static int check_long(const struct known *known, const char *word, const char *tool)
{
	_cleanup_free_ char *name = xstrndup(word, strcspn(word, "="));
	const struct argp_option *found = NULL;

	for (size_t i = 0; i < known->count; i++) {
		const struct argp_option *option = known->option[i];

		if (!option->name || !text_starts(option->name, name))
			continue;
		found = option;
		if (strcmp(option->name, name) == 0)
			break;
	}
	if (!found)
		refuse(known, name, tool);
	return takes_value(found) && !strchr(word, '=');
}

/* The same for the short options in @letters; of an unknown one getopt says so. */
static int check_short(const struct known *known, const char *letters)
{
	for (; *letters; letters++) {
		for (size_t i = 0; i < known->count; i++) {
			if (known->option[i]->key == *letters && takes_value(known->option[i]))
				return !letters[1];
		}
	}
	return 0;
}

void cli_check_options(const struct argp *argp, int argc, char **argv, unsigned int flags)
{
	static const struct argp own = { .options = own_options };
	struct known known = { 0 };

	add(argp, &known);
	add(&own, &known);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] != '-' || !argv[i][1]) {
			if (flags & ARGP_IN_ORDER)
				break;
		} else if (argv[i][1] == '-') {
			i += check_long(&known, argv[i] + 2, argv[0]);
		} else {
			i += check_short(&known, argv[i] + 1);
		}
	}
	free(known.option);
}
