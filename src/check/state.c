/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of each device. First each device is judged by what the host does with it, then the
 * uses of virtual functions and of devices behind an endpoint are added to those who own them, and
 * then each is judged as a part of its group, which is assigned as a whole. In enum device_state a
 * smaller value goes before a larger one.
 */
#include "check/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "check/holders.h"
#include "check/ungrouped.h"
#include "model/kernel.h"

/* PCI classes, as include/linux/pci_ids.h of the kernel names them. */
enum {
	PCI_BASE_CLASS_STORAGE = 0x01,
	PCI_BASE_CLASS_NETWORK = 0x02,
	PCI_CLASS_SERIAL_USB = 0x0c03,
};

/** LISTED - how many names a reason lists; more are counted. */
#define LISTED 4

/**
 * struct judgement - the devices of a host, sorted by address.
 * @has_interface: of each of them, in the same order
 */
struct judgement {
	const struct host *host;
	struct device **sorted;
	size_t count;
	bool *has_interface;
};

static int compare_addresses(const void *a, const void *b)
{
	return strcmp((*(struct device *const *)a)->address, (*(struct device *const *)b)->address);
}

static int compare_address(const void *address, const void *device)
{
	return strcmp(address, (*(struct device *const *)device)->address);
}

/* The place of the device called @address, or NULL; host_device() would look at all each time. */
static struct device **find(const struct judgement *judgement, const char *address)
{
	return address && judgement->count ? bsearch(address, judgement->sorted, judgement->count,
						     sizeof(*judgement->sorted), compare_address)
					   : NULL;
}

/* True if @state goes before the one that was found. */
static bool goes_before(enum device_state state, const struct device *device)
{
	return !device->state || state < device->state;
}

/* Take over @reason. A state that goes before the one that was found replaces it. */
static void settle(struct device *device, enum device_state state, char *reason)
{
	if (!goes_before(state, device)) {
		free(reason);
		return;
	}
	free(device->reason);
	device->state = state;
	device->reason = reason;
}

/* The same for a device that is named by a disk or an interface. */
static void settle_named(const struct judgement *judgement, const struct device *device,
			 enum device_state state, char *reason)
{
	struct device **found = device ? find(judgement, device->address) : NULL;

	if (found)
		settle(*found, state, reason);
	else
		free(reason);
}

/* Disks */

/* The vital use of @block itself: "/ is mounted from"; or NULL. */
static char *vital_use(const struct block *block)
{
	for (size_t i = 0; i < block->n_mounts; i++) {
		if (block_is_essential_mount(block->mounts[i]))
			return xasprintf("%s is mounted from", block->mounts[i]);
	}
	if (block->below_root)
		return xstrdup("/ is mounted from a file on");
	if (block->swap_file)
		return xstrdup("the host swaps to a file on");
	return block->is_swap ? xstrdup("the host swaps to") : NULL;
}

/**
 * struct climb - a walk from a disk through all that is on top of it.
 * @seen: one flag for each block, so that a cycle, which a capture may hold, ends
 * @queue: blocks that were reached, of which the first is the disk
 */
struct climb {
	const struct blocks *blocks;
	bool *seen;
	const struct block **queue;
	size_t reached;
};

static void reach(struct climb *climb, const struct block *block)
{
	size_t at = block ? (size_t)(block - climb->blocks->block) : 0;

	if (!block || climb->seen[at])
		return;
	climb->seen[at] = true;
	climb->queue[climb->reached++] = block;
}

/* Why the host does not run without @disk: "/ is mounted from sda1", "… from sda1 through vg-root". */
static char *vital_above(const struct blocks *blocks, const struct block *disk)
{
	_cleanup_free_ bool *seen = xcalloc(blocks->count, sizeof(*seen));
	_cleanup_free_ const struct block **queue = xcalloc(blocks->count, sizeof(*queue));
	struct climb climb = { .blocks = blocks, .seen = seen, .queue = queue };

	reach(&climb, disk);
	for (size_t i = 0; i < climb.reached; i++) {
		const struct block *partition, *block = queue[i];
		_cleanup_free_ char *use = vital_use(block);
		size_t at = 0;

		if (use && (!i || (block->disk && strcmp(block->disk, disk->name) == 0)))
			return xasprintf("%s %s", use, block->name);
		if (use)
			return xasprintf("%s %s through %s", use, disk->name,
					 block->mapped_name ? block->mapped_name : block->name);
		for (size_t h = 0; h < block->n_holders; h++)
			reach(&climb, blocks_find(blocks, block->holders[h]));
		while ((partition = blocks_next_partition(blocks, block->name, &at)))
			reach(&climb, partition);
	}
	return xasprintf("the host runs from %s", disk->name);
}

