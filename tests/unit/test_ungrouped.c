/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that cannot be assigned because of where they are: without a group, or behind an endpoint. */
#include "facts.h"
#include "sysroot.h"

#include <linux/pci_regs.h>

#include "check/ungrouped.h"

#define TOLD(facts, id) told(facts, &check_family_ungrouped, id)

#define ADVICE                                                                               \
	"no setting adds an IOMMU: share the device with a guest by virtio, or use another " \
	"machine\n"
#define LOG "look for iommu, dmar and smmu in the kernel log\n"

/* A device in no group. */
static struct device *alone(struct facts *facts, const char *address, uint32_t class,
			    const char *driver)
{
	struct device *device = facts_device(facts, 2, address, class, driver);

	facts->group[2].n_devices = 0;
	device->group = NULL;
	return device;
}

static void assert_reason(const struct facts *facts, const struct device *device, const char *words)
{
	char *reason = ungrouped_reason(&facts->host, device);

	assert_string_equal(reason, words);
	free(reason);
}

TEST(the_graphics_is_out_by_igfx_off)
{
	struct facts facts;
	struct device *graphics, *other;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "e1000e");
	graphics = alone(&facts, "0000:00:02.0", CLASS_DISPLAY, "i915");
	graphics->vendor = 0x8086;
	facts.host.cmdline = text("root=/dev/sda1 intel_iommu=on,igfx_off quiet");
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"note host: 0000:00:02.0 is in no IOMMU group: the kernel was booted with "
		"intel_iommu=on,igfx_off, which takes the graphics out of the IOMMU | "
		"remove igfx_off from the kernel command line and reboot\n");
	assert_reason(
		&facts, graphics,
		"the kernel was booted with intel_iommu=on,igfx_off, which takes the graphics "
		"out of the IOMMU");
	/* Others are not concerned: a card, or no graphics. */
	other = alone(&facts, "0000:02:00.0", CLASS_DISPLAY, "nouveau");
	other->vendor = 0x10de;
	assert_int_equal(ungrouped_cause(&facts.host, other), UNGROUPED_UNKNOWN);
	other = alone(&facts, "0000:00:1f.6", CLASS_NETWORK, "e1000e");
	other->vendor = 0x8086;
	assert_int_equal(ungrouped_cause(&facts.host, other), UNGROUPED_UNKNOWN);
}

TEST(igfx_off_is_an_option_of_intel_iommu)
{
	static const struct {
		const char *cmdline;
		enum ungrouped cause;
	} cases[] = {
		{ "intel_iommu=igfx_off", UNGROUPED_GRAPHICS },
		{ "intel_iommu=on,igfx_off,sp_off", UNGROUPED_GRAPHICS },
		{ "intel_iommu=on intel_iommu=igfx_off", UNGROUPED_GRAPHICS },
		{ "intel_iommu=on", UNGROUPED_UNKNOWN },
		/* The kernel compares the first letters. */
		{ "intel_iommu=on,igfx_offs", UNGROUPED_GRAPHICS },
		{ "intel-iommu=on,igfx_off", UNGROUPED_GRAPHICS },
		{ "intel_iommu=igfx_off intel_iommu=on", UNGROUPED_GRAPHICS },
		{ "intel_iommu=on,xigfx_off", UNGROUPED_UNKNOWN },
		{ "intel_iommu=on igfx_off", UNGROUPED_UNKNOWN },
		{ "xintel_iommu=igfx_off", UNGROUPED_UNKNOWN },
		{ "intel_iommu=", UNGROUPED_UNKNOWN },
		{ "", UNGROUPED_UNKNOWN },
		{ NULL, UNGROUPED_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts facts;
		struct device *graphics;

		facts_begin(&facts);
		graphics = alone(&facts, "0000:00:02.0", CLASS_DISPLAY, "i915");
		graphics->vendor = 0x8086;
		facts.host.cmdline = text(cases[i].cmdline);
		if (ungrouped_cause(&facts.host, graphics) != cases[i].cause)
			fail_msg("%s", cases[i].cmdline);
	}
}

static struct device *on_bridge(struct facts *facts, const char *address, const char *bridge,
				enum iommu_map map)
{
	struct device *device = alone(facts, address, CLASS_NETWORK, NULL);

	device->host_bridge = text(bridge);
	device->iommu_map = map;
	return device;
}

/* A single-board computer has IOMMUs, and none of them is in front of PCI. */
TEST(a_bus_without_an_iommu_is_one_cause)
{
	struct facts facts;
	struct device *first;

	facts_begin(&facts);
	facts_device(&facts, 0, "axi:gpu", 0, "vc4-drm")->is_pci = false;
	first = on_bridge(&facts, "0001:01:00.0", "1000110000.pcie", IOMMU_MAP_NONE);
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"failure host: 0001:01:00.0 is in no IOMMU group: no IOMMU is in front of "
		"the PCI host bridge 1000110000.pcie (the device tree has no iommu-map "
		"there) | " ADVICE);
	assert_reason(&facts, first, "no IOMMU is in front of its PCI host bridge 1000110000.pcie");
	on_bridge(&facts, "0002:01:00.0", "1000120000.pcie", IOMMU_MAP_UNSEEN);
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"failure host: 0001:01:00.0, 0002:01:00.0 are in no IOMMU group: no IOMMU "
		"is in front of the PCI host bridges 1000110000.pcie, 1000120000.pcie "
		"(inferred, since no device there is in a group; the device tree was not "
		"seen) | " ADVICE);
}

