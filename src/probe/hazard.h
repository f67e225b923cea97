/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_HAZARD_H
#define VFIODIAG_PROBE_HAZARD_H

#include <stdbool.h>

#include "model/host.h"
#include "model/probe.h"

/**
 * hazard_find() - what makes a live test of @group risky; bits of enum hazard. Pure.
 */
unsigned int hazard_find(const struct host *host, const struct group *group);

/**
 * hazard_kernel_tests_zero() - whether this kernel may map IOVA 0 on its own. Pure.
 *
 * Up to 6.1.8 vfio_test_domain_fgsp() maps two pages at address 0 without a look at reserved
 * regions; fixed by 895c0747f726 in 6.2 and 6.1.9. By version only (kernel_rule()), so "may". A
 * version that can't be read may too.
 */
bool hazard_kernel_tests_zero(const char *release, const char *build);

#endif
