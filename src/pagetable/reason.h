/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_REASON_H
#define VFIODIAG_PAGETABLE_REASON_H

/**
 * could_not_tell() - say why something could not be told.
 * @reason: receives the sentence, new, instead of the one that was there; NULL: nobody asks
 * @error: errno, positive
 *
 * No sentence has a number that was read from the memory of the kernel: it may end up in a report.
 * Return: -@error.
 */
int could_not_tell(char **reason, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
