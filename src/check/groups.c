/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about IOMMU groups. */
#include "check/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "check/acs.h"
#include "check/iommu.h"
#include "model/cmdline.h"
#include "model/kernel.h"
#include "remedy/remedy.h"

/* A device that decides whether @group is viable, and whose driver is not known; or NULL. */
static const struct device *unknown_driver(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device_hides_viability(device))
			return device;
	}
	return NULL;
}

static void find_unknown_driver(const struct group *group, struct checker *checker)
{
	const struct device *device = unknown_driver(group);
	struct finding *finding;

	if (!device)
		return;
	if (device->driver_dma == DRIVER_DMA_UNKNOWN)
		finding = found_in_group(
			checker, SEVERITY_UNMEASURED, group, NULL,
			"cannot tell whether the group is viable: %s is bound to %s, which keeps "
			"a group from VFIO on kernels from 5.19 on, and the version of the kernel "
			"is not known",
			device->address, device->driver);
	else
		finding = found_in_group(
			checker, SEVERITY_UNMEASURED, group, NULL,
			"cannot tell whether the group is viable: the driver of %s was not seen",
			device->address);
	finding_device(finding, device->address);
}

/* True if binding @group is to be proposed: not what belongs to the board, unless it was named. */
static bool is_proposed(const struct check_input *input, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_is_chipset(device) && !device_is_onboard(device))
			return true;
	}
	return input->named || group_is_bound(group);
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(), vfio_dev_driver_allowed(): 5.10.
 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
 * Kernel: drivers/pci/pcie/portdrv.c, pcie_portdriver: 6.12, 7.3.
 */
static void run_not_viable(const struct group *group, struct checker *checker)
{
	_cleanup_free_ char *names = group_blockers(group);
	_cleanup_free_ char *hint = NULL;
	struct finding *finding;

	if (!names) {
		find_unknown_driver(group, checker);
		return;
	}
	if (is_proposed(checker->input, group))
		hint = remedy_group_words(group);
	finding = found_in_group(checker, SEVERITY_FAILURE, group, hint, "not viable: %s", names);
	for (size_t i = 0; i < group->n_devices; i++) {
		if (!device_blocks_group(group->devices[i]))
			continue;
		finding_device(finding, group->devices[i]->address);
		finding_driver(finding, group->devices[i]->driver);
	}
	if (hint)
		remedy_group(finding, group);
}

static void run_unbound(const struct group *group, struct checker *checker)
{
	const struct device *device = group_candidate(group);
	_cleanup_free_ char *hint = NULL;
	struct finding *finding;

	if (group_is_bound(group) || group_first_blocker(group) || unknown_driver(group) || !device)
		return;
	/* The reason is another one then, and override-without-driver says it. */
	if (device_override_failed(device))
		return;
	if (device_is_chipset(device)) {
		finding = found_in_group(checker, SEVERITY_OK, group, NULL,
					 "not assignable: %s is part of the chipset",
					 device->address);
	} else {
		if (is_proposed(checker->input, group))
			hint = remedy_bind_words(&device, 1);
		finding = found_in_group(checker, SEVERITY_FAILURE, group, hint,
					 "%s is not bound to vfio-pci yet (no driver)",
					 device->address);
		if (hint)
			remedy_bind(finding, &device, 1);
	}
	finding_device(finding, device->address);
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_iommu_group_get(), vfio_group_fops_open(): 5.10.
 * Kernel: drivers/vfio/group.c, vfio_noiommu_group_alloc(), vfio_group_fops_open(): 6.12, 7.3.
 */
static void run_noiommu_group(const struct group *group, struct checker *checker)
{
	_cleanup_free_ char *node = NULL;
	_cleanup_free_ char *hint = NULL;

	if (group_kind(group) != GROUP_NO_IOMMU)
		return;
	node = group_node(group);
	hint = iommu_fix_words(checker->input->host);
	found_in_group(checker, SEVERITY_FAILURE, group, hint,
		       "no-IOMMU group (%s): nothing protects the host from its devices, "
		       "and DMA mapping is not available",
		       node);
}

static int compare_addresses(const void *a, const void *b)
{
	return strcmp((*(struct device *const *)a)->address, (*(struct device *const *)b)->address);
}

static void split_from(struct checker *checker, const struct group *group,
		       const struct device *other)
{
	struct finding *finding;

	if (!other->group || other->group == group || device_is_vfio(other) || other->endpoint)
		return;
	finding = found_in_group(
		checker, SEVERITY_NOTE, group, NULL,
		"%s (%s) is another function of the same card, in group %u, and is %s%s",
		other->address, other->class_name ? other->class_name : "class unknown",
		other->group->id, other->driver ? "bound to " : "not bound to a vfio driver",
		other->driver ? other->driver : "");
	finding_device(finding, other->address);
	finding_driver(finding, other->driver);
}

/*
 * Functions of one card in other groups: the audio function of a graphics card is easily
 * missed. The physical function of a VF, and its other VFs, are meant to be elsewhere. Sorting
 * by address puts the functions of a card next to each other.
 */
static void run_split(const struct check_input *input, struct checker *checker)
{
	size_t count = input->host->n_devices;
	_cleanup_free_ struct device **sorted = xcalloc(count, sizeof(struct device *));

	if (count)
		memcpy(sorted, input->host->devices, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_addresses);
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		const struct device *device = group_candidate(group);
		struct device **at;

		if (!device || device->physical_function || !group_is_bound(group))
			continue;
		at = bsearch(&device, sorted, count, sizeof(*sorted), compare_addresses);
		while (at && at > sorted && device_is_same_card(device, at[-1]))
			at--;
		for (; at && at < sorted + count && device_is_same_card(device, *at); at++)
			split_from(checker, group, *at);
	}
}

