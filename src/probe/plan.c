/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/plan.h"

#include <stdlib.h>

#define FIRST_SIZE (UINT64_C(1) << 20)
#define GROWTH	   4

static void take_bound(struct bench_limit *limit, uint64_t bytes, enum bench_bound bound)
{
	if (bytes >= limit->bytes)
		return;
	limit->bytes = bytes;
	limit->bound = bound;
}

struct bench_limit plan_limit(uint64_t page, uint64_t asked, const struct room *room,
			      const struct memlock *memlock)
{
	struct bench_limit limit = { .bytes = asked ? asked : PLAN_LIMIT,
				     .bound = asked ? BENCH_BY_LIMIT : BENCH_BY_DEFAULT };

	take_bound(&limit, room->available / PLAN_SHARE,
		   room->by_group ? BENCH_BY_GROUP : BENCH_BY_AVAILABLE);
	if (!memlock->bypass && !memlock->unlimited)
		take_bound(&limit,
			   memlock->bytes > room->locked ? memlock->bytes - room->locked : 0,
			   BENCH_BY_MEMLOCK);
	limit.bytes &= ~(page - 1);
	return limit;
}

size_t plan_sizes(uint64_t page, uint64_t limit, uint64_t *sizes)
{
	uint64_t size = FIRST_SIZE;
	size_t count = 0;

	while (size < page && size <= UINT64_MAX / GROWTH)
		size *= GROWTH;
	if (size < page || size > limit)
		size = page;
	while (size <= limit && count < PLAN_SIZES) {
		sizes[count++] = size;
		if (size > UINT64_MAX / GROWTH)
			break;
		size *= GROWTH;
	}
	return count;
}

static int compare_durations(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a;
	uint64_t two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

struct spread plan_spread(uint64_t *durations, size_t count)
{
	uint64_t lower, upper;

	qsort(durations, count, sizeof(*durations), compare_durations);
	lower = durations[(count - 1) / 2];
	upper = durations[count / 2];
	return (struct spread){
		.median = lower + (upper - lower) / 2,
		.least = durations[0],
		.most = durations[count - 1],
	};
}
