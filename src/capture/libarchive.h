/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_LIBARCHIVE_H
#define VFIODIAG_CAPTURE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

/*
 * libarchive, which is loaded where an archive is read or written (see base/library.h).
 */

#define LIBARCHIVE_SONAME "libarchive.so.13"

/* clang-format off */
/** LIBARCHIVE_FUNCTIONS() - those that are called, without their prefix "archive_". */
#define LIBARCHIVE_FUNCTIONS(each) \
	each(entry_filetype) \
	each(entry_free) \
	each(entry_hardlink) \
	each(entry_new) \
	each(entry_pathname) \
	each(entry_set_filetype) \
	each(entry_size) \
	each(entry_symlink) \
	each(error_string) \
	each(read_data) \
	each(read_free) \
	each(read_new) \
	each(read_next_header) \
	each(read_open_fd) \
	each(read_support_filter_zstd) \
	each(read_support_format_tar) \
	each(set_error) \
	each(write_add_filter_zstd) \
	each(write_close) \
	each(write_data) \
	each(write_free) \
	each(write_header) \
	each(write_new) \
	each(write_open) \
	each(write_set_bytes_in_last_block) \
	each(write_set_filter_option) \
	each(write_set_format_raw)
/* clang-format on */

#define LIBARCHIVE_MEMBER(name) __typeof__(archive_##name) *name;

/** struct libarchive - its functions, once libarchive_load() returned 0. */
extern struct libarchive {
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_MEMBER)
	/* archive_errno(): "errno" is a macro, and no name. */
	__typeof__(archive_errno) *error_number;
} libarchive;

/** libarchive_load() - once or more often. Return: 0, or -ELIBACC where there is no libarchive. */
int libarchive_load(void);

/**
 * libarchive_begin() - say that functions of the library are called from here on.
 *
 * Where memory runs out, the library may end the program with status 1, which says something of a host
 * (__archive_errx() in libarchive/archive_util.c of 3.6.2 and 3.7.4). Until libarchive_end() that is
 * turned into what out_of_memory() does.
 */
void libarchive_begin(void);

/** libarchive_end() - say that no more of them are called. */
void libarchive_end(void);

#endif
