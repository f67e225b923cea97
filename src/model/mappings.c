/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mappings.h"

#include <stdbool.h>
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

/* Add @count entries of 2^@bit bytes. Return: false if the sums are no numbers of an address space. */
static bool add_entries(uint64_t *n_entries, uint64_t *bytes, uint64_t count, unsigned int bit)
{
	return count <= UINT64_MAX >> bit && !__builtin_add_overflow(*bytes, count << bit, bytes) &&
	       !__builtin_add_overflow(*n_entries, count, n_entries);
}

static bool add_kinds(const struct entry_counts *counts, uint64_t *bytes)
{
	const uint64_t of_kind[] = { counts->bytes_large, counts->bytes_possible,
				     counts->bytes_not_offered, counts->bytes_askew,
				     counts->bytes_scattered };

	*bytes = 0;
	for (size_t i = 0; i < COUNT(of_kind); i++) {
		if (__builtin_add_overflow(*bytes, of_kind[i], bytes))
			return false;
	}
	return true;
}

bool entry_counts_agree(const struct entry_counts *counts)
{
	uint64_t n_entries = counts->n_other, bytes = counts->bytes_other, of_kinds;

	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		if (!add_entries(&n_entries, &bytes, counts->count[bit], bit))
			return false;
	}
	/* Each entry has bytes, also one of another size. */
	if (counts->n_other > counts->bytes_other || !counts->n_other != !counts->bytes_other)
		return false;
	return add_kinds(counts, &of_kinds) && counts->large &&
	       !(counts->large & (counts->large - 1)) && n_entries == counts->n_entries &&
	       bytes == counts->bytes && of_kinds == bytes && counts->longest <= bytes;
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
	bool is_offered = counts->page_sizes & ~(counts->large - 1);

	/* Huge pages would be mapped in small entries all the same. */
	if (!is_offered && (kind == MAPPED_ASKEW || kind == MAPPED_SCATTERED))
		return NULL;
	return bytes && bytes >= counts->bytes / SMALL_PART ? kinds[kind].fix : NULL;
}

void mappings_clear(struct mappings *mappings)
{
	free(mappings->reason);
	*mappings = (struct mappings){ 0 };
}
