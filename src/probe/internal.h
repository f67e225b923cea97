/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_INTERNAL_H
#define VFIODIAG_PROBE_INTERNAL_H

#include "probe/buffer.h"
#include "probe/probe.h"
#include "vfio/vfio.h"

/* Shared by probe and measurement: the steps that open a group, and release it. */

/**
 * struct run - state of a running probe. It holds all that is open, and run_end() closes that.
 * @backend: requested container type; BACKEND_NONE takes type1v2, else type1
 * @huge: a huge page, of which entries are counted
 */
struct run {
	struct source *source;
	const struct host *host;
	const struct probe_options *options;
	enum backend backend;
	struct probe *probe;
	struct source_trace *trace;
	struct source_device *container;
	struct source_device *group;
	struct pages pages;
	struct source_memory huge;
};

/** step_fn - a step of a probe; negative if it cannot go on, as run->probe->failure explains. */
typedef int (*step_fn)(struct run *);

/** run_begin() - begin a probe of @group. */
void run_begin(struct run *run, const struct group *group);

/** run_steps() - run steps until one cannot go on. Return: the result of the last one. */
int run_steps(struct run *run, const step_fn *steps, size_t n_steps);

/** run_end() - close all that is open; run->probe stays. */
void run_end(struct run *run);

/** run_check_group() - refuse a group that cannot be tested, or should not be. Opens nothing. */
int run_check_group(struct run *run);

/** run_open_container() - open a private container, and choose its type. */
int run_open_container(struct run *run);

/** run_open_group() - open the group, if it is viable. */
int run_open_group(struct run *run);

/** run_attach() - put the group into the container, and set the container's type. */
int run_attach(struct run *run);

/** run_read_info() - read the allowed ranges and page sizes. */
int run_read_info(struct run *run);

#endif
