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
	/* A driver may have it that was not seen. */
	return device->state == STATE_NONE || state_allows_unbind(device->state);
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

/** enum advice - reason for which a device is not bound by a command. */
enum advice {
	ADVICE_CHIPSET,
	ADVICE_KEEP,
	ADVICE_BLOCKED,
	ADVICE_IN_USE,
	ADVICE_ASSIGNED,
	ADVICE_UNKNOWN,
	ADVICE_COUNT,
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
	[ADVICE_UNKNOWN] = { "make sure that nothing uses ", " before binding to vfio-pci" },
};

static bool is_advised(const struct device *device, enum advice advice)
{
	return needs_binding(device) && !remedy_may_bind(device) && advice_for(device) == advice;
}

/*
 * "0000:01:00.0, 0000:01:00.1 (its interfaces were not seen), …"; NULL without such devices. Those
 * that follow each other with the same reason have it once, behind the last of them.
 */
static char *advised(const struct device *const *devices, size_t count, enum advice advice)
{
	const char *last = NULL;
	char *list = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *reason = devices[i]->reason;

		if (!is_advised(devices[i], advice))
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

static char *bind_words(const struct device *const *devices, size_t count)
{
	char *list = NULL;

	for (size_t i = 0; i < count; i++) {
		if (needs_binding(devices[i]))
			xappend(&list, "%s%s", list ? ", " : "bind ", devices[i]->address);
	}
	if (list)
		xappend(&list, " to vfio-pci");
	return list;
}

char *remedy_bind_words(const struct device *const *devices, size_t count)
{
	bool stays = false;
	char *text = NULL;

	for (enum advice advice = ADVICE_CHIPSET; advice < ADVICE_COUNT; advice++) {
		_cleanup_free_ char *list = advised(devices, count, advice);

		if (!list)
			continue;
		xappend(&text, "%s%s%s%s", text ? "; " : "", advices[advice].before, list,
			advices[advice].after);
		stays |= advice <= ADVICE_BLOCKED;
	}
	if (stays)
		xappend(&text, "; move the card that is to be passed through to another slot, or "
			       "use another device");
	return text ? text : bind_words(devices, count);
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
