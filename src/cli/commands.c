/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/cli.h"

/* One a line, so that two new ones don't meet in a line. */
/* clang-format off */
const struct command *const commands[] = {
	&command_list,
	&command_check,
	&command_probe,
	&command_iova,
	&command_fits,
	&command_bench,
	&command_mappings,
	&command_watch,
	&command_collect,
	&command_diff,
	&command_report,
	&command_explain,
	&command_help,
	&command_version,
	NULL,
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (const struct command *const *command = commands; *command; command++) {
		if (strcmp((*command)->name, name) == 0)
			return *command;
	}
	unknown_word(KNOWN_COMMANDS, "command", name, "");
}
