/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about PCI devices that are in no IOMMU group, or behind an endpoint. */
#include "check/ungrouped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "check/check.h"
#include "check/iommu.h"
#include "model/cmdline.h"

#define CLASS_DISPLAY 0x03
#define VENDOR_INTEL  0x8086

/* How many names a sentence lists; finding->devices has all. */
#define LISTED 8

/*
 * The word of the kernel command line that takes the graphics out of Intel's IOMMU; or NULL. Free
 * it.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), where nothing takes it back: 5.10, 6.1,
 *   6.12, 7.3.
 */
static char *graphics_word(const struct host *host)
{
	return cmdline_effective(host->cmdline, "intel_iommu", "igfx_off", NULL);
}

static bool is_graphics_off(const struct host *host, const struct device *device)
{
	_cleanup_free_ char *word = graphics_word(host);

	return word && device->vendor == VENDOR_INTEL && device->class >> 16 == CLASS_DISPLAY;
}

/*
 * Kernel: drivers/iommu/intel/iommu.c, init_no_remapping_devices(); drivers/iommu/of_iommu.c,
 *   of_iommu_configure(): 5.10, 6.1, 6.12, 7.3.
 */
enum ungrouped ungrouped_cause(const struct host *host, const struct device *device)
{
	if (!host->n_groups)
		return host->groups_errno && host->groups_errno != ENOENT ? UNGROUPED_NOT_SEEN
									  : UNGROUPED_NO_IOMMU;
	if (!host->groups_errno && !host_has_iommu_group(host))
		return UNGROUPED_NO_IOMMU;
	if (device->endpoint)
		return UNGROUPED_ENDPOINT;
	if (host->groups_errno)
		return UNGROUPED_NOT_SEEN;
	if (is_graphics_off(host, device))
		return UNGROUPED_GRAPHICS;
	if (device->host_bridge && device->iommu_map != IOMMU_MAP_PRESENT)
		return UNGROUPED_BUS;
	return UNGROUPED_UNKNOWN;
}

/* Arm's table is there without an SMMU too (found_unused() in check/iommu.c). */
static char *no_iommu_reason(const struct host *host)
{
	if (host->iommu_table && strcmp(host->iommu_table, "IORT") == 0)
		return xstrdup("the kernel uses no IOMMU (the firmware has the table IORT, in "
			       "which one would be described)");
	if (host->iommu_table)
		return xasprintf(
			"the firmware describes an IOMMU (%s), but the kernel does not use it",
			host->iommu_table);
	return xstrdup("the kernel uses no IOMMU");
}

char *ungrouped_reason(const struct host *host, const struct device *device)
{
	_cleanup_free_ char *word = NULL;

	switch (ungrouped_cause(host, device)) {
	case UNGROUPED_NOT_SEEN:
		return xstrdup("the IOMMU groups were not seen");
	case UNGROUPED_NO_IOMMU:
		return no_iommu_reason(host);
	case UNGROUPED_ENDPOINT:
		return xasprintf("it is behind %s, which can only be assigned with all its devices",
				 device->endpoint);
	case UNGROUPED_GRAPHICS:
		word = graphics_word(host);
		return xasprintf("the kernel was booted with %s, which takes the graphics out of "
				 "the IOMMU",
				 word);
	case UNGROUPED_BUS:
		return xasprintf("no IOMMU is in front of its PCI host bridge %s",
				 device->host_bridge);
	default:
		return xstrdup("it is in no IOMMU group, and it is not known why");
	}
}

/* Devices that a finding is about */

/** struct listed - "0001:01:00.0, 0002:01:00.0 and 3 more", of @count devices. */
struct listed {
	char *names;
	const struct device **devices;
	size_t count;
};

static void listed_add(struct listed *listed, const struct device *device)
{
	if (listed->count < LISTED)
		xappend(&listed->names, "%s%s", listed->count ? ", " : "", device->address);
	APPEND(listed->devices, listed->count, device);
}

/* End the list. Return: the words for it. */
static const char *listed_words(struct listed *listed)
{
	if (listed->count > LISTED)
		xappend(&listed->names, " and %zu more", listed->count - LISTED);
	return listed->names;
}

static void listed_end(struct listed *listed, struct finding *finding)
{
	for (size_t i = 0; finding && i < listed->count; i++)
		finding_device(finding, listed->devices[i]->address);
	free(listed->names);
	free(listed->devices);
}

