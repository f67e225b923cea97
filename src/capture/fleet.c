/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of captures, which is none itself. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "capture/capture.h"

/* A directory that cannot be examined counts as a capture: loading it reports the error. */
static bool holds_files(int at, const char *name)
{
	_cleanup_free_ char *files = xasprintf("%s/files", name);
	struct stat st;

	if (fstatat(at, files, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return !is_answer(errno);
	return S_ISDIR(st.st_mode);
}

/* Tell if @name looks like a capture. Its content is checked when it is loaded. */
static bool is_capture(int at, const char *name)
{
	struct stat st;

	/* A name that begins with a dot is of a file that is being written, or bookkeeping. */
	if (name[0] == '.')
		return false;
	if (fstatat(at, name, &st, 0) < 0)
		return !is_answer(errno);
	if (S_ISDIR(st.st_mode))
		return holds_files(at, name);
	return S_ISREG(st.st_mode) &&
	       (fnmatch("*.tar", name, 0) == 0 || fnmatch("*.tar.*", name, 0) == 0);
}

int capture_list(const char *path, char ***paths, size_t *count)
{
	_cleanup_dir_ DIR *dir = opendir(path);
	size_t len = strlen(path);
	const char *slash = len && path[len - 1] == '/' ? "" : "/";
	struct dirent *entry;

	*paths = NULL;
	*count = 0;
	if (!dir)
		return -ENOTDIR;
	if (holds_files(dirfd(dir), "."))
		return -ENOTDIR;
	while (errno = 0, (entry = readdir(dir))) {
		if (is_capture(dirfd(dir), entry->d_name))
			APPEND(*paths, *count, xasprintf("%s%s%s", path, slash, entry->d_name));
	}
	if (errno) {
		int error = errno;

		while (*count)
			free((*paths)[--*count]);
		free(*paths);
		return -error;
	}
	if (*count)
		qsort(*paths, *count, sizeof(**paths), text_compare);
	return 0;
}
