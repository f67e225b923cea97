/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_SYSROOT_H
#define VFIODIAG_TESTS_SYSROOT_H

#include "capture.h"

#include "base/text.h"
#include "scan/internal.h"

/*
 * A sysroot with PCI devices, written by hand.
 */

#define GROUPS "sys/kernel/iommu_groups"

/** put_pci() - a PCI device at @path below /sys/devices; @uevent is its file. */
static inline void put_pci(const char *root, const char *path, const char *uevent)
{
	const char *directory = keep(xasprintf("sys/devices/%s", path));
	const char *address = text_base_name(path);

	put_file(root, path_in(directory, "uevent"), uevent);
	put_link(root, path_in(directory, "subsystem"), "/sys/bus/pci");
	put_link(root, path_in("sys/bus/pci/devices", address),
		 keep(xasprintf("../../../devices/%s", path)));
}

/** put_in_group() - the device at @path below /sys/devices is in group @id. */
static inline void put_in_group(const char *root, const char *path, unsigned int id)
{
	const char *group = keep(xasprintf(GROUPS "/%u", id));

	put_file(root, path_in(group, "type"), "DMA\n");
	put_file(root, path_in(group, "reserved_regions"),
		 "0x00000000fee00000 0x00000000feefffff msi\n");
	put_link(root, keep(xasprintf("%s/devices/%s", group, text_base_name(path))),
		 keep(xasprintf("../../../../devices/%s", path)));
	put_link(root, keep(xasprintf("sys/devices/%s/iommu_group", path)),
		 keep(xasprintf("/sys/kernel/iommu_groups/%u", id)));
}

/** sysroot_open() - a source of what is in @root. */
static inline struct source *sysroot_open(const char *root)
{
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, root), 0);
	return source;
}

#endif
