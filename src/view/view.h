/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_VIEW_H
#define VFIODIAG_VIEW_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "model/report.h"

/* Views print what they are given and decide nothing. */

/**
 * struct row - one capture of many, and its result.
 * @capture: its name
 * @report: NULL where it could not be read
 * @problem: reason, one sentence; else NULL
 */
struct row {
	const char *capture;
	const struct report *report;
	const char *problem;
};

/**
 * struct report_format - one way to print a report.
 * @description: a few words, for --help
 * @needs_verdict: shows the verdict of a check, which no other command has
 * @always_success: its readers require exit status 0 whatever the verdict is
 * @has_expiry: states when it expires
 * @unused: bits of enum host_detail that are not shown and need not be read
 * @heading: heading of the rows; NULL for none
 * @write_row: one line about one of many, which may have no report; NULL where the format is about
 *	one host. Return: as @write
 * @write: Return: 0, or a negative errno of @out
 */
struct report_format {
	const char *name;
	const char *description;
	bool needs_verdict;
	bool always_success;
	bool has_expiry;
	unsigned int unused;
	const char *heading;
	int (*write_row)(FILE *out, const struct row *row, const struct view_options *options);
	int (*write)(FILE *out, const struct report *report, const struct view_options *options);
};

extern const struct report_format report_format_facts;
extern const struct report_format report_format_json;
extern const struct report_format report_format_jsonl;
extern const struct report_format report_format_nagios;
extern const struct report_format report_format_nfd;
extern const struct report_format report_format_prometheus;
extern const struct report_format report_format_text;

/** report_formats - all formats, ended by NULL. */
extern const struct report_format *const report_formats[];

/** report_format_find() - look up the format @name. Return: NULL if there is none. */
const struct report_format *report_format_find(const char *name);

#endif
