/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "pagetable/mapped.h"
#include "tables.h"

#define KIB	UINT64_C(1024)
#define MIB	(KIB * 1024)
#define N_PAGES 512

static const struct table_root amd = { .kind = TABLE_AMD_V1, .levels = 3 };
static const struct table_root intel = { .kind = TABLE_VTD_SECOND, .levels = 4 };
static const struct table_root virtio = { .kind = TABLE_VIRTIO };

/** struct bench - 2 MiB of memory, and a table. */
struct bench {
	struct tables tables;
	uint64_t physical[N_PAGES];
	struct mapped mapped;
	struct tally tally;
	enum table_result result;
};

/* Memory at @physical, in pages of the host that follow each other. */
static void bench_begin(struct bench *bench, const struct table_root *root, uint64_t iova,
			uint64_t physical, uint64_t page_size)
{
	tables_begin(&bench->tables, root, false);
	bench->mapped = (struct mapped){ iova, page_size, bench->physical, 2 * MIB / page_size };
	for (size_t i = 0; i < bench->mapped.n_pages; i++)
		bench->physical[i] = physical + i * page_size;
}

/* The same memory in entries of 2^@size bytes. */
static void bench_map(struct bench *bench, unsigned int size)
{
	uint64_t bytes = UINT64_C(1) << size;

	for (uint64_t done = 0; done < 2 * MIB; done += bytes)
		assert_true(tables_map(&bench->tables, bench->mapped.iova + done,
				       bench->physical[0] + done, size));
}

static void assert_doubt(struct bench *bench, enum doubt doubt)
{
	tally_begin(&bench->tally, 2 * MIB, 4 * KIB | 2 * MIB);
	assert_int_equal(mapped_examine(&bench->tables.memory, &bench->tables.root, &bench->mapped,
					&bench->tally, &bench->result),
			 doubt);
}

TEST(entries_of_any_size_agree)
{
	static const struct {
		const struct table_root *root;
		unsigned int size;
	} cases[] = { { &amd, 12 },   { &amd, 13 },   { &amd, 20 },    { &amd, 21 },
		      { &intel, 12 }, { &intel, 21 }, { &virtio, 12 }, { &virtio, 21 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		/* A tree without balance would be a list. */
		bool is_list = cases[i].root == &virtio && cases[i].size == 12;
		struct bench bench;

		bench_begin(&bench, cases[i].root, 64 * MIB, 6 * MIB, 4 * KIB);
		if (is_list)
			bench.mapped.n_pages = 64;
		for (uint64_t done = 0; done < bench.mapped.n_pages * 4 * KIB;
		     done += UINT64_C(1) << cases[i].size)
			assert_true(tables_map(&bench.tables, 64 * MIB + done, 6 * MIB + done,
					       cases[i].size));
		assert_doubt(&bench, DOUBT_NONE);
		assert_int_equal(bench.result, TABLE_OK);
		assert_int_equal(bench.tally.count[cases[i].size], bench.tally.n_entries);
		assert_int_equal(bench.tally.bytes, bench.mapped.n_pages * 4 * KIB);
		tables_end(&bench.tables);
	}
}

/* A huge page whose bus address is off by a page. */
TEST(a_huge_page_at_another_offset_takes_512_entries)
{
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB + 4 * KIB, 6 * MIB, 4 * KIB);
	bench_map(&bench, 12);
	assert_doubt(&bench, DOUBT_NONE);
	assert_int_equal(bench.tally.count[12], 512);
	assert_int_equal(bench.tally.bytes_askew, 2 * MIB);
	tables_end(&bench.tables);
}

TEST(pages_of_the_host_may_be_larger_than_entries)
{
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 64 * KIB);
	bench_map(&bench, 12);
	assert_doubt(&bench, DOUBT_NONE);
	assert_int_equal(bench.tally.count[12], 512);
	/* One of the 16 entries of a page leads to another part of it. */
	assert_true(tables_map(&bench.tables, 64 * MIB + 4 * KIB, 6 * MIB + 8 * KIB, 12));
	assert_doubt(&bench, DOUBT_OTHER_MEMORY);
	tables_end(&bench.tables);
}

