/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, directories and links, relative to a root. */
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/writer.h"
#include "source/internal.h"

#define FILE_MAX (16u << 20)

/**
 * struct source_dir - @fd: -1 in a replay, which has @node instead, and where files are better
 * opened by their paths.
 */
struct source_dir {
	struct source *source;
	int fd;
	struct tree_node *node;
	char *path;
};

bool is_live(const struct source *source)
{
	return source->mode == SOURCE_LIVE || source->mode == SOURCE_RECORD;
}

/* Return the part of @path below @directory, or NULL. */
static const char *below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strncmp(path, directory, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len + (path[len] == '/');
}

/* Where the path @path begins best, and what of it is to be opened there. */
static int begin_of(const struct source *source, const char **path)
{
	const char *rest = below(*path, "/sys");
	int at = source->sys;

	if (!rest) {
		rest = below(*path, "/proc");
		at = source->proc;
	}
	if (!rest || at == -1) {
		rest = *path + (**path == '/');
		at = source->root;
	}
	*path = rest;
	return at;
}

/*
 * Open @path of this machine. Below /sys and /proc the kernel answers itself, but where something
 * is mounted over a part of it: a file system of a process (lxcfs), a pipe. -EXDEV says so, and
 * costs nothing elsewhere. Kernels before 5.6 (openat2(2)) and some sandboxes can't tell.
 * Kernel: fs/open.c, openat2: 5.10, 6.1, 6.12, 7.3.
 */
