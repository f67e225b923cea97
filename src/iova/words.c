/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iova/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "iova/reason.h"

/*
 * On AMD the width is that of the format of the page table: v1 as far as the firmware and the IOMMU
 * allow, v2 one bit less than its levels have.
 * Kernel: drivers/iommu/amd/iommu.c, amd_iommu_domain_alloc_paging_v1(): 7.3.
 * Kernel: drivers/iommu/amd/iommu.c, amd_iommu_domain_alloc_paging_v2(): 7.3.
 */
static char *words_of_part(const struct space *space, const struct iova_part *part)
{
	const struct reason *reason = reason_of(space->group, &space->allowed, part);
	bool above = reason && strcmp(reason->id, "above-aperture") == 0;
	const struct region *region = part->region;
	const struct iommu *iommu = group_iommu(space->group);

	if (above && space->bits)
		return xasprintf(
			"0x%" PRIx64 " - 0x%" PRIx64 " is above the aperture: %s "
			"translates %u address bits%s",
			part->range.start, part->range.end,
			iommu && iommu->kind == IOMMU_AMD ? "the page table that the kernel chose"
							  : "the IOMMU",
			space->bits,
			space->known_by == SPACE_REGISTERS ? ", by the unit's registers" : "");
	/* The map cuts regions into parts; the message names the whole region. */
	if (region && reason && region_blocks(region))
		return xasprintf("0x%" PRIx64 " - 0x%" PRIx64 " is a reserved region of type %s "
				 "(%s): %s",
				 region->range.start, region->range.end, region->word,
				 reason->words, reason_of_region(space->group, region)->meaning);
	return xasprintf("0x%" PRIx64 " - 0x%" PRIx64 " is %s%s%s", part->range.start,
			 part->range.end, reason ? reason->words : "not usable", reason ? ": " : "",
			 reason ? reason->meaning : "");
}

char *words_of_hit(const struct space *space, const struct hit *hit)
{
	char page[16];

	switch (hit->kind) {
	case HIT_WRAP:
		return xstrdup("the range extends beyond the end of the 64-bit space");
	case HIT_LOCKED:
		return xasprintf("no address of the group is usable: 0x%" PRIx64 " - 0x%" PRIx64
				 " is a reserved region of type direct (%s), for which the kernel "
				 "refuses the group; %s",
				 space->locked->range.start, space->locked->range.end,
				 reason_of_region(space->group, space->locked)->words,
				 reason_of_region(space->group, space->locked)->meaning);
	case HIT_PART:
		return words_of_part(space, hit->part);
	case HIT_SEAM:
		return xasprintf(
			"the range extends from one allowed range into the next, and a map must "
			"lie in one");
	case HIT_NOT_ALIGNED:
		return xasprintf(
			"the address or the size is not a multiple of %s, the smallest page",
			text_size(page, sizeof(page), space_smallest_page(space) - 1));
	default:
		return xstrdup("nothing blocks the range");
	}
}

const char *words_of_unknown(const struct space *space)
{
	if (space->known_by)
		return NULL;
	if (space->group->regions_errno)
		return "neither the allowed ranges nor the reserved regions are known";
	return "the aperture is not known, only the reserved regions are";
}

char *words_of_bytes(char *buffer, size_t len, uint64_t bytes)
{
	if (bytes)
		return text_size(buffer, len, bytes - 1);
	snprintf(buffer, len, "0 B");
	return buffer;
}

char *words_of_exact_bytes(char *buffer, size_t len, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;

	while (bytes && unit < 6 && !(bytes & 1023)) {
		bytes >>= 10;
		unit++;
	}
	snprintf(buffer, len, "%" PRIu64 " %s", bytes, units[unit]);
	return buffer;
}
