/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_CAPTURES_H
#define VFIODIAG_CLI_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct captures - names of captures on the command line, in order.
 * @is_listed: of each, whether it is none that was named, but found in a folder
 * @several: more than one may be there: two were named, or a folder of captures
 */
struct captures {
	char **paths;
	bool *is_listed;
	size_t count;
	bool several;
};

/**
 * captures_add() - append @path; where it is a folder of captures, those that are in it, by name.
 *
 * Ends the program where there is no capture in such a folder.
 */
void captures_add(struct captures *captures, const char *path);

/** captures_name() - append @path, which is one capture. */
void captures_name(struct captures *captures, const char *path);

/** captures_clear() - free the names. */
void captures_clear(struct captures *captures);

#endif
