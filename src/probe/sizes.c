/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A huge page in the page table of the IOMMU: sizes of entries that are really used. */
#include "probe/sizes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/limits.h"
#include "probe/entries.h"
#include "probe/plan.h"
#include "probe/window.h"
#include "scan/scan.h"
#include "source/page_table.h"

/* Apart from those of the probe, so that a capture without them still has the probe. */
static char *section_name(const struct group *group)
{
	return xasprintf("sizes %u", group->id);
}

bool sizes_are_recorded(const struct source *source, const struct group *group)
{
	_cleanup_free_ char *section = section_name(group);

	return source_has_section(source, section);
}

static char *begin(struct run *run)
{
	_cleanup_free_ char *section = section_name(run->probe->group);

	if (source_section(run->source, section) == 0)
		return NULL;
	return xstrdup("the capture was recorded without --sizes");
}

static char *explain_limit(const struct bench_limit *limit, const struct memlock *memlock,
			   const char *size)
{
	switch (limit->bound) {
	case BENCH_BY_AVAILABLE:
	case BENCH_BY_GROUP:
		return xasprintf("too little memory is known to be available for one of %s", size);
	case BENCH_BY_MEMLOCK:
		return xasprintf("%s may not be locked: the limit of this process %s", size,
				 memlock->error ? "is not known" : "is lower");
	case BENCH_BY_DEFAULT:
	case BENCH_BY_LIMIT:
	case BENCH_BY_WINDOW:
		break;
	}
	return xasprintf("one has %s, which is more than this test locks", size);
}

/* What may not be pinned is not tried: the kernel would log that. */
static char *check_limits(struct run *run)
{
	struct memlock memlock = { 0 };
	struct bench_limit limit;
	char *reason = NULL;
	struct room room;
	char size[16];

	scan_room(run->source, &room);
	if (!room.transparent)
		return xstrdup("the kernel names no size of transparent huge pages");
	if (room.transparent_never)
		return xstrdup("transparent huge pages are disabled");
	run->probe->sizes.page = room.transparent;
	scan_memlock(run->source, NULL, &memlock);
	limit = plan_limit(run->host->page_size, 0, &room, &memlock);
	if (limit.bytes < room.transparent)
		reason = explain_limit(&limit, &memlock,
				       text_size(size, sizeof(size), room.transparent - 1));
	memlock_clear(&memlock);
	return reason;
}

static char *get_memory(struct run *run)
{
	uint64_t page = run->probe->sizes.page;
	struct source_taking taking;
	int ret = source_memory_take(run->source, SOURCE_PAGES_TRANSPARENT, page, page, &run->huge,
				     &taking);

	return ret < 0 ? xasprintf("cannot allocate memory for it: %s", strerror(-ret)) : NULL;
}

/* Return: NULL with memory in run->huge, or why there is none, new. */
static char *prepare(struct run *run)
{
	const char *refusal = entries_forbidden(run);
	char *reason = refusal ? xstrdup(refusal) : begin(run);

	if (!reason)
		reason = check_limits(run);
	return reason ? reason : get_memory(run);
}

static void count_entries(struct run *run, uint64_t iova, struct entry_sizes *sizes)
{
	const struct group *group = run->probe->group;
	uint64_t page = run->host->page_size;
	uint64_t size = run->probe->sizes.page;
	uint64_t unmapped;
	int ret = vfio_map(run->container, run->huge.address, iova, size);

	if (ret < 0) {
		sizes->reason = xasprintf("VFIO refused to map it: %s", strerror(-ret));
		return;
	}
	source_page_table_sizes(run->source,
				&(struct page_table_mapping){ .group = group->id,
							      .kind = group_iommu_kind(group),
							      .iova = iova,
							      .page_size = page,
							      .n_pages = size / page,
							      .pages = run->huge.address },
				sizes);
	/* Where this fails, closing the container removes it. */
	vfio_unmap(run->container, iova, size, &unmapped);
}

/* Map the memory @offset bytes behind a multiple of @align. */
static void test_at(struct run *run, uint64_t align, uint64_t offset, struct entry_sizes *sizes)
{
	const struct group *group = run->probe->group;
	struct window window;

	window_find(&run->probe->info.ranges, group->regions, group->n_regions,
		    run->host->page_size, align, &window);
	if (window.found)
		count_entries(run, window.range.start + offset, sizes);
	else
		sizes->reason = xstrdup("no allowed range has room for it");
	free(window.fault);
}

int sizes_test(struct run *run)
{
	struct probe *probe = run->probe;

	if (!run->options->sizes)
		return 0;
	probe->sizes.is_asked = true;
	probe->sizes.reason = prepare(run);
	if (probe->sizes.reason)
		return 0;
	entries_announce(run);
	test_at(run, probe->sizes.page, 0, &probe->sizes.aligned);
	test_at(run, 2 * probe->sizes.page, run->host->page_size, &probe->sizes.askew);
	return 0;
}
