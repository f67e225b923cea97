/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_HTML_HTML_H
#define VFIODIAG_VIEW_HTML_HTML_H

#include <stdbool.h>
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

/** html_fix() - print a fix: @hint, which may be NULL, and @count commands; nothing if there is neither. */
void html_fix(FILE *out, const char *hint, const struct fix_command *commands, size_t count);

/** html_style - the rules of the page. */
extern const char html_style[];

/* groups.c */

/** html_devices() - print a card for each group that has something to assign, and the rest in tables. */
void html_devices(FILE *out, const struct report *report);

/* mappings.c */

/** html_mappings() - draw the memory that is mapped for a group, by size of entry. */
void html_mappings(FILE *out, const struct mappings *mappings);

/* space.c */

/** html_text() - print @text with markup escaped. NULL prints nothing. */
void html_text(FILE *out, const char *text);

/** html_within() - print @text with markup escaped, between @before and @after, which have markup. */
void html_within(FILE *out, const char *before, const char *text, const char *after);

/**
 * html_spaces() - draw the IOVA spaces of the groups that have a card, each different one once.
 * @is_explained: the patterns have been explained on this page; set where this is done
 */
void html_spaces(FILE *out, const struct report *report, bool *is_explained);

/** html_space_patterns() - print the patterns of all drawings; once per page, before the first. */
void html_space_patterns(FILE *out);

#endif
