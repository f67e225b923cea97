/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_DIRECTORY_H
#define VFIODIAG_BASE_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

/** directory_entry_fn - called for each @entry of the directory @fd. Return: 0 to go on. */
typedef int (*directory_entry_fn)(void *context, int fd, const struct dirent64 *entry);

/**
 * directory_entries() - call @each for the entries of the open directory @fd whose names have no dot in front.
 *
 * Not with readdir(3): opendir(3) asks for the state of each directory and takes memory for it, and there
 * are as many directories as groups.
 * @is_sysfs: of sysfs, where the position behind the last entry is INT_MAX, and no other is
 *	(kernfs_fop_readdir() and kernfs_name_hash(), fs/kernfs/dir.c): one call less for each directory. A
 *	buffer that was not filled is no sign, for a signal ends a call early too (filldir64()).
 *
 * Return: 0, what @each returned, or a negative errno.
 */
int directory_entries(int fd, bool is_sysfs, directory_entry_fn each, void *context);

/*
 * Directories that are written into.
 *
 * A path that root writes to can lead through a directory that other users write to (/tmp, a home).
 * The kernel's fs.protected_symlinks guards only sticky directories, and only the last part of a
 * path. These functions hold every link on the way to the rule of systemd's CHASE_SAFE: it decides
 * nothing for a caller who does not trust its owner.
 */

/** directory_trusts() - tell if @st belongs to the caller or to root. */
bool directory_trusts(const struct stat *st);

/**
 * directory_open() - open a directory, following only links that directory_trusts().
 * @at: descriptor that a relative @path begins at, or AT_FDCWD
 * @path: any path; "" is not there
 *
 * Return: a descriptor, which is good for *at() calls only (O_PATH) where the caller may not list
 * the directory; -EPERM for a link that belongs to another user; or another negative errno.
 */
int directory_open(int at, const char *path);

/**
 * directory_open_parent() - open the directory that holds @path in the same way.
 *
 * The last part of @path, text_base_name(), is not opened.
 */
int directory_open_parent(const char *path);

/**
 * directory_make() - make the directory @path, for its owner only, unless it is there, and open it.
 *
 * Return: as directory_open().
 */
int directory_make(const char *path);

#endif
