/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts that decide whether VFIO can really use a device that could be assigned. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

/** struct candidates - devices that could be assigned. */
struct candidates {
	struct device **device;
	size_t count;
};

static void find_candidates(struct group *const *groups, size_t n_groups, struct candidates *found)
{
	for (size_t i = 0; i < n_groups; i++) {
		for (size_t n = 0; n < groups[i]->n_devices; n++) {
			struct device *device = groups[i]->devices[n];

			if (device->is_pci && !device_is_bridge(device))
				APPEND(found->device, found->count, device);
		}
	}
}

/* That of some was read before their configuration space (scan_ports()), if that was. */
static void read_power(struct source *source, const struct candidates *found)
{
	struct candidates unread = { 0 };

	for (size_t i = 0; i < found->count; i++) {
		if (!found->device[i]->is_power_read)
			APPEND(unread.device, unread.count, found->device[i]);
	}
	scan_power(source, unread.device, unread.count);
	free(unread.device);
}

/* Devices that are asked: on a kernel without the attribute none shows them. */
#define ASKED_MAX 256

/*
 * True if the kernel shows the ways to reset a device at all, as it does from 5.15 on (e210d9fc0903).
 * Kernel: drivers/pci/pci.c, reset_method_show(): 6.1, 6.12.
 * Kernel: drivers/pci/pci-sysfs.c, reset_method_show(): 7.3.
 */
static bool shows_resets(struct source *source, const struct host *host)
{
	size_t asked = 0;

	for (size_t i = 0; i < host->n_devices && asked < ASKED_MAX; i++) {
		const struct device *device = host->devices[i];
		_cleanup_free_ char *path = xjoin(device->path, '/', "reset_method");
		_cleanup_free_ char *text = NULL;

		if (!device->is_pci || device_is_bridge(device))
			continue;
		text = scan_attribute(source, path);
		if (text)
			return true;
		asked++;
	}
	return false;
}

/*
 * The file is empty where the administrator disabled all ways. Where the device had none to begin with,
 * there is no file: whether that says anything, the other devices of the host tell.
 * Kernel: drivers/pci/pci.c, pci_dev_reset_method_attr_is_visible(): 6.1, 6.12.
 * Kernel: drivers/pci/pci-sysfs.c, pci_dev_reset_attr_is_visible(): 7.3.
 */
static void read_resets(struct source *source, const struct host *host,
			const struct candidates *found)
{
	struct batch batch = { 0 };
	bool is_asked = false, is_shown = false;

	for (size_t i = 0; i < found->count; i++)
		batch_add(&batch, found->device[i]->path, "reset_method");
	batch_read(source, &batch);
	for (size_t i = 0; i < found->count; i++) {
		struct device *device = found->device[i];
		char *text;
		size_t len;
		int ret = batch_take(&batch, &text, &len);

		free(device->reset_methods);
		device->reset_methods = ret < 0 ? NULL : xstrdup(scan_line(text));
		if (ret != -ENOENT)
			continue;
		if (!is_asked)
			is_shown = shows_resets(source, host);
		is_asked = true;
		if (is_shown)
			device->reset_methods = xstrdup("");
	}
	batch_clear(&batch);
}

/* The driver of the device may have memory in its BARs: vfio drivers call themselves many names. */
static bool is_own(const struct device *device, const char *owner)
{
	return strstr(owner, "vfio") || (device->driver && strcmp(device->driver, owner) == 0);
}

static void note_claim(const struct scan_index *index, const struct source_claim *claim)
{
	struct device *device = scan_index_find(index, claim->device);

	if (!device || !device_is_vfio(device) || is_own(device, claim->owner))
		return;
	xappend(&device->bar_claim, "%s%s", device->bar_claim ? ", " : "", claim->owner);
}

static void clear_framebuffers(struct host *host)
{
	for (size_t i = 0; i < host->n_framebuffers; i++)
		free(host->framebuffers[i]);
	free(host->framebuffers);
	host->framebuffers = NULL;
	host->n_framebuffers = 0;
}

/* As many drivers as there are for what the firmware set up; each is called like its device. */
static void read_framebuffers(struct source *source, struct host *host)
{
	static const char *const names[] = { "simple-framebuffer", "efi-framebuffer",
					     "vesa-framebuffer" };

	clear_framebuffers(host);
	for (size_t i = 0; i < COUNT(names); i++) {
		_cleanup_free_ char *bound = xasprintf("/sys/bus/platform/drivers/%s/%s.0",
						       names[i], names[i]);
		_cleanup_free_ char *driver = xasprintf("/sys/devices/platform/%s.0/driver",
							names[i]);

		if (source_exists(source, bound) == 0 || source_exists(source, driver) == 0)
			APPEND(host->framebuffers, host->n_framebuffers, xstrdup(names[i]));
	}
}

static void clear_claims(struct host *host)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		free(host->devices[i]->bar_claim);
		host->devices[i]->bar_claim = NULL;
	}
	clear_framebuffers(host);
}

/* Only a device that a vfio driver is bound to has nobody else's memory in its BARs. */
static void read_claims(struct source *source, struct host *host, const struct candidates *found)
{
	struct source_claims claims;
	struct scan_index index;
	bool is_claimed = false;
	size_t bound = 0;

	for (size_t i = 0; i < found->count; i++)
		bound += device_is_vfio(found->device[i]);
	if (!bound)
		return;
	clear_claims(host);
	source_claims(source, &claims);
	scan_index_make(&index, host);
	for (size_t i = 0; i < claims.count; i++)
		note_claim(&index, &claims.claim[i]);
	scan_index_clear(&index);
	source_claims_clear(&claims);
	for (size_t i = 0; i < host->n_devices; i++)
		is_claimed |= host->devices[i]->bar_claim != NULL;
	if (is_claimed)
		read_framebuffers(source, host);
}

/* That a driver is wanted says that its probe failed, or that it is not there. */
static void read_overrides(struct source *source, const struct candidates *found)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < found->count; i++)
		batch_add(&batch, found->device[i]->path, "driver_override");
	batch_read(source, &batch);
	for (size_t i = 0; i < found->count; i++) {
		free(found->device[i]->driver_override);
		found->device[i]->driver_override = scan_take_override(&batch);
	}
	batch_clear(&batch);
}

/* As long as no driver has the boot display, the framebuffer of the firmware may show the console. */
static bool may_show_console(const struct device *device)
{
	return device->is_pci && device->is_console && !device->driver;
}

void scan_driverless(struct source *source, struct host *host)
{
	struct candidates found = { 0 };
	bool may_show = false;

	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];

		if (device->is_pci && device->group && !device->driver && !device_is_bridge(device))
			APPEND(found.device, found.count, device);
		may_show |= may_show_console(device);
	}
	if (may_show)
		read_framebuffers(source, host);
	read_overrides(source, &found);
	free(found.device);
}

void scan_usable(struct source *source, struct host *host, struct group *const *groups,
		 size_t n_groups)
{
	struct candidates found = { 0 };

	find_candidates(groups, n_groups, &found);
	read_power(source, &found);
	read_resets(source, host, &found);
	read_claims(source, host, &found);
	free(found.device);
}
