/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about groups, their regions, and ISM functions. */
#include "facts.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/text.h"

#define TOLD(facts, id)	   told(facts, &check_family_groups, id)
#define REGIONS(facts, id) told(facts, &check_family_regions, id)

#define BIND(address) " $ echo vfio-pci | sudo tee /sys/bus/pci/devices/" address "/driver_override"
#define UNBIND(address, driver) \
	" $ echo " address " | sudo tee /sys/bus/pci/drivers/" driver "/unbind"
#define PROBE(address) " $ echo " address " | sudo tee /sys/bus/pci/drivers_probe"

/* Bound or not */

TEST(a_device_of_the_host_makes_a_group_unusable)
{
	struct device *one, *two;
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:1c.0", CLASS_PORT, "pcieport");
	one = facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "e1000e");
	two = facts_device(&facts, 0, "0000:01:00.1", CLASS_NETWORK, "igb");
	facts_device(&facts, 0, "0000:01:00.2", CLASS_NETWORK, "vfio-pci");
	facts_device(&facts, 1, "0000:02:00.0", CLASS_NETWORK, "nvme");
	two->class_name = text("Ethernet controller");
	one->state = two->state = STATE_AVAILABLE;
	assert_string_equal(
		TOLD(&facts, "group-not-viable"),
		"failure group 10: not viable: 0000:01:00.0 is still bound to e1000e, "
		"0000:01:00.1 (Ethernet controller) is still bound to igb | bind 0000:01:00.0, "
		"0000:01:00.1 to vfio-pci $ sudo modprobe vfio-pci" BIND("0000:01:00.0")
			UNBIND("0000:01:00.0", "e1000e") PROBE("0000:01:00.0") BIND("0000:01:00.1")
				UNBIND("0000:01:00.1", "igb") PROBE("0000:01:00.1") "\n");
	assert_string_equal(TOLD(&facts, "group-not-bound"), "");
	two->state = STATE_IN_USE;
	two->reason = text("network interface eth1 has 192.0.2.7/24");
	assert_string_equal(
		TOLD(&facts, "group-not-viable"),
		"failure group 10: not viable: 0000:01:00.0 is still bound to e1000e, "
		"0000:01:00.1 (Ethernet controller) is still bound to igb | stop the use of "
		"0000:01:00.1 (network interface eth1 has 192.0.2.7/24) first\n");
	/* The other is in use by it: the one use is told, and what comes after it. */
	one->state = STATE_IN_USE;
	one->is_used_beside = true;
	one->reason = text("0000:01:00.1 is in use");
	assert_string_equal(
		TOLD(&facts, "group-not-viable"),
		"failure group 10: not viable: 0000:01:00.0 is still bound to e1000e, "
		"0000:01:00.1 (Ethernet controller) is still bound to igb | stop the use of "
		"0000:01:00.1 (network interface eth1 has 192.0.2.7/24) first; then bind "
		"0000:01:00.0, 0000:01:00.1 to vfio-pci\n");
	/* Where the other is not one of those to bind, it is told anyway. */
	two->driver = text("vfio-pci");
	assert_string_equal(TOLD(&facts, "group-not-viable"),
			    "failure group 10: not viable: 0000:01:00.0 is still bound to e1000e "
			    "| stop the use of 0000:01:00.0 (0000:01:00.1 is in use) first; then "
			    "bind 0000:01:00.0 to vfio-pci\n");
}

TEST(a_name_that_is_no_word_is_in_no_advice)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "$(reboot)")->state =
		STATE_AVAILABLE;
	assert_null(strstr(TOLD(&facts, "group-not-viable"), " $ "));
}

TEST(a_group_without_a_driver_wants_to_be_bound)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:1f.0", CLASS_ISA, NULL);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, NULL)->state = STATE_AVAILABLE;
	assert_string_equal(
		TOLD(&facts, "group-not-bound"),
		"failure group 10: 0000:01:00.0 is not bound to vfio-pci yet (no driver) | bind "
		"0000:01:00.0 to vfio-pci $ sudo modprobe vfio-pci" BIND("0000:01:00.0")
			PROBE("0000:01:00.0") "\n");
	assert_string_equal(TOLD(&facts, "group-not-viable"), "");
	facts.device[0].driver = text("vfio-pci");
	assert_string_equal(TOLD(&facts, "group-not-bound"), "");
}

TEST(the_chipset_is_for_nobody_else)
{
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(TOLD(&facts, "group-not-bound"), "");
	facts_device(&facts, 0, "0000:00:1c.0", CLASS_PORT, "pcieport");
	assert_string_equal(TOLD(&facts, "group-not-bound"), "");
	facts_device(&facts, 0, "0000:00:1f.0", CLASS_ISA, NULL);
	assert_string_equal(TOLD(&facts, "group-not-bound"),
			    "ok group 10: not assignable: 0000:00:1f.0 is part of the chipset\n");
	facts_device(&facts, 0, "0000:00:1f.2", 0x010601, NULL);
	assert_null(strstr(TOLD(&facts, "group-not-bound"), "failure"));
}

