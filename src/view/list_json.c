/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of devices as JSON, in the form that libsmartcols gives it.
 *
 * libsmartcols keeps all cells of all lines before it prints the first, which took half of the
 * time and memory of a long list, so this file prints without it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "view/list.h"

#define INDENT "   "

/**
 * struct printer - where a list is printed, and how.
 * @keys: names of the columns as JSON keys, "\"group\": "
 */
struct printer {
	FILE *out;
	const struct list_options *options;
	char **keys;
};

static void print_indent(FILE *out, unsigned int depth)
{
	static const char deepest[] = INDENT INDENT INDENT INDENT INDENT;

	fwrite(deepest, strlen(INDENT), depth, out);
}

/* Cells are clean UTF-8: only these two would end a string or begin something else in it. */
static void print_string(FILE *out, const char *text)
{
	putc('"', out);
	for (;;) {
		size_t len = strcspn(text, "\"\\");

		fwrite(text, 1, len, out);
		text += len;
		if (!*text)
			break;
		putc('\\', out);
		putc(*text++, out);
	}
	putc('"', out);
}

static void print_value(FILE *out, const struct list_column *column, const struct group *group,
			const struct device *device)
{
	_cleanup_free_ char *cell = column->value(group, device);

	if (!cell || !*cell)
		fputs("null", out);
	else if (column->is_number)
		fputs(cell, out);
	else
		print_string(out, cell);
}

/* The object of @device, or of @group where it is NULL, without its end. */
static void print_object(const struct printer *printer, unsigned int depth, bool is_first,
			 const struct group *group, const struct device *device)
{
	if (is_first)
		print_indent(printer->out, depth);
	else
		putc(',', printer->out);
	fputs("{\n", printer->out);
	for (size_t i = 0; i < printer->options->n_columns; i++) {
		if (i)
			fputs(",\n", printer->out);
		print_indent(printer->out, depth + 1);
		fputs(printer->keys[i], printer->out);
		print_value(printer->out, printer->options->columns[i], group, device);
	}
}

static void end_object(const struct printer *printer, unsigned int depth)
{
	putc('\n', printer->out);
	print_indent(printer->out, depth);
	putc('}', printer->out);
}

static void print_devices(const struct printer *printer, unsigned int depth, bool is_first,
			  const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		print_object(printer, depth, is_first && i == 0, group, group->devices[i]);
		end_object(printer, depth);
	}
}

/* @group as an object, and its devices in it. */
static void print_family(const struct printer *printer, unsigned int depth, bool is_first,
			 const struct group *group)
{
	print_object(printer, depth, is_first, group, NULL);
	if (group->n_devices) {
		fputs(",\n", printer->out);
		print_indent(printer->out, depth + 1);
		fputs("\"children\": [\n", printer->out);
		print_devices(printer, depth + 2, true, group);
		putc('\n', printer->out);
		print_indent(printer->out, depth + 1);
		putc(']', printer->out);
	}
	end_object(printer, depth);
}

/* The keys are formatted once, since each line prints them again. */
static char **make_keys(const struct list_options *options)
{
	char **keys = xcalloc(options->n_columns, sizeof(*keys));

	for (size_t i = 0; i < options->n_columns; i++) {
		keys[i] = xasprintf("\"%s\": ", options->columns[i]->name);
		for (char *c = keys[i]; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	}
	return keys;
}

static void free_keys(char **keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(keys[i]);
	free(keys);
}

int list_print_json(FILE *out, struct group *const *groups, size_t n_groups,
		    struct device *const *devices, size_t n_devices,
		    const struct list_options *options)
{
	struct printer printer = { .out = out, .options = options, .keys = make_keys(options) };
	const unsigned int depth = 2;
	bool is_first = true;

	fputs("{\n" INDENT "\"devices\": [\n", out);
	for (size_t i = 0; i < n_groups; i++) {
		if (options->tree)
			print_family(&printer, depth, is_first, groups[i]);
		else
			print_devices(&printer, depth, is_first, groups[i]);
		is_first = is_first && !options->tree && !groups[i]->n_devices;
	}
	for (size_t i = 0; i < n_devices; i++) {
		print_object(&printer, depth, is_first, NULL, devices[i]);
		end_object(&printer, depth);
		is_first = false;
	}
	fputs("\n" INDENT "]\n}\n", out);
	free_keys(printer.keys, options->n_columns);
	return ferror(out) ? -EIO : 0;
}
