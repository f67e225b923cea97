/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_ALLOC_H
#define VFIODIAG_BASE_ALLOC_H

#include <stddef.h>

/*
 * Memory that is there or the program ends.
 *
 * A diagnostic that runs out of memory has nothing left to diagnose: it says so in one sentence
 * and exits with EXIT_UNMEASURED. The kernel closes the descriptors and drops what was mapped, so
 * ending at once is also the safe thing in the middle of a probe.
 */

/** xcalloc() - allocate zeroed memory for @n objects of @size bytes; never NULL. */
void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull, malloc));

/** xrealloc() - give @memory @size bytes; never NULL. */
void *xrealloc(void *memory, size_t size) __attribute__((returns_nonnull));

/** xstrdup() - copy @s; NULL stays NULL. */
char *xstrdup(const char *s);

/** xstrndup() - copy the first @n bytes of @s. */
char *xstrndup(const char *s, size_t n) __attribute__((returns_nonnull));

/** xmemdup() - copy @len bytes at @data, and put a NUL behind them. */
char *xmemdup(const void *data, size_t len) __attribute__((returns_nonnull));

/** xasprintf() - format a new string; never NULL. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/** xappend() - format more text behind @text, which is NULL before the first. Frees what was there. */
void xappend(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * xjoin() - join @one and @two with @between in between, new.
 *
 * The result is that of xasprintf(), in a tenth of its time: some texts are made by the thousand.
 */
char *xjoin(const char *one, char between, const char *two) __attribute__((returns_nonnull));

/** xnumber() - return the digits of @number, new; as quickly. */
char *xnumber(unsigned long number) __attribute__((returns_nonnull));

/**
 * xgrow() - make room for one more object at the end of an array.
 * @array: the array, may be NULL when it is empty
 * @n: objects in use
 * @size: bytes of one object
 *
 * The capacity is derived from @n (the next power of two), so no caller keeps a third number.
 * Return: the array, perhaps moved; never NULL.
 */
void *xgrow(void *array, size_t n, size_t size) __attribute__((returns_nonnull));

/** out_of_memory() - print a message and exit. For allocation failures that libraries report. */
_Noreturn void out_of_memory(void);

/** APPEND() - append @item to @array, which has @count objects. */
#define APPEND(array, count, item)                                   \
	do {                                                         \
		(array) = xgrow((array), (count), sizeof(*(array))); \
		(array)[(count)++] = (item);                         \
	} while (0)

#endif