TEST(controllers_of_the_board_are_not_proposed)
{
	static const uint32_t classes[] = { 0x010601, 0x0c0330 };
	static const char *const ids[] = { "group-not-viable", "group-not-bound" };

	for (size_t i = 0; i < COUNT(classes) * COUNT(ids); i++) {
		const char *id = ids[i / COUNT(classes)];
		struct device *device;
		struct facts facts;

		facts_begin(&facts);
		device = facts_device(&facts, 0, "0000:00:17.0", classes[i % COUNT(classes)],
				      i < COUNT(classes) ? "driver" : NULL);
		device->path = text("/sys/devices/pci0000:00/0000:00:17.0");
		device->state = STATE_AVAILABLE;
		assert_non_null(strstr(TOLD(&facts, id), "0000:00:17.0"));
		assert_null(strstr(TOLD(&facts, id), " | "));
		/* Who names it is answered, and a card elsewhere is proposed. */
		facts.input.named = true;
		assert_non_null(strstr(TOLD(&facts, id), " | bind 0000:00:17.0"));
		facts.input.named = false;
		device->path = text("/sys/devices/pci0000:00/0000:00:01.0/0000:00:17.0");
		assert_non_null(strstr(TOLD(&facts, id), " | bind 0000:00:17.0"));
	}
}

TEST(a_group_of_the_mode_without_iommu_protects_nobody)
{
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(TOLD(&facts, "group-without-iommu"), "");
	facts.group[0].name = text("frob");
	assert_string_equal(TOLD(&facts, "group-without-iommu"), "");
	facts.group[0].name = text("vfio-noiommu");
	assert_string_equal(
		TOLD(&facts, "group-without-iommu"),
		"failure group 10: no-IOMMU group (/dev/vfio/noiommu-10): nothing protects the "
		"host from its devices, and DMA mapping is not available | enable the IOMMU in "
		"the firmware setup (VT-d, AMD-Vi, SMMU); a virtual machine needs a virtual "
		"IOMMU\n");
	/* What is there is not to be added. */
	facts.host.iommu_table = text("DMAR");
	assert_non_null(strstr(TOLD(&facts, "group-without-iommu"), "| add intel_iommu=on to"));
	facts.host.cmdline = text("intel_iommu=on");
	assert_null(strstr(TOLD(&facts, "group-without-iommu"), "add intel_iommu"));
	assert_non_null(strstr(TOLD(&facts, "group-without-iommu"), "with intel_iommu=on already"));
	facts.host.cmdline = text("intel_iommu=on iommu=off");
	assert_non_null(strstr(TOLD(&facts, "group-without-iommu"),
			       "| remove iommu=off from the kernel command line"));
}

/* Functions of one device */

static const char *split(const char *other, const char *driver, const char *class_name)
{
	struct device *device;
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_DISPLAY, "vfio-pci");
	device = facts_device(&facts, 1, other, 0x040300, driver);
	device->class_name = text(class_name);
	return TOLD(&facts, "functions-split");
}

TEST(a_function_in_another_group_is_noted)
{
	assert_string_equal(
		split("0000:01:00.1", "snd_hda_intel", "Audio device"),
		"note group 10: 0000:01:00.1 (Audio device) is another function of the same card, "
		"in group 11, and is bound to snd_hda_intel\n");
	assert_string_equal(
		split("0000:01:00.1", NULL, NULL),
		"note group 10: 0000:01:00.1 (class unknown) is another function of the same "
		"card, in group 11, and is not bound to a vfio driver\n");
}

TEST(other_slots_and_handed_out_functions_are_not)
{
	assert_string_equal(split("0000:01:00.1", "vfio-pci", NULL), "");
	assert_string_equal(split("0000:01:01.1", "snd_hda_intel", NULL), "");
	assert_string_equal(split("0000:02:00.1", "snd_hda_intel", NULL), "");
	assert_string_equal(split("0001:01:00.1", "snd_hda_intel", NULL), "");
	assert_string_equal(split("0000:01:0.1", "snd_hda_intel", NULL), "");
	assert_string_equal(split("frob", "snd_hda_intel", NULL), "");
}

TEST(only_what_is_handed_out_misses_its_other_functions)
{
	struct device *other;
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_DISPLAY, "amdgpu");
	other = facts_device(&facts, 1, "0000:01:00.1", 0x040300, "snd_hda_intel");
	assert_string_equal(TOLD(&facts, "functions-split"), "");
	facts.device[0].driver = text("vfio-pci");
	assert_string_not_equal(TOLD(&facts, "functions-split"), "");
	other->is_pci = false;
	assert_string_equal(TOLD(&facts, "functions-split"), "");
	other->is_pci = true;
	other->group = NULL;
	assert_string_equal(TOLD(&facts, "functions-split"), "");
	other->group = &facts.group[0];
	assert_string_equal(TOLD(&facts, "functions-split"), "");
}

/* The physical function stays with the host, and so may its other virtual ones. */
TEST(a_virtual_function_misses_nothing)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 1, "0000:01:00.0", CLASS_NETWORK, "mlx5_core");
	facts_device(&facts, 0, "0000:01:00.1", CLASS_NETWORK, "vfio-pci")->physical_function =
		text("0000:01:00.0");
	facts_device(&facts, 2, "0000:01:00.2", CLASS_NETWORK, "mlx5_core");
	assert_string_equal(TOLD(&facts, "functions-split"), "");
}

