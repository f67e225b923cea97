/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_CAUSE_H
#define VFIODIAG_SPACE_CAUSE_H

#include <stdint.h>

#include "model/limits.h"
#include "space/space.h"

/*
 * What an errno of VFIO_IOMMU_MAP_DMA can mean on this host. Pure.
 *
 * From vfio_dma_do_map() and what it calls in drivers/vfio/vfio_iommu_type1.c, and from
 * vfio_fops_unl_ioctl() for a container without an IOMMU; 5.10 to 7.3.
 */

/** enum stand - what the evidence says of a cause. */
enum stand {
	STAND_LIKELY,	/* it is so on this host */
	STAND_POSSIBLE, /* nothing here speaks against it; it lies with the program or is not known */
	STAND_RULED_OUT, /* it is not so on this host */
};

/** stand_name() - "likely", "possible", "ruled-out". */
const char *stand_name(enum stand stand);

/**
 * struct cause - one reason for which MAP_DMA gives an errno.
 * @id: stable short words, "outside-ranges"
 * @title: the reason, "the range is not allowed"
 * @evidence: what speaks for or against it here
 * @hint: what to do, or NULL
 */
struct cause {
	const char *id;
	const char *title;
	enum stand stand;
	char *evidence;
	char *hint;
};

/** struct causes - any number of them, the likely ones first. */
struct causes {
	struct cause *cause;
	size_t count;
};

/**
 * struct map_request - the MAP_DMA that failed.
 * @address: IOVA
 * @size: bytes
 * @error: errno, positive
 * @memlock: limit of the process that asked
 */
struct map_request {
	uint64_t address;
	uint64_t size;
	int error;
	const struct memlock *memlock;
};

/**
 * causes_find() - the causes that @request's errno has, with the evidence.
 *
 * Return: how many. 0: MAP_DMA never gives this errno.
 */
size_t causes_find(const struct space *space, const struct map_request *request,
		   struct causes *causes);

/** causes_clear() - free them. */
void causes_clear(struct causes *causes);

#endif
