/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_BTF_H
#define VFIODIAG_PAGETABLE_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * BTF, the types of the running kernel, out of bytes that are not trusted.
 *
 * Functions return 0, or a negative errno and the reason as a sentence, new, which the caller frees. The
 * reason may be NULL, and a sentence that is there already is replaced. The errnos:
 *
 *	-ENOENT		no such struct, member, enum or enumerator
 *	-ENOTUNIQ	more than one
 *	-EOPNOTSUPP	a member that is a bit-field, or BTF of a kind that is not known
 *	-EINVAL		bytes that cannot be BTF
 */

struct btf;

/**
 * struct btf_member - place of a member.
 * @offset: bytes from the start of the outermost struct
 * @size: bytes that it takes
 * @type: id of its type
 */
struct btf_member {
	uint64_t offset;
	uint64_t size;
	uint32_t type;
};

/**
 * btf_open() - check and index BTF.
 * @bytes: in either byte order; they must outlive the result
 * @len: number of bytes
 * @base: BTF of vmlinux if @bytes are of a module, which must outlive the result; else NULL
 * @result: receives it, to be freed with btf_close(); NULL on failure
 */
int btf_open(const void *bytes, size_t len, const struct btf *base, struct btf **result,
	     char **reason);

/** btf_close() - free what btf_open() returned; NULL is allowed. */
void btf_close(struct btf *btf);

/** btf_is_big_endian() - tell the byte order of @btf, which is that of its kernel. */
bool btf_is_big_endian(const struct btf *btf);

/** btf_count() - return the number of types in @btf itself, without those of its base. */
uint32_t btf_count(const struct btf *btf);

/**
 * btf_struct() - find the one struct with a name.
 * @name: its name; several drivers may use the same
 * @with: the member that it must have, also in anonymous parts; NULL: any struct will do
 * @type: receives its id
 */
int btf_struct(const struct btf *btf, const char *name, const char *with, uint32_t *type,
	       char **reason);

/**
 * btf_member() - find a member of a struct or union.
 * @type: id of the struct, or of a typedef of it
 * @path: names with dots in between; anonymous structs and unions are searched through
 * @member: receives its place
 */
int btf_member(const struct btf *btf, uint32_t type, const char *path, struct btf_member *member,
	       char **reason);

/**
 * btf_enum() - find the value of an enumerator.
 * @name: name of the enum
 * @enumerator: name of the value
 * @value: receives it
 */
int btf_enum(const struct btf *btf, const char *name, const char *enumerator, int64_t *value,
	     char **reason);

#endif
