/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/guest.h"

#include <string.h>

#include "base/count.h"

/* Find the default machine type for QEMU on this host. */
static enum machine machine_of_host(const struct host *host)
{
	static const struct {
		const char *arch;
		enum iommu_kind kind;
		enum machine machine;
	} machines[] = {
		{ "x86_64", IOMMU_INTEL, MACHINE_Q35 },
		{ "x86_64", IOMMU_AMD, MACHINE_Q35 },
		{ "aarch64", IOMMU_SMMU, MACHINE_VIRT },
		{ "s390x", IOMMU_ZPCI, MACHINE_S390 },
	};

	for (size_t i = 0; i < COUNT(machines); i++) {
		bool is_it = host->arch && strcmp(host->arch, machines[i].arch) == 0;

		/* A sysroot does not tell the architecture, but the IOMMU does. */
		for (size_t u = 0; u < host->n_iommus && !host->arch; u++)
			is_it |= host->iommus[u].kind == machines[i].kind;
		if (is_it)
			return machines[i].machine;
	}
	return MACHINE_UNKNOWN;
}

/*
 * KVM gives a guest the vendor of the host's CPU. Where that was not read, the vendor of the IOMMU
 * tells it, but for Hygon, whose CPUs have AMD's IOMMU and are none of AMD's to QEMU.
 *
 * QEMU: target/i386/cpu.h, IS_AMD_CPU: 7.2, 10.0.
 * QEMU: target/i386/host-cpu.c, host_cpu_instance_init(): 7.2, 10.0.
 */
static enum answer is_amd(const struct host *host)
{
	enum answer answer = ANSWER_UNKNOWN;

	if (host->has_cpu_vendor)
		return host->is_amd_cpu ? ANSWER_YES : ANSWER_NO;
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (host->iommus[i].kind == IOMMU_AMD)
			return ANSWER_YES;
		if (host->iommus[i].kind == IOMMU_INTEL)
			answer = ANSWER_NO;
	}
	return answer;
}

void guest_complete(const struct host *host, struct guest *guest)
{
	if (guest->machine == MACHINE_UNKNOWN)
		guest->machine = machine_of_host(host);
	if (guest->maxmemory < guest->memory)
		guest->maxmemory = guest->memory;
	if (!guest->phys_bits)
		guest->phys_bits = host->address_bits;
	guest->amd = is_amd(host);
}
