/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices, PCI and others. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define PCI_DEVICES "/sys/bus/pci/devices"
#define VFIO_CLASS  "/sys/class/vfio-dev"

/* KEY=VALUE; the value, or NULL for another key. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return *line == *key && strncmp(line, key, len) == 0 && line[len] == '=' ? line + len + 1
										 : NULL;
}

/* Two numbers of four hexadecimal digits with a colon between, as the kernel writes them: "8086:10D3". */
static bool parse_ids(const char *value, uint16_t *first, uint16_t *second)
{
	int one = text_hex(value, 4);
	int two = one < 0 || value[4] != ':' ? -1 : text_hex(value + 5, 4);

	if (two < 0 || value[9])
		return false;
	*first = (uint16_t)one;
	*second = (uint16_t)two;
	return true;
}

void scan_parse_uevent(char *text, struct device *device)
{
	const char *value;
	uint64_t class;
	char *line;

	while ((line = text_next_line(&text))) {
		if ((value = value_of(line, "DRIVER")) && !device->driver) {
			device->driver = text_clean(xstrdup(value));
		} else if ((value = value_of(line, "PCI_CLASS"))) {
			if (text_to_u64(value, 16, &class) == 0)
				device->class = class & 0xffffff;
		} else if ((value = value_of(line, "PCI_ID"))) {
			device->is_pci |= parse_ids(value, &device->vendor, &device->device);
		} else if ((value = value_of(line, "PCI_SUBSYS_ID"))) {
			parse_ids(value, &device->subvendor, &device->subdevice);
		}
	}
}

/* The number that is all of @text, which may be NULL. */
static int parse_number(const char *text, int base, int otherwise)
{
	char *end;
	long value;

	if (!text || !*text)
		return otherwise;
	value = strtol(text, &end, base);
	return *end || value < INT32_MIN || value > INT32_MAX ? otherwise : (int)value;
}

/*
 * The directory vfio-dev is there for every device bound to a vfio driver, in 6.1 and later. It is
 * read if there is a driver that could be one.
 * Kernel: drivers/vfio/vfio_main.c, vfio_init(), vfio_init_device(): 6.1, 6.12, 7.3.
 */
void scan_vfio_device(struct source *source, struct device *device)
{
	_cleanup_free_ char *directory = NULL;
	struct source_list names = { 0 };

	if (!device->driver)
		return;
	directory = xjoin(device->path, '/', "vfio-dev");
	if (source_list(source, directory, &names) < 0)
		return;
	if (names.count)
		device->vfio_dev = text_clean(xstrdup(names.name[0]));
	source_list_clear(&names);
}

/* "…/0000:00:04.0/vfio-dev/vfio0" is the vfio device called @name, two steps below its device. */
static void note_vfio_device(const struct scan_index *index, const char *name, char *path)
{
	struct device *device;

	for (unsigned int i = 0; i < 2; i++) {
		char *slash = strrchr(path, '/');

		if (slash)
			*slash = '\0';
	}
	device = scan_index_find(index, text_base_name(path));
	if (device && strcmp(device->path, path) == 0 && !device->vfio_dev)
		device->vfio_dev = text_clean(xstrdup(name));
}

/*
 * All of them stand in their class, which VFIO makes before the first. A capture of an older version
 * of this program has no class: then each device is looked into.
 * Kernel: drivers/vfio/vfio_main.c, vfio_init(): 6.1, 6.12, 7.3.
 */
void scan_vfio_devices(struct source *source, struct host *host)
{
	struct source_list names = { 0 }, targets = { 0 };
	int ret = source_links(source, VFIO_CLASS, &names, &targets);
	bool is_live = source_mode(source) == SOURCE_LIVE || source_mode(source) == SOURCE_RECORD;
	struct scan_index index;

	if (ret < 0 && !(ret == -ENOENT && is_live)) {
		for (size_t i = 0; i < host->n_devices; i++)
			scan_vfio_device(source, host->devices[i]);
		return;
	}
	scan_index_make(&index, host);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *path = NULL;

		if (!targets.name[i])
			continue; /* gone since it was listed */
		path = scan_join(VFIO_CLASS, targets.name[i]);
		note_vfio_device(&index, names.name[i], path);
	}
	scan_index_clear(&index);
	source_list_clear(&names);
	source_list_clear(&targets);
}

/* Which bus it is on: the last part of its link 'subsystem'. */
static char *read_bus(struct source *source, const struct device *device)
{
	char *path;

	if (device->is_pci)
		return xstrdup("pci");
	path = scan_resolve(source, device->path, "subsystem");
	return path ? text_clean(text_keep_base_name(path)) : NULL;
}

