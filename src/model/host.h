/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_HOST_H
#define VFIODIAG_MODEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/access.h"
#include "model/block.h"
#include "model/limits.h"
#include "model/net.h"
#include "model/range.h"
#include "model/state.h"

/*
 * Facts of a host: plain structs without I/O, filled by scan/ and read by all other directories.
 *
 * Strings come from outside and are cleaned (text_clean()) when they are read. A string that is
 * NULL was not there. Where "not there" and "could not be read" must be told apart, an errno
 * is stored beside it (0: was read).
 */

struct group;

/** enum port_seen - how much of a device's configuration space was seen. */
enum port_seen {
	PORT_UNSEEN, /* nothing, or not read */
	PORT_HEADER, /* the first 64 bytes, which all users may read */
	PORT_SEEN,
};

/**
 * struct port - isolation of a device, from configuration space.
 * @seen: the rest is valid where this is PORT_SEEN
 * @has_functions: its header says that it is one of several functions of a card
 * @is_express: it is PCI Express, and @type is its device or port type (PCI_EXP_TYPE_*)
 * @has_acs: it has Access Control Services; @acs_can and @acs_does are its registers
 */
struct port {
	enum port_seen seen;
	bool has_functions;
	bool is_express;
	bool has_acs;
	uint8_t type;
	uint16_t acs_can;
	uint16_t acs_does;
};

/** enum zpci_type - pft of a zPCI function; only what decides something here is named. */
enum zpci_type {
	ZPCI_NONE = -1, /* not a zPCI function */
	ZPCI_ISM = 5,	/* PCI_FUNC_TYPE_ISM, arch/s390/include/asm/pci.h */
};

/** enum iommu_map - an IOMMU in front of a PCI host bridge, by the device tree. */
enum iommu_map {
	IOMMU_MAP_UNSEEN,  /* its node was not seen, and no device on it is in a group */
	IOMMU_MAP_NONE,	   /* its node names none */
	IOMMU_MAP_PRESENT, /* its node names one, or a device on it is in a group */
};

/**
 * enum driver_dma - what a driver of the host means for the group of its device.
 *
 * Kernels before DMA ownership excuse each device without an ordinary PCI header, later ones each driver
 * that says that it leaves DMA alone (driver_managed_dma).
 */
enum driver_dma {
	DRIVER_DMA_BY_DEVICE, /* a bridge is excused, and all others keep the group from VFIO */
	DRIVER_DMA_OWNED,     /* keeps the group from VFIO, whatever the device is */
	DRIVER_DMA_LEFT,      /* is excused, whatever the device is */
	DRIVER_DMA_UNKNOWN,   /* that depends on the kernel's version, which is not known */
};

/** enum use_kind - how the host uses a device, where neither a disk nor an interface says so. */
enum use_kind {
	USE_NODE,     /* a process has a node of it open: graphics, sound */
	USE_INPUT,    /* input devices are behind it (USB) */
	USE_CONSOLE,  /* a console of the kernel or a getty is on it */
	USE_WATCHDOG, /* the watchdog is on */
	USE_DMA,      /* a driver of the host has DMA channels of it */
	USE_OTHER,
};

/** struct use - one use of a device by the host. @text: "process 812 (Xorg) has /dev/dri/card1 open" */
struct use {
	enum use_kind kind;
	char *text;
};

