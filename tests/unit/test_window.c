/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "probe/window.h"

#define KIB UINT64_C(1024)
#define TOP UINT64_MAX

static const uint64_t page_sizes[] = { 4 * KIB, 16 * KIB, 64 * KIB };

/* A window for @page_size among arrays; the faults stay in @faults. */
static struct window find_sized(uint64_t page_size, const struct range *ranges, size_t n_ranges,
				const struct region *regions, size_t n_regions,
				enum range_fault *faults)
{
	struct ranges allowed = { .range = (struct range *)ranges, .count = n_ranges };
	struct window window;

	window_find(&allowed, regions, n_regions, page_size, 2 * page_size, &window);
	assert_int_equal(window.n_faults, n_ranges);
	for (size_t i = 0; faults && i < n_ranges; i++)
		faults[i] = window.fault[i];
	free(window.fault);
	window.fault = NULL;
	return window;
}

/* The same for arrays of known length and pages of 4 KiB. */
#define FIND(ranges, regions, faults) \
	find_sized(4 * KIB, ranges, COUNT(ranges), regions, COUNT(regions), faults)

#define FIND_FREE(ranges, faults) find_sized(4 * KIB, ranges, COUNT(ranges), NULL, 0, faults)

static void assert_window(const struct window *window, uint64_t start, uint64_t end)
{
	assert_true(window->found);
	assert_int_equal(window->range.start, start);
	assert_int_equal(window->range.end, end);
}

/* Ends of ranges are inclusive */

TEST(an_exact_two_page_range_serves)
{
	static const struct range ranges[] = { { 0x2000, 0x3fff } };
	enum range_fault fault[1];
	struct window window = FIND_FREE(ranges, fault);

	assert_window(&window, 0x2000, 0x3fff);
	assert_int_equal(fault[0], RANGE_SERVED);
}

TEST(a_range_one_byte_too_small_does_not_serve)
{
	static const struct range short_end[] = { { 0x2000, 0x3ffe } };
	static const struct range late_start[] = { { 0x2001, 0x3fff } };
	enum range_fault fault[1];

	assert_false(FIND_FREE(short_end, fault).found);
	assert_int_equal(fault[0], RANGE_TOO_SMALL);
	assert_false(FIND_FREE(late_start, fault).found);
	assert_int_equal(fault[0], RANGE_TOO_SMALL);
}

TEST(a_hole_of_two_pages_serves)
{
	static const struct range ranges[] = { { 0, 0xffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0x7fff }, .type = REGION_RESERVED },
		{ .range = { 0xa000, 0xffffff }, .type = REGION_MSI },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0x8000, 0x9fff);
}

TEST(a_hole_one_byte_too_small_does_not_serve)
{
	static const struct range ranges[] = { { 0, 0xffffff } };
	static const struct region high_end[] = {
		{ .range = { 0, 0x8000 }, .type = REGION_RESERVED },
		{ .range = { 0xa000, 0xffffff }, .type = REGION_RESERVED },
	};
	static const struct region low_start[] = {
		{ .range = { 0, 0x7fff }, .type = REGION_RESERVED },
		{ .range = { 0x9fff, 0xffffff }, .type = REGION_RESERVED },
	};
	enum range_fault fault[1];

	assert_false(FIND(ranges, high_end, fault).found);
	assert_int_equal(fault[0], RANGE_RESERVED);
	assert_false(FIND(ranges, low_start, fault).found);
	assert_int_equal(fault[0], RANGE_RESERVED);
}

/* Alignment */

TEST(a_misaligned_start_moves_up_to_two_pages)
{
	static const struct range odd_page[] = { { 0x1000, 0xffff } };
	static const struct range odd_byte[] = { { 0x2001, 0xffff } };
	struct window window = FIND_FREE(odd_page, NULL);

	assert_window(&window, 0x2000, 0x3fff);
	window = FIND_FREE(odd_byte, NULL);
	assert_window(&window, 0x4000, 0x5fff);
}

