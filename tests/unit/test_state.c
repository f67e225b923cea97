/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of each device, by rule. */
#include "facts.h"

#include <errno.h>

#include "check/state.h"

#define CLASS_AUDIO  0x040300
#define CLASS_USB    0x0c0330
#define CLASS_SMBUS  0x0c0500
#define CLASS_RAID   0x010400
#define CLASS_MEMORY 0x058000
#define CLASS_VISION 0x400000
#define CARD	     "0000:01:00.0"

/** struct site - a host with disks, interfaces and holders. */
struct site {
	struct facts facts;
	struct interface interfaces[4];
	struct block blocks[4];
	struct holder holders[2];
	struct use uses[2];
};

static void site_begin(struct site *site)
{
	struct host *host = &site->facts.host;

	*site = (struct site){ 0 };
	facts_begin(&site->facts);
	host->net.interfaces = site->interfaces;
	host->blocks.block = site->blocks;
	host->holders = site->holders;
}

static struct device *add(struct site *site, unsigned int group, const char *address,
			  uint32_t class, const char *driver)
{
	return facts_device(&site->facts, group, address, class, driver);
}

static struct interface *add_interface(struct site *site, const char *name,
				       const struct device *device)
{
	struct interface *interface = &site->interfaces[site->facts.host.net.n_interfaces++];

	interface->index = (uint32_t)site->facts.host.net.n_interfaces;
	interface->name = text(name);
	interface->device = device;
	return interface;
}

static struct block *add_block(struct site *site, const char *name, const struct device *device)
{
	struct block *block = &site->blocks[site->facts.host.blocks.count++];

	block->name = text(name);
	block->device = device;
	return block;
}

static void mount_on(struct block *block, const char *const *where)
{
	block->mounts = (char **)(uintptr_t)where;
	block->n_mounts = 1;
}

/* "state: reason" of @device. */
static const char *judged(struct site *site, const struct device *device)
{
	const char *answer;

	judge_states(&site->facts.host);
	answer = keep(xasprintf("%s: %s", state_name(device->state), device->reason));
	for (size_t i = 0; i < site->facts.host.n_devices; i++) {
		free(site->facts.devices[i]->reason);
		site->facts.devices[i]->reason = NULL;
	}
	return answer;
}

#define JUDGED(site, device, expected) assert_string_equal(judged(site, device), expected)

/* Bound */

TEST(a_bound_device_with_nothing_in_its_way_is_ready)
{
	struct site site;
	struct device *card;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	/* A variant driver, and a port of the chipset above it. */
	card->driver = text("mlx5_vfio_pci");
	card->vfio_dev = text("vfio0");
	add(&site, 0, "0000:00:01.0", CLASS_PORT, "pcieport");
	JUDGED(&site, card, "ready: bound to mlx5_vfio_pci");
}

TEST(whose_holders_were_not_seen_is_bound_only)
{
	struct site site;
	struct device *card;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	site.facts.host.holders_errno = EACCES;
	JUDGED(&site, card, "bound: bound to vfio-pci; whether a process has it was not seen");
}

TEST(who_has_the_group_is_named)
{
	struct device *card, *driverless;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	card->vfio_dev = text("vfio3");
	driverless = add(&site, 0, "0000:01:00.1", CLASS_AUDIO, NULL);
	site.facts.host.n_holders = 1;
	site.holders[0] = (struct holder){ .path = text("/dev/vfio/10"), .pid = 812 };
	JUDGED(&site, card, "assigned: process 812 (name unknown) has it");
	site.holders[0].name = text("qemu-system-x86");
	JUDGED(&site, card, "assigned: process 812 (qemu-system-x86) has it");
	site.holders[0].path = text("/dev/vfio/devices/vfio3");
	site.holders[0].guest = text("web1");
	JUDGED(&site, card, "assigned: the guest web1 (process 812) has it");
	JUDGED(&site, driverless, "in-use: the guest web1 (process 812) has its group");
	/* The node of another group, and of another device. */
	site.holders[0].path = text("/dev/vfio/11");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.holders[0].path = text("/dev/vfio/devices/vfio30");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	/* Though others were not seen, this one was. */
	site.holders[0].path = text("/dev/vfio/10");
	site.facts.host.holders_errno = EACCES;
	JUDGED(&site, card, "assigned: the guest web1 (process 812) has it");
}

