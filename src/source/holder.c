/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that have a file open. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/text.h"
#include "source/internal.h"

/*
 * The initial PID namespace.
 * Kernel: include/linux/proc_ns.h, PROC_PID_INIT_INO: 5.10, 6.1, 6.12, 7.3.
 */
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

/* "guest=win10,debug-threads=on", or a name alone first; a comma of the name is written twice. New. */
static char *parse_name(const char *option)
{
	const char *value = option;
	char *name, *end;

	if (!text_starts(option, "guest=")) {
		value = strstr(option, ",guest=");
		if (value)
			value++;
		else if (option[strcspn(option, "=,")] == '=')
			return NULL;
		else
			value = option;
	}
	if (text_starts(value, "guest="))
		value += strlen("guest=");
	name = xcalloc(strlen(value) + 1, 1);
	end = name;
	for (; *value && (*value != ',' || value[1] == ','); value++) {
		value += *value == ',';
		*end++ = *value;
	}
	return text_clean(name);
}

char *holder_parse_guest(const char *cmdline, size_t len)
{
	const char *program = len ? text_base_name(cmdline) : "";
	const char *end = cmdline + len;
	bool is_name = false;

	if (!strstr(program, "qemu") && strcmp(program, "kvm") != 0)
		return NULL;
	for (const char *word = cmdline; word < end; word += strlen(word) + 1) {
		if (is_name)
			return parse_name(word);
		is_name = strcmp(word, "-name") == 0 || strcmp(word, "--name") == 0;
	}
	return NULL;
}

char *holder_parse_unit(char *cgroups)
{
	char *rest = cgroups, *line;
	char *unit = NULL;

	/* "0::/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator"; the deepest counts. */
	while (!unit && (line = strsep(&rest, "\n"))) {
		char *path = strstr(line, ":/"), *word;

		/* Of the first version, the hierarchy of systemd has its units. */
		if (!path || !(text_starts(line, "0::") || strstr(line, ":name=systemd:")))
			continue;
		path++;
		while ((word = strsep(&path, "/"))) {
			const char *type = strrchr(word, '.');

			if (!type || (strcmp(type, ".service") != 0 && strcmp(type, ".scope") != 0))
				continue;
			free(unit);
			unit = text_clean(xstrdup(word));
		}
	}
	return unit;
}

static char *read_guest(struct source *source, int pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cmdline", pid);
	_cleanup_free_ char *text = NULL;
	size_t len;

	return read_unrecorded(source, path, &text, &len) < 0 ? NULL
							      : holder_parse_guest(text, len);
}

static char *read_unit(struct source *source, int pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cgroup", pid);
	_cleanup_free_ char *text = NULL;
	size_t len;

	return read_unrecorded(source, path, &text, &len) < 0 ? NULL : holder_parse_unit(text);
}

/* A process may have a file open many times; once is enough. */
static void add_holder(struct source *source, struct source_holders *holders, const char *path,
		       int proc, const char *pid)
{
	struct source_holder holder = { .pid = (int)strtol(pid, NULL, 10) };

	for (size_t i = holders->count; i && holders->holder[i - 1].pid == holder.pid; i--) {
		if (strcmp(holders->holder[i - 1].path, path) == 0)
			return;
	}
	holder.path = text_clean(xstrdup(path));
	holder.name = read_name(proc, pid);
	holder.guest = read_guest(source, holder.pid);
	holder.unit = read_unit(source, holder.pid);
	APPEND(holders->holder, holders->count, holder);
}

static int compare_numbers(const void *a, const void *b)
{
	const struct source_number *one = a, *two = b;

	if (one->is_block != two->is_block)
		return one->is_block - two->is_block;
	if (one->major != two->major)
		return one->major < two->major ? -1 : 1;
	return one->minor == two->minor ? 0 : one->minor < two->minor ? -1 : 1;
}

const struct source_opener *source_holders_opener(const struct source_holders *holders,
						  const struct source_number *number)
{
	for (size_t i = 0; i < holders->n_openers; i++) {
		if (compare_numbers(&holders->openers[i].number, number) == 0)
			return &holders->openers[i];
	}
	return NULL;
}

