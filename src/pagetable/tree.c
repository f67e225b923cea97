/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mappings of virtio-iommu: no table, a tree of them in order of their bus addresses. The device
 * is asked to remove each as a whole, so a mapping is what an entry is elsewhere.
 *
 * Kernel: drivers/iommu/virtio-iommu.c, viommu_add_mapping(), viommu_del_mappings(), viommu_mapping: 6.1,
 *   6.12, 7.3.
 * Kernel: include/linux/rbtree_types.h, rb_node: 7.3.
 * Kernel: include/linux/interval_tree.h, interval_tree_node, __subtree_last: 6.1, 6.12, 7.3.
 */
#include <errno.h>

#include "pagetable/internal.h"

/* A balanced tree that is deeper has more nodes than memory has bytes. */
#define DEPTH_MAX 128

/** struct climb - a walk over a tree. */
struct climb {
	const struct memory *memory;
	const struct table_tree *tree;
	struct table_scan *scan;
};

/** struct mapping - a node of the tree; see struct table_tree. */
struct mapping {
	uint64_t left;
	uint64_t right;
	uint64_t start;
	uint64_t last;
	uint64_t subtree_last;
	uint64_t physical;
};

/* A number at an offset; nothing wraps around the end of the address space. */
static int number_at(const struct memory *memory, uint64_t base, uint64_t offset, uint64_t *value)
{
	uint64_t address;

	if (__builtin_add_overflow(base, offset, &address) || address > UINT64_MAX - 7)
		return -EFAULT;
	return memory_u64(memory, address, value);
}

static enum table_result read_mapping(struct climb *climb, uint64_t node, struct mapping *mapping)
{
	const struct memory *memory = climb->memory;
	const struct table_tree *tree = climb->tree;
	uint64_t base = node - tree->node;
	int ret;

	if (climb->scan->n_entries >= climb->scan->max_entries)
		return TABLE_LIMIT;
	if (climb->scan->is_over && climb->scan->is_over(climb->scan->context))
		return TABLE_LIMIT;
	climb->scan->n_entries++;
	if (node & 7 || node < tree->node)
		return TABLE_UNALIGNED;
	ret = number_at(memory, node, tree->left, &mapping->left);
	ret = ret ? ret : number_at(memory, node, tree->right, &mapping->right);
	ret = ret ? ret : number_at(memory, base, tree->start, &mapping->start);
	ret = ret ? ret : number_at(memory, base, tree->last, &mapping->last);
	ret = ret ? ret : number_at(memory, base, tree->subtree_last, &mapping->subtree_last);
	ret = ret ? ret : number_at(memory, base, tree->physical, &mapping->physical);
	climb->scan->error = ret;
	return ret ? TABLE_UNREADABLE : TABLE_OK;
}

/*
 * All lies in order between @low and @high, so what is on the right ends last. Each number is held
 * against another one: it may be in another place than its offset says.
 */
static bool is_in_order(const struct mapping *mapping, uint64_t low, uint64_t high)
{
	if (mapping->start > mapping->last || mapping->start < low || mapping->subtree_last > high)
		return false;
	if (mapping->left && mapping->start == low)
		return false;
	return mapping->right ? mapping->subtree_last > mapping->last
			      : mapping->subtree_last == mapping->last;
}

/* A mapping is of whole pages, in bus and memory. */
static enum table_result check_mapping(const struct mapping *mapping)
{
	uint64_t more = mapping->last - mapping->start;

	if (more == UINT64_MAX)
		return TABLE_WRONG_SIZE;
	if ((mapping->start | mapping->physical | (mapping->last + 1)) & low_bits(12))
		return TABLE_UNALIGNED;
	return mapping->physical > UINT64_MAX - more ? TABLE_MALFORMED : TABLE_OK;
}

static enum table_result visit_mapping(struct climb *climb, const struct mapping *mapping)
{
	struct table_scan *scan = climb->scan;
	struct table_leaf leaf = { .iova = mapping->start,
				   .size = mapping->last - mapping->start + 1,
				   .physical = mapping->physical };

	if (mapping->last < scan->first || mapping->start > scan->last)
		return TABLE_OK;
	return scan->visit(scan->context, &leaf) ? TABLE_OK : TABLE_STOPPED;
}

/*
 * In order. All below @node must lie from @low to @high, so that no loop goes on, and end at
 * @subtree_last unless that is 0. A node of which nothing is wanted is read too: it tells whether the
 * one above it is understood.
 */
static enum table_result climb_node(struct climb *climb, uint64_t node, uint64_t low, uint64_t high,
				    uint64_t subtree_last, unsigned int depth)
{
	const struct table_scan *scan = climb->scan;
	struct mapping mapping;
	enum table_result result;

	if (depth == DEPTH_MAX)
		return TABLE_LOOP;
	result = read_mapping(climb, node, &mapping);
	if (!result && !is_in_order(&mapping, low, high))
		return TABLE_MALFORMED;
	if (!result && subtree_last && mapping.subtree_last != subtree_last)
		return TABLE_MALFORMED;
	if (!result)
		result = check_mapping(&mapping);
	if (high < scan->first || low > scan->last)
		return result;
	if (!result && mapping.left)
		result = climb_node(climb, mapping.left, low, mapping.start - 1, 0, depth + 1);
	if (!result)
		result = visit_mapping(climb, &mapping);
	if (!result && mapping.right)
		result = climb_node(climb, mapping.right, mapping.last + 1, high,
				    mapping.subtree_last, depth + 1);
	return result;
}

enum table_result tree_scan(const struct memory *memory, const struct table_root *root,
			    struct table_scan *scan)
{
	struct climb climb = { .memory = memory, .tree = &root->tree, .scan = scan };
	uint64_t node;

	scan->error = memory_u64(memory, root->top, &node);
	if (scan->error)
		return TABLE_UNREADABLE;
	return node ? climb_node(&climb, node, 0, UINT64_MAX, 0, 0) : TABLE_OK;
}
