/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernel runs there, on what machine, with which parameters. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

static const char *const modules[] = { "vfio", "vfio_iommu_type1", "vfio_pci" };

static void scan_parameter(struct source_dir *dir, struct host *host, const char *module,
			   const char *name)
{
	struct parameter parameter = { .module = xstrdup(module) };
	char *text;
	int ret;

	parameter.name = text_clean(xstrdup(name));
	ret = source_dir_read(dir, name, &text, NULL);
	if (ret < 0)
		parameter.error = -ret; /* some are for root only */
	else
		parameter.value = text_clean(text_trim(text));
	APPEND(host->parameters, host->n_parameters, parameter);
}

static void scan_parameters(struct source *source, struct host *host, const char *module)
{
	_cleanup_free_ char *path = xasprintf("/sys/module/%s/parameters", module);
	struct source_list names = { 0 };
	struct source_dir *dir;
	int ret;

	ret = source_list(source, path, &names);
	if (ret >= 0)
		ret = source_dir_open(source, path, &dir);
	if (ret < 0) {
		source_list_clear(&names);
		scan_unread(host, path, ret);
		return;
	}
	for (size_t i = 0; i < names.count; i++)
		scan_parameter(dir, host, module, names.name[i]);
	source_dir_close(dir);
	source_list_clear(&names);
}

/* What the firmware calls the machine. It also tells an emulated one. */
static char *machine_name(struct source *source)
{
	_cleanup_free_ char *vendor = scan_text(source, "/sys/class/dmi/id/sys_vendor");
	_cleanup_free_ char *product = scan_text(source, "/sys/class/dmi/id/product_name");

	if (vendor && product && *vendor)
		return xasprintf("%s %s", vendor, product);
	return product && *product ? xstrdup(product) : NULL;
}

/* @text where there is one, else @instead, which is used up. */
static char *first_of(char *text, char **instead)
{
	char *chosen = text;

	if (!chosen) {
		chosen = *instead;
		*instead = NULL;
	}
	return chosen;
}

void scan_kernel(struct source *source, struct host *host)
{
	struct source_system system = { 0 };

	/* Files first: they are there with a sysroot too. */
	source_system(source, &system);
	host->release = first_of(scan_text(source, "/proc/sys/kernel/osrelease"), &system.release);
	host->build = first_of(scan_text(source, "/proc/sys/kernel/version"), &system.build);
	host->name = first_of(scan_text(source, "/proc/sys/kernel/hostname"), &system.node);
	host->arch = first_of(NULL, &system.arch);
	host->page_size = system.page_size;
	host->address_bits = system.address_bits;
	host->cmdline = scan_text(source, "/proc/cmdline");
	host->machine = machine_name(source);
	host->lockdown = scan_text(source, "/sys/kernel/security/lockdown");
	source_system_clear(&system);
	scan_vfio(source, host);
}

void scan_vfio(struct source *source, struct host *host)
{
	host_clear_parameters(host);
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		scan_parameters(source, host, modules[i]);
	host->has_container = source_exists(source, "/dev/vfio/vfio") == 0;
	host->has_type1 = source_exists(source, "/sys/module/vfio_iommu_type1") == 0;
}