TEST(virtual_functions_in_the_group_of_their_card_are_warned_of)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb");
	facts_device(&facts, 0, "0000:01:10.0", CLASS_NETWORK, NULL)->physical_function =
		text("0000:01:00.0");
	facts_device(&facts, 0, "0000:01:10.2", CLASS_NETWORK, NULL)->physical_function =
		text("0000:01:00.0");
	facts_device(&facts, 0, "0000:01:10.1", CLASS_NETWORK, NULL)->physical_function =
		text("0000:01:00.1");
	assert_string_equal(
		TOLD(&facts, "pf-vf-one-group"),
		"warning group 10: 0000:01:00.0 and its virtual functions 0000:01:10.0, "
		"0000:01:10.2 are in one group, so the VFs cannot be assigned while the host uses "
		"the PF | move the card to a slot whose port has ACS, or enable ACS in the "
		"firmware "
		"setup; group-kept-together names the port that lacks it\n");
	facts.device[0].group = NULL;
	facts.group[0].devices++;
	facts.group[0].n_devices--;
	assert_string_equal(TOLD(&facts, "pf-vf-one-group"), "");
}

/* Why devices share a group */

#define ALL_ACS (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

static void facts_of_port(struct facts *facts, struct port port)
{
	facts_begin(facts);
	facts_device(facts, 0, "0000:00:1c.0", CLASS_PORT, "pcieport")->port = port;
	facts_device(facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb");
	facts_device(facts, 0, "0000:02:00.0", CLASS_NETWORK, NULL);
}

/* What is said of a port with two cards behind it, behind its address. */
static const char *reason(struct port port)
{
	static const char head[] = "note group 10: 0000:00:1c.0 ";
	struct facts facts;
	const char *line;

	facts_of_port(&facts, port);
	line = TOLD(&facts, "group-kept-together");
	return text_starts(line, head) ? keep(xstrndup(line + strlen(head), 20)) : line;
}

#define REASON(...)    reason((struct port){ .seen = PORT_SEEN, __VA_ARGS__ })
#define ROOT_PORT(...) REASON(.is_express = true, .type = PCI_EXP_TYPE_ROOT_PORT, __VA_ARGS__)

TEST(a_port_that_does_not_keep_devices_apart_is_told)
{
	struct facts facts;

	facts_of_port(&facts, (struct port){ .seen = PORT_SEEN, .is_express = true, .type = 4 });
	assert_string_equal(
		TOLD(&facts, "group-kept-together"),
		"note group 10: 0000:00:1c.0 has no ACS, so the 2 devices share a group "
		"| move the card to another slot, or enable ACS in the firmware setup\n");
	/* Where it is no problem it is for those who ask, and nothing is to be done. */
	facts.device[1].driver = text("vfio-pci");
	assert_string_equal(TOLD(&facts, "group-kept-together"),
			    "ok group 10: 0000:00:1c.0 has no ACS, so the 2 devices share a "
			    "group\n");
	/* One device alone shares with nobody. */
	facts.group[0].n_devices = 2;
	assert_string_equal(TOLD(&facts, "group-kept-together"), "");
}

TEST(each_reason_has_its_words)
{
	assert_string_equal(REASON(.type = 0), "is a bridge to conve");
	assert_string_equal(REASON(.is_express = true, .type = PCI_EXP_TYPE_PCI_BRIDGE,
				   .has_acs = true, .acs_can = ALL_ACS, .acs_does = ALL_ACS),
			    "is a bridge to conve");
	assert_string_equal(REASON(.is_express = true, .type = PCI_EXP_TYPE_PCIE_BRIDGE),
			    "is a bridge from con");
	assert_string_equal(REASON(.is_express = true, .type = PCI_EXP_TYPE_DOWNSTREAM),
			    "has no ACS, so the 2");
	assert_string_equal(ROOT_PORT(.has_acs = true, .acs_can = ALL_ACS), "has ACS, but it is n");
}

/* AST1150 forwards the IDs of what is behind it, so that the IOMMU could tell the devices apart. */
TEST(the_bridge_of_a_management_controller_has_a_reason_of_its_own)
{
	struct facts facts;
	const char *line;

	facts_of_port(&facts, (struct port){ .seen = PORT_SEEN,
					     .is_express = true,
					     .type = PCI_EXP_TYPE_PCI_BRIDGE });
	facts.device[0].vendor = 0x1a03;
	facts.device[0].device = 0x1150;
	line = TOLD(&facts, "group-kept-together");
	assert_non_null(strstr(line, "has no ACS, so the 2 devices share a group"));
	assert_null(strstr(line, "tell devices apart"));
	assert_null(strstr(line, "slot"));
	facts.device[0].device = 0x1151;
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), "tell devices apart"));
}

TEST(each_feature_of_acs_is_wanted_where_it_can_be_switched)
{
	static const uint16_t wanted[] = { PCI_ACS_SV, PCI_ACS_RR, PCI_ACS_CR, PCI_ACS_UF };

	assert_string_equal(ROOT_PORT(.has_acs = true, .acs_can = ALL_ACS, .acs_does = ALL_ACS),
			    "");
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_string_equal(ROOT_PORT(.has_acs = true, .acs_can = ALL_ACS,
					      .acs_does = ALL_ACS & (uint16_t)~wanted[i]),
				    "has ACS, but it is n");
		assert_string_equal(ROOT_PORT(.has_acs = true,
					      .acs_can = ALL_ACS & (uint16_t)~wanted[i],
					      .acs_does = ALL_ACS & (uint16_t)~wanted[i]),
				    "");
	}
	/* Translation blocking and the others do not matter. */
	assert_string_equal(ROOT_PORT(.has_acs = true, .acs_can = 0x7f, .acs_does = ALL_ACS), "");
}

