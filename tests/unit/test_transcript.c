/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <linux/random.h>

#include "capture/capture.h"
#include "source/internal.h"
#include "vfio/internal.h"

static struct source *record_into(const char *directory)
{
	struct source *source = NULL;

	assert_int_equal(source_open_record(&source, directory), 0);
	return source;
}

/* Captures that are none */

/* Opening what stands in @directory fails, with a sentence. */
static void assert_no_capture(const char *directory)
{
	struct source *source = NULL;

	alarm(60);
	assert_int_equal(source_open_replay(&source, directory), -EBADMSG);
	alarm(0);
	assert_non_null(source);
	assert_non_null(source_problem(source));
	source_close(source);
}

/* The same with a transcript of these bytes. */
static int open_bytes(const void *bytes, size_t len)
{
	const char *directory = directory_new();
	struct source *source = NULL;
	int ret;

	put_directory(directory, "files");
	put_bytes(directory, "transcript.jsonl", bytes, len);
	ret = source_open_replay(&source, directory);
	assert_non_null(source);
	assert_int_equal(ret < 0, source_problem(source) != NULL);
	source_close(source);
	return ret;
}

static int open_text(const char *text)
{
	text = quoted(text);
	return open_bytes(text, strlen(text));
}

TEST(a_capture_is_something_that_is_there)
{
	const char *directory = directory_new();
	struct source *source = NULL;

	put_file(directory, "file", "");
	assert_int_equal(source_open_replay(&source, path_in(directory, "none")), -ENOENT);
	assert_int_equal(source_open_replay(&source, path_in(directory, "file/below")), -ENOTDIR);
	assert_null(source);
	assert_no_capture(path_in(directory, "file"));
}

TEST(a_capture_has_files_and_a_transcript)
{
	const char *empty = directory_new();
	const char *no_files = directory_new();
	const char *no_transcript = directory_new();

	put_file(no_files, "transcript.jsonl", quoted(CAPTURE_HEADER));
	put_directory(no_transcript, "files");
	assert_no_capture(empty);
	assert_no_capture(no_files);
	assert_no_capture(no_transcript);
}

TEST(the_parts_of_a_capture_are_no_links)
{
	const char *real = capture_new("");
	const char *files = directory_new();
	const char *transcript = directory_new();

	put_link(files, "files", path_in(real, "files"));
	put_file(files, "transcript.jsonl", quoted(CAPTURE_HEADER));
	assert_no_capture(files);
	put_directory(transcript, "files");
	put_link(transcript, "transcript.jsonl", path_in(real, "transcript.jsonl"));
	assert_no_capture(transcript);
}

TEST(the_parts_of_a_capture_are_a_directory_and_a_file)
{
	const char *file = directory_new();
	const char *directory = directory_new();
	const char *pipe = directory_new();

	put_file(file, "files", "");
	put_file(file, "transcript.jsonl", quoted(CAPTURE_HEADER));
	assert_no_capture(file);
	put_directory(directory, "files");
	put_directory(directory, "transcript.jsonl");
	assert_no_capture(directory);
	put_directory(pipe, "files");
	assert_int_equal(mkfifo(path_in(pipe, "transcript.jsonl"), 0600), 0);
	assert_no_capture(pipe);
}

TEST(a_transcript_is_json_objects)
{
	static const char *const lines[] = {
		"nonsense",
		"{",
		"{'call': 'open'",
		"[]",
		"[{'call': 'open'}]",
		"null",
		"42",
		"'text'",
		"{} {}",
		"{'a': 1, 'a': 2}",
		"{'a': '\xff'}",
		"{'a': 99999999999999999999999}",
	};

	assert_int_equal(open_text(CAPTURE_HEADER), 0);
	for (size_t i = 0; i < COUNT(lines); i++) {
		if (open_text(keep(xasprintf(CAPTURE_HEADER "%s\n", lines[i]))) != -EBADMSG)
			fail_msg("%s", lines[i]);
	}
}

TEST(a_problem_names_the_line)
{
	const char *directory = capture_new("{}\n\n{}\nnonsense\n");
	struct source *source = NULL;

	assert_int_equal(source_open_replay(&source, directory), -EBADMSG);
	assert_non_null(strstr(source_problem(source), "line 5 "));
	source_close(source);
}

