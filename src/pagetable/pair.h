/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_PAIR_H
#define VFIODIAG_PAGETABLE_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "pagetable/doubt.h"
#include "pagetable/table.h"

/*
 * Two pages that were mapped as one: one entry for both shows fine-grained superpages. Pure.
 */

/** enum pair_answer - number of entries of a pair of pages. */
enum pair_answer {
	PAIR_UNKNOWN,
	PAIR_ONE_ENTRY,
	PAIR_TWO_ENTRIES,
};

/**
 * struct pair - two pages that were mapped together, and nothing beside them.
 * @iova: bus address of the first
 * @page_size: bytes of each, a power of two
 * @physical: their addresses in memory, as the process that mapped them sees them
 */
struct pair {
	uint64_t iova;
	uint64_t page_size;
	uint64_t physical[2];
};

/**
 * struct pair_verdict - conclusion from a pair.
 * @doubt: why @answer is PAIR_UNKNOWN
 * @result: how reading the table ended; it matters with DOUBT_NOT_READ only
 */
struct pair_verdict {
	enum pair_answer answer;
	enum doubt doubt;
	enum table_result result;
};

/**
 * pair_judge() - conclude from the entries of a pair.
 * @leafs: the @n_leafs entries that cover any of it, in order
 */
void pair_judge(const struct pair *pair, const struct table_leaf *leafs, size_t n_leafs,
		struct pair_verdict *verdict);

/** pair_examine() - read the entries of @pair, and conclude from them. */
void pair_examine(const struct memory *memory, const struct table_root *root,
		  const struct pair *pair, struct pair_verdict *verdict);

#endif
