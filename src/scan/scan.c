/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

static int compare_addresses(const void *a, const void *b)
{
	const struct device *one = *(struct device *const *)a;
	const struct device *two = *(struct device *const *)b;

	if (one->is_pci != two->is_pci)
		return two->is_pci - one->is_pci;
	return strverscmp(one->address, two->address);
}

void scan_sort_devices(struct host *host)
{
	if (!host->n_devices)
		return;
	qsort(host->devices, host->n_devices, sizeof(*host->devices), compare_addresses);
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
