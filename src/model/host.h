/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_HOST_H
#define VFIODIAG_MODEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/limits.h"
#include "model/range.h"

/*
 * What was read of a host: plain structs without I/O, filled by scan/, read by everybody else.
 *
 * Strings come from outside and are cleaned (text_clean()) when they are read. A string that is
 * NULL was not there. Where "not there" and "could not be read" must be told apart, an errno
 * stands beside it (0: was read).
 */

struct group;

/**
 * struct account - who would open device nodes and lock memory.
 * @whom: "this process", "user qemu", "unit libvirtd.service"; NULL where nothing was read
 * @gids: all its groups, and @group_names such that are known by name only
 * @capabilities: those in effect in the first user namespace, a bit each (1 << CAP_DAC_OVERRIDE …)
 * @error: why nothing is known of it, an errno
 */
struct account {
	char *whom;
	uint32_t uid;
	uint32_t *gids;
	size_t n_gids;
	char **group_names;
	size_t n_group_names;
	uint64_t capabilities;
	int error;
};

/** account_clear() - free what hangs on it. */
void account_clear(struct account *account);

/** account_has() - whether @account has @capability (CAP_… of linux/capability.h). */
bool account_has(const struct account *account, unsigned int capability);

/**
 * struct module - a module of the kernel that matters here.
 * @error: why it is not known whether the kernel has it, an errno
 * @available: there is a file of it, for modprobe
 * @builtin: it is part of the kernel itself
 * @loaded: it is in /sys/module: loaded, or built in and with something to show
 */
struct module {
	char *name;
	int error;
	bool available;
	bool builtin;
	bool loaded;
};

/**
 * struct node - a device node, as far as its permissions go.
 * @error: why nothing is known of it, an errno: ENOENT where there is none
 * @owner: and @group_name: names, NULL where they are not known
 * @mode: permission bits
 * @has_acl: an access control list permits more than @mode says
 */
struct node {
	char *path;
	int error;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
	char *owner;
	char *group_name;
	bool has_acl;
};

/** enum access - whether a node may be opened for reading and writing. */
enum access {
	ACCESS_UNKNOWN,
	ACCESS_ALLOWED,
	ACCESS_DENIED,
};

/** node_access() - whether @account may open @node, by its owner, group and mode. */
enum access node_access(const struct node *node, const struct account *account);

/**
 * struct container - what /dev/vfio/vfio says of itself, without any group.
 * @error: why it was not asked, an errno; 0 where it was
 * @version: VFIO_GET_API_VERSION
 */
struct container {
	int error;
	int version;
	bool type1;
	bool type1v2;
	bool unmap_all;
	bool noiommu;
};

/** enum zpci_type - pft of a zPCI function; only what decides something here is named. */
enum zpci_type {
	ZPCI_NONE = -1, /* not a zPCI function */
	ZPCI_ISM = 5,	/* PCI_FUNC_TYPE_ISM, arch/s390/include/asm/pci.h */
};

/**
 * struct device - a device on a bus, PCI or not.
 * @address: its name on the bus ("0000:00:04.0")
 * @path: below the root, "/sys/devices/…"
 * @driver_override: only where scan_overrides() was called
 * @class: PCI class code, 24 bits (0 where @is_pci is false)
 * @numa_node: -1 where the kernel names none
 * @vfio_dev: "vfioN", the folder that kernels from 6.1 on show for a device bound to a vfio
 *	driver
 * @iommu: the unit that it is behind, where the kernel lists it there
 * @zpci_pft: function type on s390, else ZPCI_NONE
 */
struct device {
	char *address;
	char *bus;
	char *path;
	char *driver;
	char *driver_override;
	char *vfio_dev;
	const struct iommu *iommu;
	char *class_name;
	char *vendor_name;
	char *device_name;
	bool is_pci;
	uint32_t class;
	uint16_t vendor;
	uint16_t device;
	uint16_t subvendor;
	uint16_t subdevice;
	int numa_node;
	int zpci_pft;
	struct group *group;
};

/**
 * struct group - an IOMMU group: what VFIO hands out as one.
 * @type: type of its default domain ("DMA", "DMA-FQ", "identity" …)
 * @name: set for special groups ("vfio-noiommu")
 * @regions: reserved regions as listed, valid where @regions_errno is 0
 * @regions_errno: why they could not be read
 */
struct group {
	unsigned int id;
	char *type;
	char *name;
	struct region *regions;
	size_t n_regions;
	int regions_errno;
	struct device **devices;
	size_t n_devices;
};

/** enum iommu_kind - which driver stands behind an entry of /sys/class/iommu. */
enum iommu_kind {
	IOMMU_OTHER,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_SMMU,
	IOMMU_ZPCI,
	IOMMU_VIRTIO,
};

/**
 * struct iommu - one IOMMU unit of /sys/class/iommu.
 * @cap: its registers as the driver shows them (Intel: cap and ecap; AMD: cap and features)
 * @members: addresses of the devices behind it
 */
struct iommu {
	char *name;
	enum iommu_kind kind;
	char *version;
	char *cap;
	char *ecap;
	char *features;
	char **members;
	size_t n_members;
};

