/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest of an archive: its origin, and a checksum of each entry. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "base/writer.h"
#include "capture/internal.h"

#define ESCAPED_MAX 6 /* of one byte */

/* @path as JSON holds it: a byte that is not printable ASCII as the character of that number. */
static char *escape(char *to, const char *path)
{
	for (const unsigned char *at = (const unsigned char *)path; *at; at++) {
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			to += snprintf(to, ESCAPED_MAX + 1, "\\u%04X", *at);
		else
			*to++ = (char)*at;
	}
	return to;
}

/**
 * struct entry - a line of "entries", without the comma. @capacity: bytes at @text; the same memory
 * is used for one line after another
 */
struct entry {
	char *text;
	size_t len;
	size_t capacity;
};

/* "file 0123…", "link 0123…" or "folder": what @path must be. */
static void describe(struct entry *entry, const char *path, enum tree_kind kind, const char *text,
		     size_t len)
{
	static const char begin[] = "    \"", between[] = "\": \"";
	size_t needed = strlen(path) * ESCAPED_MAX + sizeof("    '': 'file '") + DIGEST_TEXT;
	char *to;

	if (needed > entry->capacity) {
		free(entry->text);
		entry->capacity = 2 * needed;
		entry->text = xcalloc(entry->capacity, 1);
	}
	to = stpcpy(escape(stpcpy(entry->text, begin), path), between);
	if (kind == TREE_DIRECTORY) {
		to = stpcpy(to, "folder");
	} else {
		to = stpcpy(to, kind == TREE_LINK ? "link " : "file ");
		digest(text ? text : "", len, to);
		to += DIGEST_TEXT - 1;
	}
	to = stpcpy(to, "\"");
	entry->len = (size_t)(to - entry->text);
}

/** struct listing - @take: called for each line of "entries" in turn. Return: 0 to go on */
struct listing {
	int (*take)(const struct entry *entry, bool is_first, void *context);
	void *context;
	struct entry entry;
};

static int list_node(const char *path, struct tree_node *node, void *context)
{
	struct listing *listing = context;

	/* Other things are not packed. */
	if (node->kind == TREE_OTHER)
		return 0;
	describe(&listing->entry, path, node->kind, node->text, node->len);
	return listing->take(&listing->entry, false, listing->context);
}

static int list_entries(const struct capture *capture, struct listing *listing)
{
	int ret;

	describe(&listing->entry, "transcript.jsonl", TREE_FILE, capture->transcript, capture->len);
	ret = listing->take(&listing->entry, true, listing->context);
	if (ret == 0)
		ret = tree_visit(capture->files, "files", list_node, listing);
	free(listing->entry.text);
	return ret;
}

/*
 * Facts that say why something could not be read. Of two with one name the later one counts. "Not there"
 * is no such thing, and neither is "no link" of what was taken for one.
 */
static json_t *not_read_object(const struct capture *capture)
{
	const char *at = capture->transcript;
	json_t *object = json_object();
	json_t *line;

	while ((line = capture_next_line(&at))) {
		const char *fact = json_string_value(json_object_get(line, "fact"));
		json_t *error = json_object_get(line, "errno");
		const char *name = json_string_value(error);

		if (fact && name && strcmp(name, "ENOENT") != 0 &&
		    (strcmp(name, "EINVAL") != 0 || !text_starts(fact, "link ")))
			object_set(object, fact, json_incref(error));
		else if (fact)
			json_object_del(object, fact);
		json_decref(line);
	}
	return object;
}

json_t *manifest_head(const struct capture *capture)
{
	_cleanup_free_ char *kernel = capture_text(capture, "/proc/sys/kernel/osrelease",
						   "release");
	static const char *const keys[] = { "tool", "recorded" };
	const char *at = capture->transcript;
	json_t *header = capture_next_line(&at);
	json_t *manifest = json_object();

	object_set(manifest, "vfiodiag-archive", json_integer(ARCHIVE_FORMAT));
	for (size_t i = 0; i < COUNT(keys); i++) {
		json_t *value = json_object_get(header, keys[i]);

		object_set(manifest, keys[i], value ? json_incref(value) : json_null());
	}
	json_decref(header);
	object_set(manifest, "packed_by", json_string(PACKAGE_VERSION));
	object_set(manifest, "kernel", kernel ? json_string(kernel) : json_null());
	object_set(manifest, "not_read", not_read_object(capture));
	object_set(manifest, "redacted",
		   capture->redacted ? json_incref(capture->redacted) : json_null());
	return manifest;
}

