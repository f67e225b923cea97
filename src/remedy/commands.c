/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short fixes that several checks have. */
#include "remedy/remedy.h"

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