/* Kernel: none, what the host does with its disks. */
static void judge_disks(const struct judgement *judgement)
{
	const struct blocks *blocks = &judgement->host->blocks;

	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->block[i];
		enum block_need need = block->device ? block_need(blocks, block) : BLOCK_IDLE;
		_cleanup_free_ char *use = NULL;

		if (need == BLOCK_ESSENTIAL)
			settle_named(judgement, block->device, STATE_KEEP,
				     vital_above(blocks, block));
		if (need != BLOCK_IN_USE)
			continue;
		use = block_use(blocks, block);
		if (use)
			settle_named(judgement, block->device, STATE_IN_USE,
				     xasprintf("%s is %s", block->name, use));
	}
	/* A disk is used by its partitions, which say more, where they are blocks of the device. */
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->block[i];

		if (block->device && block_need(blocks, block) == BLOCK_IN_USE)
			settle_named(judgement, block->device, STATE_IN_USE,
				     xasprintf("%s is in use", block->name));
	}
}

/* Network */

static char *interface_use(const struct interface *interface)
{
	const char *name = interface->name ? interface->name : "its interface";

	if (interface->n_addresses)
		return xasprintf("network interface %s has %s", name, interface->addresses[0]);
	if (interface->master)
		return xasprintf("network interface %s is a port of a bridge or bond", name);
	return interface->is_up ? xasprintf("network interface %s is up", name) : NULL;
}

static bool carries_root(const struct interface *interface)
{
	return interface->carries_root;
}

static bool has_session(const struct interface *interface)
{
	return interface->has_session;
}

static bool has_default_route(const struct interface *interface)
{
	return interface->has_default_route;
}

/*
 * Keep the cards below all interfaces that are @vital; @what goes through them.
 * Kernel: none, what the host does with its network.
 */
static void keep_cards(const struct judgement *judgement, struct net_index *index,
		       bool (*vital)(const struct interface *interface), const char *what)
{
	const struct net *net = &judgement->host->net;

	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct interface *interface = &net->interfaces[i];

		if (interface->device && net_is_below(index, interface, vital))
			settle_named(judgement, interface->device, STATE_KEEP,
				     xasprintf("%s through %s", what,
					       interface->name ? interface->name : "it"));
	}
}

/* Kernel: net/smc/smc_ism.c, smc_nl_handle_smcd_dev(): 6.1, 6.12, 7.3. */
static void judge_network(const struct judgement *judgement)
{
	const struct net *net = &judgement->host->net;
	struct net_index index;

	net_index_make(&index, net);
	keep_cards(judgement, &index, carries_root, "the root file system is reached");
	keep_cards(judgement, &index, has_session, "your SSH session goes");
	keep_cards(judgement, &index, has_default_route, "the default route goes");
	net_index_clear(&index);
	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct interface *interface = &net->interfaces[i];
		struct device **found = interface->device
						? find(judgement, interface->device->address)
						: NULL;
		char *use = found ? interface_use(interface) : NULL;

		if (found)
			judgement->has_interface[found - judgement->sorted] = true;
		if (use && net->routes_errno)
			xappend(&use, "; where the default route goes is not known");
		if (use)
			settle(*found, STATE_IN_USE, use);
	}
	for (size_t i = 0; i < net->n_smcds; i++) {
		struct device **device = find(judgement, net->smcds[i].address);

		if (device && net->smcds[i].uses)
			settle(*device, STATE_IN_USE,
			       xasprintf("it carries %u SMC-D link group%s", net->smcds[i].uses,
					 net->smcds[i].uses == 1 ? "" : "s"));
	}
}