/** struct parameter - a module parameter. @value is NULL where it could not be read. */
struct parameter {
	char *module;
	char *name;
	char *value;
	int error;
};

/** struct unread - something that could not be read, for the "not seen" part of every output. */
struct unread {
	char *path;
	int error;
};

/**
 * struct host - everything that a scan found.
 * @release: kernel release ("6.1.0-50-amd64")
 * @build: the kernel's build line; Debian's names the upstream version there
 * @page_size: bytes; 0 where it could not be known
 * @lockdown: how the kernel is locked down ("[none] integrity confidentiality"); NULL where
 *	securityfs is not mounted or may not be read
 * @iommu_table: the firmware's table that describes an IOMMU ("DMAR", "IVRS" …), or NULL
 * @iommu_tables_errno: why the list of tables could not be read; ENOENT where there is no ACPI
 * @groups_errno: why the folder of the IOMMU groups could not be read: ENOENT where the kernel has
 *	none
 * @has_sysfs: whether there is a sysfs to look at
 * @has_container: whether /dev/vfio/vfio exists
 * @hugepages: and what stands behind it: only where scan_readiness() was called
 * @caller: this process, with an error where a capture does not say
 * @nodes: of VFIO, for groups with a device bound to a vfio driver
 * @container: only where vfio_scan_container() was called
 */
struct host {
	char *name;
	char *release;
	char *build;
	char *arch;
	char *cmdline;
	char *machine;
	char *lockdown;
	char *iommu_table;
	int iommu_tables_errno;
	uint64_t page_size;
	int groups_errno;
	bool has_sysfs;
	bool has_container;
	bool has_type1;
	char *cpu_vendor;
	unsigned int phys_bits;
	struct iommu *iommus;
	size_t n_iommus;
	struct group **groups;
	size_t n_groups;
	struct device **devices;
	size_t n_devices;
	struct parameter *parameters;
	size_t n_parameters;
	struct unread *unread;
	size_t n_unread;
	struct hugepages *hugepages;
	size_t n_hugepages;
	struct account caller;
	struct module *modules;
	size_t n_modules;
	struct node *nodes;
	size_t n_nodes;
	struct container container;
};

/** host_new() - an empty host. */
struct host *host_new(void);

/** host_free() - free @host and all that hangs on it. NULL is allowed. */
void host_free(struct host *host);

/** host_group() - the group with number @id, or NULL. Groups are sorted by number. */
struct group *host_group(const struct host *host, unsigned int id);

/** host_device() - the device called @address, on any bus, or NULL. */
struct device *host_device(const struct host *host, const char *address);

/** host_parameter() - value of a module parameter, or NULL. */
const char *host_parameter(const struct host *host, const char *module, const char *name);

/** host_module() - the module called @name, or NULL. */
const struct module *host_module(const struct host *host, const char *name);

/** host_node() - the node at @path, or NULL where nobody looked. */
const struct node *host_node(const struct host *host, const char *path);

/** iommu_kind_name() - how people call it: "AMD-Vi", "Intel VT-d" … */
const char *iommu_kind_name(enum iommu_kind kind);

/**
 * device_is_bridge() - whether @device is a bridge between two buses (PCI-to-PCI, CardBus).
 *
 * Such bridges are excused in a group: up to 5.19 VFIO lets every device without a normal PCI
 * header pass (vfio_dev_driver_allowed()), later pcieport sets driver_managed_dma. An ISA or
 * host bridge is an ordinary device here.
 */
bool device_is_bridge(const struct device *device);

/**
 * device_blocks_group() - whether the driver of @device keeps its group from VFIO.
 *
 * True for a device bound to a driver that uses it in the host. No driver at all, pci-stub, a
 * vfio driver and bridges do not block.
 */
bool device_blocks_group(const struct device *device);

/**
 * device_is_vfio() - whether @device is bound to a driver that hands it to VFIO.
 *
 * A vfio-dev folder says so on kernels from 6.1 on, variant drivers included; before that the
 * driver is vfio-pci.
 */
bool device_is_vfio(const struct device *device);

/** device_is_ism() - whether @device is an ISM function (1014:04ed, or pft 5 on s390). */
bool device_is_ism(const struct device *device);

/** group_is_bound() - whether a device of @group is bound to a vfio driver. */
bool group_is_bound(const struct group *group);

/** group_first_blocker() - the first device that keeps @group from VFIO, or NULL. */
const struct device *group_first_blocker(const struct group *group);

/**
 * group_blockers() - all of them, "0000:01:00.0 is bound to e1000, …"; NULL when there are none.
 *
 * All: mending one and finding the next is no fun. Free the result.
 */
char *group_blockers(const struct group *group);

/** group_candidate() - the device to name in advice: no part of the chipset where there is one. */
const struct device *group_candidate(const struct group *group);

/**
 * device_bind_command() - the commands that bind @device to vfio-pci, to be pasted. Free it.
 *
 * NULL for devices of other buses, which have vfio drivers of their own, and where a name is no
 * plain word: a capture may hold anything, and people paste what they are given.
 */
char *device_bind_command(const struct device *device);

/** device_label() - vendor and device name, or the ids where there is none. Free the result. */
char *device_label(const struct device *device);

#endif
