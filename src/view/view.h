/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_VIEW_H
#define VFIODIAG_VIEW_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "model/report.h"

/* Views print what they are given and decide nothing. */

/**
 * struct row - one capture of many, and what came of it.
 * @capture: its name
 * @report: NULL where it could not be read
 * @problem: why, one sentence; else NULL
 */
struct row {
	const char *capture;
	const struct report *report;
	const char *problem;
};

/**
 * struct report_format - one way to print a report.
 * @description: a few words, for --help
 * @needs_verdict: it tells what a check came to, which no other command has
 * @always_success: who reads it wants exit status 0 whatever it says
 * @has_expiry: it says until when it is true
 * @unused: of enum host_detail what it does not show, so that it need not be read
 * @heading: what stands above rows; NULL for nothing
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

/** report_formats - all of them, ended by NULL. */
extern const struct report_format *const report_formats[];

/** report_format_find() - the format called @name, or NULL. */
const struct report_format *report_format_find(const char *name);

#endif
