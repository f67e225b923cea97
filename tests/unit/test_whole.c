/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All entries of a table that is in use. */
#include "unit.h"

#include <inttypes.h>

#include "pagetable/whole.h"
#include "tables.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)

static const struct table_root intel = { .kind = TABLE_VTD_SECOND, .levels = 4 };
static const struct table_root virtio = { .kind = TABLE_VIRTIO };

static const struct whole all = {
	.last = (UINT64_C(1) << 48) - 1,
	.page_sizes = 4 * KIB | 2 * MIB,
	.large = 2 * MIB,
};

static void assert_refused(const struct tables *tables, const struct whole *whole,
			   const char *expected)
{
	struct tally tally;
	char *reason = NULL;

	assert_true(whole_examine(&tables->memory, &tables->root, whole, &tally, &reason) < 0);
	assert_string_equal(reason, expected);
	free(reason);
}

static void assert_counted(const struct tables *tables, const struct whole *whole,
			   struct tally *tally)
{
	char *reason = NULL;

	assert_int_equal(whole_examine(&tables->memory, &tables->root, whole, tally, &reason), 0);
	assert_null(reason);
}

TEST(all_entries_are_counted)
{
	struct tables tables;
	struct tally tally;

	tables_begin(&tables, &intel, false);
	assert_true(tables_map(&tables, 64 * MIB, 6 * MIB, 21));
	assert_true(tables_map(&tables, 80 * MIB, 3 * MIB, 12));
	assert_true(tables_map(&tables, UINT64_C(1) << 40, 5 * MIB, 12));
	assert_counted(&tables, &all, &tally);
	assert_int_equal(tally.n_entries, 3);
	assert_int_equal(tally.count[12], 2);
	assert_int_equal(tally.count[21], 1);
	assert_int_equal(tally.bytes_large, 2 * MIB);
	assert_int_equal(tally.bytes_scattered, 8 * KIB);
	tables_end(&tables);
}

TEST(nothing_is_mapped_in_an_empty_table)
{
	struct tables tables;
	struct tally tally;

	tables_begin(&tables, &intel, false);
	assert_counted(&tables, &all, &tally);
	assert_int_equal(tally.n_entries, 0);
	tables_end(&tables);
}

/* The driver is told the sizes, and writes no other. */
TEST(an_entry_of_a_size_that_is_not_offered_is_not_understood)
{
	struct whole small = all;
	struct tables tables;

	small.page_sizes = 4 * KIB;
	tables_begin(&tables, &intel, false);
	assert_true(tables_map(&tables, 80 * MIB, 3 * MIB, 12));
	assert_true(tables_map(&tables, 64 * MIB, 6 * MIB, 21));
	assert_refused(&tables, &small,
		       "the page table has an entry of a size that the IOMMU does not offer");
	tables_end(&tables);
}

TEST(a_mapping_of_virtio_has_any_size)
{
	struct whole small = all;
	struct tables tables;
	struct tally tally;

	small.page_sizes = 4 * KIB;
	tables_begin(&tables, &virtio, false);
	assert_true(tables_map(&tables, 64 * MIB, 6 * MIB, 21));
	assert_counted(&tables, &small, &tally);
	assert_int_equal(tally.count[21], 1);
	tables_end(&tables);
}

/** struct change - memory in which an entry changes after @left reads. */
struct change {
	struct tables *tables;
	unsigned int left;
	uint64_t iova;
	uint64_t physical;
};

static int read_and_change(void *context, uint64_t address, void *buffer, size_t len)
{
	struct change *change = context;
	struct memory *memory = &change->tables->memory;

	if (change->left && --change->left == 0)
		assert_true(tables_map(change->tables, change->iova, change->physical, 12));
	return memory->read_physical(memory->context, address, buffer, len);
}

static int read_top(void *context, uint64_t address, void *buffer, size_t len)
{
	struct memory *memory = &((struct change *)context)->tables->memory;

	return memory->read(memory->context, address, buffer, len);
}

/* One scan reads four tables, of which the highest is not read by its physical address. */
#define READS_OF_A_SCAN 3