/* VFs of @physical in its own group, "0000:03:02.0, …"; NULL where there are none. */
static char *virtual_functions(const struct group *group, const struct device *physical)
{
	char *names = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device->physical_function &&
		    strcmp(device->physical_function, physical->address) == 0)
			xappend(&names, "%s%s", names ? ", " : "", device->address);
	}
	return names;
}

static void run_virtual_functions(const struct group *group, struct checker *checker)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *physical = group->devices[i];
		_cleanup_free_ char *names = virtual_functions(group, physical);
		struct finding *finding;

		if (!names || physical->endpoint)
			continue;
		finding = found_in_group(checker, SEVERITY_WARNING, group,
					 "move the card to a slot whose port has ACS, or enable "
					 "ACS in the firmware setup; group-kept-together names the "
					 "port that lacks it",
					 "%s and its virtual functions %s are in one group, so the "
					 "VFs cannot be assigned while the host uses the PF",
					 physical->address, names);
		finding_device(finding, physical->address);
		finding_driver(finding, physical->driver);
	}
}

/** enum weakness_kind - index of weaknesses, in the order in which they are told. */
enum weakness_kind {
	WEAK_NO_ACS,
	WEAK_ACS_OFF,
	WEAK_TO_CONVENTIONAL,
	WEAK_QUIRK,
	WEAK_FROM_CONVENTIONAL,
	WEAK_ASPEED,
};

#define MOVE_FROM_BRIDGE                                                              \
	"move the card to a slot that is not behind such a bridge: conventional PCI " \
	"has no ACS"

/**
 * struct weakness - reason why a bridge does not isolate the devices behind it.
 * @hint: NULL where the kernel may treat the bridge as isolating, which is no reason then
 */
static const struct weakness {
	const char *one;
	const char *many;
	const char *hint;
} weaknesses[] = {
	[WEAK_NO_ACS] = {
		"has no ACS",
		"have no ACS",
		"move the card to another slot, or enable ACS in the firmware setup",
	},
	[WEAK_ACS_OFF] = {
		"has ACS, but it is not enabled",
		"have ACS, but it is not enabled",
		"enable ACS in the firmware setup, or move the card to another slot",
	},
	[WEAK_TO_CONVENTIONAL] = {
		"is a bridge to conventional PCI, behind which the IOMMU cannot tell devices apart",
		"are bridges to conventional PCI, behind which the IOMMU cannot tell devices apart",
		MOVE_FROM_BRIDGE,
	},
	[WEAK_QUIRK] = {
		"does not isolate by its registers (ACS), but the kernel has a quirk for it and may "
		"treat it as isolated",
		"do not isolate by their registers (ACS), but the kernel has quirks for them and may "
		"treat them as isolated",
		NULL,
	},
	[WEAK_FROM_CONVENTIONAL] = {
		"is a bridge from conventional PCI to PCI Express, behind which the IOMMU cannot tell "
		"devices apart",
		"are bridges from conventional PCI to PCI Express, behind which the IOMMU cannot tell "
		"devices apart",
		MOVE_FROM_BRIDGE,
	},
	[WEAK_ASPEED] = {
		"is the bridge of a management controller (ASPEED) and has no ACS",
		"are bridges of management controllers (ASPEED) and have no ACS",
		"use another device: the graphics and the other parts of the controller stay together",
	},
};

