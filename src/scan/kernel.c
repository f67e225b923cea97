/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel, its parameters, and the machine. */
#include "scan/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const modules[] = { "vfio", "vfio_iommu_type1", "vfio_pci" };

/** struct parameters - names of a module's parameters, in its directory. */
struct parameters {
	const char *module;
	struct source_list names;
};

static void find_parameters(struct source *source, struct host *host, struct parameters *found,
			    struct batch *batch)
{
	_cleanup_free_ char *path = xasprintf("/sys/module/%s/parameters", found->module);
	int ret = source_list(source, path, &found->names);

	if (ret < 0)
		scan_unread(host, path, ret);
	for (size_t i = 0; i < found->names.count; i++)
		batch_add(batch, path, found->names.name[i]);
}

static void take_parameter(struct host *host, const char *module, const char *name,
			   struct batch *batch)
{
	struct parameter parameter = { .module = xstrdup(module) };
	char *text;
	size_t len;
	int ret;

	parameter.name = text_clean(xstrdup(name));
	ret = batch_take(batch, &text, &len);
	if (ret < 0)
		parameter.error = -ret; /* some are for root only */
	else
		parameter.value = xstrdup(scan_line(text));
	APPEND(host->parameters, host->n_parameters, parameter);
}

/* Under the lock of a module's parameters a function of it may run, which waits for something. */
static void scan_parameters(struct source *source, struct host *host)
{
	struct parameters found[COUNT(modules)] = { 0 };
	struct batch batch = { 0 };

	for (size_t i = 0; i < COUNT(modules); i++) {
		found[i].module = modules[i];
		find_parameters(source, host, &found[i], &batch);
	}
	batch_read(source, &batch);
	for (size_t i = 0; i < COUNT(modules); i++) {
		for (size_t n = 0; n < found[i].names.count; n++)
			take_parameter(host, found[i].module, found[i].names.name[n], &batch);
		source_list_clear(&found[i].names);
	}
	batch_clear(&batch);
}

/* Return the firmware's name of the machine, which also identifies an emulated one. */
static char *machine_name(struct source *source)
{
	_cleanup_free_ char *vendor = scan_text(source, "/sys/class/dmi/id/sys_vendor");
	_cleanup_free_ char *product = scan_text(source, "/sys/class/dmi/id/product_name");

	if (vendor && product && *vendor)
		return xasprintf("%s %s", vendor, product);
	return product && *product ? xstrdup(product) : NULL;
}

/* Names of machines that a hypervisor gives its guests. */
static const struct {
	const char *machine;
	const char *hypervisor;
} guests[] = {
	{ "QEMU", "qemu" },
	{ "KVM", "qemu" },
	{ "OpenStack", "qemu" },
	{ "Microsoft Corporation Virtual Machine", "hyperv" },
	{ "VMware", "vmware" },
	{ "VirtualBox", "virtualbox" },
	{ "HVM domU", "xen" },
	{ "Amazon EC2", "amazon" },
	{ "Google Compute Engine", "google" },
};

/* "Amazon EC2 c5.metal": the machine itself, without a hypervisor below. */
static bool is_bare_metal(const char *machine)
{
	return strstr(machine, ".metal") != NULL;
}

/*
 * Xen's dom0 sees the machine's own firmware, its other guests do not. The file of xenfs, which
 * may not be mounted, says "control_d" in dom0.
 */
static const char *xen_role(struct source *source, const char *machine)
{
	_cleanup_free_ char *capabilities = scan_text(source, "/proc/xen/capabilities");

	if (capabilities)
		return strstr(capabilities, "control_d") ? "xen-dom0" : "xen";
	return machine && !strstr(machine, "HVM domU") ? "xen-dom0" : "xen";
}

static char *find_hypervisor(struct source *source, const char *machine)
{
	_cleanup_free_ char *type = scan_text(source, "/sys/hypervisor/type");

	if (type && strcmp(type, "xen") == 0)
		return xstrdup(xen_role(source, machine));
	for (size_t i = 0; machine && i < COUNT(guests); i++) {
		if (strstr(machine, guests[i].machine) && !is_bare_metal(machine))
			return xstrdup(guests[i].hypervisor);
	}
	return NULL;
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
	/* From 6.1 on there is a file for it, which a sysroot may have. */
	host->arch = system.arch ? first_of(NULL, &system.arch)
				 : scan_text(source, "/proc/sys/kernel/arch");
	host->page_size = system.page_size;
	host->address_bits = system.address_bits;
	host->has_cpu_vendor = system.has_vendor;
	host->is_amd_cpu = system.is_amd;
	host->cmdline = scan_text(source, "/proc/cmdline");
	host->machine = machine_name(source);
	host->hypervisor = find_hypervisor(source, host->machine);
	host->lockdown = scan_text(source, "/sys/kernel/security/lockdown");
	source_system_clear(&system);
	scan_vfio(source, host);
}

void scan_vfio(struct source *source, struct host *host)
{
	int ret;

	host_clear_parameters(host);
	scan_parameters(source, host);
	ret = source_exists(source, "/dev/vfio/vfio");
	host->has_container = ret == 0;
	if (ret < 0 && is_answer(-ret))
		ret = scan_missing_node(source);
	/* A directory that may not be searched does not tell that the node is not there. */
	host->container_errno = ret == -ENOENT ? 0 : -ret;
	host->has_type1 = source_exists(source, "/sys/module/vfio_iommu_type1") == 0;
	host->modules_errno = !host->has_type1 && scan_missing(source, "/sys/module") == -ENODATA
				      ? ENODATA
				      : 0;
}
