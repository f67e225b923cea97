/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_REMEDY_REMEDY_H
#define VFIODIAG_REMEDY_REMEDY_H

#include <stdint.h>

#include "model/host.h"
#include "model/limits.h"

/*
 * Commands that fix what a check or a probe found, to be pasted. Pure.
 */

/**
 * remedy_bind() - make the commands that bind @device to vfio-pci, to be pasted. Free it.
 *
 * NULL for devices of other buses, which have their own vfio drivers, and if a name is not a plain
 * word: a capture may hold anything, and people paste commands.
 */
char *remedy_bind(const struct device *device);

/**
 * remedy_memlock() - make the command that lets @memlock lock @bytes, to be pasted. Free it.
 *
 * If a name is not a plain word the result is a sentence without a command, since people paste
 * commands.
 */
char *remedy_memlock(const struct memlock *memlock, uint64_t bytes);

#endif
