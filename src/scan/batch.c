/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes that are read at once, since any of them may keep its reader waiting. */
#include "scan/internal.h"

#include <stdlib.h>

#include "base/alloc.h"

void batch_add(struct batch *batch, char *path)
{
	APPEND(batch->paths, batch->count, path);
}

void batch_read(struct source *source, struct batch *batch)
{
	batch->answers = xcalloc(batch->count, sizeof(*batch->answers));
	source_attributes(source, batch->paths, batch->count, batch->answers);
}

int batch_take(struct batch *batch, char **text, size_t *len)
{
	struct source_answer *answer = &batch->answers[batch->next];

	/* Of thousands the memory is wanted back before the last is taken. */
	free(batch->paths[batch->next]);
	batch->paths[batch->next++] = NULL;
	*text = answer->text;
	*len = answer->len;
	answer->text = NULL;
	return answer->ret;
}

char *batch_take_line(struct batch *batch)
{
	char *text;
	size_t len;

	return batch_take(batch, &text, &len) < 0 ? NULL : scan_line(text);
}

void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->paths[i]);
	free(batch->paths);
	if (batch->answers)
		source_answers_clear(batch->answers, batch->count);
	free(batch->answers);
	*batch = (struct batch){ 0 };
}
