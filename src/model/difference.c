/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/difference.h"

#include <stdlib.h>

void comparison_clear(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n_differences; i++) {
		free(comparison->differences[i].subject);
		free(comparison->differences[i].field);
		free(comparison->differences[i].before);
		free(comparison->differences[i].after);
		free(comparison->differences[i].why);
	}
	for (size_t i = 0; i < comparison->n_open; i++) {
		free(comparison->open[i].subject);
		free(comparison->open[i].field);
		free(comparison->open[i].reason);
	}
	free(comparison->differences);
	free(comparison->open);
	*comparison = (struct comparison){ 0 };
}

const char *difference_kind_name(enum difference_kind kind)
{
	static const char *const names[] = { "appeared", "removed", "changed" };

	return names[kind];
}

const char *difference_area_name(enum difference_area area)
{
	static const char *const names[] = { "kernel", "host",	 "parameter", "iommu",
					     "device", "driver", "group",     "region",
					     "range",  "probe",	 "finding" };

	return names[area];
}
