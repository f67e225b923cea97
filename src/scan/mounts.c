/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users of block devices: file systems, swap, loop devices. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

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

/** struct member_list - block devices. */
struct member_list {
	struct block **block;
	size_t count;
};

/** struct mount - a line of mountinfo, and the block devices that it is on, as far as it names them. */
struct mount {
	char *number;
	char *where;
	char *type;
	char *node;
	char *options;
	struct member_list on;
};

/**
 * struct stack - all that stands on block devices.
 * @pools: file systems that may have several block devices
 */
struct stack {
	struct source *source;
	struct blocks *blocks;
	struct directories directories;
	struct member_list *pools;
	size_t n_pools;
	struct mount *mounts;
	size_t n_mounts;
};

/*
 * "vg--1-log" for "vg-1/log": LVM joins the names of a volume group and a volume for the device mapper, and
 * doubles the hyphens in them. NULL where it is not two names. New.
 */
static char *volume_name(const char *names)
{
	const char *slash = strchr(names, '/');
	char *name = NULL, *to;

	if (!slash || slash == names || !slash[1] || strchr(slash + 1, '/'))
		return NULL;
	name = to = xcalloc(2 * strlen(names) + 1, 1);
	for (; *names; names++) {
		if (*names == '-')
			*to++ = '-';
		if (*names == '/')
			*to++ = '-';
		else
			*to++ = *names;
	}
	return name;
}

/* "cciss!c0d0": a name of sysfs has no slashes. New. */
static char *sysfs_name(const char *name)
{
	char *copy = xstrdup(name);

	for (char *slash = copy; (slash = strchr(slash, '/'));)
		*slash = '!';
	return copy;
}

/* The block device to which the link @node leads, "/dev/disk/by-id/…", or NULL. */
static struct block *block_by_link(const struct stack *stack, const char *node)
{
	_cleanup_free_ char *directory = xstrndup(node, (size_t)(text_base_name(node) - node - 1));
	_cleanup_free_ char *path = scan_resolve(stack->source, directory, text_base_name(node));
	_cleanup_free_ char *name = NULL;

	if (!path || !text_starts(path, "/dev/"))
		return NULL;
	name = sysfs_name(path + strlen("/dev/"));
	return look_up(&stack->directories.names, name);
}

/* A block device by its node: /dev/sda1, /dev/mapper/vg-root, /dev/vg/root, a link. */
static struct block *block_by_node(const struct stack *stack, const char *node)
{
	static const char mapper[] = "/dev/mapper/";
	const char *in_dev = text_starts(node, "/dev/") ? node + strlen("/dev/") : NULL;
	_cleanup_free_ char *name = in_dev ? sysfs_name(in_dev) : NULL;
	_cleanup_free_ char *volume = in_dev ? volume_name(in_dev) : NULL;
	struct block *block;

	if (!in_dev)
		return NULL;
	if (text_starts(node, mapper))
		block = look_up(&stack->directories.mapped, node + strlen(mapper));
	else
		block = look_up(&stack->directories.names, name);
	if (!block && volume)
		block = look_up(&stack->directories.mapped, volume);
	return block ? block : block_by_link(stack, node);
}

static void add_member(struct member_list *list, struct block *block)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->block[i] == block)
			return;
	}
	APPEND(list->block, list->count, block);
}

/* Something that is on disks, and does not say on which; the first is told. Takes @what over. */
static void note_unnamed(struct blocks *blocks, char *what)
{
	if (blocks->unnamed)
		free(what);
	else
		blocks->unnamed = what;
}

void backings_add(struct backings *mounts, const char *block, char *file)
{
	struct backing backing = { .block = xstrdup(block), .file = file };

	APPEND(mounts->files, mounts->n_files, backing);
}

void backings_clear(struct backings *mounts)
{
	for (size_t i = 0; i < mounts->n_files; i++) {
		free(mounts->files[i].block);
		free(mounts->files[i].file);
	}
	free(mounts->files);
	*mounts = (struct backings){ 0 };
}

