/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wrap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/writer.h"

#define HANG 4

/* Step over the character at *@at. Return: its width in columns. */
static unsigned int step(const char **at)
{
	size_t color = text_color_length(*at), len;
	mbstate_t state = { 0 };
	wchar_t wide;
	int width;

	if (color) {
		*at += color;
		return 0;
	}
	len = mbrtowc(&wide, *at, MB_CUR_MAX, &state);
	if (len == 0 || len > MB_CUR_MAX) {
		/* Not of this locale: a character of UTF-8 is one column wide anyway. */
		do
			(*at)++;
		while ((**at & 0xc0) == 0x80);
		return 1;
	}
	*at += len;
	width = wcwidth(wide);
	return width > 0 ? (unsigned int)width : 0;
}

static unsigned int columns(const char *from, const char *to)
{
	unsigned int width = 0;

	while (from < to)
		width += step(&from);
	return width;
}

/* The column at which the line from @line to @end goes on in the next one. */
static unsigned int hang_of(const char *line, const char *end, unsigned int width)
{
	const char *text = line + strspn(line, " ");
	unsigned int column = (unsigned int)(text - line);
	unsigned int hang = column + HANG <= width / 2 ? column + HANG : HANG;

	for (const char *at = text; at < end && column <= width / 2; column += step(&at)) {
		if (at > text + 1 && *at != ' ' && at[-1] == ' ' && at[-2] == ' ')
			hang = column;
	}
	return hang;
}

static void wrap_line(FILE *out, const char *line, const char *end, unsigned int width,
		      unsigned int hang)
{
	unsigned int used = 0;
	const char *stop;

	for (const char *at = line; at < end; at = stop) {
		const char *word = at + strspn(at, " ");
		unsigned int gap = (unsigned int)(word - at);

		stop = word + strcspn(word, " \n");
		/* In a new line the word would begin in the column @hang. */
		if (used && word < end && used + gap > hang &&
		    used + gap + columns(word, stop) > width) {
			fputc('\n', out);
			used = 0;
			gap = hang;
		}
		fprintf(out, "%*s%.*s", (int)gap, "", (int)(stop - word), word);
		used += gap + columns(word, stop);
	}
}

/*
 * Break the lines of @text, but those that begin with one of the characters in @whole. In prose no
 * line hangs. New.
 */
static char *wrap_lines(const char *text, unsigned int width, const char *whole, bool is_prose)
{
	struct writer wrapped;
	FILE *out;

	writer_open(&wrapped);
	out = wrapped.out;
	while (*text) {
		const char *end = text + strcspn(text, "\n");

		if (*text == '\t' && !is_prose)
			fprintf(out, WRAP_WHOLE_INDENT "%.*s", (int)(end - text - 1), text + 1);
		else if (strchr(whole, *text) || columns(text, end) <= width)
			fwrite(text, 1, (size_t)(end - text), out);
		else
			wrap_line(out, text, end, width, is_prose ? 0 : hang_of(text, end, width));
		if (*end)
			fputc('\n', out);
		text = end + (*end != '\0');
	}
	return writer_close(&wrapped);
}

char *wrap_text(const char *text, unsigned int width)
{
	return wrap_lines(text, width, "\t", false);
}

/* Tell if the line that begins with @first belongs to a paragraph. */
static bool is_filled(char first)
{
	return first && !isspace((unsigned char)first);
}

char *wrap_paragraphs(const char *text, unsigned int width)
{
	_cleanup_free_ char *joined = xstrdup(text);
	char *line = joined;

	for (char *at = joined; *at; at++) {
		if (*at != '\n')
			continue;
		if (is_filled(*line) && is_filled(at[1]))
			*at = ' ';
		else
			line = at + 1;
	}
	return wrap_lines(joined, width, "\t ", true);
}

/**
 * struct wrapper - lines that wait to be wrapped.
 * @out: where they go then
 */
struct wrapper {
	struct writer lines;
	FILE *out;
	unsigned int width;
};

struct wrapper *wrap_begin(FILE *out, unsigned int width)
{
	struct wrapper *wrapper;

	if (!width)
		return NULL;
	wrapper = xcalloc(1, sizeof(*wrapper));
	wrapper->out = out;
	wrapper->width = width;
	writer_open(&wrapper->lines);
	return wrapper;
}

FILE *wrap_stream(const struct wrapper *wrapper, FILE *out)
{
	return wrapper ? wrapper->lines.out : out;
}

void wrap_end(struct wrapper *wrapper)
{
	_cleanup_free_ char *wrapped = NULL;

	if (!wrapper)
		return;
	wrapped = wrap_text(writer_close(&wrapper->lines), wrapper->width);
	fputs(wrapped, wrapper->out);
	free(wrapper->lines.text);
	free(wrapper);
}
