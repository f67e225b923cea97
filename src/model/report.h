/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_REPORT_H
#define VFIODIAG_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/mappings.h"
#include "model/probe.h"

/**
 * enum readiness - verdict of a check.
 * @READINESS_NONE: not asked for (a probe's report)
 * @READINESS_NOT_BOUND: nothing is in the way, but what was asked about is not bound yet
 */
enum readiness {
	READINESS_NONE,
	READINESS_READY,
	READINESS_WARNINGS,
	READINESS_NOT_READY,
	READINESS_UNMEASURED,
	READINESS_NOT_BOUND,
};

/**
 * struct subject - a group that a check looked at, and what came of it.
 * @group: NULL for @device, which is in no group
 * @device: NULL for a group
 * @readiness: READINESS_NONE for a group of which nothing can be assigned
 */
struct subject {
	const struct group *group;
	const struct device *device;
	enum readiness readiness;
};

/** struct property_value - name and value of a property. The strings are constants. */
struct property_value {
	const char *name;
	const char *value;
};

/** struct absent - a finding that was looked for and not found. The strings are constants. */
struct absent {
	const char *id;
	const char *title;
};

/** struct mapped_group - a group, and what was seen of the memory that is mapped for it. */
struct mapped_group {
	const struct group *group;
	struct mappings mappings;
};

/**
 * struct report - all that a view may print.
 * @unbound_groups: groups that --all left out, since no device in them is bound to a vfio driver
 * @subjects: groups that a check looked at
 * @host_readiness: of the host alone: its IOMMU, and VFIO
 * @named: the groups were named on the command line
 * @devices: devices that were named themselves, in a group or not
 * @mapped: groups whose page table was read as a whole; of a capture, and where that was asked for
 * @missing: words that stood for a subject and no longer do
 * @memory: memory of the guest, in bytes; 0 if not given
 * @memlock: and @account: of who starts it; NULL where nobody asked. They are somebody else's
 */
struct report {
	const struct host *host;
	struct probe **probes;
	size_t n_probes;
	size_t unbound_groups;
	struct findings findings;
	enum readiness readiness;
	struct subject *subjects;
	size_t n_subjects;
	enum readiness host_readiness;
	bool named;
	const struct device **devices;
	size_t n_devices;
	struct mapped_group *mapped;
	size_t n_mapped;
	const char **missing;
	size_t n_missing;
	uint64_t memory;
	const struct memlock *memlock;
	const struct account *account;
	struct property_value *properties;
	size_t n_properties;
	struct absent *absent;
	size_t n_absent;
};

/** report_probe() - the live test of @group, or NULL. */
const struct probe *report_probe(const struct report *report, const struct group *group);

/** report_mappings() - what was seen of the memory that is mapped for @group, or NULL. */
const struct mappings *report_mappings(const struct report *report, const struct group *group);

/** report_clear() - free the probes, mappings and findings. The host is borrowed. */
void report_clear(struct report *report);

/** readiness_name() - "ready", "warnings", "not-ready", "unmeasured", "not-bound"; or NULL. */
const char *readiness_name(enum readiness readiness);

/** readiness_status() - the exit status for @readiness. */
int readiness_status(enum readiness readiness);

/**
 * struct view_options - how to print.
 * @color: escape sequences are welcome
 * @verbose: also what is usually not asked for
 * @width: columns of the terminal at which lines are wrapped; 0 for no terminal
 * @expires: from then on it is not to be relied on; 0 for never
 */
struct view_options {
	bool color;
	bool verbose;
	unsigned int width;
	time_t expires;
};

#endif
