/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI host bridges that are described by a device tree, which names the IOMMU in front of them. */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define PLATFORM "/sys/devices/platform/"

/*
 * The directory of the host bridge above @path: "/sys/devices/platform/axi/1000110000.pcie" of
 * "…/pci0001:00/0001:00:00.0"; or NULL. Bridges of ACPI stand in /sys/devices.
 */
static char *find_bridge(const char *path)
{
	const char *at = path;

	if (!text_starts(path, PLATFORM))
		return NULL;
	while ((at = strstr(at + 1, "/pci"))) {
		size_t digits = strspn(at + 4, "0123456789abcdef");

		if (digits >= 4 && at[4 + digits] == ':')
			return xstrndup(path, (size_t)(at - path));
	}
	return NULL;
}

/*
 * A host bridge names its IOMMUs by "iommu-map", some by "iommus".
 * Kernel: drivers/iommu/of_iommu.c, of_pci_iommu_init(), of_iommu_configure(): 5.10, 6.1, 6.12, 7.3.
 */
static enum iommu_map find_map(struct source *source, const char *bridge)
{
	_cleanup_free_ char *node = scan_resolve(source, bridge, "of_node");
	_cleanup_free_ char *map = node ? xjoin(node, '/', "iommu-map") : NULL;
	_cleanup_free_ char *iommus = node ? xjoin(node, '/', "iommus") : NULL;

	if (!node || source_exists(source, node) < 0)
		return IOMMU_MAP_UNSEEN;
	return source_exists(source, map) < 0 && source_exists(source, iommus) < 0
		       ? IOMMU_MAP_NONE
		       : IOMMU_MAP_PRESENT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The bridges of devices that are in a group, sorted. */
static struct source_list find_translated(const struct host *host)
{
	struct source_list bridges = { 0 };

	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];
		char *bridge = device->group && device->is_pci ? find_bridge(device->path) : NULL;

		if (bridge)
			APPEND(bridges.name, bridges.count, bridge);
	}
	if (bridges.count)
		qsort(bridges.name, bridges.count, sizeof(*bridges.name), compare_names);
	return bridges;
}

static bool is_in(const struct source_list *list, char *name)
{
	return list->count &&
	       bsearch(&name, list->name, list->count, sizeof(*list->name), compare_names);
}

void scan_host_bridges(struct source *source, struct host *host)
{
	struct source_list translated = find_translated(host);
	enum iommu_map map = IOMMU_MAP_UNSEEN;
	char *last = NULL;

	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];
		char *bridge = device->group || !device->is_pci ? NULL : find_bridge(device->path);

		if (!bridge)
			continue;
		/* Devices of one bridge follow each other. */
		if (!last || strcmp(last, bridge) != 0)
			map = is_in(&translated, bridge) ? IOMMU_MAP_PRESENT
							 : find_map(source, bridge);
		free(last);
		last = bridge;
		free(device->host_bridge);
		device->host_bridge = text_clean(xstrdup(text_base_name(bridge)));
		device->iommu_map = map;
	}
	free(last);
	source_list_clear(&translated);
}
