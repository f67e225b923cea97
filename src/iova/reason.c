/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iova/reason.h"

/* Intel SDM and AMD APM: the local APIC's range; intel/iommu.c, amd/iommu.c: MSI_RANGE_START. */
#define MSI_WINDOW_START UINT64_C(0xfee00000)
#define MSI_WINDOW_END	 UINT64_C(0xfeefffff)

/* MSI_IOVA_BASE and MSI_IOVA_LENGTH of arm-smmu-v3.c, arm-smmu.c and virtio-iommu.c. */
#define SOFTWARE_MSI_START UINT64_C(0x8000000)

/* amd_iommu_get_resv_regions(), drivers/iommu/amd/iommu.c: HT_RANGE_START and HT_RANGE_END. */
#define HYPERTRANSPORT_START UINT64_C(0xfd00000000)
#define HYPERTRANSPORT_END   UINT64_C(0xffffffffff)

/*
 * Kernel: drivers/iommu/intel/iommu.c, IOAPIC_RANGE_START: 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/amd/iommu.c, MSI_RANGE_START: 5.10, 6.1, 6.12, 7.3.
 */
static const struct reason msi_window = {
	"msi-window", "MSI window", "device writes there are interrupts and never reach memory"
};
/*
 * Kernel: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, MSI_IOVA_BASE: 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/virtio-iommu.c, MSI_IOVA_BASE: 5.10, 6.1, 6.12, 7.3.
 */
static const struct reason software_msi = {
	"software-msi", "software MSI",
	"the host maps the doorbell of its interrupt controller there, so that devices reach it"
};
/* Kernel: drivers/iommu/virtio-iommu.c, viommu_add_resv_mem(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason msi_other = { "msi", "MSI", "device writes there are interrupts" };
/* Kernel: drivers/iommu/amd/iommu.c, HT_RANGE_START: 5.10, 6.1, 6.12, 7.3. */
static const struct reason hypertransport = {
	"hypertransport", "HyperTransport",
	"AMD processors reserve the 12 GiB below 1 TiB for HyperTransport (interrupts, "
	"configuration and others)"
};
/* Kernel: drivers/iommu/intel/iommu.c, intel_iommu_get_resv_regions(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason rmrr = {
	"rmrr", "RMRR",
	"firmware uses this memory through the device, and requires it to be mapped 1:1 (an RMRR "
	"of the DMAR table)"
};
/* Kernel: drivers/iommu/amd/iommu.c, amd_iommu_get_resv_regions(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason unity = {
	"unity-map", "unity map",
	"firmware uses this memory through the device, and requires it to be mapped 1:1 (an IVMD "
	"block of the IVRS table)"
};
/*
 * Kernel: drivers/acpi/arm64/iort.c, iort_get_rmrs(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/of_iommu.c, of_iommu_get_resv_regions(): 6.12, 7.3.
 */
static const struct reason direct = {
	"direct", "direct",
	"firmware uses this memory through the device, and requires it to be mapped 1:1 (an RMR "
	"node of the IORT table, or reserved memory of the device tree)"
};
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_resv_exclude(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason relaxable = {
	"direct-relaxable", "direct-relaxable, open to VFIO",
	"only the host driver needs it mapped 1:1; VFIO may use it"
};
/* Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3. */
static const struct reason below_dma_start = {
	"below-dma-start", "below the DMA start",
	"the function's DMA addresses begin above it (start_dma, which the machine sets)"
};
/* Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3. */
static const struct reason above_dma_end = {
	"above-dma-end", "above the DMA end",
	"the function's DMA addresses end below it (end_dma, which the machine sets)"
};
/* Kernel: drivers/iommu/iommu.c, iommu_group_show_resv_regions(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason reserved = { "reserved", "reserved",
					"the IOMMU driver or the firmware reserves it" };
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_resv_exclude(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason contradicts = {
	"contradicts", "reserved, although the kernel allows it",
	"a reserved region of the group lies in a range that the kernel lists as allowed"
};
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_aper_resize(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason below_aperture = { "below-aperture", "below the aperture",
					      "the IOMMU's addresses begin above it" };
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_aper_resize(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason above_aperture = {
	"above-aperture", "above the aperture",
	"the page table that the kernel gives the IOMMU does not reach that far"
};
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_build_caps(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason unlisted = {
	"not-allowed", "not listed as allowed",
	"the kernel excludes it from the allowed ranges, and no reserved region explains it"
};
/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_build_caps(): 5.10, 6.1, 6.12, 7.3. */
static const struct reason unknown = {
	"aperture-unknown", "aperture not known",
	"no region reserves it, but only the kernel's allowed ranges show whether it can be mapped"
};

/* Kernel: none, each reason has its own. */
const struct reason *reason_of_region(const struct group *group, const struct region *region)
{
	const struct iommu *iommu = NULL;
	enum iommu_kind kind;

	for (size_t i = 0; !iommu && i < group->n_devices; i++)
		iommu = group->devices[i]->iommu;
	kind = iommu ? iommu->kind : IOMMU_OTHER;
	switch (region->type) {
	case REGION_MSI:
		if (region->range.start == MSI_WINDOW_START && region->range.end == MSI_WINDOW_END)
			return &msi_window;
		return region->range.start == SOFTWARE_MSI_START ? &software_msi : &msi_other;
	case REGION_DIRECT:
		return kind == IOMMU_INTEL ? &rmrr : kind == IOMMU_AMD ? &unity : &direct;
	case REGION_DIRECT_RELAXABLE:
		return &relaxable;
	default:
		if (region->range.start == HYPERTRANSPORT_START &&
		    region->range.end == HYPERTRANSPORT_END)
			return &hypertransport;
		/* s390_iommu_get_resv_regions() lists what lies outside of start_dma to end_dma. */
		if (kind == IOMMU_ZPCI)
			return region->range.start ? &above_dma_end : &below_dma_start;
		return &reserved;
	}
}

static const struct reason *reason_of_gap(const struct ranges *allowed,
					  const struct iova_part *part)
{
	bool below = true, above = true;

	for (size_t i = 0; i < allowed->count; i++) {
		below &= part->range.end < allowed->range[i].start;
		above &= part->range.start > allowed->range[i].end;
	}
	/* With an empty list both are true, and neither is. */
	if (below == above)
		return &unlisted;
	return below ? &below_aperture : &above_aperture;
}

const struct reason *reason_of(const struct group *group, const struct ranges *allowed,
			       const struct iova_part *part)
{
	switch (part->use) {
	case IOVA_CONTRADICTS:
		return &contradicts;
	case IOVA_RESERVED:
		return reason_of_region(group, part->region);
	case IOVA_NOT_ALLOWED:
		return reason_of_gap(allowed, part);
	case IOVA_UNKNOWN:
		return part->region ? &relaxable : &unknown;
	default:
		return part->region ? &relaxable : NULL;
	}
}
