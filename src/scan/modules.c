/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules of the kernel that VFIO is made of. */
#include "scan/internal.h"

#include "base/alloc.h"
#include "base/cleanup.h"

static const char *const names[] = {
	"vfio", "vfio_iommu_type1", "vfio_pci", "vfio_pci_core", "iommufd", "virtio_iommu",
};

static void scan_module(struct source *source, struct host *host, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/sys/module/%s", name);
	struct module module = { .name = xstrdup(name) };
	enum source_module where = SOURCE_MODULE_MISSING;
	int ret = source_module(source, host->release ? host->release : "", name, &where);

	module.error = -ret;
	module.available = ret >= 0 && where == SOURCE_MODULE_FILE;
	module.builtin = ret >= 0 && where == SOURCE_MODULE_BUILTIN;
	module.loaded = source_exists(source, path) == 0;
	APPEND(host->modules, host->n_modules, module);
}

void scan_modules(struct source *source, struct host *host)
{
	host_clear_modules(host);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		scan_module(source, host, names[i]);
}
