/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_KERNEL_TYPES_H
#define VFIODIAG_SOURCE_KERNEL_TYPES_H

#include "model/host.h"
#include "pagetable/btf.h"

/*
 * Types of the running kernel (BTF), which everybody may read.
 *
 * They are some megabytes, so they are read once in a run, by the process that asks for page tables: the
 * processes that read the memory of the kernel inherit them.
 */

/**
 * kernel_file_open() - open a file that must be of one file system.
 * @flags: beside O_RDONLY and O_CLOEXEC
 * @type: of the file system; another one may stand in its place (a container)
 *
 * Return: a descriptor, or a negative errno: -EXDEV for a file of another file system.
 */
int kernel_file_open(const char *path, int flags, unsigned long type);

/** open_error_words() - say why kernel_file_open() failed, in words for a reason. */
const char *open_error_words(int error);

/**
 * kernel_types_get() - return the types of the running kernel, which are read if they were not yet.
 * @kind: of the IOMMU whose driver is meant
 * @vmlinux: receives those of the kernel itself
 * @driver: receives those of the driver, where it is a module with structs of its own; else NULL
 *
 * Both stay until kernel_types_forget(). Return: 0, or a negative errno and the reason as a phrase, new,
 * unless @reason is NULL.
 */
int kernel_types_get(enum iommu_kind kind, const struct btf **vmlinux, const struct btf **driver,
		     char **reason);

/** kernel_types_forget() - free all that kernel_types_get() read. */
void kernel_types_forget(void);

/**
 * struct types - BTF of a file.
 * @bytes: @len of them, in memory of the kernel itself (@is_mapped) or of ours
 */
struct types {
	void *bytes;
	size_t len;
	bool is_mapped;
	struct btf *btf;
};

/**
 * types_read() - read BTF, or map it where the kernel allows that.
 * @base: as for btf_open()
 * @types: filled; free it with types_clear(), also after an error
 *
 * Return: as kernel_types_get().
 */
int types_read(int fd, const struct btf *base, struct types *types, char **reason);

/** types_clear() - free what types_read() filled. */
void types_clear(struct types *types);

#endif
