/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU groups with their regions and devices. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define GROUPS "/sys/kernel/iommu_groups"

static enum region_type type_by_word(const char *word)
{
	static const char *const words[] = {
		[REGION_DIRECT] = "direct",
		[REGION_DIRECT_RELAXABLE] = "direct-relaxable",
		[REGION_RESERVED] = "reserved",
		[REGION_MSI] = "msi",
	};

	for (enum region_type type = 0; type < REGION_OTHER; type++) {
		if (strcmp(words[type], word) == 0)
			return type;
	}
	return REGION_OTHER;
}

/*
 * "0x%016llx 0x%016llx %s\n", the second inclusive.
 * Kernel: drivers/iommu/iommu.c, iommu_group_show_resv_regions(): 5.10, 6.1, 6.12, 7.3.
 */
static bool parse_region(char *line, struct region *region)
{
	char *start = strsep(&line, " ");
	char *end = strsep(&line, " ");

	if (!start || !end || !line || text_to_u64(start, 16, &region->range.start) < 0 ||
	    text_to_u64(end, 16, &region->range.end) < 0 || region->range.start > region->range.end)
		return false;
	region->word = text_clean(text_trim(xstrdup(line)));
	region->type = type_by_word(region->word);
	return true;
}

/*
 * The kernel writes a page of them at most (iommu_group_show_resv_regions()), some 1300 lines where
 * pages have 64 KiB. A file that goes on is none of the kernel's.
 */
#define REGIONS_MAX 4096

size_t scan_parse_regions(char *text, struct group *group)
{
	size_t left_out = 0;
	char *line;

	while ((line = text_next_line(&text))) {
		struct region region;

		if (!*line)
			continue;
		if (group->n_regions < REGIONS_MAX && parse_region(line, &region))
			APPEND(group->regions, group->n_regions, region);
		else
			left_out++;
	}
	return left_out;
}

/**
 * struct found - a group that was found.
 * @path: its directory
 * @devices: the directories of its devices
 * @end: number of the first question of a batch that is not about it
 */
struct found {
	unsigned int id;
	char *path;
	struct source_list devices;
	size_t end;
};

static void find_devices(struct source *source, struct host *host, struct found *found)
{
	_cleanup_free_ char *directory = xjoin(found->path, '/', "devices");
	struct source_list names = { 0 }, targets = { 0 };
	int ret = source_links(source, directory, &names, &targets);

	if (ret < 0)
		scan_unread(host, directory, ret);
	for (size_t i = 0; i < names.count; i++) {
		char *path = scan_entry(source, directory, names.name[i], targets.name[i]);

		if (path)
			APPEND(found->devices.name, found->devices.count, path);
	}
	source_list_clear(&names);
	source_list_clear(&targets);
}

static struct found find_group(unsigned int id)
{
	_cleanup_free_ char *number = xnumber(id);

	return (struct found){ .id = id, .path = xjoin(GROUPS, '/', number) };
}

static void found_clear(struct found *found)
{
	free(found->path);
	source_list_clear(&found->devices);
}

/* Type and regions are shown under the group's lock, which is held while its domain is changed. */
static void add_to_batch(const struct host *host, struct found *found, struct batch *batch)
{
	if (host->details & HOST_GROUP_TYPES)
		batch_add(batch, found->path, "type");
	batch_add(batch, found->path, "reserved_regions");
	for (size_t i = 0; i < found->devices.count; i++)
		scan_device_batch(host, batch, found->devices.name[i]);
	found->end = batch->count;
}

static void take_regions(struct host *host, const char *directory, struct batch *batch,
			 struct group *group)
{
	size_t len;
	char *text;
	int ret = batch_take(batch, &text, &len);

	/* A line that makes no sense may hide a region, and so may what follows a NUL byte. */
	if (ret >= 0 && (strlen(text) != len || scan_parse_regions(text, group)))
		ret = -EBADMSG;
	group->regions_errno = -ret;
	if (ret < 0) {
		_cleanup_free_ char *path = xjoin(directory, '/', "reserved_regions");

		scan_unread(host, path, ret);
	}
}

static void read_name(struct source *source, const char *directory, struct group *group)
{
	_cleanup_free_ char *path = xjoin(directory, '/', "name");

	group->name = scan_attribute(source, path);
}

static void take_attributes(struct host *host, const char *directory, struct batch *batch,
			    struct group *group)
{
	if (host->details & HOST_GROUP_TYPES)
		group->type = batch_take_line(batch);
	take_regions(host, directory, batch, group);
}

/*
 * Of the drivers of IOMMUs, only that of POWER names its groups, whose units are of no kind that is
 * known here.
 * Kernel: arch/powerpc/kernel/iommu.c, iommu_register_group(): 5.10, 6.1, 6.12, 7.3.
 */
static bool has_no_name(const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct iommu *iommu = group->devices[i]->iommu;

		if (iommu && iommu->kind != IOMMU_OTHER)
			return true;
	}
	return false;
}

