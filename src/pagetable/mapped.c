/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/mapped.h"

#include <stdbool.h>

/* For each page more than the smallest entries of it, and the paths to them. */
#define ENTRIES_PER_PAGE 64
#define ENTRIES_MORE	 65536

/** struct check - entries that are held against a mapping. @done: bytes of it that agree. */
struct check {
	const struct mapped *mapped;
	struct tally *tally;
	uint64_t done;
	uint64_t size;
	enum doubt doubt;
};

/* All pages, or parts of them, that an entry leads to. */
static bool leads_to(const struct mapped *mapped, const struct table_leaf *leaf)
{
	uint64_t page = mapped->page_size;
	uint64_t done = 0;

	while (done < leaf->size) {
		uint64_t offset = leaf->iova - mapped->iova + done;
		uint64_t within = offset & (page - 1);

		if (leaf->physical + done != mapped->physical[offset / page] + within)
			return false;
		done += page - within;
	}
	return true;
}

static enum doubt check_leaf(const struct check *check, const struct table_leaf *leaf)
{
	uint64_t iova = check->mapped->iova + check->done;

	if (leaf->iova > iova)
		return DOUBT_NOT_MAPPED;
	if (leaf->iova < iova || leaf->size > check->size - check->done)
		return DOUBT_TOO_LARGE;
	return leads_to(check->mapped, leaf) ? DOUBT_NONE : DOUBT_OTHER_MEMORY;
}

static bool add_leaf(void *context, const struct table_leaf *leaf)
{
	struct check *check = context;

	check->doubt = check_leaf(check, leaf);
	if (check->doubt)
		return false;
	check->done += leaf->size;
	tally_add(check->tally, leaf);
	return true;
}

/* Whole pages, that end within the address space. */
static bool is_aligned(const struct mapped *mapped)
{
	uint64_t page = mapped->page_size;
	uint64_t size, last;

	if (!page || page & (page - 1) || mapped->iova & (page - 1) || !mapped->n_pages)
		return false;
	for (size_t i = 0; i < mapped->n_pages; i++) {
		if (mapped->physical[i] & (page - 1))
			return false;
	}
	return !__builtin_mul_overflow(page, mapped->n_pages, &size) &&
	       !__builtin_add_overflow(mapped->iova, size - 1, &last);
}

enum doubt mapped_examine(const struct memory *memory, const struct table_root *root,
			  const struct mapped *mapped, struct tally *tally,
			  enum table_result *result)
{
	struct check check = { .mapped = mapped,
			       .tally = tally,
			       .size = mapped->page_size * mapped->n_pages };
	struct table_scan scan = {
		.first = mapped->iova,
		.last = mapped->iova + (check.size - 1),
		.max_entries = (uint64_t)mapped->n_pages * ENTRIES_PER_PAGE + ENTRIES_MORE,
		.visit = add_leaf,
		.context = &check,
	};

	*result = TABLE_OK;
	if (!is_aligned(mapped))
		return DOUBT_NOT_ALIGNED;
	*result = table_scan(memory, root, &scan);
	tally_end(tally);
	if (check.doubt)
		return check.doubt;
	if (*result)
		return DOUBT_NOT_READ;
	return check.done == check.size ? DOUBT_NONE : DOUBT_NOT_MAPPED;
}
