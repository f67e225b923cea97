/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mapping costs: what is planned, what is made of the durations, and whole runs on transcripts. */
#include "capture.h"

#include "base/exit.h"
#include "model/bench.h"
#include "model/limits.h"
#include "probe/bench.h"
#include "probe/plan.h"
#include "scan/scan.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* plan_limit() */

static const struct memlock no_limit = { .unlimited = true, .bytes = UINT64_MAX };

static void assert_limit(struct bench_limit limit, uint64_t bytes, enum bench_bound bound)
{
	assert_int_equal(limit.bytes, bytes);
	assert_int_equal(limit.bound, bound);
}

TEST(the_limit_is_what_is_asked_for_or_the_usual_one)
{
	const struct room room = { .available = 64 * GIB };

	assert_limit(plan_limit(4096, 0, &room, &no_limit), 256 * MIB, BENCH_BY_DEFAULT);
	assert_limit(plan_limit(4096, 4 * GIB, &room, &no_limit), 4 * GIB, BENCH_BY_LIMIT);
	assert_limit(plan_limit(4096, 64 * KIB, &room, &no_limit), 64 * KIB, BENCH_BY_LIMIT);
}

TEST(no_more_than_a_quarter_of_what_is_available_is_taken)
{
	struct room room = { .available = 1000 * MIB };

	assert_limit(plan_limit(4096, 0, &room, &no_limit), 250 * MIB, BENCH_BY_AVAILABLE);
	assert_limit(plan_limit(4096, GIB, &room, &no_limit), 250 * MIB, BENCH_BY_AVAILABLE);
	assert_limit(plan_limit(4096, 250 * MIB, &room, &no_limit), 250 * MIB, BENCH_BY_LIMIT);
	room.by_group = true;
	assert_limit(plan_limit(4096, 0, &room, &no_limit), 250 * MIB, BENCH_BY_GROUP);
}

TEST(what_is_locked_already_is_taken_off_the_limit_of_locked_memory)
{
	const struct room room = { .available = 64 * GIB, .locked = MIB };
	struct memlock memlock = { .bytes = 8 * MIB };

	assert_limit(plan_limit(4096, 0, &room, &memlock), 7 * MIB, BENCH_BY_MEMLOCK);
	memlock.bytes = MIB / 2;
	assert_limit(plan_limit(4096, 0, &room, &memlock), 0, BENCH_BY_MEMLOCK);
	memlock.bypass = true;
	assert_limit(plan_limit(4096, 0, &room, &memlock), 256 * MIB, BENCH_BY_DEFAULT);
}

TEST(the_limit_is_whole_pages)
{
	const struct room room = { .available = 64 * GIB };

	assert_limit(plan_limit(64 * KIB, 100 * KIB, &room, &no_limit), 64 * KIB, BENCH_BY_LIMIT);
	assert_limit(plan_limit(64 * KIB, 63 * KIB, &room, &no_limit), 0, BENCH_BY_LIMIT);
}

/* plan_sizes() */

static void assert_sizes(uint64_t page, uint64_t limit, const char *expected)
{
	uint64_t sizes[PLAN_SIZES];
	size_t count = plan_sizes(page, limit, sizes);
	const char *seen = "";

	assert_true(count <= PLAN_SIZES);
	for (size_t i = 0; i < count; i++)
		seen = keep(xasprintf("%s%" PRIu64 "K ", seen, sizes[i] / KIB));
	assert_string_equal(seen, expected);
}

TEST(sizes_grow_fourfold_from_one_mib)
{
	assert_sizes(4 * KIB, 256 * MIB, "1024K 4096K 16384K 65536K 262144K ");
	assert_sizes(4 * KIB, 158 * MIB, "1024K 4096K 16384K 65536K ");
	assert_sizes(64 * KIB, 4 * MIB, "1024K 4096K ");
}

TEST(sizes_of_huge_pages_are_among_those_of_small_ones)
{
	assert_sizes(2 * MIB, 256 * MIB, "4096K 16384K 65536K 262144K ");
	assert_sizes(32 * MIB, 256 * MIB, "65536K 262144K ");
	assert_sizes(GIB, 4 * GIB, "1048576K 4194304K ");
}

