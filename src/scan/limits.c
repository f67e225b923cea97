/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory lock limits and huge pages. */
#include "scan/internal.h"

#include <errno.h>
#include <linux/capability.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

/* RLIMIT_MEMLOCK */

/*
 * MLOCK_LIMIT of the kernel is 8 MiB from 5.16 on (9dcc38e2813e) and 64 KiB before. systemd gives
 * its services at least 8 MiB from 250 on (852b62507b22), and what the kernel gives before.
 * Kernel: include/uapi/linux/resource.h, MLOCK_LIMIT: 5.10, 6.1, 6.12, 7.3.
 */
void scan_default_limit(struct source *source, struct limit *limit)
{
	_cleanup_free_ char *release = scan_text(source, "/proc/sys/kernel/osrelease");
	unsigned int major = 0, minor = 0;

	*limit = (struct limit){ .inferred = true };
	if (release && sscanf(release, "%u.%u", &major, &minor) == 2 &&
	    (major < 5 || (major == 5 && minor < 16))) {
		limit->soft = limit->hard = 64 << 10;
		limit->known_by = xstrdup("the default of kernels before 5.16 (8 MiB with systemd "
					  "from 250 on)");
	} else {
		limit->soft = limit->hard = 8 << 20;
		limit->known_by = xstrdup("the default of the kernel and of systemd");
	}
}

static void process_memlock(struct source *source, struct memlock *memlock)
{
	struct source_process process;
	int ret = source_process(source, &process);
	int first = 0;

	memlock->kind = MEMLOCK_PROCESS;
	memlock->whom = xstrdup("this process");
	memlock->error = -ret;
	if (ret < 0)
		return;
	memlock->bytes = process.memlock;
	memlock->unlimited = process.memlock == NO_LIMIT;
	if (process.capabilities >> CAP_IPC_LOCK & 1)
		first = scan_first_namespace(source, "self");
	memlock->bypass = first > 0;
	memlock->error = first < 0 ? -first : 0;
	memlock->known_by = xstrdup(memlock->bypass ? "its capabilities" : "its own rlimit");
	source_process_clear(&process);
}

static int user_memlock(struct source *source, const char *name, struct memlock *memlock)
{
	struct source_user user;
	int ret = *name ? source_user(source, name, &user) : -EINVAL;

	if (ret == -EINVAL || ret == -ENOENT)
		return ret;
	memlock->kind = MEMLOCK_USER;
	memlock->whom = text_clean(xasprintf("user %s", name));
	memlock->name = text_clean(xstrdup(ret < 0 ? name : user.name));
	memlock->error = -ret;
	if (ret >= 0) {
		scan_user_memlock(source, &user, memlock);
		source_user_clear(&user);
	}
	return 0;
}

int scan_memlock(struct source *source, const char *whom, struct memlock *memlock)
{
	*memlock = (struct memlock){ 0 };
	if (!whom) {
		process_memlock(source, memlock);
		return 0;
	}
	if (text_starts(whom, "user:"))
		return user_memlock(source, whom + strlen("user:"), memlock);
	if (text_starts(whom, "unit:")) {
		struct unit unit;
		int ret = scan_unit(source, whom + strlen("unit:"), &unit);

		if (ret == 0) {
			memlock->kind = MEMLOCK_UNIT;
			memlock->whom = text_clean(xasprintf("unit %s", unit.name));
			memlock->name = text_clean(xstrdup(unit.name));
			scan_unit_memlock(source, &unit, memlock);
		}
		unit_clear(&unit);
		return ret;
	}
	return -EINVAL;
}

/* Huge pages */

#define NODES "/sys/devices/system/node"
#define POOLS "/sys/kernel/mm/hugepages"

static bool read_count(struct source *source, const char *directory, const char *name,
		       uint64_t *count)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	_cleanup_free_ char *text = scan_text(source, path);

	return text && text_to_u64(text, 10, count) == 0;
}

/* @name: "hugepages-2048kB" */
static void scan_pool(struct source *source, struct host *host, const char *directory, int node,
		      const char *name)
{
	struct hugepages pool = { .node = node };
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	uint64_t kib;
	char unit[4];

	if (sscanf(name, "hugepages-%" SCNu64 "%3s", &kib, unit) != 2 || strcmp(unit, "kB") != 0 ||
	    !kib || kib > UINT64_MAX / 1024)
		return;
	pool.size = kib * 1024;
	if (read_count(source, path, "nr_hugepages", &pool.total) &&
	    read_count(source, path, "free_hugepages", &pool.free))
		APPEND(host->hugepages, host->n_hugepages, pool);
}

static void scan_pools(struct source *source, struct host *host, const char *directory, int node)
{
	struct source_list names = { 0 };

	if (source_list(source, directory, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		scan_pool(source, host, directory, node, names.name[i]);
	source_list_clear(&names);
}

void scan_hugepages(struct source *source, struct host *host)
{
	struct source_list nodes = { 0 };

	if (host->n_hugepages)
		return;
	source_list(source, NODES, &nodes);
	for (size_t i = 0; i < nodes.count; i++) {
		_cleanup_free_ char *directory = xasprintf(NODES "/%s/hugepages", nodes.name[i]);
		uint64_t node;

		if (text_starts(nodes.name[i], "node") &&
		    text_to_u64(nodes.name[i] + strlen("node"), 10, &node) == 0 && node <= INT_MAX)
			scan_pools(source, host, directory, (int)node);
	}
	source_list_clear(&nodes);
	if (!host->n_hugepages)
		scan_pools(source, host, POOLS, -1);
}
