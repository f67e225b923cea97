/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_PAGE_TABLE_H
#define VFIODIAG_SOURCE_PAGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"
#include "model/mappings.h"
#include "model/probe.h"
#include "source/source.h"

/* The page table of an IOMMU group, read in the memory of the running kernel. */

/**
 * enum page_table_result - entries of a pair of pages that were mapped together.
 * @PAGE_TABLE_NOT_ASKED: there is no answer: a sysroot, or a capture that was recorded without one
 * @PAGE_TABLE_UNKNOWN: the table was not read, or proves nothing
 */
enum page_table_result {
	PAGE_TABLE_NOT_ASKED,
	PAGE_TABLE_ONE_ENTRY,
	PAGE_TABLE_TWO_ENTRIES,
	PAGE_TABLE_UNKNOWN,
};

/**
 * struct page_table_answer - answer about a pair.
 * @reason: why it is PAGE_TABLE_UNKNOWN, for the end of a sentence, without an address; else NULL
 */
struct page_table_answer {
	enum page_table_result result;
	char *reason;
};

/**
 * source_reads_page_tables() - tell if a question to @source reads the memory of the kernel.
 *
 * Return: false for a capture and a sysroot, and in a build that leaves it out (--disable-kcore).
 */
bool source_reads_page_tables(const struct source *source);

/** page_table_result_name() - name @result in a stable short form: "one-entry". */
const char *page_table_result_name(enum page_table_result result);

/**
 * source_page_table_pair() - count the entries of two pages in the page table of a group.
 * @group: to which they are mapped by this process, and nothing beside them
 * @kind: driver of the group's IOMMU
 * @iova: bus address of the first page
 * @page_size: bytes of each
 * @pages: the first page in this process; the second follows it
 * @answer: filled; free it with page_table_answer_clear()
 *
 * Another process reads the memory, and gives back @answer alone. A capture gets that too, and no address
 * but @iova: it is a fact, so a probe may ask or not ask for it whatever the capture has.
 */
void source_page_table_pair(struct source *source, unsigned int group, enum iommu_kind kind,
			    uint64_t iova, uint64_t page_size, const void *pages,
			    struct page_table_answer *answer);

/**
 * struct page_table_mapping - memory that this process mapped to a group.
 * @group: to which, and nothing beside it
 * @kind: driver of the group's IOMMU
 * @iova: bus address of the first page
 * @page_size: bytes of a page of the host
 * @n_pages: how many
 * @pages: the first one in this process
 * @name: tells it from other memory that is mapped at @iova in the same capture; NULL: there is no other
 */
struct page_table_mapping {
	unsigned int group;
	enum iommu_kind kind;
	uint64_t iova;
	uint64_t page_size;
	size_t n_pages;
	const void *pages;
	const char *name;
};

/**
 * source_page_table_sizes() - count the entries of @mapping in the page table of its group, by size.
 * @sizes: filled; free its reason
 *
 * As source_page_table_pair() otherwise.
 */
void source_page_table_sizes(struct source *source, const struct page_table_mapping *mapping,
			     struct entry_sizes *sizes);

/** page_table_answer_clear() - free the reason. */
void page_table_answer_clear(struct page_table_answer *answer);

/**
 * source_mappings() - count what is mapped in the page table of a group, which any process may use.
 * @kind: driver of the group's IOMMU
 * @page_size: bytes of a page of the host
 * @progress: called with @context now and then while it is read; NULL: nobody asks
 * @mappings: filled; free it with mappings_clear()
 *
 * Another process reads the memory, in limited time, and gives back numbers alone. VFIO is not asked.
 */
void source_mappings(struct source *source, unsigned int group, enum iommu_kind kind,
		     uint64_t page_size, void (*progress)(void *context), void *context,
		     struct mappings *mappings);

/** source_has_mappings() - tell if the capture that is replayed has an answer about @group. */
bool source_has_mappings(const struct source *source, unsigned int group);

#endif