TEST(where_little_is_allowed_sizes_begin_with_a_page)
{
	assert_sizes(4 * KIB, 64 * KIB, "4K 16K 64K ");
	assert_sizes(2 * MIB, 3 * MIB, "2048K ");
	assert_sizes(512 * MIB, 600 * MIB, "524288K ");
	assert_sizes(2 * MIB, MIB, "");
	assert_sizes(4 * KIB, 0, "");
}

TEST(every_size_is_whole_pages_and_allowed)
{
	uint64_t sizes[PLAN_SIZES];

	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		uint64_t page = UINT64_C(1) << (12 + random_below(&random, 52));
		uint64_t limit = random_u64(&random) >> random_below(&random, 64);
		size_t count = plan_sizes(page, limit, sizes);

		CHECK(&random, (count > 0) == (limit >= page));
		for (size_t i = 0; i < count; i++) {
			CHECK(&random, sizes[i] % page == 0 && sizes[i] <= limit && sizes[i]);
			CHECK(&random, !i || sizes[i] == 4 * sizes[i - 1]);
		}
		/* No larger one would have been allowed. */
		CHECK(&random, !count || sizes[count - 1] > limit / 4);
	}
}

/* plan_spread() */

TEST(a_spread_is_the_median_and_both_ends)
{
	uint64_t odd[] = { 9, 1, 500, 3, 7 };
	uint64_t even[] = { 10, 20, 40, 30 };
	uint64_t one[] = { 42 };
	uint64_t large[] = { UINT64_MAX, UINT64_MAX - 2 };
	struct spread spread = plan_spread(odd, COUNT(odd));

	assert_int_equal(spread.median, 7);
	assert_int_equal(spread.least, 1);
	assert_int_equal(spread.most, 500);
	assert_int_equal(plan_spread(even, COUNT(even)).median, 25);
	assert_int_equal(plan_spread(one, COUNT(one)).median, 42);
	assert_int_equal(plan_spread(large, COUNT(large)).median, UINT64_MAX - 1);
}

/* bench_estimate() */

TEST(a_guest_pays_in_proportion_to_the_largest_size)
{
	struct bench_point points[] = {
		{ .size = MIB, .map = { .median = 900 }, .unmap = { .median = 1 }, .populate = 5 },
		{ .size = 4 * MIB,
		  .map = { .median = 1000 },
		  .unmap = { .median = 300 },
		  .populate = 7000 },
	};
	const struct bench_series series = { .page = 4096, .point = points, .n_points = 2 };
	struct bench_estimate estimate = bench_estimate(&series, 64 * GIB);

	assert_true(estimate.known);
	assert_int_equal(estimate.size, 4 * MIB);
	assert_int_equal(estimate.map, 16384 * 1000);
	assert_int_equal(estimate.unmap, 16384 * 300);
	assert_int_equal(estimate.populate, 16384 * 7000);
	estimate = bench_estimate(&series, 2 * MIB);
	assert_int_equal(estimate.map, 500);
}

TEST(a_guest_of_any_size_has_an_estimate_that_is_a_number)
{
	struct bench_point point = { .size = 4096, .map = { .median = UINT64_MAX } };
	const struct bench_series series = { .page = 4096, .point = &point, .n_points = 1 };
	const struct bench_series none = { .page = 4096 };

	assert_int_equal(bench_estimate(&series, UINT64_MAX).map, INT64_MAX);
	assert_int_equal(bench_estimate(&series, UINT64_MAX).unmap, 0);
	assert_false(bench_estimate(&none, GIB).known);
}

/* scan_room() */

static struct room room_of(const char *directory)
{
	struct source *source = NULL;
	struct room room;

	assert_int_equal(source_open_sysroot(&source, directory), 0);
	scan_room(source, &room);
	source_close(source);
	return room;
}