TEST(json_of_any_depth_is_refused_in_good_order)
{
	char *text = malloc(400000);

	assert_non_null(text);
	strcpy(text, CAPTURE_HEADER "{'a':");
	memset(text + strlen(text), '[', 300000);
	strcpy(text + strlen(CAPTURE_HEADER "{'a':") + 300000, "\n");
	assert_int_equal(open_text(text), -EBADMSG);
	free(text);
}

/* The size of a text says little of the memory that its values take. Commas count wherever they are. */
TEST(a_transcript_holds_so_many_values_and_no_more)
{
	static const char head[] = "{\"vfiodiag-capture\":1}\n{\"a\":\".";
	size_t commas = CAPTURE_VALUES_MAX - capture_count_values(head, sizeof(head) - 1);
	size_t len = sizeof(head) - 1 + commas + 3;
	char *text = xcalloc(len, 1);

	memset(text, ',', len);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + len - 3, "\"}\n", 3);
	assert_int_equal(open_bytes(text, len), 0);
	text[sizeof(head) - 2] = ',';
	assert_int_equal(open_bytes(text, len), -EBADMSG);
	free(text);
}

TEST(a_transcript_begins_with_its_header)
{
	assert_int_equal(open_text("{'section': 'test'}\n" CAPTURE_HEADER), -EBADMSG);
	assert_int_equal(open_text("{}\n"), -EBADMSG);
}

TEST(a_transcript_without_a_header_is_none)
{
	assert_int_equal(open_text(""), -EBADMSG);
	assert_int_equal(open_text("\n"), -EBADMSG);
	assert_int_equal(open_text("\n{'section': 'test'}\n"), -EBADMSG);
}

TEST(another_format_is_refused)
{
	assert_int_equal(open_text("{'vfiodiag-capture': 1}\n"), 0);
	assert_int_equal(open_text("{'vfiodiag-capture': 0}\n"), -EBADMSG);
	assert_int_equal(open_text("{'vfiodiag-capture': 2}\n"), -EBADMSG);
	assert_int_equal(open_text("{'vfiodiag-capture': '1'}\n"), -EBADMSG);
	assert_int_equal(open_text("{'vfiodiag-capture': null}\n"), -EBADMSG);
}

TEST(a_transcript_has_no_nul)
{
	const char *text = quoted(CAPTURE_HEADER "{}\n{}\n");
	size_t len = strlen(text);
	char spoiled[128];

	assert_true(len < sizeof(spoiled));
	assert_int_equal(open_bytes(text, len), 0);
	assert_int_equal(open_bytes(text, len + 1), -EBADMSG);
	memcpy(spoiled, text, len);
	spoiled[len - strlen("\n{}\n")] = '\0';
	assert_int_equal(open_bytes(spoiled, len), -EBADMSG);
	assert_int_equal(open_bytes("", 1), -EBADMSG);
}

TEST(a_call_stands_in_a_section)
{
	assert_int_equal(open_text(CAPTURE_HEADER "{'call': 'open', 'ret': 0}\n"
						  "{'section': 'test'}\n"),
			 -EBADMSG);
	assert_int_equal(open_text(CAPTURE_HEADER "{'section': 'test'}\n"
						  "{'call': 'open', 'ret': 0}\n"),
			 0);
}

TEST(comments_and_empty_lines_may_stand_anywhere_below)
{
	assert_int_equal(open_text(CAPTURE_HEADER "\n  \n{'note': 'mine'}\r\n\t{}\n"
						  "{'section': 'test'}\n{'note': 1}\n\n"
						  "{'call': 'open'}"),
			 0);
}

/* The order of answers */

static int open_and_close(struct source *source, const char *path)
{
	struct source_device *device;
	int ret = source_device_open(source, path, &device);

	if (ret >= 0)
		source_device_close(device);
	return ret;
}

TEST(answers_come_in_their_order)
{
	struct source *source = replay_lines(
		"{'call': 'open', 'path': '/dev/one', 'ret': 0}\n"
		"{'call': 'open', 'path': '/dev/one', 'errno': 'EBUSY'}\n"
		"{'call': 'open', 'path': '/dev/two', 'ret': 0}\n");

	assert_int_equal(open_and_close(source, "/dev/one"), 0);
	assert_int_equal(open_and_close(source, "/dev/one"), -EBUSY);
	assert_int_equal(open_and_close(source, "/dev/two"), 0);
	assert_null(source_problem(source));
	source_close(source);
}

