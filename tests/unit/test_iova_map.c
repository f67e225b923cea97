/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "model/iova_map.h"

#define TOP UINT64_MAX

static void assert_part(const struct iova_part *part, uint64_t start, uint64_t end,
			enum iova_use use, const struct region *region)
{
	assert_int_equal(part->range.start, start);
	assert_int_equal(part->range.end, end);
	assert_int_equal(part->use, use);
	assert_ptr_equal(part->region, region);
}

/* The map of arrays; @ranges NULL for "not known". */
static struct iova_map make(const struct range *ranges, size_t n_ranges,
			    const struct region *regions, size_t n_regions)
{
	struct ranges allowed = { .range = (struct range *)ranges, .count = n_ranges };
	struct iova_map map;

	iova_map_make(ranges ? &allowed : NULL, regions, n_regions, &map);
	return map;
}

TEST(nothing_known_is_one_part)
{
	struct iova_map map = make(NULL, 0, NULL, 0);

	assert_int_equal(map.count, 1);
	assert_part(&map.part[0], 0, TOP, IOVA_UNKNOWN, NULL);
	free(map.part);
}

TEST(an_empty_list_allows_nothing)
{
	struct ranges none = { .count = 0 };
	struct iova_map map;

	iova_map_make(&none, NULL, 0, &map);
	assert_int_equal(map.count, 1);
	assert_part(&map.part[0], 0, TOP, IOVA_NOT_ALLOWED, NULL);
	free(map.part);
}

TEST(the_whole_space_can_be_usable)
{
	static const struct range ranges[] = { { 0, TOP } };
	struct iova_map map = make(ranges, 1, NULL, 0);

	assert_int_equal(map.count, 1);
	assert_part(&map.part[0], 0, TOP, IOVA_USABLE, NULL);
	free(map.part);
}

TEST(an_amd_machine_has_five_parts)
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
	struct iova_map map = make(ranges, 3, regions, 2);

	assert_int_equal(map.count, 5);
	assert_part(&map.part[0], 0, 0xfedfffff, IOVA_USABLE, NULL);
	assert_part(&map.part[1], 0xfee00000, 0xfeefffff, IOVA_RESERVED, &regions[0]);
	assert_part(&map.part[2], 0xfef00000, 0xfcffffffff, IOVA_USABLE, NULL);
	assert_part(&map.part[3], 0xfd00000000, 0xffffffffff, IOVA_RESERVED, &regions[1]);
	assert_part(&map.part[4], 0x10000000000, TOP, IOVA_USABLE, NULL);
	free(map.part);
}

TEST(behind_the_aperture_nothing_is_allowed)
{
	static const struct range ranges[] = { { 0x100000000, 0x13fffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0xffffffff }, .type = REGION_RESERVED },
	};
	struct iova_map map = make(ranges, 1, regions, 1);

	assert_int_equal(map.count, 3);
	assert_part(&map.part[0], 0, 0xffffffff, IOVA_RESERVED, &regions[0]);
	assert_part(&map.part[1], 0x100000000, 0x13fffffff, IOVA_USABLE, NULL);
	assert_part(&map.part[2], 0x140000000, TOP, IOVA_NOT_ALLOWED, NULL);
	free(map.part);
}

TEST(a_region_inside_an_allowed_range_contradicts)
{
	static const struct range ranges[] = { { 0, 0xffff } };
	static const struct region regions[] = {
		{ .range = { 0x1000, 0x1fff }, .type = REGION_DIRECT },
	};
	struct iova_map map = make(ranges, 1, regions, 1);

	assert_int_equal(map.count, 4);
	assert_part(&map.part[0], 0, 0xfff, IOVA_USABLE, NULL);
	assert_part(&map.part[1], 0x1000, 0x1fff, IOVA_CONTRADICTS, &regions[0]);
	assert_part(&map.part[2], 0x2000, 0xffff, IOVA_USABLE, NULL);
	assert_part(&map.part[3], 0x10000, TOP, IOVA_NOT_ALLOWED, NULL);
	free(map.part);
}