TEST(the_rest_of_the_group_can_block_a_bound_device)
{
	struct device *card, *audio, *disk;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	audio = add(&site, 0, "0000:01:00.1", CLASS_AUDIO, "snd_hda_intel");
	JUDGED(&site, card, "blocked: another function of its card, 0000:01:00.1, is not bound");
	JUDGED(&site, audio, "available: nothing uses it through snd_hda_intel");
	audio->uses_errno = EACCES;
	JUDGED(&site, card,
	       "blocked: another function of its card, 0000:01:00.1, may be in use by the "
	       "host: what uses it was not seen: Permission denied");
	disk = add(&site, 0, "0000:02:00.0", CLASS_STORAGE, "nvme");
	mount_on(add_block(&site, "nvme0n1p1", disk), (const char *const[]){ "/srv" });
	JUDGED(&site, card,
	       "blocked: another device of its group, 0000:02:00.0, is in use by the host: "
	       "nvme0n1p1 is mounted on /srv");
	mount_on(&site.blocks[0], (const char *const[]){ "/" });
	JUDGED(&site, card,
	       "blocked: another device of its group, 0000:02:00.0, is needed by the host: / is "
	       "mounted from nvme0n1p1");
	JUDGED(&site, audio,
	       "blocked: another device of its group, 0000:02:00.0, is needed by the host: / is "
	       "mounted from nvme0n1p1");
	JUDGED(&site, disk, "keep: / is mounted from nvme0n1p1");
}

TEST(a_driver_that_does_not_use_the_device_blocks_nothing)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	add(&site, 0, "0000:01:00.1", CLASS_AUDIO, "pci-stub");
	add(&site, 0, "0000:01:00.2", CLASS_USB, NULL);
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

TEST(what_stops_the_device_itself_blocks_it)
{
	static struct region regions[] = {
		{ .type = REGION_MSI, .range = { 0xfee00000, 0xfeefffff } },
		{ .type = REGION_DIRECT, .range = { 0xe8000, 0xe8fff } },
	};
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	card->bar_claim = text("BOOTFB");
	JUDGED(&site, card, "blocked: one of its BARs is claimed by BOOTFB");
	card->bar_claim = NULL;
	card->is_silent = true;
	JUDGED(&site, card, "blocked: it does not answer: its configuration space is all ones");
	card->is_silent = false;
	card->power_state = text("D3cold");
	card->runtime_status = text("suspended");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	card->runtime_status = text("active");
	JUDGED(&site, card, "blocked: it does not come back from D3cold");
	card->power_state = text("D3hot");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	card->endpoint = text("0000:d7:05.5");
	JUDGED(&site, card,
	       "blocked: it is behind 0000:d7:05.5, which can only be assigned with all its "
	       "devices");
	card->endpoint = NULL;
	site.facts.group[0].name = text("vfio-noiommu");
	JUDGED(&site, card, "blocked: its group has no IOMMU (no-IOMMU mode)");
	site.facts.group[0].name = NULL;
	site.facts.group[0].regions = regions;
	site.facts.group[0].n_regions = 1;
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.group[0].n_regions = 2;
	JUDGED(&site, card,
	       "unknown: the firmware requires 0xe8000 - 0xe8fff to be mapped 1:1, and it is not "
	       "known whether this kernel assigns the device anyway");
	site.facts.host.iommu_table = text("IVRS");
	site.facts.host.release = text("6.1.192");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.host.release = text("6.12.118");
	JUDGED(&site, card, "blocked: the firmware requires 0xe8000 - 0xe8fff to be mapped 1:1");
	/* A mapping that may be given up blocks nothing. */
	regions[1].type = REGION_DIRECT_RELAXABLE;
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.group[0].regions_errno = EACCES;
	JUDGED(&site, card, "unknown: its reserved regions could not be read");
}

/* The nodes of VFIO in @site: container, group 10, the device as iommufd sees it. */
static void set_nodes(struct site *site, struct node *nodes, int container, int group, int cdev)
{
	nodes[0] = (struct node){ .path = text("/dev/vfio/10"), .error = group };
	nodes[1] = (struct node){ .path = text("/dev/vfio/devices/vfio0"), .error = cdev };
	nodes[2] = (struct node){ .path = text("/dev/vfio/vfio"), .error = container };
	site->facts.host.nodes = nodes;
	site->facts.host.n_nodes = 3;
}

