/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_INTERNAL_H
#define VFIODIAG_PROBE_INTERNAL_H

#include "probe/buffer.h"
#include "probe/probe.h"
#include "vfio/vfio.h"

/* What a probe and a measurement share: how a group is had, and given back. */

/**
 * struct run - a probe on its way. All that is open is in here, and run_end() closes it.
 * @backend: container type that is wanted; BACKEND_NONE takes type1v2, else type1
 */
struct run {
	struct source *source;
	const struct host *host;
	const struct probe_options *options;
	enum backend backend;
	struct probe *probe;
	struct source_trace *trace;
	struct vfio_container *container;
	struct vfio_group *group;
	struct pages pages;
};

/** step_fn - a step of a probe; negative when it can't go on, and then run->probe->failure says why. */
typedef int (*step_fn)(struct run *);

/** run_begin() - begin a probe of @group. */
void run_begin(struct run *run, const struct group *group);

/** run_steps() - one after the other, until one can't go on. Return: what the last one did. */
int run_steps(struct run *run, const step_fn *steps, size_t n_steps);

/** run_end() - close all that is open; run->probe stays. */
void run_end(struct run *run);

/** run_check_group() - refuse a group that can't be tested, or should not be. Opens nothing. */
int run_check_group(struct run *run);

/** run_open_container() - a container of its own, and which type it gets. */
int run_open_container(struct run *run);

/** run_open_group() - the group, if it is viable. */
int run_open_group(struct run *run);

/** run_attach() - the group into the container, and the container's type set. */
int run_attach(struct run *run);

/** run_read_info() - the allowed ranges and page sizes. */
int run_read_info(struct run *run);

#endif
