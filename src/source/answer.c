/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts that the answers in a transcript share. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/internal.h"

char *json_text(const json_t *object, const char *key)
{
	return text_clean(xstrdup(json_string_value(json_object_get(object, key))));
}

void json_set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

json_t *fact_new(const char *key, int ret, json_t *answer)
{
	json_t *fact = json_pack("{s:s}", "fact", key);

	answer_set_result(fact, ret);
	if (answer && json_object_update(fact, answer) < 0)
		out_of_memory();
	json_decref(answer);
	return fact;
}

void fact_end(struct source *source, const char *key, int ret, json_t *answer)
{
	call_end(source, fact_new(key, ret, answer));
}

void call_end(struct source *source, json_t *ask)
{
	if (source->mode == SOURCE_RECORD)
		transcript_write(source, ask);
	else
		json_decref(ask);
}

/* The @width bytes of @number that count, in the byte order of this machine. */
static void *low_bytes(uint64_t *number, size_t width)
{
	bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	return (unsigned char *)number + (is_little ? 0 : sizeof(*number) - width);
}

uint64_t number_at(const void *at, size_t width)
{
	uint64_t number = 0;

	memcpy(low_bytes(&number, width), at, width);
	return number;
}

void number_put(void *at, size_t width, uint64_t number)
{
	memcpy(at, low_bytes(&number, width), width);
}