static int compare_holder(const void *name, const void *holder)
{
	return strverscmp(name, *(char *const *)holder);
}

/* @n_listed: how many of the holders of @lower were listed, and so are sorted */
static void add_holder(struct block *lower, size_t n_listed, const char *name)
{
	if (!n_listed ||
	    !bsearch(name, lower->holders, n_listed, sizeof(*lower->holders), compare_holder))
		APPEND(lower->holders, lower->n_holders, xstrdup(name));
}

/* The two ends of each stack name each other, so that it is known where one of them was not copied. */
static void join_stacks(struct stack *stack)
{
	struct blocks *blocks = stack->blocks;
	_cleanup_free_ size_t *n_listed = xcalloc(blocks->count + 1, sizeof(*n_listed));

	for (size_t i = 0; i < blocks->count; i++)
		n_listed[i] = blocks->block[i].n_holders;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *upper = &blocks->block[i];

		for (size_t s = 0; s < upper->n_slaves; s++) {
			struct block *lower = look_up(&stack->directories.names, upper->slaves[s]);

			if (lower)
				add_holder(lower, n_listed[lower - blocks->block], upper->name);
			else
				note_unnamed(blocks, xasprintf("%s is on %s", upper->name,
							       upper->slaves[s]));
		}
	}
}

/* File systems, as their drivers list them, in whichever mount namespace they are mounted */

static void has_file_system(struct block *block, const char *type)
{
	if (block && !block->file_system)
		block->file_system = xstrdup(type);
}

/* The block device that @name of the directory of a file system leads to, or NULL. */
static struct block *member_of(struct source *source, const struct directories *directories,
			       const char *directory, const char *name)
{
	_cleanup_free_ char *member = NULL;
	_cleanup_free_ char *path = NULL;

	if (!text_starts(name, "dev-"))
		return look_up(&directories->names, name);
	/* bcachefs numbers its devices, and has a link to each */
	member = xjoin(directory, '/', name);
	path = scan_resolve(source, member, "block");
	return path ? look_up(&directories->names, text_base_name(path)) : NULL;
}

static void scan_pool(struct source *source, struct stack *stack, const char *type,
		      const char *directory)
{
	struct member_list pool = { 0 };
	struct source_list names = { 0 };

	source_list(source, directory, &names);
	for (size_t i = 0; i < names.count; i++) {
		struct block *block = member_of(source, &stack->directories, directory,
						names.name[i]);

		if (block)
			add_member(&pool, block);
		else if (strcmp(type, "btrfs") == 0)
			note_unnamed(stack->blocks, xasprintf("%s is on %s", type, names.name[i]));
		has_file_system(block, type);
	}
	source_list_clear(&names);
	if (pool.count)
		APPEND(stack->pools, stack->n_pools, pool);
}

/* "/sys/fs/btrfs/UUID/devices/sda1", "/sys/fs/bcachefs/UUID/dev-0/block", "/sys/fs/ext4/sda1" */
static void scan_file_systems(struct source *source, struct stack *stack)
{
	static const struct {
		const char *type;
		const char *below; /* NULL where one file system has one block device */
	} types[] = {
		{ "btrfs", "/devices" }, { "bcachefs", "" }, { "ext4", NULL },
		{ "xfs", NULL },	 { "f2fs", NULL },
	};

	for (size_t t = 0; t < COUNT(types); t++) {
		_cleanup_free_ char *directory = xasprintf("/sys/fs/%s", types[t].type);
		struct source_list names = { 0 };

		source_list(source, directory, &names);
		for (size_t i = 0; i < names.count; i++) {
			_cleanup_free_ char *pool = NULL;

			if (!types[t].below) {
				has_file_system(look_up(&stack->directories.names, names.name[i]),
						types[t].type);
				continue;
			}
			pool = xasprintf("%s/%s%s", directory, names.name[i], types[t].below);
			if (strcmp(names.name[i], "features") != 0)
				scan_pool(source, stack, types[t].type, pool);
		}
		source_list_clear(&names);
	}
}

