/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_RELAY_H
#define VFIODIAG_CLI_RELAY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct stream - the output of another process, from a pipe.
 * @fd: the end to read from; -1 once it is closed
 * @text: what it wrote so far, with a NUL behind it; NULL before anything was read
 * @capacity: bytes at @text
 * @max: more bytes than that are too many
 */
struct stream {
	int fd;
	char *text;
	size_t len;
	size_t capacity;
	size_t max;
};

/**
 * relay_read() - wait for two streams, and read what is available.
 * @timeout_ms: longest time to wait; -1: forever
 *
 * Return: 1 while one is open; 0 where both have ended; -EFBIG if one exceeds its maximum, or
 * another negative errno.
 */
int relay_read(struct stream *one, struct stream *two, int timeout_ms);

/**
 * relay_clean() - make @len bytes of @text, with a NUL behind them, safe for a terminal.
 * @colors: keep colours
 *
 * Lines stay lines. Return: @text.
 */
char *relay_clean(char *text, size_t len, bool colors);

#endif
