/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about what the host does with a device. */
#include "facts.h"

#include <errno.h>

#define CARD "0000:01:00.0"

/** struct cards - group 10 has a network card, which the host drives, group 11 another. */
struct cards {
	struct facts facts;
	struct interface interfaces[4];
	struct block blocks[4];
	struct smcd smcds[2];
	struct holder holders[2];
	struct device *card;
	struct device *other;
};

static void cards_begin(struct cards *cards)
{
	struct host *host = &cards->facts.host;

	*cards = (struct cards){ 0 };
	facts_begin(&cards->facts);
	cards->card = facts_device(&cards->facts, 0, CARD, CLASS_NETWORK, "e1000e");
	cards->other = facts_device(&cards->facts, 1, "0000:02:00.0", CLASS_NETWORK, "e1000e");
	host->net.interfaces = cards->interfaces;
	host->blocks.block = cards->blocks;
	host->net.smcds = cards->smcds;
	host->holders = cards->holders;
}

static struct interface *add_interface(struct cards *cards, const char *name,
				       const struct device *device)
{
	struct interface *interface = &cards->interfaces[cards->facts.host.net.n_interfaces++];

	interface->index = (uint32_t)cards->facts.host.net.n_interfaces;
	interface->name = text(name);
	interface->device = device;
	return interface;
}

/* @array of @size bytes in memory of just that size, so that a look beyond is seen. */
static void *exact(const void *array, size_t size)
{
	char *copy = malloc(size);

	assert_true(copy || !size);
	memcpy(copy, array, size);
	keep(copy);
	return copy;
}

static const char *cards_told(const struct cards *cards, const char *id)
{
	struct host host = cards->facts.host;
	struct facts facts = cards->facts;

	host.net.interfaces = exact(cards->interfaces,
				    host.net.n_interfaces * sizeof(*cards->interfaces));
	host.net.smcds = exact(cards->smcds, host.net.n_smcds * sizeof(*cards->smcds));
	host.blocks.block = exact(cards->blocks, host.blocks.count * sizeof(*cards->blocks));
	host.holders = exact(cards->holders, host.n_holders * sizeof(*cards->holders));
	facts.input.host = &host;
	return told(&facts, &check_family_inuse, id);
}

#define TOLD(cards, id) cards_told(cards, id)
#define NETWORK(cards)	TOLD(cards, "in-use-network")
#define DISK(cards)	TOLD(cards, "in-use-disk")

/* Network */

TEST(an_interface_that_is_down_and_does_nothing_is_not_told)
{
	struct cards cards;

	cards_begin(&cards);
	add_interface(&cards, "eth0", cards.card);
	assert_string_equal(NETWORK(&cards), "");
}

TEST(an_interface_that_is_up_is_noted)
{
	struct cards cards;

	cards_begin(&cards);
	add_interface(&cards, "eth0", cards.card)->is_up = true;
	assert_string_equal(
		NETWORK(&cards),
		"note group 10: network interface eth0 on " CARD
		" is up | take the interface down, which ends the connections through it $ sudo ip link set dev eth0 down\n");
}

TEST(addresses_make_it_a_warning)
{
	static const char *addresses[] = { "192.0.2.7/24", "2001:db8::1/64", "192.0.2.8/24" };
	struct interface *interface;
	struct cards cards;

	cards_begin(&cards);
	interface = add_interface(&cards, "eth0", cards.card);
	interface->is_up = true;
	interface->addresses = (char **)addresses;
	interface->n_addresses = 1;
	assert_string_equal(
		NETWORK(&cards),
		"warning group 10: network interface eth0 on " CARD
		" is up, has 192.0.2.7/24 | take the interface down, which ends the connections through it $ sudo ip link set dev eth0 down\n");
	interface->n_addresses = 3;
	assert_string_equal(
		NETWORK(&cards),
		"warning group 10: network interface eth0 on " CARD
		" is up, has 192.0.2.7/24 and 2 more addresses | take the interface down, which ends the connections through it $ sudo ip link set dev eth0 down\n");
	interface->has_default_route = true;
	assert_string_equal(
		NETWORK(&cards),
		"warning group 10: network interface eth0 on " CARD
		" is up, has 192.0.2.7/24 and 2 more addresses, carries the default route | leave "
		"it to the host, or make the host reachable another way first\n");
}

