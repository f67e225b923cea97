/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that could not be read, although they may exist. */
#include <stdlib.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "source/internal.h"

int note_failure(struct source *source, const char *path, int ret)
{
	struct source_failure failure = { .error = -ret };

	if (ret >= 0 || is_answer(-ret))
		return ret;
	failure.path = xstrdup(path);
	APPEND(source->failures.failure, source->failures.count, failure);
	return ret;
}

void source_take_failures(struct source *source, struct source_failures *failures)
{
	*failures = source->failures;
	source->failures = (struct source_failures){ 0 };
}

void source_failures_clear(struct source_failures *failures)
{
	for (size_t i = 0; i < failures->count; i++)
		free(failures->failure[i].path);
	free(failures->failure);
	*failures = (struct source_failures){ 0 };
}
