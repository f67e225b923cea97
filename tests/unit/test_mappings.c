/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of entries: their sums, and what is to be done about them. */
#include "unit.h"

#include <string.h>

#include "model/mappings.h"

#define MIB UINT64_C(1048576)

/* 64 entries of 2 MiB, and one of 4 KiB and one of 12 KiB in pieces. */
static const struct entry_counts good = {
	.large = 2 * MIB,
	.page_sizes = 0x201000,
	.count = { [12] = 1, [21] = 64 },
	.n_other = 1,
	.bytes_other = 0x3000,
	.n_entries = 66,
	.bytes = 128 * MIB + 0x4000,
	.longest = 128 * MIB,
	.bytes_large = 128 * MIB,
	.bytes_scattered = 0x4000,
};

TEST(sums_are_those_of_their_parts)
{
	const struct entry_counts nothing = { .large = 2 * MIB };

	assert_true(entry_counts_agree(&good));
	assert_true(entry_counts_agree(&nothing));
}

/* Each number that is off by one makes the whole worthless. */
TEST(a_number_that_contradicts_the_others_is_seen)
{
	static const size_t offsets[] = {
		offsetof(struct entry_counts, count[12]),
		offsetof(struct entry_counts, count[21]),
		offsetof(struct entry_counts, n_other),
		offsetof(struct entry_counts, bytes_other),
		offsetof(struct entry_counts, n_entries),
		offsetof(struct entry_counts, bytes),
		offsetof(struct entry_counts, bytes_large),
		offsetof(struct entry_counts, bytes_possible),
		offsetof(struct entry_counts, bytes_not_offered),
		offsetof(struct entry_counts, bytes_askew),
		offsetof(struct entry_counts, bytes_scattered),
		offsetof(struct entry_counts, large),
	};

	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct entry_counts counts = good;
		unsigned char *number = (unsigned char *)&counts + offsets[i];
		uint64_t value;

		memcpy(&value, number, sizeof(value));
		value++;
		memcpy(number, &value, sizeof(value));
		assert_false(entry_counts_agree(&counts));
	}
}

/* Sums that wrap around would agree, and a part would be more than all. */
TEST(sums_do_not_wrap_around)
{
	struct entry_counts counts = good;

	counts.bytes_scattered += UINT64_MAX - MIB;
	counts.bytes_askew = MIB + 1;
	assert_false(entry_counts_agree(&counts));
	counts = good;
	counts.count[63] = 2;
	counts.n_entries += 2;
	assert_false(entry_counts_agree(&counts));
	counts = good;
	counts.count[12] += UINT64_C(1) << 52;
	counts.n_entries += UINT64_C(1) << 52;
	assert_false(entry_counts_agree(&counts));
	counts = good;
	counts.n_other = UINT64_MAX;
	counts.n_entries = 64;
	assert_false(entry_counts_agree(&counts));
}

TEST(no_run_is_longer_than_all)
{
	struct entry_counts counts = good;

	counts.longest = counts.bytes + 1;
	assert_false(entry_counts_agree(&counts));
	counts = good;
	counts.large = 0;
	assert_false(entry_counts_agree(&counts));
}

/* Numbers that wrap around would have sums that look right. */
TEST(more_than_a_number_can_be_is_no_sum)
{
	const struct entry_counts wrong[] = {
		{ .large = 2, .count = { [63] = 2 }, .n_entries = 2 },
		{ .large = 2, .count = { [62] = 2, [63] = 1 }, .n_entries = 3 },
		{ .large = 2,
		  .count = { [63] = 1 },
		  .n_other = 1,
		  .bytes_other = UINT64_C(1) << 63,
		  .n_entries = 2 },
		{ .large = 2,
		  .count = { [0] = 2 },
		  .n_entries = 2,
		  .bytes = 2,
		  .bytes_large = UINT64_MAX,
		  .bytes_askew = 3 },
		{ .large = 2, .n_other = 1, .n_entries = 1 },
		{ .large = 2,
		  .n_other = 3,
		  .bytes_other = 2,
		  .n_entries = 3,
		  .bytes = 2,
		  .bytes_large = 2 },
		{ .large = 2, .bytes_other = 2, .bytes = 2, .bytes_large = 2 },
	};

	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(entry_counts_agree(&wrong[i]));
}

TEST(a_small_part_has_no_fix)
{
	struct entry_counts counts = { .large = 2 * MIB,
				       .page_sizes = 2 * MIB | 4096,
				       .bytes = 64 * MIB };

	assert_null(mapped_fix(&counts, MAPPED_SCATTERED));
	counts.bytes_scattered = MIB - 1;
	assert_null(mapped_fix(&counts, MAPPED_SCATTERED));
	counts.bytes_scattered = MIB;
	assert_non_null(mapped_fix(&counts, MAPPED_SCATTERED));
	assert_null(mapped_fix(&counts, MAPPED_ASKEW));
	counts.bytes_large = 64 * MIB;
	assert_null(mapped_fix(&counts, MAPPED_LARGE));
}

/* Neither alignment nor huge pages help where the IOMMU offers no large entry, as of s390x. */
TEST(no_fix_is_offered_that_the_iommu_does_not_allow)
{
	struct entry_counts counts = { .large = 2 * MIB,
				       .page_sizes = 4096,
				       .bytes = 64 * MIB,
				       .bytes_scattered = 32 * MIB,
				       .bytes_askew = 16 * MIB,
				       .bytes_not_offered = 16 * MIB };

	assert_null(mapped_fix(&counts, MAPPED_SCATTERED));
	assert_null(mapped_fix(&counts, MAPPED_ASKEW));
	assert_non_null(mapped_fix(&counts, MAPPED_NOT_OFFERED));
	counts.page_sizes |= 1 << 30;
	assert_non_null(mapped_fix(&counts, MAPPED_SCATTERED));
	assert_non_null(mapped_fix(&counts, MAPPED_ASKEW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_their_parts),
		cmocka_unit_test(a_number_that_contradicts_the_others_is_seen),
		cmocka_unit_test(sums_do_not_wrap_around),
		cmocka_unit_test(no_run_is_longer_than_all),
		cmocka_unit_test(more_than_a_number_can_be_is_no_sum),
		cmocka_unit_test(a_small_part_has_no_fix),
		cmocka_unit_test(no_fix_is_offered_that_the_iommu_does_not_allow),
	};

	return UNIT_RUN("mappings", tests);
}
