/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/worker.h"

static bool is_standard_output(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* Whether there is something at @path that a rename would do away with. */
static bool is_special(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static char *folder_of(const char *path)
{
	size_t len = (size_t)(text_base_name(path) - path);

	return len ? xstrndup(path, len) : xstrdup(".");
}

void output_check(const char *path)
{
	_cleanup_free_ char *folder = folder_of(path);
	struct stat st;

	if (is_standard_output(path))
		return;
	if (!*path || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		bad_usage("'%s' is no name of a file that could be written", path);
	if (!is_special(path) && access(folder, W_OK) < 0)
		give_up(errno, "no file can be made in '%s': %s", folder, strerror(errno));
}

/* The signals by which people and programs end a program. */
static void hold_signals(sigset_t *before)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

/* mkostemp() makes files for their owner only; this makes one as open() would. */
static int share(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

/* What is to go where the program ends in the middle. */
static const char *undone;

static void remove_undone(void)
{
	if (undone)
		unlink(undone);
}

/* libarchive ends the program where it has no memory. */
static void exit_undone(void)
{
	if (!undone)
		return;
	unlink(undone);
	_exit(EXIT_UNMEASURED);
}

/* No file came of it. */
static void drop_temporary(struct output *output, int fd)
{
	if (fd >= 0) {
		close(fd);
		unlink(output->temporary);
	}
	free(output->temporary);
	output->temporary = NULL;
	sigprocmask(SIG_SETMASK, &output->signals, NULL);
}

static int open_temporary(struct output *output, enum output_readers readers)
{
	_cleanup_free_ char *folder = folder_of(output->path);
	int fd;

	output->temporary = xasprintf("%s/.%s.XXXXXX", folder, text_base_name(output->path));
	hold_signals(&output->signals);
	fd = mkostemp(output->temporary, O_CLOEXEC);
	output->file = fd < 0 || (readers == OUTPUT_SHARED && share(fd) < 0) ? NULL
									     : fdopen(fd, "w");
	if (!output->file) {
		int error = errno;

		drop_temporary(output, fd);
		return -error;
	}
	undone = output->temporary;
	undo_without_memory(remove_undone);
	if (atexit(exit_undone) != 0)
		out_of_memory();
	return 0;
}

int output_open(struct output *output, const char *path, enum output_readers readers)
{
	*output = (struct output){ .path = path };
	if (is_standard_output(path) || worker_is_here()) {
		output->file = stdout;
		return 0;
	}
	cli_limit_writing();
	if (!is_special(path))
		return open_temporary(output, readers);
	output->file = fopen(path, "we");
	return output->file ? 0 : -errno;
}

/* Everything is on its way to the disk, and nothing went wrong. */
static int finish(struct output *output)
{
	int ret = fflush(output->file) == EOF ? -errno : 0;

	if (ret >= 0 && ferror(output->file))
		ret = -EIO;
	/* Without this a crash soon after could leave an empty file under the name (rename(2)). */
	if (ret >= 0 && output->temporary && fsync(fileno(output->file)) < 0)
		ret = -errno;
	if (output->file != stdout && fclose(output->file) == EOF && ret >= 0)
		ret = -errno;
	return ret;
}

int output_close(struct output *output, int whole)
{
	int ret = finish(output);

	if (!output->temporary)
		return ret;
	if (ret >= 0 && whole && rename(output->temporary, output->path) < 0)
		ret = -errno;
	if (ret < 0 || !whole)
		unlink(output->temporary);
	undone = NULL;
	free(output->temporary);
	sigprocmask(SIG_SETMASK, &output->signals, NULL);
	return ret;
}
