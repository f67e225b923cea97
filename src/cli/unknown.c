/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refuse words that are not known, with the nearest one that is. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"
#include "check/check.h"
#include "check/property.h"
#include "cli/cli.h"
#include "view/list.h"

void unknown_word(unsigned int known, const char *what, const char *word, const char *where)
{
	struct suggestion suggestion = { .word = word };
	const char *see = known & KNOWN_COMMANDS  ? " (see 'vfiodiag --help')"
			  : known & KNOWN_COLUMNS ? " (see 'vfiodiag list --help')"
						  : " (see 'vfiodiag explain')";

	for (const struct command *const *command = commands; *command; command++) {
		if (known & KNOWN_COMMANDS)
			suggest_offer(&suggestion, (*command)->name);
	}
	for (size_t i = 0; known & KNOWN_COLUMNS && list_column_at(i); i++)
		suggest_offer(&suggestion, list_column_at(i)->column);
	for (const struct check_family *const *family = check_families; *family; family++) {
		for (size_t i = 0; known & KNOWN_FINDINGS && i < (*family)->n_checks; i++)
			suggest_offer(&suggestion, (*family)->checks[i].id);
	}
	for (const struct property *property = properties; property->name; property++) {
		if (known & KNOWN_PROPERTIES)
			suggest_offer(&suggestion, property->name);
	}
	bad_usage("unknown %s '%s'%s%s", what, word, where, suggest_text(&suggestion, see));
}

static uint64_t difference(uint64_t one, uint64_t other)
{
	return one < other ? other - one : one - other;
}

static _Noreturn void refuse_group(const struct host *host, const char *word, uint64_t number)
{
	unsigned int nearest;

	if (!host->n_groups)
		bad_usage("IOMMU group %s not found: the host has no IOMMU groups", word);
	nearest = host->groups[0]->id;
	for (size_t i = 1; i < host->n_groups; i++) {
		if (difference(host->groups[i]->id, number) < difference(nearest, number))
			nearest = host->groups[i]->id;
	}
	bad_usage("IOMMU group %s not found (the nearest one is %u)", word, nearest);
}

void unknown_subject(const struct host *host, const char *word)
{
	struct suggestion suggestion = { .word = word };
	uint64_t number;

	if (text_to_u64(word, 10, &number) == 0)
		refuse_group(host, word, number);
	for (size_t i = 0; i < host->net.n_interfaces; i++) {
		const char *name = host->net.interfaces[i].name;

		if (name && strcmp(name, word) == 0)
			bad_usage("network interface '%s' is on no PCI device that is known here",
				  word);
	}
	scan_suggest(host, &suggestion);
	bad_usage("'%s' not found%s", word,
		  suggest_text(&suggestion, ": no IOMMU group, PCI device or network interface has "
					    "this name"));
}

/*
 * Long options: getopt(3) would refuse them too, but it suggests none.
 */

/** struct parser_options - the options of a parser and of its children. */
struct parser_options {
	const struct argp_option **option;
	size_t count;
};

static void add_options(const struct argp *argp, struct parser_options *known)
{
	const struct argp_option *option = argp->options;

	for (; option && (option->name || option->key || option->doc); option++)
		APPEND(known->option, known->count, option);
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		add_options(child->argp, known);
}

static bool takes_value(const struct argp_option *option)
{
	return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

/* Return how many of the words behind --@word belong to it. Of an ambiguous one getopt says so. */
static int check_long(const struct parser_options *known, const char *word, const char *tool)
{
	_cleanup_free_ char *name = xstrndup(word, strcspn(word, "="));
	struct suggestion suggestion = { .word = name };
	const struct argp_option *found = NULL;

	for (size_t i = 0; i < known->count; i++) {
		const struct argp_option *option = known->option[i];

		if (!option->name)
			continue;
		if (!(option->flags & OPTION_HIDDEN))
			suggest_offer(&suggestion, option->name);
		if (!text_starts(option->name, name))
			continue;
		found = option;
		if (strcmp(option->name, name) == 0)
			break;
	}
	if (!found && *suggestion.nearest)
		bad_usage("unrecognized option '--%s' (did you mean '--%s'?)", name,
			  suggestion.nearest);
	if (!found)
		bad_usage("unrecognized option '--%s' (see '%s --help')", name, tool);
	return takes_value(found) && !strchr(word, '=');
}

/* The same for the short options in @letters; of an unknown one getopt says so. */
static int check_short(const struct parser_options *known, const char *letters)
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
	struct parser_options known = { 0 };

	add_options(argp, &known);
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