TEST(without_its_nodes_a_device_is_blocked)
{
	struct node nodes[3];
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	set_nodes(&site, nodes, 0, 0, ENOENT);
	JUDGED(&site, card, "ready: bound to vfio-pci");
	set_nodes(&site, nodes, ENOENT, 0, ENOENT);
	JUDGED(&site, card, "blocked: /dev/vfio/vfio does not exist");
	set_nodes(&site, nodes, 0, ENOENT, ENOENT);
	JUDGED(&site, card, "blocked: /dev/vfio/10 does not exist");
	/* In a tree without /dev it is not known. */
	set_nodes(&site, nodes, ENODATA, ENODATA, ENODATA);
	JUDGED(&site, card, "ready: bound to vfio-pci");
	/* A kernel without groups has nodes of devices alone. */
	card->vfio_dev = text("vfio0");
	set_nodes(&site, nodes, ENOENT, ENOENT, 0);
	JUDGED(&site, card, "ready: bound to vfio-pci");
	/* One that is not bound has no node yet. */
	card->vfio_dev = NULL;
	card->driver = NULL;
	set_nodes(&site, nodes, ENOENT, ENOENT, ENOENT);
	JUDGED(&site, card, "available: no driver is bound to it");
}

TEST(without_interrupt_remapping_a_bound_device_is_blocked)
{
	struct parameter parameter = { .module = text("vfio_iommu_type1"),
				       .name = text("allow_unsafe_interrupts"),
				       .value = text("N") };
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	site.facts.host.parameters = &parameter;
	site.facts.host.n_parameters = 1;
	site.facts.host.irq_chip = text("IO-APIC");
	JUDGED(&site, card,
	       "blocked: interrupts are not remapped, and unsafe ones are not allowed");
	parameter.value = text("Y");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	parameter.value = text("N");
	site.facts.host.modules_errno = ENODATA;
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.host.modules_errno = 0;
	site.facts.host.irq_chip = text("IR-IO-APIC");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.host.irq_chip = text("GICv3");
	JUDGED(&site, card, "ready: bound to vfio-pci");
	site.facts.host.irq_chip = NULL;
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

TEST(a_sleeping_device_of_a_host_driver_is_woken_by_it)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "nouveau");
	card->power_state = text("D3cold");
	JUDGED(&site, card, "available: nothing uses it through nouveau");
}

TEST(without_a_missing_reset_it_stays_ready)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	card->reset_methods = text("");
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

/* Without a group */

TEST(a_device_without_a_group_is_blocked_where_groups_were_read)
{
	struct device *card, *port;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	port = add(&site, 0, "0000:00:01.0", CLASS_PORT, "pcieport");
	card->group = port->group = NULL;
	site.facts.group[0].n_devices = 0;
	JUDGED(&site, card, "blocked: it is in no IOMMU group, and it is not known why");
	JUDGED(&site, port, "keep: part of the chipset");
	site.facts.host.groups_errno = ENOENT;
	site.facts.host.n_groups = 0;
	JUDGED(&site, card, "blocked: the kernel uses no IOMMU");
	site.facts.host.groups_errno = EACCES;
	JUDGED(&site, card, "unknown: the IOMMU groups were not seen");
}

/* It could have been kept, had its interfaces been seen. */
TEST(what_could_not_be_read_is_told_beside_the_block)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_NETWORK, "igb");
	card->group = NULL;
	site.facts.group[0].n_devices = 0;
	site.facts.host.n_groups = 0;
	site.facts.host.groups_errno = ENOENT;
	JUDGED(&site, card, "blocked: the kernel uses no IOMMU");
	site.facts.host.net.interfaces_errno = ENOPROTOOPT;
	JUDGED(&site, card,
	       "blocked: the kernel uses no IOMMU; its network interfaces were not seen");
}

/* A tree that was copied in part */

TEST(a_driver_that_was_not_seen_makes_its_group_unknown)
{
	struct device *card, *other;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	other = add(&site, 0, "0000:01:00.1", 0x040300, NULL);
	other->driver_errno = ENODATA;
	JUDGED(&site, other, "unknown: its driver was not seen");
	JUDGED(&site, card,
	       "unknown: another function of its card, 0000:01:00.1, may be in use by the host: "
	       "its driver was not seen");
}

TEST(a_group_that_contradicts_a_link_is_unknown)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "vfio-pci");
	card->group_link = text("4");
	JUDGED(&site, card,
	       "unknown: its link names group 4, and the list of the groups says otherwise");
}

/* The chipset */

