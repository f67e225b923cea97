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

/* Partition, RAID, encryption, volumes, and some more; a circle, which a capture may hold, ends. */
#define DEEPEST 16

static char *use_above(const struct blocks *blocks, const struct block *block, unsigned int steps);

/* What uses it through @name, which stands on it. */
static char *use_through(const struct blocks *blocks, const char *name, unsigned int steps)
{
	const struct block *holder = blocks_find(blocks, name);
	_cleanup_free_ char *use = holder ? use_above(blocks, holder, steps) : NULL;
	const char *mapped = holder ? holder->mapped_name : NULL;

	return xasprintf("below %s%s%s%s%s%s", name, mapped ? " (" : "", mapped ? mapped : "",
			 mapped ? ")" : "", use ? ", which is " : "", use ? use : "");
}

static char *use_above(const struct blocks *blocks, const struct block *block, unsigned int steps)
{
	if (block->n_mounts > 1)
		return xasprintf("mounted on %s and %zu more", block->mounts[0],
				 block->n_mounts - 1);
	if (block->n_mounts)
		return xasprintf("mounted on %s", block->mounts[0]);
	if (block->is_swap)
		return xstrdup("swapped to");
	if (block->n_holders && steps)
		return use_through(blocks, block->holders[0], steps - 1);
	return NULL;
}

char *block_use(const struct blocks *blocks, const struct block *block)
{
	return use_above(blocks, block, DEEPEST);
}
