/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/fact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* A member of another type than char * does not compile. */
#define MEMBER(type, name) \
	.member = _Generic(((struct type *)NULL)->name, char * : offsetof(struct type, name))

/* NOLINTBEGIN(bugprone-macro-parentheses): the names of types and functions take none */

/* A getter that returns a value of one expression. */
#define GETTER(name, type, value)                                            \
	static const char *name(const void *pointer, struct fact_room *room) \
	{                                                                    \
		const struct type *type = pointer;                           \
                                                                             \
		(void)type;                                                  \
		(void)room;                                                  \
		return value;                                                \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

#define DIFFERS(how, where) .difference = FACT_##how, .area = AREA_##where

/* Numbers of devices are formatted by the thousand, which takes printf() ten times as long. */
static const char *digits(struct fact_room *room, uint64_t number, unsigned int base,
			  unsigned int width)
{
	char *text = room->text + sizeof(room->text) - 1;

	*text = '\0';
	for (unsigned int i = 0; i < width || number; i++, number /= base)
		*--text = "0123456789abcdef"[number % base];
	return text;
}

static const char *decimal(struct fact_room *room, uint64_t number)
{
	return digits(room, number, 10, 1);
}

static const char *hex(struct fact_room *room, uint64_t number, unsigned int width)
{
	return digits(room, number, 16, width);
}

static const char *pair(struct fact_room *room, unsigned int vendor, unsigned int device)
{
	snprintf(room->text, sizeof(room->text), "%04x:%04x", vendor, device);
	return room->text;
}

static const char *keep(struct fact_room *room, char *made)
{
	free(room->made);
	room->made = made;
	return made;
}

/* A list has no value that is one text. */
GETTER(no_text, host, NULL)

GETTER(host_page_size, host, host->page_size ? decimal(room, host->page_size) : NULL)
GETTER(host_page_size_words, host,
       host->page_size ? text_size(room->text, sizeof(room->text), host->page_size - 1) : NULL)
GETTER(host_container, host, host->has_container ? "yes" : "no")
GETTER(host_type1, host, host->has_type1 ? "yes" : "no")

/* ENOENT: there is no ACPI, and so no table. */
static bool host_knows_tables(const void *thing)
{
	const struct host *host = thing;

	return !host->iommu_tables_errno || host->iommu_tables_errno == ENOENT;
}

static bool host_knows_container(const void *thing)
{
	return !((const struct host *)thing)->container_errno;
}

static bool host_knows_modules(const void *thing)
{
	return !((const struct host *)thing)->modules_errno;
}

const struct fact host_facts[] = {
	{ "name", "name", NULL, "host name", .places = FACT_JSON, DIFFERS(KNOWN, HOST),
	  MEMBER(host, name) },
	{ "kernel", "release", NULL, "kernel release (uname -r)", .places = FACT_SHOWN,
	  DIFFERS(KNOWN, KERNEL), MEMBER(host, release) },
	{ "kernel_build", "build", NULL, "build line of the kernel (uname -v)",
	  .places = FACT_SHOWN, DIFFERS(KNOWN, KERNEL), MEMBER(host, build) },
	{ "arch", "architecture", NULL, "architecture (uname -m)", .places = FACT_SHOWN,
	  DIFFERS(KNOWN, KERNEL), MEMBER(host, arch) },
	{ "machine", "machine", NULL, "vendor and model of the machine, from the firmware",
	  .places = FACT_SHOWN, DIFFERS(COMPARED, HOST), MEMBER(host, machine) },
	{ "hypervisor", "hypervisor", NULL, "hypervisor that the host is a guest of, or xen-dom0",
	  .places = FACT_SHOWN, DIFFERS(KNOWN, HOST), MEMBER(host, hypervisor) },
	{ "lockdown", "lockdown", NULL,
	  "lockdown state of the kernel (\"[none] integrity confidentiality\")",
	  .places = FACT_SHOWN, DIFFERS(KNOWN, KERNEL), MEMBER(host, lockdown) },
	{ "iommu_table", "firmware table of the IOMMU", NULL,
	  "ACPI table that describes an IOMMU: DMAR, IVRS …", .places = FACT_SHOWN,
	  DIFFERS(COMPARED, HOST), MEMBER(host, iommu_table), .known = host_knows_tables },
	{ "cmdline", "command line", NULL, "kernel command line", .places = FACT_SHOWN,
	  DIFFERS(WORDS, KERNEL), .separator = ' ', MEMBER(host, cmdline) },
	{ "page_size", "page size", NULL, "page size in bytes", FACT_NUMBER, .places = FACT_SHOWN,
	  DIFFERS(KNOWN, KERNEL), .get = host_page_size, .words = host_page_size_words },
	{ "parameters", "parameters", NULL, "parameters of the vfio modules, by MODULE.NAME",
	  FACT_PARAMETERS, .places = FACT_JSON, .get = no_text },
	{ "not_read", "not read", NULL, "files that could not be read, and why", FACT_UNREAD,
	  .places = FACT_JSON, .get = no_text },
	{ "has_container", "/dev/vfio/vfio exists", NULL, "whether /dev/vfio/vfio exists",
	  DIFFERS(COMPARED, HOST), .get = host_container, .known = host_knows_container },
	{ "has_type1", "vfio_iommu_type1 is loaded", NULL, "whether vfio_iommu_type1 is loaded",
	  DIFFERS(COMPARED, HOST), .get = host_type1, .known = host_knows_modules },
	{ 0 },
};

GETTER(iommu_kind, iommu, iommu_kind_name(iommu->kind))
GETTER(iommu_devices, iommu, decimal(room, iommu->n_members))

const struct fact iommu_facts[] = {
	{ "name", "name", NULL, "name in /sys/class/iommu", .places = FACT_JSON,
	  MEMBER(iommu, name) },
	{ "kind", "kind", NULL, "kind of IOMMU, by its driver", .places = FACT_JSON,
	  DIFFERS(COMPARED, IOMMU), .get = iommu_kind },
	{ "version", "version", NULL, "Intel: architecture version", .places = FACT_JSON,
	  DIFFERS(COMPARED, IOMMU), MEMBER(iommu, version) },
	{ "cap", "cap", NULL, "capability register, hexadecimal and without 0x",
	  .places = FACT_JSON, DIFFERS(COMPARED, IOMMU), MEMBER(iommu, cap) },
	{ "ecap", "ecap", NULL, "Intel: extended capability register", .places = FACT_JSON,
	  DIFFERS(COMPARED, IOMMU), MEMBER(iommu, ecap) },
	{ "features", "features", NULL, "AMD: feature registers", .places = FACT_JSON,
	  DIFFERS(COMPARED, IOMMU), MEMBER(iommu, features) },
	{ "devices", "devices", NULL, "number of devices behind it", FACT_NUMBER,
	  .places = FACT_JSON, .get = iommu_devices },
	{ 0 },
};

GETTER(group_id, group, decimal(room, group->id))
GETTER(group_kind_word, group, group_kind_name(group_kind(group)))
GETTER(group_n_regions, group, group->regions_errno ? NULL : decimal(room, group->n_regions))
GETTER(group_regions_errno, group,
       group->regions_errno ? strerrorname_np(group->regions_errno) : NULL)

GETTER(group_devices_words, group, keep(room, group_addresses(group)))
GETTER(group_regions_words, group, keep(room, group_region_list(group)))

static bool group_knows_regions(const void *thing)
{
	return !((const struct group *)thing)->regions_errno;
}

const struct fact group_facts[] = {
	{ "group", "number", "GROUP", "number of the IOMMU group", FACT_NUMBER, .places = FACT_JSON,
	  DIFFERS(COMPARED, GROUP), .get = group_id },
	{ "type", "type", "TYPE", "default domain of the group: DMA, DMA-FQ, identity",
	  .places = FACT_SHOWN, .cost = HOST_GROUP_TYPES, DIFFERS(COMPARED, GROUP),
	  MEMBER(group, type) },
	{ "name", "name", NULL, "name of a group that VFIO made (vfio-noiommu)",
	  .places = FACT_SHOWN, .cost = HOST_MEMBERS, DIFFERS(COMPARED, GROUP),
	  MEMBER(group, name) },
	{ "kind", "kind", "KIND", "what is behind the group: iommu, emulated (mdev), no-iommu",
	  .places = FACT_SHOWN, .cost = HOST_MEMBERS, DIFFERS(COMPARED, GROUP),
	  .get = group_kind_word },
	{ "devices", "device", NULL, "devices of the group", FACT_DEVICES, .places = FACT_JSON,
	  DIFFERS(WORDS, GROUP), .separator = ' ', .get = no_text, .words = group_devices_words },
	{ "regions", "reserved regions", "REGIONS", "number of reserved regions of the group",
	  FACT_NUMBER, .get = group_n_regions },
	{ "reserved_regions", "reserved regions", "RESERVED", "reserved regions of the group",
	  FACT_REGIONS, .places = FACT_JSON, DIFFERS(WORDS, REGION), .separator = ',',
	  .get = no_text, .words = group_regions_words, .known = group_knows_regions },
	{ "reserved_regions_errno", "reserved regions", NULL,
	  "why the reserved regions could not be read", .places = FACT_JSON,
	  .get = group_regions_errno },
	{ 0 },
};

static const char *vfio_state(const struct device *device)
{
	if (device_is_vfio(device))
		return "bound";
	if (device->group && device_blocks_group(device))
		return "blocks";
	return device_is_bridge(device) ? "bridge" : NULL;
}

GETTER(device_iommu, device, device->iommu ? device->iommu->name : NULL)
GETTER(device_name, device, keep(room, device_label(device)))
GETTER(device_class, device, hex(room, device->class, 6))
GETTER(device_vendor, device, hex(room, device->vendor, 4))
GETTER(device_device, device, hex(room, device->device, 4))
GETTER(device_id, device, pair(room, device->vendor, device->device))
GETTER(device_subid, device, pair(room, device->subvendor, device->subdevice))
GETTER(device_numa, device,
       device->numa_node < 0 ? NULL : decimal(room, (unsigned int)device->numa_node))
/* Without a name, the class and subclass. */
GETTER(class_words, device,
       device->class_name ? device->class_name : hex(room, device->class >> 8, 4))
GETTER(device_vfio, device, vfio_state(device))
GETTER(device_state, device, state_name(device->state))

GETTER(device_reason, device, device->reason)
GETTER(device_driver_errno, device,
       device->driver_errno ? strerrorname_np(device->driver_errno) : NULL)

static bool device_knows_driver(const void *thing)
{
	return !((const struct device *)thing)->driver_errno;
}

/* Of a device that is bound it was not seen whether it is ready or assigned. */
static bool device_knows_state(const void *thing)
{
	enum device_state state = ((const struct device *)thing)->state;

	return state != STATE_NONE && state != STATE_UNKNOWN && state != STATE_BOUND;
}

const struct fact device_facts[] = {
	{ "address", "address", "ADDRESS", "address of the device on its bus", .places = FACT_JSON,
	  MEMBER(device, address) },
	{ "bus", "bus", "BUS", "bus that the device is on", .places = FACT_JSON,
	  DIFFERS(COMPARED, DEVICE), MEMBER(device, bus) },
	{ "id", "ids", "ID", "PCI vendor and device id", .places = FACT_PCI,
	  DIFFERS(COMPARED, DEVICE), .get = device_id },
	{ "subid", "subsystem ids", "SUBID", "PCI subsystem vendor and device id",
	  .places = FACT_PCI, .get = device_subid },
	{ "driver", "driver", "DRIVER", "driver that the device is bound to", .places = FACT_JSON,
	  DIFFERS(COMPARED, DRIVER), MEMBER(device, driver), .known = device_knows_driver },
	{ "driver_errno", "driver", NULL, "why the driver is not known", .places = FACT_JSON,
	  .get = device_driver_errno },
	{ "state", "state", "STATE", "whether the device can be assigned", .places = FACT_JSON,
	  .cost = HOST_STATES | HOST_MEMBERS, DIFFERS(COMPARED, DEVICE), .get = device_state,
	  .why = device_reason, .known = device_knows_state },
	{ "reason", "reason of the state", "REASON", "why the device is in that state",
	  .places = FACT_JSON, .cost = HOST_STATES, MEMBER(device, reason) },
	{ "vfio", "state for VFIO", "VFIO", "bound to a vfio driver, blocks its group, or bridge",
	  .get = device_vfio },
	{ "vfio_dev", "vfio device", "VFIO-DEV", "VFIO device (Linux 6.1 and later)",
	  .places = FACT_JSON, MEMBER(device, vfio_dev) },
	{ "mdev_type", "mdev type", "MDEV-TYPE", "type of a mediated device (mdev)",
	  .places = FACT_SHOWN, DIFFERS(COMPARED, DEVICE), MEMBER(device, mdev_type) },
	{ "parent", "parent", "PARENT", "device that a mediated device is a part of",
	  .places = FACT_SHOWN, DIFFERS(COMPARED, DEVICE), MEMBER(device, parent) },
	{ "iommu", "IOMMU", "IOMMU", "IOMMU unit that the device is behind", .places = FACT_SHOWN,
	  .cost = HOST_MEMBERS, DIFFERS(COMPARED, DEVICE), .get = device_iommu },
	{ "name", "name", "NAME", "vendor and device name", .cost = HOST_NAMES,
	  .get = device_name },
	{ "class", "class code", NULL, "PCI class code: base class, subclass, interface",
	  .places = FACT_JSON | FACT_PCI, .get = device_class },
	{ "vendor", "vendor id", NULL, "PCI vendor id", .places = FACT_JSON | FACT_PCI,
	  .get = device_vendor },
	{ "device", "device id", NULL, "PCI device id", .places = FACT_JSON | FACT_PCI,
	  .get = device_device },
	{ "class_name", "class", "CLASS", "name of the PCI class", .places = FACT_JSON | FACT_PCI,
	  .cost = HOST_NAMES, MEMBER(device, class_name), .words = class_words },
	{ "vendor_name", "vendor", "VENDOR", "vendor name", .places = FACT_JSON | FACT_PCI,
	  .cost = HOST_NAMES, MEMBER(device, vendor_name) },
	{ "device_name", "device", NULL, "device name", .places = FACT_JSON | FACT_PCI,
	  .cost = HOST_NAMES, MEMBER(device, device_name) },
	{ "numa_node", "NUMA node", "NUMA", "NUMA node", FACT_NUMBER,
	  .places = FACT_SHOWN | FACT_PCI, .cost = HOST_NUMA, DIFFERS(COMPARED, DEVICE),
	  .get = device_numa },
	{ "driver_override", "driver override", "OVERRIDE",
	  "only driver that may bind the device (driver_override)", .cost = HOST_OVERRIDES,
	  MEMBER(device, driver_override) },
	{ "power_state", "power state", "POWER", "power state of the device: D0 to D3cold",
	  .places = FACT_PCI, .cost = HOST_USABLE, MEMBER(device, power_state) },
	{ "reset_methods", "ways to reset it", "RESET",
	  "ways to reset the device alone (Linux 5.15 and later)", .places = FACT_PCI,
	  .cost = HOST_USABLE, MEMBER(device, reset_methods) },
	{ 0 },
};

static char *const *member_of(const struct fact *fact, const void *thing)
{
	const void *member = (const char *)thing + fact->member;

	return member;
}

static const char *value_of(const struct fact *fact, fact_getter *get, const void *thing,
			    struct fact_room *room)
{
	if (fact->places & FACT_PCI && !((const struct device *)thing)->is_pci)
		return NULL;
	return get ? get(thing, room) : *member_of(fact, thing);
}

const char *fact_value(const struct fact *fact, const void *thing, struct fact_room *room)
{
	return value_of(fact, fact->get, thing, room);
}

const char *fact_words(const struct fact *fact, const void *thing, struct fact_room *room)
{
	return value_of(fact, fact->words ? fact->words : fact->get, thing, room);
}

void fact_room_clear(struct fact_room *room)
{
	free(room->made);
	room->made = NULL;
}

void facts_free(const struct fact *facts, const void *thing)
{
	for (const struct fact *fact = facts; fact->key; fact++) {
		if (!fact->get)
			free(*member_of(fact, thing));
	}
}
