/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_STATE_H
#define VFIODIAG_MODEL_STATE_H

#include <stdbool.h>

/**
 * enum device_state - state of a device: what keeps it from being assigned, if anything
 * @STATE_NONE: not judged
 * @STATE_ASSIGNED: a process uses it through VFIO
 * @STATE_KEEP: the host does not run without it
 * @STATE_BLOCKED: something prevents its assignment
 * @STATE_IN_USE: the host uses it, and could stop
 * @STATE_UNKNOWN: something that decides was not seen
 * @STATE_READY: bound to a vfio driver, and nothing is in its way
 * @STATE_BOUND: the same, but who uses it was not seen
 * @STATE_AVAILABLE: by evidence of its class nothing needs it
 *
 * In this order the first that applies is the state.
 */
enum device_state {
	STATE_NONE,
	STATE_ASSIGNED,
	STATE_KEEP,
	STATE_BLOCKED,
	STATE_IN_USE,
	STATE_UNKNOWN,
	STATE_READY,
	STATE_BOUND,
	STATE_AVAILABLE,
	STATE_COUNT,
};

/** state_name() - "assigned", "keep", "blocked", "in-use" …; NULL for STATE_NONE. */
const char *state_name(enum device_state state);

/** state_allows_unbind() - tell whether a command may take the device from its driver. */
static inline bool state_allows_unbind(enum device_state state)
{
	return state == STATE_AVAILABLE;
}

#endif
