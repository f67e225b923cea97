/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/state.h"

#include <stddef.h>

const char *state_name(enum device_state state)
{
	static const char *const names[] = {
		[STATE_NONE] = NULL,
		[STATE_ASSIGNED] = "assigned",
		[STATE_KEEP] = "keep",
		[STATE_BLOCKED] = "blocked",
		[STATE_IN_USE] = "in-use",
		[STATE_UNKNOWN] = "unknown",
		[STATE_READY] = "ready",
		[STATE_BOUND] = "bound",
		[STATE_AVAILABLE] = "available",
	};

	return names[state];
}
