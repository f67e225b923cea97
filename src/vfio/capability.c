/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability chain of VFIO_IOMMU_GET_INFO. Pure: bytes in, numbers out. */
#include "vfio/internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Newer headers name them; the numbers are ABI. */
#define CAP_IOVA_RANGE 1
#define CAP_MIGRATION  2
#define CAP_DMA_AVAIL  3
#define INFO_PGSIZES   0x1u
#define INFO_CAPS      0x2u

/* The structures behind the header, of which older <linux/vfio.h> know only the first. */
struct cap_iova_range {
	struct vfio_info_cap_header header;
	__u32 nr_iovas;
	__u32 reserved;
};

struct cap_iova {
	__u64 start;
	__u64 end;
};

struct cap_migration {
	struct vfio_info_cap_header header;
	__u32 flags;
	__u32 pad;
	__u64 pgsize_bitmap;
	__u64 max_dirty_bitmap_size;
};

struct cap_dma_avail {
	struct vfio_info_cap_header header;
	__u32 avail;
};

static void read_bytes(void *to, const unsigned char *buffer, size_t offset, size_t len)
{
	memcpy(to, buffer + offset, len);
}

/* Where the chain begins and the buffer ends; 0 when there is no chain. */
static int chain_bounds(const unsigned char *buffer, size_t *len, size_t *first)
{
	struct iommu_type1_info info;

	if (*len < sizeof(info))
		return -EBADMSG;
	read_bytes(&info, buffer, 0, sizeof(info));
	/* argsz larger than the buffer: the chain did not fit and was not written. */
	if (info.argsz < *len)
		*len = info.argsz;
	*first = info.flags & INFO_CAPS ? info.cap_offset : 0;
	return 0;
}

int capability_walk(const void *buffer, size_t len, capability_fn each, void *context)
{
	struct vfio_info_cap_header header;
	size_t least = sizeof(struct iommu_type1_info);
	size_t offset;
	int ret;

	ret = chain_bounds(buffer, &len, &offset);
	while (ret >= 0 && offset) {
		size_t end = len;

		/*
		 * Behind what was read before, so a cycle cannot be. A multiple of 4, not of 8: up
		 * to 6.5 the kernel packs capabilities without padding, and one of 12 bytes comes
		 * before the ranges (padded since a881b496941f). Nothing is read in place, so
		 * alignment is a matter of sense, not of safety.
		 * Kernel: drivers/vfio/vfio.c, vfio_info_cap_add(): 5.10.
		 * Kernel: drivers/vfio/vfio_main.c, vfio_info_cap_add(): 6.1, 6.12, 7.3.
		 */
		if (offset < least || offset % 4 || offset > len || len - offset < sizeof(header))
			return -EBADMSG;
		read_bytes(&header, buffer, offset, sizeof(header));
		if (header.next) {
			if (header.next < offset + sizeof(header) || header.next > len)
				return -EBADMSG;
			end = header.next;
		}
		ret = each(context, buffer, offset, end - offset);
		least = offset + sizeof(header);
		offset = header.next;
	}
	return ret;
}

/* Read a capability's structure, or say that it is too short for one. */
static int read_capability(void *to, const unsigned char *buffer, size_t offset, size_t have,
			   size_t want)
{
	if (have < want)
		return -EBADMSG;
	read_bytes(to, buffer, offset, want);
	return 0;
}

/* The header of the range list, after a check that all the ranges it counts are there. */
static int read_range_list(struct cap_iova_range *list, const unsigned char *buffer, size_t offset,
			   size_t len)
{
	if (read_capability(list, buffer, offset, len, sizeof(*list)) < 0)
		return -EBADMSG;
	return list->nr_iovas <= (len - sizeof(*list)) / sizeof(struct cap_iova) ? 0 : -EBADMSG;
}

static int take_ranges(struct iommu_info *info, const unsigned char *buffer, size_t offset,
		       size_t len)
{
	struct cap_iova_range list;
	struct cap_iova iova;

	/* Two lists would contradict each other. */
	if (info->has_ranges || read_range_list(&list, buffer, offset, len) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < list.nr_iovas; i++) {
		read_bytes(&iova, buffer, offset + sizeof(list) + i * sizeof(iova), sizeof(iova));
		if (iova.start > iova.end)
			return -EBADMSG;
		APPEND(info->ranges.range, info->ranges.count,
		       ((struct range){ .start = iova.start, .end = iova.end }));
	}
	info->has_ranges = list.nr_iovas > 0;
	return 0;
}