TEST(two_pages_at_an_odd_page_do_not_serve)
{
	static const struct range ranges[] = { { 0x1000, 0x2fff } };
	static const struct range three_pages[] = { { 0x1000, 0x3fff } };
	enum range_fault fault[1];
	struct window window;

	assert_false(FIND_FREE(ranges, fault).found);
	assert_int_equal(fault[0], RANGE_TOO_SMALL);
	window = FIND_FREE(three_pages, NULL);
	assert_window(&window, 0x2000, 0x3fff);
}

TEST(behind_a_region_the_window_is_aligned_again)
{
	static const struct range ranges[] = { { 0, 0xffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0x2fff }, .type = REGION_RESERVED },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0x4000, 0x5fff);
}

TEST(larger_pages_need_larger_windows)
{
	static const struct range ranges[] = { { 0x1000, 0x3ffff } };
	struct window window = find_sized(16 * KIB, ranges, 1, NULL, 0, NULL);

	assert_window(&window, 0x8000, 0xffff);
	window = find_sized(64 * KIB, ranges, 1, NULL, 0, NULL);
	assert_window(&window, 0x20000, 0x3ffff);
}

/* Regions */

TEST(a_direct_relaxable_region_is_no_obstacle)
{
	static const struct range ranges[] = { { 0, 0xffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0xffffff }, .type = REGION_DIRECT_RELAXABLE },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0, 0x1fff);
}

TEST(every_other_type_of_region_is_an_obstacle)
{
	static const struct range ranges[] = { { 0, 0xffffff } };
	static const enum region_type types[] = { REGION_DIRECT, REGION_RESERVED, REGION_MSI,
						  REGION_OTHER };

	for (size_t i = 0; i < COUNT(types); i++) {
		struct region region = { .range = { 0x1fff, 0x1fff }, .type = types[i] };
		struct window window = find_sized(4 * KIB, ranges, 1, &region, 1, NULL);

		assert_window(&window, 0x2000, 0x3fff);
	}
}

TEST(regions_may_overlap_and_come_in_any_order)
{
	static const struct range ranges[] = { { 0, 0xffff } };
	static const struct region regions[] = {
		{ .range = { 0x6000, 0x8fff }, .type = REGION_MSI },
		{ .range = { 0, 0x2fff }, .type = REGION_DIRECT },
		{ .range = { 0x7000, 0x7fff }, .type = REGION_RESERVED },
		{ .range = { 0x2000, 0x6fff }, .type = REGION_RESERVED },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0xa000, 0xbfff);
}

TEST(a_region_inside_the_second_page_is_an_obstacle)
{
	static const struct range ranges[] = { { 0, 0xffff } };
	static const struct region regions[] = {
		{ .range = { 0x1800, 0x18ff }, .type = REGION_RESERVED },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0x2000, 0x3fff);
}

/* Several ranges */

TEST(the_lowest_of_unsorted_ranges_serves)
{
	static const struct range ranges[] = {
		{ 0x800000, 0x8fffff },
		{ 0x10000, 0x1ffff },
		{ 0x400000, 0x4fffff },
	};
	enum range_fault fault[3];
	struct window window = FIND_FREE(ranges, fault);

	assert_window(&window, 0x10000, 0x11fff);
	assert_int_equal(fault[0], RANGE_UNUSED);
	assert_int_equal(fault[1], RANGE_SERVED);
	assert_int_equal(fault[2], RANGE_UNUSED);
}

TEST(each_range_has_its_own_fault)
{
	static const struct range ranges[] = {
		{ 0, 0x1ffe },		  /* a byte too small */
		{ 0x10000, 0x1ffff },	  /* wholly reserved */
		{ 0x100000, 0x1fffff },	  /* serves */
		{ 0x1000000, 0x1ffffff }, /* not needed any more */
	};
	static const struct region regions[] = {
		{ .range = { 0x10000, 0x1ffff }, .type = REGION_DIRECT },
	};
	enum range_fault fault[4];
	struct window window = FIND(ranges, regions, fault);

	assert_window(&window, 0x100000, 0x101fff);
	assert_int_equal(fault[0], RANGE_TOO_SMALL);
	assert_int_equal(fault[1], RANGE_RESERVED);
	assert_int_equal(fault[2], RANGE_SERVED);
	assert_int_equal(fault[3], RANGE_UNUSED);
}

