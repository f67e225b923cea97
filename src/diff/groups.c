/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU groups, their reserved regions and their tests. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"

/** struct item - a device of the second side, and where it stands there. */
struct item {
	const struct device *device;
	size_t place;
};

/**
 * struct matches - what of the second side has been found so far.
 * @devices: by address, all of its host
 * @taken: for each of its groups, whether it has its match
 */
struct matches {
	const struct host *host;
	struct item *devices;
	bool *taken;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *one = a, *two = b;
	int order = strcmp(one->device->address, two->device->address);

	/* Of two with one address, on two buses, the first one counts. */
	return order ? order : one->place < two->place ? -1 : one->place > two->place;
}

static struct matches matches_make(const struct host *host)
{
	struct matches matches = {
		.host = host,
		.devices = xcalloc(host->n_devices + 1, sizeof(struct item)),
		.taken = xcalloc(host->n_groups + 1, sizeof(bool)),
	};

	for (size_t i = 0; i < host->n_devices; i++)
		matches.devices[i] = (struct item){ host->devices[i], i };
	qsort(matches.devices, host->n_devices, sizeof(*matches.devices), compare_items);
	return matches;
}

static const struct device *find_device(const struct matches *matches, const char *address)
{
	size_t low = 0, high = matches->host->n_devices;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(matches->devices[middle].device->address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == matches->host->n_devices ||
	    strcmp(matches->devices[low].device->address, address) != 0)
		return NULL;
	return matches->devices[low].device;
}

/*
 * True if @group of the second side is matched. Groups are sorted by their numbers; two with one
 * number, which only a capture that was made up has, have it together.
 */
static bool *taken(struct matches *matches, const struct group *group)
{
	const struct host *host = matches->host;
	size_t low = 0, high = host->n_groups;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (host->groups[middle]->id < group->id)
			low = middle + 1;
		else
			high = middle;
	}
	return &matches->taken[low];
}

/* The group of the same number, where it shares a device with @group, or both have none. */
static const struct group *find_same(const struct diff *diff, const struct group *group)
{
	const struct group *same = host_group(diff->after->host, group->id);

	if (!same || (!group->n_devices && !same->n_devices))
		return same;
	for (size_t i = 0; i < group->n_devices; i++) {
		for (size_t j = 0; j < same->n_devices; j++) {
			if (strcmp(group->devices[i]->address, same->devices[j]->address) == 0)
				return same;
		}
	}
	return NULL;
}

/* The first group that has one of the devices of @group on the other side. */
static const struct group *find_moved(struct matches *matches, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = find_device(matches, group->devices[i]->address);

		if (device && device->group && !*taken(matches, device->group))
			return device->group;
	}
	return NULL;
}

static void match_groups(struct diff *diff)
{
	const struct host *before = diff->before->host;
	const struct host *after = diff->after->host;
	struct matches matches = matches_make(after);

	for (size_t i = 0; i < before->n_groups; i++) {
		struct pair pair = { .before = before->groups[i] };

		pair.after = find_same(diff, pair.before);
		if (pair.after)
			*taken(&matches, pair.after) = true;
		APPEND(diff->pairs, diff->n_pairs, pair);
	}
	for (size_t i = 0; i < before->n_groups; i++) {
		struct pair *pair = &diff->pairs[i];

		if (pair->after)
			continue;
		pair->after = find_moved(&matches, pair->before);
		if (pair->after)
			*taken(&matches, pair->after) = true;
	}
	for (size_t i = 0; i < after->n_groups; i++) {
		struct pair pair = { .after = after->groups[i] };

		if (!matches.taken[i])
			APPEND(diff->pairs, diff->n_pairs, pair);
	}
	free(matches.devices);
	free(matches.taken);
}

static struct words ranges(const struct probe *probe)
{
	struct words words = { 0 };

	for (size_t i = 0; i < probe->info.ranges.count; i++)
		words_add(&words, xasprintf("0x%016" PRIx64 " - 0x%016" PRIx64,
					    probe->info.ranges.range[i].start,
					    probe->info.ranges.range[i].end));
	return words;
}

static void compare_ranges(struct diff *diff, const char *name, const struct probe *before,
			   const struct probe *after)
{
	struct words one, two;

	if (!before->info.has_ranges || !after->info.has_ranges) {
		if (before->info.has_ranges != after->info.has_ranges)
			not_compared_field(diff, name, "allowed ranges", "not known on one side");
		return;
	}
	one = ranges(before);
	two = ranges(after);
	changed_words(diff, AREA_RANGE, name, "allowed", &one, &two);
	words_clear(&one);
	words_clear(&two);
}

static void compare_probes(struct diff *diff, const struct pair *pair, const char *name)
{
	const struct probe *before = report_probe(diff->before, pair->before);
	const struct probe *after = report_probe(diff->after, pair->after);
	char one[24], two[24];

	if (!before || !after) {
		if (before || after)
			not_compared_field(diff, name, "live test", "made on one side only");
		return;
	}
	compare_ranges(diff, name, before, after);
	snprintf(one, sizeof(one), "0x%" PRIx64, before->info.page_sizes);
	snprintf(two, sizeof(two), "0x%" PRIx64, after->info.page_sizes);
	if (before->info.has_page_sizes && after->info.has_page_sizes)
		changed(diff, AREA_PROBE, name, "advertised page sizes", one, two);
	changed(diff, AREA_PROBE, name, "superpage splitting",
		splitting_name(before->verdict.splitting),
		splitting_name(after->verdict.splitting));
	changed(diff, AREA_PROBE, name, "confidence", confidence_name(before->verdict.confidence),
		confidence_name(after->verdict.confidence));
	changed(diff, AREA_PROBE, name, "failed at", before->failure.step, after->failure.step);
}

/* A directory that could not be read looks empty; links of devices may still name groups. */
static bool groups_known(const struct host *host)
{
	return host->n_groups ||
	       (host->has_sysfs && (!host->groups_errno || host->groups_errno == ENOENT));
}

void compare_groups(struct diff *diff)
{
	bool before_known = groups_known(diff->before->host);
	bool after_known = groups_known(diff->after->host);

	if (!before_known || !after_known) {
		not_compared(diff, "groups",
			     before_known || after_known ? "could not be read on one side"
							 : "could not be read on either side");
		return;
	}
	match_groups(diff);
	for (size_t i = 0; i < diff->n_pairs; i++) {
		const struct pair *pair = &diff->pairs[i];
		/* The number is that on the side that is now. */
		const struct group *group = pair->after ? pair->after : pair->before;
		_cleanup_free_ char *name = xasprintf("group %u", group->id);
		_cleanup_free_ char *devices = group_addresses(group);

		if (!pair->before) {
			appeared(diff, AREA_GROUP, name, *devices ? devices : NULL);
		} else if (!pair->after) {
			removed(diff, AREA_GROUP, name, *devices ? devices : NULL);
		} else {
			compare_facts(diff, group_facts, name, pair->before, pair->after);
			compare_probes(diff, pair, name);
		}
	}
}
