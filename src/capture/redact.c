/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Redacting a capture: names are learnt from all of it first, and then everything is replaced. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "capture/internal.h"
#include "capture/redact.h"

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], text) == 0)
			return true;
	}
	return false;
}

#define IS_ONE_OF(text, words) is_one_of(text, words, sizeof(words) / sizeof(*(words)))

static bool has_word(const char *text, const char *word)
{
	return strcasestr(text, word);
}

/* What the file or field called @name holds as a whole; SECRET_KINDS for nothing of that kind. */
static enum secret kind_of_name(const char *name)
{
	static const char *const hosts[] = { "hostname", "nodename", "domainname" };
	static const char *const users[] = { "user", "group", "owner" };
	static const char *const processes[] = { "comm", "exe", "process", "command" };
	static const char *const serials[] = { "seid",
					       "eid",
					       "ueid",
					       "wwid",
					       "wwn",
					       "eui",
					       "nguid",
					       "machine-id",
					       "unique_id",
					       "asset_tag",
					       "board_asset_tag",
					       "chassis_asset_tag" };

	if (IS_ONE_OF(name, hosts))
		return SECRET_HOST;
	if (IS_ONE_OF(name, users))
		return SECRET_USER;
	if (IS_ONE_OF(name, processes))
		return SECRET_PROCESS;
	return IS_ONE_OF(name, serials) || has_word(name, "serial") || has_word(name, "uuid")
		       ? SECRET_SERIAL
		       : SECRET_KINDS;
}

/* A host has its name, and the parts of it if it has a domain. */
static void learn_host(struct redactor *redactor, const char *name)
{
	const char *dot = strchr(name, '.');
	_cleanup_free_ char *first = dot ? xstrndup(name, (size_t)(dot - name)) : NULL;

	redactor_name(redactor, SECRET_HOST, name);
	if (!dot)
		return;
	redactor_name(redactor, SECRET_HOST, first);
	redactor_name(redactor, SECRET_HOST, dot + 1);
}

/* Folders of people are called by their users' names. */
static void learn_homes(struct redactor *redactor, const char *text)
{
	static const char home[] = "/home/";

	while ((text = strstr(text, home))) {
		_cleanup_free_ char *name = NULL;

		text += sizeof(home) - 1;
		name = xstrndup(text, strcspn(text, "/ \t\n\",:;'"));
		redactor_name(redactor, SECRET_USER, name);
	}
}

static void learn_whole(struct redactor *redactor, enum secret kind, const char *text)
{
	if (kind == SECRET_HOST)
		learn_host(redactor, text);
	else
		redactor_name(redactor, kind, text);
}

/* JSON: strings by the names of their fields */

/* What the string called @key in @object is as a whole. */
static enum secret kind_of_field(const json_t *object, const char *key)
{
	const char *fact = json_string_value(json_object_get(object, "fact"));

	if (strcmp(key, "name") == 0 && json_object_get(object, "pid"))
		return SECRET_PROCESS;
	if (strcmp(key, "name") == 0 && json_object_get(object, "gid"))
		return SECRET_USER;
	if (strcmp(key, "node") == 0 && fact && strcmp(fact, "system") == 0)
		return SECRET_HOST;
	return kind_of_name(key);
}

/* What tells one line from another, and what a replay compares: no name of anybody stands there. */
static bool is_structure(const char *key)
{
	static const char *const keys[] = { "fact",    "section", "call",  "request", "on",
					    "path",    "device",  "errno", "event",   "release",
					    "version", "machine", "tool",  "recorded" };

	return IS_ONE_OF(key, keys);
}

/* The user whom the fact called @fact is about, or NULL. A number is no name. */
static const char *user_of_fact(const char *fact)
{
	const char *name = fact + strlen("user ");

	if (!text_starts(fact, "user ") || !name[strspn(name, "0123456789")])
		return NULL;
	return name;
}

/*
 * The name of a fact: an operation, which is no name of anybody, and what it was about. Files have
 * to be called as they are in the tree.
 */
