/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_HTML_H
#define VFIODIAG_VIEW_HTML_H

#include <stdio.h>

#include "model/report.h"

/**
 * struct html_host - one host of a page.
 * @label: where it came from: a path, or "this host"
 * @recorded: when, or NULL
 */
struct html_host {
	const char *label;
	const char *recorded;
	const struct report *report;
};

/**
 * html_write() - one page about one or more hosts.
 *
 * It holds all that it needs: no script, nothing that is fetched. Return: 0, or a negative errno of
 * @out.
 */
int html_write(FILE *out, const struct html_host *hosts, size_t n_hosts);

/* html_space.c */

/** html_text() - @text, so that nothing of it is markup. NULL is nothing. */
void html_text(FILE *out, const char *text);

/** html_space() - the IOVA space of a group as a drawing. @probe: its test, or NULL. */
void html_space(FILE *out, const struct group *group, const struct probe *probe);

/** html_space_patterns() - what the drawings of a page share; once, before the first. */
void html_space_patterns(FILE *out);

/** html_space_legend() - what the patterns mean. */
void html_space_legend(FILE *out);

#endif
