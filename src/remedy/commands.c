/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short fixes that several checks have. */
#include "remedy/remedy.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/*
 * All that are set here may be written while the module is loaded.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, allow_unsafe_interrupts, disable_hugepages,
 *   dma_entry_limit; kernel/params.c, param_attr_store(): 5.10, 6.1, 6.12, 7.3.
 */
void remedy_parameter(struct finding *finding, const char *does, const char *module,
		      const char *name, const char *value)
{
	finding_command(
		finding, does,
		xasprintf("echo %s | sudo tee /sys/module/%s/parameters/%s", value, module, name));
}

/*
 * Containers copy the limit at VFIO_SET_IOMMU. Of several files in modprobe.d, the last one by name
 * counts. With an option that is no unsigned int the module would not load any more.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_open(), dma_entry_limit: 5.10, 6.1,
 *   6.12, 7.3.
 */
void remedy_entry_limit(struct finding *finding, uint64_t limit)
{
	_cleanup_free_ char *value = xasprintf("%" PRIu64, limit < UINT32_MAX ? limit : UINT32_MAX);

	remedy_parameter(finding, "sets the limit of containers that are opened from now on",
			 "vfio_iommu_type1", "dma_entry_limit", value);
	finding_command(finding, "sets the limit whenever the module is loaded",
			xasprintf("echo 'options vfio_iommu_type1 dma_entry_limit=%s' | sudo tee "
				  "/etc/modprobe.d/zz-vfio-dma-entry-limit.conf",
				  value));
}

/* Kernel: none, a command of kmod. */
void remedy_modprobe(struct finding *finding, const char *module)
{
	_cleanup_free_ char *does = xasprintf("loads %s", module);

	finding_command(finding, does, xasprintf("sudo modprobe %s", module));
}

/* Kernel: none, a command of util-linux. */
void remedy_log(struct finding *finding, const char *words)
{
	_cleanup_free_ char *does = xasprintf("shows the kernel log: look for %s", words);

	finding_command(finding, does, xstrdup("sudo dmesg"));
}
