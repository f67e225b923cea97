/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_INTERNAL_H
#define VFIODIAG_SCAN_INTERNAL_H

#include "scan/scan.h"

/* Shared by the files of this room only. */

/** scan_groups() - IOMMU groups, and the devices in them. */
void scan_groups(struct source *source, struct host *host);

/** scan_pci() - PCI devices that are in no group. Comes after scan_groups(). */
void scan_pci(struct source *source, struct host *host);

/** scan_iommus() - the units of /sys/class/iommu. */
void scan_iommus(struct source *source, struct host *host);

/** scan_assign_iommus() - tell each device which unit it is behind. Comes last. */
void scan_assign_iommus(struct host *host);

/** scan_kernel() - release, page size, command line, modules. */
void scan_kernel(struct source *source, struct host *host);

/** scan_device() - read the device whose folder is @path. Never NULL. */
struct device *scan_device(struct source *source, struct host *host, const char *path);

/**
 * scan_parse_uevent() - driver, class and ids from the text of a uevent file. Pure.
 * @text: changed
 */
void scan_parse_uevent(char *text, struct device *device);

/**
 * scan_parse_regions() - the text of a reserved_regions file. Pure.
 * @text: changed
 *
 * Lines that are no region are left out.
 * Return: how many lines were left out.
 */
size_t scan_parse_regions(char *text, struct group *group);

/**
 * scan_device_above() - the device at @path, or the nearest one above it, or NULL.
 * @path: changed
 *
 * A virtio device is known by its PCI device, a disk by its controller.
 */
struct device *scan_device_above(const struct host *host, char *path);

/** scan_interface_device() - the device of a network interface, where its link 'device' leads. */
struct device *scan_interface_device(struct source *source, const struct host *host,
				     const char *name);

/** scan_group() - read the group with number @id, and the devices in it. */
void scan_group(struct source *source, struct host *host, unsigned int id);

/** scan_group_again() - read its type and regions again, and not its devices. */
void scan_group_again(struct source *source, struct host *host, struct group *group);

/** scan_sort_groups() and scan_sort_devices() - put them in order after one was added. */
void scan_sort_groups(struct host *host);
void scan_sort_devices(struct host *host);

/** scan_vfio() - VFIO's modules, their parameters and the container's node. */
void scan_vfio(struct source *source, struct host *host);

/* For scan_readiness() */

/** scan_console() - whether @device is the graphics that the firmware started. */
void scan_console(struct source *source, struct device *device);

/** scan_holders() - which processes have groups open. */
void scan_holders(struct source *source, struct host *host);

/** scan_group_ports() - scan_ports() for one group. */
void scan_group_ports(struct source *source, const struct group *group);

/** scan_blocks() - block devices and their use. */
void scan_blocks(struct source *source, struct host *host);

/** scan_net() - network interfaces and SMC-D, with the devices they are on. */
void scan_net(struct source *source, struct host *host);

/** scan_ports() - what decides which devices share a group: virtual functions, bridges, ACS. */
void scan_ports(struct source *source, struct host *host);

/**
 * scan_parse_config() - what the configuration space of a PCI device says of ports and ACS. Pure.
 * @config: @len bytes, as sysfs shows them: 64, 256 or 4096
 */
void scan_parse_config(const uint8_t *config, size_t len, struct port *port);

/** scan_interrupts() - which chips the host's interrupts go through. */
void scan_interrupts(struct source *source, struct host *host);

/** scan_text() - content of the file @path as one clean line, or NULL. */
char *scan_text(struct source *source, const char *path);

/** scan_dir_text() - the same for @name in @dir. */
char *scan_dir_text(struct source_dir *dir, const char *name);

/** scan_resolve() - the path to which the link @name in folder @folder leads, or NULL. */
char *scan_resolve(struct source *source, const char *folder, const char *name);

/** scan_unread() - note that @path could not be read; -ENOENT is no note. */
void scan_unread(struct host *host, const char *path, int error);

#endif
