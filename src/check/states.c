/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about the states of devices: of those that were named, and of those that are bound. */
#include "check/check.h"
#include "check/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "remedy/remedy.h"

/* True if a device of @group was named itself. */
static bool has_named(const struct check_input *input, const struct group *group)
{
	for (size_t i = 0; i < input->n_devices; i++) {
		if (input->devices[i]->group == group)
			return true;
	}
	return false;
}

/* True if a finding @id so far is a failure. */
static bool is_failure(const struct checker *checker, const char *id)
{
	for (size_t i = 0; i < checker->findings->count; i++) {
		const struct finding *finding = &checker->findings->finding[i];

		if (finding->severity == SEVERITY_FAILURE && strcmp(finding->id, id) == 0)
			return true;
	}
	return false;
}

/* True if a finding so far says that @group is not ready. */
static bool is_told(const struct checker *checker, const struct group *group)
{
	for (size_t i = 0; i < checker->findings->count; i++) {
		const struct finding *finding = &checker->findings->finding[i];

		if (finding->severity == SEVERITY_FAILURE && judge_is_about(finding, group))
			return true;
	}
	return false;
}

static const char *reason(const struct device *device)
{
	return device->reason ? device->reason : "not judged";
}

/*
 * A device that blocks its group is in the list of group-not-viable, and group-not-bound names the
 * candidate of a group of which none is bound.
 */
static bool is_told_unbound(const struct device *device)
{
	const struct group *group = device->group;

	return device_blocks_group(device) ||
	       (!group_is_bound(group) && !group_first_blocker(group) &&
		group_candidate(group) == device && !device_is_chipset(device));
}

static void run_not_bound(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < input->n_devices; i++) {
		const struct device *device = input->devices[i];
		_cleanup_free_ char *hint = NULL;
		struct finding *finding;

		if (!device->group || device_is_vfio(device) || is_told_unbound(device))
			continue;
		if (remedy_may_bind(device))
			hint = remedy_bind_words(&device, 1);
		finding = found_in_group(checker, SEVERITY_FAILURE, device->group, hint,
					 "%s is not bound to a vfio driver: %s", device->address,
					 reason(device));
		finding_device(finding, device->address);
		if (hint)
			remedy_bind(finding, &device, 1);
	}
}

/*
 * A PF that is bound to vfio-pci, and has VFs in VMs, is as its owner wants it: only a question about
 * the PF itself is answered with them.
 */
static bool is_in_the_way(const struct check_input *input, const struct device *device)
{
	return device->state == STATE_BLOCKED || device->state == STATE_KEEP ||
	       (device->state == STATE_IN_USE && input->named);
}

/* A cause that blocks every device is a finding of the host. */
static bool is_host_told(const struct checker *checker)
{
	return is_failure(checker, "interrupts-not-isolated") ||
	       is_failure(checker, "no-vfio-container");
}

/* The other checks have told most reasons; this one holds that none is forgotten. */
static void run_blocked(const struct group *group, struct checker *checker)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		struct finding *finding;

		if (!device_is_vfio(device) || !is_in_the_way(checker->input, device) ||
		    is_told(checker, group) || is_host_told(checker))
			continue;
		finding = found_in_group(checker, SEVERITY_FAILURE, group, NULL,
					 "%s cannot be assigned: %s", device->address,
					 reason(device));
		finding_device(finding, device->address);
	}
}

/* A group whose number was given. Of a device that was named, the finding about it says so. */
static void run_nothing_assignable(const struct group *group, struct checker *checker)
{
	const struct check_input *input = checker->input;
	struct finding *finding;

	if (!input->named || has_named(input, group) || !group->n_devices ||
	    group_has_assignable(group) || group_is_bound(group) || is_told(checker, group))
		return;
	finding = found_in_group(checker, SEVERITY_FAILURE, group, NULL,
				 "nothing in it can be assigned: %s is kept by the host (%s)",
				 group->devices[0]->address, reason(group->devices[0]));
	found_of_all(finding, group);
}

/** struct ends - PCI and mediated devices that are no bridges, by whether they are in a group. */
struct ends {
	size_t grouped;
	size_t ungrouped;
	size_t others;
};