TEST(a_direct_relaxable_region_stays_usable_and_is_named)
{
	static const struct range ranges[] = { { 0, 0xffffffff } };
	static const struct region regions[] = {
		{ .range = { 0, 0xffffff }, .type = REGION_DIRECT_RELAXABLE },
	};
	struct iova_map map = make(ranges, 1, regions, 1);

	assert_int_equal(map.count, 3);
	assert_part(&map.part[0], 0, 0xffffff, IOVA_USABLE, &regions[0]);
	assert_part(&map.part[1], 0x1000000, 0xffffffff, IOVA_USABLE, NULL);
	free(map.part);
	map = make(NULL, 0, regions, 1);
	assert_part(&map.part[0], 0, 0xffffff, IOVA_UNKNOWN, &regions[0]);
	free(map.part);
}

TEST(of_two_regions_the_one_that_blocks_is_shown)
{
	static const struct region regions[] = {
		{ .range = { 0, 0x2fff }, .type = REGION_DIRECT_RELAXABLE },
		{ .range = { 0x1000, 0x1fff }, .type = REGION_MSI },
		{ .range = { 0x1000, 0x2fff }, .type = REGION_DIRECT_RELAXABLE },
	};
	struct iova_map map = make(NULL, 0, regions, 3);

	assert_part(&map.part[0], 0, 0xfff, IOVA_UNKNOWN, &regions[0]);
	assert_part(&map.part[1], 0x1000, 0x1fff, IOVA_RESERVED, &regions[1]);
	assert_int_equal(map.part[2].use, IOVA_UNKNOWN);
	free(map.part);
}

TEST(neighbours_of_one_kind_are_one_part)
{
	static const struct range ranges[] = { { 0, 0xfff },
					       { 0x1000, 0x1fff },
					       { 0x1800, 0x2fff } };
	struct iova_map map = make(ranges, 3, NULL, 0);

	assert_int_equal(map.count, 2);
	assert_part(&map.part[0], 0, 0x2fff, IOVA_USABLE, NULL);
	assert_part(&map.part[1], 0x3000, TOP, IOVA_NOT_ALLOWED, NULL);
	free(map.part);
}

TEST(neighbouring_regions_stay_two_parts)
{
	static const struct region regions[] = {
		{ .range = { 0x1000, 0x1fff }, .type = REGION_MSI },
		{ .range = { 0, 0xfff }, .type = REGION_MSI },
	};
	struct iova_map map = make(NULL, 0, regions, 2);

	assert_int_equal(map.count, 3);
	assert_part(&map.part[0], 0, 0xfff, IOVA_RESERVED, &regions[1]);
	assert_part(&map.part[1], 0x1000, 0x1fff, IOVA_RESERVED, &regions[0]);
	free(map.part);
}

TEST(the_last_byte_can_be_a_part)
{
	static const struct range ranges[] = { { 0, TOP - 1 } };
	static const struct region regions[] = {
		{ .range = { TOP, TOP }, .type = REGION_RESERVED },
	};
	struct iova_map map = make(ranges, 1, regions, 1);

	assert_int_equal(map.count, 2);
	assert_part(&map.part[0], 0, TOP - 1, IOVA_USABLE, NULL);
	assert_part(&map.part[1], TOP, TOP, IOVA_RESERVED, &regions[0]);
	free(map.part);
}

/* Properties: a space of 64 places at its beginning or at its very end, against an oracle. */

#define PLACES	    64
#define RANGES_MAX  4
#define REGIONS_MAX 5

struct arena {
	uint64_t base;
	struct range range[RANGES_MAX];
	struct ranges allowed;
	bool known;
	struct region region[REGIONS_MAX];
	size_t n_regions;
};

static struct range random_range(struct random *random, uint64_t base)
{
	unsigned int one = random_below(random, PLACES);
	unsigned int two = random_below(random, PLACES);

	return (struct range){ base + (one < two ? one : two), base + (one < two ? two : one) };
}

static void random_arena(struct random *random, struct arena *arena)
{
	*arena = (struct arena){ .base = random_below(random, 2) ? 0 : TOP - PLACES + 1 };
	arena->known = random_below(random, 4);
	arena->allowed.range = arena->range;
	arena->allowed.count = random_below(random, RANGES_MAX + 1);
	arena->n_regions = random_below(random, REGIONS_MAX + 1);
	for (size_t i = 0; i < arena->allowed.count; i++)
		arena->range[i] = random_range(random, arena->base);
	for (size_t i = 0; i < arena->n_regions; i++) {
		arena->region[i].range = random_range(random, arena->base);
		arena->region[i].type = (enum region_type)random_below(random, REGION_OTHER + 1);
	}
}

