/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_HOLDERS_H
#define VFIODIAG_CHECK_HOLDERS_H

#include <stddef.h>

#include "model/host.h"

/** struct holder_index - the processes that have nodes of VFIO open, sorted by the node. */
struct holder_index {
	const struct holder **sorted;
	size_t count;
};

/**
 * holder_index_make() - make the index of the holders of @host, which must stay as they are.
 *
 * To be freed by holder_index_clear().
 */
void holder_index_make(struct holder_index *index, const struct host *host);

/** holder_index_clear() - free the members of @index. */
void holder_index_clear(struct holder_index *index);

/**
 * holders_of() - those that have the node of @group open, or that of a device in it (iommufd).
 * @count: their number
 *
 * They are in the order of the host, each once. Free the array.
 */
const struct holder **holders_of(const struct holder_index *index, const struct group *group,
				 size_t *count);

#endif
