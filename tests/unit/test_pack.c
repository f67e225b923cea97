/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures in memory: sums, bounds, manifests, archives. */
#include "capture.h"

#include <fcntl.h>

#include "capture/internal.h"
#include "capture/tar.h"

static struct capture *capture_of(const char *lines)
{
	const char *directory = capture_new(lines);

	put_file(directory, "files/proc/sys/kernel/osrelease", "6.1.0\n");
	put_link(directory, "files/link", "proc/sys");
	return capture_loaded(directory);
}

TEST(sums_are_sha256)
{
	char text[DIGEST_TEXT];

	assert_string_equal(digest("", 0, text),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest("abc", 3, text),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(a_budget_is_used_up_at_its_last_entry_and_byte)
{
	struct budget entries = { .entries = CAPTURE_ENTRIES_MAX - 1 };
	struct budget bytes = { .bytes = CAPTURE_BYTES_MAX - 10 };
	char *problem = NULL;

	assert_int_equal(budget_take(&entries, 0, &problem), 0);
	assert_int_equal(budget_take(&bytes, 10, &problem), 0);
	assert_null(problem);
	assert_int_equal(budget_take(&entries, 0, &problem), -EBADMSG);
	assert_non_null(problem);
	free(problem);
	assert_int_equal(budget_take(&bytes, 1, &problem), -EBADMSG);
	free(problem);
}

TEST(a_manifest_fits_its_capture_and_no_other)
{
	struct capture *capture = capture_of("{'comment': 'one'}\n");
	struct capture *other = capture_of("{'comment': 'two'}\n");
	size_t len;
	char *manifest = manifest_text(capture, &len);
	char *problem;

	assert_int_equal(len, strlen(manifest));
	assert_null(manifest_verify(manifest, capture));
	problem = manifest_verify(manifest, other);
	assert_string_equal(problem,
			    "'transcript.jsonl' was modified: it does not match the manifest");
	free(problem);
	free(manifest);
	capture_free(capture);
	capture_free(other);
}

/* What verifying @text gives, which is the text of a manifest with @from in it replaced by @to. */
static char *verify_edited(const struct capture *capture, const char *from, const char *to)
{
	size_t len;
	char *text = manifest_text(capture, &len);
	char *at = strstr(text, from);
	char *edited, *problem;

	assert_non_null(at);
	edited = xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	problem = manifest_verify(edited, capture);
	free(edited);
	free(text);
	return problem;
}

TEST(a_manifest_is_verified_as_text_as_it_is_when_parsed)
{
	static const struct {
		const char *from;
		const char *to;
		const char *problem;
	} edits[] = {
		{ "{", "{", NULL },
		{ "\n  ", "\n", NULL },
		{ "\"files/link\":", "\"files\\u002flink\" :", NULL },
		{ "file ", "file 0",
		  "'transcript.jsonl' was modified: it does not match the manifest" },
		{ "link ", "file ", "'files/link' was modified: it does not match the manifest" },
		{ "files/link", "files/knil",
		  "'files/knil' is listed in the manifest but missing" },
		{ "\n  }\n}", ",\n    \"files/more\": \"folder\"\n  }\n}",
		  "'files/more' is listed in the manifest but missing" },
		{ "\n  }\n}", "\n  },\n  \"entries\": {}\n}", "manifest.json is invalid" },
		{ "\n  }\n}", "\n  }\n}}", "manifest.json is invalid" },
		{ "\n  }\n}", "", "manifest.json is invalid" },
		{ "\n  \"entries\"", "\n  \"entries\": {},\n  \"entries\"",
		  "manifest.json is invalid" },
		{ "\n  \"entries\"", "\n  \"x\": {\n  \"entries\"", "manifest.json is invalid" },
		{ "\"vfiodiag-archive\": 1,", "", "manifest.json is invalid" },
		{ "\"vfiodiag-archive\": 1,", "\"vfiodiag-archive\": 1, \"vfiodiag-archive\": 1,",
		  "manifest.json is invalid" },
	};
	struct capture *capture = capture_of("{'comment': 'one'}\n");
	struct tree_node *node;
	/* Without names that JSON can't hold as they are, and with. */
	for (int odd = 0; odd < 2; odd++) {
		if (odd)
			tree_add(capture->files, "z \"\\\xff", TREE_DIRECTORY, &node);
		for (size_t i = 0; i < COUNT(edits); i++) {
			char *problem = verify_edited(capture, edits[i].from, edits[i].to);

			if (edits[i].problem)
				assert_string_equal(problem, edits[i].problem);
			else
				assert_null(problem);
			free(problem);
		}
	}
	capture_free(capture);
}

TEST(a_manifest_that_is_none_is_said)
{
	struct capture *capture = capture_of("");
	static const char *const wrong[] = {
		"",
		"[]",
		"{}",
		"{\"vfiodiag-archive\": \"1\", \"entries\": {}}",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char *problem = manifest_verify(wrong[i], capture);

		assert_string_equal(problem, "manifest.json is invalid");
		free(problem);
	}
	capture_free(capture);
}

/* What the manifest of a capture with @lines says was not read. */
static char *not_read(const char *lines)
{
	struct capture *capture = capture_of(lines);
	json_t *manifest = manifest_head(capture);
	char *text = json_dumps(json_object_get(manifest, "not_read"), JSON_COMPACT);

	json_decref(manifest);
	capture_free(capture);
	return text;
}

TEST(what_was_not_read_is_what_could_not_be)
{
	static const char *const cases[][2] = {
		{ "", "{}" },
		{ "{'fact': 'read /a', 'errno': 'EACCES'}\n", "{\"read /a\":\"EACCES\"}" },
		{ "{'fact': 'read /a', 'errno': 'ENOENT'}\n", "{}" },
		{ "{'fact': 'link /a', 'errno': 'EINVAL'}\n", "{}" },
		{ "{'fact': 'read /a', 'errno': 'EINVAL'}\n", "{\"read /a\":\"EINVAL\"}" },
		{ "{'fact': 'read /a', 'errno': 'EACCES'}\n{'fact': 'read /a', 'ret': 0}\n", "{}" },
		{ "{'fact': 'read /a', 'ret': 0}\n{'fact': 'read /a', 'errno': 'EIO'}\n",
		  "{\"read /a\":\"EIO\"}" },
		{ "{'section': 's'}\n{'call': 'open', 'errno': 'EPERM'}\n", "{}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = not_read(cases[i][0]);

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

TEST(the_system_is_told_by_its_file_or_by_its_fact)
{
	struct capture *capture = capture_of(
		"{'fact': 'system', 'node': 'old'}\n{'fact': 'system', 'node': 'lab'}\n");
	char *kernel = capture_text(capture, "/proc/sys/kernel/osrelease", "release");
	char *name = capture_text(capture, "/proc/sys/kernel/hostname", "node");
	char *none = capture_text(capture, "/nowhere", "nothing");

	assert_string_equal(kernel, "6.1.0");
	assert_string_equal(name, "lab");
	assert_null(none);
	free(kernel);
	free(name);
	capture_free(capture);
}

static int64_t recorded(const char *header)
{
	struct capture capture = { .transcript = (char *)quoted(header) };

	return capture_recorded(&capture);
}

TEST(when_it_was_recorded)
{
	assert_int_equal(recorded("{'recorded': '2026-11-22T09:08:42Z'}\n"), 1795338522);
	assert_int_equal(recorded("{'recorded': '1960-01-01T00:00:00Z'}\n"), 0);
	assert_int_equal(recorded("{'recorded': 'yesterday'}\n"), 0);
	assert_int_equal(recorded("{'recorded': 7}\n"), 0);
	assert_int_equal(recorded("\n"), 0);
	assert_int_equal(recorded(""), 0);
}

TEST(what_is_packed_is_loaded_again)
{
	const char *directory = directory_new();
	struct capture *capture = capture_of("{'comment': 'one'}\n");
	struct capture *again = NULL;
	struct tree_node *node = NULL;
	char *problem = NULL;
	FILE *out = fopen(path_in(directory, "archive"), "w");

	tree_add(capture->files, "sys/deep/er/file", TREE_FILE, &node);
	tree_set_text(node, "a\0b", 3);
	assert_int_equal(capture_pack(capture, "folder", out, &problem), 0);
	assert_int_equal(fclose(out), 0);
	again = capture_loaded(path_in(directory, "archive"));
	assert_int_equal(again->len, capture->len);
	assert_memory_equal(again->transcript, capture->transcript, capture->len);
	assert_int_equal(tree_find(again->files, again->files, "/sys/deep/er/file", true, &node),
			 0);
	assert_int_equal(node->len, 3);
	assert_memory_equal(node->text, "a\0b", 3);
	assert_int_equal(tree_find(again->files, again->files, "/link", false, &node), 0);
	assert_int_equal(node->kind, TREE_LINK);
	assert_string_equal(node->text, "proc/sys");
	capture_free(capture);
	capture_free(again);
}

/* Add a file of @len bytes and a link, whose names and target have @len bytes. */
static void add_long(struct capture *capture, size_t len)
{
	struct tree_node *node = NULL;
	char text[1100];

	memset(text, 'x', len);
	text[len] = '\0';
	text[0] = 'f';
	assert_int_equal(tree_add(capture->files, text, TREE_FILE, &node), 0);
	tree_set_text(node, text, len);
	text[0] = 'l';
	assert_int_equal(tree_add(capture->files, text, TREE_LINK, &node), 0);
	tree_set_text(node, text, len);
	text[0] = (char)0xff;
	assert_int_equal(tree_add(capture->files, text, TREE_DIRECTORY, &node), 0);
}

static void assert_same_node(struct capture *capture, const struct tree_node *node,
			     const char *path)
{
	struct tree_node *found = NULL;

	assert_int_equal(tree_find(capture->files, capture->files, path, false, &found), 0);
	assert_int_equal(found->kind, node->kind);
	assert_int_equal(found->len, node->len);
	if (node->text)
		assert_memory_equal(found->text, node->text, node->len);
}

static int compare_node(const char *path, struct tree_node *node, void *context)
{
	assert_same_node(context, node, path);
	return 0;
}

TEST(names_targets_and_contents_of_any_length_are_packed_as_they_are)
{
	const char *directory = directory_new();
	struct capture *capture = capture_of("{'comment': 'one'}\n");
	struct capture *again;
	char *problem = NULL;
	FILE *out = fopen(path_in(directory, "archive"), "w");

	/* Those around what fits a header, with and without "folder/files/", and around a block. */
	for (size_t len = 80; len <= 105; len++)
		add_long(capture, len);
	for (size_t len = 510; len <= 514; len++)
		add_long(capture, len);
	assert_int_equal(capture_pack(capture, "folder", out, &problem), 0);
	assert_int_equal(fclose(out), 0);
	again = capture_loaded(path_in(directory, "archive"));
	assert_int_equal(tree_visit(capture->files, "", compare_node, again), 0);
	assert_int_equal(tree_visit(again->files, "", compare_node, capture), 0);
	capture_free(capture);
	capture_free(again);
}

/* tar --format=gnu --owner=0:0 --group=0:0 --numeric-owner, of such a file and link. */
TEST(a_header_is_that_of_gnu_tar)
{
	char header[TAR_BLOCK];

	tar_header(header, TAR_FILE, "a/file", "", 513, 1795338522);
	assert_memory_equal(header, "a/file\0", 7);
	assert_memory_equal(header + 100, "0000600\0000000000\0000000000", 24);
	assert_memory_equal(header + 124, "00000001001\00015300530432", 24);
	assert_memory_equal(header + 148, "007001\000 0", 9);
	assert_memory_equal(header + 257, "ustar  ", 8);
	tar_header(header, TAR_LINK, "link", "target", 0, -1);
	assert_memory_equal(header + 136, "00000000000", 12);
	/* Its link may be used by all. */
	assert_memory_equal(header + 148, "007754\000 2target", 16);
}

TEST(an_archive_that_cannot_be_written_is_said)
{
	struct capture *capture = capture_of("");
	char *problem = NULL;
	FILE *out = fopen("/dev/full", "w");

	setbuf(out, NULL);
	assert_int_equal(capture_pack(capture, "folder", out, &problem), -EIO);
	assert_non_null(problem);
	free(problem);
	fclose(out);
	capture_free(capture);
}

/* What opening @name, which was found in a list of captures, gives. */
static void assert_listed(const char *directory, const char *name, int error, const char *problem)
{
	struct capture_input input;

	capture_input_open_listed(path_in(directory, name), &input);
	assert_int_equal(input.error, error);
	assert_int_equal(input.fd >= 0, !error);
	if (problem)
		assert_string_equal(input.problem, problem);
	capture_input_close(&input);
}

TEST(what_stands_in_the_place_of_a_listed_archive_is_neither_waited_for_nor_followed)
{
	const char *directory = directory_new();
	int pipe;

	put_file(directory, "a.tar", "a");
	put_link(directory, "own.tar", "a.tar");
	put_link(directory, "other.tar", "a.tar");
	put_link(directory, "gone.tar", "nowhere");
	assert_int_equal(mkfifo(path_in(directory, "pipe.tar"), 0600), 0);
	/* So whoever opens it does not wait for ever. */
	pipe = open(path_in(directory, "pipe.tar"), O_RDWR | O_CLOEXEC);
	assert_listed(directory, "a.tar", 0, NULL);
	assert_listed(directory, "own.tar", 0, NULL);
	assert_listed(directory, "gone.tar", -ENOENT, NULL);
	assert_listed(directory, "none.tar", -ENOENT, NULL);
	assert_listed(directory, "pipe.tar", -EBADMSG, "no longer a file or a directory");
	if (lchown(path_in(directory, "other.tar"), 65534, 65534) == 0)
		assert_listed(directory, "other.tar", -EBADMSG, "a link of another user");
	close(pipe);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_sha256),
		cmocka_unit_test(a_budget_is_used_up_at_its_last_entry_and_byte),
		cmocka_unit_test(a_manifest_fits_its_capture_and_no_other),
		cmocka_unit_test(a_manifest_is_verified_as_text_as_it_is_when_parsed),
		cmocka_unit_test(a_manifest_that_is_none_is_said),
		cmocka_unit_test(what_was_not_read_is_what_could_not_be),
		cmocka_unit_test(the_system_is_told_by_its_file_or_by_its_fact),
		cmocka_unit_test(when_it_was_recorded),
		cmocka_unit_test(what_is_packed_is_loaded_again),
		cmocka_unit_test(names_targets_and_contents_of_any_length_are_packed_as_they_are),
		cmocka_unit_test(a_header_is_that_of_gnu_tar),
		cmocka_unit_test(an_archive_that_cannot_be_written_is_said),
		cmocka_unit_test(
			what_stands_in_the_place_of_a_listed_archive_is_neither_waited_for_nor_followed),
	};

	/* Before the first sum. */
	if (archive_missing())
		return 1;
	return UNIT_RUN("pack", tests);
}