/* Not through the interface itself, nor what stands on it. */
TEST(a_default_route_elsewhere_needs_no_other_way)
{
	struct cards cards;

	cards_begin(&cards);
	add_interface(&cards, "eth0", cards.card)->is_up = true;
	add_interface(&cards, "eth1", cards.other)->has_default_route = true;
	assert_string_equal(
		NETWORK(&cards),
		"note group 10: network interface eth0 on " CARD
		" is up | take the interface down, which ends the connections through it $ sudo ip link set dev eth0 down\n");
}

/* It is in use as part of the bond anyway, which it can leave. */
TEST(advice_is_not_to_do_what_is_done)
{
	struct interface *port;
	struct cards cards;

	cards_begin(&cards);
	port = add_interface(&cards, "eth0", cards.card);
	port->master = add_interface(&cards, "bond0", NULL)->index;
	assert_string_equal(
		NETWORK(&cards),
		"warning group 10: network interface eth0 on " CARD
		" is down, is below bond0 (no kind) | take the interface out of bond0 $ sudo ip link set dev eth0 nomaster\n");
	/* One that is up first goes down. */
	port->is_up = true;
	assert_non_null(strstr(
		NETWORK(&cards),
		" | take the interface down and out of bond0, which ends the connections through it $ sudo ip link set dev eth0 down $ sudo ip link set dev eth0 nomaster\n"));
	/* A bridge in another network namespace has no name here. */
	port->is_up = false;
	port->master = 99;
	assert_non_null(strstr(
		NETWORK(&cards),
		" is down, is a port of a bridge or bond | take the interface out of its bridge or bond $ sudo ip link set dev eth0 nomaster\n"));
}

TEST(the_session_of_the_caller_is_told)
{
	struct interface *interface;
	struct cards cards;

	cards_begin(&cards);
	interface = add_interface(&cards, "eth0", cards.card);
	interface->is_up = true;
	interface->has_session = true;
	assert_string_equal(NETWORK(&cards),
			    "warning group 10: network interface eth0 on " CARD
			    " is up, carries your SSH session | leave it to the host, or make the "
			    "host reachable another way first\n");
}

TEST(what_stands_on_it_is_told)
{
	static const char *address = "192.0.2.7/24";
	struct interface *port, *bond, *vlan;
	struct cards cards;

	cards_begin(&cards);
	port = add_interface(&cards, "eth0", cards.card);
	bond = add_interface(&cards, "bond0", NULL);
	vlan = add_interface(&cards, NULL, NULL);
	add_interface(&cards, "eth1", cards.other);
	port->is_up = true;
	port->master = bond->index;
	bond->kind = text("bond");
	vlan->kind = text("vlan");
	vlan->lower = bond->index;
	bond->addresses = (char **)&address;
	bond->n_addresses = 1;
	bond->has_default_route = true;
	assert_string_equal(
		NETWORK(&cards),
		"warning group 10: network interface eth0 on " CARD
		" is up, is below bond0 (bond), which has 192.0.2.7/24, carries the default "
		"route, is below ? (vlan) | leave it to the host, or make the host reachable "
		"another way first\n");
}

TEST(names_that_are_no_words_are_in_no_advice)
{
	static const char *const names[] = { "e;reboot", "$(x)", "a b", "" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct cards cards;

		cards_begin(&cards);
		add_interface(&cards, names[i], cards.card)->is_up = true;
		assert_null(strstr(NETWORK(&cards), " $ "));
	}
}

TEST(only_the_groups_in_question_are_told)
{
	struct cards cards;

	cards_begin(&cards);
	add_interface(&cards, "eth1", cards.other)->is_up = true;
	add_interface(&cards, "lo", NULL)->is_up = true;
	assert_string_equal(NETWORK(&cards), "");
	cards.facts.input.n_groups = 2;
	assert_non_null(strstr(NETWORK(&cards), "note group 11: network interface eth1 on "));
	/* A device that lost its group is in none of them. */
	cards.other->group = NULL;
	assert_string_equal(NETWORK(&cards), "");
}

