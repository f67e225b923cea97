/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/worker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/writer.h"
#include "cli/relay.h"
#include "source/source.h"

#define OUTPUT_MAX   (UINT32_C(512) << 20)
#define MESSAGES_MAX (UINT32_C(16) << 20)
#define PROGRESS_MS  200
#define PATIENCE_MS  1000
#define STALLED_S    60 /* without output or work */

/*
 * The first byte from the child tells if it is in its sandbox; if not, the reason follows. It
 * precedes everything that comes from a capture, so no capture can forge it.
 */
#define IS_CONFINED  '+'
#define NOT_CONFINED '-'

/**
 * struct board - memory that parent and child share.
 * @at: index of the capture that is being read. The child may change it between two looks.
 * @is_done: the work came to its end
 * @name: what worker_name() was told
 */
struct board {
	volatile size_t at;
	bool is_done;
	char name[256];
};

static struct board *board;
static bool is_here;

bool worker_is_here(void)
{
	return is_here;
}

void worker_at(size_t index)
{
	if (board)
		board->at = index;
}

void worker_name(const char *name)
{
	if (board)
		snprintf(board->name, sizeof(board->name), "%s", name);
}

void worker_open(const struct options *options, const char *path, bool is_listed,
		 struct capture_input *input)
{
	struct options chosen = *options;

	chosen.from = path;
	cli_limit_opening(&chosen);
	if (is_listed)
		capture_input_open_listed(path, input);
	else
		capture_input_open(path, input);
}

#ifdef ENABLE_FUZZING

/* The output. Static: a fuzzer may leave the program in the middle and start it again. */
static struct {
	struct writer writer;
	FILE *out;
} printed;

static void end_printing(void)
{
	if (!printed.writer.out)
		return;
	writer_close(&printed.writer);
	stdout = printed.out;
	is_here = false;
}

/* A fault must end the process that the fuzzer watches, so there is no child. */
void worker_run(const struct job *job, struct outcome *outcome)
{
	static struct board here;

	end_printing();
	free(printed.writer.text);
	*outcome = (struct outcome){ 0 };
	here = (struct board){ 0 };
	board = &here;
	is_here = true;
	printed.out = stdout;
	writer_open(&printed.writer);
	stdout = printed.writer.out;
	outcome->status = job->work(job->context);
	end_printing();
	outcome->text = printed.writer.text;
	outcome->len = printed.writer.len;
	printed.writer.text = NULL;
	memcpy(outcome->name, here.name, sizeof(outcome->name));
}

#else

/* The C library opens files when it first needs a time zone or a character set. */
static void load_what_is_lazy(void)
{
	static bool is_loaded;

	if (is_loaded)
		return;
	is_loaded = true;
	sandbox_prepare();
	/* All times are UTC. */
	if (setenv("TZ", "UTC0", 1) < 0)
		out_of_memory();
	tzset();
	(void)btowc('x');
}

static int compare_numbers(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

/* Kernels before 5.9 have no close_range(2). */
static int close_all(int first, unsigned int last)
{
	long max = sysconf(_SC_OPEN_MAX);

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	for (int fd = first; fd < max && (unsigned int)fd <= last; fd++)
		close(fd);
	return 0;
}

/* Close everything but the captures of the child. Return: 0, or -1 and errno. */
static int close_others(const struct job *job)
{
	_cleanup_free_ int *kept = xcalloc(job->count, sizeof(*kept));
	size_t count = 0;
	int first = STDERR_FILENO + 1;

	for (size_t i = 0; i < job->count; i++) {
		if (job->inputs[i].fd >= 0)
			kept[count++] = job->inputs[i].fd;
	}
	qsort(kept, count, sizeof(*kept), compare_numbers);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] > first && close_all(first, (unsigned int)kept[i] - 1) < 0)
			return -1;
		first = kept[i] + 1;
	}
	close(STDIN_FILENO);
	return close_all(first, ~0U);
}

static _Noreturn void refuse_sandbox(int messages, const char *what, int error)
{
	dprintf(messages, "%c%s: %s", NOT_CONFINED, what, strerror(error));
	_exit(EXIT_UNMEASURED);
}

static void enter_sandbox(const struct job *job, bool is_first, pid_t parent)
{
	_cleanup_free_ char *missing = NULL;
	const char *failed = NULL;
	int ret = sandbox_enter(&missing, &failed);

	if (ret < 0)
		refuse_sandbox(STDERR_FILENO, failed, -ret);
	/* The parent may have ended before PR_SET_PDEATHSIG was set. */
	if (getppid() != parent)
		_exit(EXIT_UNMEASURED);
	dprintf(STDERR_FILENO, "%c", IS_CONFINED);
	if (missing && is_first && job->options->verbose)
		complain("captures are read without these protections, which are not available: %s",
			 missing);
}

