/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_STATE_H
#define VFIODIAG_CHECK_STATE_H

#include "model/host.h"

/**
 * judge_states() - give every device of @host its state and the reason of it. Pure.
 *
 * All facts must have been read before (scan_readiness()). What was judged before is replaced.
 */
void judge_states(struct host *host);

/**
 * state_is_blocked_itself() - tell whether @device, once judged, is blocked for a reason of its own.
 *
 * Return: false also where only other devices of its group block it.
 */
bool state_is_blocked_itself(const struct host *host, const struct device *device);

#endif
