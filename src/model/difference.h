/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_DIFFERENCE_H
#define VFIODIAG_MODEL_DIFFERENCE_H

#include <stddef.h>

/* What differs between two hosts, or between a host and what it was: plain structs, no I/O. */

/** enum difference_kind - how something differs. */
enum difference_kind {
	DIFFERENCE_APPEARED,
	DIFFERENCE_WENT,
	DIFFERENCE_CHANGED,
};

/** enum difference_area - what it belongs to, in the order in which people are told. */
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
 * @subject: what it is about ("0000:00:04.0", "group 3")
 * @field: which of its properties; NULL where the thing itself appeared or went
 * @before: what it was; NULL where there was nothing
 * @after: what it is; NULL where there is nothing
 */
struct difference {
	enum difference_kind kind;
	enum difference_area area;
	char *subject;
	char *field;
	char *before;
	char *after;
};

/** struct incomparable - something that was not measured on both sides. */
struct incomparable {
	char *subject;
	char *reason;
};

/** struct comparison - all differences, sorted by area, and what was not compared. */
struct comparison {
	struct difference *differences;
	size_t n_differences;
	struct incomparable *open;
	size_t n_open;
};

/** comparison_clear() - free all that hangs on it. */
void comparison_clear(struct comparison *comparison);

/** difference_kind_name() - "appeared", "went", "changed". */
const char *difference_kind_name(enum difference_kind kind);

/** difference_area_name() - "kernel", "device" … */
const char *difference_area_name(enum difference_area area);

#endif
