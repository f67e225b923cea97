/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening paths of a foreign tree so that nothing leads out of it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */
#define TRIES_MAX 64

/**
 * struct walk - where a path has led so far.
 * @fd: the folder
 * @depth: how many folders below the root it is
 * @rest: what is still to go, to be freed
 */
struct walk {
	int root;
	int fd;
	unsigned int depth;
	unsigned int links;
	char *rest;
};

/* Go into @name, or to where @flags lead when it is the last part. Takes over the old folder. */
static int step_into(struct walk *walk, const char *name, int flags)
{
	int fd = openat(walk->fd, name, flags | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(walk->fd);
	walk->fd = fd;
	return 0;
}

static int back_to_root(struct walk *walk)
{
	walk->depth = 0;
	return dup3(walk->root, walk->fd, O_CLOEXEC) < 0 ? -errno : 0;
}

/* Replace @name by what it points to, in front of the rest. 0 when it is no link. */
static int follow_link(struct walk *walk, const char *name, bool slash, const char *behind)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(walk->fd, name, target, sizeof(target) - 1);
	char *rest;

	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	rest = xasprintf("%s%s%s", target, *behind || slash ? "/" : "", behind);
	free(walk->rest);
	walk->rest = rest;
	if (*target == '/') {
		int ret = back_to_root(walk);

		return ret < 0 ? ret : 1;
	}
	return 1;
}

static int step(struct walk *walk, int flags)
{
	_cleanup_free_ char *name = NULL;
	const char *at = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(at, "/");
	bool slash = at[len] == '/';
	_cleanup_free_ char *behind = xstrdup(at + len + strspn(at + len, "/"));
	bool is_last = !*behind;
	int ret;

	name = xstrndup(at, len);
	if (strcmp(name, "..") == 0 && walk->depth) {
		walk->depth--;
		ret = step_into(walk, "..", O_PATH | O_DIRECTORY);
	} else if (!len || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		ret = 0; /* ".." of the root is the root */
	} else {
		/* Who asks for no link gets ELOOP from the open itself. */
		ret = is_last && !slash && flags & O_NOFOLLOW
			      ? 0
			      : follow_link(walk, name, slash, behind);
		if (ret)
			return ret < 0 ? ret : 0;
		walk->depth++;
		/* A slash behind the last part asks for a folder. */
		ret = step_into(walk, name,
				is_last ? flags | (slash ? O_DIRECTORY : 0) : O_PATH | O_DIRECTORY);
		if (is_last && ret >= 0)
			return 1;
	}
	free(walk->rest);
	walk->rest = xstrdup(behind);
	/* The path ended in "." or "..": open that folder as it was asked for. */
	if (ret >= 0 && is_last)
		ret = step_into(walk, ".", flags);
	return ret < 0 ? ret : is_last;
}

/* What openat2() does, for kernels before 5.6 and sandboxes that do not let it through. */
static int open_by_steps(int root, const char *path, int flags)
{
	struct walk walk = { .root = root, .fd = fcntl(root, F_DUPFD_CLOEXEC, 0) };
	int ret = walk.fd < 0 ? -errno : 0;

	walk.rest = xstrdup(path);
	while (ret == 0)
		ret = step(&walk, flags);
	free(walk.rest);
	if (ret < 0 && walk.fd >= 0)
		close(walk.fd);
	return ret < 0 ? ret : walk.fd;
}

int confined_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	unsigned int tries = 0;
	long fd;

	/* EAGAIN: something was renamed, anywhere, while ".." was resolved (openat2(2)). */
	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && errno == EAGAIN && ++tries < TRIES_MAX);
	if (fd >= 0)
		return (int)fd;
	/* EPERM: the answer of older container sandboxes to calls that they do not know. */
	if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
		return open_by_steps(root, path, flags);
	return -errno;
}
