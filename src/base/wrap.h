/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_WRAP_H
#define VFIODIAG_BASE_WRAP_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Lines for a terminal.
 */

/** WRAP_WHOLE_INDENT - before a command that stands alone on its line. */
#define WRAP_WHOLE_INDENT "        "

/**
 * wrap_text() - break the lines of @text between words, so that none is wider than @width columns.
 *
 * A continued line is indented as the last column of a table, where that begins in the left half,
 * else four columns more than the line. A line that begins with a tab is a command: it stays whole,
 * with WRAP_WHOLE_INDENT for the tab, and so does a word that is too wide. Characters are as wide as wcwidth(3) says in the current
 * locale, colours have no width.
 * Return: new text.
 */
char *wrap_text(const char *text, unsigned int width);

/**
 * wrap_paragraphs() - fill the paragraphs of @text, new, which are separated by empty lines.
 *
 * A line that begins with a blank or a tab stays as it is, between paragraphs.
 */
char *wrap_paragraphs(const char *text, unsigned int width);

/** struct wrapper - a stream of lines to be wrapped. */
struct wrapper;

/** wrap_begin() - begin to collect lines for @out, wrapped at @width. NULL if @width is 0. */
struct wrapper *wrap_begin(FILE *out, unsigned int width);

/** wrap_stream() - return the stream to print to: @out where @wrapper is NULL. */
FILE *wrap_stream(const struct wrapper *wrapper, FILE *out);

/** wrap_end() - print what was collected, and free @wrapper, which may be NULL. */
void wrap_end(struct wrapper *wrapper);

#endif
