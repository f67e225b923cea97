/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/update.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "scan/internal.h"

static bool is_one_of(const char *word, const char *const *words)
{
	for (; word && *words; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

/* @path is taken over. */
static void add_path(struct update *update, char *path)
{
	for (size_t i = 0; i < update->n_paths; i++) {
		if (strcmp(update->paths[i], path) == 0) {
			free(path);
			return;
		}
	}
	APPEND(update->paths, update->n_paths, path);
}

/* "…/0000:00:04.0/vfio-dev/vfio0": the device is two steps up. */
static char *without_last_two(const char *path)
{
	char *cut = xstrdup(path);

	for (unsigned int i = 0; i < 2; i++) {
		char *slash = strrchr(cut, '/');

		if (slash)
			*slash = '\0';
	}
	return cut;
}

void update_note(struct update *update, const struct uevent *uevent)
{
	/* Nothing that is in a group, and some of them speak often. */
	static const char *const others[] = { "input",	   "tty",   "leds",  "queues", "bdi",
					      "mem",	   "rtc",   "cpu",   "memory", "drivers",
					      "workqueue", "class", "hwmon", NULL };
	_cleanup_free_ char *path = xasprintf("/sys%s", uevent->path);
	const char *subsystem = uevent->subsystem;

	if (!subsystem || is_one_of(subsystem, others))
		return;
	if (strcmp(subsystem, "net") == 0)
		update->net = true;
	else if (strcmp(subsystem, "block") == 0)
		update->blocks = true;
	else if (strcmp(subsystem, "module") == 0)
		update->modules = true;
	else if (strcmp(subsystem, "iommu") == 0)
		update->all = true;
	else if (strcmp(subsystem, "vfio") == 0)
		update->holders = true;
	else if (strcmp(subsystem, "vfio-dev") == 0)
		add_path(update, without_last_two(path));
	else
		add_path(update, xstrdup(path));
}

bool update_is_empty(const struct update *update)
{
	return !update->n_paths && !update->net && !update->blocks && !update->modules &&
	       !update->holders && !update->all && !update->lost;
}

static struct device *device_at(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		if (strcmp(host->devices[i]->path, path) == 0)
			return host->devices[i];
	}
	return NULL;
}

/* Number of the group that the device at @path is in now. */
static bool group_now(struct source *source, const char *path, unsigned int *id)
{
	_cleanup_free_ char *folder = scan_resolve(source, path, "iommu_group");
	uint64_t number;

	if (!folder || text_to_u64(text_base_name(folder), 10, &number) < 0 || number > UINT32_MAX)
		return false;
	*id = (unsigned int)number;
	return true;
}

static void drop_if_empty(struct host *host, struct group *group)
{
	if (group && !group->n_devices)
		host_drop_group(host, group);
}

static void drop_device(struct host *host, struct device *device)
{
	struct group *group = device->group;

	host_drop_device(host, device);
	drop_if_empty(host, group);
}

/* A device that came, or is in another group now. */
static void place_device(struct source *source, struct host *host, struct device *device,
			 unsigned int id)
{
	struct group *group = host_group(host, id);
	struct group *before = device->group;

	if (before == group && group)
		return;
	if (before)
		group_remove(before, device);
	drop_if_empty(host, before);
	if (group) {
		group_add(group, device);
		return;
	}
	/* The group comes with all that is in it, this device included. */
	host_drop_device(host, device);
	scan_group(source, host, id);
	scan_sort_groups(host);
}

static void read_device(struct source *source, struct host *host, const char *path)
{
	struct device *device = device_at(host, path);
	struct device *fresh = scan_device(source, host, path);
	struct group *group;
	unsigned int id;

	if (device) {
		device_replace(device, fresh);
	} else {
		device = fresh;
		APPEND(host->devices, host->n_devices, device);
	}
	if (group_now(source, path, &id)) {
		place_device(source, host, device, id);
	} else if (device->group) {
		group = device->group;
		group_remove(group, device);
		drop_if_empty(host, group);
	}
	host_clear_iommus(host);
	scan_iommus(source, host);
	scan_sort_devices(host);
	device = device_at(host, path);
	if (!device)
		return;
	scan_console(source, device);
	if (device->group) {
		scan_group_again(source, host, device->group);
		scan_group_ports(source, device->group);
	}
}

/* Only PCI devices and what is in a group are of interest, as in a scan of the whole host. */
static bool is_wanted(struct source *source, const char *path)
{
	_cleanup_free_ char *subsystem = scan_resolve(source, path, "subsystem");
	unsigned int id;

	return (subsystem && strcmp(text_base_name(subsystem), "pci") == 0) ||
	       group_now(source, path, &id);
}

static void update_device(struct source *source, struct host *host, const char *path)
{
	struct device *known = device_at(host, path);

	if (source_exists(source, path) < 0) {
		if (known)
			drop_device(host, known);
	} else if (known || is_wanted(source, path)) {
		read_device(source, host, path);
	}
}

void update_apply(const struct update *update, struct source *source, struct host *host)
{
	for (size_t i = 0; i < update->n_paths; i++)
		update_device(source, host, update->paths[i]);
	/* Who is on a device that came is found by what is on it. */
	if (update->net || update->n_paths)
		scan_net(source, host);
	if (update->blocks || update->n_paths)
		scan_blocks(source, host);
	if (update->modules) {
		scan_vfio(source, host);
		scan_modules(source, host);
	}
	if (update->holders || update->n_paths)
		scan_holders(source, host);
	if (update->holders || update->modules || update->n_paths)
		scan_nodes(source, host);
}

void update_clear(struct update *update)
{
	for (size_t i = 0; i < update->n_paths; i++)
		free(update->paths[i]);
	free(update->paths);
	*update = (struct update){ 0 };
}