static char *redacted_fact(struct redactor *redactor, const char *fact)
{
	const char *user = user_of_fact(fact);
	const char *path = strstr(fact, " /");
	_cleanup_free_ char *text = NULL;

	if (user)
		return xasprintf("user %s", redactor_name(redactor, SECRET_USER, user));
	text = redactor_text(redactor, path ? path : fact, path != NULL);
	return xasprintf("%.*s%s", path ? (int)(path - fact) : 0, fact, text);
}

static void learn_value(struct redactor *redactor, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	if (json_is_string(value))
		learn_homes(redactor, json_string_value(value));
	json_array_foreach (value, index, member)
		learn_value(redactor, member);
	/* jansson's macro takes the constness away itself. */
	json_object_foreach ((json_t *)value, key, member) {
		enum secret kind = kind_of_field(value, key);

		if (json_is_string(member) && kind != SECRET_KINDS && !is_structure(key))
			learn_whole(redactor, kind, json_string_value(member));
		else
			learn_value(redactor, member);
	}
}

static json_t *new_string(const char *text)
{
	json_t *string = json_string(text);

	if (!string)
		out_of_memory();
	return string;
}

/* Takes over @text. */
static json_t *take_string(char *text)
{
	json_t *string = new_string(text);

	free(text);
	return string;
}

static json_t *redacted_value(struct redactor *redactor, json_t *value, bool names);

/* A copy of @object; a key may hold an address too. */
static json_t *redacted_object(struct redactor *redactor, json_t *object, bool names)
{
	json_t *copy = json_object();
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		_cleanup_free_ char *name = redactor_text(redactor, key, false);
		enum secret kind = kind_of_field(object, key);
		json_t *made;

		if (json_is_string(value) && strcmp(key, "fact") == 0)
			made = take_string(redacted_fact(redactor, json_string_value(value)));
		else if (json_is_string(value) && kind != SECRET_KINDS && !is_structure(key))
			made = new_string(redactor_name(redactor, kind, json_string_value(value)));
		else
			made = redacted_value(redactor, value, names && !is_structure(key));
		if (json_object_set_new(copy, name, made) < 0)
			out_of_memory();
	}
	return copy;
}

/* A copy of @value. New reference. */
static json_t *redacted_value(struct redactor *redactor, json_t *value, bool names)
{
	json_t *copy, *member;
	size_t index;

	if (json_is_string(value))
		return take_string(redactor_text(redactor, json_string_value(value), names));
	if (json_is_object(value))
		return redacted_object(redactor, value, names);
	if (!json_is_array(value))
		return json_incref(value);
	copy = json_array();
	json_array_foreach (value, index, member)
		json_array_append_new(copy, redacted_value(redactor, member, names));
	return copy;
}

static void learn_transcript(struct redactor *redactor, const struct capture *capture)
{
	const char *at = capture->transcript;
	json_t *line;

	while ((line = capture_next_line(&at))) {
		const char *fact = json_string_value(json_object_get(line, "fact"));
		const char *user = fact ? user_of_fact(fact) : NULL;

		if (user)
			redactor_name(redactor, SECRET_USER, user);
		if (!json_object_get(line, "call"))
			learn_value(redactor, line);
		json_decref(line);
	}
}

/* What the fact 'system' says of the kernel stands there in the kernel's own words. */
static void keep_system_words(struct redactor *redactor, const struct capture *capture)
{
	static const char *const keys[] = { "release", "version", "machine" };
	json_t *fact = capture_fact(capture, "system");

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *text = json_string_value(json_object_get(fact, keys[i]));

		if (text)
			redactor_keep_words(redactor, text);
	}
	json_decref(fact);
}

static void redact_transcript(struct redactor *redactor, struct capture *capture)
{
	const char *at = capture->transcript;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *line, *made;

	if (!out)
		out_of_memory();
	while ((line = capture_next_line(&at))) {
		made = redacted_object(redactor, line, !json_object_get(line, "call"));
		json_dumpf(made, out, JSON_COMPACT | JSON_ENSURE_ASCII);
		fputc('\n', out);
		json_decref(made);
		json_decref(line);
	}
	if (ferror(out) || fclose(out) == EOF)
		out_of_memory();
	free(capture->transcript);
	capture->transcript = text;
	capture->len = len;
}

