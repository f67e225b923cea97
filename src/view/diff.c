/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences between two hosts: for people, and as JSON (schema vfiodiag-diff/1). */
#include "view/diff.h"

#include <errno.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/count.h"

/** struct marks - signs before a change, and their colours. */
struct marks {
	const char *sign[3];
	const char *bold;
	const char *plain;
};

static struct marks marks_make(const struct view_options *options)
{
	struct marks plain = { { "+", "-", "~" }, "", "" };
	struct marks colored = { { "\033[32m+", "\033[31m-", "\033[33m~" }, "\033[1m", "\033[0m" };

	return options->color ? colored : plain;
}

static const char *or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

static void print_side(FILE *out, const char *sign, const struct diff_side *side)
{
	fprintf(out, "%s %s: host %s, kernel %s\n", sign, side->label, or_unknown(side->host->name),
		or_unknown(side->host->release));
}

static void print_change(FILE *out, const struct difference *change, const struct marks *marks)
{
	fprintf(out, "  %s %s%s%s%s", marks->sign[change->kind], change->subject,
		change->field ? " " : "", change->field ? change->field : "", marks->plain);
	if (change->before && change->after)
		fprintf(out, ": %s -> %s\n", change->before, change->after);
	else if (change->before || change->after)
		fprintf(out, ": %s\n", change->before ? change->before : change->after);
	else
		fputc('\n', out);
}

int write_comparison_text(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options)
{
	struct marks marks = marks_make(options);

	print_side(out, "-", before);
	print_side(out, "+", after);
	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = &comparison->differences[i];

		if (!i || change[-1].area != change->area)
			fprintf(out, "%s%s%s\n", marks.bold, difference_area_name(change->area),
				marks.plain);
		print_change(out, change, &marks);
	}
	if (!comparison->n_differences)
		fputs("no differences\n", out);
	if (comparison->n_open)
		fprintf(out, "%snot compared%s\n", marks.bold, marks.plain);
	for (size_t i = 0; i < comparison->n_open; i++)
		fprintf(out, "  ? %s: %s\n", comparison->open[i].subject,
			comparison->open[i].reason);
	return ferror(out) ? -EIO : 0;
}

static json_t *side_object(const struct diff_side *side)
{
	return json_pack("{s:s, s:s?, s:s?}", "source", side->label, "host", side->host->name,
			 "kernel", side->host->release);
}

static json_t *changes_array(const struct comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = &comparison->differences[i];
		json_t *object = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?}", "area",
					   difference_area_name(change->area), "change",
					   difference_kind_name(change->kind), "subject",
					   change->subject, "field", change->field, "before",
					   change->before, "after", change->after);

		if (!object || json_array_append_new(array, object) < 0)
			out_of_memory();
	}
	return array;
}

static json_t *open_array(const struct comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 0; i < comparison->n_open; i++) {
		json_t *object = json_pack("{s:s, s:s}", "subject", comparison->open[i].subject,
					   "reason", comparison->open[i].reason);

		if (!object || json_array_append_new(array, object) < 0)
			out_of_memory();
	}
	return array;
}

int write_comparison_json(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options)
{
	json_t *top = json_pack("{s:s, s:{s:s, s:s}, s:o, s:o, s:b, s:o, s:o}", "schema",
				"vfiodiag-diff/1", "tool", "name", "vfiodiag", "version",
				PACKAGE_VERSION, "before", side_object(before), "after",
				side_object(after), "equal", !comparison->n_differences, "changes",
				changes_array(comparison), "not_compared", open_array(comparison));
	int ret;

	(void)options;
	if (!top)
		out_of_memory();
	ret = json_dumpf(top, out, JSON_INDENT(2));
	json_decref(top);
	return ret < 0 || fputc('\n', out) == EOF ? -EIO : 0;
}
