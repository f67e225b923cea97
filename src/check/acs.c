/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolation of ports and functions (ACS), as the kernel judges it. */
#include "check/acs.h"

#include <stdbool.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "base/count.h"

/*
 * Features of ACS that isolate.
 *
 * Kernel: drivers/iommu/iommu.c, REQ_ACS_FLAGS: 5.10, 6.1, 6.12, 7.3.
 */
#define ACS_WANTED (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/** enum quirk_for - which of the devices with an ID a quirk is for. */
enum quirk_for {
	FOR_ALL,
	FOR_ROOT_PORTS,
	FOR_PORTS,     /* root ports and downstream ports */
	FOR_ROOT_ENDS, /* endpoints that are integrated into the root complex */
	FOR_CHIPSET,   /* functions of a card on the root bus */
};

/**
 * quirks - devices that the kernel treats as isolated although their registers say otherwise.
 *
 * Not in it are the ports with registers of 32 bits (scan/ports.c reads them). The table of the
 * kernel grows; what a kernel has that was not read is not known.
 *
 * Kernel: drivers/pci/quirks.c, pci_dev_acs_enabled[] and pci_dev_specific_acs_enabled(): 5.10,
 *   6.1, 6.12, 7.3.
 */
static const struct quirk {
	uint16_t vendor;
	uint16_t first;
	uint16_t last;
	enum quirk_for what;
} quirks[] = {
	/* pci_quirk_amd_sb_acs() */
	{ 0x1002, 0x4383, 0x4385, FOR_CHIPSET },
	{ 0x1002, 0x4399, 0x4399, FOR_CHIPSET },
	{ 0x1002, 0x439c, 0x439d, FOR_CHIPSET },
	{ 0x1022, 0x7809, 0x7809, FOR_CHIPSET },
	{ 0x1022, 0x780f, 0x780f, FOR_CHIPSET },
	/* pci_quirk_mf_endpoint_acs() */
	{ 0x1924, 0x0903, 0x0903, FOR_ALL },
	{ 0x1924, 0x0923, 0x0923, FOR_ALL },
	{ 0x1924, 0x0a03, 0x0a03, FOR_ALL },
	{ 0x8086, 0x105e, 0x1060, FOR_ALL },
	{ 0x8086, 0x10a7, 0x10a7, FOR_ALL },
	{ 0x8086, 0x10a9, 0x10a9, FOR_ALL },
	{ 0x8086, 0x10c6, 0x10c6, FOR_ALL },
	{ 0x8086, 0x10c9, 0x10c9, FOR_ALL },
	{ 0x8086, 0x10d6, 0x10d6, FOR_ALL },
	{ 0x8086, 0x10d9, 0x10d9, FOR_ALL },
	{ 0x8086, 0x10db, 0x10db, FOR_ALL },
	{ 0x8086, 0x10dd, 0x10dd, FOR_ALL },
	{ 0x8086, 0x10e1, 0x10e1, FOR_ALL },
	{ 0x8086, 0x10e6, 0x10e8, FOR_ALL },
	{ 0x8086, 0x10f1, 0x10f1, FOR_ALL },
	{ 0x8086, 0x10f7, 0x10fc, FOR_ALL },
	{ 0x8086, 0x1507, 0x1507, FOR_ALL },
	{ 0x8086, 0x1509, 0x150a, FOR_ALL },
	{ 0x8086, 0x150d, 0x1511, FOR_ALL },
	{ 0x8086, 0x1514, 0x1514, FOR_ALL },
	{ 0x8086, 0x1516, 0x1516, FOR_ALL },
	{ 0x8086, 0x1518, 0x1518, FOR_ALL },
	{ 0x8086, 0x151c, 0x151c, FOR_ALL },
	{ 0x8086, 0x1521, 0x1524, FOR_ALL },
	{ 0x8086, 0x1526, 0x1527, FOR_ALL },
	{ 0x8086, 0x1529, 0x152a, FOR_ALL },
	{ 0x8086, 0x154d, 0x154d, FOR_ALL },
	{ 0x8086, 0x154f, 0x154f, FOR_ALL },
	{ 0x8086, 0x1551, 0x1551, FOR_ALL },
	{ 0x8086, 0x1558, 0x1558, FOR_ALL },
	{ 0x8086, 0x15b7, 0x15b8, FOR_ALL },
	{ 0x19a2, 0x0710, 0x0710, FOR_ALL },
	{ 0x10df, 0x0720, 0x0720, FOR_ALL },
	{ 0x177d, 0xa026, 0xa026, FOR_ALL },
	{ 0x177d, 0xa059, 0xa059, FOR_ALL },
	{ 0x177d, 0xa060, 0xa060, FOR_ALL },
	{ 0x14e4, 0x16d7, 0x16d7, FOR_ALL },
	{ 0x14e4, 0x1750, 0x1752, FOR_ALL },
	{ 0x14e4, 0x1760, 0x1763, FOR_ALL },
	{ 0x1d17, 0x3038, 0x3038, FOR_ALL },
	{ 0x1d17, 0x3104, 0x3104, FOR_ALL },
	{ 0x1d17, 0x9083, 0x9083, FOR_ALL },
	/* pci_quirk_rciep_acs() */
	{ 0x8086, 0x0000, 0xffff, FOR_ROOT_ENDS },
	/* pci_quirk_qcom_rp_acs() */
	{ 0x17cb, 0x0111, 0x0111, FOR_ALL },
	{ 0x17cb, 0x0115, 0x0115, FOR_ALL },
	{ 0x17cb, 0x0120, 0x0120, FOR_ALL },
	{ 0x17cb, 0x0400, 0x0401, FOR_ALL },
	{ 0x1dbf, 0x0401, 0x0401, FOR_ALL },
	/* pci_quirk_intel_pch_acs() */
	{ 0x8086, 0x3b42, 0x3b51, FOR_ROOT_PORTS },
	{ 0x8086, 0x1c10, 0x1c1f, FOR_ROOT_PORTS },
	{ 0x8086, 0x1e10, 0x1e1f, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c10, 0x8c1f, FOR_ROOT_PORTS },
	{ 0x8086, 0x9c10, 0x9c1b, FOR_ROOT_PORTS },
	{ 0x8086, 0x9c90, 0x9c9b, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d10, 0x1d10, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d12, 0x1d12, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d14, 0x1d14, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d16, 0x1d16, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d18, 0x1d18, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d1a, 0x1d1a, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d1c, 0x1d1c, FOR_ROOT_PORTS },
	{ 0x8086, 0x1d1e, 0x1d1e, FOR_ROOT_PORTS },
	{ 0x8086, 0x8d10, 0x8d1e, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c90, 0x8c90, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c92, 0x8c92, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c94, 0x8c94, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c96, 0x8c96, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c98, 0x8c98, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c9a, 0x8c9a, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c9c, 0x8c9c, FOR_ROOT_PORTS },
	{ 0x8086, 0x8c9e, 0x8c9e, FOR_ROOT_PORTS },
	/* pci_quirk_cavium_acs() */
	{ 0x177d, 0xa000, 0xa7ff, FOR_ROOT_PORTS },
	{ 0x177d, 0xaf84, 0xaf84, FOR_ROOT_PORTS },
	{ 0x177d, 0xb884, 0xb884, FOR_ROOT_PORTS },
	/* pci_quirk_xgene_acs() */
	{ 0x10e8, 0xe004, 0xe004, FOR_ALL },
	{ 0x1def, 0xe005, 0xe00c, FOR_ALL },
	/* pci_quirk_brcm_acs() */
	{ 0x14e4, 0xd714, 0xd714, FOR_ALL },
	/* pci_quirk_loongson_acs() */
	{ 0x0014, 0x3c09, 0x3c09, FOR_ALL },
	{ 0x0014, 0x3c19, 0x3c19, FOR_ALL },
	{ 0x0014, 0x3c29, 0x3c29, FOR_ALL },
	{ 0x0014, 0x7a09, 0x7a09, FOR_ALL },
	{ 0x0014, 0x7a19, 0x7a19, FOR_ALL },
	{ 0x0014, 0x7a29, 0x7a29, FOR_ALL },
	{ 0x0014, 0x7a39, 0x7a39, FOR_ALL },
	{ 0x0014, 0x7a49, 0x7a49, FOR_ALL },
	{ 0x0014, 0x7a59, 0x7a59, FOR_ALL },
	{ 0x0014, 0x7a69, 0x7a69, FOR_ALL },
	/* pci_quirk_al_acs() */
	{ 0x1c36, 0x0031, 0x0031, FOR_ROOT_PORTS },
	/* pci_quirk_nxp_rp_acs() */
	{ 0x1957, 0x8d80, 0x8d83, FOR_ALL },
	{ 0x1957, 0x8d88, 0x8d8b, FOR_ALL },
	{ 0x1957, 0x8d90, 0x8d93, FOR_ALL },
	{ 0x1957, 0x8d98, 0x8d9b, FOR_ALL },
	{ 0x1957, 0x8da0, 0x8da1, FOR_ALL },
	{ 0x1957, 0x8da8, 0x8da9, FOR_ALL },
	{ 0x1957, 0x8db0, 0x8db1, FOR_ALL },
	{ 0x1957, 0x8db8, 0x8db9, FOR_ALL },
	/* pci_quirk_zhaoxin_pcie_ports_acs() */
	{ 0x1d17, 0x0710, 0x071e, FOR_PORTS },
	{ 0x1d17, 0x0721, 0x0721, FOR_PORTS },
	{ 0x1d17, 0x0723, 0x0752, FOR_PORTS },
	/* pci_quirk_wangxun_nic_acs() */
	{ 0x8088, 0x0100, 0x010f, FOR_ALL },
	{ 0x8088, 0x1001, 0x1001, FOR_ALL },
	{ 0x8088, 0x2001, 0x2001, FOR_ALL },
	{ 0x8088, 0x5010, 0x5010, FOR_ALL },
	{ 0x8088, 0x5025, 0x5025, FOR_ALL },
	{ 0x8088, 0x5040, 0x5040, FOR_ALL },
	{ 0x8088, 0x5110, 0x5110, FOR_ALL },
	{ 0x8088, 0x5125, 0x5125, FOR_ALL },
	{ 0x8088, 0x5140, 0x5140, FOR_ALL },
};

