/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_SECCOMP_H
#define VFIODIAG_SOURCE_SECCOMP_H

/**
 * seccomp_allow_computing() - refuse every system call from now on but those that compute: memory,
 * reading and writing descriptors that are open, the clock and the end.
 *
 * Others fail with EPERM and the process goes on; a call of a foreign ABI ends it. Return: 0;
 * -EOPNOTSUPP where the numbers of this architecture's calls are not known; a negative errno.
 */
int seccomp_allow_computing(void);

/**
 * seccomp_allow_reading() - the same, and refuse all but memory, read(2), pread(2) and write(2) of
 * descriptors that are open, and the end.
 */
int seccomp_allow_reading(void);

#endif
