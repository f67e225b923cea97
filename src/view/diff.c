/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between two hosts: for people, and as JSON (schema vfiodiag-diff/1). Commands of fixes are
 * not shown: the two hosts may both be elsewhere, and check has them.
 */
#include "view/diff.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/wrap.h"
#include "view/json/build.h"
#include "view/words.h"

/** struct marks - signs before a change, and their colours. */
struct marks {
	const char *sign[3];
	const char *bold;
	const char *plain;
};

static void print_side(FILE *out, const char *sign, const struct diff_side *side)
{
	fprintf(out, "%s %s: host %s, kernel %s\n", sign, side->label,
		words_or_unknown(side->host->name), words_or_unknown(side->host->release));
}

/* From so many equal changes on there is one line for all of them, which names the first few. */
#define BUNDLE_MIN 3
#define NAMED_MAX  3

/**
 * struct entry - a row of a list: a change, or what was not compared.
 * @first: the first one that is equal but for its subject, and has their number in @count
 * @next: the next one that is; NULL for none
 */
struct entry {
	const void *row;
	const char *subject;
	struct entry *first;
	const struct entry *next;
	size_t count;
};

static int compare_text(const char *one, const char *two)
{
	return one && two ? strcmp(one, two) : !!one - !!two;
}

/* 0 if the changes are equal but for their subjects. */
static int compare_changes(const void *a, const void *b)
{
	const struct difference *one = a, *two = b;
	int order = (int)one->area - (int)two->area;

	if (!order)
		order = (int)one->kind - (int)two->kind;
	if (!order)
		order = compare_text(one->field, two->field);
	if (!order)
		order = compare_text(one->before, two->before);
	return order ? order : compare_text(one->after, two->after);
}

/* 0 if they are equal but for their subjects. What has no field is another thing each time. */
static int compare_open(const void *a, const void *b)
{
	const struct incomparable *one = a, *two = b;
	int order = compare_text(one->field, two->field);

	if (!order && !one->field)
		order = compare_text(one->subject, two->subject);
	return order ? order : strcmp(one->reason, two->reason);
}

/**
 * struct rows - the rows of a list.
 * @size: bytes of a row
 * @subject: offset of its subject
 * @compare: 0 if two rows are equal but for their subjects
 */
struct rows {
	const void *row;
	size_t count;
	size_t size;
	size_t subject;
	int (*compare)(const void *a, const void *b);
};

static int compare_entries(const void *a, const void *b, void *rows)
{
	const struct entry *one = *(struct entry *const *)a, *two = *(struct entry *const *)b;
	int order = ((const struct rows *)rows)->compare(one->row, two->row);

	return order ? order : one->row < two->row ? -1 : one->row > two->row;
}

/* The rows in their order, with equal ones linked. Free the array. */
static struct entry *make_entries(struct rows *rows)
{
	struct entry *entries = xcalloc(rows->count + 1, sizeof(*entries));
	_cleanup_free_ struct entry **sorted = xcalloc(rows->count + 1, sizeof(*sorted));
	struct entry *first = NULL;

	for (size_t i = 0; i < rows->count; i++) {
		const char *row = (const char *)rows->row + i * rows->size;

		entries[i].row = row;
		entries[i].subject = *(char *const *)(const void *)(row + rows->subject);
		sorted[i] = &entries[i];
	}
	qsort_r(sorted, rows->count, sizeof(*sorted), compare_entries, rows);
	for (size_t i = 0; i < rows->count; i++) {
		if (first && !rows->compare(first->row, sorted[i]->row))
			sorted[i - 1]->next = sorted[i];
		else
			first = sorted[i];
		sorted[i]->first = first;
		first->count++;
	}
	return entries;
}

/* " (0000:01:00.0, 0000:02:00.0, 0000:03:00.0 and 9 more)" */
static void print_bundled(FILE *out, const struct entry *entry)
{
	size_t left = entry->count;

	for (size_t named = 0; entry && named < NAMED_MAX; named++, left--) {
		fprintf(out, "%s%s", named ? ", " : " (", entry->subject);
		entry = entry->next;
	}
	if (left)
		fprintf(out, " and %zu more", left);
	fputc(')', out);
}

/* @count: how many changes the line is for */
static void print_change(FILE *out, const struct entry *entry, size_t count,
			 const struct marks *marks)
{
	static const char *const subjects[] = {
		[AREA_DEVICE] = "devices",	 [AREA_DRIVER] = "devices", [AREA_GROUP] = "groups",
		[AREA_PARAMETER] = "parameters", [AREA_REGION] = "groups",  [AREA_RANGE] = "groups",
		[AREA_IOMMU] = "IOMMU units",	 [AREA_PROBE] = "groups",   [AREA_FINDING] = NULL,
	};
	const struct difference *change = entry->row;
	const char *what = subjects[change->area];

	fprintf(out, "  %s ", marks->sign[change->kind]);
	if (count > 1)
		fprintf(out, "%zu %s", count, what ? what : "subjects");
	else
		fputs(change->subject, out);
	fprintf(out, "%s%s%s", change->field ? " " : "", change->field ? change->field : "",
		marks->plain);
	if (change->before || change->after)
		fprintf(out, ": %s%s%s", change->before ? change->before : "",
			change->before && change->after ? " -> " : "",
			change->after ? change->after : "");
	if (count == 1 && change->why)
		fprintf(out, " (%s)", change->why);
	if (count > 1)
		print_bundled(out, entry);
	fputc('\n', out);
}