/**
 * struct device - a device on a bus, PCI or not.
 * @address: its name on the bus ("0000:00:04.0")
 * @path: below the root, "/sys/devices/…"
 * @driver_override: only where scan_overrides() was called
 * @class: PCI class code, 24 bits (0 where @is_pci is false)
 * @numa_node: -1 where the kernel names none
 * @vfio_dev: "vfioN", the directory that kernels from 6.1 on show for a device bound to a vfio
 *	driver
 * @has_cdev: the kernel has a character device for it, of which @vfio_dev is the name; read by
 *	scan_nodes()
 * @iommu: the unit that it is behind, where the kernel lists it there
 * @zpci_pft: function type on s390, else ZPCI_NONE
 * @port: read by scan_readiness() where devices share a group
 * @physical_function: address of the function of which it is a virtual one; read by scan_readiness()
 * @physical_errno: why that could not be read; 0 where it was, or there is none
 * @is_console: the boot display (boot_vga)
 * @console_errno: why that is not known
 * @uses: what the host does with it, read by scan_uses(), beside disks and interfaces
 * @uses_errno: why that is not known, or not completely; ENODATA if it was not checked
 * @power_state: "D0" … "D3cold", "unknown"; NULL where the kernel does not show it
 * @runtime_status: of runtime power management ("active", "suspended"); NULL where it was not read,
 *	as it is only where @power_state alone does not decide
 * @can_be_cold: it may be put into D3cold (d3cold_allowed); read together with @runtime_status
 * @is_power_read: @power_state was asked for
 * @is_silent: its configuration space was read, and was all ones
 * @reset_methods: "flr bus"; empty where it has none, NULL where the kernel does not show them
 * @driver_errno: why it is not known whether @driver, which is NULL then, is all: ENODATA where a tree
 *	was copied or a capture made without it
 * @group_link: the group that its link iommu_group names, where the list of the groups says otherwise
 * @host_bridge: the platform device that is its PCI host bridge ("1000110000.pcie"), or NULL; read by
 *	scan_host_bridges() where it is in no group, with @iommu_map
 * @bar_claim: owners of memory within its BARs that are no driver of it ("BOOTFB, simpledrm")
 * @has_vfio_driver: its driver is made for VFIO, by its module; read on kernels before 6.1 only
 * @mdev_type: of a mediated device, the type of which its parent made it ("i915-GVTg_V5_4")
 * @parent: of a mediated device, the device that made it ("0000:00:02.0", "matrix")
 * @driver_dma: what its driver means for its group, where the kernel's version decides that
 * @endpoint: address of the endpoint that hides the domain it is in (VMD), or NULL
 * @serves_functions: its VFs are in use, by judge_states() too
 * @state: and @reason, why: by judge_states() (check/state.h); STATE_NONE before
 * @is_used_beside: STATE_IN_USE only since another device of its group is
 */
struct device {
	char *address;
	char *bus;
	char *path;
	char *driver;
	char *driver_override;
	char *vfio_dev;
	bool has_cdev;
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
	struct port port;
	char *physical_function;
	int physical_errno;
	bool is_console;
	int console_errno;
	struct use *uses;
	size_t n_uses;
	int uses_errno;
	char *power_state;
	char *runtime_status;
	bool can_be_cold;
	bool is_power_read;
	bool is_silent;
	char *reset_methods;
	char *bar_claim;
	int driver_errno;
	char *group_link;
	char *host_bridge;
	enum iommu_map iommu_map;
	bool has_vfio_driver;
	char *mdev_type;
	char *parent;
	enum driver_dma driver_dma;
	char *endpoint;
	bool serves_functions;
	enum device_state state;
	char *reason;
	bool is_used_beside;
	struct group *group;
};

/**
 * enum group_kind - what stands behind an IOMMU group.
 *
 * VFIO makes a group of its own for a device that no IOMMU driver has given one: for a mediated device
 * (mdev), whose driver in the kernel touches guest memory on its behalf, and in no-IOMMU mode.
 */
enum group_kind {
	GROUP_IOMMU,
	GROUP_EMULATED,
	GROUP_NO_IOMMU,
};

/**
 * struct group - an IOMMU group, the unit that VFIO assigns.
 * @type: type of its default domain ("DMA", "DMA-FQ", "identity" …)
 * @name: "vfio-noiommu" for groups that VFIO made; group_kind() tells which those are
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

/** enum iommu_kind - driver of an entry of /sys/class/iommu. */
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
 * @members_errno: why they are not known
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
	int members_errno;
};

/** struct parameter - a module parameter. @value is NULL where it could not be read. */
struct parameter {
	char *module;
	char *name;
	char *value;
	int error;
};

/**
 * struct holder - a process that has the node of a group open.
 * @name: may be NULL
 * @guest: name of the virtual machine that it runs (QEMU's -name), or NULL
 * @unit: unit of systemd that it belongs to, or NULL
 */
struct holder {
	char *path;
	int pid;
	char *name;
	char *guest;
	char *unit;
};

/** holder_words() - "process 812 (qemu-system-x86)", "the guest web1 (process 812)". Return: new. */
char *holder_words(const struct holder *holder);

/** struct unread - something that could not be read, for the "not seen" part of every output. */
struct unread {
	char *path;
	int error;
};

/**
 * enum host_detail - facts that are expensive to read and that not every command needs.
 * @HOST_GROUP_TYPES: types of groups
 * @HOST_NUMA: NUMA nodes of devices
 * @HOST_FUNCTION_TYPES: zpci_pft of devices
 * @HOST_NAMES: names of vendors, devices and classes
 * @HOST_MEMBERS: which unit a device is behind, and names of the groups that may have one
 * @HOST_OVERRIDES: driver_override of devices, which only scan_overrides() reads
 * @HOST_USABLE: power states of devices and ways to reset them, which only scan_usable() reads
 * @HOST_STATES: states of devices, which scan_states() and judge_states() are for
 * @HOST_SHOWN_ONLY: those that outputs show, and that no finding but an OK one needs
 */