/* An IOMMU is in front of the bus, so something else is the matter. */
TEST(a_bus_with_an_iommu_is_no_cause)
{
	struct facts facts;
	struct device *device;

	facts_begin(&facts);
	device = on_bridge(&facts, "0001:01:00.0", "1000110000.pcie", IOMMU_MAP_PRESENT);
	assert_int_equal(ungrouped_cause(&facts.host, device), UNGROUPED_UNKNOWN);
	device->iommu_map = IOMMU_MAP_UNSEEN;
	assert_int_equal(ungrouped_cause(&facts.host, device), UNGROUPED_BUS);
}

TEST(a_cause_that_is_not_known_is_not_made_up)
{
	struct facts facts;
	struct device *device;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, NULL);
	device = alone(&facts, "0000:02:00.0", CLASS_NETWORK, "igb");
	alone(&facts, "0000:00:1c.0", CLASS_PORT, "pcieport");
	/* AMD's IOMMU itself. */
	alone(&facts, "0000:00:00.2", 0x080600, NULL);
	/* A virtio-iommu. */
	alone(&facts, "0000:00:01.0", 0xff0000, "virtio-pci");
	facts.iommus[0].name = text("0000:00:01.0");
	facts.host.n_iommus = 1;
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"note host: 0000:02:00.0 is in no IOMMU group, and it is not known why | " LOG);
	/* Groups that were named are about other devices. */
	facts.input.named = true;
	assert_string_equal(TOLD(&facts, "device-without-group"), "");
	facts.input.named = false;
	/* In a tree that lacks the groups, links name some of them. */
	facts.host.groups_errno = ENODATA;
	assert_string_equal(TOLD(&facts, "device-without-group"), "");
	assert_reason(&facts, device, "the IOMMU groups were not seen");
}

/* no-iommu says it for the whole host. */
TEST(a_host_without_groups_is_another_matter)
{
	struct facts facts;
	struct device *device;

	facts_begin(&facts);
	device = alone(&facts, "0000:02:00.0", CLASS_NETWORK, "igb");
	facts.host.n_groups = 0;
	facts.host.groups_errno = ENOENT;
	assert_string_equal(TOLD(&facts, "device-without-group"), "");
	assert_reason(&facts, device, "the kernel uses no IOMMU");
	facts.host.iommu_table = text("IORT");
	assert_reason(
		&facts, device,
		"the kernel uses no IOMMU (the firmware has the table IORT, in which one would "
		"be described)");
	facts.host.groups_errno = EACCES;
	assert_reason(&facts, device, "the IOMMU groups were not seen");
}

TEST(many_devices_are_counted)
{
	struct device devices[10] = { 0 };
	struct device *pointers[10];
	struct facts facts;
	struct findings findings = { 0 };

	facts_begin(&facts);
	for (unsigned int i = 0; i < COUNT(devices); i++) {
		devices[i].address = text(keep(xasprintf("0000:%02x:00.0", i)));
		devices[i].is_pci = true;
		devices[i].class = CLASS_NETWORK;
		pointers[i] = &devices[i];
	}
	facts.host.devices = pointers;
	facts.host.n_devices = COUNT(devices);
	check_run(&check_family_ungrouped, &facts.input, &findings);
	assert_int_equal(findings.count, 1);
	assert_non_null(
		strstr(findings.finding->message, "0000:07:00.0 and 2 more are in no IOMMU group"));
	assert_int_equal(findings.finding->n_devices, COUNT(devices));
	assert_string_equal(findings.finding->devices[9], "0000:09:00.0");
	findings_clear(&findings);
}

