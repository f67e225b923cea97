/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_OUTPUT_H
#define VFIODIAG_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Files that are written as a whole, or not at all.
 *
 * The program is run by root, in directories that others write to. A file is made without a name
 * (O_TMPFILE), so that nothing is left of it however the program ends, and gets its name when it is
 * whole. A name that exists is replaced: no link is followed, and no other name of the old file
 * sees a difference. The directory is opened once, by directory_open(), and held.
 *
 * Between output_open() and output_close() the holder of the FILE may fork, lose all privileges
 * but those of cli_limit_writing(), and end in any way.
 */

/**
 * enum output_readers - the users who may read a file that is made.
 * @OUTPUT_PRIVATE: its owner only; for what tells much of a host
 * @OUTPUT_SHARED: whom the umask lets, as with a file that a shell makes
 */
enum output_readers { OUTPUT_PRIVATE, OUTPUT_SHARED };

/**
 * struct output - a file that is being written.
 * @file: write into it
 * @path: its name; "-" for standard output
 * @readers: the users who may read it
 * @directory: the directory that it gets its name in; -1 where it is written as it comes
 * @problem: why it failed where an errno does not say it; else NULL
 */
struct output {
	FILE *file;
	const char *path;
	enum output_readers readers;
	int directory;
	const char *problem;
};

/** output_is_stdout() - tell if @path is standard output: "-", /dev/stdout, /dev/fd/1. */
bool output_is_stdout(const char *path);

/**
 * output_check() - end the program with a message if @path cannot be written.
 *
 * Call this before long work. A later failure is reported by output_open().
 */
void output_check(const char *path);

/**
 * output_open() - begin a file.
 * @path: "-" or /dev/stdout, /dev/stderr, /dev/fd/N, /proc/self/fd/N: that descriptor of the caller's
 *	(duplicated, not opened again). A pipe or character device: it is written as it comes, where
 *	it belongs to the caller or to root. Any other name: a file that gets it in output_close().
 *
 * Return: 0; or a negative errno, with nothing to close.
 */
int output_open(struct output *output, const char *path, enum output_readers readers);

/**
 * output_close() - finish a file.
 * @whole: everything was written; if not, the file is not made
 *
 * Return: 0; or a negative errno. The file was not made then, unless the directory could not be
 * brought to the disk.
 */
int output_close(struct output *output, bool whole);

/**
 * output_write() - write @len bytes of @text to standard output: all of them, or none that could be
 * taken back.
 *
 * Return: 0; or a negative errno after a message.
 */
int output_write(const char *text, size_t len);

/** output_reason() - describe @error, a negative errno that a function above has returned. */
const char *output_reason(const struct output *output, int error);

#endif
