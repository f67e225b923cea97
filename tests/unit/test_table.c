/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "pagetable/internal.h"
#include "tables.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

/**
 * struct form - a shape of tables, and the sizes of entries that it has.
 * @last: the highest bus address
 */
struct form {
	struct table_root root;
	uint64_t last;
	unsigned int sizes[40];
};

#define AMD_SIZES(last)                                                                          \
	{                                                                                        \
		12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, last \
	}
#define X86_SIZES          \
	{                  \
		12, 21, 30 \
	}

static const struct form forms[] = {
	{ { .kind = TABLE_AMD_V1, .levels = 1 }, 2 * MIB - 1, { 12, 13, 20 } },
	{ { .kind = TABLE_AMD_V1, .levels = 2 }, GIB - 1, { 12, 13, 20, 21, 22, 29 } },
	{ { .kind = TABLE_AMD_V1, .levels = 3 }, 512 * GIB - 1, AMD_SIZES(38) },
	{ { .kind = TABLE_AMD_V1, .levels = 4 }, (UINT64_C(1) << 48) - 1, AMD_SIZES(40) },
	{ { .kind = TABLE_AMD_V1, .levels = 5 }, (UINT64_C(1) << 57) - 1, AMD_SIZES(48) },
	{ { .kind = TABLE_AMD_V1, .levels = 6 }, UINT64_MAX, AMD_SIZES(50) },
	{ { .kind = TABLE_AMD_V1, .levels = 4, .encryption_mask = UINT64_C(1) << 47 },
	  (UINT64_C(1) << 48) - 1,
	  AMD_SIZES(40) },
	{ { .kind = TABLE_AMD_V2, .levels = 4 }, (UINT64_C(1) << 48) - 1, X86_SIZES },
	{ { .kind = TABLE_AMD_V2, .levels = 5 }, (UINT64_C(1) << 57) - 1, X86_SIZES },
	{ { .kind = TABLE_AMD_V2, .levels = 4, .encryption_mask = UINT64_C(1) << 51 },
	  (UINT64_C(1) << 48) - 1,
	  X86_SIZES },
	{ { .kind = TABLE_VTD_FIRST, .levels = 4 }, (UINT64_C(1) << 47) - 1, X86_SIZES },
	{ { .kind = TABLE_VTD_FIRST, .levels = 5 }, (UINT64_C(1) << 56) - 1, X86_SIZES },
	{ { .kind = TABLE_VTD_SECOND, .levels = 3 }, (UINT64_C(1) << 39) - 1, X86_SIZES },
	{ { .kind = TABLE_VTD_SECOND, .levels = 4 }, (UINT64_C(1) << 48) - 1, X86_SIZES },
	{ { .kind = TABLE_VTD_SECOND, .levels = 5 }, (UINT64_C(1) << 57) - 1, X86_SIZES },
	/* 39, 40 (concatenated), 48 and 32 bits with 4 KiB. */
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 9 },
	  (UINT64_C(1) << 39) - 1,
	  { 12, 21, 30 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 13 },
	  (UINT64_C(1) << 43) - 1,
	  { 12, 21, 30 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 9, .top_bits = 9 },
	  (UINT64_C(1) << 48) - 1,
	  { 12, 21, 30 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 2 },
	  (UINT64_C(1) << 32) - 1,
	  { 12, 21, 30 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 2, .bits_per_level = 11, .top_bits = 11 },
	  (UINT64_C(1) << 36) - 1,
	  { 14, 25 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 11, .top_bits = 1 },
	  (UINT64_C(1) << 48) - 1,
	  { 14, 25 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 11, .top_bits = 12 },
	  (UINT64_C(1) << 48) - 1,
	  { 14, 25 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 2, .bits_per_level = 13, .top_bits = 13 },
	  (UINT64_C(1) << 42) - 1,
	  { 16, 29 } },
	{ { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 13, .top_bits = 10 },
	  (UINT64_C(1) << 52) - 1,
	  { 16, 29, 42 } },
	{ { .kind = TABLE_ZPCI, .levels = 3 }, (UINT64_C(1) << 42) - 1, { 12 } },
	{ { .kind = TABLE_ZPCI, .levels = 4 }, (UINT64_C(1) << 53) - 1, { 12 } },
	{ { .kind = TABLE_ZPCI, .levels = 5 }, UINT64_MAX, { 12 } },
	{ { .kind = TABLE_VIRTIO }, UINT64_MAX, { 12, 13, 17, 21, 30, 40 } },
};

/* A form that many tests of faults take. */
static const struct form *find_form(enum table_kind kind, unsigned int levels)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (forms[i].root.kind == kind && (!levels || forms[i].root.levels == levels))
			return &forms[i];
	}
	abort();
}

static void assert_leaf(const struct table_leaf *leaf, uint64_t iova, uint64_t physical,
			unsigned int size)
{
	assert_int_equal(leaf->iova, iova);
	assert_int_equal(leaf->physical, physical);
	assert_int_equal(leaf->size, UINT64_C(1) << size);
}

static void assert_found(struct tables *tables, uint64_t at, uint64_t iova, uint64_t physical,
			 unsigned int size)
{
	struct table_leaf leaf;

	assert_int_equal(table_lookup(&tables->memory, &tables->root, at, &leaf), TABLE_OK);
	assert_leaf(&leaf, iova, physical, size);
}

static void assert_lookup(struct tables *tables, uint64_t at, enum table_result result)
{
	struct table_leaf leaf;

	assert_int_equal(table_lookup(&tables->memory, &tables->root, at, &leaf), result);
}

