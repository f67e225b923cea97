/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a capture that is replayed. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

int recorded_error(const struct source *source, const char *operation, const char *path)
{
	_cleanup_free_ char *key = transcript_key(operation, path);
	const json_t *fact = transcript_fact(source, key);

	return fact ? answer_result(fact) : 0;
}

/* The deepest part of @path that the capture has, from the root. */
static struct tree_node *find_deepest(const struct source *source, const char *path)
{
	struct tree_node *root = source->kept->files, *node = NULL;
	_cleanup_free_ char *part = xstrdup(path);

	while (tree_find(root, root, part, false, &node) < 0) {
		char *slash = strrchr(part, '/');

		if (!slash)
			return root;
		*slash = '\0';
	}
	return node;
}

void replay_mark_dropped(const struct source *source)
{
	static const char dropped[] = "dropped ", link[] = "link ";
	const char *key;
	json_t *fact;

	json_object_foreach (source->facts, key, fact) {
		bool is_link = text_starts(key, link);
		struct tree_node *node;

		if ((!is_link && !text_starts(key, dropped)) || answer_result(fact) != -ENODATA)
			continue;
		node = find_deepest(source, strchr(key, ' ') + 1);
		if (!is_link || node->kind == TREE_FILE)
			node->is_partial = true;
	}
}

/* The node @name at @from, which is also at @path, if @operation on it did not fail. */
static int find(const struct source *source, const char *operation, struct tree_node *from,
		const char *name, const char *path, bool follow, struct tree_node **node)
{
	struct tree_node *root = source->kept->files;
	int ret = recorded_error(source, operation, path);

	if (ret >= 0)
		ret = tree_find(root, from ? from : root, name, follow, node);
	return ret < 0 ? ret : -(*node)->error;
}

int replay_read(const struct source *source, struct tree_node *from, const char *name,
		const char *path, char **text, size_t *len)
{
	struct tree_node *node;
	int ret = find(source, "read", from, name, path, true, &node);

	if (ret < 0)
		return ret;
	if (node->kind != TREE_FILE)
		return -EINVAL;
	if (node->is_partial)
		return -ENODATA;
	*text = xmemdup(node->text, node->len);
	*len = node->len;
	return 0;
}

int replay_directory(const struct source *source, const char *operation, const char *path,
		     struct tree_node **node)
{
	int ret = find(source, operation, NULL, path, path, true, node);

	if (ret < 0 || (*node)->kind == TREE_DIRECTORY)
		return ret;
	return (*node)->is_partial ? -ENODATA : -ENOTDIR;
}

int replay_list(const struct source *source, const char *path, struct source_list *list)
{
	_cleanup_free_ struct tree_node **children = NULL;
	struct tree_node *node;
	size_t count;
	int ret = replay_directory(source, "list", path, &node);

	if (ret < 0)
		return ret;
	children = tree_children(node, &count);
	for (size_t i = 0; i < count; i++) {
		if (children[i]->name[0] != '.')
			APPEND(list->name, list->count, xstrdup(children[i]->name));
	}
	return 0;
}

int replay_link(const struct source *source, const char *path, char **target)
{
	struct tree_node *node;
	int ret = find(source, "link", NULL, path, path, false, &node);

	if (ret < 0)
		return ret;
	if (node->kind != TREE_LINK)
		return -EINVAL;
	*target = xstrdup(node->text ? node->text : "");
	return 0;
}

int replay_exists(const struct source *source, const char *path)
{
	struct tree_node *root = source->kept->files, *node;
	int ret = recorded_error(source, "exists", path);

	/* Of one that could not be read too it is known that it is there. */
	return ret < 0 ? ret : tree_find(root, root, path, true, &node);
}