enum host_detail {
	HOST_GROUP_TYPES = 1 << 0,
	HOST_NUMA = 1 << 1,
	HOST_FUNCTION_TYPES = 1 << 2,
	HOST_NAMES = 1 << 3,
	HOST_MEMBERS = 1 << 4,
	HOST_ALL_DETAILS = (1 << 5) - 1,
	HOST_OVERRIDES = 1 << 5,
	HOST_USABLE = 1 << 6,
	HOST_STATES = 1 << 7,
	HOST_SHOWN_ONLY = HOST_GROUP_TYPES | HOST_NUMA,
};

/**
 * struct host - everything that a scan found.
 * @details: which of enum host_detail were read
 * @time: when it was read, in seconds since 1970; 0 if not known
 * @release: kernel release ("6.1.0-50-amd64")
 * @build: the kernel's build line; Debian's names the upstream version there
 * @page_size: bytes; 0 where it could not be known
 * @hypervisor: hypervisor that this is a guest of ("qemu", "hyperv", "vmware", "virtualbox", "amazon",
 *	"google", "xen"), or "xen-dom0"; NULL where none is known
 * @lockdown: how the kernel is locked down ("[none] integrity confidentiality"); NULL where
 *	securityfs is not mounted or may not be read
 * @iommu_table: the firmware's table that describes an IOMMU ("DMAR", "IVRS" …), or NULL
 * @iommu_tables_errno: why the list of tables could not be read; ENOENT where there is no ACPI
 * @groups_errno: why the directory of the IOMMU groups could not be read: ENOENT if the kernel has
 *	none, ENODATA if a tree was copied without it (then links of devices may name groups)
 * @iommus_errno: why the IOMMU units are not known, likewise
 * @has_sysfs: sysfs is available
 * @has_container: /dev/vfio/vfio exists
 * @container_errno: why that is not known: ENODATA if a tree was copied without /dev, EACCES if
 *	/dev/vfio may not be searched
 * @modules_errno: why it is not known which modules are loaded, @has_type1 and those in @modules
 * @address_bits: physical address bits of the CPUs, on arm64 of guests; 0 where they are not known
 * @has_cpu_vendor: @is_amd_cpu is known
 *
 * Read by scan_readiness():
 *
 * @irq_chip: the chip that says how interrupts go ("IR-IO-APIC"), or NULL
 * @net: network interfaces
 * @blocks: disks and what stands on them
 * @holders: processes that have files below /dev/vfio open
 * @holders_errno: why they, or some of them, could not be seen
 * @caller: this process, with an error where a capture does not say
 * @modules: of the kernel, as far as VFIO needs them
 * @nodes: of VFIO and iommufd; those of groups with a device bound to a vfio driver
 * @hugepages: pools of huge pages
 * @framebuffers: of the firmware that a driver of the host is bound to ("simple-framebuffer.0");
 *	read where one may claim a BAR
 *
 * @container: read by vfio_scan_container()
 */
struct host {
	unsigned int details;
	int64_t time;
	char *name;
	char *release;
	char *build;
	char *arch;
	char *cmdline;
	char *machine;
	char *hypervisor;
	char *lockdown;
	char *iommu_table;
	int iommu_tables_errno;
	uint64_t page_size;
	int groups_errno;
	int iommus_errno;
	int container_errno;
	int modules_errno;
	bool has_sysfs;
	bool has_container;
	bool has_type1;
	bool has_cpu_vendor;
	bool is_amd_cpu;
	unsigned int address_bits;
	char *irq_chip;
	struct net net;
	struct blocks blocks;
	struct holder *holders;
	size_t n_holders;
	int holders_errno;
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
	char **framebuffers;
	size_t n_framebuffers;
	struct account caller;
	struct module *modules;
	size_t n_modules;
	struct node *nodes;
	size_t n_nodes;
	struct container container;
};

/** host_new() - an empty host. */
struct host *host_new(void);

/** host_free() - free @host and its members. NULL is allowed. */
void host_free(struct host *host);

/** host_group() - the group with number @id, or NULL. Groups are sorted by number. */
struct group *host_group(const struct host *host, unsigned int id);

/** host_device() - the device called @address, on any bus, or NULL. */
struct device *host_device(const struct host *host, const char *address);

/**
 * host_drop_device() - take @device out of @host and its group, and free it.
 *
 * Interfaces and disks on it stay, on no device.
 */
