/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about VFIO on this host: nodes, modules, parameters. */
#include "check/check.h"

#include <stdbool.h>
#include <string.h>

static void run_no_container(const struct check_input *input, struct checker *checker)
{
	if (input->host->n_groups && !input->host->has_container)
		found(checker, SEVERITY_FAILURE, "host", "modprobe vfio",
		      "there is no /dev/vfio/vfio on this host");
}

static void run_no_type1(const struct check_input *input, struct checker *checker)
{
	if (input->host->n_groups && input->host->has_container && !input->host->has_type1)
		found(checker, SEVERITY_WARNING, "host", "modprobe vfio_iommu_type1",
		      "the module vfio_iommu_type1 is not loaded; VFIO containers need it");
}

static void run_noiommu(const struct check_input *input, struct checker *checker)
{
	if (host_parameter_is_on(input->host, "vfio", "enable_unsafe_noiommu_mode"))
		found(checker, SEVERITY_WARNING, "host",
		      "echo N > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
		      "VFIO's no-IOMMU mode is enabled: a device that was handed out can read and "
		      "write all memory of the host");
}

static void run_hugepages(const struct check_input *input, struct checker *checker)
{
	if (host_parameter_is_on(input->host, "vfio_iommu_type1", "disable_hugepages"))
		found(checker, SEVERITY_NOTE, "host",
		      "echo N > /sys/module/vfio_iommu_type1/parameters/disable_hugepages",
		      "disable_hugepages is set: VFIO maps page by page, so large guests start "
		      "slowly and superpages are not used");
}

static const struct check checks[] = {
	{ "no-vfio-container", "There is no /dev/vfio/vfio",
	  "Programs set up VFIO containers through this node. The module vfio makes it.\n",
	  run_no_container },
	{ "type1-not-loaded", "The module vfio_iommu_type1 is not loaded",
	  "It is the part of VFIO that maps memory for devices. The kernel loads it by itself\n"
	  "where it can; without it every container is refused with ENODEV or EINVAL.\n",
	  run_no_type1 },
	{ "noiommu-enabled", "VFIO's no-IOMMU mode is enabled",
	  "Devices of no-IOMMU groups can reach all memory, and their use taints the kernel.\n"
	  "It is meant for virtual machines and for development.\n",
	  run_noiommu },
	{ "hugepages-disabled", "VFIO maps page by page",
	  "The parameter disable_hugepages of vfio_iommu_type1 is for debugging. With it each\n"
	  "page is pinned and mapped by itself.\n",
	  run_hugepages },
};

const struct check_family check_family_vfio = {
	.name = "VFIO",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
