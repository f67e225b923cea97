/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_REASON_H
#define VFIODIAG_PAGETABLE_REASON_H

/**
 * reason_set() - put a sentence in the place of the one that was there.
 * @reason: receives it, new; NULL: nobody asks
 *
 * No sentence has a number that was read from the memory of the kernel: it may end up in a report.
 */
void reason_set(char **reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * could_not_tell() - say why something could not be told, as reason_set() does.
 * @error: errno, positive
 *
 * It is a macro, so that analyzers see that what it returns is negative. Return: -@error.
 */
#define could_not_tell(reason, error, ...) (reason_set(reason, __VA_ARGS__), -(error))

#endif
