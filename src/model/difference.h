/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_DIFFERENCE_H
#define VFIODIAG_MODEL_DIFFERENCE_H

#include <stddef.h>

/* Differences between two hosts, or between two states of one: plain structs, no I/O. */

/** enum difference_kind - how something differs. */
enum difference_kind {
	DIFFERENCE_APPEARED,
	DIFFERENCE_REMOVED,
	DIFFERENCE_CHANGED,
};

/**
 * enum difference_area - the area that a difference belongs to.
 *
 * Findings are printed first, then the facts in this order.
 */
enum difference_area {
	AREA_KERNEL,
	AREA_HOST,
	AREA_PARAMETER,
	AREA_IOMMU,
	AREA_DEVICE,
	AREA_DRIVER,
	AREA_GROUP,
	AREA_REGION,
	AREA_RANGE,
	AREA_PROBE,
	AREA_FINDING,
};

/**
 * struct difference - one difference.
 * @subject: the object ("0000:00:04.0", "group 3")
 * @field: property of the object; NULL if the object itself appeared or was removed
 * @before: value before; NULL if there was none
 * @after: value after; NULL if there is none
 * @why: the reason of the value after; NULL for what has none
 */
struct difference {
	enum difference_kind kind;
	enum difference_area area;
	char *subject;
	char *field;
	char *before;
	char *after;
	char *why;
};

/**
 * struct incomparable - something that was not measured on both sides.
 * @field: the fact of @subject; NULL for @subject itself
 */
struct incomparable {
	char *subject;
	char *field;
	char *reason;
};

/** struct comparison - all differences in the order of output, and the objects that were not compared. */
struct comparison {
	struct difference *differences;
	size_t n_differences;
	struct incomparable *open;
	size_t n_open;
};

/** comparison_clear() - free the members of @comparison. */
void comparison_clear(struct comparison *comparison);

/** difference_kind_name() - "appeared", "removed", "changed". */
const char *difference_kind_name(enum difference_kind kind);

/** difference_area_name() - "kernel", "device" … */
const char *difference_area_name(enum difference_area area);

#endif
