/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/pair.h"

#include <stdbool.h>

/* More entries than two pages can take where this is asked; one page alone would be "too small". */
#define LEAFS_MAX 3
/* What two paths through a table take, and parts of larger tables beside them. */
#define ENTRIES_MAX 16384

static const struct {
	const char *name;
	const char *words;
} reasons[PAIR_REASONS] = {
	[PAIR_PROVEN] = { "proven", "the entries agree with the mapped memory" },
	[PAIR_NOT_READ] = { "not-read", "the page table could not be read" },
	[PAIR_NOT_ALIGNED] = { "not-aligned", "the two pages are not aligned to their size" },
	[PAIR_NOT_CONTIGUOUS] = { "not-contiguous",
				  "the two pages do not follow each other in memory" },
	[PAIR_NOT_MAPPED] = { "not-mapped",
			      "the page table has no entry for a part of the two pages" },
	[PAIR_OTHER_MEMORY] = { "other-memory", "an entry leads to other memory than was mapped" },
	[PAIR_TOO_LARGE] = { "too-large", "an entry covers more than was mapped" },
	[PAIR_TOO_SMALL] = { "too-small", "a page takes more than one entry" },
};

const char *pair_reason_name(enum pair_reason reason)
{
	return reasons[reason].name;
}

const char *pair_reason_words(enum pair_reason reason)
{
	return reasons[reason].words;
}

/* Only such a pair could be one entry. */
static enum pair_reason check_pair(const struct pair *pair)
{
	uint64_t page = pair->page_size;

	if (!page || page & (page - 1) || page > UINT64_MAX / 4)
		return PAIR_NOT_ALIGNED;
	if ((pair->iova | pair->physical[0]) & (2 * page - 1))
		return PAIR_NOT_ALIGNED;
	return pair->physical[1] == pair->physical[0] + page ? PAIR_PROVEN : PAIR_NOT_CONTIGUOUS;
}

/* An entry that covers the page at @iova, and nothing outside the pair. */
static enum pair_reason check_leaf(const struct pair *pair, const struct table_leaf *leaf,
				   uint64_t iova)
{
	if (leaf->iova > iova)
		return PAIR_NOT_MAPPED;
	if (leaf->size > 2 * pair->page_size || leaf->iova < iova)
		return PAIR_TOO_LARGE;
	if (leaf->size < pair->page_size)
		return PAIR_TOO_SMALL;
	if (leaf->physical != pair->physical[0] + (leaf->iova - pair->iova))
		return PAIR_OTHER_MEMORY;
	return PAIR_PROVEN;
}

static enum pair_reason check_entries(const struct pair *pair, const struct table_leaf *leafs,
				      size_t n_leafs)
{
	uint64_t end = 2 * pair->page_size;
	uint64_t done = 0;

	for (size_t i = 0; i < n_leafs; i++) {
		enum pair_reason reason = check_leaf(pair, &leafs[i], pair->iova + done);

		if (reason)
			return reason;
		done += leafs[i].size;
		if (done > end)
			return PAIR_TOO_LARGE;
	}
	return done == end ? PAIR_PROVEN : PAIR_NOT_MAPPED;
}

void pair_judge(const struct pair *pair, const struct table_leaf *leafs, size_t n_leafs,
		struct pair_verdict *verdict)
{
	enum pair_reason reason = check_pair(pair);

	if (!reason)
		reason = check_entries(pair, leafs, n_leafs);
	verdict->result = TABLE_OK;
	verdict->reason = reason;
	verdict->answer = PAIR_UNKNOWN;
	if (!reason)
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

	*verdict = (struct pair_verdict){ .reason = check_pair(pair) };
	if (verdict->reason)
		return;
	verdict->result = table_scan(memory, root, &scan);
	if (verdict->result)
		verdict->reason = PAIR_NOT_READ;
	else
		pair_judge(pair, found.leafs, found.count, verdict);
}