void host_drop_device(struct host *host, struct device *device);

/** host_drop_group() - take @group, which has no devices any more, out of @host, and free it. */
void host_drop_group(struct host *host, struct group *group);

/** device_clear_uses() - forget what the host does with @device. */
void device_clear_uses(struct device *device);

/** device_replace() - @old gets all of @fresh but its group, and @fresh is freed. */
void device_replace(struct device *old, struct device *fresh);

/** group_free() - free @group, which is in no host. Its devices stay. */
void group_free(struct group *group);

/** group_add() and group_remove() - put @device into @group, or take it out. */
void group_add(struct group *group, struct device *device);
void group_remove(struct group *group, struct device *device);

/** host_clear_parameters(), host_clear_iommus() and host_clear_holders() - to read them again. */
void host_clear_parameters(struct host *host);
void host_clear_iommus(struct host *host);
void host_clear_holders(struct host *host);

/** host_parameter() - value of a module parameter, or NULL. */
const char *host_parameter(const struct host *host, const char *module, const char *name);

/** host_module() - the module called @name, or NULL. */
const struct module *host_module(const struct host *host, const char *name);

/** host_lacks_module() - tell whether the kernel is known to have no module @name: not built, or not installed. */
bool host_lacks_module(const struct host *host, const char *name);

/** host_sort_nodes() - put the nodes in the order in which host_node() looks for them. */
void host_sort_nodes(struct host *host);

/** host_node() - look up the node at @path, or NULL if it was not read. The nodes are sorted. */
const struct node *host_node(const struct host *host, const char *path);

/** host_has_device_node() - tell whether a device of @group has the node by which iommufd assigns it. */
bool host_has_device_node(const struct host *host, const struct group *group);

/** host_clear_modules() - forget them. */
void host_clear_modules(struct host *host);

/** host_clear_nodes() - forget them. */
void host_clear_nodes(struct host *host);

/**
 * host_parameter_errno() - find why the value of a module parameter is not known, though it is there.
 *
 * Return: 0 if it was read, or if there is none of that name.
 */
int host_parameter_errno(const struct host *host, const char *module, const char *name);

/** host_parameter_is_on() - check that a boolean module parameter was read, and is on. */
bool host_parameter_is_on(const struct host *host, const char *module, const char *name);

/** host_is_ppc64() - tell whether @host is ppc64 or ppc64le, whose VFIO containers are sPAPR TCE. */
bool host_is_ppc64(const struct host *host);

/**
 * host_lacks_remapping() - tell whether @host is known to remap no interrupts.
 *
 * Only on x86 does the name of the I/O APIC show it. Other machines isolate messages in other ways,
 * which nothing in sysfs shows.
 */
bool host_lacks_remapping(const struct host *host);

/** group_iommu_kind() - find the driver of the IOMMU of @group; IOMMU_OTHER if not known. */
enum iommu_kind group_iommu_kind(const struct group *group);

/** iommu_kind_name() - name a kind for people: "AMD-Vi", "Intel VT-d" … */
const char *iommu_kind_name(enum iommu_kind kind);

/**
 * host_iommu_line() - list the units of @host by what they are: "AMD-Vi (ivhd0)". Free it.
 * @all: by name also where there are many, which are counted otherwise: "Intel VT-d (20 units)"
 */
char *host_iommu_line(const struct host *host, bool all);

/**
 * device_is_bridge() - tell whether @device is a bridge between two buses (PCI-to-PCI, CardBus).
 *
 * It has no ordinary PCI header, so no vfio driver takes it. Whether its own driver keeps the group from
 * VFIO is another question: see device_is_driven(). An ISA or host bridge is an ordinary device here.
 */
bool device_is_bridge(const struct device *device);

/**
 * device_is_chipset() - tell whether @device is a part of the chipset, which is never assigned.
 *
 * That is bridges, the SMBus, interrupt and DMA controllers, timers and IOMMUs, the SATA controller
 * that is a function beside the ISA bridge and in its group, and what else on a root bus no driver
 * has, and has no reset (memory controllers, performance counters).
 */
bool device_is_chipset(const struct device *device);

/** device_is_same_card() - tell whether two PCI devices are functions of one card, or the same one. */
bool device_is_same_card(const struct device *one, const struct device *two);

/**
 * device_is_on_root_bus() - tell whether no bridge is between @device and the root, by its path:
 * "/sys/devices/pci0000:00/0000:00:1f.4".
 */
bool device_is_on_root_bus(const struct device *device);

/**
 * device_is_onboard() - tell whether @device is a SATA or USB controller on a root bus.
 *
 * It belongs to the board, and its ports to the host: it can be assigned where somebody names it,
 * but is nothing to propose.
 */
