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
#include "capture/internal.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		out_of_memory();
}

/*
 * @path as JSON can hold it: a byte above 127 becomes the character of that number. So each name
 * has one form, and those of which nobody asks what they mean need not be text.
 */
static char *printable(const char *prefix, const char *path)
{
	char *text = xcalloc(strlen(prefix) + 2 * strlen(path) + 1, 1);
	char *to = stpcpy(text, prefix);

	for (const unsigned char *at = (const unsigned char *)path; *at; at++) {
		if (*at >= 0x80)
			*to++ = (char)(0xc0 | *at >> 6);
		*to++ = (char)(*at >= 0x80 ? 0x80 | (*at & 0x3f) : *at);
	}
	return text;
}

/* "file 0123…", "link 0123…" or "folder": what an entry must be. Other things are not packed. */
static char *describe(const struct tree_node *node)
{
	char sum[DIGEST_TEXT];

	switch (node->kind) {
	case TREE_FOLDER:
		return xstrdup("folder");
	case TREE_FILE:
		return xasprintf("file %s", digest(node->text ? node->text : "", node->len, sum));
	case TREE_LINK:
		return xasprintf("link %s", digest(node->text ? node->text : "", node->len, sum));
	default:
		return NULL;
	}
}

static int add_entry(const char *path, struct tree_node *node, void *context)
{
	_cleanup_free_ char *key = printable("files/", path);
	_cleanup_free_ char *text = describe(node);

	if (text)
		set(context, key, json_string(text));
	return 0;
}

static json_t *entries_object(const struct capture *capture)
{
	json_t *entries = json_object();
	char sum[DIGEST_TEXT];
	char *text = xasprintf("file %s", digest(capture->transcript, capture->len, sum));

	set(entries, "transcript.jsonl", json_string(text));
	free(text);
	tree_visit(capture->files, add_entry, entries);
	return entries;
}

/** struct tally - how many entries are as @listed says. */
struct tally {
	const json_t *listed;
	size_t as_listed;
};

static int compare_entry(const char *path, struct tree_node *node, void *context)
{
	struct tally *tally = context;
	_cleanup_free_ char *key = printable("files/", path);
	_cleanup_free_ char *text = describe(node);
	const char *wanted = json_string_value(json_object_get(tally->listed, key));

	if (text && (!wanted || strcmp(wanted, text) != 0))
		return -EBADMSG;
	tally->as_listed += text != NULL;
	return 0;
}

/* Tell if the entries are exactly those that are @listed. */
static bool is_as_listed(const json_t *listed, const struct capture *capture)
{
	const char *wanted = json_string_value(json_object_get(listed, "transcript.jsonl"));
	struct tally tally = { .listed = listed, .as_listed = 1 };
	char sum[DIGEST_TEXT];

	digest(capture->transcript, capture->len, sum);
	if (!wanted || !text_starts(wanted, "file ") || strcmp(wanted + 5, sum) != 0)
		return false;
	return tree_visit(capture->files, compare_entry, &tally) == 0 &&
	       tally.as_listed == json_object_size(listed);
}

/* "Not there" is no such thing, and neither is "no link" of what was taken for one. */
static bool is_not_read(const char *fact, const char *error)
{
	return error && strcmp(error, "ENOENT") != 0 &&
	       !(strcmp(error, "EINVAL") == 0 && strncmp(fact, "link ", 5) == 0);
}

/* Facts that say why something could not be read. Of two with one name the later one counts. */
static json_t *not_read_object(const struct capture *capture)
{
	const char *at = capture->transcript;
	json_t *object = json_object();
	json_t *line;

	while ((line = capture_next_line(&at))) {
		const char *fact = json_string_value(json_object_get(line, "fact"));
		json_t *error = json_object_get(line, "errno");

		if (fact && is_not_read(fact, json_string_value(error)))
			set(object, fact, json_incref(error));
		else if (fact)
			json_object_del(object, fact);
		json_decref(line);
	}
	return object;
}

static void set_from_header(json_t *manifest, const struct capture *capture)
{
	static const char *const keys[] = { "tool", "recorded" };
	const char *at = capture->transcript;
	json_t *header = capture_next_line(&at);

	for (size_t i = 0; i < COUNT(keys); i++) {
		json_t *value = json_object_get(header, keys[i]);

		set(manifest, keys[i], value ? json_incref(value) : json_null());
	}
	json_decref(header);
}

json_t *manifest_make(const struct capture *capture)
{
	_cleanup_free_ char *kernel = capture_text(capture, "/proc/sys/kernel/osrelease",
						   "release");
	json_t *manifest = json_object();

	set(manifest, "vfiodiag-archive", json_integer(ARCHIVE_FORMAT));
	set_from_header(manifest, capture);
	set(manifest, "packed_by", json_string(PACKAGE_VERSION));
	set(manifest, "kernel", kernel ? json_string(kernel) : json_null());
	set(manifest, "not_read", not_read_object(capture));
	set(manifest, "redacted", capture->redacted ? json_incref(capture->redacted) : json_null());
	set(manifest, "entries", entries_object(capture));
	return manifest;
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

/* Why what @manifest says besides its entries can't be understood, new; or NULL. */
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

char *manifest_verify(const json_t *manifest, const struct capture *capture)
{
	json_t *listed = json_object_get(manifest, "entries");
	char *problem = find_problem(manifest);
	json_t *there;

	if (problem)
		return problem;
	/* Nearly all manifests match. The difference is only computed for the others. */
	if (is_as_listed(listed, capture))
		return NULL;
	there = entries_object(capture);
	problem = compare(listed, there);
	json_decref(there);
	return problem;
}

/* Go on behind @text, where that stands at *@at. */
static bool take(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* The same for a path that JSON holds as it is. */
static bool take_path(const char **at, const char *path)
{
	for (const char *byte = path; *byte; byte++) {
		if (*byte < ' ' || *byte > '~' || *byte == '"' || *byte == '\\')
			return false;
	}
	return take(at, path);
}

static int take_entry(const char *path, struct tree_node *node, void *context)
{
	_cleanup_free_ char *text = describe(node);
	const char **at = context;

	return text && take(at, ",\n    \"files/") && take_path(at, path) && take(at, "\": \"") &&
			       take(at, text) && take(at, "\"")
		       ? 0
		       : -EBADMSG;
}

/* Tell if the text at @at lists the entries of @capture as manifest_make() writes it, to its end. */
static bool ends_with_entries(const char *at, const struct capture *capture)
{
	char sum[DIGEST_TEXT];

	digest(capture->transcript, capture->len, sum);
	return take(&at, "    \"transcript.jsonl\": \"file ") && take(&at, sum) &&
	       take(&at, "\"") && tree_visit(capture->files, take_entry, &at) == 0 &&
	       strcmp(at, "\n  }\n}") == 0;
}

char *manifest_verify_text(const char *text, const struct capture *capture)
{
	/* No string of JSON has a line break in it, so this is no part of one. */
	static const char entries[] = "\n  \"entries\": {\n";
	const char *found = strstr(text, entries);
	bool is_plain = found && ends_with_entries(found + strlen(entries), capture);
	_cleanup_free_ char *head =
		is_plain ? xasprintf("%.*s%s  }\n}", (int)(found - text), text, entries) : NULL;
	json_t *manifest = json_loads(head ? head : text, JSON_REJECT_DUPLICATES, NULL);
	char *problem = head ? find_problem(manifest) : manifest_verify(manifest, capture);

	json_decref(manifest);
	return problem;
}
