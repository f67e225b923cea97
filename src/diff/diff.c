/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"

static void note_difference(struct diff *diff, enum difference_kind kind, enum difference_area area,
			    const char *subject, const char *field, const char *before,
			    const char *after)
{
	struct difference change = {
		.kind = kind,
		.area = area,
		.subject = xstrdup(subject),
		.field = xstrdup(field),
		.before = xstrdup(before),
		.after = xstrdup(after),
	};

	APPEND(diff->comparison->differences, diff->comparison->n_differences, change);
}

void changed(struct diff *diff, enum difference_area area, const char *subject, const char *field,
	     const char *before, const char *after)
{
	enum difference_kind kind = !before  ? DIFFERENCE_APPEARED
				    : !after ? DIFFERENCE_REMOVED
					     : DIFFERENCE_CHANGED;

	if (before != after && (!before || !after || strcmp(before, after) != 0))
		note_difference(diff, kind, area, subject, field, before, after);
}

void changed_known(struct diff *diff, enum difference_area area, const char *subject,
		   const char *field, const char *before, const char *after)
{
	if (!before == !after)
		changed(diff, area, subject, field, before, after);
	else
		not_compared_field(diff, subject, field,
				   before ? "not known in the second" : "not known in the first");
}

void appeared(struct diff *diff, enum difference_area area, const char *subject, const char *what)
{
	note_difference(diff, DIFFERENCE_APPEARED, area, subject, NULL, NULL, what);
}

void removed(struct diff *diff, enum difference_area area, const char *subject, const char *what)
{
	note_difference(diff, DIFFERENCE_REMOVED, area, subject, NULL, what, NULL);
}

void not_compared(struct diff *diff, const char *subject, const char *reason)
{
	not_compared_field(diff, subject, NULL, reason);
}

void not_compared_field(struct diff *diff, const char *subject, const char *field,
			const char *reason)
{
	struct incomparable open = { .subject = xstrdup(subject),
				     .field = field ? xstrdup(field) : NULL,
				     .reason = xstrdup(reason) };

	APPEND(diff->comparison->open, diff->comparison->n_open, open);
}

void words_add(struct words *words, char *word)
{
	APPEND(words->word, words->count, word);
}

void words_clear(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	*words = (struct words){ 0 };
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where the word at @at ends to repeat itself. */
static size_t skip_same(const struct words *words, size_t at)
{
	size_t next = at + 1;

	while (next < words->count && strcmp(words->word[at], words->word[next]) == 0)
		next++;
	return next;
}

void changed_words(struct diff *diff, enum difference_area area, const char *subject,
		   const char *field, struct words *before, struct words *after)
{
	size_t b = 0, a = 0;

	if (before->count)
		qsort(before->word, before->count, sizeof(*before->word), compare_words);
	if (after->count)
		qsort(after->word, after->count, sizeof(*after->word), compare_words);
	while (b < before->count || a < after->count) {
		int order = b == before->count	? 1
			    : a == after->count ? -1
						: strcmp(before->word[b], after->word[a]);

		if (order < 0)
			changed(diff, area, subject, field, before->word[b], NULL);
		else if (order > 0)
			changed(diff, area, subject, field, NULL, after->word[a]);
		if (order <= 0)
			b = skip_same(before, b);
		if (order >= 0)
			a = skip_same(after, a);
	}
}

void compare_reports(const struct report *before, const struct report *after,
		     struct comparison *comparison)
{
	struct diff diff = { .before = before, .after = after, .comparison = comparison };
	struct difference *sorted = NULL;
	size_t count = 0;

	*comparison = (struct comparison){ 0 };
	compare_system(&diff);
	compare_devices(&diff);
	compare_groups(&diff);
	compare_findings(&diff);
	free(diff.pairs);
	/* Findings, then the facts by areas; within one the order stays. */
	for (unsigned int i = 0; i <= AREA_FINDING; i++) {
		enum difference_area area = i ? i - 1 : AREA_FINDING;

		for (size_t c = 0; c < comparison->n_differences; c++) {
			if (comparison->differences[c].area == area)
				APPEND(sorted, count, comparison->differences[c]);
		}
	}
	free(comparison->differences);
	comparison->differences = sorted;
}
