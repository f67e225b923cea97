/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_WRITER_H
#define VFIODIAG_BASE_WRITER_H

#include <stddef.h>
#include <stdio.h>

/**
 * struct writer - a text that is made, by what writes into @out.
 * @text: @len bytes so far, in @room; complete after writer_close(), and then a NUL follows
 *
 * Not open_memstream(3): without memory that loses what is written, and neither ferror(3) nor
 * fclose(3) says so (glibc 2.36 and 2.41). Each time that it takes more, it copies and clears memory,
 * where realloc(3) moves pages.
 */
struct writer {
	FILE *out;
	char *text;
	size_t len;
	size_t room;
};

/** writer_open() - begin a text in @writer->out. @writer stays where it is until writer_close(). */
void writer_open(struct writer *writer);

/** writer_close() - end it. Return: @writer->text, new, never NULL. */
char *writer_close(struct writer *writer);

#endif
