/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_PAIR_H
#define VFIODIAG_PAGETABLE_PAIR_H

#include <stddef.h>
#include <stdint.h>

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
 * enum pair_reason - why a pair proves nothing.
 * @PAIR_PROVEN: it does
 * @PAIR_NOT_READ: the table could not be read; pair_verdict.result tells why
 * @PAIR_NOT_ALIGNED: the pair does not start at a multiple of its size, in bus or memory
 * @PAIR_NOT_CONTIGUOUS: the second page does not follow the first in memory
 * @PAIR_NOT_MAPPED: a part of it has no entry
 * @PAIR_OTHER_MEMORY: an entry leads to other memory than the pair's
 * @PAIR_TOO_LARGE: an entry covers more than the pair, though nothing else was mapped
 * @PAIR_TOO_SMALL: a page takes more than one entry
 */
enum pair_reason {
	PAIR_PROVEN,
	PAIR_NOT_READ,
	PAIR_NOT_ALIGNED,
	PAIR_NOT_CONTIGUOUS,
	PAIR_NOT_MAPPED,
	PAIR_OTHER_MEMORY,
	PAIR_TOO_LARGE,
	PAIR_TOO_SMALL,
	PAIR_REASONS,
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
 * @reason: PAIR_PROVEN unless @answer is PAIR_UNKNOWN
 * @result: how reading the table ended; it matters with PAIR_NOT_READ only
 */
struct pair_verdict {
	enum pair_answer answer;
	enum pair_reason reason;
	enum table_result result;
};

/** pair_reason_name() - name @reason in a stable short form: "other-memory". */
const char *pair_reason_name(enum pair_reason reason);

/** pair_reason_words() - explain @reason, for the end of a sentence. */
const char *pair_reason_words(enum pair_reason reason);

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
