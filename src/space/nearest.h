/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_NEAREST_H
#define VFIODIAG_SPACE_NEAREST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/range.h"

/*
 * Places for a mapping near an address. Pure.
 *
 * @free: ranges of which one must hold all of it, in any order
 * @size: bytes, at least 1
 * @align: what the start must be a multiple of, a power of two
 * @fit: set where there is one
 *
 * Return: whether there is one.
 */

/** nearest_from() - the first place that starts at or above @address. */
bool nearest_from(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		  struct range *fit);

/** nearest_above() - the first place that starts above @address. */
bool nearest_above(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit);

/** nearest_below() - the last place that starts below @address. */
bool nearest_below(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit);

#endif