TEST(interfaces_that_are_not_known_matter_for_cards_that_the_host_drives)
{
	static const struct {
		int error;
		const char *reason;
	} cases[] = { { ENODATA, "the capture does not hold the answer" },
		      { EOPNOTSUPP, "a directory of files cannot answer it" },
		      { EPERM, "Operation not permitted" } };
	struct cards cards;

	cards_begin(&cards);
	for (size_t i = 0; i < COUNT(cases); i++) {
		cards.facts.host.net.interfaces_errno = cases[i].error;
		assert_string_equal(
			NETWORK(&cards),
			keep(xasprintf(
				"unmeasured group 10: the use of the network interface of " CARD
				" is not known (rtnetlink: %s)\n",
				cases[i].reason)));
	}
	cards.card->driver = text("vfio-pci");
	assert_string_equal(NETWORK(&cards), "");
	cards.card->driver = NULL;
	assert_string_equal(NETWORK(&cards), "");
	cards.card->driver = text("nvme");
	cards.card->class = CLASS_STORAGE;
	assert_string_equal(NETWORK(&cards), "");
}

/* Disks */

static struct block *add_block(struct cards *cards, const char *name, const struct device *device)
{
	struct block *block = &cards->blocks[cards->facts.host.blocks.count++];

	block->name = text(name);
	block->device = device;
	return block;
}

static const char *mounted_on(const char **mounts, size_t count)
{
	struct block *block;
	struct cards cards;

	cards_begin(&cards);
	block = add_block(&cards, "sda1", cards.card);
	block->mounts = (char **)mounts;
	block->n_mounts = count;
	return DISK(&cards);
}

#define MOUNTED(...) \
	mounted_on((const char *[]){ __VA_ARGS__ }, COUNT(((const char *[]){ __VA_ARGS__ })))

TEST(a_disk_that_is_not_used_is_not_told)
{
	assert_string_equal(mounted_on(NULL, 0), "");
}

TEST(a_mounted_disk_is_told_with_its_remedy)
{
	assert_string_equal(
		MOUNTED("/srv/a"),
		"warning group 10: sda1 on " CARD
		" is mounted on /srv/a | unmount it, which takes /srv/a from the programs that need it $ sudo umount /srv/a\n");
	assert_string_equal(
		MOUNTED("/srv", "/b"),
		"warning group 10: sda1 on " CARD " is mounted on /srv and 1 more | unmount "
		"it, which takes /srv and 1 more from the programs that need it $ sudo umount /b $ sudo umount /srv\n");
}

TEST(the_disk_that_the_host_runs_from_stays)
{
	static const char stays[] = " | leave the disk to the host, which runs from it\n";

	assert_non_null(strstr(MOUNTED("/"), stays));
	assert_non_null(strstr(MOUNTED("/home", "/"), stays));
	assert_null(strstr(MOUNTED("/home"), stays));
}

TEST(places_that_a_shell_would_read_otherwise_are_in_no_advice)
{
	static const char *const places[] = {
		"/a b", "/a'b", "/a\"b", "/a\\b", "/a$b", "/a`b", "/a;b", "/a&b", "/a|b",
		"/a<b", "/a>b", "/a*b",	 "/a?b",  "/a(b", "/a)b", "/a[b", "/a]b", "/a{b",
		"/a}b", "/a~b", "/a#b",	 "/a!b",  "-rf",  "a",	  "",
	};

	for (size_t i = 0; i < COUNT(places); i++) {
		const char *place = places[i];
		const char *line = mounted_on(&place, 1);

		if (!*line || strstr(line, " $ "))
			fail_msg("%s", line);
	}
	assert_non_null(
		strstr(MOUNTED("/srv/\xc3\xa4-b_c.d:e"), " $ sudo umount /srv/\xc3\xa4-b_c.d:e"));
}