/* Root ports and downstream ports need ACS; others only as one of several functions (pci_acs_enabled()). */
TEST(only_ports_that_need_acs_are_blamed)
{
	static const struct {
		uint8_t type;
		bool alone;
		bool beside;
	} types[] = { { PCI_EXP_TYPE_ROOT_PORT, true, true },
		      { PCI_EXP_TYPE_DOWNSTREAM, true, true },
		      { PCI_EXP_TYPE_UPSTREAM, false, true } };

	for (size_t i = 0; i < COUNT(types); i++) {
		struct port port = { .seen = PORT_SEEN, .is_express = true, .type = types[i].type };
		struct facts facts;

		facts_of_port(&facts, port);
		assert_int_equal(strstr(TOLD(&facts, "group-kept-together"), "no ACS") != NULL,
				 types[i].alone);
		facts.device[0].address = text("0000:00:1c.1");
		assert_int_equal(strstr(TOLD(&facts, "group-kept-together"), "no ACS") != NULL,
				 types[i].beside);
		port.has_functions = true;
		facts_of_port(&facts, port);
		assert_int_equal(strstr(TOLD(&facts, "group-kept-together"), "no ACS") != NULL,
				 types[i].beside);
	}
}

/* The kernel enables ACS itself, unless it was told not to. */
TEST(an_option_that_disables_acs_is_to_be_removed)
{
	struct facts facts;

	facts_of_port(&facts, (struct port){ .seen = PORT_SEEN,
					     .is_express = true,
					     .type = PCI_EXP_TYPE_ROOT_PORT,
					     .has_acs = true,
					     .acs_can = ALL_ACS });
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"),
			       "| enable ACS in the firmware setup, or move the card"));
	facts.host.cmdline = text("pci=noaer,disable_acs_redir=0000:00:1c.0;0000:00:1d.0");
	assert_non_null(
		strstr(TOLD(&facts, "group-kept-together"),
		       "| remove disable_acs_redir from the kernel command line "
		       "(pci=noaer,disable_acs_redir=0000:00:1c.0;0000:00:1d.0) and reboot"));
	facts.host.cmdline = text("pci=config_acs=x00000@0000:00:1c.0");
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), "| remove config_acs from"));
	facts.host.release = text("6.1.192");
	assert_null(strstr(TOLD(&facts, "group-kept-together"), "remove"));
	facts.host.release = text("6.12.118");
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), "| remove config_acs from"));
	/* It does nothing to a port that has none. */
	facts.device[0].port.has_acs = false;
	assert_null(strstr(TOLD(&facts, "group-kept-together"), "remove"));
}

/* The kernel takes ACS from the devices that the option names (pci_dev_str_match()). */
TEST(an_option_for_another_device_is_not_the_reason)
{
	static const struct {
		const char *cmdline;
		bool is_told;
	} lines[] = {
		{ "pci=disable_acs_redir=0000:00:1c.0", true },
		{ "pci=disable_acs_redir=00:1c.0", true },
		{ "pci=disable_acs_redir=00:01.0/00.0", true },
		{ "pci=disable_acs_redir=pci:8086:0", true },
		{ "pci=config_acs=000000x@00:1c.0", true },
		{ "pci=disable_acs_redir=0000:05:00.0", false },
		{ "pci=disable_acs_redir=00:1d.0;02:00.0", false },
		{ "pci=config_acs=000000x@02:00.0", false },
	};
	struct facts facts;

	facts_of_port(&facts, (struct port){ .seen = PORT_SEEN,
					     .is_express = true,
					     .type = PCI_EXP_TYPE_ROOT_PORT,
					     .has_acs = true,
					     .acs_can = ALL_ACS });
	for (size_t i = 0; i < COUNT(lines); i++) {
		facts.host.cmdline = text(lines[i].cmdline);
		if (!!strstr(TOLD(&facts, "group-kept-together"), "| remove ") != lines[i].is_told)
			fail_msg("%s", lines[i].cmdline);
	}
}

/* What the kernel has a quirk for is no reason, and not to be fixed. */
TEST(a_port_with_a_quirk_may_isolate)
{
	static const struct {
		uint16_t vendor, device;
		uint8_t type;
		bool quirk;
	} ports[] = {
		{ 0x8086, 0x8c10, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0x8c10, PCI_EXP_TYPE_DOWNSTREAM, false },
		{ 0x8086, 0x8c20, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x8086, 0x1d11, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x1022, 0x8c10, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x177d, 0xa7ff, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x17cb, 0x0115, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x1def, 0xe00c, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x1def, 0xe00d, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x1c36, 0x0031, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x1d17, 0x0720, PCI_EXP_TYPE_DOWNSTREAM, false },
		{ 0x1d17, 0x0721, PCI_EXP_TYPE_DOWNSTREAM, true },
		/* The registers of Sunrise Point are read, so that no quirk is in doubt. */
		{ 0x8086, 0xa110, PCI_EXP_TYPE_ROOT_PORT, false },
	};

	for (size_t i = 0; i < COUNT(ports); i++) {
		struct facts facts;

		facts_of_port(&facts, (struct port){ .seen = PORT_SEEN,
						     .is_express = true,
						     .type = ports[i].type });
		facts.device[0].vendor = ports[i].vendor;
		facts.device[0].device = ports[i].device;
		assert_string_equal(
			TOLD(&facts, "group-kept-together"),
			ports[i].quirk
				? "note group 10: 0000:00:1c.0 does not isolate by its registers "
				  "(ACS), but the kernel has a quirk for it and may treat it as "
				  "isolated\n"
				: "note group 10: 0000:00:1c.0 has no ACS, so the 2 devices share a "
				  "group | move the card to another slot, or enable ACS in the "
				  "firmware setup\n");
	}
}

