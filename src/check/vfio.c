/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about VFIO on this host: nodes, modules, parameters. */
#include "check/check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"
#include "remedy/remedy.h"

/* A host may have hundreds of groups; more than these nodes are counted. */
#define LISTED 8

/* The node of the container is missing with those of the groups: one cause, and one fix. */
static void found_not_given(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *nodes = NULL;
	_cleanup_free_ char *options = NULL;
	_cleanup_free_ char *hint = NULL;
	size_t count = 0;

	for (size_t g = 0; g < input->n_groups; g++) {
		_cleanup_free_ char *path = group_node(input->groups[g]);

		if (!check_lacks_node(input->host, input->groups[g]) || count++ >= LISTED)
			continue;
		xappend(&nodes, ", %s", path);
		xappend(&options, " --device=%s", path);
	}
	if (count > LISTED)
		xappend(&nodes, " and %zu more", count - LISTED);
	hint = xasprintf("give the nodes to the container (--device=/dev/vfio/vfio%s), or check "
			 "that /dev is a devtmpfs",
			 count && count <= LISTED
				 ? options
				 : ", and --device=/dev/vfio/GROUP for each group");
	found(checker, SEVERITY_FAILURE, "host", hint,
	      "/dev/vfio/vfio%s %s not exist, although VFIO is loaded, as in a container "
	      "without the node%s",
	      nodes ? nodes : "", nodes ? "do" : "does", nodes ? "s" : "");
}

/*
 * The option has no prompt: others select it.
 * Kernel: drivers/vfio/Kconfig, VFIO_IOMMU_TYPE1: 5.10, 6.1, 6.12, 7.3.
 */
#define GET_TYPE1                                                                          \
	GET_MODULES "CONFIG_VFIO_CONTAINER (in 5.10 and 6.1: CONFIG_VFIO), which selects " \
		    "CONFIG_VFIO_IOMMU_TYPE1 on x86, s390 and Arm"

/*
 * The option has no prompt: it follows CONFIG_VFIO where its dependency is on.
 * Kernel: drivers/vfio/Kconfig, VFIO_IOMMU_SPAPR_TCE: 5.10, 6.1, 6.12, 7.3.
 */
#define GET_SPAPR_TCE                                                                 \
	GET_MODULES "CONFIG_SPAPR_TCE_IOMMU and CONFIG_VFIO, which together turn on " \
		    "CONFIG_VFIO_IOMMU_SPAPR_TCE"

static bool has_module(const struct host *host, const char *name)
{
	const struct module *module = host_module(host, name);

	return module && (module->builtin || module->loaded);
}

/* A bound device needs VFIO, so modprobe would add nothing, even where the module was not seen. */
static bool has_vfio(const struct host *host)
{
	return has_module(host, "vfio") || host_count_bound(host);
}

static bool has_iommufd(const struct host *host)
{
	const struct node *node = host_node(host, "/dev/iommu");

	return node && !node->error;
}

/*
 * A kernel may have been built with iommufd and without VFIO containers, or without groups at all
 * (CONFIG_VFIO_GROUP). In 6.1 VFIO always has both.
 *
 * Kernel: drivers/vfio/Kconfig, VFIO_GROUP, VFIO_CONTAINER: 6.12, 7.3.
 * Kernel: drivers/vfio/container.c, vfio_container_init(): 6.1.
 * QEMU: hw/vfio/pci.c, TYPE_IOMMUFD_BACKEND: 10.0.
 */
