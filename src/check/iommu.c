/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether there is an IOMMU that the kernel uses, and why not. */
#include "check/check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/accident.h"

/* Whether @word stands in the kernel's command line, by itself or before a comma. */
static bool cmdline_has(const struct host *host, const char *word)
{
	size_t len = strlen(word);
	const char *at = host->cmdline;

	while (at && (at = strstr(at, word))) {
		bool begins = at == host->cmdline || at[-1] == ' ';

		if (begins && (!at[len] || at[len] == ' ' || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

/* The word that switches the IOMMU off (kernel-parameters.txt of the kernel), or NULL. */
static const char *switched_off_by(const struct host *host)
{
	static const char *const words[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (cmdline_has(host, words[i]))
			return words[i];
	}
	return NULL;
}

#define NO_GROUPS "there are no IOMMU groups on this host: "

/* What to do where the kernel does not use the IOMMU of this table of the firmware. */
static const char *table_hint(const char *table)
{
	if (strcmp(table, "DMAR") == 0)
		return "add intel_iommu=on to the kernel's command line and reboot";
	if (strcmp(table, "IVRS") == 0)
		return "the kernel uses it unless told not to: look for the reason with dmesg | grep "
		       "-e AMD-Vi -e IVRS, and take amd_iommu and iommu options off the kernel's "
		       "command line";
	if (strcmp(table, "IORT") == 0)
		return "every Arm server has that table, with an SMMU or without; where it has one, "
		       "dmesg | grep -i smmu says why it is not used, and the firmware's setup may "
		       "have it switched off";
	return "modprobe virtio_iommu";
}

static void found_unused_table(const struct host *host, struct checker *checker)
{
	found(checker, SEVERITY_FAILURE, "host", table_hint(host->iommu_table),
	      NO_GROUPS "the firmware describes an IOMMU (%s), but %s", host->iommu_table,
	      host->n_iommus ? "the kernel uses its units for other things than DMA"
			     : "the kernel has registered no unit of it");
}

static void found_nothing_known(const struct host *host, struct checker *checker)
{
	if (!host->has_sysfs)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "there is no sysfs to look at, so nothing is known of an IOMMU");
	else
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "the IOMMU groups could not be read: %s", error_text(host->groups_errno));
}

static void run_no_iommu(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	const char *off = switched_off_by(host);

	if (host->n_groups)
		return;
	if (!host->has_sysfs || (host->groups_errno && host->groups_errno != ENOENT))
		found_nothing_known(host, checker);
	else if (off)
		found(checker, SEVERITY_FAILURE, "host", "take it off there and reboot",
		      NO_GROUPS "'%s' stands on the kernel's command line", off);
	else if (host->iommu_table)
		found_unused_table(host, checker);
	else if (host->iommu_tables_errno)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      NO_GROUPS
		      "the kernel uses no IOMMU, and there are no ACPI tables to say whether "
		      "the machine has one");
	else
		found(checker, SEVERITY_FAILURE, "host",
		      "enable the IOMMU in the firmware's setup (VT-d, AMD-Vi, SMMU); a virtual "
		      "machine needs a virtual one",
		      NO_GROUPS "its firmware describes no IOMMU (there is no DMAR, IVRS, IORT or "
				"VIOT table)");
}

static const struct check checks[] = {
	{ "no-iommu", "The host has no IOMMU groups",
	  "VFIO hands out devices by IOMMU group: without an IOMMU that the kernel uses there\n"
	  "is no group, and no safe pass-through. Reasons, in the order in which they are\n"
	  "looked for: an option on the kernel's command line switches it off; the firmware\n"
	  "describes one and the kernel does not use it (Intel's wants intel_iommu=on on many\n"
	  "distributions); the firmware describes none, since it is switched off in its setup\n"
	  "or the machine has none.\n",
	  run_no_iommu },
};

const struct check_family check_family_iommu = {
	.name = "IOMMU",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