/* Erratum of IDT: 7.3 does not use source validation there. */
TEST(a_switch_without_source_validation_isolates)
{
	struct port port = { .seen = PORT_SEEN,
			     .is_express = true,
			     .type = PCI_EXP_TYPE_DOWNSTREAM,
			     .has_acs = true,
			     .acs_can = ALL_ACS,
			     .acs_does = ALL_ACS & ~PCI_ACS_SV };
	struct facts facts;

	facts_of_port(&facts, port);
	facts.device[0].vendor = 0x111d;
	facts.device[0].device = 0x80b5;
	assert_string_equal(TOLD(&facts, "group-kept-together"), "");
	facts.device[0].device = 0x80b6;
	assert_string_not_equal(TOLD(&facts, "group-kept-together"), "");
}

/* A graphics card and its sound, behind a port of a board: no other slot has them in two groups. */
static void facts_of_card(struct facts *facts)
{
	facts_begin(facts);
	facts_device(facts, 0, "0000:00:01.0", CLASS_PORT, "pcieport")->port = (struct port){
		.seen = PORT_SEEN, .is_express = true, .type = PCI_EXP_TYPE_ROOT_PORT
	};
	facts_device(facts, 0, "0000:01:00.0", CLASS_DISPLAY, "nouveau");
	facts_device(facts, 0, "0000:01:00.1", CLASS_NETWORK, NULL);
	for (unsigned int i = 1; i < 3; i++)
		facts->device[i].port = (struct port){ .seen = PORT_SEEN, .is_express = true };
}

TEST(functions_that_share_a_group_in_every_slot_blame_no_port)
{
	static const char card[] =
		"note group 10: its 2 devices are functions of one card that is not known to "
		"isolate them (ACS)\n";
	struct facts facts;

	facts_of_card(&facts);
	facts.device[1].port.has_functions = true;
	assert_string_equal(TOLD(&facts, "group-kept-together"), card);
	/* Not read. */
	facts.device[1].port.seen = facts.device[2].port.seen = PORT_HEADER;
	assert_string_equal(TOLD(&facts, "group-kept-together"), card);
}

TEST(functions_that_isolate_blame_the_port)
{
	static const char port[] = "0000:00:01.0 has no ACS, so the";
	struct facts facts;

	facts_of_card(&facts);
	facts.device[2].port.has_acs = true;
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), port));
	/* By a quirk for endpoints. */
	facts_of_card(&facts);
	facts.device[1].port.has_functions = true;
	facts.device[2].vendor = 0x8086;
	facts.device[2].device = 0x1521;
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), port));
	/* A virtual function is a card of its own. */
	facts_of_card(&facts);
	facts.device[2].physical_function = text("0000:01:00.0");
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), port));
	/* Another card behind the same port. */
	facts_of_card(&facts);
	facts.device[1].port.has_functions = true;
	facts_device(&facts, 0, "0000:02:00.0", CLASS_NETWORK, NULL);
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), port));
}

TEST(a_port_that_only_root_can_read_is_not_measured)
{
	static const char unknown[] =
		"unmeasured group 10: cannot tell whether 0000:00:1c.0 has ACS: only root can "
		"read its configuration space beyond 64 bytes | run as root\n";
	struct facts facts;

	assert_string_equal(reason((struct port){ .seen = PORT_HEADER }), unknown);
	assert_string_equal(reason((struct port){ .seen = PORT_UNSEEN }), "");
	facts_of_port(&facts, (struct port){ .seen = PORT_HEADER });
	facts.device[1].driver = NULL;
	assert_string_equal(TOLD(&facts, "group-kept-together"), "");
}

TEST(functions_of_one_slot_are_not_kept_apart)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:1f.0", CLASS_NETWORK, "igb");
	facts_device(&facts, 0, "0000:00:1f.3", CLASS_NETWORK, NULL);
	assert_string_equal(
		TOLD(&facts, "group-kept-together"),
		"note group 10: its 2 devices are functions of one card that is not known to "
		"isolate them (ACS)\n");
	facts_device(&facts, 0, "0000:00:1e.0", CLASS_NETWORK, NULL);
	assert_string_equal(TOLD(&facts, "group-kept-together"), "");
}

TEST(a_word_that_stands_for_nothing_is_told)
{
	static const char *const missing[] = { "eth0", "e\x1b[31m" };
	struct facts facts;

	facts_begin(&facts);
	facts.input.missing = missing;
	facts.input.n_missing = 2;
	assert_string_equal(TOLD(&facts, "subject-gone"),
			    "failure eth0: no longer on this host\n"
			    "failure e?[31m: no longer on this host\n");
}

/* Regions */

static const char *with_regions(const char *id, const struct region *regions, size_t count)
{
	struct facts facts;

	facts_begin(&facts);
	facts.host.release = text("5.10.0");
	facts.host.page_size = 4096;
	facts.group[0].regions = (struct region *)(uintptr_t)regions;
	facts.group[0].n_regions = count;
	return REGIONS(&facts, id);
}