static const char *room_directory(void)
{
	const char *directory = directory_new();

	put_file(directory, "proc/meminfo",
		 "MemTotal:  4194304 kB\nMemFree:  1 kB\nMemAvailable:    2097152 kB\n");
	put_file(directory, "proc/self/status", "Name:\tx\nVmPeak:\t 9 kB\nVmLck:\t      64 kB\n");
	put_file(directory, "sys/kernel/mm/transparent_hugepage/enabled",
		 "always [madvise] never\n");
	put_file(directory, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
	return directory;
}

TEST(the_room_is_what_the_kernel_calls_available)
{
	struct room room = room_of(room_directory());

	assert_int_equal(room.available_errno, 0);
	assert_int_equal(room.available, 2 * GIB);
	assert_false(room.by_group);
	assert_int_equal(room.locked, 64 * KIB);
	assert_int_equal(room.transparent, 2 * MIB);
	assert_false(room.transparent_never);
}

TEST(what_is_not_there_is_not_known)
{
	const char *directory = directory_new();
	struct room room = room_of(directory);

	assert_int_equal(room.available_errno, ENOENT);
	assert_int_equal(room.transparent, 0);
	put_file(directory, "proc/meminfo", "MemTotal:  4194304 kB\n");
	assert_int_equal(room_of(directory).available_errno, ENODATA);
}

TEST(transparent_huge_pages_can_be_off)
{
	const char *directory = room_directory();

	put_file(directory, "sys/kernel/mm/transparent_hugepage/enabled",
		 "always madvise [never]\n");
	assert_true(room_of(directory).transparent_never);
	put_file(directory, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "3\n");
	assert_int_equal(room_of(directory).transparent, 0);
}

TEST(a_control_group_and_all_above_it_leave_less)
{
	const char *directory = room_directory();

	put_file(directory, "proc/self/cgroup", "0::/a.slice/b.scope\n");
	put_file(directory, "sys/fs/cgroup/a.slice/b.scope/memory.max", "max\n");
	put_file(directory, "sys/fs/cgroup/a.slice/b.scope/memory.current", "4096\n");
	assert_int_equal(room_of(directory).available, 2 * GIB);
	put_file(directory, "sys/fs/cgroup/a.slice/memory.max", "1048576\n");
	put_file(directory, "sys/fs/cgroup/a.slice/memory.current", "1044480\n");
	assert_int_equal(room_of(directory).available, 4096);
	assert_true(room_of(directory).by_group);
	put_file(directory, "sys/fs/cgroup/a.slice/memory.current", "1052672\n");
	assert_int_equal(room_of(directory).available, 0);
}

TEST(control_groups_of_the_first_version_and_of_other_namespaces)
{
	const char *directory = room_directory();

	put_file(directory, "proc/self/cgroup",
		 "12:cpu,cpuacct:/x\n4:memory:/vm\n1:name=systemd:/\n0::/\n");
	put_file(directory, "sys/fs/cgroup/memory/vm/memory.limit_in_bytes", "2097152\n");
	put_file(directory, "sys/fs/cgroup/memory/vm/memory.usage_in_bytes", "1048576\n");
	assert_int_equal(room_of(directory).available, MIB);
	put_file(directory, "proc/self/cgroup", "0::/../../etc\n");
	put_file(directory, "sys/fs/cgroup/memory.max", "8192\n");
	put_file(directory, "sys/fs/cgroup/memory.current", "0\n");
	assert_int_equal(room_of(directory).available, 8192);
}

TEST(a_path_of_a_control_group_that_no_kernel_shows_is_not_followed)
{
	size_t levels = 160000;
	const char *directory = room_directory();
	char *text = xcalloc(1, 4 + levels * 2 + 2);

	memcpy(text, "0::", 3);
	for (size_t i = 0; i < levels; i++)
		memcpy(text + 3 + i * 2, "/a", 2);
	text[3 + levels * 2] = '\n';
	keep(text);
	put_file(directory, "sys/fs/cgroup/memory.max", "8192\n");
	put_file(directory, "sys/fs/cgroup/memory.current", "0\n");
	put_file(directory, "proc/self/cgroup", text);
	assert_false(room_of(directory).by_group);
	/* The longest that one does show: 4095 characters. */
	text[3 + 4094] = '\0';
	put_file(directory, "proc/self/cgroup", text);
	assert_int_equal(room_of(directory).available, 8192);
	/* A process is in one group of a hierarchy: the first one counts. */
	put_file(directory, "sys/fs/cgroup/b/memory.max", "4096\n");
	put_file(directory, "sys/fs/cgroup/b/memory.current", "0\n");
	put_file(directory, "proc/self/cgroup", "0::/\n0::/b\n");
	assert_int_equal(room_of(directory).available, 8192);
}

/* Whole runs */

/** struct script - the lines of a transcript, which a test changes as it likes. */
struct script {
	const char *line[80];
	size_t count;
};

static void say(struct script *script, const char *line)
{
	assert_true(script->count < COUNT(script->line));
	script->line[script->count++] = line;
}

/* Up to VFIO_IOMMU_GET_INFO, with one allowed range. */
static void say_begin(struct script *script, const char *start, const char *end)
{
	say(script, "{'section': 'bench 3'}");
	say(script, "{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GET_API_VERSION', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_CHECK_EXTENSION', 'value': 3, 'ret': 1}");
	say(script, "{'call': 'open', 'path': '/dev/vfio/3', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GROUP_GET_STATUS', 'ret': 0, "
		    "'out': {'flags': 1}}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GROUP_SET_CONTAINER', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_SET_IOMMU', 'value': 3, 'ret': 0}");
	for (int i = 0; i < 2; i++)
		say(script,
		    keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
				   "'out': {'argsz': 56, 'flags': 3, 'iova_pgsizes': '0x1000', "
				   "'cap_offset': 24}, 'tail': ['24 u16 id 0x1', "
				   "'32 u32 nr_iovas 0x1', '40 u64 start %s', '48 u64 end %s']}",
				   start, end)));
}

