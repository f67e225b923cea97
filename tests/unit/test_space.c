/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/exit.h"
#include "iova/nearest.h"
#include "iova/query.h"
#include "iova/reason.h"
#include "iova/space.h"
#include "iova/words.h"

#define TOP UINT64_MAX

#define REGIONS_MAX 5
#define RANGES_MAX  4

/** struct bench - a host with one group, whose space a test makes. */
struct bench {
	struct host host;
	struct iommu iommu;
	struct device device;
	struct device *devices[1];
	struct group group;
	struct region regions[REGIONS_MAX];
	struct range ranges[RANGES_MAX];
	struct probe probe;
	struct space space;
};

static void bench_begin(struct bench *bench, enum iommu_kind kind)
{
	*bench = (struct bench){ .host = { .page_size = 4096 } };
	bench->iommu = (struct iommu){ .name = (char *)"unit0", .kind = kind };
	bench->device = (struct device){ .address = (char *)"0000:00:04.0",
					 .iommu = &bench->iommu };
	bench->devices[0] = &bench->device;
	bench->group = (struct group){
		.devices = bench->devices,
		.n_devices = 1,
		.regions = bench->regions,
	};
	bench->probe.info.ranges.range = bench->ranges;
}

static void add_region(struct bench *bench, uint64_t start, uint64_t end, enum region_type type)
{
	static const char *const words[] = { "direct", "direct-relaxable", "reserved", "msi",
					     "odd" };

	assert_true(bench->group.n_regions < REGIONS_MAX);
	bench->regions[bench->group.n_regions++] = (struct region){
		.range = { start, end },
		.type = type,
		.word = (char *)words[type],
	};
}

static void add_range(struct bench *bench, uint64_t start, uint64_t end)
{
	struct ranges *ranges = &bench->probe.info.ranges;

	assert_true(ranges->count < RANGES_MAX);
	bench->probe.info.has_ranges = true;
	bench->ranges[ranges->count++] = (struct range){ start, end };
}

static void make_probed(struct bench *bench)
{
	space_make(&bench->host, &bench->group, &bench->probe, &bench->space);
}

static void make_unprobed(struct bench *bench)
{
	space_make(&bench->host, &bench->group, NULL, &bench->space);
}

/* An AMD host as 6.12 shows it. */
static void bench_amd(struct bench *bench)
{
	bench_begin(bench, IOMMU_AMD);
	add_region(bench, 0xfee00000, 0xfeefffff, REGION_MSI);
	add_region(bench, 0xfd00000000, 0xffffffffff, REGION_RESERVED);
	add_range(bench, 0, 0xfedfffff);
	add_range(bench, 0xfef00000, 0xfcffffffff);
	add_range(bench, 0x10000000000, TOP);
	bench->probe.info.has_page_sizes = true;
	bench->probe.info.page_sizes = 0x40201000;
}

/* QEMU's Intel IOMMU: 39 bits, 2 MiB and 1 GiB. */
#define CAP_39_BITS "d2008c22260206"

static void bench_intel(struct bench *bench)
{
	bench_begin(bench, IOMMU_INTEL);
	bench->iommu.cap = (char *)CAP_39_BITS;
	bench->iommu.ecap = (char *)"f00f5a";
	add_region(bench, 0xfee00000, 0xfeefffff, REGION_MSI);
}

static void assert_range(const struct range *range, uint64_t start, uint64_t end)
{
	assert_int_equal(range->start, start);
	assert_int_equal(range->end, end);
}

static enum usable check(const struct bench *bench, uint64_t address, uint64_t size)
{
	struct hit hit;

	return space_check(&bench->space, address, size, true, &hit);
}

/* What is known */

TEST(what_the_kernel_lists_is_known_by_the_probe)
{
	struct bench bench;

	bench_amd(&bench);
	make_probed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_PROBE);
	assert_int_equal(bench.space.free.count, 3);
	assert_range(&bench.space.free.range[1], 0xfef00000, 0xfcffffffff);
	assert_int_equal(bench.space.bits, 64);
	assert_int_equal(check(&bench, 0, 4096), USABLE_YES);
	assert_int_equal(check(&bench, 0xfd00000000, 4096), USABLE_NO);
	space_clear(&bench.space);
}

