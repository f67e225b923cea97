/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

int could_not_tell(char **reason, int error, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	if (!reason)
		return -error;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		out_of_memory();
	va_end(arguments);
	free(*reason);
	*reason = text;
	return -error;
}
