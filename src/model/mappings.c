/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mappings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"

/* The kernel's own tables fill a page with entries of 8 bytes, and a huge page is what one of them maps. */
#define ENTRY_BYTES 8

uint64_t large_entry(uint64_t page_size)
{
	return page_size * (page_size / ENTRY_BYTES);
}

/* Sum up @n numbers. Return: false if they are more than a number can be. */
static bool sum_up(const uint64_t *numbers, size_t n, uint64_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (__builtin_add_overflow(*sum, numbers[i], sum))
			return false;
	}
	return true;
}

/* Number and bytes of all entries. Return: false if they are more than a number can be. */
static bool sum_entries(const struct entry_counts *counts, uint64_t *n_entries, uint64_t *bytes)
{
	uint64_t bytes_of[ENTRY_SIZES];

	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		bytes_of[bit] = counts->count[bit] << bit;
		if (bytes_of[bit] >> bit != counts->count[bit])
			return false;
	}
	return sum_up(bytes_of, ENTRY_SIZES, bytes) &&
	       sum_up(counts->count, ENTRY_SIZES, n_entries) &&
	       !__builtin_add_overflow(*bytes, counts->bytes_other, bytes) &&
	       !__builtin_add_overflow(*n_entries, counts->n_other, n_entries);
}

bool entry_counts_agree(const struct entry_counts *counts)
{
	const uint64_t kinds_of[] = { counts->bytes_large, counts->bytes_possible,
				      counts->bytes_not_offered, counts->bytes_askew,
				      counts->bytes_scattered };
	uint64_t n_entries, bytes, of_kinds;

	if (!sum_entries(counts, &n_entries, &bytes) ||
	    !sum_up(kinds_of, COUNT(kinds_of), &of_kinds))
		return false;
	/* Each entry has bytes, also one of another size. */
	if (counts->n_other > counts->bytes_other || !counts->n_other != !counts->bytes_other)
		return false;
	return counts->large && !(counts->large & (counts->large - 1)) &&
	       n_entries == counts->n_entries && bytes == counts->bytes && of_kinds == bytes &&
	       counts->longest <= bytes;
}

/* Less is what every guest has. */
#define SMALL_PART 64

/** struct kind - a row of the table. @offset: of its bytes in struct entry_counts. @fix: or NULL. */
static const struct kind {
	const char *name;
	size_t offset;
	const char *meaning;
	const char *fix;
} kinds[MAPPED_KINDS] = {
	[MAPPED_LARGE] = { "large", offsetof(struct entry_counts, bytes_large), "large entries",
			   NULL },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(), disable_hugepages: 5.10, 6.1,
	 *   6.12, 7.3.
	 */
	[MAPPED_POSSIBLE] = { "possible", offsetof(struct entry_counts, bytes_possible),
			      "small entries, though large ones are possible",
			      "check that the parameter disable_hugepages of vfio_iommu_type1 is "
			      "off, and restart the guest, so that it maps its memory again" },
	/* Kernel: none, a reference to another command. */
	[MAPPED_NOT_OFFERED] = { "not-offered", offsetof(struct entry_counts, bytes_not_offered),
				 "small entries, since the IOMMU offers no large ones",
				 "if an option of the kernel command line takes superpages away, "
				 "remove it (see 'vfiodiag check')" },
	/*
	 * QEMU: backends/hostmem-memfd.c, memfd_backend_set_hugetlb(): 7.2, 10.0.
	 * libvirt: src/conf/domain_conf.c, virDomainHugepagesFormat(): 11.3.
	 */
	[MAPPED_ASKEW] = { "askew", offsetof(struct entry_counts, bytes_askew),
			   "small entries, since bus addresses and memory are at different offsets",
			   "back the guest with huge pages, which are aligned: hugetlb=on of QEMU's "
			   "memory-backend-memfd, <hugepages/> of libvirt" },
	/*
	 * QEMU: backends/hostmem-memfd.c, memfd_backend_set_hugetlb(): 7.2, 10.0.
	 * libvirt: src/conf/domain_conf.c, virDomainHugepagesFormat(): 11.3.
	 */
	[MAPPED_SCATTERED] = { "scattered", offsetof(struct entry_counts, bytes_scattered),
			       "small entries, since the memory is in small pieces",
			       "back the guest with huge pages: hugetlb=on of QEMU's "
			       "memory-backend-memfd, <hugepages/> of libvirt" },
};

const char *mapped_name(enum mapped_kind kind)
{
	return kinds[kind].name;
}

uint64_t mapped_bytes(const struct entry_counts *counts, enum mapped_kind kind)
{
	uint64_t bytes;

	memcpy(&bytes, (const char *)counts + kinds[kind].offset, sizeof(bytes));
	return bytes;
}

const char *mapped_meaning(enum mapped_kind kind)
{
	return kinds[kind].meaning;
}

const char *mapped_fix(const struct entry_counts *counts, enum mapped_kind kind)
{
	uint64_t bytes = mapped_bytes(counts, kind);

	return bytes && bytes >= counts->bytes / SMALL_PART ? kinds[kind].fix : NULL;
}

void mappings_clear(struct mappings *mappings)
{
	free(mappings->reason);
	*mappings = (struct mappings){ 0 };
}
