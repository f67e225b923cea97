/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a directory in sysfs to the domain of its IOMMU group.
 *
 * Kernel: include/linux/fdtable.h, files_struct, fdtable; include/linux/fs.h, f_inode, i_private, i_ino;
 *   include/linux/kernfs.h, kernfs_node; include/linux/kobject.h, kobject; drivers/iommu/iommu.c,
 *   iommu_group: 6.1, 7.3.
 */
#include "pagetable/group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pagetable/reason.h"

static const struct place task_files = { "task_struct", NULL, "files", 8, false };
static const struct place task_tgid = { "task_struct", NULL, "tgid", 4, false };
static const struct place files_fdt = { "files_struct", NULL, "fdt", 8, false };
static const struct place fdt_max_fds = { "fdtable", NULL, "max_fds", 4, false };
static const struct place fdt_fd = { "fdtable", NULL, "fd", 8, false };
static const struct place file_inode = { "file", NULL, "f_inode", 8, false };
static const struct place inode_private = { "inode", NULL, "i_private", 8, false };
static const struct place inode_number = { "inode", NULL, "i_ino", 8, false };
static const struct place node_id = { "kernfs_node", NULL, "id", 8, false };
static const struct place node_priv = { "kernfs_node", NULL, "priv", 8, false };
static const struct place kobject_name = { "kobject", NULL, "name", 8, false };
static const struct place kobject_sd = { "kobject", NULL, "sd", 8, false };
static const struct place group_kobj = { "iommu_group", NULL, "kobj", 0, false };
static const struct place group_id = { "iommu_group", NULL, "id", 4, false };
static const struct place group_domain = { "iommu_group", NULL, "domain", 8, false };
static const struct place domain_type = { "iommu_domain", NULL, "type", 4, false };
static const struct place domain_sizes = { "iommu_domain", NULL, "pgsize_bitmap", 8, false };
static const struct place domain_last = { "iommu_domain", NULL, "geometry.aperture_end", 8, false };

/*
 * The types of domains, which are no enum.
 *
 * Kernel: include/linux/iommu.h, __IOMMU_DOMAIN_PAGING, __IOMMU_DOMAIN_DMA_API, __IOMMU_DOMAIN_DMA_FQ,
 *   IOMMU_DOMAIN_IDENTITY, IOMMU_DOMAIN_BLOCKED: 6.1, 6.12, 7.3.
 */
#define DOMAIN_BLOCKED	0
#define DOMAIN_PAGING	1
#define DOMAIN_MANAGED	2
#define DOMAIN_IDENTITY 4
#define DOMAIN_LAZY	8

/* The copy of the task is no memory of the kernel, but has its byte order. */
static int read_copy(void *context, uint64_t offset, void *buffer, size_t len)
{
	const struct own_task *task = context;

	if (offset > task->len || len > task->len - offset)
		return -ENODATA;
	memcpy(buffer, task->bytes + offset, len);
	return 0;
}

static int find_files(const struct kernel_view *view, const struct own_task *task, uint64_t *files,
		      char **reason)
{
	struct memory copy = { read_copy, read_copy, (void *)(uintptr_t)task,
			       view->memory->is_big_endian };
	struct kernel_view own = { view->vmlinux, NULL, &copy, 0 };
	uint64_t pid;
	int ret = view_read(&own, &task_tgid, 0, &pid, reason);

	if (ret < 0)
		return ret;
	if (task->pid && pid != task->pid)
		return could_not_tell(reason, ESRCH, "the task that was found is another process");
	return view_pointer(&own, &task_files, 0, files, reason);
}

/* The open file that is the directory of the group. */
static int find_file(const struct kernel_view *view, const struct own_task *task, uint64_t *file,
		     char **reason)
{
	uint64_t files, fdt, max, list;
	int ret = find_files(view, task, &files, reason);

	if (ret >= 0)
		ret = view_pointer(view, &files_fdt, files, &fdt, reason);
	if (ret >= 0)
		ret = view_read(view, &fdt_max_fds, fdt, &max, reason);
	if (ret >= 0)
		ret = view_pointer(view, &fdt_fd, fdt, &list, reason);
	if (ret < 0)
		return ret;
	if (task->fd >= max)
		return could_not_tell(reason, EBADF, "the table of descriptors is too short");
	if (__builtin_add_overflow(list, UINT64_C(8) * task->fd, &list) ||
	    memory_u64(view->memory, list, file) < 0 || !*file)
		return could_not_tell(reason, EBADF, "the descriptor of the group was not found");
	return 0;
}

