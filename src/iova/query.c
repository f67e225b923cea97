/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iova/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "iova/nearest.h"
#include "iova/words.h"

void query_make(const struct space *space, const struct question *question, struct query *query)
{
	*query = (struct query){ .space = space, .question = *question };
	query->usable = space_check(space, question->address, question->size, question->has_size,
				    &query->hit);
	if (query->hit.kind != HIT_WRAP)
		query->range = (struct range){ question->address,
					       question->address + (question->size - 1) };
	if (query->usable == USABLE_NO)
		query->words = words_of_hit(space, &query->hit);
	else if (query->usable == USABLE_UNKNOWN)
		query->words = xstrdup(words_of_unknown(space));
	/* There are none in a group that cannot be assigned. */
	if (space->locked || query->usable != USABLE_NO)
		return;
	query->has_below = nearest_below(&space->free, question->address, question->size,
					 question->align, &query->below);
	query->has_above = nearest_above(&space->free, question->address, question->size,
					 question->align, &query->above);
}

void query_clear(struct query *query)
{
	free(query->words);
	memset(query, 0, sizeof(*query));
}

int query_status(const struct space *space, const struct query *query)
{
	if (query ? query->usable == USABLE_NO : space->locked != NULL)
		return EXIT_REFUSED;
	switch (space->known_by) {
	case SPACE_PROBE:
		return EXIT_OBSERVED;
	case SPACE_REGISTERS:
		return EXIT_INFERRED;
	default:
		return EXIT_UNMEASURED;
	}
}