/* Mounts */

/* @block, with all others that have a part of the same file system. */
static void add_with_pool(const struct stack *stack, struct member_list *on, struct block *block)
{
	add_member(on, block);
	for (size_t p = 0; p < stack->n_pools; p++) {
		const struct member_list *pool = &stack->pools[p];
		size_t i = 0;

		while (i < pool->count && pool->block[i] != block)
			i++;
		for (size_t m = 0; i < pool->count && m < pool->count; m++)
			add_member(on, pool->block[m]);
	}
}

/* bcachefs names all its devices, "/dev/sda:/dev/sdb". */
static void find_nodes(const struct stack *stack, struct mount *mount)
{
	_cleanup_free_ char *nodes = xstrdup(mount->node);
	char *rest = nodes, *node;

	while ((node = strsep(&rest, ":"))) {
		struct block *block = block_by_node(stack, node);

		if (block)
			add_with_pool(stack, &mount->on, block);
	}
}

/*
 * Further disks of @mount, which options of the file system name: "logdev=/dev/sdb" of XFS. A comma
 * in a name is written as its number, so @options are still to be decoded.
 */
static void find_in_options(const struct stack *stack, struct mount *mount, const char *options)
{
	static const char *const keys[] = { "logdev=", "rtdev=", "journal_path=", "device=" };
	_cleanup_free_ char *words = xstrdup(options);
	bool is_found = mount->on.count;
	char *rest = words, *word;

	while ((word = strsep(&rest, ","))) {
		_cleanup_free_ char *node = NULL;
		struct block *block;
		size_t i = 0;

		while (i < COUNT(keys) && !text_starts(word, keys[i]))
			i++;
		node = i < COUNT(keys) ? unescape(word + strlen(keys[i])) : NULL;
		if (!node || *node != '/')
			continue;
		block = block_by_node(stack, node);
		if (block)
			add_with_pool(stack, &mount->on, block);
		if (!block || !is_found)
			note_unnamed(stack->blocks,
				     xasprintf("%s with %s%s is mounted on %s", mount->type,
					       keys[i], node, mount->where));
	}
}

static void add_mount(struct stack *stack, struct mount mount, const char *options)
{
	/* Some file systems have numbers of their own (btrfs), and name the device only. */
	struct block *block = look_up(&stack->directories.numbers, mount.number);

	if (block)
		add_with_pool(stack, &mount.on, block);
	else
		find_nodes(stack, &mount);
	if (options)
		find_in_options(stack, &mount, options);
	for (size_t i = 0; i < mount.on.count; i++)
		APPEND(mount.on.block[i]->mounts, mount.on.block[i]->n_mounts,
		       xstrdup(mount.where));
	APPEND(stack->mounts, stack->n_mounts, mount);
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" (proc_pid_mountinfo(5)) */
static void parse_mount(char *line, struct stack *stack)
{
	struct mount mount = { 0 };
	char *number = NULL, *where = NULL, *type = NULL, *node = NULL;
	char *word;

	for (unsigned int i = 0; (word = strsep(&line, " ")) && !node; i++) {
		if (i == 2)
			number = word;
		else if (i == 4)
			where = word;
		else if (i > 5 && strcmp(word, "-") == 0) {
			type = strsep(&line, " ");
			node = strsep(&line, " ");
			break;
		}
	}
	if (!node)
		return;
	mount.number = xstrdup(number);
	mount.where = unescape(where);
	mount.type = text_clean(xstrdup(type));
	mount.node = unescape(node);
	mount.options = line ? unescape(line) : NULL;
	add_mount(stack, mount, line);
}

static bool is_one_of(const char *type, const char *const *types)
{
	for (; *types; types++) {
		if (strcmp(type, *types) == 0)
			return true;
	}
	return false;
}

static bool is_network_type(const char *type)
{
	static const char *const types[] = { "nfs",    "nfs4", "cifs",	 "smb3",	   "ceph",
					     "lustre", "afs",  "beegfs", "fuse.glusterfs", NULL };

	return is_one_of(type, types);
}

/* In memory, or given by the hypervisor: on no disk that this host has. */
static bool is_diskless_type(const char *type)
{
	static const char *const types[] = { "tmpfs", "ramfs", "rootfs", "virtiofs", "9p", NULL };

	return is_one_of(type, types);
}

/* The mount that the file @path is on: the longest that it is below, and the last of those. */
static struct mount *mount_of(const struct stack *stack, const char *path,
			      const struct mount *except)
{
	struct mount *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < stack->n_mounts; i++) {
		struct mount *mount = &stack->mounts[i];
		size_t len = strlen(mount->where);

		if ((except && mount == except) || !text_starts(path, mount->where) ||
		    len < longest)
			continue;
		if (strcmp(mount->where, "/") == 0 || !path[len] || path[len] == '/') {
			found = mount;
			longest = len;
		}
	}
	return found;
}

