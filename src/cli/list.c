/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag list: list devices by IOMMU group. */
#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "cli/cli.h"
#include "view/view.h"
#include "view/words.h"

static bool has_column(const struct list_options *list, const struct fact *column)
{
	for (size_t i = 0; i < list->n_columns; i++) {
		if (list->columns[i] == column)
			return true;
	}
	return false;
}

static void set_columns(void *arguments, const char *words)
{
	struct list_options *list = arguments;

	if (*words == '+') {
		if (!list->n_columns)
			set_columns(list, LIST_DEFAULT_COLUMNS);
		words++;
	} else {
		list->n_columns = 0;
		list->are_defaults = strcmp(words, LIST_DEFAULT_COLUMNS) == 0;
	}
	for (;;) {
		size_t len = strcspn(words, ",");
		const struct fact *column = list_column_find(words, len);

		if (!column)
			unknown_word(KNOWN_COLUMNS, "column", xstrndup(words, len), "");
		APPEND(list->columns, list->n_columns, column);
		if (!words[len])
			return;
		words += len + 1;
	}
}

static void set_all_columns(void *arguments, const char *word)
{
	struct list_options *list = arguments;
	const struct fact *column;

	(void)word;
	list->n_columns = 0;
	list->are_defaults = false;
	while ((column = list_column_at(list->n_columns)))
		APPEND(list->columns, list->n_columns, column);
}

static const struct cli_option list_option[] = {
	{ "output", 'o', "COLUMNS",
	  "Print these columns (comma-separated); +COLUMNS adds to the default ones", 1,
	  .set = set_columns },
	{ "output-all", 'O', NULL, "Print all columns", 1, .set = set_all_columns },
	{ "tree", 't', NULL, "Print groups with their devices below them", 1,
	  .member = offsetof(struct list_options, tree) },
	{ "noheadings", 'n', NULL, "Do not print the header line", 1,
	  .member = offsetof(struct list_options, no_headings) },
	{ 0 },
};

/* The columns, from their table. */
static char *list_help(void)
{
	char *help = xstrdup("Columns (* marks the default ones):\n");
	struct list_options defaults = { 0 };
	const struct fact *column;

	set_columns(&defaults, LIST_DEFAULT_COLUMNS);
	for (size_t i = 0; (column = list_column_at(i)); i++)
		xappend(&help, " %c %-9s %s\n", has_column(&defaults, column) ? '*' : ' ',
			column->column, column->meaning);
	free(defaults.columns);
	return help;
}

/* Return the details that the columns need. */
static unsigned int wanted_details(const void *arguments)
{
	const struct list_options *list = arguments;
	unsigned int details = 0;

	for (size_t i = 0; i < list->n_columns; i++)
		details |= list->columns[i]->cost;
	return details;
}

static void check_list(void *arguments, const struct options *options)
{
	const struct fact *reason = list_column_find("REASON", strlen("REASON"));
	struct list_options *list = arguments;

	if (!list->n_columns)
		set_columns(list, LIST_DEFAULT_COLUMNS);
	list->style = options->format->list_style;
	/* Too long for a table, and what a program asks next. */
	if (list->are_defaults && list->style == LIST_JSON && !has_column(list, reason))
		APPEND(list->columns, list->n_columns, reason);
}

/* Without a SUBJECT, all groups and devices are listed. */
static void select_all(struct context *context)
{
	const struct host *host = context->host;
	struct selection *selection = &context->selection;

	for (size_t i = 0; i < host->n_groups; i++)
		APPEND(selection->groups, selection->n_groups, host->groups[i]);
	for (size_t i = 0; i < host->n_devices; i++) {
		if (!host->devices[i]->group)
			APPEND(selection->devices, selection->n_devices, host->devices[i]);
	}
}

static int read_costly(struct context *context)
{
	if (wanted_details(context->arguments) & HOST_OVERRIDES)
		scan_overrides(context->source, context->host);
	if (wanted_details(context->arguments) & HOST_USABLE)
		scan_usable(context->source, context->host, context->host->groups,
			    context->host->n_groups);
	return EXIT_OBSERVED;
}

static int print_list(struct context *context)
{
	const struct selection *selection = &context->selection;
	struct list_options *list = context->arguments;
	const struct host *host = context->host;
	bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	_cleanup_free_ char *heading = NULL;

	/* The table cannot show that there is no IOMMU, nor what could not be read. */
	if (!context->options->quiet)
		complain_no_iommu(host);
	for (size_t i = 0; !context->options->quiet && i < host->n_unread; i++)
		complain("cannot read %s: %s", host->unread[i].path,
			 error_text(host->unread[i].error));
	/* For people: a pipe gets the table alone, which programs parse. */
	if (cli_is_terminal() && list->style == LIST_TABLE && !list->no_headings &&
	    wanted_details(list) & HOST_STATES)
		heading = words_summary(host, is_utf8 ? "\xc2\xb7" : "-");
	list->color = context->view.color;
	list->heading = heading;
	return list_print(context->out, selection->groups, selection->n_groups, selection->devices,
			  selection->n_devices, list);
}

static void clear_list(void *arguments)
{
	free(((struct list_options *)arguments)->columns);
}

const struct command command_list = {
	.name = "list",
	.summary = "list devices by IOMMU group",
	.usage = "[SUBJECT...]",
	.doc = "List devices by IOMMU group.",
	.statuses = "0 listed, 3 could not be read",
	.help = list_help,
	.options = list_option,
	.takes = TAKES_HOST | TAKES_COLOR | TAKES_QUIET | TAKES_ALL,
	.operand = OPERAND_SUBJECT,
	.max = INT_MAX,
	.formats = { &format_text, &format_json, &format_raw },
	.reads = READS_HOST,
	.tells_unread = true,
	.needs = PRIVILEGE_READ,
	.size = sizeof(struct list_options),
	.check = check_list,
	.details = wanted_details,
	.select = select_all,
	.work = read_costly,
	.print = print_list,
	.clear = clear_list,
};
