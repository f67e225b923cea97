/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/remedy.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define CLASS_BRIDGE 0x06

static void add(struct finding *finding, char *does, char *text)
{
	finding_command(finding, does, text);
	free(does);
}

/*
 * Kernel: include/linux/pci_ids.h, PCI_BASE_CLASS_BRIDGE; drivers/pci/iov.c, pci_iov_remove():
 *   5.10, 6.1, 6.12, 7.3.
 */
bool remedy_may_bind(const struct device *device)
{
	if (!device->is_pci || device->class >> 16 == CLASS_BRIDGE ||
	    !text_is_word(device->address))
		return false;
	return (!device->driver || text_is_word(device->driver)) &&
	       state_allows_unbind(device->state);
}

/* Bridges between buses need no vfio driver, and neither does what has one. */
static bool needs_binding(const struct device *device)
{
	return !device_is_vfio(device) && !device_is_bridge(device);
}

/*
 * Kernel: drivers/base/bus.c, unbind_store(), drivers_probe_store(); drivers/pci/pci-driver.c,
 *   pci_match_device(): 5.10, 6.1, 6.12, 7.3.
 *
 * The driver is named in the path of unbind, and not taken from the link of the device: repeated,
 * the command finds nothing to do there, while the link would lead to vfio-pci.
 */
static void bind_one(struct finding *finding, const struct device *device)
{
	const char *address = device->address;

	add(finding, xasprintf("lets only vfio-pci bind %s", address),
	    xasprintf("echo vfio-pci | sudo tee /sys/bus/pci/devices/%s/driver_override", address));
	if (device->driver)
		add(finding, xasprintf("takes %s from %s, which stops", address, device->driver),
		    xasprintf("echo %s | sudo tee /sys/bus/pci/drivers/%s/unbind", address,
			      device->driver));
	add(finding, xasprintf("binds %s to vfio-pci", address),
	    xasprintf("echo %s | sudo tee /sys/bus/pci/drivers_probe", address));
}

bool remedy_bind(struct finding *finding, const struct device *const *devices, size_t count)
{
	bool is_begun = false;

	for (size_t i = 0; i < count; i++) {
		if (needs_binding(devices[i]) && !remedy_may_bind(devices[i]))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!needs_binding(devices[i]))
			continue;
		if (!is_begun)
			remedy_modprobe(finding, "vfio-pci");
		is_begun = true;
		bind_one(finding, devices[i]);
	}
	return true;
}

/** enum advice - reason for which a device is not bound by a command. */
enum advice {
	ADVICE_CHIPSET,
	ADVICE_KEEP,
	ADVICE_BLOCKED,
	ADVICE_IN_USE,
	ADVICE_ASSIGNED,
	ADVICE_UNKNOWN,
};

static enum advice advice_for(const struct device *device)
{
	if (device->class >> 16 == CLASS_BRIDGE)
		return ADVICE_CHIPSET;
	switch (device->state) {
	case STATE_KEEP:
		return ADVICE_KEEP;
	case STATE_BLOCKED:
		return ADVICE_BLOCKED;
	case STATE_IN_USE:
		return ADVICE_IN_USE;
	case STATE_ASSIGNED:
		return ADVICE_ASSIGNED;
	default:
		return ADVICE_UNKNOWN;
	}
}

/* Words around the addresses of the devices that have one advice. */
static const struct {
	const char *before;
	const char *after;
} advices[] = {
	[ADVICE_CHIPSET] = { "leave ", " to the host, as part of the chipset" },
	[ADVICE_KEEP] = { "leave ", " to the host, which does not run without it" },
	[ADVICE_BLOCKED] = { "", " cannot be assigned" },
	[ADVICE_IN_USE] = { "stop the use of ", " first" },
	[ADVICE_ASSIGNED] = { "stop what uses ", " first" },
};

static bool is_advised(const struct device *device, enum advice advice)
{
	return needs_binding(device) && !remedy_may_bind(device) && advice_for(device) == advice;
}

static bool has_used(const struct device *const *devices, size_t count, bool beside)
{
	for (size_t i = 0; i < count; i++) {
		if (devices[i]->state == STATE_IN_USE && devices[i]->is_used_beside == beside)
			return true;
	}
	return false;
}

/*
 * "0000:01:00.0, 0000:01:00.1 (its interfaces were not seen), …"; NULL without such devices. Those
 * that follow each other with the same reason have it once, behind the last of them.
 */
static char *advised(const struct device *const *devices, size_t count, enum advice advice)
{
	/* The use that is to be stopped is that of the others. */
	bool is_beside_told = advice == ADVICE_IN_USE && has_used(devices, count, false);
	const char *last = NULL;
	char *list = NULL;

	for (size_t i = 0; i < count; i++) {
		/* That of the chipset is in the advice. */
		const char *reason = advice == ADVICE_CHIPSET ? NULL : devices[i]->reason;

		if (!is_advised(devices[i], advice) ||
		    (is_beside_told && devices[i]->is_used_beside))
			continue;
		if (last && (!reason || strcmp(last, reason) != 0))
			xappend(&list, " (%s)", last);
		xappend(&list, "%s%s", list ? ", " : "", devices[i]->address);
		last = reason;
	}
	if (last)
		xappend(&list, " (%s)", last);
	return list;
}

