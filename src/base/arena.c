/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

#define ALIGNMENT sizeof(uint64_t)

/* AddressSanitizer sees the end of a block, so each piece has its own there. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(HAS_ADDRESS_SANITIZER)
#define BLOCK ((size_t)0)
#else
#define BLOCK ((size_t)16384)
#endif

void *arena_take(struct arena *arena, size_t len)
{
	size_t padding = -len % ALIGNMENT;
	char *taken;

	if (len > arena->left) {
		arena->left = len > BLOCK ? len : BLOCK;
		arena->room = xrealloc(NULL, arena->left);
		APPEND(arena->blocks, arena->n_blocks, arena->room);
	}
	taken = arena->room;
	len += padding < arena->left - len ? padding : arena->left - len;
	arena->room += len;
	arena->left -= len;
	return taken;
}

void arena_clear(struct arena *arena)
{
	for (size_t i = 0; i < arena->n_blocks; i++)
		free(arena->blocks[i]);
	free(arena->blocks);
	*arena = (struct arena){ 0 };
}