#define WITH(id, ...)                                            \
	with_regions(id, (const struct region[]){ __VA_ARGS__ }, \
		     COUNT(((const struct region[]){ __VA_ARGS__ })))
#define REGION(start_, end_, type_)                               \
	{                                                         \
		.range = { start_, end_ }, .type = REGION_##type_ \
	}

#define VENDOR                                                                                \
	" | ask the platform vendor for firmware without the region, or look for a firmware " \
	"setting that disables it\n"

static const char *direct_region(const char *release, enum iommu_kind kind)
{
	static struct region region = REGION(0x1000, 0x1fff, DIRECT);
	struct facts facts;

	facts_begin(&facts);
	facts.host.release = release ? text(release) : NULL;
	facts.iommus[0].kind = kind;
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb")->iommu = &facts.iommus[0];
	facts.group[0].regions = &region;
	facts.group[0].n_regions = 1;
	return REGIONS(&facts, "direct-region");
}

/* Up to 6.5 only the driver of Intel's IOMMU refuses them. */
TEST(a_region_that_firmware_wants_is_judged_by_kernel_and_iommu)
{
	static const char intel[] =
		"failure group 10: firmware requires 0x1000 - 0x1fff to be mapped 1:1 (RMRR), so "
		"its devices cannot be assigned" VENDOR;
	static const char *const later[] = { "6.6.0", "6.12.118", "6.18.1", "7.3.4" };

	assert_string_equal(direct_region("5.10.0", IOMMU_INTEL), intel);
	assert_string_equal(direct_region("6.1.192", IOMMU_INTEL), intel);
	assert_string_equal(direct_region("7.3.4", IOMMU_INTEL), intel);
	assert_string_equal(direct_region(NULL, IOMMU_INTEL), intel);
	assert_string_equal(
		direct_region("6.1.192", IOMMU_AMD),
		"warning group 10: firmware requires 0x1000 - 0x1fff to be mapped 1:1 (unity map), "
		"and by its version this kernel (6.1.192) assigns its devices anyway, "
		"without that mapping" VENDOR);
	assert_non_null(strstr(direct_region("5.19.17", IOMMU_SMMU), "warning group 10: "));
	for (size_t i = 0; i < COUNT(later); i++)
		assert_string_equal(
			direct_region(later[i], IOMMU_AMD),
			"failure group 10: firmware requires 0x1000 - 0x1fff to be mapped 1:1 "
			"(unity map), so its devices cannot be assigned" VENDOR);
	assert_string_equal(
		direct_region(NULL, IOMMU_AMD),
		"unmeasured group 10: firmware requires 0x1000 - 0x1fff to be mapped 1:1 (unity "
		"map), and it is not known whether this kernel (of unknown version) assigns its "
		"devices anyway" VENDOR);
}

TEST(a_region_that_vfio_may_use_is_no_finding)
{
	assert_string_equal(WITH("direct-region", REGION(0, 0xfff, DIRECT_RELAXABLE),
				 REGION(0, 0xfff, RESERVED), REGION(0, 0xfff, MSI)),
			    "");
}

TEST(regions_that_could_not_be_read_are_not_measured)
{
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(REGIONS(&facts, "regions-unknown"), "");
	facts.group[0].regions_errno = EACCES;
	assert_string_equal(
		REGIONS(&facts, "regions-unknown"),
		"unmeasured group 10: cannot read the reserved regions: Permission denied\n");
}

TEST(a_kernel_may_map_address_0)
{
	static const struct region zero = REGION(0, 0xfff, RESERVED);
	struct facts facts;

	assert_string_equal(
		with_regions("kernel-may-test-reserved", &zero, 1),
		"warning group 10: address 0 is reserved, but by its version this kernel (5.10.0) "
		"may map it whenever the group is assigned "
		"| update to a kernel with commit 895c0747f726 (6.2, 6.1.9)\n");
	assert_string_equal(WITH("kernel-may-test-reserved", REGION(0x2000, 0x2fff, RESERVED)), "");
	facts_begin(&facts);
	facts.host.release = text("6.12.0");
	facts.group[0].regions = (struct region *)(uintptr_t)&zero;
	facts.group[0].n_regions = 1;
	assert_string_equal(
		REGIONS(&facts, "kernel-may-test-reserved"),
		"ok group 10: address 0 is reserved; by its version this kernel (6.12.0) does not "
		"map it\n");
	facts.host.release = NULL;
	assert_non_null(strstr(
		REGIONS(&facts, "kernel-may-test-reserved"),
		"warning group 10: address 0 is reserved, but by its version this kernel (of "
		"unknown version)"));
}

#define LOW(...) WITH("no-low-addresses", __VA_ARGS__)

TEST(nothing_may_be_left_below_4_gib)
{
	static const char line[] =
		"note group 10: no DMA address below 4 GiB is available: they start at "
		"0x100000000, so devices and programs that use 32-bit addresses fail\n";

	assert_string_equal(LOW(REGION(0, 0xffffffff, RESERVED)), line);
	assert_string_equal(
		LOW(REGION(0x80000000, 0xffffffff, MSI), REGION(0, 0x7fffffff, RESERVED)), line);
	/* A region may be one address. */
	assert_string_equal(
		LOW(REGION(0, 0xfffffffe, RESERVED), REGION(0xffffffff, 0xffffffff, RESERVED)),
		line);
	assert_string_equal(LOW(REGION(0, 0xfffffffe, RESERVED)), "");
	assert_string_equal(LOW(REGION(1, 0xffffffff, RESERVED)), "");
	assert_string_equal(
		LOW(REGION(0, 0x7fffffff, RESERVED), REGION(0x80000001, 0xffffffff, RESERVED)), "");
	assert_string_equal(LOW(REGION(0, 0xffffffff, DIRECT_RELAXABLE)), "");
}

