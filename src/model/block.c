/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

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
		free(block->name);
		free(block->number);
		free(block->mapped_name);
	}
	free(blocks->block);
	*blocks = (struct blocks){ 0 };
}

struct block *blocks_find(const struct blocks *blocks, const char *name)
{
	for (size_t i = 0; i < blocks->count; i++) {
		if (strcmp(blocks->block[i].name, name) == 0)
			return &blocks->block[i];
	}
	return NULL;
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

static char *use_above(struct walk *walk, const struct block *block)
{
	bool *seen = &walk->seen[block - walk->blocks->block];

	if (*seen)
		return NULL;
	*seen = true;
	if (block->n_mounts > 1)
		return xasprintf("mounted on %s and %zu more", block->mounts[0],
				 block->n_mounts - 1);
	if (block->n_mounts)
		return xasprintf("mounted on %s", block->mounts[0]);
	if (block->is_swap)
		return xstrdup("used as swap");
	/* Of those on top of @block the first one that is in use. */
	for (size_t i = 0; i < block->n_holders && walk->steps < DEEPEST; i++) {
		const struct block *holder = blocks_find(walk->blocks, block->holders[i]);
		_cleanup_free_ char *use = NULL;

		walk->steps++;
		use = holder ? use_above(walk, holder) : NULL;
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
