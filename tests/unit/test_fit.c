/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a guest fits, and what an errno of MAP_DMA can mean. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/exit.h"
#include "check/check.h"
#include "check/judge.h"
#include "guest/fit.h"
#include "iova/query.h"

#define M (UINT64_C(1) << 20)
#define G (UINT64_C(1) << 30)
#define T (UINT64_C(1) << 40)

/** struct bench - a host with two groups, a guest and what is asked of them. */
struct bench {
	struct host host;
	struct parameter parameter;
	struct iommu iommu;
	struct device device;
	struct device *devices[1];
	struct region regions[3];
	struct group groups[2];
	struct range ranges[3];
	struct probe probe;
	struct space spaces[2];
	struct guest guest;
	struct memlock memlock;
	struct fit_request request;
	struct fit fit;
	struct findings findings;
	enum readiness readiness;
};

/* An AMD host; the kernel has listed its ranges. */
static void bench_begin(struct bench *bench, uint64_t memory)
{
	*bench = (struct bench){ .host = { .page_size = 4096 } };
	bench->parameter = (struct parameter){ .module = (char *)"vfio_iommu_type1",
					       .name = (char *)"dma_entry_limit",
					       .value = (char *)"65535" };
	bench->host.parameters = &bench->parameter;
	bench->host.n_parameters = 1;
	bench->iommu = (struct iommu){ .name = (char *)"ivhd0", .kind = IOMMU_AMD };
	bench->device = (struct device){ .address = (char *)"0000:00:04.0",
					 .iommu = &bench->iommu };
	bench->devices[0] = &bench->device;
	bench->regions[0] =
		(struct region){ { 0xfee00000, 0xfeefffff }, REGION_MSI, (char *)"msi" };
	bench->regions[1] = (struct region){ { 0xfd00000000, 0xffffffffff },
					     REGION_RESERVED,
					     (char *)"reserved" };
	for (unsigned int i = 0; i < 2; i++)
		bench->groups[i] = (struct group){ .id = i,
						   .devices = bench->devices,
						   .n_devices = 1,
						   .regions = bench->regions,
						   .n_regions = 2 };
	bench->ranges[0] = (struct range){ 0, 0xfedfffff };
	bench->ranges[1] = (struct range){ 0xfef00000, 0xfcffffffff };
	bench->ranges[2] = (struct range){ T, UINT64_MAX };
	bench->probe.info.has_ranges = true;
	bench->probe.info.ranges = (struct ranges){ bench->ranges, 3 };
	bench->guest = (struct guest){
		.machine = MACHINE_Q35, .memory = memory, .maxmemory = memory, .amd = ANSWER_YES
	};
	bench->memlock = (struct memlock){ .whom = (char *)"user qemu",
					   .name = (char *)"qemu",
					   .kind = MEMLOCK_USER,
					   .known_by = (char *)"a file",
					   .unlimited = true };
	bench->request = (struct fit_request){ .host = &bench->host,
					       .guest = &bench->guest,
					       .spaces = bench->spaces,
					       .n_spaces = 1,
					       .memlock = &bench->memlock };
}

static void run(struct bench *bench)
{
	struct policy policy = { .fail_on = SEVERITY_FAILURE };
	struct probe *probes[] = { &bench->probe };
	struct check_input input = { .host = &bench->host,
				     .fit = &bench->fit,
				     .memlock = &bench->memlock,
				     .probes = probes,
				     .n_probes = 1 };

	bench->probe.group = &bench->groups[0];
	for (size_t i = 0; i < bench->request.n_spaces; i++)
		space_make(&bench->host, &bench->groups[i],
			   bench->probe.info.has_ranges ? &bench->probe : NULL, &bench->spaces[i]);
	fit_make(&bench->request, &bench->fit);
	check_guest(&input, &bench->findings);
	bench->readiness = judge(&bench->findings, &policy);
}

static void bench_end(struct bench *bench)
{
	findings_clear(&bench->findings);
	fit_clear(&bench->fit);
	for (size_t i = 0; i < bench->request.n_spaces; i++)
		space_clear(&bench->spaces[i]);
}

