/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "probe/probe.h"

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

static int refuse_unbound(struct probe *probe)
{
	const struct device *device = group_candidate(probe->group);
	_cleanup_free_ char *hint = NULL;

	if (!device)
		return refuse(probe, "subject", EXIT_UNMEASURED, 0, NULL,
			      "group %u holds only bridges, which are not handed out",
			      probe->group->id);
	hint = device_bind_command(device);
	return refuse(probe, "subject", EXIT_UNMEASURED, 0, hint,
		      "no device of group %u is bound to a vfio driver: %s %s%s", probe->group->id,
		      device->address, device->driver ? "is bound to " : "has no driver",
		      device->driver ? device->driver : "");
}

static int refuse_blockers(struct probe *probe)
{
	_cleanup_free_ char *names = group_blockers(probe->group);
	_cleanup_free_ char *hint = NULL;

	if (!names)
		return 0;
	hint = device_bind_command(group_first_blocker(probe->group));
	return refuse(probe, "subject", EXIT_UNMEASURED, 0, hint, "group %u is not viable: %s",
		      probe->group->id, names);
}

int refuse_group(struct probe *probe, const struct host *host)
{
	const struct group *group = probe->group;

	if (group->name && strcmp(group->name, "vfio-noiommu") == 0)
		return refuse(probe, "subject", EXIT_UNMEASURED, 0,
			      "enable the IOMMU in the firmware and on the kernel's command line",
			      "group %u is a no-IOMMU group: there is no IOMMU to test", group->id);
	if (!group_is_bound(group))
		return refuse_unbound(probe);
	if (refuse_blockers(probe) < 0)
		return -1;
	if (host->page_size < SMALLEST_PAGE || host->page_size > LARGEST_PAGE ||
	    host->page_size & (host->page_size - 1))
		return refuse(probe, "subject", EXIT_UNMEASURED, 0, NULL,
			      "the page size of host %s is not known",
			      host->name ? host->name : "of unknown name");
	if (!host->has_container)
		return refuse(probe, "subject", EXIT_UNMEASURED, ENOENT, "modprobe vfio",
			      "there is no /dev/vfio/vfio on this host");
	if (group->regions_errno)
		return refuse(probe, "subject", EXIT_UNMEASURED, group->regions_errno, NULL,
			      "the reserved regions of group %u could not be read (%s), so no "
			      "address is known to be safe",
			      group->id, strerror(group->regions_errno));
	return 0;
}

int refuse_hazard(struct probe *probe, const struct host *host, bool force)
{
	unsigned int id = probe->group->id;

	if (!(probe->hazards & HAZARD_ISM))
		return 0;
	if (probe->hazards & HAZARD_KERNEL_TEST)
		return refuse(probe, "hazard", EXIT_UNMEASURED, 0,
			      "update to a kernel from 6.2 or 6.1.9 on (commit 895c0747f726)",
			      "group %u has an ISM function, and by its version kernel %s may map "
			      "the reserved address 0 by itself, which stops such a function",
			      id, host->release ? host->release : "of unknown version");
	if (!force)
		return refuse(probe, "hazard", EXIT_UNMEASURED, 0,
			      "probe it with --force when nothing uses it",
			      "group %u has an ISM function, which a DMA address outside the "
			      "allowed ranges would stop",
			      id);
	return 0;
}

/* What to do to see who holds a group, as far as @seen, the answer of source_holders(), knows. */
static const char *holder_hint(int seen)
{
	switch (seen) {
	case 0:
		return "a device of the group may be open through /dev/vfio/devices";
	case -EXDEV:
		return "processes outside of this PID namespace (container) are not seen: run on "
		       "the host itself to see which process holds it";
	case -ENODEV:
		return "mount a procfs on /proc to see which process holds it";
	default:
		return "run as root to see which process holds it";
	}
}

static int refuse_busy(struct probe *probe, struct source *source, const char *step,
		       const char *path, int error)
{
	struct source_holders holders;
	int seen = source_holders(source, "/dev/vfio", &holders);
	const struct source_holder *holder = source_holders_find(&holders, path);
	int ret;

	if (holder)
		ret = refuse(probe, step, EXIT_UNMEASURED, error,
			     "stop that process, or probe another group",
			     "%s is held by process %d (%s)", path, holder->pid,
			     holder->name ? holder->name : "name unknown");
	else
		ret = refuse(probe, step, EXIT_UNMEASURED, error, holder_hint(seen),
			     "%s is held by another process", path);
	source_holders_clear(&holders);
	return ret;
}

