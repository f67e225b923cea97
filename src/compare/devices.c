/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and their drivers. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "compare/internal.h"

/* The devices of a host, sorted by address. */
static struct device **sorted_devices(const struct host *host)
{
	struct device **devices = xcalloc(host->n_devices, sizeof(*devices));

	if (host->n_devices)
		memcpy(devices, host->devices, host->n_devices * sizeof(*devices));
	return devices;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct device *one = *(struct device *const *)a;
	const struct device *two = *(struct device *const *)b;
	int order = strverscmp(one->address, two->address);

	/* "1" and "01" are one number and two names. */
	return order ? order : strcmp(one->address, two->address);
}

/* "[8086:10d3] Intel Corporation …, e1000e" */
static char *describe(const struct device *device)
{
	_cleanup_free_ char *label = device_label(device);

	return xasprintf("%s, %s", label, device->driver ? device->driver : "no driver");
}

static char *ids(const struct device *device)
{
	return device->is_pci ? xasprintf("%04x:%04x", device->vendor, device->device)
			      : xstrdup(device->bus ? device->bus : "");
}

static void compare_number(struct sides *sides, const struct device *device, const char *field,
			   int before, int after)
{
	_cleanup_free_ char *one = xasprintf("%d", before);
	_cleanup_free_ char *two = xasprintf("%d", after);

	changed(sides, AREA_DEVICE, device->address, field, before < 0 ? NULL : one,
		after < 0 ? NULL : two);
}

static void compare_device(struct sides *sides, const struct device *before,
			   const struct device *after)
{
	_cleanup_free_ char *one = ids(before);
	_cleanup_free_ char *two = ids(after);

	changed(sides, AREA_DEVICE, before->address, "ids", one, two);
	changed(sides, AREA_DEVICE, before->address, "IOMMU",
		before->iommu ? before->iommu->name : NULL,
		after->iommu ? after->iommu->name : NULL);
	compare_number(sides, before, "NUMA node", before->numa_node, after->numa_node);
	changed(sides, AREA_DRIVER, before->address, "driver", before->driver, after->driver);
}

static void tell(struct sides *sides, const struct device *device,
		 void (*note)(struct sides *, enum difference_area, const char *, const char *))
{
	_cleanup_free_ char *text = describe(device);

	note(sides, AREA_DEVICE, device->address, text);
}

void compare_devices(struct sides *sides)
{
	size_t n_before = sides->before->host->n_devices;
	size_t n_after = sides->after->host->n_devices;
	_cleanup_free_ struct device **before = sorted_devices(sides->before->host);
	_cleanup_free_ struct device **after = sorted_devices(sides->after->host);
	size_t b = 0, a = 0;

	qsort(before, n_before, sizeof(*before), compare_addresses);
	qsort(after, n_after, sizeof(*after), compare_addresses);
	while (b < n_before || a < n_after) {
		int order = b == n_before  ? 1
			    : a == n_after ? -1
					   : compare_addresses(&before[b], &after[a]);

		if (order < 0)
			tell(sides, before[b], removed);
		else if (order > 0)
			tell(sides, after[a], appeared);
		else
			compare_device(sides, before[b], after[a]);
		b += order <= 0;
		a += order >= 0;
	}
}