/* One size: memory, and five rounds whose durations are @map and @unmap, the last of them odd. */
static void say_size(struct script *script, const char *pages, const char *iova, uint64_t size,
		     uint64_t map, uint64_t unmap)
{
	say(script, keep(xasprintf("{'call': 'memory', 'bytes': %" PRIu64 ", 'pages': '%s', "
				   "'ret': 0, 'nanoseconds': 4000, 'huge': %" PRIu64 "}",
				   size, pages, size)));
	for (unsigned int round = 0; round < 5; round++) {
		say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', "
					   "'in': {'iova': '%s', 'size': '0x%" PRIx64
					   "'}, 'ret': 0, 'nanoseconds': %" PRIu64 "}",
					   iova, size, round < 4 ? map : 100 * map)));
		say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
					   "'in': {'iova': '%s', 'size': '0x%" PRIx64
					   "'}, 'ret': 0, 'out': {'size': '0x%" PRIx64
					   "'}, 'nanoseconds': %" PRIu64 "}",
					   iova, size, size, unmap)));
	}
}

/** struct lab - a host with one group, and how its measurement went. */
struct lab {
	struct device device;
	struct device *devices[1];
	struct group group;
	struct host host;
	struct bench_options options;
	const char *fact;
	const char *meminfo;
	bool transparent;
	struct source *source;
	struct bench *bench;
};

static void lab_begin(struct lab *lab)
{
	*lab = (struct lab){ 0 };
	lab->device.address = text("0000:00:04.0");
	lab->device.driver = text("vfio-pci");
	lab->device.is_pci = true;
	lab->device.zpci_pft = ZPCI_NONE;
	lab->devices[0] = &lab->device;
	lab->group.id = 3;
	lab->group.devices = lab->devices;
	lab->group.n_devices = 1;
	lab->host.page_size = 4096;
	lab->host.has_container = true;
	lab->host.release = text("6.12.0");
	lab->options.limit = 4 * MIB;
	lab->fact = "{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'memlock': '0x10000', "
		    "'capabilities': '0x4000'}\n";
	lab->meminfo = "MemAvailable:  2097152 kB\n";
}

static void lab_run(struct lab *lab, const struct script *script)
{
	const char *text = lab->fact;
	const char *capture;

	for (size_t i = 0; i < script->count; i++)
		text = keep(xasprintf("%s%s\n", text, script->line[i]));
	capture = capture_new(text);
	put_file(capture, "files/proc/meminfo", lab->meminfo);
	if (lab->transparent)
		put_file(capture, "files/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
			 "2097152\n");
	lab->source = capture_replay(capture);
	lab->bench = bench_prepare(lab->source, &lab->host, &lab->group, &lab->options);
	if (!lab->bench->probe->failure.step)
		bench_run(lab->source, &lab->host, lab->bench, &lab->options);
}

