/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which modules a kernel has, by the lists that depmod(8) made of them. None is ever loaded.
 *
 * Not with libkmod: it maps the binary index of a path, waits for a FIFO there, trusts the offsets in
 * it and reads the command line of the running kernel, and a sysroot may come from anybody. The text
 * files say the same, and reading them is less than loading that library.
 */
#include "source/source.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "source/internal.h"

static const char *const words[] = {
	[SOURCE_MODULE_MISSING] = "missing",
	[SOURCE_MODULE_FILE] = "available",
	[SOURCE_MODULE_BUILTIN] = "builtin",
};

/* modprobe(8) takes '-' and '_' in names for the same. */
static bool is_dash(char c)
{
	return c == '-' || c == '_';
}

/* Tell if @file, of @len bytes, is that of module @name: its name, ".ko", and the compression. */
static bool is_file_of(const char *file, size_t len, const char *name)
{
	static const char *const suffixes[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	size_t name_len = strlen(name);

	if (len <= name_len)
		return false;
	for (size_t i = 0; i < name_len; i++) {
		if (file[i] != name[i] && !(is_dash(file[i]) && is_dash(name[i])))
			return false;
	}
	file += name_len;
	len -= name_len;
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		if (len == strlen(suffixes[i]) && memcmp(file, suffixes[i], len) == 0)
			return true;
	}
	return false;
}

void module_list_find(const char *text, size_t len, enum source_module where,
		      struct source_lookup *lookups, size_t count)
{
	const char *line_end;

	for (const char *line = text, *end = text + len; line < end; line = line_end + 1) {
		const char *path_end, *slash;

		line_end = memchr(line, '\n', (size_t)(end - line));
		line_end = line_end ? line_end : end;
		/* In modules.dep what the module depends on comes behind the colon. */
		path_end = memchr(line, ':', (size_t)(line_end - line));
		path_end = path_end ? path_end : line_end;
		slash = memrchr(line, '/', (size_t)(path_end - line));
		line = slash ? slash + 1 : line;
		for (size_t i = 0; i < count; i++) {
			if (is_file_of(line, (size_t)(path_end - line), lookups[i].name))
				lookups[i].where = where;
		}
	}
}

/* Look into the list @file of @release. Return: 0, or why it could not be read. */
static int search_list(struct source *source, const char *release, const char *file,
		       enum source_module where, struct source_lookup *lookups, size_t count)
{
	_cleanup_free_ char *path = xasprintf("/lib/modules/%s/%s", release, file);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int ret = note_failure(source, path, read_unrecorded(source, path, &text, &len));

	if (ret >= 0)
		module_list_find(text, len, where, lookups, count);
	return ret;
}

static void search_lists(struct source *source, const char *release, struct source_lookup *lookups,
			 size_t count)
{
	int files = -EINVAL, builtin = -EINVAL;

	if (*release && *release != '.' && !strchr(release, '/') &&
	    strlen(release) < sizeof(((struct utsname *)NULL)->release)) {
		builtin = search_list(source, release, "modules.builtin", SOURCE_MODULE_BUILTIN,
				      lookups, count);
		files = search_list(source, release, "modules.dep", SOURCE_MODULE_FILE, lookups,
				    count);
	}
	/* A module is missing only where it is in neither of the two. */
	for (size_t i = 0; i < count; i++) {
		if (lookups[i].where == SOURCE_MODULE_MISSING)
			lookups[i].error = files < 0 ? files : builtin < 0 ? builtin : 0;
	}
}

static int replay_module(const json_t *fact, enum source_module *where)
{
	const char *word = json_string_value(json_object_get(fact, "state"));
	int ret = answer_result(fact);

	if (ret < 0)
		return ret;
	for (size_t i = 0; word && i < COUNT(words); i++) {
		if (strcmp(words[i], word) == 0) {
			*where = (enum source_module)i;
			return 0;
		}
	}
	return -EBADMSG;
}

void source_modules(struct source *source, const char *release, struct source_lookup *lookups,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		lookups[i].where = SOURCE_MODULE_MISSING;
		lookups[i].error = 0;
	}
	if (source->mode != SOURCE_REPLAY)
		search_lists(source, release, lookups, count);
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *key = transcript_key("module", lookups[i].name);

		if (source->mode == SOURCE_REPLAY)
			lookups[i].error = replay_module(transcript_fact(source, key),
							 &lookups[i].where);
		else
			fact_end(source, key, lookups[i].error,
				 lookups[i].error < 0
					 ? NULL
					 : json_pack("{s:s}", "state", words[lookups[i].where]));
	}
}
