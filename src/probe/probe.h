/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_PROBE_H
#define VFIODIAG_PROBE_PROBE_H

#include <stdbool.h>

#include "model/probe.h"
#include "source/source.h"

/**
 * enum page_table_when - when a probe reads the page table of the IOMMU.
 * @PAGE_TABLE_AUTO: where the tracepoints did not decide, and the caller may
 */
enum page_table_when {
	PAGE_TABLE_NEVER,
	PAGE_TABLE_AUTO,
	PAGE_TABLE_ALWAYS,
};

/**
 * struct probe_options - options of a probe.
 * @backend: container type; BACKEND_NONE takes type1v2, else type1
 * @force: probe ISM functions too
 * @sizes: find the sizes of entries that a huge page gets
 * @page_table: when it reads the page table
 * @announce: called before this host's page table is read, with @context; may be NULL
 */
struct probe_options {
	enum backend backend;
	bool force;
	bool sizes;
	enum page_table_when page_table;
	void (*announce)(void *context, const struct group *group);
	void *context;
};

/**
 * probe_run() - make the live test of one group.
 *
 * Sets up a private container, maps two pages in the window, unmaps them, and undoes everything.
 * It changes the group's domain for that time and nothing else: no device is opened or reset.
 * However the process ends, the kernel drops the mappings with the descriptors.
 * Return: the probe, never NULL; if it ended early, probe->failure says why.
 */
struct probe *probe_run(struct source *source, const struct host *host, const struct group *group,
			const struct probe_options *options);

/**
 * probe_ranges() - ask the kernel only for the IOVA space of one group: probe_run() without a map.
 *
 * Sets up a private container (SET_CONTAINER, SET_IOMMU), reads VFIO_IOMMU_GET_INFO and undoes
 * everything. In a capture the answers of any probe of the group serve.
 * Return: the probe, never NULL, of which only the information is filled; where it ended early,
 * probe->failure says why.
 */
struct probe *probe_ranges(struct source *source, const struct host *host,
			   const struct group *group, const struct probe_options *options);

/**
 * probe_is_recorded() - check that the capture holds a test of @group.
 * @backend: the requested container type; BACKEND_NONE if none was requested
 */
bool probe_is_recorded(const struct source *source, const struct group *group,
		       enum backend backend);

/** sizes_are_recorded() - check that the capture holds a test of @group with the entries of a huge page. */
bool sizes_are_recorded(const struct source *source, const struct group *group);

/** probe_status() - find the exit status for @probe. */
int probe_status(const struct probe *probe);

#endif
