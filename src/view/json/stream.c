/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/json/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "view/json/build.h"

#define INDENT "\n                        "

static void flush(struct stream *stream)
{
	fwrite(stream->buffer, 1, stream->used, stream->out);
	stream->used = 0;
}

/* Return where the next @len bytes go, which fit into the buffer. */
static char *reserve(struct stream *stream, size_t len)
{
	if (len > sizeof(stream->buffer) - stream->used)
		flush(stream);
	return stream->buffer + stream->used;
}

static int put(const char *data, size_t len, void *context)
{
	struct stream *stream = context;

	if (len > sizeof(stream->buffer)) {
		flush(stream);
		fwrite(data, 1, len, stream->out);
		return 0;
	}
	memcpy(reserve(stream, len), data, len);
	stream->used += len;
	return 0;
}

/* All that was reserved is printed up to @end. */
static void put_up_to(struct stream *stream, const char *end)
{
	stream->used = (size_t)(end - stream->buffer);
}

static void put_scalar(struct stream *stream, const json_t *value)
{
	size_t flags = JSON_ENCODE_ANY | (stream->is_ascii ? JSON_ENSURE_ASCII : 0);

	if (json_dump_callback(value, put, stream, flags) < 0)
		out_of_memory();
}

/* The characters that stand for themselves: 1 in JSON, 2 also in JSON that is ASCII alone. */
static const unsigned char plain[] = {
	[' ' ... '!'] = 1 | 2,
	['#' ... '['] = 1 | 2,
	[']' ... 0x7f] = 1 | 2,
	[0x80 ... 0xff] = 1,
};

/* Return the end of the copy of @text at @at; NULL where a character needs an escape. */
static char *copy_plain(char *at, const char *text, size_t len, bool is_ascii)
{
	unsigned char mask = is_ascii ? 2 : 1;

	for (size_t i = 0; i < len; i++) {
		if (!(plain[(unsigned char)text[i]] & mask))
			return NULL;
		at[i] = text[i];
	}
	return at + len;
}

/* jansson prints the few texts that need an escape. */
static void put_string(struct stream *stream, const char *text)
{
	size_t len = strlen(text);
	char *end = NULL;
	json_t *string;

	if (len < sizeof(stream->buffer) - 2) {
		char *at = reserve(stream, len + 2);

		*at++ = '"';
		end = copy_plain(at, text, len, stream->is_ascii);
	}
	if (end) {
		*end++ = '"';
		put_up_to(stream, end);
		return;
	}
	string = made(json_string(text));
	put_scalar(stream, string);
	json_decref(string);
}

/* Begin a line, unless all is on one. A copy of constant length takes no call. */
static void put_line(struct stream *stream)
{
	char *at = reserve(stream, sizeof(INDENT));

	memcpy(at, INDENT, sizeof(INDENT));
	if (!stream->is_compact)
		put_up_to(stream, at + 1 + 2 * (size_t)stream->depth);
}

static void put_char(struct stream *stream, char c)
{
	*reserve(stream, 1) = c;
	stream->used++;
}

/* Begin an item: print what separates it from the one before. */
static void put_separator(struct stream *stream)
{
	if (!stream->is_empty)
		put_char(stream, ',');
	if (stream->depth)
		put_line(stream);
	stream->is_empty = false;
}

/* Begin an item with its key. All keys but those of put_name() are names in the code, and need no escape. */
static void put_key(struct stream *stream, const char *key)
{
	char *at;

	put_separator(stream);
	if (!key)
		return;
	at = reserve(stream, strlen(key) + strlen("\"\": "));
	*at++ = '"';
	at = stpcpy(at, key);
	*at++ = '"';
	*at++ = ':';
	if (!stream->is_compact)
		*at++ = ' ';
	put_up_to(stream, at);
}

/* Begin an item with a key that is read from a host. */
static void put_name(struct stream *stream, const char *name)
{
	put_separator(stream);
	put_string(stream, name);
	put_char(stream, ':');
	if (!stream->is_compact)
		put_char(stream, ' ');
}

static void put_bracket(struct stream *stream, char bracket)
{
	put_char(stream, bracket);
	stream->depth++;
	stream->is_empty = true;
}

void stream_open(struct stream *stream, const char *key, char bracket)
{
	put_key(stream, key);
	put_bracket(stream, bracket);
}

void stream_close(struct stream *stream, char bracket)
{
	stream->depth--;
	if (!stream->is_empty)
		put_line(stream);
	put_char(stream, bracket);
	stream->is_empty = false;
}

static void put_text(struct stream *stream, const char *text)
{
	if (text)
		put_string(stream, text);
	else
		put("null", strlen("null"), stream);
}

