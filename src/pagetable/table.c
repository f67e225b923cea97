/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/table.h"

#include <errno.h>

#include "pagetable/internal.h"

/* Entries that are read at once: a table of most formats, and a part of larger ones. */
#define CHUNK 512

static const struct table_format *const formats[TABLE_KINDS] = {
	[TABLE_AMD_V1] = &table_format_amd_v1,	     [TABLE_AMD_V2] = &table_format_amd_v2,
	[TABLE_VTD_FIRST] = &table_format_vtd_first, [TABLE_VTD_SECOND] = &table_format_vtd_second,
	[TABLE_ARM_LPAE] = &table_format_arm_lpae,   [TABLE_ZPCI] = &table_format_zpci,
};

static const struct {
	const char *name;
	const char *words;
} results[TABLE_RESULTS] = {
	[TABLE_OK] = { "ok", "the page table was read" },
	[TABLE_NOT_MAPPED] = { "not-mapped", "the page table has no entry for the address" },
	[TABLE_BAD_ROOT] = { "bad-root",
			     "the kernel's data does not describe a page table of this kind" },
	[TABLE_OUTSIDE] = { "outside", "the address is larger than the page table covers" },
	[TABLE_UNREADABLE] = { "unreadable", "a part of the page table could not be read" },
	[TABLE_MALFORMED] = { "malformed",
			      "the page table has an entry that no known kernel writes" },
	[TABLE_WRONG_SIZE] = { "wrong-size", "the page table has an entry of an impossible size" },
	[TABLE_UNALIGNED] = { "unaligned",
			      "the page table has an entry with an unaligned address" },
	[TABLE_COPIES_DIFFER] = { "copies-differ", "the entries of one page are not all the same" },
	[TABLE_LOOP] = { "loop", "the page table leads back to itself" },
	[TABLE_LIMIT] = { "limit", "the page table is too large to be read in the given limits" },
	[TABLE_STOPPED] = { "stopped", "reading the page table was stopped" },
};

const char *table_result_name(enum table_result result)
{
	return results[result].name;
}

const char *table_result_words(enum table_result result)
{
	return results[result].words;
}

const char *table_kind_words(enum table_kind kind)
{
	return kind == TABLE_VIRTIO ? "virtio-iommu mappings" : formats[kind]->words;
}

void shape_fill(struct table_shape *shape, unsigned int levels, unsigned int granule,
		unsigned int bits, unsigned int top_bits)
{
	shape->levels = levels;
	for (unsigned int level = 0; level < levels; level++) {
		shape->shift[level] = granule + bits * level;
		shape->bits[level] = level == levels - 1 ? top_bits : bits;
	}
	shape->last = low_bits(shape->shift[levels - 1] + top_bits);
}

/**
 * struct walk - a walk over a table.
 * @last: the last bus address, which the table covers
 * @path: physical addresses of the tables that lead to the present one, by level
 */
struct walk {
	const struct memory *memory;
	const struct table_root *root;
	const struct table_format *format;
	struct table_shape shape;
	struct table_scan *scan;
	uint64_t last;
	uint64_t path[LEVELS_MAX];
};

/** struct table - a table of the walk. @iova: bus address of its first entry. */
struct table {
	uint64_t address;
	uint64_t iova;
	unsigned int level;
};

/**
 * struct chunk - some entries of a table that follow each other, in the byte order of this machine.
 * @first: index of the first
 */
struct chunk {
	uint64_t entry[CHUNK];
	uint64_t first;
	uint64_t count;
};

static enum table_result walk_table(struct walk *walk, const struct table *table);

static bool is_top(const struct walk *walk, const struct table *table)
{
	return table->level == walk->shape.levels - 1;
}

static enum table_result read_chunk(struct walk *walk, const struct table *table,
				    struct chunk *chunk)
{
	const struct memory *memory = walk->memory;
	struct table_scan *scan = walk->scan;
	uint64_t address;

	if (chunk->count > scan->max_entries - scan->n_entries)
		return TABLE_LIMIT;
	scan->n_entries += chunk->count;
	scan->error = -EFAULT;
	if (__builtin_add_overflow(table->address, chunk->first * 8, &address))
		return TABLE_UNREADABLE;
	scan->error = (is_top(walk, table) ? memory->read : memory->read_physical)(
		memory->context, address, chunk->entry, chunk->count * 8);
	if (scan->error)
		return TABLE_UNREADABLE;
	for (uint64_t i = 0; i < chunk->count; i++)
		chunk->entry[i] = memory_order(memory, chunk->entry[i]);
	return TABLE_OK;
}

static enum table_result walk_below(struct walk *walk, const struct table *table, uint64_t index,
				    uint64_t address)
{
	struct table below = {
		.address = address,
		.iova = table->iova + (index << walk->shape.shift[table->level]),
		.level = table->level - 1,
	};

	/* The highest table has no physical address here: it is found when it is met again. */
	for (unsigned int level = table->level; level < walk->shape.levels - 1; level++) {
		if (walk->path[level] == address)
			return TABLE_LOOP;
	}
	walk->path[below.level] = address;
	return walk_table(walk, &below);
}

