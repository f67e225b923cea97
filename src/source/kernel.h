/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_KERNEL_H
#define VFIODIAG_SOURCE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "pagetable/pair.h"
#include "pagetable/tally.h"

/**
 * struct kernel_question - pages that a process mapped together to a group.
 * @kind: driver of the IOMMU behind which the group is
 * @iova: bus address of the first page
 * @page_size: bytes of each
 * @pagemap: /proc/PID/pagemap of that process, open
 * @address: of the first page in that process
 * @n_pages: how many, if their entries are to be counted by size; 0: they are a pair
 */
struct kernel_question {
	unsigned int group;
	enum iommu_kind kind;
	uint64_t iova;
	uint64_t page_size;
	int pagemap;
	uint64_t address;
	size_t n_pages;
};

/**
 * struct kernel_sizes - entries of a mapping.
 * @count: those of 2^N bytes
 * @n_other: those whose size is no power of two
 * @is_whole: the memory is contiguous, and starts at a multiple of its size
 */
struct kernel_sizes {
	uint64_t count[TALLY_SIZES];
	uint64_t n_other;
	bool is_whole;
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
 * kernel_examine_sizes() - count the entries of a mapping in the page table of its group, by size.
 * @sizes: filled, unless there is an error
 *
 * As kernel_examine_pair() otherwise. Each entry was held against the memory that was mapped.
 */
int kernel_examine_sizes(const struct kernel_question *question, struct kernel_sizes *sizes,
			 char **reason);

#endif