/* Where an entry of 2^@size bytes can be: at the start, odd, and last. */
static void try_size(const struct form *form, bool is_big_endian, unsigned int size)
{
	uint64_t bytes = UINT64_C(1) << size;
	uint64_t places[] = { 0, bytes, form->last - (bytes - 1) };
	/* All address bits of the smallest: large pages leave none of the lowest. */
	uint64_t physical = UINT64_C(0x5a5a5a5a5000) & ~(bytes - 1) & ~form->root.encryption_mask;

	for (size_t i = 0; i < COUNT(places); i++) {
		uint64_t last = places[i] + (bytes - 1);
		struct tables tables;

		tables_begin(&tables, &form->root, is_big_endian);
		assert_true(tables_map(&tables, places[i], physical, size));
		assert_found(&tables, places[i], places[i], physical, size);
		assert_found(&tables, places[i] + bytes / 2, places[i], physical, size);
		assert_found(&tables, last, places[i], physical, size);
		if (places[i])
			assert_lookup(&tables, places[i] - 1, TABLE_NOT_MAPPED);
		if (last < form->last)
			assert_lookup(&tables, last + 1, TABLE_NOT_MAPPED);
		tables_end(&tables);
	}
}

TEST(each_size_is_found_at_each_place)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		for (const unsigned int *size = forms[i].sizes; *size; size++) {
			try_size(&forms[i], false, *size);
			try_size(&forms[i], true, *size);
		}
	}
}

TEST(physical_addresses_keep_their_highest_bits)
{
	static const struct {
		enum table_kind kind;
		unsigned int bits;
	} cases[] = {
		{ TABLE_AMD_V1, 52 },	  { TABLE_AMD_V2, 52 },	  { TABLE_VTD_FIRST, 52 },
		{ TABLE_VTD_SECOND, 52 }, { TABLE_ARM_LPAE, 48 }, { TABLE_ZPCI, 64 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t physical = low_bits(cases[i].bits) & ~low_bits(12);
		struct tables tables;

		tables_begin(&tables, &find_form(cases[i].kind, 0)->root, true);
		assert_true(tables_map(&tables, 0x1000, physical, 12));
		assert_found(&tables, 0x1000, 0x1000, physical, 12);
		tables_end(&tables);
	}
}

/* Bits 51:48 are in the bits 15:12 of an entry, for tables too. */
TEST(addresses_of_52_bits_are_unpacked_with_pages_of_64_kib)
{
	struct table_root root = {
		.kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 13, .top_bits = 10
	};
	uint64_t physical = UINT64_C(0xa5a5a5a5a0000);
	struct tables tables;

	tables_begin(&tables, &root, false);
	assert_true(tables_map(&tables, 0x10000, physical, 16));
	assert_found(&tables, 0x10000, 0x10000, physical, 16);
	/* A table there is outside RAM. */
	ram_put(&tables, tables_at(&tables, 0x10000, 1), 0x1003);
	assert_lookup(&tables, 0x10000, TABLE_UNREADABLE);
	tables_end(&tables);
}

TEST(an_address_behind_the_table_is_outside)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct tables tables;

		tables_begin(&tables, &forms[i].root, false);
		assert_lookup(&tables, forms[i].last, TABLE_NOT_MAPPED);
		if (forms[i].last != UINT64_MAX)
			assert_lookup(&tables, forms[i].last + 1, TABLE_OUTSIDE);
		tables_end(&tables);
	}
}

/* Scans */

/** struct seen - what a scan visits. @most: entries until it stops. */
struct seen {
	struct table_leaf leaf[64];
	size_t count;
	size_t most;
	unsigned int asked;
	unsigned int over;
};

static bool keep(void *context, const struct table_leaf *leaf)
{
	struct seen *seen = context;

	assert_true(seen->count < COUNT(seen->leaf));
	seen->leaf[seen->count++] = *leaf;
	return seen->count != seen->most;
}

static bool is_over(void *context)
{
	struct seen *seen = context;

	return ++seen->asked == seen->over;
}

static enum table_result scan_range(struct tables *tables, uint64_t first, uint64_t last,
				    struct seen *seen)
{
	struct table_scan scan = { .first = first,
				   .last = last,
				   .max_entries = UINT64_MAX,
				   .is_over = is_over,
				   .visit = keep,
				   .context = seen };

	return table_scan(&tables->memory, &tables->root, &scan);
}

/* One entry of each size behind the other, the largest first, and a hole. */
static size_t fill(struct tables *tables, const struct form *form, struct table_leaf *want)
{
	size_t count = 0;
	uint64_t iova = 0;

	while (form->sizes[count])
		count++;
	for (size_t i = 0; i < count; i++) {
		unsigned int size = form->sizes[count - 1 - i];

		want[i] = (struct table_leaf){ iova, UINT64_C(1) << size, (i + 1) << 40 };
		if (want[i].size > UINT64_C(1) << 40)
			want[i].physical = 0;
		assert_true(tables_map(tables, iova, want[i].physical, size));
		iova += want[i].size;
	}
	return count;
}

TEST(a_scan_visits_all_entries_in_order)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct table_leaf want[40];
		struct seen seen = { .count = 0 };
		struct tables tables;
		size_t count;

		tables_begin(&tables, &forms[i].root, i % 2);
		count = fill(&tables, &forms[i], want);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_OK);
		assert_int_equal(seen.count, count);
		assert_memory_equal(seen.leaf, want, count * sizeof(*want));
		tables_end(&tables);
	}
}

