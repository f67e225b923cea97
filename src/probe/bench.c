/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of mapping, measured with real maps, which are undone. */
#include "probe/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/text.h"
#include "model/limits.h"
#include "probe/entries.h"
#include "probe/internal.h"
#include "probe/plan.h"
#include "probe/refusal.h"
#include "probe/window.h"
#include "remedy/remedy.h"
#include "scan/scan.h"
#include "source/page_table.h"

/* Odd, so that the median is one of them. */
#define ROUNDS 5

/* A kernel short of huge pages provides most of them, which the measurement accepts. */
#define HUGE_PERCENT 90

#define TRANSPARENT_ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"

/** struct work - state of a running measurement. @entries_refusal: why no entries are counted; or NULL */
struct work {
	struct run run;
	struct bench *bench;
	const struct bench_options *options;
	const char *entries_refusal;
};

/* Before anything is opened */

static int begin(struct run *run)
{
	_cleanup_free_ char *section = xasprintf("bench %u", run->probe->group->id);

	if (source_section(run->source, section) == 0)
		return 0;
	return refuse_unrecorded(run->probe, "measurement", NULL, "bench");
}

static const char *size_text(char *text, uint64_t bytes)
{
	return bytes ? text_size(text, 16, bytes - 1) : "0 B";
}

/*
 * Refuse: nothing may be pinned, or the limit is not known.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_lock_acct(): 5.10, 6.1, 6.12, 7.3.
 */
static int refuse_limit(struct bench *bench, const struct room *room, const struct memlock *memlock,
			uint64_t page)
{
	_cleanup_free_ char *hint = NULL;
	char may[16], one[16];

	if (room->available_errno)
		return refuse(bench->probe, "limit", EXIT_UNMEASURED, room->available_errno, NULL,
			      "the available memory of the host is not known (MemAvailable in "
			      "/proc/meminfo: %s)",
			      strerror(room->available_errno));
	if (memlock->error)
		return refuse(bench->probe, "limit", EXIT_UNMEASURED, memlock->error, NULL,
			      "the locked memory limit of this process is not known: %s",
			      error_text(memlock->error));
	if (bench->limit.bytes)
		return 0;
	size_text(one, page);
	if (bench->limit.bound != BENCH_BY_MEMLOCK)
		return refuse(bench->probe, "limit", EXIT_UNMEASURED, 0, NULL,
			      "not even a page of %s may be taken from the %s of available memory",
			      one, size_text(may, room->available));
	hint = remedy_memlock_words(memlock, PLAN_LIMIT);
	return refuse(bench->probe, "limit", EXIT_UNMEASURED, 0, hint,
		      "not even a page of %s may be locked: the limit of this process is %s", one,
		      size_text(may, memlock->bytes));
}

static struct bench_series *add_series(struct bench *bench, enum bench_pages pages, uint64_t page)
{
	struct bench_series series = { .pages = pages, .page = page };

	APPEND(bench->series, bench->n_series, series);
	return &bench->series[bench->n_series - 1];
}

/* The sum of the pools of @size on all nodes. */
static struct hugepages whole_pool(const struct host *host, uint64_t size)
{
	struct hugepages whole = { .size = size };

	for (size_t i = 0; i < host->n_hugepages; i++) {
		if (host->hugepages[i].size != size)
			continue;
		whole.total += host->hugepages[i].total;
		whole.free += host->hugepages[i].free;
	}
	return whole;
}

static void add_hugetlb(const struct host *host, struct bench *bench, uint64_t size)
{
	struct bench_series *series = add_series(bench, BENCH_HUGETLB, size);
	struct hugepages pool = whole_pool(host, size);

	if (!pool.free) {
		uint64_t wanted = bench->limit.bytes / series->page;
		char text[16];

		series->reason = xasprintf("no free huge pages of %s",
					   size_text(text, series->page));
		series->hint = xasprintf(
			"reserve some (the value was %" PRIu64
			"; restore it afterwards): echo %" PRIu64
			" | sudo tee /sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
			pool.total, pool.total + (wanted ? wanted : 1), series->page / 1024);
	}
}

static int compare_pools(const void *a, const void *b)
{
	const struct hugepages *one = a;
	const struct hugepages *two = b;

	return one->size < two->size ? -1 : one->size > two->size;
}

static void add_pools(const struct host *host, struct bench *bench)
{
	size_t count = host->n_hugepages;
	_cleanup_free_ struct hugepages *pools = xcalloc(count + 1, sizeof(*pools));

	if (count)
		memcpy(pools, host->hugepages, count * sizeof(*pools));
	qsort(pools, count, sizeof(*pools), compare_pools);
	for (size_t i = 0; i < count; i++) {
		if (!i || pools[i].size != pools[i - 1].size)
			add_hugetlb(host, bench, pools[i].size);
	}
	if (!count)
		add_series(bench, BENCH_HUGETLB, 0)->reason =
			xstrdup("this kernel has no pools of huge pages");
}

