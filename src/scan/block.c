/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: which device they are on, and what they are used for. */
#include "scan/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

#define CLASS "/sys/class/block"

/* "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1": class, subsystem, disk. */
#define SUBSYSTEM "/nvme-subsystem/nvme-subsys"
#define FABRICS	  "/nvme-fabrics/"

/*
 * With several paths to one NVMe namespace the disk hangs below the subsystem, which is virtual,
 * and links beside it lead to the controllers (drivers/nvme/host/multipath.c). New.
 */
static char *subsystem_of(const char *path)
{
	const char *at = strstr(path, SUBSYSTEM);
	const char *end = at ? strchr(at + strlen(SUBSYSTEM), '/') : NULL;

	return end ? xstrndup(path, (size_t)(end - path)) : NULL;
}

static bool is_block(const struct host *host, const char *name, const struct device *device)
{
	for (size_t i = 0; i < host->blocks.count; i++) {
		const struct block *block = &host->blocks.block[i];

		if (block->device == device && block->n_holders == 1 &&
		    strcmp(block->holders[0], name) == 0)
			return true;
	}
	return false;
}

/* A path to the disk @name over @device, which the kernel lists as a disk of its own or not at all. */
static void add_path(struct host *host, const char *name, struct device *device,
		     const char *controller)
{
	const char *space = strrchr(name, 'n');
	struct block path = { .device = device };

	if (!space || is_block(host, name, device))
		return;
	/*
	 * "nvme0c1n2"
	 * Kernel: drivers/nvme/host/multipath.c, nvme_set_disk_name(): 5.10.
	 * Kernel: drivers/nvme/host/core.c, nvme_alloc_ns(): 6.1, 6.12, 7.3.
	 */
	path.name = xasprintf("%.*sc%s%s", (int)(space - name), name, controller, space);
	APPEND(path.holders, path.n_holders, xstrdup(name));
	APPEND(host->blocks.block, host->blocks.count, path);
}

/* All devices over which @block, a disk or its partition, is reached: its own is the first. */
static void scan_paths(struct source *source, struct host *host, const struct scan_index *index,
		       const char *path, size_t block)
{
	_cleanup_free_ char *directory = subsystem_of(path);
	_cleanup_free_ char *name = xstrdup(host->blocks.block[block].name);
	const char *base = text_base_name(path);
	struct source_list names = { 0 };
	bool is_disk = directory && strlen(directory) + 1 + strlen(base) == strlen(path);

	if (!directory || source_list(source, directory, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *controller = NULL;
		struct device *device;
		uint64_t number;

		if (!text_starts(names.name[i], "nvme") ||
		    text_to_u64(names.name[i] + strlen("nvme"), 10, &number) < 0)
			continue;
		controller = scan_resolve(source, directory, names.name[i]);
		if (controller && strstr(controller, FABRICS))
			host->blocks.block[block].is_remote = true;
		device = controller ? scan_device_above(index, controller) : NULL;
		if (device && !host->blocks.block[block].device)
			host->blocks.block[block].device = device;
		else if (device && is_disk)
			add_path(host, name, device, names.name[i] + strlen("nvme"));
	}
	source_list_clear(&names);
}

/* "nvme0c1n2" is a path to nvme0n2, which stands on it and is not listed among its holders. */
static void add_head(struct block *block)
{
	unsigned int subsystem, controller, space;
	int end = 0;

	if (sscanf(block->name, "nvme%uc%un%u%n", &subsystem, &controller, &space, &end) == 3 &&
	    !block->name[end])
		APPEND(block->holders, block->n_holders, xasprintf("nvme%un%u", subsystem, space));
}

/* Disks that are reached through the network, by their place in sysfs or by the names of their drivers. */
static bool is_remote(const char *name, const char *path)
{
	static const char *const drivers[] = { "nbd", "rbd", "rnbd", "etherd" };

	for (size_t i = 0; i < COUNT(drivers); i++) {
		size_t len = strlen(drivers[i]);

		if (text_starts(name, drivers[i]) && strchr("0123456789!", name[len]))
			return true;
	}
	return strstr(path, FABRICS) || strstr(path, "/session");
}

/* "…/sda/sda1": the name of the directory above, if that is a disk's; else a name that no disk has. */
static char *disk_of(const char *path, const char *name)
{
	_cleanup_free_ char *above = xstrndup(path, (size_t)(text_base_name(path) - path));
	const char *disk;

	above[strlen(above) - (*above != '\0')] = '\0';
	disk = text_base_name(above);
	return text_starts(name, disk) ? xstrdup(disk) : NULL;
}

/* A loop device is below the file system that has its file. */
static char *read_backing(struct source *source, const char *path)
{
	_cleanup_free_ char *file = xasprintf("%s/loop/backing_file", path);

	return scan_text(source, file);
}

static char *read_mapped_name(struct source *source, const char *path)
{
	_cleanup_free_ char *file = xasprintf("%s/dm/name", path);

	return text_starts(text_base_name(path), "dm-") ? scan_text(source, file) : NULL;
}

/* The names in the directory @name of the block device at @path. Return: 0 or a negative errno. */
static int list_blocks(struct source *source, const char *path, const char *name, char ***list,
		       size_t *count)
{
	_cleanup_free_ char *directory = xjoin(path, '/', name);
	struct source_list names = { 0 };
	int ret = source_list(source, directory, &names);

	if (ret < 0)
		return ret;
	/* The names change hands. */
	*list = names.name;
	*count = names.count;
	for (size_t i = 0; i < names.count; i++)
		text_clean(names.name[i]);
	return 0;
}

/* A device mapper, MD or bcache device, which names what it is on. */
static bool is_stacked(const char *path)
{
	static const char *const kinds[] = { "dm-", "md", "bcache" };
	static const char virtual[] = "/sys/devices/virtual/block/";

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (text_starts(path, virtual) && text_starts(text_base_name(path), kinds[i]))
			return true;
	}
	return false;
}