static int take_capability(void *context, const unsigned char *buffer, size_t offset, size_t len)
{
	struct iommu_info *info = context;
	struct vfio_info_cap_header header;
	struct cap_dma_avail avail;

	read_bytes(&header, buffer, offset, sizeof(header));
	switch (header.id) {
	case CAP_IOVA_RANGE:
		return take_ranges(info, buffer, offset, len);
	case CAP_MIGRATION:
		info->has_migration = true;
		return 0;
	case CAP_DMA_AVAIL:
		if (read_capability(&avail, buffer, offset, len, sizeof(avail)) < 0)
			return -EBADMSG;
		info->has_dma_avail = true;
		info->dma_avail = avail.avail;
		return 0;
	default:
		return 0;
	}
}

int vfio_parse_info(const void *buffer, size_t len, struct iommu_info *info)
{
	struct iommu_type1_info fixed;
	int ret;

	memset(info, 0, sizeof(*info));
	ret = capability_walk(buffer, len, take_capability, info);
	if (ret < 0) {
		free(info->ranges.range);
		memset(info, 0, sizeof(*info));
		return ret;
	}
	read_bytes(&fixed, buffer, 0, sizeof(fixed));
	info->has_page_sizes = fixed.flags & INFO_PGSIZES;
	info->page_sizes = fixed.iova_pgsizes;
	return 0;
}

/** struct namer - receiver of the numbers. */
struct namer {
	ioctl_emit_fn emit;
	void *context;
};

#define NAME(namer, base, type, member, capability)                      \
	(namer)->emit((namer)->context, (base) + offsetof(type, member), \
		      sizeof((capability)->member), #member, (capability)->member)

static int name_ranges(const struct namer *namer, const unsigned char *buffer, size_t offset,
		       size_t len)
{
	struct cap_iova_range list;
	struct cap_iova iova;

	if (read_range_list(&list, buffer, offset, len) < 0)
		return -EBADMSG;
	NAME(namer, offset, struct cap_iova_range, nr_iovas, &list);
	for (uint32_t i = 0; i < list.nr_iovas; i++) {
		size_t at = offset + sizeof(list) + i * sizeof(iova);

		read_bytes(&iova, buffer, at, sizeof(iova));
		NAME(namer, at, struct cap_iova, start, &iova);
		NAME(namer, at, struct cap_iova, end, &iova);
	}
	return 0;
}

static int name_capability(void *context, const unsigned char *buffer, size_t offset, size_t len)
{
	const struct namer *namer = context;
	struct vfio_info_cap_header header;
	struct cap_migration migration;
	struct cap_dma_avail avail;

	read_bytes(&header, buffer, offset, sizeof(header));
	NAME(namer, offset, struct vfio_info_cap_header, id, &header);
	NAME(namer, offset, struct vfio_info_cap_header, version, &header);
	NAME(namer, offset, struct vfio_info_cap_header, next, &header);
	switch (header.id) {
	case CAP_IOVA_RANGE:
		return name_ranges(namer, buffer, offset, len);
	case CAP_MIGRATION:
		if (read_capability(&migration, buffer, offset, len, sizeof(migration)) < 0)
			return -EBADMSG;
		NAME(namer, offset, struct cap_migration, flags, &migration);
		NAME(namer, offset, struct cap_migration, pgsize_bitmap, &migration);
		NAME(namer, offset, struct cap_migration, max_dirty_bitmap_size, &migration);
		return 0;
	case CAP_DMA_AVAIL:
		if (read_capability(&avail, buffer, offset, len, sizeof(avail)) < 0)
			return -EBADMSG;
		NAME(namer, offset, struct cap_dma_avail, avail, &avail);
		return 0;
	default:
		/* One that this version does not know: its bytes, as they lie. */
		for (size_t at = offset + sizeof(header); at < offset + len; at++)
			namer->emit(namer->context, at, 1, "byte", buffer[at]);
		return 0;
	}
}

int capability_name_numbers(const void *arg, size_t len, ioctl_emit_fn emit, void *context)
{
	struct namer namer = { .emit = emit, .context = context };
	struct iommu_type1_info fixed;

	/* A buffer that was too small has no chain yet. */
	read_bytes(&fixed, arg, 0, sizeof(fixed));
	if (fixed.argsz > len)
		return 0;
	return capability_walk(arg, len, name_capability, &namer);
}