static void run_no_container(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	if (!host->n_groups || host->has_container)
		return;
	/* Of any other error not-read tells. */
	if (host->container_errno && host->container_errno != ENODATA)
		return;
	if (host->container_errno) {
		found(checker, SEVERITY_UNMEASURED, "host",
		      "copy /dev/vfio too, or take a capture of the host with 'vfiodiag collect'",
		      "/dev is not in this tree, so it is not known whether /dev/vfio/vfio exists");
		return;
	}
	if (host_lacks_module(host, "vfio"))
		found(checker, SEVERITY_FAILURE, "host", GET_MODULES "CONFIG_VFIO",
		      "/dev/vfio/vfio does not exist, and this kernel has no module vfio");
	else if (has_vfio(host) && has_iommufd(host))
		found(checker, SEVERITY_UNMEASURED, "host",
		      "use a program that supports iommufd (QEMU: -object iommufd,id=ID and "
		      "iommufd=ID for each device)",
		      "/dev/vfio/vfio does not exist, but /dev/iommu does: devices can only be "
		      "assigned through iommufd, of which vfiodiag cannot tell whether it works");
	else if (has_vfio(host))
		found_not_given(input, checker);
	else
		remedy_modprobe(found(checker, SEVERITY_FAILURE, "host", "load the module vfio",
				      "/dev/vfio/vfio does not exist"),
				"vfio");
}

/* A node that may not be opened is the concern of the checks of permissions. */
static bool gave_no_answer(const struct container *container)
{
	return container->error && container->error != EACCES && container->error != EPERM &&
	       container->error != ENODATA;
}

/*
 * Tell whether Linux has type1 on the architecture of @host; true also where that is not known.
 * Kernel: drivers/vfio/Kconfig, VFIO_IOMMU_TYPE1: 5.10, 6.1, 6.12, 7.3.
 */
static bool arch_has_type1(const struct host *host)
{
	static const char *const names[] = { "x86",  "i386", "i486", "i586",
					     "i686", "s390", "arm",  "aarch64" };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!host->arch || text_starts(host->arch, names[i]))
			return true;
	}
	return false;
}

/* iommufd can replace a module (CONFIG_IOMMUFD_VFIO_CONTAINER); the node itself reports that. */
static bool has_iommufd_container(const struct host *host)
{
	return host->container.known && host->container.type1v2;
}

/* The module @name is not loaded; @build is the fix where the kernel was built without it. */
static void found_not_loaded(const struct host *host, struct checker *checker, const char *name,
			     const char *build)
{
	const struct module *module = host_module(host, name);

	if (host->modules_errno)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "/sys/module is not in this tree, so it is not known whether the module %s "
		      "is loaded",
		      name);
	else if (host_lacks_module(host, name))
		found(checker, SEVERITY_FAILURE, "host", build,
		      "this kernel has no module %s, which VFIO containers need", name);
	else
		remedy_modprobe(found(checker, SEVERITY_WARNING, "host", "load the module",
				      "the module %s, which VFIO containers need, is %snot loaded",
				      name, module && module->available ? "available but " : ""),
				name);
}

static void run_no_type1(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	if (!host->n_groups || !host->has_container || host->has_type1 || host_is_ppc64(host) ||
	    has_module(host, "vfio_iommu_type1"))
		return;
	if (has_iommufd_container(host) || gave_no_answer(&host->container))
		return;
	if (!arch_has_type1(host)) {
		/* iommufd needs no container. */
		if (!has_iommufd(host))
			found(checker, SEVERITY_FAILURE, "host",
			      "use iommufd: a kernel with CONFIG_IOMMUFD and "
			      "CONFIG_VFIO_DEVICE_CDEV, and programs that use /dev/iommu",
			      "Linux has no module vfio_iommu_type1 for %s, so VFIO containers "
			      "cannot be used",
			      host->arch);
		return;
	}
	/* A tree of files may name neither its architecture nor an IOMMU that only some have. */
	if (!host->modules_errno && !host->arch && !host->n_iommus && !host->iommu_table)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "cannot tell whether VFIO containers need the module vfio_iommu_type1, "
		      "which is not loaded: the architecture is not known");
	else
		found_not_loaded(host, checker, "vfio_iommu_type1", GET_TYPE1);
}