/* A bridge or an IOMMU (AMD's is on PCI) is never assigned, so it needs no group. */
static bool is_end(const struct device *device)
{
	return device->is_pci && !device_is_chipset(device);
}

/* A virtio-iommu is called as its own PCI device is, and is behind none. */
static bool is_unit(const struct host *host, const struct device *device)
{
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (strcmp(host->iommus[i].name, device->address) == 0)
			return true;
	}
	return false;
}

static struct listed list_cause(const struct host *host, enum ungrouped cause)
{
	struct listed listed = { 0 };

	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];

		if (is_end(device) && !device->group && !is_unit(host, device) &&
		    ungrouped_cause(host, device) == cause)
			listed_add(&listed, device);
	}
	return listed;
}

/* Without a PCI or mediated device in a group there is nothing to assign on this host. */
static enum severity severity_on(const struct host *host)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];

		if (device->group && (is_end(device) || device_is_mediated(device)))
			return SEVERITY_NOTE;
	}
	return SEVERITY_FAILURE;
}

static const char *are(const struct listed *listed)
{
	return listed->count == 1 ? "is" : "are";
}

#define DISABLE_VMD "disable VMD in the firmware setup, so that its devices get groups of their own"

/*
 * The advice never assigns an endpoint that the host needs or uses. Without VMD what the host runs
 * from is in the ordinary PCI domain, and keeps only its own group. Of an endpoint that was named
 * itself, the other findings say how it is assigned.
 *
 * Kernel: drivers/pci/controller/Kconfig, VMD: 5.10, 6.1, 6.12, 7.3.
 */
static char *endpoint_fix(const struct host *host, const char *endpoint, bool is_named)
{
	const struct device *device = host_device(host, endpoint);

	if (device && device->state == STATE_KEEP)
		return xasprintf(DISABLE_VMD
				 "; do not assign %s, whose disks the host uses; before "
				 "you disable VMD, check that the host names its disks by "
				 "UUID and not by path, since their PCI addresses change, "
				 "and that no RAID of the firmware is on them",
				 endpoint);
	if (device && device->state == STATE_IN_USE)
		return xasprintf(DISABLE_VMD "; do not assign %s, whose disks the host uses",
				 endpoint);
	return is_named
		       ? xstrdup("to assign single devices, " DISABLE_VMD)
		       : xasprintf("assign %s instead, with all that is behind it, or " DISABLE_VMD,
				   endpoint);
}

/* The fix for @device, by the cause; or NULL. Free it. */
static char *fix_of(const struct host *host, const struct device *device)
{
	switch (ungrouped_cause(host, device)) {
	case UNGROUPED_ENDPOINT:
		return endpoint_fix(host, device->endpoint, false);
	case UNGROUPED_GRAPHICS:
		return xstrdup("remove igfx_off from the kernel command line and reboot");
	case UNGROUPED_BUS:
		return xstrdup(
			"no setting adds an IOMMU: share the device with a guest by virtio, or "
			"use another machine");
	case UNGROUPED_UNKNOWN:
		return xstrdup("look for iommu, dmar and smmu in the kernel log");
	default:
		return NULL; /* no-iommu has it */
	}
}

/* Words for host bridges without an IOMMU. Those of one bridge follow each other in @listed. */
static char *bus_words(const struct listed *listed)
{
	_cleanup_free_ char *names = NULL;
	const char *last = NULL;
	bool was_seen = true;
	size_t count = 0;

	for (size_t i = 0; i < listed->count; i++) {
		const char *name = listed->devices[i]->host_bridge;

		was_seen &= listed->devices[i]->iommu_map == IOMMU_MAP_NONE;
		if (!last || strcmp(last, name) != 0)
			xappend(&names, "%s%s", count++ ? ", " : "", name);
		last = name;
	}
	return xasprintf(": no IOMMU is in front of the PCI host bridge%s %s (%s)",
			 count == 1 ? "" : "s", names,
			 was_seen ? "the device tree has no iommu-map there"
				  : "inferred, since no device there is in a group; the device "
				    "tree was not seen");
}

/* The end of the sentence about devices that are in no group by @cause. Free it. */
static char *cause_words(const struct host *host, enum ungrouped cause, const struct listed *listed)
{
	_cleanup_free_ char *reason = NULL;

	switch (cause) {
	case UNGROUPED_BUS:
		return bus_words(listed);
	case UNGROUPED_UNKNOWN:
		return xstrdup(", and it is not known why");
	default:
		reason = ungrouped_reason(host, listed->devices[0]);
		return xasprintf(": %s", reason);
	}
}