#define VENDOR_ASPEED 0x1a03

/*
 * AST1150 forwards the IDs of the devices behind it, which does not isolate them.
 *
 * Kernel: drivers/pci/quirks.c, quirk_aspeed_pci_bridge_no_alias(): in 7.3, not in 6.12.
 */
static bool is_aspeed(const struct device *bridge)
{
	return bridge->vendor == VENDOR_ASPEED && bridge->device == 0x1150;
}

/*
 * NULL if @bridge isolates what is behind it or is not known to do otherwise. No quirk isolates
 * devices behind a bridge to or from conventional PCI: all of them have its ID, but behind AST1150.
 *
 * Kernel: drivers/iommu/iommu.c, pci_device_group(); drivers/pci/pci.c, pci_acs_enabled(): 5.10,
 *   6.1, 6.12, 7.3.
 * Kernel: drivers/pci/search.c, pci_for_each_dma_alias(): 6.12, 7.3.
 */
static const struct weakness *weakness_of(const struct device *bridge)
{
	const struct port *port = &bridge->port;

	/* No slot and no ACS gives a device behind an endpoint a group of its own. */
	if (port->seen != PORT_SEEN || bridge->endpoint)
		return NULL;
	if (port->is_express && port->type == PCI_EXP_TYPE_PCIE_BRIDGE)
		return &weaknesses[WEAK_FROM_CONVENTIONAL];
	if (!port->is_express || port->type == PCI_EXP_TYPE_PCI_BRIDGE)
		return &weaknesses[is_aspeed(bridge) ? WEAK_ASPEED : WEAK_TO_CONVENTIONAL];
	switch (acs_isolation(bridge)) {
	case ISOLATION_NONE:
		return &weaknesses[port->has_acs ? WEAK_ACS_OFF : WEAK_NO_ACS];
	case ISOLATION_QUIRK:
		return &weaknesses[WEAK_QUIRK];
	default:
		return NULL;
	}
}

static bool is_below(const struct device *device, const struct device *bridge)
{
	size_t len = bridge->path ? strlen(bridge->path) : 0;

	return len && device->path && strncmp(device->path, bridge->path, len) == 0 &&
	       device->path[len] == '/';
}

/* True unless it is known that no device of @group is behind @bridge. */
static bool has_behind(const struct group *group, const struct device *bridge)
{
	bool is_path_known = bridge->path && *bridge->path;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_is_bridge(device) &&
		    (!is_path_known || !device->path || is_below(device, bridge)))
			return true;
	}
	return false;
}

static size_t count_ends(const struct group *group)
{
	size_t ends = 0;

	for (size_t i = 0; i < group->n_devices; i++)
		ends += !device_is_bridge(group->devices[i]) && !group->devices[i]->endpoint;
	return ends;
}

/*
 * True if all ends of @group are functions of one card, and none is known to isolate itself from
 * the others: they share a group in every slot then, whatever the ports above can do.
 *
 * Kernel: drivers/iommu/iommu.c, get_pci_function_alias_group(): 5.10, 6.1, 6.12, 7.3.
 */
static bool is_one_card(const struct group *group)
{
	const struct device *first = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device_is_bridge(device) || device->endpoint)
			continue;
		if (device->physical_function || acs_isolation(device) >= ISOLATION_QUIRK ||
		    (first && !device_is_same_card(first, device)))
			return false;
		first = device;
	}
	return count_ends(group) > 1;
}

/*
 * True if @word of the kernel command line may name a bridge of @group that has @weakness. The word
 * names devices by their addresses, by a path of them, or by their IDs.
 *
 * Kernel: drivers/pci/pci.c, pci_dev_str_match(): 5.10, 6.1, 6.12, 7.3.
 */