static void lab_end(struct lab *lab)
{
	bench_free(lab->bench);
	source_close(lab->source);
	free(lab->host.hugepages);
}

static void assert_failure(const struct lab *lab, const char *step, int status, const char *words)
{
	const struct failure *failure = &lab->bench->probe->failure;

	assert_non_null(failure->step);
	assert_string_equal(failure->step, step);
	assert_int_equal(bench_status(lab->bench), status);
	if (!strstr(failure->message, words))
		fail_msg("'%s' is not in '%s'", words, failure->message);
}

TEST(a_measurement_goes_from_start_to_end)
{
	struct script script = { .count = 0 };
	const struct bench_series *series;
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say_size(&script, "base", "0x0", MIB, 2000, 900);
	say_size(&script, "base", "0x0", 4 * MIB, 6000, 3000);
	lab_begin(&lab);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_null(lab.bench->probe->failure.step);
	assert_int_equal(bench_status(lab.bench), EXIT_OBSERVED);
	assert_int_equal(lab.bench->n_series, 3);
	series = &lab.bench->series[0];
	assert_int_equal(series->n_points, 2);
	assert_int_equal(series->point[1].size, 4 * MIB);
	assert_int_equal(series->point[1].map.median, 6000);
	assert_int_equal(series->point[1].map.most, 600000);
	assert_int_equal(series->point[1].unmap.median, 3000);
	assert_int_equal(series->point[1].populate, 4000);
	assert_null(series->reason);
	/* What there is not on this host is said, and nothing was asked for it. */
	assert_int_equal(lab.bench->series[1].n_points, 0);
	assert_non_null(strstr(lab.bench->series[1].reason, "no transparent huge pages"));
	assert_non_null(strstr(lab.bench->series[2].reason, "no pools"));
	lab_end(&lab);
}

TEST(entries_are_counted_if_they_are_asked_for)
{
	struct script script = { .count = 0 };
	const struct bench_series *series;
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say_size(&script, "base", "0x0", MIB, 2000, 900);
	say_size(&script, "base", "0x0", 4 * MIB, 6000, 3000);
	say_size(&script, "transparent", "0x0", 4 * MIB, 60, 30);
	say(&script,
	    "{'fact': 'page-table-sizes 3 0x0 base 4096 1048576', 'ret': 0, 'huge': false, "
	    "'entries': [{'size': 4096, 'count': 240}, {'size': 65536, 'count': 1}], "
	    "'other': 0}");
	say(&script,
	    "{'fact': 'page-table-sizes 3 0x0 base 4096 4194304', 'ret': 0, 'huge': false, "
	    "'entries': [{'size': 4096, 'count': 1023}], 'other': 0}");
	say(&script, "{'fact': 'page-table-sizes 3 0x0 transparent 2097152 4194304', 'ret': 0, "
		     "'huge': true, 'entries': [{'size': 2097152, 'count': 2}], 'other': 0}");
	lab_begin(&lab);
	lab.transparent = true;
	lab.options.probe.page_table = PAGE_TABLE_ALWAYS;
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_true(lab.bench->has_entries);
	series = lab.bench->series;
	assert_true(series[0].point[0].entries.is_known);
	assert_int_equal(series[0].point[0].entries.count[12], 240);
	assert_int_equal(series[0].point[0].entries.count[16], 1);
	/* These do not make up 4 MiB. */
	assert_false(series[0].point[1].entries.is_known);
	assert_string_equal(series[0].point[1].entries.reason, "the capture does not say why");
	assert_int_equal(series[1].point[0].entries.count[21], 2);
	lab_end(&lab);
}

TEST(entries_are_not_counted_without_the_right_to)
{
	static const enum page_table_when when[] = { PAGE_TABLE_AUTO, PAGE_TABLE_NEVER };

	for (size_t i = 0; i < COUNT(when); i++) {
		struct script script = { .count = 0 };
		const struct bench_point *point;
		struct lab lab;

		say_begin(&script, "0x0", "0xfffffffff");
		say_size(&script, "base", "0x0", MIB, 2000, 900);
		lab_begin(&lab);
		lab.options.limit = MIB;
		lab.options.probe.page_table = when[i];
		lab_run(&lab, &script);
		assert_null(source_problem(lab.source));
		assert_int_equal(lab.bench->has_entries, when[i] != PAGE_TABLE_NEVER);
		point = &lab.bench->series[0].point[0];
		assert_false(point->entries.is_known);
		if (when[i] == PAGE_TABLE_NEVER)
			assert_null(point->entries.reason);
		else
			assert_non_null(strstr(point->entries.reason, "CAP_SYS_RAWIO"));
		lab_end(&lab);
	}
}

