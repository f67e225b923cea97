/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_ROOT_H
#define VFIODIAG_PAGETABLE_ROOT_H

#include "model/host.h"
#include "pagetable/group.h"
#include "pagetable/table.h"
#include "pagetable/view.h"

/**
 * root_find() - find the page table of a domain.
 * @kind: driver of the IOMMU behind which the group is
 * @domain: found by group_domain_find()
 * @root: receives the format of the table and where it begins
 *
 * Members that say the same in two ways must agree. That the entries themselves are understood, only the
 * memory that they map can prove.
 * Return: 0, or a negative errno and the reason.
 */
int root_find(const struct kernel_view *view, enum iommu_kind kind,
	      const struct group_domain *domain, struct table_root *root, char **reason);

/**
 * root_check_tried() - refuse a table of a kind that was never read in the memory of a real kernel.
 *
 * No IOMMU that is emulated has AMD's v2 tables for VFIO, so they are known from source alone.
 * Return: 0, or a negative errno and the reason.
 */
int root_check_tried(const struct table_root *root, char **reason);

#endif
