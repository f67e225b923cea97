/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_POLICY_H
#define VFIODIAG_CLI_POLICY_H

#include <stdbool.h>

#include "check/judge.h"
#include "check/property.h"
#include "model/report.h"
#include "scan/scan.h"

/**
 * struct policy_arguments - policy options of the command line.
 * @require_bound: each named device has to be bound, or at least one where none was named
 * @managed: devices that are available will be bound by the program that starts the guest
 */
struct policy_arguments {
	struct policy policy;
	struct requirement *requirements;
	size_t n_requirements;
	bool require_bound;
	bool managed;
};

/** policy_default - the policy without options. */
extern const struct policy_arguments policy_default;

/** policy_ignore(), policy_deny(), policy_require(), policy_fail_on() - set an option. */
void policy_ignore(void *options, const char *word);
void policy_deny(void *options, const char *word);
void policy_require(void *options, const char *word);
void policy_fail_on(void *options, const char *word);

/** policy_clear() - free the lists. */
void policy_clear(struct policy_arguments *arguments);

/**
 * cli_select_bound() - select the groups with a device bound to a vfio driver.
 * @all: select every group instead
 */
void cli_select_bound(const struct host *host, bool all, struct selection *selection);

/**
 * cli_check() - run all checks on @selection, and judge.
 * @report: host, probes and the guest are set; findings and verdicts are filled in
 */
void cli_check(const struct policy_arguments *arguments, const struct selection *selection,
	       struct report *report);

#endif
