/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/pair.h"

#include <stdbool.h>

/* More entries than two pages can take where this is asked; one page alone would be "too small". */
#define LEAFS_MAX 3
/* What two paths through a table take, and parts of larger tables beside them. */
#define ENTRIES_MAX 16384

/* Only such a pair could be one entry. */
static enum doubt check_pair(const struct pair *pair)
{
	uint64_t page = pair->page_size;

	if (!page || page & (page - 1) || page > UINT64_MAX / 4)
		return DOUBT_NOT_ALIGNED;
	if ((pair->iova | pair->physical[0]) & (2 * page - 1))
		return DOUBT_NOT_ALIGNED;
	return pair->physical[1] == pair->physical[0] + page ? DOUBT_NONE : DOUBT_NOT_CONTIGUOUS;
}

/* An entry that covers the page at @iova, and nothing outside the pair. */
static enum doubt check_leaf(const struct pair *pair, const struct table_leaf *leaf, uint64_t iova)
{
	if (leaf->iova > iova)
		return DOUBT_NOT_MAPPED;
	if (leaf->size > 2 * pair->page_size || leaf->iova < iova)
		return DOUBT_TOO_LARGE;
	if (leaf->size < pair->page_size)
		return DOUBT_TOO_SMALL;
	if (leaf->physical != pair->physical[0] + (leaf->iova - pair->iova))
		return DOUBT_OTHER_MEMORY;
	return DOUBT_NONE;
}

static enum doubt check_entries(const struct pair *pair, const struct table_leaf *leafs,
				size_t n_leafs)
{
	uint64_t end = 2 * pair->page_size;
	uint64_t done = 0;

	for (size_t i = 0; i < n_leafs; i++) {
		enum doubt doubt = check_leaf(pair, &leafs[i], pair->iova + done);

		if (doubt)
			return doubt;
		done += leafs[i].size;
		if (done > end)
			return DOUBT_TOO_LARGE;
	}
	return done == end ? DOUBT_NONE : DOUBT_NOT_MAPPED;
}

void pair_judge(const struct pair *pair, const struct table_leaf *leafs, size_t n_leafs,
		struct pair_verdict *verdict)
{
	enum doubt doubt = check_pair(pair);

	if (!doubt)
		doubt = check_entries(pair, leafs, n_leafs);
	verdict->result = TABLE_OK;
	verdict->doubt = doubt;
	verdict->answer = PAIR_UNKNOWN;
	if (!doubt)
		verdict->answer = n_leafs == 1 ? PAIR_ONE_ENTRY : PAIR_TWO_ENTRIES;
}

/** struct collection - the entries that a scan finds. */
struct collection {
	struct table_leaf leafs[LEAFS_MAX];
	size_t count;
};

static bool collect(void *context, const struct table_leaf *leaf)
{
	struct collection *collection = context;

	if (collection->count < LEAFS_MAX)
		collection->leafs[collection->count++] = *leaf;
	return true;
}

void pair_examine(const struct memory *memory, const struct table_root *root,
		  const struct pair *pair, struct pair_verdict *verdict)
{
	struct collection found = { .count = 0 };
	struct table_scan scan = {
		.first = pair->iova,
		.last = pair->iova + (2 * pair->page_size - 1),
		.max_entries = ENTRIES_MAX,
		.visit = collect,
		.context = &found,
	};

	*verdict = (struct pair_verdict){ .doubt = check_pair(pair) };
	if (verdict->doubt)
		return;
	verdict->result = table_scan(memory, root, &scan);
	if (verdict->result)
		verdict->doubt = DOUBT_NOT_READ;
	else
		pair_judge(pair, found.leafs, found.count, verdict);
}