/* Uses that a device has by itself */

/* Reason why the evidence of a network card does not decide; or NULL. */
static const char *network_unknown(const struct host *host, const struct device *device,
				   bool has_interface)
{
	if (host->net.interfaces_errno)
		return "its network interfaces were not seen";
	if (device_is_ism(device))
		return host->net.smcds_errno && host->net.smcds_errno != ENOENT
			       ? "its SMC-D connections were not seen"
			       : NULL;
	return has_interface
		       ? NULL
		       : "it has no network interface here, but may have one in another network "
			 "namespace";
}

/* Reason why it is not known whether the host uses @device, which a driver of it has; or NULL. */
static char *use_unknown(const struct host *host, const struct device *device, bool has_interface)
{
	bool is_uio = device_is_uio(device);
	bool is_network = device->is_pci && !is_uio &&
			  (device->class >> 16 == PCI_BASE_CLASS_NETWORK || device_is_ism(device));
	const char *network = is_network ? network_unknown(host, device, has_interface) : NULL;
	bool may_have_disks = device->class >> 16 == PCI_BASE_CLASS_STORAGE ||
			      device->class >> 8 == PCI_CLASS_SERIAL_USB;
	char *disks;

	if (network)
		return xstrdup(network);
	if (!device->uses_errno)
		return NULL;
	if (is_uio)
		return xasprintf("the processes that may use it through %s were not seen",
				 device->driver);
	disks = may_have_disks ? blocks_unknown(&host->blocks, device) : NULL;
	if (disks)
		return disks;
	if (device->uses_errno == ENODATA)
		return xjoin("nothing shows whether the host uses it through", ' ', device->driver);
	return xasprintf("what uses it was not seen: %s", error_text(device->uses_errno));
}

/*
 * Kernel: drivers/pci/pci-sysfs.c, boot_vga_show(); include/linux/pci_ids.h, PCI_BASE_CLASS_BRIDGE:
 *   5.10, 6.1, 6.12, 7.3.
 */
static void judge_use(const struct host *host, struct device *device, bool has_interface)
{
	bool is_driven = device_is_driven(device);

	for (size_t i = 0; i < device->n_uses; i++)
		settle(device, STATE_IN_USE, xstrdup(device->uses[i].text));
	if (device->is_console && is_driven)
		settle(device, STATE_IN_USE,
		       xstrdup("it is the boot display: the host console goes blank without it"));
	if (device->is_console && !device->driver && !device->driver_errno && host->n_framebuffers)
		settle(device, STATE_IN_USE,
		       xasprintf("it is the boot display: %s shows the host console on it",
				 host->framebuffers[0]));
	if (device_is_chipset(device) && !device_is_vfio(device))
		settle(device, STATE_KEEP, xstrdup("part of the chipset"));
	if (device->driver_errno)
		settle(device, STATE_UNKNOWN, xstrdup("its driver was not seen"));
	if (device->group_link)
		settle(device, STATE_UNKNOWN,
		       xasprintf(
			       "its link names group %s, and the list of the groups says otherwise",
			       device->group_link));
	if (is_driven && !device->state) {
		char *unknown = use_unknown(host, device, has_interface);

		if (unknown)
			settle(device, STATE_UNKNOWN, unknown);
	}
	if (!device->state)
		settle(device, STATE_AVAILABLE,
		       device->driver ? xjoin("nothing uses it through", ' ', device->driver)
				      : xstrdup("no driver is bound to it"));
}

/* Owners: physical functions, and endpoints that hide a domain */

/** struct names - addresses, "0000:03:02.0, 0000:03:02.1 and 5 more". */
struct names {
	char *list;
	size_t count;
};

static void names_add(struct names *names, const char *address)
{
	if (names->count++ < LISTED)
		xappend(&names->list, "%s%s", names->list ? ", " : "", address);
}

/* @names, which are one at least. Free the result. */
static char *names_text(const struct names *names)
{
	return names->count > LISTED
		       ? xasprintf("%s and %zu more", names->list, names->count - LISTED)
		       : xstrdup(names->list);
}

