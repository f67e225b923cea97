/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "model/kernel.h"
#include "probe/probe.h"
#include "remedy/remedy.h"

/* Pages of Linux have 4 to 256 KiB (Kconfig); a capture may say anything. */
#define SMALLEST_PAGE 4096
#define LARGEST_PAGE  (1u << 20)

int refuse(struct probe *probe, const char *step, int status, int error, const char *hint,
	   const char *format, ...)
{
	struct failure *failure = &probe->failure;
	va_list ap;

	failure->step = step;
	failure->status = status;
	failure->error = error < 0 ? -error : error;
	failure->hint = xstrdup(hint);
	va_start(ap, format);
	if (vasprintf(&failure->message, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	return -1;
}

int refuse_command(struct probe *probe, const char *does, char *text)
{
	probe->failure.command = (struct fix_command){
		.text = text, .does = xstrdup(does), .needs_root = true, .is_repeatable = true
	};
	return -1;
}

/*
 * The fix for devices that are not bound. A probe does not read what uses them; check does, and
 * prints the commands.
 */
static char *binding_hint(const char *words)
{
	return xasprintf("%s; vfiodiag check shows the commands, and what uses the devices", words);
}

static int add_check(struct probe *probe)
{
	return refuse_command(probe, "shows the commands, and what uses the devices",
			      xasprintf("sudo vfiodiag check %u", probe->group->id));
}

/* Kernel: none, what was read of the drivers. */
static int refuse_unbound(struct probe *probe)
{
	const struct device *device = group_candidate(probe->group);
	_cleanup_free_ char *words = NULL, *hint = NULL;

	if (!device)
		return refuse(probe, "subject", EXIT_UNMEASURED, 0, NULL,
			      "group %u contains only bridges, which cannot be assigned",
			      probe->group->id);
	words = remedy_bind_words(&device, 1);
	hint = binding_hint(words);
	refuse(probe, "subject", EXIT_UNMEASURED, 0, hint,
	       "no device of group %u is bound to a vfio driver: %s %s%s", probe->group->id,
	       device->address, device->driver ? "is bound to " : "has no driver",
	       device->driver ? device->driver : "");
	return add_check(probe);
}

/*
 * An emulated group gets no domain: a container that has no other group maps nothing anywhere and
 * takes any address. In no-IOMMU mode nothing can be mapped.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(),
 *   vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/vfio/vfio.c, vfio_noiommu_ioctl(): 5.10.
 * Kernel: drivers/vfio/container.c, vfio_noiommu_ioctl(): 6.1, 6.12, 7.3.
 */
static int refuse_kind(struct probe *probe, const struct group *group)
{
	if (group_kind(group) == GROUP_EMULATED)
		return refuse(probe, "subject", EXIT_UNMEASURED, 0, NULL,
			      "group %u is the group of a mediated device (mdev): its parent's "
			      "driver emulates the IOMMU, so there is none to test",
			      group->id);
	return refuse(probe, "subject", EXIT_UNMEASURED, 0,
		      "run vfiodiag check, which says why the kernel uses no IOMMU",
		      "group %u is a no-IOMMU group: there is no IOMMU to test", group->id);
}

/*
 * A device is bound, so VFIO is loaded. A kernel that was built without containers has no such
 * node.
 *
 * Kernel: drivers/vfio/Kconfig, VFIO_CONTAINER, and drivers/vfio/container.c,
 *   vfio_container_init(): 6.12, 7.3.
 */
static int refuse_without_container(struct probe *probe)
{
	return refuse(probe, "subject", EXIT_UNMEASURED, ENOENT,
		      "give the node to the container (--device=/dev/vfio/vfio), or check that "
		      "/dev is a devtmpfs; a kernel that was built without VFIO containers has "
		      "iommufd only, which the live test cannot use",
		      "/dev/vfio/vfio does not exist, although a device of group %u is bound to a "
		      "vfio driver",
		      probe->group->id);
}

int refuse_group(struct probe *probe, const struct host *host)
{
	const struct group *group = probe->group;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *words = NULL, *hint = NULL;

	if (group_kind(group) != GROUP_IOMMU)
		return refuse_kind(probe, group);
	if (!group_is_bound(group))
		return refuse_unbound(probe);
	names = group_blockers(group);
	if (names) {
		/*
		 * Kernel: drivers/vfio/vfio.c, vfio_dev_viable(): 5.10.
		 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
		 */
		words = remedy_group_words(group);
		hint = binding_hint(words);
		refuse(probe, "subject", EXIT_UNMEASURED, 0, hint, "group %u is not viable: %s",
		       group->id, names);
		return add_check(probe);
	}
	if (host->page_size < SMALLEST_PAGE || host->page_size > LARGEST_PAGE ||
	    host->page_size & (host->page_size - 1))
		return refuse(probe, "subject", EXIT_UNMEASURED, 0, NULL,
			      "the page size of host %s is not known",
			      host->name ? host->name : "of unknown name");
	/* Where it was not seen, opening it tells why. */
	if (!host->has_container && !host->container_errno)
		return refuse_without_container(probe);
	if (group->regions_errno)
		return refuse(probe, "subject", EXIT_UNMEASURED, group->regions_errno, NULL,
			      "cannot read the reserved regions of group %u (%s), so no address is "
			      "known to be safe",
			      group->id, error_text(group->regions_errno));
	return 0;
}

/*
 * Up to 6.1 the IOMMU driver of s390 lists no region at 0 and refuses a map there by its aperture;
 * 6.2 lists one (cbf7827bc5dc), and has the fix of the test. Only backports of the first alone
 * harm.
 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_update_trans(): 5.10, 6.1.
 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12.
 */
int refuse_hazard(struct probe *probe, const struct host *host, bool force)
{
	unsigned int id = probe->group->id;

	if (!(probe->hazards & HAZARD_ISM))
		return 0;
	if (probe->hazards & HAZARD_KERNEL_TEST)
		return refuse(
			probe, "hazard", EXIT_UNMEASURED, 0,
			"update to a kernel from 6.2 or 6.1.9 on (commit 895c0747f726)",
			"group %u has an ISM function, and kernel %s reserves address 0 but may, "
			"by its version, map it itself, which stops such a function",
			id, kernel_words(host));
	if (!force)
		return refuse(probe, "hazard", EXIT_UNMEASURED, 0,
			      "make sure that nothing uses the function, and add --force",
			      "group %u has an ISM function, which a DMA address outside the "
			      "allowed ranges would stop",
			      id);
	return 0;
}

/* The fix shows which process uses a group, by @seen, the result of source_holders(). */
static const char *holder_hint(int seen)
{
	switch (seen) {
	case 0:
		return "check whether a device of the group is open through /dev/vfio/devices";
	case -EXDEV:
		return "run vfiodiag on the host to see which process uses it: processes outside "
		       "this PID namespace (container) are not visible";
	case -ENODEV:
		return "mount a procfs on /proc to see which process uses it";
	default:
		return "run as root to see which process uses it";
	}
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_group_fops_open(): 5.10.
 * Kernel: drivers/vfio/vfio_main.c, vfio_group_fops_open(): 6.1.
 * Kernel: drivers/vfio/group.c, vfio_group_fops_open(): 6.12, 7.3.
 */
static int refuse_busy(struct probe *probe, struct source *source, const char *step,
		       const char *path, int error)
{
	struct source_holders holders;
	int seen = source_holders(source, "/dev/vfio", &holders);
	const struct source_holder *holder = source_holders_find(&holders, path);
	int ret;

	if (holder) {
		const struct holder known = { .pid = holder->pid,
					      .name = holder->name,
					      .guest = holder->guest };
		_cleanup_free_ char *words = holder_words(&known);

		ret = refuse(probe, step, EXIT_UNMEASURED, error,
			     holder->guest ? "shut the guest down, or probe another group"
					   : "stop the process, or probe another group",
			     "%s is in use by %s", path, words);
	} else {
		ret = refuse(probe, step, EXIT_UNMEASURED, error, holder_hint(seen),
			     "%s is in use by another process", path);
	}
	source_holders_clear(&holders);
	return ret;
}

/* Kernel: see refuse_busy(). */
int refuse_open(struct probe *probe, struct source *source, const char *step, const char *path,
		int error)
{
	_cleanup_free_ char *hint = NULL;

	bool is_group = strcmp(step, "open-group") == 0;

	switch (error) {
	case -EBUSY:
		return refuse_busy(probe, source, step, path, error);
	case -EACCES:
		hint = xasprintf("run as root, or give %s to the user that runs the test", path);
		break;
	case -EPERM:
		hint = xstrdup(
			"run as root; in a container, allow the device in the device cgroup");
		break;
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		hint = xstrdup(
			is_group ? "run the command again: the device was unbound or removed after "
				   "it was listed"
				 : "load the module");
		break;
	}
	refuse(probe, step, EXIT_UNMEASURED, error, hint, "%s cannot be opened: %s", path,
	       strerror(-error));
	if (!is_group && (error == -ENOENT || error == -ENODEV || error == -ENXIO))
		refuse_command(probe, "loads vfio", xstrdup("sudo modprobe vfio"));
	return -1;
}

/* Kernel: none, what a capture lacks. */
int refuse_unrecorded(struct probe *probe, const char *what, const char *type, const char *command)
{
	unsigned int id = probe->group->id;
	_cleanup_free_ char *hint = xasprintf("record one on the host: vfiodiag --record DIR %s %u",
					      command, id);

	return refuse(probe, "capture", EXIT_UNMEASURED, ENODATA, hint,
		      "the capture holds no %s of group %u%s%s", what, id,
		      type ? " with container type " : "", type ? type : "");
}

/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(): 5.10, 6.1, 6.12, 7.3. */
int refuse_unmapped(struct probe *probe, uint64_t unmapped, uint64_t size)
{
	return refuse(probe, "unmap", EXIT_REFUSED, 0, "report it, with a capture",
		      "VFIO_IOMMU_UNMAP_DMA of group %u reports that %" PRIu64 " bytes of %" PRIu64
		      " were unmapped",
		      probe->group->id, unmapped, size);
}

/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): 5.10, 6.1, 6.12. */
int refuse_window(struct probe *probe)
{
	static const char *const faults[] = {
		[RANGE_UNUSED] = "is not needed",
		[RANGE_SERVED] = "has room",
		[RANGE_TOO_SMALL] = "is too small",
		[RANGE_RESERVED] = "is reserved",
		[RANGE_LAST] = "has room only at the end, which kernels before 6.18 do not unpin",
	};
	_cleanup_free_ char *reasons = NULL;

	if (!probe->info.has_ranges)
		return refuse(probe, "window", EXIT_UNMEASURED, 0, NULL,
			      "the kernel lists no allowed IOVA ranges for group %u, so no address "
			      "is known to be safe",
			      probe->group->id);
	for (size_t i = 0; i < probe->window.n_faults; i++)
		xappend(&reasons, "%s0x%" PRIx64 " - 0x%" PRIx64 " %s", i ? ", " : "",
			probe->info.ranges.range[i].start, probe->info.ranges.range[i].end,
			faults[probe->window.fault[i]]);
	return refuse(probe, "window", EXIT_UNMEASURED, 0, NULL,
		      "group %u has no place for two aligned pages: %s", probe->group->id, reasons);
}

/** enum direct_cause - groups for which a region of type direct is the cause of an errno. */
enum direct_cause {
	DIRECT_NO_CAUSE,
	DIRECT_CAUSE,	    /* behind any IOMMU */
	DIRECT_CAUSE_INTEL, /* behind an Intel IOMMU */
};

/**
 * struct advice - meaning of an errno of an ioctl. @error 0 matches all others.
 * @direct: the advice is for groups with a direct region, which the message names
 * @does: effect of @command, which @hint leads to; or NULL
 */
struct advice {
	const char *step;
	int error;
	int status;
	enum direct_cause direct;
	const char *meaning;
	const char *hint;
	const char *does;
	const char *command;
};

#define VENDOR_HINT "ask the platform vendor for firmware without the region"

/*
 * A direct region is refused before interrupts without remapping are, so where both are there it is
 * the cause.
 */
static const struct advice advices[] = {
	/* Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3. */
	{ "set-container", EPERM, EXIT_REFUSED, DIRECT_NO_CAUSE,
	  "a device of the group is still bound to a host driver, or in use by another user",
	  "bind all devices of the group to a vfio driver", NULL, NULL },
	/* Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3. */
	{ "set-container", EBUSY, EXIT_REFUSED, DIRECT_NO_CAUSE,
	  "the group is attached to another IOMMU domain", "stop the user of the group", NULL,
	  NULL },
	/* Kernel: drivers/iommu/iommu.c, __iommu_device_set_domain(), require_direct: 6.12, 7.3. */
	{ "set-container", EINVAL, EXIT_REFUSED, DIRECT_CAUSE, NULL, VENDOR_HINT, NULL, NULL },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_group_set_container(): 5.10.
	 * Kernel: drivers/vfio/vfio_main.c, vfio_group_ioctl_set_container(): 6.1.
	 * Kernel: drivers/vfio/group.c, vfio_group_ioctl_set_container(): 6.12, 7.3.
	 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
	 */
	{ "set-container", EINVAL, EXIT_REFUSED, DIRECT_NO_CAUSE,
	  "the group has a container already, or the IOMMU driver does not attach it: see dmesg",
	  "stop the user of the group", NULL, NULL },
	/* Kernel: drivers/iommu/intel/iommu.c, intel_iommu_attach_device(): 5.10, 6.1. */
	{ "set-iommu", EPERM, EXIT_REFUSED, DIRECT_CAUSE_INTEL, NULL, VENDOR_HINT, NULL, NULL },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): 5.10, 6.1,
	 *   6.12, 7.3.
	 */
	{ "set-iommu", EPERM, EXIT_REFUSED, DIRECT_NO_CAUSE,
	  "no interrupt remapping isolates the interrupts of the group",
	  "enable interrupt remapping in the firmware setup, or if the guest is trusted, allow unsafe "
	  "interrupts",
	  "allows devices to send any interrupt to this machine",
	  "echo 1 | sudo tee /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts" },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): 5.10, 6.1,
	 *   6.12, 7.3.
	 */
	{ "set-iommu", ENODEV, EXIT_REFUSED, DIRECT_NO_CAUSE, "the group has no IOMMU",
	  "run vfiodiag check, which says why the kernel uses no IOMMU", NULL, NULL },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_lock_acct(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_map(), GFP_KERNEL_ACCOUNT: 6.12, 7.3.
	 */
	{ "map", ENOMEM, EXIT_UNMEASURED, DIRECT_NO_CAUSE,
	  "the memory may not be pinned: RLIMIT_MEMLOCK, or the limit of a control group",
	  "raise the limit (ulimit -l) or run as root; in a container, look at memory.max too",
	  NULL, NULL },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "map", ENOSPC, EXIT_REFUSED, DIRECT_NO_CAUSE,
	  "the limit of mappings is reached (dma_entry_limit)", "raise the limit",
	  "sets the limit of containers that are opened from now on",
	  "echo 65535 | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit" },
	{ NULL, 0, EXIT_REFUSED, DIRECT_NO_CAUSE, NULL, NULL, NULL, NULL },
};

