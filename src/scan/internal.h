/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_INTERNAL_H
#define VFIODIAG_SCAN_INTERNAL_H

#include "base/arena.h"
#include "model/limits.h"
#include "scan/scan.h"

/* Shared by the files of this room only. */

/** scan_groups() - read the IOMMU groups and their devices. Comes after scan_iommus(). */
void scan_groups(struct source *source, struct host *host);

/** scan_pci() - read the PCI devices that are not in a group. Comes after scan_groups(). */
void scan_pci(struct source *source, struct host *host);

/** scan_iommus() - read the units of /sys/class/iommu. */
void scan_iommus(struct source *source, struct host *host);

/** scan_assign_iommus() - tell each device which unit it is behind. Comes last. */
void scan_assign_iommus(struct host *host);

/** scan_kernel() - read release, page size, command line and modules. */
void scan_kernel(struct source *source, struct host *host);

/**
 * scan_vfio_devices() - find the devices that are bound to a vfio driver. Comes after scan_pci().
 *
 * In 6.1 and later; for kernels before see scan_vfio_drivers(), for one device alone
 * scan_vfio_device().
 */
void scan_vfio_devices(struct source *source, struct host *host);

/** scan_vfio_device() - do the same for @device alone. */
void scan_vfio_device(struct source *source, struct device *device);

/*
 * Groups that are read at once. Of thousands it is some at a time: what the kernel has looked up for
 * a device is at hand when it is asked for again.
 */
#define BATCH_GROUPS 128

/**
 * struct batch - attributes that are read at once.
 * @memory: of the paths
 * @answers: to the @count paths, once batch_read() was called
 * @next: that was not taken yet
 */
struct batch {
	char **paths;
	size_t count;
	struct arena memory;
	struct source_answers answers;
	size_t next;
};

/** batch_add() - add the attribute @name in @directory. */
void batch_add(struct batch *batch, const char *directory, const char *name);

/** batch_read() - read all of them. */
void batch_read(struct source *source, struct batch *batch);

/**
 * batch_take() - take the next result: 0 and @text, or a negative errno.
 * @text: the batch's, and may be changed
 */
int batch_take(struct batch *batch, char **text, size_t *len);

/** batch_take_line() - take the next result as one clean line, new; or NULL. */
char *batch_take_line(struct batch *batch);

/** scan_take_override() - take the next result, a driver_override, new; NULL for none. */
char *scan_take_override(struct batch *batch);

/** batch_clear() - free the batch and its results. */
void batch_clear(struct batch *batch);

/**
 * scan_device() - read the device whose directory is @path, without its vfio device. Never NULL.
 */
struct device *scan_device(struct source *source, struct host *host, const char *path);

/**
 * scan_device_batch() - add to @batch what scan_device_take() needs of the device at @path.
 *
 * One for each device, in the same order.
 */
void scan_device_batch(const struct host *host, struct batch *batch, const char *path);

/**
 * scan_device_take() - make the device from the results of @batch, as scan_device() does.
 * @path: taken over
 */
struct device *scan_device_take(struct source *source, struct host *host, char *path,
				struct batch *batch);

/**
 * struct scan_index - the devices of a host, to be found by their addresses.
 * @places: a hash table of @mask + 1 places
 */
struct scan_index {
	struct device **places;
	size_t mask;
};

/** scan_index_make() - index the devices that @host has now. Clear it with scan_index_clear(). */
void scan_index_make(struct scan_index *index, const struct host *host);

/** scan_index_find() - find the device @address, or return NULL. */
struct device *scan_index_find(const struct scan_index *index, const char *address);

/** scan_index_clear() - free the members of @index. */
void scan_index_clear(struct scan_index *index);

/**
 * scan_parse_uevent() - parse driver, class and IDs from the text of a uevent file. Pure.
 * @text: changed
 */
void scan_parse_uevent(char *text, struct device *device);

