/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about IOMMU groups. */
#include "check/check.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

static void run_not_viable(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		_cleanup_free_ char *names = group_blockers(group);
		_cleanup_free_ char *hint = NULL;

		if (!names)
			continue;
		hint = device_bind_command(group_first_blocker(group));
		found_in_group(checker, SEVERITY_FAILURE, group, hint, "not viable: %s", names);
	}
}

static void run_unbound(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		const struct device *device = group_candidate(group);
		_cleanup_free_ char *hint = NULL;

		if (group_is_bound(group) || group_first_blocker(group) || !device)
			continue;
		hint = device_bind_command(device);
		found_in_group(checker, SEVERITY_FAILURE, group, hint,
			       "no device of it is bound to a vfio driver: %s has no driver",
			       device->address);
	}
}

static void run_noiommu_group(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		if (group->name && strcmp(group->name, "vfio-noiommu") == 0)
			found_in_group(
				checker, SEVERITY_FAILURE, group,
				"enable the IOMMU in the firmware and on the kernel's command "
				"line",
				"it is a no-IOMMU group: nothing protects the host from its "
				"devices");
	}
}

/* Bus and slot of a PCI address, without the function: "0000:03:00". */
static size_t slot_len(const struct device *device)
{
	const char *dot = device->is_pci ? strrchr(device->address, '.') : NULL;

	return dot ? (size_t)(dot - device->address) : 0;
}

static bool same_slot(const struct device *one, const struct device *two)
{
	size_t len = slot_len(one);

	return len && len == slot_len(two) && strncmp(one->address, two->address, len) == 0;
}

/* Functions of one card in other groups: a graphics card's sound function is easily missed. */
static void run_split(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		const struct device *device = group_candidate(group);

		for (size_t i = 0; device && group_is_bound(group) && i < input->host->n_devices;
		     i++) {
			const struct device *other = input->host->devices[i];

			if (other->group && other->group != group && same_slot(device, other) &&
			    !device_is_vfio(other))
				found_in_group(
					checker, SEVERITY_NOTE, group, NULL,
					"%s is another function of the same device, in group %u, "
					"and not bound to a vfio driver",
					other->address, other->group->id);
		}
	}
}

static const struct check checks[] = {
	{ "group-not-viable", "A device of the group is used by the host",
	  "A group is handed out as a whole, since its devices are not kept apart by the\n"
	  "IOMMU. While a driver of the host uses one of them, VFIO refuses all. Bind each to\n"
	  "a vfio driver, or to none. Bridges between buses are excused, and so is pci-stub;\n"
	  "drivers made for VFIO (mlx5_vfio_pci and others) count as vfio drivers.\n",
	  run_not_viable },
	{ "group-not-bound", "No device of the group is bound to a vfio driver",
	  "The node /dev/vfio/GROUP is there only while a vfio driver has a device of the\n"
	  "group. Bind the device with driver_override, as the remedy shows, or for good with\n"
	  "driverctl set-override ADDRESS vfio-pci.\n",
	  run_unbound },
	{ "group-without-iommu", "The group has no IOMMU behind it",
	  "It was made by VFIO's no-IOMMU mode. The devices in it can reach all memory.\n",
	  run_noiommu_group },
	{ "functions-split", "Functions of one device are in several groups",
	  "A card often has several functions, a graphics card one for sound. Guests usually\n"
	  "want all of them, and a driver of the host that keeps one can disturb the other.\n",
	  run_split },
};

const struct check_family check_family_groups = {
	.name = "groups",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
