/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is decided of the IOVA space, held against what its words say: the map, the window of the
 * probe, the nearest places, and whether a range may be mapped. A wrong answer ends the program, not
 * only a crash.
 *
 * The input: counts and options, and then addresses (take_address()), of which two make a range.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "model/iova_map.h"
#include "model/kernel.h"
#include "probe/window.h"
#include "iova/nearest.h"
#include "iova/query.h"
#include "iova/space.h"

#define RANGES_MAX 8

/** struct given - what the input says. */
struct given {
	struct range ranges[RANGES_MAX];
	struct ranges allowed;
	struct region regions[RANGES_MAX];
	size_t n_regions;
	uint64_t page_size;
	uint64_t address;
	uint64_t size;
	uint64_t align;
};

static struct range take_range(struct bytes *bytes)
{
	uint64_t one = take_address(bytes);
	uint64_t other = take_address(bytes);

	return one < other ? (struct range){ one, other } : (struct range){ other, one };
}

static void take_given(struct bytes *bytes, struct given *given)
{
	memset(given, 0, sizeof(*given));
	given->page_size = UINT64_C(1) << (12 + take_number(bytes, 1) % 5);
	given->align = UINT64_C(1) << take_number(bytes, 1) % 64;
	given->allowed.range = given->ranges;
	given->allowed.count = take_number(bytes, 1) % (RANGES_MAX + 1);
	given->n_regions = take_number(bytes, 1) % (RANGES_MAX + 1);
	given->address = take_address(bytes);
	given->size = take_address(bytes);
	given->size += !given->size;
	for (size_t i = 0; i < given->allowed.count; i++)
		given->ranges[i] = take_range(bytes);
	for (size_t i = 0; i < given->n_regions; i++) {
		given->regions[i].range = take_range(bytes);
		given->regions[i].type = (enum region_type)(take_number(bytes, 1) % 5);
		given->regions[i].word = (char *)(uintptr_t) "word";
	}
}

static bool in_one(const struct ranges *ranges, const struct range *range)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (range_contains(&ranges->range[i], range))
			return true;
	}
	return false;
}

static bool is_blocked(const struct given *given, const struct range *range)
{
	for (size_t i = 0; i < given->n_regions; i++) {
		if (region_blocks(&given->regions[i]) &&
		    range_overlaps(&given->regions[i].range, range))
			return true;
	}
	return false;
}

/* What one address is good for, said in the shortest way. */
static enum iova_use use_at(const struct given *given, bool known, uint64_t address)
{
	struct range here = { address, address };
	bool blocked = is_blocked(given, &here);

	if (!known)
		return blocked ? IOVA_RESERVED : IOVA_UNKNOWN;
	if (in_one(&given->allowed, &here))
		return blocked ? IOVA_CONTRADICTS : IOVA_USABLE;
	return blocked ? IOVA_RESERVED : IOVA_NOT_ALLOWED;
}

/* In order, without gaps, and right at both ends of each part. */
static void check_map(const struct given *given, bool known)
{
	struct iova_map map;

	iova_map_make(known ? &given->allowed : NULL, given->regions, given->n_regions, &map);
	MUST(map.count && map.part[0].range.start == 0);
	MUST(map.part[map.count - 1].range.end == UINT64_MAX);
	for (size_t i = 0; i < map.count; i++) {
		const struct iova_part *part = &map.part[i];

		MUST(part->range.start <= part->range.end);
		MUST(i == 0 || part->range.start == map.part[i - 1].range.end + 1);
		MUST(part->use == use_at(given, known, part->range.start));
		MUST(part->use == use_at(given, known, part->range.end));
	}
	free(map.part);
}

/* Every start that could be the lowest: a range's own, and those behind regions. */
static bool exists_below(const struct given *given, uint64_t below)
{
	uint64_t size = 2 * given->page_size;

	for (size_t i = 0; i < given->allowed.count + given->n_regions; i++) {
		bool is_range = i < given->allowed.count;
		uint64_t from = is_range ? given->ranges[i].start
					 : given->regions[i - given->allowed.count].range.end;
		struct range try;

		if (!is_range && from++ == UINT64_MAX)
			continue;
		if (__builtin_add_overflow(from, size - 1, &try.start))
			continue;
		try.start &= ~(size - 1);
		if (try.start >= below || __builtin_add_overflow(try.start, size - 1, &try.end))
			continue;
		/* The last page is left alone (RANGE_LAST). */
		if (try.end != UINT64_MAX && in_one(&given->allowed, &try) &&
		    !is_blocked(given, &try))
			return true;
	}
	return false;
}

