/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may open a device node. It is not opened. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

static int take_stat(const struct stat *st, struct source_node *node)
{
	/* A copy of a tree has plain files in place of its nodes, and their modes say nothing. */
	if (!S_ISCHR(st->st_mode))
		return -ENODEV;
	node->uid = st->st_uid;
	node->gid = st->st_gid;
	node->mode = st->st_mode & 07777;
	return 0;
}

static int live_node(const char *path, struct source_node *node)
{
	const struct passwd *owner;
	const struct group *group;
	struct stat st;
	int ret = stat(path, &st) < 0 ? -errno : take_stat(&st, node);

	if (ret < 0)
		return ret;
	node->has_acl = getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
	owner = getpwuid(node->uid);
	node->owner = owner ? text_clean(xstrdup(owner->pw_name)) : NULL;
	group = getgrgid(node->gid);
	node->group = group ? text_clean(xstrdup(group->gr_name)) : NULL;
	return 0;
}

static int sysroot_node(struct source *source, const char *path, struct source_node *node)
{
	_cleanup_close_ int fd = confined_open(source->root, path + 1, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	return fstat(fd, &st) < 0 ? -errno : take_stat(&st, node);
}

static int replay_node(const json_t *fact, struct source_node *node)
{
	const char *mode = json_string_value(json_object_get(fact, "mode"));
	int ret = answer_result(fact);

	if (ret < 0)
		return ret;
	/* Octal, as ls and chmod have it. */
	if (!mode)
		return -EBADMSG;
	node->mode = (mode_t)strtoul(mode, NULL, 8) & 07777;
	node->uid = (uid_t)json_u64(json_object_get(fact, "uid"));
	node->gid = (gid_t)json_u64(json_object_get(fact, "gid"));
	node->owner = text_clean(xstrdup(json_string_value(json_object_get(fact, "owner"))));
	node->group = text_clean(xstrdup(json_string_value(json_object_get(fact, "group"))));
	node->has_acl = json_is_true(json_object_get(fact, "acl"));
	return 0;
}

static void record_node(struct source *source, const char *key, int ret,
			const struct source_node *node)
{
	json_t *fact = json_pack("{s:s}", "fact", key);
	char mode[8];

	answer_set_result(fact, ret);
	if (ret >= 0) {
		snprintf(mode, sizeof(mode), "%04o", (unsigned int)node->mode);
		json_object_set_new(fact, "uid", json_integer(node->uid));
		json_object_set_new(fact, "gid", json_integer(node->gid));
		json_object_set_new(fact, "mode", json_string(mode));
		if (node->owner)
			json_object_set_new(fact, "owner", json_string(node->owner));
		if (node->group)
			json_object_set_new(fact, "group", json_string(node->group));
		if (node->has_acl)
			json_object_set_new(fact, "acl", json_true());
	}
	transcript_write(source, fact);
}

int source_node(struct source *source, const char *path, struct source_node *node)
{
	_cleanup_free_ char *key = transcript_key("node", path);
	int ret;

	*node = (struct source_node){ 0 };
	if (source->mode == SOURCE_REPLAY)
		return note_failure(source, path, replay_node(transcript_fact(source, key), node));
	ret = source->mode == SOURCE_SYSROOT ? sysroot_node(source, path, node)
					     : live_node(path, node);
	if (source->mode == SOURCE_RECORD)
		record_node(source, key, ret, node);
	return note_failure(source, path, ret);
}

void source_node_clear(struct source_node *node)
{
	free(node->owner);
	free(node->group);
	*node = (struct source_node){ 0 };
}
