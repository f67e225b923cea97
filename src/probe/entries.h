/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_ENTRIES_H
#define VFIODIAG_PROBE_ENTRIES_H

#include "probe/internal.h"

/**
 * entries_ask() - find the entries of the two pages in the page table, if that is wanted.
 *
 * While they are mapped. However it ends, the probe goes on: an answer only sharpens the verdict.
 */
void entries_ask(struct run *run);

/** entries_announce() - announce that the memory of the kernel is going to be read, if it is. */
void entries_announce(struct run *run);

/** entries_forbidden() - tell why the caller may not read the page table; NULL where it may. */
const char *entries_forbidden(struct run *run);

/**
 * entries_refusal() - tell why the page table is not read without being told to. Pure.
 * @process: the caller; NULL where a capture does not say
 *
 * Return: the end of a sentence; NULL where nothing is known to be in the way.
 */
const char *entries_refusal(const struct probe *probe, const struct host *host,
			    const struct source_process *process);

#endif
