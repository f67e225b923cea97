/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag check: is this host ready, and if not, what is to be done? */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "check/judge.h"
#include "check/property.h"
#include "cli/cli.h"
#include "model/report.h"
#include "probe/probe.h"
#include "view/view.h"

struct check_arguments {
	struct options common;
	const struct report_format *format;
	struct policy policy;
	struct requirement *requirements;
	size_t n_requirements;
	struct subjects subjects;
	bool probe;
};

enum { KEY_FORMAT = 0x200, KEY_PROBE, KEY_IGNORE, KEY_REQUIRE, KEY_FAIL_ON };

static const struct argp_option check_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (for people) or json (schema vfiodiag/1)", 1 },
	{ "probe", KEY_PROBE, NULL, 0, "Add the live test of each group that is bound", 1 },
	{ "ignore", KEY_IGNORE, "ID", 0, "Leave this finding out (again and again)", 2 },
	{ "require", KEY_REQUIRE, "ID[=VALUE]", 0,
	  "Not ready where there is a finding ID, even a note; or where property ID is not VALUE "
	  "(see 'vfiodiag explain')",
	  2 },
	{ "fail-on", KEY_FAIL_ON, "SEVERITY", 0,
	  "Not ready from this severity on: note, warning, unmeasured or failure", 2 },
	{ 0 },
};

static void parse_ignore(struct policy *policy, const char *word)
{
	const struct check *check = check_find(word);

	if (!check)
		bad_usage("there is no finding '%s' to ignore (see 'vfiodiag explain')", word);
	APPEND(policy->ignored, policy->n_ignored, check->id);
}

static void list_values(const struct property *property, const char *word)
{
	char *values = xstrdup("");

	for (const char *const *value = property->values; *value; value++) {
		char *longer = xasprintf("%s%s%s", values, *values ? ", " : "", *value);

		free(values);
		values = longer;
	}
	bad_usage("'%s' can't be required: %s is one of %s", word, property->name, values);
}

/* PROPERTY=VALUE, in which only words that can come out are taken: others would never hold. */
static void parse_property(struct check_arguments *arguments, const char *word, const char *equals)
{
	_cleanup_free_ char *name = xstrndup(word, (size_t)(equals - word));
	const struct property *property = property_find(name);
	struct requirement requirement = { .property = property };

	if (!property)
		bad_usage("there is no property '%s' to require (see 'vfiodiag explain')", name);
	for (const char *const *value = property->values; *value; value++) {
		if (strcmp(*value, equals + 1) == 0)
			requirement.value = *value;
	}
	if (!requirement.value)
		list_values(property, word);
	APPEND(arguments->requirements, arguments->n_requirements, requirement);
}

static void parse_require(struct check_arguments *arguments, const char *word)
{
	struct policy *policy = &arguments->policy;
	const char *equals = strchr(word, '=');
	const struct check *check = check_find(word);

	if (equals)
		parse_property(arguments, word, equals);
	else if (check)
		APPEND(policy->required, policy->n_required, check->id);
	else if (property_find(word))
		bad_usage("'%s' is a property: say what it must be, --require %s=VALUE", word,
			  word);
	else
		bad_usage("there is nothing called '%s' to require (see 'vfiodiag explain')", word);
}