/* The finding @id; all NULL where there is none. */
static struct finding find(const struct bench *bench, const char *id)
{
	for (size_t i = 0; i < bench->findings.count; i++) {
		if (strcmp(bench->findings.finding[i].id, id) == 0)
			return bench->findings.finding[i];
	}
	return (struct finding){ .id = NULL };
}

/* How many findings there are that are not OK. */
static size_t count(const struct bench *bench)
{
	size_t count = 0;

	for (size_t i = 0; i < bench->findings.count; i++)
		count += bench->findings.finding[i].severity != SEVERITY_OK;
	return count;
}

static void assert_says(const char *text, const char *words)
{
	assert_non_null(text);
	assert_non_null(strstr(text, words));
}

/* The guest is judged @readiness, with a finding @id, or without any where it is NULL. */
static void expect(struct bench *bench, enum readiness readiness, const char *id)
{
	run(bench);
	assert_int_equal(bench->readiness, readiness);
	if (id)
		assert_non_null(find(bench, id).id);
	else
		assert_int_equal(count(bench), 0);
	bench_end(bench);
}

TEST(a_small_guest_fits)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_READY);
	assert_int_equal(bench.fit.n_pieces, 2);
	assert_int_equal(bench.fit.maps, 2);
	assert_int_equal(bench.fit.page_maps, 2048);
	assert_int_equal(bench.fit.need, 4 * G);
	assert_int_equal(count(&bench), 0);
	bench_end(&bench);
}

TEST(memory_in_a_reserved_region_does_not_fit_and_the_largest_that_does_is_told)
{
	struct bench bench;

	bench_begin(&bench, 1200 * G);
	bench.guest.major = 7;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_NOT_READY);
	assert_int_equal(bench.fit.largest, 1010 * G);
	assert_says(find(&bench, "memory-refused").message, "0xfd00000000");
	bench_end(&bench);
	/* To the byte. */
	bench_begin(&bench, 1010 * G);
	bench.guest.major = 7;
	bench.guest.phys_bits = 48;
	expect(&bench, READINESS_READY, "address-bits");
	bench.guest.memory = bench.guest.maxmemory = 1010 * G + 8192;
	expect(&bench, READINESS_NOT_READY, "memory-refused");
}

/* The hint of memory-refused names a newer machine type only where it helps. */
static void expect_newer(unsigned int minor, unsigned int phys_bits, uint64_t end, bool is_hinted)
{
	struct bench bench;
	const char *hint;

	bench_begin(&bench, 1200 * G);
	bench.guest.major = 7;
	bench.guest.minor = minor;
	bench.guest.phys_bits = phys_bits;
	bench.ranges[2].end = end;
	run(&bench);
	hint = find(&bench, "memory-refused").hint;
	assert_says(hint, "reduce the memory to");
	assert_int_equal(strstr(hint, "machine type from 7.1 on") != NULL, is_hinted);
	bench_end(&bench);
}

TEST(a_newer_machine_type_is_a_fix_only_where_it_helps)
{
	expect_newer(0, 48, UINT64_MAX, true);
	expect_newer(0, 0, UINT64_MAX, true);
	/* The CPU has too few bits for the memory above 1 TiB, or the IOMMU has. */
	expect_newer(0, 41, UINT64_MAX, false);
	expect_newer(0, 48, 2 * T - 1, false);
	/* This one is from 7.1 on itself. */
	expect_newer(1, 48, 2 * T - 1, false);
}

TEST(relocated_memory_fits_and_wants_a_wider_cpu)
{
	struct bench bench;

	bench_begin(&bench, 1200 * G);
	expect(&bench, READINESS_UNMEASURED, "address-bits-unknown");
	bench.guest.phys_bits = 41;
	expect(&bench, READINESS_NOT_READY, "too-few-address-bits");
	bench.guest.phys_bits = 42;
	expect(&bench, READINESS_READY, "address-bits");
}

TEST(a_vendor_that_decides_must_be_known)
{
	struct bench bench;

	bench_begin(&bench, 990 * G);
	bench.guest.amd = ANSWER_UNKNOWN;
	expect(&bench, READINESS_UNMEASURED, "vendor-unknown");
}