TEST(a_scan_of_a_part_visits_what_covers_it)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct table_leaf want[40];
		struct tables tables;
		size_t count;

		tables_begin(&tables, &forms[i].root, i % 2);
		count = fill(&tables, &forms[i], want);
		for (size_t j = 0; j < count; j++) {
			uint64_t first = want[j].iova + want[j].size / 2;
			size_t more = j + 1 < count;
			struct seen seen = { .count = 0 };

			/* From the middle of one entry to the first byte of the next. */
			assert_int_equal(
				scan_range(&tables, first, want[j].iova + want[j].size, &seen),
				TABLE_OK);
			assert_int_equal(seen.count, 1 + more);
			assert_memory_equal(seen.leaf, &want[j], (1 + more) * sizeof(*want));
		}
		tables_end(&tables);
	}
}

TEST(an_empty_table_has_no_entries)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct seen seen = { .count = 0 };
		struct tables tables;

		tables_begin(&tables, &forms[i].root, i % 2);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_OK);
		assert_int_equal(seen.count, 0);
		tables_end(&tables);
	}
}

TEST(a_scan_ends_where_it_is_told)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct table_leaf want[40];
		struct seen stopped = { .most = 1 };
		struct seen over = { .over = 1 };
		struct tables tables;

		tables_begin(&tables, &forms[i].root, false);
		fill(&tables, &forms[i], want);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &stopped), TABLE_STOPPED);
		assert_int_equal(stopped.count, 1);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &over), TABLE_LIMIT);
		assert_int_equal(over.count, 0);
		tables_end(&tables);
	}
}

/* As many as were read suffice, one less does not. */
TEST(a_scan_reads_no_more_entries_than_allowed)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct table_leaf want[40];
		struct seen seen = { .count = 0 };
		struct table_scan scan = { .last = UINT64_MAX,
					   .max_entries = UINT64_MAX,
					   .visit = keep,
					   .context = &seen };
		struct tables tables;

		tables_begin(&tables, &forms[i].root, false);
		fill(&tables, &forms[i], want);
		assert_int_equal(table_scan(&tables.memory, &tables.root, &scan), TABLE_OK);
		assert_true(scan.n_entries);
		scan.max_entries = scan.n_entries;
		seen.count = 0;
		assert_int_equal(table_scan(&tables.memory, &tables.root, &scan), TABLE_OK);
		scan.max_entries--;
		seen.count = 0;
		assert_int_equal(table_scan(&tables.memory, &tables.root, &scan), TABLE_LIMIT);
		tables_end(&tables);
	}
}

/* Faults */

TEST(each_read_that_fails_ends_it)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct table_leaf want[40];
		struct seen seen = { .count = 0 };
		struct table_scan scan = { .last = UINT64_MAX,
					   .max_entries = UINT64_MAX,
					   .visit = keep,
					   .context = &seen };
		struct tables tables;
		unsigned int n_reads;

		tables_begin(&tables, &forms[i].root, false);
		fill(&tables, &forms[i], want);
		assert_int_equal(table_scan(&tables.memory, &tables.root, &scan), TABLE_OK);
		n_reads = tables.n_reads;
		/* Tables of 2048 entries and more are read in parts: some of them are enough. */
		for (unsigned int j = 1; j <= n_reads; j += 1 + n_reads / 16) {
			seen.count = 0;
			tables.n_reads = 0;
			tables.failing = j;
			assert_int_equal(table_scan(&tables.memory, &tables.root, &scan),
					 TABLE_UNREADABLE);
			assert_int_equal(scan.error, -EPERM);
		}
		tables_end(&tables);
	}
}

/**
 * struct fault - an entry that ends a lookup.
 * @levels: of the form; 0: the first of the kind
 * @level: of the entry
 */
struct fault {
	enum table_kind kind;
	unsigned int levels;
	unsigned int level;
	uint64_t entry;
	enum table_result result;
};

#define OUTSIDE_RAM UINT64_C(0x7000000000)

