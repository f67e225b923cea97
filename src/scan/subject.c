/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolve SUBJECT arguments to groups and devices. */
#include "scan/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"

#define NET_CLASS "/sys/class/net"

static void add_group(struct selection *selection, struct group *group)
{
	for (size_t i = 0; i < selection->n_groups; i++) {
		if (selection->groups[i] == group)
			return;
	}
	APPEND(selection->groups, selection->n_groups, group);
}

static bool has_device(struct device *const *devices, size_t count, const struct device *device)
{
	for (size_t i = 0; i < count; i++) {
		if (devices[i] == device)
			return true;
	}
	return false;
}

static void add_device(struct selection *selection, struct device *device)
{
	if (!has_device(selection->named, selection->n_named, device))
		APPEND(selection->named, selection->n_named, device);
	if (device->group)
		add_group(selection, device->group);
	else if (!has_device(selection->devices, selection->n_devices, device))
		APPEND(selection->devices, selection->n_devices, device);
}

struct device *scan_device_above(const struct scan_index *index, char *path)
{
	struct device *device = NULL;
	char *slash;

	while (!device && (slash = strrchr(path, '/')) && slash[1]) {
		device = scan_index_find(index, slash + 1);
		*slash = '\0';
	}
	return device;
}

struct device *scan_interface_device(struct source *source, const struct scan_index *index,
				     const char *name)
{
	_cleanup_free_ char *interface = NULL;
	_cleanup_free_ char *path = NULL;

	if (strchr(name, '/') || *name == '.')
		return NULL;
	interface = scan_resolve(source, NET_CLASS, name);
	path = interface ? scan_resolve(source, interface, "device") : NULL;
	return path ? scan_device_above(index, path) : NULL;
}

static struct device *device_of_interface(struct source *source, const struct host *host,
					  const char *name)
{
	struct scan_index index;
	struct device *device;

	scan_index_make(&index, host);
	device = scan_interface_device(source, &index, name);
	scan_index_clear(&index);
	return device;
}

void scan_interfaces(struct source *source, const struct host *host)
{
	struct source_list names = { 0 };
	struct scan_index index;

	if (source_list(source, NET_CLASS, &names) < 0)
		return; /* a kernel without a network; the capture says so too */
	scan_index_make(&index, host);
	for (size_t i = 0; i < names.count; i++)
		scan_interface_device(source, &index, names.name[i]);
	scan_index_clear(&index);
	source_list_clear(&names);
}

/* A part of an address that may be anything. */
#define ANY (-1)

/** struct address - a PCI address, or a pattern of some. */
struct address {
	int64_t domain;
	int64_t bus;
	int64_t device;
	int64_t function;
};

/* The hexadecimal number from @text to @end, at most @max; empty and "*" are ANY. */
static bool parse_part(const char *text, const char *end, int64_t max, int64_t *part)
{
	*part = end == text || (end == text + 1 && *text == '*') ? ANY : 0;
	for (; *part != ANY && text < end; text++) {
		int digit = text_hex(text, 1);

		if (digit < 0 || *part > max)
			return false;
		*part = *part << 4 | digit;
	}
	return *part <= max;
}

/*
 * lspci -s: [[[[DOMAIN]:]BUS]:][DEVICE][.[FUNCTION]]. A word without a colon and a dot is a number
 * of a group, or a name.
 */
static bool parse_address(const char *word, struct address *address)
{
	const char *first = strchr(word, ':'), *last = strrchr(word, ':');
	const char *slot = last ? last + 1 : word;
	const char *dot = strchr(slot, '.');
	const char *end = slot + strlen(slot);
	const char *bus = first == last ? word : first + 1;

	*address = (struct address){ ANY, ANY, ANY, ANY };
	return (last || dot) &&
	       (first == last || parse_part(word, first, UINT32_MAX, &address->domain)) &&
	       (!last || parse_part(bus, last, 0xff, &address->bus)) &&
	       parse_part(slot, dot ? dot : end, 0x1f, &address->device) &&
	       (!dot || parse_part(dot + 1, end, 7, &address->function));
}

static bool is_part(int64_t pattern, int64_t part)
{
	return part != ANY && (pattern == ANY || pattern == part);
}

static bool has_address(const struct device *device, const struct address *pattern)
{
	struct address its;

	return parse_address(device->address, &its) && is_part(pattern->domain, its.domain) &&
	       is_part(pattern->bus, its.bus) && is_part(pattern->device, its.device) &&
	       is_part(pattern->function, its.function);
}

/* "10de:2684". A bus has fewer digits, unless somebody wrote zeros before it. */
static bool parse_id(const char *word, int *vendor, int *device)
{
	*vendor = text_hex(word, 4);
	*device = *vendor >= 0 && word[4] == ':' ? text_hex(word + 5, 4) : -1;
	return *device >= 0 && !word[9];
}

/* Return: 0, or -ENOENT if no device is like that. */
static int add_matches(const struct host *host, const char *word, struct selection *selection)
{
	const struct address all = { ANY, ANY, ANY, ANY };
	struct address pattern = all;
	int vendor, id, ret = -ENOENT;
	bool is_id = parse_id(word, &vendor, &id);

	/* A word without any part means no device in particular; --all is for all. */
	if (!is_id && (!parse_address(word, &pattern) || memcmp(&pattern, &all, sizeof(all)) == 0))
		return -ENOENT;
	for (size_t i = 0; i < host->n_devices; i++) {
		struct device *device = host->devices[i];

		if (is_id ? !device->is_pci || device->vendor != vendor || device->device != id
			  : !has_address(device, &pattern))
			continue;
		add_device(selection, device);
		ret = 0;
	}
	return ret;
}

int scan_subject(struct source *source, const struct host *host, const char *word,
		 struct selection *selection)
{
	struct device *device;
	struct group *group;
	uint64_t id;

	if (!*word)
		return -EINVAL;
	if (text_to_u64(word, 10, &id) == 0) {
		group = id <= UINT32_MAX ? host_group(host, (unsigned int)id) : NULL;
		if (!group)
			return -ENOENT;
		add_group(selection, group);
		return 0;
	}
	device = host_device(host, word);
	/* The kernel allows no interface a colon in its name. */
	if (!device && !strchr(word, ':'))
		device = device_of_interface(source, host, word);
	if (!device)
		return add_matches(host, word, selection);
	add_device(selection, device);
	return 0;
}

void scan_suggest(const struct host *host, struct suggestion *suggestion)
{
	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *device = host->devices[i];
		char id[sizeof("10de:2684")];

		suggest_offer(suggestion, device->address);
		if (text_starts(device->address, "0000:"))
			suggest_offer(suggestion, device->address + strlen("0000:"));
		snprintf(id, sizeof(id), "%04x:%04x", device->vendor, device->device);
		if (device->is_pci)
			suggest_offer(suggestion, id);
	}
	for (size_t i = 0; i < host->net.n_interfaces; i++)
		suggest_offer(suggestion, host->net.interfaces[i].name);
}

void selection_clear(struct selection *selection)
{
	free(selection->groups);
	free(selection->devices);
	free(selection->named);
	memset(selection, 0, sizeof(*selection));
}
