/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_ACS_H
#define VFIODIAG_CHECK_ACS_H

#include "model/host.h"

/** enum isolation - tells whether the kernel treats a device as isolated by itself. */
enum isolation {
	ISOLATION_UNKNOWN, /* its configuration space was not read */
	ISOLATION_NONE,
	ISOLATION_QUIRK, /* not by its registers, but the kernel has a quirk for it */
	ISOLATION_WHOLE,
};

/**
 * acs_isolation() - judge the isolation of @device itself (ACS), as the kernel does. Pure.
 *
 * A port isolates what is behind it, and a function of a card the other functions. What needs no
 * ACS is isolated: a single function, and an upstream port that is one.
 */
enum isolation acs_isolation(const struct device *device);

#endif
