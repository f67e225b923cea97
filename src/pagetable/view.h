/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_VIEW_H
#define VFIODIAG_PAGETABLE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "pagetable/btf.h"
#include "pagetable/memory.h"

/**
 * struct kernel_view - a running kernel: its types and its memory.
 * @vmlinux: the types of the kernel itself
 * @driver: those of the IOMMU driver if that is a module, else NULL
 * @encryption_mask: the bit in addresses that encrypts memory (AMD), or 0
 */
struct kernel_view {
	const struct btf *vmlinux;
	const struct btf *driver;
	const struct memory *memory;
	uint64_t encryption_mask;
};

/**
 * struct place - a member of a struct of the kernel.
 * @type: name of the struct
 * @with: a member that tells it from others of that name, or NULL
 * @path: names with dots in between
 * @size: bytes that the member must have; 0: any number
 * @in_driver: the struct is one of the IOMMU driver
 */
struct place {
	const char *type;
	const char *with;
	const char *path;
	unsigned int size;
	bool in_driver;
};

/*
 * Functions return 0, or a negative errno and the reason as in btf.h. -ENOENT is a member that this kernel
 * does not have, and nothing else.
 */

/** view_offset() - find the offset of @place in its struct. */
int view_offset(const struct kernel_view *view, const struct place *place, uint64_t *offset,
		char **reason);

/** view_address() - find the address of @place in the struct at @address. */
int view_address(const struct kernel_view *view, const struct place *place, uint64_t address,
		 uint64_t *member, char **reason);

/** view_outer() - find the address of the struct whose @place is at @member. */
int view_outer(const struct kernel_view *view, const struct place *place, uint64_t member,
	       uint64_t *address, char **reason);

/** view_read() - read @place, of 1, 4 or 8 bytes, in the struct at @address. */
int view_read(const struct kernel_view *view, const struct place *place, uint64_t address,
	      uint64_t *value, char **reason);

/** view_pointer() - read a pointer, which must not be NULL. */
int view_pointer(const struct kernel_view *view, const struct place *place, uint64_t address,
		 uint64_t *value, char **reason);

/** view_enum() - find the value of an enumerator. @in_driver: as in struct place */
int view_enum(const struct kernel_view *view, bool in_driver, const char *name,
	      const char *enumerator, uint64_t *value, char **reason);

#endif