static int open_live(const struct source *source, int at, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV,
	};
	long fd;

	if (at == source->root)
		at = begin_of(source, &path);
	if (at == FOREIGN)
		return -EXDEV;
	if (!*path)
		path = ".";
	if (at != source->root) {
		fd = syscall(SYS_openat2, at, path, &how, sizeof(how));
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd < 0 ? -errno : (int)fd;
	}
	fd = openat(at, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

/* Open @path below @at, which stands for "/" in a foreign tree. */
static int open_below(const struct source *source, int at, const char *path, int flags)
{
	if (!source->confined)
		return open_live(source, at, path, flags);
	path += *path == '/';
	return confined_open(at, *path ? path : ".", flags);
}

/*
 * Read what is behind @fd. @attribute: a sysfs attribute, whose content is made at the first read
 * and copied as far as it fits, so a short read is the end; that saves a system call for each
 * of thousands of files.
 * Kernel: fs/seq_file.c, seq_read_iter(): 5.10, 6.1, 6.12, 7.3.
 */
static int read_all(int fd, bool attribute, char **text, size_t *len)
{
	char block[4096];
	char *buffer = block; /* nearly all files fit, and there are thousands */
	size_t used = 0, room = sizeof(block);
	ssize_t n;

	do {
		if (used == room) {
			buffer = buffer == block ? NULL : buffer;
			buffer = xrealloc(buffer, room * 4 + 1);
			if (room == sizeof(block))
				memcpy(buffer, block, used);
			room *= 4;
		}
		n = read(fd, buffer + used, room - used);
		used += n > 0 ? (size_t)n : 0;
		if ((n < 0 && errno != EINTR) || used > FILE_MAX) {
			int error = n < 0 ? errno : EFBIG;

			if (buffer != block)
				free(buffer);
			return -error;
		}
	} while (n < 0 || (n && (!attribute || used == room)));
	buffer = buffer == block ? xmemdup(block, used) : xrealloc(buffer, used + 1);
	buffer[used] = '\0';
	*text = buffer;
	*len = used;
	return 0;
}

/*
 * Open what @place, an O_PATH descriptor, stands for, if it is a plain file. A foreign tree may hold a
 * pipe or a device in place of one, and some devices are set going when they are opened (watchdogs,
 * tapes). Through /proc, for behind the same path there may be something else by now.
 * Return: a descriptor; -ELOOP for a link, -EINVAL for anything else.
 */
static int open_place(int place)
{
	char path[sizeof("/proc/self/fd/") + 11];
	struct stat st;
	int fd;

	if (fstat(place, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	/* Without a /proc: nothing is said of the file. */
	return errno == ENOENT || errno == ENOTDIR ? -ENOSYS : -errno;
}

/* The file @path at @at, a plain one in a foreign tree. @no_follow: O_NOFOLLOW or 0 */
static int open_file(const struct source *source, int at, const char *path, int no_follow)
{
	int place, fd;

	if (!source->confined)
		return open_below(source, at, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | no_follow);
	place = open_below(source, at, path, O_PATH | no_follow);
	if (place < 0)
		return place;
	fd = open_place(place);
	close(place);
	return fd;
}

/* Read @name at @at, and write nothing down. @path is the same from the root. */
static int read_file(const struct source *source, int at, const char *name, const char *path,
		     bool attribute, char **text, size_t *len)
{
	int no_follow = source->confined && at != source->root ? O_NOFOLLOW : 0;
	_cleanup_close_ int fd = -1;

	fd = open_file(source, at, name, no_follow);
	/* A link in an open directory of a foreign tree is resolved from the root of that tree. */
	if (fd == -ELOOP && no_follow)
		fd = open_file(source, source->root, path, 0);
	return fd < 0 ? fd : read_all(fd, attribute, text, len);
}

/*
 * Open what is mounted over a file of the kernel's, in a reader: it may wait forever. Devices are
 * not opened, whatever they are: a container's files are hidden by /dev/null.
 */
static int open_mounted(const struct source *source, const char *path)
{
	_cleanup_close_ int fd = openat(source->root, path + 1, O_PATH | O_CLOEXEC);
	char again[sizeof("/proc/self/fd/") + 12];
	struct stat st;
	int ret;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return -EXDEV;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	ret = open(again, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return ret < 0 ? -errno : ret;
}

static int ask_for_file(struct source *source, const void *context, size_t index, const char *path,
			char **text, size_t *len)
{
	int ret = read_file(source, source->root, path, path, below(path, "/sys"), text, len);
	_cleanup_close_ int fd = -1;

	(void)context;
	(void)index;
	if (ret != -EXDEV)
		return ret;
	fd = open_mounted(source, path);
	return fd < 0 ? fd : read_all(fd, false, text, len);
}

static void ask_all(struct source *source, reader_ask_fn *ask, char *const *paths, size_t count,
		    struct source_answers *answers)
{
	const struct reader_questions questions = {
		.ask = ask,
		.context = "",
		.names = paths,
		.count = count,
		.with_rights = true,
	};

	reader_ask(source, &questions, answers);
}

/*
 * Files that wait for others: docs/hostile.md says for which. A kind of a lock of a device, of a
 * group, of a module's parameters, of the control groups, of the mounts, of swapping.
 */
static bool may_wait(const struct source *source, const char *path)
{
	static const char *const in_sys[] = { "config", "driver_override", "reserved_regions",
					      "type",	"uevent",	   NULL };
	static const char *const in_proc[] = { "cgroup", "mountinfo", "swaps", NULL };
	const char *name = strrchr(path, '/') + 1;
	bool is_proc = below(path, "/proc");
	const char *const *names = is_proc ? in_proc : in_sys;

	if (!is_live(source) || (!is_proc && !below(path, "/sys")))
		return false;
	for (; *names; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	/* The memory of a process, which it may have locked. The kernel's own line waits for nobody. */
	if (is_proc)
		return strcmp(name, "cmdline") == 0 && strcmp(path, "/proc/cmdline") != 0;
	return strstr(path, "/parameters/");
}

/* One question about @path. */
static int ask_one(struct source *source, reader_ask_fn *ask, const char *path, char **text,
		   size_t *len)
{
	char *const paths[] = { (char *)path };
	struct source_answers answers;
	int ret;

	ask_all(source, ask, paths, 1, &answers);
	ret = answers.answer->ret;
	if (ret >= 0) {
		*len = answers.answer->len;
		*text = xmemdup(answers.answer->text, *len);
	}
	source_answers_clear(&answers);
	return ret;
}

/* Read it here, or let a reader wait for it. Nothing is written into a capture. */
static int read_or_ask(struct source *source, int at, const char *name, const char *path,
		       bool attribute, char **text, size_t *len)
{
	int ret = may_wait(source, path) ? -EXDEV
					 : read_file(source, at, name, path, attribute, text, len);

	return ret == -EXDEV && is_live(source) ? ask_one(source, ask_for_file, path, text, len)
						: ret;
}

int read_unrecorded(struct source *source, const char *path, char **text, size_t *len)
{
	return read_or_ask(source, source->root, path, path, false, text, len);
}

/* Write down what became of reading @path. Return: @ret. */
static int take_answer(struct source *source, const char *path, int ret, const char *text,
		       size_t len)
{
	if (ret < 0)
		record_error(source, "read", path, ret);
	else
		record_file(source, path, text, len);
	return note_failure(source, path, ret);
}

/* The file @name at @at, or at @node in a replay; @path is the same from the root. */
static int read_any(struct source *source, int at, struct tree_node *node, const char *name,
		    const char *path, bool attribute, char **text, size_t *len)
{
	size_t length = 0;
	char *read = NULL;
	int ret;

	len = len ? len : &length;
	if (source->mode == SOURCE_REPLAY)
		return note_failure(source, path, replay_read(source, node, name, path, text, len));
	ret = read_or_ask(source, at, name, path, attribute, &read, len);
	if (ret >= 0)
		*text = read;
	return take_answer(source, path, ret, read, *len);
}

int source_read(struct source *source, const char *path, char **text, size_t *len)
{
	return read_any(source, source->root, NULL, path, path, false, text, len);
}

int source_attribute(struct source *source, const char *path, char **text, size_t *len)
{
	return read_any(source, source->root, NULL, path, path, true, text, len);
}

static void read_each(struct source *source, char *const *paths, size_t count,
		      struct source_answers *answers)
{
	*answers = (struct source_answers){ .count = count };
	answers->answer = xcalloc(count, sizeof(*answers->answer));
	for (size_t i = 0; i < count; i++) {
		struct source_answer answer = { 0 };

		answer.ret = source_attribute(source, paths[i], &answer.text, &answer.len);
		if (answer.ret >= 0)
			APPEND(answers->blocks, answers->n_blocks, answer.text);
		answers->answer[i] = answer;
	}
}

void source_attributes(struct source *source, char *const *paths, size_t count,
		       struct source_answers *answers)
{
	if (!is_live(source)) {
		read_each(source, paths, count, answers);
		return;
	}
	ask_all(source, ask_for_file, paths, count, answers);
	for (size_t i = 0; i < count; i++) {
		const struct source_answer *answer = &answers->answer[i];

		take_answer(source, paths[i], answer->ret, answer->text, answer->len);
	}
}

/* In a reader. One letter: whether there is a directory or something else. */
static int ask_for_presence(struct source *source, const void *context, size_t index,
			    const char *path, char **text, size_t *len)
{
	_cleanup_close_ int fd = openat(source->root, path + 1, O_PATH | O_CLOEXEC);
	struct stat st;

	(void)context;
	(void)index;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	*text = xstrdup(S_ISDIR(st.st_mode) ? "d" : "f");
	*len = 1;
	return 0;
}

/*
 * Find the mount over @path. Return: 1 for a directory, 0 for something else, or a negative errno.
 */
static int find_mounted(struct source *source, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret = ask_one(source, ask_for_presence, path, &text, &len);

	return ret < 0 ? ret : *text == 'd';
}

int source_dir_open(struct source *source, const char *path, struct source_dir **dir)
{
	struct source_dir opened = { .source = source, .fd = -1 };
	int ret;

	if (source->mode == SOURCE_REPLAY) {
		ret = replay_directory(source, "folder", path, &opened.node);
	} else {
		opened.fd = open_below(source, source->root, path, O_RDONLY | O_DIRECTORY);
		ret = opened.fd;
		if (ret == -EXDEV && is_live(source)) {
			ret = find_mounted(source, path);
			ret = ret == 0 ? -ENOTDIR : ret;
		}
		if (ret < 0)
			record_error(source, "folder", path, ret);
		else
			record_directory(source, path);
	}
	if (note_failure(source, path, ret) < 0)
		return ret;
	opened.path = xstrdup(path);
	*dir = xcalloc(1, sizeof(**dir));
	**dir = opened;
	return 0;
}

void source_dir_close(struct source_dir *dir)
{
	if (!dir)
		return;
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir);
}

int source_dir_read(struct source_dir *dir, const char *name, char **text, size_t *len)
{
	_cleanup_free_ char *path = xjoin(dir->path, '/', name);

	if (dir->fd < 0 && !dir->node)
		return source_attribute(dir->source, path, text, len);
	return read_any(dir->source, dir->fd, dir->node, name, path, true, text, len);
}

/*
 * Write down one entry of a directory, as far as its type goes. That is what the directory says:
 * what is mounted over it is not asked for, and may wait.
 */
static void record_entry(struct source *source, int fd, const char *directory, const char *name,
			 unsigned char type)
{
	_cleanup_free_ char *path = NULL;
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (source->mode != SOURCE_RECORD)
		return;
	path = xjoin(directory, '/', name);
	/* Not every directory tells the type. One that is gone is not in the capture, and that is said there. */
	if (type == DT_UNKNOWN && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = (unsigned char)IFTODT(st.st_mode);
	else if (type == DT_UNKNOWN)
		record_error(source, "exists", path, note_failure(source, path, -errno));
	if (type == DT_DIR) {
		record_directory(source, path);
	} else if (type == DT_LNK) {
		n = readlinkat(fd, name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		record_link(source, path, target);
	} else if (type != DT_UNKNOWN) {
		record_presence(source, path);
	}
}

/** struct listing - a directory that is being listed. @with_links: the caller records its links */
struct listing {
	struct source *source;
	const char *path;
	struct source_list *list;
	bool with_links;
};

static int list_entry(void *context, int fd, const struct dirent64 *entry)
{
	const struct listing *listing = context;

	APPEND(listing->list->name, listing->list->count, xstrdup(entry->d_name));
	if (!listing->with_links || entry->d_type != DT_LNK)
		record_entry(listing->source, fd, listing->path, entry->d_name, entry->d_type);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct source_list *list)
{
	if (list->count > 1)
		qsort(list->name, list->count, sizeof(*list->name), compare_names);
}

/* An open directory, with its names in @list. Return: the descriptor, or a negative errno. */
static int list_below(struct source *source, const char *path, struct source_list *list,
		      bool with_links)
{
	struct listing listing = { source, path, list, with_links };
	int fd = open_below(source, source->root, path, O_RDONLY | O_DIRECTORY);
	int ret = fd;

	if (fd == -EXDEV && is_live(source))
		return fd;
	if (fd >= 0) {
		record_directory(source, path);
		ret = directory_entries(
			fd, !source->confined && source->sys >= 0 && below(path, "/sys"),
			list_entry, &listing);
	}
	if (ret < 0) {
		record_error(source, "list", path, ret);
		source_list_clear(list);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	return fd;
}

/* In a reader: a letter, the name, NUL; of a link, 'l', also where it leads, NUL. */
static int tell_entry(void *context, int fd, const struct dirent64 *entry)
{
	char target[PATH_MAX];
	FILE *out = context;
	ssize_t n;

	fprintf(out, "%c%s%c",
		entry->d_type == DT_LNK	  ? 'l'
		: entry->d_type == DT_DIR ? 'd'
					  : 'f',
		entry->d_name, '\0');
	if (entry->d_type != DT_LNK)
		return 0;
	n = readlinkat(fd, entry->d_name, target, sizeof(target));
	fwrite(target, 1, n > 0 ? (size_t)n : 0, out);
	fputc('\0', out);
	return 0;
}

static int ask_for_entries(struct source *source, const void *context, size_t index,
			   const char *path, char **text, size_t *len)
{
	_cleanup_close_ int fd = openat(source->root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct writer told;
	int ret;

	(void)context;
	(void)index;
	if (fd < 0)
		return -errno;
	writer_open(&told);
	ret = directory_entries(fd, false, tell_entry, told.out);
	*text = writer_close(&told);
	*len = told.len;
	return ret;
}

static int compare_told(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a + 1, *(char *const *)b + 1);
}

/* Sort the entries of a directory: @told points to each type letter, in @text. */
static void find_told(char *text, size_t len, struct source_list *told)
{
	for (char *at = text; at < text + len; at += strlen(at) + 1) {
		bool is_link = *at == 'l';

		APPEND(told->name, told->count, at);
		if (is_link)
			at += strlen(at) + 1;
	}
	if (told->count)
		qsort(told->name, told->count, sizeof(*told->name), compare_told);
}

static void record_told(struct source *source, const char *directory, const char *name, char letter,
			const char *target)
{
	_cleanup_free_ char *path = xjoin(directory, '/', name);

	if (letter == 'd')
		record_directory(source, path);
	else if (letter == 'l')
		record_link(source, path, target);
	else
		record_presence(source, path);
}

/* As list_below(), for a directory that something is mounted over. @targets: NULL, or of links */
static int list_mounted(struct source *source, const char *path, struct source_list *list,
			struct source_list *targets)
{
	struct source_list told = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int ret = ask_one(source, ask_for_entries, path, &text, &len);

	if (ret < 0) {
		record_error(source, "list", path, ret);
		return ret;
	}
	find_told(text, len, &told);
	record_directory(source, path);
	for (size_t i = 0; i < told.count; i++) {
		const char *name = told.name[i] + 1;
		const char *target = *told.name[i] == 'l' ? name + strlen(name) + 1 : NULL;

		record_told(source, path, name, *told.name[i], target);
		APPEND(list->name, list->count, xstrdup(name));
		if (targets)
			APPEND(targets->name, targets->count, xstrdup(target));
	}
	free(told.name);
	return 0;
}

/* Where the link @name in the open directory @fd at @path leads, new, or NULL. */
static char *take_link(struct source *source, int fd, const char *path, const char *name)
{
	bool is_plain = source->mode != SOURCE_RECORD;
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, name, target, sizeof(target) - 1);
	int error = n < 0 ? -errno : 0;
	_cleanup_free_ char *link = NULL;

	if (n >= 0 && is_plain)
		return xstrndup(target, (size_t)n);
	link = xjoin(path, '/', name);
	target[n > 0 ? n : 0] = '\0';
	/* An entry that is no link was recorded as what it is. */
	if (error != -EINVAL)
		record_link(source, link, target);
	if (n >= 0)
		return xstrdup(target);
	record_error(source, "link", link, error);
	note_failure(source, link, error);
	return NULL;
}

/* @targets: NULL, or of the links in @list, which is sorted then */
static int list_live(struct source *source, const char *path, struct source_list *list,
		     struct source_list *targets)
{
	int ret = list_below(source, path, list, targets != NULL);

	if (ret == -EXDEV && is_live(source))
		return list_mounted(source, path, list, targets);
	if (ret < 0)
		return ret;
	if (targets)
		sort_names(list);
	for (size_t i = 0; targets && i < list->count; i++)
		APPEND(targets->name, targets->count, take_link(source, ret, path, list->name[i]));
	close(ret);
	return 0;
}

int source_list_unsorted(struct source *source, const char *path, struct source_list *list)
{
	struct source_list found = { 0 };
	int ret = source->mode == SOURCE_REPLAY ? replay_list(source, path, &found)
						: list_live(source, path, &found, NULL);

	if (note_failure(source, path, ret) >= 0)
		*list = found;
	return ret;
}

int source_list(struct source *source, const char *path, struct source_list *list)
{
	int ret = source_list_unsorted(source, path, list);

	if (ret >= 0)
		sort_names(list);
	return ret;
}

int source_links(struct source *source, const char *path, struct source_list *names,
		 struct source_list *targets)
{
	struct source_list found = { 0 };
	int ret;

	*targets = found;
	if (source->mode == SOURCE_REPLAY) {
		ret = source_list(source, path, names);
		for (size_t i = 0; ret >= 0 && i < names->count; i++) {
			_cleanup_free_ char *link = xjoin(path, '/', names->name[i]);
			char *target = NULL;

			source_link(source, link, &target);
			APPEND(targets->name, targets->count, target);
		}
		return ret;
	}
	ret = list_live(source, path, &found, targets);
	if (note_failure(source, path, ret) >= 0)
		*names = found;
	return ret;
}

void source_list_clear(struct source_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->name[i]);
	free(list->name);
	*list = (struct source_list){ 0 };
}

/* readlink(2) of the last part of @path, its directory resolved like every other path. */
static int read_link(const struct source *source, const char *path, char *target, size_t room)
{
	_cleanup_free_ char *directory = NULL;
	_cleanup_close_ int fd = -1;
	const char *slash = strrchr(path, '/');
	ssize_t n;

	if (source->confined) {
		directory = xstrndup(path, (size_t)(slash - path));
		fd = open_below(source, source->root, directory, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return fd;
		n = readlinkat(fd, slash + 1, target, room - 1);
	} else {
		n = readlinkat(source->root, path + 1, target, room - 1);
	}
	if (n < 0)
		return -errno;
	target[n] = '\0';
	return 0;
}

int source_link(struct source *source, const char *path, char **target)
{
	char buffer[PATH_MAX];
	int ret;

	if (source->mode == SOURCE_REPLAY)
		return note_failure(source, path, replay_link(source, path, target));
	ret = read_link(source, path, buffer, sizeof(buffer));
	if (ret < 0) {
		record_error(source, "link", path, ret);
		return note_failure(source, path, ret);
	}
	record_link(source, path, buffer);
	*target = xstrdup(buffer);
	return 0;
}

int source_exists(struct source *source, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int ret;

	if (source->mode == SOURCE_REPLAY)
		return note_failure(source, path, replay_exists(source, path));
	fd = open_below(source, source->root, path, O_PATH);
	ret = fd;
	if (ret == -EXDEV && is_live(source))
		ret = find_mounted(source, path);
	else if (ret >= 0)
		ret = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	if (ret < 0)
		record_error(source, "exists", path, ret);
	else if (ret)
		record_directory(source, path);
	else
		record_presence(source, path);
	return note_failure(source, path, ret < 0 ? ret : 0);
}
