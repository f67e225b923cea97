/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_PROPERTY_H
#define VFIODIAG_CHECK_PROPERTY_H

#include "check/check.h"

/**
 * struct property - a question about the host that has one word for an answer.
 * @values: all words that @value gives, ended by NULL; "unknown" where it can't be told
 * @value: the answer. Pure
 *
 * Findings say what is wrong; properties say what is so, for policies (--require) and for programs.
 */
struct property {
	const char *name;
	const char *title;
	const char *const *values;
	const char *(*value)(const struct check_input *input);
};

/** properties - all of them, ended by one without a name. */
extern const struct property properties[];

/** property_find() - the one called @name, or NULL. */
const struct property *property_find(const char *name);

/** struct requirement - @property must be @value, which is one of its values. */
struct requirement {
	const struct property *property;
	const char *value;
};

#endif