/* "0000:00:1c.4" is one of several functions; 0000:00:1c.0 is where its header says so. */
static bool has_functions(const struct device *device)
{
	const char *dot = strrchr(device->address, '.');

	return device->port.has_functions || (dot && strcmp(dot, ".0") != 0);
}

/* The kernel also wants the table IVRS for the chipsets of AMD: a quirk only may apply. */
static bool is_for(enum quirk_for what, const struct device *device)
{
	const struct port *port = &device->port;

	switch (what) {
	case FOR_ROOT_PORTS:
		return port->is_express && port->type == PCI_EXP_TYPE_ROOT_PORT;
	case FOR_PORTS:
		return port->is_express && (port->type == PCI_EXP_TYPE_ROOT_PORT ||
					    port->type == PCI_EXP_TYPE_DOWNSTREAM);
	case FOR_ROOT_ENDS:
		return port->is_express && port->type == PCI_EXP_TYPE_RC_END;
	case FOR_CHIPSET:
		return has_functions(device) && device_is_on_root_bus(device);
	case FOR_ALL:
		break;
	}
	return true;
}

static bool has_quirk(const struct device *device)
{
	for (size_t i = 0; i < COUNT(quirks); i++) {
		const struct quirk *quirk = &quirks[i];

		if (quirk->vendor == device->vendor && quirk->first <= device->device &&
		    quirk->last >= device->device && is_for(quirk->what, device))
			return true;
	}
	return false;
}