bool device_is_onboard(const struct device *device);

/**
 * device_is_uio() - tell whether a driver of UIO has @device: it is for the process that has the node
 * open, and the kernel makes no use of the device.
 */
bool device_is_uio(const struct device *device);

/**
 * device_is_driven() - tell whether @device is bound to a driver that uses it in the host.
 *
 * No driver at all, pci-stub and a vfio driver do not. Those of bridges do by the kernel's version
 * (enum driver_dma).
 */
bool device_is_driven(const struct device *device);

/** device_hides_viability() - tell whether it is not known if the driver of @device keeps its group from VFIO. */
bool device_hides_viability(const struct device *device);

/** device_goes_with_endpoint() - tell whether @device is behind an endpoint of its own group. */
bool device_goes_with_endpoint(const struct device *device);

/**
 * device_blocks_group() - tell whether the driver of @device keeps its group from VFIO.
 *
 * True for a device that is driven. One behind an endpoint of the group does not block it: it goes
 * with the driver of the endpoint.
 */
bool device_blocks_group(const struct device *device);

/**
 * device_is_vfio() - tell whether @device is bound to a vfio driver.
 *
 * A vfio-dev directory shows it on kernels from 6.1 on, variant drivers included; before that the
 * driver is vfio-pci, or one whose module depends on VFIO.
 */
bool device_is_vfio(const struct device *device);

/** device_is_mediated() - tell whether @device is a mediated device (mdev): a part of its parent. */
bool device_is_mediated(const struct device *device);

/** device_is_cold() - tell whether @device was in D3cold, without power. */
bool device_is_cold(const struct device *device);

/**
 * device_is_inaccessible() - tell whether @device does not answer, by what was read.
 *
 * A device that does not come back is left in D3cold while runtime power management takes it for
 * active (pci_power_up(), drivers/pci/pci.c). In D3cold and suspended it just sleeps, as vfio-pci
 * leaves devices that nothing uses.
 */
bool device_is_inaccessible(const struct device *device);

/** device_is_ism() - tell whether @device is an ISM function (1014:04ed, or pft 5 on s390). */
bool device_is_ism(const struct device *device);

/** group_kind() - tell what stands behind @group: an IOMMU, the driver of a mediated device, or nothing. */
enum group_kind group_kind(const struct group *group);

/** group_kind_name() - name a kind of groups: "iommu", "emulated", "no-iommu". */
const char *group_kind_name(enum group_kind kind);

/** host_has_iommu_group() - tell whether a group of @host has an IOMMU behind it. */
bool host_has_iommu_group(const struct host *host);

/** group_is_bound() - tell whether a device of @group is bound to a vfio driver. */
bool group_is_bound(const struct group *group);

/** host_count_state() - count the devices of @host that are in @state. */
size_t host_count_state(const struct host *host, enum device_state state);

/**
 * group_has_assignable() - tell whether @group has a device that could be assigned now or later.
 *
 * The chipset and what the host does not run without are not.
 */
bool group_has_assignable(const struct group *group);

/** host_count_bound() - count the groups of @host that are bound so. */
size_t host_count_bound(const struct host *host);

/** group_first_blocker() - the first device that keeps @group from VFIO, or NULL. */
const struct device *group_first_blocker(const struct group *group);

/**
 * group_blockers() - list all blockers, "0000:01:00.0 (Ethernet controller) is still bound to "
					 "e1000,
 * …"; NULL if there are none.
 *
 * The list is complete, so that one fix does not just reveal the next blocker. Free the result.
 */
char *group_blockers(const struct group *group);

/** group_iommu() - the unit that translates for @group, or NULL if none is known. */
const struct iommu *group_iommu(const struct group *group);

/** group_candidate() - choose the device to name in advice: not part of the chipset if possible. */
const struct device *group_candidate(const struct group *group);

/** group_addresses() - list the devices of @group: "0000:00:04.0 0000:00:05.0". Free it. */
char *group_addresses(const struct group *group);

/** group_region_list() - list its reserved regions: "0xfee00000-0xfeefffff=msi,…". Free it. */
char *group_region_list(const struct group *group);

/** group_node() - the path of the node of @group, "/dev/vfio/3". Free it. */
char *group_node(const struct group *group);

/** device_driver_words() - name the driver of @device, or say that it has none, or that it is not known. */
const char *device_driver_words(const struct device *device);

/** device_label() - make a label of vendor and device name, or of the ids. Free the result. */
char *device_label(const struct device *device);

#endif