/** struct child - a process and its output. @worked: its CPU time at the last look */
struct child {
	pid_t pid;
	struct stream out;
	struct stream messages;
	struct timespec worked;
};

/* The child. A session of its own has no terminal: signals come by the end of the parent. */
static _Noreturn void work(const struct job *job, int out, int messages, bool is_first,
			   pid_t parent)
{
	static char block[65536];
	int status;

	is_here = true;
	/* Write as much at a time as a pipe holds. */
	setvbuf(stdout, block, _IOFBF, sizeof(block));
	if (setsid() < 0)
		refuse_sandbox(messages, "setsid", errno);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(messages, STDERR_FILENO) < 0)
		refuse_sandbox(messages, "dup2", errno);
	if (close_others(job) < 0)
		refuse_sandbox(STDERR_FILENO, "close_range", errno);
	enter_sandbox(job, is_first, parent);
	status = job->work(job->context);
	board->is_done = fflush(stdout) == 0 && !ferror(stdout);
	/* Builds for tests count covered lines and leaks at exit. */
	if (WITHOUT_SANDBOX)
		exit(status);
	_exit(status);
}

/* Return: 0, or a negative errno. */
static int start(const struct job *job, struct child *child)
{
	static bool is_started;
	int out[2] = { -1, -1 }, messages[2] = { -1, -1 };
	pid_t parent = getpid();
	int error = 0;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(messages, O_CLOEXEC) < 0)
		error = errno;
	/* Buffered output would be printed twice. */
	fflush(stdout);
	child->pid = error ? -1 : fork();
	if (child->pid == 0)
		work(job, out[1], messages[1], !is_started, parent);
	if (child->pid < 0 && !error)
		error = errno;
	is_started = true;
	close(out[1]);
	close(messages[1]);
	child->out = (struct stream){ .fd = out[0], .max = OUTPUT_MAX };
	child->messages = (struct stream){ .fd = messages[0], .max = MESSAGES_MAX };
	return -error;
}

/* Tell if the child has used the processor since the last look. */
static bool has_worked(struct child *child)
{
	struct timespec before = child->worked;
	clockid_t clock;

	return clock_getcpuclockid(child->pid, &clock) == 0 &&
	       clock_gettime(clock, &child->worked) == 0 &&
	       (before.tv_sec != child->worked.tv_sec || before.tv_nsec != child->worked.tv_nsec);
}

/* Tell if another process writes what the child reads, and may take its time. */
static bool has_pipe(const struct job *job)
{
	struct stat st;

	for (size_t i = 0; i < job->count; i++) {
		if (job->inputs[i].fd >= 0 &&
		    (fstat(job->inputs[i].fd, &st) < 0 || !S_ISREG(st.st_mode)))
			return true;
	}
	return false;
}

/*
 * Read until both pipes are closed, or one carries too much. Another process of the child's user
 * may stop it, and would keep this process waiting; so would a child that sleeps, which a limit of
 * CPU time never ends.
 */
static int relay_child(const struct job *job, struct child *child)
{
	int timeout = job->progress && isatty(STDERR_FILENO) ? PROGRESS_MS : PATIENCE_MS;
	bool may_wait = has_pipe(job);
	int idle = 0, ret;

	do {
		size_t len = child->out.len + child->messages.len, at = board->at;
		siginfo_t info = { 0 };

		/* On a terminal, show which capture the child is reading. */
		if (job->progress && at < job->count)
			cli_progress(job->options, "reading %s", job->paths[at]);
		ret = relay_read(&child->out, &child->messages, timeout);
		/* Continue a child that a signal stopped, but not one that is being debugged. */
		if (waitid(P_PID, (id_t)child->pid, &info, WSTOPPED | WNOHANG) == 0 &&
		    info.si_pid == child->pid)
			kill(child->pid, SIGCONT);
		idle += timeout;
		if (has_worked(child) || len != child->out.len + child->messages.len)
			idle = 0;
		if (ret > 0 && !may_wait && idle > STALLED_S * 1000)
			ret = -ETIMEDOUT;
	} while (ret > 0);
	if (job->progress)
		cli_progress(job->options, NULL);
	return ret;
}

