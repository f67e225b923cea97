/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag explain: explain a finding or a property. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/wrap.h"
#include "check/check.h"
#include "check/property.h"
#include "cli/cli.h"
#include "view/json/build.h"
#include "view/view.h"

/** struct explained - what ID is; both are NULL without one. */
struct explained {
	const struct check *check;
	const struct property *property;
};

static void check_explain(void *arguments, const struct options *options)
{
	struct explained *explained = arguments;
	const char *id = options->subjects.n_words ? options->subjects.words[0] : NULL;

	if (!id)
		return;
	explained->check = check_find(id);
	explained->property = property_find(id);
	if (!explained->check && !explained->property)
		unknown_word(KNOWN_FINDINGS | KNOWN_PROPERTIES, "finding", id, "");
}

static json_t *check_object(const struct check *check)
{
	json_t *object = json_object();

	set(object, "id", text(check->id));
	set(object, "kind", text("finding"));
	set(object, "title", text(check->title));
	set(object, "explanation", text(check->explanation));
	return object;
}

static json_t *property_object(const struct property *property)
{
	json_t *object = json_object();
	json_t *values = json_array();

	for (const char *const *value = property->values; *value; value++)
		add(values, text(*value));
	set(object, "id", text(property->name));
	set(object, "kind", text("property"));
	set(object, "title", text(property->title));
	set(object, "values", values);
	return object;
}

static int print_json(FILE *out, const struct explained *explained)
{
	bool is_all = !explained->check && !explained->property;
	json_t *top = json_object();
	json_t *array = json_array();

	if (explained->check)
		add(array, check_object(explained->check));
	if (explained->property)
		add(array, property_object(explained->property));
	for (const struct check_family *const *family = check_families; is_all && *family;
	     family++) {
		for (size_t i = 0; i < (*family)->n_checks; i++)
			add(array, check_object(&(*family)->checks[i]));
	}
	for (const struct property *property = properties; is_all && property->name; property++)
		add(array, property_object(property));
	set(top, "explained", array);
	return json_write(out, NULL, top);
}

/* The property, or the list of all. */
static void print_wrapped(FILE *out, const struct property *asked)
{
	if (asked) {
		fprintf(out, "%s: %s\n\nProperty of the host. Values:\n", asked->name,
			asked->title);
		for (const char *const *value = asked->values; *value; value++)
			fprintf(out, "  %s\n", *value);
		return;
	}
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

static int print_explained(struct context *context)
{
	const struct explained *explained = context->arguments;
	const struct check *check = explained->check;
	unsigned int width = context->view.width;
	struct wrapper *wrapper;

	if (context->options->format == &format_json)
		return print_json(context->out, explained);
	if (check) {
		_cleanup_free_ char *text = xasprintf("%s: %s\n\n%s", check->id, check->title,
						      check->explanation);
		/* The explanations have lines of up to 80 columns. */
		_cleanup_free_ char *filled = width && width < 80 ? wrap_paragraphs(text, width)
								  : NULL;

		fputs(filled ? filled : text, context->out);
	}
	if (check && !explained->property)
		return 0;
	if (check)
		fputc('\n', context->out);
	wrapper = wrap_begin(context->out, width);
	print_wrapped(wrap_stream(wrapper, context->out), explained->property);
	wrap_end(wrapper);
	return 0;
}

const struct command command_explain = {
	.name = "explain",
	.summary = "explain a finding or a property",
	.usage = "[ID]",
	.doc = "Explain what a finding means, why it matters and how to fix it. Without ID, "
	       "list all findings.",
	.statuses = "0 explained",
	.takes = TAKES_OUTPUT,
	.operand = OPERAND_WORD,
	.max = 1,
	.formats = { &format_text, &format_json },
	.size = sizeof(struct explained),
	.check = check_explain,
	.print = print_explained,
};