TEST(another_question_than_recorded_is_a_problem)
{
	struct source *source = replay_lines("{'call': 'open', 'path': '/dev/one', 'ret': 0}\n");
	char *problem;

	assert_int_equal(open_and_close(source, "/dev/two"), -ENODATA);
	assert_non_null(source_problem(source));
	assert_non_null(strstr(source_problem(source), "/dev/one"));
	assert_non_null(strstr(source_problem(source), "/dev/two"));
	problem = strdup(source_problem(source));
	assert_non_null(problem);
	/* The answer is still there, and the first problem stays the problem. */
	assert_int_equal(open_and_close(source, "/dev/one"), 0);
	assert_int_equal(open_and_close(source, "/dev/one"), -ENODATA);
	assert_string_equal(source_problem(source), problem);
	free(problem);
	source_close(source);
}

TEST(another_call_than_recorded_is_a_problem)
{
	struct source *source = replay_lines("{'call': 'trace-open', 'ret': 0}\n");

	assert_int_equal(open_and_close(source, "/dev/one"), -ENODATA);
	assert_non_null(source_problem(source));
	source_close(source);
}

TEST(a_question_behind_the_last_answer_is_a_problem)
{
	struct source *source = replay_lines("");

	assert_int_equal(open_and_close(source, "/dev/one"), -ENODATA);
	assert_non_null(strstr(source_problem(source), "/dev/one"));
	source_close(source);
}

TEST(what_was_taken_out_of_an_answer_is_not_compared)
{
	struct source *source = replay_lines("{'call': 'open', 'errno': 'EBUSY'}\n");

	assert_int_equal(open_and_close(source, "/dev/any"), -EBUSY);
	assert_null(source_problem(source));
	source_close(source);
}

TEST(an_errno_goes_by_its_name)
{
	struct source *source = replay_lines("{'call': 'open', 'errno': 'ENOTEMPTY'}\n"
					     "{'call': 'open', 'errno': 'ENOSUCHNAME'}\n");

	assert_int_equal(open_and_close(source, "/dev/any"), -ENOTEMPTY);
	assert_int_equal(open_and_close(source, "/dev/any"), -EIO);
	source_close(source);
}

TEST(sections_are_found_by_their_names)
{
	struct source *source = capture_replay(
		capture_new("{'section': 'a'}\n{'call': 'open', 'path': '/a', 'ret': 0}\n"
			    "{'section': 'b'}\n{'call': 'open', 'path': '/b', 'ret': 0}\n"));

	/* Before any section nothing is answered. */
	assert_int_equal(open_and_close(source, "/a"), -ENODATA);
	assert_int_equal(source_section(source, "b"), 0);
	assert_int_equal(open_and_close(source, "/b"), 0);
	assert_int_equal(source_section(source, "a"), 0);
	assert_int_equal(open_and_close(source, "/a"), 0);
	assert_int_equal(source_section(source, "b"), 0);
	assert_int_equal(open_and_close(source, "/b"), 0);
	assert_int_equal(source_section(source, "c"), -ENODATA);
	assert_int_equal(open_and_close(source, "/b"), -ENODATA);
	source_close(source);
}

TEST(sections_are_recorded)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);

	assert_int_equal(source_section(source, "one"), 0);
	assert_int_equal(open_and_close(source, "/dev/null") >= 0, true);
	assert_int_equal(source_section(source, "two"), 0);
	assert_int_equal(open_and_close(source, "/dev/no-such-device"), -ENOENT);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_section(source, "two"), 0);
	assert_int_equal(open_and_close(source, "/dev/no-such-device"), -ENOENT);
	assert_int_equal(source_section(source, "one"), 0);
	assert_int_equal(open_and_close(source, "/dev/null"), 0);
	assert_null(source_problem(source));
	source_close(source);
}

static size_t count_lines(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	size_t count = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, word) != NULL;
	fclose(file);
	return count;
}

