/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups and IOMMU units by the links of their devices. A kernel lists both, and a tree that was copied
 * in part may have one without the other.
 */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

/** struct member - a device, and the group @id that its link names. */
struct member {
	unsigned int id;
	size_t place;
	struct device *device;
};

static bool find_number(struct source *source, const struct device *device, unsigned int *id)
{
	_cleanup_free_ char *path = scan_resolve(source, device->path, "iommu_group");
	uint64_t number;

	if (!path || text_to_u64(text_base_name(path), 10, &number) < 0 || number > UINT32_MAX)
		return false;
	*id = (unsigned int)number;
	return true;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *one = a, *two = b;

	if (one->id != two->id)
		return one->id < two->id ? -1 : 1;
	return one->place < two->place ? -1 : one->place > two->place;
}

/* The group that no directory describes. */
static struct group *make_group(unsigned int id)
{
	struct group *group = xcalloc(1, sizeof(*group));

	group->id = id;
	group->regions_errno = ENODATA;
	return group;
}

/* Put the devices into their groups: those that are listed, and those that only links name. */
static void place_members(struct host *host, const struct member *members, size_t count)
{
	struct group **made = NULL;
	size_t n_made = 0;

	for (size_t i = 0; i < count; i++) {
		struct group *listed = host_group(host, members[i].id);

		if (!listed && (!n_made || made[n_made - 1]->id != members[i].id))
			APPEND(made, n_made, make_group(members[i].id));
		group_add(listed ? listed : made[n_made - 1], members[i].device);
	}
	for (size_t i = 0; i < n_made; i++)
		APPEND(host->groups, host->n_groups, made[i]);
	free(made);
	scan_sort_groups(host);
}

static void scan_group_links(struct source *source, struct host *host)
{
	_cleanup_free_ struct member *members = NULL;
	size_t count = 0;

	for (size_t i = 0; i < host->n_devices; i++) {
		struct member member = { .place = i, .device = host->devices[i] };
		const struct group *listed;

		if (!find_number(source, member.device, &member.id))
			continue;
		listed = host_group(host, member.id);
		if (!member.device->group)
			APPEND(members, count, member);
		/* Another group lists the device, or this one lists others and lacks it. */
		if (member.device->group ? member.device->group->id != member.id
					 : listed && listed->n_devices)
			member.device->group_link = xasprintf("%u", member.id);
	}
	if (count)
		qsort(members, count, sizeof(*members), compare_members);
	place_members(host, members, count);
}

static struct iommu *find_unit(struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (strcmp(host->iommus[i].name, name) == 0)
			return &host->iommus[i];
	}
	return NULL;
}

/* "…/iommu -> ../../virtual/iommu/dmar0" (iommu_device_link()) */
static void scan_unit_link(struct source *source, struct host *host, const struct device *device)
{
	_cleanup_free_ char *path = scan_resolve(source, device->path, "iommu");
	_cleanup_free_ char *name = path ? text_clean(xstrdup(text_base_name(path))) : NULL;
	struct iommu *unit;

	if (!name || !*name)
		return;
	unit = find_unit(host, name);
	if (!unit) {
		struct iommu made = { .name = xstrdup(name), .kind = scan_iommu_kind(name, path) };

		APPEND(host->iommus, host->n_iommus, made);
		unit = &host->iommus[host->n_iommus - 1];
	}
	APPEND(unit->members, unit->n_members, xstrdup(device->address));
}

void scan_links(struct source *source, struct host *host)
{
	if (source_mode(source) != SOURCE_SYSROOT)
		return;
	scan_group_links(source, host);
	if (!host->iommus_errno || !(host->details & HOST_MEMBERS))
		return;
	for (size_t i = 0; i < host->n_devices; i++)
		scan_unit_link(source, host, host->devices[i]);
}
