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

bool remedy_may_bind(const struct device *device)
{
	if (!device->is_pci || device->class >> 16 == CLASS_BRIDGE ||
	    !text_is_word(device->address))
		return false;
	if (device->driver)
		return text_is_word(device->driver) && state_allows_unbind(device->state);
	/* No driver loses it, but what the firmware or the kernel needs stays alone. */
	return device->state != STATE_KEEP && device->state != STATE_BLOCKED &&
	       device->state != STATE_IN_USE && device->state != STATE_ASSIGNED;
}

/* Bridges between buses need no vfio driver, and neither does what has one. */
static bool needs_binding(const struct device *device)
{
	return !device_is_vfio(device) && !device_is_bridge(device);
}

/*
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

static bool may_bind_all(const struct device *const *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (needs_binding(devices[i]) && !remedy_may_bind(devices[i]))
			return false;
	}
	return true;
}

bool remedy_bind(struct finding *finding, const struct device *const *devices, size_t count)
{
	bool is_begun = false;

	if (!may_bind_all(devices, count))
		return false;
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

/* The reason of a state, where there is one. */
static void append_reason(char **text, const struct device *device)
{
	if (device->reason)
		xappend(text, " (%s)", device->reason);
}

/* Reason why @device is not bound by a command, and what to do first. */
static void append_instead(char **text, const struct device *device)
{
	const char *address = device->address;

	xappend(text, "%s", *text ? "; " : "");
	if (device->class >> 16 == CLASS_BRIDGE) {
		xappend(text, "leave %s to the host: it is part of the chipset", address);
		return;
	}
	switch (device->state) {
	case STATE_KEEP:
		xappend(text, "leave %s to the host, which does not run without it", address);
		break;
	case STATE_IN_USE:
		xappend(text, "stop the use of %s first", address);
		break;
	case STATE_ASSIGNED:
		xappend(text, "stop what uses %s first", address);
		break;
	case STATE_BLOCKED:
		xappend(text, "%s cannot be assigned", address);
		break;
	default:
		xappend(text, "bind %s to its vfio driver only when nothing uses it, which is not known",
			address);
	}
	append_reason(text, device);
}

static bool must_stay(const struct device *device)
{
	return device->state == STATE_KEEP || device->state == STATE_BLOCKED ||
	       device->class >> 16 == CLASS_BRIDGE;
}

char *remedy_bind_words(const struct device *const *devices, size_t count)
{
	char *text = NULL, *list = NULL;
	bool stays = false;

	for (size_t i = 0; i < count; i++) {
		if (!needs_binding(devices[i]))
			continue;
		xappend(&list, "%s%s", list ? ", " : "", devices[i]->address);
		if (remedy_may_bind(devices[i]))
			continue;
		append_instead(&text, devices[i]);
		stays |= must_stay(devices[i]);
	}
	if (stays)
		xappend(&text, "; move the card that is to be passed through to another slot, or "
			       "use another device");
	if (!text && list)
		text = xasprintf("bind %s to vfio-pci", list);
	free(list);
	return text;
}

/* The devices that keep @group from VFIO. Free the array. */
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

	return remedy_bind_words(blockers, count);
}