/* One finding for all devices of the host that are in no group by @cause. */
static void find_cause(const struct host *host, struct checker *checker, enum ungrouped cause)
{
	struct listed listed = list_cause(host, cause);
	_cleanup_free_ char *words = NULL;
	_cleanup_free_ char *hint = NULL;
	struct finding *finding = NULL;

	if (listed.count) {
		words = cause_words(host, cause, &listed);
		/* The groups of the host are VFIO's own then: of mediated devices, or no-IOMMU. */
		hint = cause == UNGROUPED_NO_IOMMU ? iommu_fix_words(host)
						   : fix_of(host, listed.devices[0]);
		finding = found(checker, severity_on(host), "host", hint,
				"%s %s in no IOMMU group%s", listed_words(&listed), are(&listed),
				words);
	}
	listed_end(&listed, finding);
}

static void find_named(const struct check_input *input, struct checker *checker,
		       const struct device *device)
{
	bool is_seen = ungrouped_cause(input->host, device) != UNGROUPED_NOT_SEEN;
	_cleanup_free_ char *reason = ungrouped_reason(input->host, device);
	_cleanup_free_ char *fix = fix_of(input->host, device);
	struct finding *finding;

	finding = found(checker, is_seen ? SEVERITY_FAILURE : SEVERITY_UNMEASURED, device->address,
			fix, "%s: %s", is_seen ? "cannot be assigned" : "cannot tell its group",
			reason);
	finding->group = FINDING_DEVICE;
	finding_device(finding, device->address);
}

static void run_ungrouped(const struct check_input *input, struct checker *checker)
{
	static const enum ungrouped causes[] = { UNGROUPED_GRAPHICS, UNGROUPED_BUS,
						 UNGROUPED_NO_IOMMU, UNGROUPED_UNKNOWN };

	for (size_t i = 0; i < input->n_devices; i++) {
		if (!input->devices[i]->group)
			find_named(input, checker, input->devices[i]);
	}
	/* A subject asks nothing about other devices. */
	if (!input->host->n_groups || input->named)
		return;
	for (size_t i = 0; i < COUNT(causes); i++)
		find_cause(input->host, checker, causes[i]);
}

/* A device without a group that was named has a finding of its own. */
static bool is_asked(const struct check_input *input, const struct device *device,
		     const char *endpoint)
{
	const struct device *at = host_device(input->host, endpoint);

	return !input->named || check_has_group(input, device->group) ||
	       (at && check_has_group(input, at->group));
}

/* The devices behind @endpoint, from the one at @first on; those that were named alone, or all. */
static struct listed list_behind(const struct check_input *input, size_t first,
				 const char *endpoint, bool named)
{
	struct listed listed = { 0 };

	for (size_t i = first; i < input->host->n_devices; i++) {
		const struct device *device = input->host->devices[i];

		if (is_end(device) && device->endpoint && strcmp(device->endpoint, endpoint) == 0 &&
		    (!named || (device->group && check_has_device(input, device))))
			listed_add(&listed, device);
	}
	return listed;
}

/*
 * Devices behind @endpoint were named. Their group is not viable since the endpoint has its driver,
 * but to bind the endpoint is the answer to a question about the endpoint.
 */
static void find_named_behind(const struct check_input *input, struct checker *checker,
			      struct listed *listed, const char *endpoint)
{
	const struct device *at = host_device(input->host, endpoint);
	_cleanup_free_ char *hint = endpoint_fix(input->host, endpoint, false);
	struct finding *finding;

	finding = found_in_group(checker, SEVERITY_FAILURE, listed->devices[0]->group, hint,
				 "%s cannot be assigned: %s behind %s (VMD), which can only be "
				 "assigned with all its devices",
				 listed_words(listed), listed->count == 1 ? "it is" : "they are",
				 endpoint);
	if (at && !check_has_device(input, at))
		finding_device(finding, endpoint);
	listed_end(listed, finding);
}