/* Return what the child took of the limit that it came closest to, in thousandths. */
static uint64_t load_of(const struct child *child, const struct rusage *usage)
{
	uint64_t seconds = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
	uint64_t us = (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	uint64_t of_time = (seconds * 1000 + us / 1000) / SANDBOX_CPU_SECONDS;
	uint64_t of_memory = (uint64_t)usage->ru_maxrss * 1000 / (SANDBOX_ADDRESS_SPACE >> 10);
	uint64_t of_output = (uint64_t)child->out.len * 1000 / OUTPUT_MAX;
	uint64_t most = of_time > of_memory ? of_time : of_memory;

	return most > of_output ? most : of_output;
}

/* Describe how the child ended early, in a sentence that names the capture. New. */
static char *describe_end(const char *path, int status, int error)
{
	if (error == -EFBIG)
		return xasprintf("'%s': the reader was stopped: the output exceeds %u MiB", path,
				 OUTPUT_MAX >> 20);
	if (error == -ETIMEDOUT)
		return xasprintf("'%s': the reader was stopped: it did nothing for %d s", path,
				 STALLED_S);
	if (error < 0)
		return xasprintf("'%s': the reader was stopped: %s", path, strerror(-error));
	if (WIFSIGNALED(status))
		return xasprintf("'%s': the reader was killed by signal %d (%s)", path,
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return xasprintf("'%s': the reader exited early with status %d", path, WEXITSTATUS(status));
}

static void fill_outcome(const struct job *job, struct child *child, int status, int error,
			 struct outcome *outcome)
{
	bool is_own = error >= 0 && WIFEXITED(status) &&
		      (WEXITSTATUS(status) <= EXIT_UNMEASURED ||
		       WEXITSTATUS(status) == EXIT_BADUSAGE);

	outcome->at = board->at < job->count ? board->at : 0;
	outcome->status = is_own ? WEXITSTATUS(status) : EXIT_UNMEASURED;
	if (is_own && board->is_done) {
		outcome->text = child->out.text;
		outcome->len = child->out.len;
		child->out.text = NULL;
		memcpy(outcome->name, board->name, sizeof(outcome->name) - 1);
		return;
	}
	outcome->is_told = is_own && outcome->status >= EXIT_UNMEASURED && child->messages.len > 1;
	if (!outcome->is_told)
		outcome->status = EXIT_UNMEASURED;
	outcome->problem = describe_end(job->paths[outcome->at], status, error);
}

static _Noreturn void refuse_captures(const char *what)
{
	complain("cannot read captures safely: %s", what);
	exit(EXIT_UNMEASURED);
}

static void close_stream(struct stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream->text);
}

void worker_run(const struct job *job, struct outcome *outcome)
{
	struct child child = { 0 };
	bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	iconv_t converters[] = { (iconv_t)-1, (iconv_t)-1 };
	struct rusage usage = { 0 };
	int ret, status = 0;

	*outcome = (struct outcome){ 0 };
	if (!board)
		board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		out_of_memory();
	*board = (struct board){ 0 };
	load_what_is_lazy();
	/* For paths in archives, which libarchive takes for UTF-8: open while there is a child. */
	for (size_t i = 0; !is_utf8 && i < COUNT(converters); i++)
		converters[i] = iconv_open(i ? "UTF-8" : nl_langinfo(CODESET),
					   i ? nl_langinfo(CODESET) : "UTF-8");
	cli_is_terminal();
	cli_width();
	cli_limit_relaying(job->options);
	ret = start(job, &child);
	if (ret < 0)
		refuse_captures(strerror(-ret));
	ret = relay_child(job, &child);
	/* It has closed both pipes, so its work is done. */
	kill(child.pid, SIGKILL);
	while (wait4(child.pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	outcome->load = load_of(&child, &usage);
	for (size_t i = 0; i < COUNT(converters); i++) {
		if (converters[i] != (iconv_t)-1)
			iconv_close(converters[i]);
	}
	/* The first byte of the messages is none of them. */
	if (child.messages.len && *child.messages.text == NOT_CONFINED)
		refuse_captures(child.messages.text + 1);
	if (child.messages.len)
		fputs(relay_clean(child.messages.text + 1, child.messages.len - 1, false), stderr);
	fill_outcome(job, &child, status, ret, outcome);
	close_stream(&child.out);
	close_stream(&child.messages);
}

#endif

void outcome_clear(struct outcome *outcome)
{
	free(outcome->text);
	free(outcome->problem);
	*outcome = (struct outcome){ 0 };
}

int worker_print(const struct outcome *outcome)
{
	if (cli_is_terminal())
		relay_clean(outcome->text, outcome->len, true);
	return output_write(outcome->text, outcome->len);
}

int worker_save(const struct outcome *outcome, const char *path, enum output_readers readers,
		int unwritten)
{
	struct output output;
	int ret;

	if (outcome->problem) {
		if (!outcome->is_told)
			complain("%s", outcome->problem);
		return outcome->status;
	}
	if (output_is_stdout(path))
		return worker_print(outcome) < 0 ? EXIT_UNMEASURED : outcome->status;
	ret = output_open(&output, path, readers);
	if (ret >= 0) {
		bool whole = !outcome->len ||
			     fwrite(outcome->text, 1, outcome->len, output.file) == outcome->len;
		int written = whole ? 0 : -errno;
		int closed = output_close(&output, whole);

		ret = written < 0 ? written : closed;
	}
	if (ret < 0)
		complain("cannot write '%s': %s", path, output_reason(&output, ret));
	return ret < 0 ? unwritten : outcome->status;
}
