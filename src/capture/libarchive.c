/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/libarchive.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
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

/* Set while functions of libarchive run: exit() is called by one of them then. */
static bool is_called;

static void end_of_library(void)
{
	if (is_called)
		out_of_memory();
}

void libarchive_begin(void)
{
	static bool is_prepared;

	if (!is_prepared && atexit(end_of_library) != 0)
		out_of_memory();
	is_prepared = true;
	is_called = true;
}

void libarchive_end(void)
{
	is_called = false;
}
