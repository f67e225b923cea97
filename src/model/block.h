/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_BLOCK_H
#define VFIODIAG_MODEL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct device;

/**
 * struct block - a disk, a partition, or a block device on top of them.
 * @number: "259:1", as mounts name it
 * @device: the device it is on; NULL for block devices on top of others (dm-0, md0)
 * @mapped_name: its name in the device mapper ("vg-root"), or NULL
 * @mounts: where it is mounted
 * @is_swap: used as swap
 * @holders: block devices on top of it
 */
struct block {
	char *name;
	char *number;
	char *mapped_name;
	const struct device *device;
	char **mounts;
	size_t n_mounts;
	bool is_swap;
	char **holders;
	size_t n_holders;
};

/** struct blocks - all of a host. */
struct blocks {
	struct block *block;
	size_t count;
};

/** blocks_clear() - free them. */
void blocks_clear(struct blocks *blocks);

/** blocks_find() - the one called @name, or NULL. */
struct block *blocks_find(const struct blocks *blocks, const char *name);

/**
 * block_use() - describe the use of @block, directly or through block devices on top; or NULL.
 *
 * "mounted on /boot", "below dm-0, which is mounted on /". Free it.
 */
char *block_use(const struct blocks *blocks, const struct block *block);

#endif