TEST(room_for_more_memory_must_fit_too)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.guest.maxmemory = 2 * T;
	bench.guest.major = 7;
	expect(&bench, READINESS_NOT_READY, "plugged-memory-refused");
}

TEST(one_group_that_refuses_is_enough)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.request.n_spaces = 2;
	bench.groups[1].regions = &bench.regions[2];
	bench.groups[1].n_regions = 1;
	bench.regions[2] = (struct region){ { 0x140000000, 0x140000fff },
					    REGION_RESERVED,
					    (char *)"reserved" };
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_NOT_READY);
	assert_says(find(&bench, "memory-refused").subject, "group 1");
	bench_end(&bench);
}

TEST(what_is_not_known_is_said_once)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.probe.info.has_ranges = false;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_UNMEASURED);
	assert_int_equal(count(&bench), 1);
	assert_non_null(find(&bench, "aperture-unknown").id);
	bench_end(&bench);
	/* And of all groups of which it is not. */
	bench.request.n_spaces = 2;
	run(&bench);
	assert_int_equal(count(&bench), 1);
	assert_string_equal(find(&bench, "aperture-unknown").subject, "groups 0, 1");
	bench_end(&bench);
	bench.request.n_spaces = 1;
	/* What is reserved is refused anyway. */
	bench.guest.major = 7;
	bench.guest.memory = bench.guest.maxmemory = 1200 * G;
	expect(&bench, READINESS_NOT_READY, "memory-refused");
}

TEST(what_registers_say_is_inferred)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.probe.info.has_ranges = false;
	bench.iommu.kind = IOMMU_INTEL;
	bench.iommu.cap = (char *)"d2008c22260206";
	bench.iommu.ecap = (char *)"f00f5a";
	expect(&bench, READINESS_WARNINGS, "by-registers");
	bench.guest.memory = bench.guest.maxmemory = 511 * G;
	expect(&bench, READINESS_NOT_READY, "memory-refused");
}

TEST(a_kernel_that_refuses_the_group_refuses_the_guest)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.probe.failure = (struct failure){ .step = "set-iommu",
						.status = EXIT_REFUSED,
						.message = (char *)"refused" };
	expect(&bench, READINESS_NOT_READY, "live-test-failed");
	bench.probe.failure.status = EXIT_UNMEASURED;
	expect(&bench, READINESS_UNMEASURED, "live-test-failed");
}

TEST(a_locked_group_has_no_largest_guest)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.probe.info.has_ranges = false;
	bench.regions[0].type = REGION_DIRECT;
	bench.host.release = (char *)"6.12.0";
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_NOT_READY);
	assert_int_equal(bench.fit.largest, 0);
	assert_non_null(find(&bench, "memory-refused").id);
	assert_null(find(&bench, "memory-refused").hint);
	bench_end(&bench);
}

/* BARs */

static const uint64_t one_bar[] = { 16 * G };

/* QEMU's Intel IOMMU: 39 bits. */
static void bench_39_bits(struct bench *bench, uint64_t memory)
{
	bench_begin(bench, memory);
	bench->guest.amd = ANSWER_NO;
	bench->guest.bars = one_bar;
	bench->guest.n_bars = 1;
	bench->groups[0].n_regions = 1;
	bench->ranges[1].end = 0x7fffffffff;
	bench->probe.info.ranges.count = 2;
}

TEST(a_bar_above_the_aperture_is_a_warning_with_the_remedy)
{
	struct bench bench;

	bench_39_bits(&bench, 32 * G);
	bench.guest.phys_bits = 46;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_WARNINGS);
	assert_int_equal(bench.fit.top_bits, 39);
	assert_int_equal(bench.fit.n_pieces, 4);
	assert_int_equal(bench.fit.pieces[2].usable, USABLE_YES);
	assert_int_equal(bench.fit.pieces[3].piece.range.start, 0x380000000000);
	assert_int_equal(bench.fit.pieces[3].usable, USABLE_NO);
	assert_says(find(&bench, "bar-refused").hint, "host-phys-bits-limit=39");
	bench_end(&bench);
	bench.guest.phys_bits = 39;
	expect(&bench, READINESS_READY, NULL);
}

