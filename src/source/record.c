/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a capture while it is recorded: a tree in memory, which source_save() writes. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

/*
 * The node at @path, of @kind already or just made so; NULL when that can't be, and the problem is set.
 *
 * A path can be only one thing in a capture. Asking for a link in one question and through it in
 * another would make two of it, and the replay would answer wrongly: callers resolve links first.
 */
static struct tree_node *keep(struct source *source, const char *path, enum tree_kind kind)
{
	struct tree_node *node = NULL;
	int ret;

	if (source->mode != SOURCE_RECORD)
		return NULL;
	ret = tree_add(source->kept->files, path, kind, &node);
	if (ret >= 0 || (ret == -EEXIST && node->kind == kind))
		return node;
	source_set_problem(source, "cannot record '%s': %s", path,
			   ret == -EEXIST ? "it is a symbolic link and was followed"
					  : strerror(-ret));
	return NULL;
}

/* Tell if the capture has an entry at @path already, and of which kind. */
static bool is_recorded(const struct source *source, const char *path, enum tree_kind *kind)
{
	struct tree_node *node;

	if (tree_find(source->kept->files, source->kept->files, path, false, &node) < 0)
		return false;
	*kind = node->kind;
	return true;
}

void record_file(struct source *source, const char *path, const char *text, size_t len)
{
	struct tree_node *node = keep(source, path, TREE_FILE);

	if (node)
		tree_set_text(node, text, len);
}

void record_link(struct source *source, const char *path, const char *target)
{
	struct tree_node *node = keep(source, path, TREE_LINK);

	if (node && !node->text)
		tree_set_text(node, target, strlen(target));
}

void record_directory(struct source *source, const char *path)
{
	keep(source, path, TREE_DIRECTORY);
}

void record_presence(struct source *source, const char *path)
{
	enum tree_kind kind = TREE_FILE;

	if (source->mode == SOURCE_RECORD && is_recorded(source, path, &kind) &&
	    kind == TREE_DIRECTORY)
		return;
	keep(source, path, TREE_FILE);
}

void record_error(struct source *source, const char *operation, const char *path, int error)
{
	_cleanup_free_ char *key = NULL;
	enum tree_kind kind;

	if (source->mode != SOURCE_RECORD)
		return;
	/*
	 * A path that is not in the capture does not exist; only one that is listed needs a line.
	 */
	if (error == -ENOENT && !is_recorded(source, path, &kind))
		return;
	key = transcript_key(operation, path);
	transcript_write(source, json_pack("{s:s, s:s}", "fact", key, "errno", errno_name(error)));
}
