/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files that may keep their reader waiting for ever. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/internal.h"

#define PATIENCE_MS 2000

/* What the child says of a file; the content follows. */
struct answer {
	int ret;
	size_t len;
};

/** struct reader - a child that reads. */
struct reader {
	pid_t pid;
	int fd;
};

static int write_whole(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * Nobody may wait for the child, and it may outlive its parent: all that it has is the root as
 * descriptor 0, the pipe as 1, and no privileges. (Kernels before 5.9 have no close_range(2), and the
 * other descriptors stay open.) Return: the pipe.
 */
static int give_up_all(struct source *source, int fd)
{
	int root = fcntl(source->root, F_DUPFD, 3);
	int pipe = fcntl(fd, F_DUPFD, 3);

	source->root = dup2(root, 0);
	fd = dup2(pipe, 1);
	close(STDERR_FILENO);
	close(root);
	close(pipe);
	syscall(SYS_close_range, 2, ~0U, 0);
	privilege_limit(0, 0);
	return fd;
}

/* The child. */
static _Noreturn void read_all(struct source source, int fd, char *const *paths, size_t count)
{
	signal(SIGPIPE, SIG_DFL);
	fd = give_up_all(&source, fd);
	for (size_t i = 0; i < count; i++) {
		struct answer answer = { 0 };
		char *text = NULL;

		answer.ret = read_live(&source, paths[i], &text, &answer.len);
		if (write_whole(fd, &answer, sizeof(answer)) < 0 ||
		    write_whole(fd, text, answer.len) < 0)
			_exit(1);
		free(text);
	}
	_exit(0);
}

static int start(const struct source *source, char *const *paths, size_t count,
		 struct reader *reader)
{
	int ends[2];

	if (pipe(ends) < 0)
		return -errno;
	reader->pid = fork();
	if (reader->pid == 0) {
		close(ends[0]);
		read_all(*source, ends[1], paths, count);
	}
	close(ends[1]);
	reader->fd = ends[0];
	if (reader->pid > 0)
		return 0;
	close(ends[0]);
	return -EAGAIN;
}

/* @len bytes of what the child says, with a look at the clock before each piece. */
static int hear(const struct reader *reader, void *data, size_t len)
{
	char *at = data;

	while (len) {
		struct pollfd poll_fd = { .fd = reader->fd, .events = POLLIN };
		int ready = poll(&poll_fd, 1, PATIENCE_MS);
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		n = read(reader->fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The next answer: @result as a read gives it. Return: 0, or why there was none. */
static int hear_answer(const struct reader *reader, int *result, char **text, size_t *len)
{
	struct answer answer = { 0 };
	int ret = hear(reader, &answer, sizeof(answer));

	if (ret < 0)
		return ret;
	*result = answer.ret;
	if (answer.ret < 0)
		return 0;
	*len = answer.len;
	*text = xcalloc(answer.len + 1, 1);
	ret = hear(reader, *text, answer.len);
	if (ret < 0) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

/* Read on from the first of @paths. Return: how many are done, those that failed too. */
static size_t read_some(struct source *source, char *const *paths, size_t count, char **texts)
{
	struct reader reader = { .pid = -1, .fd = -1 };
	size_t done = 0;
	int ret = start(source, paths, count, &reader);
	bool is_started = ret >= 0;

	while (done < count && (ret >= 0 || !is_started)) {
		size_t len = 0;
		int result = ret;

		if (is_started)
			ret = hear_answer(&reader, &result, &texts[done], &len);
		result = ret < 0 ? ret : result;
		if (result < 0)
			record_error(source, "read", paths[done], result);
		else
			record_file(source, paths[done], texts[done], len);
		note_failure(source, paths[done], result);
		done++;
	}
	if (is_started) {
		close(reader.fd);
		/* One that may still wait can't be killed; it ends when it has its answer. */
		waitpid(reader.pid, NULL, ret < 0 ? WNOHANG : 0);
	}
	return done;
}

void source_read_patiently(struct source *source, char *const *paths, size_t count, char **texts)
{
	bool is_live = source->mode == SOURCE_LIVE || source->mode == SOURCE_RECORD;
	size_t done = 0;

	memset(texts, 0, count * sizeof(*texts));
	while (is_live && done < count)
		done += read_some(source, paths + done, count - done, texts + done);
	for (; done < count; done++)
		source_read(source, paths[done], &texts[done], NULL);
}