TEST(nothing_may_be_left_at_all)
{
	static const char line[] = "failure group 10: all addresses are reserved: nothing can be "
				   "mapped for its devices\n";

	assert_string_equal(LOW(REGION(0, UINT64_MAX, RESERVED)), line);
	assert_string_equal(LOW(REGION(0x1000, UINT64_MAX, RESERVED), REGION(0, 0xfff, MSI)), line);
	assert_string_equal(LOW(REGION(0x1000, UINT64_MAX, RESERVED), REGION(0, 0xffe, MSI)), "");
}

/* ISM */

static const char *ism(struct region region)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:00.0", 0, "ism")->zpci_pft = ZPCI_ISM;
	facts_device(&facts, 0, "0001:00:00.0", 0, "mlx5_core");
	facts.group[0].regions = &region;
	facts.group[0].n_regions = 1;
	return told(&facts, &check_family_ism, "ism-function");
}

TEST(an_ism_function_is_noted_with_where_its_addresses_begin)
{
	static const char anywhere[] =
		"note group 10: 0000:00:00.0 is an ISM function; a mapping outside the allowed "
		"addresses would stop it, so a live test requires --force\n";

	assert_string_equal(
		ism((struct region)REGION(0, 0xffffffff, RESERVED)),
		"note group 10: 0000:00:00.0 is an ISM function whose DMA addresses start at "
		"0x100000000; a mapping below would stop it, so a live test requires --force\n");
	assert_string_equal(ism((struct region)REGION(0x1000, 0xffffffff, RESERVED)), anywhere);
	assert_string_equal(ism((struct region)REGION(0, 0xffffffff, DIRECT_RELAXABLE)), anywhere);
	/* There is no address behind. */
	assert_string_equal(ism((struct region)REGION(0, UINT64_MAX, RESERVED)), anywhere);
}

TEST(only_the_groups_in_question_are_told)
{
	static struct region low = REGION(0, 0xffffffff, RESERVED), direct = REGION(0, 1, DIRECT);
	struct facts facts;

	facts_begin(&facts);
	for (unsigned int i = 0; i < 2; i++) {
		const char *card = keep(xasprintf("000%u:01:00.0", i));

		facts_device(&facts, i, card, CLASS_NETWORK, "igb")->zpci_pft = ZPCI_ISM;
		facts_device(&facts, i, keep(xasprintf("000%u:01:00.1", i)), CLASS_NETWORK, NULL)
			->physical_function = text(card);
		facts.group[i].name = text("vfio-noiommu");
		facts.group[i].regions_errno = EACCES;
		facts.group[i].regions = &low;
		facts.group[i].n_regions = 1;
	}
	assert_asked_only(&facts, &check_family_groups, "group-not-viable");
	assert_asked_only(&facts, &check_family_groups, "group-without-iommu");
	assert_asked_only(&facts, &check_family_groups, "pf-vf-one-group");
	for (unsigned int i = 0; i < 2; i++)
		facts.group[i].devices[1]->physical_function = NULL;
	assert_asked_only(&facts, &check_family_groups, "group-kept-together");
	assert_asked_only(&facts, &check_family_regions, "regions-unknown");
	assert_asked_only(&facts, &check_family_regions, "kernel-may-test-reserved");
	assert_asked_only(&facts, &check_family_regions, "no-low-addresses");
	assert_asked_only(&facts, &check_family_ism, "ism-function");
	for (unsigned int i = 0; i < 2; i++) {
		facts.group[i].devices[0]->driver = NULL;
		facts.group[i].regions = &direct;
	}
	assert_asked_only(&facts, &check_family_groups, "group-not-bound");
	facts.input.n_groups = 2;
	facts.host.release = text("6.12.0");
	assert_string_equal(
		told(&facts, &check_family_regions, "direct-region"),
		"failure groups 10, 11: firmware requires 0x0 - 0x1 to be mapped 1:1 (direct), so "
		"their devices cannot be assigned | ask the platform vendor for firmware without "
		"the region, or look for a firmware setting that disables it\n");
	facts_device(&facts, 2, "0000:01:00.2", CLASS_NETWORK, NULL);
	facts_device(&facts, 2, "0001:01:00.2", CLASS_NETWORK, NULL);
	for (unsigned int i = 0; i < 2; i++)
		facts.group[i].devices[0]->driver = text("vfio-pci");
	assert_asked_only(&facts, &check_family_groups, "functions-split");
}

/* In any order, and whatever stands before them. */
TEST(every_port_and_function_is_looked_at)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:10.0", CLASS_NETWORK, NULL)->physical_function =
		text("0000:01:00.0");
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb");
	facts_device(&facts, 0, "0000:00:1c.0", CLASS_PORT, NULL)->port =
		(struct port){ .seen = PORT_SEEN, .is_express = true, .type = 4 };
	assert_non_null(strstr(TOLD(&facts, "pf-vf-one-group"),
			       "0000:01:00.0 and its virtual functions 0000:01:10.0 are"));
	assert_non_null(strstr(TOLD(&facts, "group-kept-together"), "0000:00:1c.0 has no ACS"));
}