TEST(explicit_huge_pages_are_measured_as_far_as_they_are_free)
{
	struct script script = { .count = 0 };
	struct hugepages pools[] = { { .size = GIB, .total = 2 },
				     { .size = 2 * MIB, .total = 8, .free = 1 },
				     { .size = 2 * MIB, .node = 1, .total = 1, .free = 1 } };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say_size(&script, "base", "0x0", MIB, 2000, 900);
	say_size(&script, "base", "0x0", 4 * MIB, 6000, 3000);
	say_size(&script, "hugetlb", "0x0", 4 * MIB, 60, 30);
	lab_begin(&lab);
	for (size_t i = 0; i < COUNT(pools); i++)
		APPEND(lab.host.hugepages, lab.host.n_hugepages, pools[i]);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_int_equal(bench_status(lab.bench), EXIT_OBSERVED);
	assert_int_equal(lab.bench->n_series, 4);
	assert_int_equal(lab.bench->series[2].page, 2 * MIB);
	assert_int_equal(lab.bench->series[2].n_points, 1);
	assert_int_equal(lab.bench->series[2].point[0].map.median, 60);
	assert_int_equal(lab.bench->series[3].page, GIB);
	assert_string_equal(lab.bench->series[3].reason, "no free huge pages of 1 GiB");
	assert_non_null(strstr(lab.bench->series[3].hint, "hugepages-1048576kB/nr_hugepages"));
	lab_end(&lab);
}

TEST(a_page_above_the_limit_is_not_measured)
{
	struct script script = { .count = 0 };
	struct hugepages pool = { .size = GIB, .total = 2, .free = 2 };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say_size(&script, "base", "0x0", MIB, 2000, 900);
	say_size(&script, "base", "0x0", 4 * MIB, 6000, 3000);
	lab_begin(&lab);
	APPEND(lab.host.hugepages, lab.host.n_hugepages, pool);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_string_equal(lab.bench->series[2].reason,
			    "a page of 1 GiB exceeds the limit of 4 MiB");
	assert_string_equal(lab.bench->series[2].hint, "allow more with --limit 1G");
	lab_end(&lab);
}

TEST(where_the_space_has_no_room_less_is_mapped_and_never_on_its_last_page)
{
	struct script script = { .count = 0 };
	struct lab lab;

	/* 4 MiB, of which the last page is not to be touched. */
	say_begin(&script, "0x100000000", "0x1003fffff");
	say_size(&script, "base", "0x100000000", MIB, 2000, 900);
	lab_begin(&lab);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_int_equal(bench_status(lab.bench), EXIT_OBSERVED);
	assert_limit(lab.bench->limit, 2 * MIB, BENCH_BY_WINDOW);
	assert_int_equal(lab.bench->window.start, 0x100000000);
	assert_int_equal(lab.bench->window.end, 0x1001fffff);
	lab_end(&lab);
}

TEST(without_any_room_nothing_is_mapped)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "0x1000", "0x1fff");
	lab_begin(&lab);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_failure(&lab, "window", EXIT_UNMEASURED, "no place for a page");
	assert_false(bench_is_measured(lab.bench));
	lab_end(&lab);
}