/* A sysroot may not name its architecture, but its IOMMUs do. */
static bool is_s390(const struct host *host)
{
	return (host->arch && text_starts(host->arch, "s390")) ||
	       (host->n_iommus && host->iommus[0].kind == IOMMU_ZPCI);
}

static void read_names(struct source *source, struct device *device)
{
	struct pci_id id = { device->vendor, device->device, device->class };
	struct pci_names names;

	source_pci_names(source, &id, &names);
	device->vendor_name = names.vendor;
	device->device_name = names.device;
	device->class_name = names.class_name;
}

/*
 * A mediated device is a directory in that of its parent, and has a link to its type, "vfio_ap-passthrough".
 * From 6.12 on, vfio_ccw puts a device called "parent" between them.
 *
 * Kernel: drivers/vfio/mdev/mdev_sysfs.c, mdev_create_sysfs_files(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/s390/cio/vfio_ccw_drv.c, vfio_ccw_sch_probe(): 6.1, 6.12, 7.3.
 */
static void read_mediated(struct source *source, struct device *device)
{
	char *type = scan_resolve(source, device->path, "mdev_type");
	_cleanup_free_ char *parent = xstrdup(device->path);

	for (unsigned int i = 0; i < 2; i++) {
		char *slash = strrchr(parent, '/');

		if (slash)
			*slash = '\0';
		if (strcmp(text_base_name(parent), "parent") != 0)
			break;
	}
	device->mdev_type = type ? text_clean(text_keep_base_name(type)) : NULL;
	device->parent = text_clean(xstrdup(text_base_name(parent)));
}

static int read_function_type(struct source *source, const struct device *device)
{
	_cleanup_free_ char *path = xjoin(device->path, '/', "pft");
	_cleanup_free_ char *text = scan_attribute(source, path);

	return parse_number(text, 16, ZPCI_NONE);
}

/*
 * Read together with uevent, while the kernel has the directory at hand. Then only the name tells that
 * the device is on PCI: "0000:00:04.0".
 * Kernel: drivers/pci/probe.c, pci_setup_device(): 5.10, 6.1, 6.12, 7.3.
 */
static bool wants_numa_node(const struct host *host, const char *path)
{
	const char *end = path + strlen(path);

	return host->details & HOST_NUMA && end - path >= 8 && end[-2] == '.' && end[-5] == ':' &&
	       end[-8] == ':';
}

void scan_device_batch(const struct host *host, struct batch *batch, const char *path)
{
	batch_add(batch, path, "uevent");
	if (wants_numa_node(host, path))
		batch_add(batch, path, "numa_node");
}

static int take_numa_node(const struct host *host, const char *path, struct batch *batch)
{
	_cleanup_free_ char *text = wants_numa_node(host, path) ? batch_take_line(batch) : NULL;

	return parse_number(text, 10, -1);
}

/* The number in the attribute @name of @device, "0x8086", or -1. */
static int read_number(struct source *source, const struct device *device, const char *name)
{
	_cleanup_free_ char *path = xjoin(device->path, '/', name);
	_cleanup_free_ char *text = scan_attribute(source, path);

	return parse_number(text, 16, -1);
}

/*
 * The driver of a device without uevent. That it has none is known where its links were copied, of
 * which each device has some.
 */
static void read_driver(struct source *source, struct device *device)
{
	_cleanup_free_ char *link = xjoin(device->path, '/', "driver");
	_cleanup_free_ char *target = NULL, *group = NULL, *subsystem = NULL;
	int ret = source_link(source, link, &target);

	if (ret >= 0) {
		device->driver = text_clean(xstrdup(text_base_name(target)));
		return;
	}
	group = scan_resolve(source, device->path, "iommu_group");
	subsystem = scan_resolve(source, device->path, "subsystem");
	if (ret != -ENOENT || (!group && !subsystem))
		device->driver_errno = ENODATA;
}

/* A tree whose files were chosen may lack uevent, which says all of this in one. */
static void read_attributes(struct source *source, struct device *device)
{
	int vendor = read_number(source, device, "vendor");
	int id = read_number(source, device, "device");
	int class = read_number(source, device, "class");
	int subvendor = read_number(source, device, "subsystem_vendor");
	int subdevice = read_number(source, device, "subsystem_device");

	device->is_pci = vendor >= 0 && id >= 0;
	if (device->is_pci) {
		device->vendor = (uint16_t)vendor;
		device->device = (uint16_t)id;
	}
	device->class = class < 0 ? 0 : (uint32_t) class & 0xffffff;
	device->subvendor = subvendor < 0 ? 0 : (uint16_t)subvendor;
	device->subdevice = subdevice < 0 ? 0 : (uint16_t)subdevice;
	read_driver(source, device);
}

