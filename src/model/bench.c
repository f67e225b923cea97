/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/bench.h"

#include <stdlib.h>

void bench_free(struct bench *bench)
{
	if (!bench)
		return;
	probe_free(bench->probe);
	for (size_t i = 0; i < bench->n_series; i++) {
		for (size_t n = 0; n < bench->series[i].n_points; n++)
			free(bench->series[i].point[n].entries.reason);
		free(bench->series[i].point);
		free(bench->series[i].reason);
		free(bench->series[i].hint);
	}
	free(bench->series);
	free(bench);
}

const char *bench_pages_name(enum bench_pages pages)
{
	static const char *const names[] = { "base", "transparent", "hugetlb" };

	return names[pages];
}

const char *bench_bound_name(enum bench_bound bound)
{
	static const char *const names[] = { "default",	      "limit",	 "available",
					     "control-group", "memlock", "window" };

	return names[bound];
}

bool bench_is_measured(const struct bench *bench)
{
	for (size_t i = 0; i < bench->n_series; i++) {
		if (bench->series[i].n_points)
			return true;
	}
	return false;
}

double bench_each(uint64_t nanoseconds, uint64_t size, uint64_t unit)
{
	return size ? (double)nanoseconds * (double)unit / (double)size : 0;
}

/* Scale @nanoseconds for @size to @memory; a result beyond the type's range is clamped. */
static uint64_t extend(uint64_t nanoseconds, uint64_t size, uint64_t memory)
{
	double all = bench_each(nanoseconds, size, memory);

	return all < 0x1p63 ? (uint64_t)(all + 0.5) : INT64_MAX;
}

struct bench_estimate bench_estimate(const struct bench_series *series, uint64_t memory)
{
	const struct bench_point *point;

	if (!series->n_points)
		return (struct bench_estimate){ 0 };
	point = &series->point[series->n_points - 1];
	return (struct bench_estimate){
		.known = true,
		.size = point->size,
		.map = extend(point->map.median, point->size, memory),
		.unmap = extend(point->unmap.median, point->size, memory),
		.populate = extend(point->populate, point->size, memory),
	};
}
