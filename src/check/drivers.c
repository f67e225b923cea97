/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about drivers that have a device although vfio-pci was to get it. */
#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/block.h"
#include "model/cmdline.h"
#include "remedy/remedy.h"

#define CLASS_STORAGE 0x01
#define CLASS_NETWORK 0x02

/* The ids that vfio-pci was given, on the kernel command line or by a parameter. Free it. */
static char *wished_ids(const struct host *host)
{
	char *ids = cmdline_value(host->cmdline, "vfio_pci.ids");

	for (size_t i = 0; !ids && i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];

		if (parameter->value && strcmp(parameter->module, "vfio_pci") == 0 &&
		    strcmp(parameter->name, "ids") == 0)
			ids = xstrdup(parameter->value);
	}
	return ids;
}

static bool is_or_any(unsigned int wanted, unsigned int number)
{
	return wanted == UINT32_MAX || wanted == number;
}

/*
 * Vendor and device, and where they are there subsystem ids, class and its mask; ffffffff stands
 * for any but in the last two.
 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/pci/pci.h, pci_match_one_device(): 5.10.
 * Kernel: drivers/pci/pci.h, pci_match_one_id(): 6.1, 6.12, 7.3.
 */
static bool is_of_id(const struct device *device, const char *id)
{
	unsigned int vendor, number, subvendor = UINT32_MAX, subdevice = UINT32_MAX;
	unsigned int class = 0, mask = 0;

	return sscanf(id, "%x:%x:%x:%x:%x:%x", &vendor, &number, &subvendor, &subdevice, &class,
		      &mask) >= 2 &&
	       is_or_any(vendor, device->vendor) && is_or_any(number, device->device) &&
	       is_or_any(subvendor, device->subvendor) && is_or_any(subdevice, device->subdevice) &&
	       !((class ^ device->class) & mask);
}

/* The id behind the one at @id in a list of them. */
static const char *next_id(const char *id)
{
	id += strcspn(id, ",");
	return id + (*id == ',');
}

static bool is_wished(const struct device *device, const char *ids)
{
	if (!device->is_pci || device_is_bridge(device))
		return false;
	for (const char *at = ids; *at; at = next_id(at)) {
		if (is_of_id(device, at))
			return true;
	}
	return false;
}

static bool has_used_functions(const struct host *host, const struct device *physical)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];

		if (device->physical_function &&
		    strcmp(device->physical_function, physical->address) == 0 &&
		    (device_is_vfio(device) || device->state == STATE_IN_USE))
			return true;
	}
	return false;
}

/*
 * True if the host may not come up again, or loses the VFs of @device, where vfio-pci is loaded
 * first. The user of a GPU is only without its display.
 */
static bool is_of_host(const struct host *host, const struct device *device)
{
	if (!device->driver || device_is_vfio(device))
		return false;
	if (device->state == STATE_KEEP || has_used_functions(host, device))
		return true;
	/* A card whose interfaces were not seen may be the way to the host. */
	if (device->class >> 16 == CLASS_NETWORK)
		return device->state == STATE_UNKNOWN;
	if (device->class >> 16 != CLASS_STORAGE)
		return false;
	return device->state == STATE_IN_USE || device->state == STATE_UNKNOWN ||
	       (device->state == STATE_BLOCKED &&
		blocks_device_need(&host->blocks, device) != BLOCK_IDLE);
}

/* Those of @ids that match a device of the host: a boot cannot tell it from its twin. Free it. */
static char *shared_ids(const struct host *host, const char *ids)
{
	char *shared = NULL;

	for (const char *at = ids; *at; at = next_id(at)) {
		_cleanup_free_ char *id = xstrndup(at, strcspn(at, ","));
		size_t i = 0;

		while (i < host->n_devices &&
		       !(is_wished(host->devices[i], id) && is_of_host(host, host->devices[i])))
			i++;
		if (i < host->n_devices)
			xappend(&shared, "%s%s", shared ? "," : "", id);
	}
	return shared ? shared : xstrdup("");
}

static bool is_asked(const struct check_input *input, const struct device *device)
{
	return !input->named || check_has_group(input, device->group);
}

/** struct chosen - devices that a finding is about. */
struct chosen {
	const struct device **devices;
	size_t count;
};

static void choose(struct chosen *chosen, const struct device *device)
{
	APPEND(chosen->devices, chosen->count, device);
}

/* "0000:01:00.0 (nvidia), 0000:01:00.1 (nvme: / is mounted from nvme0n1p1)". Free it. */
static char *list_chosen(const struct chosen *chosen, bool has_reasons)
{
	char *list = NULL;

	for (size_t i = 0; i < chosen->count; i++) {
		const struct device *device = chosen->devices[i];
		const char *reason = has_reasons ? device->reason : NULL;

		xappend(&list, "%s%s (%s%s%s)", list ? ", " : "", device->address,
			device->driver ? device->driver : "no driver", reason ? ": " : "",
			reason ? reason : "");
	}
	return list;
}

