/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between two hosts: for people, and as JSON (schema vfiodiag-diff/1). Commands of fixes are
 * not shown: the two hosts may both be elsewhere, and check has them.
 */
#include "view/diff.h"

#include <errno.h>
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
 * struct entry - a change among all of them.
 * @first: the first one that is equal but for its subject, and has their number in @count
 * @next: the next one that is; NULL for none
 */
struct entry {
	const struct difference *change;
	struct entry *first;
	const struct entry *next;
	size_t count;
};

static int compare_text(const char *one, const char *two)
{
	return one && two ? strcmp(one, two) : !!one - !!two;
}

/* 0 if the changes are equal but for their subjects. */
static int compare_changes(const struct difference *one, const struct difference *two)
{
	int order = (int)one->area - (int)two->area;

	if (!order)
		order = (int)one->kind - (int)two->kind;
	if (!order)
		order = compare_text(one->field, two->field);
	if (!order)
		order = compare_text(one->before, two->before);
	return order ? order : compare_text(one->after, two->after);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *one = *(struct entry *const *)a, *two = *(struct entry *const *)b;
	int order = compare_changes(one->change, two->change);

	return order ? order : one->change < two->change ? -1 : one->change > two->change;
}

/* The changes in their order, with equal ones linked. Free the array. */
static struct entry *make_entries(const struct comparison *comparison)
{
	size_t count = comparison->n_differences;
	struct entry *entries = xcalloc(count + 1, sizeof(*entries));
	_cleanup_free_ struct entry **sorted = xcalloc(count + 1, sizeof(*sorted));
	struct entry *first = NULL;

	for (size_t i = 0; i < count; i++) {
		entries[i].change = &comparison->differences[i];
		sorted[i] = &entries[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_entries);
	for (size_t i = 0; i < count; i++) {
		bool is_equal = first && !compare_changes(first->change, sorted[i]->change);

		if (is_equal)
			sorted[i - 1]->next = sorted[i];
		else
			first = sorted[i];
		sorted[i]->first = first;
		first->count++;
	}
	return entries;
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
	const struct difference *change = entry->change;
	const char *what = subjects[change->area];
	size_t left = entry->count;

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
	/* " (0000:01:00.0, 0000:02:00.0, 0000:03:00.0 and 9 more)" */
	for (size_t named = 0; count > 1 && entry && named < NAMED_MAX; named++, left--) {
		fprintf(out, "%s%s", named ? ", " : " (", entry->change->subject);
		entry = entry->next;
	}
	if (count > 1 && left)
		fprintf(out, " and %zu more", left);
	fputs(count > 1 ? ")\n" : "\n", out);
}

/* Where equal changes are bundled, they stand in the place of the first one. */
static void print_changes(FILE *out, const struct comparison *comparison,
			  const struct view_options *options, const struct marks *marks)
{
	_cleanup_free_ struct entry *entries = make_entries(comparison);
	const struct difference *last = NULL;

	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = entries[i].change;
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

/** struct gap - something that was not compared, among all that was not, as struct entry. */
struct gap {
	const struct incomparable *open;
	struct gap *first;
	const struct gap *next;
	size_t count;
};

/* 0 if they are equal but for their subjects. What has no field is another thing each time. */
static int compare_open(const struct incomparable *one, const struct incomparable *two)
{
	int order = compare_text(one->field, two->field);

	if (!order && !one->field)
		order = compare_text(one->subject, two->subject);
	return order ? order : strcmp(one->reason, two->reason);
}

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *one = *(struct gap *const *)a, *two = *(struct gap *const *)b;
	int order = compare_open(one->open, two->open);

	return order ? order : one->open < two->open ? -1 : one->open > two->open;
}

/* The incomparable facts in their order, with equal ones linked. Free the array. */
static struct gap *make_gaps(const struct comparison *comparison)
{
	size_t count = comparison->n_open;
	struct gap *gaps = xcalloc(count + 1, sizeof(*gaps));
	_cleanup_free_ struct gap **sorted = xcalloc(count + 1, sizeof(*sorted));
	struct gap *first = NULL;

	for (size_t i = 0; i < count; i++) {
		gaps[i].open = &comparison->open[i];
		sorted[i] = &gaps[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_gaps);
	for (size_t i = 0; i < count; i++) {
		if (first && !compare_open(first->open, sorted[i]->open))
			sorted[i - 1]->next = sorted[i];
		else
			first = sorted[i];
		sorted[i]->first = first;
		first->count++;
	}
	return gaps;
}

/* "  ? 12 subjects: state: not known in the second (0000:01:00.0, 0000:02:00.0, … and 9 more)" */
static void print_bundle(FILE *out, const struct gap *gap)
{
	size_t left = gap->count;

	fprintf(out, "  ? %zu subjects: %s: %s", left, gap->open->field, gap->open->reason);
	for (size_t named = 0; gap && named < NAMED_MAX; named++, left--) {
		fprintf(out, "%s%s", named ? ", " : " (", gap->open->subject);
		gap = gap->next;
	}
	if (left)
		fprintf(out, " and %zu more", left);
	fputs(")\n", out);
}

static void print_open(FILE *out, const struct comparison *comparison,
		       const struct view_options *options, const struct marks *marks)
{
	_cleanup_free_ struct gap *gaps = make_gaps(comparison);

	if (comparison->n_open)
		fprintf(out, "%snot compared%s\n", marks->bold, marks->plain);
	for (size_t i = 0; i < comparison->n_open; i++) {
		const struct incomparable *open = gaps[i].open;

		if (options->verbose || !open->field || gaps[i].first->count < BUNDLE_MIN)
			fprintf(out, "  ? %s%s%s: %s\n", open->subject, open->field ? ": " : "",
				open->field ? open->field : "", open->reason);
		else if (gaps[i].first == &gaps[i])
			print_bundle(out, &gaps[i]);
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
