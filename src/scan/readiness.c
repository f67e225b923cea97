/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts that only the checks need, one function for each family. */
#include "scan/internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define CLASS_DISPLAY 0x03
#define SUBCLASS_VGA  0x0300

/*
 * The firmware's graphics, on which the console is. Each VGA controller has the attribute, and no other
 * device has it.
 * Kernel: drivers/pci/pci-sysfs.c, boot_vga_show(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/pci/pci-sysfs.c, pci_dev_attrs_are_visible(): 5.10, 6.1, 6.12, 7.3.
 */
void scan_console(struct source *source, struct device *device)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *text = NULL;
	int ret;

	device->console_errno = 0;
	if (!device->is_pci || device->class >> 16 != CLASS_DISPLAY)
		return;
	path = xjoin(device->path, '/', "boot_vga");
	ret = source_read(source, path, &text, NULL);
	device->is_console = ret >= 0 && strcmp(scan_line(text), "1") == 0;
	if (ret < 0 && device->class >> 8 == SUBCLASS_VGA)
		device->console_errno = ret == -ENOENT ? ENODATA : -ret;
}

void scan_bound_groups(struct source *source, struct host *host)
{
	_cleanup_free_ struct group **groups = NULL;
	size_t count = 0;

	for (size_t i = 0; i < host->n_groups; i++) {
		if (group_is_bound(host->groups[i]))
			APPEND(groups, count, host->groups[i]);
	}
	scan_usable(source, host, groups, count);
}

void scan_states(struct source *source, struct host *host)
{
	scan_ports(source, host);
	scan_host_bridges(source, host);
	scan_bound_groups(source, host);
	for (size_t i = 0; i < host->n_devices; i++)
		scan_console(source, host->devices[i]);
	scan_net(source, host);
	scan_blocks(source, host);
	scan_root_ways(host);
	scan_uses(source, host);
	scan_account(source, NULL, &host->caller);
	scan_modules(source, host);
	scan_interrupts(source, host);
	scan_nodes(source, host);
	scan_failures(source, host);
}

void scan_readiness(struct source *source, struct host *host)
{
	scan_states(source, host);
	scan_driverless(source, host);
	scan_hugepages(source, host);
	scan_failures(source, host);
}
