/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layout of each ioctl of VFIO (include/uapi/linux/vfio.h). */
#include "vfio/internal.h"

#include <stddef.h>

#include "base/count.h"

#define FIELD(type, member, how)                                        \
	{                                                               \
		.name = #member, .offset = offsetof(type, member),      \
		.width = sizeof(((type *)NULL)->member), .flags = (how) \
	}

#define REQUEST(number) .name = #number, .request = (number)
#define FIELDS(array)	.fields = (array), .n_fields = COUNT(array)

static const struct ioctl_field group_status[] = {
	FIELD(struct vfio_group_status, argsz, IOCTL_IN),
	FIELD(struct vfio_group_status, flags, IOCTL_OUT),
};

/* argsz goes in as the room there is and comes back as the room that is wanted. */
static const struct ioctl_field info[] = {
	FIELD(struct iommu_type1_info, argsz, IOCTL_IN | IOCTL_OUT),
	FIELD(struct iommu_type1_info, flags, IOCTL_OUT),
	FIELD(struct iommu_type1_info, iova_pgsizes, IOCTL_OUT),
	FIELD(struct iommu_type1_info, cap_offset, IOCTL_OUT),
};

static const struct ioctl_field dma_map[] = {
	FIELD(struct vfio_iommu_type1_dma_map, argsz, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_map, flags, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_map, vaddr, IOCTL_IN | IOCTL_POINTER),
	FIELD(struct vfio_iommu_type1_dma_map, iova, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_map, size, IOCTL_IN),
};

static const struct ioctl_field dma_unmap[] = {
	FIELD(struct vfio_iommu_type1_dma_unmap, argsz, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_unmap, flags, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_unmap, iova, IOCTL_IN),
	FIELD(struct vfio_iommu_type1_dma_unmap, size, IOCTL_IN | IOCTL_OUT),
};

const struct ioctl_shape shape_get_api_version = {
	REQUEST(VFIO_GET_API_VERSION),
	.argument = IOCTL_NONE,
};

const struct ioctl_shape shape_check_extension = {
	REQUEST(VFIO_CHECK_EXTENSION),
	.argument = IOCTL_VALUE,
};

const struct ioctl_shape shape_set_iommu = {
	REQUEST(VFIO_SET_IOMMU),
	.argument = IOCTL_VALUE,
};

const struct ioctl_shape shape_group_get_status = {
	REQUEST(VFIO_GROUP_GET_STATUS),
	.argument = IOCTL_STRUCT,
	FIELDS(group_status),
};

const struct ioctl_shape shape_group_set_container = {
	REQUEST(VFIO_GROUP_SET_CONTAINER),
	.argument = IOCTL_DEVICE,
};

const struct ioctl_shape shape_iommu_get_info = {
	REQUEST(VFIO_IOMMU_GET_INFO),
	.argument = IOCTL_STRUCT,
	FIELDS(info),
	.tail = capability_name_numbers,
};

const struct ioctl_shape shape_iommu_map_dma = {
	REQUEST(VFIO_IOMMU_MAP_DMA),
	.argument = IOCTL_STRUCT,
	FIELDS(dma_map),
};

const struct ioctl_shape shape_iommu_unmap_dma = {
	REQUEST(VFIO_IOMMU_UNMAP_DMA),
	.argument = IOCTL_STRUCT,
	FIELDS(dma_unmap),
};