static struct ends count_ends(const struct host *host)
{
	struct ends ends = { 0 };

	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];
		bool is_bridge = device_is_chipset(device) && !device_is_vfio(device);
		bool is_assignable = device->is_pci || device_is_mediated(device);

		if (is_bridge)
			continue;
		ends.grouped += is_assignable && device->group;
		ends.ungrouped += device->is_pci && !device->group;
		ends.others += !is_assignable && device->group;
	}
	return ends;
}

/*
 * An IOMMU that translates for bridges alone, or on a board for its own parts alone, assigns
 * nothing. Where there is no PCI, devices on other buses count.
 */
static void run_no_device_in_group(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	struct ends ends = count_ends(host);

	if (!host->n_groups || ends.grouped || (ends.others && !ends.ungrouped) ||
	    is_failure(checker, "device-without-group"))
		return;
	if (ends.ungrouped)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      "no PCI device that could be assigned is in an IOMMU group (%zu %s in none)",
		      ends.ungrouped, ends.ungrouped == 1 ? "is" : "are");
	else
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      "its IOMMU groups contain no device that could be assigned");
}

static void find_unbound(const struct device *device, struct checker *checker)
{
	_cleanup_free_ char *message = xasprintf("%s must be bound to a vfio driver (%s)",
						 device->address,
						 device->driver ? device->driver : "no driver");
	struct finding *finding = device->group ? found_in_group(checker, SEVERITY_FAILURE,
								 device->group, NULL, "%s", message)
						: found(checker, SEVERITY_FAILURE, device->address,
							NULL, "%s", message);

	if (!device->group)
		finding->group = FINDING_DEVICE;
	finding_device(finding, device->address);
}

static void run_required(const struct check_input *input, struct checker *checker)
{
	if (!input->require_bound)
		return;
	if (!input->named && !host_count_bound(input->host))
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      "a device must be bound to a vfio driver, but none is");
	for (size_t i = 0; i < input->n_devices; i++) {
		if (!device_is_vfio(input->devices[i]))
			find_unbound(input->devices[i], checker);
	}
	for (size_t i = 0; input->named && i < input->n_groups; i++) {
		if (!group_is_bound(input->groups[i]) && !has_named(input, input->groups[i]))
			found_in_group(checker, SEVERITY_FAILURE, input->groups[i], NULL,
				       "a device of it must be bound to a vfio driver");
	}
}

static const struct check checks[] = {
	/* Kernel: none, what the host has. */
	{ "no-assignable-device", "No device that could be assigned is in an IOMMU group",
	  "The kernel has IOMMU groups, but the devices in them are bridges and other parts\n"
	  "of the chipset, or parts of a board that are not on PCI. A PCI device that is in\n"
	  "no group cannot be assigned: no IOMMU translates for it.\n",
	  .run = run_no_device_in_group },
	/* Kernel: none, what the host has. */
	{ "nothing-assignable", "Nothing in the named group can be assigned",
	  "All devices of the group are part of the chipset, such as bridges between buses,\n"
	  "or the host does not run without them.\n",
	  .run_group = run_nothing_assignable },
	/*
	 * Kernel: none, a wish of the caller.
	 * libvirt: src/hypervisor/virhostdev.c, virHostdevPreparePCIDevicesImpl(): 11.3.
	 */
	{ "device-not-bound", "A named device is not bound to a vfio driver",
	  "Another device of its group may be bound, and the group viable: that is not\n"
	  "enough. Only a device that is bound itself can be assigned. With --managed it is\n"
	  "enough that the device is available, for programs that bind it themselves\n"
	  "(libvirt with managed='yes'). KubeVirt offers only devices that are bound.\n",
	  .run = run_not_bound },
	/* Kernel: none, the reason is that of the state. */
	{ "device-blocked", "A bound device cannot be assigned",
	  "The device is bound to a vfio driver, but something prevents its assignment.\n",
	  .run_group = run_blocked },
	/* Kernel: none, a wish of the caller. */
	{ "bound-required", "A device that must be bound is not",
	  "--require bound asks that every named device, or without names at least one, is\n"
	  "bound to a vfio driver.\n",
	  .run = run_required },
};

const struct check_family check_family_states = {
	.name = "states",
	.checks = checks,
	.n_checks = COUNT(checks),
};
