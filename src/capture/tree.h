/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_TREE_H
#define VFIODIAG_CAPTURE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/*
 * A tree of files in memory: the files of a capture, wherever they came from. Nothing that is
 * looked up in it can lead to a file of this machine.
 */

/** enum tree_kind - what is at a place. */
enum tree_kind {
	TREE_DIRECTORY,
	TREE_FILE,
	TREE_LINK,
	TREE_OTHER, /* a pipe, a device: never read, and has an error */
};

/**
 * struct tree_node - a file, directory or link. Read only, but for the functions below.
 * @error: why its content, or that of the directory, could not be read; usually 0
 * @is_partial: redaction dropped a part of it: what is missing is not known
 * @text: content of a file or target of a link, with a NUL behind it; NULL when empty
 * @len: bytes of @text
 * @children: of a directory, see tree_children(); @last: the one that was found or added last
 * @level: and @less and @greater: its place among its siblings
 * @memory: of all nodes of the tree, and of their texts
 * @name: "" for the root
 */
struct tree_node {
	enum tree_kind kind;
	int error;
	bool is_partial;
	unsigned char level;
	char *text;
	size_t len;
	struct tree_node *parent;
	struct tree_node *children;
	struct tree_node *last;
	struct tree_node *less;
	struct tree_node *greater;
	struct arena *memory;
	char name[];
};

/** tree_new() - make an empty directory that is its own root. */
struct tree_node *tree_new(void);

/** tree_free() - free the tree of @root, which is its own root. NULL is allowed. */
void tree_free(struct tree_node *root);

/**
 * tree_add() - add a node at @path below @root; directories above it are made.
 * @path: words with '/' between, none of them empty or ".."; one '/' may stand in front
 * @node: set to what is at @path, also with -EEXIST
 *
 * No link is followed. Return: 0; -EEXIST when something is there; -ENOTDIR when something above
 * it is no directory; -EINVAL for another path than that.
 */
int tree_add(struct tree_node *root, const char *path, enum tree_kind kind,
	     struct tree_node **node);

/** tree_set_text() - set the content of @node to a copy of @text. */
void tree_set_text(struct tree_node *node, const char *text, size_t len);

/**
 * tree_find() - find the node at @path.
 * @from: where a path begins that is not absolute
 * @follow: whether a link at its end is followed; others always are
 *
 * As the kernel resolves a path (path_resolution(7)) in a process whose root is @root: neither ".."
 * nor a link leads out. Return: 0 and @node, or -ENOENT, -ENOTDIR, -ELOOP, or the error of a
 * directory on the way.
 */
int tree_find(struct tree_node *root, struct tree_node *from, const char *path, bool follow,
	      struct tree_node **node);

/** tree_children() - list a directory, sorted by the bytes of the names. Free the array. */
struct tree_node **tree_children(const struct tree_node *directory, size_t *count);

/** tree_visit_fn - called by tree_visit() for @path, which is gone when it returns. Return: 0 to go on. */
typedef int (*tree_visit_fn)(const char *path, struct tree_node *node, void *context);

/**
 * tree_visit() - call @visit for all below @root, directories before what is in them.
 * @name: of @root, in front of each path; "" for paths that begin below it
 */
int tree_visit(struct tree_node *root, const char *name, tree_visit_fn visit, void *context);

#endif
