/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void reason_set(char **reason, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	if (!reason)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		out_of_memory();
	va_end(arguments);
	free(*reason);
	*reason = text;
}
