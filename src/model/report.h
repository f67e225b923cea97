/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_REPORT_H
#define VFIODIAG_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/probe.h"

/**
 * struct report - all that a view may print.
 * @unbound_groups: groups that --all left out, since no device in them is bound to a vfio driver
 */
struct report {
	const struct host *host;
	struct probe **probes;
	size_t n_probes;
	size_t unbound_groups;
	struct findings findings;
};

/**
 * struct view_options - how to print.
 * @color: escape sequences are welcome
 * @verbose: also what is usually not asked for
 */
struct view_options {
	bool color;
	bool verbose;
};

#endif