TEST(the_chipset_is_kept)
{
	static const uint32_t classes[] = { CLASS_PORT,	 0x060000, CLASS_ISA,
					    CLASS_SMBUS, 0x080600, 0x080200 };
	struct device *device;
	struct site site;

	for (size_t i = 0; i < COUNT(classes); i++) {
		site_begin(&site);
		device = add(&site, 0, "0000:00:1f.0", classes[i], i % 2 ? NULL : "driver");
		JUDGED(&site, device, "keep: part of the chipset");
	}
	/* On the root bus, without driver and without reset: a memory controller, no card. */
	site_begin(&site);
	device = add(&site, 0, "0000:00:1f.2", CLASS_MEMORY, NULL);
	device->path = text("/sys/devices/pci0000:00/0000:00:1f.2");
	JUDGED(&site, device, "keep: part of the chipset");
	device->reset_methods = text("flr");
	JUDGED(&site, device, "available: no driver is bound to it");
	device->reset_methods = NULL;
	device->path = text("/sys/devices/pci0000:00/0000:00:01.0/0000:00:1f.2");
	JUDGED(&site, device, "available: no driver is bound to it");
	/* A SATA controller is one beside the ISA bridge in its group, and a card elsewhere. */
	device->class = 0x010601;
	JUDGED(&site, device, "available: no driver is bound to it");
	add(&site, 0, "0000:00:1f.0", CLASS_ISA, NULL);
	JUDGED(&site, device, "keep: part of the chipset");
	device->address = text("0000:01:00.0");
	JUDGED(&site, device, "available: no driver is bound to it");
}

TEST(what_is_bound_is_no_chipset_any_more)
{
	struct device *device;
	struct site site;

	site_begin(&site);
	device = add(&site, 0, "0000:00:1f.4", CLASS_SMBUS, "vfio-pci");
	JUDGED(&site, device, "ready: bound to vfio-pci");
}

/* Disks */

