/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor: the system calls without which the answer of `vfiodiag list --json`, with the state of
 * each device, can't be had, and nothing else.
 *
 *	floor ROOT >/dev/null
 *
 * What that command shows of each device, and the cheapest calls that tell it:
 *
 *	GROUP, ADDRESS	the folder devices/ of each group: open, getdents64 twice (the second one says
 *			that there is no more), close. The link iommu_group of a device would be one
 *			call in place of four, but only PCI devices could be found for it: those of
 *			other buses that are in a group would be missed.
 *	DRIVER, NAME, VFIO
 *			its uevent, with the driver, the ids and the class: open, read, close. Which
 *			devices are bound to a vfio driver of another name than vfio-pci stands in
 *			/sys/class/vfio-dev: readlink for each that is in use.
 *	REGIONS		reserved_regions of the group: open, read, close.
 *	STATE		physfn of each device that is no bridge: readlink. Of those that are bound to
 *			vfio-pci or share a group, power_state: open, read, close.
 *
 * So a group with one device costs eleven calls, and each further device in it seven, as does the first
 * one then. PCI devices that
 * are in no group are found by /sys/bus/pci/devices, and cost three. Names want pci.ids, once. What was
 * read is written out as it is.
 *
 * It does what no program should: it follows links out of ROOT, believes that what it opens is a plain
 * file, and ends at the first error.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PCI_DEVICES  "sys/bus/pci/devices"
#define GROUPS	     "sys/kernel/iommu_groups"
#define VFIO_DEVICES "sys/class/vfio-dev"

static int root;

/* struct names - the entries of a folder, one behind the other, each ended by a NUL. */
struct names {
	char *text;
	size_t len, room;
};

static _Noreturn void fail(const char *path)
{
	fprintf(stderr, "floor: %s: %s\n", path, strerror(errno));
	exit(70); /* 1 and 2 are answers of the program that it is compared with */
}

static void put(const void *data, size_t len)
{
	static char buffer[1 << 16];
	static size_t used;

	if (!data || used + len > sizeof(buffer)) {
		if (used && write(STDOUT_FILENO, buffer, used) < 0)
			fail("standard output");
		used = 0;
	}
	memcpy(buffer + used, data ? data : "", len);
	used += len;
}

static void add_name(struct names *names, const char *name)
{
	size_t len = strlen(name) + 1;

	if (names->len + len > names->room) {
		names->room = (names->room + len) * 2;
		names->text = realloc(names->text, names->room);
		if (!names->text)
			fail("memory");
	}
	memcpy(names->text + names->len, name, len);
	names->len += len;
}

static void list(const char *path, bool may_be_missing, struct names *names)
{
	static char buffer[1 << 15] __attribute__((aligned(8)));
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t len;

	names->len = 0;
	if (fd < 0 && may_be_missing)
		return;
	if (fd < 0)
		fail(path);
	while ((len = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct dirent64 *entry = (const void *)(buffer + at);

			if (entry->d_name[0] != '.')
				add_name(names, entry->d_name);
			at += entry->d_reclen;
		}
	}
	close(fd);
}

/* Return: what it says, until the next one is read. */
static const char *copy(const char *path)
{
	static char buffer[4096];
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer) - 1);

	if (len < 0)
		fail(path);
	put(buffer, (size_t)len);
	close(fd);
	buffer[len] = '\0';
	return buffer;
}

static void read_names(void)
{
	static char buffer[1 << 21];
	int fd = openat(root, "usr/share/misc/pci.ids", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, buffer, sizeof(buffer)) < 0)
		fail("pci.ids");
	close(fd);
}

/* Which devices are bound to a vfio driver. */
static void read_bound(void)
{
	struct names bound = { 0 };
	char path[512], target[4096];

	list(VFIO_DEVICES, true, &bound);
	for (size_t at = 0; at < bound.len; at += strlen(bound.text + at) + 1) {
		ssize_t len;

		snprintf(path, sizeof(path), VFIO_DEVICES "/%s", bound.text + at);
		len = readlinkat(root, path, target, sizeof(target));
		if (len < 0)
			fail(path);
		put(target, (size_t)len);
	}
}

/* What the state of a device needs, whose folder is @path. */
static void read_state(const char *path, const char *uevent, bool is_alone)
{
	bool is_vfio = strstr(uevent, "DRIVER=vfio-pci\n");
	bool is_bridge = strstr(uevent, "PCI_CLASS=6");
	char name[600], target[512];
	ssize_t len;

	if (!is_bridge) {
		snprintf(name, sizeof(name), "%s/physfn", path);
		len = readlinkat(root, name, target, sizeof(target));
		if (len < 0 && errno != ENOENT)
			fail(name);
		put(target, len < 0 ? 0 : (size_t)len);
	}
	if (is_vfio || !is_alone) {
		snprintf(name, sizeof(name), "%s/power_state", path);
		copy(name);
	}
}

/* The devices of a group, whose addresses are added to @seen. */
static void read_group(const char *id, struct names *seen)
{
	static struct names devices;
	char path[512];
	bool is_alone;

	snprintf(path, sizeof(path), GROUPS "/%s/reserved_regions", id);
	copy(path);
	snprintf(path, sizeof(path), GROUPS "/%s/devices", id);
	list(path, false, &devices);
	is_alone = devices.len && strlen(devices.text) + 1 == devices.len;
	for (size_t at = 0; at < devices.len; at += strlen(devices.text + at) + 1) {
		const char *uevent;

		snprintf(path, sizeof(path), GROUPS "/%s/devices/%s/uevent", id, devices.text + at);
		uevent = copy(path);
		*strrchr(path, '/') = '\0';
		read_state(path, uevent, is_alone);
		add_name(seen, devices.text + at);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names as an array, sorted. */
static char **sorted(const struct names *names, size_t *count)
{
	char **array = calloc(names->len + 1, sizeof(*array));

	*count = 0;
	for (size_t at = 0; array && at < names->len; at += strlen(names->text + at) + 1)
		array[(*count)++] = names->text + at;
	if (array)
		qsort(array, *count, sizeof(*array), compare);
	return array;
}

static void read_groupless(const struct names *seen)
{
	struct names all = { 0 };
	size_t count;
	char **known = sorted(seen, &count);
	char path[512];

	list(PCI_DEVICES, true, &all);
	for (size_t at = 0; at < all.len; at += strlen(all.text + at) + 1) {
		const char *address = all.text + at;

		if (bsearch(&address, known, count, sizeof(*known), compare))
			continue;
		snprintf(path, sizeof(path), PCI_DEVICES "/%s/uevent", address);
		copy(path);
	}
}

int main(int argc, char **argv)
{
	struct names groups = { 0 }, seen = { 0 };

	root = open(argc == 2 ? argv[1] : "", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		fprintf(stderr, "Usage: floor ROOT\n");
		return 64;
	}
	read_names();
	read_bound();
	list(GROUPS, true, &groups);
	for (size_t at = 0; at < groups.len; at += strlen(groups.text + at) + 1)
		read_group(groups.text + at, &seen);
	read_groupless(&seen);
	put(NULL, 0);
	return 0;
}