static void check_window(const struct given *given)
{
	uint64_t size = 2 * given->page_size;
	struct window window;
	size_t served = 0;

	window_find(&given->allowed, given->regions, given->n_regions, given->page_size,
		    2 * given->page_size, &window);
	MUST(window.n_faults == given->allowed.count);
	for (size_t i = 0; i < window.n_faults; i++)
		served += window.fault[i] == RANGE_SERVED;
	MUST(served == window.found);
	if (window.found) {
		MUST(window.range.start % size == 0);
		MUST(window.range.end - window.range.start == size - 1);
		MUST(window.range.end != UINT64_MAX);
		MUST(in_one(&given->allowed, &window.range));
		MUST(!is_blocked(given, &window.range));
		MUST(!exists_below(given, window.range.start));
		MUST(window.on_last_page != window_allows(&given->allowed, given->regions,
							  given->n_regions, given->page_size,
							  &window.range));
	} else {
		MUST(!exists_below(given, UINT64_MAX));
	}
	free(window.fault);
}

static void check_fit(const struct given *given, const struct space *space, const struct range *fit)
{
	MUST(fit->start % given->align == 0);
	MUST(fit->end - fit->start == given->size - 1);
	MUST(in_one(&space->free, fit));
	MUST(!is_blocked(given, fit));
}

static void check_nearest(const struct given *given, const struct space *space)
{
	struct range above, below, again;

	if (nearest_above(&space->free, given->address, given->size, given->align, &above)) {
		check_fit(given, space, &above);
		MUST(above.start > given->address);
		/* There is no nearer one. */
		if (nearest_below(&space->free, above.start, given->size, given->align, &again))
			MUST(again.start <= given->address);
	}
	if (nearest_below(&space->free, given->address, given->size, given->align, &below)) {
		check_fit(given, space, &below);
		MUST(below.start < given->address);
		if (nearest_above(&space->free, below.start, given->size, given->align, &again))
			MUST(again.start >= given->address);
	}
}

/* The answer to a question is what the free ranges say, and what is offered would be usable. */
static void check_query(const struct given *given, const struct space *space)
{
	struct question question = { .address = given->address,
				     .size = given->size,
				     .align = given->align };
	struct range range = { given->address, 0 };
	struct query query, again;
	bool fits = !__builtin_add_overflow(given->address, given->size - 1, &range.end) &&
		    in_one(&space->free, &range);

	query_make(space, &question, &query);
	MUST((query.usable == USABLE_NO) == !fits || space->locked);
	MUST((query.words != NULL) == (query.usable != USABLE_YES));
	if (query.has_above) {
		question.address = query.above.start;
		query_make(space, &question, &again);
		MUST(again.usable != USABLE_NO);
		query_clear(&again);
	}
	query_clear(&query);
}

static void check_free(const struct given *given, const struct space *space)
{
	const struct range *largest = space_largest(space);

	for (size_t i = 0; i < space->free.count; i++) {
		const struct range *range = &space->free.range[i];

		MUST(range->start <= range->end);
		MUST(!is_blocked(given, range));
		MUST(range->end - range->start <= largest->end - largest->start);
		if (space->known_by == SPACE_PROBE)
			MUST(in_one(&given->allowed, range));
	}
}

static void check_space(struct given *given, bool known)
{
	struct host host = { .page_size = given->page_size };
	struct group group = { .regions = given->regions, .n_regions = given->n_regions };
	struct probe probe = { .info = { .has_ranges = true,
					 .ranges = given->allowed,
					 .has_page_sizes = true,
					 .page_sizes = given->page_size } };
	struct space space;

	space_make(&host, &group, known ? &probe : NULL, &space);
	check_free(given, &space);
	check_nearest(given, &space);
	check_query(given, &space);
	space_clear(&space);
}

/* The kernel rounds a start in the last two pages up to 0 (kernel_predict_window()). */
static bool is_rounded_to_zero(const struct given *given, const struct range *window)
{
	bool is_last = false;

	for (size_t i = 0; i < given->allowed.count; i++)
		is_last |= given->ranges[i].start > UINT64_MAX - 2 * given->page_size + 1;
	return is_last && window->start == 0;
}

/* A kernel of the rule "allowed" tests in an allowed range, if anywhere. */
static void check_prediction(const struct given *given)
{
	struct range window;

	if (!kernel_predict_window(KERNEL_TESTS_ALLOWED, &given->allowed, given->page_size,
				   &window))
		return;
	MUST(in_one(&given->allowed, &window) || is_rounded_to_zero(given, &window));
	MUST(window.start % (2 * given->page_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	struct given given;

	take_given(&bytes, &given);
	for (int known = 0; known < 2; known++) {
		check_map(&given, known);
		check_space(&given, known);
	}
	check_window(&given);
	check_prediction(&given);
	return 0;
}
