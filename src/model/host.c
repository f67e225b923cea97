/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/host.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* Class and subclass of the bridges that have a bridge header (PCI Code and ID Assignment 1.4). */
#define PCI_CLASS_BRIDGE_PCI	 0x0604
#define PCI_CLASS_BRIDGE_CARDBUS 0x0607
#define PCI_CLASS_BRIDGE_SEMI	 0x0609
#define PCI_BASE_CLASS_BRIDGE	 0x06
#define ISM_VENDOR		 0x1014
#define ISM_DEVICE		 0x04ed

struct host *host_new(void)
{
	return xcalloc(1, sizeof(struct host));
}

static void device_free(struct device *device)
{
	free(device->address);
	free(device->bus);
	free(device->path);
	free(device->driver);
	free(device->driver_override);
	free(device->vfio_dev);
	free(device->class_name);
	free(device->vendor_name);
	free(device->device_name);
	free(device);
}

static void group_free(struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++)
		free(group->regions[i].word);
	free(group->regions);
	free(group->devices);
	free(group->type);
	free(group->name);
	free(group);
}

static void iommu_clear(struct iommu *iommu)
{
	free(iommu->name);
	free(iommu->version);
	free(iommu->cap);
	free(iommu->ecap);
	free(iommu->features);
	for (size_t i = 0; i < iommu->n_members; i++)
		free(iommu->members[i]);
	free(iommu->members);
}

static void parameter_clear(struct parameter *parameter)
{
	free(parameter->module);
	free(parameter->name);
	free(parameter->value);
}

static void node_clear(struct node *node)
{
	free(node->path);
	free(node->owner);
	free(node->group_name);
}

void account_clear(struct account *account)
{
	for (size_t i = 0; i < account->n_group_names; i++)
		free(account->group_names[i]);
	free(account->group_names);
	free(account->gids);
	free(account->whom);
	*account = (struct account){ 0 };
}

void host_free(struct host *host)
{
	if (!host)
		return;
	for (size_t i = 0; i < host->n_devices; i++)
		device_free(host->devices[i]);
	for (size_t i = 0; i < host->n_groups; i++)
		group_free(host->groups[i]);
	for (size_t i = 0; i < host->n_iommus; i++)
		iommu_clear(&host->iommus[i]);
	for (size_t i = 0; i < host->n_parameters; i++)
		parameter_clear(&host->parameters[i]);
	for (size_t i = 0; i < host->n_unread; i++)
		free(host->unread[i].path);
	free(host->devices);
	free(host->groups);
	free(host->iommus);
	free(host->parameters);
	free(host->unread);
	free(host->hugepages);
	for (size_t i = 0; i < host->n_modules; i++)
		free(host->modules[i].name);
	free(host->modules);
	for (size_t i = 0; i < host->n_nodes; i++)
		node_clear(&host->nodes[i]);
	free(host->nodes);
	account_clear(&host->caller);
	free(host->name);
	free(host->release);
	free(host->build);
	free(host->arch);
	free(host->cmdline);
	free(host->cpu_vendor);
	free(host->machine);
	free(host->lockdown);
	free(host->iommu_table);
	free(host);
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

const struct module *host_module(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_modules; i++) {
		if (strcmp(host->modules[i].name, name) == 0)
			return &host->modules[i];
	}
	return NULL;
}

const struct node *host_node(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_nodes; i++) {
		if (strcmp(host->nodes[i].path, path) == 0)
			return &host->nodes[i];
	}
	return NULL;
}

bool account_has(const struct account *account, unsigned int capability)
{
	return capability < 64 && account->capabilities >> capability & 1;
}

static bool in_group(const struct account *account, const struct node *node)
{
	for (size_t i = 0; i < account->n_gids; i++) {
		if (account->gids[i] == node->gid)
			return true;
	}
	for (size_t i = 0; node->group_name && i < account->n_group_names; i++) {
		if (strcmp(account->group_names[i], node->group_name) == 0)
			return true;
	}
	return false;
}

enum access node_access(const struct node *node, const struct account *account)
{
	uint32_t bits;

	if (node->error || account->error || !account->whom)
		return ACCESS_UNKNOWN;
	if (account_has(account, CAP_DAC_OVERRIDE))
		return ACCESS_ALLOWED;
	/* As the kernel asks: only the first of the three that fits counts. */
	if (account->uid == node->uid)
		bits = node->mode >> 6;
	else if (node->has_acl)
		return ACCESS_UNKNOWN;
	else
		bits = in_group(account, node) ? node->mode >> 3 : node->mode;
	return (bits & 6) == 6 ? ACCESS_ALLOWED : ACCESS_DENIED;
}

const char *iommu_kind_name(enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_INTEL:
		return "Intel VT-d";
	case IOMMU_AMD:
		return "AMD-Vi";
	case IOMMU_SMMU:
		return "Arm SMMU";
	case IOMMU_ZPCI:
		return "s390 zPCI";
	case IOMMU_VIRTIO:
		return "virtio-iommu";
	case IOMMU_OTHER:
		break;
	}
	return "other";
}

bool device_is_bridge(const struct device *device)
{
	uint32_t class = device->class >> 8;

	return device->is_pci &&
	       (class == PCI_CLASS_BRIDGE_PCI || class == PCI_CLASS_BRIDGE_CARDBUS ||
		class == PCI_CLASS_BRIDGE_SEMI);
}

bool device_blocks_group(const struct device *device)
{
	return device->driver && strcmp(device->driver, "pci-stub") != 0 &&
	       !device_is_vfio(device) && !device_is_bridge(device);
}

bool device_is_vfio(const struct device *device)
{
	return device->vfio_dev || (device->driver && strcmp(device->driver, "vfio-pci") == 0);
}

bool device_is_ism(const struct device *device)
{
	return (device->vendor == ISM_VENDOR && device->device == ISM_DEVICE) ||
	       device->zpci_pft == ZPCI_ISM;
}

char *device_label(const struct device *device)
{
	if (device->vendor_name && device->device_name)
		return xasprintf("%s %s", device->vendor_name, device->device_name);
	if (device->is_pci)
		return xasprintf("%04x:%04x", device->vendor, device->device);
	return xstrdup(device->bus ? device->bus : "device");
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
		longer = xasprintf("%s%s%s is bound to %s", names ? names : "", names ? ", " : "",
				   device->address, device->driver);
		free(names);
		names = longer;
	}
	return names;
}

const struct device *group_candidate(const struct group *group)
{
	const struct device *second_best = NULL;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];

		if (device->class >> 16 != PCI_BASE_CLASS_BRIDGE)
			return device;
		if (!second_best && !device_is_bridge(device))
			second_best = device;
	}
	return second_best;
}

/* Names from outside end up in commands that people paste: only plain words may. */
static bool is_plain_word(const char *word)
{
	return *word &&
	       strspn(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "_.:-") == strlen(word);
}

char *device_bind_command(const struct device *device)
{
	_cleanup_free_ char *unbind = NULL;

	/* Other buses have vfio drivers of their own. */
	if (!device->is_pci || !is_plain_word(device->address) ||
	    (device->driver && !is_plain_word(device->driver)))
		return NULL;
	if (device->driver)
		unbind = xasprintf("echo %s > /sys/bus/pci/drivers/%s/unbind && ", device->address,
				   device->driver);
	return xasprintf("%smodprobe vfio-pci && echo vfio-pci > "
			 "/sys/bus/pci/devices/%s/driver_override && %secho %s > "
			 "/sys/bus/pci/drivers_probe",
			 device->driver ? "make sure that nothing uses it, then: " : "",
			 device->address, unbind ? unbind : "", device->address);
}
