/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "pagetable/tally.h"

#define KIB	UINT64_C(1024)
#define MIB	(KIB * 1024)
#define GIB	(MIB * 1024)
#define OFFERED (4 * KIB | 2 * MIB | GIB)

/* Entries of @size for @bytes from @iova and @physical on. */
static void add(struct tally *tally, uint64_t iova, uint64_t physical, uint64_t bytes,
		uint64_t size)
{
	for (uint64_t done = 0; done < bytes; done += size) {
		struct table_leaf leaf = { iova + done, size, physical + done };

		tally_add(tally, &leaf);
	}
}

static void assert_kinds(const struct tally *tally, uint64_t large, uint64_t possible,
			 uint64_t not_offered, uint64_t askew, uint64_t scattered)
{
	assert_int_equal(tally->bytes_large, large);
	assert_int_equal(tally->bytes_possible, possible);
	assert_int_equal(tally->bytes_not_offered, not_offered);
	assert_int_equal(tally->bytes_askew, askew);
	assert_int_equal(tally->bytes_scattered, scattered);
	assert_int_equal(tally->bytes, large + possible + not_offered + askew + scattered);
}

/* One run, of entries of one size. */
static struct tally one_run(uint64_t page_sizes, uint64_t iova, uint64_t physical, uint64_t bytes,
			    uint64_t size)
{
	struct tally tally;

	tally_begin(&tally, 2 * MIB, page_sizes);
	add(&tally, iova, physical, bytes, size);
	tally_end(&tally);
	return tally;
}

TEST(nothing_is_mapped)
{
	struct tally tally;

	tally_begin(&tally, 2 * MIB, OFFERED);
	tally_end(&tally);
	assert_kinds(&tally, 0, 0, 0, 0, 0);
	assert_int_equal(tally.n_entries, 0);
	assert_int_equal(tally.longest, 0);
}

TEST(entries_are_counted_by_size)
{
	struct tally tally;

	tally_begin(&tally, 2 * MIB, OFFERED);
	add(&tally, 0, 16 * GIB, 3 * GIB, GIB);
	add(&tally, 4 * GIB, 4 * GIB, 4 * MIB, 2 * MIB);
	add(&tally, 5 * GIB, 9 * GIB, 20 * KIB, 4 * KIB);
	add(&tally, 6 * GIB, 9 * GIB, 12 * KIB, 12 * KIB);
	tally_end(&tally);
	assert_int_equal(tally.count[30], 3);
	assert_int_equal(tally.count[21], 2);
	assert_int_equal(tally.count[12], 5);
	assert_int_equal(tally.n_other, 1);
	assert_int_equal(tally.bytes_other, 12 * KIB);
	assert_int_equal(tally.n_entries, 11);
	assert_int_equal(tally.longest, 3 * GIB);
	assert_kinds(&tally, 3 * GIB + 4 * MIB, 0, 0, 0, 32 * KIB);
}

TEST(aligned_memory_in_small_entries_could_be_larger)
{
	struct tally tally = one_run(OFFERED, 64 * MIB, 4 * GIB, 64 * MIB, 4 * KIB);

	assert_kinds(&tally, 0, 64 * MIB, 0, 0, 0);
	assert_int_equal(tally.longest, 64 * MIB);
	/* The ends that fill no block could not. */
	tally = one_run(OFFERED, 63 * MIB, 4 * GIB - MIB, 4 * MIB, 4 * KIB);
	assert_kinds(&tally, 0, 2 * MIB, 0, 0, 2 * MIB);
	/* A run of a block's size, but between two of them, and one that is too short. */
	tally = one_run(OFFERED, 63 * MIB, 4 * GIB - MIB, 2 * MIB, 4 * KIB);
	assert_kinds(&tally, 0, 0, 0, 0, 2 * MIB);
	tally = one_run(OFFERED, 64 * MIB + 4 * KIB, 4 * GIB + 4 * KIB, 512 * KIB, 4 * KIB);
	assert_kinds(&tally, 0, 0, 0, 0, 512 * KIB);
}

