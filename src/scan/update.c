/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/update.h"

#include <errno.h>
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

/* The node of the container comes with a module, and may come after it was told of. */
static bool is_container(const struct uevent *uevent)
{
	return strcmp(uevent->subsystem, "misc") == 0 &&
	       strcmp(text_base_name(uevent->path), "vfio") == 0;
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
	else if (strcmp(subsystem, "module") == 0 || is_container(uevent))
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
	_cleanup_free_ char *directory = scan_resolve(source, path, "iommu_group");
	uint64_t number;

	if (!directory || text_to_u64(text_base_name(directory), 10, &number) < 0 ||
	    number > UINT32_MAX)
		return false;
	*id = (unsigned int)number;
	return true;
}

/* @group lost a device: it goes with the last; what ports say concerns groups of several only. */
static void group_lost_one(struct source *source, struct host *host, struct group *group)
{
	if (group && group->n_devices)
		scan_group_ports(source, host, group);
	else if (group)
		host_drop_group(host, group);
}

static void drop_device(struct source *source, struct host *host, struct device *device)
{
	struct group *group = device->group;

	host_drop_device(host, device);
	group_lost_one(source, host, group);
}

static void leave_group(struct source *source, struct host *host, struct device *device)
{
	struct group *group = device->group;

	if (group)
		group_remove(group, device);
	group_lost_one(source, host, group);
}

/* A group that is not known comes with all that is in it, which may be known from elsewhere. */
static void read_group(struct source *source, struct host *host, unsigned int id)
{
	_cleanup_free_ char *directory = xasprintf("/sys/kernel/iommu_groups/%u/devices", id);
	struct source_list names = { 0 };
	struct group *group;

	if (source_list(source, directory, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *path = scan_resolve(source, directory, names.name[i]);
		struct device *device = path ? device_at(host, path) : NULL;

		if (device)
			drop_device(source, host, device);
	}
	source_list_clear(&names);
	scan_group(source, host, id);
	scan_sort_groups(host);
	group = host_group(host, id);
	for (size_t i = 0; group && i < group->n_devices; i++) {
		scan_vfio_device(source, group->devices[i]);
		scan_console(source, group->devices[i]);
	}
}

/* Put @device, which may go and be read anew with its group, where it is now. */
static void place_device(struct source *source, struct host *host, struct device *device,
			 unsigned int id)
{
	struct group *group = host_group(host, id);

	if (!group) {
		read_group(source, host, id);
	} else if (device->group != group) {
		leave_group(source, host, device);
		group_add(group, device);
	}
}

static void read_device(struct source *source, struct host *host, const char *path)
{
	struct device *device = device_at(host, path);
	struct device *fresh = scan_device(source, host, path);
	unsigned int id;

	scan_vfio_device(source, fresh);
	if (device) {
		device_replace(device, fresh);
	} else {
		device = fresh;
		APPEND(host->devices, host->n_devices, device);
	}
	if (group_now(source, path, &id))
		place_device(source, host, device, id);
	else
		leave_group(source, host, device);
	device = device_at(host, path);
	if (!device)
		return;
	scan_console(source, device);
	if (device->group) {
		scan_group_again(source, host, device->group);
		scan_group_ports(source, host, device->group);
	} else {
		scan_physical(source, device);
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

/* A removed device loses its links first and its directory last, after the event (device_del()). */
static void update_device(struct source *source, struct host *host, const char *path)
{
	struct device *known = device_at(host, path);
	int ret = source_exists(source, path);

	if (ret == 0 && is_wanted(source, path))
		read_device(source, host, path);
	else if (known && (ret == 0 || ret == -ENOENT))
		drop_device(source, host, known);
}

/* Behind which unit a device is, and in which order. */
static void devices_changed(struct source *source, struct host *host)
{
	scan_vfio_drivers(source, host);
	host_clear_iommus(host);
	scan_iommus(source, host);
	scan_sort_devices(host);
	scan_group_names(source, host);
}

void update_apply(const struct update *update, struct source *source, struct host *host)
{
	for (size_t i = 0; i < update->n_paths; i++)
		update_device(source, host, update->paths[i]);
	if (update->n_paths)
		devices_changed(source, host);
	/* The interfaces and disks on a new device are found from the device. */
	if (update->net || update->n_paths)
		scan_net(source, host);
	if (update->blocks || update->n_paths)
		scan_blocks(source, host);
	scan_root_ways(host);
	if (update->modules) {
		scan_vfio(source, host);
		scan_modules(source, host);
	}
	if (update->n_paths) {
		scan_bound_groups(source, host);
		scan_driverless(source, host);
	}
	if (update->holders || update->blocks || update->n_paths)
		scan_uses(source, host);
	if (update->holders || update->modules || update->n_paths)
		scan_nodes(source, host);
	scan_failures(source, host);
}

void update_clear(struct update *update)
{
	for (size_t i = 0; i < update->n_paths; i++)
		free(update->paths[i]);
	free(update->paths);
	*update = (struct update){ 0 };
}