TEST(where_the_width_of_the_cpu_is_not_known_bars_stay_open)
{
	struct bench bench;

	bench_39_bits(&bench, 32 * G);
	expect(&bench, READINESS_WARNINGS, "bar-place-unknown");
	/* With an IOMMU that is wide enough it does not matter. */
	bench.ranges[1].end = 0xffffffffffff;
	expect(&bench, READINESS_READY, NULL);
	/* Nor without BARs. */
	bench_39_bits(&bench, 32 * G);
	bench.guest.n_bars = 0;
	expect(&bench, READINESS_READY, NULL);
}

TEST(bars_on_virt_lie_in_its_window)
{
	struct bench bench;

	bench_39_bits(&bench, 4 * G);
	bench.guest.machine = MACHINE_VIRT;
	bench.groups[0].n_regions = 0;
	bench.ranges[0].end = 0x7fffffffff;
	bench.probe.info.ranges.count = 1;
	expect(&bench, READINESS_WARNINGS, "bar-refused");
	bench.ranges[0].end = 0xffffffffffff;
	expect(&bench, READINESS_READY, NULL);
}

/* The window lies from 512 GiB to 1 TiB. */
TEST(bars_on_virt_must_fit_their_window)
{
	static const uint64_t bars[] = { 512 * G, 4096 };
	struct bench bench;

	bench_39_bits(&bench, 4 * G);
	bench.guest.machine = MACHINE_VIRT;
	bench.groups[0].n_regions = 0;
	bench.ranges[0].end = 0xffffffffffff;
	bench.probe.info.ranges.count = 1;
	bench.guest.bars = bars;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.n_bars = 2;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_WARNINGS);
	assert_says(find(&bench, "bar-window").message, "end at 0x10000000fff");
	assert_says(find(&bench, "bar-window").message, "ends at 0xffffffffff");
	assert_says(find(&bench, "bar-window").hint, "highmem-mmio-size");
	bench_end(&bench);
	bench.guest.pci_window = T;
	expect(&bench, READINESS_READY, NULL);
	/* A window that the address bits do not reach is not there. */
	bench.guest.n_bars = 1;
	bench.guest.pci_window = 0;
	bench.guest.phys_bits = 40;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.phys_bits = 39;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_WARNINGS);
	assert_int_equal(bench.fit.n_pieces, 1);
	assert_says(find(&bench, "bar-window").message, "39 physical address bits");
	bench_end(&bench);
}

/* 2 TiB with 40 bits: QEMU exits. */
TEST(virt_exits_where_the_address_bits_do_not_reach_the_memory)
{
	struct bench bench;

	bench_39_bits(&bench, 2 * T);
	bench.guest.machine = MACHINE_VIRT;
	bench.guest.n_bars = 0;
	bench.groups[0].n_regions = 0;
	bench.ranges[0].end = 0xffffffffffff;
	bench.probe.info.ranges.count = 1;
	expect(&bench, READINESS_UNMEASURED, "address-bits-unknown");
	bench.guest.phys_bits = 40;
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_NOT_READY);
	assert_says(find(&bench, "too-few-address-bits").message, "needs 42 physical address bits");
	bench_end(&bench);
	/* The note is about maps of 2 MiB. */
	bench.guest.phys_bits = 48;
	expect(&bench, READINESS_READY, "dma-entries-memory");
	bench.guest.phys_bits = 40;
	bench.guest.memory = bench.guest.maxmemory = 1023 * G;
	expect(&bench, READINESS_READY, "dma-entries-memory");
	bench.guest.memory = bench.guest.maxmemory = T;
	expect(&bench, READINESS_NOT_READY, "too-few-address-bits");
	/* highmem=off */
	bench.guest.phys_bits = 32;
	bench.guest.memory = bench.guest.maxmemory = 3 * G;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.memory = bench.guest.maxmemory = 4 * G;
	expect(&bench, READINESS_NOT_READY, "too-few-address-bits");
}

