/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers made for VFIO, on kernels before 6.1: they show no directory vfio-dev. */
#include "scan/internal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

/*
 * Modules of VFIO that such drivers use. On PCI they use these two; a driver that offers mediated
 * devices uses vfio itself, and still has a device of the host.
 */
static const char *const pci_modules[] = { "vfio_pci_core", "vfio_pci" };
static const char *const other_modules[] = { "vfio", "mdev", "vfio_platform_base" };

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

/* True if @module depends on one of @used. @is_known: set if that was seen of any of them */
static bool depends_on(struct source *source, const char *module, const char *const *used,
		       size_t count, bool *is_known)
{
	bool found = false;

	for (size_t i = 0; i < count && !found; i++) {
		_cleanup_free_ char *path = xasprintf("/sys/module/%s/holders", used[i]);
		struct source_list holders = { 0 };

		*is_known |= source_list(source, path, &holders) >= 0;
		for (size_t n = 0; n < holders.count; n++)
			found |= strcmp(holders.name[n], module) == 0;
		source_list_clear(&holders);
	}
	return found;
}

/* Code that is built into the kernel has no holders, and often no module: only the name is left. */
static bool is_made_for_vfio(struct source *source, const struct driver *driver)
{
	_cleanup_free_ char *directory = xasprintf("/sys/bus/%s/drivers/%s", driver->bus,
						   driver->name);
	_cleanup_free_ char *path = scan_resolve(source, directory, "module");
	bool is_pci = strcmp(driver->bus, "pci") == 0;
	bool is_known = false;

	if (path && depends_on(source, text_base_name(path), is_pci ? pci_modules : other_modules,
			       is_pci ? COUNT(pci_modules) : COUNT(other_modules), &is_known))
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

void scan_vfio_drivers(struct source *source, struct host *host)
{
	_cleanup_free_ struct driver *drivers = NULL;
	size_t count = 0;

	if (source_exists(source, "/sys/class/vfio-dev") == 0 ||
	    source_exists(source, "/sys/module/vfio") < 0)
		return;
	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];

		if (device->group && device->driver && device->bus && !device->vfio_dev &&
		    !device_is_bridge(device))
			device->has_vfio_driver = judge(source, device, &drivers, &count);
	}
}
