/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drivers, and what they mean for the group of their device: which of them are made for VFIO, on kernels
 * before 6.1, which show no directory vfio-dev, and which leave DMA alone.
 *
 * Kernel: drivers/vfio/vfio_main.c, vfio_init(): 6.1, 6.12, 7.3.
 */
#include "scan/internal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/kernel.h"

/*
 * Modules of VFIO that such drivers use. On PCI they use these two; a driver that offers mediated
 * devices uses vfio itself, and still has a device of the host. The first module is the one that each
 * such driver uses, directly or through another of the list.
 *
 * Kernel: drivers/vfio/fsl-mc/vfio_fsl_mc.c, vfio_fsl_mc_driver;
 *   drivers/vfio/platform/vfio_platform.c, vfio_platform_driver: 5.10, 6.1.
 * Kernel: drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_driver;
 *   drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vfio_pci_driver: 6.1.
 */
static const char *const pci_modules[] = { "vfio_pci_core", "vfio_pci", NULL };
static const char *const other_modules[] = { "vfio", "vfio_platform_base", NULL };

/** struct driver - a driver that was judged. Its strings are a device's. */
struct driver {
	const char *bus;
	const char *name;
	bool is_vfio;
};

static bool ends(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && strcmp(text + len - tail, end) == 0;
}

static bool is_named_so(const char *driver)
{
	return text_starts(driver, "vfio") || ends(driver, "_vfio_pci") ||
	       ends(driver, "-vfio-pci");
}

/* True if @module depends on one of @used. @is_known: set if that was seen of the first of them */
static bool depends_on(struct source *source, const char *module, const char *const *used,
		       bool *is_known)
{
	bool found = false;

	for (size_t i = 0; used[i] && !found; i++) {
		_cleanup_free_ char *path = xasprintf("/sys/module/%s/holders", used[i]);
		struct source_list holders = { 0 };
		bool was_seen = source_list(source, path, &holders) >= 0;

		*is_known |= !i && was_seen;
		for (size_t n = 0; n < holders.count; n++)
			found |= strcmp(holders.name[n], module) == 0;
		source_list_clear(&holders);
	}
	return found;
}

/*
 * Code that is built into the kernel has no holders, and often no module: only the name is left. The bus
 * mdev has drivers of VFIO only.
 *
 * Kernel: drivers/vfio/mdev/mdev_driver.c, mdev_register_driver(): 5.10, 6.1.
 */
static bool is_made_for_vfio(struct source *source, const struct driver *driver)
{
	_cleanup_free_ char *directory = xasprintf("/sys/bus/%s/drivers/%s", driver->bus,
						   driver->name);
	_cleanup_free_ char *path = scan_resolve(source, directory, "module");
	bool is_pci = strcmp(driver->bus, "pci") == 0;
	bool is_known = false;

	if (strcmp(driver->bus, "mdev") == 0)
		return true;
	if (path && depends_on(source, text_base_name(path), is_pci ? pci_modules : other_modules,
			       &is_known))
		return true;
	return !is_known && is_named_so(driver->name);
}

static bool judge(struct source *source, const struct device *device, struct driver **drivers,
		  size_t *count)
{
	struct driver driver = { .bus = device->bus, .name = device->driver };

	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*drivers)[i].name, driver.name) == 0 &&
		    strcmp((*drivers)[i].bus, driver.bus) == 0)
			return (*drivers)[i].is_vfio;
	}
	driver.is_vfio = is_made_for_vfio(source, &driver);
	APPEND(*drivers, *count, driver);
	return driver.is_vfio;
}

static void find_vfio_drivers(struct source *source, struct host *host)
{
	_cleanup_free_ struct driver *drivers = NULL;
	size_t count = 0;

	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];

		if (device->group && device->driver && device->bus && !device->vfio_dev &&
		    !device_is_bridge(device))
			device->has_vfio_driver = judge(source, device, &drivers, &count);
	}
}

/*
 * pcieport has bridges between PCI buses and event collectors. Of the drivers in drivers/pci only pcieport
 * and pci-stub say that they leave DMA alone, so shpchp does not. Neither does yenta_cardbus, by the
 * patches of 2023 and 2024 that show its struct pci_driver.
 *
 * Kernel: drivers/pci/pcie/portdrv_pci.c, pcie_portdriver: 6.1.
 * Kernel: drivers/pci/pcie/portdrv.c, pcie_portdriver: 6.12, 7.3.
 * Kernel: drivers/pci/hotplug/shpchp_core.c, shpc_driver: 6.1, 6.12, 7.3.
 */
static enum driver_dma dma_of(const struct device *device, enum answer has_owners)
{
	bool is_port = device->driver && strcmp(device->driver, "pcieport") == 0;

	if (!device->is_pci || !device->driver || has_owners == ANSWER_NO)
		return DRIVER_DMA_BY_DEVICE;
	if (is_port)
		return device_is_bridge(device) || has_owners == ANSWER_YES ? DRIVER_DMA_LEFT
									    : DRIVER_DMA_UNKNOWN;
	if (!device_is_bridge(device) || strcmp(device->driver, "pci-stub") == 0)
		return DRIVER_DMA_BY_DEVICE;
	return has_owners == ANSWER_YES ? DRIVER_DMA_OWNED : DRIVER_DMA_UNKNOWN;
}

/*
 * A kernel with vfio-dev is one from 6.1 on, or has what that brought.
 *
 * Kernel: drivers/vfio/vfio_main.c, vfio_init(): 6.1, 6.12, 7.3.
 */
void scan_vfio_drivers(struct source *source, struct host *host)
{
	bool has_class = source_exists(source, "/sys/class/vfio-dev") == 0;
	enum answer has_owners = has_class ? ANSWER_YES
					   : kernel_owns_dma(host->release, host->build);

	if (!has_class)
		find_vfio_drivers(source, host);
	for (size_t i = 0; i < host->n_devices; i++)
		host->devices[i]->driver_dma = dma_of(host->devices[i], has_owners);
}
