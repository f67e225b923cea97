/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WATCH_H
#define VFIODIAG_VIEW_WATCH_H

#include <stdio.h>

#include "model/change.h"

/**
 * struct change_format - one way to print changes as they come.
 * @write: one change, one line; Return: 0, or a negative errno of @out
 */
struct change_format {
	const char *name;
	int (*write)(FILE *out, const struct change *change, const struct view_options *options);
};

/** change_format_find() - look up the format @name. Return: NULL if there is none. */
const struct change_format *change_format_find(const char *name);

#endif
