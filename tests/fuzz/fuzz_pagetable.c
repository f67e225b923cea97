/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of IOMMUs in memory that is not to be trusted. A table is written as a kernel would
 * (tests/unit/tables.h), and then the input damages it: entries, what leads to them, and the shape
 * that is claimed. An undamaged table must be read as it was written; of a damaged one, what is said
 * must be possible, and the same again.
 *
 * The input: a shape, mappings, damages and a question, each of a fixed number of bytes.
 */
#include "base/count.h"
#include "fuzz.h"
#include "pagetable/mapped.h"
#include "pagetable/pair.h"
#include "pagetable/tally.h"

#include "../unit/tables.h"

#define MAPPINGS_MAX 12
#define DAMAGES_MAX  12
#define ENTRIES_MAX  (1 << 18)
#define LEAFS_MAX    64
#define PAGES_MAX    8

/** struct written - the mappings that were written, in order of their bus addresses. */
struct written {
	struct table_leaf leaf[MAPPINGS_MAX];
	size_t count;
};

/** struct seen - what a scan visited. @leaf: the first of them. */
struct seen {
	struct table_leaf leaf[LEAFS_MAX];
	size_t count;
	const struct table_scan *scan;
	bool is_tree;
	uint64_t end;
	struct tally tally;
};

/* A shape that a kernel could use. */
static struct table_root take_root(struct bytes *bytes)
{
	static const unsigned int least[TABLE_KINDS] = { 1, 4, 4, 3, 1, 3, 1 };
	static const unsigned int most[TABLE_KINDS] = { 6, 5, 5, 5, 4, 5, 1 };
	struct table_root root = { .kind = (enum table_kind)(take_number(bytes, 1) % TABLE_KINDS) };
	unsigned int wide = (unsigned int)take_number(bytes, 1);
	unsigned int levels = (unsigned int)take_number(bytes, 1);

	root.levels = least[root.kind] + levels % (most[root.kind] - least[root.kind] + 1);
	if (root.kind == TABLE_ARM_LPAE) {
		unsigned int bits = 9 + 2 * (wide % 3);
		unsigned int address = bits == 13 ? 52 : 48;

		if (root.levels == 4 && bits == 13)
			root.levels = 3;
		root.bits_per_level = bits;
		root.top_bits = address - (bits + 3) - bits * (root.levels - 1);
		if (root.top_bits > bits)
			root.top_bits = bits + (root.levels < 4 && wide & 8);
		if (wide & 4)
			root.top_bits = 1 + root.top_bits / 2;
	} else if (root.kind <= TABLE_AMD_V2 && wide & 1) {
		root.encryption_mask = UINT64_C(1) << (wide & 2 ? 47 : 51);
	}
	return root;
}

/* log2 of the highest size that a level can have, and which of them it has. */
static unsigned int choose_size(const struct table_root *root, unsigned int choice)
{
	unsigned int levels = root->levels < 3 ? root->levels : 3;

	switch (root->kind) {
	case TABLE_AMD_V1:
		levels = root->levels < 5 ? root->levels : 5;
		choice = 12 + choice % (9 * levels);
		/* The size would take the bit that encrypts, or all bits of the address. */
		if (root->encryption_mask && choice > 40)
			return 40;
		return choice < 51 ? choice : 50;
	case TABLE_VIRTIO:
		return 12 + choice % 36;
	case TABLE_ARM_LPAE:
		if (root->bits_per_level == 11 && levels > 2)
			levels = 2;
		return tables_shift(root, choice % levels);
	case TABLE_ZPCI:
		return 12;
	default:
		return tables_shift(root, choice % levels);
	}
}

