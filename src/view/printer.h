/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_PRINTER_H
#define VFIODIAG_VIEW_PRINTER_H

#include <stdbool.h>
#include <stdio.h>

#include "model/host.h"
#include "model/iova_map.h"
#include "model/report.h"

/* What the formats for people share. */

/** struct printer - where a report goes, and in which colours. */
struct printer {
	FILE *out;
	bool verbose;
	const char *bold;
	const char *red;
	const char *green;
	const char *yellow;
	const char *dim;
	const char *plain;
};

/** printer_make() - a printer on @out. */
struct printer printer_make(FILE *out, const struct view_options *options);

/** printer_host() - the host, its machine and its IOMMU units. */
void printer_host(const struct printer *p, const struct host *host);

/** printer_devices() - a line for each device of @group. */
void printer_devices(const struct printer *p, const struct group *group);

/** printer_color() - the colour in which a part of the IOVA space is named. */
const char *printer_color(const struct printer *p, enum iova_use use);

#endif
