/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_PROPERTY_H
#define VFIODIAG_CHECK_PROPERTY_H

#include "check/check.h"

/**
 * struct property - a fact about the host that one word expresses.
 * @values: all words that @value returns, ended by NULL; "unknown" if it cannot be told
 * @value: returns the word. Pure
 *
 * Findings report problems; properties report state, for policies (--require) and for programs.
 */
struct property {
	const char *name;
	const char *title;
	const char *const *values;
	const char *(*value)(const struct check_input *input);
};

/** properties - all properties, ended by one without a name. */
extern const struct property properties[];

/** property_find() - look up the property @name. Return: NULL if there is none. */
const struct property *property_find(const char *name);

/** struct requirement - @property must be @value, which is one of its values. */
struct requirement {
	const struct property *property;
	const char *value;
};

#endif