TEST(without_a_probe_amd_is_not_known)
{
	struct bench bench;

	bench_amd(&bench);
	make_unprobed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_UNKNOWN);
	assert_non_null(words_of_unknown(&bench.space));
	assert_int_equal(check(&bench, 0, 4096), USABLE_UNKNOWN);
	/* What is reserved is refused, whatever the aperture. */
	assert_int_equal(check(&bench, 0xfee00000, 4096), USABLE_NO);
	assert_false(space_total(&bench.space).any);
	assert_int_equal(query_status(&bench.space, NULL), EXIT_UNMEASURED);
	space_clear(&bench.space);
}

TEST(a_probe_without_ranges_leaves_them_unknown)
{
	struct bench bench;

	bench_begin(&bench, IOMMU_AMD);
	make_probed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_UNKNOWN);
	space_clear(&bench.space);
}

TEST(a_probe_that_failed_tells_nothing_and_is_kept)
{
	struct bench bench;

	bench_amd(&bench);
	bench.probe.failure.step = "open-group";
	make_probed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_UNKNOWN);
	assert_ptr_equal(bench.space.failure, &bench.probe.failure);
	space_clear(&bench.space);
}

TEST(an_intel_unit_tells_its_width_by_its_registers)
{
	struct bench bench;

	bench_intel(&bench);
	make_unprobed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_REGISTERS);
	assert_int_equal(bench.space.bits, 39);
	assert_int_equal(bench.space.free.count, 2);
	assert_range(&bench.space.free.range[0], 0, 0xfedfffff);
	assert_range(&bench.space.free.range[1], 0xfef00000, 0x7fffffffff);
	assert_int_equal(bench.space.page_sizes, 0x40201000);
	assert_int_equal(query_status(&bench.space, NULL), EXIT_INFERRED);
	space_clear(&bench.space);
}

/* The capability register, and what it comes to: MGAW at 16, SAGAW at 8, SLLPS at 34. */
TEST(the_width_is_the_smaller_one_of_mgaw_and_sagaw)
{
	static const struct {
		const char *cap;
		unsigned int bits;
		uint64_t sizes;
	} registers[] = {
		{ "2f0400", 48, 0x1000 },	 /* 4 levels, 48 bits */
		{ "270600", 40, 0x1000 },	 /* 3 and 4 levels, 40 bits */
		{ "2f0200", 39, 0x1000 },	 /* 3 levels only, 48 bits */
		{ "380800", 57, 0x1000 },	 /* 5 levels */
		{ "3f1f00", 64, 0x1000 },	 /* a level that no specification has yet */
		{ "4002f0400", 48, 0x201000 },	 /* 2 MiB */
		{ "8002f0400", 48, 0x40001000 }, /* 1 GiB */
	};

	for (size_t i = 0; i < COUNT(registers); i++) {
		struct bench bench;

		bench_intel(&bench);
		bench.iommu.cap = (char *)registers[i].cap;
		make_unprobed(&bench);
		assert_int_equal(bench.space.bits, registers[i].bits);
		assert_int_equal(bench.space.page_sizes, registers[i].sizes);
		space_clear(&bench.space);
	}
}

TEST(registers_that_make_no_sense_tell_nothing)
{
	static const char *const caps[] = { "", "xyz", "0", "10000000000000000" };

	for (size_t i = 0; i < COUNT(caps); i++) {
		struct bench bench;

		bench_intel(&bench);
		bench.iommu.cap = (char *)caps[i];
		make_unprobed(&bench);
		assert_int_equal(bench.space.known_by, SPACE_UNKNOWN);
		space_clear(&bench.space);
	}
}

TEST(of_several_units_the_narrowest_counts)
{
	struct iommu wide = { .kind = IOMMU_INTEL,
			      .cap = (char *)"c002f0400",
			      .ecap = (char *)"f020df" };
	struct device other = { .iommu = &wide };
	struct device *devices[2] = { NULL, &other };
	struct bench bench;

	bench_intel(&bench);
	devices[0] = &bench.device;
	bench.group.devices = devices;
	bench.group.n_devices = 2;
	make_unprobed(&bench);
	assert_int_equal(bench.space.bits, 39);
	space_clear(&bench.space);
	/* One that does not tell leaves it open. */
	wide.kind = IOMMU_AMD;
	make_unprobed(&bench);
	assert_int_equal(bench.space.known_by, SPACE_UNKNOWN);
	space_clear(&bench.space);
}

