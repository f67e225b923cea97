/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor of a probe: the ioctls of "vfiodiag probe", in their order, and nothing else. It looks at
 * nothing before and says nothing afterwards.
 *
 *	minimal-probe GROUP [IOVA]
 *
 * For tests/bench/probe-cost alone: whoever wants to probe a host wants the checks too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static void must(int condition, const char *what)
{
	if (condition)
		return;
	perror(what);
	exit(1);
}

static void get_info(int container)
{
	char buffer[4096] = { 0 };
	struct vfio_iommu_type1_info *info = (struct vfio_iommu_type1_info *)buffer;

	/* Once for the size, once for the capabilities. */
	info->argsz = sizeof(*info);
	must(ioctl(container, VFIO_IOMMU_GET_INFO, info) == 0, "VFIO_IOMMU_GET_INFO");
	must(info->argsz <= sizeof(buffer), "VFIO_IOMMU_GET_INFO");
	must(ioctl(container, VFIO_IOMMU_GET_INFO, info) == 0, "VFIO_IOMMU_GET_INFO");
}

static void test(int container, uint64_t iova, size_t page)
{
	void *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)pages,
		.iova = iova,
		.size = 2 * page,
	};
	struct vfio_iommu_type1_dma_unmap one = {
		.argsz = sizeof(one),
		.iova = iova,
		.size = page,
	};
	struct vfio_iommu_type1_dma_unmap both = {
		.argsz = sizeof(both),
		.iova = iova,
		.size = 2 * page,
	};

	must(pages != MAP_FAILED, "mmap");
	must(ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "VFIO_IOMMU_MAP_DMA");
	/* type1v2 refuses to unmap a part; that is one of its ioctls all the same. */
	ioctl(container, VFIO_IOMMU_UNMAP_DMA, &one);
	must(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &both) == 0, "VFIO_IOMMU_UNMAP_DMA");
}

int main(int argc, char **argv)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	char path[64];
	int group;

	must(argc >= 2, "minimal-probe GROUP [IOVA]");
	snprintf(path, sizeof(path), "/dev/vfio/%s", argv[1]);
	must(container >= 0, "/dev/vfio/vfio");
	must(ioctl(container, VFIO_GET_API_VERSION) == VFIO_API_VERSION, "VFIO_GET_API_VERSION");
	must(ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) == 1,
	     "VFIO_CHECK_EXTENSION");
	group = open(path, O_RDWR | O_CLOEXEC);
	must(group >= 0, path);
	must(ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0, "VFIO_GROUP_GET_STATUS");
	must(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0, "VFIO_GROUP_SET_CONTAINER");
	must(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0, "VFIO_SET_IOMMU");
	get_info(container);
	test(container, argc > 2 ? strtoull(argv[2], NULL, 0) : 0, (size_t)sysconf(_SC_PAGESIZE));
	close(group);
	close(container);
	return 0;
}
