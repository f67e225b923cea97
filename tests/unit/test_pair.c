/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "pagetable/pair.h"
#include "tables.h"

#define KIB UINT64_C(1024)

/* Formats in which two pages of 4 KiB can be seen. */
static const struct table_root roots[] = {
	{ .kind = TABLE_AMD_V1, .levels = 3 },
	{ .kind = TABLE_AMD_V2, .levels = 4 },
	{ .kind = TABLE_VTD_FIRST, .levels = 4 },
	{ .kind = TABLE_VTD_SECOND, .levels = 3 },
	{ .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 9 },
	{ .kind = TABLE_ZPCI, .levels = 3 },
	{ .kind = TABLE_VIRTIO },
};

static const struct table_root arm_64k = {
	.kind = TABLE_ARM_LPAE, .levels = 2, .bits_per_level = 13, .top_bits = 13
};

static const struct pair pair = { 0x6000, 4 * KIB, { 0x12344000, 0x12345000 } };

static void assert_unknown(const struct pair_verdict *verdict, enum doubt doubt)
{
	assert_int_equal(verdict->answer, PAIR_UNKNOWN);
	assert_int_equal(verdict->doubt, doubt);
}

static void assert_proven(const struct pair_verdict *verdict, enum pair_answer answer)
{
	assert_int_equal(verdict->answer, answer);
	assert_int_equal(verdict->doubt, DOUBT_NONE);
	assert_int_equal(verdict->result, TABLE_OK);
}

TEST(two_entries_for_two_pages)
{
	for (size_t i = 0; i < COUNT(roots); i++) {
		struct pair_verdict verdict;
		struct tables tables;

		tables_begin(&tables, &roots[i], roots[i].kind == TABLE_ZPCI);
		assert_true(tables_map(&tables, pair.iova, pair.physical[0], 12));
		assert_true(tables_map(&tables, pair.iova + 4 * KIB, pair.physical[1], 12));
		pair_examine(&tables.memory, &tables.root, &pair, &verdict);
		assert_proven(&verdict, PAIR_TWO_ENTRIES);
		tables_end(&tables);
	}
}

TEST(one_entry_for_two_pages)
{
	static const enum table_kind kinds[] = { TABLE_AMD_V1, TABLE_VIRTIO };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct table_root root = { .kind = kinds[i], .levels = 3 };
		struct pair_verdict verdict;
		struct tables tables;

		tables_begin(&tables, &root, false);
		assert_true(tables_map(&tables, pair.iova, pair.physical[0], 13));
		pair_examine(&tables.memory, &tables.root, &pair, &verdict);
		assert_proven(&verdict, PAIR_ONE_ENTRY);
		tables_end(&tables);
	}
}

TEST(large_pages_make_a_pair_too)
{
	struct pair large = { 0x20000, 64 * KIB, { 0x400000, 0x410000 } };
	struct pair_verdict verdict;
	struct tables tables;

	tables_begin(&tables, &arm_64k, false);
	assert_true(tables_map(&tables, large.iova, large.physical[0], 16));
	assert_true(tables_map(&tables, large.iova + 64 * KIB, large.physical[1], 16));
	pair_examine(&tables.memory, &tables.root, &large, &verdict);
	assert_proven(&verdict, PAIR_TWO_ENTRIES);
	tables_end(&tables);

	/* In a table of 4 KiB a page of 64 KiB takes 16 entries, or one. */
	tables_begin(&tables, &roots[0], false);
	for (uint64_t i = 0; i < 32; i++)
		assert_true(tables_map(&tables, large.iova + i * 4 * KIB,
				       large.physical[0] + i * 4 * KIB, 12));
	pair_examine(&tables.memory, &tables.root, &large, &verdict);
	assert_unknown(&verdict, DOUBT_TOO_SMALL);
	assert_true(tables_map(&tables, large.iova, large.physical[0], 17));
	pair_examine(&tables.memory, &tables.root, &large, &verdict);
	assert_proven(&verdict, PAIR_ONE_ENTRY);
	tables_end(&tables);
}

