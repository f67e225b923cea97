/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about the states of devices, and which of them count. */
#include "facts.h"

#include <errno.h>

#include "check/judge.h"
#include "check/state.h"

#define CARD  "0000:01:00.0"
#define AUDIO "0000:01:00.1"

#define CLASS_AUDIO 0x040300

/** struct card - a card with two functions in group 10, and what was named. */
struct card {
	struct facts facts;
	struct device *graphics;
	struct device *audio;
	struct device *named[2];
};

static void card_begin(struct card *card, const char *graphics, const char *audio)
{
	*card = (struct card){ 0 };
	facts_begin(&card->facts);
	card->graphics = facts_device(&card->facts, 0, CARD, CLASS_DISPLAY, graphics);
	card->audio = facts_device(&card->facts, 0, AUDIO, CLASS_AUDIO, audio);
	card->facts.input.named = true;
	card->facts.input.devices = card->named;
}

static void name(struct card *card, struct device *device)
{
	card->named[card->facts.input.n_devices++] = device;
}

static void forget(struct card *card)
{
	for (size_t i = 0; i < card->facts.host.n_devices; i++) {
		free(card->facts.devices[i]->reason);
		card->facts.devices[i]->reason = NULL;
	}
}

static const char *said(struct card *card, const char *id)
{
	const char *lines;

	judge_states(&card->facts.host);
	lines = told(&card->facts, &check_family_states, id);
	forget(card);
	return lines;
}

/* All findings about groups and states, as check puts them together, with their verdict. */
static enum readiness verdict(struct card *card, bool managed, enum readiness *group)
{
	const struct policy policy = { .fail_on = SEVERITY_FAILURE };
	struct findings findings = { 0 };
	enum readiness readiness;

	judge_states(&card->facts.host);
	check_run(&check_family_groups, &card->facts.input, &findings);
	check_run(&check_family_ungrouped, &card->facts.input, &findings);
	check_run(&check_family_inuse, &card->facts.input, &findings);
	check_run(&check_family_states, &card->facts.input, &findings);
	judge_lower(&findings, &card->facts.input, managed);
	readiness = judge(&findings, &policy);
	*group = judge_group(&findings, &card->facts.group[0], &policy);
	assert_int_equal(judge_host(&findings, &policy), READINESS_READY);
	findings_clear(&findings);
	forget(card);
	return readiness;
}

TEST(a_named_function_must_be_bound_itself)
{
	enum readiness group;
	struct card card;

	card_begin(&card, NULL, "vfio-pci");
	name(&card, card.graphics);
	assert_string_equal(said(&card, "device-not-bound"),
			    "failure group 10: " CARD
			    " is not bound to a vfio driver: no driver is bound to it | bind " CARD
			    " to vfio-pci $ sudo modprobe vfio-pci $ echo vfio-pci | sudo tee "
			    "/sys/bus/pci/devices/" CARD "/driver_override $ echo " CARD
			    " | sudo tee /sys/bus/pci/drivers_probe\n");
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(verdict(&card, true, &group), READINESS_READY);
	card.graphics->driver = text("vfio-pci");
	assert_string_equal(said(&card, "device-not-bound"), "");
	assert_int_equal(verdict(&card, false, &group), READINESS_READY);
	assert_int_equal(group, READINESS_READY);
}

TEST(a_device_that_blocks_its_group_is_told_once)
{
	enum readiness group;
	struct card card;

	card_begin(&card, "nouveau", "vfio-pci");
	name(&card, card.graphics);
	assert_string_equal(said(&card, "device-not-bound"), "");
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(group, READINESS_NOT_READY);
}

TEST(managed_takes_only_what_is_available)
{
	static struct use use = { .kind = USE_NODE,
				  .text = (char *)(uintptr_t) "Xorg has it open" };
	enum readiness group;
	struct card card;

	card_begin(&card, "nouveau", "snd_hda_intel");
	name(&card, card.graphics);
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(verdict(&card, true, &group), READINESS_READY);
	assert_int_equal(group, READINESS_NOT_BOUND);
	card.audio->uses_errno = EACCES;
	assert_int_equal(verdict(&card, true, &group), READINESS_NOT_READY);
	card.audio->uses_errno = 0;
	card.graphics->uses = &use;
	card.graphics->n_uses = 1;
	assert_int_equal(verdict(&card, true, &group), READINESS_NOT_READY);
}