/* Thousands of devices have the same names. What changed is written again, and the last one counts. */
TEST(a_fact_is_recorded_once_until_it_changes)
{
	static const int answers[] = { 1, 1, 2, 2, 1, 1 };
	const char *capture = directory_new();
	struct source *source = record_into(capture);

	for (size_t i = 0; i < COUNT(answers); i++) {
		transcript_write(source, json_pack("{s:s, s:i}", "fact", "one", "ret", answers[i]));
		transcript_write(source, json_pack("{s:s, s:i}", "call", "one", "ret", answers[i]));
	}
	source_close(source);
	assert_int_equal(count_lines(path_in(capture, "transcript.jsonl"), "\"fact\":\"one\""), 3);
	assert_int_equal(count_lines(path_in(capture, "transcript.jsonl"), "\"call\":\"one\""),
			 COUNT(answers));
}

TEST(errors_of_files_come_from_facts)
{
	const char *directory = capture_new("{'fact': 'read /file', 'errno': 'EACCES'}\n"
					    "{'fact': 'list /sub', 'errno': 'EPERM'}\n"
					    "{'fact': 'link /link', 'errno': 'EIO'}\n"
					    "{'fact': 'exists /there', 'errno': 'EACCES'}\n");
	struct source *source;
	struct source_list list;
	char *text;

	put_file(directory, "files/file", "content");
	put_file(directory, "files/there", "");
	put_directory(directory, "files/sub");
	put_link(directory, "files/link", "x");
	source = capture_replay(directory);
	assert_int_equal(source_read(source, "/file", &text, NULL), -EACCES);
	assert_int_equal(source_list(source, "/sub", &list), -EPERM);
	assert_int_equal(source_link(source, "/link", &text), -EIO);
	assert_int_equal(source_exists(source, "/there"), -EACCES);
	/* Each for its own operation only. */
	assert_int_equal(source_exists(source, "/file"), 0);
	assert_int_equal(source_read(source, "/there", &text, NULL), 0);
	free(text);
	source_close(source);
}

/* ioctls: a structure of many widths, and a device that everybody may open */

struct sample {
	uint32_t count; /* the only number that the kernel writes */
	uint32_t pad;
	uint64_t wide;
	uint64_t pointer;
	uint16_t half;
	uint8_t byte;
	uint8_t pad2[5];
	uint64_t tail_wide;
	uint32_t tail_count;
	uint16_t tail_half;
	uint8_t tail_byte;
	uint8_t pad3;
};

#define FIELD(member, how)                                                       \
	{                                                                        \
		.name = #member, .offset = offsetof(struct sample, member),      \
		.width = sizeof(((struct sample *)NULL)->member), .flags = (how) \
	}

static const struct ioctl_field sample_fields[] = {
	FIELD(count, IOCTL_OUT),
	FIELD(wide, IOCTL_IN | IOCTL_OUT),
	FIELD(pointer, IOCTL_IN | IOCTL_OUT | IOCTL_POINTER),
	FIELD(half, IOCTL_OUT),
	FIELD(byte, IOCTL_OUT),
};

static int sample_tail(const void *arg, size_t len, ioctl_emit_fn emit, void *context)
{
	const struct sample *sample = arg;

	assert_int_equal(len, sizeof(*sample));
	emit(context, offsetof(struct sample, tail_wide), 8, "tail_wide", sample->tail_wide);
	emit(context, offsetof(struct sample, tail_count), 4, "tail_count", sample->tail_count);
	emit(context, offsetof(struct sample, tail_half), 2, "tail_half", sample->tail_half);
	emit(context, offsetof(struct sample, tail_byte), 1, "tail_byte", sample->tail_byte);
	return 0;
}

static int senseless_tail(const void *arg, size_t len, ioctl_emit_fn emit, void *context)
{
	(void)arg;
	(void)len;
	emit(context, 0, 8, "wrong", 0xdead);
	return -EBADMSG;
}

static struct ioctl_shape sample_shape(bool sensible)
{
	return (struct ioctl_shape){
		.name = "RNDGETENTCNT",
		.request = RNDGETENTCNT,
		.argument = IOCTL_STRUCT,
		.fields = sample_fields,
		.n_fields = COUNT(sample_fields),
		.tail = sensible ? sample_tail : senseless_tail,
	};
}

static const struct sample filled = {
	.wide = 0x1122334455667788,
	.pointer = 0xabcdefabcdef,
	.half = 0xa1b2,
	.byte = 0xc3,
	.pad2 = { 1, 2, 3, 4, 5 },
	.tail_wide = 0xfedcba9876543210,
	.tail_count = 0x89abcdef,
	.tail_half = 0xfeed,
	.tail_byte = 0x7f,
};

