/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_MEMORY_H
#define VFIODIAG_PAGETABLE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct memory - the memory of a kernel, of this machine or of a test.
 * @read: copy @len bytes at a virtual address of the kernel. Return: 0 or a negative errno
 * @read_physical: the same at a physical address, of RAM only: anything else is an error
 * @context: handed to both
 * @is_big_endian: byte order of the kernel
 */
struct memory {
	int (*read)(void *context, uint64_t address, void *buffer, size_t len);
	int (*read_physical)(void *context, uint64_t address, void *buffer, size_t len);
	void *context;
	bool is_big_endian;
};

/** memory_u64() - read a number at a virtual address. Return: 0 or a negative errno. */
int memory_u64(const struct memory *memory, uint64_t address, uint64_t *value);

/** memory_physical_u64() - read a number at a physical address. Return: 0 or a negative errno. */
int memory_physical_u64(const struct memory *memory, uint64_t address, uint64_t *value);

/** memory_u32() - read a number at a virtual address. Return: 0 or a negative errno. */
int memory_u32(const struct memory *memory, uint64_t address, uint32_t *value);

/** memory_u8() - read a byte at a virtual address. Return: 0 or a negative errno. */
int memory_u8(const struct memory *memory, uint64_t address, uint8_t *value);

/** memory_order() - convert @value, as it was read, from the byte order of @memory. */
uint64_t memory_order(const struct memory *memory, uint64_t value);

#endif