static void set_network_root(struct blocks *blocks, const struct mount *mount)
{
	const char *server = mount->options ? strstr(mount->options, "addr=") : NULL;

	if (blocks->network_root)
		return;
	blocks->network_root = xasprintf("%s on %s", mount->type, mount->where);
	if (server && (server == mount->options || server[-1] == ','))
		blocks->root_server = xstrndup(server + strlen("addr="),
					       strcspn(server + strlen("addr="), ","));
}

/* The root file system is on @mount, as a file or a directory of it. */
static void root_is_on(struct stack *stack, const struct mount *root, const struct mount *mount)
{
	if (mount && is_network_type(mount->type)) {
		set_network_root(stack->blocks, mount);
	} else if (mount && mount->on.count) {
		for (size_t i = 0; i < mount->on.count; i++)
			mount->on.block[i]->below_root = true;
	} else if (!mount || !is_diskless_type(mount->type)) {
		note_unnamed(stack->blocks,
			     xasprintf("%s is mounted on %s", root->type, root->where));
	}
}

/* "lowerdir=/a:/b,upperdir=/c": what an overlay is made of. In a container it may not be there. */
static void root_is_overlay(struct stack *stack, const struct mount *root)
{
	_cleanup_free_ char *options = xstrdup(root->options ? root->options : "");
	char *rest = options, *option;
	bool is_any = false;

	while ((option = strsep(&rest, ","))) {
		char *value = strchr(option, '='), *directory;

		if (!value || !(text_starts(option, "lowerdir") || text_starts(option, "upperdir")))
			continue;
		value++;
		while ((directory = strsep(&value, ":"))) {
			if (*directory)
				root_is_on(stack, root, mount_of(stack, directory, root));
			is_any |= *directory != '\0';
		}
	}
	if (!is_any)
		root_is_on(stack, root, NULL);
}

/* It is on a disk that is not listed. Some file systems have numbers of their own, whose major is 0. */
static bool is_on_unseen_disk(const struct mount *mount)
{
	return text_starts(mount->node, "/dev/") &&
	       (!text_starts(mount->number, "0:") || strcmp(mount->type, "btrfs") == 0 ||
		strcmp(mount->type, "bcachefs") == 0);
}

/* Which disks a file system of btrfs has beside the one that is mounted, only its driver says. */
static bool lacks_pool(const struct stack *stack, const struct mount *mount)
{
	if (strcmp(mount->type, "btrfs") != 0 || !mount->on.count)
		return false;
	for (size_t p = 0; p < stack->n_pools; p++) {
		for (size_t i = 0; i < stack->pools[p].count; i++) {
			if (stack->pools[p].block[i] == mount->on.block[0])
				return false;
		}
	}
	return true;
}

