/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_VIEW_H
#define VFIODIAG_VIEW_VIEW_H

#include <stdio.h>

#include "model/report.h"

/* Views print what they are given and decide nothing. */

/**
 * struct report_format - one way to print a report.
 * @unused: of enum host_detail what it does not show, so that it need not be read
 * @write: Return: 0, or a negative errno of @out
 */
struct report_format {
	const char *name;
	const char *description;
	unsigned int unused;
	int (*write)(FILE *out, const struct report *report, const struct view_options *options);
};

extern const struct report_format report_format_text;
extern const struct report_format report_format_json;

/** report_formats - all of them, ended by NULL. */
extern const struct report_format *const report_formats[];

/** report_format_find() - the format called @name, or NULL. */
const struct report_format *report_format_find(const char *name);

#endif
