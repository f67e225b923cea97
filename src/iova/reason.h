/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_IOVA_REASON_H
#define VFIODIAG_IOVA_REASON_H

#include "model/iova_map.h"

/**
 * struct reason - explanation of a part of the IOVA space.
 * @id: stable short words, "msi-window"
 * @words: for the end of a line, "MSI window"
 * @meaning: purpose of that part on such machines, one sentence
 */
struct reason {
	const char *id;
	const char *words;
	const char *meaning;
};

/**
 * reason_of() - explain why @part is not usable, or usable in spite of a region. Pure.
 * @allowed: the allowed ranges, empty if not known
 * @part: of the IOVA space of @group
 *
 * Return: NULL if there is nothing to explain.
 */
const struct reason *reason_of(const struct group *group, const struct ranges *allowed,
			       const struct iova_part *part);

/** reason_of_region() - explain the purpose of @region on the machine of @group. Never NULL. */
const struct reason *reason_of_region(const struct group *group, const struct region *region);

#endif
