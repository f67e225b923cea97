/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of devices: its columns, and tables of them with libsmartcols. */
#include "view/list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libsmartcols.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"

static char *value_group(const struct group *group, const struct device *device)
{
	(void)device;
	return group ? xnumber(group->id) : NULL;
}

static char *value_address(const struct group *group, const struct device *device)
{
	if (!device)
		return xasprintf("group %u", group->id);
	return xstrdup(device->address);
}

static char *value_type(const struct group *group, const struct device *device)
{
	(void)device;
	return group ? xstrdup(group->type) : NULL;
}

static char *value_regions(const struct group *group, const struct device *device)
{
	(void)device;
	return group && !group->regions_errno ? xnumber(group->n_regions) : NULL;
}

static char *value_reserved(const struct group *group, const struct device *device)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	(void)device;
	if (!group || !group->n_regions)
		return NULL;
	out = open_memstream(&text, &len);
	if (!out)
		out_of_memory();
	for (size_t i = 0; i < group->n_regions; i++) {
		const struct region *region = &group->regions[i];

		fprintf(out, "%s0x%" PRIx64 "-0x%" PRIx64 "=%s", i ? "," : "", region->range.start,
			region->range.end, region->word);
	}
	if (fclose(out) != 0)
		out_of_memory();
	return text;
}

static char *value_bus(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? xstrdup(device->bus) : NULL;
}

static char *value_driver(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? xstrdup(device->driver) : NULL;
}

static char *value_override(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? xstrdup(device->driver_override) : NULL;
}

/* State of the device for VFIO: "bound", "blocks" its group, "bridge", or empty. */
static char *value_vfio(const struct group *group, const struct device *device)
{
	if (!device)
		return NULL;
	if (device_is_vfio(device))
		return xstrdup("bound");
	if (device_is_bridge(device))
		return xstrdup("bridge");
	return group && device_blocks_group(device) ? xstrdup("blocks") : NULL;
}

static char *value_vfio_dev(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? xstrdup(device->vfio_dev) : NULL;
}

static char *value_iommu(const struct group *group, const struct device *device)
{
	(void)group;
	return device && device->iommu ? xstrdup(device->iommu->name) : NULL;
}

static char *value_class(const struct group *group, const struct device *device)
{
	(void)group;
	if (!device || !device->is_pci)
		return NULL;
	return device->class_name ? xstrdup(device->class_name)
				  : xasprintf("%04x", device->class >> 8);
}

static char *value_id(const struct group *group, const struct device *device)
{
	(void)group;
	return device && device->is_pci ? xasprintf("%04x:%04x", device->vendor, device->device)
					: NULL;
}

static char *value_subid(const struct group *group, const struct device *device)
{
	(void)group;
	return device && device->is_pci
		       ? xasprintf("%04x:%04x", device->subvendor, device->subdevice)
		       : NULL;
}

static char *value_vendor(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? xstrdup(device->vendor_name) : NULL;
}

static char *value_name(const struct group *group, const struct device *device)
{
	(void)group;
	return device ? device_label(device) : NULL;
}

static char *value_numa(const struct group *group, const struct device *device)
{
	(void)group;
	return device && device->numa_node >= 0 ? xasprintf("%d", device->numa_node) : NULL;
}

