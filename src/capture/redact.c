/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Redacting a capture: a new tree and a new transcript of what the tables keep. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "capture/redact.h"

/**
 * struct copying - a capture that is made anew.
 * @facts: lines that say of what was dropped that it is not known
 * @partial: directories in which something was dropped that has no name in the redacted capture
 */
struct copying {
	struct redactor *redactor;
	struct tree_node *to;
	struct writer facts;
	json_t *partial;
};

static void put_line(json_t *line, FILE *out)
{
	json_dumpf(line, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(line);
}

/*
 * A replay says then that it does not know, where an empty file or none would be an answer. Of two
 * facts with one name the later one counts.
 */
static void not_known(struct copying *copying, const char *operation, const char *path)
{
	_cleanup_free_ char *fact = xasprintf("%s /%s", operation, path);

	put_line(json_pack("{s:s, s:s}", "fact", fact, "errno", "ENODATA"), copying->facts.out);
}

static void content_not_known(struct copying *copying, const char *operation, const char *path)
{
	redactor_drop(copying->redactor, DROPPED_CONTENTS);
	not_known(copying, operation, path);
}

/* @path: of a directory, as it is called now, without '/' in front */
static void mark_partial(struct copying *copying, const char *path)
{
	if (json_object_set_new_nocheck(copying->partial, path, json_true()) < 0)
		out_of_memory();
}

/* Without the line that is dropped, its file would be taken for one that was not there. */
static void mark_line(struct copying *copying, json_t *line)
{
	static const char *const operations[] = { "read /", "folder /", "list /", "link /",
						  "exists /" };
	const char *fact = json_string_value(json_object_get(line, "fact"));
	_cleanup_free_ char *path = NULL;
	bool is_about_file = false;
	char *slash;

	for (size_t i = 0; fact && i < COUNT(operations); i++)
		is_about_file |= text_starts(fact, operations[i]);
	if (!is_about_file)
		return;
	path = xstrdup(strchr(fact, '/'));
	while ((slash = strrchr(path, '/'))) {
		_cleanup_free_ char *kept = NULL;

		*slash = '\0';
		kept = *path ? redactor_path(copying->redactor, path) : xstrdup("/");
		if (kept) {
			mark_partial(copying, kept + 1);
			return;
		}
	}
}

static void copy_file(struct copying *copying, enum content content, const struct tree_node *node,
		      const char *path, struct tree_node *made)
{
	size_t len = node->len;
	char *kept;

	/* A file that was listed and not read. */
	if (!node->len)
		return;
	if (content == CONTENT_FORMAT) {
		redactor_drop(copying->redactor, DROPPED_CONTENTS);
		return;
	}
	kept = redactor_content(copying->redactor, content, node->text, &len);
	/* Stand-ins may be longer than names, and no archive with a larger file is read. */
	if (kept && len <= CAPTURE_FILE_MAX)
		tree_set_text(made, kept, len);
	else
		content_not_known(copying, "read", path);
	free(kept);
}

/**
 * struct directory - one that is being copied, and what it is called.
 * @was: its path before, @is: now; both without '/' at the ends
 */
struct directory {
	const struct tree_node *node;
	const struct place *place;
	const char *was;
	const char *is;
};

/* A link whose target has no name in the redacted capture stays, as an empty file. */
static void copy_link(struct copying *copying, const struct directory *directory,
		      const struct tree_node *node, const char *path)
{
	_cleanup_free_ char *target = redactor_target(copying->redactor, directory->was,
						      node->text ? node->text : "");
	struct tree_node *made = NULL;

	if (tree_add(copying->to, path, target ? TREE_LINK : TREE_FILE, &made) < 0)
		return;
	made->error = node->error;
	if (target)
		tree_set_text(made, target, strlen(target));
	else
		content_not_known(copying, "link", path);
}

static void copy_directory(struct copying *copying, const struct directory *directory);

static char *join(const char *directory, const char *name)
{
	return xasprintf("%s%s%s", directory, *directory ? "/" : "", name);
}

static void copy_node(struct copying *copying, const struct directory *directory,
		      const struct tree_node *node)
{
	const struct place *place = place_below(directory->place, node->name);
	const char *name = place ? place_name(copying->redactor, place, directory->node->name,
					      node->name)
				 : NULL;
	_cleanup_free_ char *was = join(directory->was, node->name);
	_cleanup_free_ char *is = name ? join(directory->is, name) : NULL;
	struct tree_node *made = NULL;

	if (!is) {
		redactor_drop(copying->redactor, DROPPED_PLACES);
		mark_partial(copying, directory->is);
		return;
	}
	if (node->kind == TREE_LINK) {
		copy_link(copying, directory, node, is);
		return;
	}
	if (tree_add(copying->to, is, node->kind, &made) < 0)
		return;
	made->error = node->error;
	if (node->kind == TREE_FILE)
		copy_file(copying, place_content(place), node, is, made);
	else if (node->kind == TREE_DIRECTORY)
		copy_directory(copying, &(struct directory){ node, place, was, is });
}

static void copy_directory(struct copying *copying, const struct directory *directory)
{
	_cleanup_free_ struct tree_node **children = NULL;
	size_t count;

	children = tree_children(directory->node, &count);
	for (size_t i = 0; i < count; i++)
		copy_node(copying, directory, children[i]);
}

/*
 * pam_limits reads its files in the order of their names, whichever of its directories they are in:
 * so they get their stand-ins in that order.
 */
static void order_limits(struct redactor *redactor, const struct capture *capture)
{
	static const char *const paths[] = { "/etc/security/limits.d",
					     "/usr/etc/security/limits.d" };
	_cleanup_free_ char **names = NULL;
	size_t n_names = 0;

	for (size_t i = 0; i < COUNT(paths); i++) {
		_cleanup_free_ struct tree_node **children = NULL;
		struct tree_node *directory;
		size_t count = 0;

		if (tree_find(capture->files, capture->files, paths[i], true, &directory) == 0)
			children = tree_children(directory, &count);
		for (size_t n = 0; n < count; n++)
			APPEND(names, n_names, children[n]->name);
	}
	if (n_names)
		qsort(names, n_names, sizeof(*names), text_compare);
	for (size_t i = 0; i < n_names; i++) {
		if (*names[i] != '.')
			redactor_name(redactor, NAME_LIMITS, names[i]);
	}
}

/*
 * Calls are answers in the order of their section: those of a section that is dropped would be
 * taken for another's.
 */
static void redact_transcript(struct copying *copying, struct capture *capture,
			      const struct public_names *names, FILE *out)
{
	struct redactor *redactor = copying->redactor;
	const char *at = capture->transcript;
	bool is_dropped = false;
	json_t *line;

	while ((line = capture_next_line(&at))) {
		bool is_section = json_object_get(line, "section");
		bool is_call = !is_section && json_object_get(line, "call");
		json_t *kept = NULL;

		if (!is_call || !is_dropped)
			kept = redactor_line(redactor, line, names);
		if (is_section)
			is_dropped = !kept;
		if (kept) {
			put_line(kept, out);
		} else {
			redactor_drop(redactor, DROPPED_LINES);
			mark_line(copying, line);
		}
		json_decref(line);
	}
}

void capture_redact(struct capture *capture, const struct public_names *names)
{
	struct redactor *redactor = redactor_new();
	struct copying copying = {
		.redactor = redactor,
		.to = tree_new(),
		.partial = json_object(),
	};
	struct writer transcript;
	const char *path;
	json_t *value;

	writer_open(&transcript);
	writer_open(&copying.facts);
	order_limits(redactor, capture);
	copy_directory(&copying,
		       &(struct directory){ capture->files, places_root(redactor), "", "" });
	redact_transcript(&copying, capture, names, transcript.out);
	json_object_foreach (copying.partial, path, value)
		not_known(&copying, "dropped", path);
	fputs(writer_close(&copying.facts), transcript.out);
	free(copying.facts.text);
	json_decref(copying.partial);
	tree_free(capture->files);
	capture->files = copying.to;
	free(capture->transcript);
	capture->transcript = writer_close(&transcript);
	capture->len = transcript.len;
	json_decref(capture->redacted);
	capture->redacted = redactor_summary(redactor);
	redactor_free(redactor);
}
