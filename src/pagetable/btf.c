/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format.
 *
 * Kernel: include/uapi/linux/btf.h, btf_header, btf_type, btf_member,
 *   BTF_INT_BITS(): 6.1, 7.3.
 */
#include "pagetable/btf.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/count.h"
#include "pagetable/reason.h"

#define MAGIC	   0xeb9f
#define HEADER_LEN 24
#define TYPE_LEN   12
#define MEMBER_LEN 12
#define MAX_TYPES  0xfffff /* BTF_MAX_TYPE */

/* No BTF has the size of pointers; this one is of 64-bit kernels only. */
#define POINTER_LEN 8

/* Types from a fuzzer may form loops, or a tree of anonymous structs that has no end. */
#define MAX_DEPTH 32
#define MAX_STEPS 100000

enum kind {
	KIND_INT = 1,
	KIND_PTR = 2,
	KIND_ARRAY = 3,
	KIND_STRUCT = 4,
	KIND_UNION = 5,
	KIND_ENUM = 6,
	KIND_TYPEDEF = 8,
	KIND_VOLATILE = 9,
	KIND_CONST = 10,
	KIND_RESTRICT = 11,
	KIND_FLOAT = 16,
	KIND_TYPE_TAG = 18,
	KIND_ENUM64 = 19,
};

/*
 * Bytes behind struct btf_type, once and for each of vlen elements. A kind without a row is not known, so
 * where the next type begins is not known either.
 *
 * Kernel: include/uapi/linux/btf.h, BTF_KIND_ENUM64: 6.1, 7.3.
 */
static const struct {
	bool is_known;
	uint8_t once;
	uint8_t each;
} kinds[] = {
	[KIND_INT] = { true, 4, 0 },
	[KIND_PTR] = { true, 0, 0 },
	[KIND_ARRAY] = { true, 12, 0 },
	[KIND_STRUCT] = { true, 0, MEMBER_LEN },
	[KIND_UNION] = { true, 0, MEMBER_LEN },
	[KIND_ENUM] = { true, 0, 8 },
	[7] = { true, 0, 0 }, /* FWD */
	[KIND_TYPEDEF] = { true, 0, 0 },
	[KIND_VOLATILE] = { true, 0, 0 },
	[KIND_CONST] = { true, 0, 0 },
	[KIND_RESTRICT] = { true, 0, 0 },
	[12] = { true, 0, 0 },	/* FUNC */
	[13] = { true, 0, 8 },	/* FUNC_PROTO */
	[14] = { true, 4, 0 },	/* VAR */
	[15] = { true, 0, 12 }, /* DATASEC */
	[KIND_FLOAT] = { true, 0, 0 },
	[17] = { true, 4, 0 }, /* DECL_TAG */
	[KIND_TYPE_TAG] = { true, 0, 0 },
	[KIND_ENUM64] = { true, 0, 12 },
};

/**
 * struct btf - an index over bytes.
 * @first: id of the first type, which follows those of the base
 * @offsets: of each type in @types
 * @buckets: number (from 1) of the first struct, union or enum whose name has that hash
 * @next: number of the next one in the same bucket
 */
struct btf {
	const struct btf *base;
	const unsigned char *types;
	uint32_t types_len;
	const char *strings;
	uint32_t strings_len;
	bool is_big_endian;
	uint32_t first;
	uint32_t n;
	uint32_t *offsets;
	uint32_t *buckets;
	uint32_t *next;
};

#define N_BUCKETS 16384

/** struct type - a type, read. @target: the size or the type that it refers to */
struct type {
	uint32_t name;
	uint32_t kind;
	uint32_t vlen;
	bool flag;
	uint32_t target;
	const unsigned char *more;
};

static uint16_t read_u16(const struct btf *btf, const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return btf->is_big_endian ? be16toh(value) : le16toh(value);
}

static uint32_t read_u32(const struct btf *btf, const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return btf->is_big_endian ? be32toh(value) : le32toh(value);
}

