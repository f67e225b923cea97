/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/writer.h"

#include <string.h>

#include "base/alloc.h"

static ssize_t keep(void *context, const char *data, size_t len)
{
	struct writer *writer = context;

	if (len >= writer->room - writer->len) {
		writer->room = (writer->len + len) * 2 + 1;
		writer->text = xrealloc(writer->text, writer->room);
	}
	memcpy(writer->text + writer->len, data, len);
	writer->len += len;
	return (ssize_t)len;
}

void writer_open(struct writer *writer)
{
	*writer = (struct writer){ .text = xcalloc(1, 1), .room = 1 };
	writer->out = fopencookie(writer, "w", (cookie_io_functions_t){ .write = keep });
	if (!writer->out)
		out_of_memory();
}

char *writer_close(struct writer *writer)
{
	/* A format that needs memory may have failed. */
	if (ferror(writer->out) || fclose(writer->out) == EOF)
		out_of_memory();
	writer->out = NULL;
	writer->text[writer->len] = '\0';
	return writer->text;
}