static void name_devices(struct finding *finding, const struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->count; i++) {
		finding_device(finding, chosen->devices[i]->address);
		finding_driver(finding, chosen->devices[i]->driver);
	}
}

/* "softdep nvidia pre: vfio-pci", one for each driver. Free it. */
static char *first_words(const struct chosen *chosen)
{
	struct finding drivers = { 0 };
	struct findings all = { 0 };
	char *text = xstrdup("let vfio-pci be loaded first, in the initramfs or with ");

	for (size_t i = 0; i < chosen->count; i++)
		finding_driver(&drivers, chosen->devices[i]->driver);
	for (size_t i = 0; i < drivers.n_drivers; i++)
		xappend(&text, "%s'softdep %s pre: vfio-pci'", i ? " and " : "",
			drivers.drivers[i]);
	xappend(&text, " in /etc/modprobe.d, rebuild the initramfs and reboot");
	findings_add(&all, &drivers);
	findings_clear(&all);
	return text;
}

/* Nothing that lets vfio-pci be first is told here: it would get the device of the host too. */
static void found_shared(struct checker *checker, const char *shared, const struct chosen *own,
			 const struct chosen *twins)
{
	_cleanup_free_ char *list = list_chosen(own, true);
	_cleanup_free_ char *hint = xasprintf("remove %s from vfio-pci.ids, and bind ", shared);
	struct finding *finding;

	for (size_t i = 0; i < twins->count; i++)
		xappend(&hint, "%s%s", i ? ", " : "", twins->devices[i]->address);
	xappend(&hint, "%s by %s (driver_override, for example with driverctl)",
		twins->count ? "" : "the device that is to be passed through",
		twins->count > 1 ? "their addresses" : "its address");
	finding = found(checker, SEVERITY_WARNING, "host", hint,
			"vfio-pci.ids also matches %s: a boot that loads vfio-pci first takes %s "
			"from the host",
			list, own->count == 1 ? "it" : "them");
	name_devices(finding, own);
	remedy_bind(finding, twins->devices, twins->count);
}

static void run_shared(const struct check_input *input, struct checker *checker, const char *shared)
{
	struct chosen own = { 0 }, twins = { 0 };
	bool is_told = false;

	for (size_t i = 0; *shared && i < input->host->n_devices; i++) {
		const struct device *device = input->host->devices[i];

		if (!is_wished(device, shared))
			continue;
		is_told |= is_asked(input, device);
		choose(is_of_host(input->host, device) ? &own : &twins, device);
	}
	if (is_told)
		found_shared(checker, shared, &own, &twins);
	free(own.devices);
	free(twins.devices);
}

static void run_taken(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *ids = wished_ids(input->host);
	_cleanup_free_ char *shared = ids ? shared_ids(input->host, ids) : NULL;
	struct chosen chosen = { 0 };

	if (shared)
		run_shared(input, checker, shared);

	for (size_t i = 0; ids && i < input->host->n_devices; i++) {
		const struct device *device = input->host->devices[i];

		if (device->driver && is_wished(device, ids) && !is_wished(device, shared) &&
		    !device_is_vfio(device) && is_asked(input, device))
			choose(&chosen, device);
	}
	if (chosen.count) {
		_cleanup_free_ char *list = list_chosen(&chosen, false);
		_cleanup_free_ char *hint = first_words(&chosen);
		struct finding *finding = found(checker, SEVERITY_NOTE, "host", hint,
						"vfio-pci.ids names %s, but %s came first", list,
						chosen.count == 1 ? "that driver"
								  : "those drivers");

		name_devices(finding, &chosen);
		remedy_bind(finding, chosen.devices, chosen.count);
	}
	free(chosen.devices);
}

/* An id that a device of the host has too is none to add. */
static char *left_out_words(const struct host *host, const char *ids)
{
	_cleanup_free_ char *shared = shared_ids(host, ids);

	if (!*shared)
		return xasprintf("add %s to vfio-pci.ids, for the whole card", ids);
	return xasprintf("do not add %s to vfio-pci.ids, which also %s a device of the host: bind "
			 "the functions by their addresses, if the host does not need them "
			 "(driver_override, for example with driverctl)",
			 shared, strchr(shared, ',') ? "match" : "matches");
}

