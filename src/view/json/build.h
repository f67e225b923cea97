/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_JSON_BUILD_H
#define VFIODIAG_VIEW_JSON_BUILD_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "view/parts.h"

/*
 * Values of JSON of schema vfiodiag/1: addresses are strings, ends inclusive; a field that could
 * not be measured is null, with a reason in a field beside it.
 */

#define SCHEMA "vfiodiag/1"

/* Check @value; jansson returns NULL only if memory is short or a text is not UTF-8. */
static inline json_t *made(json_t *value)
{
	if (!value)
		out_of_memory();
	return value;
}

static inline json_t *text(const char *value)
{
	return value ? made(json_string(value)) : json_null();
}

static inline json_t *address(uint64_t value)
{
	char buffer[sizeof("0x0123456789abcdef")];

	snprintf(buffer, sizeof(buffer), "0x%" PRIx64, value);
	return text(buffer);
}

/* A size: a number, as long as every reader of JSON can hold it. */
static inline json_t *size(uint64_t value)
{
	return value < UINT64_C(1) << 53 ? json_integer((json_int_t)value) : address(value);
}

static inline json_t *errno_text(int error)
{
	return error ? text(strerrorname_np(error)) : json_null();
}

static inline void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)) < 0)
		out_of_memory();
}

static inline void add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)) < 0)
		out_of_memory();
}

#endif
