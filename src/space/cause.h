/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_CAUSE_H
#define VFIODIAG_SPACE_CAUSE_H

#include <stdint.h>

#include "model/limits.h"
#include "space/space.h"

/*
 * Possible causes of an errno of VFIO_IOMMU_MAP_DMA on this host. Pure.
 *
 * From vfio_dma_do_map() and what it calls in drivers/vfio/vfio_iommu_type1.c, and from
 * vfio_fops_unl_ioctl() for a container without an IOMMU; 5.10 to 7.3.
 */

/** enum stand - state of a cause by the evidence. */
enum stand {
	STAND_LIKELY,	 /* the evidence confirms it */
	STAND_POSSIBLE,	 /* no evidence against it; it depends on the program or is not known */
	STAND_RULED_OUT, /* the evidence contradicts it */
};

/** stand_name() - "likely", "possible", "ruled-out". */
const char *stand_name(enum stand stand);

/**
 * struct cause - one possible cause of an errno of MAP_DMA.
 * @id: stable short words, "outside-ranges"
 * @title: the reason, "the range is not allowed"
 * @evidence: evidence for or against it on this host
 * @hint: the fix, or NULL
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
 * @memlock: limit of the process that made the call
 */
struct map_request {
	uint64_t address;
	uint64_t size;
	int error;
	const struct memlock *memlock;
};

/**
 * causes_find() - find the causes of @request's errno, with the evidence.
 *
 * Return: their number; 0 if MAP_DMA never returns this errno.
 */
size_t causes_find(const struct space *space, const struct map_request *request,
		   struct causes *causes);

/** causes_clear() - free the causes. */
void causes_clear(struct causes *causes);

#endif
