/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_SCAN_H
#define VFIODIAG_SCAN_SCAN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/suggest.h"
#include "model/host.h"
#include "source/source.h"

/*
 * sysfs and proc → model. Nothing is opened but files, and nothing is written.
 */

/** scan_host() - read the whole host in one pass. Never NULL; what failed is in host->unread. */
struct host *scan_host(struct source *source);

/** scan_host_with() - the same, with no more than @details (enum host_detail) of groups and devices. */
struct host *scan_host_with(struct source *source, unsigned int details);

/**
 * scan_states() - read what the states of devices depend on (judge_states()): who uses them, and how.
 *
 * Apart from scan_host(), so that a list of devices costs no more than the devices.
 */
void scan_states(struct source *source, struct host *host);

/** scan_readiness() - read the same, and what only the checks need: overrides, huge pages. */
void scan_readiness(struct source *source, struct host *host);

/**
 * scan_overrides() - read driver_override of each device.
 *
 * Not part of scan_host(): in 5.10 and 6.1 driver_override_show() waits for the device's lock, and
 * while somebody unbinds a device that a guest still holds, that lock is held until the guest lets
 * go. A reader can't even be killed then, so a child reads (source_attributes()). In 6.12.118 and
 * 7.3 it takes a spinlock only.
 * Kernel: drivers/pci/pci-sysfs.c, driver_override_show(): 5.10, 6.1.
 * Kernel: drivers/base/bus.c, driver_override_show(): 6.12, 7.3.
 */
void scan_overrides(struct source *source, struct host *host);

/**
 * scan_usable() - read what decides whether VFIO can really use the devices of @groups: their power
 * states, ways to reset them, and owners of memory in their BARs.
 *
 * scan_readiness() does so for groups with a device bound to a vfio driver.
 */
void scan_usable(struct source *source, struct host *host, struct group *const *groups,
		 size_t n_groups);

/**
 * scan_failures() - note in host->unread all that could not be read since it was called last.
 *
 * The functions that fill a host end with it, so what is NULL in there without a word was not there.
 * Others ask for something beside the host: their callers call it.
 */
void scan_failures(struct source *source, struct host *host);

struct memlock;

/**
 * scan_memlock() - read how much memory a user, unit or process may lock.
 * @whom: NULL for this process, else "user:NAME" or "unit:NAME"
 * @memlock: filled; what could not be read is in its @error. Clear it with memlock_clear()
 *
 * Return: 0; -EINVAL where @whom is none of these; -ENOENT where there is no such user or unit.
 */
int scan_memlock(struct source *source, const char *whom, struct memlock *memlock);

struct room;

/** scan_room() - read how much memory this process may take, and of which pages. */
void scan_room(struct source *source, struct room *room);

/** scan_hugepages() - read the huge page pools, unless that was done already. */
void scan_hugepages(struct source *source, struct host *host);

/**
 * scan_account() - read the credentials with which @whom opens device nodes.
 * @whom: and the answer as for scan_memlock(); clear @account with account_clear()
 */
int scan_account(struct source *source, const char *whom, struct account *account);

/**
 * struct selection - the groups and devices of the SUBJECT arguments.
 * @groups: in the order of the words, each once
 * @devices: devices that belong to no group, which only some commands can use
 * @named: devices that a word names, in a group or not; those of a named group are not in it
 */
struct selection {
	struct group **groups;
	size_t n_groups;
	struct device **devices;
	size_t n_devices;
	struct device **named;
	size_t n_named;
};

/**
 * scan_subject() - add the groups and devices that @word names to @selection.
 * @word: a group number in decimal; an exact device name of any bus; a network interface; four
 *	hexadecimal digits on both sides of a colon, a vendor and device ID; or a PCI address as
 *	lspci -s takes it, of which parts may be omitted or '*', but not all. The first that
 *	exists counts
 *
 * Return: 0; -ENOENT when it is nothing on this host; -EINVAL when it can't be any of them.
 */
int scan_subject(struct source *source, const struct host *host, const char *word,
		 struct selection *selection);

/** scan_suggest() - offer what names the devices of @host. */
void scan_suggest(const struct host *host, struct suggestion *suggestion);

/**
 * scan_interfaces() - find the device of each network interface.
 *
 * For a capture, so that the interfaces can be named as subjects there.
 */
void scan_interfaces(struct source *source, const struct host *host);

/** selection_clear() - free the lists. */
void selection_clear(struct selection *selection);

#endif
