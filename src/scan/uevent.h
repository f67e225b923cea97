/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_UEVENT_H
#define VFIODIAG_SCAN_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct uevent - a change that the kernel reported. Pointers into its text.
 * @action: "add", "remove", "change", "bind", "unbind" …
 * @path: below /sys, "/devices/pci0000:00/0000:00:04.0"
 * @subsystem: "pci", "net", "block", "module" …; NULL where it has none
 */
struct uevent {
	const char *action;
	const char *path;
	const char *subsystem;
};

/**
 * uevent_parse() - the text of a kernel uevent. Pure.
 * @text: @len bytes: "ACTION@DEVPATH" and then KEY=VALUE, each ended by NUL (kobject_uevent_env(),
 *	lib/kobject_uevent.c)
 *
 * Return: whether it has an action and a path that begins with a slash.
 */
bool uevent_parse(const char *text, size_t len, struct uevent *uevent);

#endif