/* The reason that all devices without evidence share, or NULL. */
static const char *common_reason(const struct device *const *devices, size_t count)
{
	const char *common = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *reason = devices[i]->reason;

		if (!is_advised(devices[i], ADVICE_UNKNOWN))
			continue;
		if (!reason || (common && strcmp(common, reason) != 0))
			return NULL;
		common = reason;
	}
	return common;
}

/*
 * "bind A, B to vfio-pci, once nothing uses B (its interfaces were not seen)". That they have to be
 * bound does not depend on what was seen of their use, which is said once for all of them. Devices
 * of other buses have vfio drivers of their own (vfio-platform, vfio_ap …).
 *
 * Kernel: drivers/vfio/platform/vfio_platform.c, vfio_platform_probe();
 *   drivers/s390/crypto/vfio_ap_drv.c, VFIO_AP_DRV_NAME: 5.10, 6.1, 6.12, 7.3.
 */
static char *bind_when_idle_words(const struct device *const *devices, size_t count)
{
	const char *reason = common_reason(devices, count);
	_cleanup_free_ char *unknown = NULL;
	size_t needed = 0, unseen = 0;
	bool is_pci = true;
	char *text = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct device *device = devices[i];

		if (!needs_binding(device))
			continue;
		xappend(&text, "%s%s", needed++ ? ", " : "bind ", device->address);
		is_pci &= device->is_pci;
		if (is_advised(device, ADVICE_UNKNOWN))
			xappend(&unknown, "%s%s", unseen++ ? ", " : "", device->address);
	}
	if (text)
		xappend(&text, " to %s", is_pci ? "vfio-pci" : "the vfio driver of the bus");
	if (!unseen)
		return text;
	xappend(&text, ", once nothing uses %s (%s)",
		unseen < needed ? unknown
		: unseen == 1	? "it"
				: "them",
		reason ? reason : "whether the host uses them was not seen");
	return text;
}

/* Length of an address without the function: "0000:03:00". */
static size_t slot_len(const char *address)
{
	const char *dot = strrchr(address, '.');

	return dot ? (size_t)(dot - address) : strlen(address);
}

/* True if @group has a device on another card than @device, which another slot would set free. */
static bool has_other_card(const struct group *group, const struct device *device)
{
	size_t len = slot_len(device->address);

	for (size_t i = 0; group && i < group->n_devices; i++) {
		const struct device *other = group->devices[i];

		if (other->class >> 16 != CLASS_BRIDGE && !device_is_chipset(other) &&
		    (slot_len(other->address) != len ||
		     strncmp(other->address, device->address, len) != 0))
			return true;
	}
	return false;
}

char *remedy_bind_words(const struct device *const *devices, size_t count)
{
	bool serves_functions = false, has_unknown = false, stays = false;
	const char *separator = "";
	char *text = NULL;

	for (size_t i = 0; i < count; i++) {
		has_unknown |= is_advised(devices[i], ADVICE_UNKNOWN);
		serves_functions |= is_advised(devices[i], ADVICE_IN_USE) &&
				    devices[i]->serves_functions;
	}
	if (serves_functions) {
		text = xstrdup("assign the VFs instead, which end with the driver of their PF");
		separator = "; or ";
	}
	for (enum advice advice = ADVICE_CHIPSET; advice < ADVICE_UNKNOWN; advice++) {
		_cleanup_free_ char *list = advised(devices, count, advice);

		if (!list)
			continue;
		xappend(&text, "%s%s%s%s", separator, advices[advice].before, list,
			advices[advice].after);
		separator = "; ";
		stays |= advice <= ADVICE_BLOCKED;
	}
	if (stays) {
		xappend(&text, "; %suse another device",
			has_other_card(devices[0]->group, devices[0])
				? "move the card that is to be passed through to another slot, or "
				: "");
	} else if (!text || has_unknown || has_used(devices, count, true)) {
		_cleanup_free_ char *bind = bind_when_idle_words(devices, count);

		if (bind)
			xappend(&text, "%s%s", text ? "; then " : "", bind);
	}
	return text;
}

/*
 * The devices that keep @group from VFIO. Free the array.
 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(): 5.10.
 * Kernel: drivers/iommu/iommu.c, iommu_device_use_default_domain(): 6.1, 6.12, 7.3.
 */
static const struct device **blockers_of(const struct group *group, size_t *count)
{
	const struct device **blockers = xcalloc(group->n_devices + 1, sizeof(*blockers));

	*count = 0;
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_blocks_group(group->devices[i]))
			blockers[(*count)++] = group->devices[i];
	}
	return blockers;
}

bool remedy_group(struct finding *finding, const struct group *group)
{
	size_t count;
	_cleanup_free_ const struct device **blockers = blockers_of(group, &count);

	return remedy_bind(finding, blockers, count);
}

char *remedy_group_words(const struct group *group)
{
	size_t count;
	_cleanup_free_ const struct device **blockers = blockers_of(group, &count);
	char *words = remedy_bind_words(blockers, count);

	/* No vfio driver takes a bridge. What its driver does for the host ends: no command. */
	for (size_t i = 0; i < count; i++) {
		if (device_is_bridge(blockers[i]))
			xappend(&words,
				"%sunbind the bridge %s from %s, if the host does not need what "
				"%s does",
				words ? "; " : "", blockers[i]->address, blockers[i]->driver,
				blockers[i]->driver);
	}
	return words;
}
