/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_IOVA_NEAREST_H
#define VFIODIAG_IOVA_NEAREST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/range.h"

/*
 * Free places for a mapping near an address. Pure.
 *
 * @free: ranges of which one must hold all of it, in any order
 * @size: bytes, at least 1
 * @align: alignment of the start, a power of two
 * @fit: set if there is a place
 *
 * Return: true if there is a place.
 */

/** nearest_from() - find the first place that starts at or above @address. */
bool nearest_from(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		  struct range *fit);

/** nearest_above() - find the first place that starts above @address. */
bool nearest_above(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit);

/** nearest_below() - find the last place that starts below @address. */
bool nearest_below(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit);

#endif
