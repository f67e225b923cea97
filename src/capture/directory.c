/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture that is a directory: loaded, and written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/directory.h"
#include "capture/internal.h"

/** struct loader - what is being loaded. */
struct loader {
	struct capture *capture;
	struct budget budget;
	char **problem;
};

/*
 * Read the file @name, of @max bytes at most, which was a plain one: a device may be set going when it is
 * opened. No link is followed, and nothing is waited for, should it be another one by now; that is -EINVAL,
 * and so is one that becomes shorter.
 */
static int read_plain(int directory, const char *name, size_t max, char **text, size_t *len)
{
	_cleanup_close_ int fd = openat(directory, name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *buffer = NULL;
	size_t used = 0, size;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)max)
		return -EFBIG;
	size = (size_t)st.st_size;
	buffer = xrealloc(NULL, size + 1);
	while (used < size) {
		ssize_t n = read(fd, buffer + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		used += (size_t)n;
	}
	buffer[size] = '\0';
	*text = buffer;
	*len = size;
	buffer = NULL;
	return 0;
}

static int read_transcript(int directory, struct capture *capture)
{
	static const char name[] = "transcript.jsonl";
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return read_plain(directory, name, CAPTURE_TRANSCRIPT_MAX, &capture->transcript,
			  &capture->len);
}

static int load_directory(struct loader *loader, int fd, struct tree_node *directory,
			  unsigned int depth);

static int refuse_change(struct loader *loader, const char *name, int error)
{
	*loader->problem = xasprintf("it changes while it is read ('%s' in it: %s)", name,
				     strerror(error));
	return -EBADMSG;
}

/*
 * Whoever looks at @node is told that it could not be read. But where this machine is at fault, the
 * next try may give another answer, and there is none now. What would be taken for an answer of the host is
 * none either: @node was listed, so somebody changes the directory.
 */
static int keep_error(struct loader *loader, struct tree_node *node, int error)
{
	if (is_accident(error) && error != EFBIG)
		return -error;
	if (is_answer(error))
		return refuse_change(loader, node->name, error);
	node->error = error;
	return 0;
}

/* Load the content of @node, which is a link or a file. */
static int load_text(struct loader *loader, int at, struct tree_node *node)
{
	_cleanup_free_ char *text = NULL;
	char target[PATH_MAX];
	size_t len = 0;
	ssize_t n;
	int ret;

	if (node->kind == TREE_LINK) {
		n = readlinkat(at, node->name, target, sizeof(target) - 1);
		if (n > 0)
			tree_set_text(node, target, (size_t)n);
		return n < 0 ? keep_error(loader, node, errno) : 0;
	}
	ret = read_plain(at, node->name, CAPTURE_FILE_MAX, &text, &len);
	if (ret < 0)
		return keep_error(loader, node, -ret);
	tree_set_text(node, text, len);
	return 0;
}

/**
 * struct loading - a directory that is being loaded. @depth: of what is in it, 1 for the first
 */
struct loading {
	struct loader *loader;
	struct tree_node *directory;
	unsigned int depth;
};

