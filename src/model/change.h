/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_CHANGE_H
#define VFIODIAG_MODEL_CHANGE_H

#include <stddef.h>
#include <time.h>

#include "model/finding.h"
#include "model/report.h"

/** enum change_kind - kind of change between two scans of a host. */
enum change_kind {
	CHANGE_APPEARED, /* a finding that was not there */
	CHANGE_CLEARED,	 /* a finding that is no longer there */
	CHANGE_VERDICT,	 /* another verdict */
	CHANGE_LOST,	 /* the kernel dropped events: everything was read again */
};

/**
 * struct change - one of them.
 * @finding: borrowed; NULL where it is about none
 * @readiness: the verdict from now on, for CHANGE_VERDICT
 */
struct change {
	enum change_kind kind;
	time_t when;
	const struct finding *finding;
	enum readiness readiness;
};

/** struct changes - any number of changes. */
struct changes {
	struct change *change;
	size_t count;
};

/** change_name() - "appeared", "cleared", "verdict", "lost". */
const char *change_name(enum change_kind kind);

/**
 * changes_find() - which findings are in one of two lists only. Pure.
 * @when: time that is written into each
 *
 * Findings are the same when id, severity, subject and message are. Cleared ones come first. Free
 * changes->change.
 */
void changes_find(const struct findings *before, const struct findings *after, time_t when,
		  struct changes *changes);

#endif
