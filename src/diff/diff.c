/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "diff/internal.h"

static bool is_same(const char *one, const char *two)
{
	return one == two || (one && two && strcmp(one, two) == 0);
}

static void add(struct sides *sides, const struct difference *change)
{
	struct difference copy = {
		.kind = change->kind,
		.area = change->area,
		.subject = xstrdup(change->subject),
		.field = xstrdup(change->field),
		.before = xstrdup(change->before),
		.after = xstrdup(change->after),
	};

	APPEND(sides->comparison->differences, sides->comparison->n_differences, copy);
}

void changed(struct sides *sides, enum difference_area area, const char *subject, const char *field,
	     const char *before, const char *after)
{
	struct difference change = { .kind = !before  ? DIFFERENCE_APPEARED
					     : !after ? DIFFERENCE_WENT
						      : DIFFERENCE_CHANGED,
				     .area = area,
				     .subject = (char *)subject,
				     .field = (char *)field,
				     .before = (char *)before,
				     .after = (char *)after };

	if (!is_same(before, after))
		add(sides, &change);
}

void changed_known(struct sides *sides, enum difference_area area, const char *subject,
		   const char *field, const char *before, const char *after)
{
	char *what;

	if (!before == !after) {
		changed(sides, area, subject, field, before, after);
		return;
	}
	what = xasprintf("%s: %s", subject, field);
	not_compared(sides, what, before ? "not known in the second" : "not known in the first");
	free(what);
}

void appeared(struct sides *sides, enum difference_area area, const char *subject, const char *what)
{
	struct difference change = { .kind = DIFFERENCE_APPEARED,
				     .area = area,
				     .subject = (char *)subject,
				     .after = (char *)what };

	add(sides, &change);
}

void removed(struct sides *sides, enum difference_area area, const char *subject, const char *what)
{
	struct difference change = { .kind = DIFFERENCE_WENT,
				     .area = area,
				     .subject = (char *)subject,
				     .before = (char *)what };

	add(sides, &change);
}

void not_compared(struct sides *sides, const char *subject, const char *reason)
{
	struct incomparable open = { .subject = xstrdup(subject), .reason = xstrdup(reason) };

	APPEND(sides->comparison->open, sides->comparison->n_open, open);
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

static void sort(struct words *words)
{
	if (words->count)
		qsort(words->word, words->count, sizeof(*words->word), compare_words);
}

/* Where the word at @at ends to repeat itself. */
static size_t skip_same(const struct words *words, size_t at)
{
	size_t next = at + 1;

	while (next < words->count && strcmp(words->word[at], words->word[next]) == 0)
		next++;
	return next;
}

void changed_words(struct sides *sides, enum difference_area area, const char *subject,
		   const char *field, struct words *before, struct words *after)
{
	size_t b = 0, a = 0;

	sort(before);
	sort(after);
	while (b < before->count || a < after->count) {
		int order = b == before->count	? 1
			    : a == after->count ? -1
						: strcmp(before->word[b], after->word[a]);

		if (order < 0)
			changed(sides, area, subject, field, before->word[b], NULL);
		else if (order > 0)
			changed(sides, area, subject, field, NULL, after->word[a]);
		if (order <= 0)
			b = skip_same(before, b);
		if (order >= 0)
			a = skip_same(after, a);
	}
}

/* Findings, then the facts by areas; within one the order stays. */
static void sort_changes(struct comparison *comparison)
{
	struct difference *sorted = NULL;
	size_t count = 0;

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

void compare_reports(const struct report *before, const struct report *after,
		     struct comparison *comparison)
{
	struct sides sides = { .before = before, .after = after, .comparison = comparison };

	*comparison = (struct comparison){ 0 };
	compare_system(&sides);
	compare_devices(&sides);
	compare_groups(&sides);
	compare_findings(&sides);
	free(sides.pairs);
	sort_changes(comparison);
}