/* Return: NULL for an offset outside of the strings, which end with a NUL. */
static const char *string_at(const struct btf *btf, uint32_t offset)
{
	if (btf->base) {
		if (offset < btf->base->strings_len)
			return btf->base->strings + offset;
		offset -= btf->base->strings_len;
	}
	return offset < btf->strings_len ? btf->strings + offset : NULL;
}

static void read_type(const struct btf *btf, uint32_t offset, struct type *type)
{
	const unsigned char *at = btf->types + offset;
	uint32_t info = read_u32(btf, at + 4);

	type->name = read_u32(btf, at);
	type->kind = info >> 24 & 0x7f;
	type->vlen = info & 0xffffff;
	type->flag = info >> 31;
	type->target = read_u32(btf, at + 8);
	type->more = at + TYPE_LEN;
}

/* False for void (0), and for an id that no type has. */
static bool type_at(const struct btf *btf, uint32_t id, struct type *type)
{
	if (id < btf->first && btf->base)
		btf = btf->base;
	if (id < btf->first || id - btf->first >= btf->n)
		return false;
	read_type(btf, btf->offsets[id - btf->first], type);
	return true;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619;
	return hash % N_BUCKETS;
}

/* Only types with these kinds are looked for by name. */
static bool is_named(uint32_t kind)
{
	return kind == KIND_STRUCT || kind == KIND_UNION || kind == KIND_ENUM ||
	       kind == KIND_ENUM64;
}

static void index_name(struct btf *btf, uint32_t i, const char *name)
{
	uint32_t *bucket = &btf->buckets[hash_of(name)];

	btf->next[i] = *bucket;
	*bucket = i + 1;
}

static int index_type(struct btf *btf, uint32_t i, uint32_t *offset, char **reason)
{
	uint64_t left = btf->types_len - *offset;
	struct type type;
	const char *name;
	uint64_t len;

	if (left < TYPE_LEN)
		return could_not_tell(reason, EINVAL, "the BTF is cut off in type %u", i + 1);
	read_type(btf, *offset, &type);
	if (type.kind >= COUNT(kinds) || !kinds[type.kind].is_known)
		return could_not_tell(reason, EOPNOTSUPP, "the BTF has types of unknown kind %u",
				      type.kind);
	len = TYPE_LEN + kinds[type.kind].once + (uint64_t)kinds[type.kind].each * type.vlen;
	if (left < len)
		return could_not_tell(reason, EINVAL, "the BTF is cut off in type %u", i + 1);
	name = string_at(btf, type.name);
	if (!name)
		return could_not_tell(reason, EINVAL, "the name of BTF type %u is outside of it",
				      i + 1);
	btf->offsets[i] = *offset;
	if (is_named(type.kind) && *name)
		index_name(btf, i, name);
	*offset += (uint32_t)len;
	return 0;
}

static int index_types(struct btf *btf, char **reason)
{
	uint32_t most = btf->types_len / TYPE_LEN + 1;
	uint32_t offset = 0;

	btf->offsets = xcalloc(most, sizeof(*btf->offsets));
	btf->next = xcalloc(most, sizeof(*btf->next));
	btf->buckets = xcalloc(N_BUCKETS, sizeof(*btf->buckets));
	while (offset < btf->types_len) {
		int ret;

		if (btf->first + btf->n > MAX_TYPES)
			return could_not_tell(reason, EINVAL, "the BTF has too many types");
		ret = index_type(btf, btf->n, &offset, reason);
		if (ret < 0)
			return ret;
		btf->n++;
	}
	return 0;
}

/* Both sections lie behind the header, and in @len bytes. */
static int find_sections(struct btf *btf, const unsigned char *bytes, size_t len, char **reason)
{
	uint64_t header = read_u32(btf, bytes + 4);
	uint64_t types = header + read_u32(btf, bytes + 8);
	uint64_t strings = header + read_u32(btf, bytes + 16);

	btf->types_len = read_u32(btf, bytes + 12);
	btf->strings_len = read_u32(btf, bytes + 20);
	if (header < HEADER_LEN || types + btf->types_len > len || strings + btf->strings_len > len)
		return could_not_tell(reason, EINVAL, "a section of the BTF is outside of it");
	btf->types = bytes + types;
	btf->strings = (const char *)bytes + strings;
	/* A module may have no strings of its own. Those of vmlinux begin with the empty one. */
	if (btf->strings_len ? btf->strings[btf->strings_len - 1] || (!btf->base && *btf->strings)
			     : !btf->base)
		return could_not_tell(reason, EINVAL, "the strings of the BTF have no end");
	return 0;
}

