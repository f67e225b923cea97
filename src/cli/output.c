/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/count.h"
#include "base/directory.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/worker.h"

static const char foreign_link[] = "a symbolic link on its path belongs to another user";

/* Return the descriptor that @path names; -1 if it names a file. */
static int descriptor_of(const char *path)
{
	static const char *const directories[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < COUNT(directories); i++) {
		size_t len = strlen(directories[i]);
		uint64_t number;

		if (strncmp(path, directories[i], len) == 0 &&
		    text_to_u64(path + len, 10, &number) >= 0 && number <= INT_MAX)
			return (int)number;
	}
	return -1;
}

bool output_is_stdout(const char *path)
{
	return descriptor_of(path) == STDOUT_FILENO;
}

/*
 * Tell whether the caller of the program opened @fd, for writing. Each descriptor that the program
 * opens itself is closed by exec, so that one that is not was there before.
 */
static bool is_callers(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

static bool is_node(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

/*
 * A rename would replace /bin, /dev/log, /dev/stdin or a link of udev's by a file; /dev//stdout
 * too: a link to one of the kernel's, whatever that leads to now.
 */
static bool leads_to_special(int directory, const char *name)
{
	static const char procfs[] = "/proc/";
	char target[sizeof(procfs)];
	struct stat st;

	if (readlinkat(directory, name, target, sizeof(target)) == (ssize_t)sizeof(target) &&
	    memcmp(target, procfs, strlen(procfs)) == 0)
		return true;
	return fstatat(directory, name, &st, 0) == 0 && !S_ISREG(st.st_mode);
}

/* Return the reason not to write to @name, which is @st; NULL if there is none. */
static const char *refusal(int directory, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "is a directory";
	if (S_ISLNK(st->st_mode) && directory_trusts(st) && leads_to_special(directory, name))
		return "is a symbolic link to a directory, a pipe, a device or a descriptor: name the target";
	if (S_ISSOCK(st->st_mode) || S_ISBLK(st->st_mode))
		return "is a socket or a block device";
	if (is_node(st) && !directory_trusts(st))
		return "is a pipe or a device of another user";
	return NULL;
}

static _Noreturn void refuse_directory(const char *path, int error, const char *reason)
{
	const char *name = text_base_name(path);

	give_up(error, "cannot create a file in '%.*s': %s", name == path ? 1 : (int)(name - path),
		name == path ? "." : path, reason);
}

void output_check(const char *path)
{
	const char *name = text_base_name(path);
	_cleanup_close_ int directory = -1;
	const char *problem = NULL;
	int fd = descriptor_of(path);
	struct stat st = { 0 };

	if (fd > STDOUT_FILENO && !is_callers(fd))
		bad_usage("cannot write '%s': descriptor %d is not open for writing", path, fd);
	if (fd >= 0)
		return;
	cli_refuse_borrowed_privileges();
	if (!*name)
		bad_usage("invalid file name '%s'", path);
	directory = directory_open_parent(path);
	if (directory < 0)
		refuse_directory(path, -directory,
				 directory == -EPERM ? foreign_link : strerror(-directory));
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		problem = refusal(directory, name, &st);
	else if (errno != ENOENT)
		give_up(errno, "cannot write '%s': %s", path, strerror(errno));
	if (problem)
		bad_usage("cannot write '%s': %s", path, problem);
	if (!is_node(&st) && faccessat(directory, ".", W_OK | X_OK, 0) < 0)
		refuse_directory(path, errno, strerror(errno));
}

/* The kernel's links lead to the open file, even if its name was replaced since. */
static void link_of(char *path, size_t size, int fd)
{
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

/* A file without a name; where the file system has none of those, in memory. */
static int open_nameless(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = memfd_create("vfiodiag", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Return: a descriptor to write into; or a negative errno. */
static int open_target(struct output *output)
{
	const char *name = text_base_name(output->path);
	_cleanup_close_ int node = -1;
	char link[32];
	struct stat st;
	int fd;

	cli_limit_writing();
	output->directory = directory_open_parent(output->path);
	if (output->directory < 0) {
		output->problem = output->directory == -EPERM ? foreign_link : NULL;
		return output->directory;
	}
	/* O_PATH neither waits for the reader of a pipe nor tells a device that it is opened. */
	node = openat(output->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0)
		return errno == ENOENT ? open_nameless(output->directory) : -errno;
	if (fstat(node, &st) < 0)
		return -errno;
	output->problem = refusal(output->directory, name, &st);
	if (output->problem)
		return -EPERM;
	if (!is_node(&st))
		return open_nameless(output->directory);
	close(output->directory);
	output->directory = -1;
	/* The pipe or device that it was found to be. */
	link_of(link, sizeof(link), node);
	fd = open(link, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int output_open(struct output *output, const char *path, enum output_readers readers)
{
	int fd = descriptor_of(path);
	int ret = 0;

	*output = (struct output){ .path = path, .readers = readers, .directory = -1 };
	/* The parent of a child writes the file. */
	if (fd == STDOUT_FILENO || worker_is_here()) {
		output->file = stdout;
		return 0;
	}
	if (fd < 0)
		fd = open_target(output);
	else if (!is_callers(fd))
		fd = -EBADF;
	else if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		fd = -errno;
	output->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (output->file)
		return 0;
	ret = fd < 0 ? fd : -errno;
	if (fd >= 0)
		close(fd);
	if (output->directory >= 0)
		close(output->directory);
	output->directory = -1;
	return ret;
}

/* The file was made for its owner only; let others read it as if open() had made it. */
static int set_mode(const struct output *output, int fd)
{
	mode_t mask;

	if (output->readers == OUTPUT_PRIVATE)
		return 0;
	mask = umask(0);
	umask(mask);
	return fchmod(fd, 0666 & ~mask) < 0 ? -errno : 0;
}

static int give_name(const struct output *output, const char *name)
{
	char path[32];

	link_of(path, sizeof(path), fileno(output->file));
	return linkat(AT_FDCWD, path, output->directory, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int copy(int from, int to)
{
	char bytes[BUFSIZ];
	off_t at = 0;
	ssize_t len;

	/* What write(2) did not take is read again. */
	while ((len = pread(from, bytes, sizeof(bytes), at)) > 0 &&
	       (len = write(to, bytes, (size_t)len)) >= 0)
		at += len;
	return len < 0 ? -errno : 0;
}

/* Where a file without a name cannot get one (another file system, no /proc), a new one is made. */
static int copy_to_name(const struct output *output, const char *name)
{
	int fd = openat(output->directory, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return -errno;
	ret = set_mode(output, fd);
	if (ret >= 0)
		ret = copy(fileno(output->file), fd);
	if (ret >= 0 && fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && ret >= 0)
		ret = -errno;
	if (ret < 0)
		unlinkat(output->directory, name, 0);
	return ret;
}

/* In a directory with the sticky bit, only the owner of a file or of the directory replaces it. */
static const char *sticky_problem(int directory, const char *name)
{
	struct stat above, st;

	return fstat(directory, &above) == 0 && above.st_mode & S_ISVTX &&
			       fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			       st.st_uid != geteuid() && above.st_uid != geteuid()
		       ? "belongs to another user, and only its owner can replace it in this directory "
			 "(sticky bit)"
		       : NULL;
}

/* No call gives an unnamed file a name that exists, so a temporary name comes first. */
static int replace(struct output *output, const char *name)
{
	char temporary[sizeof(".vfiodiag-0123456789abcdef")];
	uint64_t number;
	int ret;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(temporary, sizeof(temporary), ".vfiodiag-%016" PRIx64, number);
	ret = give_name(output, temporary);
	if (ret < 0)
		ret = copy_to_name(output, temporary);
	if (ret < 0 || renameat(output->directory, temporary, output->directory, name) == 0)
		return ret;
	ret = -errno;
	unlinkat(output->directory, temporary, 0);
	if (ret == -EPERM || ret == -EACCES)
		output->problem = sticky_problem(output->directory, name);
	return ret;
}

/* The file is whole. No signal but SIGKILL ends the program while it has a temporary name. */
static int name_target(struct output *output)
{
	const char *name = text_base_name(output->path);
	sigset_t all, before;
	int ret = set_mode(output, fileno(output->file));

	if (ret < 0)
		return ret;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = give_name(output, name);
	if (ret < 0)
		ret = replace(output, name);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ret < 0)
		return ret;
	/* Without this the name could be lost in a crash. Some file systems have no need of it. */
	return fsync(output->directory) < 0 && errno != EINVAL && errno != EBADF ? -errno : 0;
}

int output_close(struct output *output, bool whole)
{
	int ret = 0;

	/* Without fsync() a crash could leave an empty file under the name (rename(2)). */
	if (fflush(output->file) == EOF ||
	    (output->directory >= 0 && !ferror(output->file) && fsync(fileno(output->file)) < 0))
		ret = -errno;
	else if (ferror(output->file))
		ret = -EIO;
	if (output->directory >= 0) {
		if (ret >= 0 && whole)
			ret = name_target(output);
		close(output->directory);
	}
	if (output->file != stdout && fclose(output->file) == EOF && ret >= 0)
		ret = -errno;
	return ret;
}

const char *output_reason(const struct output *output, int error)
{
	return output->problem ? output->problem : strerror(-error);
}

/*
 * Remove the @part that was written before the disk was full, unless another process has appended
 * to the file since.
 */
static void take_back(const struct stat *before, size_t part)
{
	struct stat now;

	if (part && S_ISREG(before->st_mode) && fstat(STDOUT_FILENO, &now) == 0 &&
	    now.st_size == before->st_size + (off_t)part &&
	    ftruncate(STDOUT_FILENO, before->st_size) < 0)
		complain("cannot remove the incomplete output: %s", strerror(errno));
}

int output_write(const char *text, size_t len)
{
	struct stat before = { 0 };
	size_t part = 0;

	/* The parent of a child keeps the output until it is complete. */
	if (worker_is_here())
		return fwrite(text, 1, len, stdout) == len ? 0 : -EIO;
	fstat(STDOUT_FILENO, &before);
	while (part < len) {
		ssize_t written = write(STDOUT_FILENO, text + part, len - part);
		int error = errno;

		if (written < 0 && error == EINTR)
			continue;
		if (written < 0) {
			take_back(&before, part);
			complain("cannot write to standard output: %s", strerror(error));
			return -error;
		}
		part += (size_t)written;
	}
	return 0;
}
