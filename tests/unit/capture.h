/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_CAPTURE_H
#define VFIODIAG_TESTS_CAPTURE_H

#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "source/source.h"

/*
 * Directories for tests, and captures written by hand. All directories are removed when the program ends,
 * however its tests went.
 */

/* What is to be undone at the end. */
static struct {
	const char **directory;
	size_t n_directories;
	char **text;
	size_t n_texts;
} kept;

static inline int directory_open_up(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	(void)ftw;
	return type == FTW_DNR ? chmod(path, (st->st_mode & 07777) | 0700) : 0;
}

static inline int directory_remove_entry(const char *path, const struct stat *st, int type,
					 struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/** directory_remove() - @path and all in it, also what is closed to its owner. */
static inline void directory_remove(const char *path)
{
	nftw(path, directory_open_up, 8, FTW_PHYS);
	nftw(path, directory_remove_entry, 8, FTW_PHYS | FTW_DEPTH);
}

static inline void undo_all(void)
{
	for (size_t i = 0; i < kept.n_directories; i++)
		directory_remove(kept.directory[i]);
	for (size_t i = 0; i < kept.n_texts; i++)
		free(kept.text[i]);
	free(kept.directory);
	free(kept.text);
}

/** keep() - take @text over; it stays until the program ends. Return: @text. */
static inline const char *keep(char *text)
{
	if (!kept.n_texts)
		atexit(undo_all);
	APPEND(kept.text, kept.n_texts, text);
	return text;
}

/** directory_new() - an empty directory of its own. */
static inline const char *directory_new(void)
{
	const char *where = getenv("TMPDIR");
	char *path = xasprintf("%s/vfiodiag-unit-XXXXXX", where && *where == '/' ? where : "/tmp");

	keep(path);
	assert_non_null(mkdtemp(path));
	APPEND(kept.directory, kept.n_directories, path);
	return path;
}

/** path_in() - @directory and @path as one path. */
static inline const char *path_in(const char *directory, const char *path)
{
	return keep(xasprintf("%s%s%s", directory, *path == '/' ? "" : "/", path));
}

/** put_directory() - a directory at @path in @directory, and what is missing above it. */
static inline void put_directory(const char *directory, const char *path)
{
	char *whole = xasprintf("%s/%s", directory, path);

	for (char *at = whole + strlen(directory); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
	assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
	free(whole);
}

static inline void put_parent(const char *directory, const char *path)
{
	char *parent = xstrdup(path);
	char *slash = strrchr(parent, '/');

	if (slash) {
		*slash = '\0';
		put_directory(directory, parent);
	}
	free(parent);
}

/** put_bytes() - a file with @len bytes of @content. */
static inline void put_bytes(const char *directory, const char *path, const void *content,
			     size_t len)
{
	FILE *file;

	put_parent(directory, path);
	file = fopen(path_in(directory, path), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/** put_file() - a file with the text @content. */
static inline void put_file(const char *directory, const char *path, const char *content)
{
	put_bytes(directory, path, content, strlen(content));
}

/** put_link() - a link to @target. */
static inline void put_link(const char *directory, const char *path, const char *target)
{
	put_parent(directory, path);
	assert_int_equal(symlink(target, path_in(directory, path)), 0);
}

/** capture_loaded() - load the capture at @path. */
static inline struct capture *capture_loaded(const char *path)
{
	struct capture *capture = NULL;
	struct capture_input input;
	char *problem = NULL;

	capture_input_open(path, &input);
	assert_int_equal(capture_load_input(&input, &capture, &problem), 0);
	capture_input_close(&input);
	return capture;
}

#define CAPTURE_HEADER "{'vfiodiag-capture': 1, 'tool': '0'}\n"

/** quoted() - @json with double quotes in place of single ones, which read better in C. */
static inline const char *quoted(const char *json)
{
	char *copy = xstrdup(json);

	for (char *at = copy; (at = strchr(at, '\'')); at++)
		*at = '"';
	return keep(copy);
}

/** capture_new() - a capture without files; @lines of its transcript follow the header. */
static inline const char *capture_new(const char *lines)
{
	const char *directory = directory_new();

	put_directory(directory, "files");
	put_file(directory, "transcript.jsonl",
		 quoted(keep(xasprintf(CAPTURE_HEADER "%s", lines))));
	return directory;
}

/** capture_replay() - open the capture at @directory, which has to be good. */
static inline struct source *capture_replay(const char *directory)
{
	struct source *source = NULL;
	int ret = source_open_replay(&source, directory);

	if (ret < 0)
		fail_msg("%s", source ? source_problem(source) : strerror(-ret));
	return source;
}

/** replay_lines() - a source that answers from @lines, of which the section "test" goes on. */
static inline struct source *replay_lines(const char *lines)
{
	const char *text = keep(xasprintf("{'section': 'test'}\n%s", lines));
	struct source *source = capture_replay(capture_new(text));

	assert_int_equal(source_section(source, "test"), 0);
	return source;
}

#endif
