/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees of files that were copied in part: what is not there was not copied, for all that is known. */
#include "facts.h"
#include "sysroot.h"

#define XHCI  "pci0000:00/0000:00:14.0"
#define AHCI  "pci0000:00/0000:00:17.0"
#define EMPTY "pci0000:00/0000:00:1a.0"

/* A device without uevent, as tools copy it that read single attributes. @driver may be NULL. */
static void put_attributes(const char *root, const char *directory, const char *id,
			   const char *driver)
{
	put_file(root, path_in(directory, "vendor"), "0x8086\n");
	put_file(root, path_in(directory, "device"), keep(xasprintf("0x%s\n", id)));
	put_file(root, path_in(directory, "class"), "0x0c0330\n");
	put_file(root, path_in(directory, "subsystem_vendor"), "0x1028\n");
	put_file(root, path_in(directory, "subsystem_device"), "0x0871\n");
	put_file(root, path_in(directory, "numa_node"), "1\n");
	if (driver)
		put_link(root, path_in(directory, "driver"),
			 path_in("../../../../bus/pci/drivers", driver));
}

/* Below /sys/devices, with its links to group @group and unit @unit. */
static void put_device(const char *root, const char *path, const char *id, const char *driver,
		       const char *group, const char *unit)
{
	const char *directory = keep(xasprintf("sys/devices/%s", path));

	put_attributes(root, directory, id, driver);
	put_link(root, path_in("sys/bus/pci/devices", text_base_name(path)),
		 keep(xasprintf("../../../devices/%s", path)));
	if (group)
		put_link(root, path_in(directory, "iommu_group"),
			 path_in("../../../kernel/iommu_groups", group));
	if (unit)
		put_link(root, path_in(directory, "iommu"), path_in("../../virtual/iommu", unit));
}

static struct host *scan_tree(const char *root, struct source **source)
{
	struct host *host;

	*source = sysroot_open(root);
	host = scan_host(*source);
	scan_readiness(*source, host);
	return host;
}

static void tree_close(struct host *host, struct source *source)
{
	host_free(host);
	source_close(source);
}

TEST(attributes_stand_in_for_uevent)
{
	const char *root = directory_new();
	const struct device *device;
	struct source *source;
	struct host *host;

	put_device(root, XHCI, "a36d", "xhci_hcd", NULL, NULL);
	host = scan_tree(root, &source);
	device = host_device(host, "0000:00:14.0");
	assert_non_null(device);
	assert_true(device->is_pci);
	assert_int_equal(device->vendor, 0x8086);
	assert_int_equal(device->device, 0xa36d);
	assert_int_equal(device->class, 0x0c0330);
	assert_int_equal(device->subvendor, 0x1028);
	assert_int_equal(device->subdevice, 0x0871);
	assert_int_equal(device->numa_node, 1);
	assert_string_equal(device->driver, "xhci_hcd");
	assert_string_equal(device->bus, "pci");
	assert_int_equal(device->driver_errno, 0);
	tree_close(host, source);
}

/* Without uevent and without links nothing says that there is no driver. */
TEST(no_driver_is_known_by_uevent_or_by_links_that_were_copied)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_device(root, XHCI, "a36d", NULL, NULL, NULL);
	put_device(root, EMPTY, "a36e", NULL, "5", NULL);
	put_pci(root, AHCI, "PCI_CLASS=10601\nPCI_ID=8086:A352\n");
	/* A driver that was copied with all its files has no name here. */
	put_device(root, "pci0000:00/0000:00:1f.3", "a348", NULL, "6", NULL);
	put_directory(root, "sys/devices/pci0000:00/0000:00:1f.3/driver");
	host = scan_tree(root, &source);
	assert_int_equal(host_device(host, "0000:00:14.0")->driver_errno, ENODATA);
	assert_int_equal(host_device(host, "0000:00:1a.0")->driver_errno, 0);
	assert_int_equal(host_device(host, "0000:00:17.0")->driver_errno, 0);
	assert_int_equal(host_device(host, "0000:00:1f.3")->driver_errno, ENODATA);
	tree_close(host, source);
}

TEST(directories_are_devices_as_links_are)
{
	const char *root = directory_new();
	const struct device *device;
	struct source *source;
	struct host *host;

	put_attributes(root, "sys/bus/pci/devices/0000:00:14.0", "a36d", "xhci_hcd");
	put_link(root, "sys/bus/pci/devices/0000:00:14.0/iommu_group",
		 "../../../../kernel/iommu_groups/4");
	put_attributes(root, GROUPS "/5/devices/0000:00:1a.0", "a36e", NULL);
	host = scan_tree(root, &source);
	assert_int_equal(host->n_devices, 2);
	device = host_device(host, "0000:00:14.0");
	assert_non_null(device);
	assert_string_equal(device->driver, "xhci_hcd");
	assert_int_equal(device->group->id, 4);
	device = host_device(host, "0000:00:1a.0");
	assert_non_null(device);
	assert_int_equal(device->group->id, 5);
	tree_close(host, source);
}

