/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings, and what they come to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "compare/internal.h"

/* What a finding of the first side is about, in the numbers of the second. New. */
static char *subject_now(const struct sides *sides, const char *subject)
{
	unsigned int id;
	int end = 0;

	if (sscanf(subject, "group %u%n", &id, &end) != 1 || subject[end])
		return xstrdup(subject);
	for (size_t i = 0; i < sides->n_pairs; i++) {
		const struct pair *pair = &sides->pairs[i];

		if (pair->before && pair->after && pair->before->id == id)
			return xasprintf("group %u", pair->after->id);
	}
	return xstrdup(subject);
}

/* The finding of that kind about that subject, which may be there more than once: the @nth. */
static const struct finding *find(const struct findings *findings, const char *id,
				  const char *subject, size_t nth)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];

		if (strcmp(finding->id, id) == 0 && strcmp(finding->subject, subject) == 0 &&
		    nth-- == 0)
			return finding;
	}
	return NULL;
}

/* How many findings like finding @index stand before it. */
static size_t nth_of(const struct findings *findings, size_t index)
{
	const struct finding *wanted = &findings->finding[index];
	size_t nth = 0;

	for (size_t i = 0; i < index; i++)
		nth += strcmp(findings->finding[i].id, wanted->id) == 0 &&
		       strcmp(findings->finding[i].subject, wanted->subject) == 0;
	return nth;
}

static char *text_of(const struct finding *finding)
{
	return finding ? xasprintf("%s: %s", severity_name(finding->severity), finding->message)
		       : NULL;
}

/* What is all right is no finding to anybody: it says what was looked at. */
static const struct finding *unless_ok(const struct finding *finding)
{
	return finding && finding->severity != SEVERITY_OK ? finding : NULL;
}

static void compare(struct sides *sides, const char *subject, const struct finding *before,
		    const struct finding *after)
{
	const char *id = before ? before->id : after->id;
	_cleanup_free_ char *one = text_of(unless_ok(before));
	_cleanup_free_ char *two = text_of(unless_ok(after));

	changed(sides, AREA_FINDING, subject, id, one, two);
}

void compare_findings(struct sides *sides)
{
	const struct findings *before = &sides->before->findings;
	const struct findings *after = &sides->after->findings;
	struct findings seen = { 0 };

	changed(sides, AREA_FINDING, "host", "verdict", readiness_name(sides->before->readiness),
		readiness_name(sides->after->readiness));
	for (size_t i = 0; i < before->count; i++) {
		const struct finding *one = &before->finding[i];
		_cleanup_free_ char *subject = subject_now(sides, one->subject);
		const struct finding *two = find(after, one->id, subject, nth_of(before, i));

		compare(sides, subject, one, two);
		if (two)
			APPEND(seen.finding, seen.count, *two);
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct finding *two = &after->finding[i];

		if (!find(&seen, two->id, two->subject, nth_of(after, i)))
			compare(sides, two->subject, NULL, two);
	}
	free(seen.finding);
}