static const struct fault faults[] = {
	/* Not present, but not empty. */
	{ TABLE_AMD_V1, 3, 0, 0x1000, TABLE_MALFORMED },
	{ TABLE_AMD_V2, 4, 0, 0x1066, TABLE_MALFORMED },
	{ TABLE_VTD_FIRST, 4, 0, 0x1066, TABLE_MALFORMED },
	{ TABLE_VTD_SECOND, 4, 0, 0x1800, TABLE_MALFORMED },
	{ TABLE_ARM_LPAE, 3, 0, 0x1f40, TABLE_MALFORMED },
	{ TABLE_ARM_LPAE, 3, 1, 0x1f42, TABLE_MALFORMED },
	/* Skips a level, leads upwards, leads down from the last level. */
	{ TABLE_AMD_V1, 4, 2, RAM_PHYSICAL | 0x201, TABLE_MALFORMED },
	{ TABLE_AMD_V1, 4, 2, RAM_PHYSICAL | 0x601, TABLE_MALFORMED },
	{ TABLE_AMD_V1, 4, 0, RAM_PHYSICAL | 0x201, TABLE_MALFORMED },
	/* Sizes of other levels: 8 KiB and 2 MiB at the second, 2 MiB at the first. */
	{ TABLE_AMD_V1, 3, 1, 0xe01, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V1, 3, 1, 0xffe01, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V1, 3, 1, 0xffffe01 | 0x10000000, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V1, 3, 0, 0xffe01, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V1, 3, 0, 0xffffffffffe01, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V1, 6, 5, 1, TABLE_WRONG_SIZE },
	/* Pages of 512 GiB. */
	{ TABLE_AMD_V2, 4, 3, 0xe7, TABLE_WRONG_SIZE },
	{ TABLE_AMD_V2, 5, 4, 0xe7, TABLE_WRONG_SIZE },
	{ TABLE_VTD_FIRST, 4, 3, 0xe7, TABLE_WRONG_SIZE },
	{ TABLE_VTD_SECOND, 4, 3, 0x83, TABLE_WRONG_SIZE },
	{ TABLE_VTD_SECOND, 5, 4, 0x83, TABLE_WRONG_SIZE },
	{ TABLE_ARM_LPAE, 4, 3, 0x401, TABLE_WRONG_SIZE },
	/* Large pages between their places. */
	{ TABLE_AMD_V1, 3, 1, 0x1001, TABLE_UNALIGNED },
	{ TABLE_AMD_V1, 3, 2, 0x200001, TABLE_UNALIGNED },
	{ TABLE_AMD_V2, 4, 1, 0x10e7, TABLE_UNALIGNED },
	{ TABLE_VTD_FIRST, 4, 2, 0x2000e7, TABLE_UNALIGNED },
	{ TABLE_VTD_SECOND, 4, 1, 0x1083, TABLE_UNALIGNED },
	{ TABLE_VTD_SECOND, 4, 2, 0x200083, TABLE_UNALIGNED },
	{ TABLE_ARM_LPAE, 3, 1, 0x1401, TABLE_UNALIGNED },
	{ TABLE_ARM_LPAE, 3, 2, 0x200401, TABLE_UNALIGNED },
	/* A block in the table of pages. */
	{ TABLE_ARM_LPAE, 3, 0, 0x1401, TABLE_MALFORMED },
	/* The type of another table, and flags that nothing sets. */
	{ TABLE_ZPCI, 3, 2, RAM_PHYSICAL | 0x3, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 2, RAM_PHYSICAL | 0xb, TABLE_MALFORMED },
	{ TABLE_ZPCI, 4, 3, RAM_PHYSICAL | 0x7, TABLE_MALFORMED },
	{ TABLE_ZPCI, 5, 4, RAM_PHYSICAL | 0xb, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 1, RAM_PHYSICAL | 0x4, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 1, RAM_PHYSICAL | 0x400, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 1, RAM_PHYSICAL | 0x3, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 2, RAM_PHYSICAL | 0x47, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 2, RAM_PHYSICAL | 0x2007, TABLE_UNALIGNED },
	{ TABLE_ZPCI, 3, 0, 0x1001, TABLE_MALFORMED },
	{ TABLE_ZPCI, 3, 0, 0x1800, TABLE_MALFORMED },
	/* Tables outside RAM. */
	{ TABLE_AMD_V1, 3, 1, OUTSIDE_RAM | 0x201, TABLE_UNREADABLE },
	{ TABLE_AMD_V2, 4, 1, OUTSIDE_RAM | 0x27, TABLE_UNREADABLE },
	{ TABLE_VTD_FIRST, 4, 2, OUTSIDE_RAM | 0x27, TABLE_UNREADABLE },
	{ TABLE_VTD_SECOND, 4, 3, OUTSIDE_RAM | 0x3, TABLE_UNREADABLE },
	{ TABLE_ARM_LPAE, 3, 1, OUTSIDE_RAM | 0x3, TABLE_UNREADABLE },
	{ TABLE_ZPCI, 3, 1, OUTSIDE_RAM, TABLE_UNREADABLE },
	{ TABLE_ZPCI, 3, 2, UINT64_C(0xffffffffffffc007), TABLE_UNREADABLE },
};

TEST(an_entry_that_no_kernel_writes_ends_it)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		const struct fault *fault = &faults[i];
		struct seen seen = { .count = 0 };
		struct tables tables;

		tables_begin(&tables, &find_form(fault->kind, fault->levels)->root, i % 2);
		ram_put(&tables, tables_at(&tables, 0, fault->level), fault->entry);
		assert_lookup(&tables, 0, fault->result);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), fault->result);
		assert_int_equal(seen.count, 0);
		tables_end(&tables);
	}
}

/* Blocks that a granule does not have: 64 GiB with 16 KiB. Its tables are as large as its pages. */
TEST(granules_have_their_own_blocks_and_tables)
{
	struct table_root root = {
		.kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 11, .top_bits = 11
	};
	struct tables tables;

	tables_begin(&tables, &root, false);
	ram_put(&tables, tables_at(&tables, 0, 2), 0x401);
	assert_lookup(&tables, 0, TABLE_WRONG_SIZE);
	ram_put(&tables, tables_at(&tables, 0, 2), RAM_PHYSICAL | 0x1003);
	assert_lookup(&tables, 0, TABLE_UNALIGNED);
	tables_end(&tables);
}