TEST(a_disk_that_is_swapped_to_is_told_with_its_remedy)
{
	struct block *block;
	struct cards cards;

	cards_begin(&cards);
	block = add_block(&cards, "sda2", cards.card);
	block->is_swap = true;
	assert_string_equal(
		DISK(&cards),
		"warning group 10: sda2 on " CARD
		" is used as swap | stop swapping to it, which moves what is there back to memory $ sudo swapoff /dev/sda2\n");
	block->name = text("a;b");
	assert_null(strchr(DISK(&cards), '$'));
}

TEST(a_disk_is_used_by_what_stands_on_it)
{
	static const char *holder = "dm-0", *mount = "/srv";
	struct block *disk, *volume;
	struct cards cards;

	cards_begin(&cards);
	disk = add_block(&cards, "sda1", cards.card);
	volume = add_block(&cards, "dm-0", NULL);
	disk->holders = (char **)&holder;
	disk->n_holders = 1;
	volume->mounts = (char **)&mount;
	volume->n_mounts = 1;
	assert_string_equal(DISK(&cards), "warning group 10: sda1 on " CARD
					  " is below dm-0, which is mounted on /srv\n");
	disk->device = cards.other;
	assert_string_equal(DISK(&cards), "");
}

/* Groups that are never free */

/* Another card of the group is the way to the host, so the group is never free. */
TEST(nothing_is_taken_down_in_a_group_that_stays_with_the_host)
{
	static const char words[] =
		" | leave it as it is: the group stays with the host, which does not run without 0000:03:00.0 (its reason)\n";
	static const char *mount = "/srv";
	struct interface *interface;
	struct device *vital;
	struct block *block;
	struct cards cards;

	cards_begin(&cards);
	vital = facts_device(&cards.facts, 0, "0000:03:00.0", CLASS_NETWORK, "igb");
	vital->reason = text("its reason");
	interface = add_interface(&cards, "eth0", cards.card);
	interface->is_up = true;
	interface->master = 99;
	block = add_block(&cards, "sda1", cards.card);
	block->mounts = (char **)&mount;
	block->n_mounts = 1;
	block->is_swap = true;
	cards.facts.host.net.n_smcds = 1;
	cards.smcds[0].address = text(CARD);
	cards.smcds[0].uses = 1;
	vital->state = STATE_IN_USE;
	assert_non_null(strstr(NETWORK(&cards), " $ sudo ip link set dev eth0 down"));
	assert_non_null(strstr(DISK(&cards), " $ sudo swapoff /dev/sda1 $ sudo umount /srv\n"));
	assert_non_null(strstr(TOLD(&cards, "in-use-smcd"), " | close "));
	vital->state = STATE_KEEP;
	assert_non_null(strstr(NETWORK(&cards), words));
	assert_non_null(strstr(DISK(&cards), words));
	assert_non_null(strstr(TOLD(&cards, "in-use-smcd"), words));
	/* A bridge is kept too, and is in the way of no group. */
	vital->class = CLASS_PORT;
	vital->driver = text("pcieport");
	assert_non_null(strstr(NETWORK(&cards), " $ sudo ip link set dev eth0 down"));
	assert_non_null(strstr(DISK(&cards), " $ sudo umount /srv\n"));
}

/* SMC-D */

TEST(connections_over_ism_are_told)
{
	struct smcd *smcd;
	struct cards cards;

	cards_begin(&cards);
	smcd = &cards.smcds[0];
	cards.facts.host.net.n_smcds = 1;
	smcd->address = text(CARD);
	assert_string_equal(TOLD(&cards, "in-use-smcd"),
			    "ok group 10: " CARD " is known to SMC-D but carries no link group\n");
	smcd->uses = 1;
	assert_string_equal(
		TOLD(&cards, "in-use-smcd"),
		"warning group 10: " CARD
		" carries 1 SMC-D link group | close the connections that use SMC-D first (smcd "
		"linkgroups lists them)\n");
	smcd->uses = 2;
	smcd->is_critical = true;
	assert_string_equal(
		TOLD(&cards, "in-use-smcd"),
		"warning group 10: " CARD " carries 2 SMC-D link groups, and "
		"connections depend on it | close the connections that use SMC-D first (smcd "
		"linkgroups lists them)\n");
	smcd->address = text("0000:02:00.0");
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
	smcd->address = text("0000:09:00.0");
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
}