static int read_header(struct btf *btf, const unsigned char *bytes, size_t len, char **reason)
{
	if (len < HEADER_LEN)
		return could_not_tell(reason, EINVAL, "the BTF has no header");
	btf->is_big_endian = bytes[0] == MAGIC >> 8;
	if (read_u16(btf, bytes) != MAGIC)
		return could_not_tell(reason, EINVAL, "the BTF has no header");
	if (bytes[2] != 1 || bytes[3])
		return could_not_tell(reason, EOPNOTSUPP,
				      "the BTF has unknown version %u, flags %#x", bytes[2],
				      bytes[3]);
	if (btf->base && btf->base->is_big_endian != btf->is_big_endian)
		return could_not_tell(reason, EINVAL, "the BTF of the module is of another kernel");
	return find_sections(btf, bytes, len, reason);
}

int btf_open(const void *bytes, size_t len, const struct btf *base, struct btf **result,
	     char **reason)
{
	struct btf *btf = xcalloc(1, sizeof(*btf));
	int ret;

	*result = NULL;
	btf->base = base;
	btf->first = base ? base->first + base->n : 1;
	ret = base && base->base ? could_not_tell(reason, EINVAL, "a module is the base of BTF")
				 : 0;
	if (ret >= 0)
		ret = read_header(btf, bytes, len, reason);
	if (ret >= 0)
		ret = index_types(btf, reason);
	if (ret < 0) {
		btf_close(btf);
		return ret;
	}
	*result = btf;
	return 0;
}

void btf_close(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->offsets);
	free(btf->buckets);
	free(btf->next);
	free(btf);
}

bool btf_is_big_endian(const struct btf *btf)
{
	return btf->is_big_endian;
}

uint32_t btf_count(const struct btf *btf)
{
	return btf->n;
}

static bool is_modifier(uint32_t kind)
{
	return (kind >= KIND_TYPEDEF && kind <= KIND_RESTRICT) || kind == KIND_TYPE_TAG;
}

/* The type behind typedef, const and the like. */
static bool plain_type(const struct btf *btf, uint32_t id, struct type *type)
{
	for (unsigned int i = 0; i < MAX_DEPTH && type_at(btf, id, type); i++) {
		if (!is_modifier(type->kind))
			return true;
		id = type->target;
	}
	return false;
}

static bool size_of(const struct btf *btf, uint32_t id, uint64_t *size)
{
	struct type type;

	*size = 1;
	for (unsigned int i = 0; i < MAX_DEPTH && plain_type(btf, id, &type); i++) {
		switch (type.kind) {
		case KIND_PTR:
			return !__builtin_mul_overflow(*size, POINTER_LEN, size);
		case KIND_INT:
		case KIND_STRUCT:
		case KIND_UNION:
		case KIND_ENUM:
		case KIND_FLOAT:
		case KIND_ENUM64:
			return !__builtin_mul_overflow(*size, type.target, size);
		case KIND_ARRAY:
			if (__builtin_mul_overflow(*size, read_u32(btf, type.more + 8), size))
				return false;
			id = read_u32(btf, type.more);
			break;
		default:
			return false;
		}
	}
	return false;
}

/**
 * struct search - members of one name, in a struct and its anonymous parts.
 * @found: how many there are
 * @bit: where the last one begins
 * @type: id of its type
 */
struct search {
	const struct btf *btf;
	const char *name;
	size_t len;
	unsigned int steps;
	unsigned int found;
	bool is_bit_field;
	uint64_t bit;
	uint32_t type;
};

/* Old BTF has the bits of a bit-field in a type of its own. */
static bool is_bit_field(const struct btf *btf, uint32_t id)
{
	struct type type;

	return plain_type(btf, id, &type) && type.kind == KIND_INT &&
	       (read_u32(btf, type.more) & 0xffffff) != (uint64_t)type.target * 8;
}