TEST(a_page_in_several_entries_is_the_same_in_all)
{
	static const unsigned int sizes[] = { 13, 14, 17, 20, 22, 29, 31, 38 };
	const struct form *form = find_form(TABLE_AMD_V1, 3);

	for (size_t i = 0; i < COUNT(sizes); i++) {
		unsigned int level = tables_leaf_level(&form->root, sizes[i]);
		unsigned int shift = tables_shift(&form->root, level);
		uint64_t size = UINT64_C(1) << sizes[i];
		uint64_t n_copies = UINT64_C(1) << (sizes[i] - shift);
		struct tables tables;

		tables_begin(&tables, &form->root, false);
		assert_true(tables_map(&tables, size, 4 * size, sizes[i]));
		for (uint64_t j = 0; j < n_copies; j++) {
			uint64_t at = tables_at(&tables, size + (j << shift), level);
			uint64_t entry = ram_get(&tables, at);

			/* Another right, another page, and none. */
			ram_put(&tables, at, entry & ~(UINT64_C(1) << 62));
			assert_lookup(&tables, size, TABLE_COPIES_DIFFER);
			ram_put(&tables, at, entry ^ size << 3);
			assert_lookup(&tables, 2 * size - 1, TABLE_COPIES_DIFFER);
			ram_put(&tables, at, 0);
			assert_lookup(&tables, size + (((j + 1) % n_copies) << shift),
				      TABLE_COPIES_DIFFER);
			/* The IOMMU sets the dirty bit in any one. */
			ram_put(&tables, at, entry | 0x60);
			assert_found(&tables, size, size, 4 * size, sizes[i]);
			ram_put(&tables, at, entry);
		}
		tables_end(&tables);
	}
}

/* AMD v1 and zPCI say in each entry where it leads, so the highest table cannot be its own child. */
TEST(a_table_that_is_its_own_child_is_a_loop)
{
	static const struct {
		enum table_kind kind;
		unsigned int levels;
		enum table_result at_top;
	} cases[] = {
		{ TABLE_AMD_V1, 4, TABLE_MALFORMED }, { TABLE_AMD_V2, 5, TABLE_LOOP },
		{ TABLE_VTD_FIRST, 5, TABLE_LOOP },   { TABLE_VTD_SECOND, 5, TABLE_LOOP },
		{ TABLE_ARM_LPAE, 4, TABLE_LOOP },    { TABLE_ZPCI, 4, TABLE_MALFORMED },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct form *form = find_form(cases[i].kind, cases[i].levels);
		unsigned int level = form->root.levels - 2;
		struct tables tables;
		uint64_t at;

		tables_begin(&tables, &form->root, i % 2);
		at = tables_at(&tables, 0, level);
		ram_put(&tables, at, tables_entry_table(&form->root, level, at));
		assert_lookup(&tables, 0, TABLE_LOOP);
		ram_put(&tables, tables.top,
			tables_entry_table(&form->root, level + 1, tables.top));
		assert_lookup(&tables, 0, cases[i].at_top);
		tables_end(&tables);
	}
}

/* The last table leads back to one above it. */
TEST(a_loop_over_tables_is_found)
{
	static const enum table_kind kinds[] = { TABLE_AMD_V2, TABLE_VTD_FIRST, TABLE_VTD_SECOND };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct form *form = find_form(kinds[i], 5);
		struct tables tables;
		uint64_t above;

		tables_begin(&tables, &form->root, i % 2);
		above = tables_at(&tables, 0, 3);
		ram_put(&tables, tables_at(&tables, 0, 1),
			tables_entry_table(&form->root, 1, above));
		assert_lookup(&tables, 0, TABLE_LOOP);
		tables_end(&tables);
	}
}

TEST(the_flags_of_tables_and_pages_are_no_part_of_addresses)
{
	struct tables tables;

	/* Protected (read-only) on s390, at each level. */
	tables_begin(&tables, &find_form(TABLE_ZPCI, 3)->root, true);
	assert_true(tables_map(&tables, 0x1000, 0x123456789000, 12));
	for (unsigned int level = 0; level < 3; level++) {
		uint64_t at = tables_at(&tables, 0x1000, level);

		ram_put(&tables, at, ram_get(&tables, at) | 0x200);
	}
	assert_found(&tables, 0x1000, 0x1000, 0x123456789000, 12);
	/* Invalid at each level, whatever else the entry says. */
	for (unsigned int level = 0; level < 3; level++) {
		uint64_t at = tables_at(&tables, 0x1000, level);

		ram_put(&tables, at, ram_get(&tables, at) | (level ? 0x20 : 0x400));
		assert_lookup(&tables, 0x1000, TABLE_NOT_MAPPED);
	}
	tables_end(&tables);

	/* A page that may only be written. */
	tables_begin(&tables, &find_form(TABLE_VTD_SECOND, 3)->root, false);
	ram_put(&tables, tables_at(&tables, 0x1000, 0), 0x5002);
	assert_found(&tables, 0x1000, 0x1000, 0x5000, 12);
	tables_end(&tables);
}

static int read_zeroes(void *context, uint64_t address, void *buffer, size_t len)
{
	const struct table_root *root = context;

	assert_true(address >= root->top);
	memset(buffer, 0, len);
	return 0;
}

/* A large table at the end of the address space does not go on at its start. */
TEST(a_table_does_not_wrap_around)
{
	struct table_root root = { .kind = TABLE_ARM_LPAE,
				   .top = -UINT64_C(0x1000),
				   .levels = 2,
				   .bits_per_level = 13,
				   .top_bits = 13 };
	struct memory memory = { .read = read_zeroes, .context = &root };
	struct table_leaf leaf;

	assert_int_equal(table_lookup(&memory, &root, 0, &leaf), TABLE_NOT_MAPPED);
	assert_int_equal(table_lookup(&memory, &root, UINT64_C(1) << 41, &leaf), TABLE_UNREADABLE);
}

