/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag explain: explain a finding and its fix. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/wrap.h"
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

static void print_list(FILE *out)
{
	for (const struct check_family *const *family = check_families; *family; family++) {
		fprintf(out, "%s:\n", (*family)->name);
		for (size_t i = 0; i < (*family)->n_checks; i++)
			fprintf(out, "  %-26s %s\n", (*family)->checks[i].id,
				(*family)->checks[i].title);
	}
	fprintf(out, "properties (for check --require NAME=VALUE):\n");
	for (const struct property *property = properties; property->name; property++)
		fprintf(out, "  %-26s %s\n", property->name, property->title);
}

static void print_property(FILE *out, const struct property *property)
{
	fprintf(out, "%s: %s\n\nProperty of the host. Values:\n", property->name, property->title);
	for (const char *const *value = property->values; *value; value++)
		fprintf(out, "  %s\n", *value);
}

/* The explanations have lines of up to 80 columns. */
static void print_check(const struct check *check)
{
	unsigned int width = cli_width();
	_cleanup_free_ char *text = xasprintf("%s: %s\n\n%s", check->id, check->title,
					      check->explanation);
	_cleanup_free_ char *filled = width && width < 80 ? wrap_paragraphs(text, width) : NULL;

	fputs(filled ? filled : text, stdout);
}

static int run_explain(int argc, char **argv, const struct options *options)
{
	struct explain_arguments arguments = { .common = *options };
	const struct property *property;
	const struct check *check;

	struct wrapper *wrapper;
	FILE *out;

	cli_parse(&explain_argp, argc, argv, 0, NULL, &arguments);
	check = arguments.id ? check_find(arguments.id) : NULL;
	property = arguments.id ? property_find(arguments.id) : NULL;
	if (arguments.id && !check && !property)
		unknown_word(KNOWN_FINDINGS | KNOWN_PROPERTIES, "finding", arguments.id, "");
	wrapper = wrap_begin(stdout, cli_width());
	out = wrap_stream(wrapper, stdout);
	if (property)
		print_property(out, property);
	else if (!check)
		print_list(out);
	wrap_end(wrapper);
	if (check && !property)
		print_check(check);
	return cli_flush(EXIT_OBSERVED);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "explain a finding and its fix",
	.run = run_explain,
};
