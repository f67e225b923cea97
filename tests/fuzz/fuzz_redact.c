/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture as a script (fuzz.h) that is redacted, packed and loaded again: what is loaded is what was
 * packed, to the byte, and what was a secret stands in it no more.
 */
#include <stdlib.h>
#include <string.h>
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
	tree_visit(capture->files, list_node, &listing);
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

/* The same text again: a stand-in stays as it is. */
static void check_text(const char *text)
{
	struct redactor *redactor = redactor_new();
	_cleanup_free_ char *once = redactor_text(redactor, text, true);
	_cleanup_free_ char *same = redactor_text(redactor, text, true);
	_cleanup_free_ char *line = redactor_cmdline(redactor, text);
	json_t *summary = redactor_summary(redactor);

	MUST(strcmp(once, same) == 0);
	MUST(line && json_is_object(summary));
	json_decref(summary);
	redactor_free(redactor);
}

/* Transcripts are text to their end: what holds a NUL byte is loaded by nobody. */
static bool is_transcript(const struct capture *capture)
{
	return strlen(capture->transcript) == capture->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	_cleanup_free_ char *text = take_rest(&bytes);
	struct script script;

	check_text(text);
	script_read(data, len, &script);
	if (is_transcript(script.capture)) {
		capture_redact(script.capture);
		if (script.pack)
			pack_and_load(script.capture);
	}
	script_clear(&script);
	return 0;
}
