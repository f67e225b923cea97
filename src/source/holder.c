/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that have a file open. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

/* The initial PID namespace: PROC_PID_INIT_INO, include/linux/proc_ns.h, since 3.8. */
#define HOST_NAMESPACE "pid:[4026531836]"

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

/* A process may have a file open many times; once is enough. */
static void add_holder(struct source_holders *holders, const char *path, int proc, const char *pid)
{
	struct source_holder holder = { .pid = (int)strtol(pid, NULL, 10) };

	for (size_t i = holders->count; i && holders->holder[i - 1].pid == holder.pid; i--) {
		if (strcmp(holders->holder[i - 1].path, path) == 0)
			return;
	}
	holder.path = text_clean(xstrdup(path));
	holder.name = read_name(proc, pid);
	APPEND(holders->holder, holders->count, holder);
}

/*
 * Return the part of @ret that means that some holders could not be seen. A process that has ended
 * has nothing open. Root without CAP_SYS_PTRACE, as in a container, may only list the files.
 */
static int unseen(int ret)
{
	switch (ret) {
	case -ENOENT:
	case -ESRCH:
		return 0;
	case -EPERM:
		return -EACCES;
	default:
		return ret;
	}
}

/** struct nodes - the devices whose nodes are in a directory, by their numbers. */
struct nodes {
	struct node {
		dev_t number;
		char *path;
	} * node;
	size_t count;
};

/* Add the nodes in @directory, and in the directories in it if @below. Return: 0 or a negative errno. */
static int find_nodes(const char *directory, bool below, struct nodes *nodes)
{
	_cleanup_dir_ DIR *dir = opendir(directory);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return is_accident(errno) ? -errno : 0;
	while (ret >= 0 && (errno = 0, (entry = readdir(dir)))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", directory, entry->d_name);
		struct stat st;

		if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, 0) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && below)
			ret = find_nodes(path, false, nodes);
		if (S_ISCHR(st.st_mode))
			APPEND(nodes->node, nodes->count,
			       ((struct node){ .number = st.st_rdev, .path = xstrdup(path) }));
	}
	return ret < 0 ? ret : -errno;
}

/*
 * The node of the device that @name in @directory, a directory of /proc/PID/fd, leads to; NULL if it is
 * another one or none. In a container it may have any name. No file system is asked (it might not answer).
 */
static const char *node_of(const struct nodes *nodes, int directory, const char *name)
{
	struct statx st;

	if (!nodes->count || statx(directory, name, AT_STATX_DONT_SYNC, 0, &st) < 0 ||
	    !S_ISCHR(st.stx_mode))
		return NULL;
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->node[i].number == makedev(st.stx_rdev_major, st.stx_rdev_minor))
			return nodes->node[i].path;
	}
	return NULL;
}

/** struct wanted - what is looked for: files below @directory, and devices whose @nodes are there. */
struct wanted {
	const char *directory;
	struct nodes nodes;
};

/* Wanted files that process @pid has open. Return: 0, or why some could not be seen. */
static int look_into(int proc, const char *pid, const struct wanted *wanted,
		     struct source_holders *holders)
{
	_cleanup_free_ char *files = xasprintf("%s/fd", pid);
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int result = 0;
	int fd;

