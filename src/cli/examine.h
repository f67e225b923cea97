/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_EXAMINE_H
#define VFIODIAG_CLI_EXAMINE_H

#include "cli/cli.h"
#include "model/report.h"

/**
 * struct examination - a host, and what was found.
 * @label: where it came from
 * @recorded: when, as the capture says; NULL for what is read now
 */
struct examination {
	char *label;
	char *recorded;
	struct host *host;
	struct report report;
};

/**
 * examine() - read and judge one host.
 * @path: a capture, whose probes are replayed too; NULL for the source of @options,
 *	by default this host
 * @input: the capture, open; NULL without one
 *
 * The groups are those that 'check' selects.
 * Return: 0; EXIT_UNMEASURED after a message if it could not be read, and then @examination is
 * empty.
 */
int examine(const struct options *options, const char *path, struct capture_input *input,
	    struct examination *examination);

/** examination_clear() - free the members of @examination. */
void examination_clear(struct examination *examination);

#endif
