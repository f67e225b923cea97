/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings and the verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"

static int compare_id(const void *key, const void *item)
{
	unsigned int id = *(const unsigned int *)key;
	const struct pair *pair = item;

	return id < pair->before->id ? -1 : id > pair->before->id;
}

/* Subject of a finding of the first side, in group numbers of the second. Free it. */
static char *subject_now(const struct diff *diff, const char *subject)
{
	/* The pairs of the groups of the first side come first, by number as those groups are. */
	size_t count = diff->n_pairs ? diff->before->host->n_groups : 0;
	const struct pair *pair;
	unsigned int id;
	int end = 0;

	if (!count || sscanf(subject, "group %u%n", &id, &end) != 1 || subject[end])
		return xstrdup(subject);
	pair = bsearch(&id, diff->pairs, count, sizeof(*pair), compare_id);
	return pair && pair->after ? xasprintf("group %u", pair->after->id) : xstrdup(subject);
}

/**
 * struct item - a finding among the others of its side.
 * @place: where it stands there
 * @nth: how many of its kind about its subject stand before it
 * @match: the same finding on the other side; NULL if it is not there
 */
struct item {
	const struct finding *finding;
	size_t place;
	size_t nth;
	struct item *match;
};

static int compare_places(const struct item *one, const struct item *two)
{
	return one->place < two->place ? -1 : one->place > two->place;
}

static int compare_kinds(const struct item *one, const struct item *two)
{
	int order = strcmp(one->finding->id, two->finding->id);

	return order ? order : strcmp(one->finding->subject, two->finding->subject);
}

/* Kinds and subjects come together, and those of one stay in order. */
static int compare_items(const void *a, const void *b)
{
	int order = compare_kinds(a, b);

	return order ? order : compare_places(a, b);
}

/* As compare_findings() looks for them: of those of one kind and subject the @nth. */
static int compare_nth(const void *a, const void *b)
{
	const struct item *one = a, *two = b;
	int order = compare_kinds(one, two);

	return order ? order : one->nth < two->nth ? -1 : one->nth > two->nth;
}

/* The findings of a side by kind, subject and number. Free the array. */
static struct item *sorted_items(const struct findings *findings)
{
	struct item *items = xcalloc(findings->count + 1, sizeof(*items));

	for (size_t i = 0; i < findings->count; i++)
		items[i] = (struct item){ .finding = &findings->finding[i], .place = i };
	qsort(items, findings->count, sizeof(*items), compare_items);
	for (size_t i = 1; i < findings->count; i++) {
		if (compare_kinds(&items[i], &items[i - 1]) == 0)
			items[i].nth = items[i - 1].nth + 1;
	}
	return items;
}

/* OK findings are not compared: they only report the checks that were made. */
static char *text_of(const struct finding *finding)
{
	return finding && finding->severity != SEVERITY_OK
		       ? xasprintf("%s: %s", severity_name(finding->severity), finding->message)
		       : NULL;
}

/* How bad the finding is, on the side where it is worse. */
static int weight_of(const struct item *item)
{
	int weight = severity_weight(item->finding->severity);
	int other = item->match ? severity_weight(item->match->finding->severity) : 0;

	return weight > other ? weight : other;
}

/* The worst first; those of one severity in the order of the side. */
static int compare_weights(const void *a, const void *b)
{
	const struct item *const *one = a, *const *two = b;
	int order = weight_of(*two) - weight_of(*one);

	return order ? order : compare_places(*one, *two);
}

/* Of one severity, what the first side has comes before what is new in the second. */
static void compare_all(struct diff *diff, struct item *before, size_t n_before, struct item *after,
			size_t n_after)
{
	_cleanup_free_ struct item **items = xcalloc(n_before + n_after + 1, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < n_before; i++)
		items[count++] = &before[i];
	for (size_t i = 0; i < n_after; i++) {
		after[i].place += n_before;
		if (!after[i].match)
			items[count++] = &after[i];
	}
	qsort(items, count, sizeof(struct item *), compare_weights);
	for (size_t i = 0; i < count; i++) {
		bool is_new = items[i]->place >= n_before;
		const struct item *one = is_new ? NULL : items[i];
		const struct item *two = is_new ? items[i] : items[i]->match;
		_cleanup_free_ char *subject = is_new ? xstrdup(two->finding->subject)
						      : subject_now(diff, one->finding->subject);
		_cleanup_free_ char *was = one ? text_of(one->finding) : NULL;
		_cleanup_free_ char *is = two ? text_of(two->finding) : NULL;

		changed(diff, AREA_FINDING, subject, items[i]->finding->id, was, is);
	}
}

void compare_findings(struct diff *diff)
{
	const struct findings *before = &diff->before->findings;
	const struct findings *after = &diff->after->findings;
	_cleanup_free_ struct item *one = sorted_items(before);
	_cleanup_free_ struct item *two = sorted_items(after);

	changed(diff, AREA_FINDING, "host", "verdict", readiness_name(diff->before->readiness),
		readiness_name(diff->after->readiness));
	for (size_t i = 0; i < before->count; i++) {
		_cleanup_free_ char *subject = subject_now(diff, one[i].finding->subject);
		const struct finding like = { .id = one[i].finding->id, .subject = subject };
		const struct item wanted = { .finding = &like, .nth = one[i].nth };

		one[i].match = bsearch(&wanted, two, after->count, sizeof(wanted), compare_nth);
		if (one[i].match)
			one[i].match->match = &one[i];
	}
	compare_all(diff, one, before->count, two, after->count);
}