static uint64_t highest_address(const struct table_root *root)
{
	unsigned int bits;

	if (root->kind == TABLE_VIRTIO)
		return UINT64_MAX;
	bits = tables_shift(root, root->levels - 1) + tables_bits(root, root->levels - 1);
	bits -= root->kind == TABLE_VTD_FIRST;
	return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static bool is_free(const struct written *written, const struct table_leaf *leaf)
{
	for (size_t i = 0; i < written->count; i++) {
		const struct table_leaf *other = &written->leaf[i];

		if (leaf->iova <= other->iova + (other->size - 1) &&
		    other->iova <= leaf->iova + (leaf->size - 1))
			return false;
	}
	return true;
}

static void insert(struct written *written, const struct table_leaf *leaf)
{
	size_t i = written->count++;

	for (; i && written->leaf[i - 1].iova > leaf->iova; i--)
		written->leaf[i] = written->leaf[i - 1];
	written->leaf[i] = *leaf;
}

static void take_mapping(struct bytes *bytes, struct tables *tables, struct written *written)
{
	const struct table_root *root = &tables->root;
	unsigned int size = choose_size(root, (unsigned int)take_number(bytes, 1));
	uint64_t mask = ~((UINT64_C(1) << size) - 1);
	bool is_wide = root->kind == TABLE_ARM_LPAE && root->bits_per_level == 13;
	uint64_t limit = root->kind == TABLE_ZPCI || root->kind == TABLE_VIRTIO ? 62
			 : root->kind == TABLE_ARM_LPAE && !is_wide		? 48
										: 52;
	struct table_leaf leaf = { .size = UINT64_C(1) << size };

	leaf.iova = take_address(bytes) & highest_address(root) & mask;
	leaf.physical = take_address(bytes) & ((UINT64_C(1) << limit) - 1) & mask &
			~root->encryption_mask;
	if (is_free(written, &leaf) && tables_map(tables, leaf.iova, leaf.physical, size))
		insert(written, &leaf);
}

/* Any number in memory that is used, to any value: often an entry that leads into that memory. */
static void take_damage(struct bytes *bytes, struct tables *tables)
{
	unsigned int how = (unsigned int)take_number(bytes, 1);
	uint64_t at = take_number(bytes, 3) % (tables->used / 8) * 8;
	uint64_t value = take_address(bytes);
	uint64_t before = ram_get(tables, RAM_PHYSICAL + at);

	switch (how % 5) {
	case 0:
		value = RAM_PHYSICAL | value % RAM_SIZE;
		break;
	case 1:
		value = before ^ UINT64_C(1) << how / 5 % 64;
		break;
	case 2:
		value = RAM_VIRTUAL | value % RAM_SIZE;
		break;
	case 3:
		/* An entry of another place. */
		value = ram_get(tables, RAM_PHYSICAL + value % (tables->used / 8) * 8);
		break;
	default:
		break;
	}
	ram_put(tables, RAM_PHYSICAL + at, value);
}

/* What the kernel's data says of the table, wrong by one number. */
static void take_claim(struct bytes *bytes, struct table_root *root)
{
	unsigned int which = (unsigned int)take_number(bytes, 1);
	uint64_t value = take_address(bytes);

	switch (which % 8) {
	case 0:
		root->top = value;
		break;
	case 1:
		root->levels = (unsigned int)value % 8;
		break;
	case 2:
		root->bits_per_level = (unsigned int)value % 16;
		break;
	case 3:
		root->top_bits = (unsigned int)value % 20;
		break;
	case 4:
		root->encryption_mask = value;
		break;
	case 5:
		root->kind = (enum table_kind)(value % (TABLE_KINDS + 1));
		break;
	case 6:
		root->tree.node = value % 64;
		root->tree.left = value / 64;
		break;
	default:
		root->tree.last = value;
		break;
	}
}

static bool check_leaf(void *context, const struct table_leaf *leaf)
{
	struct seen *seen = context;
	uint64_t last = leaf->iova + (leaf->size - 1);

	MUST(leaf->size >= 4096 && last > leaf->iova);
	MUST(last >= seen->scan->first && leaf->iova <= seen->scan->last);
	MUST(!seen->count || leaf->iova > seen->end);
	MUST(!((leaf->iova | leaf->physical | leaf->size) & 4095));
	if (!seen->is_tree) {
		MUST(!(leaf->size & (leaf->size - 1)));
		MUST(!((leaf->iova | leaf->physical) & (leaf->size - 1)));
	}
	if (seen->count < LEAFS_MAX)
		seen->leaf[seen->count] = *leaf;
	seen->count++;
	seen->end = last;
	tally_add(&seen->tally, leaf);
	return true;
}

static enum table_result scan_part(struct tables *tables, uint64_t first, uint64_t last,
				   struct seen *seen)
{
	struct table_scan scan = { .first = first,
				   .last = last,
				   .max_entries = ENTRIES_MAX,
				   .visit = check_leaf,
				   .context = seen };
	enum table_result result;

	*seen = (struct seen){ .scan = &scan, .is_tree = tables->root.kind == TABLE_VIRTIO };
	tally_begin(&seen->tally, UINT64_C(2) << 20, UINT64_MAX);
	result = table_scan(&tables->memory, &tables->root, &scan);
	tally_end(&seen->tally);
	MUST(scan.n_entries <= ENTRIES_MAX);
	MUST((result == TABLE_UNREADABLE) == (scan.error < 0));
	MUST(result < TABLE_RESULTS && result != TABLE_NOT_MAPPED && result != TABLE_STOPPED);
	MUST(seen->tally.bytes == seen->tally.bytes_large + seen->tally.bytes_possible +
					  seen->tally.bytes_not_offered + seen->tally.bytes_askew +
					  seen->tally.bytes_scattered);
	return result;
}

static bool is_same(const struct table_leaf *one, const struct table_leaf *other)
{
	return one->iova == other->iova && one->size == other->size &&
	       one->physical == other->physical;
}

/* Nothing was damaged: all is as it was written, if it is not more than is read. */
static void check_written(struct tables *tables, const struct written *written)
{
	struct seen seen;
	enum table_result result = scan_part(tables, 0, UINT64_MAX, &seen);
	struct table_leaf leaf;

	MUST(result == TABLE_OK || result == TABLE_LIMIT);
	MUST(seen.count <= written->count && (result || seen.count == written->count));
	for (size_t i = 0; i < seen.count; i++)
		MUST(is_same(&seen.leaf[i], &written->leaf[i]));
	for (size_t i = 0; i < written->count; i++) {
		uint64_t last = written->leaf[i].iova + (written->leaf[i].size - 1);

		MUST(!table_lookup(&tables->memory, &tables->root, last, &leaf));
		MUST(is_same(&leaf, &written->leaf[i]));
	}
}

/* What a scan found, a lookup finds too. */
static void check_again(struct tables *tables, const struct seen *seen)
{
	for (size_t i = 0; i < seen->count && i < LEAFS_MAX; i++) {
		struct table_leaf leaf;

		MUST(!table_lookup(&tables->memory, &tables->root, seen->leaf[i].iova, &leaf));
		MUST(is_same(&leaf, &seen->leaf[i]));
	}
}

/* Two pages prove something only if each is found at its place. */
static void check_pair(struct tables *tables, const struct pair *pair)
{
	struct pair_verdict verdict;
	struct table_leaf leaf;

	pair_examine(&tables->memory, &tables->root, pair, &verdict);
	MUST((verdict.answer == PAIR_UNKNOWN) == (verdict.doubt != DOUBT_NONE));
	if (verdict.answer == PAIR_UNKNOWN)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t iova = pair->iova + i * pair->page_size;

		MUST(!table_lookup(&tables->memory, &tables->root, iova, &leaf));
		MUST(leaf.physical + (iova - leaf.iova) == pair->physical[i]);
		MUST(leaf.size == pair->page_size * (verdict.answer == PAIR_ONE_ENTRY ? 2 : 1));
	}
}