const struct list_column list_columns[] = {
	{ "GROUP", "IOMMU group", true, true, true, 0, value_group },
	{ "ADDRESS", "bus address", false, false, true, 0, value_address },
	{ "DRIVER", "bound driver", false, false, true, 0, value_driver },
	{ "VFIO", "bound to a vfio driver, blocks its group, or bridge", false, false, true, 0,
	  value_vfio },
	{ "REGIONS", "number of reserved regions of the group", true, true, true, 0,
	  value_regions },
	{ "NAME", "vendor and device name", false, false, true, HOST_NAMES, value_name },
	{ "TYPE", "default domain of the group: DMA, DMA-FQ, identity", false, false, false,
	  HOST_GROUP_TYPES, value_type },
	{ "IOMMU", "IOMMU unit", false, false, false, HOST_MEMBERS, value_iommu },
	{ "BUS", "bus", false, false, false, 0, value_bus },
	{ "CLASS", "PCI class", false, false, false, HOST_NAMES, value_class },
	{ "ID", "PCI vendor and device id", false, false, false, 0, value_id },
	{ "SUBID", "PCI subsystem vendor and device id", false, false, false, 0, value_subid },
	{ "VENDOR", "vendor name", false, false, false, HOST_NAMES, value_vendor },
	{ "NUMA", "NUMA node", true, true, false, HOST_NUMA, value_numa },
	{ "OVERRIDE", "driver_override", false, false, false, 0, value_override },
	{ "VFIO-DEV", "vfio device (kernel 6.1 and later)", false, false, false, 0,
	  value_vfio_dev },
	{ "RESERVED", "reserved regions of the group", false, false, false, 0, value_reserved },
};

const size_t list_n_columns = COUNT(list_columns);

const struct list_column *list_column_find(const char *name, size_t len)
{
	for (size_t i = 0; i < list_n_columns; i++) {
		if (strlen(list_columns[i].name) == len &&
		    strncasecmp(list_columns[i].name, name, len) == 0)
			return &list_columns[i];
	}
	return NULL;
}

static struct libscols_table *table_new(FILE *out, const struct list_options *options)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		out_of_memory();
	scols_table_set_stream(table, out);
	/* The name of the array in JSON. */
	if (scols_table_set_name(table, "devices") < 0)
		out_of_memory();
	scols_table_enable_raw(table, options->style == LIST_RAW);
	scols_table_enable_noheadings(table, options->no_headings);
	/* On a narrow terminal lines wrap: a truncated cell would be a wrong fact. */
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	return table;
}

static void add_columns(struct libscols_table *table, const struct list_options *options)
{
	for (size_t i = 0; i < options->n_columns; i++) {
		const struct list_column *column = options->columns[i];
		/* Raw lines are for programs, so they contain no tree characters. */
		bool is_tree = options->tree && options->style != LIST_RAW &&
			       column->value == value_address;
		int flags = (column->right ? SCOLS_FL_RIGHT : 0) | (is_tree ? SCOLS_FL_TREE : 0);

		if (!scols_table_new_column(table, column->name, 0, flags))
			out_of_memory();
	}
}

static struct libscols_line *add_line(struct libscols_table *table, struct libscols_line *parent,
				      const struct group *group, const struct device *device,
				      const struct list_options *options)
{
	struct libscols_line *line = scols_table_new_line(table, parent);

	if (!line)
		out_of_memory();
	for (size_t i = 0; i < options->n_columns; i++) {
		char *cell = options->columns[i]->value(group, device);

		if (cell && scols_line_refer_data(line, i, cell) < 0)
			out_of_memory();
	}
	return line;
}

static void add_group(struct libscols_table *table, const struct group *group,
		      const struct list_options *options)
{
	struct libscols_line *parent = NULL;

	if (options->tree)
		parent = add_line(table, NULL, group, NULL, options);
	for (size_t i = 0; i < group->n_devices; i++)
		add_line(table, parent, group, group->devices[i], options);
}

int list_print(FILE *out, struct group *const *groups, size_t n_groups,
	       struct device *const *devices, size_t n_devices, const struct list_options *options)
{
	struct libscols_table *table;
	int ret;

	if (options->style == LIST_JSON)
		return list_print_json(out, groups, n_groups, devices, n_devices, options);
	table = table_new(out, options);
	add_columns(table, options);
	for (size_t i = 0; i < n_groups; i++)
		add_group(table, groups[i], options);
	for (size_t i = 0; i < n_devices; i++)
		add_line(table, NULL, NULL, devices[i], options);
	/* libsmartcols prints a cell empty if memory is short, and only errno reports it. */
	errno = 0;
	ret = scols_print_table(table);
	if (ret == -ENOMEM || errno == ENOMEM)
		out_of_memory();
	scols_unref_table(table);
	return ret < 0 ? ret : ferror(out) ? -EIO : 0;
}
