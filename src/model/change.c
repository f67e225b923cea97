/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/change.h"

#include <stdlib.h>

void comparison_clear(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n_changes; i++) {
		free(comparison->changes[i].subject);
		free(comparison->changes[i].field);
		free(comparison->changes[i].before);
		free(comparison->changes[i].after);
	}
	for (size_t i = 0; i < comparison->n_open; i++) {
		free(comparison->open[i].subject);
		free(comparison->open[i].reason);
	}
	free(comparison->changes);
	free(comparison->open);
	*comparison = (struct comparison){ 0 };
}

const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[] = { "appeared", "went", "changed" };

	return names[kind];
}

const char *change_area_name(enum change_area area)
{
	static const char *const names[] = { "kernel", "host",	 "parameter", "iommu",
					     "device", "driver", "group",     "region",
					     "range",  "probe",	 "finding" };

	return names[area];
}