static const char *ioctl_of(const char *step)
{
	static const char *const names[][2] = {
		{ "api-version", "VFIO_GET_API_VERSION" },
		{ "check-extension", "VFIO_CHECK_EXTENSION" },
		{ "group-status", "VFIO_GROUP_GET_STATUS" },
		{ "set-container", "VFIO_GROUP_SET_CONTAINER" },
		{ "set-iommu", "VFIO_SET_IOMMU" },
		{ "get-info", "VFIO_IOMMU_GET_INFO" },
		{ "map", "VFIO_IOMMU_MAP_DMA" },
		{ "unmap", "VFIO_IOMMU_UNMAP_DMA" },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i][0], step) == 0)
			return names[i][1];
	}
	return step;
}

static bool applies(const struct advice *advice, const struct group *group, const char *step,
		    int error)
{
	const struct iommu *iommu = group_iommu(group);

	if (strcmp(advice->step, step) != 0 || advice->error != error)
		return false;
	if (advice->direct == DIRECT_CAUSE_INTEL && (!iommu || iommu->kind != IOMMU_INTEL))
		return false;
	return advice->direct == DIRECT_NO_CAUSE || group_direct_region(group);
}

/* Kernel: none, the rows of advices have theirs. */
int refuse_ioctl(struct probe *probe, const char *step, int error)
{
	const struct region *direct = group_direct_region(probe->group);
	const struct advice *advice = advices;
	_cleanup_free_ char *cause = NULL;

	while (advice->step && !applies(advice, probe->group, step, -error))
		advice++;
	if (advice->direct != DIRECT_NO_CAUSE && direct)
		cause = xasprintf(" (firmware requires 0x%" PRIx64 " - 0x%" PRIx64
				  " to be mapped 1:1; see dmesg)",
				  direct->range.start, direct->range.end);
	else if (advice->meaning)
		cause = xasprintf(" (%s)", advice->meaning);
	refuse(probe, step, advice->status, error, advice->hint, "%s of group %u failed: %s%s",
	       ioctl_of(step), probe->group->id, strerror(-error), cause ? cause : "");
	if (advice->command)
		refuse_command(probe, advice->does, xstrdup(advice->command));
	return -1;
}
