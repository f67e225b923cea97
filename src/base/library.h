/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_LIBRARY_H
#define VFIODIAG_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Shared libraries that only some commands need, loaded when one does.
 *
 * libarchive brings libxml2, ICU, the C++ library and libcrypto along: with it linked, every command
 * took three quarters of its start to load what it never called.
 */

/** struct library_function - a function of a library, and where its address goes. */
struct library_function {
	const char *name;
	void **address;
};

/**
 * library_load() - load @soname and look all of @functions up.
 *
 * It stays loaded. Return: 0, or -ELIBACC where it is not there or lacks one of them.
 */
int library_load(const char *soname, const struct library_function *functions, size_t count);

/**
 * LIBRARY_NOTE() - say in the program's own notes that it may load @soname, so that those who pack it
 * or copy it find out (the ELF dlopen metadata of the Linux userspace API group).
 */
#define LIBRARY_NOTE(variable, soname, feature, description)                                       \
	LIBRARY_NOTE_TEXT(variable, "[{\"feature\":\"" feature "\",\"description\":\"" description \
				    "\",\"priority\":\"recommended\","                             \
				    "\"soname\":[\"" soname "\"]}]")

#define LIBRARY_NOTE_TEXT(variable, text)                                                       \
	__attribute__((used, section(".note.dlopen"))) _Alignas(uint32_t) static const struct { \
		uint32_t name_size, text_size, type;                                            \
		char name[4];                                                                   \
		_Alignas(uint32_t) char json[sizeof(text)];                                     \
	} variable = { 4, sizeof(text), 0x407c0c0a, "FDO", text }

#endif