/**
 * scan_endpoint() - find the endpoint that hides the domain of the device at @path. Pure. New.
 *
 * "…/0000:00:0e.0/pci10000:00/10000:00:02.0": 0000:00:0e.0. NULL where no endpoint is above the root bus.
 */
char *scan_endpoint(const char *path);

/**
 * scan_parse_regions() - parse the text of a reserved_regions file. Pure.
 * @text: changed
 *
 * Lines that are no region are left out.
 * Return: how many lines were left out.
 */
size_t scan_parse_regions(char *text, struct group *group);

/**
 * scan_device_above() - find the device at @path or the nearest one above it, or return NULL.
 * @path: changed
 *
 * A virtio device is known by its PCI device, a disk by its controller.
 */
struct device *scan_device_above(const struct scan_index *index, char *path);

/** scan_interface_device() - find the device of a network interface by its link 'device'. */
struct device *scan_interface_device(struct source *source, const struct scan_index *index,
				     const char *name);

/** scan_group() - read the group with number @id, and the devices in it. */
void scan_group(struct source *source, struct host *host, unsigned int id);

/** scan_group_again() - reread the type and regions of a group, not its devices. */
void scan_group_again(struct source *source, struct host *host, struct group *group);

/** scan_group_names() - read the names of the groups that may have one. */
void scan_group_names(struct source *source, struct host *host);

/** scan_sort_groups() and scan_sort_devices() - put them in order after one was added. */
void scan_sort_groups(struct host *host);
void scan_sort_devices(struct host *host);

/** scan_vfio() - read the VFIO modules, their parameters and the container node. */
void scan_vfio(struct source *source, struct host *host);

/* For scan_readiness() */

/** scan_console() - tell if @device is the boot display. */
void scan_console(struct source *source, struct device *device);

/**
 * scan_uses() - find what the host does with devices, and the processes that have groups, nodes of
 * devices or disks open. Comes after scan_blocks().
 */
void scan_uses(struct source *source, struct host *host);

/** scan_physical() - find the physical function of @device, if it is a virtual one. */
void scan_physical(struct source *source, struct device *device);

/** scan_group_ports() - do scan_ports() for one group. */
void scan_group_ports(struct source *source, const struct host *host, struct group *group);

/** scan_host_bridges() - read the host bridges of PCI devices without a group, from the device tree. */
void scan_host_bridges(struct source *source, struct host *host);

/** scan_blocks() - read the block devices and their use. */
void scan_blocks(struct source *source, struct host *host);

/**
 * struct backings - files that loop devices are on.
 * @file: NULL where it is not known
 */
struct backings {
	struct backing {
		char *block;
		char *file;
	} * files;
	size_t n_files;
};

/** backings_add() - note that the loop device @block is on @file, which is taken over. */
void backings_add(struct backings *mounts, const char *block, char *file);

/** backings_clear() - free the list. */
void backings_clear(struct backings *mounts);

/** scan_stacks() - read what stands on the block devices of @host. */
void scan_stacks(struct source *source, struct host *host, const struct backings *mounts);

/** scan_net() - read network interfaces and SMC-D, with their devices. */
void scan_net(struct source *source, struct host *host);

/**
 * scan_root_ways() - find the interfaces over which a root file system on the network is reached.
 * Comes after scan_net() and scan_blocks().
 */
void scan_root_ways(struct host *host);

/**
 * scan_ports() - read what decides which devices share a group: virtual functions, bridges, ACS.
 */
void scan_ports(struct source *source, struct host *host);

/**
 * scan_power() - read the power states of @count PCI @devices, without waking any.
 *
 * Reading configuration space does wake them, so this comes first.
 */
void scan_power(struct source *source, struct device *const *devices, size_t count);

/**
 * scan_reading_wakes() - tell whether reading configuration space wakes @device or its bridge. Pure.
 * @bridge: power state of the bridge that it is behind; NULL where there is none or it is not known
 */
bool scan_reading_wakes(const struct device *device, const char *bridge);