static enum severity parse_severity(const char *word)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_WARNING,
						    SEVERITY_UNMEASURED, SEVERITY_FAILURE };

	for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++) {
		if (strcmp(severity_name(severities[i]), word) == 0)
			return severities[i];
	}
	bad_usage("unknown severity '%s': use note, warning, unmeasured or failure", word);
}

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	struct check_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = cli_format(arg);
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_IGNORE:
		parse_ignore(&arguments->policy, arg);
		return 0;
	case KEY_REQUIRE:
		parse_require(arguments, arg);
		return 0;
	case KEY_FAIL_ON:
		arguments->policy.fail_on = parse_severity(arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child check_children[] = { { &common_argp, 0, NULL, 0 },
						    { &subject_argp, 0, NULL, 0 },
						    { 0 } };

static const struct argp check_argp = {
	.options = check_argp_options,
	.parser = parse_check,
	.args_doc = "[SUBJECT...]",
	.doc = "Say whether this host, or the groups of the subjects, can be handed out, and what "
	       "to do where not. Reads only; --probe adds the live test. SUBJECT is a group number, a "
	       "PCI address or a network interface; without one, the groups with a device bound to "
	       "a vfio driver are looked at.\vExit status: 0 ready, 1 usable with warnings, 2 not "
	       "ready, 3 could not be measured, 64 wrong command line.",
	.children = check_children,
};

/* Without subjects: what somebody wants to hand out; the rest belongs to the host. */
static void select_groups(const struct host *host, bool all, struct selection *selection)
{
	for (size_t i = 0; i < host->n_groups; i++) {
		if (all || group_is_bound(host->groups[i]))
			APPEND(selection->groups, selection->n_groups, host->groups[i]);
	}
}

static void run_probes(struct source *source, const struct selection *selection,
		       struct report *report)
{
	static const struct probe_options options = { .backend = BACKEND_NONE };

	for (size_t i = 0; i < selection->n_groups && !source_problem(source); i++) {
		struct group *group = selection->groups[i];

		if (group_is_bound(group))
			APPEND(report->probes, report->n_probes,
			       probe_run(source, report->host, group, &options));
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

static void run_checks(const struct check_arguments *arguments, const struct selection *selection,
		       struct report *report)
{
	struct check_input input = {
		.host = report->host,
		.groups = selection->groups,
		.n_groups = selection->n_groups,
		.named = arguments->subjects.n_words > 0,
		.probes = report->probes,
		.n_probes = report->n_probes,
		.requirements = arguments->requirements,
		.n_requirements = arguments->n_requirements,
	};

	for (const struct check_family *const *family = check_families; *family; family++) {
		check_run(*family, &input, &report->findings);
		note_absent(*family, report);
	}
	for (const struct property *property = properties; property->name; property++) {
		struct property_value value = { property->name, property->value(&input) };

		APPEND(report->properties, report->n_properties, value);
	}
}

static void judge_all(const struct selection *selection, const struct policy *policy,
		      struct report *report)
{
	report->readiness = judge(&report->findings, policy);
	for (size_t i = 0; i < selection->n_groups; i++) {
		struct subject subject = { .group = selection->groups[i] };

		subject.readiness = judge_group(&report->findings, subject.group, policy);
		APPEND(report->subjects, report->n_subjects, subject);
	}
}

static int run_check(int argc, char **argv, const struct options *options)
{
	struct check_arguments arguments = { .common = *options,
					     .format = &report_format_text,
					     .policy = { .fail_on = SEVERITY_FAILURE } };
	struct selection selection = { 0 };
	struct view_options view;
	struct report report = { 0 };
	struct source *source;
	struct host *host;
	int status;

	cli_parse(&check_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.probe && arguments.common.sysroot)
		bad_usage("a probe needs a live host or a capture: --sysroot only reads files");
	source = cli_open(&arguments.common);
	host = scan_host(source);
	scan_readiness(source, host);
	report.host = host;
	cli_select(source, host, &arguments.subjects, &selection);
	if (selection.n_devices)
		bad_usage("%s is in no IOMMU group, so it can't be handed out",
			  selection.devices[0]->address);
	if (!arguments.subjects.n_words)
		select_groups(host, arguments.subjects.all, &selection);
	report.named = arguments.subjects.n_words > 0;
	if (arguments.probe)
		run_probes(source, &selection, &report);
	run_checks(&arguments, &selection, &report);
	judge_all(&selection, &arguments.policy, &report);

	status = judge_status(report.readiness);
	view.color = cli_color(&arguments.common);
	view.verbose = arguments.common.verbose;
	if (!source_problem(source))
		arguments.format->write(stdout, &report, &view);
	report_clear(&report);
	free(arguments.policy.ignored);
	free(arguments.policy.required);
	free(arguments.requirements);
	selection_clear(&selection);
	host_free(host);
	return cli_close(source, cli_flush(status));
}

const struct command command_check = {
	.name = "check",
	.summary = "is this host ready, and if not, what is to be done?",
	.run = run_check,
};
