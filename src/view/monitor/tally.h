/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_MONITOR_TALLY_H
#define VFIODIAG_VIEW_MONITOR_TALLY_H

#include <stddef.h>

#include "model/report.h"

/** struct tally_finding - number of findings with that id and severity. */
struct tally_finding {
	const char *id;
	enum severity severity;
	size_t count;
};

/**
 * struct tally - a report in numbers, for formats without room for names.
 * @severities: findings, by severity
 * @subjects: checked groups, by verdict
 * @bound_groups: groups of the host with a device bound to a vfio driver
 * @bound_devices: devices of the host that are bound to a vfio driver
 * @states: devices of the host, by state
 * @findings: by id and severity, worst first, without those that are ok; no more than there are
 *	ids and severities, however many groups there are
 */
struct tally {
	size_t severities[SEVERITY_UNMEASURED + 1];
	size_t subjects[READINESS_NOT_BOUND + 1];
	size_t bound_groups;
	size_t bound_devices;
	size_t states[STATE_COUNT];
	struct tally_finding *findings;
	size_t n_findings;
};

/** tally_severities - severities that report a problem, the least first. */
extern const enum severity tally_severities[4];

/** tally_make() - count what is in @report. */
void tally_make(const struct report *report, struct tally *tally);

/** tally_is_ready() - tell whether the verdict is ready, and there is a device that it is about. */
bool tally_is_ready(const struct report *report, const struct tally *tally);

/** tally_clear() - free the members of @tally. */
void tally_clear(struct tally *tally);

#endif