/* Behind an endpoint */

#define VMD "0000:d7:05.5"

static struct device *hidden(struct facts *facts, int group, const char *address, uint32_t class)
{
	const char *driver = class == CLASS_PORT ? "pcieport" : "nvme";
	struct device *device = group < 0 ? alone(facts, address, class, driver)
					  : facts_device(facts, (unsigned int)group, address, class,
							 driver);

	device->endpoint = text(VMD);
	return device;
}

/* Two disks behind a port behind an endpoint, in @group or (-1) in none; and another disk. */
static void vmd_begin(struct facts *facts, int group)
{
	facts_begin(facts);
	facts_device(facts, 0, VMD, 0x010400, "vmd");
	hidden(facts, group, "10000:00:02.0", CLASS_PORT);
	hidden(facts, group, "10000:01:00.0", CLASS_STORAGE);
	hidden(facts, group, "10000:02:00.0", CLASS_STORAGE);
	facts_device(facts, 1, "0000:d8:00.0", CLASS_STORAGE, "nvme");
}

#define BEHIND                                                                                 \
	"note host: 10000:01:00.0, 10000:02:00.0 are behind 0000:d7:05.5 (VMD): only that "    \
	"endpoint can be assigned | assign 0000:d7:05.5 instead, with all that is behind it, " \
	"or disable VMD in the firmware setup, so that its devices get groups of their own\n"

TEST(devices_behind_an_endpoint_are_told_once)
{
	/* Kernels give them the group of the endpoint, or none (before 5.6). */
	for (int group = -1; group <= 0; group++) {
		struct facts facts;

		vmd_begin(&facts, group);
		assert_string_equal(TOLD(&facts, "device-behind-endpoint"), BEHIND);
		assert_string_equal(TOLD(&facts, "device-without-group"), "");
		assert_reason(&facts, &facts.device[2],
			      "it is behind 0000:d7:05.5, which can only be assigned with all its "
			      "devices");
		facts.input.named = true;
		assert_string_equal(TOLD(&facts, "device-behind-endpoint"), BEHIND);
		facts.input.groups = facts.groups + 1;
		assert_string_equal(TOLD(&facts, "device-behind-endpoint"), "");
	}
}

TEST(an_endpoint_that_the_host_needs_is_in_no_advice)
{
	static const char told_of[] =
		"note host: 10000:01:00.0, 10000:02:00.0 are behind 0000:d7:05.5 (VMD): only that "
		"endpoint can be assigned | disable VMD in the firmware setup, so that its devices get "
		"groups of their own; do not assign 0000:d7:05.5, whose disks the host uses";
	static const char before[] =
		"; before you disable VMD, check that the host names its disks by UUID and not by path, "
		"since their PCI addresses change, and that no RAID of the firmware is on them";

	/* Asked about the host, or about the endpoint: its disks may be in no group. */
	for (size_t named = 0; named < 2; named++) {
		struct facts facts;

		vmd_begin(&facts, -1);
		facts.input.named = named;
		facts.input.devices = facts.devices;
		facts.input.n_devices = named;
		facts.device[0].state = STATE_IN_USE;
		assert_string_equal(TOLD(&facts, "device-behind-endpoint"),
				    keep(xasprintf("%s\n", told_of)));
		facts.device[0].state = STATE_KEEP;
		assert_string_equal(TOLD(&facts, "device-behind-endpoint"),
				    keep(xasprintf("%s%s\n", told_of, before)));
	}
}

TEST(an_endpoint_that_is_free_and_named_is_not_assigned_instead)
{
	struct facts facts;

	vmd_begin(&facts, 0);
	facts.input.named = true;
	facts.input.devices = facts.devices;
	facts.input.n_devices = 1;
	assert_string_equal(
		TOLD(&facts, "device-behind-endpoint"),
		"note host: 10000:01:00.0, 10000:02:00.0 are behind 0000:d7:05.5 (VMD): only that "
		"endpoint can be assigned | to assign single devices, disable VMD in the firmware "
		"setup, so that its devices get groups of their own\n");
}

