/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "model/host.h"

static void free_all(char **strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(strings[i]);
	free(strings);
}

void blocks_clear(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++) {
		struct block *block = &blocks->block[i];

		free_all(block->mounts, block->n_mounts);
		free_all(block->holders, block->n_holders);
		free_all(block->slaves, block->n_slaves);
		free(block->name);
		free(block->number);
		free(block->mapped_name);
		free(block->disk);
		free(block->file_system);
		free(block->swap_file);
		free(block->opener);
	}
	free(blocks->block);
	free(blocks->unnamed);
	free(blocks->network_root);
	free(blocks->root_server);
	free(blocks->by_name);
	free(blocks->by_disk);
	*blocks = (struct blocks){ 0 };
}

/* One that is no partition has "" for a disk, and no disk is called so. */
static const char *disk_of(const struct block *block)
{
	return block->disk ? block->disk : "";
}

static const char *name_of(const struct block *block)
{
	return block->name;
}

/** struct order - how to sort the blocks of a host: by what @key gives of them, then as they are. */
struct order {
	const struct block *block;
	const char *(*key)(const struct block *block);
};

static int compare_places(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	size_t one = *(const size_t *)a, other = *(const size_t *)b;
	int ret = strcmp(order->key(&order->block[one]), order->key(&order->block[other]));

	return ret ? ret : (one > other) - (one < other);
}

static size_t *make_index(const struct blocks *blocks,
			  const char *(*key)(const struct block *block))
{
	struct order order = { blocks->block, key };
	size_t *places = xcalloc(blocks->count, sizeof(*places));

	for (size_t i = 0; i < blocks->count; i++)
		places[i] = i;
	if (blocks->count)
		qsort_r(places, blocks->count, sizeof(*places), compare_places, &order);
	return places;
}

void blocks_index(struct blocks *blocks)
{
	free(blocks->by_name);
	free(blocks->by_disk);
	blocks->by_name = make_index(blocks, name_of);
	blocks->by_disk = make_index(blocks, disk_of);
}

/*
 * The first block at or after *@at, in the order of @index (NULL: as they are), of which @key gives
 * @value; or NULL. *@at is then behind it.
 */