static bool may_name(const char *word, const struct group *group, const struct weakness *weakness)
{
	if (strchr(word, '/') || strstr(word, "pci:"))
		return true;
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		bool is_first = text_starts(device->address, "0000:");

		if (device_is_bridge(device) && weakness_of(device) == weakness &&
		    strstr(word, device->address + (is_first ? strlen("0000:") : 0)))
			return true;
	}
	return false;
}

/*
 * The kernel enables ACS itself where it uses an IOMMU, and two options take that back for some
 * devices.
 *
 * Kernel: drivers/pci/pci.c, pci_enable_acs(), pci_disable_acs_redir(): 5.10, 6.1.
 * Kernel: drivers/pci/pci.c, pci_enable_acs(), config_acs_param, disable_acs_redir_param: 6.12,
 *   7.3.
 */
static char *hint_of(const struct host *host, const struct group *group,
		     const struct weakness *weakness)
{
	static const char *const options[] = { "disable_acs_redir", "config_acs" };

	for (size_t i = 0; weakness == &weaknesses[WEAK_ACS_OFF] && i < COUNT(options); i++) {
		_cleanup_free_ char *word = cmdline_effective(host->cmdline, "pci", options[i],
							      NULL);

		/* 6.1 does not know the second one. */
		if (word && may_name(word, group, weakness) && !(i && kernel_is_before(host, 6, 2)))
			return xasprintf(
				"remove %s from the kernel command line (%s) and reboot, or move "
				"the card to another slot",
				options[i], word);
	}
	return weakness->hint ? xstrdup(weakness->hint) : NULL;
}

/* One finding for all bridges with the same weakness. */
static void found_weak(struct checker *checker, const struct group *group,
		       const struct weakness *weakness)
{
	bool problem = group_first_blocker(group) != NULL;
	_cleanup_free_ const struct device **bridges = NULL;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *effect = NULL;
	_cleanup_free_ char *hint = hint_of(checker->input->host, group, weakness);
	struct finding *finding;
	size_t count = 0;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_is_bridge(device) || weakness_of(device) != weakness ||
		    !has_behind(group, device))
			continue;
		xappend(&names, "%s%s", names ? ", " : "", device->address);
		APPEND(bridges, count, device);
	}
	if (!count)
		return;
	if (weakness->hint)
		effect = xasprintf(", so the %zu devices share a group", count_ends(group));
	finding = found_in_group(checker, problem ? SEVERITY_NOTE : SEVERITY_OK, group,
				 problem ? hint : NULL, "%s %s%s", names,
				 count > 1 ? weakness->many : weakness->one, effect ? effect : "");
	for (size_t i = 0; i < count; i++)
		finding_device(finding, bridges[i]->address);
}

/* Another slot has other ports, so they are reasons where the devices are not one card. */
static void found_bridges(struct checker *checker, const struct group *group)
{
	for (size_t i = 0; i < COUNT(weaknesses); i++)
		found_weak(checker, group, &weaknesses[i]);
	for (size_t i = 0; group_first_blocker(group) && i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_is_bridge(device) || device->endpoint ||
		    device->port.seen != PORT_HEADER || !has_behind(group, device))
			continue;
		finding_device(found_in_group(checker, SEVERITY_UNMEASURED, group, "run as root",
					      "cannot tell whether %s has ACS: only root can read "
					      "its configuration space beyond 64 bytes",
					      device->address),
			       device->address);
		return;
	}
}

/* Reasons are notes where the group is a problem; otherwise only --verbose shows them. */
static void run_kept_together(const struct group *group, struct checker *checker)
{
	bool problem = group_first_blocker(group) != NULL;
	size_t ends = count_ends(group);

	if (ends < 2)
		return;
	if (is_one_card(group))
		found_in_group(
			checker, problem ? SEVERITY_NOTE : SEVERITY_OK, group, NULL,
			"its %zu devices are functions of one card that is not known to isolate "
			"them (ACS)",
			ends);
	else
		found_bridges(checker, group);
}

/* A root port or downstream port that lacks ACS, and for which the kernel has no quirk. */
static bool is_open_port(const struct device *device)
{
	return device_is_bridge(device) && !device->endpoint && device->port.is_express &&
	       (device->port.type == PCI_EXP_TYPE_ROOT_PORT ||
		device->port.type == PCI_EXP_TYPE_DOWNSTREAM) &&
	       acs_isolation(device) == ISOLATION_NONE;
}

