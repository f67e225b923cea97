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

/* "0x%016llx 0x%016llx %s\n", the second inclusive (iommu_group_show_resv_regions(), 5.10-7.3) */
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

	while ((line = strsep(&text, "\n"))) {
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

static void scan_regions(struct source *source, struct host *host, const char *folder,
			 struct group *group)
{
	_cleanup_free_ char *path = xjoin(folder, '/', "reserved_regions");
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int ret = source_attribute(source, path, &text, &len);

	/* A line that makes no sense may hide a region, and so may what follows a NUL byte. */
	if (ret >= 0 && (strlen(text) != len || scan_parse_regions(text, group)))
		ret = -EBADMSG;
	group->regions_errno = -ret;
	if (ret < 0)
		scan_unread(host, path, ret);
}

static void scan_group_devices(struct source *source, struct host *host, const char *path,
			       struct group *group)
{
	_cleanup_free_ char *folder = xjoin(path, '/', "devices");
	struct source_list names = { 0 }, targets = { 0 };
	int ret = source_links(source, folder, &names, &targets);

	if (ret < 0)
		scan_unread(host, folder, ret);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *device_path = NULL;
		struct device *device;

		if (!targets.name[i])
			continue; /* gone since it was listed */
		device_path = scan_join(folder, targets.name[i]);
		device = scan_device(source, host, device_path);
		group_add(group, device);
		APPEND(host->devices, host->n_devices, device);
	}
	source_list_clear(&names);
	source_list_clear(&targets);
}

static char *read_attribute(struct source *source, const char *folder, const char *name)
{
	_cleanup_free_ char *path = xjoin(folder, '/', name);

	return scan_attribute(source, path);
}

static void read_attributes(struct source *source, struct host *host, const char *folder,
			    struct group *group)
{
	if (host->details & HOST_GROUP_TYPES)
		group->type = read_attribute(source, folder, "type");
	if (host->details & HOST_GROUP_NAMES)
		group->name = read_attribute(source, folder, "name");
	scan_regions(source, host, folder, group);
}

void scan_group_again(struct source *source, struct host *host, struct group *group)
{
	_cleanup_free_ char *path = xasprintf(GROUPS "/%u", group->id);

	if (source_exists(source, path) < 0)
		return;
	free(group->type);
	free(group->name);
	for (size_t i = 0; i < group->n_regions; i++)
		free(group->regions[i].word);
	group->n_regions = 0;
	read_attributes(source, host, path, group);
}

void scan_group(struct source *source, struct host *host, unsigned int id)
{
	_cleanup_free_ char *number = xnumber(id);
	_cleanup_free_ char *path = xjoin(GROUPS, '/', number);
	struct group *group = xcalloc(1, sizeof(*group));

	group->id = id;
	read_attributes(source, host, path, group);
	/* Without regions there may be no group any more. */
	if (group->regions_errno == ENOENT && source_exists(source, path) == -ENOENT) {
		group_free(group);
		return;
	}
	APPEND(host->groups, host->n_groups, group);
	scan_group_devices(source, host, path, group);
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

void scan_groups(struct source *source, struct host *host)
{
	struct source_list names = { 0 };
	int ret = source_list(source, GROUPS, &names);

	host->groups_errno = ret < 0 ? -ret : 0;
	host->has_sysfs = ret >= 0 || source_exists(source, "/sys/kernel") == 0;
	if (ret < 0)
		scan_unread(host, GROUPS, ret);
	for (size_t i = 0; i < names.count; i++) {
		uint64_t id;

		if (text_to_u64(names.name[i], 10, &id) == 0 && id <= UINT32_MAX)
			scan_group(source, host, (unsigned int)id);
	}
	scan_sort_groups(host);
	source_list_clear(&names);
}
