/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox for a process that reads captures, which anybody may have written, and for one that reads the
 * memory of the kernel, which must not get out.
 */
#include "source/source.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "source/internal.h"
#include "source/landlock.h"
#include "source/seccomp.h"

/* "nobody", by number: a user database may ask servers, and load code. */
#define NOBODY 65534

/* Tell if @id is mapped in this user namespace; if that cannot be read, assume that it is. */
static bool is_mapped(const char *map, unsigned long id)
{
	FILE *file = fopen(map, "re");
	unsigned long first, outside, count;
	bool found = !file;

	while (file && !found && fscanf(file, "%lu %lu %lu", &first, &outside, &count) == 3)
		found = id >= first && id - first < count;
	if (file)
		fclose(file);
	return found;
}

static bool has_nobody;

void sandbox_prepare(void)
{
	has_nobody = is_mapped("/proc/self/uid_map", NOBODY) &&
		     is_mapped("/proc/self/gid_map", NOBODY);
}

/* Each step says in @call which call failed. */

static int forbid_privileges(const char **call)
{
	*call = "prctl(PR_SET_NO_NEW_PRIVS)";
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int change_user(const char **call)
{
	const uint64_t needed = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;
	uint64_t bits = 0;

	*call = "capset";
	if (privilege_limit(PRIVILEGE_SHED, PRIVILEGE_SHED) < 0)
		return -errno;
	if (!has_nobody || privilege_in_effect(&bits) < 0 || (bits & needed) != needed)
		return -EOPNOTSUPP;
	*call = "setgroups";
	if (setgroups(0, NULL) < 0)
		return -errno;
	*call = "setresgid";
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	*call = "setresuid";
	return setresuid(NOBODY, NOBODY, NOBODY) < 0 ? -errno : 0;
}

static int drop_capabilities(const char **call)
{
	*call = "capset";
	return privilege_limit(0, 0);
}

/* No other process of this user may look into this one, and its parent's end is its own. */
static int keep_apart(const char **call)
{
	*call = "prctl(PR_SET_DUMPABLE)";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	*call = "prctl(PR_SET_PDEATHSIG)"; /* a change of the user takes it back */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

/* A limit that is lower already stays: raising it is not allowed. */
static int lower_limits(const char **call)
{
	static const struct {
		__rlimit_resource_t resource;
		uint64_t soft, hard;
	} limits[] = {
		{ RLIMIT_CORE, 0, 0 },
		{ RLIMIT_CPU, SANDBOX_CPU_SECONDS, SANDBOX_CPU_SECONDS + 1 },
		{ RLIMIT_FSIZE, 0, 0 },
		{ RLIMIT_MEMLOCK, 0, 0 },
		/* valgrind has no lower hard limit; the filter keeps this one from being raised. */
		{ RLIMIT_NOFILE, 0, UINT64_MAX },
		{ RLIMIT_NPROC, 0, 0 },
#if __SIZEOF_POINTER__ > 4
		{ RLIMIT_AS, SANDBOX_ADDRESS_SPACE, SANDBOX_ADDRESS_SPACE },
#endif
	};

	*call = "setrlimit";
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0)
			return -errno;
		if (limit.rlim_cur > limits[i].soft)
			limit.rlim_cur = (rlim_t)limits[i].soft;
		if (limit.rlim_max > limits[i].hard)
			limit.rlim_max = (rlim_t)limits[i].hard;
		if (setrlimit(limits[i].resource, &limit) < 0)
			return -errno;
	}
	return 0;
}

static int deny_files(const char **call)
{
	*call = "landlock";
	return landlock_deny_all();
}

static int filter_computing(const char **call)
{
	*call = "seccomp";
	return seccomp_allow_computing();
}

static int filter_reading(const char **call)
{
	*call = "seccomp";
	return seccomp_allow_reading();
}

/** struct step - a part of a sandbox. */
struct step {
	const char *name;
	int (*take)(const char **call);
};

/*
 * The order matters: Landlock and seccomp want no_new_privs, Landlock makes a descriptor while there
 * may be one, and the filter lets none of the other calls through.
 */
static const struct step steps[] = {
	{ "no_new_privs", forbid_privileges },
	{ "a separate user", change_user },
	{ "no capabilities", drop_capabilities },
	{ "PR_SET_DUMPABLE", keep_apart },
	{ "Landlock", deny_files },
	{ "limits", lower_limits },
	{ "seccomp", filter_computing },
};

/* Its parent, which cannot end a process of another user, has to end it when it takes too long. */
static const struct step kernel_steps[] = {
	{ "no_new_privs", forbid_privileges },
	{ "no capabilities", drop_capabilities },
	{ "PR_SET_DUMPABLE", keep_apart },
	{ "Landlock", deny_files },
	{ "limits", lower_limits },
	{ "seccomp", filter_reading },
};

static int take_steps(const struct step *taken, size_t count, char **missing, const char **failed)
{
	char *names = NULL;

	if (WITHOUT_SANDBOX) {
		*missing = xstrdup("anything (this build is for tests)");
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		int ret = taken[i].take(failed);

		if (ret < 0 && ret != -ENOSYS && ret != -EOPNOTSUPP) {
			free(names);
			return ret;
		}
		if (ret < 0)
			xappend(&names, "%s%s (%s)", names ? ", " : "", taken[i].name,
				strerror(-ret));
	}
	*missing = names;
	return 0;
}

int sandbox_enter(char **missing, const char **failed)
{
	return take_steps(steps, COUNT(steps), missing, failed);
}

int sandbox_enter_kernel(void)
{
	_cleanup_free_ char *missing = NULL;
	const char *failed;

	return take_steps(kernel_steps, COUNT(kernel_steps), &missing, &failed);
}