TEST(a_device_behind_an_endpoint_that_was_named_cannot_be_assigned)
{
	struct facts facts;

	vmd_begin(&facts, 0);
	facts.input.named = true;
	facts.input.devices = &facts.devices[2];
	facts.input.n_devices = 1;
	assert_string_equal(
		TOLD(&facts, "device-behind-endpoint"),
		"failure group 10: 10000:01:00.0 cannot be assigned: it is behind 0000:d7:05.5 (VMD), "
		"which can only be assigned with all its devices | assign 0000:d7:05.5 instead, with "
		"all that is behind it, or disable VMD in the firmware setup, so that its devices get "
		"groups of their own\n");
	facts.input.n_devices = 2;
	assert_non_null(strstr(TOLD(&facts, "device-behind-endpoint"),
			       "10000:01:00.0, 10000:02:00.0 cannot be assigned: they are behind"));
}

TEST(only_the_endpoint_blocks_its_group)
{
	struct facts facts;
	char *names;

	vmd_begin(&facts, 0);
	names = group_blockers(&facts.group[0]);
	assert_string_equal(names, "0000:d7:05.5 is still bound to vmd");
	free(names);
	assert_ptr_equal(group_first_blocker(&facts.group[0]), &facts.device[0]);
	assert_ptr_equal(group_candidate(&facts.group[0]), &facts.device[0]);
	/* With the endpoint elsewhere, which no kernel does, they count as any others. */
	facts.group[0].devices++;
	facts.group[0].n_devices--;
	assert_ptr_equal(group_first_blocker(&facts.group[0]), &facts.device[2]);
}

/* No slot and no ACS gives them groups of their own. */
TEST(slots_do_not_matter_behind_an_endpoint)
{
	struct facts facts;
	struct device *device;

	vmd_begin(&facts, 0);
	facts_device(&facts, 0, "0000:d7:06.0", CLASS_NETWORK, "e1000e");
	facts.device[1].port = (struct port){ .seen = PORT_SEEN,
					      .is_express = true,
					      .type = PCI_EXP_TYPE_ROOT_PORT };
	assert_string_equal(told(&facts, &check_family_groups, "group-kept-together"), "");
	facts.device[1].port.seen = PORT_HEADER;
	assert_string_equal(told(&facts, &check_family_groups, "group-kept-together"), "");
	facts.device[3].physical_function = text("10000:01:00.0");
	assert_string_equal(told(&facts, &check_family_groups, "pf-vf-one-group"), "");
	/* A function beside one that VFIO has, in another group. */
	device = hidden(&facts, 1, "10000:01:00.1", CLASS_STORAGE);
	facts.device[2].driver = text("vfio-pci");
	facts.group[0].devices = &facts.devices[2];
	facts.group[0].n_devices = 1;
	assert_string_equal(told(&facts, &check_family_groups, "functions-split"), "");
	device->endpoint = facts.device[2].endpoint = NULL;
	assert_string_not_equal(told(&facts, &check_family_groups, "functions-split"), "");
}

/* Named, it is a failure, with the reason and the fix of its own. */
TEST(a_named_device_without_a_group_is_told)
{
	struct facts facts;

	vmd_begin(&facts, -1);
	facts.input.named = true;
	facts.input.devices = &facts.devices[2];
	facts.input.n_devices = 1;
	assert_string_equal(TOLD(&facts, "device-without-group"),
			    "failure 10000:01:00.0: cannot be assigned: it is behind 0000:d7:05.5, "
			    "which can only be assigned with all its devices | assign 0000:d7:05.5 "
			    "instead, with all that is behind it, or disable VMD in the firmware "
			    "setup, so that its devices get groups of their own\n");
	facts.device[2].endpoint = NULL;
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"failure 10000:01:00.0: cannot be assigned: it is in no IOMMU group, and it "
		"is not known why | " LOG);
	facts.host.groups_errno = ENODATA;
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"unmeasured 10000:01:00.0: cannot tell its group: the IOMMU groups were not "
		"seen\n");
	/* no-iommu has the fix. */
	facts.host.groups_errno = 0;
	facts.host.n_groups = 0;
	assert_string_equal(
		TOLD(&facts, "device-without-group"),
		"failure 10000:01:00.0: cannot be assigned: the kernel uses no IOMMU\n");
	/* One in a group is for others. */
	facts.input.devices = facts.devices;
	assert_string_equal(TOLD(&facts, "device-without-group"), "");
}