TEST(links_name_groups_and_units)
{
	const char *root = directory_new();
	const struct group *group;
	struct source *source;
	struct host *host;

	put_device(root, EMPTY, "a36e", NULL, "12", "dmar1");
	put_device(root, XHCI, "a36d", "xhci_hcd", "7", "dmar0");
	put_device(root, AHCI, "a352", "ahci", "7", "dmar0");
	put_directory(root, "sys/kernel/mm");
	host = scan_tree(root, &source);
	assert_int_equal(host->groups_errno, ENODATA);
	assert_int_equal(host->n_groups, 2);
	assert_int_equal(host->groups[0]->id, 7);
	assert_int_equal(host->groups[1]->id, 12);
	group = host_group(host, 7);
	assert_int_equal(group->n_devices, 2);
	assert_string_equal(group->devices[0]->address, "0000:00:14.0");
	assert_string_equal(group->devices[1]->address, "0000:00:17.0");
	assert_int_equal(group->regions_errno, ENODATA);
	assert_int_equal(host->n_iommus, 2);
	assert_string_equal(group_iommu(group)->name, "dmar0");
	assert_int_equal(group_iommu(group)->kind, IOMMU_INTEL);
	assert_string_equal(group_iommu(host_group(host, 12))->name, "dmar1");
	assert_null(group->devices[0]->group_link);
	tree_close(host, source);
}

/* The directory of the groups was copied, and a group of it was not. */
TEST(a_group_that_is_not_listed_is_there_all_the_same)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_pci(root, XHCI, "DRIVER=xhci_hcd\nPCI_CLASS=C0330\nPCI_ID=8086:A36D\n");
	put_in_group(root, XHCI, 9);
	put_device(root, AHCI, "a352", "ahci", "4", NULL);
	host = scan_tree(root, &source);
	assert_int_equal(host->groups_errno, 0);
	assert_int_equal(host->n_groups, 2);
	assert_int_equal(host->groups[0]->id, 4);
	assert_int_equal(host_device(host, "0000:00:17.0")->group->id, 4);
	assert_int_equal(host_device(host, "0000:00:14.0")->group->id, 9);
	assert_null(host_device(host, "0000:00:14.0")->group_link);
	assert_null(host_device(host, "0000:00:17.0")->group_link);
	tree_close(host, source);
}

TEST(a_contradiction_between_link_and_list_is_kept)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_pci(root, XHCI, "PCI_CLASS=C0330\nPCI_ID=8086:A36D\n");
	put_in_group(root, XHCI, 9);
	put_device(root, AHCI, "a352", "ahci", "4", NULL);
	put_link(root, GROUPS "/9/devices/0000:00:17.0", "../../../../devices/" AHCI);
	put_device(root, EMPTY, "a36e", NULL, "9", NULL);
	host = scan_tree(root, &source);
	/* Listed in 9, and 4 by its link. */
	assert_int_equal(host_device(host, "0000:00:17.0")->group->id, 9);
	assert_string_equal(host_device(host, "0000:00:17.0")->group_link, "4");
	/* In 9 by its link, and not in the list of 9. */
	assert_int_equal(host_device(host, "0000:00:1a.0")->group->id, 9);
	assert_string_equal(host_device(host, "0000:00:1a.0")->group_link, "9");
	assert_null(host_device(host, "0000:00:14.0")->group_link);
	tree_close(host, source);
}

TEST(devices_of_a_group_are_in_order)
{
	static const char *const paths[] = { EMPTY, XHCI, AHCI };
	const char *root = directory_new();
	const struct group *group;
	struct source *source;
	struct host *host;

	for (size_t i = 0; i < COUNT(paths); i++) {
		put_pci(root, paths[i], "PCI_CLASS=C0330\nPCI_ID=8086:A36D\n");
		put_link(root, keep(xasprintf(GROUPS "/4/devices/%s", text_base_name(paths[i]))),
			 keep(xasprintf("../../../../devices/%s", paths[i])));
	}
	host = scan_tree(root, &source);
	group = host_group(host, 4);
	assert_int_equal(group->n_devices, 3);
	assert_string_equal(group->devices[0]->address, "0000:00:14.0");
	assert_string_equal(group->devices[1]->address, "0000:00:17.0");
	assert_string_equal(group->devices[2]->address, "0000:00:1a.0");
	tree_close(host, source);
}

