/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the commands that check a host: policy options, checks, verdict. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "check/check.h"
#include "check/judge.h"
#include "check/property.h"
#include "cli/cli.h"
#include "cli/policy.h"
#include "guest/fit.h"
#include "guest/guest.h"

const struct policy_arguments policy_default = { .policy = { .fail_on = SEVERITY_FAILURE } };

void policy_ignore(void *options, const char *word)
{
	struct policy *policy = &((struct options *)options)->policy.policy;
	const struct check *check = check_find(word);

	if (!check)
		unknown_word(KNOWN_FINDINGS, "finding", word, " for --ignore");
	APPEND(policy->ignored, policy->n_ignored, check->id);
}

/* Parse PROPERTY=VALUE. Only possible values are accepted: any other would never match. */
static void parse_property(struct policy_arguments *arguments, const char *word, const char *equals)
{
	_cleanup_free_ char *name = xstrndup(word, (size_t)(equals - word));
	const struct property *property = property_find(name);
	struct requirement requirement = { .property = property };
	char *values = NULL;

	if (!property)
		unknown_word(KNOWN_PROPERTIES, "property", name, " for --require");
	for (const char *const *value = property->values; *value; value++) {
		if (strcmp(*value, equals + 1) == 0)
			requirement.value = *value;
	}
	for (const char *const *value = property->values; !requirement.value && *value; value++)
		xappend(&values, "%s%s", values ? ", " : "", *value);
	if (!requirement.value)
		bad_usage("invalid value '%s' for --require: %s is one of %s", word, property->name,
			  values);
	APPEND(arguments->requirements, arguments->n_requirements, requirement);
}

void policy_deny(void *options, const char *word)
{
	struct policy *policy = &((struct options *)options)->policy.policy;
	const struct check *check = check_find(word);

	if (!check)
		unknown_word(KNOWN_FINDINGS, "finding", word, " for --deny");
	APPEND(policy->denied, policy->n_denied, check->id);
}

void policy_require(void *options, const char *word)
{
	struct policy_arguments *arguments = &((struct options *)options)->policy;
	const char *equals = strchr(word, '=');

	if (equals)
		parse_property(arguments, word, equals);
	else if (strcmp(word, "bound") == 0)
		arguments->require_bound = true;
	else if (property_find(word))
		bad_usage("property '%s' requires a value: --require %s=VALUE", word, word);
	else if (check_find(word))
		bad_usage("'%s' for --require is a finding: use --deny %s", word, word);
	else
		unknown_word(KNOWN_PROPERTIES, "property", word, " for --require");
}

void policy_fail_on(void *options, const char *word)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_WARNING,
						    SEVERITY_UNMEASURED, SEVERITY_FAILURE };
	struct policy *policy = &((struct options *)options)->policy.policy;

	for (size_t i = 0; i < COUNT(severities); i++) {
		if (strcmp(severity_name(severities[i]), word) == 0) {
			policy->fail_on = severities[i];
			return;
		}
	}
	bad_usage("unknown severity '%s': use note, warning, unmeasured or failure", word);
}

void policy_clear(struct policy_arguments *arguments)
{
	free(arguments->policy.ignored);
	free(arguments->policy.denied);
	free(arguments->requirements);
}

void cli_select_bound(const struct host *host, bool all, struct selection *selection)
{
	for (size_t i = 0; i < host->n_groups; i++) {
		if (all || group_is_bound(host->groups[i]))
			APPEND(selection->groups, selection->n_groups, host->groups[i]);
	}
}

static void note_absent(const struct check_family *family, struct report *report)
{
	for (size_t i = 0; i < family->n_checks; i++) {
		struct absent absent = { family->checks[i].id, family->checks[i].title };
		bool found = false;

		for (size_t f = 0; f < report->findings.count && !found; f++)
			found = strcmp(report->findings.finding[f].id, absent.id) == 0;
		if (!found)
			APPEND(report->absent, report->n_absent, absent);
	}
}

