/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_CAPTURE_H
#define VFIODIAG_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "capture/tree.h"

/*
 * Captures as things: loaded from a directory or an archive, kept in memory, packed into an
 * archive. The transcript is interpreted in src/source; docs/capture.md describes the format.
 *
 * Directories and archives come from anywhere. All of it is bounded, and nothing of an archive is
 * ever written onto a disk.
 */

/* The format of an archive, in each manifest. */
#define ARCHIVE_FORMAT 1

#define CAPTURE_ENTRIES_MAX    (1u << 20)   /* files, directories and links */
#define CAPTURE_BYTES_MAX      (256u << 20) /* what is in all of them, with their names */
#define CAPTURE_FILE_MAX       (16u << 20)
#define CAPTURE_TRANSCRIPT_MAX (128u << 20)
#define CAPTURE_PATH_MAX       4096
#define CAPTURE_DEPTH_MAX      128
#define CAPTURE_VALUES_MAX     (8u << 20) /* of JSON, see capture_values_fit() */

/**
 * struct capture - all that is known of a host.
 * @files: the tree that stands for "/"
 * @transcript: lines of JSON, with a NUL behind them
 * @len: bytes of @transcript
 * @redacted: what was replaced, as the manifest tells it; NULL where nothing was
 */
struct capture {
	struct tree_node *files;
	char *transcript;
	size_t len;
	json_t *redacted;
};

/** capture_make() - make an empty capture. */
struct capture *capture_make(void);

/** capture_free() - free @capture; NULL is allowed. */
void capture_free(struct capture *capture);

/**
 * struct capture_input - a capture that is open, and of which nothing is understood yet.
 * @fd: of an archive; -1 where there is none
 * @capture: all bytes of a directory, or NULL
 * @error: why there is neither: a negative errno
 * @problem: with -EBADMSG a phrase for "is not a valid capture: …"
 */
struct capture_input {
	int fd;
	struct capture *capture;
	int error;
	char *problem;
};

/**
 * capture_input_open() - open @path: a directory, or an archive that capture_pack() made. "-" is an
 * archive on standard input.
 *
 * Everything that needs privileges or other files is done here: a directory is read, and the
 * libraries that read archives are loaded. The rest is capture_load_input()'s, which opens nothing
 * and may be another process. Close with capture_input_close(), whatever came of it.
 */
void capture_input_open(const char *path, struct capture_input *input);

/**
 * capture_input_open_listed() - as capture_input_open(), for a path of capture_list().
 *
 * Others may write into that directory: their links are not followed, and a pipe that has come to stand there
 * is not waited for.
 */
void capture_input_open_listed(const char *path, struct capture_input *input);

/** capture_input_rewind() - rewind the archive, which another process may have read. */
void capture_input_rewind(const struct capture_input *input);

/** capture_input_close() - close, and free what capture_load_input() did not take. */
void capture_input_close(struct capture_input *input);

/**
 * capture_load_input() - load an open capture, once.
 * @problem: with -EBADMSG a phrase for "is not a valid capture: …"; free it
 *
 * Return: 0 and @capture; -EBADMSG if it is not a capture; why it could not be opened.
 */
int capture_load_input(struct capture_input *input, struct capture **capture, char **problem);

/**
 * capture_save() - write @capture into the open @directory, which is empty and its owner's only.
 * @problem: on error a message; free it
 *
 * Return: 0, or a negative errno.
 */
int capture_save(const struct capture *capture, int directory, char **problem);

/**
 * capture_list() - list the captures in the directory @path, which is none itself.
 * @paths: their names, with @path before them, in order; free each, and the array
 *
 * These are files called *.tar or *.tar.SUFFIX, and directories that are captures. Nothing is loaded.
 * Unreadable entries are listed as well. Return: 0; -ENOTDIR where @path is a capture, no directory, or can't
 * be opened, which whoever opens it as a capture says; why it could not be read to its end.
 */
int capture_list(const char *path, char ***paths, size_t *count);

/**
 * capture_next_line() - return the line of a transcript at *@at, and advance *@at; NULL behind the
 * last. New reference. What is no JSON object is passed over.
 */
json_t *capture_next_line(const char **at);

/**
 * capture_count_values() - count how many values of JSON @len bytes at @text can hold, at most.
 *
 * A value is two bytes of text, and some forty when it is read: it is counted before. What separates
 * values is counted in strings too, where it is rare.
 */
size_t capture_count_values(const char *text, size_t len);

/** capture_values_fit() - tell if they are CAPTURE_VALUES_MAX at most. Shorter texts are not counted. */
bool capture_values_fit(const char *text, size_t len);

/** capture_fact() - return the last line with {"fact": @name}, or NULL. New reference. */
json_t *capture_fact(const struct capture *capture, const char *name);

/**
 * capture_text() - return a fact about the system from a capture.
 * @path: the file that says it, and where it is not there
 * @key: the word of the fact "system" that does
 *
 * Return: one clean line, new; NULL where it does not say.
 */
char *capture_text(const struct capture *capture, const char *path, const char *key);

/** capture_recorded() - return when it was recorded, in seconds since 1970; 0 if not known. */
int64_t capture_recorded(const struct capture *capture);

/**
 * capture_pack_ready() - load what packs, before a file is begun: where the loader has no memory it ends
 * the program itself, and nothing could take that file away.
 * @problem: on error a message; free it
 *
 * Return: 0, or -ELIBACC where there is no library that packs.
 */
int capture_pack_ready(char **problem);

/**
 * capture_pack() - write @capture as an archive: tar, compressed with zstd.
 * @directory: the directory in the archive that all is in
 * @problem: on error a message; free it
 *
 * The same capture gives the same bytes. Return: 0, or a negative errno.
 */
int capture_pack(const struct capture *capture, const char *directory, FILE *out, char **problem);

/**
 * struct public_names - tells public names of PCI devices from others.
 * @is_public: whether a public database calls @ids ("8086:2918 060100") so; @key is "vendor",
 *	"device" or "class"
 */
struct public_names {
	bool (*is_public)(void *context, const char *ids, const char *key, const char *name);
	void *context;
};

/**
 * capture_redact() - keep what is known to be harmless, drop the rest, see redact.h.
 * @names: NULL where no name of a PCI device is known to be public
 */
void capture_redact(struct capture *capture, const struct public_names *names);

/* manifest.c */

/** manifest_head() - make the content of manifest.json but its "entries". New reference. */
json_t *manifest_head(const struct capture *capture);

#endif
