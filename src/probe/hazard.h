/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_HAZARD_H
#define VFIODIAG_PROBE_HAZARD_H

#include "model/host.h"
#include "model/probe.h"

/**
 * hazard_find() - find the risks of a live test of @group; bits of enum hazard. Pure.
 */
unsigned int hazard_find(const struct host *host, const struct group *group);

#endif
