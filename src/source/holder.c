/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a file open. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

/* Return: 1 when process @pid has @path open, 0 when not, or why it could not be seen. */
static int holds(int proc, const char *pid, const char *path)
{
	_cleanup_free_ char *folder = xasprintf("%s/fd", pid);
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int result = 0;
	int fd;

	fd = openat(proc, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir)
		out_of_memory();
	while ((entry = readdir(dir))) {
		char target[PATH_MAX];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		/* Root without CAP_SYS_PTRACE, as in a container, may list them and no more. */
		if (n < 0 && (errno == EACCES || errno == EPERM))
			result = -EACCES;
		target[n > 0 ? n : 0] = '\0';
		if (strcmp(target, path) == 0)
			return 1;
	}
	return result;
}

static char *read_name(int proc, const char *pid)
{
	_cleanup_free_ char *file = xasprintf("%s/comm", pid);
	_cleanup_close_ int fd = openat(proc, file, O_RDONLY | O_CLOEXEC);
	char name[64];
	ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);

	if (n <= 0)
		return NULL;
	name[n] = '\0';
	return text_clean(text_trim(xstrdup(name)));
}

static int find_holder(const char *path, struct source_holder *holder)
{
	_cleanup_dir_ DIR *proc = opendir("/proc");
	struct dirent *entry;
	int result = 0;

	if (!proc)
		return -EACCES;
	while ((entry = readdir(proc))) {
		uint64_t pid;
		int ret;

		if (text_to_u64(entry->d_name, 10, &pid) < 0 || pid > INT_MAX)
			continue;
		ret = holds(dirfd(proc), entry->d_name, path);
		if (ret == 1) {
			holder->pid = (int)pid;
			holder->name = read_name(dirfd(proc), entry->d_name);
			return 1;
		}
		if (ret == -EACCES || ret == -EPERM)
			result = -EACCES;
	}
	return result;
}

int source_holder(struct source *source, const char *path, struct source_holder *holder)
{
	_cleanup_free_ char *key = transcript_key("holder", path);
	const char *name;
	json_t *fact;
	int ret;

	*holder = (struct source_holder){ 0 };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY) {
		fact = transcript_fact(source, key);
		name = json_string_value(json_object_get(fact, "name"));
		holder->pid = (int)json_integer_value(json_object_get(fact, "pid"));
		holder->name = text_clean(xstrdup(name));
		return answer_result(fact);
	}
	ret = find_holder(path, holder);
	if (source->mode == SOURCE_RECORD) {
		fact = json_pack("{s:s}", "fact", key);
		answer_set_result(fact, ret);
		if (ret == 1)
			json_object_set_new(fact, "pid", json_integer(holder->pid));
		if (holder->name)
			json_object_set_new(fact, "name", json_string(holder->name));
		transcript_write(source, fact);
	}
	return ret;
}
