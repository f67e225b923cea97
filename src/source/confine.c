/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening paths of a foreign tree so that nothing leads out of it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */
#define DEPTH_MAX 256
#define TRIES_MAX 1024

/* The inode of the root of each procfs (PROC_ROOT_INO, include/linux/proc_ns.h). */
#define PROC_ROOT_NUMBER 1

/**
 * struct confined_walk - where a path has led so far.
 * @flags: for the last part
 * @opened: the directories below @root that the walk stands in, outermost first
 * @rest: what is still to go
 * @result: the descriptor of the last part, or -1
 */
struct confined_walk {
	int root;
	int flags;
	int opened[DEPTH_MAX];
	size_t depth;
	unsigned int links;
	char *rest;
	int result;
};

static int current(const struct confined_walk *walk)
{
	return walk->depth ? walk->opened[walk->depth - 1] : walk->root;
}

/*
 * ".." is the directory that the walk came from, and never asked of the kernel: a directory that was
 * moved out of the tree since has a parent out there.
 */
static void go_up(struct confined_walk *walk)
{
	if (walk->depth)
		close(walk->opened[--walk->depth]);
}

static int go_down(struct confined_walk *walk, const char *name)
{
	int fd;

	if (walk->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	fd = openat(current(walk), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	walk->opened[walk->depth++] = fd;
	return 0;
}

/* Open the last part as it was asked for. A link that has come in its way since is not followed. */
static int open_last(struct confined_walk *walk, const char *name, int more)
{
	walk->result = openat(current(walk), name, walk->flags | more | O_NOFOLLOW | O_CLOEXEC);
	return walk->result < 0 ? -errno : 1;
}

/*
 * The links of a procfs lead to files of processes, wherever those are (RESOLVE_NO_MAGICLINKS refuses
 * them); but those in its root, self and mounts among them, are links like others.
 */
static bool is_magic(const struct confined_walk *walk)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(current(walk), &fs) < 0)
		return true;
	return fs.f_type == PROC_SUPER_MAGIC &&
	       (fstat(current(walk), &st) < 0 || st.st_ino != PROC_ROOT_NUMBER);
}

/* Put what @name points to in front of @behind. Return: 0 where it is no link, 1 when done. */
static int follow_link(struct confined_walk *walk, const char *name, bool slash, const char *behind)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(current(walk), name, target, sizeof(target));
	char *rest;

	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	if (n == sizeof(target))
		return -ENAMETOOLONG;
	if (++walk->links > LINKS_MAX || is_magic(walk))
		return -ELOOP;
	target[n] = '\0';
	rest = xasprintf("%s%s%s", target, *behind || slash ? "/" : "", behind);
	free(walk->rest);
	walk->rest = rest;
	while (*target == '/' && walk->depth)
		go_up(walk);
	return 1;
}

int confined_walk_step(struct confined_walk *walk)
{
	const char *at = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(at, "/");
	bool slash = at[len] == '/';
	_cleanup_free_ char *name = xstrndup(at, len);
	_cleanup_free_ char *behind = xstrdup(at + len + strspn(at + len, "/"));
	int ret = 0;

	if (!len || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		if (len == 2)
			go_up(walk);
		/* The path ended in dots: open that directory as it was asked for. */
		if (!*behind)
			ret = open_last(walk, ".", 0);
	} else {
		/* With O_NOFOLLOW, the open itself fails with ELOOP. */
		if (*behind || slash || !(walk->flags & O_NOFOLLOW))
			ret = follow_link(walk, name, slash, behind);
		if (ret)
			return ret < 0 ? ret : 0;
		/* A slash behind the last part asks for a directory. */
		ret = *behind ? go_down(walk, name)
			      : open_last(walk, name, slash ? O_DIRECTORY : 0);
	}
	free(walk->rest);
	walk->rest = xstrdup(behind);
	return ret;
}

struct confined_walk *confined_walk_begin(int root, const char *path, int flags)
{
	struct confined_walk *walk = xcalloc(1, sizeof(*walk));

	walk->root = root;
	walk->flags = flags;
	walk->rest = xstrdup(path);
	walk->result = -1;
	return walk;
}

int confined_walk_end(struct confined_walk *walk)
{
	int fd = walk->result;

	while (walk->depth)
		go_up(walk);
	free(walk->rest);
	free(walk);
	return fd;
}

/*
 * Do what openat2() does, for kernels before 5.6 (openat2(2)) and sandboxes that refuse it.
 * Kernel: fs/open.c, openat2: 5.10, 6.1, 6.12, 7.3.
 */
static int open_by_steps(int root, const char *path, int flags)
{
	struct confined_walk *walk;
	int ret, fd;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	walk = confined_walk_begin(root, path, flags);
	do {
		ret = confined_walk_step(walk);
	} while (ret == 0);
	fd = confined_walk_end(walk);
	return ret < 0 ? ret : fd;
}

static int open_at_once(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/*
 * Tell if @error is about openat2() itself and not about a path. EPERM and EOPNOTSUPP, with which
 * sandboxes refuse calls that they do not know, may be either: then opening the root fails too.
 */
static bool is_refused(int root, int error)
{
	int fd;

	if (error != -EPERM && error != -EOPNOTSUPP)
		return error == -ENOSYS;
	fd = open_at_once(root, ".", O_PATH | O_DIRECTORY);
	if (fd >= 0)
		close(fd);
	return fd == error;
}

int confined_open(int root, const char *path, int flags)
{
	unsigned int tries = 0;
	int fd;

	/*
	 * EAGAIN: something was renamed, anywhere, while ".." was resolved (openat2(2)). An error in the
	 * end, not a reason to go by steps: whoever renames without an end chooses no other way.
	 */
	do {
		fd = open_at_once(root, path, flags);
	} while (fd == -EAGAIN && ++tries < TRIES_MAX);
	return is_refused(root, fd) ? open_by_steps(root, path, flags) : fd;
}
