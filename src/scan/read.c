/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text and links that a host gives, and what could not be read of it. */
#include "scan/internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

char *scan_line(char *text)
{
	return text_clean(text_trim(text));
}

char *scan_text(struct source *source, const char *path)
{
	char *text;

	return source_read(source, path, &text, NULL) < 0 ? NULL : scan_line(text);
}

char *scan_attribute(struct source *source, const char *path)
{
	char *text;

	return source_attribute(source, path, &text, NULL) < 0 ? NULL : scan_line(text);
}

char *scan_dir_text(struct source_dir *dir, const char *name)
{
	char *text;

	return source_dir_read(dir, name, &text, NULL) < 0 ? NULL : scan_line(text);
}

char *scan_join(const char *directory, const char *target)
{
	char *path, *end;

	if (*target == '/')
		return xstrdup(target);
	/* sysfs links are relative and lead through directories only, so words are enough. */
	path = xjoin(directory, '/', target);
	end = path + strlen(directory);
	while (*target) {
		size_t len = (size_t)(strchrnul(target, '/') - target);

		if (len == 2 && target[0] == '.' && target[1] == '.') {
			while (end > path && *--end != '/')
				;
		} else if (len && !(len == 1 && target[0] == '.')) {
			*end++ = '/';
			memcpy(end, target, len);
			end += len;
		}
		target += len + (target[len] == '/');
	}
	*end = '\0';
	return path;
}

char *scan_entry(struct source *source, const char *directory, const char *name, const char *target)
{
	char *path = target ? scan_join(directory, target) : NULL;

	if (path && strcmp(text_base_name(path), name) == 0)
		return path;
	if (!path && source_mode(source) != SOURCE_SYSROOT)
		return NULL;
	free(path);
	return xjoin(directory, '/', name);
}

char *scan_resolve(struct source *source, const char *directory, const char *name)
{
	_cleanup_free_ char *link = xjoin(directory, '/', name);
	_cleanup_free_ char *target = NULL;

	return source_link(source, link, &target) < 0 ? NULL : scan_join(directory, target);
}

int scan_missing(struct source *source, const char *witness)
{
	return source_mode(source) == SOURCE_SYSROOT && source_exists(source, witness) < 0
		       ? -ENODATA
		       : -ENOENT;
}

int scan_missing_node(struct source *source)
{
	struct source_list names = { 0 };
	bool is_empty;

	if (source_mode(source) != SOURCE_SYSROOT)
		return -ENOENT;
	is_empty = source_list_unsorted(source, "/dev", &names) < 0 || !names.count;
	source_list_clear(&names);
	return scan_missing(source, is_empty ? "/sys/module" : "/dev") == -ENODATA ||
			       source_exists(source, "/dev") < 0
		       ? -ENODATA
		       : -ENOENT;
}

/* Only the last failures are compared: a file that is read repeatedly fails repeatedly. */
static bool is_known(const struct host *host, const struct unread *unread)
{
	for (size_t i = host->n_unread; i && host->n_unread - i < 64; i--) {
		if (strcmp(host->unread[i - 1].path, unread->path) == 0)
			return true;
	}
	return false;
}

void scan_unread(struct host *host, const char *path, int error)
{
	struct unread unread = { .path = text_clean(xstrdup(path)), .error = -error };

	if (error == -ENOENT || is_known(host, &unread))
		free(unread.path);
	else
		APPEND(host->unread, host->n_unread, unread);
}

void scan_failures(struct source *source, struct host *host)
{
	struct source_failures failures;

	source_take_failures(source, &failures);
	for (size_t i = 0; i < failures.count; i++)
		scan_unread(host, failures.failure[i].path, -failures.failure[i].error);
	source_failures_clear(&failures);
}
