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

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy)
		out_of_memory();
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

char *xjoin(const char *folder, const char *name)
{
	size_t before = strlen(folder), behind = strlen(name);
	char *path = malloc(before + 1 + behind + 1);

	if (!path)
		out_of_memory();
	memcpy(path, folder, before);
	path[before] = '/';
	memcpy(path + before + 1, name, behind + 1);
	return path;
}

void *xgrow(void *array, size_t n, size_t size)
{
	size_t bytes;
	void *moved;

	/* Full only at powers of two: 0, 1, 2, 4, 8 … */
	if (n & (n - 1))
		return array;
	if (__builtin_mul_overflow(n ? n * 2 : 1, size, &bytes))
		out_of_memory();
	moved = realloc(array, bytes);
	if (!moved)
		out_of_memory();
	return moved;
}
