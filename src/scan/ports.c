/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts that decide which devices share a group: virtual functions, bridges, ACS. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <linux/pci_regs.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"

/* Configuration space is little-endian on every machine. */
static uint16_t word_at(const uint8_t *config, size_t at)
{
	return (uint16_t)(config[at] | config[at + 1] << 8);
}

static uint32_t long_at(const uint8_t *config, size_t at)
{
	return word_at(config, at) | (uint32_t)word_at(config, at + 2) << 16;
}

/* Where capability @id is, in the first 256 bytes; 0 where it is not. */
static size_t find_capability(const uint8_t *config, size_t len, uint8_t id)
{
	size_t at = config[PCI_CAPABILITY_LIST] & ~3u;

	if (!(word_at(config, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	/* A list in a circle has more members than there is room for. */
	for (unsigned int i = 0; i < 48 && at >= PCI_STD_HEADER_SIZEOF && at + 4 <= len; i++) {
		if (config[at] == id)
			return at;
		at = config[at + PCI_CAP_LIST_NEXT] & ~3u;
	}
	return 0;
}

/* Where extended capability @id is, from 256 on; 0 where it is not. */
static size_t find_extended(const uint8_t *config, size_t len, uint16_t id)
{
	size_t at = PCI_CFG_SPACE_SIZE;

	for (unsigned int i = 0; i < 480 && at >= PCI_CFG_SPACE_SIZE && at + 8 <= len; i++) {
		uint32_t header = long_at(config, at);

		if (PCI_EXT_CAP_ID(header) == id && header)
			return at;
		at = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

/*
 * Root ports of Intel's 100, 200 and mobile 300 series have 32-bit registers of ACS (an erratum).
 *
 * Kernel: drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs_match(): 5.10, 6.1, 6.12, 7.3.
 */
static bool has_wide_acs(const uint8_t *config, const struct port *port)
{
	static const struct {
		uint16_t first;
		uint16_t last;
	} ids[] = { { 0xa110, 0xa11f },
		    { 0xa167, 0xa16a },
		    { 0xa290, 0xa29f },
		    { 0xa2e7, 0xa2ee },
		    { 0x9d10, 0x9d1b } };
	uint16_t device = word_at(config, PCI_DEVICE_ID);

	if (word_at(config, PCI_VENDOR_ID) != 0x8086 || port->type != PCI_EXP_TYPE_ROOT_PORT)
		return false;
	for (size_t i = 0; i < COUNT(ids); i++) {
		if (device >= ids[i].first && device <= ids[i].last)
			return true;
	}
	return false;
}

/*
 * Kernel: drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs(), where the control register is 8 bytes
 *   behind the capability and not 6: 5.10, 6.1, 6.12, 7.3.
 */
static void parse_acs(const uint8_t *config, size_t len, size_t acs, struct port *port)
{
	bool is_wide = has_wide_acs(config, port);
	size_t control = acs + (is_wide ? PCI_ACS_CAP + 4 : PCI_ACS_CTRL);

	if (control + 2 > len)
		return;
	port->has_acs = true;
	port->acs_can = word_at(config, acs + PCI_ACS_CAP);
	port->acs_does = word_at(config, control);
}

void scan_parse_config(const uint8_t *config, size_t len, struct port *port)
{
	size_t express, acs;

	*port = (struct port){ .seen = PORT_UNSEEN };
	/* A device that is gone answers with ones; a virtual function has a class at least. */
	if (len < PCI_STD_HEADER_SIZEOF || long_at(config, PCI_CLASS_REVISION) == UINT32_MAX)
		return;
	/* The kernel shows the first 64 bytes to everybody and the rest to root. */
	if (len < PCI_CFG_SPACE_SIZE) {
		port->seen = PORT_HEADER;
		return;
	}
	port->seen = PORT_SEEN;
	port->has_functions = config[PCI_HEADER_TYPE] & 0x80;
	express = find_capability(config, PCI_CFG_SPACE_SIZE, PCI_CAP_ID_EXP);
	if (!express)
		return;
	port->is_express = true;
	port->type = (uint8_t)((word_at(config, express + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >>
			       4);
	acs = find_extended(config, len, PCI_EXT_CAP_ID_ACS);
	if (acs)
		parse_acs(config, len, acs, port);
}

/* A device that is gone, or has no power, answers with ones; a virtual function has a class at least. */
static bool is_silent(const uint8_t *config, size_t len)
{
	for (size_t i = 0; i < PCI_HEADER_TYPE + 2; i++) {
		if (i >= len || config[i] != 0xff)
			return false;
	}
	return true;
}

/*
 * Where devices share a group, since a group of one is what everybody wants, and where a device is
 * bound to a vfio driver. Where the kernel was told to take ports for isolating that are not (a
 * patch, pcie_acs_override), all bridges matter.
 */
static bool has_config(const struct device *device, bool all_bridges)
{
	return device->is_pci && (device->group->n_devices > 1 || device_is_vfio(device) ||
				  (all_bridges && device_is_bridge(device)));
}

/* Ports matter where devices share a group only. */
static void take_config(const struct group *group, struct device *device, struct batch *batch)
{
	char *config;
	size_t len;

	if (batch_take(batch, &config, &len) < 0)
		return;
	device->is_silent = is_silent((const uint8_t *)config, len);
	if (group->n_devices > 1 || device_is_bridge(device))
		scan_parse_config((const uint8_t *)config, len, &device->port);
}

/* A VF is one whatever its driver is, and its PF has to know: it ends with the driver of its PF. */
void scan_physical(struct source *source, struct device *device)
{
	_cleanup_free_ char *path = NULL;
	char *target;
	int ret;

	free(device->physical_function);
	device->physical_function = NULL;
	device->physical_errno = 0;
	if (!device->is_pci || device_is_bridge(device))
		return;
	path = xjoin(device->path, '/', "physfn");
	ret = source_link(source, path, &target);
	if (ret >= 0)
		device->physical_function = text_clean(text_keep_base_name(target));
	else if (ret != -ENOENT)
		device->physical_errno = -ret;
}

/** struct readable - devices whose configuration space is to be read. */
struct readable {
	struct device **device;
	size_t count;
};

/* Configuration space waits for a device that wakes up or is reset (pci_wait_cfg()). */
static void read_configs(struct source *source, const struct readable *wanted)
{
	struct batch batch = { 0 };
	struct readable read = { 0 };
	struct scan_bridge bridge = { 0 };

	scan_power(source, wanted->device, wanted->count);
	for (size_t i = 0; i < wanted->count; i++) {
		if (!scan_may_read_config(source, wanted->device[i], &bridge))
			continue;
		batch_add(&batch, wanted->device[i]->path, "config");
		APPEND(read.device, read.count, wanted->device[i]);
	}
	batch_read(source, &batch);
	for (size_t i = 0; i < read.count; i++)
		take_config(read.device[i]->group, read.device[i], &batch);
	batch_clear(&batch);
	scan_bridge_clear(&bridge);
	free(read.device);
}

/* Begin with the devices of @group: add those whose configuration space is to be read to @wanted. */
static void find_wanted(struct source *source, const struct group *group, bool all_bridges,
			struct readable *wanted)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		struct device *device = group->devices[i];

		device->port = (struct port){ .seen = PORT_UNSEEN };
		device->is_silent = false;
		scan_physical(source, device);
		if (has_config(device, all_bridges))
			APPEND(wanted->device, wanted->count, device);
	}
}

static bool has_override(const struct host *host)
{
	_cleanup_free_ char *word = cmdline_word(host->cmdline, "pcie_acs_override");

	return word != NULL;
}

void scan_group_ports(struct source *source, const struct host *host, struct group *group)
{
	struct readable wanted = { 0 };

	find_wanted(source, group, has_override(host), &wanted);
	read_configs(source, &wanted);
	free(wanted.device);
}

void scan_ports(struct source *source, struct host *host)
{
	bool all_bridges = has_override(host);
	struct readable wanted = { 0 };

	for (size_t i = 0; i < host->n_groups; i++) {
		find_wanted(source, host->groups[i], all_bridges, &wanted);
		/* Of thousands it is some at a time, as groups are. */
		if (wanted.count < BATCH_GROUPS && i + 1 < host->n_groups)
			continue;
		read_configs(source, &wanted);
		free(wanted.device);
		wanted = (struct readable){ 0 };
	}
	for (size_t i = 0; i < host->n_devices; i++) {
		if (!host->devices[i]->group)
			scan_physical(source, host->devices[i]);
	}
}