/* A VMD of Intel with a disk: the disk goes with the driver of the endpoint. */
TEST(managed_takes_an_endpoint_with_what_is_behind_it)
{
	static char *where[] = { (char *)(uintptr_t) "/srv" };
	struct block block = { .name = text("nvme0n1"), .mounts = where, .n_mounts = 1 };
	enum readiness group;
	struct card card;

	card_begin(&card, "vmd", "nvme");
	name(&card, card.graphics);
	card.audio->endpoint = card.graphics->address;
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(verdict(&card, true, &group), READINESS_READY);
	block.device = card.audio;
	card.facts.host.blocks.block = &block;
	card.facts.host.blocks.count = 1;
	assert_int_equal(verdict(&card, true, &group), READINESS_NOT_READY);
	/* The disk itself cannot be assigned, and nobody can bind it. */
	card.facts.host.blocks.count = 0;
	card.named[0] = card.audio;
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(verdict(&card, true, &group), READINESS_NOT_READY);
}

TEST(what_is_found_about_other_devices_does_not_concern_a_named_one)
{
	static const struct {
		const char *device;
		bool named;
		enum severity lowered;
	} cases[] = {
		{ "0000:02:00.0", true, SEVERITY_NOTE },     { CARD, true, SEVERITY_WARNING },
		{ AUDIO, true, SEVERITY_WARNING },	     { NULL, true, SEVERITY_WARNING },
		{ "0000:02:00.0", false, SEVERITY_WARNING },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct finding finding = { .id = "a",
					   .severity = SEVERITY_WARNING,
					   .group = FINDING_HOST };
		struct findings findings = { 0 };
		struct card card;

		card_begin(&card, "vfio-pci", "vfio-pci");
		name(&card, card.graphics);
		card.facts.input.named = cases[i].named;
		if (cases[i].device)
			finding_device(&finding, cases[i].device);
		findings_add(&findings, &finding);
		judge_lower(&findings, &card.facts.input, false);
		assert_int_equal(findings.finding[0].severity, cases[i].lowered);
		findings_clear(&findings);
	}
}

TEST(without_names_only_what_is_bound_counts)
{
	enum readiness group;
	struct card card;

	card_begin(&card, "nouveau", "snd_hda_intel");
	card.facts.input.named = false;
	assert_int_equal(verdict(&card, false, &group), READINESS_READY);
	assert_int_equal(group, READINESS_NOT_BOUND);
	card.graphics->driver = text("vfio-pci");
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(group, READINESS_NOT_READY);
}

/* An HDMI audio function beside a GPU in use, a card beside the system's disk: ordinary hosts. */
TEST(without_names_an_unbound_device_beside_a_used_one_is_no_problem)
{
	static struct region region = { .type = REGION_DIRECT, .range = { 0xe8000, 0xe8fff } };
	static char *where[] = { (char *)(uintptr_t) "/" };
	struct block block = { .name = text("sda"), .mounts = where, .n_mounts = 1 };
	enum readiness group;
	struct card card;

	card_begin(&card, "nouveau", "ahci");
	card.facts.input.named = false;
	block.device = card.audio;
	card.facts.host.blocks.block = &block;
	card.facts.host.blocks.count = 1;
	assert_int_equal(verdict(&card, false, &group), READINESS_READY);
	assert_int_equal(group, READINESS_NOT_BOUND);
	/* What blocks the device itself is told. */
	card.facts.host.release = text("6.12.0");
	card.facts.group[0].regions = &region;
	card.facts.group[0].n_regions = 1;
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	/* What is behind an endpoint goes with it. */
	card.facts.group[0].n_regions = 0;
	card.graphics->endpoint = card.audio->address;
	assert_int_equal(verdict(&card, false, &group), READINESS_READY);
	card.graphics->endpoint = NULL;
	card.graphics->driver = text("vfio-pci");
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
}

TEST(what_blocks_a_bound_device_is_never_forgotten)
{
	enum readiness group;
	struct card card;

	card_begin(&card, "vfio-pci", "vfio-pci");
	card.facts.input.named = false;
	assert_string_equal(said(&card, "device-blocked"), "");
	card.graphics->bar_claim = text("BOOTFB");
	assert_string_equal(said(&card, "device-blocked"),
			    "failure group 10: " CARD
			    " cannot be assigned: one of its BARs is claimed by BOOTFB\n");
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
}

