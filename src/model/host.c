/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/host.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/writer.h"
#include "model/fact.h"

/* Class and subclass of the bridges that have a bridge header (PCI Code and ID Assignment 1.4). */
#define PCI_CLASS_STORAGE_SATA	 0x0106
#define PCI_CLASS_BRIDGE_ISA	 0x0601
#define PCI_CLASS_BRIDGE_PCI	 0x0604
#define PCI_CLASS_BRIDGE_CARDBUS 0x0607
#define PCI_CLASS_BRIDGE_SEMI	 0x0609
#define PCI_CLASS_BRIDGE_OTHER	 0x0680
#define PCI_CLASS_SYSTEM_PIC	 0x0800
#define PCI_CLASS_SYSTEM_DMA	 0x0801
#define PCI_CLASS_SYSTEM_TIMER	 0x0802
#define PCI_CLASS_SYSTEM_RTC	 0x0803
#define PCI_CLASS_SYSTEM_IOMMU	 0x0806
#define PCI_CLASS_SERIAL_USB	 0x0c03
#define PCI_CLASS_SERIAL_SMBUS	 0x0c05
#define PCI_BASE_CLASS_MEMORY	 0x05
#define PCI_BASE_CLASS_SYSTEM	 0x08
#define PCI_BASE_CLASS_SIGNAL	 0x11
#define PCI_BASE_CLASS_BRIDGE	 0x06
#define ISM_VENDOR		 0x1014
#define ISM_DEVICE		 0x04ed

struct host *host_new(void)
{
	return xcalloc(1, sizeof(struct host));
}

void device_clear_uses(struct device *device)
{
	for (size_t i = 0; i < device->n_uses; i++)
		free(device->uses[i].text);
	free(device->uses);
	device->uses = NULL;
	device->n_uses = 0;
}

static void device_free(struct device *device)
{
	facts_free(device_facts, device);
	free(device->path);
	free(device->physical_function);
	device_clear_uses(device);
	free(device->runtime_status);
	free(device->bar_claim);
	free(device->group_link);
	free(device->host_bridge);
	free(device->endpoint);
	free(device);
}

void group_free(struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++)
		free(group->regions[i].word);
	free(group->regions);
	free(group->devices);
	facts_free(group_facts, group);
	free(group);
}

static void iommu_clear(struct iommu *iommu)
{
	facts_free(iommu_facts, iommu);
	for (size_t i = 0; i < iommu->n_members; i++)
		free(iommu->members[i]);
	free(iommu->members);
}

void host_clear_modules(struct host *host)
{
	for (size_t i = 0; i < host->n_modules; i++)
		free(host->modules[i].name);
	free(host->modules);
	host->modules = NULL;
	host->n_modules = 0;
}

void host_clear_nodes(struct host *host)
{
	for (size_t i = 0; i < host->n_nodes; i++)
		node_clear(&host->nodes[i]);
	free(host->nodes);
	host->nodes = NULL;
	host->n_nodes = 0;
}

void host_clear_parameters(struct host *host)
{
	for (size_t i = 0; i < host->n_parameters; i++) {
		free(host->parameters[i].module);
		free(host->parameters[i].name);
		free(host->parameters[i].value);
	}
	free(host->parameters);
	host->parameters = NULL;
	host->n_parameters = 0;
}

void host_clear_iommus(struct host *host)
{
	for (size_t i = 0; i < host->n_devices; i++)
		host->devices[i]->iommu = NULL;
	for (size_t i = 0; i < host->n_iommus; i++)
		iommu_clear(&host->iommus[i]);
	free(host->iommus);
	host->iommus = NULL;
	host->n_iommus = 0;
}

char *holder_words(const struct holder *holder)
{
	if (holder->guest)
		return xasprintf("the guest %s (process %d)", holder->guest, holder->pid);
	return xasprintf("process %d (%s)", holder->pid,
			 holder->name ? holder->name : "name unknown");
}

