/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */

static struct tree_node *node_new(struct arena *memory, const char *name, size_t len,
				  enum tree_kind kind)
{
	struct tree_node *node = arena_take(memory, sizeof(*node) + len + 1);

	*node = (struct tree_node){ .kind = kind, .memory = memory };
	memcpy(node->name, name, len);
	node->name[len] = '\0';
	return node;
}

struct tree_node *tree_new(void)
{
	return node_new(xcalloc(1, sizeof(struct arena)), "", 0, TREE_DIRECTORY);
}

void tree_free(struct tree_node *root)
{
	struct arena *memory = root ? root->memory : NULL;

	if (!root)
		return;
	arena_clear(memory);
	free(memory);
}

/* In the order of strcmp(3), without a copy of the first @len bytes: this is what a replay does most. */
static int compare(const char *name, size_t len, const struct tree_node *node)
{
	int order = strncmp(name, node->name, len);

	return order ? order : -(node->name[len] != '\0');
}

/*
 * The child called by the first @len bytes of @name, or NULL. Most paths begin as the one before: their
 * directories are where they were found last.
 */
static struct tree_node *find_child(struct tree_node *directory, const char *name, size_t len)
{
	struct tree_node *at = directory->children;
	int order;

	if (directory->last && compare(name, len, directory->last) == 0)
		return directory->last;
	while (at && (order = compare(name, len, at)) != 0)
		at = order < 0 ? at->less : at->greater;
	if (at)
		directory->last = at;
	return at;
}

/*
 * The children of a directory are a tree by their names, balanced as Arne Andersson's: a left child is a
 * level below, a right one may be on the same, but no two in a row. tsearch(3) keeps such a tree too;
 * to free and to list its nodes took a fifth of the time in which a capture is packed.
 */
static struct tree_node *balance(struct tree_node *top)
{
	struct tree_node *next = top->less;

	if (next && next->level == top->level) {
		top->less = next->greater;
		next->greater = top;
		top = next;
	}
	next = top->greater;
	if (next && next->greater && next->greater->level == top->level) {
		top->greater = next->less;
		next->less = top;
		next->level++;
		top = next;
	}
	return top;
}

static struct tree_node *insert(struct tree_node *top, struct tree_node *node)
{
	if (!top)
		return node;
	if (strcmp(node->name, top->name) < 0)
		top->less = insert(top->less, node);
	else
		top->greater = insert(top->greater, node);
	return balance(top);
}

static struct tree_node *add_child(struct tree_node *directory, const char *name, size_t len,
				   enum tree_kind kind)
{
	struct tree_node *node = node_new(directory->memory, name, len, kind);

	node->parent = directory;
	directory->children = insert(directory->children, node);
	directory->last = node;
	return node;
}

int tree_add(struct tree_node *root, const char *path, enum tree_kind kind, struct tree_node **node)
{
	struct tree_node *at = root;

	path += *path == '/';
	for (;;) {
		size_t len = (size_t)(strchrnul(path, '/') - path);
		struct tree_node *child;

		if (!len || (len == 2 && path[0] == '.' && path[1] == '.'))
			return -EINVAL;
		if (at->kind != TREE_DIRECTORY)
			return -ENOTDIR;
		child = len == 1 && *path == '.' ? at : find_child(at, path, len);
		if (!path[len]) {
			*node = child ? child : add_child(at, path, len, kind);
			return child ? -EEXIST : 0;
		}
		at = child ? child : add_child(at, path, len, TREE_DIRECTORY);
		path += len + 1;
	}
}

void tree_set_text(struct tree_node *node, const char *text, size_t len)
{
	/* One that is read again and again has its room already. */
	if (len > node->len)
		node->text = arena_take(node->memory, len + 1);
	if (len) {
		memcpy(node->text, text, len);
		node->text[len] = '\0';
	} else {
		node->text = NULL;
	}
	node->len = len;
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
	const char *behind = strchrnul(word, '/');
	size_t len = (size_t)(behind - word);
	bool is_last = !behind[strspn(behind, "/")];
	struct tree_node *child;

	if (walk->node->error)
		return -walk->node->error;
	if (walk->node->kind != TREE_DIRECTORY)
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
	return *behind && child->kind != TREE_DIRECTORY ? not_there(child, -ENOTDIR) : 0;
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

/** struct children - of a directory. */
struct children {
	struct tree_node **node;
	size_t count;
};

static void gather(struct tree_node *top, struct children *children)
{
	if (!top)
		return;
	gather(top->less, children);
	APPEND(children->node, children->count, top);
	gather(top->greater, children);
}

struct tree_node **tree_children(const struct tree_node *directory, size_t *count)
{
	struct children children = { 0 };

	gather(directory->children, &children);
	*count = children.count;
	return children.node;
}

/**
 * struct visitor - a visit of a whole tree.
 * @path: of the node that is visited, in @room bytes: one after another is written there
 */
struct visitor {
	tree_visit_fn visit;
	void *context;
	char *path;
	size_t room;
};

/* Write @name behind the path of its directory, which has @len bytes. Return: how many it has then. */
static size_t go_down(struct visitor *visitor, size_t len, const char *name)
{
	size_t size = strlen(name) + 1;

	if (len + 1 + size > visitor->room) {
		visitor->room = 2 * (len + 1 + size);
		visitor->path = xrealloc(visitor->path, visitor->room);
	}
	if (len)
		visitor->path[len++] = '/';
	memcpy(visitor->path + len, name, size);
	return len + size - 1;
}

/* Visit @top and its siblings, in a directory whose path has @len bytes. */
static int visit_siblings(struct visitor *visitor, struct tree_node *top, size_t len)
{
	size_t below;
	int ret;

	if (!top)
		return 0;
	ret = visit_siblings(visitor, top->less, len);
	if (ret != 0)
		return ret;
	below = go_down(visitor, len, top->name);
	ret = visitor->visit(visitor->path, top, visitor->context);
	if (ret == 0)
		ret = visit_siblings(visitor, top->children, below);
	return ret == 0 ? visit_siblings(visitor, top->greater, len) : ret;
}

int tree_visit(struct tree_node *root, const char *name, tree_visit_fn visit, void *context)
{
	struct visitor visitor = { .visit = visit, .context = context };
	int ret = visit_siblings(&visitor, root->children, go_down(&visitor, 0, name));

	free(visitor.path);
	return ret;
}