/*
 * The other type of container: addresses are mapped in windows of TCE tables, which other ioctls
 * make.
 * Kernel: drivers/vfio/vfio_iommu_spapr_tce.c, tce_iommu_ioctl(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_spapr_tce(const struct check_input *input, struct checker *checker)
{
	static const char name[] = "vfio_iommu_spapr_tce";
	const struct host *host = input->host;

	if (!host->n_groups || !host->has_container || !host_is_ppc64(host) ||
	    has_iommufd_container(host) || gave_no_answer(&host->container))
		return;
	if (host->container.spapr_tce || has_module(host, name))
		found(checker, SEVERITY_NOTE, "host", NULL,
		      "VFIO containers of this host are of type sPAPR TCE, whose DMA windows are "
		      "not supported by vfiodiag: what can be mapped is not measured");
	else
		found_not_loaded(host, checker, name, GET_SPAPR_TCE);
}

static void run_modules_missing(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	/* Where VFIO as a whole is not there, no-vfio-container says so, with the same fix. */
	if (host->n_groups && host_lacks_module(host, "vfio_pci") &&
	    (host->has_container || !host_lacks_module(host, "vfio")))
		found(checker, SEVERITY_WARNING, "host", GET_MODULES "CONFIG_VFIO_PCI",
		      "this kernel has no module vfio_pci, so PCI devices can only be bound to a "
		      "VFIO variant driver");
	/* Without groups, no-iommu says so. */
	if (host->n_groups && host->iommu_table && strcmp(host->iommu_table, "VIOT") == 0 &&
	    host_lacks_module(host, "virtio_iommu"))
		found(checker, SEVERITY_FAILURE, "host", GET_MODULES "CONFIG_VIRTIO_IOMMU",
		      "the firmware describes a virtio-iommu, but this kernel has no module "
		      "virtio_iommu");
}

static const char *state_word(const struct host *host, const struct module *module)
{
	if (module->builtin)
		return "built in";
	if (module->loaded)
		return "loaded";
	if (module->error)
		return host->modules_errno ? "not known" : "not loaded";
	return module->available ? "available" : "missing";
}

static void run_modules(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	_cleanup_free_ char *list = NULL;
	bool known = false;

	for (size_t i = 0; i < host->n_modules; i++) {
		const struct module *module = &host->modules[i];

		known |= module->error != ENODATA;
		xappend(&list, "%s%s %s", list ? ", " : "", module->name, state_word(host, module));
	}
	if (known)
		found(checker, SEVERITY_OK, "host", NULL, "modules: %s", list);
}

static void run_api(const struct check_input *input, struct checker *checker)
{
	const struct container *container = &input->host->container;

	if (gave_no_answer(container))
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "/dev/vfio/vfio does not answer what it supports: %s",
		      strerror(container->error));
	if (!container->known)
		return;
	if (container->version != 0)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      "/dev/vfio/vfio has version %d of the VFIO interface, and programs know "
		      "version 0",
		      container->version);
	else
		found(checker, SEVERITY_OK, "host", NULL,
		      "/dev/vfio/vfio: version 0, type1 %s, type1v2 %s, unmap all %s, no-IOMMU "
		      "mode %s",
		      container->type1 ? "yes" : "no", container->type1v2 ? "yes" : "no",
		      container->unmap_all ? "yes" : "no", container->noiommu ? "yes" : "no");
}

static void run_noiommu(const struct check_input *input, struct checker *checker)
{
	if (host_parameter_is_on(input->host, "vfio", "enable_unsafe_noiommu_mode"))
		remedy_parameter(
			found(checker, SEVERITY_WARNING, "host",
			      "disable the mode, unless programs need it that have no IOMMU",
			      "VFIO's no-IOMMU mode is enabled: a device assigned in that mode can "
			      "read and write all memory of the host"),
			"disables the mode for devices that are bound from now on", "vfio",
			"enable_unsafe_noiommu_mode", "N");
}