TEST(what_the_kernel_refuses_ends_it_and_what_was_measured_stays)
{
	static const struct {
		const char *line;
		const char *step;
		int status;
		const char *words;
	} refusals[] = {
		{ "{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', 'errno': 'ENOMEM'}", "map",
		  EXIT_UNMEASURED, "RLIMIT_MEMLOCK" },
		{ "{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', 'errno': 'EEXIST'}", "map",
		  EXIT_REFUSED, "VFIO_IOMMU_MAP_DMA of group 3 failed" },
	};

	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct script script = { .count = 0 };
		struct lab lab;

		say_begin(&script, "0x0", "0xfffffffff");
		say_size(&script, "base", "0x0", MIB, 2000, 900);
		say(&script, "{'call': 'memory', 'bytes': 4194304, 'ret': 0, 'nanoseconds': 4}");
		say(&script, refusals[i].line);
		lab_begin(&lab);
		lab_run(&lab, &script);
		assert_null(source_problem(lab.source));
		assert_failure(&lab, refusals[i].step, refusals[i].status, refusals[i].words);
		assert_int_equal(lab.bench->series[0].n_points, 1);
		assert_string_equal(lab.bench->series[0].reason, "the measurement ended early");
		lab_end(&lab);
	}
}

TEST(an_unmap_of_another_size_is_a_failure)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say(&script, "{'call': 'memory', 'bytes': 1048576, 'ret': 0, 'nanoseconds': 4}");
	say(&script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', 'ret': 0}");
	say(&script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', 'ret': 0, "
		     "'out': {'size': '0x1000'}}");
	lab_begin(&lab);
	lab_run(&lab, &script);
	assert_failure(&lab, "unmap", EXIT_REFUSED, "4096 bytes of 1048576 were unmapped");
	lab_end(&lab);
}

TEST(memory_that_is_not_to_be_had_ends_a_series_only)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	say_size(&script, "base", "0x0", MIB, 2000, 900);
	say(&script, "{'call': 'memory', 'bytes': 4194304, 'errno': 'ENOMEM'}");
	lab_begin(&lab);
	lab_run(&lab, &script);
	assert_null(source_problem(lab.source));
	assert_int_equal(bench_status(lab.bench), EXIT_OBSERVED);
	assert_string_equal(lab.bench->series[0].reason,
			    "cannot allocate 4 MiB of memory: Cannot allocate memory");
	lab_end(&lab);
}

/* Memory that came in smaller pages than were wished for says nothing of those. */
TEST(transparent_huge_pages_count_only_where_the_kernel_gave_them)
{
	static const struct {
		const char *huge;
		size_t points;
		const char *reason;
	} gifts[] = {
		{ "'huge': 4194304", 1, NULL },
		{ "'huge': 3800000", 1, NULL },
		{ "'huge': 2097152", 0, "only 2 MiB of 4 MiB are transparent huge pages" },
		{ "'huge': 0", 0, "only 0 B of 4 MiB are transparent huge pages" },
		{ "'x': 0", 0, "cannot tell whether the kernel provided huge pages" },
	};

	for (size_t i = 0; i < COUNT(gifts); i++) {
		const struct bench_series *series;
		struct script script = { .count = 0 };
		struct lab lab;
		size_t line;

		say_begin(&script, "0x0", "0xfffffffff");
		say_size(&script, "base", "0x0", MIB, 2000, 900);
		say_size(&script, "base", "0x0", 4 * MIB, 6000, 3000);
		line = script.count;
		say_size(&script, "transparent", "0x0", 4 * MIB, 60, 30);
		script.line[line] = keep(xasprintf("{'call': 'memory', 'bytes': 4194304, 'pages': "
						   "'transparent', 'page': 2097152, 'ret': 0, %s}",
						   gifts[i].huge));
		if (!gifts[i].points)
			script.count = line + 1;
		lab_begin(&lab);
		lab.transparent = true;
		lab_run(&lab, &script);
		assert_null(source_problem(lab.source));
		series = &lab.bench->series[1];
		assert_int_equal(series->n_points, gifts[i].points);
		assert_true(!series->reason == !gifts[i].reason);
		assert_true(!series->reason || strstr(series->reason, gifts[i].reason));
		lab_end(&lab);
	}
}

/* Refusals, before anything is opened */

TEST(what_a_probe_refuses_is_not_measured)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	lab_begin(&lab);
	lab.device.driver = text("e1000e");
	lab_run(&lab, &script);
	assert_failure(&lab, "subject", EXIT_UNMEASURED, "0000:00:04.0 is bound to e1000e");
	lab_end(&lab);

	lab_begin(&lab);
	lab.device.zpci_pft = 5;
	lab_run(&lab, &script);
	assert_failure(&lab, "hazard", EXIT_UNMEASURED, "ISM");
	lab_end(&lab);

	lab_begin(&lab);
	script.line[0] = "{'section': 'bench 4'}";
	lab_run(&lab, &script);
	assert_failure(&lab, "capture", EXIT_UNMEASURED, "no measurement of group 3");
	lab_end(&lab);
}