struct bench *bench_prepare(struct source *source, struct host *host, const struct group *group,
			    const struct bench_options *options)
{
	static const step_fn steps[] = { run_check_group, begin };
	struct run run = { .source = source, .host = host, .options = &options->probe };
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct room room;
	struct memlock memlock = { 0 };
	struct bench_series *series;

	run_begin(&run, group);
	bench->probe = run.probe;
	bench->rounds = ROUNDS;
	if (run_steps(&run, steps, COUNT(steps)) < 0)
		return bench;
	scan_hugepages(source, host);
	scan_room(source, &room);
	scan_memlock(source, NULL, &memlock);
	bench->available = room.available;
	bench->limit = plan_limit(host->page_size, options->limit, &room, &memlock);
	refuse_limit(bench, &room, &memlock, host->page_size);
	memlock_clear(&memlock);
	if (bench->probe->failure.step)
		return bench;
	add_series(bench, BENCH_BASE, host->page_size);
	series = add_series(bench, BENCH_TRANSPARENT, room.transparent);
	if (!room.transparent) {
		series->reason = xstrdup("this kernel has no transparent huge pages");
	} else if (room.transparent_never) {
		series->reason = xstrdup("transparent huge pages are disabled");
		series->hint = xstrdup("echo madvise | sudo tee " TRANSPARENT_ENABLED);
	}
	add_pools(host, bench);
	return bench;
}

/* With the group in a container */

static uint64_t largest_power(uint64_t limit)
{
	return limit ? UINT64_C(1) << (63 - __builtin_clzll(limit)) : 0;
}

/*
 * The largest window up to the limit. All sizes are powers of two, so each of them fits in at its
 * beginning. The last page of the IOVA space is never needed: then the next smaller one is taken.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12, 7.3.
 */
static int find_place(struct work *work)
{
	struct bench *bench = work->bench;
	struct probe *probe = bench->probe;
	uint64_t page = work->run.host->page_size;
	uint64_t size = largest_power(bench->limit.bytes);

	if (!probe->info.has_ranges)
		return refuse_window(probe);
	for (; size >= page; size /= 2) {
		free(probe->window.fault);
		probe->window.fault = NULL;
		window_find(&probe->info.ranges, probe->group->regions, probe->group->n_regions,
			    page, size, &probe->window);
		if (!probe->window.found || probe->window.on_last_page)
			continue;
		bench->has_window = true;
		bench->window = probe->window.range;
		if (size < largest_power(bench->limit.bytes))
			bench->limit = (struct bench_limit){ size, BENCH_BY_WINDOW };
		return 0;
	}
	return refuse(probe, "window", EXIT_UNMEASURED, 0, NULL,
		      "group %u has no place for a page except the last page of its IOVA space",
		      probe->group->id);
}

/* Count the entries of a mapping, outside of what is timed. */
static void count_entries(struct work *work, const struct bench_series *series,
			  const struct source_memory *memory, struct entry_sizes *entries)
{
	const struct group *group = work->bench->probe->group;
	uint64_t page = work->run.host->page_size;
	_cleanup_free_ char *name = xasprintf("%s %" PRIu64 " %zu", bench_pages_name(series->pages),
					      series->page, memory->len);

	if (work->entries_refusal)
		entries->reason = xstrdup(work->entries_refusal);
	else
		source_page_table_sizes(
			work->run.source,
			&(struct page_table_mapping){ .group = group->id,
						      .kind = group_iommu_kind(group),
						      .iova = work->bench->window.start,
						      .page_size = page,
						      .n_pages = memory->len / page,
						      .pages = memory->address,
						      .name = name },
			entries);
}

static int measure_memory(struct work *work, const struct bench_series *series,
			  const struct source_memory *memory, struct bench_point *point)
{
	struct source_device *container = work->run.container;
	struct probe *probe = work->bench->probe;
	uint64_t iova = work->bench->window.start;
	uint64_t map[ROUNDS], unmap[ROUNDS];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint64_t unmapped;
		int ret = vfio_map_timed(container, memory->address, iova, memory->len,
					 &map[round]);

		if (ret < 0)
			return refuse_ioctl(probe, "map", ret);
		if (round == 0 && work->bench->has_entries)
			count_entries(work, series, memory, &point->entries);
		ret = vfio_unmap_timed(container, iova, memory->len, &unmapped, &unmap[round]);
		if (ret < 0)
			return refuse_ioctl(probe, "unmap", ret);
		if (unmapped != memory->len)
			return refuse_unmapped(probe, unmapped, memory->len);
	}
	point->map = plan_spread(map, ROUNDS);
	point->unmap = plan_spread(unmap, ROUNDS);
	return 0;
}