void stream_text(struct stream *stream, const char *key, const char *text)
{
	put_key(stream, key);
	put_text(stream, text);
}

static void put_json(struct stream *stream, const json_t *value)
{
	const char *name;
	json_t *entry;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_bracket(stream, '{');
		json_object_foreach ((json_t *)value, name, entry) {
			put_name(stream, name);
			put_json(stream, entry);
		}
		stream_close(stream, '}');
		break;
	case JSON_ARRAY:
		put_bracket(stream, '[');
		json_array_foreach (value, i, entry) {
			put_separator(stream);
			put_json(stream, entry);
		}
		stream_close(stream, ']');
		break;
	case JSON_STRING:
		put_string(stream, json_string_value(value));
		break;
	default:
		put_scalar(stream, value);
	}
}

void stream_json(struct stream *stream, const char *key, json_t *value)
{
	put_key(stream, key);
	put_json(stream, made(value));
	json_decref(value);
}

static void put_address(struct stream *stream, const char *key, uint64_t value)
{
	char text[sizeof("0x0123456789abcdef")];
	char *at = text + sizeof(text) - 1;

	/* There are two for each region, and printf() takes ten times as long. */
	*at = '\0';
	do {
		*--at = "0123456789abcdef"[value & 0xf];
		value >>= 4;
	} while (value);
	*--at = 'x';
	*--at = '0';
	stream_text(stream, key, at);
}

void stream_regions(struct stream *stream, const char *key, const struct group *group)
{
	if (group->regions_errno) {
		stream_text(stream, key, NULL);
		return;
	}
	stream_open(stream, key, '[');
	for (size_t i = 0; i < group->n_regions; i++) {
		stream_open(stream, NULL, '{');
		put_address(stream, "start", group->regions[i].range.start);
		put_address(stream, "end", group->regions[i].range.end);
		stream_text(stream, "type", group->regions[i].word);
		stream_close(stream, '}');
	}
	stream_close(stream, ']');
}

static void put_devices(struct stream *stream, const char *key, const struct group *group)
{
	stream_open(stream, key, '[');
	for (size_t i = 0; i < group->n_devices; i++) {
		stream_open(stream, NULL, '{');
		stream_facts(stream, device_facts, group->devices[i]);
		stream_close(stream, '}');
	}
	stream_close(stream, ']');
}

static void put_parameters(struct stream *stream, const char *key, const struct host *host)
{
	stream_open(stream, key, '{');
	for (size_t i = 0; i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];
		_cleanup_free_ char *name = xjoin(parameter->module, '.', parameter->name);

		put_name(stream, name);
		put_text(stream, parameter->value);
	}
	stream_close(stream, '}');
}

static void put_unread(struct stream *stream, const char *key, const struct host *host)
{
	stream_open(stream, key, '[');
	for (size_t i = 0; i < host->n_unread; i++) {
		stream_open(stream, NULL, '{');
		stream_text(stream, "path", host->unread[i].path);
		stream_text(stream, "errno", strerrorname_np(host->unread[i].error));
		stream_close(stream, '}');
	}
	stream_close(stream, ']');
}

/* Digits. A number that not every reader can hold, which a capture may have, is a string. */
static void put_number(struct stream *stream, const char *key, const char *digits)
{
	if (!digits) {
		stream_text(stream, key, NULL);
	} else if (strlen(digits) < 16) {
		put_key(stream, key);
		put(digits, strlen(digits), stream);
	} else {
		stream_json(stream, key, size(strtoull(digits, NULL, 10)));
	}
}

void stream_fact(struct stream *stream, const struct fact *fact, const void *thing)
{
	const char *value = fact_value(fact, thing, &stream->room);

	switch (fact->type) {
	case FACT_REGIONS:
		stream_regions(stream, fact->key, thing);
		break;
	case FACT_DEVICES:
		put_devices(stream, fact->key, thing);
		break;
	case FACT_PARAMETERS:
		put_parameters(stream, fact->key, thing);
		break;
	case FACT_UNREAD:
		put_unread(stream, fact->key, thing);
		break;
	case FACT_NUMBER:
		put_number(stream, fact->key, value);
		break;
	default:
		stream_text(stream, fact->key, value);
	}
}

void stream_facts(struct stream *stream, const struct fact *facts, const void *thing)
{
	for (const struct fact *fact = facts; fact->key; fact++) {
		if (fact->places & FACT_PCI && !((const struct device *)thing)->is_pci)
			continue;
		if (fact->places & FACT_JSON)
			stream_fact(stream, fact, thing);
	}
}

int stream_end(struct stream *stream)
{
	put_char(stream, '\n');
	flush(stream);
	fact_room_clear(&stream->room);
	return ferror(stream->out) ? -EIO : 0;
}