/*
 * A VF ends with the driver of its PF, so one that VFIO or the host uses makes the PF used. Idle VFs are no
 * use of it, but they end with its driver too. @used: its VFs that are used. @all: all of them
 *
 * Kernel: drivers/pci/iov.c, sriov_disable(), pci_iov_remove(): 5.10, 6.1, 6.12, 7.3.
 */
static void judge_physical(struct device *physical, const struct names *used,
			   const struct names *all)
{
	_cleanup_free_ char *used_names = used->count ? names_text(used) : NULL;
	_cleanup_free_ char *names = all->count ? names_text(all) : NULL;

	physical->serves_functions = used->count;
	/* The end of the VFs is worse than any other use of the PF. */
	if (used_names && physical->state == STATE_IN_USE)
		physical->state = STATE_NONE;
	if (used_names)
		settle(physical, STATE_IN_USE,
		       xasprintf("%s %s %s in use, and %s with its driver",
				 used->count == 1 ? "its VF" : "the VFs", used_names,
				 used->count == 1 ? "is" : "are",
				 used->count == 1 ? "ends" : "end"));
	if (names && physical->driver && physical->state == STATE_AVAILABLE)
		xappend(&physical->reason, "; %s %s %s with its driver",
			all->count == 1 ? "its VF" : "the VFs", names,
			all->count == 1 ? "ends" : "end");
}

/*
 * A mediated device is a part of its parent, and ends with the parent's driver.
 *
 * Kernel: drivers/vfio/mdev/mdev_core.c, mdev_unregister_device(): 5.10.
 * Kernel: drivers/vfio/mdev/mdev_core.c, mdev_unregister_parent(): 6.1, 6.12, 7.3.
 */
static void judge_parent(const struct judgement *judgement, const struct device *mediated)
{
	struct device **parent = find(judgement, mediated->parent);

	if (parent && device_is_vfio(mediated))
		settle(*parent, STATE_IN_USE,
		       xasprintf("its mediated device %s is in use", mediated->address));
}

/* Kernel: see judge_physical(). */
static void judge_owners(const struct judgement *judgement)
{
	_cleanup_free_ struct names *used = xcalloc(judgement->count, sizeof(*used));
	_cleanup_free_ struct names *all = xcalloc(judgement->count, sizeof(*all));
	struct device **sorted = judgement->sorted;
	bool is_any_unseen = false;

	for (size_t i = 0; i < judgement->count; i++) {
		const struct device *device = sorted[i];
		const char *name = device->physical_function ? device->physical_function
							     : device->endpoint;
		struct device **owner = find(judgement, name);

		is_any_unseen |= device->physical_errno != 0;
		judge_parent(judgement, device);
		if (!owner || (device_is_chipset(device) && !device_is_vfio(device)))
			continue;
		if (device->physical_function)
			names_add(&all[owner - sorted], device->address);
		if (device->physical_function &&
		    (device_is_vfio(device) || device->state == STATE_IN_USE))
			names_add(&used[owner - sorted], device->address);
		else if ((device->state == STATE_KEEP || device->state == STATE_IN_USE ||
			  device->state == STATE_UNKNOWN) &&
			 goes_before(device->state, *owner))
			settle(*owner, device->state,
			       xasprintf("%s: %s", device->address, device->reason));
	}
	for (size_t i = 0; i < judgement->count; i++) {
		if (is_any_unseen && device_is_driven(sorted[i]))
			settle(sorted[i], STATE_UNKNOWN,
			       xstrdup("not all VFs of the host's devices were seen"));
		judge_physical(sorted[i], &used[i], &all[i]);
		free(used[i].list);
		free(all[i].list);
	}
}

/* Groups */

/** struct peer - what @device was judged to be by itself, before its group was looked at. */
struct peer {
	const struct device *device;
	enum device_state state;
	char *reason;
};

/**
 * struct members - what the devices of a group mean for each other.
 * @worst: the device that a driver of the host has and whose own state goes before the others'
 * @second: the same without @worst
 * @holder: who has the group open, or NULL
 * @refusal: reason why VFIO refuses the group whatever its devices are, or NULL
 */
