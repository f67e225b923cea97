/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules of the kernel that VFIO is made of. */
#include "scan/internal.h"

#include "base/alloc.h"
#include "base/cleanup.h"

static const char *const names[] = {
	"vfio",		"vfio_iommu_type1",	"vfio_pci", "vfio_pci_core", "iommufd",
	"virtio_iommu", "vfio_iommu_spapr_tce",
};

static void take_module(struct source *source, struct host *host,
			const struct source_lookup *lookup)
{
	_cleanup_free_ char *path = xasprintf("/sys/module/%s", lookup->name);
	struct module module = { .name = xstrdup(lookup->name) };

	module.error = -lookup->error;
	module.available = !lookup->error && lookup->where == SOURCE_MODULE_FILE;
	module.builtin = !lookup->error && lookup->where == SOURCE_MODULE_BUILTIN;
	module.loaded = source_exists(source, path) == 0;
	APPEND(host->modules, host->n_modules, module);
}

void scan_modules(struct source *source, struct host *host)
{
	struct source_lookup lookups[sizeof(names) / sizeof(*names)];
	/* The last one exists on ppc64 only. */
	size_t count = sizeof(names) / sizeof(*names) - (host_is_ppc64(host) ? 0 : 1);

	host_clear_modules(host);
	for (size_t i = 0; i < count; i++)
		lookups[i] = (struct source_lookup){ .name = names[i] };
	source_modules(source, host->release ? host->release : "", lookups, count);
	for (size_t i = 0; i < count; i++)
		take_module(source, host, &lookups[i]);
}