static void found_left_out(struct checker *checker, const struct device *named,
			   const struct chosen *others)
{
	_cleanup_free_ char *hint = NULL;
	_cleanup_free_ char *list = NULL;
	_cleanup_free_ char *ids = xstrdup("");
	struct finding *finding;

	for (size_t i = 0; i < others->count; i++) {
		const struct device *device = others->devices[i];

		xappend(&list, "%s%s (%04x:%04x)", list ? ", " : "", device->address,
			device->vendor, device->device);
		xappend(&ids, "%s%04x:%04x", i ? "," : "", device->vendor, device->device);
	}
	hint = left_out_words(checker->input->host, ids);
	finding =
		found_in_group(checker, SEVERITY_NOTE, named->group, hint,
			       "vfio-pci.ids names %s (%04x:%04x), but not the other functions of "
			       "the card: %s",
			       named->address, named->vendor, named->device, list);
	finding_device(finding, named->address);
	name_devices(finding, others);
}

static void run_left_out(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *ids = wished_ids(input->host);
	_cleanup_free_ char *shared = ids ? shared_ids(input->host, ids) : NULL;

	for (size_t g = 0; ids && g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		const struct device *named = NULL;
		struct chosen others = { 0 };

		for (size_t i = 0; !named && i < group->n_devices; i++) {
			if (is_wished(group->devices[i], ids) &&
			    !is_wished(group->devices[i], shared))
				named = group->devices[i];
		}
		for (size_t i = 0; named && i < group->n_devices; i++) {
			const struct device *device = group->devices[i];

			/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): no device is NULL */
			if (!device->physical_function && !is_wished(device, ids) &&
			    !device_is_vfio(device) && !device_is_bridge(device) &&
			    device_is_same_card(named, device))
				choose(&others, device);
		}
		if (others.count)
			found_left_out(checker, named, &others);
		free(others.devices);
	}
}

/* Devices in use stay with their program; the others still get their commands. */
static void run_uio(const struct check_input *input, struct checker *checker)
{
	struct chosen chosen = { 0 }, idle = { 0 };

	for (size_t i = 0; input->host->n_groups && i < input->host->n_devices; i++) {
		const struct device *device = input->host->devices[i];

		if (!device_is_uio(device) || !is_asked(input, device))
			continue;
		choose(&chosen, device);
		if (remedy_may_bind(device))
			choose(&idle, device);
	}
	if (chosen.count) {
		_cleanup_free_ char *list = list_chosen(&chosen, false);
		_cleanup_free_ char *hint = remedy_bind_words(chosen.devices, chosen.count);
		struct finding *finding = found(
			checker, SEVERITY_NOTE, "host", hint,
			"%s: UIO drivers map nothing in the IOMMU, which this host has: programs use physical addresses for DMA",
			list);

		name_devices(finding, &chosen);
		remedy_bind(finding, idle.devices, idle.count);
	}
	free(chosen.devices);
	free(idle.devices);
}

static const struct check checks[] = {
	/*
	 * The order in which modules are loaded is modprobe's.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids(); drivers/base/dd.c,
	 *   __driver_attach(): 5.10, 6.1, 6.12, 7.3.
	 */
	{ "ids-taken", "Another driver was bound before vfio-pci",
	  "vfio-pci.ids= tells vfio-pci which devices to bind, by vendor and device. A driver\n"
	  "that is loaded earlier, often in the initramfs, binds them first and keeps them.\n"
	  "A softdep in /etc/modprobe.d makes modprobe load vfio-pci before that driver;\n"
	  "it works only where the file is in the initramfs too. Where an id also matches a\n"
	  "device that the host needs, such as a second disk of the same model, vfio-pci\n"
	  "would get that one too: bind the other by its address instead.\n",
	  .run = run_taken },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(): 5.10.
	 * Kernel: drivers/iommu/iommu.c, iommu_device_use_default_domain(): 6.1, 6.12, 7.3.
	 */
	{ "ids-incomplete", "vfio-pci.ids does not name all functions of a card",
	  "No function of a card that shares the group may keep a driver of the host. A\n"
	  "graphics card often has functions for audio, USB and USB-C beside the display,\n"
	  "each with an id of its own, to which those drivers bind at the next boot.\n",
	  .run = run_left_out },
	/*
	 * igb_uio is DPDK's.
	 * Kernel: drivers/uio/uio_pci_generic.c, probe(): 5.10, 6.1, 6.12, 7.3.
	 */
	{ "uio-driver", "Devices are bound to a UIO driver",
	  "uio_pci_generic and igb_uio map no memory of programs for DMA: programs give the\n"
	  "device physical addresses. Where the IOMMU does not translate for the host\n"
	  "(identity, as with iommu=pt), a faulty program or device can write anywhere in\n"
	  "memory; where it does, such DMA fails. SPDK and DPDK also work with vfio-pci,\n"
	  "which confines the device. Stop the program that uses the device before binding\n"
	  "it to vfio-pci.\n",
	  .run = run_uio },
};

const struct check_family check_family_drivers = {
	.name = "drivers",
	.checks = checks,
	.n_checks = COUNT(checks),
};
