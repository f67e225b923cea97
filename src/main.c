/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "cli/cli.h"

/* One page says where: a copy of the address here would go stale in each fork. */
const char *argp_program_bug_address = "the issue tracker (see vfiodiag(8))";

/*
 * The next file to be opened would get the number of a standard stream that is closed, and the
 * output would go into it: into a capture, or a device node. So a closed stream is opened on
 * /dev/null.
 */
static void keep_standard_streams(void)
{
	static const int wrong_way[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", wrong_way[fd]) != fd)
			_exit(EXIT_UNMEASURED);
	}
}

/* argp exits by itself after --help. */
static void flush_at_exit(void)
{
	if (cli_flush(EXIT_OBSERVED) != EXIT_OBSERVED)
		_exit(EXIT_UNMEASURED);
}

static void *json_memory(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

int main(int argc, char **argv)
{
	static char name[] = "vfiodiag";
	static char full_name[sizeof("vfiodiag ") + 16];
	const struct command *command;
	struct options options = { 0 };
	size_t seed;
	int first;

	keep_standard_streams();
	/*
	 * A write beyond the file size limit (ulimit -f) then fails with an error instead of a
	 * signal.
	 */
	signal(SIGXFSZ, SIG_IGN);
	if (atexit(flush_at_exit) != 0)
		out_of_memory();
	cli_reduce_environment();
	/*
	 * jansson would open /dev/urandom for the seed of its tables. The kernel has given this
	 * process 16 random bytes already (getauxval(3)), and a replay is to open nothing here.
	 */
	memcpy(&seed, (const void *)getauxval(AT_RANDOM), sizeof(seed));
	json_object_seed(seed | 1);
	/* By default jansson silently leaves out what it has no memory for. */
	json_set_alloc_funcs(json_memory, free);
	/* Only LC_CTYPE is set: numbers and messages are the same in every locale. */
	setlocale(LC_CTYPE, "");
	argv[0] = name;
	first = arguments_parse(argc, argv, &options, NULL);
	if (first >= argc)
		bad_usage("no command (see 'vfiodiag --help')");
	command = command_find(argv[first]);
	/*
	 * So that the help of a command says "Usage: vfiodiag list". Messages begin with it until the
	 * program has ended, later than main().
	 */
	snprintf(full_name, sizeof(full_name), "vfiodiag %s", command->name);
	argv[first] = full_name;
	cli_limit_to(command);
	return driver_run(command, argc - first, argv + first, &options);
}
