/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_VERDICT_H
#define VFIODIAG_PROBE_VERDICT_H

#include "model/probe.h"

/**
 * verdict_reach() - conclude from the evidence. Pure.
 * @evidence: observations of a probe
 * @verdict: filled
 *
 * Strongest first: the kernel's own test, the page table, the own unmap, the advertised page sizes.
 * The answer of VFIO_IOMMU_UNMAP_DMA is no evidence: it is the interface's bookkeeping and the same
 * on every IOMMU (vfio_dma_do_unmap(), 5.10 to 7.3). Neither is the kernel's version: what counts is
 * whether the kernel was seen to run its test. docs/verdict.md has the reasoning.
 */
void verdict_reach(const struct evidence *evidence, struct verdict *verdict);

/**
 * verdict_needs_odd_map() - tell whether a second map, at an odd page, can decide an open verdict.
 *
 * It can if the own two pages were unmapped one by one and the kernel's test was not observed.
 */
bool verdict_needs_odd_map(const struct evidence *evidence);

/**
 * verdict_needs_page_table() - tell whether the page table can decide a verdict that was not
 * reached until the two pages were mapped.
 */
bool verdict_needs_page_table(const struct evidence *evidence);

/**
 * verdict_doubts_entries() - tell why the entries that were found prove nothing.
 *
 * Return: the end of a sentence; NULL where they prove something, or none were found.
 */
const char *verdict_doubts_entries(const struct evidence *evidence);

#endif