TEST(a_disk_is_as_vital_as_its_mounts)
{
	static const struct {
		const char *where;
		const char *answer;
	} cases[] = {
		{ "/", "keep: / is mounted from sda1" },
		{ "/boot/efi", "keep: /boot/efi is mounted from sda1" },
		{ "/usr", "keep: /usr is mounted from sda1" },
		{ "/srv", "in-use: sda1 is mounted on /srv" },
		{ "/usr2", "in-use: sda1 is mounted on /usr2" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct device *disk;
		struct block *partition;
		struct site site;

		site_begin(&site);
		disk = add(&site, 0, CARD, CLASS_STORAGE, "nvme");
		add_block(&site, "sda", disk);
		partition = add_block(&site, "sda1", disk);
		partition->disk = text("sda");
		mount_on(partition, &cases[i].where);
		JUDGED(&site, disk, cases[i].answer);
	}
}

TEST(what_is_on_top_of_a_disk_counts)
{
	static const char *const holders[] = { "md0", "dm-0" };
	struct device *disk;
	struct block *top;
	struct site site;

	site_begin(&site);
	disk = add(&site, 0, CARD, CLASS_STORAGE, "nvme");
	site.blocks[0].holders = (char **)(uintptr_t)holders;
	site.blocks[0].n_holders = 1;
	add_block(&site, "sda", disk);
	site.blocks[1].holders = (char **)(uintptr_t)(holders + 1);
	site.blocks[1].n_holders = 1;
	add_block(&site, "md0", NULL);
	top = add_block(&site, "dm-0", NULL);
	top->mapped_name = text("vg-root");
	JUDGED(&site, disk, "in-use: sda is below md0");
	mount_on(top, (const char *const[]){ "/" });
	JUDGED(&site, disk, "keep: / is mounted from sda through vg-root");
	top->n_mounts = 0;
	top->is_swap = true;
	JUDGED(&site, disk, "keep: the host swaps to sda through vg-root");
	/* A cycle, which a capture may hold, ends. */
	top->is_swap = false;
	top->holders = (char **)(uintptr_t)holders;
	top->n_holders = 1;
	assert_non_null(strstr(judged(&site, disk), "in-use: sda is below md0"));
}

TEST(disks_of_which_the_use_was_not_seen_are_unknown)
{
	struct device *disk, *usb, *audio;
	struct site site;

	site_begin(&site);
	disk = add(&site, 0, CARD, CLASS_STORAGE, "nvme");
	usb = add(&site, 1, "0000:02:00.0", CLASS_USB, "xhci_hcd");
	audio = add(&site, 2, "0000:03:00.0", CLASS_AUDIO, "snd_hda_intel");
	add_block(&site, "sda", disk);
	JUDGED(&site, disk, "available: nothing uses it through nvme");
	disk->uses_errno = usb->uses_errno = ENODATA;
	site.facts.host.blocks.unnamed = text("zfs is mounted on /");
	JUDGED(&site, disk, "unknown: zfs is mounted on /, and its disks are not known");
	JUDGED(&site, usb, "unknown: zfs is mounted on /, and its disks are not known");
	JUDGED(&site, audio, "available: nothing uses it through snd_hda_intel");
	site.facts.host.blocks.unnamed = NULL;
	site.facts.host.blocks.error = EACCES;
	JUDGED(&site, disk, "unknown: mounts and swap were not seen");
	disk->driver = NULL;
	JUDGED(&site, disk, "available: no driver is bound to it");
	/* A use that was seen counts, even if other evidence is missing. */
	disk->driver = text("nvme");
	mount_on(&site.blocks[0], (const char *const[]){ "/" });
	JUDGED(&site, disk, "keep: / is mounted from sda");
}

TEST(a_disk_below_something_is_kept_for_it)
{
	struct device *disk;
	struct block *block;
	struct site site;

	site_begin(&site);
	disk = add(&site, 0, CARD, CLASS_STORAGE, "nvme");
	block = add_block(&site, "sda", disk);
	block->swap_file = text("/srv/swap");
	JUDGED(&site, disk, "keep: the host swaps to a file on sda");
	block->below_root = true;
	JUDGED(&site, disk, "keep: / is mounted from a file on sda");
	block->below_root = false;
	block->swap_file = NULL;
	block->opener = text("process 812 (qemu-system-x86)");
	JUDGED(&site, disk, "in-use: sda is open in process 812 (qemu-system-x86)");
	/* Of a partition, which the kernel lists behind its disk. */
	mount_on(add_block(&site, "sda1", disk), (const char *const[]){ "/" });
	site.blocks[1].disk = text("sda");
	JUDGED(&site, disk, "keep: / is mounted from sda1");
}

/* Network */

TEST(an_interface_says_what_its_card_does)
{
	static const char *const addresses[] = { "192.0.2.7/24" };
	struct interface *interface;
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_NETWORK, "igb");
	JUDGED(&site, card,
	       "unknown: it has no network interface here, but may have one in another network "
	       "namespace");
	interface = add_interface(&site, "eth0", card);
	JUDGED(&site, card, "available: nothing uses it through igb");
	interface->is_up = true;
	JUDGED(&site, card, "in-use: network interface eth0 is up");
	interface->master = 9;
	JUDGED(&site, card, "in-use: network interface eth0 is a port of a bridge or bond");
	interface->addresses = (char **)(uintptr_t)addresses;
	interface->n_addresses = 1;
	JUDGED(&site, card, "in-use: network interface eth0 has 192.0.2.7/24");
	interface->has_default_route = true;
	JUDGED(&site, card, "keep: the default route goes through eth0");
	interface->has_session = true;
	JUDGED(&site, card, "keep: your SSH session goes through eth0");
	interface->carries_root = true;
	JUDGED(&site, card, "keep: the root file system is reached through eth0");
	site.facts.host.net.n_interfaces = 0;
	site.facts.host.net.interfaces_errno = ENODATA;
	JUDGED(&site, card, "unknown: its network interfaces were not seen");
}

TEST(the_default_route_keeps_every_card_below_it)
{
	struct interface *vlan, *bond, *port;
	struct device *first, *second, *third;
	struct site site;

	site_begin(&site);
	first = add(&site, 0, CARD, CLASS_NETWORK, "igb");
	second = add(&site, 1, "0000:02:00.0", CLASS_NETWORK, "igb");
	third = add(&site, 2, "0000:03:00.0", CLASS_NETWORK, "igb");
	vlan = add_interface(&site, "bond0.7", NULL);
	bond = add_interface(&site, "bond0", NULL);
	port = add_interface(&site, "eth0", first);
	vlan->lower = bond->index;
	vlan->has_default_route = true;
	port->master = bond->index;
	add_interface(&site, "eth1", second)->master = bond->index;
	JUDGED(&site, first, "keep: the default route goes through eth0");
	JUDGED(&site, second, "keep: the default route goes through eth1");
	assert_non_null(strstr(judged(&site, third), "unknown: "));
}

/* Other uses */

TEST(a_use_that_was_seen_is_named)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "amdgpu");
	JUDGED(&site, card, "available: nothing uses it through amdgpu");
	card->uses_errno = EACCES;
	JUDGED(&site, card, "unknown: what uses it was not seen: Permission denied");
	card->uses_errno = ENODATA;
	JUDGED(&site, card, "unknown: nothing shows whether the host uses it through amdgpu");
	card->uses = site.uses;
	card->n_uses = 1;
	site.uses[0].text = text("Xorg (pid 812) has /dev/dri/card1 open");
	JUDGED(&site, card, "in-use: Xorg (pid 812) has /dev/dri/card1 open");
}