TEST(a_direct_region_locks_the_group_until_a_probe_got_through)
{
	struct bench bench;
	struct hit hit;

	bench_intel(&bench);
	add_region(&bench, 0xbb800000, 0xbbffffff, REGION_DIRECT);
	make_unprobed(&bench);
	assert_ptr_equal(bench.space.locked, &bench.regions[1]);
	assert_int_equal(space_check(&bench.space, 0, 4096, true, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_LOCKED);
	assert_int_equal(query_status(&bench.space, NULL), EXIT_REFUSED);
	space_clear(&bench.space);
	add_range(&bench, 0, 0x7fffffffff);
	make_probed(&bench);
	assert_null(bench.space.locked);
	assert_int_equal(check(&bench, 0, 4096), USABLE_YES);
	assert_int_equal(check(&bench, 0xbb800000, 4096), USABLE_NO);
	space_clear(&bench.space);
}

/* Up to 6.5 AMD's and Arm's drivers refuse nothing: VFIO only leaves the region out. */
TEST(a_direct_region_locks_the_group_by_kernel_and_iommu)
{
	static const struct {
		const char *release;
		enum iommu_kind kind;
		bool is_locked;
	} cases[] = {
		{ "5.10.0", IOMMU_INTEL, true },  { "6.1.192", IOMMU_INTEL, true },
		{ "5.10.0", IOMMU_AMD, false },	  { "6.1.192", IOMMU_AMD, false },
		{ "6.1.192", IOMMU_SMMU, false }, { "6.6.0", IOMMU_AMD, true },
		{ "6.12.118", IOMMU_SMMU, true }, { "7.3.4", IOMMU_AMD, true },
		{ NULL, IOMMU_AMD, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench bench;
		struct hit hit;

		bench_begin(&bench, cases[i].kind);
		bench.host.release = (char *)(uintptr_t)cases[i].release;
		add_region(&bench, 0xbb800000, 0xbbffffff, REGION_DIRECT);
		make_unprobed(&bench);
		assert_int_equal(bench.space.locked != NULL, cases[i].is_locked);
		assert_int_equal(space_check(&bench.space, 0, 4096, true, &hit),
				 cases[i].is_locked ? USABLE_NO : USABLE_UNKNOWN);
		assert_int_equal(space_check(&bench.space, 0xbb800000, 4096, true, &hit),
				 USABLE_NO);
		space_clear(&bench.space);
	}
}

/* Checks */

TEST(each_obstacle_is_named)
{
	struct bench bench;
	struct hit hit;

	bench_amd(&bench);
	make_probed(&bench);
	assert_int_equal(space_check(&bench.space, TOP, 2, false, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_WRAP);
	assert_int_equal(space_check(&bench.space, 0xfedff000, 0x2000, true, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_PART);
	assert_ptr_equal(hit.part->region, &bench.regions[0]);
	assert_int_equal(space_check(&bench.space, 0x800, 4096, true, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_NOT_ALIGNED);
	assert_int_equal(space_check(&bench.space, 0x1000, 100, true, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_NOT_ALIGNED);
	assert_int_equal(space_check(&bench.space, 0x800, 4096, false, &hit), USABLE_YES);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(space_check(&bench.space, TOP, 1, false, &hit), USABLE_YES);
	space_clear(&bench.space);
}

TEST(a_range_over_the_seam_of_two_allowed_ranges_is_refused)
{
	struct bench bench;
	struct hit hit;

	bench_begin(&bench, IOMMU_OTHER);
	add_range(&bench, 0, 0xffff);
	add_range(&bench, 0x10000, 0x1ffff);
	make_probed(&bench);
	assert_int_equal(space_check(&bench.space, 0xf000, 0x2000, true, &hit), USABLE_NO);
	assert_int_equal(hit.kind, HIT_SEAM);
	assert_int_equal(check(&bench, 0xf000, 0x1000), USABLE_YES);
	space_clear(&bench.space);
}

TEST(the_smallest_page_is_the_containers_or_the_hosts)
{
	struct bench bench;

	bench_amd(&bench);
	make_probed(&bench);
	assert_int_equal(space_smallest_page(&bench.space), 4096);
	bench.space.page_sizes = 0x20010000;
	assert_int_equal(space_smallest_page(&bench.space), 65536);
	bench.host.page_size = 0;
	bench.space.has_page_sizes = false;
	assert_int_equal(space_smallest_page(&bench.space), 0);
	/* Where nobody knows it, alignment is not held against anybody. */
	assert_int_equal(check(&bench, 1, 1), USABLE_YES);
	space_clear(&bench.space);
}

/* Statistics */

TEST(the_whole_space_has_its_size)
{
	struct bench bench;
	struct extent total;

	bench_begin(&bench, IOMMU_OTHER);
	add_range(&bench, 0, TOP);
	make_probed(&bench);
	total = space_total(&bench.space);
	assert_true(total.any);
	assert_int_equal(total.last, TOP);
	assert_range(space_largest(&bench.space), 0, TOP);
	space_clear(&bench.space);
}

TEST(nothing_allowed_is_no_size)
{
	struct bench bench;

	bench_begin(&bench, IOMMU_OTHER);
	add_range(&bench, 0x1000, 0x1fff);
	add_region(&bench, 0x1000, 0x1fff, REGION_RESERVED);
	make_probed(&bench);
	assert_false(space_total(&bench.space).any);
	assert_null(space_largest(&bench.space));
	space_clear(&bench.space);
}

TEST(windows_of_superpages_are_aligned_and_free)
{
	struct bench bench;
	struct range window;

	bench_begin(&bench, IOMMU_SMMU);
	add_region(&bench, 0x8000000, 0x80fffff, REGION_MSI);
	add_range(&bench, 0, 0x7ffffff);
	add_range(&bench, 0x8100000, 0xffffffffffff);
	make_probed(&bench);
	assert_true(space_first_window(&bench.space, 1 << 21, &window));
	assert_range(&window, 0, 0x1fffff);
	assert_true(space_first_window(&bench.space, 1 << 30, &window));
	assert_range(&window, 0x40000000, 0x7fffffff);
	assert_false(space_first_window(&bench.space, UINT64_C(1) << 48, &window));
	space_clear(&bench.space);
}

/* Reasons */

static const char *reason_at(const struct bench *bench, uint64_t address)
{
	const struct iova_part *part = bench->space.map.part;
	const struct reason *reason;

	while (part->range.end < address)
		part++;
	reason = reason_of(bench->space.group, &bench->space.allowed, part);
	return reason ? reason->id : "none";
}

TEST(each_part_has_its_reason)
{
	struct bench bench;

	bench_amd(&bench);
	bench.ranges[2].end = 0xffffffffffff;
	make_probed(&bench);
	assert_string_equal(reason_at(&bench, 0), "none");
	assert_string_equal(reason_at(&bench, 0xfee00000), "msi-window");
	assert_string_equal(reason_at(&bench, 0xfd00000000), "hypertransport");
	assert_string_equal(reason_at(&bench, 0x1000000000000), "above-aperture");
	space_clear(&bench.space);
	make_unprobed(&bench);
	assert_string_equal(reason_at(&bench, 0), "aperture-unknown");
	space_clear(&bench.space);
}

TEST(only_the_very_hypertransport_range_is_called_so)
{
	struct bench bench;

	bench_begin(&bench, IOMMU_AMD);
	add_region(&bench, 0xfd00000000, 0xfffffffffe, REGION_RESERVED);
	make_unprobed(&bench);
	assert_string_equal(reason_at(&bench, 0xfd00000000), "reserved");
	space_clear(&bench.space);
	bench.regions[0].range.end++;
	make_unprobed(&bench);
	assert_string_equal(reason_at(&bench, 0xfd00000000), "hypertransport");
	space_clear(&bench.space);
	bench.regions[0].type = REGION_MSI;
	make_unprobed(&bench);
	assert_string_equal(reason_at(&bench, 0xfd00000000), "msi");
	space_clear(&bench.space);
}

TEST(regions_are_named_by_what_stands_behind_them)
{
	struct bench bench;

	bench_begin(&bench, IOMMU_ZPCI);
	add_region(&bench, 0, 0xffffffff, REGION_RESERVED);
	add_region(&bench, 0x140000000, 0x3ffffffffff, REGION_RESERVED);
	add_range(&bench, 0x100000000, 0x13fffffff);
	make_probed(&bench);
	assert_string_equal(reason_at(&bench, 0), "below-dma-start");
	assert_string_equal(reason_at(&bench, 0x140000000), "above-dma-end");
	space_clear(&bench.space);

	/* Kernels before 6.2 list no regions there. */
	bench.group.n_regions = 0;
	make_probed(&bench);
	assert_string_equal(reason_at(&bench, 0), "below-aperture");
	space_clear(&bench.space);

	bench_begin(&bench, IOMMU_SMMU);
	add_region(&bench, 0x8000000, 0x80fffff, REGION_MSI);
	add_region(&bench, 0x10000000, 0x100fffff, REGION_MSI);
	add_region(&bench, 0x20000000, 0x200fffff, REGION_DIRECT);
	add_region(&bench, 0x30000000, 0x300fffff, REGION_RESERVED);
	add_region(&bench, 0x40000000, 0x400fffff, REGION_DIRECT_RELAXABLE);
	add_range(&bench, 0, 0xfffffff);
	add_range(&bench, 0x40000000, 0xffffffff);
	make_probed(&bench);
	assert_string_equal(reason_at(&bench, 0x8000000), "contradicts");
	assert_string_equal(reason_at(&bench, 0x10000000), "msi");
	assert_string_equal(reason_at(&bench, 0x20000000), "direct");
	assert_string_equal(reason_at(&bench, 0x30000000), "reserved");
	assert_string_equal(reason_at(&bench, 0x38000000), "not-allowed");
	assert_string_equal(reason_at(&bench, 0x40000000), "direct-relaxable");
	bench.iommu.kind = IOMMU_AMD;
	assert_string_equal(reason_at(&bench, 0x20000000), "unity-map");
	bench.iommu.kind = IOMMU_INTEL;
	assert_string_equal(reason_at(&bench, 0x20000000), "rmrr");
	space_clear(&bench.space);
	make_unprobed(&bench);
	assert_string_equal(reason_at(&bench, 0x8000000), "software-msi");
	space_clear(&bench.space);
}

TEST(a_container_that_allows_nothing_gives_no_wrong_reason)
{
	struct bench bench;

	bench_begin(&bench, IOMMU_OTHER);
	bench.probe.info.has_ranges = true;
	make_probed(&bench);
	assert_string_equal(reason_at(&bench, 0), "not-allowed");
	space_clear(&bench.space);
}

/* Questions */

static struct query ask(const struct bench *bench, uint64_t address, uint64_t size, uint64_t align)
{
	struct question question = {
		.address = address, .size = size, .has_size = true, .align = align
	};
	struct query query;

	query_make(&bench->space, &question, &query);
	return query;
}

TEST(the_nearest_places_are_aligned_as_wanted)
{
	struct bench bench;
	struct query query;

	bench_amd(&bench);
	make_probed(&bench);
	query = ask(&bench, 0xfee00000, 0x200000, 0x200000);
	assert_int_equal(query.usable, USABLE_NO);
	assert_true(query.has_below);
	assert_range(&query.below, 0xfec00000, 0xfedfffff);
	assert_true(query.has_above);
	assert_range(&query.above, 0xff000000, 0xff1fffff);
	assert_int_equal(query_status(&bench.space, &query), EXIT_REFUSED);
	query_clear(&query);
	query = ask(&bench, 0, 4096, 4096);
	assert_int_equal(query.usable, USABLE_YES);
	assert_false(query.has_above);
	assert_null(query.words);
	assert_int_equal(query_status(&bench.space, &query), EXIT_OBSERVED);
	query_clear(&query);
	space_clear(&bench.space);
}

TEST(there_may_be_no_place_below_or_above)
{
	struct bench bench;
	struct query query;

	bench_begin(&bench, IOMMU_ZPCI);
	add_range(&bench, 0x100000000, 0x13fffffff);
	make_probed(&bench);
	query = ask(&bench, 0, 4096, 4096);
	assert_false(query.has_below);
	assert_true(query.has_above);
	assert_range(&query.above, 0x100000000, 0x100000fff);
	query_clear(&query);
	query = ask(&bench, TOP - 0xfff, 4096, 4096);
	assert_true(query.has_below);
	assert_range(&query.below, 0x13ffff000, 0x13fffffff);
	assert_false(query.has_above);
	query_clear(&query);
	query = ask(&bench, 0x100000000, 0x40001000, 4096);
	assert_false(query.has_below || query.has_above);
	query_clear(&query);
	space_clear(&bench.space);
}

/* Properties, in a space of few places at its beginning or at its very end, against an oracle. */

#define PLACES 64

static struct range random_range(struct random *random, uint64_t base)
{
	unsigned int one = random_below(random, PLACES);
	unsigned int two = random_below(random, PLACES);

	return (struct range){ base + (one < two ? one : two), base + (one < two ? two : one) };
}

static void random_bench(struct random *random, struct bench *bench, uint64_t base)
{
	unsigned int n_regions = random_below(random, REGIONS_MAX + 1);
	unsigned int n_ranges = random_below(random, RANGES_MAX + 1);

	bench_begin(bench, IOMMU_OTHER);
	bench->host.page_size = 1;
	bench->probe.info.has_ranges = true;
	for (unsigned int i = 0; i < n_regions; i++) {
		struct range range = random_range(random, base);

		add_region(bench, range.start, range.end,
			   (enum region_type)random_below(random, REGION_OTHER + 1));
	}
	for (unsigned int i = 0; i < n_ranges; i++) {
		struct range range = random_range(random, base);

		add_range(bench, range.start, range.end);
	}
	make_probed(bench);
}

/* By the words of vfio_iommu_iova_dma_valid() and the ABI of reserved_regions. */
static bool oracle(const struct bench *bench, uint64_t start, uint64_t size)
{
	bool allowed = false;
	uint64_t end;

	if (__builtin_add_overflow(start, size - 1, &end))
		return false;
	for (size_t i = 0; i < bench->probe.info.ranges.count; i++)
		allowed |= start >= bench->ranges[i].start && end <= bench->ranges[i].end;
	for (size_t i = 0; i < bench->group.n_regions; i++) {
		const struct region *region = &bench->regions[i];

		if (region->type != REGION_DIRECT_RELAXABLE && start <= region->range.end &&
		    end >= region->range.start)
			allowed = false;
	}
	return allowed;
}

TEST(what_is_called_usable_is_allowed_and_in_no_region)
{
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		uint64_t base = random_below(&random, 2) ? 0 : TOP - PLACES + 1;
		struct bench bench;

		random_bench(&random, &bench, base);
		for (unsigned int place = 0; place < PLACES; place++) {
			uint64_t size = random_below(&random, 8) + 1;
			struct hit hit;
			enum usable usable = space_check(&bench.space, base + place, size, false,
							 &hit);

			CHECK(&random,
			      (usable == USABLE_YES) == oracle(&bench, base + place, size));
			CHECK(&random, usable != USABLE_UNKNOWN);
			CHECK(&random, (hit.kind == HIT_NOTHING) == (usable == USABLE_YES));
			if (hit.kind == HIT_PART)
				CHECK(&random, hit.part->range.start <= base + place + size - 1 &&
						       hit.part->range.end >= base + place);
		}
		space_clear(&bench.space);
	}
}

/* The nearest start in @step's direction at which it fits, place by place; or none. */
static bool oracle_nearest(const struct bench *bench, uint64_t base, unsigned int from, int step,
			   const struct question *question, uint64_t *start)
{
	for (int place = (int)from + step; place >= 0 && place < PLACES; place += step) {
		*start = base + (uint64_t)place;
		if (*start % question->align == 0 && oracle(bench, *start, question->size))
			return true;
	}
	return false;
}

TEST(the_nearest_fit_fits_and_nothing_nearer_does)
{
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		uint64_t base = random_below(&random, 2) ? 0 : TOP - PLACES + 1;
		unsigned int from = random_below(&random, PLACES);
		struct question question = {
			.size = random_below(&random, 9) + 1,
			.align = UINT64_C(1) << random_below(&random, 5),
		};
		struct bench bench;
		struct range fit;
		uint64_t start = 0;
		bool has;

		random_bench(&random, &bench, base);
		has = nearest_below(&bench.space.free, base + from, question.size, question.align,
				    &fit);
		CHECK(&random, has == oracle_nearest(&bench, base, from, -1, &question, &start));
		if (has)
			CHECK(&random, fit.start == start && fit.end == start + question.size - 1);
		has = nearest_above(&bench.space.free, base + from, question.size, question.align,
				    &fit);
		CHECK(&random, has == oracle_nearest(&bench, base, from, 1, &question, &start));
		if (has)
			CHECK(&random, fit.start == start && fit.end == start + question.size - 1);
		space_clear(&bench.space);
	}
}

TEST(the_total_and_the_largest_are_those_of_the_places)
{
	for (unsigned int turn = 0; turn < 5000; turn++) {
		struct random random = random_turn(turn);
		uint64_t base = random_below(&random, 2) ? 0 : TOP - PLACES + 1;
		uint64_t count = 0, largest = 0;
		struct bench bench;
		struct extent total;

		random_bench(&random, &bench, base);
		for (unsigned int place = 0; place < PLACES; place++) {
			count += oracle(&bench, base + place, 1);
			for (uint64_t size = largest + 1; size <= PLACES - place; size++) {
				if (oracle(&bench, base + place, size))
					largest = size;
			}
		}
		total = space_total(&bench.space);
		CHECK(&random, total.any == (count != 0));
		if (count)
			CHECK(&random, total.last == count - 1);
		CHECK(&random, (space_largest(&bench.space) != NULL) == (largest != 0));
		if (largest)
			CHECK(&random, space_largest(&bench.space)->end -
						       space_largest(&bench.space)->start ==
					       largest - 1);
		space_clear(&bench.space);
	}
}

TEST(a_fit_may_end_with_the_last_byte)
{
	struct range whole = { 0, TOP };
	struct ranges free = { .range = &whole, .count = 1 };
	struct range fit;

	assert_true(nearest_below(&free, TOP, 0x1000, 0x1000, &fit));
	assert_range(&fit, TOP - 0xfff, TOP);
	assert_true(nearest_above(&free, 0, TOP, 1, &fit));
	assert_range(&fit, 1, TOP);
	assert_false(nearest_above(&free, TOP, 1, 1, &fit));
	assert_false(nearest_above(&free, TOP - 0xfff, 0x1000, 0x1000, &fit));
	assert_false(nearest_below(&free, 0, 1, 1, &fit));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_lists_is_known_by_the_probe),
		cmocka_unit_test(without_a_probe_amd_is_not_known),
		cmocka_unit_test(a_probe_without_ranges_leaves_them_unknown),
		cmocka_unit_test(a_probe_that_failed_tells_nothing_and_is_kept),
		cmocka_unit_test(an_intel_unit_tells_its_width_by_its_registers),
		cmocka_unit_test(the_width_is_the_smaller_one_of_mgaw_and_sagaw),
		cmocka_unit_test(registers_that_make_no_sense_tell_nothing),
		cmocka_unit_test(of_several_units_the_narrowest_counts),
		cmocka_unit_test(a_direct_region_locks_the_group_until_a_probe_got_through),
		cmocka_unit_test(a_direct_region_locks_the_group_by_kernel_and_iommu),
		cmocka_unit_test(each_obstacle_is_named),
		cmocka_unit_test(a_range_over_the_seam_of_two_allowed_ranges_is_refused),
		cmocka_unit_test(the_smallest_page_is_the_containers_or_the_hosts),
		cmocka_unit_test(the_whole_space_has_its_size),
		cmocka_unit_test(nothing_allowed_is_no_size),
		cmocka_unit_test(windows_of_superpages_are_aligned_and_free),
		cmocka_unit_test(each_part_has_its_reason),
		cmocka_unit_test(only_the_very_hypertransport_range_is_called_so),
		cmocka_unit_test(regions_are_named_by_what_stands_behind_them),
		cmocka_unit_test(a_container_that_allows_nothing_gives_no_wrong_reason),
		cmocka_unit_test(the_nearest_places_are_aligned_as_wanted),
		cmocka_unit_test(there_may_be_no_place_below_or_above),
		cmocka_unit_test(what_is_called_usable_is_allowed_and_in_no_region),
		cmocka_unit_test(the_nearest_fit_fits_and_nothing_nearer_does),
		cmocka_unit_test(the_total_and_the_largest_are_those_of_the_places),
		cmocka_unit_test(a_fit_may_end_with_the_last_byte),
	};

	return UNIT_RUN("space", tests);
}
