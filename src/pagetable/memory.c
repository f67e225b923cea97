/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/memory.h"

#include <endian.h>

uint64_t memory_order(const struct memory *memory, uint64_t value)
{
	return memory->is_big_endian ? be64toh(value) : le64toh(value);
}

int memory_u64(const struct memory *memory, uint64_t address, uint64_t *value)
{
	int ret = memory->read(memory->context, address, value, sizeof(*value));

	if (!ret)
		*value = memory_order(memory, *value);
	return ret;
}

int memory_physical_u64(const struct memory *memory, uint64_t address, uint64_t *value)
{
	int ret = memory->read_physical(memory->context, address, value, sizeof(*value));

	if (!ret)
		*value = memory_order(memory, *value);
	return ret;
}

int memory_u32(const struct memory *memory, uint64_t address, uint32_t *value)
{
	int ret = memory->read(memory->context, address, value, sizeof(*value));

	if (!ret)
		*value = memory->is_big_endian ? be32toh(*value) : le32toh(*value);
	return ret;
}

int memory_u8(const struct memory *memory, uint64_t address, uint8_t *value)
{
	return memory->read(memory->context, address, value, sizeof(*value));
}