/* A page table on s390 is half as large as a page. */
TEST(two_page_tables_share_a_page)
{
	struct tables tables;

	tables_begin(&tables, &find_form(TABLE_ZPCI, 3)->root, true);
	assert_true(tables_map(&tables, 0, 0x5000, 12));
	assert_true(tables_map(&tables, MIB, 0x6000, 12));
	assert_true((tables_at(&tables, 0, 0) ^ tables_at(&tables, MIB, 0)) & 0x800);
	assert_found(&tables, 0, 0, 0x5000, 12);
	assert_found(&tables, MIB, MIB, 0x6000, 12);
	tables_end(&tables);
}

/* The IOMMU API does not use it: something else may be there. */
TEST(the_upper_half_of_a_first_stage_is_not_read)
{
	const struct form *form = find_form(TABLE_VTD_FIRST, 4);
	struct seen seen = { .count = 0 };
	struct tables tables;

	tables_begin(&tables, &form->root, false);
	assert_true(tables_map(&tables, form->last + 1, 0x5000, 12));
	assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_OK);
	assert_int_equal(seen.count, 0);
	tables_end(&tables);
}

TEST(a_root_that_cannot_be_is_refused)
{
	static const struct table_root roots[] = {
		{ .kind = TABLE_KINDS, .levels = 4 },
		{ .kind = TABLE_AMD_V1, .levels = 0 },
		{ .kind = TABLE_AMD_V1, .levels = 7 },
		{ .kind = TABLE_AMD_V1, .levels = 3, .encryption_mask = 0x800 },
		{ .kind = TABLE_AMD_V1, .levels = 3, .encryption_mask = UINT64_C(3) << 47 },
		{ .kind = TABLE_AMD_V1, .levels = 3, .encryption_mask = UINT64_C(1) << 52 },
		{ .kind = TABLE_AMD_V2, .levels = 3 },
		{ .kind = TABLE_AMD_V2, .levels = 6 },
		{ .kind = TABLE_VTD_FIRST, .levels = 3 },
		{ .kind = TABLE_VTD_FIRST, .levels = 4, .encryption_mask = UINT64_C(1) << 47 },
		{ .kind = TABLE_VTD_SECOND, .levels = 2 },
		{ .kind = TABLE_VTD_SECOND, .levels = 6 },
		{ .kind = TABLE_VTD_SECOND, .levels = 4, .encryption_mask = UINT64_C(1) << 47 },
		{ .kind = TABLE_ARM_LPAE, .levels = 0, .bits_per_level = 9, .top_bits = 9 },
		{ .kind = TABLE_ARM_LPAE, .levels = 5, .bits_per_level = 9, .top_bits = 9 },
		{ .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 10, .top_bits = 9 },
		{ .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 0 },
		{ .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 9, .top_bits = 14 },
		{ .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 9, .top_bits = 10 },
		{ .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 11, .top_bits = 2 },
		{ .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 13, .top_bits = 11 },
		{ .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 13, .top_bits = 1 },
		{ .kind = TABLE_ZPCI, .levels = 2 },
		{ .kind = TABLE_ZPCI, .levels = 6 },
	};
	struct tables tables;

	tables_begin(&tables, &find_form(TABLE_AMD_V1, 3)->root, false);
	for (size_t i = 0; i < COUNT(roots); i++) {
		uint64_t top = tables.root.top;

		tables.root = roots[i];
		tables.root.top = top;
		assert_lookup(&tables, 0, TABLE_BAD_ROOT);
		tables.root.top = top;
	}
	tables_end(&tables);

	for (size_t i = 0; i < COUNT(forms); i++) {
		tables_begin(&tables, &forms[i].root, false);
		tables.root.top += 4;
		assert_lookup(&tables, 0, TABLE_BAD_ROOT);
		tables.root.top = 0;
		assert_lookup(&tables, 0, TABLE_BAD_ROOT);
		/* The end of the address space. */
		tables.root.top = UINT64_MAX - 7;
		assert_lookup(&tables, forms[i].last, TABLE_UNREADABLE);
		tables_end(&tables);
	}
}

TEST(origin_types_tell_the_levels_of_zpci)
{
	static const unsigned int levels[] = { 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 0 };

	for (unsigned int i = 0; i < COUNT(levels); i++)
		assert_int_equal(table_zpci_levels(i), levels[i]);
	assert_int_equal(table_zpci_levels(0x104), 0);
}

/* virtio-iommu */

/* The mapping behind a pointer of the tree. */
static uint64_t mapping_at(struct tables *tables, uint64_t at)
{
	return ram_get(tables, at) - 8 - RAM_VIRTUAL + RAM_PHYSICAL;
}

TEST(mappings_of_any_size_are_found)
{
	struct seen seen = { .count = 0 };
	struct tables tables;
	struct table_leaf leaf;

	tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
	assert_true(tree_map(&tables, 0x5000, 0x7000, 0x3000));
	assert_true(tree_map(&tables, 0x1000, 0x1000, 0x1000));
	assert_true(tree_map(&tables, -UINT64_C(0x2000), 0x9000, 0x2000));
	assert_int_equal(table_lookup(&tables.memory, &tables.root, 0x7fff, &leaf), TABLE_OK);
	assert_int_equal(leaf.iova, 0x5000);
	assert_int_equal(leaf.size, 0x3000);
	assert_int_equal(leaf.physical, 0x7000);
	assert_lookup(&tables, 0x8000, TABLE_NOT_MAPPED);
	assert_found(&tables, UINT64_MAX, -UINT64_C(0x2000), 0x9000, 13);
	assert_int_equal(scan_range(&tables, 0x1fff, 0x5000, &seen), TABLE_OK);
	assert_int_equal(seen.count, 2);
	tables_end(&tables);
}