/* Files */

/* The kernel's version decides what is said of it: nothing is replaced there. */
static bool is_kernels_own(const char *path)
{
	return strcmp(path, "proc/sys/kernel/osrelease") == 0 ||
	       strcmp(path, "proc/sys/kernel/version") == 0;
}

/* Units of systemd say whose they are (systemd.exec(5)). */
static void learn_settings(struct redactor *redactor, const char *text)
{
	static const char *const keys[] = { "User=", "Group=", "SupplementaryGroups=" };

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			const char *value = text + strlen(keys[i]);
			_cleanup_free_ char *name = NULL;

			if (!text_starts(text, keys[i]))
				continue;
			name = xstrndup(value, strcspn(value, " \t\r\n"));
			redactor_name(redactor, SECRET_USER, name);
		}
	}
}

/* limits.conf(5): each line begins with a user or a group. */
static void learn_limits(struct redactor *redactor, const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		_cleanup_free_ char *name = NULL;

		text += strspn(text, " \t");
		if (*text == '#' || *text == '*')
			continue;
		text += strspn(text, "@%-");
		name = xstrndup(text, strcspn(text, " \t\r\n"));
		if (name[strspn(name, "0123456789:")])
			redactor_name(redactor, SECRET_USER, name);
	}
}

/* "SERVER:/PATH" and "//SERVER/PATH": file systems of other hosts. */
static void learn_mounts(struct redactor *redactor, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " \t\n");
		size_t slashes = strspn(text, "/");
		_cleanup_free_ char *word = xstrndup(text, len);
		char *end = slashes == 2 ? strchr(word + 2, '/') : strstr(word, ":/");

		if (end && (slashes == 2 || !slashes)) {
			*end = '\0';
			learn_host(redactor, word + slashes);
		}
		text += len;
		text += strspn(text, " \t\n");
	}
}

static void learn_text(struct redactor *redactor, const char *path, const char *text)
{
	learn_homes(redactor, text);
	if (strcmp(text_base_name(path), "mountinfo") == 0)
		learn_mounts(redactor, text);
	if (strstr(path, "etc/security/"))
		learn_limits(redactor, text);
	else if (strstr(path, "/systemd/"))
		learn_settings(redactor, text);
}

static int learn_file(const char *path, struct tree_node *node, void *context)
{
	enum secret kind = kind_of_name(text_base_name(path));
	_cleanup_free_ char *text = NULL;

	if (node->kind != TREE_FILE || !node->text || is_kernels_own(path))
		return 0;
	text = text_trim(xstrdup(node->text));
	if (kind == SECRET_KINDS)
		learn_text(context, path, text);
	else
		learn_whole(context, kind, text);
	return 0;
}

/*
 * In names of files of the kernel's own file systems stand its own words; elsewhere people give
 * names, but for the places that are looked for.
 */
#define PLACES "etc run usr lib local security systemd system transient conf service slice d"

static int keep_words(const char *path, struct tree_node *node, void *context)
{
	if (text_starts(path, "sys/") || text_starts(path, "proc/") || text_starts(path, "dev/"))
		redactor_keep_words(context, path);
	if (is_kernels_own(path) && node->text)
		redactor_keep_words(context, node->text);
	return 0;
}

/*
 * A file of systemd, in which people put passwords too: of what is not asked for only the keys are
 * left.
 */
static char *redacted_settings(struct redactor *redactor, const char *text)
{
	static const char *const asked[] = { "User",
					     "Group",
					     "Supplementary",
					     "Limit",
					     "Slice",
					     "DefaultLimit",
					     "AmbientCapabilities",
					     "Capabilit",
					     "PrivateUsers",
					     "DynamicUser",
					     "[" };
	_cleanup_free_ char *kept = NULL;
	size_t kept_len = 0;
	FILE *out = open_memstream(&kept, &kept_len);

	if (!out)
		out_of_memory();
	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t key = strcspn(text, "=\n");
		bool is_asked = false;

		for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
			is_asked |= text_starts(text, asked[i]);
		fprintf(out, "%.*s%s\n",
			(int)(is_asked	  ? len
			      : key < len ? key
					  : 0),
			text, is_asked || key == len ? "" : "=");
		text += len + (text[len] == '\n');
	}
	if (ferror(out) || fclose(out) == EOF)
		out_of_memory();
	return redactor_text(redactor, kept, true);
}