TEST(a_member_is_called_as_its_link_is)
{
	const char *root = directory_new();
	const struct device *device;
	struct source *source;
	struct host *host;

	put_link(root, GROUPS "/4/devices/0000:00:15.0", "/");
	put_link(root, "sys/bus/pci/devices/0000:00:16.0", "/sys/devices");
	host = scan_tree(root, &source);
	device = host_device(host, "0000:00:15.0");
	assert_non_null(device);
	assert_int_equal(device->group->id, 4);
	assert_int_equal(device->driver_errno, ENODATA);
	assert_non_null(host_device(host, "0000:00:16.0"));
	assert_int_equal(host->n_devices, 2);
	tree_close(host, source);
}

/* A host whose kernel uses no IOMMU has units that are none; a tree without their directory says nothing. */
TEST(no_group_is_known_by_no_unit)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_directory(root, "sys/kernel/mm");
	host = scan_tree(root, &source);
	assert_true(host->has_sysfs);
	assert_int_equal(host->groups_errno, ENODATA);
	tree_close(host, source);
	put_directory(root, "sys/class/iommu");
	host = scan_tree(root, &source);
	assert_int_equal(host->iommus_errno, 0);
	assert_int_equal(host->groups_errno, ENOENT);
	tree_close(host, source);
	/* There is a unit: it has groups, which were not copied. */
	put_link(root, "sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	host = scan_tree(root, &source);
	assert_int_equal(host->groups_errno, ENODATA);
	assert_int_equal(host->iommus[0].members_errno, ENOENT);
	tree_close(host, source);
	put_directory(root, "sys/kernel/iommu_groups");
	host = scan_tree(root, &source);
	assert_int_equal(host->groups_errno, 0);
	tree_close(host, source);
}

TEST(tables_are_known_where_there_is_one)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	host = scan_tree(root, &source);
	assert_int_equal(host->iommu_tables_errno, ENODATA);
	tree_close(host, source);
	/* Firmware, and no ACPI. */
	put_directory(root, "sys/firmware/devicetree");
	host = scan_tree(root, &source);
	assert_int_equal(host->iommu_tables_errno, ENOENT);
	tree_close(host, source);
	put_directory(root, "sys/firmware/acpi/tables");
	host = scan_tree(root, &source);
	assert_int_equal(host->iommu_tables_errno, ENODATA);
	tree_close(host, source);
	put_file(root, "sys/firmware/acpi/tables/FACP", "");
	host = scan_tree(root, &source);
	assert_int_equal(host->iommu_tables_errno, 0);
	assert_null(host->iommu_table);
	tree_close(host, source);
}

TEST(nodes_and_modules_are_absent_where_their_directory_is_there)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_directory(root, "sys/kernel");
	host = scan_tree(root, &source);
	assert_int_equal(host->container_errno, ENODATA);
	assert_int_equal(host->modules_errno, ENODATA);
	assert_int_equal(host_node(host, "/dev/iommu")->error, ENODATA);
	tree_close(host, source);
	/* No host has an empty /dev. */
	put_directory(root, "dev");
	host = scan_tree(root, &source);
	assert_int_equal(host->container_errno, ENODATA);
	assert_int_equal(host_node(host, "/dev/iommu")->error, ENODATA);
	tree_close(host, source);
	put_file(root, "dev/null", "");
	host = scan_tree(root, &source);
	assert_int_equal(host->container_errno, 0);
	tree_close(host, source);
	assert_int_equal(unlink(path_in(root, "dev/null")), 0);
	put_directory(root, "sys/module/vfio");
	host = scan_tree(root, &source);
	assert_int_equal(host->container_errno, 0);
	assert_false(host->has_container);
	assert_int_equal(host->modules_errno, 0);
	assert_false(host->has_type1);
	assert_true(host_module(host, "vfio")->loaded);
	assert_int_equal(host_node(host, "/dev/iommu")->error, ENOENT);
	tree_close(host, source);
}

/* A capture holds what the kernel said: there nothing changes. */
TEST(a_capture_says_what_is_absent)
{
	struct source *source = capture_replay(capture_new(""));
	struct host *host = scan_host(source);

	assert_int_equal(host->groups_errno, ENOENT);
	assert_int_equal(host->iommus_errno, 0);
	assert_int_equal(host->iommu_tables_errno, ENOENT);
	assert_int_equal(host->container_errno, 0);
	assert_int_equal(host->modules_errno, 0);
	tree_close(host, source);
}