TEST(a_version_of_qemu_that_decides_must_be_known)
{
	struct bench bench;

	bench_begin(&bench, 5632 * M);
	bench.guest.cxl = 1280 * M;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.qemu_major = 9;
	expect(&bench, READINESS_UNMEASURED, "qemu-version-unknown");
	/* It does not decide about a guest without CXL. */
	bench.guest.cxl = 0;
	expect(&bench, READINESS_READY, NULL);
}

/* Maps */

TEST(page_by_page_counts_only_where_somebody_says_so)
{
	struct bench bench;

	bench_begin(&bench, 128 * G);
	bench.request.page = 2 * M;
	run(&bench);
	assert_int_equal(bench.fit.page_maps, 65536);
	assert_int_equal(bench.readiness, READINESS_READY);
	assert_int_equal(find(&bench, "dma-entries-memory").severity, SEVERITY_NOTE);
	bench_end(&bench);
	bench.request.each_page = true;
	expect(&bench, READINESS_NOT_READY, "dma-entries-memory");
	bench.guest.memory = bench.guest.maxmemory = 128 * G - 2 * M;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.memory = bench.guest.maxmemory = 128 * G;
	bench.request.page = G;
	expect(&bench, READINESS_READY, NULL);
}

TEST(a_probe_knows_the_limit_better_than_the_module)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.probe.info.has_dma_avail = true;
	bench.probe.info.dma_avail = 0;
	expect(&bench, READINESS_NOT_READY, "dma-entries-low");
	bench.probe.info.dma_avail = 1;
	expect(&bench, READINESS_NOT_READY, "dma-entries-guest");
	bench.probe.info.dma_avail = 2;
	expect(&bench, READINESS_WARNINGS, "dma-entries-low");
	bench.probe.info.dma_avail = 65535;
	expect(&bench, READINESS_READY, NULL);
}

TEST(a_limit_that_is_not_known_matters_page_by_page)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.parameter.value = NULL;
	expect(&bench, READINESS_READY, NULL);
	bench.request.page = 4096;
	bench.request.each_page = true;
	expect(&bench, READINESS_UNMEASURED, "dma-entries-unknown");
	bench.parameter.value = (char *)"many";
	expect(&bench, READINESS_UNMEASURED, "dma-entries-unknown");
}

/* Memlock */

static void set_limit(struct bench *bench, uint64_t bytes)
{
	bench->memlock.unlimited = false;
	bench->memlock.bytes = bytes;
}

TEST(memory_must_be_lockable_by_who_was_named)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	set_limit(&bench, 4 * G - 1);
	expect(&bench, READINESS_NOT_READY, "memlock-too-small");
	set_limit(&bench, 4 * G);
	expect(&bench, READINESS_WARNINGS, "memlock-tight");
	set_limit(&bench, 5 * G);
	expect(&bench, READINESS_READY, NULL);
	bench.guest.maxmemory = 8 * G;
	expect(&bench, READINESS_WARNINGS, "memlock-too-small-later");
	set_limit(&bench, 8 * G);
	expect(&bench, READINESS_READY, NULL);
}

TEST(the_callers_own_limit_counts_where_nobody_was_named)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.memlock.kind = MEMLOCK_PROCESS;
	set_limit(&bench, 8 * M);
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_NOT_READY);
	assert_says(find(&bench, "memlock-too-small").commands[0].text,
		    "sudo prlimit --pid $$ --memlock=5368709120");
	assert_says(find(&bench, "memlock-too-small").hint, "--for user:NAME");
	bench_end(&bench);
	bench.memlock.bypass = true;
	expect(&bench, READINESS_READY, NULL);
}

TEST(a_limit_that_was_asked_for_must_be_known)
{
	struct bench bench;

	bench_begin(&bench, 4 * G);
	bench.memlock.error = EACCES;
	expect(&bench, READINESS_UNMEASURED, "memlock-unknown");
	bench_begin(&bench, 4 * G);
	set_limit(&bench, 5 * G);
	bench.memlock.inferred = true;
	expect(&bench, READINESS_WARNINGS, "memlock-inferred");
}