TEST(a_device_without_a_group_is_not_ready)
{
	enum readiness group;
	struct card card;

	card_begin(&card, "nouveau", "vfio-pci");
	card.graphics->group = NULL;
	card.facts.members[0][0] = card.audio;
	card.facts.group[0].n_devices = 1;
	name(&card, card.graphics);
	assert_non_null(strstr(told(&card.facts, &check_family_ungrouped, "device-without-group"),
			       "failure " CARD ": cannot be assigned: it is in no IOMMU group"));
	/* It is about the device alone: neither the host nor the group is worse for it. */
	assert_int_equal(verdict(&card, false, &group), READINESS_NOT_READY);
	assert_int_equal(group, READINESS_READY);
	card.facts.host.groups_errno = EACCES;
	assert_string_equal(told(&card.facts, &check_family_ungrouped, "device-without-group"),
			    "unmeasured " CARD
			    ": cannot tell its group: the IOMMU groups were not seen\n");
}

TEST(a_group_of_bridges_is_neither_ready_nor_not)
{
	enum readiness group;
	struct card card;

	card_begin(&card, "pcieport", NULL);
	card.graphics->class = CLASS_PORT;
	card.audio->class = CLASS_ISA;
	facts_device(&card.facts, 1, "0000:02:00.0", CLASS_AUDIO, "vfio-pci");
	assert_string_equal(said(&card, "nothing-assignable"),
			    "failure group 10: nothing in it can be assigned: " CARD
			    " is kept by the host (part of the chipset)\n");
	verdict(&card, false, &group);
	assert_int_equal(group, READINESS_NONE);
	card.facts.input.named = false;
	assert_string_equal(said(&card, "nothing-assignable"), "");
}

TEST(groups_of_bridges_alone_make_no_host_ready)
{
	struct card card;

	card_begin(&card, "pcieport", "nouveau");
	card.graphics->class = CLASS_PORT;
	assert_string_equal(said(&card, "no-assignable-device"), "");
	card.audio->group = NULL;
	card.facts.group[0].n_devices = 1;
	assert_string_equal(
		said(&card, "no-assignable-device"),
		"failure host: no PCI device that could be assigned is in an IOMMU group (1 is in none)\n");
	/* A board whose own parts are in groups, and PCI in none. */
	card.graphics->is_pci = false;
	assert_string_equal(
		said(&card, "no-assignable-device"),
		"failure host: no PCI device that could be assigned is in an IOMMU group (1 is in none)\n");
	card.facts.host.n_devices = 1;
	assert_string_equal(said(&card, "no-assignable-device"), "");
	card.graphics->is_pci = true;
	assert_string_equal(said(&card, "no-assignable-device"),
			    "failure host: its IOMMU groups contain no device that could be "
			    "assigned\n");
	/* Without groups the reason is another one. */
	card.facts.host.n_groups = 0;
	assert_string_equal(said(&card, "no-assignable-device"), "");
}

TEST(bound_can_be_required)
{
	struct card card;

	card_begin(&card, NULL, "vfio-pci");
	assert_string_equal(said(&card, "bound-required"), "");
	card.facts.input.require_bound = true;
	assert_string_equal(said(&card, "bound-required"), "");
	name(&card, card.audio);
	assert_string_equal(said(&card, "bound-required"), "");
	name(&card, card.graphics);
	assert_string_equal(said(&card, "bound-required"),
			    "failure group 10: " CARD
			    " must be bound to a vfio driver (no driver)\n");
	card.facts.input.n_devices = 0;
	card.audio->driver = NULL;
	assert_string_equal(said(&card, "bound-required"),
			    "failure group 10: a device of it must be bound to a vfio driver\n");
	card.facts.input.named = false;
	assert_string_equal(said(&card, "bound-required"),
			    "failure host: a device must be bound to a vfio driver, but none is\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_function_must_be_bound_itself),
		cmocka_unit_test(a_device_that_blocks_its_group_is_told_once),
		cmocka_unit_test(managed_takes_only_what_is_available),
		cmocka_unit_test(managed_takes_an_endpoint_with_what_is_behind_it),
		cmocka_unit_test(what_is_found_about_other_devices_does_not_concern_a_named_one),
		cmocka_unit_test(without_names_only_what_is_bound_counts),
		cmocka_unit_test(without_names_an_unbound_device_beside_a_used_one_is_no_problem),
		cmocka_unit_test(what_blocks_a_bound_device_is_never_forgotten),
		cmocka_unit_test(a_device_without_a_group_is_not_ready),
		cmocka_unit_test(a_group_of_bridges_is_neither_ready_nor_not),
		cmocka_unit_test(groups_of_bridges_alone_make_no_host_ready),
		cmocka_unit_test(bound_can_be_required),
	};

	return UNIT_RUN("states", tests);
}