/** struct guest_fit - the guest of --memory, and how it fits the groups. */
struct guest_fit {
	struct guest guest;
	struct space *spaces;
	struct fit_request request;
	struct fit fit;
};

static void guest_fit_make(const struct report *report, const struct selection *selection,
			   struct guest_fit *guest_fit)
{
	size_t n = selection->n_groups;

	*guest_fit = (struct guest_fit){ .guest.memory = report->memory };
	guest_complete(report->host, &guest_fit->guest);
	guest_fit->spaces = xcalloc(n, sizeof(*guest_fit->spaces));
	for (size_t i = 0; i < n; i++)
		space_make(report->host, selection->groups[i],
			   report_probe(report, selection->groups[i]), &guest_fit->spaces[i]);
	guest_fit->request = (struct fit_request){
		.host = report->host,
		.guest = &guest_fit->guest,
		.spaces = guest_fit->spaces,
		.n_spaces = n,
		.memlock = report->memlock,
	};
	fit_make(&guest_fit->request, &guest_fit->fit);
}

static void run_checks(const struct policy_arguments *arguments, const struct selection *selection,
		       struct report *report)
{
	struct guest_fit guest_fit = { 0 };
	struct check_input input = {
		.host = report->host,
		.groups = selection->groups,
		.n_groups = selection->n_groups,
		.named = report->named,
		.devices = selection->named,
		.n_devices = selection->n_named,
		.require_bound = arguments->require_bound,
		.missing = report->missing,
		.n_missing = report->n_missing,
		.memlock = report->memlock,
		.account = report->account,
		.probes = report->probes,
		.n_probes = report->n_probes,
		.requirements = arguments->requirements,
		.n_requirements = arguments->n_requirements,
	};

	if (report->memory) {
		guest_fit_make(report, selection, &guest_fit);
		input.fit = &guest_fit.fit;
	}
	for (const struct check_family *const *family = check_families; *family; family++) {
		check_run(*family, &input, &report->findings);
		if (check_is_asked(*family, &input))
			note_absent(*family, report);
	}
	judge_lower(&report->findings, &input, arguments->managed);
	fit_clear(&guest_fit.fit);
	for (size_t i = 0; i < guest_fit.request.n_spaces; i++)
		space_clear(&guest_fit.spaces[i]);
	free(guest_fit.spaces);
	for (const struct property *property = properties; property->name; property++) {
		struct property_value value = { property->name, property->value(&input) };

		APPEND(report->properties, report->n_properties, value);
	}
}

/* All that was named; without names, anything. */
static bool is_bound(const struct report *report, const struct selection *selection)
{
	for (size_t i = 0; report->named && i < selection->n_groups; i++) {
		if (!group_is_bound(selection->groups[i]))
			return false;
	}
	for (size_t i = 0; i < report->n_devices; i++) {
		if (!device_is_vfio(report->devices[i]))
			return false;
	}
	return report->named || host_count_bound(report->host);
}

void cli_check(const struct policy_arguments *arguments, const struct selection *selection,
	       struct report *report)
{
	const struct policy *policy = &arguments->policy;

	for (size_t i = 0; i < selection->n_named; i++)
		APPEND(report->devices, report->n_devices, selection->named[i]);
	run_checks(arguments, selection, report);
	report->readiness = judge(&report->findings, policy);
	if (report->readiness == READINESS_READY && !is_bound(report, selection))
		report->readiness = READINESS_NOT_BOUND;
	report->host_readiness = judge_host(&report->findings, policy);
	for (size_t i = 0; i < selection->n_groups; i++) {
		struct subject subject = { .group = selection->groups[i] };

		subject.readiness = judge_group(&report->findings, subject.group, policy);
		APPEND(report->subjects, report->n_subjects, subject);
	}
	for (size_t i = 0; i < selection->n_devices; i++) {
		const struct device *device = selection->devices[i];
		struct subject subject = { .device = device };

		subject.readiness = device->state == STATE_UNKNOWN ? READINESS_UNMEASURED
								   : READINESS_NOT_READY;
		APPEND(report->subjects, report->n_subjects, subject);
	}
}
