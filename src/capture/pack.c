/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture as an archive: tar, compressed with zstd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "capture/internal.h"
#include "capture/libarchive.h"

/** struct packer - an archive on its way. @entry: what is put last; @time: of all that is in it. */
struct packer {
	struct archive *archive;
	struct archive_entry *entry;
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

static int put_entry(struct packer *packer, const char *path, enum tree_kind kind, const char *text,
		     size_t len)
{
	_cleanup_free_ char *name = *path ? xjoin(packer->directory, '/', path)
					  : xstrdup(packer->directory);
	struct archive_entry *entry = packer->entry;
	int status;

	libarchive.entry_set_pathname(entry, name);
	libarchive.entry_set_mtime(entry, (time_t)packer->time, 0);
	libarchive.entry_set_filetype(entry, kind == TREE_DIRECTORY ? AE_IFDIR
					     : kind == TREE_LINK    ? AE_IFLNK
								    : AE_IFREG);
	libarchive.entry_set_perm(entry, kind == TREE_DIRECTORY ? 0700 : 0600);
	libarchive.entry_set_size(entry, kind == TREE_FILE ? (int64_t)len : 0);
	libarchive.entry_set_symlink(entry, kind != TREE_LINK ? NULL : text ? text : "");
	status = libarchive.write_header(packer->archive, entry);
	if (status == ARCHIVE_OK && kind == TREE_FILE && len &&
	    libarchive.write_data(packer->archive, text, len) != (la_ssize_t)len)
		status = ARCHIVE_FATAL;
	return status == ARCHIVE_OK ? 0 : -EIO;
}

static int put_node(const char *path, struct tree_node *node, void *context)
{
	_cleanup_free_ char *name = xjoin("files", '/', path);

	return put_entry(context, name, node->kind, node->text, node->len);
}

/* A file that could not be read is not packed: readers of the archive would take it for empty. */
static int find_unread(const char *path, struct tree_node *node, void *context)
{
	char **problem = context;

	if (!node->error)
		return 0;
	*problem = xasprintf("cannot read 'files/%s' of the capture: %s", path,
			     node->kind == TREE_OTHER ? "not a file, a directory or a link"
						      : strerror(node->error));
	return -node->error;
}

static int put_all(struct packer *packer, const struct capture *capture)
{
	size_t len;
	_cleanup_free_ char *text = manifest_text(capture, &len);
	_cleanup_free_ char *sum = manifest_sum(text, len);
	int ret = put_entry(packer, "", TREE_DIRECTORY, NULL, 0);

	if (ret >= 0)
		ret = put_entry(packer, "manifest.json", TREE_FILE, text, len);
	if (ret >= 0)
		ret = put_entry(packer, "manifest.sha256", TREE_FILE, sum, strlen(sum));
	if (ret >= 0)
		ret = put_entry(packer, "transcript.jsonl", TREE_FILE, capture->transcript,
				capture->len);
	if (ret >= 0)
		ret = put_entry(packer, "files", TREE_DIRECTORY, NULL, 0);
	return ret < 0 ? ret : tree_visit(capture->files, put_node, packer);
}

/*
 * GNU tar's form holds names as they are, of any length; pax wants them as UTF-8, which what a host
 * calls its things need not be. No padding behind the end. The fastest level of zstd is enough for so
 * many headers and sums: others take longer, and make no smaller archive of a large host.
 */
static int open_archive(struct packer *packer)
{
	if (libarchive.write_set_format_gnutar(packer->archive) != ARCHIVE_OK ||
	    libarchive.write_add_filter_zstd(packer->archive) != ARCHIVE_OK ||
	    libarchive.write_set_filter_option(packer->archive, "zstd", "compression-level", "1") !=
		    ARCHIVE_OK ||
	    libarchive.write_set_bytes_in_last_block(packer->archive, 1) != ARCHIVE_OK ||
	    libarchive.write_open(packer->archive, packer, NULL, write_out, NULL) != ARCHIVE_OK)
		return -EOPNOTSUPP;
	return 0;
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
		ret = tree_visit(capture->files, find_unread, problem);
	if (ret < 0)
		return ret;
	packer.time = capture_recorded(capture);
	packer.archive = libarchive.write_new();
	packer.entry = libarchive.entry_new();
	if (!packer.archive || !packer.entry)
		out_of_memory();
	ret = open_archive(&packer);
	if (ret >= 0)
		ret = put_all(&packer, capture);
	if (ret >= 0 && libarchive.write_close(packer.archive) != ARCHIVE_OK)
		ret = -EIO;
	if (ret < 0)
		*problem = xstrdup(libarchive.error_string(packer.archive)
					   ? libarchive.error_string(packer.archive)
					   : strerror(-ret));
	libarchive.entry_free(packer.entry);
	libarchive.write_free(packer.archive);
	return ret;
}
