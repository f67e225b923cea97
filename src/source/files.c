/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, folders and links, relative to a root. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

#define FILE_MAX (16u << 20)

/** struct source_dir - @fd: -1 in a replay, which has @node instead. */
struct source_dir {
	struct source *source;
	int fd;
	struct tree_node *node;
	char *path;
};

/* Open @path below @at, which stands for "/" in a foreign tree. */
static int open_below(const struct source *source, int at, const char *path, int flags)
{
	int fd;

	path += *path == '/';
	if (!*path)
		path = ".";
	if (source->confined)
		return confined_open(at, path, flags);
	fd = openat(at, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Add @len bytes of @data to the @used ones in @buffer, which may be NULL and has @room for more; a
 * NUL stands behind. Room that doubles keeps a large file from being copied for each block of it.
 */
static char *add_bytes(char *buffer, size_t used, size_t *room, const char *data, size_t len)
{
	if (!buffer || used + len > *room) {
		/* Most files fit into one read, and need no more than they have. */
		*room = used ? (used + len) * 2 : len;
		buffer = realloc(buffer, *room + 1);
		if (!buffer)
			out_of_memory();
	}
	memcpy(buffer + used, data, len);
	buffer[used + len] = '\0';
	return buffer;
}

/*
 * Read what is behind @fd. @attribute: a sysfs attribute, whose content is made at the first read
 * and handed out as far as the buffer goes (seq_read_iter(), fs/seq_file.c), so a short read is
 * the end; one system call less for each of thousands of files.
 */
static int read_all(int fd, bool attribute, char **text, size_t *len)
{
	char block[4096];
	char *buffer = NULL;
	size_t used = 0, room = 0;
	ssize_t n;

	do {
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || used + (size_t)n > FILE_MAX) {
			int error = n < 0 ? errno : EFBIG;

			free(buffer);
			return -error;
		}
		if (n || !buffer)
			buffer = add_bytes(buffer, used, &room, block, (size_t)n);
		used += (size_t)n;
	} while (n < 0 || (n && (!attribute || (size_t)n == sizeof(block))));
	*text = buffer;
	*len = used;
	return 0;
}

/*
 * Open what @place, an O_PATH descriptor, stands for, if it is a plain file. A foreign tree may hold a
 * pipe or a device in place of one, and some devices are set going when they are opened (watchdogs,
 * tapes). Through /proc, for behind the same path there may be something else by now.
 * Return: a descriptor; -ELOOP for a link, -EINVAL for anything else.
 */
static int open_place(int place)
{
	char path[sizeof("/proc/self/fd/") + 11];
	struct stat st;
	int fd;

	if (fstat(place, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	/* Without a /proc: nothing is said of the file. */
	return errno == ENOENT || errno == ENOTDIR ? -ENOSYS : -errno;
}

/* The file @path at @at, a plain one in a foreign tree. @no_follow: O_NOFOLLOW or 0 */
static int open_file(const struct source *source, int at, const char *path, int no_follow)
{
	int place, fd;

	if (!source->confined)
		return open_below(source, at, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | no_follow);
	place = open_below(source, at, path, O_PATH | no_follow);
	if (place < 0)
		return place;
	fd = open_place(place);
	close(place);
	return fd;
}

int open_plain(struct source *source, const char *path)
{
	return open_file(source, source->root, path, 0);
}

/* Read @name at @at, and write nothing down. @path is the same from the root. */
static int read_file(const struct source *source, int at, const char *name, const char *path,
		     bool attribute, char **text, size_t *len)
{
	int no_follow = source->confined && at != source->root ? O_NOFOLLOW : 0;
	_cleanup_close_ int fd = -1;

	fd = open_file(source, at, name, no_follow);
	/* A link in an open folder of a foreign tree is resolved from the root of that tree. */
	if (fd == -ELOOP && no_follow)
		fd = open_file(source, source->root, path, 0);
	return fd < 0 ? fd : read_all(fd, attribute, text, len);
}

int read_live(const struct source *source, const char *path, char **text, size_t *len)
{
	return read_file(source, source->root, path, path, true, text, len);
}

int read_unrecorded(const struct source *source, const char *path, char **text, size_t *len)
{
	return read_file(source, source->root, path, path, false, text, len);
}

static int read_below(struct source *source, int at, const char *name, const char *path,
		      bool attribute, char **text, size_t *len)
{
	int ret = read_file(source, at, name, path, attribute, text, len);

	if (ret < 0)
		record_error(source, "read", path, ret);
	else
		record_file(source, path, *text, *len);
	return ret;
}

/* The file @name at @at, or at @node in a replay; @path is the same from the root. */
static int read_any(struct source *source, int at, struct tree_node *node, const char *name,
		    const char *path, bool attribute, char **text, size_t *len)
{
	size_t length = 0;
	int ret = recorded_error(source, "read", path);

	len = len ? len : &length;
	if (ret >= 0 && source->mode == SOURCE_REPLAY)
		ret = replay_read(source, node, name, text, len);
	else if (ret >= 0)
		ret = read_below(source, at, name, path, attribute, text, len);
	return note_failure(source, path, ret);
}

int source_read(struct source *source, const char *path, char **text, size_t *len)
{
	return read_any(source, source->root, NULL, path, path, false, text, len);
}

int source_attribute(struct source *source, const char *path, char **text, size_t *len)
{
	return read_any(source, source->root, NULL, path, path, true, text, len);
}

static int open_folder_at(struct source *source, const char *path, struct source_dir *dir)
{
	int ret = recorded_error(source, "folder", path);

	if (ret < 0)
		return ret;
	if (source->mode == SOURCE_REPLAY) {
		ret = replay_find(source, NULL, path, true, &dir->node);
		if (ret >= 0 && dir->node->kind != TREE_FOLDER)
			ret = -ENOTDIR;
		return ret < 0 ? ret : -dir->node->error;
	}
	dir->fd = open_below(source, source->root, path, O_RDONLY | O_DIRECTORY);
	if (dir->fd < 0)
		record_error(source, "folder", path, dir->fd);
	else
		record_folder(source, path);
	return dir->fd < 0 ? dir->fd : 0;
}

int source_dir_open(struct source *source, const char *path, struct source_dir **dir)
{
	struct source_dir opened = { .source = source, .fd = -1 };
	int ret = note_failure(source, path, open_folder_at(source, path, &opened));

	if (ret < 0)
		return ret;
	opened.path = xstrdup(path);
	*dir = xcalloc(1, sizeof(**dir));
	**dir = opened;
	return 0;
}

void source_dir_close(struct source_dir *dir)
{
	if (!dir)
		return;
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir);
}

int source_dir_read(struct source_dir *dir, const char *name, char **text, size_t *len)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir->path, name);

	return read_any(dir->source, dir->fd, dir->node, name, path, true, text, len);
}

