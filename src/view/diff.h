/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_DIFF_H
#define VFIODIAG_VIEW_DIFF_H

#include <stdio.h>

#include "model/difference.h"
#include "model/report.h"

/**
 * struct diff_side - one of two that were compared.
 * @label: source: a path, or "this host"
 */
struct diff_side {
	const char *label;
	const struct host *host;
};

/**
 * struct diff_format - one way to print a comparison.
 * @write: Return: 0, or a negative errno of @out
 */
struct diff_format {
	const char *name;
	int (*write)(FILE *out, const struct diff_side *before, const struct diff_side *after,
		     const struct comparison *comparison, const struct view_options *options);
};

/** diff_format_find() - look up the format @name. Return: NULL if there is none. */
const struct diff_format *diff_format_find(const char *name);

#endif