void host_clear_holders(struct host *host)
{
	for (size_t i = 0; i < host->n_holders; i++) {
		free(host->holders[i].path);
		free(host->holders[i].name);
		free(host->holders[i].guest);
		free(host->holders[i].unit);
	}
	free(host->holders);
	host->holders = NULL;
	host->n_holders = 0;
	host->holders_errno = 0;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	host_clear_parameters(host);
	host_clear_iommus(host);
	host_clear_holders(host);
	net_clear(&host->net);
	blocks_clear(&host->blocks);
	for (size_t i = 0; i < host->n_devices; i++)
		device_free(host->devices[i]);
	for (size_t i = 0; i < host->n_groups; i++)
		group_free(host->groups[i]);
	for (size_t i = 0; i < host->n_unread; i++)
		free(host->unread[i].path);
	free(host->devices);
	free(host->groups);
	free(host->unread);
	for (size_t i = 0; i < host->n_framebuffers; i++)
		free(host->framebuffers[i]);
	free(host->framebuffers);
	free(host->irq_chip);
	free(host->hugepages);
	host_clear_modules(host);
	host_clear_nodes(host);
	account_clear(&host->caller);
	facts_free(host_facts, host);
	free(host);
}

void group_add(struct group *group, struct device *device)
{
	device->group = group;
	APPEND(group->devices, group->n_devices, device);
}

/* Take @item out of an array of *@count pointers. Return: whether it was in there. */
static bool take_out(void *array, size_t *count, const void *item)
{
	const void **pointers = array;

	for (size_t i = 0; i < *count; i++) {
		if (pointers[i] == item) {
			memmove(pointers + i, pointers + i + 1, (--*count - i) * sizeof(*pointers));
			return true;
		}
	}
	return false;
}

void group_remove(struct group *group, struct device *device)
{
	if (take_out(group->devices, &group->n_devices, device))
		device->group = NULL;
}

void host_drop_device(struct host *host, struct device *device)
{
	if (device->group)
		group_remove(device->group, device);
	for (size_t i = 0; i < host->net.n_interfaces; i++) {
		if (host->net.interfaces[i].device == device)
			host->net.interfaces[i].device = NULL;
	}
	for (size_t i = 0; i < host->blocks.count; i++) {
		if (host->blocks.block[i].device == device)
			host->blocks.block[i].device = NULL;
	}
	take_out(host->devices, &host->n_devices, device);
	device_free(device);
}

void host_drop_group(struct host *host, struct group *group)
{
	take_out(host->groups, &host->n_groups, group);
	group_free(group);
}

void device_replace(struct device *old, struct device *fresh)
{
	struct device kept = *old;

	*old = *fresh;
	old->group = kept.group;
	old->iommu = kept.iommu;
	*fresh = kept;
	device_free(fresh);
}

static int compare_group(const void *key, const void *entry)
{
	unsigned int id = *(const unsigned int *)key;
	const struct group *group = *(struct group *const *)entry;

	return id < group->id ? -1 : id > group->id;
}

struct group *host_group(const struct host *host, unsigned int id)
{
	struct group **found;

	if (!host->n_groups)
		return NULL;
	found = bsearch(&id, host->groups, host->n_groups, sizeof(struct group *), compare_group);
	return found ? *found : NULL;
}

struct device *host_device(const struct host *host, const char *address)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		if (strcmp(host->devices[i]->address, address) == 0)
			return host->devices[i];
	}
	return NULL;
}

const char *host_parameter(const struct host *host, const char *module, const char *name)
{
	for (size_t i = 0; i < host->n_parameters; i++) {
		if (strcmp(host->parameters[i].module, module) == 0 &&
		    strcmp(host->parameters[i].name, name) == 0)
			return host->parameters[i].value;
	}
	return NULL;
}

int host_parameter_errno(const struct host *host, const char *module, const char *name)
{
	for (size_t i = 0; i < host->n_parameters; i++) {
		if (strcmp(host->parameters[i].module, module) == 0 &&
		    strcmp(host->parameters[i].name, name) == 0)
			return host->parameters[i].error;
	}
	return 0;
}

const struct module *host_module(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_modules; i++) {
		if (strcmp(host->modules[i].name, name) == 0)
			return &host->modules[i];
	}
	return NULL;
}

static int compare_path(const void *path, const void *node)
{
	return strcmp(path, ((const struct node *)node)->path);
}

static int compare_nodes(const void *a, const void *b)
{
	return compare_path(((const struct node *)a)->path, b);
}

bool host_lacks_module(const struct host *host, const char *name)
{
	const struct module *module = host_module(host, name);

	return module && !module->error && !module->available && !module->builtin &&
	       !module->loaded;
}

void host_sort_nodes(struct host *host)
{
	if (host->n_nodes)
		qsort(host->nodes, host->n_nodes, sizeof(*host->nodes), compare_nodes);
}

const struct node *host_node(const struct host *host, const char *path)
{
	return host->n_nodes ? bsearch(path, host->nodes, host->n_nodes, sizeof(*host->nodes),
				       compare_path)
			     : NULL;
}