TEST(without_a_window_each_range_says_why)
{
	static const struct range ranges[] = { { 0, 0xffff }, { 0x21000, 0x22fff } };
	static const struct region regions[] = {
		{ .range = { 0, 0xfffff }, .type = REGION_RESERVED },
	};
	enum range_fault fault[2];
	struct window window = FIND(ranges, regions, fault);

	assert_false(window.found);
	assert_false(window.on_last_page);
	assert_int_equal(fault[0], RANGE_RESERVED);
	assert_int_equal(fault[1], RANGE_TOO_SMALL);
}

TEST(a_window_does_not_span_two_ranges)
{
	static const struct range ranges[] = { { 0x2000, 0x2fff }, { 0x3000, 0x3fff } };

	assert_false(FIND_FREE(ranges, NULL).found);
}

TEST(an_empty_list_gives_no_window)
{
	struct window window = find_sized(4 * KIB, NULL, 0, NULL, 0, NULL);

	assert_false(window.found);
	assert_false(window.on_last_page);
}

/* The last page of the aperture, and the top of the 64-bit space */

TEST(the_last_page_is_taken_where_there_is_no_other)
{
	static const struct range ranges[] = { { 0x2000, 0x3fff } };
	struct window window = FIND_FREE(ranges, NULL);

	assert_window(&window, 0x2000, 0x3fff);
	assert_true(window.on_last_page);
}

TEST(the_last_page_is_not_taken_where_there_is_another)
{
	static const struct range ranges[] = { { 0x400000, 0x401fff }, { 0x2000, 0x3fff } };
	struct window window = FIND_FREE(ranges, NULL);

	assert_window(&window, 0x2000, 0x3fff);
	assert_false(window.on_last_page);
}

TEST(a_part_of_a_page_can_be_the_last_page)
{
	static const struct range ranges[] = { { 0x2000, 0x4000 } };
	struct window window = FIND_FREE(ranges, NULL);

	assert_window(&window, 0x2000, 0x3fff);
	assert_false(window.on_last_page);
}

TEST(a_range_that_holds_only_the_last_pages_is_not_too_small)
{
	static const struct range ranges[] = { { 0, 0xffff }, { 0x20000, 0x21fff } };
	enum range_fault fault[2];
	struct window window = FIND_FREE(ranges, fault);

	assert_window(&window, 0, 0x1fff);
	assert_int_equal(fault[0], RANGE_SERVED);
	assert_int_equal(fault[1], RANGE_UNUSED);
}

/* Kernels before 6.18 never unpin what is mapped there. */
TEST(the_last_of_all_addresses_never_serves)
{
	static const struct range ranges[] = { { TOP - 0x1fff, TOP } };
	static const struct range four_pages[] = { { TOP - 0x3fff, TOP } };
	static const struct region first[] = {
		{ .range = { TOP - 0x3fff, TOP - 0x3000 }, .type = REGION_RESERVED },
	};
	enum range_fault fault[1];
	struct window window;

	assert_false(FIND_FREE(ranges, fault).found);
	assert_int_equal(fault[0], RANGE_LAST);
	assert_false(FIND(four_pages, first, fault).found);
	assert_int_equal(fault[0], RANGE_LAST);
	window = FIND_FREE(four_pages, NULL);
	assert_window(&window, TOP - 0x3fff, TOP - 0x2000);
}

TEST(an_alignment_beyond_the_top_does_not_wrap_to_zero)
{
	static const struct range ranges[] = { { TOP - 0x1ffe, TOP } };
	enum range_fault fault[1];

	assert_false(FIND_FREE(ranges, fault).found);
	assert_int_equal(fault[0], RANGE_TOO_SMALL);
}

TEST(a_region_up_to_the_top_does_not_wrap_to_zero)
{
	static const struct range ranges[] = { { TOP - 0xffff, TOP } };
	static const struct region regions[] = {
		{ .range = { TOP - 0xffff, TOP }, .type = REGION_RESERVED },
	};
	static const struct region behind[] = {
		{ .range = { TOP - 0xdfff, TOP }, .type = REGION_RESERVED },
	};
	enum range_fault fault[1];
	struct window window;

	assert_false(FIND(ranges, regions, fault).found);
	assert_int_equal(fault[0], RANGE_RESERVED);
	window = FIND(ranges, behind, NULL);
	assert_window(&window, TOP - 0xffff, TOP - 0xe000);
}

