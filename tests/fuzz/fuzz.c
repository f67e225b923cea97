/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
	abort();
}

/* Taking an input apart */

uint64_t take_number(struct bytes *bytes, unsigned int width)
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < width && bytes->left; i++) {
		number |= (uint64_t)*bytes->at++ << (8 * i);
		bytes->left--;
	}
	return number;
}

uint64_t take_address(struct bytes *bytes)
{
	unsigned int kind = (unsigned int)take_number(bytes, 1);
	uint64_t small = take_number(bytes, 2);

	switch (kind >> 6) {
	case 0:
		return small << (kind & 0x3f) % 48;
	case 1:
		return (UINT64_C(1) << (kind & 0x3f)) + small;
	case 2:
		return (UINT64_C(1) << (kind & 0x3f)) - 1 - small;
	default:
		return kind & 1 ? UINT64_MAX - small : small | take_number(bytes, 6) << 16;
	}
}

char *take_rest(struct bytes *bytes)
{
	char *text = xcalloc(bytes->left + 1, 1);

	if (bytes->left)
		memcpy(text, bytes->at, bytes->left);
	bytes->at += bytes->left;
	bytes->left = 0;
	return text;
}

char *take_line(struct bytes *bytes)
{
	const uint8_t *end;
	struct bytes line;
	char *text;

	if (!bytes->left)
		return NULL;
	end = memchr(bytes->at, '\n', bytes->left);
	line = (struct bytes){ bytes->at, end ? (size_t)(end - bytes->at) : bytes->left };
	bytes->at += line.left;
	bytes->left -= line.left;
	text = take_rest(&line);
	take_number(bytes, 1);
	return text;
}

/* What must hold */

bool fuzz_is_clean(const char *text)
{
	_cleanup_free_ char *clean = text_clean(xstrdup(text));

	return !text || strcmp(clean, text) == 0;
}

void must_be_printable(const char *text, size_t len)
{
	_cleanup_free_ char *line = xstrdup(text);

	MUST(strlen(text) == len);
	for (char *at = line; (at = strchr(at, '\n')); at++)
		*at = ' ';
	MUST(fuzz_is_clean(line));
}

json_t *must_be_json(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	must_be_printable(text, len);
	MUST(json);
	return json;
}

/* Hosts as text */

static void add_text(char **text, size_t *len, const uint8_t *more, size_t n)
{
	char *longer = xcalloc(*len + n + 1, 1);

	if (*len)
		memcpy(longer, *text, *len);
	if (n)
		memcpy(longer + *len, more, n);
	free(*text);
	*text = longer;
	*len += n;
}

static void add_uevent(struct script *script, const uint8_t *body, size_t len)
{
	struct bytes bytes = { body, len };
	char *text = take_rest(&bytes);

	APPEND(script->uevents, script->n_uevents, text);
}

static void add_link(struct tree_node *files, char *argument)
{
	char *path = strsep(&argument, " ");
	struct tree_node *node;

	if (argument && tree_add(files, path, TREE_LINK, &node) == 0)
		tree_set_text(node, argument, strlen(argument));
}

static void add_part(struct script *script, char *head, const uint8_t *body, size_t len)
{
	struct capture *capture = script->capture;
	char *argument = head;
	const char *word = strsep(&argument, " ");
	struct tree_node *node;

	if (strcmp(word, "=transcript") == 0)
		add_text(&capture->transcript, &capture->len, body, len);
	else if (strcmp(word, "=uevent") == 0)
		add_uevent(script, body, len);
	else if (strcmp(word, "=pack") == 0)
		script->pack = true;
	else if (!argument)
		return;
	else if (strcmp(word, "=file") == 0 &&
		 tree_add(capture->files, argument, TREE_FILE, &node) == 0)
		tree_set_text(node, (const char *)body, len);
	else if (strcmp(word, "=link") == 0)
		add_link(capture->files, argument);
	else if (strcmp(word, "=folder") == 0)
		tree_add(capture->files, argument, TREE_DIRECTORY, &node);
	else if (strcmp(word, "=subject") == 0)
		APPEND(script->subjects, script->n_subjects, xstrdup(argument));
	else if (strcmp(word, "=whom") == 0)
		APPEND(script->whoms, script->n_whoms, xstrdup(argument));
}

/* Where the next part begins: at a '=' that begins a line. */
static size_t part_length(const struct bytes *bytes)
{
	for (size_t i = 0; i < bytes->left; i++) {
		if (bytes->at[i] == '=' && (i == 0 || bytes->at[i - 1] == '\n'))
			return i;
	}
	return bytes->left;
}

void script_read(const uint8_t *data, size_t len, struct script *script)
{
	struct bytes bytes = { data, len };
	char *head;

	*script = (struct script){ .capture = capture_make() };
	add_text(&script->capture->transcript, &script->capture->len, NULL, 0);
	while ((head = take_line(&bytes))) {
		size_t body = *head == '=' ? part_length(&bytes) : 0;

		add_part(script, head, bytes.at, body);
		bytes.at += body;
		bytes.left -= body;
		free(head);
	}
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void script_clear(struct script *script)
{
	capture_free(script->capture);
	free_texts(script->uevents, script->n_uevents);
	free_texts(script->subjects, script->n_subjects);
	free_texts(script->whoms, script->n_whoms);
}

struct source *script_replay(struct script *script)
{
	struct source *source = NULL;
	int ret = source_open_capture(&source, script->capture);

	script->capture = NULL;
	if (ret >= 0)
		return source;
	MUST(source_problem(source));
	source_close(source);
	return NULL;
}