static void add_opener(struct source_holders *holders, const struct source_number *number, int proc,
		       const char *pid)
{
	struct source_opener opener = { .number = *number, .pid = (int)strtol(pid, NULL, 10) };

	if (source_holders_opener(holders, number))
		return;
	opener.name = read_name(proc, pid);
	APPEND(holders->openers, holders->n_openers, opener);
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
 * The numbers of VFIO's devices as sysfs has them: a node may have been made elsewhere, in a chroot or
 * a container, or may be gone since it was opened. @class: a directory of sysfs, whose devices have
 * their nodes in @directory.
 */
static int find_listed(const char *class, const char *directory, struct nodes *nodes)
{
	_cleanup_dir_ DIR *dir = opendir(class);
	struct dirent *entry;

	if (!dir)
		return is_accident(errno) ? -errno : 0;
	while (errno = 0, (entry = readdir(dir))) {
		_cleanup_free_ char *file = xasprintf("%s/dev", entry->d_name);
		_cleanup_close_ int fd = -1;
		unsigned int major, minor;
		char text[32];
		ssize_t n;

		if (entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), file, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (n < 0 && is_accident(errno))
			return -errno;
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "%u:%u", &major, &minor) == 2)
			APPEND(nodes->node, nodes->count,
			       ((struct node){ .number = makedev(major, minor),
					       .path = xjoin(directory, '/', entry->d_name) }));
	}
	return -errno;
}

/** struct wanted - files below @directory, devices whose @nodes are there, and other @numbers, sorted. */
struct wanted {
	struct source *source;
	const char *directory;
	struct nodes nodes;
	const struct source_number *numbers;
	size_t n_numbers;
};

/*
 * The device that @name in @directory, a directory of /proc/PID/fd, leads to. In a container its node
 * may have any name. No file system is asked (it might not answer).
 */
static bool is_device(int directory, const char *name, struct source_number *number)
{
	struct statx st;

	if (statx(directory, name, AT_STATX_DONT_SYNC, 0, &st) < 0 ||
	    !(S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode)))
		return false;
	*number = (struct source_number){ .is_block = S_ISBLK(st.stx_mode),
					  .major = st.stx_rdev_major,
					  .minor = st.stx_rdev_minor };
	return true;
}

/* The node of the device with @number, or NULL. */
static const char *node_of(const struct nodes *nodes, const struct source_number *number)
{
	for (size_t i = 0; !number->is_block && i < nodes->count; i++) {
		if (nodes->node[i].number == makedev(number->major, number->minor))
			return nodes->node[i].path;
	}
	return NULL;
}

/** struct look - at the files that process @pid has open. @result: 0, or why some could not be seen */
struct look {
	const struct wanted *wanted;
	int proc;
	const char *pid;
	struct source_holders *holders;
	int result;
};

static int look_at(void *context, int directory, const struct dirent64 *entry)
{
	struct look *look = context;
	const struct wanted *wanted = look->wanted;
	struct source_number number = { 0 };
	char target[PATH_MAX];
	ssize_t n = readlinkat(directory, entry->d_name, target, sizeof(target) - 1);
	bool is_below, is_known;
	const char *node;

	if (n < 0) {
		look->result = unseen(-errno) ? unseen(-errno) : look->result;
		return 0;
	}
	target[n] = '\0';
	is_below = text_starts(target, wanted->directory) &&
		   target[strlen(wanted->directory)] == '/';
	is_known = *target == '/' && (wanted->nodes.count || wanted->n_numbers) &&
		   is_device(directory, entry->d_name, &number);
	node = is_known ? node_of(&wanted->nodes, &number) : NULL;
	if (node || is_below)
		add_holder(wanted->source, look->holders, node ? node : target, look->proc,
			   look->pid);
	if (is_known && wanted->n_numbers &&
	    bsearch(&number, wanted->numbers, wanted->n_numbers, sizeof(number), compare_numbers))
		add_opener(look->holders, &number, look->proc, look->pid);
	return 0;
}

