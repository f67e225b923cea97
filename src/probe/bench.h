/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_BENCH_H
#define VFIODIAG_PROBE_BENCH_H

#include <stdbool.h>

#include "model/bench.h"
#include "probe/probe.h"
#include "source/source.h"

/**
 * struct bench_options - options of a measurement.
 * @probe: those of the probe of the same group; @probe.page_table: count entries too, of each size
 * @limit: bytes that may be pinned at once; 0 if not given
 * @progress: called before each size, with @context; may be NULL
 */
struct bench_options {
	struct probe_options probe;
	uint64_t limit;
	void (*progress)(void *context, const struct bench_series *series, uint64_t size);
	void *context;
};

/**
 * bench_prepare() - check that the group may be measured, and find how much memory that takes.
 *
 * Refuses as probe_run() does. Nothing is opened, so the caller can announce the measurement.
 * Return: the measurement, never NULL; if it cannot go on, bench->probe->failure says why.
 */
struct bench *bench_prepare(struct source *source, struct host *host, const struct group *group,
			    const struct bench_options *options);

/**
 * bench_run() - measure the cost of mapping, after bench_prepare() without a failure.
 *
 * In a private container, as probe_run(): memory of each kind of pages is touched, then mapped as
 * one mapping and unmapped again, some rounds for each size. At no time is more than bench->limit
 * mapped. Everything is undone, however the process ends.
 */
void bench_run(struct source *source, const struct host *host, struct bench *bench,
	       const struct bench_options *options);

/** bench_status() - find the exit status for @bench. */
int bench_status(const struct bench *bench);

#endif
