/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program with a fault that is planted: where a capture's host has one of the names below, reading it
 * goes wrong, as a capture that finds a fault of the program would make it. Built of the same objects
 * as the program itself; only source_open_input() and worker_name() are wrapped (tests/planted/local.mk).
 *
 *	planted-crash	a NULL pointer
 *	planted-abort	abort()
 *	planted-loop	never an end
 *	planted-sleep	never an end either, and no work
 *	planted-exit	exit(0) before anything is printed
 *	planted-part	half an answer is written, then a NULL pointer
 *	planted-flood	more output than there may be
 *	planted-half	more than half of the output that there may be, and nothing wrong
 *	planted-whole	all of it
 *	planted-silent	both streams closed, and never an end
 *	planted-escape	escape sequences on both streams
 *	planted-name	asks for a file elsewhere, where collect has no name for its own
 *	planted-attack	tries what it must not be able to do, and says which of it worked
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "capture/capture.h"
#include "cli/worker.h"
#include "source/source.h"

/* The linker gives these names: the program's own function is the real one (--wrap). */
int __real_source_open_input(struct source **source, struct capture_input *input);
int __wrap_source_open_input(struct source **source, struct capture_input *input);
void __real_worker_name(const char *name);
void __wrap_worker_name(const char *name);

/* So that the compiler does not see it. */
static volatile int *volatile nowhere;

static void crash(void)
{
	*nowhere = 1;
}

static void loop(void)
{
	for (volatile unsigned int turn = 0;; turn++)
		;
}

static void doze(void)
{
	int word = 0;

	for (;;)
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
}

static void part(void)
{
	if (write(STDOUT_FILENO, "half an ans", 11) < 0)
		_exit(99);
	crash();
}

static void flood(void)
{
	static char block[1 << 20];

	while (write(STDOUT_FILENO, block, sizeof(block)) > 0)
		;
	_exit(99);
}

static void fill(size_t blocks)
{
	static char block[1 << 20];

	while (blocks-- && write(STDOUT_FILENO, block, sizeof(block)) > 0)
		;
}

static void half(void)
{
	fill(300);
}

static void whole(void)
{
	fill(512);
}

static void silent(void)
{
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	loop();
}

static void escape(void)
{
	fputs("\033]0;title\007 \033[31mred\033[m\n", stdout);
	fputs("\033]0;title\007\033[31m said\n", stderr);
}

static void try(const char *what, long ret)
{
	fprintf(stderr, "attack: %s: %s\n", what, ret < 0 ? strerror(errno) : "WORKED");
}

static void attack_files(void)
{
	struct stat st;

	try("read a secret file", open("/etc/shadow", O_RDONLY));
	try("read a public file", open("/etc/passwd", O_RDONLY));
	try("openat2", syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0));
	try("make a file", open("/tmp/vfiodiag-attack", O_WRONLY | O_CREAT, 0600));
	try("open the terminal", open("/dev/tty", O_RDWR));
	try("look for a file", stat("/etc/passwd", &st));
	try("duplicate a descriptor", dup(STDOUT_FILENO));
	try("push into a terminal", ioctl(STDOUT_FILENO, TIOCSTI, "x"));
	try("change a file's mode", chmod("/etc/passwd", 0644));
	try("remove a file", unlink("/tmp/vfiodiag-attack"));
}

static void attack_processes(void)
{
	char byte = 0;
	struct iovec mine = { &byte, 1 }, other = { (void *)&errno, 1 };
	char *const arguments[] = { (char *)"true", NULL };
	pid_t parent = getppid();

	try("execute", execve("/bin/true", arguments, NULL));
	try("fork", fork());
	try("trace the parent", ptrace(PTRACE_ATTACH, parent, NULL, NULL));
	try("read the parent's memory", process_vm_readv(parent, &mine, 1, &other, 1, 0));
	try("write the parent's memory", process_vm_writev(parent, &mine, 1, &other, 1, 0));
	try("take the parent's descriptors", syscall(SYS_pidfd_open, parent, 0));
	try("signal the parent", kill(parent, SIGCONT));
	try("signal a thread of the parent", syscall(SYS_tgkill, parent, parent, SIGCONT));
	try("become root", setresuid(0, 0, 0));
	try("unshare", syscall(SYS_unshare, 0x10000000));
}

static void attack_kernel(void)
{
	try("open a socket", socket(AF_INET, SOCK_STREAM, 0));
	try("open a local socket", socket(AF_UNIX, SOCK_STREAM, 0));
	try("bpf", syscall(SYS_bpf, 0, NULL, 0));
	try("perf", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
	try("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	try("keys", syscall(SYS_add_key, "user", "x", "x", 1, -3));
#ifndef __s390x__
	try("map code", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0) == MAP_FAILED
				? -1
				: 0);
#endif
}

static void attack(void)
{
	attack_files();
	attack_processes();
	attack_kernel();
	fputs("attack: done\n", stderr);
}

static void leave(void)
{
	exit(0);
}

static bool is_elsewhere;

static void go_elsewhere(void)
{
	is_elsewhere = true;
}

void __wrap_worker_name(const char *name)
{
	__real_worker_name(is_elsewhere ? "vfiodiag-/../../elsewhere.tar.zst" : name);
}

static const struct {
	const char *name;
	void (*happens)(void);
} plants[] = {
	{ "planted-crash", crash },	  { "planted-abort", abort },
	{ "planted-loop", loop },	  { "planted-exit", leave },
	{ "planted-part", part },	  { "planted-flood", flood },
	{ "planted-silent", silent },	  { "planted-escape", escape },
	{ "planted-attack", attack },	  { "planted-sleep", doze },
	{ "planted-name", go_elsewhere }, { "planted-half", half },
	{ "planted-whole", whole },
};

int __wrap_source_open_input(struct source **source, struct capture_input *input)
{
	int ret = __real_source_open_input(source, input);
	char *name = ret < 0 ? NULL
			     : capture_text(source_capture(*source), "/proc/sys/kernel/hostname",
					    "node");

	for (size_t i = 0; name && i < sizeof(plants) / sizeof(*plants); i++) {
		if (strcmp(name, plants[i].name) == 0)
			plants[i].happens();
	}
	free(name);
	return ret;
}
