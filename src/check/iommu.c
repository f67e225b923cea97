/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about the IOMMU itself. */
#include "check/check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

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
		      "the IOMMU groups could not be read: %s", strerror(host->groups_errno));
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

/* Types of the groups' default domains: how the host's own drivers use the IOMMU. */
static void run_domains(const struct check_input *input, struct checker *checker)
{
	size_t identity = 0, lazy = 0, strict = 0;

	for (size_t g = 0; g < input->host->n_groups; g++) {
		const char *type = input->host->groups[g]->type;

		identity += type && strcmp(type, "identity") == 0;
		lazy += type && strcmp(type, "DMA-FQ") == 0;
		strict += type && strcmp(type, "DMA") == 0;
	}
	if (identity)
		found(checker, SEVERITY_OK, "host", NULL,
		      "the host's own drivers bypass the IOMMU in %zu of %zu groups (identity); "
		      "VFIO is not concerned",
		      identity, input->host->n_groups);
	if (lazy)
		found(checker, SEVERITY_OK, "host", NULL,
		      "mappings of the host's own drivers are flushed lazily in %zu of %zu groups "
		      "(DMA-FQ); VFIO is not concerned",
		      lazy, input->host->n_groups);
	if (strict)
		found(checker, SEVERITY_OK, "host", NULL,
		      "mappings of the host's own drivers are flushed at once, or as iommu.strict "
		      "says, in %zu of %zu groups (DMA)",
		      strict, input->host->n_groups);
}

static void run_idle_unit(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	for (size_t i = 0; host->n_groups && i < host->n_iommus; i++) {
		if (!host->iommus[i].n_members)
			found(checker, SEVERITY_NOTE, "host", NULL,
			      "IOMMU unit %s has no device behind it", host->iommus[i].name);
	}
}

/* The narrowest unit behind which a device of the groups in question is. */
static const struct iommu *narrowest(const struct check_input *input)
{
	const struct iommu *found = NULL;

	for (size_t g = 0; g < input->n_groups; g++) {
		for (size_t i = 0; i < input->groups[g]->n_devices; i++) {
			const struct iommu *iommu = input->groups[g]->devices[i]->iommu;
			unsigned int bits = iommu ? iommu_address_bits(iommu) : 0;

			if (bits && (!found || bits < iommu_address_bits(found)))
				found = iommu;
		}
	}
	return found;
}

static void run_width(const struct check_input *input, struct checker *checker)
{
	const struct iommu *iommu = narrowest(input);
	unsigned int cpu = input->host->address_bits;
	unsigned int bits = iommu ? iommu_address_bits(iommu) : 0;
	_cleanup_free_ char *hint = NULL;
	char size[16];

	if (!bits || !cpu)
		return;
	text_size(size, sizeof(size), bits > 63 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
	hint = xasprintf("give guests no more address bits than that: QEMU -cpu "
			 "host,host-phys-bits-limit=%u, libvirt <maxphysaddr mode='passthrough' "
			 "limit='%u'/>",
			 bits, bits);
	if (bits >= cpu)
		found(checker, SEVERITY_OK, "host", NULL,
		      "IOMMU unit %s translates %u bits of address, the CPUs have %u", iommu->name,
		      bits, cpu);
	else
		found(checker, SEVERITY_NOTE, "host", hint,
		      "IOMMU unit %s translates %u bits of address (%s), the CPUs have %u: a guest "
		      "whose firmware puts RAM or a device's BAR above fails with EINVAL",
		      iommu->name, bits, size, cpu);
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
	{ "iommu-domain-type", "How the host's own drivers use the IOMMU",
	  "Each group has a default domain for the host's drivers: translated and flushed at\n"
	  "once (DMA), flushed lazily (DMA-FQ), or not translated at all (identity, by\n"
	  "iommu=pt). VFIO replaces it by a domain of its own while it has the group, so this\n"
	  "is about the host's safety and speed, and never about VFIO's. From Linux 5.15 on DMA\n"
	  "means flushed at once; before, only iommu.strict says.\n",
	  run_domains },
	{ "iommu-unit-idle", "An IOMMU unit has no device behind it",
	  "Firmware describes a unit, and no device that the kernel knows is behind it: often\n"
	  "the unit of a graphics device that is switched off. Devices that you miss may be\n"
	  "behind it.\n",
	  run_idle_unit },
	{ "iommu-narrow", "The IOMMU translates fewer address bits than the CPUs have",
	  "Many Intel client machines have IOMMUs of 39 bits beside CPUs of more. A guest's RAM\n"
	  "and the BARs of its devices must lie below 2^39 (512 GiB) there. Guest firmware that\n"
	  "believes in the CPU's bits puts large BARs at the top of the address space, and\n"
	  "mapping them fails with EINVAL (-22). The width is read from the unit's registers;\n"
	  "the ranges that a live test shows are the kernel's word.\n",
	  run_width },
};

const struct check_family check_family_iommu = {
	.name = "IOMMU",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
