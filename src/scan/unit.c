/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of systemd: the limits of their processes, or what systemd starts them with. */
#include "scan/internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

#define UNIT_NAME_MAX 255

void unit_clear(struct unit *unit)
{
	free(unit->name);
	source_unit_clear(&unit->loaded);
	*unit = (struct unit){ 0 };
}

/* Its name with a suffix, as systemctl takes it; NULL where it can't be one of a unit. */
static char *unit_name(const char *word)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };
	size_t len = strlen(word);

	if (!len || len > UNIT_NAME_MAX || *word == '.' || *word == '@' ||
	    strspn(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 ":-_.\\@") != len)
		return NULL;
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (len > suffix && strcmp(word + len - suffix, suffixes[i]) == 0)
			return xstrdup(word);
	}
	return xasprintf("%s.service", word);
}

/* The first process of the control group where a unit of that name usually is; 0 where there is none. */
static int find_process(struct source *source, const char *name)
{
	/* Version 2, and version 1 with systemd's own hierarchy. */
	static const char *const slices[] = { "/sys/fs/cgroup/system.slice",
					      "/sys/fs/cgroup/systemd/system.slice" };
	uint64_t pid = 0;

	for (size_t i = 0; i < COUNT(slices) && !pid; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s/cgroup.procs", slices[i], name);
		_cleanup_free_ char *text = NULL;

		if (source_read(source, path, &text, NULL) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (text_to_u64(text, 10, &pid) < 0 || pid > INT_MAX)
			pid = 0;
	}
	return (int)pid;
}

int scan_unit(struct source *source, const char *name, struct unit *unit)
{
	*unit = (struct unit){ .name = unit_name(name) };
	if (!unit->name)
		return -EINVAL;
	unit->error = -source_unit(source, unit->name, &unit->loaded);
	if (!unit->error) {
		free(unit->name);
		unit->name = xstrdup(unit->loaded.id);
		unit->pid = unit->loaded.pid;
	} else if (unit->error != ENOENT) {
		/* Systemd could not be asked; what runs can be seen anyway. */
		unit->pid = find_process(source, unit->name);
	}
	return 0;
}

/* Say why only the name of a unit is known. */
static char *reason(int error)
{
	switch (error) {
	case ENOENT:
		return xstrdup(
			"systemd has not loaded the unit (it does while the unit runs or another unit names it)");
	case ENOTCONN:
		return xstrdup("the system bus is not available");
	case ETIMEDOUT:
		return xstrdup("systemd did not answer in time");
	case ELIBACC:
		return xstrdup("libsystemd is not installed");
	case ENOSYS:
		return xstrdup("this vfiodiag was built without libsystemd");
	case EOPNOTSUPP:
		return xstrdup("systemd does not run in a directory tree");
	case ENODATA:
		return xstrdup("the capture does not record what systemd knows about the unit");
	default:
		return xasprintf("systemd could not be asked: %s", strerror(error));
	}
}

static char *no_settings(void)
{
	return xstrdup("the unit has no process, and systemd starts none for it");
}

/* Settings of the unit */

static bool is_root(const char *user)
{
	return !user || !*user || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;
}

/* Root has all capabilities, others those that are given to them; and what the bounds leave. */
static uint64_t capabilities_of(const struct source_unit *loaded)
{
	return (is_root(loaded->user) ? UINT64_MAX : loaded->ambient) & loaded->bounding;
}

void scan_unit_memlock(struct source *source, const struct unit *unit, struct memlock *memlock)
{
	const struct source_unit *loaded = &unit->loaded;

	if (unit->pid && scan_process_memlock(source, unit->pid, memlock) >= 0)
		return;
	memlock->error = unit->error;
	if (unit->error) {
		memlock->reason = reason(unit->error);
	} else if (!loaded->has_settings) {
		memlock->error = ESRCH;
		memlock->reason = no_settings();
	} else if (capabilities_of(loaded) >> CAP_IPC_LOCK & 1) {
		memlock->bypass = true;
		memlock->known_by = xstrdup(is_root(loaded->user)
						    ? "systemd, which runs it as root"
						    : "its AmbientCapabilities in systemd");
	} else {
		memlock->bytes = loaded->memlock;
		memlock->unlimited = memlock->bytes == NO_LIMIT;
		memlock->known_by = xstrdup("its LimitMEMLOCK in systemd");
	}
}

/* A group by its name, or by its number where it has none. */
static void add_group(struct account *account, const char *name)
{
	uint64_t gid;

	if (!name || !*name)
		return;
	if (text_to_u64(name, 10, &gid) == 0 && gid < UINT32_MAX)
		APPEND(account->gids, account->n_gids, (uint32_t)gid);
	else
		APPEND(account->group_names, account->n_group_names, xstrdup(name));
}

static void fail(struct account *account, int error, char *reason)
{
	account->error = error;
	account->reason = reason;
}

static void take_account(struct source *source, const struct source_unit *loaded,
			 struct account *account)
{
	struct source_user user;
	int ret = is_root(loaded->user) ? 0 : source_user(source, loaded->user, &user);

	if (ret < 0) {
		fail(account, -ret,
		     xasprintf("user %s of the unit is not known: %s", loaded->user,
			       strerror(-ret)));
		return;
	}
	if (!is_root(loaded->user)) {
		scan_user_account(&user, account);
		source_user_clear(&user);
	}
	add_group(account, loaded->group);
	for (size_t i = 0; i < loaded->groups.count; i++)
		add_group(account, loaded->groups.name[i]);
	account->capabilities = capabilities_of(loaded);
}

void scan_unit_account(struct source *source, const struct unit *unit, struct account *account)
{
	if (unit->pid && scan_process_account(source, unit->pid, account) >= 0)
		return;
	if (unit->error)
		fail(account, unit->error, reason(unit->error));
	else if (!unit->loaded.has_settings)
		fail(account, ESRCH, no_settings());
	else
		take_account(source, &unit->loaded, account);
}