bool host_has_device_node(const struct host *host, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const char *name = group->devices[i]->vfio_dev;
		_cleanup_free_ char *path = name ? xjoin("/dev/vfio/devices", '/', name) : NULL;
		const struct node *node = path ? host_node(host, path) : NULL;

		if (node && !node->error)
			return true;
	}
	return false;
}

bool host_parameter_is_on(const struct host *host, const char *module, const char *name)
{
	const char *value = host_parameter(host, module, name);

	return value && (*value == 'Y' || *value == 'y' || *value == '1');
}

bool host_is_ppc64(const struct host *host)
{
	return host->arch && text_starts(host->arch, "ppc64");
}

bool host_lacks_remapping(const struct host *host)
{
	return host->irq_chip && strstr(host->irq_chip, "IO-APIC") &&
	       !text_starts(host->irq_chip, "IR-");
}

enum iommu_kind group_iommu_kind(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		if (group->devices[i]->iommu)
			return group->devices[i]->iommu->kind;
	}
	return IOMMU_OTHER;
}

const char *iommu_kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_OTHER] = "other",    [IOMMU_INTEL] = "Intel VT-d",
		[IOMMU_AMD] = "AMD-Vi",	    [IOMMU_SMMU] = "Arm SMMU",
		[IOMMU_ZPCI] = "s390 zPCI", [IOMMU_VIRTIO] = "virtio-iommu",
	};

	return names[kind];
}

/* More names than that fill a line, and say no more than their number. */
#define UNITS_NAMED_MAX 4

char *host_iommu_line(const struct host *host, bool all)
{
	size_t of_kind[IOMMU_VIRTIO + 1] = { 0 };
	char *line = NULL;

	for (size_t i = 0; i < host->n_iommus; i++)
		of_kind[host->iommus[i].kind]++;
	for (size_t i = 0; i < host->n_iommus; i++) {
		enum iommu_kind kind = host->iommus[i].kind;
		const char *comma = line ? ", " : "";

		if (all || host->n_iommus <= UNITS_NAMED_MAX)
			xappend(&line, "%s%s (%s)", comma, iommu_kind_name(kind),
				host->iommus[i].name);
		else if (of_kind[kind])
			xappend(&line, "%s%s (%zu unit%s)", comma, iommu_kind_name(kind),
				of_kind[kind], of_kind[kind] == 1 ? "" : "s");
		of_kind[kind] = 0;
	}
	return line ? line : xstrdup(host->iommus_errno ? "not known" : "none registered");
}

bool device_is_bridge(const struct device *device)
{
	uint32_t class = device->class >> 8;

	return device->is_pci &&
	       (class == PCI_CLASS_BRIDGE_PCI || class == PCI_CLASS_BRIDGE_CARDBUS ||
		class == PCI_CLASS_BRIDGE_SEMI);
}

bool device_is_on_root_bus(const struct device *device)
{
	const char *at = device->path ? strstr(device->path, "/pci") : NULL;
	const char *slash = at ? strchr(at + 1, '/') : NULL;

	return slash && strcmp(slash + 1, device->address) == 0;
}

bool device_is_onboard(const struct device *device)
{
	unsigned int class = device->class >> 8;

	return device->is_pci && device_is_on_root_bus(device) &&
	       (class == PCI_CLASS_STORAGE_SATA || class == PCI_CLASS_SERIAL_USB);
}

bool device_is_same_card(const struct device *one, const struct device *two)
{
	const char *dot = strrchr(one->address, '.');

	return dot && one->is_pci && two->is_pci &&
	       strncmp(one->address, two->address, (size_t)(dot - one->address) + 1) == 0;
}

/* True if the ISA bridge of the chipset is another function of the same slot, in the same group. */
static bool is_beside_isa_bridge(const struct device *device)
{
	for (size_t i = 0; device->group && i < device->group->n_devices; i++) {
		const struct device *other = device->group->devices[i];

		if (other->class >> 8 == PCI_CLASS_BRIDGE_ISA && device_is_same_card(device, other))
			return true;
	}
	return false;
}