TEST(a_size_that_is_not_offered_is_the_reason)
{
	struct tally tally = one_run(4 * KIB, 64 * MIB, 4 * GIB, 64 * MIB, 4 * KIB);

	assert_kinds(&tally, 0, 0, 64 * MIB, 0, 0);
	/* A larger one would do. */
	tally = one_run(4 * KIB | GIB, 64 * MIB, 4 * GIB, 64 * MIB, 4 * KIB);
	assert_kinds(&tally, 0, 64 * MIB, 0, 0, 0);
	tally = one_run(4 * KIB | MIB, 64 * MIB, 4 * GIB, 64 * MIB, 4 * KIB);
	assert_kinds(&tally, 0, 0, 64 * MIB, 0, 0);
}

TEST(another_offset_in_bus_and_memory_is_the_reason)
{
	struct tally tally = one_run(OFFERED, 64 * MIB + 4 * KIB, 4 * GIB, 64 * MIB, 4 * KIB);

	assert_kinds(&tally, 0, 0, 0, 64 * MIB, 0);
	/* It is that of the offset, whatever is offered. */
	tally = one_run(4 * KIB, 64 * MIB + 4 * KIB, 4 * GIB, 64 * MIB, 4 * KIB);
	assert_kinds(&tally, 0, 0, 0, 64 * MIB, 0);
	/* What fills no block of memory would not be larger at another offset either. */
	tally = one_run(OFFERED, 64 * MIB, 4 * GIB - MIB, 4 * MIB, MIB);
	assert_kinds(&tally, 0, 0, 0, 2 * MIB, 2 * MIB);
}

TEST(memory_in_pieces_is_the_reason)
{
	struct tally tally;

	tally_begin(&tally, 2 * MIB, OFFERED);
	for (uint64_t i = 0; i < 1024; i++)
		add(&tally, 64 * MIB + i * 4 * KIB, GIB + i * 8 * KIB, 4 * KIB, 4 * KIB);
	tally_end(&tally);
	assert_kinds(&tally, 0, 0, 0, 0, 4 * MIB);
	assert_int_equal(tally.longest, 4 * KIB);
}

TEST(a_hole_in_bus_or_memory_ends_a_run)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct tally tally;

		tally_begin(&tally, 2 * MIB, OFFERED);
		add(&tally, GIB, 2 * GIB, MIB, 4 * KIB);
		add(&tally, GIB + MIB + (i ? 0 : 4 * KIB), 2 * GIB + MIB + (i ? 4 * KIB : 0), MIB,
		    4 * KIB);
		tally_end(&tally);
		assert_kinds(&tally, 0, 0, 0, 0, 2 * MIB);
		assert_int_equal(tally.longest, MIB);
	}
}

TEST(large_and_small_entries_share_a_run)
{
	struct tally tally;

	tally_begin(&tally, 2 * MIB, OFFERED);
	add(&tally, GIB - MIB, 2 * GIB - MIB, MIB, 4 * KIB);
	add(&tally, GIB, 2 * GIB, 4 * MIB, 2 * MIB);
	add(&tally, GIB + 4 * MIB, 2 * GIB + 4 * MIB, 3 * MIB, 4 * KIB);
	tally_end(&tally);
	assert_kinds(&tally, 4 * MIB, 2 * MIB, 0, 0, 2 * MIB);
	assert_int_equal(tally.longest, 8 * MIB);
}

/* A mapping of virtio-iommu is as large as it was made, at any offset. */
TEST(a_large_mapping_needs_no_alignment)
{
	struct tally tally = one_run(OFFERED, 64 * MIB + 4 * KIB, 4 * GIB, 64 * MIB, 64 * MIB);

	assert_kinds(&tally, 64 * MIB, 0, 0, 0, 0);
	tally = one_run(OFFERED, 64 * MIB + 4 * KIB, 4 * GIB + 8 * KIB, 12 * MIB, 3 * MIB);
	assert_kinds(&tally, 12 * MIB, 0, 0, 0, 0);
}

