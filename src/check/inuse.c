/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about devices that the host itself uses. */
#include "check/check.h"

#include <errno.h>
#include <search.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "check/holders.h"

#define CLASS_STORAGE 0x01
#define CLASS_NETWORK 0x02

/* Own use of @interface: "has 192.0.2.7/24 and 1 more address, carries the default route". */
static char *own_use(const struct interface *interface)
{
	char *use = NULL;

	if (interface->n_addresses)
		xappend(&use, "has %s", interface->addresses[0]);
	if (interface->n_addresses > 1)
		xappend(&use, " and %zu more address%s", interface->n_addresses - 1,
			interface->n_addresses == 2 ? "" : "es");
	if (interface->has_default_route)
		xappend(&use, "%scarries the default route", use ? ", " : "");
	if (interface->has_session)
		xappend(&use, "%scarries your SSH session", use ? ", " : "");
	return use;
}

/* Interfaces above @interface: "is below bond0 (bond), which has …". */
static char *use_above(struct net_index *index, const struct interface *interface)
{
	size_t count;
	_cleanup_free_ const struct interface **above = net_above(index, interface, &count);
	char *use = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct interface *upper = above[i];
		_cleanup_free_ char *own = own_use(upper);

		xappend(&use, "%sis below %s (%s)%s%s", use ? ", " : "",
			upper->name ? upper->name : "?", upper->kind ? upper->kind : "no kind",
			own ? ", which " : "", own ? own : "");
	}
	return use;
}

/* Another device of the group of @device that the host does not run without, or NULL. */
static const struct device *kept_beside(const struct device *device)
{
	for (size_t i = 0; i < device->group->n_devices; i++) {
		const struct device *other = device->group->devices[i];

		if (other != device && other->state == STATE_KEEP && device_blocks_group(other))
			return other;
	}
	return NULL;
}

/* It is no use to free one device of a group that is never free. Free the text. */
static char *group_stays_words(const struct device *kept)
{
	return xasprintf("leave it as it is: the group stays with the host, which does not run "
			 "without %s%s%s%s",
			 kept->address, kept->reason ? " (" : "", kept->reason ? kept->reason : "",
			 kept->reason ? ")" : "");
}

/* The bridge or bond of which @interface is a port: "br0"; NULL where it is a port of none. */
static const char *upper_name(const struct net_index *index, const struct interface *interface)
{
	const struct interface *upper = net_interface(index->by_number, index->net->n_interfaces,
						      interface->master);

	if (upper && upper->name)
		return upper->name;
	return interface->master ? "its bridge or bond" : NULL;
}

/* No command cuts the connection to the host, since it could not be undone from afar. */
static void add_interface_commands(struct finding *finding, struct net_index *index,
				   const struct interface *interface)
{
	const char *name = interface->name, *upper = upper_name(index, interface);
	_cleanup_free_ char *down = NULL, *out = NULL;

	if (!name || !text_is_word(name) || net_is_essential(index, interface) ||
	    interface->device->state == STATE_KEEP || kept_beside(interface->device))
		return;
	down = xasprintf("takes %s down: connections through it end", name);
	if (interface->is_up)
		finding_command(finding, down, xasprintf("sudo ip link set dev %s down", name));
	if (!upper)
		return;
	out = xasprintf("takes %s out of %s", name, upper);
	finding_command(finding, out, xasprintf("sudo ip link set dev %s nomaster", name));
}

/* Free it. */
static char *interface_words(struct net_index *index, const struct interface *interface)
{
	const struct device *kept = kept_beside(interface->device);
	const char *upper = upper_name(index, interface);

	if (net_is_essential(index, interface) || interface->device->state == STATE_KEEP)
		return xstrdup("leave it to the host, or make the host reachable another way "
			       "first");
	if (kept)
		return group_stays_words(kept);
	if (!interface->is_up)
		return upper ? xasprintf("take the interface out of %s", upper) : NULL;
	return xasprintf("take the interface down%s%s, which ends the connections through it",
			 upper ? " and out of " : "", upper ? upper : "");
}

static void find_interface(struct net_index *index, const struct interface *interface,
			   struct checker *checker)
{
	_cleanup_free_ char *use = own_use(interface);
	_cleanup_free_ char *above = use_above(index, interface);
	_cleanup_free_ char *words = NULL;
	enum severity severity;
	struct finding *finding;

