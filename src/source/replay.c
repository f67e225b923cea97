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
	_cleanup_free_ char *key = NULL;

	if (source->mode != SOURCE_REPLAY)
		return 0;
	key = transcript_key(operation, path);
	return transcript_fact(source, key) ? answer_result(transcript_fact(source, key)) : 0;
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

int replay_find(const struct source *source, struct tree_node *from, const char *path, bool follow,
		struct tree_node **node)
{
	struct tree_node *root = source->kept->files;

	return tree_find(root, from ? from : root, path, follow, node);
}

int replay_read(const struct source *source, struct tree_node *from, const char *name, char **text,
		size_t *len)
{
	struct tree_node *node;
	int ret = replay_find(source, from, name, true, &node);

	if (ret < 0)
		return ret;
	if (node->error)
		return -node->error;
	if (node->kind != TREE_FILE)
		return -EINVAL;
	if (node->is_partial)
		return -ENODATA;
	*text = xcalloc(node->len + 1, 1);
	if (node->len)
		memcpy(*text, node->text, node->len);
	*len = node->len;
	return 0;
}

int replay_list(const struct source *source, const char *path, struct source_list *list)
{
	_cleanup_free_ struct tree_node **children = NULL;
	struct tree_node *node;
	size_t count;
	int ret = replay_find(source, NULL, path, true, &node);

	if (ret < 0)
		return ret;
	if (node->error)
		return -node->error;
	if (node->kind != TREE_DIRECTORY)
		return node->is_partial ? -ENODATA : -ENOTDIR;
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
	int ret = replay_find(source, NULL, path, false, &node);

	if (ret < 0)
		return ret;
	if (node->error)
		return -node->error;
	if (node->kind != TREE_LINK)
		return -EINVAL;
	*target = xstrdup(node->text ? node->text : "");
	return 0;
}