/* Find the kind of @entry. Return: 0 or a negative errno. */
static int find_kind(int at, const struct dirent64 *entry, enum tree_kind *kind)
{
	mode_t type = (mode_t)DTTOIF(entry->d_type);
	struct stat st;

	/* Not every directory tells the type. */
	if (entry->d_type == DT_UNKNOWN) {
		if (fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		type = st.st_mode;
	}
	*kind = S_ISDIR(type)	? TREE_DIRECTORY
		: S_ISREG(type) ? TREE_FILE
		: S_ISLNK(type) ? TREE_LINK
				: TREE_OTHER;
	return 0;
}

static int load_entry(void *context, int at, const struct dirent64 *entry)
{
	const struct loading *loading = context;
	struct loader *loader = loading->loader;
	struct tree_node *node;
	enum tree_kind kind = TREE_OTHER;
	int fd;
	int ret = find_kind(at, entry, &kind);

	if (ret < 0)
		return ret == -ENOENT ? refuse_change(loader, entry->d_name, ENOENT) : ret;
	tree_add(loading->directory, entry->d_name, kind, &node);
	/* No host had it: somebody put it there, maybe in place of a file. */
	if (node->kind == TREE_OTHER)
		node->error = EUCLEAN;
	if (node->kind == TREE_LINK || node->kind == TREE_FILE)
		ret = load_text(loader, at, node);
	if (ret < 0)
		return ret;
	if (loading->depth > CAPTURE_DEPTH_MAX)
		return budget_exceeded(loader->problem);
	ret = budget_take(&loader->budget, strlen(node->name) + node->len, loader->problem);
	if (ret < 0)
		return ret;
	if (node->kind != TREE_DIRECTORY)
		return 0;
	fd = openat(at, node->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? keep_error(loader, node, errno)
		      : load_directory(loader, fd, node, loading->depth + 1);
}

/*
 * All that is in the open directory @fd, which is closed. Names that begin with a dot are bookkeeping (git
 * keeps no empty directory).
 */
static int load_directory(struct loader *loader, int fd, struct tree_node *directory,
			  unsigned int depth)
{
	struct loading loading = { loader, directory, depth };
	int ret = directory_entries(fd, false, load_entry, &loading);

	close(fd);
	return ret;
}

int directory_load(int fd, struct capture *capture, char **problem)
{
	struct loader loader = { .capture = capture, .problem = problem };
	int files = openat(fd, "files", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret;

	if (files < 0 && is_accident(errno))
		return -errno;
	if (files < 0) {
		*problem = is_answer(errno) ? xstrdup("directory 'files' is missing")
					    : xasprintf("cannot read directory 'files': %s",
							strerror(errno));
		return -EBADMSG;
	}
	ret = load_directory(&loader, files, capture->files, 1);
	if (ret < 0)
		return ret;
	ret = read_transcript(fd, capture);
	if (is_accident(-ret) && ret != -EFBIG)
		return ret;
	if (ret < 0 || memchr(capture->transcript, '\0', capture->len)) {
		*problem = xstrdup("transcript.jsonl is missing or not readable");
		return -EBADMSG;
	}
	return 0;
}

/** struct saver - the directory that is written into. @problem: set on error */
struct saver {
	int directory;
	char **problem;
};

static int save_text(int directory, const char *name, const char *text, size_t len)
{
	_cleanup_close_ int fd = openat(directory, name,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int save_node(const char *path, struct tree_node *node, void *context)
{
	const struct saver *saver = context;
	int ret;

	if (node->kind == TREE_DIRECTORY)
		ret = mkdirat(saver->directory, path, 0700) < 0 ? -errno : 0;
	else if (node->kind == TREE_LINK && node->text)
		ret = symlinkat(node->text, saver->directory, path) < 0 ? -errno : 0;
	else /* also a link whose target could not be read, as the transcript says */
		ret = save_text(saver->directory, path, node->text, node->len);
	if (ret < 0)
		*saver->problem = xasprintf("cannot write '/%s' to the capture: %s", path,
					    strerror(-ret));
	return ret;
}

/* Each path is one that was made here: no link is in its way, and nobody else's file at its end. */
int capture_save(const struct capture *capture, int directory, char **problem)
{
	_cleanup_close_ int files = -1;
	int ret = mkdirat(directory, "files", 0700) < 0 ? -errno : 0;

	if (ret >= 0) {
		files = openat(directory, "files", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		ret = files < 0 ? -errno
				: tree_visit(capture->files, "", save_node,
					     &(struct saver){ files, problem });
	}
	if (ret >= 0)
		ret = save_text(directory, "transcript.jsonl", capture->transcript, capture->len);
	if (ret < 0 && !*problem)
		*problem = xasprintf("cannot write the capture: %s", strerror(-ret));
	return ret;
}
