/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_KERNEL_H
#define VFIODIAG_SOURCE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "model/mappings.h"
#include "pagetable/pair.h"

/**
 * enum kernel_subject - entries that a question is about.
 * @KERNEL_PAIR: those of two pages that a process mapped together, and nothing beside them
 * @KERNEL_PAGES: those of all pages that a process mapped together, by size
 * @KERNEL_GROUP: all that any process mapped, by size
 */
enum kernel_subject {
	KERNEL_PAIR,
	KERNEL_PAGES,
	KERNEL_GROUP,
};

/**
 * struct kernel_question - a question about the page table of a group.
 * @kind: driver of the IOMMU behind which the group is
 * @page_size: bytes of a page of the host
 * @iova: bus address of the first page
 * @n_pages: how many; 0 for KERNEL_GROUP, as for all that belongs to pages
 * @pagemap: /proc/PID/pagemap of the process that mapped them, open; or -1
 * @address: of the first page in that process
 * @progress: called with @context now and then while KERNEL_GROUP is read; NULL: nobody asks
 */
struct kernel_question {
	enum kernel_subject subject;
	unsigned int group;
	enum iommu_kind kind;
	uint64_t page_size;
	uint64_t iova;
	size_t n_pages;
	int pagemap;
	uint64_t address;
	void (*progress)(void *context);
	void *context;
};

/**
 * struct kernel_answer - all that is told of the kernel's memory.
 * @pair: KERNEL_PAIR: an enum pair_answer
 * @is_whole: KERNEL_PAGES: 1 if the memory is contiguous, and starts at a multiple of its size; or 0
 * @counts: KERNEL_PAGES and KERNEL_GROUP
 */
struct kernel_answer {
	uint32_t pair;
	uint32_t is_whole;
	struct entry_counts counts;
};

/**
 * kernel_ask() - answer a question about the page table of a group.
 * @answer: filled, if 0 is returned
 *
 * This process can do nothing else afterwards: once the files are open, it gives up all rights, and then
 * reads. Each entry of known pages was held against their memory. That behind the entries of KERNEL_GROUP
 * belongs to another process: nothing but the checks on the way to the table, and the entries themselves,
 * shows that they were understood.
 * Return: 0, or a negative errno and the reason as a phrase without an address, new.
 */
int kernel_ask(const struct kernel_question *question, struct kernel_answer *answer, char **reason);

#endif
