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
 * @devices: devices that were named themselves, in a group or not
 * @require_bound: they must be bound, or at least one where none was named (--require bound)
 * @missing: arguments that named a group once, and no longer do
 * @fit: the guest, and how it fits the groups; NULL if no guest was given
 * @query: a mapping, and the errno that it failed with; NULL if not asked
 * @memlock: locked memory limit of the process that runs the guest or made the mapping; NULL if not
 *	asked
 * @account: account that opens the device nodes; NULL if not asked
 * @probes: live tests of the groups, if any
 * @requirements: properties that a policy requires (--require)
 */
struct check_input {
	const struct host *host;
	struct group *const *groups;
	size_t n_groups;
	bool named;
	struct device *const *devices;
	size_t n_devices;
	bool require_bound;
	const char *const *missing;
	size_t n_missing;
	const struct fit *fit;
	const struct query *query;
	const struct memlock *memlock;
	const struct account *account;
	struct probe *const *probes;
	size_t n_probes;
	const struct requirement *requirements;
	size_t n_requirements;
};

struct fit;
struct query;
struct requirement;

struct check;

/** struct checker - the running check, what it judges, and the list that takes its findings. */
struct checker {
	const struct check *check;
	const struct check_input *input;
	struct findings *findings;
};

/**
 * struct check - a kind of finding.
 * @id: stable short words
 * @title: one line that states the finding
 * @explanation: meaning, consequences and fix; lines up to 80 columns
 * @run: calls found() for each finding, from the facts alone
 * @run_group: the same, once for each group
 * @run_probe: the same, once for each live test
 */
struct check {
	const char *id;
	const char *title;
	const char *explanation;
	void (*run)(const struct check_input *input, struct checker *checker);
	void (*run_group)(const struct group *group, struct checker *checker);
	void (*run_probe)(const struct probe *probe, struct checker *checker);
};

/**
 * struct check_family - checks that belong together, in one file.
 * @is_asked: whether the input holds what they judge; NULL if it always does
 */
struct check_family {
	const char *name;
	const struct check *checks;
	size_t n_checks;
	bool (*is_asked)(const struct check_input *input);
};

extern const struct check_family check_family_device;
extern const struct check_family check_family_drivers;
extern const struct check_family check_family_groups;
extern const struct check_family check_family_guest;
extern const struct check_family check_family_guest_limits;
extern const struct check_family check_family_interrupts;
extern const struct check_family check_family_inuse;
extern const struct check_family check_family_iommu;
extern const struct check_family check_family_ism;
extern const struct check_family check_family_limits;
extern const struct check_family check_family_mapping;
extern const struct check_family check_family_memlock;
extern const struct check_family check_family_nodes;
extern const struct check_family check_family_outcome;
extern const struct check_family check_family_probes;
extern const struct check_family check_family_process;
extern const struct check_family check_family_regions;
extern const struct check_family check_family_requirements;
extern const struct check_family check_family_states;
extern const struct check_family check_family_superpages;
extern const struct check_family check_family_ungrouped;
extern const struct check_family check_family_units;
extern const struct check_family check_family_vfio;

/** check_families - all families, ended by NULL. */
extern const struct check_family *const check_families[];

/** check_find() - look up the check @id. Return: NULL if there is none. */
const struct check *check_find(const char *id);

/** check_is_asked() - check that @input holds what @family judges. */
bool check_is_asked(const struct check_family *family, const struct check_input *input);

/** check_has_group() - tell whether @group, which may be NULL, is one of those to check. */
bool check_has_group(const struct check_input *input, const struct group *group);

/** check_has_device() - tell whether @device, which may be NULL, was named itself. */
bool check_has_device(const struct check_input *input, const struct device *device);

/** check_is_guest_given() - is_asked of the families that judge a guest. */
bool check_is_guest_given(const struct check_input *input);

/**
 * check_concerns_iommu() - tell whether an IOMMU is behind what is checked.
 *
 * It is not behind mediated devices, and no-IOMMU groups.
 */
bool check_concerns_iommu(const struct check_input *input);

/**
 * device_override_failed() - tell whether @device was meant for a vfio driver (driver_override),
 * and has no driver.
 */
bool device_override_failed(const struct device *device);

/** check_lacks_node() - tell whether @group is bound, but it and its devices have no node. */
bool check_lacks_node(const struct host *host, const struct group *group);

/** check_run() - run all checks of @family, if they are asked. */
void check_run(const struct check_family *family, const struct check_input *input,
	       struct findings *findings);

/**
 * check_guest() - run the checks that decide whether a guest fits.
 *
 * They are all that 'fits' judges, and part of what 'check --memory' does, so both agree.
 */
void check_guest(const struct check_input *input, struct findings *findings);

/**
 * found() - report a finding of the running check. @hint may be NULL.
 *
 * Return: the finding, to add devices, drivers and commands. It is valid until the next is found.
 */
struct finding *found(struct checker *checker, enum severity severity, const char *subject,
		      const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** found_in_group() - report a finding about a group. Return: as found(). */
struct finding *found_in_group(struct checker *checker, enum severity severity,
			       const struct group *group, const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** found_of_all() - name all devices of @group in @finding, so that equal ones can be joined. */
void found_of_all(struct finding *finding, const struct group *group);

#endif
