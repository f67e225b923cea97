/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Relay the output of a child through its parent. */
#include "cli/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define CAPACITY_MIN 65536

/* Return: 0, or a negative errno. */
static int read_stream(struct stream *stream)
{
	ssize_t n;

	/* A NUL follows the text. */
	if (stream->len + 1 >= stream->capacity) {
		stream->capacity = stream->capacity ? stream->capacity * 2 : CAPACITY_MIN;
		stream->text = xrealloc(stream->text, stream->capacity);
	}
	n = read(stream->fd, stream->text + stream->len, stream->capacity - stream->len - 1);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	stream->len += (size_t)n;
	stream->text[stream->len] = '\0';
	if (n == 0) {
		close(stream->fd);
		stream->fd = -1;
	}
	return stream->len > stream->max ? -EFBIG : 0;
}

int relay_read(struct stream *one, struct stream *two, int timeout_ms)
{
	struct pollfd waiting[] = { { .fd = one->fd, .events = POLLIN },
				    { .fd = two->fd, .events = POLLIN } };
	int ret = 0;

	if (poll(waiting, 2, timeout_ms) < 0)
		return errno == EINTR ? 1 : -errno;
	if (waiting[0].revents)
		ret = read_stream(one);
	if (ret >= 0 && waiting[1].revents)
		ret = read_stream(two);
	return ret < 0 ? ret : one->fd >= 0 || two->fd >= 0;
}

/* Return how many characters at @text stay as they are. */
static size_t kept_length(const char *text, bool colors)
{
	return *text == '\n' || *text == '\t' ? 1 : colors ? text_color_length(text) : 0;
}

char *relay_clean(char *text, size_t len, bool colors)
{
	char *at = text;

	for (size_t i = 0; i < len; i++) {
		if (!text[i])
			text[i] = '?';
	}
	while (*at) {
		size_t kept = kept_length(at, colors);
		char *end = at + kept;
		char behind;

		while (!kept && *end && !kept_length(end, colors))
			end++;
		behind = *end;
		*end = '\0';
		if (!kept)
			text_clean(at);
		*end = behind;
		at = end;
	}
	return text;
}
