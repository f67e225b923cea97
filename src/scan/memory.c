/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory this process may take, and of what pages. */
#include "scan/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/limits.h"

#define TRANSPARENT "/sys/kernel/mm/transparent_hugepage"

/* The number behind @key in a file of lines such as "MemAvailable:   812 kB", in bytes. */
static int read_kib(struct source *source, const char *path, const char *key, uint64_t *bytes)
{
	_cleanup_free_ char *text = NULL;
	uint64_t kib;
	size_t len;
	int ret = source_read(source, path, &text, &len);

	if (ret < 0)
		return ret;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (text_starts(line, key) &&
		    sscanf(line + strlen(key), ": %" SCNu64 " kB", &kib) == 1 &&
		    kib <= UINT64_MAX / 1024) {
			*bytes = kib * 1024;
			return 0;
		}
	}
	return -ENODATA;
}

static bool read_bytes(struct source *source, const char *directory, const char *name,
		       uint64_t *bytes)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	_cleanup_free_ char *text = scan_text(source, path);

	return text && text_to_u64(text, 10, bytes) == 0;
}

/** struct hierarchy - control groups of one version: where they are, and their files. */
struct hierarchy {
	const char *root;
	const char *limit;
	const char *usage;
};

/* Take the memory that the cgroup at @directory leaves; one without a limit ("max") leaves all. */
static void take_group(struct source *source, const struct hierarchy *hierarchy,
		       const char *directory, struct room *room)
{
	uint64_t limit, usage, left;

	if (!read_bytes(source, directory, hierarchy->limit, &limit) ||
	    !read_bytes(source, directory, hierarchy->usage, &usage))
		return;
	left = limit > usage ? limit - usage : 0;
	if (left < room->available) {
		room->available = left;
		room->by_group = true;
	}
}

/*
 * The group @path and all above it: each counts what is below. @path: changed
 * The kernel knows no longer path than PATH_MAX, and who says so of a group says nothing of its limit.
 */
static void take_groups(struct source *source, const struct hierarchy *hierarchy, char *path,
			struct room *room)
{
	if (strlen(path) >= PATH_MAX) {
		room->available_errno = ENAMETOOLONG;
		return;
	}
	/* Seen from a namespace that the group is not in: the root there is all that can be read. */
	if (strstr(path, ".."))
		*path = '\0';
	while (true) {
		_cleanup_free_ char *directory = xasprintf("%s%s", hierarchy->root, path);
		char *slash = strrchr(path, '/');

		take_group(source, hierarchy, directory, room);
		if (!slash)
			return;
		*slash = '\0';
	}
}

/* /proc/self/cgroup: "0::/system.slice/x.service", and "4:memory:/…" with the first version. */
static void scan_groups_room(struct source *source, struct room *room)
{
	static const struct hierarchy second = { "/sys/fs/cgroup", "memory.max", "memory.current" };
	static const struct hierarchy first = { "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
						"memory.usage_in_bytes" };
	_cleanup_free_ char *text = NULL;
	bool is_first_taken = false, is_second_taken = false;
	char *rest, *line;
	size_t len;

	if (source_read(source, "/proc/self/cgroup", &text, &len) < 0)
		return;
	rest = text;
	/* A process is in one group of each hierarchy. */
	while ((line = strsep(&rest, "\n"))) {
		char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path)
			continue;
		/* A process is in one group of each hierarchy. */
		if (!is_first_taken && strstr(line, ":memory:")) {
			is_first_taken = true;
			take_groups(source, &first, path + 1, room);
		} else if (!is_second_taken && text_starts(line, "0::")) {
			is_second_taken = true;
			take_groups(source, &second, path + 1, room);
		}
	}
}

void scan_room(struct source *source, struct room *room)
{
	_cleanup_free_ char *enabled = scan_text(source, TRANSPARENT "/enabled");
	uint64_t size;

	*room = (struct room){ 0 };
	room->available_errno = -read_kib(source, "/proc/meminfo", "MemAvailable",
					  &room->available);
	scan_groups_room(source, room);
	/* A process has locked nothing before it does; so without the file too. */
	read_kib(source, "/proc/self/status", "VmLck", &room->locked);
	if (read_bytes(source, TRANSPARENT, "hpage_pmd_size", &size) && size &&
	    !(size & (size - 1)))
		room->transparent = size;
	room->transparent_never = enabled && strstr(enabled, "[never]");
}
