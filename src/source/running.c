/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that run: some lines of what /proc says of them, and one of a user. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "source/internal.h"

/* Processes of one user that are looked into. Sessions begin early: one is among the first. */
#define CANDIDATES_MAX 4096

static void keep_lines(char *text, const char *const *labels)
{
	char *end = text;

	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *const *label = labels;

		while (*label && !text_starts(text, *label))
			label++;
		len += text[len] == '\n';
		if (*label) {
			memmove(end, text, len);
			end += len;
		}
		text += len;
	}
	*end = '\0';
}

int source_process_lines(struct source *source, int pid, const char *name,
			 const char *const *labels, char **text)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/%s", pid, name);
	size_t len;
	int ret;

	if (source->mode == SOURCE_REPLAY || source->mode == SOURCE_SYSROOT)
		return source_read(source, path, text, NULL);
	ret = read_unrecorded(source, path, text, &len);
	if (ret < 0) {
		record_error(source, "read", path, ret);
		return ret;
	}
	keep_lines(*text, labels);
	record_file(source, path, *text, strlen(*text));
	return 0;
}

/* A process of a user */

/*
 * By the control group that systemd gives it: "/user.slice/user-1000.slice/session-3.scope", and
 * "/user.slice/user-1000.slice/user@1000.service/…". Without systemd nothing tells.
 */
static enum source_place place_of(struct source *source, int pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cgroup", pid);
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (read_unrecorded(source, path, &text, &len) < 0)
		return SOURCE_PLACE_OTHER;
	if (strstr(text, ":/user.slice/user-") && strstr(text, ".slice/session-"))
		return SOURCE_PLACE_SESSION;
	return strstr(text, ":/user.slice/user-") && strstr(text, ".slice/user@")
		       ? SOURCE_PLACE_MANAGER
		       : SOURCE_PLACE_OTHER;
}

static int live_process_of(struct source *source, uid_t uid, struct source_user_process *process)
{
	_cleanup_dir_ DIR *proc = opendir("/proc");
	enum source_place best = SOURCE_PLACE_OTHER;
	size_t candidates = 0;
	struct dirent *entry;
	_cleanup_free_ char *path = NULL;
	char *name = NULL;
	size_t len;

	if (!proc)
		return -errno;
	while (errno = 0, candidates < CANDIDATES_MAX && (entry = readdir(proc))) {
		enum source_place place;
		struct stat st;
		uint64_t pid;

		/* A process that hides itself belongs to root, others to their effective user. */
		if (text_to_u64(entry->d_name, 10, &pid) < 0 || pid > INT_MAX ||
		    fstatat(dirfd(proc), entry->d_name, &st, 0) < 0 || st.st_uid != uid)
			continue;
		candidates++;
		place = place_of(source, (int)pid);
		if (process->pid && place >= best)
			continue;
		best = place;
		process->pid = (int)pid;
		if (place == SOURCE_PLACE_SESSION)
			break;
	}
	if (!process->pid)
		return errno ? -errno : -ENOENT;
	process->place = best;
	path = xasprintf("/proc/%d/comm", process->pid);
	process->name = read_unrecorded(source, path, &name, &len) < 0
				? NULL
				: text_clean(text_trim(name));
	return 0;
}

static const char *const places[] = {
	[SOURCE_PLACE_SESSION] = "session",
	[SOURCE_PLACE_MANAGER] = "manager",
	[SOURCE_PLACE_OTHER] = "other",
};

static int replay_process_of(const json_t *fact, struct source_user_process *process)
{
	json_int_t pid = json_integer_value(json_object_get(fact, "pid"));
	const char *place = json_string_value(json_object_get(fact, "place"));
	int ret = answer_result(fact);

	if (ret < 0)
		return ret;
	if (pid <= 0 || pid > INT_MAX)
		return -EBADMSG;
	process->pid = (int)pid;
	process->name = json_text(fact, "name");
	process->place = SOURCE_PLACE_OTHER;
	for (size_t i = 0; place && i < COUNT(places); i++) {
		if (strcmp(places[i], place) == 0)
			process->place = (enum source_place)i;
	}
	return 0;
}

int source_user_process(struct source *source, uid_t uid, struct source_user_process *process)
{
	_cleanup_free_ char *key = xasprintf("user-process %lu", (unsigned long)uid);
	int ret;

	*process = (struct source_user_process){ 0 };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY)
		return replay_process_of(transcript_fact(source, key), process);
	ret = live_process_of(source, uid, process);
	fact_end(source, key, ret,
		 ret < 0 ? NULL
			 : json_pack("{s:i, s:s?, s:s}", "pid", process->pid, "name", process->name,
				     "place", places[process->place]));
	return note_failure(source, "/proc", ret);
}

void source_user_process_clear(struct source_user_process *process)
{
	free(process->name);
	*process = (struct source_user_process){ 0 };
}