TEST(without_a_limit_that_is_known_nothing_is_pinned)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "0x0", "0xfffffffff");
	lab_begin(&lab);
	lab.meminfo = "MemTotal: 3 kB\n";
	lab_run(&lab, &script);
	assert_failure(&lab, "limit", EXIT_UNMEASURED, "MemAvailable");
	lab_end(&lab);

	lab_begin(&lab);
	lab.fact = "";
	lab_run(&lab, &script);
	assert_failure(&lab, "limit", EXIT_UNMEASURED,
		       "locked memory limit of this process is not known");
	lab_end(&lab);

	lab_begin(&lab);
	lab.meminfo = "MemAvailable: 15 kB\n";
	lab_run(&lab, &script);
	assert_failure(&lab, "limit", EXIT_UNMEASURED, "not even a page of 4 KiB may be taken");
	assert_int_equal(lab.bench->n_series, 0);
	lab_end(&lab);

	lab_begin(&lab);
	lab.fact = "{'fact': 'process', 'uid': 9, 'gid': 9, 'groups': [], 'memlock': '0xfff', "
		   "'capabilities': '0x0'}\n";
	lab_run(&lab, &script);
	assert_failure(&lab, "limit", EXIT_UNMEASURED, "the limit of this process is 4.0 KiB");
	assert_non_null(strstr(lab.bench->probe->failure.hint, "raise the limit to"));
	lab_end(&lab);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_is_what_is_asked_for_or_the_usual_one),
		cmocka_unit_test(no_more_than_a_quarter_of_what_is_available_is_taken),
		cmocka_unit_test(what_is_locked_already_is_taken_off_the_limit_of_locked_memory),
		cmocka_unit_test(the_limit_is_whole_pages),
		cmocka_unit_test(sizes_grow_fourfold_from_one_mib),
		cmocka_unit_test(sizes_of_huge_pages_are_among_those_of_small_ones),
		cmocka_unit_test(where_little_is_allowed_sizes_begin_with_a_page),
		cmocka_unit_test(every_size_is_whole_pages_and_allowed),
		cmocka_unit_test(a_spread_is_the_median_and_both_ends),
		cmocka_unit_test(a_guest_pays_in_proportion_to_the_largest_size),
		cmocka_unit_test(a_guest_of_any_size_has_an_estimate_that_is_a_number),
		cmocka_unit_test(the_room_is_what_the_kernel_calls_available),
		cmocka_unit_test(what_is_not_there_is_not_known),
		cmocka_unit_test(transparent_huge_pages_can_be_off),
		cmocka_unit_test(a_control_group_and_all_above_it_leave_less),
		cmocka_unit_test(control_groups_of_the_first_version_and_of_other_namespaces),
		cmocka_unit_test(a_path_of_a_control_group_that_no_kernel_shows_is_not_followed),
		cmocka_unit_test(a_measurement_goes_from_start_to_end),
		cmocka_unit_test(entries_are_counted_if_they_are_asked_for),
		cmocka_unit_test(entries_are_not_counted_without_the_right_to),
		cmocka_unit_test(explicit_huge_pages_are_measured_as_far_as_they_are_free),
		cmocka_unit_test(a_page_above_the_limit_is_not_measured),
		cmocka_unit_test(
			where_the_space_has_no_room_less_is_mapped_and_never_on_its_last_page),
		cmocka_unit_test(without_any_room_nothing_is_mapped),
		cmocka_unit_test(what_the_kernel_refuses_ends_it_and_what_was_measured_stays),
		cmocka_unit_test(an_unmap_of_another_size_is_a_failure),
		cmocka_unit_test(memory_that_is_not_to_be_had_ends_a_series_only),
		cmocka_unit_test(transparent_huge_pages_count_only_where_the_kernel_gave_them),
		cmocka_unit_test(what_a_probe_refuses_is_not_measured),
		cmocka_unit_test(without_a_limit_that_is_known_nothing_is_pinned),
	};

	return UNIT_RUN("bench", tests);
}
