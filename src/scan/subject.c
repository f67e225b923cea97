/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolve SUBJECT arguments to groups and devices. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define NET_CLASS "/sys/class/net"

static void add_group(struct selection *selection, struct group *group)
{
	for (size_t i = 0; i < selection->n_groups; i++) {
		if (selection->groups[i] == group)
			return;
	}
	APPEND(selection->groups, selection->n_groups, group);
}

static void add_device(struct selection *selection, struct device *device)
{
	if (device->group) {
		add_group(selection, device->group);
		return;
	}
	for (size_t i = 0; i < selection->n_devices; i++) {
		if (selection->devices[i] == device)
			return;
	}
	APPEND(selection->devices, selection->n_devices, device);
}

struct device *scan_device_above(const struct host *host, char *path)
{
	struct device *device = NULL;
	char *slash;

	while (!device && (slash = strrchr(path, '/')) && slash[1]) {
		device = host_device(host, slash + 1);
		*slash = '\0';
	}
	return device;
}

struct device *scan_interface_device(struct source *source, const struct host *host,
				     const char *name)
{
	_cleanup_free_ char *interface = NULL;
	_cleanup_free_ char *path = NULL;

	if (strchr(name, '/') || *name == '.')
		return NULL;
	interface = scan_resolve(source, NET_CLASS, name);
	path = interface ? scan_resolve(source, interface, "device") : NULL;
	return path ? scan_device_above(host, path) : NULL;
}

void scan_interfaces(struct source *source, const struct host *host)
{
	struct source_list names = { 0 };

	if (source_list(source, NET_CLASS, &names) < 0)
		return; /* a kernel without a network; the capture says so too */
	for (size_t i = 0; i < names.count; i++)
		scan_interface_device(source, host, names.name[i]);
	source_list_clear(&names);
}

static struct device *find_device(struct source *source, const struct host *host, const char *word)
{
	_cleanup_free_ char *with_domain = xasprintf("0000:%s", word);
	struct device *device = host_device(host, word);

	if (!device)
		device = host_device(host, with_domain);
	return device ? device : scan_interface_device(source, host, word);
}

int scan_subject(struct source *source, const struct host *host, const char *word,
		 struct selection *selection)
{
	struct device *device;
	struct group *group;
	uint64_t id;

	if (!*word)
		return -EINVAL;
	if (text_to_u64(word, 10, &id) == 0) {
		group = id <= UINT32_MAX ? host_group(host, (unsigned int)id) : NULL;
		if (!group)
			return -ENOENT;
		add_group(selection, group);
		return 0;
	}
	device = find_device(source, host, word);
	if (!device)
		return -ENOENT;
	add_device(selection, device);
	return 0;
}

void selection_clear(struct selection *selection)
{
	free(selection->groups);
	free(selection->devices);
	memset(selection, 0, sizeof(*selection));
}
