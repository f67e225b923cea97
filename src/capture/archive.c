/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture that is an archive: a tar file compressed with zstd. It may have been made by anybody:
 * it is read into memory, piece by piece, and refused at the first thing that no capture has.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "capture/internal.h"
#include "capture/libarchive.h"

/* Bytes that libarchive reads at a time. */
#define BLOCK 65536

/**
 * struct reader - an archive on its way.
 * @top: the directory in the archive that all is in
 * @manifest: content of manifest.json, once it was there
 * @sum: content of manifest.sha256
 */
struct reader {
	struct archive *archive;
	struct capture *capture;
	struct budget budget;
	char *top;
	char *manifest;
	size_t manifest_len;
	char *sum;
	size_t sum_len;
	char **problem;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct reader *reader, const char *format,
							...)
{
	va_list ap;

	va_start(ap, format);
	if (vasprintf(reader->problem, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	return -EBADMSG;
}

/*
 * libarchive's own word; its first line, since it may be a long one. A bad disk damages nothing, and
 * lack of memory neither, which libarchive may take for an unknown format.
 */
static int refuse_damaged(struct reader *reader)
{
	int error = errno == ENOMEM ? ENOMEM : libarchive.error_number(reader->archive);
	const char *said = libarchive.error_string(reader->archive);

	if (is_accident(error))
		return -error;
	if (!reader->budget.entries)
		return refuse(reader,
			      "neither a directory nor an archive made by 'vfiodiag collect' (%s)",
			      said ? said : "unknown format");
	return refuse(reader, "damaged or truncated (%s)", said ? said : "unknown error");
}

/* Count the words of @path, with one '/' between. Return: 0 if one is "." or "..". */
static unsigned int depth_of(const char *path)
{
	for (unsigned int depth = 1;; depth++) {
		size_t len = strcspn(path, "/");

		if (!len || (path[0] == '.' && (len == 1 || (len == 2 && path[1] == '.'))))
			return 0;
		if (!path[len])
			return depth;
		path += len + 1;
	}
}

/*
 * The path of @entry below the top directory, checked; "" for the top directory itself. New, or
 * NULL when it is refused.
 */
static char *entry_path(struct reader *reader, struct archive_entry *entry)
{
	const char *name = libarchive.entry_pathname(entry);
	_cleanup_free_ char *path = xstrdup(name ? name : "");
	size_t len = strlen(path);
	unsigned int depth;
	char *slash;

	if (len && path[len - 1] == '/')
		path[len - 1] = '\0';
	depth = depth_of(path);
	if (len > CAPTURE_PATH_MAX || depth > CAPTURE_DEPTH_MAX) {
		budget_exceeded(reader->problem);
		return NULL;
	}
	if (!depth) {
		refuse(reader, "path '%s' leads out of the archive", path);
		return NULL;
	}
	slash = strchr(path, '/');
	if (slash)
		*slash = '\0';
	if (!reader->top)
		reader->top = xstrdup(path);
	if (strcmp(reader->top, path) != 0) {
		refuse(reader, "'%s' is outside the top-level directory '%s'", path, reader->top);
		return NULL;
	}
	return xstrdup(slash ? slash + 1 : "");
}

/* Content of @entry, of @max bytes at most. */
static int read_content(struct reader *reader, struct archive_entry *entry, const char *path,
			size_t max, char **text, size_t *len)
{
	int64_t said = libarchive.entry_size(entry);
	/* Most are as small as they say. One byte more shows that nothing follows. */
	size_t first = said >= 0 && said < BLOCK ? (size_t)said + 1 : BLOCK;
	size_t room = 0, used = 0;
	char *buffer = NULL;
	la_ssize_t n;

	do {
		if (used == room) {
			room = room ? room * 4 : first;
			buffer = xrealloc(buffer, room + 1);
		}
		n = libarchive.read_data(reader->archive, buffer + used, room - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 && used <= max);
	buffer[used] = '\0';
	if (n == 0 && used <= max) {
		*text = buffer;
		*len = used;
		return 0;
	}
	free(buffer);
	return n < 0 ? refuse_damaged(reader)
		     : refuse(reader, "'%s' is larger than %zu MiB", path, max >> 20);
}

/* A part of the capture that is no file of the host. */
static int read_part(struct reader *reader, struct archive_entry *entry, const char *path,
		     char **text, size_t *len)
{
	int ret;

	if (*text)
		return refuse(reader, "duplicate entry '%s'", path);
	ret = read_content(reader, entry, path, CAPTURE_TRANSCRIPT_MAX, text, len);
	if (ret >= 0)
		ret = budget_take(&reader->budget, *len, reader->problem);
	if (ret >= 0 && *text && memchr(*text, '\0', *len))
		ret = refuse(reader, "'%s' is not text", path);
	return ret;
}

static int kind_of(struct archive_entry *entry, enum tree_kind *kind)
{
	if (libarchive.entry_hardlink(entry))
		return -EINVAL;
	switch (libarchive.entry_filetype(entry)) {
	case AE_IFREG:
		*kind = TREE_FILE;
		return 0;
	case AE_IFDIR:
		*kind = TREE_DIRECTORY;
		return 0;
	case AE_IFLNK:
		*kind = TREE_LINK;
		return libarchive.entry_symlink(entry) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* Read the content of @node. */
static int read_node(struct reader *reader, struct archive_entry *entry, const char *path,
		     struct tree_node *node)
{
	_cleanup_free_ char *text = NULL;
	const char *target;
	size_t len = 0;
	int ret = 0;

	if (node->kind == TREE_LINK) {
		target = libarchive.entry_symlink(entry);
		if (strlen(target) >= PATH_MAX)
			return refuse(reader, "the target of symbolic link '%s' is too long", path);
		tree_set_text(node, target, strlen(target));
	} else if (node->kind == TREE_FILE) {
		ret = read_content(reader, entry, path, CAPTURE_FILE_MAX, &text, &len);
		if (ret >= 0)
			tree_set_text(node, text, len);
	}
	return ret;
}

/* @path stands below "files/", "" for that directory itself. */
static int read_file(struct reader *reader, struct archive_entry *entry, const char *path,
		     enum tree_kind kind)
{
	struct tree_node *node;
	int ret;

	if (!*path)
		return kind == TREE_DIRECTORY ? 0 : refuse(reader, "'files' is not a directory");
	ret = tree_add(reader->capture->files, path, kind, &node);
	if (ret == -EEXIST)
		return refuse(reader, "duplicate entry '%s'", path);
	if (ret < 0)
		return refuse(reader, "the parent of '%s' is not a directory", path);
	ret = read_node(reader, entry, path, node);
	return ret < 0 ? ret
		       : budget_take(&reader->budget, strlen(path) + node->len, reader->problem);
}

static int read_entry(struct reader *reader, struct archive_entry *entry)
{
	_cleanup_free_ char *path = entry_path(reader, entry);
	struct capture *capture = reader->capture;
	enum tree_kind kind;

	if (!path)
		return -EBADMSG;
	if (kind_of(entry, &kind) < 0)
		return refuse(reader, "'%s' is not a file, directory or symbolic link", path);
	if (!*path && kind == TREE_DIRECTORY)
		return 0;
	if (kind == TREE_FILE && strcmp(path, "manifest.json") == 0)
		return read_part(reader, entry, path, &reader->manifest, &reader->manifest_len);
	if (kind == TREE_FILE && strcmp(path, "manifest.sha256") == 0)
		return read_part(reader, entry, path, &reader->sum, &reader->sum_len);
	if (kind == TREE_FILE && strcmp(path, "transcript.jsonl") == 0)
		return read_part(reader, entry, path, &capture->transcript, &capture->len);
	if (strcmp(path, "files") == 0 || text_starts(path, "files/"))
		return read_file(reader, entry, path + (path[5] ? 6 : 5), kind);
	return refuse(reader, "'%s' does not belong to a capture", path);
}

static int verify(struct reader *reader)
{
	_cleanup_free_ char *sum = NULL;

	if (!reader->manifest || !reader->sum)
		return refuse(reader, "manifest.json or manifest.sha256 is missing");
	if (!reader->capture->transcript)
		return refuse(reader, "transcript.jsonl is missing");
	sum = manifest_sum(reader->manifest, reader->manifest_len);
	if (strcmp(sum, reader->sum) != 0)
		return refuse(reader, "manifest.json was modified: manifest.sha256 does not match");
	if (!capture_values_fit(reader->manifest, reader->manifest_len))
		return refuse(reader, "manifest.json has more than %u values", CAPTURE_VALUES_MAX);
	*reader->problem = manifest_verify(reader->manifest, reader->capture);
	return *reader->problem ? -EBADMSG : 0;
}

/* Only what collect writes: fewer formats are fewer ways in. */
static int open_archive(struct reader *reader, int fd)
{
	const char *missing = archive_missing();

	/* That says nothing of the file. */
	if (missing) {
		refuse(reader,
		       "%s, which reads archives, is not installed: unpack the archive and name the directory",
		       missing);
		return -ELIBACC;
	}
	libarchive_begin();
	errno = 0;
	reader->archive = libarchive.read_new();
	if (!reader->archive)
		out_of_memory();
	/* ARCHIVE_WARN: it would start a program for zstd, and this one starts none. */
	if (libarchive.read_support_filter_zstd(reader->archive) != ARCHIVE_OK ||
	    libarchive.read_support_format_tar(reader->archive) != ARCHIVE_OK)
		return errno == ENOMEM
			       ? -ENOMEM
			       : refuse(reader,
					"libarchive lacks zstd support: unpack the archive and name the directory");
	if (libarchive.read_open_fd(reader->archive, fd, BLOCK) != ARCHIVE_OK)
		return refuse_damaged(reader);
	return 0;
}

int archive_load(int fd, struct capture *capture, char **problem)
{
	struct reader reader = { .capture = capture, .problem = problem };
	struct archive_entry *entry;
	int ret = open_archive(&reader, fd);
	int status = ARCHIVE_OK;

	while (ret >= 0 &&
	       (status = libarchive.read_next_header(reader.archive, &entry)) == ARCHIVE_OK)
		ret = read_entry(&reader, entry);
	if (ret >= 0 && (status != ARCHIVE_EOF || !reader.top))
		ret = refuse_damaged(&reader);
	if (ret >= 0)
		ret = verify(&reader);
	if (reader.archive)
		libarchive.read_free(reader.archive);
	libarchive_end();
	free(reader.top);
	free(reader.manifest);
	free(reader.sum);
	return ret;
}
