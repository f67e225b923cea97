/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices by their addresses: looking each of thousands up in a list takes the square of them, and in
 * a sorted array a dozen of addresses all over the memory.
 */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/*
 * Return the place of the device @address, or where it would be. The hash (FNV-1a) begins with where the
 * index is in memory: a capture cannot have addresses that all fall into one place.
 */
static struct device **find_place(const struct scan_index *index, const char *address)
{
	uint64_t hash = (uintptr_t)index->places;
	struct device **place;

	for (const char *c = address; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	while (*(place = &index->places[hash & index->mask]) &&
	       strcmp((*place)->address, address) != 0)
		hash++;
	return place;
}

void scan_index_make(struct scan_index *index, const struct host *host)
{
	size_t size = 1;

	/* At most half full. */
	while (size <= 2 * host->n_devices)
		size *= 2;
	index->mask = size - 1;
	index->places = xcalloc(size, sizeof(*index->places));
	for (size_t i = 0; i < host->n_devices; i++)
		*find_place(index, host->devices[i]->address) = host->devices[i];
}

struct device *scan_index_find(const struct scan_index *index, const char *address)
{
	return *find_place(index, address);
}

void scan_index_clear(struct scan_index *index)
{
	free(index->places);
	*index = (struct scan_index){ 0 };
}
