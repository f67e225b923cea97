/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_BENCH_H
#define VFIODIAG_PROBE_BENCH_H

#include <stdbool.h>

#include "model/bench.h"
#include "source/source.h"

/**
 * struct bench_options - how to measure.
 * @force: groups with ISM functions too
 * @limit: bytes that may be pinned at once; 0 where nobody said
 * @progress: called before each size, with @context; may be NULL
 */
struct bench_options {
	bool force;
	uint64_t limit;
	void (*progress)(void *context, const struct bench_series *series, uint64_t size);
	void *context;
};

/**
 * bench_prepare() - whether the group may be measured, and how much memory is taken for it.
 *
 * The refusals of probe_run(). Nothing is opened, so the caller can say what is coming.
 * Return: the measurement, never NULL; where it can't go on, bench->probe->failure says why.
 */
struct bench *bench_prepare(struct source *source, struct host *host, const struct group *group,
			    const struct bench_options *options);

/**
 * bench_run() - measure what mapping costs, after bench_prepare() without a failure.
 *
 * In a private container, as probe_run(): memory of each kind of pages is touched, then mapped as one
 * mapping and unmapped again, some rounds for each size. At no time is more than bench->limit
 * mapped. Everything is undone, however the process ends.
 */
void bench_run(struct source *source, const struct host *host, struct bench *bench,
	       const struct bench_options *options);

/** bench_status() - the exit status that @bench stands for. */
int bench_status(const struct bench *bench);

#endif
