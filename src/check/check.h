/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_CHECK_H
#define VFIODIAG_CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/probe.h"

/*
 * Findings: what facts add up to. Each kind of finding is a struct check in the file of its family,
 * and check.c lists the families; 'explain' and the manual page are made from that table.
 */

/**
 * struct check_input - the facts.
 * @groups: the groups that are asked about
 * @named: somebody named them, and wants to hand out these now
 * @missing: words that stood for a group when it was asked about, and no longer do
 * @memory: bytes of the guest that they are for; 0 where nobody said
 * @memlock: what who starts the guest may lock; NULL where nobody asked
 * @account: as whom that opens device nodes; NULL where nobody asked
 * @probes: live tests of them, where there were any
 * @requirements: what somebody's policy wants of the host's properties
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
 * @title: one line, what is so when it is found
 * @explanation: what it means, why it matters, how to mend it; lines up to 80 columns
 * @run: calls found() for each; knows nothing but the facts
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

/** check_families - all of them, ended by NULL. */
extern const struct check_family *const check_families[];

/** check_find() - the check called @id, or NULL. */
const struct check *check_find(const char *id);

/** check_run() - run all checks of @family. */
void check_run(const struct check_family *family, const struct check_input *input,
	       struct findings *findings);

/** found() - the check that runs has found something. @hint may be NULL. */
void found(struct checker *checker, enum severity severity, const char *subject, const char *hint,
	   const char *format, ...) __attribute__((format(printf, 5, 6)));

/** found_in_group() - the same about a group. */
void found_in_group(struct checker *checker, enum severity severity, const struct group *group,
		    const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
