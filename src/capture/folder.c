/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture that is a directory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "capture/internal.h"

/** struct loader - what is being loaded. */
struct loader {
	struct capture *capture;
	struct budget budget;
	char **problem;
};

/* Read the plain file @name, of @max bytes at most. No link is followed, nothing is waited for. */
static int read_plain(int folder, const char *name, size_t max, char **text, size_t *len)
{
	_cleanup_close_ int fd = openat(folder, name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *buffer = NULL;
	size_t used = 0, room;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uintmax_t)st.st_size > max)
		return -EFBIG;
	room = (size_t)st.st_size;
	buffer = xcalloc(room + 1, 1);
	while (used < room) {
		ssize_t n = read(fd, buffer + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*text = buffer;
	*len = used;
	buffer = NULL;
	return 0;
}

/* A device may be set going when it is opened, so a transcript that is one is not. */
static int read_transcript(int folder, struct capture *capture)
{
	static const char name[] = "transcript.jsonl";
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return read_plain(folder, name, CAPTURE_TRANSCRIPT_MAX, &capture->transcript,
			  &capture->len);
}

static int load_folder(struct loader *loader, int fd, struct tree_node *folder, unsigned int depth);

static int refuse_change(struct loader *loader, const char *name, int error)
{
	*loader->problem = xasprintf("it changes while it is read ('%s' in it: %s)", name,
				     strerror(error));
	return -EBADMSG;
}

/*
 * Whoever looks at @node is told that it could not be read. But where this machine is at fault, the
 * next try may give another answer, and there is none now. What would be taken for an answer of the host is
 * none either: @node was listed, so somebody changes the folder.
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

static int load_text(struct loader *loader, int at, struct tree_node *node)
{
	char target[PATH_MAX];
	char *text = NULL;
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
	node->text = text;
	node->len = len;
	return 0;
}

static int load_entry(struct loader *loader, int at, struct tree_node *folder, const char *name,
		      unsigned int depth)
{
	struct tree_node *node;
	struct stat st;
	int fd, ret = 0;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? refuse_change(loader, name, errno) : -errno;
	tree_add(folder, name,
		 S_ISDIR(st.st_mode)   ? TREE_FOLDER
		 : S_ISREG(st.st_mode) ? TREE_FILE
		 : S_ISLNK(st.st_mode) ? TREE_LINK
				       : TREE_OTHER,
		 &node);
	/* No host had it: somebody put it there, maybe in place of a file. */
	if (node->kind == TREE_OTHER)
		node->error = EUCLEAN;
	/* Most files of a capture were not read, and are empty. */
	if (node->kind == TREE_LINK || (node->kind == TREE_FILE && st.st_size))
		ret = load_text(loader, at, node);
	if (ret < 0)
		return ret;
	if (!budget_take(&loader->budget, strlen(name) + node->len) || depth > CAPTURE_DEPTH_MAX) {
		*loader->problem = budget_problem();
		return -EBADMSG;
	}
	if (node->kind != TREE_FOLDER)
		return 0;
	fd = openat(at, node->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? keep_error(loader, node, errno) : load_folder(loader, fd, node, depth + 1);
}

/* All that is in the open directory @fd, which is closed. */
static int load_folder(struct loader *loader, int fd, struct tree_node *folder, unsigned int depth)
{
	_cleanup_dir_ DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = -errno;
		close(fd);
		return ret;
	}
	/* Names that begin with a dot are bookkeeping (git keeps no empty directory). */
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			ret = load_entry(loader, fd, folder, entry->d_name, depth);
		if (ret < 0)
			return ret;
	}
	return -errno;
}

int folder_load(int fd, struct capture *capture, char **problem)
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
	ret = load_folder(&loader, files, capture->files, 1);
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
