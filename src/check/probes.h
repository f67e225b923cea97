/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_PROBES_H
#define VFIODIAG_CHECK_PROBES_H

#include "model/finding.h"
#include "model/probe.h"

/** check_probe() - findings from what a probe saw: contradictions, hazards, missing evidence. */
void check_probe(const struct host *host, const struct probe *probe, struct findings *findings);

#endif
