/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VFIO_INTERNAL_H
#define VFIODIAG_VFIO_INTERNAL_H

#include <linux/vfio.h>

#include "source/source.h"
#include "vfio/vfio.h"

/* Shared by the files of this directory only. */

extern const struct ioctl_shape shape_get_api_version;
extern const struct ioctl_shape shape_check_extension;
extern const struct ioctl_shape shape_set_iommu;
extern const struct ioctl_shape shape_group_get_status;
extern const struct ioctl_shape shape_group_set_container;
extern const struct ioctl_shape shape_iommu_get_info;
extern const struct ioctl_shape shape_iommu_map_dma;
extern const struct ioctl_shape shape_iommu_unmap_dma;

/*
 * struct iommu_type1_info - vfio_iommu_type1_info with the fields that older headers lack.
 *
 * cap_offset came after padding, with the list of allowed ranges ("vfio/type1: Add IOVA range
 * capability support", 5.4); a kernel without it never writes it.
 * Kernel: include/uapi/linux/vfio.h, vfio_iommu_type1_info: 5.10, 6.1, 6.12, 7.3.
 */
struct iommu_type1_info {
	__u32 argsz;
	__u32 flags;
	__u64 iova_pgsizes;
	__u32 cap_offset;
	__u32 pad;
};

/* Callback for each capability of a chain. @len: bytes up to the next, or to the end. */
typedef int (*capability_fn)(void *context, const unsigned char *buffer, size_t offset, size_t len);

/** capability_walk() - call @each for each capability in @buffer; checks as vfio_parse_info(). */
int capability_walk(const void *buffer, size_t len, capability_fn each, void *context);

/** capability_name_numbers() - tail function of shape_iommu_get_info. */
int capability_name_numbers(const void *arg, size_t len, ioctl_emit_fn emit, void *context);

#endif
