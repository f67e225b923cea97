/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag help, vfiodiag version: what --help and --version print, as commands. */
#include <stdio.h>

#include "base/exit.h"
#include "cli/cli.h"

static int help(struct context *context)
{
	const struct subjects *subjects = &context->options->subjects;

	arguments_help(subjects->n_words ? command_find(subjects->words[0]) : NULL);
	return EXIT_OBSERVED;
}

static int version(struct context *context)
{
	(void)context;
	puts(PACKAGE_STRING);
	return EXIT_OBSERVED;
}

const struct command command_help = {
	.name = "help",
	.summary = "print the help of a command",
	.usage = "[COMMAND]",
	.doc = "Print the help of COMMAND, or list all commands.",
	.statuses = "0 printed",
	.operand = OPERAND_WORD,
	.max = 1,
	.work = help,
};

const struct command command_version = {
	.name = "version",
	.summary = "print the version",
	.doc = "Print the version.",
	.statuses = "0 printed",
	.operand = OPERAND_WORD,
	.work = version,
};