/* All entries of a page that fills several. Tables with such pages fit into one chunk. */
static bool copies_agree(const struct walk *walk, const struct chunk *chunk, uint64_t start,
			 uint64_t count)
{
	uint64_t mask = ~walk->format->set_by_hardware;

	for (uint64_t i = start; i < start + count; i++) {
		if ((chunk->entry[i - chunk->first] ^ chunk->entry[start - chunk->first]) & mask)
			return false;
	}
	return true;
}

static enum table_result visit_leaf(struct walk *walk, const struct table *table,
				    const struct chunk *chunk, const struct entry *entry,
				    uint64_t *index)
{
	unsigned int shift = walk->shape.shift[table->level];
	uint64_t count = UINT64_C(1) << (entry->size - shift);
	uint64_t start = *index & ~(count - 1);
	struct table_leaf leaf = { .iova = table->iova + (start << shift),
				   .size = UINT64_C(1) << entry->size,
				   .physical = entry->address };

	if (count > 1 && !copies_agree(walk, chunk, start, count))
		return TABLE_COPIES_DIFFER;
	*index = start + count;
	return walk->scan->visit(walk->scan->context, &leaf) ? TABLE_OK : TABLE_STOPPED;
}

/* The entry at @index, which becomes that of the next one. */
static enum table_result walk_entry(struct walk *walk, const struct table *table,
				    const struct chunk *chunk, uint64_t *index)
{
	struct entry entry = walk->format->decode(walk->root, &walk->shape, table->level,
						  chunk->entry[*index - chunk->first]);

	switch (entry.kind) {
	case ENTRY_TABLE:
		return walk_below(walk, table, (*index)++, entry.address);
	case ENTRY_LEAF:
		return visit_leaf(walk, table, chunk, &entry, index);
	case ENTRY_WRONG:
		return entry.fault;
	case ENTRY_ABSENT:
		break;
	}
	(*index)++;
	return TABLE_OK;
}

static enum table_result walk_table(struct walk *walk, const struct table *table)
{
	const struct table_scan *scan = walk->scan;
	unsigned int shift = walk->shape.shift[table->level];
	uint64_t entries = UINT64_C(1) << walk->shape.bits[table->level];
	uint64_t index = scan->first > table->iova ? (scan->first - table->iova) >> shift : 0;
	uint64_t last = (walk->last - table->iova) >> shift;
	enum table_result result = TABLE_OK;
	struct chunk chunk;

	if (scan->is_over && scan->is_over(scan->context))
		return TABLE_LIMIT;
	while (!result && index < entries && index <= last) {
		chunk.first = index & ~(uint64_t)(CHUNK - 1);
		chunk.count = entries - chunk.first < CHUNK ? entries - chunk.first : CHUNK;
		result = read_chunk(walk, table, &chunk);
		while (!result && index < chunk.first + chunk.count && index <= last)
			result = walk_entry(walk, table, &chunk, &index);
	}
	return result;
}

/* A bit above the smallest page, and one only. */
static bool is_encryption_mask(uint64_t mask)
{
	return !(mask & (mask - 1)) && !(mask & low_bits(12)) && mask <= low_bits(52);
}

enum table_result table_scan(const struct memory *memory, const struct table_root *root,
			     struct table_scan *scan)
{
	struct walk walk = { .memory = memory, .root = root, .scan = scan };
	struct table top = { .address = root->top };

	scan->n_entries = 0;
	scan->error = 0;
	if (root->kind >= TABLE_KINDS || !root->top || root->top & 7)
		return TABLE_BAD_ROOT;
	if (root->kind == TABLE_VIRTIO)
		return tree_scan(memory, root, scan);
	walk.format = formats[root->kind];
	if (!is_encryption_mask(root->encryption_mask) || !walk.format->shape(root, &walk.shape))
		return TABLE_BAD_ROOT;
	if (scan->first > walk.shape.last)
		return TABLE_OUTSIDE;
	walk.last = scan->last < walk.shape.last ? scan->last : walk.shape.last;
	top.level = walk.shape.levels - 1;
	return walk_table(&walk, &top);
}

/** struct found - the entry that a lookup finds. */
struct found {
	struct table_leaf *leaf;
	bool found;
};

static bool keep_leaf(void *context, const struct table_leaf *leaf)
{
	struct found *found = context;

	*found->leaf = *leaf;
	found->found = true;
	return true;
}

enum table_result table_lookup(const struct memory *memory, const struct table_root *root,
			       uint64_t iova, struct table_leaf *leaf)
{
	struct found found = { .leaf = leaf };
	struct table_scan scan = {
		.first = iova,
		.last = iova,
		/* One path, on which at most one chunk of each table is read. */
		.max_entries = (uint64_t)CHUNK * LEVELS_MAX,
		.visit = keep_leaf,
		.context = &found,
	};
	enum table_result result = table_scan(memory, root, &scan);

	if (!result && !found.found)
		return TABLE_NOT_MAPPED;
	return result;
}