TEST(the_whole_space_gives_its_first_two_pages)
{
	static const struct range ranges[] = { { 0, TOP } };
	struct window window = FIND_FREE(ranges, NULL);

	assert_window(&window, 0, 0x1fff);
	assert_false(window.on_last_page);
}

/* Real machines */

/* Windows of other sizes, in which more is mapped than two pages */

static struct window find_of_size(const struct range *range, const struct region *region,
				  uint64_t size)
{
	struct ranges allowed = { .range = (struct range *)range, .count = 1 };
	struct window window;

	window_find(&allowed, region, 1, 4 * KIB, size, &window);
	free(window.fault);
	return window;
}

TEST(a_window_has_the_size_that_is_asked_for_and_is_a_multiple_of_it)
{
	static const struct range range = { 0x1000, 0x7fffffffff };
	static const struct region region = { .range = { 0xfee00000, 0xfeefffff },
					      .type = REGION_MSI };
	struct window window = find_of_size(&range, &region, 4 * KIB);

	assert_window(&window, 0x1000, 0x1fff);
	window = find_of_size(&range, &region, 256 * KIB * KIB);
	assert_window(&window, 0x10000000, 0x1fffffff);
	/* Between the beginning and the region there is no room for so much. */
	window = find_of_size(&range, &region, 2 * KIB * KIB * KIB);
	assert_window(&window, 0x100000000, 0x17fffffff);
	window = find_of_size(&range, &region, 512 * KIB * KIB * KIB);
	assert_false(window.found);
}

TEST(zpci_starts_at_four_gib)
{
	static const struct range ranges[] = { { 0x100000000, 0x13fffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0xffffffff }, .type = REGION_RESERVED },
		{ .range = { 0x140000000, 0x3ffffffffff }, .type = REGION_RESERVED },
	};
	struct window window = FIND(ranges, regions, NULL);

	assert_window(&window, 0x100000000, 0x100001fff);
	assert_false(window.on_last_page);
}

TEST(amd_starts_at_zero)
{
	static const struct range ranges[] = {
		{ 0, 0xfedfffff },
		{ 0xfef00000, 0xfcffffffff },
		{ 0x10000000000, TOP },
	};
	static const struct region regions[] = {
		{ .range = { 0xfee00000, 0xfeefffff }, .type = REGION_MSI },
		{ .range = { 0xfd00000000, 0xffffffffff }, .type = REGION_RESERVED },
	};
	enum range_fault fault[3];
	struct window window = FIND(ranges, regions, fault);

	assert_window(&window, 0, 0x1fff);
	assert_int_equal(fault[0], RANGE_SERVED);
	assert_int_equal(fault[1], RANGE_UNUSED);
	assert_int_equal(fault[2], RANGE_UNUSED);
}

/* window_allows() */

static bool allows(const struct range *ranges, size_t n_ranges, const struct region *region,
		   uint64_t start, uint64_t end)
{
	struct ranges allowed = { .range = (struct range *)ranges, .count = n_ranges };
	struct range range = { start, end };

	return window_allows(&allowed, region, region != NULL, 4 * KIB, &range);
}

TEST(a_range_inside_is_allowed_up_to_both_ends)
{
	static const struct range ranges[] = { { 0x2000, 0x4fff }, { 0x100000, 0x1fffff } };

	assert_true(allows(ranges, 2, NULL, 0x2000, 0x4fff));
	assert_true(allows(ranges, 2, NULL, 0x100000, 0x1fefff));
	assert_false(allows(ranges, 2, NULL, 0x1fff, 0x4fff));
	assert_false(allows(ranges, 2, NULL, 0x2000, 0x5000));
}

TEST(a_range_that_touches_the_last_page_is_not_allowed)
{
	static const struct range whole[] = { { 0x2000, 0x9fff } };
	static const struct range part[] = { { 0x2000, 0x9000 } };

	assert_true(allows(whole, 1, NULL, 0x2000, 0x8fff));
	assert_false(allows(whole, 1, NULL, 0x2000, 0x9000));
	assert_true(allows(part, 1, NULL, 0x2000, 0x8fff));
	assert_false(allows(part, 1, NULL, 0x2000, 0x9000));
}