TEST(connections_that_are_not_known_matter_for_ism_that_the_host_drives)
{
	struct cards cards;

	cards_begin(&cards);
	cards.card->class = 0;
	cards.card->zpci_pft = ZPCI_ISM;
	cards.card->driver = text("ism");
	cards.facts.host.net.smcds_errno = ENODATA;
	assert_string_equal(TOLD(&cards, "in-use-smcd"),
			    "unmeasured group 10: cannot tell whether SMC-D uses " CARD
			    " (generic netlink: the capture does not hold the answer)\n");
	cards.facts.host.net.smcds_errno = 0;
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
	/* The kernel has no SMC now. */
	cards.facts.host.net.smcds_errno = ENOENT;
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
	cards.facts.host.net.smcds_errno = ENODATA;
	cards.card->driver = text("vfio-pci");
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
	cards.card->driver = text("e1000e");
	cards.card->zpci_pft = ZPCI_NONE;
	assert_string_equal(TOLD(&cards, "in-use-smcd"), "");
}

/* Processes */

TEST(a_process_that_holds_the_group_is_told)
{
	struct cards cards;

	cards_begin(&cards);
	cards.facts.host.n_holders = 2;
	cards.holders[0] =
		(struct holder){ .path = text("/dev/vfio/10"), .pid = 109, .name = text("qemu") };
	cards.holders[1] = (struct holder){ .path = text("/dev/vfio/1"), .pid = 110 };
	assert_string_equal(TOLD(&cards, "in-use-process"),
			    "note group 10: /dev/vfio/10 is in use by process 109 (qemu)\n");
	cards.facts.input.named = true;
	assert_string_equal(
		TOLD(&cards, "in-use-process"),
		"failure group 10: /dev/vfio/10 is in use by process 109 (qemu) | stop the "
		"process, or use another group\n");
	cards.holders[1].path = text("/dev/vfio/10");
	assert_non_null(strstr(TOLD(&cards, "in-use-process"), "process 110 (name unknown)"));
}

TEST(the_guest_of_a_process_that_holds_the_group_is_named)
{
	struct cards cards;

	cards_begin(&cards);
	cards.facts.host.n_holders = 1;
	cards.holders[0] = (struct holder){ .path = text("/dev/vfio/10"),
					    .pid = 812,
					    .name = text("qemu-system-x86"),
					    .guest = text("web1") };
	assert_string_equal(
		TOLD(&cards, "in-use-process"),
		"note group 10: /dev/vfio/10 is in use by the guest web1 (process 812)\n");
	cards.facts.input.named = true;
	assert_string_equal(TOLD(&cards, "in-use-process"),
			    "failure group 10: /dev/vfio/10 is in use by the guest web1 (process "
			    "812) | shut the guest down, or use another group\n");
}

TEST(a_process_may_hold_the_node_of_a_device)
{
	struct cards cards;

	cards_begin(&cards);
	cards.card->driver = text("vfio-pci");
	cards.card->vfio_dev = text("vfio7");
	cards.facts.host.n_holders = 1;
	cards.holders[0] = (struct holder){ .path = text("/dev/vfio/devices/vfio7"),
					    .pid = 109,
					    .name = text("qemu") };
	assert_string_equal(
		TOLD(&cards, "in-use-process"),
		"note group 10: /dev/vfio/devices/vfio7 is in use by process 109 (qemu)\n");
	facts_device(&cards.facts, 0, "0000:03:00.0", CLASS_NETWORK, "vfio-pci")->vfio_dev =
		text("vfio8");
	cards.holders[0].path = text("/dev/vfio/devices/vfio8");
	assert_string_not_equal(TOLD(&cards, "in-use-process"), "");
	cards.holders[0].path = text("/dev/vfio/devices/vfio7");
	cards.card->vfio_dev = text("vfio70");
	assert_string_equal(TOLD(&cards, "in-use-process"), "");
	cards.card->vfio_dev = NULL;
	assert_string_equal(TOLD(&cards, "in-use-process"), "");
}

