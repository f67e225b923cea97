/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag list: list devices by IOMMU group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/exit.h"
#include "cli/cli.h"
#include "cli/worker.h"
#include "view/list.h"

struct list_arguments {
	struct options common;
	struct list_options list;
	struct subjects subjects;
};

enum { KEY_TREE = 0x200 };

static const struct argp_option list_argp_options[] = {
	{ "output", 'o', "COLUMNS", 0,
	  "Print these columns (comma-separated); +COLUMNS adds to the default ones", 1 },
	{ "tree", 't', NULL, 0, "Print groups with their devices below them", 1 },
	{ "json", 'J', NULL, 0, "Print JSON", 1 },
	{ "raw", 'r', NULL, 0, "Print unaligned columns, separated by one space", 1 },
	{ "noheadings", 'n', NULL, 0, "Do not print the header line", 1 },
	{ 0 },
};

static void parse_columns(struct list_options *list, const char *words)
{
	if (*words == '+') {
		if (!list->n_columns)
			parse_columns(list, LIST_DEFAULT_COLUMNS);
		words++;
	} else {
		list->n_columns = 0;
	}
	for (;;) {
		size_t len = strcspn(words, ",");
		const struct fact *column = list_column_find(words, len);

		if (!column)
			bad_usage("unknown column '%.*s' (see 'vfiodiag list --help')", (int)len,
				  words);
		APPEND(list->columns, list->n_columns, column);
		if (!words[len])
			return;
		words += len + 1;
	}
}

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
	struct list_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case 'o':
		parse_columns(&arguments->list, arg);
		return 0;
	case 't':
		arguments->list.tree = true;
		return 0;
	case 'J':
		arguments->list.style = LIST_JSON;
		return 0;
	case 'r':
		arguments->list.style = LIST_RAW;
		return 0;
	case 'n':
		arguments->list.no_headings = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool has_column(const struct list_options *list, const struct fact *column)
{
	for (size_t i = 0; i < list->n_columns; i++) {
		if (list->columns[i] == column)
			return true;
	}
	return false;
}

/* Append the columns to the options in --help, from their table. */
static char *list_help(int key, const char *text, void *input)
{
	struct list_options defaults = { 0 };
	const struct fact *column;
	char *help;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	parse_columns(&defaults, LIST_DEFAULT_COLUMNS);
	help = xstrdup("Columns (* marks the default ones):\n");
	for (size_t i = 0; (column = list_column_at(i)); i++) {
		char *longer = xasprintf("%s %c %-9s %s\n", help,
					 has_column(&defaults, column) ? '*' : ' ', column->column,
					 column->meaning);

		free(help);
		help = longer;
	}
	free(defaults.columns);
	return help;
}

static const struct argp_child list_children[] = { { &common_argp, 0, NULL, 0 },
						   { &subject_argp, 0, NULL, 0 },
						   { 0 } };

static const struct argp list_argp = {
	.options = list_argp_options,
	.parser = parse_list,
	.args_doc = "[SUBJECT...]",
	.doc = "List devices by IOMMU group. SUBJECT is a group number, a PCI address or a network "
	       "interface.\v",
	.children = list_children,
	.help_filter = list_help,
};

/* Return the details that the columns need. */
static unsigned int wanted_details(const struct list_options *list)
{
	unsigned int details = 0;

	for (size_t i = 0; i < list->n_columns; i++)
		details |= list->columns[i]->cost;
	return details;
}

/* Without a SUBJECT, all groups and devices are listed. */
static void select_all(const struct host *host, struct selection *selection)
{
	for (size_t i = 0; i < host->n_groups; i++)
		APPEND(selection->groups, selection->n_groups, host->groups[i]);
	for (size_t i = 0; i < host->n_devices; i++) {
		if (!host->devices[i]->group)
			APPEND(selection->devices, selection->n_devices, host->devices[i]);
	}
}

/* Print what the table cannot show: that there is no IOMMU, and what could not be read. */
static void print_notes(const struct host *host, const struct options *options)
{
	if (options->quiet)
		return;
	complain_no_iommu(host);
	for (size_t i = 0; i < host->n_unread; i++)
		complain("cannot read %s: %s", host->unread[i].path,
			 error_text(host->unread[i].error));
}

/* A list may be long: write as much at a time as a pipe holds. */
static void write_in_blocks(void)
{
	static char block[65536];

	if (!cli_is_terminal() && !worker_is_here())
		setvbuf(stdout, block, _IOFBF, sizeof(block));
}

static int list_host(void *context)
{
	struct list_arguments *arguments = context;
	struct selection selection = { 0 };
	struct source *source = cli_open(&arguments->common);
	unsigned int details = wanted_details(&arguments->list);
	struct host *host = cli_scan_with(source, details, false);
	int ret;

	if (details & HOST_OVERRIDES)
		scan_overrides(source, host);
	cli_select(source, host, &arguments->subjects, &selection);
	if (!arguments->subjects.n_words)
		select_all(host, &selection);
	cli_limit_printing(&arguments->common);
	print_notes(host, &arguments->common);
	write_in_blocks();
	ret = list_print(stdout, selection.groups, selection.n_groups, selection.devices,
			 selection.n_devices, &arguments->list);
	if (ret < 0 && !ferror(stdout))
		complain("cannot print the list: %s", strerror(-ret));
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, cli_flush(ret < 0 ? EXIT_UNMEASURED : EXIT_OBSERVED));
}

static int run_list(int argc, char **argv, const struct options *options)
{
	struct list_arguments arguments = { .common = *options };
	int status;

	cli_parse(&list_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.list.n_columns)
		parse_columns(&arguments.list, LIST_DEFAULT_COLUMNS);
	status = worker_answer(&arguments.common, list_host, &arguments);
	free(arguments.list.columns);
	return status;
}

const struct command command_list = {
	.name = "list",
	.summary = "list devices by IOMMU group",
	.needs = PRIVILEGE_READ,
	.run = run_list,
};
