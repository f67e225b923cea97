/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_SIZES_H
#define VFIODIAG_PROBE_SIZES_H

#include "probe/internal.h"

/**
 * sizes_test() - map a huge page, aligned and off by a page, and count the entries of each, if that is wanted.
 *
 * A step of a probe, which goes on however it ends: probe->sizes has the reasons.
 * Return: 0.
 */
int sizes_test(struct run *run);

#endif