/* Write down one entry of a folder, as far as its type goes. */
static void record_entry(struct source *source, int fd, const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL;
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (source->mode != SOURCE_RECORD)
		return;
	path = xasprintf("%s/%s", folder, name);
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		int ret = note_failure(source, path, -errno);

		/* It is not in the capture then, and that is said there. */
		record_error(source, "exists", path, ret);
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		record_folder(source, path);
	} else if (S_ISLNK(st.st_mode)) {
		n = readlinkat(fd, name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		record_link(source, path, target);
	} else {
		record_presence(source, path);
	}
}

/*
 * The names in the open folder @fd. Not with readdir(3): opendir(3) asks for the state of each folder
 * and takes memory for it, and there are as many folders as groups.
 */
static int read_names(int fd, struct source_list *list)
{
	char buffer[32768] __attribute__((aligned(__alignof__(struct dirent64))));
	ssize_t len;

	while ((len = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		const struct dirent64 *entry;

		for (ssize_t at = 0; at < len; at += entry->d_reclen) {
			entry = (const void *)(buffer + at);
			if (entry->d_name[0] != '.')
				APPEND(list->name, list->count, xstrdup(entry->d_name));
		}
	}
	return len < 0 ? -errno : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct source_list *list)
{
	if (list->count)
		qsort(list->name, list->count, sizeof(*list->name), compare_names);
}

/* An open folder, with its names in @list. Return: the descriptor, or a negative errno. */
static int list_below(struct source *source, const char *path, struct source_list *list)
{
	int fd = open_below(source, source->root, path, O_RDONLY | O_DIRECTORY);
	int ret = fd < 0 ? fd : read_names(fd, list);

	if (ret < 0) {
		record_error(source, "list", path, ret);
		source_list_clear(list);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	sort_names(list);
	record_folder(source, path);
	for (size_t i = 0; i < list->count; i++)
		record_entry(source, fd, path, list->name[i]);
	return fd;
}

int source_list(struct source *source, const char *path, struct source_list *list)
{
	struct source_list found = { 0 };
	int ret = recorded_error(source, "list", path);

	if (ret >= 0 && source->mode == SOURCE_REPLAY) {
		ret = replay_list(source, path, &found);
		sort_names(&found);
	} else if (ret >= 0) {
		ret = list_below(source, path, &found);
		if (ret >= 0)
			close(ret);
	}
	if (note_failure(source, path, ret) < 0) {
		source_list_clear(&found);
		return ret;
	}
	*list = found;
	return 0;
}

/* The links called as @names says, in the open folder @fd at @path. */
static void read_links(struct source *source, int fd, const char *path,
		       const struct source_list *names, struct source_list *targets)
{
	char target[PATH_MAX];

	for (size_t i = 0; i < names->count; i++) {
		ssize_t n = readlinkat(fd, names->name[i], target, sizeof(target));
		char *copy = n < 0 ? NULL : xstrndup(target, (size_t)n);

		if (n < 0) {
			int error = -errno;
			_cleanup_free_ char *link = xjoin(path, '/', names->name[i]);

			record_error(source, "link", link, error);
			note_failure(source, link, error);
		}
		APPEND(targets->name, targets->count, copy);
	}
}

static void replay_links(struct source *source, const char *path, const struct source_list *names,
			 struct source_list *targets)
{
	for (size_t i = 0; i < names->count; i++) {
		_cleanup_free_ char *link = xjoin(path, '/', names->name[i]);
		char *target = NULL;

		source_link(source, link, &target);
		APPEND(targets->name, targets->count, target);
	}
}

int source_links(struct source *source, const char *path, struct source_list *names,
		 struct source_list *targets)
{
	struct source_list found = { 0 };
	int ret;

	*targets = found;
	if (source->mode == SOURCE_REPLAY) {
		ret = source_list(source, path, names);
		if (ret >= 0)
			replay_links(source, path, names, targets);
		return ret;
	}
	ret = list_below(source, path, &found);
	if (note_failure(source, path, ret) < 0)
		return ret;
	*names = found;
	read_links(source, ret, path, names, targets);
	close(ret);
	return 0;
}

void source_list_clear(struct source_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->name[i]);
	free(list->name);
	*list = (struct source_list){ 0 };
}

/* readlink(2) of the last part of @path, its folder resolved like every other path. */
static int read_link(const struct source *source, const char *path, char *target, size_t room)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	const char *slash = strrchr(path, '/');
	ssize_t n;

	if (source->confined) {
		folder = xstrndup(path, (size_t)(slash - path));
		fd = open_below(source, source->root, folder, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return fd;
		n = readlinkat(fd, slash + 1, target, room - 1);
	} else {
		n = readlinkat(source->root, path + 1, target, room - 1);
	}
	if (n < 0)
		return -errno;
	target[n] = '\0';
	return 0;
}

static int link_below(struct source *source, const char *path, char **target)
{
	char buffer[PATH_MAX];
	int ret = read_link(source, path, buffer, sizeof(buffer));

	if (ret < 0) {
		record_error(source, "link", path, ret);
		return ret;
	}
	record_link(source, path, buffer);
	*target = xstrdup(buffer);
	return 0;
}

int source_link(struct source *source, const char *path, char **target)
{
	int ret = recorded_error(source, "link", path);

	if (ret >= 0)
		ret = source->mode == SOURCE_REPLAY ? replay_link(source, path, target)
						    : link_below(source, path, target);
	return note_failure(source, path, ret);
}

static int find_below(struct source *source, const char *path)
{
	_cleanup_close_ int fd = open_below(source, source->root, path, O_PATH);
	struct stat st;

	if (fd < 0) {
		record_error(source, "exists", path, fd);
		return fd;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		record_folder(source, path);
	else
		record_presence(source, path);
	return 0;
}

int source_exists(struct source *source, const char *path)
{
	struct tree_node *node;
	int ret = recorded_error(source, "exists", path);

	if (ret >= 0)
		ret = source->mode == SOURCE_REPLAY ? replay_find(source, NULL, path, true, &node)
						    : find_below(source, path);
	return note_failure(source, path, ret);
}
