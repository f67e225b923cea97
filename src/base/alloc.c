/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"

_Noreturn void out_of_memory(void)
{
	static const char sentence[] = "vfiodiag: out of memory, nothing was measured\n";

	/* No stdio: it may want memory too. */
	if (write(STDERR_FILENO, sentence, sizeof(sentence) - 1) < 0)
		_exit(EXIT_UNMEASURED);
	_exit(EXIT_UNMEASURED);
}

void *xcalloc(size_t n, size_t size)
{
	void *memory = calloc(n ? n : 1, size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void *xrealloc(void *memory, size_t size)
{
	void *moved = realloc(memory, size);

	if (!moved)
		out_of_memory();
	return moved;
}

char *xstrdup(const char *s)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		out_of_memory();
	return copy;
}

char *xstrndup(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xmemdup(const void *data, size_t len)
{
	char *copy = xrealloc(NULL, len + 1);

	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vasprintf(&text, format, ap);
	va_end(ap);
	if (len < 0)
		out_of_memory();
	return text;
}

void xappend(char **text, const char *format, ...)
{
	char *more, *longer;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&more, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	longer = xasprintf("%s%s", *text ? *text : "", more);
	free(more);
	free(*text);
	*text = longer;
}

char *xjoin(const char *one, char between, const char *two)
{
	size_t before = strlen(one), behind = strlen(two);
	char *text = malloc(before + 1 + behind + 1);

	if (!text)
		out_of_memory();
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): more follows, with the end */
	memcpy(text, one, before);
	text[before] = between;
	memcpy(text + before + 1, two, behind + 1);
	return text;
}

char *xnumber(unsigned long number)
{
	char digits[3 * sizeof(number) + 1];
	char *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return xstrdup(at);
}

void *xgrow(void *array, size_t n, size_t size)
{
	size_t bytes;

	/* Full only at powers of two: 0, 1, 2, 4, 8 … */
	if (n & (n - 1))
		return array;
	if (__builtin_mul_overflow(n ? n * 2 : 1, size, &bytes))
		out_of_memory();
	return xrealloc(array, bytes);
}
