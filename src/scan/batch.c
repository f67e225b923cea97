/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes that are read at once, since any of them may keep its reader waiting. */
#include "scan/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void batch_add(struct batch *batch, const char *directory, const char *name)
{
	char *path = arena_take(&batch->memory, strlen(directory) + 1 + strlen(name) + 1);
	char *end = stpcpy(path, directory);

	*end = '/';
	stpcpy(end + 1, name);
	APPEND(batch->paths, batch->count, path);
}

void batch_read(struct source *source, struct batch *batch)
{
	source_attributes(source, batch->paths, batch->count, &batch->answers);
}

int batch_take(struct batch *batch, char **text, size_t *len)
{
	const struct source_answer *answer = &batch->answers.answer[batch->next++];

	*text = answer->text;
	*len = answer->len;
	return answer->ret;
}

char *batch_take_line(struct batch *batch)
{
	char *text;
	size_t len;

	return batch_take(batch, &text, &len) < 0 ? NULL : xstrdup(scan_line(text));
}

void batch_clear(struct batch *batch)
{
	arena_clear(&batch->memory);
	free(batch->paths);
	source_answers_clear(&batch->answers);
	*batch = (struct batch){ 0 };
}