static struct block *next_of(const struct blocks *blocks, const size_t *index,
			     const char *(*key)(const struct block *block), const char *value,
			     size_t *at)
{
	size_t low = *at, high = blocks->count;

	while (index && low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(key(&blocks->block[index[middle]]), value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < blocks->count; low++) {
		struct block *block = &blocks->block[index ? index[low] : low];

		*at = low + 1;
		if (strcmp(key(block), value) == 0)
			return block;
		if (index)
			return NULL;
	}
	return NULL;
}

struct block *blocks_find(const struct blocks *blocks, const char *name)
{
	size_t at = 0;

	return next_of(blocks, blocks->by_name, name_of, name, &at);
}

const struct block *blocks_next_partition(const struct blocks *blocks, const char *disk, size_t *at)
{
	return next_of(blocks, blocks->by_disk, disk_of, disk, at);
}

/* Partition, RAID, encryption, volumes, and some more. */
#define DEEPEST 16

/**
 * struct walk - upwards from a disk.
 * @seen: one flag for each block, so that a cycle, which a capture may hold, ends
 */
struct walk {
	const struct blocks *blocks;
	bool *seen;
	unsigned int steps;
};

/* "below dm-0 (vg-root)", and @use of that where there is one. */
static char *below(const char *name, const struct block *holder, const char *use)
{
	const char *mapped = holder ? holder->mapped_name : NULL;

	return xasprintf("below %s%s%s%s%s%s", name, mapped ? " (" : "", mapped ? mapped : "",
			 mapped ? ")" : "", use ? ", which is " : "", use ? use : "");
}

/* Own use of @block, the greatest first; or NULL. */
static char *own_use(const struct block *block)
{
	if (block->n_mounts > 1)
		return xasprintf("mounted on %s and %zu more", block->mounts[0],
				 block->n_mounts - 1);
	if (block->n_mounts)
		return xasprintf("mounted on %s", block->mounts[0]);
	if (block->is_swap)
		return xstrdup("used as swap");
	if (block->file_system)
		return xasprintf("part of a mounted %s file system", block->file_system);
	if (block->opener)
		return xasprintf("open in %s", block->opener);
	return NULL;
}

static char *use_above(struct walk *walk, const struct block *block);

/* Of a disk that is below @block, as a RAID or as one of several paths, partitions are used too. */
static char *use_of_partitions(struct walk *walk, const struct block *block)
{
	const struct block *partition;
	size_t at = 0;

	while (walk->steps < DEEPEST &&
	       (partition = blocks_next_partition(walk->blocks, block->name, &at))) {
		_cleanup_free_ char *use = NULL;

		walk->steps++;
		use = use_above(walk, partition);
		walk->steps--;
		if (use)
			return below(partition->name, partition, use);
	}
	return NULL;
}

static char *use_above(struct walk *walk, const struct block *block)
{
	bool *seen = &walk->seen[block - walk->blocks->block];
	char *own;

	if (*seen)
		return NULL;
	*seen = true;
	own = own_use(block);
	if (own)
		return own;
	/* Of those on top of @block the first one that is in use. */
	for (size_t i = 0; i < block->n_holders && walk->steps < DEEPEST; i++) {
		const struct block *holder = blocks_find(walk->blocks, block->holders[i]);
		_cleanup_free_ char *use = NULL;

		walk->steps++;
		use = holder ? use_above(walk, holder) : NULL;
		if (holder && !use)
			use = use_of_partitions(walk, holder);
		walk->steps--;
		if (use)
			return below(block->holders[i], holder, use);
	}
	return NULL;
}

char *block_use(const struct blocks *blocks, const struct block *block)
{
	_cleanup_free_ bool *seen = xcalloc(blocks->count, sizeof(*seen));
	struct walk walk = { .blocks = blocks, .seen = seen };
	char *use = use_above(&walk, block);

	if (use || !block->n_holders)
		return use;
	return below(block->holders[0], blocks_find(blocks, block->holders[0]), NULL);
}

bool block_is_essential_mount(const char *where)
{
	static const char *const places[] = {
		"/",	"/usr", "/boot", "/boot/efi",  "/boot/firmware", "/efi",
		"/etc", "/var", "/nix",	 "/nix/store", "/sysroot",
	};

	for (size_t i = 0; i < COUNT(places); i++) {
		if (strcmp(where, places[i]) == 0)
			return true;
	}
	return false;
}

static enum block_need own_need(const struct block *block)
{
	if (block->is_swap || block->swap_file || block->below_root)
		return BLOCK_ESSENTIAL;
	for (size_t i = 0; i < block->n_mounts; i++) {
		if (block_is_essential_mount(block->mounts[i]))
			return BLOCK_ESSENTIAL;
	}
	/* Something on top of it uses it, even if nothing uses that. */
	if (block->n_mounts || block->n_holders || block->file_system || block->opener)
		return BLOCK_IN_USE;
	return block->holders_errno ? BLOCK_UNKNOWN : BLOCK_IDLE;
}

static enum block_need need_above(struct walk *walk, const struct block *block);

static enum block_need greater(struct walk *walk, const struct block *block, enum block_need need)
{
	enum block_need above = block ? need_above(walk, block) : BLOCK_IDLE;

	return above > need ? above : need;
}

/* Each block once, so that the depth is bounded by their number, and a cycle ends. */
static enum block_need need_above(struct walk *walk, const struct block *block)
{
	bool *seen = &walk->seen[block - walk->blocks->block];
	const struct block *partition;
	enum block_need need;
	size_t at = 0;

	if (*seen)
		return BLOCK_IDLE;
	*seen = true;
	need = own_need(block);
	for (size_t i = 0; i < block->n_holders && need < BLOCK_ESSENTIAL; i++)
		need = greater(walk, blocks_find(walk->blocks, block->holders[i]), need);
	while (need < BLOCK_ESSENTIAL &&
	       (partition = blocks_next_partition(walk->blocks, block->name, &at)))
		need = greater(walk, partition, need);
	return need;
}

static bool is_known(const struct blocks *blocks)
{
	return !blocks->error && !blocks->openers_errno && !blocks->unnamed;
}

enum block_need block_need(const struct blocks *blocks, const struct block *block)
{
	_cleanup_free_ bool *seen = xcalloc(blocks->count, sizeof(*seen));
	struct walk walk = { .blocks = blocks, .seen = seen };
	enum block_need need = need_above(&walk, block);

	return need == BLOCK_IDLE && !is_known(blocks) ? BLOCK_UNKNOWN : need;
}

bool block_is_on(const struct block *block, const struct device *device)
{
	const struct device *own = block->device;

	return own &&
	       (own == device || (own->endpoint && strcmp(own->endpoint, device->address) == 0));
}

enum block_need blocks_device_need(const struct blocks *blocks, const struct device *device)
{
	/* A device may have a disk that was not listed. */
	enum block_need need = blocks->error ? BLOCK_UNKNOWN : BLOCK_IDLE;

	for (size_t i = 0; i < blocks->count && need < BLOCK_ESSENTIAL; i++) {
		enum block_need own = BLOCK_IDLE;

		if (block_is_on(&blocks->block[i], device))
			own = block_need(blocks, &blocks->block[i]);
		if (own > need)
			need = own;
	}
	return need;
}

char *blocks_unknown(const struct blocks *blocks, const struct device *device)
{
	if (blocks->unnamed)
		return xasprintf("%s, and its disks are not known", blocks->unnamed);
	if (blocks->error)
		return xstrdup("mounts and swap were not seen");
	if (blocks->openers_errno)
		return xstrdup("processes that have disks open were not seen");
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->block[i];

		if (block->holders_errno && block_is_on(block, device))
			return xasprintf("what is on top of %s was not seen", block->name);
	}
	return NULL;
}