/* Record one ioctl on a structure that is filled already, and @after it what came of it. */
static const char *record_sample(const struct ioctl_shape *shape, struct sample *after)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_device *device;

	*after = filled;
	assert_int_equal(source_section(source, "test"), 0);
	assert_true(source_device_open(source, "/dev/urandom", &device) >= 0);
	assert_int_equal(source_ioctl_struct(device, shape, after, sizeof(*after)), 0);
	source_device_close(device);
	assert_null(source_problem(source));
	source_close(source);
	return capture;
}

static int replay_sample(const char *capture, const struct ioctl_shape *shape,
			 struct sample *sample, bool *is_problem)
{
	struct source *source = capture_replay(capture);
	struct source_device *device;
	int ret;

	assert_int_equal(source_section(source, "test"), 0);
	assert_int_equal(source_device_open(source, "/dev/urandom", &device), 0);
	ret = source_ioctl_struct(device, shape, sample, sizeof(*sample));
	*is_problem = source_problem(source);
	source_device_close(device);
	source_close(source);
	return ret;
}

TEST(an_ioctl_fills_its_structure_from_the_capture)
{
	struct ioctl_shape shape = sample_shape(true);
	struct sample live, replayed = { .wide = filled.wide, .pointer = 1 };
	const char *capture = record_sample(&shape, &live);
	bool is_problem;

	assert_int_equal(replay_sample(capture, &shape, &replayed, &is_problem), 0);
	assert_false(is_problem);
	assert_int_equal(replayed.count, live.count);
	assert_int_equal(replayed.wide, filled.wide);
	assert_int_equal(replayed.half, filled.half);
	assert_int_equal(replayed.byte, filled.byte);
	assert_int_equal(replayed.tail_wide, filled.tail_wide);
	assert_int_equal(replayed.tail_count, filled.tail_count);
	assert_int_equal(replayed.tail_half, filled.tail_half);
	assert_int_equal(replayed.tail_byte, filled.tail_byte);
	assert_int_equal(replayed.pointer, 1);
	assert_int_equal(replayed.pad, 0);
}

TEST(an_address_of_this_process_is_not_recorded)
{
	struct ioctl_shape shape = sample_shape(true);
	struct sample live;
	struct source *source = NULL;
	char *transcript;

	assert_int_equal(source_open_sysroot(&source, record_sample(&shape, &live)), 0);
	assert_int_equal(source_read(source, "/transcript.jsonl", &transcript, NULL), 0);
	source_close(source);

	assert_non_null(strstr(transcript, "\"wide\""));
	assert_null(strstr(transcript, "pointer"));
	assert_null(strstr(transcript, "abcdefabcdef"));
	free(transcript);
}

TEST(a_number_that_went_in_otherwise_is_a_problem)
{
	struct ioctl_shape shape = sample_shape(true);
	struct sample live, replayed = { .wide = filled.wide + 1 };
	const char *capture = record_sample(&shape, &live);
	bool is_problem;

	assert_int_equal(replay_sample(capture, &shape, &replayed, &is_problem), -ENODATA);
	assert_true(is_problem);
	/* And nothing was filled in. */
	assert_int_equal(replayed.wide, filled.wide + 1);
	assert_int_equal(replayed.half, 0);
	assert_int_equal(replayed.tail_wide, 0);
}

TEST(a_senseless_tail_is_recorded_byte_by_byte)
{
	struct ioctl_shape shape = sample_shape(false);
	struct sample live, replayed = { .wide = filled.wide };
	const char *capture = record_sample(&shape, &live);
	bool is_problem;

	assert_int_equal(replay_sample(capture, &shape, &replayed, &is_problem), 0);
	assert_false(is_problem);
	assert_memory_equal((char *)&replayed + offsetof(struct sample, pad2),
			    (char *)&live + offsetof(struct sample, pad2),
			    sizeof(live) - offsetof(struct sample, pad2));
	assert_int_equal(replayed.half, filled.half);
	/* The bytes of the fixed part are not among them, and of what was named nothing is left. */
	assert_int_equal(replayed.count, live.count);
	assert_int_equal(replayed.pad, 0);
	assert_int_equal(replayed.pointer, 0);
}

