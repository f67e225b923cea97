/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag explain: explain a finding and its fix. */
#include <stdio.h>

#include "base/exit.h"
#include "check/check.h"
#include "check/property.h"
#include "cli/cli.h"
#include "view/view.h"

/** struct explained - what ID is; both are NULL without one. */
struct explained {
	const struct check *check;
	const struct property *property;
};

static void print_list(FILE *out)
{
	for (const struct check_family *const *family = check_families; *family; family++) {
		fprintf(out, "%s:\n", (*family)->name);
		for (size_t i = 0; i < (*family)->n_checks; i++)
			fprintf(out, "  %-26s %s\n", (*family)->checks[i].id,
				(*family)->checks[i].title);
	}
	fputs("properties (for check --require NAME=VALUE):\n", out);
	for (const struct property *property = properties; property->name; property++)
		fprintf(out, "  %-26s %s\n", property->name, property->title);
}

static void print_property(FILE *out, const struct property *property)
{
	fprintf(out, "%s: %s\n\nProperty of the host. Values:\n", property->name, property->title);
	for (const char *const *value = property->values; *value; value++)
		fprintf(out, "  %s\n", *value);
}

static void check_explain(void *arguments, const struct options *options)
{
	struct explained *explained = arguments;
	const char *id = options->subjects.n_words ? options->subjects.words[0] : NULL;

	if (!id)
		return;
	explained->check = check_find(id);
	explained->property = property_find(id);
	if (!explained->check && !explained->property)
		bad_usage("unknown finding '%s' (see 'vfiodiag explain')", id);
}

static int explain(struct context *context)
{
	(void)context;
	return EXIT_OBSERVED;
}

static int print_explained(struct context *context)
{
	const struct explained *explained = context->arguments;
	const struct check *check = explained->check;

	if (explained->property)
		print_property(context->out, explained->property);
	else if (check)
		fprintf(context->out, "%s: %s\n\n%s", check->id, check->title, check->explanation);
	else
		print_list(context->out);
	return 0;
}

const struct command command_explain = {
	.name = "explain",
	.summary = "explain a finding and its fix",
	.usage = "[ID]",
	.doc = "Explain what a finding means, why it matters and how to fix it. Without ID, "
	       "list all findings.",
	.statuses = "0 explained",
	.takes = TAKES_OUTPUT,
	.operand = OPERAND_WORD,
	.max = 1,
	.formats = { &format_text },
	.size = sizeof(struct explained),
	.check = check_explain,
	.work = explain,
	.print = print_explained,
};
