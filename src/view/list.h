/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_LIST_H
#define VFIODIAG_VIEW_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "model/host.h"

/** enum list_style - how a list is printed. */
enum list_style {
	LIST_TABLE,
	LIST_RAW,
	LIST_JSON,
};

/**
 * struct list_column - a column of the list.
 * @details: bits of enum host_detail that the column shows
 * @value: returns the cell for @device, or for @group alone if @device is NULL; NULL is empty. 
	Free it
 */
struct list_column {
	const char *name;
	const char *help;
	bool right;
	bool is_number;
	bool is_default;
	unsigned int details;
	char *(*value)(const struct group *group, const struct device *device);
};

/** list_columns - all columns, in their default order. */
extern const struct list_column list_columns[];
extern const size_t list_n_columns;

/** list_column_find() - look up the column @name in any case. Return: NULL if there is none. */
const struct list_column *list_column_find(const char *name, size_t len);

/**
 * struct list_options - content and style of a list.
 * @columns: in this order
 * @tree: each group as a parent of its devices
 */
struct list_options {
	const struct list_column **columns;
	size_t n_columns;
	enum list_style style;
	bool tree;
	bool no_headings;
};

/**
 * list_print() - print a list of devices.
 * @groups: groups whose devices are listed
 * @devices: devices without a group, listed after them
 *
 * Return: 0, or a negative errno.
 */
int list_print(FILE *out, struct group *const *groups, size_t n_groups,
	       struct device *const *devices, size_t n_devices, const struct list_options *options);

/** list_print_json() - print the list as JSON, whatever the style is. */
int list_print_json(FILE *out, struct group *const *groups, size_t n_groups,
		    struct device *const *devices, size_t n_devices,
		    const struct list_options *options);

#endif
