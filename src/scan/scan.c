/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/internal.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/pci_address.h"

/** struct place - a device, and @key by which most of them are told apart without their names. */
struct place {
	uint64_t key;
	struct device *device;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a, *two = b;

	if (one->key != two->key)
		return one->key < two->key ? -1 : 1;
	return pci_address_compare(one->device->address, two->device->address);
}

static void sort(struct device **devices, size_t count)
{
	_cleanup_free_ struct place *places = NULL;

	if (count < 2)
		return;
	places = xcalloc(count, sizeof(*places));
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){ pci_address_key(devices[i]->address), devices[i] };
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++)
		devices[i] = places[i].device;
}

void scan_sort_devices(struct host *host)
{
	sort(host->devices, host->n_devices);
	for (size_t i = 0; i < host->n_groups; i++)
		sort(host->groups[i]->devices, host->groups[i]->n_devices);
	if (host->n_devices)
		scan_assign_iommus(host);
}

struct host *scan_host_with(struct source *source, unsigned int details)
{
	struct host *host = host_new();

	host->details = details;
	scan_kernel(source, host);
	scan_iommus(source, host);
	scan_groups(source, host);
	scan_pci(source, host);
	scan_links(source, host);
	scan_vfio_devices(source, host);
	scan_vfio_drivers(source, host);
	scan_sort_devices(host);
	scan_group_names(source, host);
	scan_failures(source, host);
	return host;
}

struct host *scan_host(struct source *source)
{
	return scan_host_with(source, HOST_ALL_DETAILS);
}
