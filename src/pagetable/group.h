/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_GROUP_H
#define VFIODIAG_PAGETABLE_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "pagetable/view.h"

/**
 * struct own_task - this process, which is where a walk begins.
 * @bytes: its struct task_struct, as a note of /proc/kcore has it
 * @len: number of bytes
 * @pid: its process ID in the first PID namespace; 0: not known
 * @fd: the directory of the group in /sys/kernel/iommu_groups, opened by it
 * @inode: inode number of that directory
 */
struct own_task {
	const unsigned char *bytes;
	size_t len;
	uint32_t pid;
	uint32_t fd;
	uint64_t inode;
};

/**
 * struct group_domain - the domain that translates for a group.
 * @address: of its struct iommu_domain
 * @is_managed: the kernel itself maps in it (for a driver), and not VFIO or iommufd
 * @page_sizes: sizes of entries that the IOMMU offers, one bit each
 * @last: the last bus address that can be mapped
 */
struct group_domain {
	uint64_t address;
	bool is_managed;
	uint64_t page_sizes;
	uint64_t last;
};

/**
 * group_domain_find() - find the domain of an IOMMU group in the memory of the kernel.
 * @task: leads to the group
 * @number: of the group
 * @domain: receives the domain, which has a page table
 *
 * Whatever is passed on the way is checked for being the group of that number.
 * Return: 0, or a negative errno and the reason.
 */
int group_domain_find(const struct kernel_view *view, const struct own_task *task,
		      unsigned int number, struct group_domain *domain, char **reason);

#endif