/* Wanted files that process @pid has open. Return: 0, or why some could not be seen. */
static int look_into(int proc, const char *pid, const struct wanted *wanted,
		     struct source_holders *holders)
{
	_cleanup_free_ char *files = xjoin(pid, '/', "fd");
	_cleanup_close_ int fd = openat(proc, files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct look look = { wanted, proc, pid, holders, 0 };
	int ret;

	if (fd < 0)
		return unseen(-errno);
	/* The process may end now. */
	ret = unseen(directory_entries(fd, false, look_at, &look));
	return ret < 0 ? ret : look.result;
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

static int find_holders(struct source *source, const char *directory,
			const struct source_number *numbers, size_t count,
			struct source_holders *holders)
{
	struct wanted wanted = {
		.source = source, .directory = directory, .numbers = numbers, .n_numbers = count
	};
	int ret = find_nodes(directory, true, &wanted.nodes);

	if (ret >= 0 && strcmp(directory, "/dev/vfio") == 0)
		ret = find_listed("/sys/class/vfio", directory, &wanted.nodes);
	if (ret >= 0 && strcmp(directory, "/dev/vfio") == 0)
		ret = find_listed("/sys/class/vfio-dev", "/dev/vfio/devices", &wanted.nodes);
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
		json_t *object = json_pack("{s:s, s:i, s:s?}", "path", holder->path, "pid",
					   holder->pid, "name", holder->name);

		json_set_text(object, "guest", holder->guest);
		json_set_text(object, "unit", holder->unit);
		json_array_append_new(list, object);
	}
	return json_pack("{s:o}", "holders", list);
}

static json_t *openers_answer(const struct source_holders *holders)
{
	json_t *list = json_array();

	for (size_t i = 0; i < holders->n_openers; i++) {
		const struct source_opener *opener = &holders->openers[i];

		json_array_append_new(list, json_pack("{s:b, s:i, s:i, s:i, s:s?}", "block",
						      opener->number.is_block, "major",
						      (int)opener->number.major, "minor",
						      (int)opener->number.minor, "pid", opener->pid,
						      "name", opener->name));
	}
	return json_pack("{s:o}", "openers", list);
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
			.guest = json_text(object, "guest"),
			.unit = json_text(object, "unit"),
		};

		APPEND(holders->holder, holders->count, holder);
	}
	return answer_result(fact);
}

static uint32_t number_of(const json_t *object, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(object, key));
}

static int replay_openers(const struct source *source, struct source_holders *holders)
{
	json_t *fact = transcript_fact(source, "openers");
	json_t *list = json_object_get(fact, "openers");
	json_t *object;
	size_t i;

	json_array_foreach (list, i, object) {
		struct source_opener opener = {
			.number = { .is_block = json_is_true(json_object_get(object, "block")),
				    .major = number_of(object, "major"),
				    .minor = number_of(object, "minor") },
			.pid = (int)number_of(object, "pid"),
			.name = json_text(object, "name"),
		};

		APPEND(holders->openers, holders->n_openers, opener);
	}
	return answer_result(fact);
}

int source_openers(struct source *source, const char *directory,
		   const struct source_number *numbers, size_t count,
		   struct source_holders *holders)
{
	_cleanup_free_ char *key = transcript_key("holders", directory);
	_cleanup_free_ struct source_number *sorted = xcalloc(count + 1, sizeof(*sorted));
	int ret;

	*holders = (struct source_holders){ .openers_ret = -EOPNOTSUPP };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY) {
		holders->openers_ret = replay_openers(source, holders);
		ret = replay_holders(source, key, holders);
	} else {
		if (count)
			memcpy(sorted, numbers, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), compare_numbers);
		ret = find_holders(source, directory, sorted, count, holders);
		holders->openers_ret = ret;
	}
	/* A lack of rights or of sight is told by those who need to know the holders. */
	if (ret != -EACCES && ret != -EXDEV)
		note_failure(source, "/proc", ret);
	if (source->mode == SOURCE_RECORD)
		fact_end(source, key, ret, holders_answer(holders));
	if (source->mode == SOURCE_RECORD && count)
		fact_end(source, "openers", ret, openers_answer(holders));
	return ret;
}

int source_holders(struct source *source, const char *directory, struct source_holders *holders)
{
	return source_openers(source, directory, NULL, 0, holders);
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
		free(holders->holder[i].guest);
		free(holders->holder[i].unit);
	}
	for (size_t i = 0; i < holders->n_openers; i++)
		free(holders->openers[i].name);
	free(holders->holder);
	free(holders->openers);
	*holders = (struct source_holders){ 0 };
}