TEST(a_mapping_ends_within_memory_and_behind_its_start)
{
	static const struct {
		uint64_t iova;
		uint64_t physical;
		uint64_t size;
		enum table_result result;
	} cases[] = {
		{ 0x5000, -UINT64_C(0x2000), 0x2000, TABLE_OK },
		{ 0x5000, -UINT64_C(0x1000), 0x2000, TABLE_MALFORMED },
		{ 0x5000, 0, 0, TABLE_MALFORMED },
		{ 0x5000, 0, -UINT64_C(0x1000), TABLE_MALFORMED },
		{ 0x5000, 0, -UINT64_C(0x5000), TABLE_OK },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seen seen = { .count = 0 };
		struct tables tables;

		tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
		assert_true(tree_map(&tables, cases[i].iova, cases[i].physical, cases[i].size));
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), cases[i].result);
		tables_end(&tables);
	}
}

/* No bus address is left for such a child. */
TEST(nothing_is_before_the_first_address_or_behind_the_last)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct seen seen = { .count = 0 };
		struct tables tables;

		tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
		assert_true(tree_map(&tables, i ? -UINT64_C(0x1000) : 0, 0x5000, 0x1000));
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_OK);
		ram_put(&tables, mapping_at(&tables, tables.top) + (i ? 16 : 24), RAM_VIRTUAL);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_MALFORMED);
		tables_end(&tables);
	}
}

/** struct damage - a number in the root mapping of a tree of three that makes it none. */
struct damage {
	unsigned int offset;
	uint64_t value;
	enum table_result result;
};

TEST(a_tree_that_cannot_be_ends_it)
{
	static const struct damage damages[] = {
		{ 0, 0x1800, TABLE_UNALIGNED },			/* paddr */
		{ 0, UINT64_MAX & ~UINT64_C(0xfff), TABLE_OK }, /* its last page, for one page */
		{ 32, 0x5008, TABLE_UNALIGNED },		/* start */
		{ 32, 0x6000, TABLE_MALFORMED },		/* ends before it starts */
		{ 40, 0x5ffe, TABLE_UNALIGNED },		/* last */
		{ 40, 0x4fff, TABLE_MALFORMED },
		{ 40, 0xbfff, TABLE_MALFORMED }, /* covers its right neighbour */
		{ 32, 0x1000, TABLE_MALFORMED }, /* covers its left neighbour */
		{ 48, 0x5fff, TABLE_MALFORMED }, /* last of the subtree */
		{ 48, 0xafff, TABLE_MALFORMED },
		{ 48, 0xcfff, TABLE_MALFORMED },
		{ 16, 0, TABLE_MALFORMED },	/* right, which ends last */
		{ 16, 0x10, TABLE_UNREADABLE }, /* right */
		{ 24, 0x10, TABLE_UNREADABLE }, /* left */
		{ 24, RAM_VIRTUAL + 4, TABLE_UNALIGNED },
		{ 24, UINT64_MAX - 7, TABLE_UNREADABLE },
	};

	for (size_t i = 0; i < COUNT(damages); i++) {
		struct seen seen = { .count = 0 };
		struct tables tables;

		tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, i % 2);
		assert_true(tree_map(&tables, 0x5000, 0x5000, 0x1000));
		assert_true(tree_map(&tables, 0x2000, 0x5000, 0x1000));
		assert_true(tree_map(&tables, 0xb000, 0x5000, 0x1000));
		ram_put(&tables, mapping_at(&tables, tables.top) + damages[i].offset,
			damages[i].value);
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), damages[i].result);
		tables_end(&tables);
	}
}

TEST(a_mapping_of_all_has_no_size)
{
	struct tables tables;

	tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
	assert_true(tree_map(&tables, 0, 0, 0));
	assert_lookup(&tables, 0, TABLE_WRONG_SIZE);
	tables_end(&tables);
}

/* A guest has thousands of mappings. */
TEST(a_lookup_reads_one_path_of_a_tree)
{
	struct tables tables;

	tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
	for (uint64_t step = 512; step; step /= 2) {
		for (uint64_t i = step; i < 1024; i += 2 * step)
			assert_true(tree_map(&tables, i << 12, i << 20, 0x1000));
	}
	for (uint64_t i = 1; i < 1024; i++) {
		tables.n_reads = 0;
		assert_found(&tables, i << 12, i << 12, i << 20, 12);
		/* Of ten levels two mappings each, with six numbers. */
		assert_true(tables.n_reads <= 1 + 10 * 2 * 6);
	}
	tables_end(&tables);
}

TEST(a_tree_with_a_loop_ends)
{
	static const unsigned int children[] = { 16, 24 };

	for (size_t i = 0; i < COUNT(children); i++) {
		struct seen seen = { .count = 0 };
		struct tables tables;
		uint64_t root, child;

		tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
		assert_true(tree_map(&tables, 0x5000, 0x5000, 0x1000));
		root = mapping_at(&tables, tables.top);
		/* To itself, and over a child. */
		ram_put(&tables, root + children[i], ram_get(&tables, tables.top));
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_MALFORMED);
		ram_put(&tables, root + children[i], 0);
		assert_true(tree_map(&tables, i ? 0x2000 : 0x8000, 0x5000, 0x1000));
		child = mapping_at(&tables, root + children[i]);
		ram_put(&tables, child + children[i], ram_get(&tables, tables.top));
		assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_MALFORMED);
		tables_end(&tables);
	}
}

