/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding for a cause, however many devices, groups and checks meet it. */
#include "check/cause.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"

/** enum scope - how far a cause reaches. */
enum scope {
	SCOPE_HOST,    /* it is the host's, and concerns all that is on it */
	SCOPE_GROUP,   /* the same group */
	SCOPE_NO_FIX,  /* the same group, where no fix would be lost */
	SCOPE_DEVICES, /* devices that the finding of the cause names */
	SCOPE_WORDS,   /* the same group, in the same words */
};

/** struct consequence - findings @id tell nothing that the finding @cause does not tell. */
static const struct consequence {
	const char *cause;
	const char *id;
	enum scope scope;
} consequences[] = {
	{ "no-iommu", "device-without-group", SCOPE_HOST },
	{ "no-vfio-container", "node-missing", SCOPE_HOST },
	/* The fix is for the device that was named; the other names any of the group. */
	{ "device-not-bound", "group-not-bound", SCOPE_GROUP },
	/* The device has no driver, and cannot get one as long as another blocks the group. */
	{ "group-not-viable", "device-not-bound", SCOPE_NO_FIX },
	{ "device-behind-endpoint", "device-not-bound", SCOPE_DEVICES },
	{ "device-behind-endpoint", "group-not-viable", SCOPE_DEVICES },
	/* The live test found the group busy, and named the process. */
	{ "live-test-failed", "in-use-process", SCOPE_WORDS },
	/* --require bound repeats what is told of a device that was named. */
	{ "group-not-viable", "bound-required", SCOPE_DEVICES },
	{ "group-not-bound", "bound-required", SCOPE_DEVICES },
	{ "device-not-bound", "bound-required", SCOPE_DEVICES },
	{ "device-behind-endpoint", "bound-required", SCOPE_DEVICES },
	{ "device-without-group", "bound-required", SCOPE_DEVICES },
};

static bool has_all_devices(const struct finding *cause, const struct finding *told)
{
	for (size_t i = 0; i < told->n_devices; i++) {
		if (!finding_has_device(cause, told->devices[i]))
			return false;
	}
	return told->n_devices > 0;
}

static bool is_in_scope(const struct finding *cause, const struct finding *told, enum scope scope)
{
	/* A verdict of the host comes from findings of the host alone. */
	if (scope == SCOPE_HOST || told->group == FINDING_HOST)
		return scope == SCOPE_HOST && cause->group == FINDING_HOST;
	if (scope == SCOPE_DEVICES)
		return has_all_devices(cause, told);
	if (cause->group < 0 || cause->group != told->group)
		return false;
	return scope == SCOPE_NO_FIX  ? !told->hint
	       : scope == SCOPE_WORDS ? strcmp(cause->message, told->message) == 0
				      : true;
}

/* A failure never hides that something is unknown, which may remain once the failure is fixed. */
static bool is_as_severe(const struct finding *cause, const struct finding *told)
{
	return cause->severity == told->severity ||
	       (told->severity != SEVERITY_UNMEASURED &&
		severity_weight(cause->severity) > severity_weight(told->severity));
}

static void adopt_devices(struct finding *finding, const struct finding *other)
{
	for (size_t i = 0; i < other->n_devices; i++)
		finding_device(finding, other->devices[i]);
}

/* A host has few findings @rule->cause, often none, but may have one @rule->id for each group. */
static void apply(const struct consequence *rule, struct findings *findings, bool *is_dropped)
{
	_cleanup_free_ struct finding **causes = NULL;
	size_t n_causes = 0;

	for (size_t i = 0; i < findings->count; i++) {
		if (strcmp(findings->finding[i].id, rule->cause) == 0)
			APPEND(causes, n_causes, &findings->finding[i]);
	}
	for (size_t i = 0; n_causes && i < findings->count; i++) {
		struct finding *told = &findings->finding[i];

		if (strcmp(told->id, rule->id) != 0)
			continue;
		for (size_t c = 0; c < n_causes; c++) {
			if (!is_in_scope(causes[c], told, rule->scope) ||
			    !is_as_severe(causes[c], told))
				continue;
			is_dropped[i] = true;
			if (rule->scope == SCOPE_HOST)
				adopt_devices(causes[c], told);
		}
	}
}

static bool is_same_text(const char *one, const char *two)
{
	return one && two ? strcmp(one, two) == 0 : one == two;
}

/* By its devices a finding of several groups counts for each of them. */
static bool is_same(const struct finding *one, const struct finding *two)
{
	return strcmp(one->id, two->id) == 0 && one->severity == two->severity &&
	       (one->group >= 0 || one->group == FINDING_GROUPS) && two->group >= 0 &&
	       one->n_devices && two->n_devices && !one->n_commands && !two->n_commands &&
	       is_same_text(one->message, two->message) && is_same_text(one->hint, two->hint);
}

/* Checks go through the groups in order, so equal findings are near; comparing all is slow. */
#define NEAR 8

static struct finding *same_before(const struct findings *kept, const struct finding *finding)
{
	for (size_t i = kept->count; i > 0 && kept->count - i < NEAR; i--) {
		if (is_same(&kept->finding[i - 1], finding))
			return &kept->finding[i - 1];
	}
	return NULL;
}

void cause_tell_once(struct findings *findings)
{
	_cleanup_free_ bool *is_dropped = xcalloc(findings->count, sizeof(bool));
	struct findings kept = { 0 };

	for (size_t i = 0; i < COUNT(consequences); i++)
		apply(&consequences[i], findings, is_dropped);
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->finding[i];
		struct finding *same;

		if (is_dropped[i])
			continue;
		same = same_before(&kept, finding);
		if (same) {
			finding_add_group(same, (unsigned int)finding->group);
			adopt_devices(same, finding);
			continue;
		}
		findings_add(&kept, finding);
		*finding = (struct finding){ 0 };
	}
	findings_clear(findings);
	*findings = kept;
}
