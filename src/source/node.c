/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The permissions of a device node, which is not opened. */
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

/**
 * struct owner - users and groups that were asked for: who owns nodes is asked for each node, and
 * nearly always the same.
 * @user: and @group: NULL where the number has no name
 */
struct owner {
	uid_t uid;
	gid_t gid;
	char *user;
	char *group;
	int error;
};

/* In a reader: a directory on another machine may be behind it, which does not answer. */
static json_t *ask_for_owner(struct source *source, const void *context)
{
	const struct owner *owner = context;
	const struct passwd *user = getpwuid(owner->uid);
	_cleanup_free_ char *user_name = text_clean(xstrdup(user ? user->pw_name : NULL));
	const struct group *group = getgrgid(owner->gid);
	_cleanup_free_ char *group_name = text_clean(xstrdup(group ? group->gr_name : NULL));

	(void)source;
	return json_pack("{s:s*, s:s*}", "user", user_name, "group", group_name);
}

static const struct owner *find_owner(struct source *source, uid_t uid, gid_t gid)
{
	struct owner owner = { .uid = uid, .gid = gid };
	json_t *names = NULL;

	for (size_t i = 0; i < source->n_owners; i++) {
		if (source->owners[i].uid == uid && source->owners[i].gid == gid)
			return &source->owners[i];
	}
	owner.error = reader_ask_one(source, USER_DATABASE, ask_for_owner, &owner, sizeof(owner),
				     &names);
	owner.user = xstrdup(json_string_value(json_object_get(names, "user")));
	owner.group = xstrdup(json_string_value(json_object_get(names, "group")));
	json_decref(names);
	/* A name that could not be found is missing, and reported so. */
	if (owner.error < 0) {
		record_error(source, "read", USER_DATABASE, owner.error);
		note_failure(source, USER_DATABASE, owner.error);
	}
	APPEND(source->owners, source->n_owners, owner);
	return &source->owners[source->n_owners - 1];
}

void owners_forget(struct source *source)
{
	for (size_t i = 0; i < source->n_owners; i++) {
		free(source->owners[i].user);
		free(source->owners[i].group);
	}
	free(source->owners);
	source->owners = NULL;
	source->n_owners = 0;
}

static int live_node(struct source *source, const char *path, struct source_node *node)
{
	struct stat st;
	int ret = stat(path, &st) < 0 ? -errno : take_stat(&st, node);
	const struct owner *owner;

	if (ret < 0)
		return ret;
	node->has_acl = getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
	owner = find_owner(source, node->uid, node->gid);
	node->owner = xstrdup(owner->user);
	node->group = xstrdup(owner->group);
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
	node->owner = json_text(fact, "owner");
	node->group = json_text(fact, "group");
	node->has_acl = json_is_true(json_object_get(fact, "acl"));
	return 0;
}

static json_t *node_answer(const struct source_node *node)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", (unsigned int)node->mode);
	return json_pack("{s:I, s:I, s:s, s:s*, s:s*, s:o*}", "uid", (json_int_t)node->uid, "gid",
			 (json_int_t)node->gid, "mode", mode, "owner", node->owner, "group",
			 node->group, "acl", node->has_acl ? json_true() : NULL);
}

int source_node(struct source *source, const char *path, struct source_node *node)
{
	_cleanup_free_ char *key = transcript_key("node", path);
	int ret;

	*node = (struct source_node){ 0 };
	if (source->mode == SOURCE_REPLAY) {
		ret = replay_node(transcript_fact(source, key), node);
		if (ret >= 0)
			note_failure(source, USER_DATABASE,
				     recorded_error(source, "read", USER_DATABASE));
		return note_failure(source, path, ret);
	}
	ret = source->mode == SOURCE_SYSROOT ? sysroot_node(source, path, node)
					     : live_node(source, path, node);
	if (source->mode == SOURCE_RECORD)
		fact_end(source, key, ret, ret < 0 ? NULL : node_answer(node));
	return note_failure(source, path, ret);
}

void source_node_clear(struct source_node *node)
{
	free(node->owner);
	free(node->group);
	*node = (struct source_node){ 0 };
}
