/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_RELAY_H
#define VFIODIAG_CLI_RELAY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct stream - what another process writes into a pipe.
 * @fd: the end to read from; -1 once it is closed
 * @text: what it wrote so far, with a NUL behind it; NULL before anything was read
 * @room: bytes at @text
 * @max: more bytes than that are too many
 */
struct stream {
	int fd;
	char *text;
	size_t len;
	size_t room;
	size_t max;
};

/**
 * relay_take() - read what is there in two streams, once it is.
 * @timeout_ms: wait no longer; -1: for ever
 *
 * Return: 1 while one is open; 0 where both have ended; -EFBIG where one says more than it may, or
 * another negative errno.
 */
int relay_take(struct stream *one, struct stream *two, int timeout_ms);

/**
 * relay_clean() - make @len bytes of @text, with a NUL behind them, safe for a terminal.
 * @colors: keep colours
 *
 * Lines stay lines. Return: @text.
 */
char *relay_clean(char *text, size_t len, bool colors);

#endif
