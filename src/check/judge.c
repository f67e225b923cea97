/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "check/cause.h"
#include "check/state.h"

static bool is_listed(const struct finding *finding, const char *const *ids, size_t n_ids)
{
	for (size_t i = 0; i < n_ids; i++) {
		if (strcmp(ids[i], finding->id) == 0)
			return true;
	}
	return false;
}

static enum readiness by_worst(enum severity worst, const struct policy *policy)
{
	if (worst == SEVERITY_FAILURE ||
	    (worst != SEVERITY_OK && severity_weight(worst) >= severity_weight(policy->fail_on)))
		return READINESS_NOT_READY;
	if (worst == SEVERITY_UNMEASURED)
		return READINESS_UNMEASURED;
	return worst == SEVERITY_WARNING ? READINESS_WARNINGS : READINESS_READY;
}

enum readiness judge(struct findings *findings, const struct policy *policy)
{
	struct findings kept = { 0 };

	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->finding[i];

		if (is_listed(finding, policy->ignored, policy->n_ignored))
			continue;
		/* An unmeasured finding stays unmeasured: it may be fine. */
		if ((finding->severity == SEVERITY_NOTE || finding->severity == SEVERITY_WARNING) &&
		    is_listed(finding, policy->denied, policy->n_denied))
			finding->severity = SEVERITY_FAILURE;
		findings_add(&kept, finding);
		*finding = (struct finding){ 0 };
	}
	findings_clear(findings);
	*findings = kept;
	findings_sort(findings);
	/* After the policy: of a cause that is ignored, the consequences are told. */
	cause_tell_once(findings);
	return by_worst(findings->count ? findings->finding[0].severity : SEVERITY_OK, policy);
}

/* Findings that end once the devices of the group are bound. */
static bool is_about_binding(const struct finding *finding)
{
	static const char *const ids[] = { "group-not-viable", "group-not-bound",
					   "device-not-bound" };

	return is_listed(finding, ids, COUNT(ids));
}

/* True if each device of @group is out of the way, or could be bound now. */
static bool is_available(const struct group *group)
{
	bool is_any = false;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device_goes_with_endpoint(device))
			continue;
		is_any |= device->state == STATE_AVAILABLE;
		if (device->state != STATE_AVAILABLE && device->state != STATE_READY &&
		    (device->state != STATE_KEEP || device_blocks_group(device)) &&
		    !device_is_vfio(device))
			return false;
	}
	return is_any;
}

/* A device behind an endpoint does not prevent the endpoint, but cannot be assigned itself. */
static bool is_named_blocked(const struct check_input *input, const struct group *group)
{
	for (size_t i = 0; i < input->n_devices; i++) {
		if (input->devices[i]->group == group && input->devices[i]->state == STATE_BLOCKED)
			return true;
	}
	return false;
}

/* A device beside one that the host uses is no problem unless it was named. */
static bool is_blocked(const struct host *host, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		if (state_is_blocked_itself(host, group->devices[i]))
			return true;
	}
	return false;
}

/* A finding of the host that names devices is about them, such as one that its driver refused. */
static bool is_about_others(const struct finding *finding, const struct check_input *input)
{
	for (size_t i = 0; i < finding->n_devices; i++) {
		const struct device *device = host_device(input->host, finding->devices[i]);

		if (check_has_device(input, device) ||
		    (device && check_has_group(input, device->group)))
			return false;
	}
	return finding->group == FINDING_HOST && finding->n_devices;
}

void judge_lower(struct findings *findings, const struct check_input *input, bool managed)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->finding[i];
		const struct group *group =
			finding->group < 0 ? NULL
					   : host_group(input->host, (unsigned int)finding->group);
		bool is_spared = false;

		if (group && !input->named)
			is_spared = !group_is_bound(group) && !is_blocked(input->host, group);
		else if (group && managed)
			is_spared = is_about_binding(finding) && is_available(group) &&
				    !is_named_blocked(input, group);
		else if (!group && input->named)
			is_spared = is_about_others(finding, input);
		if (is_spared &&
		    severity_weight(finding->severity) > severity_weight(SEVERITY_NOTE))
			finding->severity = SEVERITY_NOTE;
	}
}

enum readiness judge_host(const struct findings *findings, const struct policy *policy)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->finding[i].group == FINDING_HOST)
			return by_worst(findings->finding[i].severity, policy);
	}
	return READINESS_READY;
}

bool judge_is_about(const struct finding *finding, const struct group *group)
{
	for (size_t i = 0; finding->group == FINDING_GROUPS && i < group->n_devices; i++) {
		if (finding_has_device(finding, group->devices[i]->address))
			return true;
	}
	return finding->group == group->id;
}

enum readiness judge_group(const struct findings *findings, const struct group *group,
			   const struct policy *policy)
{
	enum severity worst = SEVERITY_OK;
	enum readiness readiness;

	if (group->n_devices && !group_has_assignable(group) && !group_is_bound(group))
		return READINESS_NONE;
	/* Findings are sorted: the first that concerns the group is its worst. */
	for (size_t i = findings->count; i > 0; i--) {
		const struct finding *finding = &findings->finding[i - 1];

		if (finding->group == FINDING_HOST || judge_is_about(finding, group))
			worst = finding->severity;
	}
	readiness = by_worst(worst, policy);
	return readiness == READINESS_READY && group->n_devices && !group_is_bound(group)
		       ? READINESS_NOT_BOUND
		       : readiness;
}