TEST(holders_that_can_not_be_seen_matter_for_bound_groups_that_were_named)
{
	static const char unknown[] =
		"unmeasured group 10: cannot tell whether it is in use by a process | run as root "
		"to see which processes use it\n";
	struct cards cards;

	cards_begin(&cards);
	cards.facts.host.holders_errno = EACCES;
	cards.facts.input.named = true;
	assert_string_equal(TOLD(&cards, "holder-unknown"), "");
	cards.card->driver = text("vfio-pci");
	assert_string_equal(TOLD(&cards, "holder-unknown"), unknown);
	cards.facts.input.named = false;
	assert_string_equal(TOLD(&cards, "holder-unknown"), "");
	cards.facts.input.named = true;
	cards.facts.host.holders_errno = ENODATA;
	assert_string_equal(TOLD(&cards, "holder-unknown"), "");
}

#define UNSEEN                                                                         \
	"in use by a process: /proc shows only the processes of one PID namespace (a " \
	"container) | run vfiodiag on the host, outside containers\n"

TEST(holders_outside_of_a_pid_namespace_are_not_known)
{
	struct cards cards;

	cards_begin(&cards);
	cards.facts.host.holders_errno = EXDEV;
	cards.facts.input.named = true;
	assert_string_equal(TOLD(&cards, "holder-unknown"), "");
	cards.card->driver = text("vfio-pci");
	assert_string_equal(TOLD(&cards, "holder-unknown"),
			    "unmeasured group 10: cannot tell whether it is " UNSEEN);
	cards.facts.input.named = false;
	assert_string_equal(TOLD(&cards, "holder-unknown"),
			    "note this process: cannot tell whether a group is " UNSEEN);
	cards.facts.host.holders_errno = ENODEV;
	assert_string_equal(
		TOLD(&cards, "holder-unknown"),
		"note this process: cannot tell whether a group is in use by a process: "
		"no procfs is mounted on /proc | mount it $ sudo mount -t proc proc /proc\n");
}

TEST(the_graphics_of_the_console_are_noted)
{
	struct cards cards;

	cards_begin(&cards);
	assert_string_equal(TOLD(&cards, "console-graphics"), "");
	cards.card->is_console = true;
	assert_string_equal(
		TOLD(&cards, "console-graphics"),
		"note group 10: " CARD
		" is the boot display: the host console goes blank once it is passed through\n");
	cards.card->is_console = false;
	cards.other->is_console = true;
	assert_string_equal(TOLD(&cards, "console-graphics"), "");
}

TEST(only_groups_in_question_are_told_of_what_is_not_known)
{
	struct cards cards;

	cards_begin(&cards);
	cards.facts.host.net.interfaces_errno = EPERM;
	cards.facts.host.net.smcds_errno = EPERM;
	cards.facts.host.holders_errno = EACCES;
	cards.facts.input.named = true;
	cards.card->zpci_pft = ZPCI_ISM;
	cards.other->zpci_pft = ZPCI_ISM;
	cards.card->is_console = true;
	cards.other->is_console = true;
	cards.facts.host.n_holders = 2;
	cards.holders[0] = (struct holder){ .path = text("/dev/vfio/11"), .pid = 1 };
	cards.holders[1] = (struct holder){ .path = text("/dev/vfio/10"), .pid = 2 };
	assert_asked_only(&cards.facts, &check_family_inuse, "in-use-network");
	assert_asked_only(&cards.facts, &check_family_inuse, "in-use-smcd");
	assert_asked_only(&cards.facts, &check_family_inuse, "console-graphics");
	assert_asked_only(&cards.facts, &check_family_inuse, "in-use-process");
	cards.card->driver = text("vfio-pci");
	cards.other->driver = text("vfio-pci");
	assert_asked_only(&cards.facts, &check_family_inuse, "holder-unknown");
}

