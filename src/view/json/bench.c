/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of mapping as JSON, schema vfiodiag/1. */
#include "view/answer.h"

#include "view/json/build.h"

static json_t *each_page(uint64_t nanoseconds, const struct bench_point *point, uint64_t page)
{
	return size((uint64_t)(bench_each(nanoseconds, point->size, page) + 0.5));
}

static json_t *spread_object(const struct spread *spread, const struct bench_point *point,
			     uint64_t page)
{
	json_t *object = json_object();

	set(object, "median_ns", size(spread->median));
	set(object, "least_ns", size(spread->least));
	set(object, "most_ns", size(spread->most));
	set(object, "ns_per_page", each_page(spread->median, point, page));
	return object;
}

static json_t *entries_object(const struct entry_sizes *entries)
{
	json_t *object = json_object();

	set(object, "entries", json_entries(entries->is_known, entries->count));
	set(object, "other", entries->is_known ? size(entries->n_other) : json_null());
	set(object, "reason", text(entries->reason));
	return object;
}

static json_t *point_object(const struct bench_series *series, const struct bench_point *point,
			    bool has_entries)
{
	json_t *populate = json_object();
	json_t *object = json_object();

	set(object, "size", size(point->size));
	set(object, "pages", size(point->size / series->page));
	set(object, "map", spread_object(&point->map, point, series->page));
	set(object, "unmap", spread_object(&point->unmap, point, series->page));
	set(populate, "ns", size(point->populate));
	set(populate, "ns_per_page", each_page(point->populate, point, series->page));
	set(object, "populate", populate);
	set(object, "transparent_bytes",
	    series->pages == BENCH_TRANSPARENT ? size(point->huge) : json_null());
	set(object, "page_table", has_entries ? entries_object(&point->entries) : json_null());
	return object;
}

static json_t *series_object(const struct bench_series *series, uint64_t memory, bool has_entries)
{
	struct bench_estimate estimate = bench_estimate(series, memory);
	json_t *guest = estimate.known ? json_object() : json_null();
	json_t *points = json_array();
	json_t *object = json_object();

	if (estimate.known) {
		set(guest, "pin_ns", size(estimate.map));
		set(guest, "unpin_ns", size(estimate.unmap));
		set(guest, "populate_ns", size(estimate.populate));
		set(guest, "by_size", size(estimate.size));
	}
	for (size_t i = 0; i < series->n_points; i++)
		add(points, point_object(series, &series->point[i], has_entries));
	set(object, "pages", text(bench_pages_name(series->pages)));
	set(object, "page_size", series->page ? size(series->page) : json_null());
	set(object, "points", points);
	set(object, "guest", guest);
	set(object, "reason", text(series->reason));
	set(object, "hint", text(series->hint));
	return object;
}

int write_bench_json(FILE *out, const struct bench_answer *answer,
		     const struct view_options *options)
{
	const struct bench *bench = answer->bench;
	const struct probe *probe = bench->probe;
	json_t *object = json_object();
	json_t *top = json_object();
	json_t *series = json_array();
	json_t *limit = NULL;

	(void)options;
	for (size_t i = 0; i < bench->n_series; i++)
		add(series, series_object(&bench->series[i], answer->memory, bench->has_entries));
	/* The limit is not known where the measurement was refused before. */
	if (bench->n_series) {
		limit = json_object();
		set(limit, "bytes", size(bench->limit.bytes));
		set(limit, "bound_by", text(bench_bound_name(bench->limit.bound)));
		set(limit, "available", size(bench->available));
	}
	set(object, "group", json_integer(probe->group->id));
	set(object, "devices", json_addresses(probe->group));
	set(object, "backend", text(probe->backend ? backend_name(probe->backend) : NULL));
	set(object, "method", text(bench_is_measured(bench) ? "measured" : "none"));
	set(object, "rounds", json_integer(bench->rounds));
	set(object, "limit", limit ? limit : json_null());
	set(object, "window", bench->has_window ? json_range(&bench->window) : json_null());
	set(object, "guest_memory", size(answer->memory));
	set(object, "series", series);
	set(object, "error", json_failure(&probe->failure));
	set(top, "bench", object);
	return json_write(out, answer->host, top);
}
