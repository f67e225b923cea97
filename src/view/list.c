/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of devices: as a table, by libsmartcols, and as JSON. */
#include "view/list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <libsmartcols.h>

#include "base/alloc.h"
#include "base/count.h"
#include "view/json/stream.h"

static const struct fact *const tables[] = { group_facts, device_facts };

const struct fact *list_column_at(size_t index)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		for (const struct fact *fact = tables[i]; fact->key; fact++) {
			if (fact->column && !index--)
				return fact;
		}
	}
	return NULL;
}

const struct fact *list_column_find(const char *name, size_t len)
{
	const struct fact *column;

	for (size_t i = 0; (column = list_column_at(i)); i++) {
		if (strlen(column->column) == len && strncasecmp(column->column, name, len) == 0)
			return column;
	}
	return NULL;
}

static bool is_address(const struct fact *column)
{
	return strcmp(column->column, "ADDRESS") == 0;
}

/** struct line - a line of the list. @device: NULL for the group alone, @group: NULL for none */
struct line {
	const struct group *group;
	const struct device *device;
};

/* The thing in @line that @column is about, or NULL. */
static const void *thing_of(const struct line *line, const struct fact *column)
{
	for (const struct fact *fact = group_facts; fact->key; fact++) {
		if (fact == column)
			return line->group;
	}
	return line->device;
}

static const char *cell(const struct line *line, const struct fact *column, struct fact_room *room)
{
	const void *thing = thing_of(line, column);

	if (thing)
		return fact_words(column, thing, room);
	if (!line->group || !is_address(column))
		return NULL;
	/* The address of a line without device, which is that of a group in a tree. */
	snprintf(room->text, sizeof(room->text), "group %u", line->group->id);
	return room->text;
}

/* As lsblk(8) and systemctl(1) do it: what is fine, what can be had, and what cannot. */
static void color_cell(struct libscols_line *added, size_t index, const struct line *line,
		       const struct fact *column)
{
	static const char *const colors[STATE_COUNT] = {
		[STATE_READY] = "\033[32m",
		[STATE_BOUND] = "\033[32m",
		[STATE_AVAILABLE] = "\033[33m",
		[STATE_BLOCKED] = "\033[31m",
	};
	const char *color = line->device ? colors[line->device->state] : NULL;

	if (color && strcmp(column->column, "STATE") == 0 &&
	    scols_cell_set_color(scols_line_get_cell(added, index), color) < 0)
		out_of_memory();
}

static struct libscols_line *add_line(struct libscols_table *table, struct libscols_line *parent,
				      const struct line *line, const struct list_options *options)
{
	struct libscols_line *added = scols_table_new_line(table, parent);
	struct fact_room room = { 0 };

	if (!added)
		out_of_memory();
	for (size_t i = 0; i < options->n_columns; i++) {
		const char *text = cell(line, options->columns[i], &room);

		if (text && scols_line_set_data(added, i, text) < 0)
			out_of_memory();
		if (options->color)
			color_cell(added, i, line, options->columns[i]);
	}
	fact_room_clear(&room);
	return added;
}

static void put_cells(struct stream *stream, const struct line *line,
		      const struct list_options *options)
{
	for (size_t i = 0; i < options->n_columns; i++) {
		const struct fact *column = options->columns[i];
		const void *thing = thing_of(line, column);

		if (thing)
			stream_fact(stream, column, thing);
		else
			stream_text(stream, column->key, cell(line, column, &stream->room));
	}
}

static void put_device(struct stream *stream, const struct line *line,
		       const struct list_options *options)
{
	stream_open(stream, NULL, '{');
	put_cells(stream, line, options);
	stream_close(stream, '}');
}

static int print_json(FILE *out, struct group *const *groups, size_t n_groups,
		      struct device *const *devices, size_t n_devices,
		      const struct list_options *options)
{
	struct stream stream = { .out = out, .is_empty = true };

	stream_open(&stream, NULL, '{');
	stream_open(&stream, "devices", '[');
	for (size_t g = 0; g < n_groups; g++) {
		struct line line = { .group = groups[g] };

		if (options->tree) {
			stream_open(&stream, NULL, '{');
			put_cells(&stream, &line, options);
			stream_open(&stream, "children", '[');
		}
		for (size_t i = 0; i < line.group->n_devices; i++) {
			line.device = line.group->devices[i];
			put_device(&stream, &line, options);
		}
		if (options->tree) {
			stream_close(&stream, ']');
			stream_close(&stream, '}');
		}
	}
	for (size_t i = 0; i < n_devices; i++)
		put_device(&stream, &(struct line){ NULL, devices[i] }, options);
	stream_close(&stream, ']');
	stream_close(&stream, '}');
	return stream_end(&stream);
}

int list_print(FILE *out, struct group *const *groups, size_t n_groups,
	       struct device *const *devices, size_t n_devices, const struct list_options *options)
{
	bool is_raw = options->style == LIST_RAW;
	struct libscols_table *table;
	int ret;

	if (options->style == LIST_JSON)
		return print_json(out, groups, n_groups, devices, n_devices, options);
	table = scols_new_table();
	if (!table)
		out_of_memory();
	if (options->heading)
		fprintf(out, "%s\n", options->heading);
	scols_table_set_stream(table, out);
	scols_table_enable_colors(table, options->color);
	scols_table_enable_raw(table, is_raw);
	scols_table_enable_noheadings(table, options->no_headings);
	/* On a narrow terminal lines wrap: a truncated cell would be a wrong fact. */
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < options->n_columns; i++) {
		const struct fact *column = options->columns[i];
		/* Raw lines are for programs, so they contain no tree characters. */
		bool is_tree = options->tree && !is_raw && is_address(column);
		int flags = (column->type == FACT_NUMBER ? SCOLS_FL_RIGHT : 0) |
			    (is_tree ? SCOLS_FL_TREE : 0);

		if (!scols_table_new_column(table, column->column, 0, flags))
			out_of_memory();
	}
	for (size_t g = 0; g < n_groups; g++) {
		struct line line = { .group = groups[g] };
		struct libscols_line *parent = options->tree ? add_line(table, NULL, &line, options)
							     : NULL;

		for (size_t i = 0; i < line.group->n_devices; i++) {
			line.device = line.group->devices[i];
			add_line(table, parent, &line, options);
		}
	}
	for (size_t i = 0; i < n_devices; i++)
		add_line(table, NULL, &(struct line){ NULL, devices[i] }, options);
	/* libsmartcols prints a cell empty if memory is short, and only errno reports it. */
	errno = 0;
	ret = scols_print_table(table);
	if (ret == -ENOMEM || errno == ENOMEM)
		out_of_memory();
	scols_unref_table(table);
	return ret < 0 ? ret : ferror(out) ? -EIO : 0;
}