bool device_is_chipset(const struct device *device)
{
	unsigned int class = device->class >> 8;
	bool has_reset = device->reset_methods && *device->reset_methods;

	if (!device->is_pci)
		return false;
	switch (class) {
	case PCI_CLASS_STORAGE_SATA:
		return is_beside_isa_bridge(device);
	case PCI_CLASS_SERIAL_SMBUS:
	case PCI_CLASS_SYSTEM_PIC:
	case PCI_CLASS_SYSTEM_DMA:
	case PCI_CLASS_SYSTEM_TIMER:
	case PCI_CLASS_SYSTEM_RTC:
	case PCI_CLASS_SYSTEM_IOMMU:
		return true;
	case PCI_CLASS_BRIDGE_OTHER: /* also NVSwitch, which is assigned */
		return device_is_on_root_bus(device);
	default:
		break;
	}
	switch (class >> 8) {
	case PCI_BASE_CLASS_BRIDGE:
		return true;
	case PCI_BASE_CLASS_MEMORY:
	case PCI_BASE_CLASS_SYSTEM:
	case PCI_BASE_CLASS_SIGNAL:
		return !device->driver && !has_reset && device_is_on_root_bus(device);
	default:
		return false;
	}
}

bool device_is_uio(const struct device *device)
{
	return device->driver && (strcmp(device->driver, "uio_pci_generic") == 0 ||
				  strcmp(device->driver, "igb_uio") == 0);
}

/*
 * A vfio driver passes because its device is registered with VFIO, or because it sets
 * driver_managed_dma, as pci-stub does.
 *
 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(): 5.10.
 * Kernel: drivers/pci/pci-driver.c, pci_dma_configure(): 6.1, 6.12, 7.3.
 */
bool device_is_driven(const struct device *device)
{
	if (!device->driver || strcmp(device->driver, "pci-stub") == 0 || device_is_vfio(device))
		return false;
	if (device->driver_dma == DRIVER_DMA_BY_DEVICE)
		return !device_is_bridge(device);
	return device->driver_dma == DRIVER_DMA_OWNED;
}

bool device_hides_viability(const struct device *device)
{
	return device->driver_dma == DRIVER_DMA_UNKNOWN ||
	       (device->driver_errno && !device_is_bridge(device));
}

/* A parent calls its mediated devices by their UUID: "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001". */
static bool is_uuid(const char *name)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	for (; form[i] && name[i]; i++) {
		if (form[i] == '-' ? name[i] != '-' : !isxdigit((unsigned char)name[i]))
			return false;
	}
	return !form[i] && !name[i];
}

/*
 * The bus is mdev for all of them. Where a tree was copied without the link that names the bus, the name
 * tells: no device of another bus that VFIO knows is called so.
 *
 * Kernel: drivers/vfio/mdev/mdev_core.c, mdev_device_create(): 5.10, 6.1, 6.12, 7.3.
 */
bool device_is_mediated(const struct device *device)
{
	if (device->bus)
		return strcmp(device->bus, "mdev") == 0;
	return !device->is_pci && device->address && is_uuid(device->address);
}

bool device_goes_with_endpoint(const struct device *device)
{
	const struct group *group = device->group;

	for (size_t i = 0; device->endpoint && group && i < group->n_devices; i++) {
		if (strcmp(group->devices[i]->address, device->endpoint) == 0)
			return true;
	}
	return false;
}

bool device_blocks_group(const struct device *device)
{
	return device_is_driven(device) && !device_goes_with_endpoint(device);
}

bool device_is_vfio(const struct device *device)
{
	return device->vfio_dev || device->has_vfio_driver ||
	       (device->driver && strcmp(device->driver, "vfio-pci") == 0);
}

bool device_is_cold(const struct device *device)
{
	return device->power_state && strcmp(device->power_state, "D3cold") == 0;
}

bool device_is_inaccessible(const struct device *device)
{
	if (device->is_silent)
		return true;
	return device_is_cold(device) && device->runtime_status &&
	       (strcmp(device->runtime_status, "active") == 0 ||
		strcmp(device->runtime_status, "error") == 0);
}

bool device_is_ism(const struct device *device)
{
	return (device->vendor == ISM_VENDOR && device->device == ISM_DEVICE) ||
	       device->zpci_pft == ZPCI_ISM;
}

char *group_addresses(const struct group *group)
{
	struct writer list;

	writer_open(&list);
	for (size_t i = 0; i < group->n_devices; i++)
		fprintf(list.out, "%s%s", i ? " " : "", group->devices[i]->address);
	return writer_close(&list);
}

char *group_region_list(const struct group *group)
{
	struct writer list;

	writer_open(&list);
	for (size_t i = 0; i < group->n_regions; i++) {
		const struct region *region = &group->regions[i];

		fprintf(list.out, "%s0x%" PRIx64 "-0x%" PRIx64 "=%s", i ? "," : "",
			region->range.start, region->range.end, region->word);
	}
	return writer_close(&list);
}

