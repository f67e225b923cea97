/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/iommu.h"

#include <string.h>

#include "base/alloc.h"

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

/* The word that switches the IOMMU off (Documentation/admin-guide/kernel-parameters.txt), or NULL. */
static const char *switched_off_by(const struct host *host)
{
	static const char *const words[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (cmdline_has(host, words[i]))
			return words[i];
	}
	return NULL;
}

static void add(const struct host *host, struct findings *findings, char *message, const char *hint)
{
	struct finding finding = {
		.id = "no-iommu",
		.severity = SEVERITY_FAILURE,
		.subject = xasprintf("host %s", host->name ? host->name : "of unknown name"),
		.message = message,
		.hint = xstrdup(hint),
	};

	findings_add(findings, &finding);
}

static void add_unused_table(const struct host *host, struct findings *findings)
{
	bool intel = strcmp(host->iommu_table, "DMAR") == 0;

	add(host, findings,
	    xasprintf(
		    "there are no IOMMU groups on this host: the firmware describes an IOMMU (%s), "
		    "but the kernel does not use it",
		    host->iommu_table),
	    intel ? "add intel_iommu=on to the kernel's command line and reboot"
		  : "look for the reason in dmesg: dmesg | grep -i -e iommu -e AMD-Vi -e smmu");
}

void check_iommu(const struct host *host, struct findings *findings)
{
	const char *off = switched_off_by(host);

	if (host->n_groups)
		return;
	if (off)
		add(host, findings,
		    xasprintf("there are no IOMMU groups on this host: '%s' stands on the kernel's "
			      "command line",
			      off),
		    "take it off there and reboot");
	else if (host->iommu_table)
		add_unused_table(host, findings);
	else if (host->iommu_tables_errno)
		add(host, findings,
		    xasprintf(
			    "there are no IOMMU groups on this host, and what its firmware says of "
			    "an IOMMU could not be read"),
		    NULL);
	else
		add(host, findings,
		    xasprintf("there are no IOMMU groups on this host: its firmware describes no "
			      "IOMMU (there is no DMAR, IVRS, IORT or VIOT table)"),
		    "enable the IOMMU in the firmware's setup (VT-d, AMD-Vi, SMMU); a virtual "
		    "machine needs a virtual one");
}
