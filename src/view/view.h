/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_VIEW_H
#define VFIODIAG_VIEW_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "model/change.h"
#include "model/report.h"
#include "view/answer.h"
#include "view/diff.h"
#include "view/html/html.h"
#include "view/list.h"

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
 * struct format - one way to print, the only registry of them: each command names those that it has.
 * @description: a few words, for --help
 * @always_success: its readers require exit status 0 whatever the verdict is
 * @has_expiry: states when it expires
 * @unused: bits of enum host_detail that are not shown and need not be read
 * @heading: heading of the rows; NULL for none
 * @list_style: of a list
 * @write_report: a report; the other functions print what their names say, and are NULL where the
 *	format has no such thing. All return 0, or a negative errno of @out.
 * @write_row: one line about one of many, which may have no report; NULL where the format is about
 *	one host
 * @write_change: one change, one line
 * @write_hosts: hosts side by side
 */
struct format {
	const char *name;
	const char *description;
	bool always_success;
	bool has_expiry;
	unsigned int unused;
	const char *heading;
	enum list_style list_style;
	int (*write_report)(FILE *out, const struct report *report,
			    const struct view_options *options);
	int (*write_row)(FILE *out, const struct row *row, const struct view_options *options);
	int (*write_iova)(FILE *out, const struct iova_answer *answer,
			  const struct view_options *options);
	int (*write_fits)(FILE *out, const struct fits_answer *answer,
			  const struct view_options *options);
	int (*write_bench)(FILE *out, const struct bench_answer *answer,
			   const struct view_options *options);
	int (*write_mappings)(FILE *out, const struct mappings_answer *answer,
			      const struct view_options *options);
	int (*write_comparison)(FILE *out, const struct diff_side *before,
				const struct diff_side *after, const struct comparison *comparison,
				const struct view_options *options);
	int (*write_change)(FILE *out, const struct change *change,
			    const struct view_options *options);
	int (*write_hosts)(FILE *out, const struct html_host *hosts, size_t n_hosts);
};

extern const struct format format_text;
extern const struct format format_raw;
extern const struct format format_json;
extern const struct format format_jsonl;
extern const struct format format_nagios;
extern const struct format format_prometheus;
extern const struct format format_nfd;
extern const struct format format_facts;
extern const struct format format_html;

/** formats - all of them, ended by NULL. */
extern const struct format *const formats[];

/** write_report_text() and so on - print one thing in one format. */
int write_report_text(FILE *out, const struct report *report, const struct view_options *options);
int write_report_json(FILE *out, const struct report *report, const struct view_options *options);
int write_report_jsonl(FILE *out, const struct report *report, const struct view_options *options);
int write_report_nagios(FILE *out, const struct report *report, const struct view_options *options);
int write_report_prometheus(FILE *out, const struct report *report,
			    const struct view_options *options);
int write_report_nfd(FILE *out, const struct report *report, const struct view_options *options);
int write_report_facts(FILE *out, const struct report *report, const struct view_options *options);
int write_row_text(FILE *out, const struct row *row, const struct view_options *options);
int write_row_jsonl(FILE *out, const struct row *row, const struct view_options *options);

#endif
