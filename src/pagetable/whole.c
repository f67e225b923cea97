/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/whole.h"

#include <errno.h>
#include <stdbool.h>

#include "pagetable/reason.h"

/* Tables that are read between two calls of the progress function: of 4 KiB each, 8 GiB in entries of 4 KiB. */
#define TABLES_AT_ONCE 4096

/** struct scan - one of the two. @n_tables: that were read. @is_odd: the IOMMU offers no such entry. */
struct scan {
	const struct whole *whole;
	bool has_sizes;
	struct tally tally;
	uint64_t n_tables;
	bool is_odd;
};

static bool add_leaf(void *context, const struct table_leaf *leaf)
{
	struct scan *scan = context;

	/* The driver writes no other sizes, so the table was not understood. */
	if (scan->has_sizes && !(leaf->size & scan->whole->page_sizes)) {
		scan->is_odd = true;
		return false;
	}
	tally_add(&scan->tally, leaf);
	return true;
}

/* The caller ends a process that takes too long. */
static bool tell_progress(void *context)
{
	struct scan *scan = context;

	if (++scan->n_tables % TABLES_AT_ONCE == 0 && scan->whole->progress)
		scan->whole->progress(scan->whole->context);
	return false;
}

static enum table_result run_scan(const struct memory *memory, const struct table_root *root,
				  const struct whole *whole, struct scan *scan)
{
	struct table_scan entries = {
		.last = whole->last,
		.max_entries = UINT64_MAX,
		.is_over = tell_progress,
		.visit = add_leaf,
		.context = scan,
	};
	enum table_result result;

	*scan = (struct scan){ .whole = whole, .has_sizes = root->kind != TABLE_VIRTIO };
	tally_begin(&scan->tally, whole->large, whole->page_sizes);
	result = table_scan(memory, root, &entries);
	tally_end(&scan->tally);
	return result;
}

int whole_examine(const struct memory *memory, const struct table_root *root,
		  const struct whole *whole, struct tally *tally, char **reason)
{
	struct scan first, second;
	enum table_result result = run_scan(memory, root, whole, &first);

	if (first.is_odd)
		return could_not_tell(reason, EINVAL,
				      "the page table has an entry of a size that the IOMMU does "
				      "not offer");
	if (result)
		return could_not_tell(reason, EIO, "%s", table_result_words(result));
	if (run_scan(memory, root, whole, &second) || !tally_is_same(&first.tally, &second.tally))
		return could_not_tell(reason, EAGAIN, "it changes while it is read");
	*tally = second.tally;
	return 0;
}