static void scan_block(struct source *source, struct host *host, const struct scan_index *index,
		       const char *name, struct backings *mounts)
{
	_cleanup_free_ char *path = scan_resolve(source, CLASS, name);
	_cleanup_free_ char *number = NULL;
	_cleanup_free_ char *copy = NULL;
	struct block block = { 0 };
	int ret;

	if (!path)
		return;
	number = xasprintf("%s/dev", path);
	copy = xstrdup(path);
	block.name = text_clean(xstrdup(name));
	block.number = scan_text(source, number);
	block.mapped_name = read_mapped_name(source, path);
	block.disk = disk_of(path, name);
	block.is_remote = is_remote(name, path);
	if (!strstr(path, SUBSYSTEM))
		block.device = scan_device_above(index, copy);
	ret = list_blocks(source, path, "holders", &block.holders, &block.n_holders);
	/* Each block device has the directory, so what lacks it was not copied. */
	block.holders_errno = ret == -ENOENT ? ENODATA : ret < 0 ? -ret : 0;
	if (is_stacked(path))
		list_blocks(source, path, "slaves", &block.slaves, &block.n_slaves);
	add_head(&block);
	APPEND(host->blocks.block, host->blocks.count, block);
	if (text_starts(name, "loop") && !block.device)
		backings_add(mounts, block.name, read_backing(source, path));
	if (strstr(path, SUBSYSTEM))
		scan_paths(source, host, index, path, host->blocks.count - 1);
}

void scan_blocks(struct source *source, struct host *host)
{
	struct backings mounts = { 0 };
	struct source_list names = { 0 };
	struct scan_index index;
	int ret = source_list(source, CLASS, &names);

	blocks_clear(&host->blocks);
	host->blocks.openers_errno = ENODATA;
	if (ret < 0) {
		scan_unread(host, CLASS, ret);
		host->blocks.error = -ret;
	}
	scan_index_make(&index, host);
	for (size_t i = 0; i < names.count; i++)
		scan_block(source, host, &index, names.name[i], &mounts);
	scan_index_clear(&index);
	source_list_clear(&names);
	scan_stacks(source, host, &mounts);
	backings_clear(&mounts);
}