TEST(a_contradiction_is_told)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, NULL);
	facts_device(&facts, 0, "0000:01:00.1", CLASS_NETWORK, NULL)->group_link = text("4");
	facts_device(&facts, 1, "0000:02:00.0", CLASS_NETWORK, NULL);
	assert_string_equal(
		TOLD(&facts, "group-contradiction"),
		"unmeasured group 10: cannot tell which devices are in the group: the link iommu_group "
		"of 0000:01:00.1 names group 4, and the list of the groups says otherwise\n");
	facts.device[2].group_link = text("4");
	assert_asked_only(&facts, &check_family_ungrouped, "group-contradiction");
}

/* The device tree */

#define PCIE  "platform/axi/1000110000.pcie"
#define NODE  "sys/firmware/devicetree/base/axi/pcie@1000110000"
#define CARD  PCIE "/pci0001:00/0001:01:00.0"
#define OTHER "pci0000:00/0000:00:14.0"

static void assert_map(const char *root, enum iommu_map map)
{
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);
	const struct device *device;

	scan_readiness(source, host);
	device = host_device(host, "0001:01:00.0");
	assert_non_null(device);
	assert_string_equal(device->host_bridge, "1000110000.pcie");
	assert_int_equal(device->iommu_map, map);
	assert_null(host_device(host, "0000:00:14.0")->host_bridge);
	host_free(host);
	source_close(source);
}

TEST(the_node_of_a_host_bridge_names_its_iommu)
{
	const char *root = directory_new();

	put_pci(root, CARD, "PCI_CLASS=20000\nPCI_ID=8086:1533\n");
	put_pci(root, OTHER, "PCI_CLASS=C0330\nPCI_ID=8086:A36D\n");
	assert_map(root, IOMMU_MAP_UNSEEN);
	put_link(root, "sys/devices/" PCIE "/of_node",
		 "../../../../firmware/devicetree/base/axi/pcie@1000110000");
	assert_map(root, IOMMU_MAP_UNSEEN);
	put_file(root, NODE "/compatible", "brcm,bcm2712-pcie");
	assert_map(root, IOMMU_MAP_NONE);
	put_file(root, NODE "/iommu-map", "");
	assert_map(root, IOMMU_MAP_PRESENT);
	assert_int_equal(unlink(path_in(root, NODE "/iommu-map")), 0);
	assert_map(root, IOMMU_MAP_NONE);
	/* Another device on it is in a group, so an IOMMU is there anyway. */
	put_pci(root, PCIE "/pci0001:00/0001:02:00.0", "PCI_CLASS=20000\nPCI_ID=8086:1533\n");
	put_in_group(root, PCIE "/pci0001:00/0001:02:00.0", 3);
	assert_map(root, IOMMU_MAP_PRESENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_graphics_is_out_by_igfx_off),
		cmocka_unit_test(igfx_off_is_an_option_of_intel_iommu),
		cmocka_unit_test(a_bus_without_an_iommu_is_one_cause),
		cmocka_unit_test(a_bus_with_an_iommu_is_no_cause),
		cmocka_unit_test(a_cause_that_is_not_known_is_not_made_up),
		cmocka_unit_test(a_host_without_groups_is_another_matter),
		cmocka_unit_test(many_devices_are_counted),
		cmocka_unit_test(devices_behind_an_endpoint_are_told_once),
		cmocka_unit_test(an_endpoint_that_the_host_needs_is_in_no_advice),
		cmocka_unit_test(an_endpoint_that_is_free_and_named_is_not_assigned_instead),
		cmocka_unit_test(a_device_behind_an_endpoint_that_was_named_cannot_be_assigned),
		cmocka_unit_test(only_the_endpoint_blocks_its_group),
		cmocka_unit_test(slots_do_not_matter_behind_an_endpoint),
		cmocka_unit_test(a_named_device_without_a_group_is_told),
		cmocka_unit_test(a_contradiction_is_told),
		cmocka_unit_test(the_node_of_a_host_bridge_names_its_iommu),
	};

	return UNIT_RUN("ungrouped", tests);
}
