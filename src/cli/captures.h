/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_CAPTURES_H
#define VFIODIAG_CLI_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct captures - names of captures on the command line, in order.
 * @is_listed: of each, true if it was found in a directory, and not named
 * @several: more than one is possible: two were named, or a directory of captures
 */
struct captures {
	char **paths;
	bool *is_listed;
	size_t count;
	bool several;
};

/**
 * captures_add() - append @path or, if it is a directory of captures, those in it, sorted by name.
 *
 * Ends the program if there is no capture in such a directory.
 */
void captures_add(struct captures *captures, const char *path);

/** captures_name() - append @path, which is one capture. */
void captures_name(struct captures *captures, const char *path);

/** captures_clear() - free the names. */
void captures_clear(struct captures *captures);

#endif
