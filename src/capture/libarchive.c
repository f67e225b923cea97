/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/libarchive.h"

#include "base/count.h"
#include "base/library.h"

LIBRARY_NOTE(note, LIBARCHIVE_SONAME, "archive", "Captures in one file");

struct libarchive libarchive;

int libarchive_load(void)
{
#define ENTRY(name) { "archive_" #name, (void **)&libarchive.name },
	static const struct library_function functions[] = {
		LIBARCHIVE_FUNCTIONS(ENTRY){ "archive_errno", (void **)&libarchive.error_number },
	};
#undef ENTRY

	return library_load(LIBARCHIVE_SONAME, functions, COUNT(functions));
}