	if (!above && interface->master)
		above = xstrdup("is a port of a bridge or bond");
	if (!use && !above && !interface->is_up)
		return;
	severity = use || above ? SEVERITY_WARNING : SEVERITY_NOTE;
	words = interface_words(index, interface);
	finding = found_in_group(checker, severity, interface->device->group, words,
				 "network interface %s on %s is %s%s%s%s%s", interface->name,
				 interface->device->address, interface->is_up ? "up" : "down",
				 use ? ", " : "", use ? use : "", above ? ", " : "",
				 above ? above : "");
	finding_device(finding, interface->device->address);
	finding_driver(finding, interface->device->driver);
	add_interface_commands(finding, index, interface);
}

static bool is_asked(const struct check_input *input, const struct device *device)
{
	for (size_t i = 0; device && device->group && i < input->n_groups; i++) {
		if (input->groups[i] == device->group)
			return true;
	}
	return false;
}

/* Reason why a dump has no answer: in a capture or a sysroot an errno would say nothing. */
static const char *unknown_reason(int error)
{
	switch (error) {
	case ENODATA:
		return "the capture does not hold the answer";
	case EOPNOTSUPP:
		return "a directory of files cannot answer it";
	default:
		return error_text(error);
	}
}

/* Unknown interfaces matter only for network cards that a host driver is bound to. */
static void find_unknown_net(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		size_t i = 0;

		while (i < group->n_devices && (group->devices[i]->class >> 16 != CLASS_NETWORK ||
						!device_is_driven(group->devices[i])))
			i++;
		if (i < group->n_devices)
			finding_device(
				found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
					       "the use of the network interface of %s is not "
					       "known (rtnetlink: %s)",
					       group->devices[i]->address,
					       unknown_reason(input->host->net.interfaces_errno)),
				group->devices[i]->address);
	}
}

static void run_network(const struct check_input *input, struct checker *checker)
{
	const struct net *net = &input->host->net;
	struct net_index index;

	net_index_make(&index, net);
	if (net->interfaces_errno)
		find_unknown_net(input, checker);
	for (size_t i = 0; i < net->n_interfaces; i++) {
		if (is_asked(input, net->interfaces[i].device))
			find_interface(&index, &net->interfaces[i], checker);
	}
	net_index_clear(&index);
}

/* True if the host does not run without @block: its root is there, or its device is to be kept. */
static bool must_stay(const struct block *block)
{
	bool stays = block->device->state == STATE_KEEP;

	for (size_t i = 0; i < block->n_mounts; i++)
		stays |= strcmp(block->mounts[i], "/") == 0;
	return stays;
}

static bool is_plain_path(const char *path)
{
	return *path == '/' && !strpbrk(path, " \t\n'\"\\$`;&|<>*?()[]{}~#!");
}

/* Free it. */
static char *block_words(const struct block *block)
{
	const struct device *kept = kept_beside(block->device);
	char *text = NULL;

	if (must_stay(block))
		return xstrdup("leave the disk to the host, which runs from it");
	if (kept)
		return group_stays_words(kept);
	if (block->is_swap)
		text = xstrdup("stop swapping to it, which moves what is there back to memory");
	if (block->n_mounts)
		xappend(&text, "%sunmount it, which takes %s", text ? "; " : "", block->mounts[0]);
	if (block->n_mounts > 1)
		xappend(&text, " and %zu more", block->n_mounts - 1);
	if (block->n_mounts)
		xappend(&text, " from the programs that need it");
	return text;
}

static int compare_places(const void *one, const void *two)
{
	return strcmp(one, two);
}

/* The blocks own the places. */
static void forget_place(void *place)
{
	(void)place;
}

/*
 * The last that was mounted is unmounted first: it may be below another. A file system on several disks
 * is unmounted once, with the first of them: @offered has the places (tsearch(3)).
 */
static void add_block_commands(struct finding *finding, const struct block *block, void **offered)
{
	if (must_stay(block) || kept_beside(block->device))
		return;
	if (block->is_swap && text_is_word(block->name)) {
		_cleanup_free_ char *does = xasprintf(
			"stops swapping to %s: its content goes back to memory", block->name);

		finding_command(finding, does, xasprintf("sudo swapoff /dev/%s", block->name));
	}
	for (size_t i = block->n_mounts; i-- > 0;) {
		char *place = block->mounts[i];
		_cleanup_free_ char *does = NULL;

		if (!is_plain_path(place) || tfind(place, offered, compare_places))
			continue;
		tsearch(place, offered, compare_places);
		does = xasprintf("unmounts %s: programs cannot use it any more", place);
		finding_command(finding, does, xasprintf("sudo umount %s", place));
	}
}