/*
 * A feature that cannot be switched is always on. Some switches of IDT cannot use source
 * validation, and 7.3 does without it there.
 *
 * Kernel: drivers/pci/quirks.c, pci_disable_broken_acs_cap(): in 7.3, not in 6.12.
 * Kernel: drivers/pci/pci.c, pci_acs_flags_enabled(): 5.10, 6.1, 6.12, 7.3.
 */
static bool is_enabled(const struct device *device)
{
	bool is_idt = device->vendor == 0x111d &&
		      (device->device == 0x80b5 || device->device == 0x8090);
	uint16_t wanted = (is_idt ? ACS_WANTED & ~PCI_ACS_SV : ACS_WANTED) & device->port.acs_can;

	return device->port.has_acs && (device->port.acs_does & wanted) == wanted;
}

/*
 * A virtual function is never one of several functions (pci_iov_add_virtfn(), drivers/pci/iov.c).
 *
 * Kernel: drivers/pci/pci.c, pci_acs_enabled(): 5.10, 6.1, 6.12, 7.3.
 */
static bool is_isolated(const struct device *device)
{
	if (!device->port.is_express)
		return false;
	switch (device->port.type) {
	case PCI_EXP_TYPE_PCI_BRIDGE:
	case PCI_EXP_TYPE_PCIE_BRIDGE:
	case PCI_EXP_TYPE_RC_EC:
		return false;
	case PCI_EXP_TYPE_ROOT_PORT:
	case PCI_EXP_TYPE_DOWNSTREAM:
		return is_enabled(device);
	default:
		return device->physical_function || !has_functions(device) || is_enabled(device);
	}
}

enum isolation acs_isolation(const struct device *device)
{
	if (device->port.seen != PORT_SEEN)
		return ISOLATION_UNKNOWN;
	if (is_isolated(device))
		return ISOLATION_WHOLE;
	return has_quirk(device) ? ISOLATION_QUIRK : ISOLATION_NONE;
}
