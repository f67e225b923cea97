/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power states of PCI devices, which nothing here changes. */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

static bool is_live(struct source *source)
{
	return source_mode(source) == SOURCE_LIVE || source_mode(source) == SOURCE_RECORD;
}

static bool is_in_d3(const char *state)
{
	return state && text_starts(state, "D3");
}

/*
 * Some kernels have no power_state: it came with 80a129afb75c (5.11), and 5.10.262 has it too. Where
 * it is D3cold, whoever looks for the reason wants the rest; where a copy is read, nothing can be
 * woken.
 * Kernel: drivers/pci/pci-sysfs.c, power_state_show(): 5.10, 6.1, 6.12, 7.3.
 */
static bool wants_status(struct source *source, const struct device *device)
{
	return device_is_cold(device) || (!device->power_state && is_live(source));
}

static void read_status(struct source *source, struct device *const *devices, size_t count)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (wants_status(source, devices[i]))
			batch_add(&batch, devices[i]->path, "power/runtime_status");
		if (device_is_cold(devices[i]))
			batch_add(&batch, devices[i]->path, "d3cold_allowed");
	}
	batch_read(source, &batch);
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *allowed = NULL;

		if (wants_status(source, devices[i]))
			devices[i]->runtime_status = batch_take_line(&batch);
		if (device_is_cold(devices[i]))
			allowed = batch_take_line(&batch);
		devices[i]->can_be_cold = allowed && strcmp(allowed, "1") == 0;
	}
	batch_clear(&batch);
}

void scan_power(struct source *source, struct device *const *devices, size_t count)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < count; i++)
		batch_add(&batch, devices[i]->path, "power_state");
	batch_read(source, &batch);
	for (size_t i = 0; i < count; i++) {
		free(devices[i]->power_state);
		free(devices[i]->runtime_status);
		devices[i]->power_state = batch_take_line(&batch);
		devices[i]->is_power_read = true;
		devices[i]->runtime_status = NULL;
	}
	batch_clear(&batch);
	read_status(source, devices, count);
}

void scan_bridge_clear(struct scan_bridge *bridge)
{
	free(bridge->path);
	free(bridge->state);
	*bridge = (struct scan_bridge){ 0 };
}

/* Find the power state of the bridge that @device is behind. */
static void find_bridge(struct source *source, const struct device *device,
			struct scan_bridge *bridge)
{
	size_t len = (size_t)(strrchr(device->path, '/') - device->path);
	_cleanup_free_ char *attribute = NULL;

	if (bridge->path && strncmp(bridge->path, device->path, len) == 0 && !bridge->path[len])
		return;
	scan_bridge_clear(bridge);
	bridge->path = xstrndup(device->path, len);
	attribute = xjoin(bridge->path, '/', "power_state");
	bridge->state = scan_attribute(source, attribute);
}

/*
 * The kernel resumes the parent of any device before it reads, and the device only out of D3cold. A device
 * without a driver is suspended in the state that it has, D0 or "unknown", and its bridge goes further.
 * Kernel: drivers/pci/pci-sysfs.c, pci_read_config(); drivers/pci/pci.c, pci_config_pm_runtime_get():
 *   5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/pci/pci-driver.c, pci_pm_runtime_suspend(): 5.10, 6.1, 6.12, 7.3.
 */
bool scan_reading_wakes(const struct device *device, const char *bridge)
{
	if (!device->power_state)
		return device->runtime_status && strcmp(device->runtime_status, "suspended") == 0;
	return device_is_cold(device) || is_in_d3(bridge);
}

bool scan_may_read_config(struct source *source, const struct device *device,
			  struct scan_bridge *bridge)
{
	if (!is_live(source))
		return true;
	find_bridge(source, device, bridge);
	return !scan_reading_wakes(device, bridge->state);
}