TEST(an_iommu_of_the_guests_own_locks_the_memory_once_a_group)
{
	struct bench bench;

	bench_begin(&bench, 8 * G);
	bench.request.n_spaces = 2;
	run(&bench);
	assert_int_equal(bench.fit.need, 8 * G);
	bench_end(&bench);
	bench.request.viommu = true;
	run(&bench);
	assert_int_equal(bench.fit.need, 16 * G);
	assert_int_equal(bench.fit.containers, 2);
	bench_end(&bench);
	set_limit(&bench, 16 * G - 1);
	expect(&bench, READINESS_NOT_READY, "memlock-too-small");
	set_limit(&bench, 17 * G);
	expect(&bench, READINESS_READY, NULL);
}

/* A guest of 4 GiB and a function with 1 GiB of DMA addresses. */
static void bench_begin_s390(struct bench *bench)
{
	bench_begin(bench, 4 * G);
	bench->guest.machine = MACHINE_S390;
	bench->iommu.kind = IOMMU_ZPCI;
	bench->groups[0].n_regions = 0;
	bench->ranges[0] = (struct range){ 0x100000000, 0x13fffffff };
	bench->probe.info.ranges.count = 1;
}

/* zPCI: RAM from 0 lies where no DMA address is, and need not. */
TEST(s390_guests_take_the_addresses_of_the_function)
{
	struct bench bench;

	bench_begin_s390(&bench);
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_READY);
	assert_int_equal(bench.fit.pieces[0].usable, USABLE_YES);
	assert_int_equal(bench.fit.maps, 0);
	bench_end(&bench);
	/* libvirt allows the memory once, whatever number of functions there are. */
	bench.request.n_spaces = 2;
	bench.groups[1].n_regions = 0;
	run(&bench);
	assert_int_equal(bench.fit.need, 4 * G);
	assert_int_equal(bench.fit.containers, 1);
	bench_end(&bench);
	set_limit(&bench, 5 * G);
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_READY);
	bench_end(&bench);
}

TEST(relaxed_translation_maps_all_memory_of_an_s390_guest)
{
	struct bench bench;

	bench_begin_s390(&bench);
	run(&bench);
	assert_int_equal(bench.readiness, READINESS_READY);
	assert_int_equal(find(&bench, "relaxed-translation").severity, SEVERITY_NOTE);
	assert_says(find(&bench, "relaxed-translation").message, "0x100000000 - 0x1ffffffff");
	bench_end(&bench);
	bench.guest.memory = bench.guest.maxmemory = G;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.memory = bench.guest.maxmemory = G + M;
	expect(&bench, READINESS_READY, "relaxed-translation");
	/* Room for more memory is mapped with it. */
	bench.guest.memory = 512 * M;
	expect(&bench, READINESS_READY, "relaxed-translation");
	bench.guest.memory = bench.guest.maxmemory;
	bench.guest.major = 9;
	expect(&bench, READINESS_READY, NULL);
	bench.guest.major = 0;
	bench.guest.qemu_major = 7;
	bench.guest.qemu_minor = 2;
	expect(&bench, READINESS_READY, NULL);
	/* An ISM function has no relaxed translation. */
	bench.guest.qemu_major = 0;
	bench.device.zpci_pft = ZPCI_ISM;
	expect(&bench, READINESS_READY, NULL);
}

/* Causes of an errno */

/* The causes of @error at these addresses, sorted. */
static struct findings causes_of(struct bench *bench, uint64_t address, uint64_t size, int error)
{
	struct question question = {
		.address = address, .size = size, .has_size = true, .align = 4096, .error = error
	};
	struct query query;
	struct check_input input = { .host = &bench->host,
				     .query = &query,
				     .memlock = &bench->memlock };
	struct findings causes = { 0 };

	space_make(&bench->host, &bench->groups[0],
		   bench->probe.info.has_ranges ? &bench->probe : NULL, &bench->spaces[0]);
	query_make(&bench->spaces[0], &question, &query);
	check_run(&check_family_mapping, &input, &causes);
	findings_sort(&causes);
	query_clear(&query);
	space_clear(&bench->spaces[0]);
	return causes;
}

