/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/captures.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "cli/cli.h"

void captures_add(struct captures *captures, const char *path)
{
	size_t before = captures->count;
	size_t count;
	char **paths;

	if (capture_list(path, &paths, &count) < 0) {
		/* A single capture, or unreadable: opening it later reports the error. */
		APPEND(captures->paths, captures->count, xstrdup(path));
		captures->several |= before > 0;
		return;
	}
	if (!count)
		bad_usage(
			"'%s' is not a capture and contains none (archives must be named *.tar.zst)",
			path);
	for (size_t i = 0; i < count; i++)
		APPEND(captures->paths, captures->count, paths[i]);
	captures->several = true;
	free(paths);
}

void captures_clear(struct captures *captures)
{
	for (size_t i = 0; i < captures->count; i++)
		free(captures->paths[i]);
	free(captures->paths);
	*captures = (struct captures){ 0 };
}
