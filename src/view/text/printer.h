/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_TEXT_PRINTER_H
#define VFIODIAG_VIEW_TEXT_PRINTER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/wrap.h"
#include "iova/space.h"
#include "model/host.h"
#include "model/iova_map.h"
#include "model/report.h"

/* Shared by the formats for people. */

/**
 * struct printer - output stream and colours of a report.
 * @out: wraps lines if @wrapper is not NULL
 */
struct printer {
	FILE *out;
	struct wrapper *wrapper;
	bool verbose;
	const char *bold;
	const char *red;
	const char *green;
	const char *yellow;
	const char *dim;
	const char *plain;
};

/** printer_make() - set up a printer on @out. */
struct printer printer_make(FILE *out, const struct view_options *options);

/** printer_end() - wrap what was printed, and print it on @out. Return: 0, or a negative errno. */
int printer_end(const struct printer *p, FILE *out);

/**
 * printer_fix() - print "Fix:" and @hint, @indent columns from the left.
 *
 * A command in it stands alone on its line, which is not wrapped.
 */
void printer_fix(const struct printer *p, int indent, const char *hint);

/** printer_host() - print the host, its machine and its IOMMU units. */
void printer_host(const struct printer *p, const struct host *host);

/**
 * printer_group() - print a heading about @group, and its devices.
 * @what: the words before its number
 * @label: and @value end the heading, unless @value is NULL
 */
void printer_group(const struct printer *p, const char *what, const struct group *group,
		   const char *label, const char *value);

/** printer_color() - colour of a part of the IOVA space. */
const char *printer_color(const struct printer *p, enum iova_use use);

/**
 * printer_part() - print a line about a part of the IOVA space of @group, with its reason.
 * @allowed: the allowed ranges, empty if not known
 * @window: the window of a probe, which is marked; or NULL
 */
void printer_part(const struct printer *p, const struct group *group, const struct ranges *allowed,
		  const struct iova_part *part, const struct range *window);

/** printer_usable() - colour of an answer about addresses. */
const char *printer_usable(const struct printer *p, enum usable usable);

/** printer_failure() - print why a live test ended, behind @what and @gap; nothing if it did not. */
void printer_failure(const struct printer *p, const char *gap, const char *what,
		     const struct failure *failure);

/** printer_readiness() - colour of a verdict. */
const char *printer_readiness(const struct printer *p, enum readiness readiness);

/** printer_findings() - print findings with their fixes; OK ones only if verbose. */
void printer_findings(const struct printer *p, const struct findings *findings);

#endif
