/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOMMU units of /sys/class/iommu. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

#define CLASS	    "/sys/class/iommu"
#define ACPI_TABLES "/sys/firmware/acpi/tables"

/*
 * Units are told apart by their names, which the drivers give them (iommu_device_sysfs_add()); but
 * virtio-iommu gives the address of its PCI device, and is known by the bus on the way to it.
 * Kernel: drivers/iommu/iommu-sysfs.c, iommu_device_sysfs_add(); drivers/iommu/virtio-iommu.c,
 *   viommu_probe(): 5.10, 6.1, 6.12, 7.3.
 */
enum iommu_kind scan_iommu_kind(const char *name, const char *path)
{
	static const struct {
		const char *prefix;
		enum iommu_kind kind;
	} prefixes[] = {
		{ "dmar", IOMMU_INTEL },    { "ivhd", IOMMU_AMD },	  { "smmu", IOMMU_SMMU },
		{ "arm-smmu", IOMMU_SMMU }, { "s390-iommu", IOMMU_ZPCI },
	};

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		if (text_starts(name, prefixes[i].prefix))
			return prefixes[i].kind;
	}
	return path && strstr(path, "/virtio") ? IOMMU_VIRTIO : IOMMU_OTHER;
}

/* The directory in which the driver shows its registers, where it has one. */
static void read_registers(struct source *source, const char *path, struct iommu *iommu)
{
	const char *directory = iommu->kind == IOMMU_INTEL ? "intel-iommu" : "amd-iommu";
	_cleanup_free_ char *registers = xasprintf("%s/%s", path, directory);
	struct source_dir *dir;

	if ((iommu->kind != IOMMU_INTEL && iommu->kind != IOMMU_AMD) ||
	    source_dir_open(source, registers, &dir) < 0)
		return;
	iommu->cap = scan_dir_text(dir, "cap");
	if (iommu->kind == IOMMU_INTEL) {
		iommu->version = scan_dir_text(dir, "version");
		iommu->ecap = scan_dir_text(dir, "ecap");
	} else {
		iommu->features = scan_dir_text(dir, "features");
	}
	source_dir_close(dir);
}

static void read_members(struct source *source, const struct host *host, const char *path,
			 struct iommu *iommu)
{
	_cleanup_free_ char *directory = xasprintf("%s/devices", path);
	struct source_list names = { 0 };

	if (!(host->details & HOST_MEMBERS))
		return;
	iommu->members_errno = -source_list_unsorted(source, directory, &names);
	/* The names change hands. */
	iommu->members = names.name;
	iommu->n_members = names.count;
	for (size_t i = 0; i < names.count; i++)
		text_clean(names.name[i]);
}

void scan_assign_iommus(struct host *host)
{
	struct scan_index index;

	if (!(host->details & HOST_MEMBERS))
		return;
	scan_index_make(&index, host);
	for (size_t i = 0; i < host->n_iommus; i++) {
		const struct iommu *iommu = &host->iommus[i];

		for (size_t m = 0; m < iommu->n_members; m++) {
			struct device *device = scan_index_find(&index, iommu->members[m]);

			if (device)
				device->iommu = iommu;
		}
	}
	scan_index_clear(&index);
}

/* ACPI tables that describe an IOMMU: Intel, AMD, Arm, RISC-V, virtio. Listing them needs no privileges. */
static void scan_tables(struct source *source, struct host *host)
{
	static const char *const names[] = { "DMAR", "IVRS", "IORT", "RIMT", "VIOT" };
	struct source_list tables = { 0 };
	int ret = source_list(source, ACPI_TABLES, &tables);

	if (ret < 0)
		scan_unread(host, ACPI_TABLES, ret);
	if (ret == -ENOENT)
		ret = scan_missing(source, "/sys/firmware");
	/* Where there is ACPI, there are tables. */
	if (ret >= 0 && !tables.count && source_mode(source) == SOURCE_SYSROOT)
		ret = -ENODATA;
	host->iommu_tables_errno = ret < 0 ? -ret : 0;
	for (size_t i = 0; i < tables.count && !host->iommu_table; i++) {
		for (size_t n = 0; n < COUNT(names); n++) {
			if (strcmp(tables.name[i], names[n]) == 0)
				host->iommu_table = xstrdup(names[n]);
		}
	}
	source_list_clear(&tables);
}

void scan_iommus(struct source *source, struct host *host)
{
	struct source_list units = { 0 };
	int ret = source_list(source, CLASS, &units);

	if (ret < 0)
		scan_unread(host, CLASS, ret);
	/* Kernels that support no IOMMU have no such class, but that is rarely why a tree has none. */
	if (ret == -ENOENT)
		ret = scan_missing(source, CLASS);
	host->iommus_errno = ret < 0 && ret != -ENOENT ? -ret : 0;
	for (size_t i = 0; i < units.count; i++) {
		_cleanup_free_ char *path = scan_resolve(source, CLASS, units.name[i]);
		struct iommu iommu = { .kind = scan_iommu_kind(units.name[i], path) };

		iommu.name = text_clean(xstrdup(units.name[i]));
		if (path) {
			read_registers(source, path, &iommu);
			read_members(source, host, path, &iommu);
		}
		APPEND(host->iommus, host->n_iommus, iommu);
	}
	source_list_clear(&units);
	scan_tables(source, host);
}