static void judge_mount(struct stack *stack, const struct mount *mount)
{
	bool is_essential = block_is_essential_mount(mount->where);

	/* It says nowhere in sysfs or in its mounts which disks it is on. */
	if (strcmp(mount->type, "zfs") == 0)
		note_unnamed(stack->blocks, xasprintf("zfs is mounted on %s", mount->where));
	else if (lacks_pool(stack, mount))
		note_unnamed(stack->blocks, xasprintf("btrfs is mounted on %s", mount->where));
	else if (is_essential && !mount->on.count && strcmp(mount->type, "overlay") == 0)
		root_is_overlay(stack, mount);
	else if (!mount->on.count && (is_essential || is_on_unseen_disk(mount)))
		root_is_on(stack, mount, mount);
}

static void scan_mountinfo(struct source *source, struct host *host, struct stack *stack)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int ret = source_read(source, "/proc/self/mountinfo", &text, NULL);

	if (ret < 0) {
		scan_unread(host, "/proc/self/mountinfo", ret);
		host->blocks.error = -ret;
		return;
	}
	rest = text;
	while ((line = strsep(&rest, "\n")))
		parse_mount(line, stack);
	for (size_t i = 0; i < stack->n_mounts; i++)
		judge_mount(stack, &stack->mounts[i]);
}

/* Journals of ext3 and ext4 on disks of their own */

/* "sda1-8": a journal that is in the file system on @block, as file 8 of it. */
static bool has_own_journal(const struct source_list *journals, const struct block *block)
{
	size_t len = strlen(block->name);

	for (size_t i = 0; i < journals->count; i++) {
		const char *name = journals->name[i];

		if (text_starts(name, block->name) && name[len] == '-' && name[len + 1] &&
		    !name[len + 1 + strspn(name + len + 1, "0123456789")])
			return true;
	}
	return false;
}

/*
 * The mount whose journal is on a disk of its own: nothing says which one it is, but all others have
 * a journal of their own. Of several the one that the host needs most, or NULL.
 */
static struct mount *owner_of_journals(const struct stack *stack,
				       const struct source_list *journals)
{
	struct mount *owner = NULL;
	bool is_one = true;

	for (size_t i = 0; i < stack->n_mounts; i++) {
		struct mount *mount = &stack->mounts[i];

		if ((strcmp(mount->type, "ext4") != 0 && strcmp(mount->type, "ext3") != 0) ||
		    !mount->on.count || has_own_journal(journals, mount->on.block[0]))
			continue;
		if (block_is_essential_mount(mount->where))
			return mount;
		is_one &= !owner || owner->on.block[0] == mount->on.block[0];
		owner = mount;
	}
	return is_one ? owner : NULL;
}

/* "/proc/fs/jbd2/sdb" (jbd2_journal_init_dev(), fs/jbd2/journal.c) */
static void scan_journals(struct source *source, struct stack *stack)
{
	struct source_list journals = { 0 };
	struct member_list external = { 0 };
	struct mount *owner;

	source_list(source, "/proc/fs/jbd2", &journals);
	for (size_t i = 0; i < journals.count; i++) {
		struct block *block = look_up(&stack->directories.names, journals.name[i]);

		if (block)
			add_member(&external, block);
	}
	owner = external.count ? owner_of_journals(stack, &journals) : NULL;
	for (size_t i = 0; i < external.count; i++) {
		struct block *block = external.block[i];

		has_file_system(block, "ext4");
		if (!owner)
			continue;
		add_member(&owner->on, block);
		APPEND(block->mounts, block->n_mounts, xstrdup(owner->where));
	}
	free(external.block);
	source_list_clear(&journals);
}

/* Swap */

static void add_swap(struct stack *stack, const char *path, bool is_file)
{
	struct block *block = block_by_node(stack, path);
	struct mount *mount;

	if (block) {
		block->is_swap = true;
		return;
	}
	mount = is_file ? mount_of(stack, path, NULL) : NULL;
	for (size_t i = 0; mount && i < mount->on.count; i++) {
		if (!mount->on.block[i]->swap_file)
			mount->on.block[i]->swap_file = xstrdup(path);
	}
	if (!mount || !mount->on.count)
		note_unnamed(stack->blocks, xasprintf("swap is on %s", path));
}