int refuse_open(struct probe *probe, struct source *source, const char *step, const char *path,
		int error)
{
	_cleanup_free_ char *hint = NULL;

	bool is_group = strcmp(step, "open-group") == 0;

	switch (error) {
	case -EBUSY:
		return refuse_busy(probe, source, step, path, error);
	case -EACCES:
		hint = xasprintf("run as root, or let root give you the node: chown NAME %s", path);
		break;
	case -EPERM:
		hint = xstrdup("run as root; in a container, allow the device in its cgroup");
		break;
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		hint = xstrdup(
			is_group ? "the device was unbound or removed after it was listed; run "
				   "the command again"
				 : "modprobe vfio");
		break;
	}
	return refuse(probe, step, EXIT_UNMEASURED, error, hint, "%s could not be opened: %s", path,
		      strerror(-error));
}

int refuse_window(struct probe *probe)
{
	_cleanup_free_ char *reasons = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&reasons, &len);

	if (!out)
		out_of_memory();
	for (size_t i = 0; i < probe->window.n_faults; i++)
		fprintf(out, "%s0x%" PRIx64 " - 0x%" PRIx64 " %s", i ? ", " : "",
			probe->info.ranges.range[i].start, probe->info.ranges.range[i].end,
			probe->window.fault[i] == RANGE_RESERVED ? "is reserved" : "is too small");
	if (fclose(out) != 0)
		out_of_memory();
	return refuse(probe, "window", EXIT_UNMEASURED, 0, NULL,
		      "group %u has no place for two aligned pages: %s", probe->group->id, reasons);
}

/** struct advice - what an errno of an ioctl means. @error 0 stands for all others. */
struct advice {
	const char *step;
	int error;
	int status;
	const char *meaning;
	const char *hint;
};

/* Sources: vfio_iommu_type1.c and vfio_main.c, 5.10 to 7.3; facts are in docs/verdict.md. */
static const struct advice advices[] = {
	{ "set-container", EPERM, EXIT_REFUSED,
	  "a device of the group is still used by a driver of the host, or by another user",
	  "bind all devices of the group to a vfio driver" },
	{ "set-container", EBUSY, EXIT_REFUSED, "the group is attached to another IOMMU domain",
	  "stop what uses the group" },
	{ "set-container", EINVAL, EXIT_REFUSED,
	  "firmware wants a region of this group mapped 1:1 (see 'direct' regions and dmesg)",
	  "ask the platform's vendor for firmware without that region" },
	{ "set-iommu", EPERM, EXIT_REFUSED,
	  "the host has no interrupt remapping, or firmware wants a region mapped 1:1 (see dmesg)",
	  "enable interrupt remapping in the firmware; where the guest is trusted: echo 1 > "
	  "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts" },
	{ "set-iommu", ENODEV, EXIT_REFUSED, "no IOMMU stands behind this group",
	  "enable the IOMMU in the firmware and on the kernel's command line" },
	{ "map", ENOMEM, EXIT_UNMEASURED, "the memory may not be pinned (RLIMIT_MEMLOCK)",
	  "raise it (ulimit -l) or run as root" },
	{ "map", ENOSPC, EXIT_REFUSED, "the limit of mappings is reached (dma_entry_limit)",
	  "raise it: echo 65535 > /sys/module/vfio_iommu_type1/parameters/dma_entry_limit" },
	{ NULL, 0, EXIT_REFUSED, NULL, NULL },
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

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i][0], step) == 0)
			return names[i][1];
	}
	return step;
}

int refuse_ioctl(struct probe *probe, const char *step, int error)
{
	const struct advice *advice = advices;

	while (advice->step && (strcmp(advice->step, step) != 0 || advice->error != -error))
		advice++;
	return refuse(probe, step, advice->status, error, advice->hint,
		      "%s of group %u failed: %s%s%s%s", ioctl_of(step), probe->group->id,
		      strerror(-error), advice->meaning ? " (" : "",
		      advice->meaning ? advice->meaning : "", advice->meaning ? ")" : "");
}