/** struct override - devices behind ports without ACS, apart from their port and with it. */
struct override {
	struct findings apart;
	struct finding finding;
	size_t together;
};

static void sort_behind(const struct host *host, const struct device *port,
			struct override *override)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];

		if (device_is_bridge(device) || !device->group || !is_below(device, port))
			continue;
		if (device->group == port->group)
			override->together++;
		else
			finding_device(&override->finding, device->address);
	}
}

static char *list_of(const struct finding *finding)
{
	char *list = NULL;

	for (size_t i = 0; i < finding->n_devices; i++)
		xappend(&list, "%s%s", i ? ", " : "", finding->devices[i]);
	return list;
}

/*
 * The option belongs to a patch that treats ports as if they had ACS; a kernel without it ignores
 * the option. Without it a device behind a port without ACS is in the group of the port.
 *
 * Kernel: drivers/iommu/iommu.c, pci_device_group(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_override(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	_cleanup_free_ char *word = cmdline_word(host->cmdline, "pcie_acs_override");
	_cleanup_free_ char *ports = cmdline_effective(host->cmdline, "pcie_acs_override",
						       "downstream", NULL);
	struct override behind = { 0 };
	_cleanup_free_ char *list = NULL;
	struct finding *finding;

	for (size_t i = 0; word && i < host->n_devices; i++) {
		if (host->devices[i]->group && is_open_port(host->devices[i]))
			sort_behind(host, host->devices[i], &behind);
	}
	list = list_of(&behind.finding);
	if (list) {
		finding = found(
			checker, SEVERITY_WARNING, "host",
			"give all devices behind such a port to the same guest, or move cards "
			"to ports with ACS and remove the option",
			"the kernel was booted with %s: the groups of %s do not protect, since "
			"nothing isolates devices behind ports without ACS from each other",
			word, list);
		for (size_t i = 0; i < behind.finding.n_devices; i++)
			finding_device(finding, behind.finding.devices[i]);
	} else if (behind.together && !ports) {
		/* Its other words are for functions of a card, and for devices with an ID. */
		found(checker, SEVERITY_NOTE, "host",
		      "move cards to ports with ACS; a kernel with the patch for this option makes "
		      "groups that do not protect",
		      "%s has no effect on ports without ACS: devices behind them still share a group",
		      word);
	} else if (behind.together) {
		found(checker, SEVERITY_NOTE, "host",
		      "remove the option and move cards to ports with ACS; a kernel with the patch "
		      "for this option makes groups that do not protect",
		      "the kernel ignores %s: devices behind ports without ACS still share a group",
		      word);
	}
	findings_add(&behind.apart, &behind.finding);
	findings_clear(&behind.apart);
}

