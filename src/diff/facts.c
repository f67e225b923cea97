/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of one thing, by their table. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"

static struct words split(const char *line, char separator)
{
	const char separators[] = { separator, '\0' };
	_cleanup_free_ char *copy = xstrdup(line);
	struct words words = { 0 };
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, separators)))
		if (*word)
			words_add(&words, xstrdup(word));
	return words;
}

static void compare_fact(struct diff *diff, const struct fact *fact, const char *subject,
			 const char *before, const char *after)
{
	if (fact->difference == FACT_WORDS && before && after) {
		struct words one = split(before, fact->separator);
		struct words two = split(after, fact->separator);

		changed_words(diff, fact->area, subject, fact->label, &one, &two);
		words_clear(&one);
		words_clear(&two);
	} else if (fact->difference == FACT_COMPARED) {
		changed(diff, fact->area, subject, fact->label, before, after);
	} else {
		changed_known(diff, fact->area, subject, fact->label, before, after);
	}
}

static bool is_known(const struct fact *fact, const void *thing)
{
	return !fact->known || fact->known(thing);
}

void compare_facts(struct diff *diff, const struct fact *facts, const char *subject,
		   const void *before, const void *after)
{
	struct fact_room one = { 0 }, two = { 0 };

	for (const struct fact *fact = facts; fact->key; fact++) {
		const char *name = subject ? subject : difference_area_name(fact->area);
		size_t at = diff->comparison->n_differences;

		if (fact->difference == FACT_IGNORED)
			continue;
		if (is_known(fact, before) && is_known(fact, after))
			compare_fact(diff, fact, name, fact_words(fact, before, &one),
				     fact_words(fact, after, &two));
		else if (is_known(fact, before) || is_known(fact, after))
			not_compared_field(diff, name, fact->label,
					   "could not be read on one side");
		/* The difference at @at, if one was noted, is of this fact. */
		if (fact->why && at < diff->comparison->n_differences)
			diff->comparison->differences[at].why = xstrdup(fact->why(after, &two));
	}
	fact_room_clear(&one);
	fact_room_clear(&two);
}
