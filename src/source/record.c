/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a capture, as they are written: into a directory, or kept in memory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

/*
 * Open the directory that holds @path in the capture, making what is missing. No link is followed:
 * a link that was recorded earlier stands for a place of the host, not of this machine.
 * Return: a descriptor, and the last part of @path in @name; or a negative errno.
 */
static int open_parent(struct source *source, const char *path, const char **name)
{
	_cleanup_free_ char *parts = xstrdup(path);
	int fd = fcntl(source->capture_files, F_DUPFD_CLOEXEC, 0);
	char *part = parts + (*parts == '/');
	char *slash;

	while (fd >= 0 && (slash = strchr(part, '/'))) {
		int up = fd;

		*slash = '\0';
		if (mkdirat(up, part, 0700) < 0 && errno != EEXIST)
			fd = -1;
		else
			fd = openat(up, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			int error = errno;

			close(up);
			errno = error;
			break;
		}
		close(up);
		part = slash + 1;
	}
	if (fd < 0)
		return -errno;
	*name = path + (part - parts);
	return fd;
}

static void failed(struct source *source, const char *path, int error)
{
	source_set_problem(source, "cannot write '%s' to the capture: %s", path, strerror(error));
}

/* Tell if @name in the capture is of @type (S_IFMT): a link, a directory or a file. */
static bool is_type(int directory, const char *name, mode_t type)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IFMT) == type;
}

/*
 * A path can be only one thing in a capture. Asking for a link in one question and through it in
 * another would make two of it, and the replay would answer wrongly: callers resolve links first.
 */
static void clash(struct source *source, const char *path)
{
	source_set_problem(
		source, "'%s' is a symbolic link and was followed: the capture cannot record both",
		path);
}

/*
 * The same place in the capture that is kept in memory.
 * Return: it, of @kind already or just made so; NULL when that can't be, and the problem is set.
 */
static struct tree_node *keep(struct source *source, const char *path, enum tree_kind kind)
{
	struct tree_node *node = NULL;
	int ret = tree_add(source->kept->files, path, kind, &node);

	if (ret < 0 && ret != -EEXIST) {
		failed(source, path, -ret);
		return NULL;
	}
	if (node->kind == kind)
		return node;
	clash(source, path);
	return NULL;
}

static void keep_presence(struct source *source, const char *path)
{
	struct tree_node *node = NULL;
	int ret = tree_add(source->kept->files, path, TREE_FILE, &node);

	if (ret < 0 && ret != -EEXIST)
		failed(source, path, -ret);
	else if (node->kind == TREE_LINK)
		clash(source, path);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * A file of the capture, empty: new, or the one that this run made before and reads again. Another
 * one was put there by another user.
 */
static int open_file(int directory, const char *name)
{
	static const int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(directory, name, flags | O_CREAT | O_EXCL, 0600);
	struct stat st;

	if (fd >= 0 || errno != EEXIST)
		return fd < 0 ? -errno : fd;
	fd = openat(directory, name, flags);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == geteuid() && ftruncate(fd, 0) == 0)
		return fd;
	close(fd);
	return -EEXIST;
}

static void write_file(struct source *source, const char *path, const char *text, size_t len)
{
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int fd = -1;
	const char *name;
	int ret;

	directory = open_parent(source, path, &name);
	if (directory < 0) {
		failed(source, path, -directory);
		return;
	}
	fd = open_file(directory, name);
	ret = fd < 0 ? fd : write_all(fd, text, len);
	if (ret < 0)
		failed(source, path, -ret);
}

void record_file(struct source *source, const char *path, const char *text, size_t len)
{
	struct tree_node *node;

	if (source->mode != SOURCE_RECORD)
		return;
	if (!source->kept) {
		write_file(source, path, text, len);
		return;
	}
	node = keep(source, path, TREE_FILE);
	if (node)
		tree_set_text(node, text, len);
}

static void write_link(struct source *source, const char *path, const char *target)
{
	_cleanup_close_ int directory = -1;
	const char *name;

	directory = open_parent(source, path, &name);
	if (directory < 0)
		failed(source, path, -directory);
	else if (symlinkat(target, directory, name) < 0 && errno != EEXIST)
		failed(source, path, errno);
	else if (!is_type(directory, name, S_IFLNK))
		clash(source, path);
}

void record_link(struct source *source, const char *path, const char *target)
{
	struct tree_node *node;

	if (source->mode != SOURCE_RECORD)
		return;
	if (!source->kept) {
		write_link(source, path, target);
		return;
	}
	node = keep(source, path, TREE_LINK);
	if (node && !node->text)
		tree_set_text(node, target, strlen(target));
}

static void write_directory(struct source *source, const char *path)
{
	_cleanup_close_ int directory = -1;
	const char *name;

	directory = open_parent(source, path, &name);
	if (directory < 0)
		failed(source, path, -directory);
	else if (mkdirat(directory, name, 0700) < 0 && errno != EEXIST)
		failed(source, path, errno);
	else if (!is_type(directory, name, S_IFDIR))
		clash(source, path);
}

void record_directory(struct source *source, const char *path)
{
	if (source->mode != SOURCE_RECORD)
		return;
	if (source->kept)
		keep(source, path, TREE_DIRECTORY);
	else
		write_directory(source, path);
}

static void write_presence(struct source *source, const char *path)
{
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int fd = -1;
	const char *name = "";

	directory = open_parent(source, path, &name);
	if (directory < 0) {
		failed(source, path, -directory);
		return;
	}
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		failed(source, path, errno);
	else if (is_type(directory, name, S_IFLNK))
		clash(source, path);
}

void record_presence(struct source *source, const char *path)
{
	if (source->mode != SOURCE_RECORD)
		return;
	if (source->kept)
		keep_presence(source, path);
	else
		write_presence(source, path);
}

/* Tell if the capture has an entry at @path already. */
static bool is_recorded(struct source *source, const char *path)
{
	struct tree_node *node;
	struct stat st;

	if (source->kept)
		return tree_find(source->kept->files, source->kept->files, path, false, &node) == 0;
	return fstatat(source->capture_files, path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void record_error(struct source *source, const char *operation, const char *path, int error)
{
	_cleanup_free_ char *key = NULL;

	if (source->mode != SOURCE_RECORD)
		return;
	/*
	 * A path that is not in the capture does not exist; only one that is listed needs a line.
	 */
	if (error == -ENOENT && !is_recorded(source, path))
		return;
	key = transcript_key(operation, path);
	transcript_write(source, json_pack("{s:s, s:s}", "fact", key, "errno", errno_name(error)));
}
