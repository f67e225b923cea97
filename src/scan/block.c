/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: which device they are on, and what they are used for. */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define CLASS "/sys/class/block"

/* "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1": class, subsystem, disk. */
#define SUBSYSTEM "/nvme-subsystem/nvme-subsys"

/*
 * With several paths to one NVMe namespace the disk hangs below the subsystem, which is virtual,
 * and links beside it lead to the controllers (drivers/nvme/host/multipath.c). The first is taken.
 */
static struct device *device_of_subsystem(struct source *source, const struct host *host,
					  const char *path)
{
	const char *at = strstr(path, SUBSYSTEM);
	const char *end = at ? strchr(at + strlen(SUBSYSTEM), '/') : NULL;
	_cleanup_free_ char *directory = end ? xstrndup(path, (size_t)(end - path)) : NULL;
	struct source_list names = { 0 };
	struct device *device = NULL;

	if (!directory || source_list(source, directory, &names) < 0)
		return NULL;
	for (size_t i = 0; i < names.count && !device; i++) {
		_cleanup_free_ char *controller = NULL;
		uint64_t number;

		if (!text_starts(names.name[i], "nvme") ||
		    text_to_u64(names.name[i] + strlen("nvme"), 10, &number) < 0)
			continue;
		controller = scan_resolve(source, directory, names.name[i]);
		device = controller ? scan_device_above(host, controller) : NULL;
	}
	source_list_clear(&names);
	return device;
}

static char *read_mapped_name(struct source *source, const char *path)
{
	_cleanup_free_ char *file = xasprintf("%s/dm/name", path);

	return text_starts(text_base_name(path), "dm-") ? scan_text(source, file) : NULL;
}

static void scan_block(struct source *source, struct host *host, const char *name)
{
	_cleanup_free_ char *path = scan_resolve(source, CLASS, name);
	_cleanup_free_ char *number = NULL;
	_cleanup_free_ char *copy = NULL;
	_cleanup_free_ char *holders = NULL;
	struct source_list names = { 0 };
	struct block block = { 0 };

	if (!path)
		return;
	number = xasprintf("%s/dev", path);
	copy = xstrdup(path);
	block.name = text_clean(xstrdup(name));
	block.number = scan_text(source, number);
	block.mapped_name = read_mapped_name(source, path);
	block.device = strstr(path, SUBSYSTEM) ? device_of_subsystem(source, host, path)
					       : scan_device_above(host, copy);
	holders = xasprintf("%s/holders", path);
	/* The names change hands. */
	if (source_list(source, holders, &names) >= 0) {
		block.holders = names.name;
		block.n_holders = names.count;
	}
	for (size_t i = 0; i < block.n_holders; i++)
		text_clean(block.holders[i]);
	APPEND(host->blocks.block, host->blocks.count, block);
}

/* "\040" and its like, which mountinfo writes for blanks (mangle_path(), fs/seq_file.c). */
static char *unescape(const char *text)
{
	char *plain = xstrdup(text);
	char *to = plain;

	for (const char *from = plain; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text_clean(plain);
}

/** struct directory - block devices by one of their names, sorted. */
struct directory {
	struct entry {
		const char *name;
		struct block *block;
	} * entry;
	size_t count;
};

/**
 * struct directories - by what mounts and swaps call a block device, of which there can be as many
 * as there are devices: "8:1", "sda1" and "vg-root".
 */
struct directories {
	struct directory numbers;
	struct directory names;
	struct directory mapped;
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void enter(struct directory *directory, const char *name, struct block *block)
{
	struct entry entry = { .name = name, .block = block };

	if (name)
		APPEND(directory->entry, directory->count, entry);
}

static void sort_directory(struct directory *directory)
{
	if (directory->count)
		qsort(directory->entry, directory->count, sizeof(*directory->entry),
		      compare_entries);
}

static struct block *look_up(const struct directory *directory, const char *name)
{
	struct entry key = { .name = name };
	const struct entry *found = NULL;

	if (directory->count)
		found = bsearch(&key, directory->entry, directory->count, sizeof(*directory->entry),
				compare_entries);
	return found ? found->block : NULL;
}

static void make_directories(const struct blocks *blocks, struct directories *directories)
{
	for (size_t i = 0; i < blocks->count; i++) {
		struct block *block = &blocks->block[i];

		enter(&directories->numbers, block->number, block);
		enter(&directories->names, block->name, block);
		enter(&directories->mapped, block->mapped_name, block);
	}
	sort_directory(&directories->numbers);
	sort_directory(&directories->names);
	sort_directory(&directories->mapped);
}

/* A block device by its node: /dev/sda1, /dev/mapper/vg-root. */
static struct block *block_by_node(const struct directories *directories, const char *node)
{
	static const char mapper[] = "/dev/mapper/";

	if (text_starts(node, mapper))
		return look_up(&directories->mapped, node + strlen(mapper));
	return text_starts(node, "/dev/") ? look_up(&directories->names, node + strlen("/dev/"))
					  : NULL;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" (proc_pid_mountinfo(5)) */
static void parse_mount(char *line, const struct directories *directories)
{
	char *number = NULL, *where = NULL, *node = NULL;
	bool behind = false; /* the hyphen, behind which are type and device */
	struct block *block;
	char *word;

	for (unsigned int i = 0; (word = strsep(&line, " ")) && !node; i++) {
		if (i == 2)
			number = word;
		else if (i == 4)
			where = word;
		else if (i > 5 && strcmp(word, "-") == 0 && !behind)
			behind = strsep(&line, " ") != NULL;
		else if (behind)
			node = word;
	}
	if (!node)
		return;
	/* Some file systems have numbers of their own (btrfs), and name the device only. */
	block = look_up(&directories->numbers, number);
	if (!block)
		block = block_by_node(directories, node);
	if (block)
		APPEND(block->mounts, block->n_mounts, unescape(where));
}

static void scan_mounts(struct source *source, struct host *host,
			const struct directories *directories)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int ret = source_read(source, "/proc/self/mountinfo", &text, NULL);

	if (ret < 0) {
		scan_unread(host, "/proc/self/mountinfo", ret);
		return;
	}
	rest = text;
	while ((line = strsep(&rest, "\n")))
		parse_mount(line, directories);
}

static void scan_swaps(struct source *source, const struct directories *directories)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;

	if (source_read(source, "/proc/swaps", &text, NULL) < 0)
		return; /* a kernel without swap has no such file */
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct block *block;

		line[strcspn(line, " \t")] = '\0';
		block = block_by_node(directories, line);
		if (block)
			block->is_swap = true;
	}
}

void scan_blocks(struct source *source, struct host *host)
{
	struct directories directories = { 0 };
	struct source_list names = { 0 };
	int ret = source_list(source, CLASS, &names);

	blocks_clear(&host->blocks);
	if (ret < 0)
		scan_unread(host, CLASS, ret);
	for (size_t i = 0; i < names.count; i++)
		scan_block(source, host, names.name[i]);
	source_list_clear(&names);
	if (!host->blocks.count)
		return;
	make_directories(&host->blocks, &directories);
	scan_mounts(source, host, &directories);
	scan_swaps(source, &directories);
	free(directories.numbers.entry);
	free(directories.names.entry);
	free(directories.mapped.entry);
}
