/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capability chain of VFIO_IOMMU_GET_INFO: parsed, and named number by number for a capture, of
 * which a replay makes the same answer again.
 *
 * The first byte tells whether the rest is turned round, as a machine of the other byte order has
 * it: that must be refused or make sense, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "vfio/internal.h"

/** struct copy - what a replay puts together of the numbers. */
struct copy {
	unsigned char *bytes;
	size_t len;
};

static void take(void *context, size_t offset, unsigned int width, const char *name, uint64_t value)
{
	struct copy *copy = context;

	MUST(name && *name);
	MUST(width == 1 || width == 2 || width == 4 || width == 8);
	MUST(offset < copy->len && width <= copy->len - offset);
	/* Only where the machine is little-endian; the test of the room source has the others. */
	memcpy(copy->bytes + offset, &value, width);
}

static void check_info(const struct iommu_info *info)
{
	for (size_t i = 0; i < info->ranges.count; i++)
		MUST(info->ranges.range[i].start <= info->ranges.range[i].end);
	MUST(!info->has_ranges || info->ranges.count);
}

static void must_be_equal(const struct iommu_info *one, const struct iommu_info *two)
{
	MUST(one->has_ranges == two->has_ranges && one->has_dma_avail == two->has_dma_avail);
	MUST(one->has_migration == two->has_migration && one->page_sizes == two->page_sizes);
	MUST(one->dma_avail == two->dma_avail && one->ranges.count == two->ranges.count);
	for (size_t i = 0; i < one->ranges.count; i++)
		MUST(one->ranges.range[i].start == two->ranges.range[i].start &&
		     one->ranges.range[i].end == two->ranges.range[i].end);
}

/* The fixed part goes into a capture by its fields, the rest by the names of its numbers. */
static void check_replay(const unsigned char *bytes, size_t len, const struct iommu_info *info)
{
	struct copy copy = { xcalloc(len, 1), len };
	struct iommu_info again = { 0 };
	struct iommu_type1_info fixed;

	memcpy(copy.bytes, bytes, sizeof(fixed));
	memcpy(&fixed, bytes, sizeof(fixed));
	/* What has no names is recorded byte by byte: a capability that is short, and says no more. */
	if (capability_name_numbers(bytes, len, take, &copy) == 0 && fixed.argsz <= len) {
		MUST(vfio_parse_info(copy.bytes, len, &again) == 0);
		must_be_equal(info, &again);
	}
	free(again.ranges.range);
	free(copy.bytes);
}

static void turn_round(unsigned char *bytes, size_t len)
{
	for (size_t at = 0; at + 4 <= len; at += 4) {
		uint32_t number;

		memcpy(&number, bytes + at, sizeof(number));
		number = __builtin_bswap32(number);
		memcpy(bytes + at, &number, sizeof(number));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes input = { data, len };
	bool turned = take_number(&input, 1) & 1;
	_cleanup_free_ unsigned char *bytes = NULL;
	size_t used = input.left;
	struct iommu_info info;

	bytes = (unsigned char *)take_rest(&input);
	/* No NUL behind it, where a read beyond the end would find something. */
	bytes = realloc(bytes, used ? used : 1);
	if (turned)
		turn_round(bytes, used);
	if (vfio_parse_info(bytes, used, &info) < 0) {
		MUST(!info.ranges.range && !info.has_ranges);
		return 0;
	}
	check_info(&info);
	check_replay(bytes, used, &info);
	free(info.ranges.range);
	return 0;
}
