/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_IOVA_QUERY_H
#define VFIODIAG_IOVA_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "iova/space.h"

/**
 * struct question - a question about a range of addresses.
 * @size: bytes, at least 1
 * @has_size: the size was given, so the question is about a mapping, whose ends must be whole pages
 * @align: alignment of the nearest places; a power of two
 * @error: the errno that MAP_DMA returned, or 0
 */
struct question {
	uint64_t address;
	uint64_t size;
	bool has_size;
	uint64_t align;
	int error;
};

/**
 * struct query - a question and its answer.
 * @space: which it is about; borrowed
 * @range: the range; valid unless @hit is HIT_WRAP
 * @words: the obstacle, or the reason why it is not known; NULL if the range is usable
 * @below, @above: the nearest places, valid if @has_below and @has_above
 */
struct query {
	const struct space *space;
	struct question question;
	struct range range;
	enum usable usable;
	struct hit hit;
	char *words;
	bool has_below;
	bool has_above;
	struct range below;
	struct range above;
};

/** query_make() - answer @question. Pure. End it with query_clear(). */
void query_make(const struct space *space, const struct question *question, struct query *query);

/** query_clear() - free the members of @query. */
void query_clear(struct query *query);

/**
 * query_status() - find the exit status of @space, and of @query if there is one: usable, not
 * usable, not known, or usable by inference.
 */
int query_status(const struct space *space, const struct query *query);

#endif