static void assert_cause(struct bench *bench, uint64_t address, uint64_t size, int error,
			 const char *id, enum severity severity)
{
	struct findings causes = causes_of(bench, address, size, error);
	size_t found = causes.count;

	for (size_t i = 0; i < causes.count; i++) {
		if (strcmp(causes.finding[i].id, id) == 0)
			found = i;
	}
	assert_true(found < causes.count);
	assert_int_equal(causes.finding[found].severity, severity);
	assert_string_equal(causes.finding[found].subject, "group 0");
	findings_clear(&causes);
}

TEST(einval_is_told_apart)
{
	struct bench bench;

	bench_begin(&bench, G);
	assert_cause(&bench, 0xfee00000, 4096, EINVAL, "map-outside-ranges", SEVERITY_FAILURE);
	assert_cause(&bench, 0xfee00000, 4096, EINVAL, "map-not-aligned", SEVERITY_OK);
	assert_cause(&bench, 0x1000, 4096, EINVAL, "map-outside-ranges", SEVERITY_OK);
	assert_cause(&bench, 0x1000, 4096, EINVAL, "map-without-iommu", SEVERITY_UNMEASURED);
	assert_cause(&bench, 0x1800, 4096, EINVAL, "map-not-aligned", SEVERITY_FAILURE);
	assert_cause(&bench, 0x1800, 4096, EINVAL, "map-outside-ranges", SEVERITY_OK);
	assert_cause(&bench, 0x1000, 100, EINVAL, "map-not-aligned", SEVERITY_FAILURE);
	assert_cause(&bench, 0x1000, 4096, EINVAL, "map-wraps", SEVERITY_OK);
	assert_cause(&bench, UINT64_MAX - 4095, 8192, EINVAL, "map-wraps", SEVERITY_FAILURE);
	bench.probe.info.has_ranges = false;
	assert_cause(&bench, 0x1000, 4096, EINVAL, "map-outside-ranges", SEVERITY_UNMEASURED);
	assert_cause(&bench, 0xfee00000, 4096, EINVAL, "map-outside-ranges", SEVERITY_FAILURE);
	bench.host.page_size = 0;
	assert_cause(&bench, 0x1000, 4096, EINVAL, "map-not-aligned", SEVERITY_UNMEASURED);
}

TEST(enospc_is_the_entry_limit)
{
	struct bench bench;
	struct findings causes;

	bench_begin(&bench, G);
	causes = causes_of(&bench, 0, 2 * M, ENOSPC);
	assert_int_equal(causes.count, 1);
	assert_string_equal(causes.finding[0].id, "map-entry-limit");
	assert_int_equal(causes.finding[0].severity, SEVERITY_UNMEASURED);
	assert_says(causes.finding[0].message, "131070 MiB");
	findings_clear(&causes);
	bench.parameter.value = (char *)"0";
	assert_cause(&bench, 0, 4096, ENOSPC, "map-entry-limit", SEVERITY_FAILURE);
	bench.parameter.value = NULL;
	assert_cause(&bench, 0, 4096, ENOSPC, "map-entry-limit", SEVERITY_UNMEASURED);
	bench.parameter.value = (char *)"18446744073709551615";
	assert_cause(&bench, 0, 4096, ENOSPC, "map-entry-limit", SEVERITY_UNMEASURED);
}

TEST(enomem_is_held_against_the_limit)
{
	struct bench bench;

	bench_begin(&bench, G);
	assert_cause(&bench, 0, 8 * M, ENOMEM, "map-memlock", SEVERITY_OK);
	set_limit(&bench, 4 * M);
	assert_cause(&bench, 0, 8 * M, ENOMEM, "map-memlock", SEVERITY_FAILURE);
	assert_cause(&bench, 0, 4 * M, ENOMEM, "map-memlock", SEVERITY_UNMEASURED);
	assert_cause(&bench, 0, 4 * M, ENOMEM, "map-no-memory", SEVERITY_UNMEASURED);
	bench.memlock.error = ENODATA;
	assert_cause(&bench, 0, 8 * M, ENOMEM, "map-memlock", SEVERITY_UNMEASURED);
}