TEST(tallies_are_the_same_if_all_entries_are)
{
	static const struct table_leaf others[] = {
		{ GIB + 4 * KIB, 4 * KIB, 2 * GIB },
		{ GIB, 8 * KIB, 2 * GIB },
		{ GIB, 4 * KIB, 2 * GIB + 4 * KIB },
	};
	struct tally one = one_run(OFFERED, GIB, 2 * GIB, 4 * KIB, 4 * KIB);
	struct tally same = one_run(OFFERED, GIB, 2 * GIB, 4 * KIB, 4 * KIB);

	assert_true(tally_is_same(&one, &same));
	for (size_t i = 0; i < COUNT(others); i++) {
		struct tally other;

		tally_begin(&other, 2 * MIB, OFFERED);
		tally_add(&other, &others[i]);
		tally_end(&other);
		assert_false(tally_is_same(&one, &other));
	}
	/* Two entries that changed places. */
	tally_begin(&one, 2 * MIB, OFFERED);
	tally_begin(&same, 2 * MIB, OFFERED);
	add(&one, 0, GIB, 4 * KIB, 4 * KIB);
	add(&one, 4 * KIB, 2 * GIB, 4 * KIB, 4 * KIB);
	add(&same, 0, 2 * GIB, 4 * KIB, 4 * KIB);
	add(&same, 4 * KIB, GIB, 4 * KIB, 4 * KIB);
	assert_false(tally_is_same(&one, &same));
	/* The first of two. */
	tally_begin(&same, 2 * MIB, OFFERED);
	add(&same, 0, 3 * GIB, 4 * KIB, 4 * KIB);
	add(&same, 4 * KIB, 2 * GIB, 4 * KIB, 4 * KIB);
	assert_false(tally_is_same(&one, &same));
	/* Two sizes that changed places. */
	tally_begin(&one, 2 * MIB, OFFERED);
	tally_begin(&same, 2 * MIB, OFFERED);
	add(&one, 0, GIB, 4 * KIB, 4 * KIB);
	add(&one, 16 * KIB, 2 * GIB, 8 * KIB, 8 * KIB);
	add(&same, 0, GIB, 8 * KIB, 8 * KIB);
	add(&same, 16 * KIB, 2 * GIB, 4 * KIB, 4 * KIB);
	assert_false(tally_is_same(&one, &same));
}

/* Whatever is mapped, each byte has one reason. */
TEST(each_byte_is_counted_once)
{
	for (unsigned int turn = 0; turn < 2000; turn++) {
		struct random random = random_turn(turn);
		uint64_t iova = 0;
		struct tally tally;

		tally_begin(&tally, 2 * MIB, random_below(&random, 2) ? OFFERED : 4 * KIB);
		for (unsigned int i = random_below(&random, 20); i; i--) {
			uint64_t size = UINT64_C(1) << (12 + random_below(&random, 14));
			uint64_t physical = iova + (random_below(&random, 3) ? 0 : 512 * KIB);

			iova += random_below(&random, 2) ? 0 : 4 * KIB;
			add(&tally, iova, physical, size, size >> random_below(&random, 2));
			iova += size;
		}
		tally_end(&tally);
		CHECK(&random, tally.bytes == tally.bytes_large + tally.bytes_possible +
						      tally.bytes_not_offered + tally.bytes_askew +
						      tally.bytes_scattered);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_mapped),
		cmocka_unit_test(entries_are_counted_by_size),
		cmocka_unit_test(aligned_memory_in_small_entries_could_be_larger),
		cmocka_unit_test(a_size_that_is_not_offered_is_the_reason),
		cmocka_unit_test(another_offset_in_bus_and_memory_is_the_reason),
		cmocka_unit_test(memory_in_pieces_is_the_reason),
		cmocka_unit_test(a_hole_in_bus_or_memory_ends_a_run),
		cmocka_unit_test(large_and_small_entries_share_a_run),
		cmocka_unit_test(a_large_mapping_needs_no_alignment),
		cmocka_unit_test(tallies_are_the_same_if_all_entries_are),
		cmocka_unit_test(each_byte_is_counted_once),
	};

	return UNIT_RUN("tally", tests);
}