/* The same for a mapping of more pages, from the pair's first on. */
static void check_mapped(struct tables *tables, const struct pair *pair)
{
	uint64_t physical[PAGES_MAX];
	struct mapped mapped = { pair->iova, pair->page_size, physical, PAGES_MAX };
	enum table_result result;
	struct table_leaf leaf;
	struct tally tally;

	for (size_t i = 0; i < PAGES_MAX; i++)
		physical[i] = pair->physical[0] + i * pair->page_size;
	tally_begin(&tally, UINT64_C(2) << 20, UINT64_MAX);
	if (mapped_examine(&tables->memory, &tables->root, &mapped, &tally, &result))
		return;
	MUST(!result && tally.bytes == PAGES_MAX * pair->page_size);
	for (size_t i = 0; i < PAGES_MAX; i++) {
		uint64_t iova = pair->iova + i * pair->page_size;

		MUST(!table_lookup(&tables->memory, &tables->root, iova, &leaf));
		MUST(leaf.physical + (iova - leaf.iova) == physical[i]);
	}
}

static struct pair take_pair(struct bytes *bytes, const struct written *written)
{
	struct pair pair = { .page_size = UINT64_C(4096) << take_number(bytes, 1) % 5 };

	if (written->count) {
		pair.iova = written->leaf[0].iova;
		pair.physical[0] = written->leaf[0].physical;
	}
	pair.physical[1] = pair.physical[0] + pair.page_size;
	return pair;
}

static void try_table(struct bytes *bytes, struct tables *tables)
{
	struct written written = { .count = 0 };
	unsigned int n_mappings = (unsigned int)take_number(bytes, 1) % (MAPPINGS_MAX + 1);
	unsigned int n_damages = (unsigned int)take_number(bytes, 1) % (DAMAGES_MAX + 1);
	bool is_claimed = take_number(bytes, 1) & 1;
	uint64_t first = take_address(bytes);
	uint64_t last = take_address(bytes);
	struct seen seen;
	struct pair pair;

	for (unsigned int i = 0; i < n_mappings; i++)
		take_mapping(bytes, tables, &written);
	pair = take_pair(bytes, &written);
	check_written(tables, &written);
	check_pair(tables, &pair);
	check_mapped(tables, &pair);
	for (unsigned int i = 0; i < n_damages; i++)
		take_damage(bytes, tables);
	if (is_claimed)
		take_claim(bytes, &tables->root);
	if (!scan_part(tables, 0, UINT64_MAX, &seen))
		check_again(tables, &seen);
	if (first <= last && !scan_part(tables, first, last, &seen))
		check_again(tables, &seen);
	check_pair(tables, &pair);
	check_mapped(tables, &pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	struct table_root root = take_root(&bytes);
	struct tables tables;

	tables_begin(&tables, &root, take_number(&bytes, 1) & 1);
	try_table(&bytes, &tables);
	tables_end(&tables);
	return 0;
}