struct members {
	struct peer worst;
	struct peer second;
	const struct holder *holder;
	char *refusal;
};

/* The device that keeps @device from being assigned, or could; or NULL. */
static const struct peer *worst_other(const struct members *members, const struct device *device)
{
	const struct peer *other = members->worst.device == device ? &members->second
								   : &members->worst;

	return other->device ? other : NULL;
}

static struct peer peer_of(const struct device *device)
{
	return device ? (struct peer){ device, device->state, xstrdup(device->reason) }
		      : (struct peer){ 0 };
}

/* A device that is alone in its group has no other. */
static void members_find_worst(struct members *members, const struct group *group)
{
	const struct device *worst = NULL, *second = NULL;

	for (size_t i = 0; group->n_devices > 1 && i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_blocks_group(device) && !device_hides_viability(device))
			continue;
		if (!worst || device->state < worst->state) {
			second = worst;
			worst = device;
		} else if (!second || device->state < second->state) {
			second = device;
		}
	}
	members->worst = peer_of(worst);
	members->second = peer_of(second);
}

/*
 * Reason why @device itself cannot be assigned, whatever else is in its group; or NULL.
 *
 * A power state "unknown" is none: the kernel sets it before it has read the state, and for a device that is
 * on and loses its driver, so that it is read again. VFIO powers the device on when it is opened, and
 * configuration space that is all ones tells of one that is not there.
 * Kernel: drivers/pci/probe.c, pci_setup_device(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/pci/pci-driver.c, pci_device_remove(): 5.10.
 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_probe(): 5.10.
 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device(): 6.1, 6.12, 7.3.
 * Kernel: see kernel_direct_rule().
 */
static char *own_block(const struct host *host, const struct device *device)
{
	const struct group *group = device->group;
	const struct region *direct = group ? group_direct_region(group) : NULL;

	if (device->endpoint)
		return xasprintf("it is behind %s, which can only be assigned with all its devices",
				 device->endpoint);
	if (direct && kernel_direct_rule(host, group) == DIRECT_REFUSED)
		return xasprintf("the firmware requires 0x%" PRIx64 " - 0x%" PRIx64
				 " to be mapped 1:1",
				 direct->range.start, direct->range.end);
	if (group && group_kind(group) == GROUP_NO_IOMMU)
		return xstrdup("its group has no IOMMU (no-IOMMU mode)");
	/* A driver of the host wakes its device, and has claimed what belongs to the device. */
	if (device_is_driven(device))
		return NULL;
	if (device->bar_claim)
		return xasprintf("one of its BARs is claimed by %s", device->bar_claim);
	if (device->is_silent)
		return xstrdup("it does not answer: its configuration space is all ones");
	if (device_is_inaccessible(device))
		return xstrdup("it does not come back from D3cold");
	return NULL;
}

/*
 * Take @device for unknown if it has a direct region and what the kernel does with one is not known.
 * Kernel: see kernel_direct_rule().
 */
static void judge_direct(const struct host *host, struct device *device)
{
	const struct group *group = device->group;
	const struct region *direct = group ? group_direct_region(group) : NULL;

	if (direct && kernel_direct_rule(host, group) == DIRECT_UNKNOWN)
		settle(device, STATE_UNKNOWN,
		       xasprintf("the firmware requires 0x%" PRIx64 " - 0x%" PRIx64
				 " to be mapped 1:1, and it is not known whether this kernel "
				 "assigns the device anyway",
				 direct->range.start, direct->range.end));
}

bool state_is_blocked_itself(const struct host *host, const struct device *device)
{
	_cleanup_free_ char *block = NULL;

	/* Devices behind an endpoint go with it, and are as good as the endpoint is. */
	if (device->state != STATE_BLOCKED || device->endpoint)
		return false;
	block = own_block(host, device);
	return block;
}