static bool lies_in(const struct range *range, uint64_t address)
{
	return address >= range->start && address <= range->end;
}

static enum iova_use oracle_use(const struct arena *arena, uint64_t address)
{
	bool allowed = false, blocked = false;

	for (size_t i = 0; i < arena->allowed.count; i++)
		allowed |= lies_in(&arena->range[i], address);
	for (size_t i = 0; i < arena->n_regions; i++)
		blocked |= arena->region[i].type != REGION_DIRECT_RELAXABLE &&
			   lies_in(&arena->region[i].range, address);
	if (!arena->known)
		return blocked ? IOVA_RESERVED : IOVA_UNKNOWN;
	if (allowed)
		return blocked ? IOVA_CONTRADICTS : IOVA_USABLE;
	return blocked ? IOVA_RESERVED : IOVA_NOT_ALLOWED;
}

/* Whether a region is shown wherever there is one, and the right one. */
static bool region_is_right(const struct arena *arena, const struct iova_part *part,
			    uint64_t address)
{
	bool any = false;

	for (size_t i = 0; i < arena->n_regions; i++)
		any |= lies_in(&arena->region[i].range, address);
	if (!part->region)
		return !any;
	return lies_in(&part->region->range, address) &&
	       (part->region->type != REGION_DIRECT_RELAXABLE) ==
		       (part->use == IOVA_RESERVED || part->use == IOVA_CONTRADICTS);
}

static void check_places(struct random *random, const struct arena *arena,
			 const struct iova_map *map)
{
	for (unsigned int place = 0; place < PLACES; place++) {
		uint64_t address = arena->base + place;
		const struct iova_part *part = map->part;

		while (!lies_in(&part->range, address))
			part++; /* there are no gaps */
		CHECK(random, part->use == oracle_use(arena, address));
		CHECK(random, region_is_right(arena, part, address));
	}
}

TEST(every_place_has_its_use_and_parts_have_no_gaps)
{
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		struct arena arena;
		struct iova_map map;

		random_arena(&random, &arena);
		iova_map_make(arena.known ? &arena.allowed : NULL, arena.region, arena.n_regions,
			      &map);
		CHECK(&random, map.count > 0 && map.part[0].range.start == 0);
		CHECK(&random, map.part[map.count - 1].range.end == TOP);
		for (size_t i = 1; i < map.count; i++) {
			const struct iova_part *one = &map.part[i - 1], *two = &map.part[i];

			CHECK(&random, one->range.start <= one->range.end);
			CHECK(&random, one->range.end + 1 == two->range.start);
			CHECK(&random, one->use != two->use || one->region != two->region);
		}
		check_places(&random, &arena, &map);
		free(map.part);
	}
}

TEST(every_use_has_its_name)
{
	assert_string_equal(iova_use_name(IOVA_USABLE), "usable");
	assert_string_equal(iova_use_name(IOVA_RESERVED), "reserved");
	assert_string_equal(iova_use_name(IOVA_CONTRADICTS), "contradictory");
	assert_string_equal(iova_use_name(IOVA_NOT_ALLOWED), "not allowed");
	assert_string_equal(iova_use_name(IOVA_UNKNOWN), "not known");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_is_one_part),
		cmocka_unit_test(an_empty_list_allows_nothing),
		cmocka_unit_test(the_whole_space_can_be_usable),
		cmocka_unit_test(an_amd_machine_has_five_parts),
		cmocka_unit_test(behind_the_aperture_nothing_is_allowed),
		cmocka_unit_test(a_region_inside_an_allowed_range_contradicts),
		cmocka_unit_test(a_direct_relaxable_region_stays_usable_and_is_named),
		cmocka_unit_test(of_two_regions_the_one_that_blocks_is_shown),
		cmocka_unit_test(neighbours_of_one_kind_are_one_part),
		cmocka_unit_test(neighbouring_regions_stay_two_parts),
		cmocka_unit_test(the_last_byte_can_be_a_part),
		cmocka_unit_test(every_place_has_its_use_and_parts_have_no_gaps),
		cmocka_unit_test(every_use_has_its_name),
	};

	return UNIT_RUN("iova_map", tests);
}
