/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_LIST_H
#define VFIODIAG_VIEW_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "model/fact.h"

/** enum list_style - how a list is printed. */
enum list_style {
	LIST_TABLE,
	LIST_RAW,
	LIST_JSON,
};

/* Columns are the facts of groups and devices that name one. */

#define LIST_DEFAULT_COLUMNS "GROUP,ADDRESS,DRIVER,STATE,VFIO,REGIONS,NAME"

/** list_column_at() - return the column number @index, from 0. NULL: there are no more. */
const struct fact *list_column_at(size_t index);

/** list_column_find() - look up the column @name in any case. Return: NULL if there is none. */
const struct fact *list_column_find(const char *name, size_t len);

/**
 * struct list_options - content and style of a list.
 * @columns: in this order
 * @tree: each group as a parent of its devices
 * @are_defaults: the columns are the default ones, perhaps with others
 * @color: colour the states
 * @heading: a line above the table; NULL for none
 */
struct list_options {
	const struct fact **columns;
	size_t n_columns;
	enum list_style style;
	bool tree;
	bool no_headings;
	bool are_defaults;
	bool color;
	const char *heading;
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

#endif
