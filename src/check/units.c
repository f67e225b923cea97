/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about IOMMU units, and their use by the host itself. */
#include "check/check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/kernel.h"
#include "model/vtd.h"

/* Types of the groups' default domains: how the host's own drivers use the IOMMU. */
static void run_domains(const struct check_input *input, struct checker *checker)
{
	size_t identity = 0, lazy = 0, strict = 0;

	for (size_t g = 0; g < input->host->n_groups; g++) {
		const char *type = input->host->groups[g]->type;

		identity += type && strcmp(type, "identity") == 0;
		lazy += type && strcmp(type, "DMA-FQ") == 0;
		strict += type && strcmp(type, "DMA") == 0;
	}
	if (identity)
		found(checker, SEVERITY_OK, "host", NULL,
		      "host drivers bypass the IOMMU in %zu of %zu groups (identity); VFIO is not "
		      "affected",
		      identity, input->host->n_groups);
	if (lazy)
		found(checker, SEVERITY_OK, "host", NULL,
		      "mappings of host drivers are flushed lazily in %zu of %zu groups (DMA-FQ); "
		      "VFIO is not affected",
		      lazy, input->host->n_groups);
	if (strict)
		found(checker, SEVERITY_OK, "host", NULL,
		      "mappings of host drivers are flushed immediately in %zu of %zu groups (DMA)%s",
		      strict, input->host->n_groups,
		      lazy || kernel_is_from(input->host, 6, 1)
			      ? ""
			      : ", or lazily by a kernel that does not know DMA-FQ");
}

static void run_idle_unit(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	for (size_t i = 0; host->n_groups && i < host->n_iommus; i++) {
		if (!host->iommus[i].n_members && !host->iommus[i].members_errno)
			found(checker, SEVERITY_NOTE, "host", NULL,
			      "IOMMU unit %s has no device behind it", host->iommus[i].name);
	}
}

/* The narrowest unit that translates for a device of the checked groups, of those whose width is known. */
static const struct iommu *narrowest(const struct check_input *input)
{
	const struct host *host = input->host;
	_cleanup_free_ bool *seen = xcalloc(host->n_iommus, sizeof(*seen));
	const struct iommu *found = NULL;
	unsigned int least = 0;

	for (size_t g = 0; g < input->n_groups; g++) {
		for (size_t i = 0; i < input->groups[g]->n_devices; i++) {
			const struct iommu *iommu = input->groups[g]->devices[i]->iommu;
			unsigned int bits;

			/* Thousands of devices are behind a few units. */
			if (!iommu || seen[iommu - host->iommus])
				continue;
			seen[iommu - host->iommus] = true;
			bits = iommu_address_bits(host, iommu);
			if (bits && (!found || bits < least)) {
				found = iommu;
				least = bits;
			}
		}
	}
	return found;
}

static void run_width(const struct check_input *input, struct checker *checker)
{
	const struct iommu *iommu = narrowest(input);
	unsigned int bits = iommu ? iommu_address_bits(input->host, iommu) : 0;
	unsigned int cpu = input->host->address_bits;
	_cleanup_free_ char *hint = NULL;
	char size[16];

	if (!iommu || !bits || !cpu)
		return;
	text_size(size, sizeof(size), bits > 63 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
	hint = xasprintf(
		"limit the address bits of guests: QEMU -cpu host,host-phys-bits-limit=%u, "
		"libvirt <maxphysaddr mode='passthrough' limit='%u'/>",
		bits, bits);
	if (bits >= cpu)
		found(checker, SEVERITY_OK, "host", NULL,
		      "IOMMU unit %s translates %u address bits, the CPUs have %u", iommu->name,
		      bits, cpu);
	else
		found(checker, SEVERITY_NOTE, "host", hint,
		      "IOMMU unit %s translates %u address bits (%s), the CPUs have %u: RAM and "
		      "BARs of a guest above that cannot be mapped (EINVAL)",
		      iommu->name, bits, size, cpu);
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/iommu/iommu.c, iommu_group_show_type(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/iommu.c, __iommu_attach_group(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/iommu.c, iommu_dma_strict; drivers/iommu/intel/iommu.c,
	 *   intel_iommu_strict; drivers/iommu/amd/init.c, parse_amd_iommu_options(): 5.10.
	 */
	{ "iommu-domain-type", "How host drivers use the IOMMU",
	  "Each group has a default domain for host drivers: translated and flushed\n"
	  "immediately (DMA), flushed lazily (DMA-FQ), or not translated at all (identity,\n"
	  "with iommu=pt). VFIO replaces it with its own domain while the group is\n"
	  "assigned, so the type affects the host's safety and speed, and never VFIO's.\n"
	  "Where the kernel knows DMA-FQ (6.1 and later, not 5.10), DMA means flushed\n"
	  "immediately. In 5.10 it means either, by iommu.strict (Arm), intel_iommu=strict\n"
	  "or amd_iommu=fullflush.\n",
	  .run = run_domains },
	/* Kernel: drivers/iommu/iommu-sysfs.c, iommu_device_link(): 5.10, 6.1, 6.12, 7.3. */
	{ "iommu-unit-idle", "An IOMMU unit has no device behind it",
	  "Firmware describes a unit, and no device that the kernel knows is behind it:\n"
	  "often the unit of a graphics device that is disabled. Missing devices may be\n"
	  "behind it.\n",
	  .run = run_idle_unit },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(), vfio_dma_do_map():
	 *   5.10, 6.1, 6.12, 7.3.
	 * QEMU: target/i386/host-cpu.c, host_phys_bits_limit: 7.2, 10.0.
	 * libvirt: src/conf/cpu_conf.c, maxphysaddr; src/qemu/qemu_command.c, limit: 11.3.
	 */
	{ "iommu-narrow", "The IOMMU translates fewer address bits than the CPUs have",
	  "Many Intel client machines have IOMMUs of 39 bits and CPUs of more. A guest's\n"
	  "RAM and the BARs of its devices must lie below 2^39 (512 GiB) there. Guest\n"
	  "firmware that relies on the CPU's address bits puts large BARs at the top of the\n"
	  "address space, and mapping them fails with EINVAL (-22), of which QEMU only warns.\n"
	  "The width is read from the unit's registers. In scalable mode the kernel may use\n"
	  "first-stage tables, whose addresses have one bit less; where it is not known which\n"
	  "stage it uses, only a live test shows the width.\n",
	  .run = run_width },
};

const struct check_family check_family_units = {
	.name = "IOMMU units",
	.checks = checks,
	.n_checks = COUNT(checks),
};