/* "another function of its card", "another device of its group" */
static const char *relation(const struct device *device, const struct device *other)
{
	const char *dot = device->is_pci ? strrchr(device->address, '.') : NULL;
	size_t len = dot ? (size_t)(dot - device->address) + 1 : 0;

	return len && strncmp(device->address, other->address, len) == 0
		       ? "another function of its card"
		       : "another device of its group";
}

/* @peer is one that a driver of the host has. */
static char *blocked_by(const struct device *device, const struct peer *peer)
{
	const struct device *other = peer->device;
	const char *is = peer->state == STATE_KEEP	? "is needed by the host"
			 : peer->state == STATE_IN_USE	? "is in use by the host"
			 : peer->state == STATE_UNKNOWN ? "may be in use by the host"
							: NULL;

	if (device_is_bridge(other))
		return xasprintf(
			"%s, %s, is a bridge that %s %s", relation(device, other), other->address,
			other->driver_dma == DRIVER_DMA_UNKNOWN ? "may be kept by" : "is kept by",
			device_driver_words(other));
	if (is)
		return xasprintf("%s, %s, %s: %s", relation(device, other), other->address, is,
				 peer->reason);
	return xasprintf("%s, %s, is not bound", relation(device, other), other->address);
}

static bool is_absent(const struct host *host, const char *path)
{
	const struct node *node = host_node(host, path);

	return node && node->error == ENOENT;
}

/*
 * Reason why VFIO refuses @group whatever its devices are, as far as that is known; or NULL. A mediated
 * device sends no interrupts itself, so its group is not asked for remapping.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): 5.10, 6.1, 6.12, 7.3.
 */
static char *group_refusal(const struct host *host, const struct group *group)
{
	_cleanup_free_ char *node = group_node(group);

	if (group_kind(group) != GROUP_EMULATED && host_lacks_remapping(host) &&
	    !host->modules_errno &&
	    !host_parameter_is_on(host, "vfio_iommu_type1", "allow_unsafe_interrupts"))
		return xstrdup("interrupts are not remapped, and unsafe ones are not allowed");
	if (host_has_device_node(host, group) && !is_absent(host, "/dev/iommu"))
		return NULL;
	if (is_absent(host, "/dev/vfio/vfio"))
		return xstrdup("/dev/vfio/vfio does not exist");
	return is_absent(host, node) ? xasprintf("%s does not exist", node) : NULL;
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_group_viable(), vfio_group_fops_open(): 5.10.
 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
 */
static void judge_bound(const struct host *host, const struct members *members,
			struct device *device)
{
	const struct peer *other = worst_other(members, device);
	const char *driver = device->driver ? device->driver : "a vfio driver";
	char *block = own_block(host, device);

	if (!block && members->refusal)
		block = xstrdup(members->refusal);
	/* A vfio driver has it, so the host does not use it. */
	if (device->state == STATE_AVAILABLE)
		device->state = STATE_NONE;
	if (members->holder) {
		_cleanup_free_ char *name = holder_words(members->holder);

		settle(device, STATE_ASSIGNED, xasprintf("%s has it", name));
	}
	if (block)
		settle(device, STATE_BLOCKED, block);
	else if (other)
		settle(device,
		       device_hides_viability(other->device) ? STATE_UNKNOWN : STATE_BLOCKED,
		       blocked_by(device, other));
	/* One that is emulated has none, whatever could be read. */
	if (device->group && device->group->regions_errno &&
	    group_kind(device->group) != GROUP_EMULATED)
		settle(device, STATE_UNKNOWN, xstrdup("its reserved regions could not be read"));
	judge_direct(host, device);
	if (host->holders_errno)
		settle(device, STATE_BOUND,
		       xasprintf("bound to %s; whether a process has it was not seen", driver));
	else
		settle(device, STATE_READY, xasprintf("bound to %s", driver));
}

/* Add to the reason which others of the group would have to be bound with @device. */
static void name_companions(struct device *device)
{
	const struct group *group = device->group;
	struct names names = { 0 };

	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i] != device && device_blocks_group(group->devices[i]))
			names_add(&names, group->devices[i]->address);
	}
	if (names.count) {
		_cleanup_free_ char *text = names_text(&names);

		xappend(&device->reason, "; %s would have to be bound with it", text);
	}
	free(names.list);
}

