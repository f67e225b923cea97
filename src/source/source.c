/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/directory.h"
#include "source/internal.h"
#include "source/kernel_types.h"

static struct source *source_new(enum source_mode mode)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->mode = mode;
	source->root = -1;
	source->sys = -1;
	source->proc = -1;
	source->directory = -1;
	return source;
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * A directory of the kernel's own, where it is on a file system that asks nobody else: sysfs, proc,
 * or memory, as a container may have it.
 */
static int open_kernel_directory(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0)
		return errno == ENOENT ? -1 : FOREIGN;
	if (fstatfs(fd, &st) == 0 &&
	    (st.f_type == SYSFS_MAGIC || st.f_type == PROC_SUPER_MAGIC || st.f_type == TMPFS_MAGIC))
		return fd;
	close(fd);
	return FOREIGN;
}

int source_open_live(struct source **source)
{
	int root = open_directory("/");

	if (root < 0)
		return root;
	*source = source_new(SOURCE_LIVE);
	(*source)->root = root;
	(*source)->sys = open_kernel_directory("/sys");
	(*source)->proc = open_kernel_directory("/proc");
	(*source)->time = time(NULL);
	return 0;
}

int source_open_sysroot(struct source **source, const char *directory)
{
	int root = open_directory(directory);

	if (root < 0)
		return root;
	*source = source_new(SOURCE_SYSROOT);
	(*source)->root = root;
	(*source)->confined = true;
	return 0;
}

int source_open_capture(struct source **source, struct capture *capture)
{
	*source = source_new(SOURCE_REPLAY);
	(*source)->kept = capture;
	(*source)->time = capture_recorded(capture);
	return transcript_load(*source);
}

int source_open_input(struct source **source, struct capture_input *input)
{
	_cleanup_free_ char *problem = NULL;
	struct capture *capture = NULL;
	int ret = capture_load_input(input, &capture, &problem);

	if (ret >= 0)
		return source_open_capture(source, capture);
	if (!problem)
		return ret;
	*source = source_new(SOURCE_REPLAY);
	source_set_problem(*source, "%s", problem);
	return ret;
}

int source_open_replay(struct source **source, const char *path)
{
	struct capture_input input;
	int ret;

	capture_input_open(path, &input);
	ret = source_open_input(source, &input);
	capture_input_close(&input);
	return ret;
}

/*
 * A capture is written by root more often than not. In a directory of somebody else's its owner
 * could put a link in the way of what is written. -ENOTEMPTY unless it is empty.
 */
static int check_directory(int fd)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	struct stat st;
	int again;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = again < 0 ? NULL : fdopendir(again);
	if (!dir)
		return -errno;
	while (errno = 0, (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return -ENOTEMPTY;
	}
	return -errno;
}

int source_open_collect(struct source **source)
{
	char when[sizeof("2026-01-01T00:00:00Z")];
	time_t now;
	struct source *collect;
	struct tm tm;
	int ret = source_open_live(source);

	if (ret < 0)
		return ret;
	collect = *source;
	now = (time_t)collect->time;
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	collect->mode = SOURCE_RECORD;
	collect->facts = json_object();
	collect->kept = capture_make();
	writer_open(&collect->transcript);
	transcript_write(collect, json_pack("{s:i, s:s, s:s}", "vfiodiag-capture", CAPTURE_FORMAT,
					    "tool", PACKAGE_VERSION, "recorded", when));
	return 0;
}

int source_open_record(struct source **source, const char *directory)
{
	/* A capture tells much about a host: for its owner only. */
	int fd = directory_make(directory);
	int ret = fd < 0 ? fd : check_directory(fd);

	if (ret >= 0)
		ret = source_open_collect(source);
	if (ret >= 0)
		(*source)->directory = fd;
	else if (fd >= 0)
		close(fd);
	return ret;
}

struct capture *source_capture(struct source *source)
{
	if (source->transcript.out) {
		source->kept->transcript = writer_close(&source->transcript);
		source->kept->len = source->transcript.len;
	}
	return source->kept;
}

int source_save(struct source *source)
{
	_cleanup_free_ char *problem = NULL;
	int ret;

	if (source->directory < 0)
		return 0;
	ret = capture_save(source_capture(source), source->directory, &problem);
	if (ret < 0)
		source_set_problem(source, "%s", problem);
	close(source->directory);
	source->directory = -1;
	return ret;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source_save(source);
	source_capture(source);
	pci_ids_free(source->ids);
	if (source->root >= 0)
		close(source->root);
	if (source->sys >= 0)
		close(source->sys);
	if (source->proc >= 0)
		close(source->proc);
	reader_forget(source);
	kernel_types_forget();
	capture_free(source->kept);
	json_decref(source->facts);
	json_decref(source->sections);
	source_failures_clear(&source->failures);
	free(source->problem);
	free(source);
}

int64_t source_time(const struct source *source)
{
	return source->time;
}

enum source_mode source_mode(const struct source *source)
{
	return source->mode;
}

const char *source_problem(const struct source *source)
{
	return source->problem;
}

void source_set_problem(struct source *source, const char *format, ...)
{
	va_list ap;

	if (source->problem)
		return;
	va_start(ap, format);
	if (vasprintf(&source->problem, format, ap) < 0)
		out_of_memory();
	va_end(ap);
}
