/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/tree.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct tree_node *)a)->name, ((const struct tree_node *)b)->name);
}

static struct tree_node *node_new(struct tree_node *parent, const char *name, size_t len,
				  enum tree_kind kind)
{
	struct tree_node *node = xcalloc(1, sizeof(*node) + len + 1);

	memcpy(node->name, name, len);
	node->kind = kind;
	node->parent = parent;
	return node;
}

struct tree_node *tree_new(void)
{
	return node_new(NULL, "", 0, TREE_FOLDER);
}

static void free_node(void *object)
{
	struct tree_node *node = object;

	tdestroy(node->children, free_node);
	free(node->text);
	free(node);
}

void tree_free(struct tree_node *root)
{
	if (root)
		free_node(root);
}

/** struct word - a name inside a path. */
struct word {
	const char *name;
	size_t len;
};

/* In the order of compare(), without a copy of the word: this is what a replay does most. */
static int compare_word(const void *a, const void *b)
{
	const struct word *word = a;
	const struct tree_node *node = b;
	int order = strncmp(word->name, node->name, word->len);

	return order ? order : -(node->name[word->len] != '\0');
}

/*
 * The child called by the first @len bytes of @name, or NULL. Most paths begin as the one before: their
 * directories are where they were found last.
 */
static struct tree_node *find_child(struct tree_node *folder, const char *name, size_t len)
{
	struct word word = { name, len };
	void *found;

	if (folder->last && compare_word(&word, folder->last) == 0)
		return folder->last;
	found = tfind(&word, &folder->children, compare_word);
	if (found)
		folder->last = *(struct tree_node **)found;
	return found ? folder->last : NULL;
}

static struct tree_node *add_child(struct tree_node *folder, const char *name, size_t len,
				   enum tree_kind kind)
{
	struct tree_node *node = node_new(folder, name, len, kind);

	if (!tsearch(node, &folder->children, compare))
		out_of_memory();
	folder->last = node;
	return node;
}

int tree_add(struct tree_node *root, const char *path, enum tree_kind kind, struct tree_node **node)
{
	struct tree_node *at = root;

	path += *path == '/';
	for (;;) {
		size_t len = strcspn(path, "/");
		struct tree_node *child;

		if (!len || (len == 2 && path[0] == '.' && path[1] == '.'))
			return -EINVAL;
		if (at->kind != TREE_FOLDER)
			return -ENOTDIR;
		child = len == 1 && *path == '.' ? at : find_child(at, path, len);
		if (!path[len]) {
			*node = child ? child : add_child(at, path, len, kind);
			return child ? -EEXIST : 0;
		}
		at = child ? child : add_child(at, path, len, TREE_FOLDER);
		path += len + 1;
	}
}

void tree_set_text(struct tree_node *node, const char *text, size_t len)
{
	free(node->text);
	node->text = NULL;
	node->len = len;
	if (!len)
		return;
	node->text = xcalloc(len + 1, 1);
	memcpy(node->text, text, len);
}

/** struct walk - where a path has led so far. @rest: what is still to go, at @at; free it. */
struct walk {
	struct tree_node *root;
	struct tree_node *node;
	unsigned int links;
	char *rest;
	const char *at;
};

/* Go on with what @link points to, in front of @behind. */
static int follow(struct walk *walk, const struct tree_node *link, const char *behind)
{
	char *rest;

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (!link->text)
		return link->error ? -link->error : -ENOENT;
	rest = xasprintf("%s%s", link->text, behind);
	free(walk->rest);
	walk->rest = rest;
	walk->at = rest;
	if (*rest == '/')
		walk->node = walk->root;
	return 0;
}

/* Nothing is known of what was dropped, not even that it was there. */
static int not_there(const struct tree_node *node, int error)
{
	return node->is_partial ? -ENODATA : error;
}

/* One word of the path. */
static int step(struct walk *walk, bool follow_last)
{
	const char *word = walk->at;
	size_t len = strcspn(word, "/");
	const char *behind = word + len;
	bool is_last = !behind[strspn(behind, "/")];
	struct tree_node *child;

	if (walk->node->error)
		return -walk->node->error;
	if (walk->node->kind != TREE_FOLDER)
		return not_there(walk->node, -ENOTDIR);
	walk->at = behind;
	if (len == 1 && *word == '.')
		return 0;
	if (len == 2 && word[0] == '.' && word[1] == '.') {
		walk->node = walk->node->parent ? walk->node->parent : walk->node;
		return 0;
	}
	child = find_child(walk->node, word, len);
	if (!child)
		return not_there(walk->node, -ENOENT);
	/* A slash behind the last word asks for what is behind the link, and for a directory. */
	if (child->kind == TREE_LINK && (!is_last || *behind || follow_last))
		return follow(walk, child, behind);
	walk->node = child;
	return *behind && child->kind != TREE_FOLDER ? not_there(child, -ENOTDIR) : 0;
}

int tree_find(struct tree_node *root, struct tree_node *from, const char *path, bool follow_last,
	      struct tree_node **node)
{
	struct walk walk = { .root = root, .node = *path == '/' ? root : from };
	int ret = 0;

	walk.rest = xstrdup(path);
	walk.at = walk.rest;
	while (ret == 0 && *(walk.at += strspn(walk.at, "/")))
		ret = step(&walk, follow_last);
	free(walk.rest);
	if (ret == 0)
		*node = walk.node;
	return ret;
}

/** struct children - what twalk_r(3) has come to. */
struct children {
	struct tree_node **node;
	size_t count;
};

static void gather(const void *entry, VISIT which, void *closure)
{
	struct children *children = closure;

	if (which == postorder || which == leaf)
		APPEND(children->node, children->count, *(struct tree_node *const *)entry);
}

struct tree_node **tree_children(const struct tree_node *folder, size_t *count)
{
	struct children children = { 0 };

	twalk_r(folder->children, gather, &children);
	*count = children.count;
	return children.node;
}

static int visit_below(const struct tree_node *folder, const char *path, tree_visit_fn visit,
		       void *context)
{
	_cleanup_free_ struct tree_node **children = NULL;
	size_t count;
	int ret = 0;

	children = tree_children(folder, &count);
	for (size_t i = 0; i < count && ret == 0; i++) {
		_cleanup_free_ char *name = *path ? xjoin(path, '/', children[i]->name)
						  : xstrdup(children[i]->name);

		ret = visit(name, children[i], context);
		if (ret == 0)
			ret = visit_below(children[i], name, visit, context);
	}
	return ret;
}

int tree_visit(struct tree_node *root, tree_visit_fn visit, void *context)
{
	return visit_below(root, "", visit, context);
}