/* Between what manifest_head() makes and the entries, nearly all of the text, and behind them. */
static const char before[] = "\n  \"entries\": {\n", behind[] = "\n  }\n}";

static int write_entry(const struct entry *entry, bool is_first, void *context)
{
	FILE *out = context;

	if (!is_first)
		fputs(",\n", out);
	fwrite(entry->text, 1, entry->len, out);
	return 0;
}

char *manifest_text(const struct capture *capture, size_t *len)
{
	json_t *object = manifest_head(capture);
	_cleanup_free_ char *head = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	struct writer writer;
	struct listing listing = { .take = write_entry };

	json_decref(object);
	if (!head)
		out_of_memory();
	writer_open(&writer);
	listing.context = writer.out;
	fprintf(writer.out, "%.*s,%s", (int)(strlen(head) - strlen("\n}")), head, before);
	list_entries(capture, &listing);
	fputs(behind, writer.out);
	writer_close(&writer);
	*len = writer.len;
	return writer.text;
}

char *manifest_sum(const char *manifest, size_t len)
{
	char sum[DIGEST_TEXT];

	return xasprintf("%s  manifest.json\n", digest(manifest, len, sum));
}

/* Describe the first difference between the entries that are @listed and those that are @there. */
static char *compare(json_t *listed, json_t *there)
{
	const char *key;
	json_t *value;

	json_object_foreach (listed, key, value) {
		json_t *found = json_object_get(there, key);

		if (!found)
			return xasprintf("'%s' is listed in the manifest but missing", key);
		if (!json_equal(found, value))
			return xasprintf("'%s' was modified: it does not match the manifest", key);
	}
	json_object_foreach (there, key, value) {
		if (!json_object_get(listed, key))
			return xasprintf("'%s' is not listed in the manifest", key);
	}
	return NULL;
}

/* Describe why @manifest, besides its entries, cannot be understood, new; NULL if it can. */
static char *find_problem(const json_t *manifest)
{
	json_t *format = json_object_get(manifest, "vfiodiag-archive");
	json_t *listed = json_object_get(manifest, "entries");
	const char *tool = json_string_value(json_object_get(manifest, "packed_by"));

	if (!json_is_integer(format) || !json_is_object(listed))
		return xstrdup("manifest.json is invalid");
	if (json_integer_value(format) != ARCHIVE_FORMAT)
		return xasprintf("format %" JSON_INTEGER_FORMAT
				 " is not supported (only %d is): read it with vfiodiag %s",
				 json_integer_value(format), ARCHIVE_FORMAT,
				 tool ? tool : "of the version that made it");
	return NULL;
}

/* The same for a manifest that is written otherwise than manifest_text() writes it. */
static char *verify_parsed(const char *text, const struct capture *capture)
{
	json_t *manifest = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	char *problem = find_problem(manifest);

	if (!problem) {
		size_t len;
		_cleanup_free_ char *made = manifest_text(capture, &len);
		json_t *there = json_loads(made, 0, NULL);

		if (!there)
			out_of_memory();
		problem = compare(json_object_get(manifest, "entries"),
				  json_object_get(there, "entries"));
		json_decref(there);
	}
	json_decref(manifest);
	return problem;
}

/* Go on behind @len bytes of @text, if they are what is at *@at. */
static int expect(const char **at, const char *text, size_t len)
{
	if (strncmp(*at, text, len) != 0)
		return -EBADMSG;
	*at += len;
	return 0;
}

static int expect_entry(const struct entry *entry, bool is_first, void *context)
{
	int ret = is_first ? 0 : expect(context, ",\n", 2);

	return ret < 0 ? ret : expect(context, entry->text, entry->len);
}

char *manifest_verify(const char *text, const struct capture *capture)
{
	/* No string of JSON has a line break in it, so this is no part of one. */
	const char *found = strstr(text, before);
	const char *at = found ? found + strlen(before) : "";
	struct listing listing = { .take = expect_entry, .context = &at };
	_cleanup_free_ char *head = NULL;
	json_t *manifest;
	char *problem;

	if (!found || list_entries(capture, &listing) < 0 || strcmp(at, behind) != 0)
		return verify_parsed(text, capture);
	head = xasprintf("%.*s%s  }\n}", (int)(found - text), text, before);
	manifest = json_loads(head, JSON_REJECT_DUPLICATES, NULL);
	problem = find_problem(manifest);
	json_decref(manifest);
	return problem;
}
