/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture as an archive: tar, compressed with zstd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "capture/internal.h"
#include "capture/libarchive.h"
#include "capture/tar.h"

/** struct packer - an archive on its way. @time: of all that is in it. */
struct packer {
	struct archive *archive;
	const char *directory;
	int64_t time;
	FILE *out;
};

static la_ssize_t write_out(struct archive *archive, void *context, const void *buffer, size_t len)
{
	struct packer *packer = context;

	if (fwrite(buffer, 1, len, packer->out) == len)
		return (la_ssize_t)len;
	libarchive.set_error(archive, errno ? errno : EIO, "%s", strerror(errno ? errno : EIO));
	return -1;
}

static int put(struct packer *packer, const void *data, size_t len)
{
	return !len || libarchive.write_data(packer->archive, data, len) == (la_ssize_t)len ? 0
											    : -EIO;
}

static int put_entry(struct packer *packer, enum tar_type type, const char *name,
		     const char *target, const char *content, size_t len)
{
	static const char zeros[TAR_BLOCK];
	char header[TAR_BLOCK];
	int ret;

	if (len > TAR_SIZE_MAX)
		return -EFBIG;
	tar_header(header, type, name, target, len, packer->time);
	ret = put(packer, header, sizeof(header));
	if (ret >= 0)
		ret = put(packer, content, len);
	return ret < 0 ? ret : put(packer, zeros, TAR_PADDING(len));
}

/* An entry before another, whose @text does not fit its header. */
static int put_long(struct packer *packer, enum tar_type type, const char *text)
{
	size_t len = strlen(text);

	return len <= TAR_NAME_MAX ? 0
				   : put_entry(packer, type, "././@LongLink", "", text, len + 1);
}

/* @path: in the archive, from its top directory on */
static int put_path(struct packer *packer, const char *path, enum tree_kind kind, const char *text,
		    size_t len)
{
	_cleanup_free_ char *folder = kind == TREE_DIRECTORY ? xjoin(path, '/', "") : NULL;
	const char *name = folder ? folder : path;
	const char *target = kind == TREE_LINK && text ? text : "";
	int ret = put_long(packer, TAR_LONG_TARGET, target);

	if (ret >= 0)
		ret = put_long(packer, TAR_LONG_NAME, name);
	if (ret < 0)
		return ret;
	return put_entry(packer,
			 kind == TREE_DIRECTORY ? TAR_DIRECTORY
			 : kind == TREE_LINK	? TAR_LINK
						: TAR_FILE,
			 name, target, text, kind == TREE_FILE ? len : 0);
}

static int put_file(struct packer *packer, const char *name, const char *text, size_t len)
{
	_cleanup_free_ char *path = xjoin(packer->directory, '/', name);

	return put_path(packer, path, TREE_FILE, text, len);
}

static int put_node(const char *path, struct tree_node *node, void *context)
{
	return put_path(context, path, node->kind, node->text, node->len);
}

/* A file that could not be read is not packed: readers of the archive would take it for empty. */
static int find_unread(const char *path, struct tree_node *node, void *context)
{
	char **problem = context;

	if (!node->error)
		return 0;
	*problem = xasprintf("cannot read '%s' of the capture: %s", path,
			     node->kind == TREE_OTHER ? "not a file, a directory or a link"
						      : strerror(node->error));
	return -node->error;
}

static int put_all(struct packer *packer, const struct capture *capture)
{
	_cleanup_free_ char *files = xjoin(packer->directory, '/', "files");
	size_t len;
	_cleanup_free_ char *text = manifest_text(capture, &len);
	_cleanup_free_ char *sum = manifest_sum(text, len);
	int ret = put_path(packer, packer->directory, TREE_DIRECTORY, NULL, 0);

	if (ret >= 0)
		ret = put_file(packer, "manifest.json", text, len);
	if (ret >= 0)
		ret = put_file(packer, "manifest.sha256", sum, strlen(sum));
	if (ret >= 0)
		ret = put_file(packer, "transcript.jsonl", capture->transcript, capture->len);
	if (ret >= 0)
		ret = put_path(packer, files, TREE_DIRECTORY, NULL, 0);
	return ret < 0 ? ret : tree_visit(capture->files, files, put_node, packer);
}

/* Zero blocks end a tar file. */
static int put_end(struct packer *packer)
{
	static const char end[2 * TAR_BLOCK];

	return put(packer, end, sizeof(end));
}

/*
 * libarchive compresses, and the tar file is made here: without memory libarchive's writer of tar files
 * follows a null pointer where a name has more than 100 bytes (archive_write_gnutar_header() in 3.6.2
 * and 3.7.4), and ends the program where it copies one. GNU tar's form holds names as they are; that of
 * pax wants them as UTF-8, which what a host calls its things need not be. No padding behind the end.
 * The fastest level of zstd is enough for so many headers and sums: others take longer, and make no
 * smaller archive of a large host.
 */
static int open_archive(struct packer *packer)
{
	struct archive_entry *entry;
	int status;

	if (libarchive.write_set_format_raw(packer->archive) != ARCHIVE_OK ||
	    libarchive.write_add_filter_zstd(packer->archive) != ARCHIVE_OK ||
	    libarchive.write_set_filter_option(packer->archive, "zstd", "compression-level", "1") !=
		    ARCHIVE_OK ||
	    libarchive.write_set_bytes_in_last_block(packer->archive, 1) != ARCHIVE_OK ||
	    libarchive.write_open(packer->archive, packer, NULL, write_out, NULL) != ARCHIVE_OK)
		return -EOPNOTSUPP;
	entry = libarchive.entry_new();
	if (!entry)
		out_of_memory();
	libarchive.entry_set_filetype(entry, AE_IFREG);
	status = libarchive.write_header(packer->archive, entry);
	libarchive.entry_free(entry);
	return status == ARCHIVE_OK ? 0 : -EIO;
}

int capture_pack_ready(char **problem)
{
	const char *missing = archive_missing();

	if (!missing)
		return 0;
	*problem = xasprintf("%s, which writes archives, is not installed", missing);
	return -ELIBACC;
}

int capture_pack(const struct capture *capture, const char *directory, FILE *out, char **problem)
{
	struct packer packer = { .directory = directory, .out = out };
	int ret = capture_pack_ready(problem);

	if (ret >= 0)
		ret = tree_visit(capture->files, "files", find_unread, problem);
	if (ret < 0)
		return ret;
	packer.time = capture_recorded(capture);
	libarchive_begin();
	packer.archive = libarchive.write_new();
	if (!packer.archive)
		out_of_memory();
	ret = open_archive(&packer);
	if (ret >= 0)
		ret = put_all(&packer, capture);
	if (ret >= 0)
		ret = put_end(&packer);
	if (ret >= 0 && libarchive.write_close(packer.archive) != ARCHIVE_OK)
		ret = -EIO;
	if (ret < 0)
		*problem = xstrdup(libarchive.error_string(packer.archive)
					   ? libarchive.error_string(packer.archive)
					   : strerror(-ret));
	libarchive.write_free(packer.archive);
	libarchive_end();
	return ret;
}
