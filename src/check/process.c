/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about this process: what it was not allowed to see. */
#include "check/check.h"

#include <errno.h>
#include <string.h>

static void run_not_read(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	for (size_t i = 0; i < host->n_unread; i++)
		found(checker, SEVERITY_UNMEASURED, "host",
		      host->unread[i].error == EACCES || host->unread[i].error == EPERM
			      ? "run as root"
			      : NULL,
		      "%s could not be read: %s", host->unread[i].path,
		      strerror(host->unread[i].error));
}

static const struct check checks[] = {
	{ "not-read", "Something could not be read",
	  "A fact that is not known is neither good nor bad. What stands on it is not decided.\n",
	  run_not_read },
};

const struct check_family check_family_process = {
	.name = "this process",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
