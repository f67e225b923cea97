/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/change.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

const char *change_name(enum change_kind kind)
{
	static const char *const names[] = { "appeared", "cleared", "verdict", "lost" };

	return names[kind];
}

static bool is_in(const struct findings *findings, const struct finding *finding)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *other = &findings->finding[i];

		if (other->severity == finding->severity && strcmp(other->id, finding->id) == 0 &&
		    strcmp(other->subject, finding->subject) == 0 &&
		    strcmp(other->message, finding->message) == 0)
			return true;
	}
	return false;
}

static void add_missing(const struct findings *here, const struct findings *there,
			struct change change, struct changes *changes)
{
	for (size_t i = 0; i < here->count; i++) {
		if (is_in(there, &here->finding[i]))
			continue;
		change.finding = &here->finding[i];
		APPEND(changes->change, changes->count, change);
	}
}

void changes_find(const struct findings *before, const struct findings *after, time_t when,
		  struct changes *changes)
{
	struct change cleared = { .kind = CHANGE_CLEARED, .when = when };
	struct change appeared = { .kind = CHANGE_APPEARED, .when = when };

	*changes = (struct changes){ 0 };
	add_missing(before, after, cleared, changes);
	add_missing(after, before, appeared, changes);
}
