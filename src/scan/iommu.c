/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOMMU units of /sys/class/iommu. */
#include "scan/internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define CLASS "/sys/class/iommu"

/* Units are told apart by their names, which the drivers give them (iommu_device_sysfs_add()). */
static enum iommu_kind kind_by_name(const char *name)
{
	static const struct {
		const char *prefix;
		enum iommu_kind kind;
	} prefixes[] = {
		{ "dmar", IOMMU_INTEL },      { "ivhd", IOMMU_AMD },
		{ "smmu", IOMMU_SMMU },	      { "arm-smmu", IOMMU_SMMU },
		{ "s390-iommu", IOMMU_ZPCI }, { "virtio", IOMMU_VIRTIO },
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (text_starts(name, prefixes[i].prefix))
			return prefixes[i].kind;
	}
	return IOMMU_OTHER;
}

/* The folder in which the driver shows its registers, where it has one. */
static void read_registers(struct source *source, const char *path, struct iommu *iommu)
{
	const char *folder = iommu->kind == IOMMU_INTEL ? "intel-iommu" : "amd-iommu";
	_cleanup_free_ char *registers = xasprintf("%s/%s", path, folder);
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

/* Tell the devices behind a unit which it is. */
static void read_devices(struct source *source, const char *path, struct iommu *iommu)
{
	_cleanup_free_ char *folder = xasprintf("%s/devices", path);
	struct source_list devices = { 0 };

	if (source_list(source, folder, &devices) >= 0)
		iommu->n_devices = devices.count;
	source_list_clear(&devices);
}

void scan_iommus(struct source *source, struct host *host)
{
	struct source_list units = { 0 };
	int ret = source_list(source, CLASS, &units);

	if (ret < 0)
		scan_unread(host, CLASS, ret);
	for (size_t i = 0; i < units.count; i++) {
		_cleanup_free_ char *path = scan_resolve(source, CLASS, units.name[i]);
		struct iommu iommu = { .kind = kind_by_name(units.name[i]) };

		iommu.name = text_clean(xstrdup(units.name[i]));
		if (path) {
			read_registers(source, path, &iommu);
			read_devices(source, path, &iommu);
		}
		APPEND(host->iommus, host->n_iommus, iommu);
	}
	source_list_clear(&units);
}