TEST(other_memory_proves_nothing)
{
	struct pair_verdict verdict;
	struct tables tables;

	/* Each of the two entries, and one for both. */
	for (uint64_t i = 0; i < 3; i++) {
		tables_begin(&tables, &roots[0], false);
		assert_true(tables_map(&tables, pair.iova,
				       pair.physical[0] ^ (i == 0 ? 8 * KIB : 0), 12));
		assert_true(tables_map(&tables, pair.iova + 4 * KIB,
				       pair.physical[1] ^ (i == 1 ? 8 * KIB : 0), 12));
		if (i == 2)
			assert_true(tables_map(&tables, pair.iova, pair.physical[0] ^ 8 * KIB, 13));
		pair_examine(&tables.memory, &tables.root, &pair, &verdict);
		assert_unknown(&verdict, DOUBT_OTHER_MEMORY);
		tables_end(&tables);
	}
}

TEST(what_is_not_mapped_proves_nothing)
{
	struct pair_verdict verdict;
	struct tables tables;

	for (unsigned int i = 0; i < 3; i++) {
		tables_begin(&tables, &roots[3], false);
		if (i == 1)
			assert_true(tables_map(&tables, pair.iova, pair.physical[0], 12));
		if (i == 2)
			assert_true(tables_map(&tables, pair.iova + 4 * KIB, pair.physical[1], 12));
		pair_examine(&tables.memory, &tables.root, &pair, &verdict);
		assert_unknown(&verdict, DOUBT_NOT_MAPPED);
		tables_end(&tables);
	}
}

/* Only two pages were mapped, so an entry for more is not theirs, even if it leads to the memory. */
TEST(an_entry_for_more_than_the_pair_proves_nothing)
{
	struct pair low = { 0x200000, 4 * KIB, { 0x400000, 0x401000 } };
	struct pair high = { 0x3fe000, 4 * KIB, { 0x5fe000, 0x5ff000 } };
	struct pair_verdict verdict;
	struct tables tables;

	tables_begin(&tables, &roots[3], false);
	assert_true(tables_map(&tables, 0x200000, 0x400000, 21));
	pair_examine(&tables.memory, &tables.root, &low, &verdict);
	assert_unknown(&verdict, DOUBT_TOO_LARGE);
	pair_examine(&tables.memory, &tables.root, &high, &verdict);
	assert_unknown(&verdict, DOUBT_TOO_LARGE);
	tables_end(&tables);
}

TEST(a_pair_that_could_not_be_one_entry_proves_nothing)
{
	static const struct {
		struct pair pair;
		enum doubt doubt;
	} cases[] = {
		{ { 0x7000, 4 * KIB, { 0x12344000, 0x12345000 } }, DOUBT_NOT_ALIGNED },
		{ { 0x6000, 4 * KIB, { 0x12345000, 0x12346000 } }, DOUBT_NOT_ALIGNED },
		{ { 0x6000, 64 * KIB, { 0x12340000, 0x12350000 } }, DOUBT_NOT_ALIGNED },
		{ { 0x6000, 0, { 0x12344000, 0x12344000 } }, DOUBT_NOT_ALIGNED },
		{ { 0x6000, 12 * KIB, { 0x12344000, 0x12347000 } }, DOUBT_NOT_ALIGNED },
		{ { 0, UINT64_C(1) << 63, { 0, UINT64_C(1) << 63 } }, DOUBT_NOT_ALIGNED },
		{ { 0x6000, 4 * KIB, { 0x12344000, 0x12346000 } }, DOUBT_NOT_CONTIGUOUS },
		{ { 0x6000, 4 * KIB, { 0x12344000, 0x12343000 } }, DOUBT_NOT_CONTIGUOUS },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pair *odd = &cases[i].pair;
		struct table_leaf leafs[] = {
			{ odd->iova, odd->page_size, odd->physical[0] },
			{ odd->iova + odd->page_size, odd->page_size, odd->physical[1] },
		};
		struct pair_verdict verdict;
		struct tables tables;

		pair_judge(odd, leafs, COUNT(leafs), &verdict);
		assert_unknown(&verdict, cases[i].doubt);
		/* It is not even looked up. */
		tables_begin(&tables, &roots[0], false);
		pair_examine(&tables.memory, &tables.root, odd, &verdict);
		assert_unknown(&verdict, cases[i].doubt);
		assert_int_equal(tables.n_reads, 0);
		tables_end(&tables);
	}
}