/* Check that the memory has the requested pages; if not, the series gets the reason. */
static bool has_requested_pages(struct bench_series *series, uint64_t size,
				const struct source_taking *taking)
{
	char seen[16], requested[16];

	if (series->pages != BENCH_TRANSPARENT)
		return true;
	if (taking->huge_errno) {
		series->reason = xasprintf(
			"cannot tell whether the kernel provided huge pages (/proc/self/smaps: %s)",
			strerror(taking->huge_errno));
		return false;
	}
	if (taking->huge / HUGE_PERCENT >= size / 100)
		return true;
	series->reason = xasprintf("only %s of %s are transparent huge pages",
				   size_text(seen, taking->huge), size_text(requested, size));
	return false;
}

/* Return: 1 where the series goes on, 0 where it ends here, negative where all ends. */
static int measure_size(struct work *work, struct bench_series *series, uint64_t size)
{
	static const enum source_pages pages[] = {
		[BENCH_BASE] = SOURCE_PAGES_BASE,
		[BENCH_TRANSPARENT] = SOURCE_PAGES_TRANSPARENT,
		[BENCH_HUGETLB] = SOURCE_PAGES_HUGETLB,
	};
	struct bench_point point = { .size = size };
	struct source_memory memory;
	struct source_taking taking;
	char text[16];
	int ret;

	ret = source_memory_take(work->run.source, pages[series->pages], series->page, size,
				 &memory, &taking);
	if (ret < 0) {
		series->reason = xasprintf("cannot allocate %s of memory: %s",
					   size_text(text, size), strerror(-ret));
		return 0;
	}
	point.populate = taking.nanoseconds;
	point.huge = taking.huge;
	ret = 0;
	if (has_requested_pages(series, size, &taking)) {
		ret = measure_memory(work, series, &memory, &point);
		if (ret >= 0) {
			APPEND(series->point, series->n_points, point);
			ret = 1;
		} else {
			free(point.entries.reason);
		}
	}
	source_memory_unmap(&memory);
	return ret;
}

/* The largest size of a series: a pool is limited to its free pages. */
static uint64_t series_limit(const struct work *work, const struct bench_series *series)
{
	struct hugepages pool = whole_pool(work->run.host, series->page);
	uint64_t bytes;

	if (series->pages != BENCH_HUGETLB ||
	    __builtin_mul_overflow(pool.free, pool.size, &bytes) ||
	    bytes > work->bench->limit.bytes)
		return work->bench->limit.bytes;
	return bytes;
}

/* The size as --limit takes it: "2M". */
static char *option_size(uint64_t bytes)
{
	static const char units[] = "KMGT";
	size_t unit = 0;

	bytes >>= 10;
	while (bytes >= 1024 && !(bytes & 1023) && units[unit + 1]) {
		bytes >>= 10;
		unit++;
	}
	return xasprintf("%" PRIu64 "%c", bytes, units[unit]);
}

static int measure_series(struct work *work, struct bench_series *series)
{
	uint64_t sizes[PLAN_SIZES];
	size_t count;
	int ret = 1;

	if (series->reason)
		return 0;
	count = plan_sizes(series->page, series_limit(work, series), sizes);
	if (!count) {
		_cleanup_free_ char *size = option_size(series->page);
		char page[16], limit[16];

		series->reason = xasprintf("a page of %s exceeds the limit of %s",
					   size_text(page, series->page),
					   size_text(limit, work->bench->limit.bytes));
		if (work->bench->limit.bound == BENCH_BY_DEFAULT ||
		    work->bench->limit.bound == BENCH_BY_LIMIT)
			series->hint = xasprintf("allow more with --limit %s", size);
	}
	for (size_t i = 0; i < count && ret > 0; i++) {
		if (work->options->progress)
			work->options->progress(work->options->context, series, sizes[i]);
		ret = measure_size(work, series, sizes[i]);
	}
	return ret < 0 ? ret : 0;
}

void bench_run(struct source *source, const struct host *host, struct bench *bench,
	       const struct bench_options *options)
{
	static const step_fn steps[] = { run_open_container, run_open_group, run_attach,
					 run_read_info };
	struct work work = {
		.run = { .source = source,
			 .host = host,
			 .options = &options->probe,
			 .probe = bench->probe },
		.bench = bench,
		.options = options,
	};
	int ret = run_steps(&work.run, steps, COUNT(steps));

	if (ret >= 0)
		ret = find_place(&work);
	bench->has_entries = options->probe.page_table != PAGE_TABLE_NEVER;
	if (ret >= 0 && bench->has_entries) {
		work.entries_refusal = entries_forbidden(&work.run);
		if (!work.entries_refusal)
			entries_announce(&work.run);
	}
	for (size_t i = 0; i < bench->n_series; i++) {
		if (ret >= 0)
			ret = measure_series(&work, &bench->series[i]);
		if (ret < 0 && !bench->series[i].reason)
			bench->series[i].reason = xstrdup("the measurement ended early");
	}
	run_end(&work.run);
}

int bench_status(const struct bench *bench)
{
	if (bench->probe->failure.step)
		return bench->probe->failure.status;
	return bench_is_measured(bench) ? EXIT_OBSERVED : EXIT_UNMEASURED;
}