/* List all devices behind @endpoint, from the one at @first on. */
static void find_endpoint(const struct check_input *input, struct checker *checker, size_t first,
			  const char *endpoint)
{
	struct listed named = list_behind(input, first, endpoint, true);
	struct listed listed = list_behind(input, first, endpoint, false);
	_cleanup_free_ char *hint = NULL;
	struct finding *finding = NULL;

	if (named.count) {
		find_named_behind(input, checker, &named, endpoint);
	} else {
		hint = endpoint_fix(input->host, endpoint,
				    check_has_device(input, host_device(input->host, endpoint)));
		finding = found(checker, SEVERITY_NOTE, "host", hint,
				"%s %s behind %s (VMD): only that endpoint can be assigned",
				listed_words(&listed), are(&listed), endpoint);
	}
	listed_end(&listed, finding);
}

static void run_endpoint(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	const char *last = NULL;

	for (size_t i = 0; host->n_groups && i < host->n_devices; i++) {
		const struct device *device = host->devices[i];

		if (!device->endpoint || !is_end(device) ||
		    !is_asked(input, device, device->endpoint))
			continue;
		/* Each endpoint has a domain of its own, by which devices are sorted. */
		if (!last || strcmp(last, device->endpoint) != 0)
			find_endpoint(input, checker, i, device->endpoint);
		last = device->endpoint;
	}
}

static void run_contradiction(const struct group *group, struct checker *checker)
{
	struct listed listed = { 0 };
	struct finding *finding = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i]->group_link)
			listed_add(&listed, group->devices[i]);
	}
	if (listed.count)
		finding = found_in_group(
			checker, SEVERITY_UNMEASURED, group, NULL,
			"cannot tell which devices are in the group: the link "
			"iommu_group of %s names group %s, and the list of the groups "
			"says otherwise",
			listed.devices[0]->address, listed.devices[0]->group_link);
	listed_end(&listed, finding);
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), init_no_remapping_devices():
	 *   5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/of_iommu.c, of_iommu_configure(), of_pci_iommu_init(): 5.10, 6.1,
	 *   6.12, 7.3.
	 */
	{ "device-without-group", "A PCI device is in no IOMMU group",
	  "VFIO assigns a device with its group, so one without a group cannot be assigned\n"
	  "at all. The kernel gives no group to a device that is behind no IOMMU. Known\n"
	  "reasons: igfx_off on the kernel command line disables the IOMMU unit of Intel\n"
	  "graphics, or no IOMMU is in front of the PCI host bridge, which the device tree of\n"
	  "a single-board computer shows. Otherwise the firmware may describe no unit for the\n"
	  "device; the kernel log says so. This is a failure if the device was named or if\n"
	  "no PCI device of the host is in a group, and a note otherwise.\n",
	  .run = run_ungrouped },
	/*
	 * Kernel: drivers/pci/controller/vmd.c, vmd_find_free_domain(); arch/x86/pci/common.c,
	 *   pci_real_dma_dev(): 5.10, 6.1, 6.12.
	 * Kernel: drivers/pci/controller/vmd.c, pci_bus_find_emul_domain_nr();
	 *   arch/x86/pci/common.c, pci_real_dma_dev(): 7.3.
	 * Kernel: drivers/pci/controller/Kconfig, VMD: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "device-behind-endpoint", "Devices are hidden by an endpoint (VMD)",
	  "Intel's Volume Management Device is one endpoint with a PCI domain of its own\n"
	  "(10000 and up), in which its disks are. For the IOMMU all their DMA comes from\n"
	  "that endpoint, so it can be assigned only as a whole. To assign single disks,\n"
	  "disable VMD in the firmware setup: each disk is then in the ordinary PCI domain,\n"
	  "with another address, and in a group of its own where its port has ACS. The\n"
	  "disk that the host runs from stays with the host, and the others can be\n"
	  "assigned. Before that, the host must name its disks by UUID and not by path, and\n"
	  "have no RAID array of the firmware on them, or it may not boot. This is a\n"
	  "failure for a device behind the endpoint that was named, and a note otherwise.\n",
	  .run = run_endpoint },
	/* Kernel: drivers/iommu/iommu.c, iommu_group_add_device(): 5.10, 6.1, 6.12, 7.3. */
	{ "group-contradiction", "Group links and the list of groups contradict each other",
	  "In a running kernel the link iommu_group of a device and the list of devices of\n"
	  "the group agree. In a tree of files (--sysroot) that was copied in part, or while\n"
	  "devices changed, they may not; then it is not known what the group holds.\n",
	  .run_group = run_contradiction },
};

const struct check_family check_family_ungrouped = {
	.name = "devices without a group",
	.checks = checks,
	.n_checks = COUNT(checks),
};
