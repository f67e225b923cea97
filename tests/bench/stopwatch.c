/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a command once, what it prints thrown away, and say what it cost.
 *
 *	stopwatch COMMAND [ARG…]
 *
 * Prints nanoseconds by the clock, microseconds of CPU time, and KiB of memory at its peak. A program
 * of its own, since the peak of a process counts what it was before exec(2): here that is next to
 * nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t microseconds(const struct timeval *time)
{
	return time->tv_sec * INT64_C(1000000) + time->tv_usec;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int64_t begin;
	int status;
	pid_t pid;

	if (argc < 2)
		return 64;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	begin = now();
	if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0 ||
	    wait4(pid, &status, 0, &usage) < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("%lld %lld %ld %d\n", (long long)(now() - begin),
	       (long long)(microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime)),
	       usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