/*
 * Take over @reason. What could not be read now might have gone before, had it been read: that is
 * told too.
 */
static void settle_blocked(const struct host *host, struct device *device, char *reason)
{
	int error = host->net.interfaces_errno;

	if (device->state == STATE_UNKNOWN &&
	    ((error && !is_answer(error)) || is_accident(device->uses_errno)))
		xappend(&reason, "; %s", device->reason);
	settle(device, STATE_BLOCKED, reason);
}

/* Kernel: see judge_bound(). */
static void judge_unbound(const struct host *host, const struct members *members,
			  struct device *device)
{
	const struct peer *other = worst_other(members, device);
	char *block = own_block(host, device);
	bool is_used = device->state == STATE_IN_USE;

	if (block)
		settle_blocked(host, device, block);
	else if (other && other->state == STATE_KEEP)
		settle(device,
		       device_hides_viability(other->device) ? STATE_UNKNOWN : STATE_BLOCKED,
		       blocked_by(device, other));
	/* Once that use ends, both can be bound. */
	else if (other && other->state == STATE_IN_USE && !is_used)
		settle(device, STATE_IN_USE,
		       xasprintf("%s, which would have to be bound with it, is in use: %s",
				 other->device->address, other->reason));
	else if (other && other->state == STATE_UNKNOWN)
		settle(device, STATE_UNKNOWN, blocked_by(device, other));
	judge_direct(host, device);
	device->is_used_beside = device->state == STATE_IN_USE && !is_used;
	if (members->holder) {
		_cleanup_free_ char *name = holder_words(members->holder);

		settle(device, STATE_IN_USE, xasprintf("%s has its group", name));
	}
	if (device->state == STATE_AVAILABLE)
		name_companions(device);
}

static void judge_members(const struct host *host, const struct group *group,
			  const struct holder *holder)
{
	struct members members = { .holder = holder };

	/* Only bound devices ask for it. */
	if (group_is_bound(group))
		members.refusal = group_refusal(host, group);
	members_find_worst(&members, group);
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_vfio(group->devices[i]))
			judge_bound(host, &members, group->devices[i]);
		else
			judge_unbound(host, &members, group->devices[i]);
	}
	free(members.worst.reason);
	free(members.second.reason);
	free(members.refusal);
}

/* Kernel: see ungrouped_cause(). */
static void judge_groups(const struct host *host)
{
	struct holder_index index;

	holder_index_make(&index, host);
	for (size_t g = 0; g < host->n_groups; g++) {
		size_t count;
		_cleanup_free_ const struct holder **held = holders_of(&index, host->groups[g],
								       &count);

		judge_members(host, host->groups[g], count ? held[0] : NULL);
	}
	holder_index_clear(&index);
	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];
		char *block;

		if (device->group)
			continue;
		block = own_block(host, device);
		if (block)
			settle_blocked(host, device, block);
		else if (ungrouped_cause(host, device) == UNGROUPED_NOT_SEEN)
			settle(device, STATE_UNKNOWN, ungrouped_reason(host, device));
		else
			settle_blocked(host, device, ungrouped_reason(host, device));
	}
}

void judge_states(struct host *host)
{
	_cleanup_free_ struct device **sorted = xcalloc(host->n_devices, sizeof(*sorted));
	_cleanup_free_ bool *has_interface = xcalloc(host->n_devices, sizeof(*has_interface));
	struct judgement judgement = { host, sorted, host->n_devices, has_interface };

	for (size_t i = 0; i < host->n_devices; i++) {
		sorted[i] = host->devices[i];
		free(sorted[i]->reason);
		sorted[i]->reason = NULL;
		sorted[i]->state = STATE_NONE;
		sorted[i]->is_used_beside = false;
	}
	qsort(sorted, judgement.count, sizeof(*sorted), compare_addresses);
	judge_disks(&judgement);
	judge_network(&judgement);
	for (size_t i = 0; i < host->n_devices; i++)
		judge_use(host, sorted[i], has_interface[i]);
	judge_owners(&judgement);
	judge_groups(host);
}