TEST(the_boot_display_is_in_use_until_it_is_bound)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "i915");
	card->is_console = true;
	JUDGED(&site, card,
	       "in-use: it is the boot display: the host console goes blank without it");
	card->driver = text("vfio-pci");
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

TEST(the_boot_display_without_a_driver_may_still_show_the_console)
{
	char *framebuffers[] = { text("efi-framebuffer") };
	struct device *card, *other;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, NULL);
	other = add(&site, 1, "0000:02:00.0", CLASS_DISPLAY, NULL);
	card->is_console = true;
	JUDGED(&site, card, "available: no driver is bound to it");
	site.facts.host.framebuffers = framebuffers;
	site.facts.host.n_framebuffers = 1;
	JUDGED(&site, card,
	       "in-use: it is the boot display: efi-framebuffer shows the host console on it");
	JUDGED(&site, other, "available: no driver is bound to it");
	card->driver = text("vfio-pci");
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

/* The kernel has no interface, disk or pool on it: all depends on who has its node open. */
TEST(a_device_of_uio_needs_no_evidence_of_its_class)
{
	static const uint32_t classes[] = { CLASS_NETWORK, CLASS_STORAGE };
	struct device *card;
	struct site site;

	for (size_t i = 0; i < COUNT(classes); i++) {
		site_begin(&site);
		site.facts.host.blocks.unnamed = text("zfs is mounted on /");
		card = add(&site, 0, CARD, classes[i], "uio_pci_generic");
		JUDGED(&site, card, "available: nothing uses it through uio_pci_generic");
		card->uses_errno = ENODATA;
		JUDGED(&site, card,
		       "unknown: the processes that may use it through uio_pci_generic were not "
		       "seen");
	}
}

TEST(a_class_without_evidence_is_unknown)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_VISION, "visiond");
	card->uses_errno = ENODATA;
	JUDGED(&site, card, "unknown: nothing shows whether the host uses it through visiond");
	card->driver = NULL;
	JUDGED(&site, card, "available: no driver is bound to it");
	/* A device of no class at all, on another bus. */
	card->driver = text("vc4-drm");
	card->class = 0;
	card->is_pci = false;
	JUDGED(&site, card, "unknown: nothing shows whether the host uses it through vc4-drm");
}

/* Owners */

TEST(a_physical_function_is_used_by_its_virtual_ones)
{
	struct device *physical, *one, *two;
	struct site site;

	site_begin(&site);
	physical = add(&site, 0, CARD, CLASS_DISPLAY, "i915");
	one = add(&site, 1, "0000:01:00.1", CLASS_DISPLAY, NULL);
	two = add(&site, 2, "0000:01:00.2", CLASS_DISPLAY, NULL);
	one->physical_function = two->physical_function = text(CARD);
	JUDGED(&site, physical,
	       "available: nothing uses it through i915; the VFs 0000:01:00.1, 0000:01:00.2 end "
	       "with its driver");
	one->driver = text("vfio-pci");
	JUDGED(&site, physical, "in-use: its VF 0000:01:00.1 is in use, and ends with its driver");
	JUDGED(&site, one, "ready: bound to vfio-pci");
	two->driver = text("vfio-pci");
	physical->is_console = true;
	JUDGED(&site, physical,
	       "in-use: the VFs 0000:01:00.1, 0000:01:00.2 are in use, and end with its driver");
}

/* An i915 with GVT-g, or a GPU of NVIDIA with vGPUs: the VM has the group of the mediated device. */
TEST(the_parent_of_a_mediated_device_is_used_by_it)
{
	static const char uuid[] = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
	struct device *parent, *mediated;
	struct site site;

	site_begin(&site);
	parent = add(&site, 0, CARD, CLASS_DISPLAY, "i915");
	mediated = add(&site, 1, uuid, 0, NULL);
	mediated->is_pci = false;
	mediated->bus = text("mdev");
	mediated->parent = text(CARD);
	JUDGED(&site, parent, "available: nothing uses it through i915");
	mediated->driver = text("vfio_mdev");
	mediated->vfio_dev = text("vfio0");
	JUDGED(&site, parent,
	       "in-use: its mediated device 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 is in use");
	mediated->parent = text("matrix");
	JUDGED(&site, parent, "available: nothing uses it through i915");
}

