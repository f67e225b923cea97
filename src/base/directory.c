/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

/* As many as the kernel follows (MAXSYMLINKS). */
#define LINKS_MAX 40

/**
 * struct walk - a path that is walked part by part.
 * @fd: the directory that was reached
 * @rest: the path from there
 * @links: how many were followed
 */
struct walk {
	int fd;
	char *rest;
	unsigned int links;
};

/* Directories are loaded one below another, so each takes little of the stack. */
int directory_entries(int fd, bool is_sysfs, directory_entry_fn each, void *context)
{
	char buffer[8192] __attribute__((aligned(__alignof__(struct dirent64))));
	ssize_t len;
	int ret = 0;

	while ((len = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		const struct dirent64 *entry = NULL;

		for (ssize_t at = 0; at < len && ret == 0; at += entry->d_reclen) {
			entry = (const void *)(buffer + at);
			if (entry->d_name[0] != '.')
				ret = each(context, fd, entry);
		}
		if (ret != 0)
			return ret;
		if (is_sysfs && entry && entry->d_off == INT_MAX)
			return 0;
	}
	return len < 0 ? -errno : 0;
}

bool directory_trusts(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int go_to(struct walk *walk, int fd)
{
	if (fd < 0)
		return -errno;
	close(walk->fd);
	walk->fd = fd;
	return 0;
}

/* Put the target of the link @part in its place. @behind is the path behind it. */
static int follow(struct walk *walk, const char *part, const char *behind)
{
	_cleanup_close_ int link = openat(walk->fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char target[PATH_MAX];
	struct stat st;
	ssize_t len;
	char *rest;

	if (link < 0 || fstat(link, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return -ENOTDIR;
	if (!directory_trusts(&st))
		return -EPERM;
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	len = readlinkat(link, "", target, sizeof(target));
	if (len < 0)
		return -errno;
	if (len == 0 || len == sizeof(target))
		return -ENAMETOOLONG;
	rest = xasprintf("%.*s/%s", (int)len, target, behind);
	free(walk->rest);
	walk->rest = rest;
	return *target == '/' ? go_to(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

/* Walk the first part of the rest. */
static int step(struct walk *walk)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	_cleanup_free_ char *part = xstrndup(start, len);
	int ret = go_to(walk,
			openat(walk->fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	if (ret == -ENOTDIR || ret == -ELOOP)
		return follow(walk, part, start + len);
	if (ret < 0)
		return ret;
	memmove(walk->rest, start + len, strlen(start + len) + 1);
	return 0;
}

int directory_open(int at, const char *path)
{
	struct walk walk = { .rest = xstrdup(path) };
	int ret = *path ? 0 : -ENOENT;
	int readable = -1;

	walk.fd = openat(at, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.fd < 0)
		ret = -errno;
	while (ret >= 0 && walk.rest[strspn(walk.rest, "/")])
		ret = step(&walk);
	free(walk.rest);
	/* O_PATH is enough to walk, but fsync() needs more. */
	if (ret >= 0)
		readable = openat(walk.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret >= 0 && readable < 0 && errno == EACCES)
		return walk.fd;
	if (ret >= 0 && readable < 0)
		ret = -errno;
	if (walk.fd >= 0)
		close(walk.fd);
	return ret < 0 ? ret : readable;
}

int directory_open_parent(const char *path)
{
	size_t len = (size_t)(text_base_name(path) - path);
	_cleanup_free_ char *parent = len ? xstrndup(path, len) : xstrdup(".");

	return directory_open(AT_FDCWD, parent);
}

int directory_make(const char *path)
{
	_cleanup_free_ char *bare = xstrdup(path);
	_cleanup_close_ int parent = -1;
	const char *name;

	for (size_t len = strlen(bare); len && bare[len - 1] == '/'; len--)
		bare[len - 1] = '\0';
	name = text_base_name(bare);
	if (!*name)
		return directory_open(AT_FDCWD, path);
	parent = directory_open_parent(bare);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	return directory_open(parent, name);
}