/* It is read for each map: what a guest has mapped already stays as it is. */
static void found_page_by_page(struct checker *checker, const char *word)
{
	_cleanup_free_ char *hint =
		word ? xasprintf("clear the parameter, and remove %s from the kernel command line",
				 word)
		     : xstrdup("clear the parameter, and remove it from /etc/modprobe.d");

	remedy_parameter(found(checker, SEVERITY_NOTE, "host", hint,
			       "disable_hugepages is set: VFIO maps page by page, so large guests "
			       "start slowly and superpages are not used"),
			 "lets VFIO map huge pages at once", "vfio_iommu_type1",
			 "disable_hugepages", "N");
}

/*
 * Of a module that is not loaded the command line tells, since modprobe passes the options there on. Of one
 * that is, the parameter may have been changed since.
 *
 * Kernel: none, modprobe(8).
 */
static void found_at_boot(const struct host *host, struct checker *checker, const char *word)
{
	_cleanup_free_ char *hint = xasprintf("remove %s from the kernel command line", word);

	if (host->has_type1 || host->modules_errno)
		found(checker, SEVERITY_NOTE, "host", hint,
		      "the kernel was booted with %s, and the parameter was not read: whether VFIO "
		      "maps page by page is not known",
		      word);
	else
		found(checker, SEVERITY_NOTE, "host", hint,
		      "the kernel was booted with %s: once vfio_iommu_type1 is loaded, VFIO maps "
		      "page by page, so large guests start slowly and superpages are not used",
		      word);
}