TEST(a_function_whose_physical_one_was_not_seen_may_be_that_of_any_device)
{
	struct device *physical, *one, *free_one;
	struct site site;

	site_begin(&site);
	physical = add(&site, 0, CARD, CLASS_DISPLAY, "i915");
	one = add(&site, 1, "0000:01:00.1", CLASS_DISPLAY, "vfio-pci");
	free_one = add(&site, 2, "0000:02:00.0", CLASS_DISPLAY, NULL);
	JUDGED(&site, physical, "available: nothing uses it through i915");
	one->physical_errno = EIO;
	JUDGED(&site, physical, "unknown: not all VFs of the host's devices were seen");
	JUDGED(&site, one, "ready: bound to vfio-pci");
	JUDGED(&site, free_one, "available: no driver is bound to it");
}

TEST(a_vital_virtual_function_keeps_its_physical_one)
{
	struct device *physical, *one;
	struct interface *interface;
	struct site site;

	site_begin(&site);
	physical = add(&site, 0, CARD, CLASS_NETWORK, "igb");
	one = add(&site, 1, "0000:01:10.0", CLASS_NETWORK, "igbvf");
	one->physical_function = text(CARD);
	add_interface(&site, "eth0", physical);
	interface = add_interface(&site, "eth1", one);
	interface->is_up = true;
	JUDGED(&site, physical, "in-use: its VF 0000:01:10.0 is in use, and ends with its driver");
	interface->has_default_route = true;
	JUDGED(&site, physical, "keep: 0000:01:10.0: the default route goes through eth1");
	interface->has_default_route = interface->is_up = false;
	JUDGED(&site, physical,
	       "available: nothing uses it through igb; its VF 0000:01:10.0 ends with its driver");
}

TEST(an_endpoint_is_as_vital_as_what_is_behind_it)
{
	struct device *endpoint, *disk, *port;
	struct site site;

	site_begin(&site);
	endpoint = add(&site, 0, "0000:d7:05.5", CLASS_RAID, "vmd");
	disk = add(&site, 0, "10000:01:00.0", CLASS_STORAGE, "nvme");
	port = add(&site, 0, "10000:00:02.0", CLASS_PORT, "pcieport");
	disk->endpoint = port->endpoint = endpoint->address;
	JUDGED(&site, endpoint, "available: nothing uses it through vmd");
	JUDGED(&site, disk,
	       "blocked: it is behind 0000:d7:05.5, which can only be assigned with all its "
	       "devices");
	mount_on(add_block(&site, "nvme0n1", disk), (const char *const[]){ "/srv" });
	JUDGED(&site, endpoint, "in-use: 10000:01:00.0: nvme0n1 is mounted on /srv");
	mount_on(&site.blocks[0], (const char *const[]){ "/" });
	JUDGED(&site, endpoint, "keep: 10000:01:00.0: / is mounted from nvme0n1");
	JUDGED(&site, disk, "keep: / is mounted from nvme0n1");
}

/* Available */

TEST(what_would_have_to_be_bound_with_it_is_named)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "nouveau");
	add(&site, 0, "0000:01:00.1", CLASS_AUDIO, "snd_hda_intel");
	add(&site, 0, "0000:01:00.2", CLASS_USB, "xhci_hcd");
	add(&site, 0, "0000:01:00.3", CLASS_USB, NULL);
	add(&site, 1, "0000:02:00.0", CLASS_AUDIO, "snd_hda_intel");
	JUDGED(&site, card,
	       "available: nothing uses it through nouveau; 0000:01:00.1, 0000:01:00.2 would "
	       "have to be bound with it");
}

TEST(what_shares_its_group_with_the_unknown_is_unknown)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "nouveau");
	add(&site, 0, "0000:02:00.0", CLASS_VISION, "visiond")->uses_errno = ENODATA;
	JUDGED(&site, card,
	       "unknown: another device of its group, 0000:02:00.0, may be in use by the host: "
	       "nothing shows whether the host uses it through visiond");
}

