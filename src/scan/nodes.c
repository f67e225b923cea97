/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device nodes of VFIO and iommufd. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

static void scan_node(struct source *source, struct host *host, const char *path)
{
	struct node node = { .path = xstrdup(path) };
	struct source_node found;

	node.error = -source_node(source, path, &found);
	if (node.error == ENOENT && host->container_errno == ENODATA)
		node.error = ENODATA;
	node.uid = found.uid;
	node.gid = found.gid;
	node.mode = found.mode;
	/* The names change hands. */
	node.owner = found.owner;
	node.group_name = found.group;
	node.has_acl = found.has_acl;
	APPEND(host->nodes, host->n_nodes, node);
}

/* Kernels without CONFIG_VFIO_DEVICE_CDEV have no number to show there. */
static void scan_device_node(struct source *source, struct host *host, struct device *device)
{
	_cleanup_free_ char *path = xjoin("/dev/vfio/devices", '/', device->vfio_dev);
	_cleanup_free_ char *number = xasprintf("%s/vfio-dev/%s/dev", device->path,
						device->vfio_dev);

	scan_node(source, host, path);
	device->has_cdev = source_exists(source, number) == 0;
}

static void scan_group_nodes(struct source *source, struct host *host, const struct group *group)
{
	_cleanup_free_ char *path = group_node(group);

	scan_node(source, host, path);
	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i]->vfio_dev)
			scan_device_node(source, host, group->devices[i]);
	}
}

void scan_nodes(struct source *source, struct host *host)
{
	host_clear_nodes(host);
	scan_node(source, host, "/dev/vfio/vfio");
	scan_node(source, host, "/dev/iommu");
	for (size_t i = 0; i < host->n_groups; i++) {
		if (group_is_bound(host->groups[i]))
			scan_group_nodes(source, host, host->groups[i]);
	}
	host_sort_nodes(host);
}
