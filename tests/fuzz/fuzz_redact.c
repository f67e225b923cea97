/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture as a script (fuzz.h) that is redacted, packed and loaded again: what is loaded is what was
 * packed, to the byte, and a secret that was planted stands in it no more, wherever that was: each SEED
 * in the input stands for one.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "capture/internal.h"
#include "capture/redact.h"
#include "fuzz.h"

/** struct listing - all that is in a tree, as text. */
struct listing {
	char *text;
	size_t len;
	FILE *out;
};

static int list_node(const char *path, struct tree_node *node, void *context)
{
	struct listing *listing = context;
	char sum[DIGEST_TEXT];

	if (node->kind != TREE_OTHER)
		fprintf(listing->out, "%d %s %s\n", (int)node->kind, path,
			digest(node->text ? node->text : "", node->len, sum));
	return 0;
}

static char *list_capture(const struct capture *capture)
{
	struct listing listing = { 0 };
	char sum[DIGEST_TEXT];

	/* Before the first sum. */
	MUST(!archive_missing());
	listing.out = open_memstream(&listing.text, &listing.len);
	tree_visit(capture->files, "", list_node, &listing);
	fprintf(listing.out, "transcript %s\n", digest(capture->transcript, capture->len, sum));
	MUST(fclose(listing.out) == 0);
	return listing.text;
}

/* Pack @capture and load that; it must be the same. */
static void pack_and_load(const struct capture *capture)
{
	_cleanup_file_ FILE *file = fdopen(memfd_create("archive", MFD_CLOEXEC), "w+");
	_cleanup_free_ char *before = list_capture(capture);
	_cleanup_free_ char *problem = NULL;
	_cleanup_free_ char *after = NULL;
	struct capture *loaded = capture_make();
	int ret = capture_pack(capture, "host", file, &problem);

	MUST(ret == 0);
	MUST(fflush(file) == 0 && lseek(fileno(file), 0, SEEK_SET) == 0);
	ret = archive_load(fileno(file), loaded, &problem);
	if (ret < 0)
		fprintf(stderr, "%s\n", problem);
	MUST(ret == 0);
	after = list_capture(loaded);
	MUST(strcmp(before, after) == 0);
	capture_free(loaded);
}

#define SEED   'Q'
#define SECRET "qzvxkwjq"

/* @len bytes of @data with a secret for each seed. New, with a NUL behind it. */
static char *plant(const uint8_t *data, size_t *len)
{
	char *text = NULL;
	size_t made = 0;
	FILE *out = open_memstream(&text, &made);

	for (size_t i = 0; i < *len; i++) {
		if (data[i] == SEED)
			fputs(SECRET, out);
		else
			fputc(data[i], out);
	}
	MUST(fclose(out) == 0);
	*len = made;
	return text;
}

/* Whether nothing of a secret is in @text. A NUL byte ends no search. */
static bool is_free(const char *text, size_t len)
{
	for (size_t i = 0; i + strlen(SECRET) <= len; i++) {
		if (strncasecmp(text + i, SECRET, strlen(SECRET)) == 0)
			return false;
	}
	return true;
}

/* The first registers of a configuration space are numbers, and may be any. */
static size_t registers_of(const char *path, const struct tree_node *node)
{
	const char *slash = strrchr(path, '/');

	if (!slash || strcmp(slash, "/config") != 0)
		return 0;
	return node->len < 16 ? node->len : 16;
}

static int look_at_node(const char *path, struct tree_node *node, void *context)
{
	size_t from = registers_of(path, node);

	(void)context;
	MUST(is_free(path, strlen(path)));
	MUST(!node->text || is_free(node->text + from, node->len - from));
	return 0;
}

static void look(const struct capture *capture)
{
	_cleanup_free_ char *summary = json_dumps(capture->redacted, 0);

	tree_visit(capture->files, "", look_at_node, NULL);
	MUST(is_free(capture->transcript, capture->len));
	MUST(is_free(summary, strlen(summary)));
}

/* A name has one stand-in, another one than itself, and that of no other. */
static void check_text(const char *text)
{
	struct redactor *redactor = redactor_new();
	_cleanup_free_ char *line = redactor_cmdline(redactor, text);
	_cleanup_free_ char *path = redactor_path(redactor, text);

	MUST(is_free(line, strlen(line)));
	MUST(!path || is_free(path, strlen(path)));
	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
		const char *once = redactor_name(redactor, kind, text);
		const char *other = redactor_name(redactor, kind, "a name");

		MUST(redactor_name(redactor, kind, text) == once);
		MUST(once == text || strcmp(once, text) != 0);
		MUST(strcmp(text, "a name") == 0 || strcmp(once, other) != 0);
	}
	redactor_free(redactor);
}

/* Transcripts are text to their end: what holds a NUL byte is loaded by nobody. */
static bool is_transcript(const struct capture *capture)
{
	return strlen(capture->transcript) == capture->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_free_ char *planted = plant(data, &len);
	struct bytes bytes = { (const uint8_t *)planted, len };
	_cleanup_free_ char *text = take_rest(&bytes);
	struct script script;

	check_text(text);
	script_read((const uint8_t *)planted, len, &script);
	if (is_transcript(script.capture)) {
		capture_redact(script.capture, NULL);
		look(script.capture);
		if (script.pack)
			pack_and_load(script.capture);
	}
	script_clear(&script);
	return 0;
}