/* A list is no balanced tree. */
TEST(a_tree_that_is_too_deep_ends)
{
	struct seen seen = { .count = 0 };
	struct tables tables;

	tables_begin(&tables, &find_form(TABLE_VIRTIO, 0)->root, false);
	for (uint64_t i = 200; i; i--)
		assert_true(tree_map(&tables, i << 12, i << 12, 0x1000));
	assert_int_equal(scan_range(&tables, 0, UINT64_MAX, &seen), TABLE_LOOP);
	assert_int_equal(seen.count, 0);
	tables_end(&tables);
}

/* Words */

TEST(all_results_and_kinds_have_words)
{
	for (int i = 0; i < TABLE_RESULTS; i++) {
		assert_non_null(table_result_words((enum table_result)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(table_result_name((enum table_result)i),
						table_result_name((enum table_result)j));
	}
	for (int i = 0; i < TABLE_KINDS; i++)
		assert_non_null(table_kind_words((enum table_kind)i));
	assert_string_equal(table_result_name(TABLE_COPIES_DIFFER), "copies-differ");
	assert_string_equal(table_kind_words(TABLE_VTD_SECOND), "VT-d second stage");
}

/* Numbers */

TEST(numbers_are_read_in_both_byte_orders)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	for (int is_big = 0; is_big < 2; is_big++) {
		struct tables tables;
		uint64_t eight;
		uint32_t four;
		uint8_t one;

		tables_begin(&tables, &find_form(TABLE_AMD_V1, 3)->root, is_big);
		memcpy(tables.ram, bytes, sizeof(bytes));
		assert_int_equal(memory_u64(&tables.memory, RAM_VIRTUAL, &eight), 0);
		assert_int_equal(eight, is_big ? 0x0102030405060708 : 0x0807060504030201);
		assert_int_equal(memory_physical_u64(&tables.memory, RAM_PHYSICAL, &eight), 0);
		assert_int_equal(eight, is_big ? 0x0102030405060708 : 0x0807060504030201);
		assert_int_equal(memory_u32(&tables.memory, RAM_VIRTUAL + 4, &four), 0);
		assert_int_equal(four, is_big ? 0x05060708 : 0x08070605);
		assert_int_equal(memory_u8(&tables.memory, RAM_VIRTUAL + 2, &one), 0);
		assert_int_equal(one, 3);
		assert_int_equal(memory_u64(&tables.memory, RAM_PHYSICAL, &eight), -ENXIO);
		assert_int_equal(memory_physical_u64(&tables.memory, RAM_VIRTUAL, &eight), -ENXIO);
		assert_int_equal(memory_u32(&tables.memory, 0, &four), -ENXIO);
		assert_int_equal(memory_u8(&tables.memory, 0, &one), -ENXIO);
		tables_end(&tables);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_is_found_at_each_place),
		cmocka_unit_test(physical_addresses_keep_their_highest_bits),
		cmocka_unit_test(addresses_of_52_bits_are_unpacked_with_pages_of_64_kib),
		cmocka_unit_test(an_address_behind_the_table_is_outside),
		cmocka_unit_test(a_scan_visits_all_entries_in_order),
		cmocka_unit_test(a_scan_of_a_part_visits_what_covers_it),
		cmocka_unit_test(an_empty_table_has_no_entries),
		cmocka_unit_test(a_scan_ends_where_it_is_told),
		cmocka_unit_test(a_scan_reads_no_more_entries_than_allowed),
		cmocka_unit_test(each_read_that_fails_ends_it),
		cmocka_unit_test(an_entry_that_no_kernel_writes_ends_it),
		cmocka_unit_test(granules_have_their_own_blocks_and_tables),
		cmocka_unit_test(a_page_in_several_entries_is_the_same_in_all),
		cmocka_unit_test(a_table_that_is_its_own_child_is_a_loop),
		cmocka_unit_test(a_loop_over_tables_is_found),
		cmocka_unit_test(the_flags_of_tables_and_pages_are_no_part_of_addresses),
		cmocka_unit_test(a_table_does_not_wrap_around),
		cmocka_unit_test(two_page_tables_share_a_page),
		cmocka_unit_test(the_upper_half_of_a_first_stage_is_not_read),
		cmocka_unit_test(a_root_that_cannot_be_is_refused),
		cmocka_unit_test(origin_types_tell_the_levels_of_zpci),
		cmocka_unit_test(mappings_of_any_size_are_found),
		cmocka_unit_test(a_mapping_ends_within_memory_and_behind_its_start),
		cmocka_unit_test(nothing_is_before_the_first_address_or_behind_the_last),
		cmocka_unit_test(a_tree_that_cannot_be_ends_it),
		cmocka_unit_test(a_mapping_of_all_has_no_size),
		cmocka_unit_test(a_lookup_reads_one_path_of_a_tree),
		cmocka_unit_test(a_tree_with_a_loop_ends),
		cmocka_unit_test(a_tree_that_is_too_deep_ends),
		cmocka_unit_test(all_results_and_kinds_have_words),
		cmocka_unit_test(numbers_are_read_in_both_byte_orders),
	};

	return UNIT_RUN("table", tests);
}