/**
 * struct scan_bridge - the bridge that was looked at last, or none; most devices have that of the one before.
 * @path: its directory
 * @state: its power state; NULL where that is not known
 */
struct scan_bridge {
	char *path;
	char *state;
};

/**
 * scan_may_read_config() - tell whether configuration space of @device can be read without waking it.
 * @bridge: in which the state of its bridge is, or gets
 */
bool scan_may_read_config(struct source *source, const struct device *device,
			  struct scan_bridge *bridge);

/** scan_bridge_clear() - free the members of @bridge. */
void scan_bridge_clear(struct scan_bridge *bridge);

/** scan_bound_groups() - do scan_usable() for groups with a device bound to a vfio driver. */
void scan_bound_groups(struct source *source, struct host *host);

/** scan_driverless() - read driver_override of the PCI devices in groups that have no driver. */
void scan_driverless(struct source *source, struct host *host);

/**
 * scan_vfio_drivers() - find which drivers are made for VFIO, on kernels that do not show vfio-dev, and
 * which leave DMA alone.
 */
void scan_vfio_drivers(struct source *source, struct host *host);

/**
 * scan_parse_config() - parse ports and ACS in the configuration space of a PCI device. Pure.
 * @config: @len bytes, as sysfs shows them: 64, 256 or 4096
 */
void scan_parse_config(const uint8_t *config, size_t len, struct port *port);

/** scan_interrupts() - read which interrupt chips the host uses. */
void scan_interrupts(struct source *source, struct host *host);

/** scan_line() - @text as one clean line, in its place. */
char *scan_line(char *text);

/** scan_text() - content of the file @path as one clean line, or NULL. */
char *scan_text(struct source *source, const char *path);

/** scan_attribute() - the same for an attribute of sysfs. */
char *scan_attribute(struct source *source, const char *path);

/** scan_dir_text() - the same for @name in @dir. */
char *scan_dir_text(struct source_dir *dir, const char *name);

/** scan_join() - where a link in @directory leads that says @target. Pure. New. */
char *scan_join(const char *directory, const char *target);

/**
 * scan_entry() - the directory of the device that the entry @name of @directory stands for. New.
 * @target: of the link that it is, or NULL
 *
 * A device is called as the entry is, wherever a link in a tree leads. Only in a tree is an entry not
 * a link: it was followed when it was copied. Return: NULL where the entry is gone.
 */
char *scan_entry(struct source *source, const char *directory, const char *name,
		 const char *target);

/** scan_resolve() - the path to which the link @name in directory @directory leads, or NULL. */
char *scan_resolve(struct source *source, const char *directory, const char *name);

/** NO_LIMIT - a limit that is none. */
#define NO_LIMIT UINT64_MAX

/**
 * struct limit - RLIMIT_MEMLOCK as something starts with it, in bytes or NO_LIMIT.
 * @known_by: as in struct memlock
 */
struct limit {
	uint64_t soft;
	uint64_t hard;
	char *known_by;
	bool inferred;
};

/** scan_default_limit() - what a session starts with where nothing is said for it. */
void scan_default_limit(struct source *source, struct limit *limit);

/** scan_user_memlock() - the limit in sessions of @user. */
void scan_user_memlock(struct source *source, const struct source_user *user,
		       struct memlock *memlock);

/**
 * struct pam_limit - the lines of limits.conf that count for a user so far.
 * @hard: and @soft: set where @rank is below PAM_NONE; a smaller rank wins
 * @exempt: a line says that pam_limits sets nothing for the user
 */
struct pam_limit {
	struct pam_value {
		enum pam_rank { PAM_USER, PAM_GROUP, PAM_ALL, PAM_NONE } rank;
		uint64_t bytes;
		char *path;
	} soft, hard;
	bool exempt;
};

/* Lines that all files of pam_limits together may have. */
#define PAM_LINES_MAX 4096

