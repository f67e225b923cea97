/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_HTML_HTML_H
#define VFIODIAG_VIEW_HTML_HTML_H

#include <stdio.h>

#include "model/report.h"

/**
 * struct html_host - one host of a page.
 * @label: source: a path, or "this host"
 * @recorded: time of the capture, or NULL
 */
struct html_host {
	const char *label;
	const char *recorded;
	const struct report *report;
};

/**
 * html_write() - print one page about one or more hosts.
 *
 * The page is self-contained: no script, nothing that is fetched. Return: 0, or a negative errno of
 * @out.
 */
int html_write(FILE *out, const struct html_host *hosts, size_t n_hosts);

/* html_space.c */

/** html_text() - print @text with markup escaped. NULL prints nothing. */
void html_text(FILE *out, const char *text);

/** html_within() - print @text with markup escaped, between @before and @after, which have markup. */
void html_within(FILE *out, const char *before, const char *text, const char *after);

/** html_space() - draw the IOVA space of a group. @probe: its test, or NULL. */
void html_space(FILE *out, const struct group *group, const struct probe *probe);

/** html_space_patterns() - print the patterns of all drawings; once per page, before the first. */
void html_space_patterns(FILE *out);

/** html_space_legend() - explain the patterns. */
void html_space_legend(FILE *out);

#endif
