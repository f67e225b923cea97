/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"

void memlock_clear(struct memlock *memlock)
{
	free(memlock->whom);
	free(memlock->name);
	free(memlock->known_by);
	free(memlock->reason);
	*memlock = (struct memlock){ 0 };
}

const char *memlock_reason(const struct memlock *memlock)
{
	return memlock->reason ? memlock->reason : error_text(memlock->error);
}

bool memlock_allows(const struct memlock *memlock, uint64_t bytes)
{
	if (memlock->bypass)
		return true;
	return !memlock->error && (memlock->unlimited || memlock->bytes >= bytes);
}

uint64_t memlock_need(uint64_t memory)
{
	return memory > UINT64_MAX - MEMLOCK_LEEWAY ? UINT64_MAX : memory + MEMLOCK_LEEWAY;
}
