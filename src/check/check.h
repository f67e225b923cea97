/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_CHECK_H
#define VFIODIAG_CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/probe.h"

/*
 * Findings are conclusions from facts. Each kind of finding is a struct check in the file of its
 * family, and check.c lists the families; 'explain' and the manual page are made from that table.
 */

/**
 * struct check_input - facts that checks judge.
 * @groups: groups to check
 * @named: the groups were named on the command line, to be assigned now
 * @missing: arguments that named a group once, and no longer do
 * @memory: memory of the guest in bytes; 0 if not given
 * @memlock: locked memory limit of the process that runs the guest; NULL if not asked
 * @account: account that opens the device nodes; NULL if not asked
 * @probes: live tests of the groups, if any
 * @requirements: properties that a policy requires (--require)
 */
struct check_input {
	const struct host *host;
	struct group *const *groups;
	size_t n_groups;
	bool named;
	const char *const *missing;
	size_t n_missing;
	uint64_t memory;
	const struct memlock *memlock;
	const struct account *account;
	struct probe *const *probes;
	size_t n_probes;
	const struct requirement *requirements;
	size_t n_requirements;
};

struct checker;
struct requirement;

/**
 * struct check - a kind of finding.
 * @id: stable short words
 * @title: one line that states the finding
 * @explanation: meaning, consequences and fix; lines up to 80 columns
 * @run: calls found() for each finding, from the facts alone
 */
struct check {
	const char *id;
	const char *title;
	const char *explanation;
	void (*run)(const struct check_input *input, struct checker *checker);
};

/** struct check_family - checks that belong together, in one file. */
struct check_family {
	const char *name;
	const struct check *checks;
	size_t n_checks;
};

extern const struct check_family check_family_groups;
extern const struct check_family check_family_interrupts;
extern const struct check_family check_family_inuse;
extern const struct check_family check_family_iommu;
extern const struct check_family check_family_ism;
extern const struct check_family check_family_limits;
extern const struct check_family check_family_nodes;
extern const struct check_family check_family_outcome;
extern const struct check_family check_family_probes;
extern const struct check_family check_family_process;
extern const struct check_family check_family_regions;
extern const struct check_family check_family_requirements;
extern const struct check_family check_family_units;
extern const struct check_family check_family_vfio;

/** check_families - all families, ended by NULL. */
extern const struct check_family *const check_families[];

/** check_find() - look up the check @id. Return: NULL if there is none. */
const struct check *check_find(const char *id);

/** check_run() - run all checks of @family. */
void check_run(const struct check_family *family, const struct check_input *input,
	       struct findings *findings);

/** found() - report a finding of the running check. @hint may be NULL. */
void found(struct checker *checker, enum severity severity, const char *subject, const char *hint,
	   const char *format, ...) __attribute__((format(printf, 5, 6)));

/** found_in_group() - report a finding about a group. */
void found_in_group(struct checker *checker, enum severity severity, const struct group *group,
		    const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
