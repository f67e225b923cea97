/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/count.h"

/* As in <linux/landlock.h>, which older headers lack, or have without its later parts. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif
#define CREATE_RULESET_VERSION 1u

/** struct ruleset - struct landlock_ruleset_attr: rights that are refused where no rule gives them. */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};

/** struct version - rights of one version of the interface, each with @count bits from bit 0 on. */
struct version {
	unsigned int files;
	unsigned int network;
	unsigned int scoped;
};

/*
 * landlock(7) has the versions of Linux.
 * Kernel: include/uapi/linux/landlock.h, LANDLOCK_ACCESS_FS_REFER: 6.1, 6.12, 7.3.
 * Kernel: include/uapi/linux/landlock.h, LANDLOCK_ACCESS_FS_IOCTL_DEV, LANDLOCK_SCOPE_SIGNAL: 6.12,
 *   7.3.
 */
static const struct version versions[] = {
	{ 13, 0, 0 }, /* files, 5.13 */
	{ 14, 0, 0 }, /* refer, 5.19 */
	{ 15, 0, 0 }, /* truncate, 6.2 */
	{ 15, 2, 0 }, /* TCP, 6.7 */
	{ 16, 2, 0 }, /* ioctl of devices, 6.10 */
	{ 16, 2, 2 }, /* abstract sockets and signals, 6.12 */
};

static uint64_t bits(unsigned int count)
{
	return (UINT64_C(1) << count) - 1;
}

int landlock_deny_all(void)
{
	const struct version *version;
	struct ruleset rules;
	long known, fd;
	int error = 0;

	known = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	if (known < 1)
		return known < 0 ? -errno : -EOPNOTSUPP;
	version =
		&versions[((size_t)known < COUNT(versions) ? (size_t)known : COUNT(versions)) - 1];
	rules.files = bits(version->files);
	rules.network = bits(version->network);
	rules.scoped = bits(version->scoped);
	/* The kernel refuses a structure that is larger than the one it knows. */
	fd = syscall(SYS_landlock_create_ruleset, &rules,
		     version->scoped	? sizeof(struct ruleset)
		     : version->network ? offsetof(struct ruleset, scoped)
					: offsetof(struct ruleset, network),
		     0);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		error = errno;
	close((int)fd);
	return -error;
}