/* False where the member goes beyond the end of the struct. */
static bool note_member(struct search *search, uint64_t base, uint64_t bit, unsigned int bits,
			uint32_t id, uint32_t struct_size)
{
	uint64_t size;

	search->found++;
	search->bit = base + bit;
	search->type = id;
	search->is_bit_field = bits || is_bit_field(search->btf, id);
	if (search->is_bit_field)
		return true;
	return size_of(search->btf, id, &size) && size <= struct_size &&
	       bit <= ((uint64_t)struct_size - size) * 8;
}

static int search_in(struct search *search, const struct type *type, uint64_t base,
		     unsigned int depth);

static int search_member(struct search *search, const struct type *type, const unsigned char *at,
			 uint64_t base, unsigned int depth)
{
	const char *name = string_at(search->btf, read_u32(search->btf, at));
	uint32_t id = read_u32(search->btf, at + 4);
	uint32_t place = read_u32(search->btf, at + 8);
	uint32_t bit = type->flag ? place & 0xffffff : place;
	struct type part;

	if (!name || ++search->steps > MAX_STEPS)
		return -EINVAL;
	if (!*name) {
		if (!plain_type(search->btf, id, &part))
			return -EINVAL;
		return search_in(search, &part, base + bit, depth + 1);
	}
	if (strncmp(name, search->name, search->len) != 0 || name[search->len])
		return 0;
	return note_member(search, base, bit, type->flag ? place >> 24 : 0, id, type->target)
		       ? 0
		       : -EINVAL;
}

