/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of one thing, by their table. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "compare/internal.h"

static struct words split(const char *line)
{
	_cleanup_free_ char *copy = xstrdup(line);
	struct words words = { 0 };
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, " ")))
		if (*word)
			words_add(&words, xstrdup(word));
	return words;
}

static void compare_words(struct sides *sides, const struct fact *fact, const char *subject,
			  const char *before, const char *after)
{
	struct words one = split(before);
	struct words two = split(after);

	changed_words(sides, fact->area, subject, fact->label, &one, &two);
	words_clear(&one);
	words_clear(&two);
}

static void compare_fact(struct sides *sides, const struct fact *fact, const char *subject,
			 const char *before, const char *after)
{
	if (fact->difference == FACT_WORDS && before && after)
		compare_words(sides, fact, subject, before, after);
	else if (fact->difference == FACT_COMPARED)
		changed(sides, fact->area, subject, fact->label, before, after);
	else
		changed_known(sides, fact->area, subject, fact->label, before, after);
}

void compare_facts(struct sides *sides, const struct fact *facts, const char *subject,
		   const void *before, const void *after)
{
	struct fact_room one = { 0 }, two = { 0 };

	for (const struct fact *fact = facts; fact->key; fact++) {
		const char *name = subject ? subject : difference_area_name(fact->area);

		if (fact->difference == FACT_IGNORED)
			continue;
		if (!fact->known || (fact->known(before) && fact->known(after))) {
			compare_fact(sides, fact, name, fact_words(fact, before, &one),
				     fact_words(fact, after, &two));
		} else {
			_cleanup_free_ char *what = xasprintf("%s: %s", name, fact->label);

			not_compared(sides, what, "could not be read on one side");
		}
	}
	fact_room_clear(&one);
	fact_room_clear(&two);
}
