/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices by their addresses: looking each of thousands up in a list takes the square of them. */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int compare_device(const void *key, const void *entry)
{
	return strcmp(key, (*(struct device *const *)entry)->address);
}

static int compare_devices(const void *a, const void *b)
{
	return compare_device((*(struct device *const *)a)->address, b);
}

void scan_index_make(struct scan_index *index, const struct host *host)
{
	index->count = host->n_devices;
	index->sorted = xcalloc(index->count, sizeof(*index->sorted));
	if (!index->count)
		return;
	memcpy(index->sorted, host->devices, index->count * sizeof(*index->sorted));
	qsort(index->sorted, index->count, sizeof(*index->sorted), compare_devices);
}

struct device *scan_index_find(const struct scan_index *index, const char *address)
{
	struct device **found = bsearch(address, index->sorted, index->count,
					sizeof(*index->sorted), compare_device);

	return found ? *found : NULL;
}

void scan_index_clear(struct scan_index *index)
{
	free(index->sorted);
	*index = (struct scan_index){ 0 };
}
