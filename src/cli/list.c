/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag list: list devices by IOMMU group. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/exit.h"
#include "cli/cli.h"
#include "view/view.h"

static void use_default_columns(struct list_options *list)
{
	for (size_t i = 0; i < list_n_columns; i++) {
		if (list_columns[i].is_default)
			APPEND(list->columns, list->n_columns, &list_columns[i]);
	}
}

static void set_columns(void *arguments, const char *words)
{
	struct list_options *list = arguments;

	if (*words == '+') {
		if (!list->n_columns)
			use_default_columns(list);
		words++;
	} else {
		list->n_columns = 0;
	}
	for (;;) {
		size_t len = strcspn(words, ",");
		const struct list_column *column = list_column_find(words, len);

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

	(void)word;
	list->n_columns = 0;
	for (size_t i = 0; i < list_n_columns; i++)
		APPEND(list->columns, list->n_columns, &list_columns[i]);
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

	for (size_t i = 0; i < list_n_columns; i++)
		xappend(&help, " %c %-9s %s\n", list_columns[i].is_default ? '*' : ' ',
			list_columns[i].name, list_columns[i].help);
	return help;
}

static bool has_column(const struct list_options *list, const char *name)
{
	for (size_t i = 0; i < list->n_columns; i++) {
		if (strcmp(list->columns[i]->name, name) == 0)
			return true;
	}
	return false;
}

/* Return the details that the columns need. */
static unsigned int wanted_details(const void *arguments)
{
	const struct list_options *list = arguments;
	unsigned int details = 0;

	for (size_t i = 0; i < list->n_columns; i++)
		details |= list->columns[i]->details;
	return details;
}

static void check_list(void *arguments, const struct options *options)
{
	struct list_options *list = arguments;

	if (!list->n_columns)
		use_default_columns(list);
	list->style = options->format->list_style;
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

static int read_overrides(struct context *context)
{
	if (has_column(context->arguments, "OVERRIDE"))
		scan_overrides(context->source, context->host);
	return EXIT_OBSERVED;
}

/* Print what the table cannot show: that there is no IOMMU, and what could not be read. */
static void print_notes(const struct host *host)
{
	complain_no_iommu(host);
	for (size_t i = 0; i < host->n_unread; i++)
		complain("cannot read %s: %s", host->unread[i].path,
			 error_text(host->unread[i].error));
}

static int print_list(struct context *context)
{
	const struct selection *selection = &context->selection;

	if (!context->options->quiet)
		print_notes(context->host);
	return list_print(context->out, selection->groups, selection->n_groups, selection->devices,
			  selection->n_devices, context->arguments);
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
	.takes = TAKES_HOST | TAKES_QUIET | TAKES_ALL,
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
	.work = read_overrides,
	.print = print_list,
	.clear = clear_list,
};
