/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_FACTS_H
#define VFIODIAG_TESTS_FACTS_H

#include "capture.h"

#include "check/check.h"

/*
 * A host that is put together by hand, and what checks find in it.
 */

#define CLASS_NETWORK 0x020000
#define CLASS_STORAGE 0x010802
#define CLASS_DISPLAY 0x030000
#define CLASS_ISA     0x060100
#define CLASS_PORT    0x060400

/** struct facts - up to three groups, of which the first is asked about, with eight devices. */
struct facts {
	struct host host;
	struct group group[3];
	struct group *groups[3];
	struct device device[8];
	struct device *devices[8];
	struct device *members[3][8];
	struct iommu iommus[2];
	struct check_input input;
};

/** facts_begin() - a host with groups 10, 11 and 12, without devices. */
static inline void facts_begin(struct facts *facts)
{
	*facts = (struct facts){ 0 };
	for (unsigned int i = 0; i < 3; i++) {
		facts->group[i].id = 10 + i;
		facts->group[i].devices = facts->members[i];
		facts->groups[i] = &facts->group[i];
	}
	facts->host.has_sysfs = true;
	facts->host.groups = facts->groups;
	facts->host.n_groups = 3;
	facts->host.devices = facts->devices;
	facts->host.iommus = facts->iommus;
	facts->input.host = &facts->host;
	facts->input.groups = facts->groups;
	facts->input.n_groups = 1;
}

/** facts_device() - a PCI device in group 10 + @group. @driver may be NULL. */
static inline struct device *facts_device(struct facts *facts, unsigned int group,
					  const char *address, uint32_t class, const char *driver)
{
	struct device *device = &facts->device[facts->host.n_devices];
	struct group *in = &facts->group[group];

	assert_true(facts->host.n_devices < COUNT(facts->device));
	*device = (struct device){ .address = text(address),
				   .is_pci = true,
				   .class = class,
				   .driver = text(driver),
				   .zpci_pft = ZPCI_NONE,
				   .group = in };
	facts->devices[facts->host.n_devices++] = device;
	in->devices[in->n_devices++] = device;
	return device;
}

/**
 * told() - what the check called @id finds, one a line: "severity subject: message | hint $ command".
 *
 * A subject is the host, a device, or the group that the finding is about.
 */
static inline const char *told(const struct facts *facts, const struct check_family *family,
			       const char *id)
{
	struct findings findings = { 0 };
	const char *lines = "";

	check_run(family, &facts->input, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.finding[i];

		if (strcmp(finding->id, id) != 0)
			continue;
		if (finding->group >= 0)
			assert_string_equal(finding->subject,
					    keep(xasprintf("group %d", (int)finding->group)));
		lines = keep(xasprintf("%s%s %s: %s%s%s", lines, severity_name(finding->severity),
				       finding->subject, finding->message,
				       finding->hint ? " | " : "",
				       finding->hint ? finding->hint : ""));
		for (size_t c = 0; c < finding->n_commands; c++)
			lines = keep(xasprintf("%s $ %s", lines, finding->commands[c].text));
		lines = keep(xasprintf("%s\n", lines));
	}
	findings_clear(&findings);
	return lines;
}

/**
 * assert_asked_only() - that @id tells of each group that was asked about, and of no other.
 * @facts: of which groups 10 and 11 have what it looks for
 */
static inline void assert_asked_only(struct facts *facts, const struct check_family *family,
				     const char *id)
{
	const char *line;

	facts->input.n_groups = 0;
	assert_string_equal(told(facts, family, id), "");
	facts->input.n_groups = 1;
	line = told(facts, family, id);
	assert_non_null(strstr(line, " group 10: "));
	assert_null(strstr(line, " group 11: "));
	facts->input.n_groups = 2;
	line = told(facts, family, id);
	assert_non_null(strstr(line, " group 10: "));
	assert_non_null(strstr(line, " group 11: "));
	facts->input.n_groups = 1;
}

#endif
