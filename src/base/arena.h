/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_ARENA_H
#define VFIODIAG_BASE_ARENA_H

#include <stddef.h>

/**
 * struct arena - memory for many small things that go together.
 * @blocks: in which they are; @left bytes of the last one, from @room on, are free
 */
struct arena {
	char **blocks;
	size_t n_blocks;
	char *room;
	size_t left;
};

/**
 * arena_take() - take @len bytes, one or more, aligned for a pointer or a number; never NULL.
 *
 * They are not zeroed, and stay until arena_clear().
 */
void *arena_take(struct arena *arena, size_t len) __attribute__((returns_nonnull));

/** arena_clear() - free all that was taken. */
void arena_clear(struct arena *arena);

#endif