/**
 * scan_parse_pam() - the lines of a limits.conf that are about @user. Pure.
 * @text: changed
 * @lines: how many lines have been read so far; counted on
 *
 * Return: 0; -E2BIG where there are more than PAM_LINES_MAX.
 */
int scan_parse_pam(char *text, const char *path, const struct source_user *user,
		   struct pam_limit *limit, size_t *lines);

/**
 * struct unit - a unit of systemd, as far as it matters here.
 * @name: the real one, where an alias was given
 * @loaded: what systemd says of it
 * @pid: one of its processes, 0 where none runs
 * @error: why systemd says nothing of it, an errno
 */
struct unit {
	char *name;
	struct source_unit loaded;
	int pid;
	int error;
};

/** scan_unit() - ask about the unit @name. -EINVAL where it can't be one; clear it in any case. */
int scan_unit(struct source *source, const char *name, struct unit *unit);

/** unit_clear() - free what hangs on it. */
void unit_clear(struct unit *unit);

/** scan_unit_memlock() - the limit of the processes of @unit. */
void scan_unit_memlock(struct source *source, const struct unit *unit, struct memlock *memlock);

/**
 * scan_first_namespace() - tell if process @pid ("self" or a number) is in the first user namespace.
 *
 * Capabilities in another one, as a rootless container has, don't count for VFIO. A kernel without user
 * namespaces has no file that says it.
 *
 * Return: 1 if so, 0 if not, or why that is not known.
 */
int scan_first_namespace(struct source *source, const char *pid);

/**
 * scan_parse_limits() - the limit of locked memory in the text of a /proc/PID/limits. Pure.
 *
 * Return: 0 and @memlock's bytes and unlimited; -EBADMSG where it is not there.
 */
int scan_parse_limits(const char *limits, struct memlock *memlock);

/** scan_parse_status() - who a process is, from the text of its status. Pure. 0 or -EBADMSG. */
int scan_parse_status(const char *status, struct account *account);

/**
 * scan_process_memlock() - the limit of process @pid.
 *
 * Return: 0; -ENOENT where it is gone, -EBADMSG where its files make no sense; then @memlock is as it was.
 */
int scan_process_memlock(struct source *source, int pid, struct memlock *memlock);

/** scan_process_account() - as whom process @pid runs. As scan_process_memlock(). */
int scan_process_account(struct source *source, int pid, struct account *account);

/** scan_user_account() - as whom the processes of @user run. */
void scan_user_account(const struct source_user *user, struct account *account);

/** scan_unit_account() - as whom the processes of @unit run. */
void scan_unit_account(struct source *source, const struct unit *unit, struct account *account);

/** scan_modules() - which modules there are, and which are loaded. Comes after scan_kernel(). */
void scan_modules(struct source *source, struct host *host);

/** scan_nodes() - the nodes of VFIO and iommufd. Comes after scan_groups(). */
void scan_nodes(struct source *source, struct host *host);

/**
 * scan_missing() - tell what -ENOENT means for something that only a host with @witness could have.
 *
 * A kernel says by it that there is none. In a tree of files that is evidence only where @witness was
 * copied, which every host has.
 *
 * Return: -ENOENT, or -ENODATA where the tree lacks it for all that is known.
 */
int scan_missing(struct source *source, const char *witness);

/**
 * scan_missing_node() - tell the same for a node of VFIO in /dev.
 *
 * An empty /dev, which no host has, stands for one without nodes of VFIO only where the modules were
 * copied.
 */
int scan_missing_node(struct source *source);

/** scan_links() - read the groups and units that links of devices name. For trees; after scan_pci(). */
void scan_links(struct source *source, struct host *host);

/** scan_iommu_kind() - the kind of the unit @name. @path: where it is, or NULL. Pure. */
enum iommu_kind scan_iommu_kind(const char *name, const char *path);

/** scan_unread() - note that @path could not be read; -ENOENT is no note. */
void scan_unread(struct host *host, const char *path, int error);

#endif
