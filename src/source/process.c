/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials of this process, and users of the host. */
#include "source/source.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

/* This process */

static int live_process(struct source_process *process)
{
	struct rlimit limit;
	int count, ret;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -errno;
	process->uid = geteuid();
	process->gid = getegid();
	process->memlock = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
	ret = privilege_at_start(&process->capabilities);
	if (ret < 0)
		return ret;
	count = getgroups(0, NULL);
	if (count > 0) {
		process->groups = xcalloc((size_t)count, sizeof(*process->groups));
		count = getgroups(count, process->groups);
	}
	process->n_groups = count > 0 ? (size_t)count : 0;
	return count < 0 ? -errno : 0;
}

static int replay_process(const json_t *fact, struct source_process *process)
{
	size_t index;
	json_t *group;

	if (!fact)
		return -ENODATA;
	process->uid = (uid_t)json_u64(json_object_get(fact, "uid"));
	process->gid = (gid_t)json_u64(json_object_get(fact, "gid"));
	process->memlock = json_u64(json_object_get(fact, "memlock"));
	process->capabilities = json_u64(json_object_get(fact, "capabilities"));
	json_array_foreach (json_object_get(fact, "groups"), index, group)
		APPEND(process->groups, process->n_groups, (gid_t)json_u64(group));
	return 0;
}

int source_process(struct source *source, struct source_process *process)
{
	json_t *groups;
	int ret;

	*process = (struct source_process){ 0 };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY)
		return replay_process(transcript_fact(source, "process"), process);
	ret = live_process(process);
	if (ret < 0) {
		source_process_clear(process);
	} else {
		groups = json_array();
		for (size_t i = 0; i < process->n_groups; i++)
			json_array_append_new(groups, json_integer(process->groups[i]));
		call_end(source,
			 json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "fact", "process", "uid",
				   (json_int_t)process->uid, "gid", (json_int_t)process->gid,
				   "groups", groups, "memlock", json_address(process->memlock),
				   "capabilities", json_address(process->capabilities)));
	}
	/* Where the kernel shows the same. */
	return note_failure(source, "/proc/self/status", ret);
}

void source_process_clear(struct source_process *process)
{
	free(process->groups);
	*process = (struct source_process){ 0 };
}

/* Users */

/* No process has more groups (NGROUPS_MAX of the kernel), so what is beyond says nothing. */
#define GROUPS_MAX 65536

static void add_group(struct source_user *user, gid_t gid, const char *name)
{
	struct source_group group = { .gid = gid };

	if (user->n_groups >= GROUPS_MAX)
		return;
	group.name = text_clean(xstrdup(name));
	APPEND(user->groups, user->n_groups, group);
}

static void take_entry(const struct passwd *entry, struct source_user *user)
{
	user->name = text_clean(xstrdup(entry->pw_name));
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
}

/* @name as a uid, where it can be one. */
static bool as_uid(const char *name, uid_t *uid)
{
	uint64_t number;

	if (text_to_u64(name, 10, &number) < 0 || number >= UINT32_MAX)
		return false;
	*uid = (uid_t)number;
	return true;
}

static int live_user(const char *name, struct source_user *user)
{
	const struct passwd *entry;
	_cleanup_free_ gid_t *gids = NULL;
	int count = 0;
	uid_t uid;

	errno = 0;
	entry = getpwnam(name);
	if (!entry && as_uid(name, &uid))
		entry = getpwuid(uid);
	/* Libraries leave many numbers in errno where there is no such user (getpwnam(3)). */
	if (!entry)
		return is_accident(errno) ? -errno : -ENOENT;
	take_entry(entry, user);
	getgrouplist(user->name, user->gid, NULL, &count);
	gids = xcalloc(count > 0 ? (size_t)count : 1, sizeof(*gids));
	if (getgrouplist(user->name, user->gid, gids, &count) < 0)
		count = 0;
	for (int i = 0; i < count; i++) {
		const struct group *group = getgrgid(gids[i]);

		add_group(user, gids[i], group ? group->gr_name : NULL);
	}
	return 0;
}

/*
 * A file of a sysroot as a stream. In memory, as far as files are read: fgetpwent(3) takes as much for
 * a line as it is long, and a file of one may be long without an end.
 */