TEST(an_ioctl_that_failed_fails_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);

	for (unsigned int turn = 0; turn < 2; turn++) {
		struct iommu_type1_info info = { .argsz = sizeof(info) };
		struct source_device *device;

		assert_int_equal(source_section(source, "test"), 0);
		assert_true(source_device_open(source, "/dev/null", &device) >= 0);
		assert_int_equal(source_ioctl(device, &shape_get_api_version, 0), -ENOTTY);
		assert_int_equal(source_ioctl(device, &shape_set_iommu, 3), -ENOTTY);
		assert_int_equal(source_ioctl_device(device, &shape_group_set_container, device),
				 -ENOTTY);
		assert_int_equal(
			source_ioctl_struct(device, &shape_iommu_get_info, &info, sizeof(info)),
			-ENOTTY);
		assert_null(source_problem(source));
		source_device_close(device);
		source_close(source);
		if (!turn)
			source = capture_replay(capture);
	}
}

/* Replay @lines on an open container. */
static struct source *replay_vfio(const char *lines, struct source_device **device)
{
	struct source *source = replay_lines(
		keep(xasprintf("{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}\n%s", lines)));

	assert_int_equal(source_device_open(source, "/dev/vfio/vfio", device), 0);
	return source;
}

TEST(the_value_of_an_ioctl_is_compared)
{
	struct source_device *device;
	struct source *source = replay_vfio(
		"{'call': 'ioctl', 'request': 'VFIO_CHECK_EXTENSION', 'value': 3, 'ret': 1}\n",
		&device);

	assert_int_equal(source_ioctl(device, &shape_check_extension, 1), -ENODATA);
	assert_non_null(source_problem(source));
	assert_int_equal(source_ioctl(device, &shape_check_extension, 3), 1);
	source_device_close(device);
	source_close(source);
}

TEST(the_device_that_an_ioctl_takes_is_compared)
{
	struct source_device *device, *group;
	struct source *source =
		replay_vfio("{'call': 'open', 'path': '/dev/vfio/3', 'ret': 0}\n"
			    "{'call': 'ioctl', 'request': 'VFIO_GROUP_SET_CONTAINER', "
			    "'device': '/dev/vfio/vfio', 'ret': 0}\n",
			    &device);

	assert_int_equal(source_device_open(source, "/dev/vfio/3", &group), 0);
	assert_int_equal(source_ioctl_device(group, &shape_group_set_container, group), -ENODATA);
	assert_non_null(source_problem(source));
	assert_int_equal(source_ioctl_device(group, &shape_group_set_container, device), 0);
	source_device_close(group);
	source_device_close(device);
	source_close(source);
}

TEST(the_device_that_is_asked_is_compared)
{
	struct source_device *device;
	struct source *source = replay_vfio(
		"{'call': 'ioctl', 'request': 'VFIO_GET_API_VERSION', 'on': '/dev/vfio/3', "
		"'ret': 0}\n",
		&device);

	assert_int_equal(source_ioctl(device, &shape_get_api_version, 0), -ENODATA);
	assert_non_null(source_problem(source));
	source_device_close(device);
	source_close(source);
}

/* What goes into a structure: all of it, some of it, or nothing may be left to compare. */

static int unmap_against(const char *in, bool *is_problem)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
						    .iova = 0x1000,
						    .size = 0x2000 };
	struct source_device *device;
	struct source *source =
		replay_vfio(keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
					   "%s'ret': 0, 'out': {}}\n",
					   in)),
			    &device);
	int ret = source_ioctl_struct(device, &shape_iommu_unmap_dma, &unmap, sizeof(unmap));

	*is_problem = source_problem(source);
	source_device_close(device);
	source_close(source);
	return ret;
}

TEST(what_goes_into_a_structure_is_compared_as_far_as_it_was_left)
{
	static const char *const fitting[] = {
		"'in': {'argsz': 24, 'flags': 0, 'iova': '0x1000', 'size': '0x2000'}, ",
		"'in': {'iova': '0x1000'}, ",
		"'in': {'note': 'mine'}, ",
		"'in': {}, ",
		"",
	};
	static const char *const others[] = {
		"'in': {'argsz': 24, 'flags': 0, 'iova': '0x1001', 'size': '0x2000'}, ",
		"'in': {'argsz': 25}, ",
		"'in': {'iova': '0x0'}, ",
		"'in': {'size': null}, ",
		"'in': [], ",
		"'in': 0, ",
	};
	bool is_problem;

	for (size_t i = 0; i < COUNT(fitting); i++) {
		if (unmap_against(fitting[i], &is_problem) != 0 || is_problem)
			fail_msg("%s", fitting[i]);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		if (unmap_against(others[i], &is_problem) != -ENODATA || !is_problem)
			fail_msg("%s", others[i]);
	}
}

