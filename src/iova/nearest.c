/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iova/nearest.h"

/* The last start at which @size bytes still lie in @range. False where they never do. */
static bool last_start(const struct range *range, uint64_t size, uint64_t *start)
{
	if (range->end - range->start < size - 1)
		return false;
	*start = range->end - (size - 1);
	return true;
}

/* The lowest aligned start in @range from @address on. */
static bool lowest_in(const struct range *range, uint64_t address, uint64_t size, uint64_t align,
		      uint64_t *start)
{
	uint64_t from = range->start > address ? range->start : address;
	uint64_t last;

	if (!last_start(range, size, &last) || __builtin_add_overflow(from, align - 1, start))
		return false;
	*start &= ~(align - 1);
	return *start <= last;
}

/* The highest aligned start in @range below @address. */
static bool highest_in(const struct range *range, uint64_t address, uint64_t size, uint64_t align,
		       uint64_t *start)
{
	if (!address || !last_start(range, size, start))
		return false;
	if (*start >= address)
		*start = address - 1;
	*start &= ~(align - 1);
	return *start >= range->start;
}

static bool nearest(const struct ranges *free, bool is_below, uint64_t address, uint64_t size,
		    uint64_t align, struct range *fit)
{
	bool found = false;

	for (size_t i = 0; i < free->count; i++) {
		const struct range *range = &free->range[i];
		uint64_t start;
		bool fits = is_below ? highest_in(range, address, size, align, &start)
				     : lowest_in(range, address, size, align, &start);

		if (!fits || (found && (is_below ? start <= fit->start : start >= fit->start)))
			continue;
		*fit = (struct range){ start, start + (size - 1) };
		found = true;
	}
	return found;
}

bool nearest_from(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		  struct range *fit)
{
	return nearest(free, false, address, size, align, fit);
}

bool nearest_above(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit)
{
	return address != UINT64_MAX && nearest(free, false, address + 1, size, align, fit);
}

bool nearest_below(const struct ranges *free, uint64_t address, uint64_t size, uint64_t align,
		   struct range *fit)
{
	return nearest(free, true, address, size, align, fit);
}