TEST(a_range_over_two_allowed_ranges_is_not_allowed)
{
	static const struct range ranges[] = { { 0x2000, 0x2fff }, { 0x3000, 0x8fff } };

	assert_false(allows(ranges, 2, NULL, 0x2000, 0x4fff));
}

TEST(a_range_in_a_region_is_not_allowed)
{
	static const struct range ranges[] = { { 0, 0xffff } };
	struct region region = { .range = { 0x4fff, 0x4fff }, .type = REGION_MSI };

	assert_false(allows(ranges, 1, &region, 0x2000, 0x4fff));
	assert_true(allows(ranges, 1, &region, 0x2000, 0x4ffe));
	region.type = REGION_DIRECT_RELAXABLE;
	assert_true(allows(ranges, 1, &region, 0x2000, 0x4fff));
}

TEST(a_range_that_wrapped_is_not_allowed)
{
	static const struct range ranges[] = { { 0, TOP } };

	assert_false(allows(ranges, 1, NULL, TOP - 0xfff, 0x1fff));
}

TEST(nothing_is_allowed_by_an_empty_list)
{
	assert_false(allows(NULL, 0, NULL, 0, 0x2fff));
}

/*
 * Properties: random ranges and regions in a small part of the address space, against an oracle
 * that looks at every place there is.
 */

#define RANGES_MAX  4
#define REGIONS_MAX 6

/** struct arena - a part of the space of some pages, and what lies in it. */
struct arena {
	uint64_t page_size;
	struct range space;
	struct range range[RANGES_MAX];
	struct ranges allowed;
	struct region region[REGIONS_MAX];
	size_t n_regions;
};

/* A place in the arena, most often where a page begins or ends. */
static uint64_t random_place(struct random *random, const struct arena *arena, bool is_end)
{
	uint64_t pages = (arena->space.end - arena->space.start) / arena->page_size + 1;
	uint64_t page = arena->space.start +
			random_below(random, (unsigned int)pages) * arena->page_size;

	switch (random_below(random, 8)) {
	case 0:
		return page + random_below(random, (unsigned int)arena->page_size);
	case 1:
		return is_end ? page : page + arena->page_size - 1;
	default:
		return is_end ? page + arena->page_size - 1 : page;
	}
}

static struct range random_range(struct random *random, const struct arena *arena)
{
	struct range range = { random_place(random, arena, false),
			       random_place(random, arena, true) };
	struct range turned = { range.end, range.start };

	/* Half of them short, so that holes of every size come to be. */
	if (range.start <= range.end && random_below(random, 2) &&
	    range.end - range.start > 8 * arena->page_size)
		range.end = range.start + random_below(random, 8) * arena->page_size - 1 +
			    arena->page_size;
	return range.start <= range.end ? range : turned;
}

static uint64_t random_base(struct random *random, uint64_t bytes, uint64_t page_size)
{
	switch (random_below(random, 4)) {
	case 0:
		return 0;
	case 1:
		return TOP - bytes + 1;
	case 2:
		return UINT64_C(1) << (20 + random_below(random, 44));
	default:
		return (random_u64(random) >> 1) & ~(page_size - 1);
	}
}

static void random_arena(struct random *random, uint64_t page_size, struct arena *arena)
{
	uint64_t bytes = (64 + random_below(random, 193)) * page_size;

	*arena = (struct arena){ .page_size = page_size };
	arena->space.start = random_base(random, bytes, page_size);
	arena->space.end = arena->space.start + (bytes - 1);
	arena->allowed.range = arena->range;
	arena->allowed.count = random_below(random, RANGES_MAX + 1);
	arena->n_regions = random_below(random, REGIONS_MAX + 1);
	for (size_t i = 0; i < arena->allowed.count; i++)
		arena->range[i] = random_range(random, arena);
	for (size_t i = 0; i < arena->n_regions; i++) {
		arena->region[i].range = random_range(random, arena);
		arena->region[i].type = (enum region_type)random_below(random, REGION_OTHER + 1);
	}
}