TEST(efault_is_about_the_width_only_on_old_kernels)
{
	struct bench bench;

	bench_begin(&bench, G);
	bench.host.release = (char *)"4.4.0";
	assert_cause(&bench, 0xfd00000000, 4096, EFAULT, "map-outside-width", SEVERITY_FAILURE);
	assert_cause(&bench, 0, 4096, EFAULT, "map-outside-width", SEVERITY_UNMEASURED);
	bench.host.release = (char *)"5.3.18";
	assert_cause(&bench, 0xfd00000000, 4096, EFAULT, "map-outside-width", SEVERITY_FAILURE);
	bench.host.release = (char *)"5.4.0";
	assert_cause(&bench, 0xfd00000000, 4096, EFAULT, "map-outside-width", SEVERITY_OK);
}

TEST(every_other_errno_has_a_cause_or_is_not_known)
{
	struct bench bench;

	bench_begin(&bench, G);
	assert_cause(&bench, 0, 4096, EEXIST, "map-overlaps", SEVERITY_UNMEASURED);
	assert_cause(&bench, 0, 4096, EOVERFLOW, "map-wraps", SEVERITY_OK);
	assert_cause(&bench, UINT64_MAX, 2, EOVERFLOW, "map-wraps", SEVERITY_FAILURE);
	assert_cause(&bench, 0, 4096, ERANGE, "map-passed-on", SEVERITY_UNMEASURED);
	assert_cause(&bench, 0, 4096, EPERM, "map-unexplained", SEVERITY_UNMEASURED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_guest_fits),
		cmocka_unit_test(
			memory_in_a_reserved_region_does_not_fit_and_the_largest_that_does_is_told),
		cmocka_unit_test(a_newer_machine_type_is_a_fix_only_where_it_helps),
		cmocka_unit_test(relocated_memory_fits_and_wants_a_wider_cpu),
		cmocka_unit_test(a_vendor_that_decides_must_be_known),
		cmocka_unit_test(room_for_more_memory_must_fit_too),
		cmocka_unit_test(one_group_that_refuses_is_enough),
		cmocka_unit_test(what_is_not_known_is_said_once),
		cmocka_unit_test(what_registers_say_is_inferred),
		cmocka_unit_test(a_kernel_that_refuses_the_group_refuses_the_guest),
		cmocka_unit_test(a_locked_group_has_no_largest_guest),
		cmocka_unit_test(a_bar_above_the_aperture_is_a_warning_with_the_remedy),
		cmocka_unit_test(where_the_width_of_the_cpu_is_not_known_bars_stay_open),
		cmocka_unit_test(bars_on_virt_lie_in_its_window),
		cmocka_unit_test(bars_on_virt_must_fit_their_window),
		cmocka_unit_test(virt_exits_where_the_address_bits_do_not_reach_the_memory),
		cmocka_unit_test(a_version_of_qemu_that_decides_must_be_known),
		cmocka_unit_test(page_by_page_counts_only_where_somebody_says_so),
		cmocka_unit_test(a_probe_knows_the_limit_better_than_the_module),
		cmocka_unit_test(a_limit_that_is_not_known_matters_page_by_page),
		cmocka_unit_test(memory_must_be_lockable_by_who_was_named),
		cmocka_unit_test(the_callers_own_limit_counts_where_nobody_was_named),
		cmocka_unit_test(a_limit_that_was_asked_for_must_be_known),
		cmocka_unit_test(an_iommu_of_the_guests_own_locks_the_memory_once_a_group),
		cmocka_unit_test(s390_guests_take_the_addresses_of_the_function),
		cmocka_unit_test(relaxed_translation_maps_all_memory_of_an_s390_guest),
		cmocka_unit_test(einval_is_told_apart),
		cmocka_unit_test(enospc_is_the_entry_limit),
		cmocka_unit_test(enomem_is_held_against_the_limit),
		cmocka_unit_test(efault_is_about_the_width_only_on_old_kernels),
		cmocka_unit_test(every_other_errno_has_a_cause_or_is_not_known),
	};

	return UNIT_RUN("fit", tests);
}
