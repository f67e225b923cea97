/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VFIO_VFIO_H
#define VFIODIAG_VFIO_VFIO_H

#include <stddef.h>
#include <stdint.h>

#include "model/iommu_info.h"

/*
 * VFIO's old interface: container and group. The only directory that knows <linux/vfio.h>; kernel
 * structures never leave it. All functions return 0 or a negative errno unless they say more.
 *
 * There is no function for VFIO_GROUP_GET_DEVICE_FD, and there shall be none: it resets the
 * device (vfio_pci_core_enable() calls pci_try_reset_function()).
 */

struct host;
struct source;
struct source_device;

/**
 * vfio_container_open() - open /dev/vfio/vfio, for this process alone.
 *
 * Close it with source_device_close(): the kernel drops what is mapped in it.
 */
int vfio_container_open(struct source *source, struct source_device **container);

/** vfio_api_version() - VFIO_GET_API_VERSION. Return: the version (0 so far), or -errno. */
int vfio_api_version(struct source_device *container);

/**
 * vfio_has_backend() - VFIO_CHECK_EXTENSION for @backend.
 *
 * Before SET_IOMMU all loaded backends are asked, so 0 for both types means that the module
 * vfio_iommu_type1 is not loaded.
 * Return: 1 or 0, or -errno.
 */
int vfio_has_backend(struct source_device *container, enum backend backend);

/**
 * vfio_scan_container() - ask /dev/vfio/vfio for its version and extensions, without any group.
 *
 * The node is opened only where the module vfio is there: opening it would load the module
 * (MODULE_ALIAS_MISCDEV). Nothing else is loaded by it: vfio_fops_open() only allocates, and
 * vfio_iommu_type1 is asked for when vfio is loaded (request_module_nowait() in vfio_init(), later
 * MODULE_SOFTDEP).
 */
void vfio_scan_container(struct source *source, struct host *host);

/**
 * vfio_group_open() - open /dev/vfio/@id. -EBUSY when it is in use. No hardware effect.
 *
 * Closed with source_device_close(), the group returns to its default domain.
 */
int vfio_group_open(struct source *source, unsigned int id, struct source_device **group);

/** vfio_group_viable() - VFIO_GROUP_GET_STATUS. Return: 1 viable, 0 not, or -errno. */
int vfio_group_viable(struct source_device *group);

/**
 * vfio_group_set_container() - VFIO_GROUP_SET_CONTAINER.
 *
 * From 5.19 on (70693f470848) this moves the whole group from its default domain to one without
 * mappings; in 5.10 VFIO_SET_IOMMU is the first to move it.
 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
 * Kernel: drivers/vfio/vfio.c, vfio_group_set_container(): 5.10.
 */
int vfio_group_set_container(struct source_device *group, struct source_device *container);

/**
 * vfio_set_iommu() - VFIO_SET_IOMMU. Kernels up to 6.15 run their own superpage test here.
 *
 * 07970d048cdd removed it, in 6.16; 7.3 does not have it.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12.
 */
int vfio_set_iommu(struct source_device *container, enum backend backend);

/**
 * vfio_get_info() - VFIO_IOMMU_GET_INFO with a buffer as large as the kernel wants.
 * @info: filled; free info->ranges.range
 *
 * -EBADMSG when the capability chain is malformed, -E2BIG when the kernel wants more than
 * 64 KiB for it.
 */
int vfio_get_info(struct source_device *container, struct iommu_info *info);

/** vfio_map() - VFIO_IOMMU_MAP_DMA, for reading and writing. @size in bytes. */
int vfio_map(struct source_device *container, void *address, uint64_t iova, uint64_t size);

/**
 * vfio_unmap() - VFIO_IOMMU_UNMAP_DMA.
 * @unmapped: the size that the kernel wrote back, in bytes. On -EINVAL from type1v2 it is what
 *	was asked for, untouched.
 */
int vfio_unmap(struct source_device *container, uint64_t iova, uint64_t size, uint64_t *unmapped);

/**
 * vfio_map_timed(), vfio_unmap_timed() - the same, and how long the kernel took for it.
 * @nanoseconds: set; part of the answer, so a replay gives what was recorded. May be NULL
 */
int vfio_map_timed(struct source_device *container, void *address, uint64_t iova, uint64_t size,
		   uint64_t *nanoseconds);
int vfio_unmap_timed(struct source_device *container, uint64_t iova, uint64_t size,
		     uint64_t *unmapped, uint64_t *nanoseconds);

/**
 * vfio_parse_info() - parse a filled buffer of VFIO_IOMMU_GET_INFO. Pure.
 * @buffer: bytes that the kernel wrote, in this machine's byte order
 * @len: bytes in @buffer
 * @info: filled; free info->ranges.range
 *
 * Every offset is checked: a capability lies behind the fixed part, at a multiple of 4, behind
 * the one before, and inside both @len and argsz; the ranges it counts fit into it. Unknown
 * capabilities are skipped.
 * Return: 0, or -EBADMSG.
 */
int vfio_parse_info(const void *buffer, size_t len, struct iommu_info *info);

#endif