TEST(a_table_that_cannot_be_read_proves_nothing)
{
	struct pair_verdict verdict;
	struct tables tables;

	tables_begin(&tables, &roots[0], false);
	assert_true(tables_map(&tables, pair.iova, pair.physical[0], 13));
	for (unsigned int i = 1; i <= 3; i++) {
		tables.n_reads = 0;
		tables.failing = i;
		pair_examine(&tables.memory, &tables.root, &pair, &verdict);
		assert_unknown(&verdict, DOUBT_NOT_READ);
		assert_int_equal(verdict.result, TABLE_UNREADABLE);
	}
	/* One of the two copies is another page. */
	ram_put(&tables, tables_at(&tables, pair.iova + 4 * KIB, 0), 0);
	pair_examine(&tables.memory, &tables.root, &pair, &verdict);
	assert_unknown(&verdict, DOUBT_NOT_READ);
	assert_int_equal(verdict.result, TABLE_COPIES_DIFFER);
	tables_end(&tables);
}

/* Entries that do not meet, or are of sizes between one page and two (virtio-iommu). */
TEST(entries_must_fill_the_pair)
{
	static const struct {
		struct table_leaf leafs[3];
		size_t count;
		enum doubt doubt;
	} cases[] = {
		{ { { 0x6000, 0x1000, 0x12344000 } }, 1, DOUBT_NOT_MAPPED },
		{ { { 0x7000, 0x1000, 0x12345000 } }, 1, DOUBT_NOT_MAPPED },
		{ { { 0x6000, 0x1800, 0x12344000 }, { 0x7800, 0x1000, 0x12345800 } },
		  2,
		  DOUBT_TOO_LARGE },
		{ { { 0x6000, 0x1000, 0x12344000 }, { 0x7000, 0x2000, 0x12345000 } },
		  2,
		  DOUBT_TOO_LARGE },
		{ { { 0x5000, 0x2000, 0x12343000 }, { 0x7000, 0x1000, 0x12345000 } },
		  2,
		  DOUBT_TOO_LARGE },
		{ { { 0x5000, 0x2000, 0x12343000 } }, 1, DOUBT_TOO_LARGE },
		{ { { 0x6000, 0x1000, 0x12344000 }, { 0x7000, -UINT64_C(0x1000), 0x12345000 } },
		  2,
		  DOUBT_TOO_LARGE },
		{ { { 0x7000, 0x1000, 0x12345000 }, { 0x8000, 0x1000, 0x12346000 } },
		  2,
		  DOUBT_NOT_MAPPED },
		{ { { 0x6000, 0x800, 0x12344000 } }, 1, DOUBT_TOO_SMALL },
		{ { { 0x6000, 0x1000, 0x12344000 },
		    { 0x7000, 0x1000, 0x12345000 },
		    { 0x8000, 0x1000, 0x12346000 } },
		  3,
		  DOUBT_TOO_LARGE },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair_verdict verdict;

		pair_judge(&pair, cases[i].leafs, cases[i].count, &verdict);
		assert_unknown(&verdict, cases[i].doubt);
	}
}

/* A layout that was misunderstood */

/** struct truth - a pair in a table, its answer, and how often a wrong layout gave which one. */
struct truth {
	struct tables tables;
	enum pair_answer answer;
	unsigned int n_right;
	unsigned int n_unknown;
};

static void try_layout(struct truth *truth, const struct table_root *root)
{
	struct pair_verdict verdict;

	pair_examine(&truth->tables.memory, root, &pair, &verdict);
	if (verdict.answer == PAIR_UNKNOWN)
		truth->n_unknown++;
	else if (verdict.answer == truth->answer)
		truth->n_right++;
	else
		fail_msg("table %d read as %d: %s", truth->tables.root.kind, root->kind,
			 table_kind_words(root->kind));
}

