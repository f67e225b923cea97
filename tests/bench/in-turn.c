/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long commands take, run in turn, so that whatever else the machine does meets all of them.
 *
 *	in-turn ROUNDS COMMAND…
 *
 * A COMMAND is one word, divided at its blanks. What they print is thrown away. Prints for each the
 * median of the rounds in microseconds, and its exit status.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS_MAX 16

extern char **environ;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Return: nanoseconds. */
static uint64_t run(const char *command, int *status)
{
	posix_spawn_file_actions_t actions;
	char *words[WORDS_MAX + 1] = { NULL };
	char *copy = strdup(command);
	char *rest = copy;
	uint64_t began;
	pid_t pid;

	for (size_t i = 0; i < WORDS_MAX && rest; i++)
		words[i] = strsep(&rest, " ");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	began = now();
	if (posix_spawnp(&pid, words[0], &actions, NULL, words, environ) != 0 ||
	    waitpid(pid, status, 0) < 0) {
		perror(command);
		exit(1);
	}
	began = now() - began;
	posix_spawn_file_actions_destroy(&actions);
	free(copy);
	return began;
}

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a;
	uint64_t two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t n_commands = (size_t)argc - 2;
	uint64_t *took;
	int *status;

	if (!rounds)
		return 64;
	took = calloc(n_commands * rounds, sizeof(*took));
	status = calloc(n_commands, sizeof(*status));
	if (!took || !status)
		return 1;
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < n_commands; i++)
			took[i * rounds + round] = run(argv[i + 2], &status[i]);
	}
	for (size_t i = 0; i < n_commands; i++) {
		qsort(took + i * rounds, rounds, sizeof(*took), compare);
		printf("%llu %d %s\n", (unsigned long long)(took[i * rounds + rounds / 2] / 1000),
		       WIFEXITED(status[i]) ? WEXITSTATUS(status[i]) : 128 + WTERMSIG(status[i]),
		       argv[i + 2]);
	}
	free(took);
	free(status);
	return 0;
}
