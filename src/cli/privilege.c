/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reduce the caller's privileges and environment to the little that a run needs. */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/count.h"
#include "base/exit.h"
#include "cli/cli.h"

/*
 * Only variables that say how text is shown. Others would make libraries read files, write some, or
 * load code:
 * TRACEEVENT_PLUGIN_DIR, OPENSSL_CONF, ICU_DATA, LOCPATH, HOME …
 */
static const char *const kept[] = {
	"COLUMNS", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TERM",
};

void cli_reduce_environment(void)
{
	char *values[COUNT(kept)];

	for (size_t i = 0; i < COUNT(kept); i++)
		values[i] = xstrdup(getenv(kept[i]));
	source_session_hint(getenv("SSH_CONNECTION"));
	/* They may be secret, and would stay in the memory of a child that a capture takes over. */
	for (char **variable = environ; variable && *variable; variable++)
		explicit_bzero(*variable, strlen(*variable));
	clearenv();
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (values[i] && setenv(kept[i], values[i], 1) < 0)
			out_of_memory();
		free(values[i]);
	}
}

#define WORKER (PRIVILEGE_SHED | PRIVILEGE_END)

/* If a sandbox prevents dropping privileges, the run continues with them. */
static void limit(unsigned int keep, unsigned int use)
{
	int ret = privilege_limit(keep, use);

	if (ret < 0)
		complain("cannot drop privileges: %s", strerror(-ret));
}

void cli_limit_to(const struct command *command)
{
	unsigned int needs = command->needs;

	for (const struct cli_option *option = command->options; option && option->name; option++)
		needs |= option->needs;
	if (command->takes & TAKES_PAGE_TABLE)
		needs |= PRIVILEGE_KERNEL;
	if (needs)
		needs |= PRIVILEGE_READ | PRIVILEGE_LOOK | WORKER;
	if (needs || command->takes & TAKES_OUTPUT)
		needs |= PRIVILEGE_WRITE;
	limit(needs, needs & PRIVILEGE_READ);
}

void cli_limit_opening(const struct options *options)
{
	unsigned int later = (options->needs & PRIVILEGE_WRITE) |
			     (options->capture_follows ? WORKER : 0);

	if (options->from)
		limit(later | WORKER | PRIVILEGE_READ, PRIVILEGE_READ);
	else if (options->sysroot)
		limit(later | PRIVILEGE_READ, PRIVILEGE_READ);
	else if (options->record)
		limit(options->needs | later | PRIVILEGE_LOOK, PRIVILEGE_READ | PRIVILEGE_WRITE);
}

void cli_limit_reading(const struct options *options)
{
	unsigned int needs = options->needs | (options->record ? PRIVILEGE_LOOK : 0);

	unsigned int later = options->capture_follows ? WORKER : 0;

	/*
	 * For a capture or a sysroot, the privileges of the live host were dropped before. The memory of the
	 * kernel is read by another process.
	 */
	if (!options->from && !options->sysroot)
		limit(needs | later, needs & ~(unsigned int)(PRIVILEGE_WRITE | PRIVILEGE_KERNEL));
}

void cli_limit_relaying(const struct options *options)
{
	limit((options->needs & PRIVILEGE_WRITE) | PRIVILEGE_READ | WORKER, PRIVILEGE_END);
}

void cli_limit_printing(const struct options *options)
{
	limit(options->needs & PRIVILEGE_WRITE, 0);
}

void cli_limit_writing(void)
{
	limit(PRIVILEGE_WRITE, PRIVILEGE_WRITE);
}

void cli_refuse_borrowed_privileges(void)
{
	/*
	 * Root gains nothing here, and security modules such as SELinux set AT_SECURE for its
	 * services.
	 */
	if (!getauxval(AT_SECURE) || getuid() == 0)
		return;
	complain(
		"refusing to write a file with set-user-ID or file capabilities: use sudo instead");
	exit(EXIT_UNMEASURED);
}