	fd = openat(proc, files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return unseen(-errno);
	dir = fdopendir(fd);
	if (!dir) {
		result = -errno;
		close(fd);
		return result;
	}
	while (errno = 0, (entry = readdir(dir))) {
		char target[PATH_MAX];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		const char *node = NULL;

		/* "." and ".." are no links. */
		if (n < 0 && errno != EINVAL && unseen(-errno))
			result = unseen(-errno);
		target[n > 0 ? n : 0] = '\0';
		if (text_starts(target, wanted->directory) &&
		    target[strlen(wanted->directory)] == '/')
			add_holder(holders, target, proc, pid);
		else if (*target == '/')
			node = node_of(&wanted->nodes, dirfd(dir), entry->d_name);
		if (node)
			add_holder(holders, node, proc, pid);
	}
	return errno ? unseen(-errno) : result;
}

/* Into which PID namespace the link @name in the open directory @proc leads. */
static int check_namespace(int proc, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(proc, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return strcmp(target, HOST_NAMESPACE) == 0 ? 0 : -EXDEV;
}

/*
 * A procfs shows one PID namespace, whose process 1 is in no other. With hidepid it does not show all
 * of it, and process 1 is not there for those who may not look into it.
 */
int holders_check_namespace(int proc)
{
	int ret = check_namespace(proc, "1/ns/pid");

	if (ret == 0 || ret == -EXDEV || is_accident(-ret))
		return ret;
	return check_namespace(proc, "self/ns/pid") == -EXDEV ? -EXDEV : -EACCES;
}

static int find_wanted(const struct wanted *wanted, struct source_holders *holders)
{
	_cleanup_dir_ DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct statfs fs;
	int result, view;

	if (!proc)
		return is_accident(errno) ? -errno : errno == EACCES ? -EACCES : -ENODEV;
	/* True if it shows all processes of the host. */
	if (fstatfs(dirfd(proc), &fs) < 0)
		view = -errno;
	else
		view = fs.f_type == PROC_SUPER_MAGIC ? holders_check_namespace(dirfd(proc))
						     : -ENODEV;
	if (view == -ENODEV)
		return view;
	result = 0;
	while (errno = 0, (entry = readdir(proc))) {
		uint64_t pid;
		int ret;

		if (text_to_u64(entry->d_name, 10, &pid) < 0 || pid > INT_MAX)
			continue;
		ret = look_into(dirfd(proc), entry->d_name, wanted, holders);
		if (ret < 0)
			result = ret;
	}
	if (errno)
		return -errno;
	/*
	 * More privileges do not show a process that is not in /proc, but an accident comes before
	 * both.
	 */
	return result == 0 || result == -EACCES ? (view ? view : result) : result;
}

static int find_holders(const char *directory, struct source_holders *holders)
{
	struct wanted wanted = { .directory = directory };
	int ret = find_nodes(directory, true, &wanted.nodes);

	if (ret >= 0)
		ret = find_wanted(&wanted, holders);
	for (size_t i = 0; i < wanted.nodes.count; i++)
		free(wanted.nodes.node[i].path);
	free(wanted.nodes.node);
	return ret;
}

static json_t *holders_answer(const struct source_holders *holders)
{
	json_t *list = json_array();

	for (size_t i = 0; i < holders->count; i++) {
		const struct source_holder *holder = &holders->holder[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:s?}", "path", holder->path,
						      "pid", holder->pid, "name", holder->name));
	}
	return json_pack("{s:o}", "holders", list);
}

static int replay_holders(const struct source *source, const char *key,
			  struct source_holders *holders)
{
	json_t *fact = transcript_fact(source, key);
	json_t *list = json_object_get(fact, "holders");
	json_t *object;
	size_t i;

	json_array_foreach (list, i, object) {
		char *path = json_text(object, "path");
		struct source_holder holder = {
			.path = path ? path : xstrdup(""),
			.pid = (int)json_integer_value(json_object_get(object, "pid")),
			.name = json_text(object, "name"),
		};

		APPEND(holders->holder, holders->count, holder);
	}
	return answer_result(fact);
}

int source_holders(struct source *source, const char *directory, struct source_holders *holders)
{
	_cleanup_free_ char *key = transcript_key("holders", directory);
	int ret;

	*holders = (struct source_holders){ 0 };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	ret = source->mode == SOURCE_REPLAY ? replay_holders(source, key, holders)
					    : find_holders(directory, holders);
	/* A lack of rights or of sight is told by those who need to know the holders. */
	if (ret != -EACCES && ret != -EXDEV)
		note_failure(source, "/proc", ret);
	if (source->mode == SOURCE_RECORD)
		fact_end(source, key, ret, holders_answer(holders));
	return ret;
}

const struct source_holder *source_holders_find(const struct source_holders *holders,
						const char *path)
{
	for (size_t i = 0; i < holders->count; i++) {
		if (strcmp(holders->holder[i].path, path) == 0)
			return &holders->holder[i];
	}
	return NULL;
}

void source_holders_clear(struct source_holders *holders)
{
	for (size_t i = 0; i < holders->count; i++) {
		free(holders->holder[i].path);
		free(holders->holder[i].name);
	}
	free(holders->holder);
	*holders = (struct source_holders){ 0 };
}
