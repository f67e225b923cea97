/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and their drivers. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"
#include "model/pci_address.h"

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

	return pci_address_compare(one->address, two->address);
}

static void note_device(struct diff *diff, const struct device *device,
			void (*note)(struct diff *, enum difference_area, const char *,
				     const char *))
{
	/* "[8086:10d3] Intel Corporation …, e1000e" */
	_cleanup_free_ char *label = device_label(device);
	_cleanup_free_ char *text = xasprintf("%s, %s", label, device_driver_words(device));

	note(diff, AREA_DEVICE, device->address, text);
}

void compare_devices(struct diff *diff)
{
	size_t n_before = diff->before->host->n_devices;
	size_t n_after = diff->after->host->n_devices;
	_cleanup_free_ struct device **before = sorted_devices(diff->before->host);
	_cleanup_free_ struct device **after = sorted_devices(diff->after->host);
	size_t b = 0, a = 0;

	qsort(before, n_before, sizeof(*before), compare_addresses);
	qsort(after, n_after, sizeof(*after), compare_addresses);
	while (b < n_before || a < n_after) {
		int order = b == n_before  ? 1
			    : a == n_after ? -1
					   : compare_addresses(&before[b], &after[a]);

		if (order < 0)
			note_device(diff, before[b], removed);
		else if (order > 0)
			note_device(diff, after[a], appeared);
		else
			compare_facts(diff, device_facts, before[b]->address, before[b], after[a]);
		b += order <= 0;
		a += order >= 0;
	}
}