TEST(numbers_from_the_capture_may_be_text_or_numbers)
{
	struct iommu_type1_info info = { .argsz = 24, .cap_offset = 5, .pad = 7 };
	struct source_device *device;
	struct source *source = replay_vfio(
		"{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
		"'out': {'argsz': '0x18', 'flags': '10', 'iova_pgsizes': '0xfffffffffffff000', "
		"'cap_offset': []}}\n",
		&device);

	assert_int_equal(source_ioctl_struct(device, &shape_iommu_get_info, &info, sizeof(info)),
			 0);
	assert_int_equal(info.argsz, 24);
	assert_int_equal(info.flags, 10);
	assert_int_equal(info.iova_pgsizes, 0xfffffffffffff000);
	assert_int_equal(info.cap_offset, 0); /* what is no number counts as 0 */
	assert_int_equal(info.pad, 7);
	source_device_close(device);
	source_close(source);
}

TEST(a_field_that_only_goes_in_does_not_come_out)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = 0x1000 };
	struct source_device *device;
	struct source *source =
		replay_vfio("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', 'ret': 0, "
			    "'out': {'iova': '0x5000', 'size': '0x2000'}}\n",
			    &device);

	assert_int_equal(source_ioctl_struct(device, &shape_iommu_unmap_dma, &unmap, sizeof(unmap)),
			 0);
	assert_int_equal(unmap.iova, 0x1000);
	assert_int_equal(unmap.size, 0x2000);
	source_device_close(device);
	source_close(source);
}

/* One GET_INFO whose tail is @tail, on @len bytes that end where their memory ends. */
static void replay_hostile_tail(const char *tail, size_t len, unsigned char *result)
{
	unsigned char *arg = calloc(1, len);
	struct source_device *device;
	struct source *source = replay_vfio(
		keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
			       "'tail': [%s]}\n",
			       tail)),
		&device);

	assert_non_null(arg);
	assert_int_equal(source_ioctl_struct(device, &shape_iommu_get_info, arg, len), 0);
	memcpy(result, arg, len);
	source_device_close(device);
	source_close(source);
	free(arg);
}

TEST(a_tail_that_leads_out_of_the_structure_is_not_followed)
{
	static const char *const tails[] = {
		"'40 u8 byte 0xff'",
		"'39 u16 x 0xffff'",
		"'38 u32 x 0xffffffff'",
		"'33 u64 x 0xffffffffffffffff'",
		"'-1 u8 x 0xff'",
		"'-8 u64 x 0xff'",
		"'18446744073709551615 u8 x 0xff'",
		"'18446744073709551608 u64 x 0xff'",
		"'18446744073709551616 u64 x 0xff'",
		"'4294967296 u8 x 0xff'",
		"'32 u128 x 0xff'",
		"'32 u7 x 0xff'",
		"'32 u0 x 0xff'",
		"'32 u8'",
		"'32 u8 x'",
		"'32 u8 x -1'",
		"'32 u8 x 0x10000000000000000'",
		"'32 u8 x zz'",
		"'nonsense'",
		"''",
		"7, null, [], {}",
	};
	static const unsigned char zero[40];

	for (size_t i = 0; i < COUNT(tails); i++) {
		unsigned char result[40];

		replay_hostile_tail(tails[i], sizeof(result), result);
		if (memcmp(result, zero, sizeof(zero)) != 0)
			fail_msg("%s", tails[i]);
	}
}

TEST(a_tail_is_followed_up_to_the_last_byte)
{
	unsigned char result[40];

	replay_hostile_tail("'39 u8 byte 0xff', '36 u16 x 0x1111', '24 u64 x 0x2222222222222222'",
			    sizeof(result), result);
	assert_int_equal(result[39], 0xff);
	assert_int_equal(result[38], 0);
	assert_int_equal(result[36], 0x11);
	assert_int_equal(result[31], 0x22);
	assert_int_equal(result[32], 0);
}

