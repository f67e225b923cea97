/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_TAR_H
#define VFIODIAG_CAPTURE_TAR_H

#include <stdint.h>

/* Bytes of a block of a tar file, and of the longest name that fits a header. */
#define TAR_BLOCK    512
#define TAR_NAME_MAX 100

/* Bytes of the largest content: its size has eleven octal digits. */
#define TAR_SIZE_MAX UINT64_C(077777777777)

/* Content of an entry of @len bytes is followed by this many zero bytes. */
#define TAR_PADDING(len) (-(len) % TAR_BLOCK)

/* Types of entries. The content of the last two is the name or target of the entry that follows. */
enum tar_type {
	TAR_FILE = '0',
	TAR_LINK = '2',
	TAR_DIRECTORY = '5',
	TAR_LONG_TARGET = 'K',
	TAR_LONG_NAME = 'L',
};

/**
 * tar_header() - make the header of an entry, in the form of GNU tar, which holds names as they are.
 * @name: cut after TAR_NAME_MAX bytes
 * @target: of a link, cut like @name; "" for others
 * @size: bytes of the content, at most TAR_SIZE_MAX
 * @time: seconds since 1970, 0 where they do not fit
 *
 * The entry is root's, and only root may use it. The form: "Basic Tar Format" in the manual of GNU tar.
 */
void tar_header(char header[static TAR_BLOCK], enum tar_type type, const char *name,
		const char *target, uint64_t size, int64_t time);

#endif