/* A group's first device may be a bridge, its first disk unused. */
TEST(every_device_disk_and_interface_is_looked_at)
{
	struct cards cards;

	cards_begin(&cards);
	cards.card->driver = NULL;
	facts_device(&cards.facts, 0, "0000:03:00.0", CLASS_NETWORK, "igb");
	facts_device(&cards.facts, 0, "0000:03:00.1", CLASS_NETWORK, "ism")->zpci_pft = ZPCI_ISM;
	cards.facts.device[2].is_console = true;
	cards.facts.host.net.interfaces_errno = EPERM;
	cards.facts.host.net.smcds_errno = EPERM;
	assert_non_null(strstr(NETWORK(&cards), "interface of 0000:03:00.0 is not known"));
	assert_non_null(strstr(TOLD(&cards, "in-use-smcd"), "uses 0000:03:00.1 ("));
	assert_non_null(
		strstr(TOLD(&cards, "console-graphics"), "0000:03:00.0 is the boot display"));
	cards.facts.host.net.interfaces_errno = 0;
	add_interface(&cards, "eth0", &cards.facts.device[2]);
	add_interface(&cards, "eth1", &cards.facts.device[2])->is_up = true;
	assert_non_null(strstr(NETWORK(&cards), "interface eth1 on 0000:03:00.0 is up"));
	add_block(&cards, "sda", &cards.facts.device[2]);
	add_block(&cards, "sdb", &cards.facts.device[2])->is_swap = true;
	assert_non_null(strstr(DISK(&cards), "sdb on 0000:03:00.0 is used as swap"));
	cards.facts.host.net.n_smcds = 2;
	cards.smcds[0].address = text("0000:09:00.0");
	cards.smcds[1] = (struct smcd){ text("0000:03:00.1"), 1, false };
	assert_non_null(
		strstr(TOLD(&cards, "in-use-smcd"), "0000:03:00.1 carries 1 SMC-D link group"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_that_is_down_and_does_nothing_is_not_told),
		cmocka_unit_test(an_interface_that_is_up_is_noted),
		cmocka_unit_test(addresses_make_it_a_warning),
		cmocka_unit_test(a_default_route_elsewhere_needs_no_other_way),
		cmocka_unit_test(advice_is_not_to_do_what_is_done),
		cmocka_unit_test(the_session_of_the_caller_is_told),
		cmocka_unit_test(nothing_is_taken_down_in_a_group_that_stays_with_the_host),
		cmocka_unit_test(what_stands_on_it_is_told),
		cmocka_unit_test(names_that_are_no_words_are_in_no_advice),
		cmocka_unit_test(only_the_groups_in_question_are_told),
		cmocka_unit_test(
			interfaces_that_are_not_known_matter_for_cards_that_the_host_drives),
		cmocka_unit_test(a_disk_that_is_not_used_is_not_told),
		cmocka_unit_test(a_mounted_disk_is_told_with_its_remedy),
		cmocka_unit_test(the_disk_that_the_host_runs_from_stays),
		cmocka_unit_test(places_that_a_shell_would_read_otherwise_are_in_no_advice),
		cmocka_unit_test(a_disk_that_is_swapped_to_is_told_with_its_remedy),
		cmocka_unit_test(a_disk_is_used_by_what_stands_on_it),
		cmocka_unit_test(connections_over_ism_are_told),
		cmocka_unit_test(
			connections_that_are_not_known_matter_for_ism_that_the_host_drives),
		cmocka_unit_test(a_process_that_holds_the_group_is_told),
		cmocka_unit_test(the_guest_of_a_process_that_holds_the_group_is_named),
		cmocka_unit_test(a_process_may_hold_the_node_of_a_device),
		cmocka_unit_test(
			holders_that_can_not_be_seen_matter_for_bound_groups_that_were_named),
		cmocka_unit_test(holders_outside_of_a_pid_namespace_are_not_known),
		cmocka_unit_test(the_graphics_of_the_console_are_noted),
		cmocka_unit_test(only_groups_in_question_are_told_of_what_is_not_known),
		cmocka_unit_test(every_device_disk_and_interface_is_looked_at),
	};

	return UNIT_RUN("inuse", tests);
}
