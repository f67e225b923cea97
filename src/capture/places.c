/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of a capture's files: each place that is kept, and what a file there may hold. Pure.
 *
 * The name of a place depends only on the places above it. So a directory has one name for all that
 * is in it, for the links that lead there, and for the facts that are about it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "capture/capture.h"
#include "capture/redact.h"

/* clang-format off */
/*
 * A word in capitals stands for names of a kind: NUMBER and PID are numbers, the others are kept
 * where they are known and get stand-ins where not. DEVICES and CGROUPS are one or more such names,
 * one below the other.
 */
static const struct {
	const char *pattern;
	enum content content;
} table[] = {
	{ "dev/iommu", CONTENT_NONE },
	{ "dev/vfio/NODE", CONTENT_NONE },
	{ "dev/vfio/devices/NODE", CONTENT_NONE },
	{ "etc/security/limits.conf", CONTENT_LIMITS },
	{ "etc/security/limits.d/LIMITS", CONTENT_LIMITS },
	{ "usr/etc/security/limits.conf", CONTENT_LIMITS },
	{ "usr/etc/security/limits.d/LIMITS", CONTENT_LIMITS },
	{ "proc/cmdline", CONTENT_CMDLINE },
	{ "proc/fs/jbd2/DISK", CONTENT_NONE },
	{ "proc/meminfo", CONTENT_COUNTERS },
	{ "proc/swaps", CONTENT_SWAPS },
	{ "proc/spl/kstat/zfs/DEVICE/state", CONTENT_NONE },
	{ "proc/self/cgroup", CONTENT_CGROUPS },
	{ "proc/self/limits", CONTENT_RLIMITS },
	{ "proc/self/mountinfo", CONTENT_MOUNTS },
	{ "proc/self/status", CONTENT_COUNTERS },
	{ "proc/self/uid_map", CONTENT_NUMBERS },
	{ "proc/PID/limits", CONTENT_RLIMITS },
	{ "proc/PID/status", CONTENT_COUNTERS },
	{ "proc/PID/uid_map", CONTENT_NUMBERS },
	{ "proc/sys/kernel/hostname", CONTENT_HOST },
	{ "proc/sys/kernel/osrelease", CONTENT_RELEASE },
	{ "proc/sys/kernel/version", CONTENT_BUILD },
	{ "proc/xen/capabilities", CONTENT_HYPERVISOR },
	{ "sys/bus/DEVICE", CONTENT_NONE },
	{ "sys/bus/DEVICE/drivers/MODULE/module", CONTENT_NONE },
	{ "sys/bus/pci/devices/DEVICE", CONTENT_NONE },
	{ "sys/bus/platform/drivers/MODULE/DEVICE", CONTENT_NONE },
	{ "sys/bus/usb/devices/DEVICE", CONTENT_NONE },
	{ "sys/class/DEVICE", CONTENT_NONE },
	{ "sys/class/block/DISK", CONTENT_NONE },
	{ "sys/class/accel/DEVICE", CONTENT_NONE },
	{ "sys/class/bluetooth/DEVICE", CONTENT_NONE },
	{ "sys/class/dma/DEVICE", CONTENT_NONE },
	{ "sys/class/drm/DEVICE", CONTENT_NONE },
	{ "sys/class/dsa/DEVICE", CONTENT_NONE },
	{ "sys/class/dvb/DEVICE", CONTENT_NONE },
	{ "sys/class/graphics/DEVICE", CONTENT_NONE },
	{ "sys/class/hidraw/DEVICE", CONTENT_NONE },
	{ "sys/class/infiniband_verbs/DEVICE", CONTENT_NONE },
	{ "sys/class/input/DEVICE", CONTENT_NONE },
	{ "sys/class/nvme-generic/DEVICE", CONTENT_NONE },
	{ "sys/class/nvme/DEVICE", CONTENT_NONE },
	{ "sys/class/ptp/DEVICE", CONTENT_NONE },
	{ "sys/class/rtc/DEVICE", CONTENT_NONE },
	{ "sys/class/scsi_generic/DEVICE", CONTENT_NONE },
	{ "sys/class/sound/DEVICE", CONTENT_NONE },
	{ "sys/class/tpm/DEVICE", CONTENT_NONE },
	{ "sys/class/tty/DEVICE", CONTENT_NONE },
	{ "sys/class/uio/DEVICE", CONTENT_NONE },
	{ "sys/class/usbmisc/DEVICE", CONTENT_NONE },
	{ "sys/class/vhost-vdpa/DEVICE", CONTENT_NONE },
	{ "sys/class/video4linux/DEVICE", CONTENT_NONE },
	{ "sys/class/vtconsole/DEVICE", CONTENT_NONE },
	{ "sys/class/watchdog/DEVICE", CONTENT_NONE },
	{ "sys/class/kfd/kfd/dev", CONTENT_DEVICE_NUMBER },
	{ "sys/class/dmi/id/product_name", CONTENT_PRODUCT },
	{ "sys/class/dmi/id/sys_vendor", CONTENT_VENDOR },
	{ "sys/class/iommu/DEVICE", CONTENT_NONE },
	{ "sys/class/net/INTERFACE", CONTENT_NONE },
	{ "sys/class/net/INTERFACE/device", CONTENT_NONE },
	{ "sys/class/vfio-dev/DEVICE", CONTENT_NONE },
	{ "sys/devices/DEVICES", CONTENT_NONE },
	{ "sys/devices/DEVICES/bind", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/boot_vga", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/cap", CONTENT_REGISTER },
	{ "sys/devices/DEVICES/config", CONTENT_CONFIG },
	{ "sys/devices/DEVICES/d3cold_allowed", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/dev", CONTENT_DEVICE_NUMBER },
	{ "sys/devices/DEVICES/dm/name", CONTENT_VOLUME },
	{ "sys/devices/DEVICES/driver_override", CONTENT_DRIVER },
	{ "sys/devices/DEVICES/ecap", CONTENT_REGISTER },
	{ "sys/devices/DEVICES/features", CONTENT_REGISTER },
	{ "sys/devices/DEVICES/free_hugepages", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/active", CONTENT_CONSOLES },
	{ "sys/devices/DEVICES/in_use", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/state", CONTENT_STATE },
	{ "sys/devices/DEVICES/loop/backing_file", CONTENT_MOUNT },
	{ "sys/devices/DEVICES/name", CONTENT_DISPLAY },
	{ "sys/devices/DEVICES/nr_hugepages", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/numa_node", CONTENT_NUMBER },
	{ "sys/devices/DEVICES/of_node", CONTENT_NONE },
	{ "sys/devices/DEVICES/pft", CONTENT_REGISTER },
	{ "sys/devices/DEVICES/power/runtime_status", CONTENT_POWER },
	{ "sys/devices/DEVICES/power_state", CONTENT_POWER },
	{ "sys/devices/DEVICES/reset_method", CONTENT_RESETS },
	{ "sys/devices/DEVICES/uevent", CONTENT_UEVENT },
	{ "sys/devices/DEVICES/version", CONTENT_REGISTER },
	{ "sys/firmware/acpi/tables/TABLE", CONTENT_NONE },
	{ "sys/firmware/devicetree/base/DEVICES", CONTENT_NONE },
	{ "sys/firmware/devicetree/base/DEVICES/iommu-map", CONTENT_NONE },
	{ "sys/firmware/devicetree/base/DEVICES/iommus", CONTENT_NONE },
	{ "sys/fs/bcachefs/DEVICE/DEVICE/block", CONTENT_NONE },
	{ "sys/fs/btrfs/DEVICE/devices/DISK", CONTENT_NONE },
	{ "sys/fs/ext4/DISK", CONTENT_NONE },
	{ "sys/fs/f2fs/DISK", CONTENT_NONE },
	{ "sys/fs/xfs/DISK", CONTENT_NONE },
	{ "sys/fs/cgroup/CGROUPS", CONTENT_NONE },
	{ "sys/fs/cgroup/memory.current", CONTENT_NUMBER },
	{ "sys/fs/cgroup/memory.max", CONTENT_NUMBER },
	{ "sys/fs/cgroup/memory/memory.limit_in_bytes", CONTENT_NUMBER },
	{ "sys/fs/cgroup/memory/memory.usage_in_bytes", CONTENT_NUMBER },
	{ "sys/fs/cgroup/memory/CGROUPS/memory.limit_in_bytes", CONTENT_NUMBER },
	{ "sys/fs/cgroup/memory/CGROUPS/memory.usage_in_bytes", CONTENT_NUMBER },
	{ "sys/fs/cgroup/CGROUPS/cgroup.procs", CONTENT_NUMBERS },
	{ "sys/fs/cgroup/CGROUPS/memory.current", CONTENT_NUMBER },
	{ "sys/fs/cgroup/CGROUPS/memory.max", CONTENT_NUMBER },
	{ "sys/hypervisor/type", CONTENT_HYPERVISOR },
	{ "sys/kernel/config/nvmet/subsystems/DEVICE", CONTENT_NONE },
	{ "sys/kernel/config/target/core/DEVICE", CONTENT_NONE },
	{ "sys/kernel/iommu_groups/NUMBER/devices/DEVICE", CONTENT_NONE },
	{ "sys/kernel/iommu_groups/NUMBER/name", CONTENT_GROUP_NAME },
	{ "sys/kernel/iommu_groups/NUMBER/reserved_regions", CONTENT_REGIONS },
	{ "sys/kernel/iommu_groups/NUMBER/type", CONTENT_GROUP_TYPE },
	{ "sys/kernel/irq/NUMBER/chip_name", CONTENT_CHIP },
	{ "sys/kernel/mm/hugepages/DEVICE/free_hugepages", CONTENT_NUMBER },
	{ "sys/kernel/mm/hugepages/DEVICE/nr_hugepages", CONTENT_NUMBER },
	{ "sys/kernel/mm/transparent_hugepage/enabled", CONTENT_CHOICE },
	{ "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", CONTENT_NUMBER },
	{ "sys/kernel/security/lockdown", CONTENT_CHOICE },
	{ "sys/kernel/debug/tracing/events/iommu/map/format", CONTENT_FORMAT },
	{ "sys/kernel/debug/tracing/events/iommu/unmap/format", CONTENT_FORMAT },
	{ "sys/kernel/tracing/events/iommu/map/format", CONTENT_FORMAT },
	{ "sys/kernel/tracing/events/iommu/unmap/format", CONTENT_FORMAT },
	{ "sys/module/MODULE/holders/MODULE", CONTENT_NONE },
	{ "sys/module/MODULE/parameters/PARAMETER", CONTENT_NUMBER },
};

static const struct wildcard {
	const char *word;
	enum name_kind kind; /* NAME_KINDS for numbers */
	bool repeats;
} wildcards[] = {
	{ "NODE", NAME_NODE, false },
	{ "LIMITS", NAME_LIMITS, false },
	{ "PID", NAME_KINDS, false },
	{ "NUMBER", NAME_KINDS, false },
	{ "DEVICE", NAME_DEVICE, false },
	{ "DEVICES", NAME_DEVICE, true },
	{ "DISK", NAME_DISK, false },
	{ "INTERFACE", NAME_INTERFACE, false },
	{ "TABLE", NAME_TABLE, false },
	{ "CGROUPS", NAME_CGROUP, true },
	{ "MODULE", NAME_MODULE, false },
	{ "PARAMETER", NAME_PARAMETER, false },
};
/* clang-format on */

/**
 * struct place - one word of the table's patterns, and what may be below it.
 * @name: NULL where it stands for names of a kind
 * @wildcard: which, or NULL
 */
struct place {
	char *name;
	const struct wildcard *wildcard;
	enum content content;
	struct place **below;
	size_t n_below;
};

/* The place that the pattern's word @word is in @place, made where it is not there yet. */
static struct place *add_word(struct place *place, const char *word)
{
	const struct wildcard *wildcard = NULL;
	struct place *made;

	for (size_t i = 0; i < COUNT(wildcards); i++) {
		if (strcmp(wildcards[i].word, word) == 0)
			wildcard = &wildcards[i];
	}
	for (size_t i = 0; i < place->n_below; i++) {
		struct place *below = place->below[i];

		if (wildcard ? below->wildcard == wildcard
			     : below->name && strcmp(below->name, word) == 0)
			return below;
	}
	made = xcalloc(1, sizeof(*made));
	made->wildcard = wildcard;
	made->name = wildcard ? NULL : xstrdup(word);
	APPEND(place->below, place->n_below, made);
	return made;
}

struct place *places_new(void)
{
	struct place *root = xcalloc(1, sizeof(*root));

	for (size_t i = 0; i < COUNT(table); i++) {
		_cleanup_free_ char *copy = xstrdup(table[i].pattern);
		struct place *place = root;
		char *rest = copy, *word;

		while ((word = strsep(&rest, "/")))
			place = add_word(place, word);
		place->content = table[i].content;
	}
	return root;
}

void places_free(struct place *root)
{
	if (!root)
		return;
	for (size_t i = 0; i < root->n_below; i++)
		places_free(root->below[i]);
	free(root->below);
	free(root->name);
	free(root);
}

const struct place *place_below(const struct place *place, const char *name)
{
	const struct place *any = place->wildcard && place->wildcard->repeats ? place : NULL;

	for (size_t i = 0; i < place->n_below; i++) {
		if (!place->below[i]->name)
			any = place->below[i];
		else if (strcmp(place->below[i]->name, name) == 0)
			return place->below[i];
	}
	return any;
}

enum content place_content(const struct place *place)
{
	return place->content;
}

const char *place_name(struct redactor *redactor, const struct place *place, const char *directory,
		       const char *name)
{
	enum name_kind kind;

	/* Nothing that is listed is hidden. */
	if (*name == '.')
		return NULL;
	if (!place->wildcard)
		return place->name;
	kind = place->wildcard->kind;
	if (kind == NAME_KINDS)
		return shape_matches("&", name) ? name : NULL;
	if (kind == NAME_DEVICE && strcmp(directory, "net") == 0)
		kind = NAME_INTERFACE;
	if (kind == NAME_DEVICE && strcmp(directory, "block") == 0)
		kind = NAME_DISK;
	return redactor_name(redactor, kind, name);
}

char *redactor_path(struct redactor *redactor, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	const struct place *place = places_root(redactor);
	const char *directory = "";
	char *rest = copy, *word;
	bool is_kept = *rest++ == '/';
	struct writer writer;

	if (strcmp(path, "/") == 0)
		return xstrdup(path);
	writer_open(&writer);
	while (is_kept && (word = strsep(&rest, "/"))) {
		const char *name = NULL;

		place = *word ? place_below(place, word) : NULL;
		if (place)
			name = place_name(redactor, place, directory, word);
		if (name)
			fprintf(writer.out, "/%s", name);
		is_kept = name;
		directory = word;
	}
	writer_close(&writer);
	if (is_kept)
		return writer.text;
	free(writer.text);
	return NULL;
}

/** struct steps - the way of a link, in words. */
struct steps {
	char *word[CAPTURE_PATH_MAX / 2];
	size_t count;
};

/* Take the steps of @path, which is split. @ups: how many of them led up. Return: whether none left "/". */
static bool take_steps(struct steps *steps, char *path, size_t *ups)
{
	char *word;

	while ((word = strsep(&path, "/"))) {
		if (!*word || strcmp(word, ".") == 0)
			continue;
		if (strcmp(word, "..") == 0) {
			if (!steps->count)
				return false;
			steps->count--;
			*ups += 1;
		} else {
			if (steps->count == COUNT(steps->word))
				return false;
			steps->word[steps->count++] = word;
		}
	}
	return true;
}

/*
 * @path, an absolute one, as seen from a directory @depth words deep, of which the first @shared
 * are shared.
 */
static char *relative(const char *path, size_t depth, size_t shared)
{
	struct writer writer;

	writer_open(&writer);
	for (size_t i = shared; i < depth; i++)
		fputs(i > shared ? "/.." : "..", writer.out);
	/* The rest behind the slash that follows what is shared. */
	for (size_t i = 0; path && i <= shared; i++) {
		path = strchr(path, '/');
		path = path ? path + 1 : NULL;
	}
	fprintf(writer.out, "%s%s", depth > shared && path && *path ? "/" : "", path ? path : "");
	return writer_close(&writer);
}

char *redactor_target(struct redactor *redactor, const char *directory, const char *target)
{
	_cleanup_free_ char *here = xstrdup(directory);
	_cleanup_free_ char *there = xstrdup(target);
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *redacted = NULL;
	_cleanup_free_ struct steps *steps = xcalloc(1, sizeof(*steps));
	size_t ups = 0, depth;
	struct writer writer;

	if (*target != '/' && !take_steps(steps, here, &ups))
		return NULL;
	depth = steps->count;
	ups = 0;
	if (!take_steps(steps, there, &ups))
		return NULL;
	writer_open(&writer);
	for (size_t i = 0; i < steps->count; i++)
		fprintf(writer.out, "/%s", steps->word[i]);
	path = writer_close(&writer);
	redacted = redactor_path(redactor, path);
	if (!redacted || *target == '/')
		return redacted ? xstrdup(redacted) : NULL;
	return relative(redacted, depth, ups > depth ? 0 : depth - ups);
}
