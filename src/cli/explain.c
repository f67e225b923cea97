/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag explain: explain a finding and its fix. */
#include <stdio.h>

#include "base/exit.h"
#include "base/suggest.h"
#include "check/check.h"
#include "check/property.h"
#include "cli/cli.h"

struct explain_arguments {
	struct options common;
	const char *id;
};

static error_t parse_explain(int key, char *arg, struct argp_state *state)
{
	struct explain_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->id)
			bad_usage("unexpected argument '%s': explain takes one ID", arg);
		arguments->id = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child explain_children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static const struct argp explain_argp = {
	.parser = parse_explain,
	.args_doc = "[ID]",
	.doc = "Explain what a finding means, why it matters and how to fix it. Without ID, "
	       "list all findings.",
	.children = explain_children,
};

static void print_list(void)
{
	for (const struct check_family *const *family = check_families; *family; family++) {
		printf("%s:\n", (*family)->name);
		for (size_t i = 0; i < (*family)->n_checks; i++)
			printf("  %-26s %s\n", (*family)->checks[i].id, (*family)->checks[i].title);
	}
	printf("properties (for check --require NAME=VALUE):\n");
	for (const struct property *property = properties; property->name; property++)
		printf("  %-26s %s\n", property->name, property->title);
}

static void print_property(const struct property *property)
{
	printf("%s: %s\n\nProperty of the host. Values:\n", property->name, property->title);
	for (const char *const *value = property->values; *value; value++)
		printf("  %s\n", *value);
}

static _Noreturn void refuse_id(const char *id)
{
	struct suggestion suggestion = { .word = id };

	check_suggest(&suggestion);
	property_suggest(&suggestion);
	bad_usage("unknown finding '%s'%s", id,
		  suggest_text(&suggestion, " (see 'vfiodiag explain')"));
}

static int run_explain(int argc, char **argv, const struct options *options)
{
	struct explain_arguments arguments = { .common = *options };
	const struct property *property;
	const struct check *check;

	cli_parse(&explain_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.id) {
		print_list();
		return cli_flush(EXIT_OBSERVED);
	}
	check = check_find(arguments.id);
	property = property_find(arguments.id);
	if (!check && !property)
		refuse_id(arguments.id);
	if (property) {
		print_property(property);
		return cli_flush(EXIT_OBSERVED);
	}
	printf("%s: %s\n\n%s", check->id, check->title, check->explanation);
	return cli_flush(EXIT_OBSERVED);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "explain a finding and its fix",
	.run = run_explain,
};