static void run_gone(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < input->n_missing; i++) {
		/* Interface names may hold almost any byte, and so may arguments. */
		_cleanup_free_ char *word = text_clean(xstrdup(input->missing[i]));

		found(checker, SEVERITY_FAILURE, word, NULL, "no longer on this host");
	}
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(), vfio_dev_driver_allowed(): 5.10.
	 * Kernel: drivers/iommu/iommu.c, iommu_device_use_default_domain(),
	 *   iommu_group_claim_dma_owner(); drivers/pci/pci-stub.c, driver_managed_dma: 6.1, 6.12,
	 *   7.3.
	 * Kernel: drivers/pci/pcie/portdrv_pci.c, driver_managed_dma: 6.1.
	 * Kernel: drivers/pci/pcie/portdrv.c, driver_managed_dma: 6.12, 7.3.
	 */
	{ "group-not-viable", "A device of the group is in use by the host",
	  "VFIO assigns a group as a whole, since the IOMMU does not isolate its devices\n"
	  "from each other. While a host driver is bound to one of them, VFIO refuses the\n"
	  "group. Bind each device to a vfio driver, or to none; VFIO variant drivers\n"
	  "(mlx5_vfio_pci and others) count as vfio drivers. pci-stub does not count. Nor do\n"
	  "bridges between buses on kernels before 5.19; on later ones pcieport does not\n"
	  "count, and other drivers of bridges do (shpchp, yenta_cardbus).\n",
	  .run_group = run_not_viable },
	/* Kernel: see run_missing(). */
	{ "group-not-bound", "No device of the group is bound to a vfio driver",
	  "The node /dev/vfio/GROUP exists only while a device of the group is bound to a\n"
	  "vfio driver. Bind the device with driver_override, as the fix shows, or\n"
	  "persistently with driverctl:\n"
	  "  sudo driverctl set-override ADDRESS vfio-pci\n",
	  .run_group = run_unbound },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_noiommu_ioctl(), vfio_group_fops_open(),
	 *   vfio_devnode(): 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_noiommu_ioctl(); drivers/vfio/vfio_main.c,
	 *   vfio_group_fops_open(), vfio_noiommu_group_alloc(): 6.1.
	 * Kernel: drivers/vfio/container.c, vfio_noiommu_ioctl(); drivers/vfio/group.c,
	 *   vfio_group_fops_open(), vfio_noiommu_group_alloc(): 6.12, 7.3.
	 */
	{ "group-without-iommu", "The group has no IOMMU",
	  "The group was created by VFIO's no-IOMMU mode. Its node is /dev/vfio/noiommu-N;\n"
	  "opening it requires CAP_SYS_RAWIO, and its use taints the kernel. The devices in\n"
	  "it can reach all memory. VFIO_IOMMU_MAP_DMA is not available, so programs need\n"
	  "physical addresses. Virtual machines cannot use such a group. It is meant for\n"
	  "user space drivers on hosts without an IOMMU.\n",
	  .run_group = run_noiommu_group },
	/* Kernel: none, about cards. */
	{ "functions-split", "Functions of one card are in different groups",
	  "A card often has several functions; a graphics card has one for audio. Guests\n"
	  "usually need all of them, and a host driver that keeps one can disturb the\n"
	  "others.\n",
	  .run = run_split },
	/*
	 * Kernel: drivers/iommu/iommu.c, pci_device_group(); drivers/pci/pci.c,
	 *   pci_acs_path_enabled(): 5.10, 6.1, 6.12, 7.3.
	 */
	{ "pf-vf-one-group", "A physical function and its virtual functions share a group",
	  "With SR-IOV, virtual functions (VFs) are assigned to guests while the host\n"
	  "driver keeps the physical function (PF). That is impossible if they share a\n"
	  "group, since a group is assigned as a whole. It happens where nothing between\n"
	  "the card and the CPU isolates the functions (no ACS).\n",
	  .run_group = run_virtual_functions },
	{ "group-kept-together", "Why devices share a group",
	  "Devices that can reach each other without passing the IOMMU share a group. PCI\n"
	  "Express ports isolate them with Access Control Services (ACS: source validation,\n"
	  "request and completion redirection, upstream forwarding). A root port or a\n"
	  "downstream port of a switch without ACS, or a bridge to conventional PCI, keeps\n"
	  "the devices behind it in one group; the upstream port of a switch needs no ACS\n"
	  "unless it is one of several functions. Functions of a card without ACS share a\n"
	  "group in every slot. The reasons given here are read from configuration space;\n"
	  "the kernel also has quirks, by which it treats some devices as isolated. Forcing\n"
	  "groups apart with a patched kernel (pcie_acs_override) creates groups that do\n"
	  "not protect.\n",
	  .run_group = run_kept_together },
	{ "acs-override", "The kernel was told to split groups without isolation (ACS)",
	  "pcie_acs_override is an option of a patch that some distributions apply. With it\n"
	  "the kernel treats ports without ACS as if they isolated devices, and makes groups\n"
	  "whose devices can reach each other without passing the IOMMU. A guest with one of\n"
	  "them can reach the others, and through them their guests or the host. Kernels\n"
	  "without the patch ignore the option.\n",
	  .run = run_override },
	/* Kernel: none, what 'vfiodiag watch' followed. */
	{ "subject-gone", "A watched device, group or interface is gone",
	  "A device was unplugged or removed, or lost its group or its network interface,\n"
	  "while 'vfiodiag watch' followed it.\n",
	  .run = run_gone },
};

const struct check_family check_family_groups = {
	.name = "groups",
	.checks = checks,
	.n_checks = COUNT(checks),
};
