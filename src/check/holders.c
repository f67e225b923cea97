/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes by the nodes that they have open: each group checks its own, and not all of them. */
#include "check/holders.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* Places in one array, so that of two with one node the first one comes first. */
static int compare_places(const void *a, const void *b)
{
	const struct holder *one = *(const struct holder *const *)a;
	const struct holder *two = *(const struct holder *const *)b;

	return one < two ? -1 : one > two;
}

static int compare_paths(const void *a, const void *b)
{
	const struct holder *one = *(const struct holder *const *)a;
	const struct holder *two = *(const struct holder *const *)b;
	int order = strcmp(one->path, two->path);

	return order ? order : compare_places(a, b);
}

void holder_index_make(struct holder_index *index, const struct host *host)
{
	index->count = host->n_holders;
	index->sorted = xcalloc(index->count + 1, sizeof(*index->sorted));
	for (size_t i = 0; i < index->count; i++)
		index->sorted[i] = &host->holders[i];
	qsort(index->sorted, index->count, sizeof(*index->sorted), compare_paths);
}

void holder_index_clear(struct holder_index *index)
{
	free(index->sorted);
	*index = (struct holder_index){ 0 };
}

/** struct taken - holders that were found. */
struct taken {
	const struct holder **holders;
	size_t count;
};

/* Take over @path. */
static void take(struct taken *taken, const struct holder_index *index, char *path)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->sorted[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < index->count && strcmp(index->sorted[low]->path, path) == 0; low++)
		APPEND(taken->holders, taken->count, index->sorted[low]);
	free(path);
}

/*
 * The node of a group without an IOMMU has another name, and whether it is one may not have been
 * read.
 * Kernel: drivers/vfio/vfio.c, vfio_create_group(): 5.10.
 * Kernel: drivers/vfio/vfio_main.c, vfio_create_group(): 6.1.
 * Kernel: drivers/vfio/group.c, vfio_create_group(): 6.12, 7.3.
 */
const struct holder **holders_of(const struct holder_index *index, const struct group *group,
				 size_t *count)
{
	struct taken taken = { 0 };
	size_t n_once = 0;

	*count = 0;
	if (!index->count)
		return NULL;
	take(&taken, index, xasprintf("/dev/vfio/%u", group->id));
	take(&taken, index, xasprintf("/dev/vfio/noiommu-%u", group->id));
	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i]->vfio_dev)
			take(&taken, index,
			     xjoin("/dev/vfio/devices", '/', group->devices[i]->vfio_dev));
	}
	if (taken.count)
		qsort(taken.holders, taken.count, sizeof(*taken.holders), compare_places);
	/* Two devices of one name are in a capture only. */
	for (size_t i = 0; i < taken.count; i++) {
		if (!n_once || taken.holders[n_once - 1] != taken.holders[i])
			taken.holders[n_once++] = taken.holders[i];
	}
	*count = n_once;
	return taken.holders;
}
