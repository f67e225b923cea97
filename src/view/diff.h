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

/** write_comparison_text(), write_comparison_json() - print a comparison; see struct format. */
int write_comparison_text(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options);
int write_comparison_json(FILE *out, const struct diff_side *before, const struct diff_side *after,
			  const struct comparison *comparison, const struct view_options *options);

#endif