/* Each number of @root, off by some. */
static void try_numbers(struct truth *truth, const struct table_root *root)
{
	static const int deltas[] = { -4096, -64, -24, -16, -8, -4, -2, -1,  1,
				      2,     4,	  8,   16,  24, 32, 64, 128, 4096 };

	for (size_t i = 0; i < COUNT(deltas); i++) {
		struct table_root wrong[12];
		uint64_t delta = (uint64_t)deltas[i];

		for (size_t j = 0; j < COUNT(wrong); j++)
			wrong[j] = *root;
		wrong[0].top += delta;
		wrong[1].levels += (unsigned int)deltas[i];
		wrong[2].bits_per_level += (unsigned int)deltas[i];
		wrong[3].top_bits += (unsigned int)deltas[i];
		wrong[4].encryption_mask = UINT64_C(1) << (delta & 63);
		wrong[5].tree.node += delta;
		wrong[6].tree.left += delta;
		wrong[7].tree.right += delta;
		wrong[8].tree.start += delta;
		wrong[9].tree.last += delta;
		wrong[10].tree.subtree_last += delta;
		wrong[11].tree.physical += delta;
		for (size_t j = 0; j < COUNT(wrong); j++)
			try_layout(truth, &wrong[j]);
	}
}

/* The table is taken for one of each kind and number of levels. */
static void try_kinds(struct truth *truth)
{
	for (int kind = 0; kind < TABLE_KINDS; kind++) {
		for (unsigned int levels = 1; levels <= 6; levels++) {
			struct table_root wrong = truth->tables.root;

			wrong.kind = (enum table_kind)kind;
			wrong.levels = levels;
			wrong.bits_per_level = 9;
			wrong.top_bits = 9;
			wrong.tree = (struct table_tree){ 8, 16, 8, 32, 40, 48, 0 };
			try_layout(truth, &wrong);
		}
	}
}

/* The pair, and beside it pages that would go on in bus and memory. */
static void map_all(struct tables *tables, bool is_one)
{
	static const int places[] = { 0, 2, -2, 1, -1 };

	for (size_t i = 0; i < COUNT(places); i++) {
		uint64_t offset = (uint64_t)places[i] * 8 * KIB;

		assert_true(tables_map(tables, pair.iova + offset, pair.physical[0] + offset,
				       is_one ? 13 : 12));
		if (!is_one)
			assert_true(tables_map(tables, pair.iova + offset + 4 * KIB,
					       pair.physical[1] + offset, 12));
	}
}

TEST(a_wrong_layout_gives_no_wrong_answer)
{
	for (size_t i = 0; i < 2 * COUNT(roots); i++) {
		const struct table_root *root = &roots[i / 2];
		bool is_one = i % 2;
		struct truth truth = { .answer = is_one ? PAIR_ONE_ENTRY : PAIR_TWO_ENTRIES };

		if (is_one && root->kind != TABLE_AMD_V1 && root->kind != TABLE_VIRTIO)
			continue;
		tables_begin(&truth.tables, root, root->kind == TABLE_ZPCI);
		map_all(&truth.tables, is_one);
		try_layout(&truth, &truth.tables.root);
		assert_int_equal(truth.n_right, 1);
		try_numbers(&truth, &truth.tables.root);
		try_kinds(&truth);
		truth.tables.memory.is_big_endian ^= true;
		try_layout(&truth, &truth.tables.root);
		assert_true(truth.n_unknown);
		tables_end(&truth.tables);
	}
}

TEST(all_doubts_have_words)
{
	for (int i = 0; i < DOUBTS; i++) {
		assert_non_null(doubt_words((enum doubt)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(doubt_name((enum doubt)i),
						doubt_name((enum doubt)j));
	}
	assert_string_equal(doubt_name(DOUBT_OTHER_MEMORY), "other-memory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_entries_for_two_pages),
		cmocka_unit_test(one_entry_for_two_pages),
		cmocka_unit_test(large_pages_make_a_pair_too),
		cmocka_unit_test(other_memory_proves_nothing),
		cmocka_unit_test(what_is_not_mapped_proves_nothing),
		cmocka_unit_test(an_entry_for_more_than_the_pair_proves_nothing),
		cmocka_unit_test(a_pair_that_could_not_be_one_entry_proves_nothing),
		cmocka_unit_test(a_table_that_cannot_be_read_proves_nothing),
		cmocka_unit_test(entries_must_fill_the_pair),
		cmocka_unit_test(a_wrong_layout_gives_no_wrong_answer),
		cmocka_unit_test(all_doubts_have_words),
	};

	return UNIT_RUN("pair", tests);
}
