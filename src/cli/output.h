/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_OUTPUT_H
#define VFIODIAG_CLI_OUTPUT_H

#include <signal.h>
#include <stdio.h>

/**
 * struct output - a file that is written as a whole, or not at all.
 * @file: write into it
 * @path: its name; "-" for standard output
 * @temporary: what it is called until it is whole; NULL where it is written as it comes
 * @signals: those that were blocked before, while @temporary is set
 */
struct output {
	FILE *file;
	const char *path;
	char *temporary;
	sigset_t signals;
};

/**
 * enum output_readers - who may read a file that is made.
 * @OUTPUT_PRIVATE: its owner only; for what tells much of a host
 * @OUTPUT_SHARED: whom the umask lets, as with a file that a shell makes
 */
enum output_readers { OUTPUT_PRIVATE, OUTPUT_SHARED };

/**
 * output_check() - ends the program with one sentence where @path can't be written.
 *
 * For work that is long, so that it isn't done in vain. What happens later is output_open()'s.
 */
void output_check(const char *path);

/**
 * output_open() - begin.
 *
 * A plain file gets a temporary name beside its own, which begins with a dot; signals that end a
 * program wait until output_close(), so that nothing is left behind. What is there and is no plain
 * file (a device, a pipe, a link) is written as it comes: a rename would replace it.
 * Return: 0, or a negative errno.
 */
int output_open(struct output *output, const char *path, enum output_readers readers);

/**
 * output_close() - end.
 * @whole: whether all that belongs into it was written; if not, the file is not made
 *
 * Return: 0, or a negative errno, and then the file was not made.
 */
int output_close(struct output *output, int whole);

#endif
