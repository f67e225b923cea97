/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_LANDLOCK_H
#define VFIODIAG_SOURCE_LANDLOCK_H

/**
 * landlock_deny_all() - refuse all access to files from now on, and what else Landlock knows here.
 *
 * Needs no_new_privs. Return: 0; -ENOSYS where the kernel has no Landlock, -EOPNOTSUPP where it is
 * disabled at boot; a negative errno.
 */
int landlock_deny_all(void);

#endif