TEST(functions_that_the_host_uses_together_are_in_use)
{
	struct device *card, *audio, *usb;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "amdgpu");
	audio = add(&site, 0, "0000:01:00.1", CLASS_AUDIO, "snd_hda_intel");
	usb = add(&site, 0, "0000:01:00.2", CLASS_USB, "xhci_hcd");
	site.uses[0].text = text("Xorg (pid 812) has /dev/dri/card1 open");
	site.uses[1].text = text("pipewire (pid 813) has /dev/snd/controlC1 open");
	card->uses = &site.uses[0];
	audio->uses = &site.uses[1];
	card->n_uses = audio->n_uses = 1;
	JUDGED(&site, card, "in-use: Xorg (pid 812) has /dev/dri/card1 open");
	JUDGED(&site, audio, "in-use: pipewire (pid 813) has /dev/snd/controlC1 open");
	/* Idle itself, it is free as soon as they are. */
	JUDGED(&site, usb,
	       "in-use: 0000:01:00.0, which would have to be bound with it, is in use: Xorg (pid "
	       "812) has /dev/dri/card1 open");
	assert_true(usb->is_used_beside);
	assert_false(card->is_used_beside);
	usb->uses_errno = ENODATA;
	usb->driver = NULL;
	JUDGED(&site, usb,
	       "in-use: 0000:01:00.0, which would have to be bound with it, is in use: Xorg (pid "
	       "812) has /dev/dri/card1 open");
	/* One that is bound already cannot be assigned, and can be as soon as they are free. */
	usb->driver = text("vfio-pci");
	JUDGED(&site, usb,
	       "blocked: another function of its card, 0000:01:00.0, is in use by the host: Xorg "
	       "(pid 812) has /dev/dri/card1 open");
	assert_false(usb->is_used_beside);
}

TEST(judging_again_forgets_what_was_judged)
{
	struct device *card;
	struct site site;

	site_begin(&site);
	card = add(&site, 0, CARD, CLASS_DISPLAY, "nouveau");
	judge_states(&site.facts.host);
	card->driver = text("vfio-pci");
	JUDGED(&site, card, "ready: bound to vfio-pci");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bound_device_with_nothing_in_its_way_is_ready),
		cmocka_unit_test(whose_holders_were_not_seen_is_bound_only),
		cmocka_unit_test(who_has_the_group_is_named),
		cmocka_unit_test(the_rest_of_the_group_can_block_a_bound_device),
		cmocka_unit_test(a_driver_that_does_not_use_the_device_blocks_nothing),
		cmocka_unit_test(what_stops_the_device_itself_blocks_it),
		cmocka_unit_test(without_its_nodes_a_device_is_blocked),
		cmocka_unit_test(without_interrupt_remapping_a_bound_device_is_blocked),
		cmocka_unit_test(a_sleeping_device_of_a_host_driver_is_woken_by_it),
		cmocka_unit_test(without_a_missing_reset_it_stays_ready),
		cmocka_unit_test(a_device_without_a_group_is_blocked_where_groups_were_read),
		cmocka_unit_test(what_could_not_be_read_is_told_beside_the_block),
		cmocka_unit_test(a_driver_that_was_not_seen_makes_its_group_unknown),
		cmocka_unit_test(a_group_that_contradicts_a_link_is_unknown),
		cmocka_unit_test(the_chipset_is_kept),
		cmocka_unit_test(what_is_bound_is_no_chipset_any_more),
		cmocka_unit_test(a_disk_is_as_vital_as_its_mounts),
		cmocka_unit_test(what_is_on_top_of_a_disk_counts),
		cmocka_unit_test(disks_of_which_the_use_was_not_seen_are_unknown),
		cmocka_unit_test(a_disk_below_something_is_kept_for_it),
		cmocka_unit_test(an_interface_says_what_its_card_does),
		cmocka_unit_test(the_default_route_keeps_every_card_below_it),
		cmocka_unit_test(a_use_that_was_seen_is_named),
		cmocka_unit_test(the_boot_display_is_in_use_until_it_is_bound),
		cmocka_unit_test(the_boot_display_without_a_driver_may_still_show_the_console),
		cmocka_unit_test(a_device_of_uio_needs_no_evidence_of_its_class),
		cmocka_unit_test(a_class_without_evidence_is_unknown),
		cmocka_unit_test(a_physical_function_is_used_by_its_virtual_ones),
		cmocka_unit_test(the_parent_of_a_mediated_device_is_used_by_it),
		cmocka_unit_test(
			a_function_whose_physical_one_was_not_seen_may_be_that_of_any_device),
		cmocka_unit_test(a_vital_virtual_function_keeps_its_physical_one),
		cmocka_unit_test(an_endpoint_is_as_vital_as_what_is_behind_it),
		cmocka_unit_test(what_would_have_to_be_bound_with_it_is_named),
		cmocka_unit_test(what_shares_its_group_with_the_unknown_is_unknown),
		cmocka_unit_test(functions_that_the_host_uses_together_are_in_use),
		cmocka_unit_test(judging_again_forgets_what_was_judged),
	};

	return UNIT_RUN("state", tests);
}
