/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/captures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "cli/cli.h"

static void append_path(struct captures *captures, char *path, bool is_listed)
{
	size_t count = captures->count;

	APPEND(captures->is_listed, count, is_listed);
	APPEND(captures->paths, captures->count, path);
}

void captures_name(struct captures *captures, const char *path)
{
	append_path(captures, xstrdup(path), false);
}

void captures_add(struct captures *captures, const char *path)
{
	size_t before = captures->count;
	size_t count;
	char **paths;
	int ret;

	ret = capture_list(path, &paths, &count);
	if (ret < 0 && ret != -ENOTDIR)
		give_up(-ret, "cannot read '%s': %s", path, strerror(-ret));
	if (ret < 0) {
		/* A single capture, or unreadable: opening it later reports the error. */
		captures_name(captures, path);
		captures->several |= before > 0;
		return;
	}
	if (!count)
		bad_usage(
			"'%s' is not a capture and contains none (archives must be named *.tar.zst)",
			path);
	for (size_t i = 0; i < count; i++)
		append_path(captures, paths[i], true);
	captures->several = true;
	free(paths);
}

void captures_clear(struct captures *captures)
{
	for (size_t i = 0; i < captures->count; i++)
		free(captures->paths[i]);
	free(captures->paths);
	free(captures->is_listed);
	*captures = (struct captures){ 0 };
}