static void run_disk(const struct check_input *input, struct checker *checker)
{
	const struct blocks *blocks = &input->host->blocks;
	void *offered = NULL;

	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->block[i];
		_cleanup_free_ char *use = NULL, *words = NULL;
		struct finding *finding;

		if (!is_asked(input, block->device))
			continue;
		use = block_use(blocks, block);
		if (!use)
			continue;
		words = block_words(block);
		finding = found_in_group(checker, SEVERITY_WARNING, block->device->group, words,
					 "%s on %s is %s", block->name, block->device->address,
					 use);
		finding_device(finding, block->device->address);
		finding_driver(finding, block->device->driver);
		add_block_commands(finding, block, &offered);
	}
	tdestroy(offered, forget_place);
}

/* Without SMC in the kernel (ENOENT) there are no connections. */
static void find_unknown_smcd(const struct check_input *input, struct checker *checker)
{
	int error = input->host->net.smcds_errno;

	for (size_t g = 0; error != ENOENT && g < input->n_groups; g++) {
		const struct group *group = input->groups[g];

		for (size_t i = 0; i < group->n_devices; i++) {
			if (device_is_ism(group->devices[i]) && device_is_driven(group->devices[i]))
				finding_device(
					found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
						       "cannot tell whether SMC-D uses %s (generic "
						       "netlink: %s)",
						       group->devices[i]->address,
						       unknown_reason(error)),
					group->devices[i]->address);
		}
	}
}

static void run_smcd(const struct check_input *input, struct checker *checker)
{
	const struct net *net = &input->host->net;

	if (net->smcds_errno)
		find_unknown_smcd(input, checker);
	for (size_t i = 0; i < net->n_smcds; i++) {
		const struct smcd *smcd = &net->smcds[i];
		const struct device *device = host_device(input->host, smcd->address);
		_cleanup_free_ char *words = NULL;
		const struct device *kept;
		struct finding *finding;

		if (!is_asked(input, device))
			continue;
		kept = kept_beside(device);
		words = kept ? group_stays_words(kept)
			     : xstrdup("close the connections that use SMC-D first (smcd "
				       "linkgroups lists them)");
		if (smcd->uses)
			finding = found_in_group(
				checker, SEVERITY_WARNING, device->group, words,
				"%s carries %u SMC-D link group%s%s", device->address, smcd->uses,
				smcd->uses == 1 ? "" : "s",
				smcd->is_critical ? ", and connections depend on it" : "");
		else
			finding = found_in_group(checker, SEVERITY_OK, device->group, NULL,
						 "%s is known to SMC-D but carries no link group",
						 device->address);
		finding_device(finding, device->address);
	}
}

static void find_holders(const struct holder_index *index, const struct group *group,
			 struct checker *checker)
{
	bool named = checker->input->named;
	size_t count;
	_cleanup_free_ const struct holder **holders = holders_of(index, group, &count);

	for (size_t i = 0; i < count; i++) {
		const struct holder *holder = holders[i];
		const char *hint = holder->guest ? "shut the guest down, or use another group"
						 : "stop the process, or use another group";
		_cleanup_free_ char *words = holder_words(holder);

		found_in_group(checker, named ? SEVERITY_FAILURE : SEVERITY_NOTE, group,
			       named ? hint : NULL, "%s is in use by %s", holder->path, words);
	}
}

static void run_holder(const struct check_input *input, struct checker *checker)
{
	struct holder_index index;

	holder_index_make(&index, input->host);
	for (size_t g = 0; g < input->n_groups; g++)
		find_holders(&index, input->groups[g], checker);
	holder_index_clear(&index);
}

/** struct unseen - reason why holders are not known, fix, and if no other finding reports it. */
struct unseen {
	int error;
	const char *reason;
	const char *hint;
	bool is_untold;
	const char *command;
};

/*
 * A capture or a sysroot without processes describes the host at another time, and has no
 * reason here. Missing privileges are reported by "unprivileged".
 */
