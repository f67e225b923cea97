/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from the own task to the page table of a group, over BTF and memory that can be anything.
 *
 * The input begins with three bytes: the driver of the IOMMU, the number of the group and the descriptor.
 * Then come three bytes of length and BTF, two bytes of length and the own task; the rest is memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "pagetable/root.h"

#define DIRECT UINT64_C(0xffff888000000000)
#define MEMORY (32 * 4096)
#define INODE  0x1234

/* Of each page the input has the first 1024 bytes, so that it stays small; the rest of 32 pages is 0. */
static unsigned char byte_at(const struct bytes *memory, uint64_t at)
{
	uint64_t in = at / 4096 * 1024 + at % 4096;

	return at % 4096 < 1024 && in < memory->left ? memory->at[in] : 0;
}

static int read_virtual(void *context, uint64_t address, void *buffer, size_t len)
{
	unsigned char *bytes = buffer;

	if (address < DIRECT || address - DIRECT > MEMORY || len > MEMORY - (address - DIRECT))
		return -EFAULT;
	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(context, address - DIRECT + i);
	return 0;
}

static int read_physical(void *context, uint64_t address, void *buffer, size_t len)
{
	return address < DIRECT ? read_virtual(context, address + DIRECT, buffer, len) : -EFAULT;
}

static struct bytes take_part(struct bytes *input, unsigned int width)
{
	uint64_t len = take_number(input, width);
	struct bytes part = { input->at, len < input->left ? len : input->left };

	input->at += part.left;
	input->left -= part.left;
	return part;
}

/* What holds of a table of any kind, before any of it is read. */
static void check_root(const struct table_root *root)
{
	MUST(root->kind < TABLE_KINDS);
	MUST(root->top >= DIRECT && !(root->top & 7));
	MUST(root->kind == TABLE_VIRTIO || (root->levels >= 1 && root->levels <= 6));
	MUST(root->kind != TABLE_ARM_LPAE || (root->bits_per_level >= 9 && root->top_bits <= 17));
}

static bool visit(void *context, const struct table_leaf *leaf)
{
	(void)context;
	MUST(leaf->size);
	return true;
}

/* A wrong table may be read: it has to come to an end. */
static void read_table(const struct memory *memory, const struct table_root *root)
{
	struct table_scan scan = { .last = UINT64_MAX, .max_entries = 20000, .visit = visit };

	MUST(table_scan(memory, root, &scan) < TABLE_RESULTS);
}

static void find(const struct kernel_view *view, const struct own_task *task, enum iommu_kind kind,
		 unsigned int number)
{
	_cleanup_free_ char *reason = NULL;
	struct group_domain domain;
	struct table_root root;
	int ret = group_domain_find(view, task, number, &domain, &reason);

	MUST((ret == 0) == !reason);
	if (ret < 0)
		return;
	MUST(domain.address && domain.page_sizes && domain.last);
	ret = root_find(view, kind, &domain, &root, &reason);
	MUST((ret == 0) == !reason);
	if (ret < 0)
		return;
	check_root(&root);
	read_table(view->memory, &root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes input = { data, len };
	enum iommu_kind kind = take_number(&input, 1) % (IOMMU_VIRTIO + 1);
	unsigned int number = (unsigned int)take_number(&input, 1);
	uint32_t fd = (uint32_t)take_number(&input, 1);
	struct bytes types = take_part(&input, 3);
	struct bytes copy = take_part(&input, 2);
	struct memory memory = { read_virtual, read_physical, &input, false };
	struct own_task task = { copy.at, copy.left, 0, fd, INODE };
	struct kernel_view view = { .memory = &memory };
	struct btf *btf;

	if (btf_open(types.at, types.left, NULL, &btf, NULL) < 0)
		return 0;
	memory.is_big_endian = btf_is_big_endian(btf);
	view.vmlinux = btf;
	find(&view, &task, kind, number);
	btf_close(btf);
	return 0;
}
