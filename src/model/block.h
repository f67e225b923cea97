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
 * @disk: name of the disk of which it is a partition, or NULL
 * @mounts: where it is mounted, directly or as a member of a file system with several disks
 * @file_system: type of the mounted file system that has it ("btrfs"), as its driver lists it in any
 *	mount namespace; or NULL
 * @is_swap: used as swap
 * @swap_file: path of a file on it that is used as swap, or NULL
 * @below_root: the root file system is on a file of it (a loop device, an overlay)
 * @is_remote: it is reached through the network (iSCSI, NVMe over fabrics, NBD)
 * @opener: the process that has it open, "process 812 (qemu-system-x86)", or NULL
 * @holders: block devices on top of it
 * @holders_errno: why they are not known
 * @slaves: block devices that it is on top of, of those without a @device
 */
struct block {
	char *name;
	char *number;
	char *mapped_name;
	char *disk;
	const struct device *device;
	char **mounts;
	size_t n_mounts;
	char *file_system;
	bool is_swap;
	char *swap_file;
	bool below_root;
	bool is_remote;
	char *opener;
	char **holders;
	size_t n_holders;
	int holders_errno;
	char **slaves;
	size_t n_slaves;
};

/**
 * struct blocks - all of a host.
 * @error: why block devices, mounts or swap are not known; 0 where they are
 * @openers_errno: why the processes that have block devices open, or some, could not be seen
 * @unnamed: use that does not say which disks it is on ("zfs is mounted on /"), or NULL
 * @network_root: why the host runs from the network ("nfs on /"), or NULL
 * @root_server: the address that it is reached at, where that is known
 * @by_name: places of all in @block, sorted by name; NULL before blocks_index()
 * @by_disk: the same, sorted by the disks of which they are partitions
 */
struct blocks {
	struct block *block;
	size_t count;
	int error;
	int openers_errno;
	char *unnamed;
	char *network_root;
	char *root_server;
	size_t *by_name;
	size_t *by_disk;
};

/**
 * enum block_need - how much the host needs a block device; of several the greatest counts.
 * @BLOCK_IDLE: nothing uses it
 * @BLOCK_UNKNOWN: no use was seen, but not all that can use it
 * @BLOCK_IN_USE: mounted, open, or below something that is
 * @BLOCK_ESSENTIAL: the host runs from it: the system's file systems, or swap
 */
enum block_need {
	BLOCK_IDLE,
	BLOCK_UNKNOWN,
	BLOCK_IN_USE,
	BLOCK_ESSENTIAL,
};

/** blocks_clear() - free them. */
void blocks_clear(struct blocks *blocks);

/**
 * blocks_index() - make finding one of them, and the partitions of one, fast.
 *
 * Call it when all are there and have their disks. The answers are the same without it.
 */
void blocks_index(struct blocks *blocks);

/** blocks_find() - the one called @name, or NULL. */
struct block *blocks_find(const struct blocks *blocks, const char *name);

/**
 * blocks_next_partition() - the next partition of the disk called @disk, or NULL.
 * @at: where to look on; 0 at first
 */
const struct block *blocks_next_partition(const struct blocks *blocks, const char *disk,
					  size_t *at);

/**
 * block_need() - tell how much the host needs @block, its partitions, and what is on top of them.
 */
enum block_need block_need(const struct blocks *blocks, const struct block *block);

/**
 * blocks_device_need() - tell how much the host needs the disks on @device, or in the domain that
 * @device hides (VMD). BLOCK_IDLE where it has none, if all are known.
 */
enum block_need blocks_device_need(const struct blocks *blocks, const struct device *device);

/**
 * block_is_on() - tell whether @block is on @device, or on one in the domain that @device hides.
 */
bool block_is_on(const struct block *block, const struct device *device);

/** block_is_essential_mount() - tell whether the host does not run without the mount at @where. */
bool block_is_essential_mount(const char *where);

/**
 * blocks_unknown() - say why the use of idle disks on @device is not known; NULL if it is. New.
 *
 * "zfs is mounted on /, and its disks are not known"
 */
char *blocks_unknown(const struct blocks *blocks, const struct device *device);

/**
 * block_use() - describe the use of @block, directly or through block devices on top; or NULL.
 *
 * "mounted on /boot", "below dm-0, which is mounted on /". Free it.
 */
char *block_use(const struct blocks *blocks, const struct block *block);

#endif