/* A node of sysfs that has the inode number of the directory. */
static int find_node(const struct kernel_view *view, const struct own_task *task, uint64_t *node,
		     char **reason)
{
	uint64_t file, inode, number, id;
	int ret = find_file(view, task, &file, reason);

	if (ret >= 0)
		ret = view_pointer(view, &file_inode, file, &inode, reason);
	if (ret >= 0)
		ret = view_read(view, &inode_number, inode, &number, reason);
	if (ret >= 0)
		ret = view_pointer(view, &inode_private, inode, node, reason);
	if (ret >= 0)
		ret = view_read(view, &node_id, *node, &id, reason);
	if (ret < 0)
		return ret;
	if (number != task->inode || id != task->inode)
		return could_not_tell(reason, ENODEV,
				      "the inode that was found is not the group's");
	return 0;
}

/* Whether the name of @kobject is @number, which the kernel made of the same. */
static int check_name(const struct kernel_view *view, uint64_t kobject, unsigned int number,
		      char **reason)
{
	char name[16] = "", expected[16];
	int len = snprintf(expected, sizeof(expected), "%u", number);
	uint64_t address;
	int ret = view_pointer(view, &kobject_name, kobject, &address, reason);

	if (ret < 0)
		return ret;
	if (view->memory->read(view->memory->context, address, name, (size_t)len + 1) < 0 ||
	    memcmp(name, expected, (size_t)len + 1) != 0)
		return could_not_tell(reason, ENODEV,
				      "the object that was found is not the group's");
	return 0;
}

static int find_kobject(const struct kernel_view *view, const struct own_task *task,
			uint64_t *kobject, char **reason)
{
	uint64_t node, back;
	int ret = find_node(view, task, &node, reason);

	if (ret >= 0)
		ret = view_pointer(view, &node_priv, node, kobject, reason);
	if (ret >= 0)
		ret = view_read(view, &kobject_sd, *kobject, &back, reason);
	if (ret >= 0 && back != node)
		ret = could_not_tell(reason, ENODEV,
				     "the object that was found has another directory");
	return ret;
}

static int find_group(const struct kernel_view *view, const struct own_task *task,
		      unsigned int number, uint64_t *group, char **reason)
{
	uint64_t kobject, id;
	int ret = find_kobject(view, task, &kobject, reason);

	if (ret >= 0)
		ret = check_name(view, kobject, number, reason);
	if (ret >= 0)
		ret = view_outer(view, &group_kobj, kobject, group, reason);
	if (ret >= 0)
		ret = view_read(view, &group_id, *group, &id, reason);
	if (ret >= 0 && id != number)
		ret = could_not_tell(reason, ENODEV, "the group that was found is not group %u",
				     number);
	return ret;
}

static int check_type(uint64_t type, char **reason)
{
	if (type == DOMAIN_IDENTITY)
		return could_not_tell(reason, EOPNOTSUPP, "an identity domain has no page table");
	if (type == DOMAIN_BLOCKED)
		return could_not_tell(reason, EOPNOTSUPP,
				      "a domain that blocks DMA has no page table");
	if (!(type & DOMAIN_PAGING) ||
	    type & ~(uint64_t)(DOMAIN_PAGING | DOMAIN_MANAGED | DOMAIN_LAZY))
		return could_not_tell(reason, EOPNOTSUPP, "the domain is of unknown type");
	return 0;
}

/*
 * Pages of less than 4 KiB have no IOMMU whose tables are known, so the last address is that of a page. Nothing
 * else tells where some domains end, and with another end only a part of the table would be read.
 */
static int check_domain(const struct group_domain *domain, char **reason)
{
	if (!domain->page_sizes || domain->page_sizes & 0xfff || (domain->last & 0xfff) != 0xfff)
		return could_not_tell(reason, EINVAL, "what was found is not a domain");
	return 0;
}

int group_domain_find(const struct kernel_view *view, const struct own_task *task,
		      unsigned int number, struct group_domain *domain, char **reason)
{
	uint64_t group, type;
	int ret = find_group(view, task, number, &group, reason);

	*domain = (struct group_domain){ 0 };
	if (ret >= 0)
		ret = view_pointer(view, &group_domain, group, &domain->address, reason);
	if (ret >= 0)
		ret = view_read(view, &domain_type, domain->address, &type, reason);
	if (ret >= 0)
		ret = check_type(type, reason);
	if (ret >= 0)
		ret = view_read(view, &domain_sizes, domain->address, &domain->page_sizes, reason);
	if (ret >= 0)
		ret = view_read(view, &domain_last, domain->address, &domain->last, reason);
	if (ret < 0)
		return ret;
	domain->is_managed = type & DOMAIN_MANAGED;
	return check_domain(domain, reason);
}