/*
 * A kernel without swap has no /proc/swaps, and no other file says so; but how large swap is all kernels
 * say, so that the lack of the file alone says nothing.
 */
static bool has_no_swap(struct source *source)
{
	_cleanup_free_ char *text = NULL;
	const char *total;

	if (source_read(source, "/proc/meminfo", &text, NULL) < 0)
		return false;
	total = strstr(text, "\nSwapTotal:");
	return total && strtoull(total + strlen("\nSwapTotal:"), NULL, 10) == 0;
}

/* "/dev/sda2                               partition	8388604	0	-2" */
static void scan_swaps(struct source *source, struct stack *stack)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int ret = source_read(source, "/proc/swaps", &text, NULL);

	if ((ret == -ENOENT || ret == -ENODATA) && has_no_swap(source))
		return;
	if (ret < 0 && !stack->blocks->error)
		stack->blocks->error = ret == -ENOENT ? ENODATA : -ret;
	rest = ret < 0 ? NULL : text;
	while ((line = strsep(&rest, "\n"))) {
		size_t len = strcspn(line, " \t");
		const char *type = line + len + strspn(line + len, " \t");
		_cleanup_free_ char *path = NULL;

		if (*line != '/')
			continue;
		line[len] = '\0';
		path = unescape(line);
		add_swap(stack, path, text_starts(type, "file"));
	}
}

/* Loop devices, and what names no disk */

static bool is_on(const struct mount *mount, const struct block *block)
{
	for (size_t i = 0; i < mount->on.count; i++) {
		if (mount->on.block[i] == block)
			return true;
	}
	return false;
}

static void place_file(struct stack *stack, const struct backing *backing)
{
	struct block *loop = look_up(&stack->directories.names, backing->block);
	_cleanup_free_ char *file = xstrdup(backing->file);
	char *deleted = file ? strstr(file, " (deleted)") : NULL;
	struct mount *mount;

	if (!loop)
		return;
	if (deleted)
		*deleted = '\0';
	mount = file && *file == '/' ? mount_of(stack, file, NULL) : NULL;
	/* A path of another root directory: a file on the loop device cannot be below it. */
	if (mount && is_on(mount, loop))
		mount = NULL;
	for (size_t i = 0; mount && i < mount->on.count; i++)
		APPEND(mount->on.block[i]->holders, mount->on.block[i]->n_holders,
		       xstrdup(loop->name));
	if ((mount && (mount->on.count || is_diskless_type(mount->type))) ||
	    block_need(stack->blocks, loop) < BLOCK_ESSENTIAL)
		return;
	if (mount && is_network_type(mount->type))
		set_network_root(stack->blocks, mount);
	else
		note_unnamed(stack->blocks,
			     xasprintf("%s, from which the host runs, is on a file", loop->name));
}

static bool is_numbered(const char *name, const char *prefix)
{
	return text_starts(name, prefix) && name[strlen(prefix)] >= '0' &&
	       name[strlen(prefix)] <= '9';
}

/* Block devices on top of disks, without a link to them. */
static void find_unnamed_blocks(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++) {
		const char *name = blocks->block[i].name;

		if (is_numbered(name, "zd") || is_numbered(name, "drbd"))
			note_unnamed(blocks, xasprintf("%s is there", name));
	}
}

/* Pools of ZFS, which need no mount. */
static void find_pools(struct source *source, struct blocks *blocks)
{
	static const char pools[] = "/proc/spl/kstat/zfs";
	struct source_list names = { 0 };

	source_list(source, pools, &names);
	for (size_t i = 0; i < names.count && !blocks->unnamed; i++) {
		_cleanup_free_ char *state = xasprintf("%s/%s/state", pools, names.name[i]);

		if (source_exists(source, state) == 0)
			note_unnamed(blocks, xstrdup("a pool of ZFS is imported"));
	}
	source_list_clear(&names);
}