static bool is_pci_address(const char *name, size_t len)
{
	return len >= strlen("0000:00:00.0") && name[len - 2] == '.' && name[len - 5] == ':' &&
	       name[len - 8] == ':';
}

char *scan_endpoint(const char *path)
{
	const char *root = path, *at, *start;
	char *endpoint = NULL;

	/* The root bus of another domain, "pci10000:00"; the deepest endpoint that hides one counts. */
	while ((at = strstr(root, "/pci"))) {
		root = at + 1;
		start = at;
		while (start > path && start[-1] != '/')
			start--;
		if (!is_pci_address(start, (size_t)(at - start)) ||
		    !strchr("0123456789abcdef", at[strlen("/pci")]))
			continue;
		free(endpoint);
		endpoint = text_clean(xstrndup(start, (size_t)(at - start)));
	}
	return endpoint;
}

struct device *scan_device_take(struct source *source, struct host *host, char *path,
				struct batch *batch)
{
	struct device *device = xcalloc(1, sizeof(*device));
	char *uevent;
	size_t len;
	int ret;

	device->path = path; /* as it is: files are opened by it */
	device->address = text_clean(xstrdup(text_base_name(path)));
	device->zpci_pft = ZPCI_NONE;
	device->endpoint = scan_endpoint(path);
	device->uses_errno = ENODATA;
	ret = batch_take(batch, &uevent, &len);
	if (ret < 0)
		scan_unread(host, path, ret);
	else
		scan_parse_uevent(uevent, device);
	if ((ret == -ENOENT || (ret >= 0 && !len)) && source_mode(source) == SOURCE_SYSROOT)
		read_attributes(source, device);
	else if (ret < 0)
		device->driver_errno = ret == -ENOENT ? ENODATA : -ret;
	device->numa_node = take_numa_node(host, path, batch);
	if (device->is_pci && host->details & HOST_FUNCTION_TYPES && is_s390(host))
		device->zpci_pft = read_function_type(source, device);
	device->bus = read_bus(source, device);
	if (device_is_mediated(device))
		read_mediated(source, device);
	if (device->is_pci && host->details & HOST_NAMES)
		read_names(source, device);
	return device;
}

struct device *scan_device(struct source *source, struct host *host, const char *path)
{
	struct batch batch = { 0 };
	struct device *device;

	scan_device_batch(host, &batch, path);
	batch_read(source, &batch);
	device = scan_device_take(source, host, xstrdup(path), &batch);
	batch_clear(&batch);
	return device;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The directories of the devices of the bus that are not known yet. */
static void find_others(struct source *source, struct host *host, struct source_list *paths)
{
	struct source_list names = { 0 };
	struct scan_index known;
	int ret = source_list_unsorted(source, PCI_DEVICES, &names);

	if (ret < 0)
		scan_unread(host, PCI_DEVICES, ret);
	scan_index_make(&known, host);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *link = xjoin(PCI_DEVICES, '/', names.name[i]);
		_cleanup_free_ char *target = NULL;
		char *path;

		if (scan_index_find(&known, names.name[i]))
			continue;
		source_link(source, link, &target);
		path = scan_entry(source, PCI_DEVICES, names.name[i], target);
		if (path)
			APPEND(paths->name, paths->count, path);
	}
	if (paths->count)
		qsort(paths->name, paths->count, sizeof(*paths->name), compare_names);
	scan_index_clear(&known);
	source_list_clear(&names);
}

void scan_pci(struct source *source, struct host *host)
{
	struct source_list paths = { 0 };
	struct batch batch = { 0 };

	find_others(source, host, &paths);
	for (size_t i = 0; i < paths.count; i++)
		scan_device_batch(host, &batch, paths.name[i]);
	batch_read(source, &batch);
	for (size_t i = 0; i < paths.count; i++) {
		struct device *device = scan_device_take(source, host, paths.name[i], &batch);

		APPEND(host->devices, host->n_devices, device);
	}
	batch_clear(&batch);
	free(paths.name);
}

/* "(null)" is the kernel's word for no override. */
char *scan_take_override(struct batch *batch)
{
	char *line = batch_take_line(batch);

	if (line && (!*line || strcmp(line, "(null)") == 0)) {
		free(line);
		line = NULL;
	}
	return line;
}

void scan_overrides(struct source *source, struct host *host)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < host->n_devices; i++)
		batch_add(&batch, host->devices[i]->path, "driver_override");
	batch_read(source, &batch);
	for (size_t i = 0; i < host->n_devices; i++) {
		free(host->devices[i]->driver_override);
		host->devices[i]->driver_override = scan_take_override(&batch);
	}
	batch_clear(&batch);
	scan_failures(source, host);
}