TEST(only_bridges_keep_together_what_is_behind_them)
{
	struct facts facts;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb")->port.seen = PORT_SEEN;
	facts_device(&facts, 0, "0000:02:00.0", CLASS_NETWORK, NULL)->port.seen = PORT_HEADER;
	assert_string_equal(TOLD(&facts, "group-kept-together"), "");
	/* A bridge in their slot keeps nothing together that is beside it. */
	facts_begin(&facts);
	facts_device(&facts, 0, "0000:01:00.0", CLASS_NETWORK, "igb");
	facts_device(&facts, 0, "0000:01:00.1", CLASS_NETWORK, NULL);
	facts_device(&facts, 0, "0000:01:00.2", CLASS_PORT, NULL);
	assert_string_equal(
		TOLD(&facts, "group-kept-together"),
		"note group 10: its 2 devices are functions of one card that is not known to "
		"isolate them (ACS)\n");
}

/* Each device and region of a group counts, not only the first. */
TEST(every_region_is_looked_at)
{
	static const struct region regions[] = { REGION(0x5000, 0x5fff, MSI),
						 REGION(0x1000, 0x1fff, DIRECT),
						 REGION(0x3000, 0x3fff, DIRECT) };
	const char *lines = with_regions("direct-region", regions, COUNT(regions));

	assert_non_null(strstr(lines, "0x1000 - 0x1fff"));
	assert_non_null(strstr(lines, "0x3000 - 0x3fff"));
}

TEST(every_device_is_looked_at)
{
	static struct region regions[] = { REGION(0x5000, 0x5fff, MSI),
					   REGION(0, 0xfff, RESERVED) };
	struct facts facts;
	const char *lines;

	facts_begin(&facts);
	facts_device(&facts, 0, "0000:00:00.0", 0, NULL);
	facts_device(&facts, 0, "0001:00:00.0", 0, NULL)->zpci_pft = ZPCI_ISM;
	facts_device(&facts, 0, "0002:00:00.0", 0, NULL)->zpci_pft = ZPCI_ISM;
	facts.group[0].regions = regions;
	facts.group[0].n_regions = 2;
	lines = told(&facts, &check_family_ism, "ism-function");
	assert_non_null(strstr(
		lines, "0001:00:00.0 is an ISM function whose DMA addresses start at 0x1000;"));
	assert_non_null(strstr(lines, "0002:00:00.0"));
	assert_null(strstr(lines, "0000:00:00.0"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_of_the_host_makes_a_group_unusable),
		cmocka_unit_test(a_name_that_is_no_word_is_in_no_advice),
		cmocka_unit_test(a_group_without_a_driver_wants_to_be_bound),
		cmocka_unit_test(the_chipset_is_for_nobody_else),
		cmocka_unit_test(controllers_of_the_board_are_not_proposed),
		cmocka_unit_test(a_group_of_the_mode_without_iommu_protects_nobody),
		cmocka_unit_test(a_function_in_another_group_is_noted),
		cmocka_unit_test(other_slots_and_handed_out_functions_are_not),
		cmocka_unit_test(only_what_is_handed_out_misses_its_other_functions),
		cmocka_unit_test(a_virtual_function_misses_nothing),
		cmocka_unit_test(virtual_functions_in_the_group_of_their_card_are_warned_of),
		cmocka_unit_test(a_port_that_does_not_keep_devices_apart_is_told),
		cmocka_unit_test(each_reason_has_its_words),
		cmocka_unit_test(the_bridge_of_a_management_controller_has_a_reason_of_its_own),
		cmocka_unit_test(each_feature_of_acs_is_wanted_where_it_can_be_switched),
		cmocka_unit_test(only_ports_that_need_acs_are_blamed),
		cmocka_unit_test(an_option_that_disables_acs_is_to_be_removed),
		cmocka_unit_test(an_option_for_another_device_is_not_the_reason),
		cmocka_unit_test(a_port_with_a_quirk_may_isolate),
		cmocka_unit_test(a_switch_without_source_validation_isolates),
		cmocka_unit_test(functions_that_share_a_group_in_every_slot_blame_no_port),
		cmocka_unit_test(functions_that_isolate_blame_the_port),
		cmocka_unit_test(a_port_that_only_root_can_read_is_not_measured),
		cmocka_unit_test(functions_of_one_slot_are_not_kept_apart),
		cmocka_unit_test(a_word_that_stands_for_nothing_is_told),
		cmocka_unit_test(a_region_that_firmware_wants_is_judged_by_kernel_and_iommu),
		cmocka_unit_test(a_region_that_vfio_may_use_is_no_finding),
		cmocka_unit_test(regions_that_could_not_be_read_are_not_measured),
		cmocka_unit_test(a_kernel_may_map_address_0),
		cmocka_unit_test(nothing_may_be_left_below_4_gib),
		cmocka_unit_test(nothing_may_be_left_at_all),
		cmocka_unit_test(an_ism_function_is_noted_with_where_its_addresses_begin),
		cmocka_unit_test(only_the_groups_in_question_are_told),
		cmocka_unit_test(every_port_and_function_is_looked_at),
		cmocka_unit_test(only_bridges_keep_together_what_is_behind_them),
		cmocka_unit_test(every_region_is_looked_at),
		cmocka_unit_test(every_device_is_looked_at),
	};

	return UNIT_RUN("groups", tests);
}