/* Disks that the kernel exports itself, as LIO (iblock, pscsi) or NVMe over fabrics; they have no holder. */
static void find_targets(struct source *source, struct blocks *blocks)
{
	static const struct {
		const char *directory;
		const char *prefixes[2];
	} targets[] = {
		{ "/sys/kernel/config/target/core", { "iblock_", "pscsi_" } },
		{ "/sys/kernel/config/nvmet/subsystems", { "", "" } },
	};

	for (size_t t = 0; t < COUNT(targets); t++) {
		struct source_list names = { 0 };

		source_list(source, targets[t].directory, &names);
		for (size_t i = 0; i < names.count; i++) {
			if (text_starts(names.name[i], targets[t].prefixes[0]) ||
			    text_starts(names.name[i], targets[t].prefixes[1]))
				note_unnamed(blocks,
					     xstrdup("the kernel exports disks to other hosts"));
		}
		source_list_clear(&names);
	}
}

/* Of a disk on the network the host needs the network too. */
static void find_network_root(const struct host *host, struct blocks *blocks)
{
	static const char *const options[] = {
		"root=/dev/nfs",  "nfsroot=",	 "netroot=",   "root=nfs",
		"root=nbd:",	  "root=iscsi:", "root=cifs:", "root=dhcp",
		"root=live:http", "netboot=",	 "rd.iscsi."
	};
	const char *line = host->cmdline ? host->cmdline : "";

	for (size_t i = 0; i < blocks->count && !blocks->network_root; i++) {
		if (blocks->block[i].is_remote &&
		    block_need(blocks, &blocks->block[i]) == BLOCK_ESSENTIAL)
			blocks->network_root = xasprintf("the remote disk %s",
							 blocks->block[i].name);
	}
	for (size_t i = 0; i < COUNT(options) && !blocks->network_root; i++) {
		const char *at = strstr(line, options[i]);

		if (at && (at == line || at[-1] == ' '))
			blocks->network_root = xasprintf("%s on the kernel command line",
							 options[i]);
	}
}

/* A disk that is not listed is none: "nvme0" of nvme0n1. */
static void drop_other_disks(struct stack *stack)
{
	for (size_t i = 0; i < stack->blocks->count; i++) {
		struct block *block = &stack->blocks->block[i];

		if (block->disk && !look_up(&stack->directories.names, block->disk)) {
			free(block->disk);
			block->disk = NULL;
		}
	}
}

static void stack_clear(struct stack *stack)
{
	for (size_t i = 0; i < stack->n_mounts; i++) {
		struct mount *mount = &stack->mounts[i];

		free(mount->number);
		free(mount->where);
		free(mount->type);
		free(mount->node);
		free(mount->options);
		free(mount->on.block);
	}
	for (size_t i = 0; i < stack->n_pools; i++)
		free(stack->pools[i].block);
	free(stack->mounts);
	free(stack->pools);
	free(stack->directories.numbers.entry);
	free(stack->directories.names.entry);
	free(stack->directories.mapped.entry);
}

void scan_stacks(struct source *source, struct host *host, const struct backings *mounts)
{
	struct stack stack = { .source = source, .blocks = &host->blocks };

	make_directories(&host->blocks, &stack.directories);
	drop_other_disks(&stack);
	blocks_index(&host->blocks);
	join_stacks(&stack);
	scan_file_systems(source, &stack);
	scan_mountinfo(source, host, &stack);
	scan_journals(source, &stack);
	scan_swaps(source, &stack);
	for (size_t i = 0; i < mounts->n_files; i++)
		place_file(&stack, &mounts->files[i]);
	find_unnamed_blocks(&host->blocks);
	find_pools(source, &host->blocks);
	find_targets(source, &host->blocks);
	find_network_root(host, &host->blocks);
	stack_clear(&stack);
}
