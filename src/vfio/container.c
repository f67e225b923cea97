/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "model/host.h"

#define CONTAINER_PATH "/dev/vfio/vfio"

/* Some 4000 ranges; real lists have a handful. */
#define INFO_LEN_MAX (1u << 16)

int vfio_container_open(struct source *source, struct source_device **container)
{
	return source_device_open(source, CONTAINER_PATH, container);
}

int vfio_api_version(struct source_device *container)
{
	return source_ioctl(container, &shape_get_api_version, 0);
}

static unsigned long backend_number(enum backend backend)
{
	return backend == BACKEND_TYPE1 ? VFIO_TYPE1_IOMMU : VFIO_TYPE1v2_IOMMU;
}

int vfio_has_backend(struct source_device *container, enum backend backend)
{
	return source_ioctl(container, &shape_check_extension, backend_number(backend));
}

int vfio_set_iommu(struct source_device *container, enum backend backend)
{
	return source_ioctl(container, &shape_set_iommu, backend_number(backend));
}

/*
 * Extensions that the kernel does not know are absent: 0 from VFIO, EOPNOTSUPP from iommufd in its
 * place. Any other error is no answer.
 * Kernel: drivers/vfio/container.c, vfio_container_ioctl_check_extension(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_check_extension(): 6.12, 7.3.
 */
static int ask_extensions(struct source_device *container, const struct host *host,
			  struct container *answer)
{
	bool spapr_tce_v2 = false;
	const struct {
		unsigned long extension;
		bool *has;
	} questions[] = {
		{ VFIO_TYPE1_IOMMU, &answer->type1 },
		{ VFIO_TYPE1v2_IOMMU, &answer->type1v2 },
		{ VFIO_NOIOMMU_IOMMU, &answer->noiommu },
		{ VFIO_UNMAP_ALL, &answer->unmap_all },
		{ VFIO_SPAPR_TCE_IOMMU, &answer->spapr_tce },
		{ VFIO_SPAPR_TCE_v2_IOMMU, &spapr_tce_v2 },
	};
	size_t count = COUNT(questions) - (host_is_ppc64(host) ? 0 : 2);

	for (size_t i = 0; i < count; i++) {
		int ret = source_ioctl(container, &shape_check_extension, questions[i].extension);

		*questions[i].has = ret > 0;
		if (ret < 0 && ret != -EOPNOTSUPP && ret != -EINVAL)
			return ret;
	}
	answer->spapr_tce |= spapr_tce_v2;
	return 0;
}

void vfio_scan_container(struct source *source, struct host *host)
{
	const struct module *vfio = host_module(host, "vfio");
	struct source_device *container;
	struct container answer = { 0 };
	int ret;

	host->container = answer;
	/* The nodes below a sysroot are files at best: there is no kernel to ask. */
	if (!vfio || !vfio->loaded || !host->has_container ||
	    source_mode(source) == SOURCE_SYSROOT || source_section(source, "container") < 0)
		return;
	ret = vfio_container_open(source, &container);
	if (ret >= 0) {
		answer.version = vfio_api_version(container);
		ret = answer.version < 0 ? answer.version
					 : ask_extensions(container, host, &answer);
		source_device_close(container);
	}
	if (ret < 0) {
		host->container.error = -ret;
		return;
	}
	answer.known = true;
	host->container = answer;
}

int vfio_group_open(struct source *source, unsigned int id, struct source_device **group)
{
	_cleanup_free_ char *path = xasprintf("/dev/vfio/%u", id);

	return source_device_open(source, path, group);
}

int vfio_group_viable(struct source_device *group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int ret = source_ioctl_struct(group, &shape_group_get_status, &status, sizeof(status));

	return ret < 0 ? ret : (status.flags & VFIO_GROUP_FLAGS_VIABLE) != 0;
}

int vfio_group_set_container(struct source_device *group, struct source_device *container)
{
	return source_ioctl_device(group, &shape_group_set_container, container);
}

int vfio_get_info(struct source_device *container, struct iommu_info *info)
{
	struct iommu_type1_info fixed;
	size_t len = sizeof(fixed);

	/*
	 * A buffer that is too small is no error: the kernel says how much it wants and leaves the
	 * capabilities out. The list can grow between two calls, so ask until it fits.
	 */
	while (len <= INFO_LEN_MAX) {
		_cleanup_free_ unsigned char *buffer = xcalloc(1, len);
		int ret;

		/* Zeroed: kernels without capabilities never write cap_offset. */
		memset(&fixed, 0, sizeof(fixed));
		fixed.argsz = (uint32_t)len;
		memcpy(buffer, &fixed, sizeof(fixed));
		ret = source_ioctl_struct(container, &shape_iommu_get_info, buffer, len);
		if (ret < 0)
			return ret;
		memcpy(&fixed, buffer, sizeof(fixed));
		if (fixed.argsz <= len)
			return vfio_parse_info(buffer, len, info);
		len = fixed.argsz;
	}
	return -E2BIG;
}

int vfio_map_timed(struct source_device *container, void *address, uint64_t iova, uint64_t size,
		   uint64_t *nanoseconds)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)address,
		.iova = iova,
		.size = size,
	};

	return source_ioctl_timed(container, &shape_iommu_map_dma, &map, sizeof(map), nanoseconds);
}

int vfio_map(struct source_device *container, void *address, uint64_t iova, uint64_t size)
{
	return vfio_map_timed(container, address, iova, size, NULL);
}

int vfio_unmap_timed(struct source_device *container, uint64_t iova, uint64_t size,
		     uint64_t *unmapped, uint64_t *nanoseconds)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};
	int ret = source_ioctl_timed(container, &shape_iommu_unmap_dma, &unmap, sizeof(unmap),
				     nanoseconds);

	*unmapped = unmap.size;
	return ret;
}

int vfio_unmap(struct source_device *container, uint64_t iova, uint64_t size, uint64_t *unmapped)
{
	return vfio_unmap_timed(container, iova, size, unmapped, NULL);
}
