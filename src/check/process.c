/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about this process: facts that it was not allowed to read. */
#include "check/check.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"

static void run_not_read(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	for (size_t i = 0; i < host->n_unread; i++)
		found(checker, SEVERITY_UNMEASURED, "host",
		      host->unread[i].error == EACCES || host->unread[i].error == EPERM
			      ? "run as root"
			      : NULL,
		      "cannot read %s: %s", host->unread[i].path,
		      error_text(host->unread[i].error));
}

/*
 * Facts that the checks and the live test can read only with a capability.
 * Kernel: fs/proc/base.c, call_proc_get_link(); drivers/pci/pci-sysfs.c, pci_read_config();
 *   fs/proc/task_mmu.c, pagemap_open(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: include/linux/capability.h, perfmon_capable(): 5.10, 6.1, 6.12, 7.3.
 */
static const struct {
	unsigned int capability;
	const char *name;
	const char *shows;
} rights[] = {
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "processes that use a group" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN",
	  "configuration space of devices beyond 64 bytes and, in a live test, page frames" },
	{ CAP_PERFMON, "CAP_PERFMON", "in a live test, tracepoints" },
};

static void run_unprivileged(const struct check_input *input, struct checker *checker)
{
	const struct account *caller = &input->host->caller;
	bool is_unknown = caller->error || !caller->whom;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *unseen = NULL;
	_cleanup_free_ char *user = NULL;

	for (size_t i = 0; !is_unknown && i < COUNT(rights); i++) {
		bool is_perfmon = rights[i].capability == CAP_PERFMON;

		/* CAP_SYS_ADMIN is as good as CAP_PERFMON. */
		if (account_has(caller, rights[i].capability) ||
		    (is_perfmon && account_has(caller, CAP_SYS_ADMIN)))
			continue;
		xappend(&names, "%s%s", names ? ", " : "", rights[i].name);
		xappend(&unseen, "%s%s", unseen ? "; " : "", rights[i].shows);
	}
	if (is_unknown)
		return;
	user = caller->uid ? xasprintf("uid %u", caller->uid) : xstrdup("root");
	if (names)
		found(checker, SEVERITY_NOTE, caller->whom,
		      "run as root; root inside a container may lack capabilities",
		      "running as %s without %s; not seen: %s", user, names, unseen);
	else
		found(checker, SEVERITY_OK, caller->whom, NULL,
		      "running as %s with all required capabilities", user);
}

static const struct check checks[] = {
	/* Kernel: none, about this run. */
	{ "not-read", "A fact could not be read",
	  "A fact that is not known is neither good nor bad. Checks that depend on it give\n"
	  "no verdict.\n",
	  .run = run_not_read },
	{ "unprivileged", "This process may not see everything",
	  "Every user can read most of the facts that the checks use. Some require root, or\n"
	  "a capability. A fact that was not read never counts as good: a finding that\n"
	  "depends on it is missing or not measured.\n",
	  .run = run_unprivileged },
};

const struct check_family check_family_process = {
	.name = "this process",
	.checks = checks,
	.n_checks = COUNT(checks),
};