/* An anonymous bit-field is no struct, and has no members. */
static int search_in(struct search *search, const struct type *type, uint64_t base,
		     unsigned int depth)
{
	if (type->kind != KIND_STRUCT && type->kind != KIND_UNION)
		return 0;
	if (depth > MAX_DEPTH)
		return -EINVAL;
	for (uint32_t i = 0; i < type->vlen; i++) {
		int ret = search_member(search, type, type->more + (size_t)MEMBER_LEN * i, base,
					depth);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* One name of a path. */
static int find_member(struct search *search, uint32_t id, char **reason)
{
	int len = (int)search->len;
	struct type type;

	search->found = 0;
	if (!plain_type(search->btf, id, &type) ||
	    (type.kind != KIND_STRUCT && type.kind != KIND_UNION))
		return could_not_tell(reason, ENOENT, "the BTF has %.*s in what is not a struct",
				      len, search->name);
	if (search_in(search, &type, 0, 0) < 0)
		return could_not_tell(reason, EINVAL, "the BTF of struct %s is inconsistent",
				      string_at(search->btf, type.name));
	if (!search->found)
		return could_not_tell(reason, ENOENT, "the BTF has no %.*s in struct %s", len,
				      search->name, string_at(search->btf, type.name));
	if (search->found > 1)
		return could_not_tell(reason, ENOTUNIQ, "the BTF has two %.*s in struct %s", len,
				      search->name, string_at(search->btf, type.name));
	if (search->is_bit_field || search->bit % 8)
		return could_not_tell(reason, EOPNOTSUPP, "%.*s in struct %s is a bit-field", len,
				      search->name, string_at(search->btf, type.name));
	return 0;
}

int btf_member(const struct btf *btf, uint32_t type, const char *path, struct btf_member *member,
	       char **reason)
{
	struct search search = { .btf = btf, .type = type };

	*member = (struct btf_member){ 0 };
	for (;; path += search.len + 1) {
		int ret;

		search.name = path;
		search.len = strcspn(path, ".");
		ret = find_member(&search, search.type, reason);
		if (ret < 0)
			return ret;
		member->offset += search.bit / 8;
		if (!path[search.len])
			break;
	}
	member->type = search.type;
	if (!size_of(btf, search.type, &member->size))
		return could_not_tell(reason, EINVAL, "the BTF has no size of %s", path);
	return 0;
}

/* Whether one of the structs of that name is meant. */
static int is_meant(const struct btf *btf, uint32_t id, const char *with)
{
	struct search search = { .btf = btf, .name = with };
	struct type type;
	int ret;

	if (!with)
		return 1;
	search.len = strlen(with);
	if (!type_at(btf, id, &type))
		return 0;
	ret = search_in(&search, &type, 0, 0);
	return ret < 0 ? ret : search.found > 0;
}

/* The next type called @name, or the first if *@id is 0; false at the end. */
static bool next_named(const struct btf *btf, const char *name, uint32_t *id, struct type *type)
{
	for (uint32_t i = *id ? btf->next[*id - btf->first] : btf->buckets[hash_of(name)]; i;
	     i = btf->next[i - 1]) {
		*id = btf->first + i - 1;
		if (type_at(btf, *id, type) && strcmp(string_at(btf, type->name), name) == 0)
			return true;
	}
	return false;
}

/** struct found - what a search by name came to. */
struct found {
	unsigned int n;
	uint32_t type;
	int64_t value;
};

/* Those in @part, which is @btf or its base. */
static int find_structs(const struct btf *part, const struct btf *btf, const char *name,
			const char *with, struct found *found)
{
	struct type type;
	uint32_t id = 0;

	while (next_named(part, name, &id, &type)) {
		int ret = type.kind == KIND_STRUCT ? is_meant(btf, id, with) : 0;

		if (ret < 0)
			return ret;
		if (ret > 0)
			found->type = id;
		found->n += ret > 0;
	}
	return 0;
}

int btf_struct(const struct btf *btf, const char *name, const char *with, uint32_t *type,
	       char **reason)
{
	const char *between = with ? " with a member " : "";
	struct found found = { 0 };
	int ret = find_structs(btf, btf, name, with, &found);

	if (ret >= 0 && btf->base)
		ret = find_structs(btf->base, btf, name, with, &found);
	if (ret < 0)
		return could_not_tell(reason, EINVAL, "the BTF of struct %s is inconsistent", name);
	if (!found.n)
		return could_not_tell(reason, ENOENT, "the BTF has no struct %s%s%s", name, between,
				      with ? with : "");
	if (found.n > 1)
		return could_not_tell(reason, ENOTUNIQ, "the BTF has %u structs %s%s%s", found.n,
				      name, between, with ? with : "");
	*type = found.type;
	return 0;
}

static int64_t enumerator_value(const struct btf *btf, const struct type *type,
				const unsigned char *at)
{
	uint32_t low = read_u32(btf, at + 4);

	if (type->kind == KIND_ENUM64)
		return (int64_t)((uint64_t)read_u32(btf, at + 8) << 32 | low);
	return type->flag ? (int32_t)low : (int64_t)low;
}

static int find_enumerators(const struct btf *part, const char *name, const char *enumerator,
			    struct found *found)
{
	struct type type;
	uint32_t id = 0;

	while (next_named(part, name, &id, &type)) {
		if (type.kind != KIND_ENUM && type.kind != KIND_ENUM64)
			continue;
		for (uint32_t i = 0; i < type.vlen; i++) {
			const unsigned char *at = type.more + (size_t)kinds[type.kind].each * i;
			const char *text = string_at(part, read_u32(part, at));

			if (!text)
				return -EINVAL;
			if (strcmp(text, enumerator) != 0)
				continue;
			found->n++;
			found->value = enumerator_value(part, &type, at);
		}
	}
	return 0;
}

int btf_enum(const struct btf *btf, const char *name, const char *enumerator, int64_t *value,
	     char **reason)
{
	struct found found = { 0 };
	int ret = find_enumerators(btf, name, enumerator, &found);

	if (ret >= 0 && btf->base)
		ret = find_enumerators(btf->base, name, enumerator, &found);
	if (ret < 0)
		return could_not_tell(reason, EINVAL, "the BTF of enum %s is inconsistent", name);
	if (!found.n)
		return could_not_tell(reason, ENOENT, "the BTF has no %s in enum %s", enumerator,
				      name);
	if (found.n > 1)
		return could_not_tell(reason, ENOTUNIQ, "the BTF has %u values %s in enum %s",
				      found.n, enumerator, name);
	*value = found.value;
	return 0;
}
