/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_BLOCK_H
#define VFIODIAG_MODEL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct device;

/**
 * struct block - a disk, a partition, or what stands on them.
 * @number: "259:1", as mounts name it
 * @device: the device it is on; NULL for what stands on others (dm-0, md0)
 * @mapped_name: how the device mapper calls it ("vg-root"), or NULL
 * @mounts: where it is mounted
 * @is_swap: swapped to
 * @holders: block devices that stand on it
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
 * block_use() - what @block is used for, itself or through what stands on it; NULL for nothing.
 *
 * "mounted on /boot", "below dm-0, which is mounted on /". Free it.
 */
char *block_use(const struct blocks *blocks, const struct block *block);

#endif