/* Where equal changes are bundled, they stand in the place of the first one. */
static void print_changes(FILE *out, const struct comparison *comparison,
			  const struct view_options *options, const struct marks *marks)
{
	struct rows rows = { comparison->differences, comparison->n_differences,
			     sizeof(struct difference), offsetof(struct difference, subject),
			     compare_changes };
	_cleanup_free_ struct entry *entries = make_entries(&rows);
	const struct difference *last = NULL;

	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = entries[i].row;
		const struct entry *first = entries[i].first;
		bool is_bundled = !options->verbose && first->count >= BUNDLE_MIN;

		if (is_bundled && first != &entries[i])
			continue;
		if (!last || last->area != change->area)
			fprintf(out, "%s%s%s\n", marks->bold, difference_area_name(change->area),
				marks->plain);
		print_change(out, &entries[i], is_bundled ? first->count : 1, marks);
		last = change;
	}
}

static void print_open(FILE *out, const struct comparison *comparison,
		       const struct view_options *options, const struct marks *marks)
{
	struct rows rows = { comparison->open, comparison->n_open, sizeof(struct incomparable),
			     offsetof(struct incomparable, subject), compare_open };
	_cleanup_free_ struct entry *entries = make_entries(&rows);

	if (comparison->n_open)
		fprintf(out, "%snot compared%s\n", marks->bold, marks->plain);
	for (size_t i = 0; i < comparison->n_open; i++) {
		const struct incomparable *open = entries[i].row;
		const struct entry *first = entries[i].first;

		if (options->verbose || !open->field || first->count < BUNDLE_MIN) {
			fprintf(out, "  ? %s%s%s: %s\n", open->subject, open->field ? ": " : "",
				open->field ? open->field : "", open->reason);
		} else if (first == &entries[i]) {
			fprintf(out, "  ? %zu subjects: %s: %s", first->count, open->field,
				open->reason);
			print_bundled(out, first);
			fputc('\n', out);
		}
	}
}

int write_comparison_text(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options)
{
	struct wrapper *wrapper = wrap_begin(out, options->width);
	FILE *lines = wrap_stream(wrapper, out);
	static const struct marks plain = { { "+", "-", "~" }, "", "" };
	static const struct marks colored = { { "\033[32m+", "\033[31m-", "\033[33m~" },
					      "\033[1m",
					      "\033[0m" };
	const struct marks *marks = options->color ? &colored : &plain;

	print_side(lines, "-", before);
	print_side(lines, "+", after);
	print_changes(lines, comparison, options, marks);
	if (!comparison->n_differences)
		fputs("no differences\n", lines);
	print_open(lines, comparison, options, marks);
	wrap_end(wrapper);
	return ferror(out) ? -EIO : 0;
}

static json_t *side_object(const struct diff_side *side)
{
	return json_pack("{s:s, s:s?, s:s?}", "source", side->label, "host", side->host->name,
			 "kernel", side->host->release);
}

int write_comparison_json(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options)
{
	json_t *changes = json_array();
	json_t *open = json_array();
	json_t *top;
	int ret;

	(void)options;
	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = &comparison->differences[i];

		add(changes,
		    json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "area",
			      difference_area_name(change->area), "change",
			      difference_kind_name(change->kind), "subject", change->subject,
			      "field", change->field, "before", change->before, "after",
			      change->after, "reason", change->why));
	}
	for (size_t i = 0; i < comparison->n_open; i++) {
		const struct incomparable *gap = &comparison->open[i];
		_cleanup_free_ char *subject = xasprintf("%s%s%s", gap->subject,
							 gap->field ? ": " : "",
							 gap->field ? gap->field : "");

		add(open, json_pack("{s:s, s:s}", "subject", subject, "reason", gap->reason));
	}
	top = made(json_pack("{s:s, s:{s:s, s:s}, s:o, s:o, s:b, s:o, s:o}", "schema",
			     "vfiodiag-diff/1", "tool", "name", "vfiodiag", "version",
			     PACKAGE_VERSION, "before", side_object(before), "after",
			     side_object(after), "equal", !comparison->n_differences, "changes",
			     changes, "not_compared", open));
	ret = json_dumpf(top, out, JSON_INDENT(2));
	json_decref(top);
	return ret < 0 || fputc('\n', out) == EOF ? -EIO : 0;
}