/* Findings about such trees */

TEST(absence_that_is_not_known_is_not_measured)
{
	struct facts facts;

	facts_begin(&facts);
	facts.host.container_errno = ENODATA;
	assert_string_equal(
		told(&facts, &check_family_vfio, "no-vfio-container"),
		"unmeasured host: /dev is not in this tree, so it is not known whether "
		"/dev/vfio/vfio exists | copy /dev/vfio too, or take a capture of the host with "
		"'vfiodiag collect'\n");
	facts.host.container_errno = EACCES;
	assert_string_equal(told(&facts, &check_family_vfio, "no-vfio-container"), "");
	facts.host.has_container = true;
	facts.host.container_errno = 0;
	facts.host.modules_errno = ENODATA;
	assert_string_equal(told(&facts, &check_family_vfio, "no-vfio-container"), "");
	assert_string_equal(told(&facts, &check_family_vfio, "type1-not-loaded"),
			    "unmeasured host: /sys/module is not in this tree, so it is not known "
			    "whether the module vfio_iommu_type1 is loaded\n");
	facts.host.n_groups = 0;
	facts.host.groups_errno = ENODATA;
	assert_string_equal(told(&facts, &check_family_iommu, "no-iommu"),
			    "unmeasured host: the IOMMU groups are not in this tree, so it is not "
			    "known whether there is an IOMMU\n");
	facts.host.groups_errno = ENOENT;
	facts.host.iommu_tables_errno = ENODATA;
	assert_string_equal(
		told(&facts, &check_family_iommu, "no-iommu"),
		"failure host: no IOMMU groups: the kernel uses no IOMMU, and whether the "
		"firmware describes one is not known: its tables were not read\n");
}

TEST(a_unit_is_idle_where_its_devices_were_listed)
{
	struct facts facts;

	facts_begin(&facts);
	facts.iommus[0].name = text("dmar0");
	facts.iommus[0].members_errno = ENOENT;
	facts.host.n_iommus = 1;
	assert_string_equal(told(&facts, &check_family_units, "iommu-unit-idle"), "");
	facts.iommus[0].members_errno = 0;
	assert_string_equal(told(&facts, &check_family_units, "iommu-unit-idle"),
			    "note host: IOMMU unit dmar0 has no device behind it\n");
}

TEST(a_driver_that_was_not_seen_decides_nothing)
{
	struct facts facts;
	struct device *device;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:1c.0", CLASS_PORT, NULL)->driver_errno = ENODATA;
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "vfio-pci");
	device = facts_device(&facts, 0, "0000:01:00.1", CLASS_NETWORK, NULL);
	assert_string_equal(told(&facts, &check_family_groups, "group-not-viable"), "");
	device->driver_errno = ENODATA;
	assert_string_equal(
		told(&facts, &check_family_groups, "group-not-viable"),
		"unmeasured group 10: cannot tell whether the group is viable: the driver "
		"of 0000:01:00.1 was not seen\n");
	facts.device[1].driver = NULL;
	assert_string_equal(told(&facts, &check_family_groups, "group-not-bound"), "");
	/* One that is seen to be in use decides. */
	facts.device[1].driver = text("e1000e");
	assert_non_null(strstr(told(&facts, &check_family_groups, "group-not-viable"),
			       "failure group 10: not viable: 0000:01:00.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_stand_in_for_uevent),
		cmocka_unit_test(no_driver_is_known_by_uevent_or_by_links_that_were_copied),
		cmocka_unit_test(directories_are_devices_as_links_are),
		cmocka_unit_test(links_name_groups_and_units),
		cmocka_unit_test(a_group_that_is_not_listed_is_there_all_the_same),
		cmocka_unit_test(a_contradiction_between_link_and_list_is_kept),
		cmocka_unit_test(devices_of_a_group_are_in_order),
		cmocka_unit_test(a_member_is_called_as_its_link_is),
		cmocka_unit_test(no_group_is_known_by_no_unit),
		cmocka_unit_test(tables_are_known_where_there_is_one),
		cmocka_unit_test(nodes_and_modules_are_absent_where_their_directory_is_there),
		cmocka_unit_test(a_capture_says_what_is_absent),
		cmocka_unit_test(absence_that_is_not_known_is_not_measured),
		cmocka_unit_test(a_unit_is_idle_where_its_devices_were_listed),
		cmocka_unit_test(a_driver_that_was_not_seen_decides_nothing),
	};

	return UNIT_RUN("trees", tests);
}
