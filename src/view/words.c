/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/words.h"

const char *words_readiness(enum readiness readiness)
{
	static const char *const words[] = {
		[READINESS_NONE] = "not asked",
		[READINESS_READY] = "ready",
		[READINESS_WARNINGS] = "usable, with warnings",
		[READINESS_NOT_READY] = "not ready",
		[READINESS_UNMEASURED] = "could not be measured",
	};

	return words[readiness];
}

const char *words_splitting(const struct verdict *verdict)
{
	bool observed = verdict->confidence == CONFIDENCE_OBSERVED;

	switch (verdict->splitting) {
	case ANSWER_NO:
		return observed ? "not supported (fine-grained superpages are in use)"
				: "probably not supported (superpages of two pages are advertised)";
	case ANSWER_YES:
		return observed ? "supported (no fine-grained superpages)"
				: "probably supported (no superpages of two pages are advertised)";
	default:
		return "unknown";
	}
}

uint64_t words_last_allowed(const struct iommu_info *info)
{
	uint64_t last = 0;

	for (size_t i = 0; i < info->ranges.count; i++) {
		if (info->ranges.range[i].end > last)
			last = info->ranges.range[i].end;
	}
	return last;
}

/* Purpose or type of a region beyond "reserved", which is printed already; or NULL. */
static const char *region_words(const struct region *region)
{
	const char *purpose = region_purpose(region);

	return purpose ? purpose : region->type == REGION_RESERVED ? NULL : region->word;
}

const char *words_part(const struct iova_part *part, uint64_t last_allowed)
{
	if (part->region && part->use == IOVA_CONTRADICTS)
		return "reserved, although the kernel allows it";
	if (part->region && !region_blocks(part->region))
		return "direct-relaxable, open to VFIO";
	if (part->region)
		return region_words(part->region);
	if (part->use == IOVA_NOT_ALLOWED && part->range.start > last_allowed)
		return "above the aperture";
	return NULL;
}
