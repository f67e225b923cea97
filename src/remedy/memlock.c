/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/remedy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

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

char *remedy_memlock(const struct memlock *memlock, uint64_t bytes)
{
	switch (memlock->kind) {
	case MEMLOCK_UNIT:
		if (!is_plain(memlock->name))
			return xasprintf("set LimitMEMLOCK=%" PRIu64
					 "K in the unit file and restart the unit",
					 in_kib(bytes));
		return xasprintf(
			"sudo mkdir -p /etc/systemd/system/%s.d && printf "
			"'[Service]\\nLimitMEMLOCK=%" PRIu64
			"K\\n' | sudo tee /etc/systemd/system/%s.d/memlock.conf && sudo systemctl "
			"daemon-reload && sudo systemctl restart %s",
			memlock->name, in_kib(bytes), memlock->name, memlock->name);
	case MEMLOCK_USER:
		if (!is_plain(memlock->name))
			return xasprintf("set memlock to %" PRIu64
					 " for that user in /etc/security/limits.d",
					 in_kib(bytes));
		return xasprintf(
			"raise the limit for the user's next session: echo '%s - memlock %" PRIu64
			"' | sudo tee /etc/security/limits.d/zz-vfio-%s.conf",
			memlock->name, in_kib(bytes), memlock->name);
	default:
		return xasprintf(
			"run in the shell that starts the guest, as root if it exceeds the hard "
			"limit: ulimit -l %" PRIu64,
			in_kib(bytes));
	}
}