static int open_database(struct source *source, const char *path, char **text, FILE **file)
{
	size_t len = 0;
	int ret = note_failure(source, path, read_unrecorded(source, path, text, &len));

	/* No plain file: EINVAL would say that the name can't be one of a user. */
	if (ret < 0)
		return ret == -EINVAL ? -ENODATA : ret;
	/* fmemopen(3) fails for an empty file, which has no users. */
	if (!len)
		return 0;
	*file = fmemopen(*text, len, "r");
	return *file ? 0 : note_failure(source, path, -errno);
}

static bool is_member(const struct group *group, const struct source_user *user)
{
	if (group->gr_gid == user->gid)
		return true;
	for (char **member = group->gr_mem; *member; member++) {
		if (strcmp(*member, user->name) == 0)
			return true;
	}
	return false;
}

static int sysroot_user(struct source *source, const char *name, struct source_user *user)
{
	_cleanup_free_ char *passwd_text = NULL, *group_text = NULL;
	_cleanup_file_ FILE *users = NULL;
	_cleanup_file_ FILE *groups = NULL;
	const struct passwd *entry = NULL;
	const struct group *group;
	uid_t uid = 0;
	bool numeric = as_uid(name, &uid), has_own = false;
	int ret = open_database(source, "/etc/passwd", &passwd_text, &users);

	if (ret >= 0)
		ret = open_database(source, "/etc/group", &group_text, &groups);
	/* Of a user whose groups could not be read half would be known. */
	if (ret < 0 && ret != -ENOENT)
		return ret;
	while (users && (entry = fgetpwent(users))) {
		if (strcmp(entry->pw_name, name) == 0 || (numeric && entry->pw_uid == uid))
			break;
	}
	if (!entry)
		return -ENOENT;
	take_entry(entry, user);
	while (groups && (group = fgetgrent(groups))) {
		if (!is_member(group, user))
			continue;
		add_group(user, group->gr_gid, group->gr_name);
		has_own |= group->gr_gid == user->gid;
	}
	if (!has_own)
		add_group(user, user->gid, NULL);
	return 0;
}

static int replay_user(const json_t *fact, struct source_user *user)
{
	size_t index;
	json_t *group;
	int ret = answer_result(fact);

	if (ret < 0)
		return ret;
	user->name = json_text(fact, "name");
	if (!user->name)
		return -EBADMSG;
	user->uid = (uid_t)json_u64(json_object_get(fact, "uid"));
	user->gid = (gid_t)json_u64(json_object_get(fact, "gid"));
	json_array_foreach (json_object_get(fact, "groups"), index, group)
		add_group(user, (gid_t)json_u64(json_object_get(group, "gid")),
			  json_string_value(json_object_get(group, "name")));
	return 0;
}

static json_t *user_answer(const struct source_user *user)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < user->n_groups; i++)
		json_array_append_new(groups, json_pack("{s:I, s:s?}", "gid",
							(json_int_t)user->groups[i].gid, "name",
							user->groups[i].name));
	return json_pack("{s:s, s:I, s:I, s:o}", "name", user->name, "uid", (json_int_t)user->uid,
			 "gid", (json_int_t)user->gid, "groups", groups);
}

/* In a reader: a directory on another machine may be behind it, which does not answer. */
static json_t *ask_for_user(struct source *source, const void *context)
{
	struct source_user user = { 0 };
	int ret = live_user(context, &user);
	json_t *fact = fact_new("user", ret, ret < 0 ? NULL : user_answer(&user));

	(void)source;
	source_user_clear(&user);
	return fact;
}

int source_user(struct source *source, const char *name, struct source_user *user)
{
	_cleanup_free_ char *key = transcript_key("user", name);
	json_t *fact = NULL;
	int ret;

	*user = (struct source_user){ 0 };
	if (source->mode == SOURCE_REPLAY)
		ret = replay_user(transcript_fact(source, key), user);
	else if (source->mode == SOURCE_SYSROOT)
		ret = sysroot_user(source, name, user);
	else
		ret = reader_ask_one(source, USER_DATABASE, ask_for_user, name, strlen(name) + 1,
				     &fact);
	if (fact)
		ret = replay_user(fact, user);
	json_decref(fact);
	if (source->mode == SOURCE_RECORD)
		fact_end(source, key, ret, ret < 0 ? NULL : user_answer(user));
	if (ret < 0)
		source_user_clear(user);
	return ret;
}

void source_user_clear(struct source_user *user)
{
	for (size_t i = 0; i < user->n_groups; i++)
		free(user->groups[i].name);
	free(user->groups);
	free(user->name);
	*user = (struct source_user){ 0 };
}