/* Another entry, the same entry with other memory: at each read of the second scan. */
TEST(a_table_that_changes_is_not_known)
{
	static const uint64_t iovas[] = { 80 * MIB, 80 * MIB + 4 * KIB };

	for (size_t i = 0; i < COUNT(iovas); i++) {
		struct tables tables;
		struct change change = { .tables = &tables,
					 .left = READS_OF_A_SCAN + 1,
					 .iova = iovas[i],
					 .physical = 4 * MIB };
		struct memory memory = { read_top, read_and_change, &change, false };
		struct tally tally;
		char *reason = NULL;

		tables_begin(&tables, &intel, false);
		assert_true(tables_map(&tables, 80 * MIB, 3 * MIB, 12));
		assert_int_equal(whole_examine(&memory, &tables.root, &all, &tally, &reason),
				 -EAGAIN);
		assert_int_equal(change.left, 0);
		assert_string_equal(reason, "it changes while it is read");
		free(reason);
		tables_end(&tables);
	}
}

/* Formats whose tables have entries of 2^@size bytes, @entries of them in the lowest. */
static const struct {
	struct table_root root;
	unsigned int size;
	uint64_t entries;
} formats[] = {
	{ { .kind = TABLE_AMD_V1, .levels = 4 }, 12, 512 },
	{ { .kind = TABLE_AMD_V2, .levels = 4 }, 12, 512 },
	{ { .kind = TABLE_VTD_FIRST, .levels = 4 }, 12, 512 },
	{ { .kind = TABLE_VTD_SECOND, .levels = 3 }, 12, 512 },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 9 }, 12, 512 },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 11, .top_bits = 12 }, 14, 2048 },
	{ { .kind = TABLE_ARM_LPAE, .levels = 2, .bits_per_level = 13, .top_bits = 13 }, 16, 8192 },
	{ { .kind = TABLE_ZPCI, .levels = 3 }, 12, 256 },
};

static void count_calls(void *context)
{
	++*(unsigned int *)context;
}

/*
 * Each read is a system call, and a tebibyte in entries of 4 KiB fills half a million tables, which are read
 * twice: so none is read entry by entry. 8 GiB are the first part after which somebody is told.
 */
TEST(a_large_table_is_read_in_large_parts_and_somebody_is_told)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		const uint64_t bytes = UINT64_C(8) << 30;
		unsigned int calls = 0;
		struct whole whole = all;
		uint64_t n = bytes >> formats[i].size, n_tables;
		struct tables tables;
		struct tally tally;

		whole.page_sizes = UINT64_C(1) << formats[i].size;
		whole.progress = count_calls;
		whole.context = &calls;
		tables_begin(&tables, &formats[i].root, i % 2);
		assert_true(tables_fill(&tables, 33));
		assert_counted(&tables, &whole, &tally);
		assert_int_equal(tally.n_entries, n);
		assert_int_equal(tally.count[formats[i].size], n);
		assert_int_equal(tally.bytes, bytes);
		/* A read for 512 entries or a whole table; tables of tables are few. */
		if (tables.n_reads > 2 * (n / 256 + n / 65536 + 64))
			fail_msg("format %zu: %u reads of %" PRIu64 " entries", i, tables.n_reads,
				 n);
		n_tables = n / formats[i].entries;
		assert_true(calls >= 2 * (n_tables / 4096));
		assert_true(calls <= 2 * (n_tables / 2048));
		tables_end(&tables);
	}
}

TEST(a_table_that_cannot_be_read_is_not_known)
{
	struct tables tables;

	tables_begin(&tables, &intel, false);
	tables.root.top += RAM_SIZE;
	assert_refused(&tables, &all, "a part of the page table could not be read");
	tables_end(&tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_entries_are_counted),
		cmocka_unit_test(nothing_is_mapped_in_an_empty_table),
		cmocka_unit_test(an_entry_of_a_size_that_is_not_offered_is_not_understood),
		cmocka_unit_test(a_mapping_of_virtio_has_any_size),
		cmocka_unit_test(a_table_that_changes_is_not_known),
		cmocka_unit_test(a_large_table_is_read_in_large_parts_and_somebody_is_told),
		cmocka_unit_test(a_table_that_cannot_be_read_is_not_known),
	};

	return UNIT_RUN("whole", tests);
}