TEST(fields_beyond_a_short_structure_are_not_read)
{
	uint32_t *arg = calloc(1, 12); /* iova would end at 16 */
	struct source_device *device;
	struct source *source = replay_vfio(
		"{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', 'in': {'argsz': 12, "
		"'flags': 0, 'iova': '0x1000'}, 'ret': 0}\n",
		&device);

	assert_non_null(arg);
	arg[0] = 12;
	assert_int_equal(source_ioctl_struct(device, &shape_iommu_unmap_dma, arg, 12), 0);
	free(arg);
	source_device_close(device);
	source_close(source);
}

TEST(fields_beyond_a_short_structure_are_not_written)
{
	uint32_t *arg = calloc(1, 18); /* cap_offset would end at 20 */
	struct source_device *device;
	struct source *source = replay_vfio(
		"{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
		"'out': {'argsz': 24, 'flags': 3, 'iova_pgsizes': '0x1000', 'cap_offset': 24}}\n",
		&device);

	assert_non_null(arg);
	assert_int_equal(source_ioctl_struct(device, &shape_iommu_get_info, arg, 18), 0);
	assert_int_equal(arg[0], 24);
	assert_int_equal(arg[1], 3);
	free(arg);
	source_device_close(device);
	source_close(source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_is_something_that_is_there),
		cmocka_unit_test(a_capture_has_files_and_a_transcript),
		cmocka_unit_test(the_parts_of_a_capture_are_no_links),
		cmocka_unit_test(the_parts_of_a_capture_are_a_directory_and_a_file),
		cmocka_unit_test(a_transcript_is_json_objects),
		cmocka_unit_test(a_problem_names_the_line),
		cmocka_unit_test(json_of_any_depth_is_refused_in_good_order),
		cmocka_unit_test(a_transcript_holds_so_many_values_and_no_more),
		cmocka_unit_test(a_transcript_begins_with_its_header),
		cmocka_unit_test(a_transcript_without_a_header_is_none),
		cmocka_unit_test(another_format_is_refused),
		cmocka_unit_test(a_transcript_has_no_nul),
		cmocka_unit_test(a_call_stands_in_a_section),
		cmocka_unit_test(comments_and_empty_lines_may_stand_anywhere_below),
		cmocka_unit_test(answers_come_in_their_order),
		cmocka_unit_test(another_question_than_recorded_is_a_problem),
		cmocka_unit_test(another_call_than_recorded_is_a_problem),
		cmocka_unit_test(a_question_behind_the_last_answer_is_a_problem),
		cmocka_unit_test(what_was_taken_out_of_an_answer_is_not_compared),
		cmocka_unit_test(an_errno_goes_by_its_name),
		cmocka_unit_test(sections_are_found_by_their_names),
		cmocka_unit_test(sections_are_recorded),
		cmocka_unit_test(a_fact_is_recorded_once_until_it_changes),
		cmocka_unit_test(errors_of_files_come_from_facts),
		cmocka_unit_test(an_ioctl_fills_its_structure_from_the_capture),
		cmocka_unit_test(an_address_of_this_process_is_not_recorded),
		cmocka_unit_test(a_number_that_went_in_otherwise_is_a_problem),
		cmocka_unit_test(a_senseless_tail_is_recorded_byte_by_byte),
		cmocka_unit_test(an_ioctl_that_failed_fails_in_the_capture),
		cmocka_unit_test(the_value_of_an_ioctl_is_compared),
		cmocka_unit_test(the_device_that_an_ioctl_takes_is_compared),
		cmocka_unit_test(the_device_that_is_asked_is_compared),
		cmocka_unit_test(what_goes_into_a_structure_is_compared_as_far_as_it_was_left),
		cmocka_unit_test(numbers_from_the_capture_may_be_text_or_numbers),
		cmocka_unit_test(a_field_that_only_goes_in_does_not_come_out),
		cmocka_unit_test(a_tail_that_leads_out_of_the_structure_is_not_followed),
		cmocka_unit_test(a_tail_is_followed_up_to_the_last_byte),
		cmocka_unit_test(fields_beyond_a_short_structure_are_not_read),
		cmocka_unit_test(fields_beyond_a_short_structure_are_not_written),
	};

	return UNIT_RUN("transcript", tests);
}
