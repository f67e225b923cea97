/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_REMEDY_REMEDY_H
#define VFIODIAG_REMEDY_REMEDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/limits.h"

/*
 * Commands that fix what a check or a probe found, to be pasted, and words where there can be none.
 * Pure.
 */

/**
 * remedy_may_bind() - tell whether commands may bind @device to vfio-pci.
 *
 * Every command that takes a device from its driver is made behind this. A driver is only taken
 * from a device that nothing needs, by evidence (state_allows_unbind()). Bridges are left alone,
 * and so are devices of other buses, which have vfio drivers of their own, and names that are not
 * plain words: a capture may hold anything, and people paste commands.
 */
bool remedy_may_bind(const struct device *device);

/**
 * remedy_bind() - add the commands that bind all of @devices to vfio-pci to the fix of @finding.
 *
 * All of them or none: a group with one device left is not viable. Those that are bound to a vfio
 * driver already need no command. Return: whether all can be bound.
 */
bool remedy_bind(struct finding *finding, const struct device *const *devices, size_t count);

/**
 * remedy_bind_words() - say in words how @devices get to vfio-pci, or what to do instead.
 *
 * Commands are only in it where remedy_bind() has none. Free it.
 */
char *remedy_bind_words(const struct device *const *devices, size_t count);

/** remedy_group() - remedy_bind() for all devices that keep @group from VFIO. */
bool remedy_group(struct finding *finding, const struct group *group);

/** remedy_group_words() - remedy_bind_words() for the same. Free it. */
char *remedy_group_words(const struct group *group);

/** remedy_memlock() - add the commands that let @memlock lock @bytes to the fix of @finding. */
void remedy_memlock(struct finding *finding, const struct memlock *memlock, uint64_t bytes);

/** remedy_memlock_words() - put the same into words, complete without commands. Free it. */
char *remedy_memlock_words(const struct memlock *memlock, uint64_t bytes);

/**
 * remedy_parameter() - add the command that sets a parameter of a module that is loaded.
 * @does: its effect in a few words
 */
void remedy_parameter(struct finding *finding, const char *does, const char *module,
		      const char *name, const char *value);

/**
 * remedy_entry_limit() - add the commands that set dma_entry_limit to @limit, now and at boot.
 *
 * The parameter holds no more than UINT32_MAX, which is set for larger ones.
 */
void remedy_entry_limit(struct finding *finding, uint64_t limit);

/** GET_MODULES - the fix where the kernel lacks a module; the option that builds it follows. */
#define GET_MODULES                                                                            \
	"install the package with all modules of this kernel and reboot (Debian: linux-image-" \
	"amd64 and the like, not the cloud variant), or build a kernel with "

/** remedy_modprobe() - add the command that loads @module. */
void remedy_modprobe(struct finding *finding, const char *module);

/** remedy_log() - add the command that shows the kernel log. @words: those to look for */
void remedy_log(struct finding *finding, const char *words);

#endif