/* Each page counts, also within one large entry. */
TEST(one_other_page_is_other_memory)
{
	static const unsigned int sizes[] = { 12, 21 };
	static const size_t pages[] = { 0, 1, 255, 510, 511 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct bench bench;

		bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 4 * KIB);
		bench_map(&bench, sizes[i]);
		for (size_t j = 0; j < COUNT(pages); j++) {
			bench.physical[pages[j]] ^= 8 * MIB;
			assert_doubt(&bench, DOUBT_OTHER_MEMORY);
			bench.physical[pages[j]] ^= 8 * MIB;
		}
		assert_doubt(&bench, DOUBT_NONE);
		tables_end(&bench.tables);
	}
}

TEST(one_hole_is_not_mapped)
{
	static const size_t pages[] = { 0, 1, 255, 510, 511 };
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 4 * KIB);
	assert_doubt(&bench, DOUBT_NOT_MAPPED);
	for (size_t i = 0; i < COUNT(pages); i++) {
		bench_map(&bench, 12);
		ram_put(&bench.tables, tables_at(&bench.tables, 64 * MIB + pages[i] * 4 * KIB, 0),
			0);
		assert_doubt(&bench, DOUBT_NOT_MAPPED);
	}
	tables_end(&bench.tables);
}

TEST(an_entry_beyond_the_mapping_is_too_large)
{
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 4 * KIB);
	bench_map(&bench, 21);
	bench.mapped.n_pages--;
	assert_doubt(&bench, DOUBT_TOO_LARGE);
	bench.mapped.iova += 4 * KIB;
	bench.mapped.physical++;
	assert_doubt(&bench, DOUBT_TOO_LARGE);
	tables_end(&bench.tables);
}

/* Entries that cross an end of the mapping, but are no larger than it. */
TEST(an_entry_across_an_end_is_not_that_of_the_mapping)
{
	static const struct {
		uint64_t iova;
		uint64_t physical;
		enum doubt doubt;
	} cases[] = {
		{ 0x4000, 0x100000, DOUBT_TOO_LARGE },
		{ 0x7000, 0x103000, DOUBT_NOT_MAPPED },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench bench;

		bench_begin(&bench, &virtio, 0x5000, 0x101000, 4 * KIB);
		bench.mapped.n_pages = 3;
		bench.physical[3] = 0;
		assert_true(tables_map(&bench.tables, cases[i].iova, cases[i].physical, 13));
		assert_doubt(&bench, cases[i].doubt);
		tables_end(&bench.tables);
	}
}

TEST(a_table_that_cannot_be_read_is_told)
{
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 4 * KIB);
	bench_map(&bench, 12);
	bench.tables.failing = 4;
	assert_doubt(&bench, DOUBT_NOT_READ);
	assert_int_equal(bench.result, TABLE_UNREADABLE);
	tables_end(&bench.tables);
}

TEST(a_mapping_is_of_whole_pages)
{
	uint64_t physical[] = { 6 * MIB, 6 * MIB + 4 * KIB };
	uint64_t zeroes[] = { 0, 0 };
	uint64_t odd[] = { 6 * MIB, 6 * MIB + 1 };
	const struct mapped cases[] = {
		{ 64 * MIB, 0, physical, 2 },
		{ 0, 0, zeroes, 2 },
		{ 0, 4 * KIB, physical, 0 },
		{ 64 * MIB, 12 * KIB, physical, 2 },
		{ 64 * MIB + KIB, 4 * KIB, physical, 2 },
		{ 64 * MIB, 4 * KIB, odd, 2 },
		{ 64 * MIB, 4 * KIB, physical, 0 },
		{ -UINT64_C(0x1000), 4 * KIB, physical, 2 },
	};
	struct bench bench;

	bench_begin(&bench, &intel, 64 * MIB, 6 * MIB, 4 * KIB);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bench.mapped = cases[i];
		assert_doubt(&bench, DOUBT_NOT_ALIGNED);
		assert_int_equal(bench.tables.n_reads, 0);
	}
	tables_end(&bench.tables);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_any_size_agree),
		cmocka_unit_test(a_huge_page_at_another_offset_takes_512_entries),
		cmocka_unit_test(pages_of_the_host_may_be_larger_than_entries),
		cmocka_unit_test(one_other_page_is_other_memory),
		cmocka_unit_test(one_hole_is_not_mapped),
		cmocka_unit_test(an_entry_beyond_the_mapping_is_too_large),
		cmocka_unit_test(an_entry_across_an_end_is_not_that_of_the_mapping),
		cmocka_unit_test(a_table_that_cannot_be_read_is_told),
		cmocka_unit_test(a_mapping_is_of_whole_pages),
	};

	return UNIT_RUN("mapped", tests);
}
