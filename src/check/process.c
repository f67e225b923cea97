/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about this process: what it was not allowed to see. */
#include "check/check.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"

static void run_not_read(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	for (size_t i = 0; i < host->n_unread; i++)
		found(checker, SEVERITY_UNMEASURED, "host",
		      host->unread[i].error == EACCES || host->unread[i].error == EPERM
			      ? "run as root"
			      : NULL,
		      "%s could not be read: %s", host->unread[i].path,
		      error_text(host->unread[i].error));
}

/* What a capability lets the checks and the live test see. */
static const struct {
	unsigned int capability;
	const char *name;
	const char *shows;
} rights[] = {
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "which process holds a group" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN",
	  "configuration space of devices beyond 64 bytes and, in a live test, page frames" },
	{ CAP_PERFMON, "CAP_PERFMON", "in a live test, tracepoints" },
};

#define N_RIGHTS (sizeof(rights) / sizeof(*rights))

/* CAP_SYS_ADMIN is as good as CAP_PERFMON, which is new in 5.8 (perfmon_capable()). */
static bool has_right(const struct account *caller, size_t right)
{
	return account_has(caller, rights[right].capability) ||
	       (rights[right].capability == CAP_PERFMON && account_has(caller, CAP_SYS_ADMIN));
}

static void append(char **text, const char *separator, const char *word)
{
	char *longer = xasprintf("%s%s%s", *text ? *text : "", *text ? separator : "", word);

	free(*text);
	*text = longer;
}

static void run_unprivileged(const struct check_input *input, struct checker *checker)
{
	const struct account *caller = &input->host->caller;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *unseen = NULL;

	if (caller->error || !caller->whom)
		return;
	for (size_t i = 0; i < N_RIGHTS; i++) {
		if (has_right(caller, i))
			continue;
		append(&names, ", ", rights[i].name);
		append(&unseen, "; ", rights[i].shows);
	}
	if (names)
		found(checker, SEVERITY_NOTE, caller->whom,
		      "run as root to see all; a container's root has not all rights of root",
		      "it has uid %u and lacks %s. Not seen: %s", caller->uid, names, unseen);
	else
		found(checker, SEVERITY_OK, caller->whom, NULL,
		      "it has uid %u and the rights that all checks want", caller->uid);
}

static const struct check checks[] = {
	{ "not-read", "Something could not be read",
	  "A fact that is not known is neither good nor bad. What stands on it is not decided.\n",
	  run_not_read },
	{ "unprivileged", "This process may not see everything",
	  "Most of what the checks look at can be read by every user. Some of it is for root, or\n"
	  "for processes with a capability, alone. What was not seen is not taken for good: a\n"
	  "finding that rests on it is missing or could not be measured.\n",
	  run_unprivileged },
};

const struct check_family check_family_process = {
	.name = "this process",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
