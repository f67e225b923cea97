/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about hosts whose kernel uses no IOMMU. */
#include "check/check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/accident.h"
#include "base/count.h"

/* True if @word is on the kernel command line, by itself or before a comma. */
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

/* The option that disables the IOMMU (kernel-parameters.txt of the kernel), or NULL. */
static const char *switched_off_by(const struct host *host)
{
	static const char *const words[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (cmdline_has(host, words[i]))
			return words[i];
	}
	return NULL;
}

#define NO_GROUPS "no IOMMU groups: "

/* Fix where the kernel does not use the IOMMU that this firmware table describes. */
static const char *table_hint(const char *table)
{
	if (strcmp(table, "DMAR") == 0)
		return "add intel_iommu=on to the kernel command line and reboot";
	if (strcmp(table, "IVRS") == 0)
		return "remove amd_iommu and iommu options from the kernel command line, since "
		       "the kernel uses the IOMMU by default; to see the reason: sudo dmesg | "
		       "grep -e AMD-Vi -e IVRS";
	if (strcmp(table, "IORT") == 0)
		return "check whether the firmware setup disables the SMMU (Arm servers without "
		       "one have that table too); to see why it is not used: sudo dmesg | grep -i "
		       "smmu";
	return "sudo modprobe virtio_iommu";
}

static void run_no_iommu(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	const char *off = switched_off_by(host);

	if (host->n_groups)
		return;
	if (!host->has_sysfs)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "sysfs is not available, so it is not known whether there is an IOMMU");
	else if (host->groups_errno == ENODATA)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "the IOMMU groups are not in this tree, so it is not known whether there is "
		      "an IOMMU");
	else if (host->groups_errno && host->groups_errno != ENOENT)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "cannot read the IOMMU groups: %s", error_text(host->groups_errno));
	else if (off)
		found(checker, SEVERITY_FAILURE, "host",
		      "remove the option from the kernel command line and reboot",
		      NO_GROUPS "the kernel was booted with %s", off);
	else if (host->iommu_table)
		found(checker, SEVERITY_FAILURE, "host", table_hint(host->iommu_table),
		      NO_GROUPS "the firmware describes an IOMMU (%s), but %s", host->iommu_table,
		      host->n_iommus ? "the kernel does not use its units for DMA"
				     : "the kernel has registered no unit");
	else if (host->iommu_tables_errno && host->iommu_tables_errno != ENOENT)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      NO_GROUPS
		      "the kernel uses no IOMMU, and whether the firmware describes one is not "
		      "known: its tables were not read");
	else if (host->iommu_tables_errno)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      NO_GROUPS
		      "the kernel uses no IOMMU, and there are no ACPI tables that show whether "
		      "the machine has one");
	else
		found(checker, SEVERITY_FAILURE, "host",
		      "enable the IOMMU in the firmware setup (VT-d, AMD-Vi, SMMU); a virtual "
		      "machine needs a virtual IOMMU",
		      NO_GROUPS
		      "the firmware describes no IOMMU (no DMAR, IVRS, IORT or VIOT table)");
}

static const struct check checks[] = {
	{ "no-iommu", "The host has no IOMMU groups",
	  "VFIO assigns devices by IOMMU group: without an IOMMU that the kernel uses there\n"
	  "is no group, and no safe pass-through. Reasons, in the order in which they are\n"
	  "checked: a kernel command line option disables the IOMMU; the firmware describes\n"
	  "one and the kernel does not use it (Intel's needs intel_iommu=on on many\n"
	  "distributions); the firmware describes none, because it is disabled in the\n"
	  "firmware setup or the machine has none.\n",
	  .run = run_no_iommu },
};

const struct check_family check_family_iommu = {
	.name = "IOMMU",
	.checks = checks,
	.n_checks = COUNT(checks),
};