static bool is_free(const struct arena *arena, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < arena->n_regions; i++) {
		const struct region *region = &arena->region[i];

		if (region->type != REGION_DIRECT_RELAXABLE && end >= region->range.start &&
		    start <= region->range.end)
			return false;
	}
	return true;
}

static bool touches_last_page(const struct arena *arena, uint64_t end)
{
	uint64_t last = 0;

	for (size_t i = 0; i < arena->allowed.count; i++)
		last = arena->range[i].end > last ? arena->range[i].end : last;
	return end / arena->page_size >= last / arena->page_size;
}

/** struct oracle - what a look at every aligned place says. */
struct oracle {
	bool found;
	bool found_off_last_page;
	uint64_t first;
	bool fits[RANGES_MAX];	 /* there is an aligned place in this range */
	bool serves[RANGES_MAX]; /* and a free one */
	bool is_last
		[RANGES_MAX]; /* a free one at the last of all addresses, which does not serve */
	uint64_t place[RANGES_MAX];
};

static void ask_oracle(const struct arena *arena, struct oracle *oracle)
{
	uint64_t size = 2 * arena->page_size;
	uint64_t start = arena->space.start / size * size;
	uint64_t places = (arena->space.end - start) / size + 1;

	*oracle = (struct oracle){ 0 };
	for (uint64_t place = 0; place < places; place++, start += size) {
		uint64_t end = start + (size - 1);

		for (size_t i = 0; i < arena->allowed.count; i++) {
			if (start < arena->range[i].start || end > arena->range[i].end)
				continue;
			oracle->fits[i] = true;
			if (!is_free(arena, start, end))
				continue;
			if (end == TOP) {
				oracle->is_last[i] = true;
				continue;
			}
			if (!oracle->serves[i])
				oracle->place[i] = start;
			oracle->serves[i] = true;
			if (!oracle->found)
				oracle->first = start;
			oracle->found = true;
			oracle->found_off_last_page |= !touches_last_page(arena, end);
		}
	}
}

static enum range_fault expected_fault(const struct oracle *oracle, size_t i)
{
	if (!oracle->fits[i])
		return RANGE_TOO_SMALL;
	if (oracle->serves[i])
		return RANGE_UNUSED;
	return oracle->is_last[i] ? RANGE_LAST : RANGE_RESERVED;
}

static void check_faults(struct random *random, const struct arena *arena,
			 const struct oracle *oracle, const struct window *window)
{
	unsigned int served = 0;

	for (size_t i = 0; i < arena->allowed.count; i++) {
		if (window->fault[i] == RANGE_SERVED) {
			served++;
			CHECK(random, window->found && oracle->serves[i] &&
					      oracle->place[i] == window->range.start);
		} else if (!window->found || window->on_last_page ||
			   !touches_last_page(arena, arena->range[i].end)) {
			/* The last range is the subject of a case of its own. */
			CHECK(random, window->fault[i] == expected_fault(oracle, i));
		}
	}
	CHECK(random, served == window->found);
}

static void check_window(struct random *random, const struct arena *arena,
			 const struct window *window)
{
	uint64_t size = 2 * arena->page_size;
	struct oracle oracle;

	ask_oracle(arena, &oracle);
	CHECK(random, window->found == oracle.found);
	CHECK(random, window->n_faults == arena->allowed.count);
	check_faults(random, arena, &oracle, window);
	if (!window->found) {
		CHECK(random, !window->on_last_page);
		return;
	}
	CHECK(random, window->range.start % size == 0);
	CHECK(random, window->range.end - window->range.start == size - 1);
	CHECK(random, is_free(arena, window->range.start, window->range.end));
	CHECK(random, window->range.start == oracle.first);
	CHECK(random, window->on_last_page == touches_last_page(arena, window->range.end));
	CHECK(random, !(window->on_last_page && oracle.found_off_last_page));
}

TEST(a_window_is_the_first_place_that_serves)
{
	unsigned int found = 0, none = 0, last = 0;

	for (unsigned int turn = 0; turn < 50000; turn++) {
		struct random random = random_turn(turn);
		struct arena arena;
		struct window window;

		random_arena(&random, page_sizes[random_below(&random, 3)], &arena);
		window_find(&arena.allowed, arena.region, arena.n_regions, arena.page_size,
			    2 * arena.page_size, &window);
		check_window(&random, &arena, &window);
		found += window.found;
		none += !window.found;
		last += window.on_last_page;
		free(window.fault);
	}
	/* All that is to be told apart did come up. */
	assert_true(found > 2000 && none > 2000 && last > 20);
}

