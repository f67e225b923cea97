/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_BTF_H
#define VFIODIAG_TESTS_BTF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* A builder of BTF, for tests. The kinds are those of <linux/btf.h>, which old systems have in part. */
#define BTF_INT	    1
#define BTF_PTR	    2
#define BTF_ARRAY   3
#define BTF_STRUCT  4
#define BTF_UNION   5
#define BTF_ENUM    6
#define BTF_TYPEDEF 8
#define BTF_CONST   10
#define BTF_ENUM64  19

#define BTF_HEADER 24

/** struct built - BTF being built, and its bytes once built_bytes() made them. */
struct built {
	bool is_big_endian;
	uint32_t first_type;
	uint32_t first_string;
	uint32_t n;
	unsigned char *types;
	size_t types_len;
	char *strings;
	size_t strings_len;
	unsigned char *bytes;
	size_t len;
};

/** struct built_member - a member for built_struct(). @bits: of a bit-field; @bit: overrides @offset */
struct built_member {
	const char *name;
	uint32_t type;
	uint32_t offset;
	uint32_t bits;
	uint32_t bit;
};

static inline void built_put(struct built *built, unsigned char *to, uint64_t value,
			     unsigned int width)
{
	for (unsigned int i = 0; i < width; i++)
		to[built->is_big_endian ? width - 1 - i : i] = (unsigned char)(value >> 8 * i);
}

static inline void built_u32(struct built *built, uint32_t value)
{
	built->types = xrealloc(built->types, built->types_len + 4);
	built_put(built, built->types + built->types_len, value, 4);
	built->types_len += 4;
}

static inline uint32_t built_string(struct built *built, const char *text)
{
	size_t at = built->strings_len;

	if (!text)
		return 0;
	built->strings_len += strlen(text) + 1;
	built->strings = xrealloc(built->strings, built->strings_len);
	memcpy(built->strings + at, text, strlen(text) + 1);
	return built->first_string + (uint32_t)at;
}

/** built_begin() - begin BTF; @base is that of vmlinux for a module, else NULL. */
static inline void built_begin(struct built *built, bool is_big_endian, const struct built *base)
{
	*built = (struct built){ .is_big_endian = is_big_endian };
	built->first_type = base ? base->n + 1 : 1;
	built->first_string = base ? (uint32_t)base->strings_len : 0;
	if (!base)
		built_string(built, "");
}

/** built_type() - add struct btf_type without what follows it. Return: its id. */
static inline uint32_t built_type(struct built *built, const char *name, uint32_t info,
				  uint32_t target)
{
	built_u32(built, built_string(built, name));
	built_u32(built, info);
	built_u32(built, target);
	return built->first_type + built->n++;
}

static inline uint32_t built_int(struct built *built, const char *name, uint32_t size)
{
	uint32_t id = built_type(built, name, BTF_INT << 24, size);

	built_u32(built, size * 8);
	return id;
}

static inline uint32_t built_pointer(struct built *built, uint32_t to)
{
	return built_type(built, NULL, BTF_PTR << 24, to);
}

static inline uint32_t built_array(struct built *built, uint32_t of, uint32_t n)
{
	uint32_t id = built_type(built, NULL, BTF_ARRAY << 24, 0);

	built_u32(built, of);
	built_u32(built, of);
	built_u32(built, n);
	return id;
}

/** built_struct() - add a struct or union (@kind) of @size bytes. */
static inline uint32_t built_struct(struct built *built, uint32_t kind, const char *name,
				    uint32_t size, const struct built_member *members, size_t n)
{
	bool flag = false;
	uint32_t id;

	for (size_t i = 0; i < n; i++)
		flag |= members[i].bits > 0;
	id = built_type(built, name, (uint32_t)flag << 31 | kind << 24 | (uint32_t)n, size);
	for (size_t i = 0; i < n; i++) {
		built_u32(built, built_string(built, members[i].name));
		built_u32(built, members[i].type);
		built_u32(built, members[i].bits << 24 |
					 (members[i].bit ? members[i].bit : members[i].offset * 8));
	}
	return id;
}

/** built_enum() - add an enum with one value. */
static inline uint32_t built_enum(struct built *built, const char *name, bool is_signed,
				  const char *enumerator, uint32_t value)
{
	uint32_t id = built_type(built, name, (uint32_t)is_signed << 31 | BTF_ENUM << 24 | 1, 4);

	built_u32(built, built_string(built, enumerator));
	built_u32(built, value);
	return id;
}

/** built_bytes() - put header, types and strings together. */
static inline void built_bytes(struct built *built)
{
	unsigned char *bytes;

	free(built->bytes);
	built->len = BTF_HEADER + built->types_len + built->strings_len;
	bytes = built->bytes = xcalloc(built->len, 1);
	built_put(built, bytes, 0xeb9f, 2);
	bytes[2] = 1;
	built_put(built, bytes + 4, BTF_HEADER, 4);
	built_put(built, bytes + 12, built->types_len, 4);
	built_put(built, bytes + 16, built->types_len, 4);
	built_put(built, bytes + 20, built->strings_len, 4);
	if (built->types_len)
		memcpy(bytes + BTF_HEADER, built->types, built->types_len);
	if (built->strings_len)
		memcpy(bytes + BTF_HEADER + built->types_len, built->strings, built->strings_len);
}

static inline void built_clear(struct built *built)
{
	free(built->types);
	free(built->strings);
	free(built->bytes);
}

#endif
