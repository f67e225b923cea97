/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_JSON_STREAM_H
#define VFIODIAG_VIEW_JSON_STREAM_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "model/fact.h"

/*
 * JSON that is printed while it is made: a tree of all devices of a large host took twice the time
 * of reading them. Small parts may still be trees.
 */

/**
 * struct stream - an output in progress.
 * @is_compact: on one line
 * @is_ascii: with characters beyond ASCII as \\u escapes
 * @is_empty: nothing was printed in the innermost object or array yet; true at the beginning
 * @room: of facts
 */
struct stream {
	FILE *out;
	bool is_compact;
	bool is_ascii;
	bool is_empty;
	unsigned int depth;
	struct fact_room room;
	char buffer[4096];
	size_t used;
};

/* In all of these, @key is a name in the code, which is printed as it is, and NULL in an array. */

/** stream_open() - begin an object or an array. @bracket: '{' or '[' */
void stream_open(struct stream *stream, const char *key, char bracket);

/** stream_close() - end it. @bracket: '}' or ']' */
void stream_close(struct stream *stream, char bracket);

/** stream_text() - print a string; NULL is null. */
void stream_text(struct stream *stream, const char *key, const char *text);

/** stream_json() - print @value, and drop the reference. */
void stream_json(struct stream *stream, const char *key, json_t *value);

/** stream_regions() - print the reserved regions of @group; null where they could not be read. */
void stream_regions(struct stream *stream, const char *key, const struct group *group);

/** stream_fact() - print @fact of @thing by its type. */
void stream_fact(struct stream *stream, const struct fact *fact, const void *thing);

/** stream_facts() - print all facts of @thing that are for JSON. */
void stream_facts(struct stream *stream, const struct fact *facts, const void *thing);

/** stream_end() - print what is left and a line feed. Return: 0, or -EIO. */
int stream_end(struct stream *stream);

#endif