/*
 * A mediated device has its group to itself, and the group is called as one of no-IOMMU mode; in 5.10 it
 * has no name. So the bus decides. All devices that register as emulated are mediated ones.
 *
 * Kernel: drivers/vfio/mdev/mdev_driver.c, mdev_attach_iommu(): 5.10.
 * Kernel: drivers/vfio/vfio_main.c, vfio_register_emulated_iommu_dev(), vfio_noiommu_group_alloc(): 6.1.
 * Kernel: drivers/vfio/group.c, vfio_noiommu_group_alloc(), vfio_device_set_group(): 6.12, 7.3.
 */
enum group_kind group_kind(const struct group *group)
{
	if (group->n_devices && device_is_mediated(group->devices[0]))
		return GROUP_EMULATED;
	return group->name && strcmp(group->name, "vfio-noiommu") == 0 ? GROUP_NO_IOMMU
								       : GROUP_IOMMU;
}

const char *group_kind_name(enum group_kind kind)
{
	static const char *const names[] = {
		[GROUP_IOMMU] = "iommu",
		[GROUP_EMULATED] = "emulated",
		[GROUP_NO_IOMMU] = "no-iommu",
	};

	return names[kind];
}

bool host_has_iommu_group(const struct host *host)
{
	for (size_t i = 0; i < host->n_groups; i++) {
		if (group_kind(host->groups[i]) == GROUP_IOMMU)
			return true;
	}
	return false;
}

/*
 * Only groups of no-IOMMU mode have the prefix.
 *
 * Kernel: drivers/vfio/vfio.c, vfio_create_group(): 5.10.
 * Kernel: drivers/vfio/vfio_main.c, vfio_create_group(): 6.1.
 * Kernel: drivers/vfio/group.c, vfio_create_group(): 6.12, 7.3.
 */
char *group_node(const struct group *group)
{
	_cleanup_free_ char *number = xnumber(group->id);

	return group_kind(group) == GROUP_NO_IOMMU ? xjoin("/dev/vfio/noiommu", '-', number)
						   : xjoin("/dev/vfio", '/', number);
}

char *device_label(const struct device *device)
{
	if (device_is_mediated(device) && device->parent)
		return xasprintf("mdev %s of %s",
				 device->mdev_type ? device->mdev_type : "of unknown type",
				 device->parent);
	if (device->vendor_name && device->device_name)
		return xjoin(device->vendor_name, ' ', device->device_name);
	/* A new device of a known vendor is not in an old pci.ids. */
	if (device->is_pci && device->vendor_name)
		return xasprintf("%s %04x", device->vendor_name, device->device);
	if (device->is_pci)
		return xasprintf("%04x:%04x", device->vendor, device->device);
	return xstrdup(device->bus ? device->bus : "device");
}

const char *device_driver_words(const struct device *device)
{
	if (device->driver)
		return device->driver;
	return device->driver_errno ? "driver not known" : "no driver";
}

bool group_is_bound(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_vfio(group->devices[i]))
			return true;
	}
	return false;
}

const struct device *group_first_blocker(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_blocks_group(group->devices[i]))
			return group->devices[i];
	}
	return NULL;
}

char *group_blockers(const struct group *group)
{
	char *names = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		char *longer;

		if (!device_blocks_group(device))
			continue;
		longer = xasprintf("%s%s%s%s%s%s is still bound to %s", names ? names : "",
				   names ? ", " : "", device->address,
				   device->class_name ? " (" : "",
				   device->class_name ? device->class_name : "",
				   device->class_name ? ")" : "", device->driver);
		free(names);
		names = longer;
	}
	return names;
}

size_t host_count_bound(const struct host *host)
{
	size_t count = 0;

	for (size_t i = 0; i < host->n_groups; i++)
		count += group_is_bound(host->groups[i]);
	return count;
}

size_t host_count_state(const struct host *host, enum device_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < host->n_devices; i++)
		count += host->devices[i]->state == state;
	return count;
}

bool group_has_assignable(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (!device_is_chipset(device) && device->state != STATE_KEEP)
			return true;
	}
	return false;
}

const struct iommu *group_iommu(const struct group *group)
{
	return group->n_devices ? group->devices[0]->iommu : NULL;
}

const struct device *group_candidate(const struct group *group)
{
	const struct device *second_best = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device->class >> 16 != PCI_BASE_CLASS_BRIDGE && !device->endpoint)
			return device;
		if (!second_best && !device_is_bridge(device))
			second_best = device;
	}
	return second_best;
}