/*
 * VFIO makes a group of its own for a device that no IOMMU driver has given one
 * (vfio_noiommu_group_alloc()), and only its name tells. Looking for the names of all groups would
 * be a system call for each that fails.
 */
void scan_group_names(struct source *source, struct host *host)
{
	if (!(host->details & HOST_MEMBERS))
		return;
	for (size_t i = 0; i < host->n_groups; i++) {
		struct group *group = host->groups[i];

		if (!group->name && !has_no_name(group)) {
			struct found found = find_group(group->id);

			read_name(source, found.path, group);
			found_clear(&found);
		}
	}
}

void scan_group_again(struct source *source, struct host *host, struct group *group)
{
	struct found found = find_group(group->id);
	struct batch batch = { 0 };

	if (source_exists(source, found.path) >= 0) {
		free(group->type);
		free(group->name);
		group->name = NULL;
		for (size_t i = 0; i < group->n_regions; i++)
			free(group->regions[i].word);
		group->n_regions = 0;
		add_to_batch(host, &found, &batch);
		batch_read(source, &batch);
		take_attributes(host, found.path, &batch, group);
		batch_clear(&batch);
	}
	found_clear(&found);
}

/* The paths of its devices change hands. */
static void take_group(struct source *source, struct host *host, struct found *found,
		       struct batch *batch)
{
	struct group *group = xcalloc(1, sizeof(*group));

	group->id = found->id;
	take_attributes(host, found->path, batch, group);
	/* Without regions there may be no group any more. */
	if (group->regions_errno == ENOENT && source_exists(source, found->path) == -ENOENT) {
		group_free(group);
		batch->next = found->end;
		return;
	}
	APPEND(host->groups, host->n_groups, group);
	for (size_t i = 0; i < found->devices.count; i++) {
		struct device *device = scan_device_take(source, host, found->devices.name[i],
							 batch);

		group_add(group, device);
		APPEND(host->devices, host->n_devices, device);
	}
	found->devices.count = 0;
}

/* Read the @count groups @found, all that may keep its reader waiting at once; and clear them. */
static void scan_part(struct source *source, struct host *host, struct found *found, size_t count)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < count; i++) {
		find_devices(source, host, &found[i]);
		add_to_batch(host, &found[i], &batch);
	}
	batch_read(source, &batch);
	for (size_t i = 0; i < count; i++) {
		take_group(source, host, &found[i], &batch);
		found_clear(&found[i]);
	}
	batch_clear(&batch);
}

static void scan_found(struct source *source, struct host *host, struct found *found, size_t count)
{
	for (size_t i = 0; i < count; i += BATCH_GROUPS)
		scan_part(source, host, found + i,
			  count - i < BATCH_GROUPS ? count - i : BATCH_GROUPS);
}

void scan_group(struct source *source, struct host *host, unsigned int id)
{
	struct found found = find_group(id);

	scan_found(source, host, &found, 1);
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *one = *(struct group *const *)a;
	const struct group *two = *(struct group *const *)b;

	return one->id < two->id ? -1 : one->id > two->id;
}

void scan_sort_groups(struct host *host)
{
	if (host->n_groups)
		qsort(host->groups, host->n_groups, sizeof(*host->groups), compare_groups);
}

static int compare_found(const void *a, const void *b)
{
	const struct found *one = a, *two = b;

	return one->id < two->id ? -1 : one->id > two->id;
}

void scan_groups(struct source *source, struct host *host)
{
	_cleanup_free_ struct found *found = NULL;
	struct source_list names = { 0 };
	int ret = source_list_unsorted(source, GROUPS, &names);
	size_t count = 0;

	if (ret < 0)
		scan_unread(host, GROUPS, ret);
	/*
	 * Kernels that support an IOMMU make the directory at boot (iommu_init()), so a tree with a part
	 * of /sys/kernel says nothing; one with the units, of which there are none, does.
	 * Kernel: drivers/iommu/iommu.c, iommu_init(): 5.10, 6.1, 6.12, 7.3.
	 */
	if (ret == -ENOENT && source_mode(source) == SOURCE_SYSROOT &&
	    (host->iommus_errno || host->n_iommus))
		ret = -ENODATA;
	host->groups_errno = ret < 0 ? -ret : 0;
	host->has_sysfs = ret >= 0 || source_exists(source, "/sys/kernel") == 0 ||
			  source_exists(source, "/sys/bus") == 0;
	for (size_t i = 0; i < names.count; i++) {
		uint64_t id;

		if (text_to_u64(names.name[i], 10, &id) == 0 && id <= UINT32_MAX)
			APPEND(found, count, find_group((unsigned int)id));
	}
	if (count)
		qsort(found, count, sizeof(*found), compare_found);
	scan_found(source, host, found, count);
	source_list_clear(&names);
}