static void run_hugepages(const struct check_input *input, struct checker *checker)
{
	static const char module[] = "vfio_iommu_type1", name[] = "disable_hugepages";
	static const char option[] = "vfio_iommu_type1.disable_hugepages";
	const struct host *host = input->host;
	_cleanup_free_ char *word = cmdline_word(host->cmdline, option);
	bool is_at_boot = cmdline_is_on(host->cmdline, option);
	int error = host_parameter_errno(host, module, name);

	if (host_parameter_is_on(host, module, name))
		found_page_by_page(checker, is_at_boot ? word : NULL);
	else if (host_parameter(host, module, name) || !host->n_groups)
		return;
	else if (is_at_boot && !host_lacks_module(host, module))
		found_at_boot(host, checker, word);
	else if (error)
		found(checker, SEVERITY_NOTE, "host", NULL,
		      "cannot read the parameter disable_hugepages of vfio_iommu_type1 (%s): "
		      "whether VFIO maps page by page is not known",
		      error_text(error));
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_init(): 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_container_init(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/iommufd/main.c, vfio_misc_dev: 6.12, 7.3.
	 */
	{ "no-vfio-container", "/dev/vfio/vfio does not exist",
	  "Programs set up VFIO containers through this node. The module vfio creates it, on\n"
	  "a kernel that was built with VFIO containers. Linux 6.12 and 7.3 can be built\n"
	  "without them, with iommufd only (6.1 cannot); programs then use /dev/iommu and\n"
	  "/dev/vfio/devices, and whether that works vfiodiag cannot tell. If vfiodiag runs in\n"
	  "a container of the operating system, that may not have been given the node.\n",
	  .run = run_no_container },
	/*
	 * modprobe loads it after vfio, by MODULE_SOFTDEP.
	 * Kernel: drivers/vfio/vfio.c, vfio_ioctl_set_iommu(), MODULE_SOFTDEP: 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_ioctl_set_iommu(); drivers/vfio/vfio_main.c,
	 *   MODULE_SOFTDEP: 6.1, 6.12, 7.3.
	 * QEMU: hw/vfio/common.c, vfio_get_iommu_type(): 7.2.
	 * QEMU: hw/vfio/container.c, vfio_get_iommu_type(): 10.0.
	 */
	{ "type1-not-loaded", "The module vfio_iommu_type1 is not loaded",
	  "It is the part of VFIO that maps memory for devices. modprobe loads it after the\n"
	  "module vfio; without it VFIO_SET_IOMMU fails with ENODEV, and QEMU finds no\n"
	  "available IOMMU models. Linux has it on x86, s390 and Arm. On other\n"
	  "architectures there is sPAPR TCE (ppc64), or iommufd alone.\n",
	  .run = run_no_type1 },
	{ "spapr-tce", "VFIO containers are of type sPAPR TCE",
	  "On ppc64 the module vfio_iommu_spapr_tce maps memory for devices, in DMA windows\n"
	  "that programs create. vfiodiag does not know the ioctls of these windows, so\n"
	  "probe, bench, iova and fits measure nothing there.\n",
	  .run = run_spapr_tce },
	/*
	 * Kernel: drivers/vfio/pci/Kconfig, VFIO_PCI; drivers/iommu/Kconfig, VIRTIO_IOMMU: 5.10,
	 *   6.1, 6.12, 7.3.
	 */
	{ "modules-missing", "The kernel lacks a module that is needed here",
	  "The index of the kernel's modules (modules.dep in /lib/modules) does not list\n"
	  "it, and it is not built into the kernel. Distributions ship VFIO with the kernel\n"
	  "package or in a package for extra modules; cloud kernels often lack it. Modules\n"
	  "installed for another version than the running one do not count: reboot after an\n"
	  "update.\n",
	  .run = run_modules_missing },
	/* Kernel: none, what modprobe's index has. */
	{ "modules", "The VFIO modules and their state",
	  "From the index of the kernel's modules and /sys/module. Available modules are\n"
	  "loaded by modprobe, and mostly by themselves when they are needed.\n",
	  .run = run_modules },
	/*
	 * Kernel: include/uapi/linux/vfio.h, VFIO_API_VERSION; drivers/vfio/vfio_iommu_type1.c,
	 *   vfio_dma_do_unmap(): 5.10, 6.1, 6.12, 7.3.
	 * QEMU: hw/vfio/common.c, vfio_get_iommu_type(): 7.2.
	 * QEMU: hw/vfio/container.c, vfio_get_iommu_type(): 10.0.
	 */
	{ "container-interface", "Capabilities of /dev/vfio/vfio",
	  "The version of the interface is 0 in Linux 5.10 to 7.3. Virtual machines use\n"
	  "type1v2; type1 unmaps parts of a mapping only as a whole. The node is opened to\n"
	  "ask, if the module vfio is loaded already; no group is opened.\n",
	  .run = run_api },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_iommu_group_get(), enable_unsafe_noiommu_mode: 5.10.
	 * Kernel: drivers/vfio/vfio_main.c, vfio_group_find_or_alloc(); drivers/vfio/container.c,
	 *   enable_unsafe_noiommu_mode: 6.1.
	 * Kernel: drivers/vfio/group.c, vfio_group_find_or_alloc(); drivers/vfio/vfio_main.c,
	 *   enable_unsafe_noiommu_mode: 6.12, 7.3.
	 */
	{ "noiommu-enabled", "VFIO's no-IOMMU mode is enabled",
	  "Devices of no-IOMMU groups can reach all memory, and binding one taints the\n"
	  "kernel. The mode is meant for virtual machines and for development.\n",
	  .run = run_noiommu },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(), disable_hugepages:
	 *   5.10, 6.1, 6.12, 7.3.
	 */
	{ "hugepages-disabled", "VFIO maps page by page",
	  "The parameter disable_hugepages of vfio_iommu_type1 is for debugging. With it\n"
	  "each page is pinned and mapped by itself, so no superpage is ever used: guests\n"
	  "start later, and devices miss the IOTLB more often. It concerns maps that are made\n"
	  "from then on, so a change needs no reboot, but guests to be started again. Programs\n"
	  "that use iommufd are not affected. On the kernel command line it is called\n"
	  "vfio_iommu_type1.disable_hugepages, and takes effect when the module is loaded.\n",
	  .run = run_hugepages },
};

const struct check_family check_family_vfio = {
	.name = "VFIO",
	.checks = checks,
	.n_checks = COUNT(checks),
};
