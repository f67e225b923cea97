/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_KERNEL_H
#define VFIODIAG_SOURCE_KERNEL_H

#include <stdint.h>

#include "model/host.h"
#include "model/mappings.h"
#include "pagetable/pair.h"

/**
 * struct kernel_question - two pages that a process mapped together to a group.
 * @kind: driver of the IOMMU behind which the group is
 * @iova: bus address of the first page
 * @page_size: bytes of each
 * @pagemap: /proc/PID/pagemap of that process, open; -1 where no page is asked about
 * @address: of the first page in that process
 */
struct kernel_question {
	unsigned int group;
	enum iommu_kind kind;
	uint64_t iova;
	uint64_t page_size;
	int pagemap;
	uint64_t address;
};

/**
 * kernel_examine_pair() - count the entries of a pair in the page table of its group.
 * @answer: PAIR_UNKNOWN on an error
 *
 * This process can do nothing else afterwards: once the files are open, it gives up all rights, and then
 * reads. Return: 0, or a negative errno and the reason as a phrase without an address, new.
 */
int kernel_examine_pair(const struct kernel_question *question, enum pair_answer *answer,
			char **reason);

/**
 * kernel_count_entries() - count all entries in the page table of a group.
 * @question: its group and kind only
 * @large: bytes from which on an entry counts as large
 * @progress: called now and then, with @context
 * @counts: filled, if 0 is returned
 *
 * As kernel_examine_pair(). The memory behind the entries belongs to another process, so that nothing but
 * the checks on the way to the table, and the entries themselves, shows that they were understood.
 */
int kernel_count_entries(const struct kernel_question *question, uint64_t large,
			 void (*progress)(void *context), void *context,
			 struct entry_counts *counts, char **reason);

#endif
