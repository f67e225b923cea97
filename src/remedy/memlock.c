/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/remedy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* Names of users and units that are safe in a shell without quotes. */
static bool is_plain(const char *name)
{
	return *name && *name != '-' &&
	       strspn(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "_.:@-") == strlen(name);
}

/* Limits are set in KiB, whole ones. */
static uint64_t in_kib(uint64_t bytes)
{
	return bytes / 1024 + (bytes % 1024 != 0);
}

static void add_unit(struct finding *finding, const char *unit, uint64_t kib)
{
	_cleanup_free_ char *restarts = xasprintf("restarts %s: what it runs stops", unit);

	finding_command(finding, "makes the directory for settings of the unit",
			xasprintf("sudo mkdir -p /etc/systemd/system/%s.d", unit));
	finding_command(finding, "sets the limit of the unit",
			xasprintf("printf '[Service]\\nLimitMEMLOCK=%" PRIu64
				  "K\\n' | sudo tee /etc/systemd/system/%s.d/memlock.conf",
				  kib, unit));
	finding_command(finding, "reads the units again", xstrdup("sudo systemctl daemon-reload"));
	finding_command(finding, restarts, xasprintf("sudo systemctl restart %s", unit));
}

/* Kernel: none, settings of systemd, pam_limits and util-linux. */
void remedy_memlock(struct finding *finding, const struct memlock *memlock, uint64_t bytes)
{
	uint64_t kib = in_kib(bytes);

	if (memlock->kind == MEMLOCK_UNIT && is_plain(memlock->name))
		add_unit(finding, memlock->name, kib);
	else if (memlock->kind == MEMLOCK_USER && is_plain(memlock->name))
		finding_command(finding, "sets the limit of the user, from the next session on",
				xasprintf("echo '%s - memlock %" PRIu64
					  "' | sudo tee /etc/security/limits.d/zz-vfio-%s.conf",
					  memlock->name, kib, memlock->name));
	else if (memlock->kind == MEMLOCK_PROCESS)
		finding_command(finding, "raises the limit of this shell",
				xasprintf("sudo prlimit --pid $$ --memlock=%" PRIu64, kib * 1024));
}

/* Kernel: none, settings of systemd and pam_limits. */
char *remedy_memlock_words(const struct memlock *memlock, uint64_t bytes)
{
	bool is_named = memlock->name && is_plain(memlock->name);

	switch (memlock->kind) {
	case MEMLOCK_UNIT:
		return is_named ? xasprintf("raise the limit of %s; the restart stops what it runs",
					    memlock->name)
				: xasprintf("set LimitMEMLOCK=%" PRIu64
					    "K in the unit file and restart the unit",
					    in_kib(bytes));
	case MEMLOCK_USER:
		return is_named ? xstrdup("raise the limit for the user's next session")
				: xasprintf("set memlock to %" PRIu64
					    " for that user in /etc/security/limits.d",
					    in_kib(bytes));
	default:
		return xasprintf("raise the limit to %" PRIu64
				 " KiB in the shell that starts the guest",
				 in_kib(bytes));
	}
}