static bool oracle_allows(const struct arena *arena, const struct range *range)
{
	for (size_t i = 0; i < arena->allowed.count; i++) {
		if (range->start >= arena->range[i].start && range->end <= arena->range[i].end)
			return is_free(arena, range->start, range->end) &&
			       !touches_last_page(arena, range->end);
	}
	return false;
}

TEST(what_is_allowed_is_allowed_in_every_respect)
{
	unsigned int allowed = 0;

	for (unsigned int turn = 0; turn < 50000; turn++) {
		struct random random = random_turn(turn);
		struct arena arena;
		struct range range;
		bool answer;

		random_arena(&random, page_sizes[random_below(&random, 3)], &arena);
		range = random_range(&random, &arena);
		answer = window_allows(&arena.allowed, arena.region, arena.n_regions,
				       arena.page_size, &range);
		CHECK(&random, answer == oracle_allows(&arena, &range));
		allowed += answer;
	}
	assert_true(allowed > 200);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exact_two_page_range_serves),
		cmocka_unit_test(a_range_one_byte_too_small_does_not_serve),
		cmocka_unit_test(a_hole_of_two_pages_serves),
		cmocka_unit_test(a_hole_one_byte_too_small_does_not_serve),
		cmocka_unit_test(a_misaligned_start_moves_up_to_two_pages),
		cmocka_unit_test(two_pages_at_an_odd_page_do_not_serve),
		cmocka_unit_test(behind_a_region_the_window_is_aligned_again),
		cmocka_unit_test(larger_pages_need_larger_windows),
		cmocka_unit_test(a_direct_relaxable_region_is_no_obstacle),
		cmocka_unit_test(every_other_type_of_region_is_an_obstacle),
		cmocka_unit_test(regions_may_overlap_and_come_in_any_order),
		cmocka_unit_test(a_region_inside_the_second_page_is_an_obstacle),
		cmocka_unit_test(the_lowest_of_unsorted_ranges_serves),
		cmocka_unit_test(each_range_has_its_own_fault),
		cmocka_unit_test(without_a_window_each_range_says_why),
		cmocka_unit_test(a_window_does_not_span_two_ranges),
		cmocka_unit_test(an_empty_list_gives_no_window),
		cmocka_unit_test(the_last_page_is_taken_where_there_is_no_other),
		cmocka_unit_test(the_last_page_is_not_taken_where_there_is_another),
		cmocka_unit_test(a_part_of_a_page_can_be_the_last_page),
		cmocka_unit_test(a_range_that_holds_only_the_last_pages_is_not_too_small),
		cmocka_unit_test(the_last_of_all_addresses_never_serves),
		cmocka_unit_test(an_alignment_beyond_the_top_does_not_wrap_to_zero),
		cmocka_unit_test(a_region_up_to_the_top_does_not_wrap_to_zero),
		cmocka_unit_test(the_whole_space_gives_its_first_two_pages),
		cmocka_unit_test(a_window_has_the_size_that_is_asked_for_and_is_a_multiple_of_it),
		cmocka_unit_test(zpci_starts_at_four_gib),
		cmocka_unit_test(amd_starts_at_zero),
		cmocka_unit_test(a_range_inside_is_allowed_up_to_both_ends),
		cmocka_unit_test(a_range_that_touches_the_last_page_is_not_allowed),
		cmocka_unit_test(a_range_over_two_allowed_ranges_is_not_allowed),
		cmocka_unit_test(a_range_in_a_region_is_not_allowed),
		cmocka_unit_test(a_range_that_wrapped_is_not_allowed),
		cmocka_unit_test(nothing_is_allowed_by_an_empty_list),
		cmocka_unit_test(a_window_is_the_first_place_that_serves),
		cmocka_unit_test(what_is_allowed_is_allowed_in_every_respect),
	};

	return UNIT_RUN("window", tests);
}