static void run_holder_unknown(const struct check_input *input, struct checker *checker)
{
	static const struct unseen reasons[] = {
		{ EACCES, "", "run as root to see which processes use it", false, NULL },
		{ EXDEV, ": /proc shows only the processes of one PID namespace (a container)",
		  "run vfiodiag on the host, outside containers", true, NULL },
		{ ENODEV, ": no procfs is mounted on /proc", "mount it", true,
		  "sudo mount -t proc proc /proc" },
	};
	const struct unseen *unseen = NULL;
	bool is_any_bound = false;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (reasons[i].error == input->host->holders_errno)
			unseen = &reasons[i];
	}
	for (size_t g = 0; unseen && g < input->n_groups; g++) {
		bool is_bound = group_is_bound(input->groups[g]);

		is_any_bound |= is_bound;
		if (is_bound && input->named)
			finding_command(found_in_group(checker, SEVERITY_UNMEASURED,
						       input->groups[g], unseen->hint,
						       "cannot tell whether it is in use by a "
						       "process%s",
						       unseen->reason),
					"mounts procfs", xstrdup(unseen->command));
	}
	if (is_any_bound && !input->named && unseen->is_untold)
		finding_command(found(checker, SEVERITY_NOTE, "this process", unseen->hint,
				      "cannot tell whether a group is in use by a process%s",
				      unseen->reason),
				"mounts procfs", xstrdup(unseen->command));
}

static void run_console(const struct group *group, struct checker *checker)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i]->is_console)
			finding_device(found_in_group(checker, SEVERITY_NOTE, group, NULL,
						      "%s is the boot display: the host console "
						      "goes blank once it is passed through",
						      group->devices[i]->address),
				       group->devices[i]->address);
	}
}

static const struct check checks[] = {
	/* Kernel: net/core/dev.c, unregister_netdevice_many(): 5.10, 6.1, 6.12, 7.3. */
	{ "in-use-network", "A network interface of the group is in use",
	  "Passing a network card through takes its interface from the host, with its\n"
	  "addresses and routes, and from the bonds and bridges that it is a port of. If it\n"
	  "carries the default route, the host is cut off. Interfaces in other network\n"
	  "namespaces (containers) are not seen.\n",
	  .run = run_network },
	/* Kernel: none, general knowledge of disks. */
	{ "in-use-disk", "A disk of the group is in use",
	  "The disk is mounted, used as swap, or part of another block device (RAID,\n"
	  "encryption, LVM). Removing it from under a file system loses data. Unmount it\n"
	  "and stop what uses it first. Programs that use the disk without mounting it are\n"
	  "not seen.\n",
	  .run = run_disk },
	/* Kernel: net/smc/smc_ism.c, smcd_unregister_dev(): 5.10, 6.1, 6.12, 7.3. */
	{ "in-use-smcd", "An ISM function of the group carries SMC-D connections",
	  "Shared Memory Communications - Direct uses the function for TCP connections of\n"
	  "this host. They break when it is passed through. 'smcd device' and 'smcd\n"
	  "linkgroups' of smc-tools show them.\n",
	  .run = run_smcd },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_group_fops_open(): 5.10.
	 * Kernel: drivers/vfio/vfio_main.c, vfio_group_fops_open(): 6.1.
	 * Kernel: drivers/vfio/group.c, vfio_group_fops_open(), vfio_device_block_group():
	 *   6.12, 7.3.
	 */
	{ "in-use-process", "A process uses the group",
	  "A group can be open once: while a virtual machine monitor or another program has\n"
	  "it open, no other program can use it. This is a failure for a group that was\n"
	  "named on the command line, and a note otherwise.\n",
	  .run = run_holder },
	/*
	 * Kernel: fs/proc/base.c, call_proc_get_link(); kernel/ptrace.c, __ptrace_may_access(): 5.10,
	 *   6.1, 6.12, 7.3.
	 */
	{ "holder-unknown", "Processes that use the group could not be seen",
	  "At most the owner of a process and root can see which files it has open, and the\n"
	  "/proc of a container shows only the processes of its PID namespace. Without them\n"
	  "it is not known whether the group is free.\n",
	  .run = run_holder_unknown },
	/*
	 * Kernel: drivers/pci/pci-sysfs.c, boot_vga_show(): 5.10, 6.1, 6.12, 7.3.
	 * QEMU: hw/vfio/pci.c, vfio_pci_load_rom(): 7.2, 10.0.
	 */
	{ "console-graphics", "The group has the boot display",
	  "The kernel takes this graphics device for the one that the firmware initialized\n"
	  "(boot_vga), so a console on a screen is most likely on it. Once it is passed\n"
	  "through, the screen stays blank, in most cases until the host reboots. If QEMU\n"
	  "prints that its ROM is probably invalid, the guest needs it from a file.\n",
	  .run_group = run_console },
};

const struct check_family check_family_inuse = {
	.name = "in use",
	.checks = checks,
	.n_checks = COUNT(checks),
};
