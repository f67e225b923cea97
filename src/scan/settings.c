/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration that is spread over files: snippets in several folders, "KEY=VALUE" in sections. */
#include "scan/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define LINKS_MAX 8

char *scan_settled_path(struct source *source, const char *path)
{
	char *settled = xstrdup(path);

	for (int i = 0; i < LINKS_MAX && strcmp(settled, "/dev/null") != 0; i++) {
		const char *name = text_base_name(settled);
		_cleanup_free_ char *folder =
			xstrndup(settled, (size_t)(name - settled) - (name > settled + 1));
		char *next = scan_resolve(source, folder, name);

		if (!next)
			break;
		free(settled);
		settled = next;
	}
	return settled;
}

static int compare_base_names(const void *a, const void *b)
{
	return strcmp(text_base_name(*(char *const *)a), text_base_name(*(char *const *)b));
}

static bool has_base_name(const struct source_list *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(text_base_name(files->name[i]), name) == 0)
			return true;
	}
	return false;
}

static bool is_snippet(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

static void add_snippets(struct source *source, const char *folder, struct source_list *files)
{
	struct source_list names = { 0 };

	if (source_list(source, folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (is_snippet(names.name[i]) && !has_base_name(files, names.name[i]))
			APPEND(files->name, files->count,
			       xasprintf("%s/%s", folder, names.name[i]));
	}
	source_list_clear(&names);
}

void scan_snippets(struct source *source, const char *const *folders, size_t n_folders,
		   struct source_list *files)
{
	struct source_list found = { 0 };

	*files = (struct source_list){ 0 };
	for (size_t i = 0; i < n_folders; i++)
		add_snippets(source, folders[i], &found);
	if (found.count)
		qsort(found.name, found.count, sizeof(*found.name), compare_base_names);
	for (size_t i = 0; i < found.count; i++) {
		_cleanup_free_ char *path = scan_settled_path(source, found.name[i]);

		if (strcmp(path, "/dev/null") != 0)
			APPEND(files->name, files->count, xstrdup(path));
	}
	source_list_clear(&found);
}

static char *skip_blanks(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static bool is_comment(const char *line)
{
	return *line == '#' || *line == ';';
}

/*
 * The next logical line of @text: a backslash at the end of a line joins it with the next one, and
 * comments between them are left out (systemd.syntax(7)).
 */
static char *next_line(char **text)
{
	char *line = strsep(text, "\n");
	size_t len = line ? strlen(line) : 0;

	if (!line || is_comment(skip_blanks(line)))
		return line;
	/* No comment can come in at the front of it, and its length is not counted again each time. */
	while (*text && len && line[len - 1] == '\\') {
		char *more = strsep(text, "\n");
		size_t more_len = strlen(more);

		if (is_comment(skip_blanks(more)))
			continue;
		line[len - 1] = ' ';
		memmove(line + len, more, more_len + 1);
		len += more_len;
	}
	return line;
}

void scan_parse_settings(char *text, const char *path, setting_fn each, void *context)
{
	_cleanup_free_ char *section = xstrdup("");
	char *line;

	while ((line = next_line(&text))) {
		char *key = text_trim(skip_blanks(line));
		size_t len = strlen(key);
		char *value;

		if (!len || is_comment(key))
			continue;
		if (*key == '[' && key[len - 1] == ']') {
			free(section);
			section = xstrndup(key + 1, len - 2);
			continue;
		}
		value = strchr(key, '=');
		if (!value)
			continue;
		*value++ = '\0';
		each(context, path, section, text_clean(text_trim(key)),
		     text_clean(skip_blanks(value)));
	}
}

int scan_settings(struct source *source, const char *path, setting_fn each, void *context)
{
	_cleanup_free_ char *text = NULL;
	int ret = source_read(source, path, &text, NULL);

	if (ret < 0)
		return ret;
	scan_parse_settings(text, path, each, context);
	return 0;
}