/*
 * PCI configuration space: the capability Device Serial Number (id 3, PCI Express Base 7.9.3), which
 * in network cards holds the MAC address, becomes zeroes. It is little-endian everywhere.
 */
static void redact_config(unsigned char *bytes, size_t len)
{
	size_t at = 0x100;

	/* Each capability has a place of its own, so there can't be more than places. */
	for (size_t i = 0; i < 0x1000 / 4 && at >= 0x100 && at + 12 <= len; i++) {
		if (bytes[at] == 0x03 && bytes[at + 1] == 0x00)
			memset(bytes + at + 4, 0, 8);
		at = ((size_t)bytes[at + 3] << 4 | bytes[at + 2] >> 4) & ~(size_t)3;
	}
}

/* What a text file holds from now on. New. */
static char *redacted_content(struct redactor *redactor, const char *path, const char *text)
{
	enum secret kind = kind_of_name(text_base_name(path));
	_cleanup_free_ char *trimmed = NULL;

	if (is_kernels_own(path))
		return xstrdup(text);
	if (strcmp(path, "proc/cmdline") == 0)
		return redactor_cmdline(redactor, text);
	if (strstr(path, "/systemd/"))
		return redacted_settings(redactor, text);
	if (kind == SECRET_KINDS)
		return redactor_text(redactor, text, true);
	trimmed = text_trim(xstrdup(text));
	return xasprintf("%s\n", redactor_name(redactor, kind, trimmed));
}

/** struct copying - a tree that is made anew. */
struct copying {
	struct redactor *redactor;
	struct tree_node *to;
};

/* A file: text, or pieces of text with NUL bytes between. */
static void copy_file(struct redactor *redactor, const char *path, const struct tree_node *node,
		      struct tree_node *made)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (strcmp(text_base_name(path), "config") == 0) {
		tree_set_text(made, node->text, node->len);
		redact_config((unsigned char *)made->text, made->len);
		return;
	}
	out = open_memstream(&text, &len);
	if (!out)
		out_of_memory();
	for (size_t at = 0; at < node->len; at += strlen(node->text + at) + 1) {
		_cleanup_free_ char *piece = redacted_content(redactor, path, node->text + at);

		fputs(piece, out);
		if (at + strlen(node->text + at) < node->len)
			fputc('\0', out);
	}
	if (ferror(out) || fclose(out) == EOF)
		out_of_memory();
	tree_set_text(made, text, len);
	free(text);
}

static int copy_node(const char *path, struct tree_node *node, void *context)
{
	struct copying *copying = context;
	_cleanup_free_ char *name = redactor_text(copying->redactor, path, true);
	_cleanup_free_ char *target = NULL;
	struct tree_node *made = NULL;

	/* -EEXIST can't be: of two paths that differ the stand-ins do. */
	if (tree_add(copying->to, name, node->kind, &made) < 0)
		return 0;
	made->error = node->error;
	if (node->kind == TREE_FILE && node->text) {
		copy_file(copying->redactor, path, node, made);
	} else if (node->text) {
		target = redactor_text(copying->redactor, node->text, true);
		tree_set_text(made, target, strlen(target));
	}
	return 0;
}

void capture_redact(struct capture *capture)
{
	struct redactor *redactor = redactor_new();
	struct copying copying = { .redactor = redactor, .to = tree_new() };

	learn_transcript(redactor, capture);
	tree_visit(capture->files, learn_file, redactor);
	redactor_keep_words(redactor, PLACES);
	keep_system_words(redactor, capture);
	tree_visit(capture->files, keep_words, redactor);

	tree_visit(capture->files, copy_node, &copying);
	tree_free(capture->files);
	capture->files = copying.to;
	redact_transcript(redactor, capture);
	json_decref(capture->redacted);
	capture->redacted = redactor_summary(redactor);
	redactor_free(redactor);
}
