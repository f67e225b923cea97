/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/directory.h"
#include "source/internal.h"

/* Take @capability away, or back as far as it was there. */
static void set_capability(unsigned int capability, bool wanted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint32_t bit = UINT32_C(1) << capability; /* all of them are in the first word */

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	if (wanted)
		data[0].effective |= data[0].permitted & bit;
	else
		data[0].effective &= ~bit;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* Let closed files be closed to this process, also when it runs as root. */
static void obey_modes(bool obey)
{
	set_capability(CAP_DAC_OVERRIDE, !obey);
	set_capability(CAP_DAC_READ_SEARCH, !obey);
}

static struct source *record_into(const char *directory)
{
	struct source *source = NULL;

	assert_int_equal(source_open_record(&source, directory), 0);
	assert_int_equal(source_mode(source), SOURCE_RECORD);
	return source;
}

static struct source *sysroot(const char *directory)
{
	struct source *source = NULL;

	assert_int_equal(source_open_sysroot(&source, directory), 0);
	assert_int_equal(source_mode(source), SOURCE_SYSROOT);
	return source;
}

/*
 * Record and replay: questions about files, asked of a directory while it is recorded, and then of
 * the capture when the directory is gone.
 */

enum kind { READ, ATTRIBUTE, LIST, LINKS, LINK, EXISTS, IN_DIR };

struct question {
	enum kind kind;
	const char *path;
	const char *name; /* IN_DIR only */
};

static const struct question questions[] = {
	{ READ, "attr", NULL },	      { READ, "empty", NULL },
	{ READ, "big", NULL },	      { READ, "nul", NULL },
	{ READ, "missing", NULL },    { READ, "sub", NULL },
	{ READ, "closed", NULL },     { READ, "closed-dir/inner", NULL },
	{ READ, "attr/below", NULL }, { READ, "self", NULL },
	{ READ, "dangling", NULL },   { ATTRIBUTE, "attr", NULL },
	{ ATTRIBUTE, "empty", NULL }, { ATTRIBUTE, "page", NULL },
	{ ATTRIBUTE, "nul", NULL },   { ATTRIBUTE, "missing", NULL },
	{ ATTRIBUTE, "sub", NULL },   { ATTRIBUTE, "closed", NULL },
	{ LIST, ".", NULL },	      { LIST, "sub", NULL },
	{ LIST, "none", NULL },	      { LIST, "missing", NULL },
	{ LIST, "attr", NULL },	      { LIST, "closed-dir", NULL },
	{ LINKS, ".", NULL },	      { LINKS, "sub", NULL },
	{ LINKS, "none", NULL },      { LINKS, "missing", NULL },
	{ LINKS, "attr", NULL },      { LINKS, "closed-dir", NULL },
	{ LINK, "link", NULL },	      { LINK, "dangling", NULL },
	{ LINK, "absolute", NULL },   { LINK, "attr", NULL },
	{ LINK, "sub", NULL },	      { LINK, "missing", NULL },
	{ EXISTS, "attr", NULL },     { EXISTS, "sub", NULL },
	{ EXISTS, "sub/two9", NULL }, { EXISTS, "missing", NULL },
	{ EXISTS, "dangling", NULL }, { EXISTS, "self", NULL },
	{ EXISTS, "closed", NULL },   { EXISTS, "closed-dir/inner", NULL },
	{ IN_DIR, "sub", "one" },     { IN_DIR, "sub", "two10" },
	{ IN_DIR, "sub", "missing" }, { IN_DIR, "missing", "one" },
	{ IN_DIR, "attr", "one" },
};

/* The directory that is asked about. */
static const char *make_host(void)
{
	const char *host = directory_new();
	char big[100000];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 256);
	put_file(host, "attr", "value\n");
	put_file(host, "empty", "");
	put_bytes(host, "big", big, sizeof(big));
	/* As much as is read at a time. */
	put_bytes(host, "page", big, 4096);
	put_bytes(host, "nul", "a\0b\n", 4);
	put_file(host, "sub/one", "1\n");
	put_file(host, "sub/two10", "10\n");
	put_file(host, "sub/two9", "9\n");
	put_directory(host, "none");
	put_file(host, "closed", "secret\n");
	put_file(host, "closed-dir/inner", "secret\n");
	put_link(host, "link", "sub/one");
	put_link(host, "dangling", "../nowhere/at/all");
	put_link(host, "absolute", "/sub/one");
	put_link(host, "self", "self");
	put_link(host, "to-sub", "sub");
	put_link(host, "to-none", "none");
	assert_int_equal(chmod(path_in(host, "closed"), 0), 0);
	assert_int_equal(chmod(path_in(host, "closed-dir"), 0), 0);
	return host;
}

static void print_text(FILE *out, int ret, char *text, size_t len)
{
	if (ret < 0)
		return;
	assert_int_equal(text[len], '\0');
	fprintf(out, " %zu bytes ", len);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", (unsigned char)text[i]);
	free(text);
}

static void answer_list(struct source *source, const char *path, FILE *out)
{
	struct source_list list = { 0 };
	int ret = source_list(source, path, &list);

	fprintf(out, "%d", ret);
	for (size_t i = 0; i < list.count; i++)
		fprintf(out, " %s", list.name[i]);
	source_list_clear(&list);
}

static void answer_links(struct source *source, const char *path, FILE *out)
{
	struct source_list names = { 0 }, targets = { 0 };
	int ret = source_links(source, path, &names, &targets);

	fprintf(out, "%d", ret);
	assert_int_equal(names.count, targets.count);
	for (size_t i = 0; i < names.count; i++)
		fprintf(out, " %s>%s", names.name[i], targets.name[i] ? targets.name[i] : "");
	source_list_clear(&names);
	source_list_clear(&targets);
}

static void answer_in_dir(struct source *source, const char *path, const char *name, FILE *out)
{
	struct source_dir *dir;
	char *text = NULL;
	size_t len = 0;
	int ret = source_dir_open(source, path, &dir);

	fprintf(out, "%d", ret);
	if (ret < 0)
		return;
	ret = source_dir_read(dir, name, &text, &len);
	fprintf(out, " %d", ret);
	print_text(out, ret, text, len);
	source_dir_close(dir);
}

/* The answer to @question as text; free it. */
static char *answer(struct source *source, const char *host, const struct question *question)
{
	const char *path = strcmp(question->path, ".") == 0 ? host : path_in(host, question->path);
	char *answer = NULL, *text = NULL;
	size_t answer_len, len = 0;
	FILE *out = open_memstream(&answer, &answer_len);
	int ret;

	assert_non_null(out);
	switch (question->kind) {
	case READ:
		ret = source_read(source, path, &text, &len);
		fprintf(out, "%d", ret);
		print_text(out, ret, text, len);
		break;
	case ATTRIBUTE:
		ret = source_attribute(source, path, &text, &len);
		fprintf(out, "%d", ret);
		print_text(out, ret, text, len);
		break;
	case LINKS:
		answer_links(source, path, out);
		break;
	case LIST:
		answer_list(source, path, out);
		break;
	case LINK:
		ret = source_link(source, path, &text);
		fprintf(out, "%d %s", ret, ret < 0 ? "" : text);
		free(text);
		break;
	case EXISTS:
		fprintf(out, "%d", source_exists(source, path));
		break;
	case IN_DIR:
		answer_in_dir(source, path, question->name, out);
		break;
	}
	fclose(out);
	return answer;
}

/* Record @asked in its order or backwards, take the directory away, and ask the capture the same. */
static void assert_round_trip(const char *host, const struct question *asked, size_t count,
			      bool backwards)
{
	const char *capture = directory_new();
	char *answers[COUNT(questions)] = { NULL };
	struct source *source = record_into(capture);

	assert_true(count <= COUNT(answers));
	obey_modes(true);
	for (size_t i = 0; i < count; i++) {
		size_t at = backwards ? count - 1 - i : i;

		answers[at] = answer(source, host, &asked[at]);
	}
	obey_modes(false);
	assert_null(source_problem(source));
	source_close(source);

	directory_remove(host);
	source = capture_replay(capture);
	for (size_t i = 0; i < count; i++) {
		char *again = answer(source, host, &asked[i]);

		if (strcmp(again, answers[i]) != 0)
			fail_msg("question %d about %s: %.80s, and from the capture %.80s",
				 (int)asked[i].kind, asked[i].path, answers[i], again);
		free(again);
		free(answers[i]);
	}
	assert_null(source_problem(source));
	source_close(source);
}

TEST(a_capture_answers_as_the_host_did)
{
	assert_round_trip(make_host(), questions, COUNT(questions), false);
}

TEST(a_capture_does_not_depend_on_the_order_of_questions)
{
	assert_round_trip(make_host(), questions, COUNT(questions), true);
}

TEST(each_question_alone_is_answered_as_the_host_did)
{
	for (size_t i = 0; i < COUNT(questions); i++)
		assert_round_trip(make_host(), &questions[i], 1, false);
}

TEST(a_directory_that_was_looked_for_can_be_listed)
{
	static const struct question asked[] = { { EXISTS, "sub", NULL }, { LIST, "sub", NULL } };

	assert_round_trip(make_host(), asked, COUNT(asked), false);
}

TEST(a_directory_that_cannot_be_opened_cannot_be_in_the_capture_either)
{
	static const struct question closed[] = { { IN_DIR, "closed-dir", "inner" } };

	assert_round_trip(make_host(), closed, 1, false);
}

TEST(the_host_gives_the_errors_it_should)
{
	const char *host = make_host();
	struct source *source = NULL;
	char *text;
	struct source_list list;

	assert_int_equal(source_open_live(&source), 0);
	obey_modes(true);
	assert_int_equal(source_read(source, path_in(host, "closed"), &text, NULL), -EACCES);
	assert_int_equal(source_list(source, path_in(host, "closed-dir"), &list), -EACCES);
	assert_int_equal(source_exists(source, path_in(host, "closed-dir/inner")), -EACCES);
	obey_modes(false);
	assert_int_equal(source_read(source, path_in(host, "missing"), &text, NULL), -ENOENT);
	assert_int_equal(source_exists(source, path_in(host, "missing")), -ENOENT);
	assert_int_equal(source_link(source, path_in(host, "attr"), &text), -EINVAL);
	source_close(source);
}

TEST(names_are_listed_in_the_order_of_their_numbers)
{
	const char *host = make_host();
	struct source *source = NULL;
	struct source_list list;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_list(source, path_in(host, "sub"), &list), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.name[0], "one");
	assert_string_equal(list.name[1], "two9");
	assert_string_equal(list.name[2], "two10");
	source_list_clear(&list);
	assert_null(list.name);
	assert_int_equal(source_list(source, path_in(host, "none"), &list), 0);
	assert_int_equal(list.count, 0);
	source_list_clear(&list);
	source_close(source);
}

TEST(links_are_read_with_their_directory)
{
	const char *host = make_host();
	struct source_list names, targets;
	struct source *source = NULL;

	put_link(host, "two/b", "../attr");
	put_link(host, "two/a", "nowhere");
	put_file(host, "two/c", "no link\n");
	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_links(source, path_in(host, "two"), &names, &targets), 0);
	assert_int_equal(names.count, 3);
	assert_int_equal(targets.count, 3);
	assert_string_equal(names.name[0], "a");
	assert_string_equal(targets.name[0], "nowhere");
	assert_string_equal(targets.name[1], "../attr");
	assert_null(targets.name[2]);
	source_list_clear(&names);
	source_list_clear(&targets);
	source_close(source);
}

TEST(what_goes_after_it_was_listed_is_gone_in_the_capture)
{
	const char *capture = directory_new();
	const char *host = make_host();
	struct source *source = record_into(capture);
	struct source_list list;
	struct source_dir *dir;
	char *text;

	assert_int_equal(source_list(source, path_in(host, "sub"), &list), 0);
	source_list_clear(&list);
	assert_int_equal(unlink(path_in(host, "sub/one")), 0);
	assert_int_equal(unlink(path_in(host, "sub/two9")), 0);
	assert_int_equal(source_read(source, path_in(host, "sub/one"), &text, NULL), -ENOENT);
	assert_int_equal(source_exists(source, path_in(host, "sub/one")), -ENOENT);
	assert_int_equal(source_dir_open(source, path_in(host, "sub"), &dir), 0);
	assert_int_equal(source_dir_read(dir, "two9", &text, NULL), -ENOENT);
	source_dir_close(dir);
	source_close(source);

	source = capture_replay(capture);
	assert_int_equal(source_list(source, path_in(host, "sub"), &list), 0);
	assert_int_equal(list.count, 3);
	source_list_clear(&list);
	assert_int_equal(source_read(source, path_in(host, "sub/one"), &text, NULL), -ENOENT);
	assert_int_equal(source_exists(source, path_in(host, "sub/one")), -ENOENT);
	assert_int_equal(source_dir_open(source, path_in(host, "sub"), &dir), 0);
	assert_int_equal(source_dir_read(dir, "two9", &text, NULL), -ENOENT);
	source_dir_close(dir);
	source_close(source);
}

TEST(of_two_readings_the_later_one_counts)
{
	const char *capture = directory_new();
	const char *host = make_host();
	const char *path = path_in(host, "attr");
	struct source *source = record_into(capture);
	char *text;

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(source_read(source, path, &text, NULL), 0);
		free(text);
		put_file(host, "attr", "new\n");
	}
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_read(source, path, &text, NULL), 0);
	assert_string_equal(text, "new\n");
	free(text);
	source_close(source);
}

TEST(what_is_not_there_needs_no_line)
{
	const char *capture = directory_new();
	const char *host = make_host();
	struct source *source = record_into(capture);
	const char *missing = path_in(host, "missing");
	struct source_list list;
	struct source_dir *dir;
	char *text;

	assert_int_equal(source_read(source, missing, &text, NULL), -ENOENT);
	assert_int_equal(source_list(source, missing, &list), -ENOENT);
	assert_int_equal(source_link(source, missing, &text), -ENOENT);
	assert_int_equal(source_exists(source, missing), -ENOENT);
	assert_int_equal(source_dir_open(source, missing, &dir), -ENOENT);
	source_close(source);
	source = sysroot(capture);
	assert_int_equal(source_read(source, "/transcript.jsonl", &text, NULL), 0);
	assert_null(strstr(text, "missing"));
	free(text);
	source_close(source);
}

TEST(what_was_only_listed_is_there_and_empty)
{
	const char *capture = directory_new();
	const char *host = make_host();
	struct source *source = record_into(capture);
	struct source_list list;
	char *text;
	size_t len;

	assert_int_equal(source_list(source, path_in(host, "sub"), &list), 0);
	source_list_clear(&list);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_exists(source, path_in(host, "sub/one")), 0);
	assert_int_equal(source_read(source, path_in(host, "sub/one"), &text, &len), 0);
	assert_int_equal(len, 0);
	free(text);
	source_close(source);
}

TEST(what_was_not_recorded_is_not_taken_from_this_machine)
{
	const char *host = make_host();
	struct source *source = replay_lines("");
	struct source_device *device;
	struct source_list list;
	char *text;

	assert_int_equal(source_read(source, path_in(host, "attr"), &text, NULL), -ENOENT);
	assert_int_equal(source_list(source, path_in(host, "sub"), &list), -ENOENT);
	assert_int_equal(source_link(source, path_in(host, "link"), &text), -ENOENT);
	assert_int_equal(source_exists(source, "/dev/null"), -ENOENT);
	assert_null(source_problem(source));
	assert_int_equal(source_device_open(source, "/dev/null", &device), -ENODATA);
	assert_non_null(source_problem(source));
	source_close(source);
}

/* Links: what a capture can't hold must not be held wrongly in silence. */

/* Either recording complained, or the capture answers as the host did. */
static void assert_link_is_kept_or_missed(const struct question *asked, size_t count)
{
	const char *capture = directory_new();
	const char *host = make_host();
	char *answers[4] = { NULL };
	struct source *source = record_into(capture);
	bool complained;

	assert_true(count <= COUNT(answers));
	for (size_t i = 0; i < count; i++)
		answers[i] = answer(source, host, &asked[i]);
	complained = source_problem(source);
	source_close(source);
	source = capture_replay(capture);
	for (size_t i = 0; i < count; i++) {
		char *again = answer(source, host, &asked[i]);

		if (!complained && strcmp(again, answers[i]) != 0)
			fail_msg("question %d about %s: %.80s, and from the capture %.80s",
				 (int)asked[i].kind, asked[i].path, answers[i], again);
		free(again);
		free(answers[i]);
	}
	source_close(source);
}

TEST(a_link_that_was_read_through_after_its_listing)
{
	static const struct question asked[] = { { LIST, ".", NULL }, { READ, "link", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_that_was_read_through_before_its_listing)
{
	static const struct question asked[] = { { READ, "link", NULL },
						 { LIST, ".", NULL },
						 { LINK, "link", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_whose_directory_is_listed)
{
	static const struct question asked[] = { { LINK, "to-sub", NULL },
						 { LIST, "to-sub", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_whose_empty_directory_is_listed)
{
	static const struct question asked[] = { { LINK, "to-none", NULL },
						 { LIST, "to-none", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_whose_directory_is_opened)
{
	static const struct question asked[] = { { LINK, "to-sub", NULL },
						 { IN_DIR, "to-sub", "one" } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_that_exists_after_its_listing)
{
	static const struct question asked[] = { { LIST, ".", NULL }, { EXISTS, "link", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_link_that_exists_before_its_listing)
{
	static const struct question asked[] = { { EXISTS, "link", NULL }, { LINK, "link", NULL } };

	assert_link_is_kept_or_missed(asked, COUNT(asked));
}

TEST(a_recorded_link_leads_the_recorder_nowhere)
{
	const char *capture = directory_new();
	const char *outside = directory_new();
	const char *host = directory_new();
	struct source *source = record_into(capture);
	struct stat before, after;
	char *text;

	put_file(outside, "inner", "kept\n");
	put_link(host, "away", outside);
	put_link(host, "file", path_in(outside, "inner"));
	assert_int_equal(stat(path_in(outside, "inner"), &before), 0);
	assert_int_equal(source_link(source, path_in(host, "away"), &text), 0);
	free(text);
	assert_int_equal(source_read(source, path_in(host, "away/inner"), &text, NULL), 0);
	assert_string_equal(text, "kept\n");
	free(text);
	assert_int_equal(source_link(source, path_in(host, "file"), &text), 0);
	free(text);
	assert_int_equal(source_read(source, path_in(host, "file"), &text, NULL), 0);
	free(text);
	assert_non_null(source_problem(source));
	source_close(source);
	assert_int_equal(stat(path_in(outside, "inner"), &after), 0);
	assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

/* Recording */

TEST(a_capture_is_for_its_owner_only)
{
	const char *directory = path_in(directory_new(), "capture");
	struct source *source = record_into(directory);
	struct stat st;

	source_close(source);
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path_in(directory, "files"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path_in(directory, "transcript.jsonl"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

TEST(a_capture_is_not_written_over_another)
{
	const char *directory = directory_new();
	struct source *source = record_into(directory);

	source_close(source);
	source = NULL;
	assert_int_equal(source_open_record(&source, directory), -ENOTEMPTY);
	assert_null(source);
}

TEST(a_capture_is_not_written_among_other_files)
{
	const char *directory = directory_new();
	struct source *source = NULL;

	put_file(directory, "notes", "mine\n");
	assert_int_equal(source_open_record(&source, directory), -ENOTEMPTY);
	assert_null(source);
}

TEST(a_capture_is_not_written_where_others_may_write)
{
	static const mode_t modes[] = { 0777, 0770, 0702 };
	const char *directory = directory_new();
	struct source *source = NULL;

	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_int_equal(chmod(directory, modes[i]), 0);
		assert_int_equal(source_open_record(&source, directory), -EPERM);
		assert_null(source);
	}
	assert_int_equal(chmod(directory, 0755), 0);
	/* Somebody else's, where this process may make it so. */
	if (chown(directory, geteuid() + 1, (gid_t)-1) == 0) {
		assert_int_equal(source_open_record(&source, directory), -EPERM);
		assert_int_equal(chown(directory, geteuid(), (gid_t)-1), 0);
	}
	source_close(record_into(directory));
}

TEST(a_capture_needs_a_place)
{
	const char *directory = directory_new();
	struct source *source = NULL;

	put_file(directory, "file", "");
	assert_int_equal(source_open_record(&source, path_in(directory, "file")), -ENOTDIR);
	assert_int_equal(source_open_record(&source, path_in(directory, "no/such")), -ENOENT);
	assert_null(source);
}

TEST(what_cannot_be_written_is_said)
{
	const char *capture = directory_new();
	const char *host = make_host();
	struct source *source = record_into(capture);
	char *text;

	put_file(capture, "files", "somebody else's\n");
	assert_int_equal(source_read(source, path_in(host, "attr"), &text, NULL), 0);
	assert_string_equal(text, "value\n");
	free(text);
	assert_null(source_problem(source));
	assert_int_equal(source_save(source), -EEXIST);
	assert_non_null(source_problem(source));
	source_close(source);
}

TEST(a_name_that_is_no_utf8_does_not_end_the_program)
{
	const char *host = directory_new();
	const char *capture = directory_new();
	pid_t child;
	int status;

	put_file(host, "name\xff", "");
	assert_int_equal(chmod(path_in(host, "name\xff"), 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct source *source = NULL;
		char *text;

		if (source_open_record(&source, capture) < 0)
			_exit(1);
		obey_modes(true);
		_exit(source_read(source, path_in(host, "name\xff"), &text, NULL) != -EACCES);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* The system */

TEST(the_system_is_the_same_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_system live, replayed;

	assert_int_equal(source_system(source, &live), 0);
	assert_true(live.page_size >= 4096);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_system(source, &replayed), 0);
	assert_string_equal(replayed.release, live.release);
	assert_string_equal(replayed.build, live.build);
	assert_string_equal(replayed.arch, live.arch);
	assert_string_equal(replayed.node, live.node);
	assert_int_equal(replayed.page_size, live.page_size);
	source_system_clear(&live);
	source_system_clear(&replayed);
	source_close(source);
}

TEST(a_capture_without_the_system_does_not_know_it)
{
	struct source *source = replay_lines("");
	struct source_system system;

	assert_int_equal(source_system(source, &system), -ENODATA);
	assert_null(system.release);
	source_system_clear(&system);
	source_close(source);
}

TEST(words_of_the_capture_are_cleaned)
{
	struct source *source = replay_lines("{'fact': 'system', 'release': '6.1\\u001b[31m', "
					     "'version': 7, 'page_size': '4096'}\n");
	struct source_system system;

	assert_int_equal(source_system(source, &system), 0);
	assert_string_equal(system.release, "6.1?[31m");
	assert_null(system.build);
	assert_null(system.arch);
	assert_int_equal(system.page_size, 4096);
	source_system_clear(&system);
	source_close(source);
}

static void assert_same_name(const char *one, const char *two)
{
	assert_int_equal(one == NULL, two == NULL);
	if (one && two)
		assert_string_equal(one, two);
}

TEST(names_of_devices_are_the_same_in_the_capture)
{
	static const struct pci_id id = { 0x8086, 0x10d3, 0x020000 };
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct pci_names live, replayed;

	source_pci_names(source, &id, &live);
	source_close(source);
	source = capture_replay(capture);
	source_pci_names(source, &id, &replayed);
	assert_same_name(replayed.vendor, live.vendor);
	assert_same_name(replayed.device, live.device);
	assert_same_name(replayed.class_name, live.class_name);
	free(live.vendor);
	free(live.device);
	free(live.class_name);
	free(replayed.vendor);
	free(replayed.device);
	free(replayed.class_name);
	source_close(source);
}

TEST(who_holds_a_file_is_the_same_in_the_capture)
{
	const char *host = make_host();
	const char *held = path_in(host, "attr");
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_holders live, nobody, replayed;
	int fd = open(held, O_RDONLY | O_CLOEXEC);
	int again = open(held, O_RDONLY | O_CLOEXEC);
	int seen;

	assert_true(fd >= 0 && again >= 0);
	seen = source_holders(source, host, &live);
	assert_true(seen == 0 || seen == -EACCES); /* not all processes may be looked into */
	assert_int_equal(live.count, 1);	   /* once, however often it is open */
	assert_ptr_equal(source_holders_find(&live, held), live.holder);
	assert_null(source_holders_find(&live, path_in(host, "att")));
	assert_int_equal(live.holder->pid, getpid());
	assert_non_null(live.holder->name);
	/* A directory is no prefix of a name. */
	source_holders(source, path_in(host, "att"), &nobody);
	assert_int_equal(nobody.count, 0);
	close(fd);
	close(again);
	source_close(source);

	source = capture_replay(capture);
	assert_int_equal(source_holders(source, host, &replayed), seen);
	assert_int_equal(replayed.count, 1);
	assert_string_equal(replayed.holder->path, held);
	assert_int_equal(replayed.holder->pid, live.holder->pid);
	assert_string_equal(replayed.holder->name, live.holder->name);
	source_holders_clear(&replayed);
	source_holders_clear(&live);
	assert_int_equal(source_holders(source, "/dev/vfio", &replayed), -ENODATA);
	assert_int_equal(replayed.count, 0);
	/* Of the other processes nothing is in it. */
	assert_int_equal(source_exists(source, "/proc"), -ENOENT);
	source_close(source);
}

TEST(memory_is_aligned_as_asked)
{
	struct source *source = NULL;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct source_memory memory[2][10];

	assert_int_equal(source_open_live(&source), 0);
	for (unsigned int i = 0; i < 10; i++) {
		size_t len = page << i;

		/* One page between any two, so that they can't be aligned by chance. */
		assert_int_equal(source_memory_map(source, page, page, &memory[0][i]), 0);
		assert_int_equal(source_memory_map(source, len, len, &memory[1][i]), 0);
		assert_int_equal((uintptr_t)memory[1][i].address % len, 0);
		assert_int_equal(memory[1][i].len, len);
		memset(memory[1][i].address, 1, len);
	}
	for (unsigned int i = 0; i < 10; i++) {
		source_memory_unmap(&memory[0][i]);
		source_memory_unmap(&memory[1][i]);
	}
	source_close(source);
}

/* Tell whether a child has memory at @address. */
static bool child_has(void *address)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(msync(address, 1, MS_ASYNC) == 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* It would be moved for one of both when a page is written to, while a device goes on with the old one. */
TEST(memory_for_devices_is_not_shared_with_children)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct source *source = NULL;
	struct source_memory memory;
	struct source_taking taking;
	void *pair;

	assert_int_equal(source_open_live(&source), 0);
	assert_true(child_has((void *)((uintptr_t)&source & ~(page - 1))));
	assert_int_equal(source_memory_map(source, 4 * page, page, &memory), 0);
	assert_false(child_has(memory.address));
	/* Pages that were moved together too. */
	assert_int_equal(source_memory_pair(source, &memory, page, 0, 2, &pair), 0);
	assert_false(child_has(pair));
	source_memory_unmap(&memory);
	assert_int_equal(
		source_memory_take(source, SOURCE_PAGES_BASE, page, 4 * page, &memory, &taking), 0);
	assert_false(child_has(memory.address));
	source_memory_unmap(&memory);
	source_close(source);
}

TEST(a_process_that_may_not_be_looked_into_leaves_it_open)
{
	static const unsigned int capabilities[] = { CAP_SYS_PTRACE, CAP_DAC_OVERRIDE,
						     CAP_DAC_READ_SEARCH };
	const char *directory = directory_new();
	struct source *source = NULL;
	struct source_holders holders;
	int ready[2], ret;
	pid_t child;
	char byte;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, 0);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	for (size_t i = 0; i < COUNT(capabilities); i++)
		set_capability(capabilities[i], false);
	ret = source_holders(source, directory, &holders);
	source_holders_clear(&holders);
	for (size_t i = 0; i < COUNT(capabilities); i++)
		set_capability(capabilities[i], true);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	source_close(source);
	assert_int_equal(ret, -EACCES);
}

TEST(memory_and_its_frames_are_the_same_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct source_memory memory;
	uint64_t live[64] = { 0 }, replayed[64];
	int ret;

	assert_int_equal(source_section(source, "test"), 0);
	assert_int_equal(source_memory_map(source, 64 * page, 64 * page, &memory), 0);
	assert_int_equal((uintptr_t)memory.address % (64 * page), 0);
	memset(memory.address, 1, memory.len);
	ret = source_frames(source, &memory, page, live, 64);
	source_memory_unmap(&memory);
	assert_null(memory.address);
	source_close(source);

	source = capture_replay(capture);
	assert_int_equal(source_section(source, "test"), 0);
	assert_int_equal(source_memory_map(source, 64 * page, 64 * page, &memory), 0);
	assert_int_equal(source_frames(source, &memory, page, replayed, 64), ret);
	if (ret == 0)
		assert_memory_equal(replayed, live, sizeof(live));
	source_memory_unmap(&memory);
	source_close(source);
}

/* Whether each page of it can be written. */
static void write_all_of(const struct source_memory *memory)
{
	memset(memory->address, 1, memory->len);
}

TEST(memory_of_a_kind_of_pages_and_its_time_are_the_same_in_the_capture)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_taking live, replayed;
	struct source_memory memory;

	assert_int_equal(source_section(source, "test"), 0);
	assert_int_equal(
		source_memory_take(source, SOURCE_PAGES_BASE, page, 32 * page, &memory, &live), 0);
	write_all_of(&memory);
	assert_int_equal(live.huge, 0);
	assert_true(live.nanoseconds > 0);
	source_memory_unmap(&memory);
	assert_null(memory.address);
	source_close(source);

	source = capture_replay(capture);
	assert_int_equal(source_section(source, "test"), 0);
	assert_int_equal(
		source_memory_take(source, SOURCE_PAGES_BASE, page, 32 * page, &memory, &replayed),
		0);
	assert_int_equal(replayed.nanoseconds, live.nanoseconds);
	source_memory_unmap(&memory);
	source_close(source);
}

TEST(memory_of_another_kind_than_recorded_is_a_problem)
{
	struct source *source = replay_lines(
		"{'call': 'memory', 'bytes': 4096, 'pages': 'base', 'page': 4096, 'ret': 0}\n");
	struct source_taking taking;
	struct source_memory memory;

	assert_int_equal(
		source_memory_take(source, SOURCE_PAGES_HUGETLB, 4096, 4096, &memory, &taking),
		-ENODATA);
	assert_null(memory.address);
	assert_non_null(source_problem(source));
	source_close(source);
}

/* No kernel has pages of that size, so none are to be had: an error, and no signal. */
TEST(huge_pages_that_there_are_not_are_an_error)
{
	const uint64_t page = UINT64_C(1) << 62;
	struct source *source = NULL;
	struct source_taking taking;
	struct source_memory memory;

	assert_int_equal(source_open_live(&source), 0);
	assert_true(source_memory_take(source, SOURCE_PAGES_HUGETLB, page, 4096, &memory, &taking) <
		    0);
	assert_null(memory.address);
	source_memory_unmap(&memory);
	source_close(source);
}

TEST(frames_are_hidden_without_privilege)
{
	struct source *source = NULL;
	struct source_memory memory;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t frames[4];
	int ret;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_memory_map(source, 4 * page, 4 * page, &memory), 0);
	set_capability(CAP_SYS_ADMIN, false);
	ret = source_frames(source, &memory, page, frames, 4);
	set_capability(CAP_SYS_ADMIN, true);
	source_memory_unmap(&memory);
	source_close(source);
	assert_int_equal(ret, -EPERM);
}

TEST(pages_without_a_line_have_no_frame)
{
	struct source_memory memory = { 0 };
	uint64_t frames[6] = { 9, 9, 9, 9, 9, 9 };
	struct source *source = replay_lines("{'call': 'frames', 'count': 6, 'ret': 0, "
					     "'frames': ['0x10+2', '0x0+1', '0x30+1']}\n");

	assert_int_equal(source_frames(source, &memory, 4096, frames, 6), 0);
	assert_int_equal(frames[0], 0x10);
	assert_int_equal(frames[1], 0x11);
	assert_int_equal(frames[2], 0);
	assert_int_equal(frames[3], 0x30);
	assert_int_equal(frames[4], 0);
	assert_int_equal(frames[5], 0);
	source_close(source);
}

TEST(frames_from_a_hostile_capture_stay_inside)
{
	static const char *const frames[] = {
		"'0x10+18446744073709551615'",
		"'0x10+5', '0x20+5'",
		"'-1+5'",
		"'0x10'",
		"'0x10+-1'",
		"7",
		"'0x10000000000000000+1'",
		"'0xffffffffffffffff+9'",
		"'00000000000000000000000000000000001+9'",
	};

	for (size_t i = 0; i < COUNT(frames); i++) {
		struct source_memory memory = { 0 };
		uint64_t *room = malloc(8 * sizeof(*room));
		struct source *source = replay_lines(keep(xasprintf(
			"{'call': 'frames', 'count': 8, 'ret': 0, 'frames': [%s]}\n", frames[i])));

		assert_non_null(room);
		assert_int_equal(source_frames(source, &memory, 4096, room, 8), 0);
		source_close(source);
		free(room);
	}
}

/* Tracepoints */

TEST(events_come_from_the_capture)
{
	struct source *source = replay_lines(
		"{'call': 'trace-open', 'ret': 0}\n"
		"{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': ["
		"{'event': 'map', 'iova': '0x0', 'size': '0x2000', 'paddr': "
		"'0x5000'}, "
		"{'event': 'unmap', 'iova': '0xffffffffffffe000', 'size': '0x1000', "
		"'unmapped': '0x2000'}]}\n"
		"{'call': 'trace-read', 'ret': 0, 'lost': 3, 'events': []}\n");
	struct source_trace *trace;
	struct trace_event *events;
	uint64_t lost;
	size_t count;

	assert_int_equal(source_trace_open(source, &trace), 0);
	assert_int_equal(source_trace_read(trace, &events, &count, &lost), 0);
	assert_int_equal(lost, 0);
	assert_int_equal(count, 2);
	assert_true(events[0].is_map);
	assert_int_equal(events[0].iova, 0);
	assert_int_equal(events[0].size, 0x2000);
	assert_int_equal(events[0].paddr, 0x5000);
	assert_int_equal(events[0].unmapped, 0);
	assert_false(events[1].is_map);
	assert_int_equal(events[1].iova, 0xffffffffffffe000);
	assert_int_equal(events[1].size, 0x1000);
	assert_int_equal(events[1].unmapped, 0x2000);
	free(events);
	assert_int_equal(source_trace_read(trace, &events, &count, &lost), 0);
	assert_int_equal(lost, 3);
	assert_int_equal(count, 0);
	assert_null(events);
	source_trace_close(trace);
	source_close(source);
}

TEST(a_trace_that_could_not_be_opened_cannot_be_in_the_capture)
{
	struct source *source = replay_lines("{'call': 'trace-open', 'errno': 'EACCES'}\n");
	struct source_trace *trace;

	assert_int_equal(source_trace_open(source, &trace), -EACCES);
	source_close(source);
}

TEST(opening_a_trace_ends_in_the_capture_as_it_did)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_trace *trace = NULL;
	int ret;

	assert_int_equal(source_section(source, "test"), 0);
	ret = source_trace_open(source, &trace);
	source_trace_close(trace);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_section(source, "test"), 0);
	trace = NULL;
	assert_int_equal(source_trace_open(source, &trace), ret);
	source_trace_close(trace);
	source_close(source);
}

/* Processes, users, nodes, modules */

TEST(this_process_is_the_same_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_process live, replayed;

	assert_int_equal(source_process(source, &live), 0);
	assert_int_equal(live.uid, geteuid());
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_process(source, &replayed), 0);
	assert_int_equal(replayed.uid, live.uid);
	assert_int_equal(replayed.gid, live.gid);
	assert_int_equal(replayed.memlock, live.memlock);
	assert_int_equal(replayed.capabilities, live.capabilities);
	assert_int_equal(replayed.n_groups, live.n_groups);
	for (size_t i = 0; i < live.n_groups; i++)
		assert_int_equal(replayed.groups[i], live.groups[i]);
	source_process_clear(&replayed);
	source_process_clear(&live);
	source_close(source);
	source = sysroot(directory_new());
	assert_int_equal(source_process(source, &live), -EOPNOTSUPP);
	source_close(source);
	source = capture_replay(capture_new(""));
	assert_int_equal(source_process(source, &live), -ENODATA);
	source_close(source);
}

TEST(only_capabilities_in_effect_count)
{
	struct source *source = NULL;
	struct source_process before, after;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_process(source, &before), 0);
	set_capability(CAP_SYS_ADMIN, false);
	assert_int_equal(source_process(source, &after), 0);
	set_capability(CAP_SYS_ADMIN, true);
	assert_int_equal(after.capabilities, before.capabilities & ~(UINT64_C(1) << CAP_SYS_ADMIN));
	source_process_clear(&before);
	source_process_clear(&after);
	source_close(source);
}

TEST(a_soft_limit_of_locked_memory_is_seen)
{
	struct source *source = NULL;
	struct source_process process;
	struct rlimit before, less;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
	less = before;
	less.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &less), 0);
	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_process(source, &process), 0);
	assert_int_equal(process.memlock, 4096);
	setrlimit(RLIMIT_MEMLOCK, &before);
	source_process_clear(&process);
	source_close(source);
}

TEST(a_user_is_the_same_in_the_capture_and_others_are_not_in_it)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_user live, replayed;

	assert_int_equal(source_user(source, "root", &live), 0);
	assert_int_equal(live.uid, 0);
	assert_true(live.n_groups > 0);
	assert_int_equal(source_user(source, "nobody/here", &replayed), -ENOENT);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_user(source, "root", &replayed), 0);
	assert_string_equal(replayed.name, "root");
	assert_int_equal(replayed.uid, 0);
	assert_int_equal(replayed.gid, live.gid);
	assert_int_equal(replayed.n_groups, live.n_groups);
	assert_string_equal(replayed.groups[0].name, live.groups[0].name);
	source_user_clear(&replayed);
	assert_int_equal(source_user(source, "nobody/here", &replayed), -ENOENT);
	assert_int_equal(source_user(source, "daemon", &replayed), -ENODATA);
	assert_int_equal(source_exists(source, "/etc"), -ENOENT);
	source_user_clear(&live);
	source_close(source);
}

TEST(a_sysroot_has_its_own_users)
{
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct source_user user;

	assert_int_equal(source_user(source, "root", &user), -ENOENT);
	put_file(root, "etc/passwd", "qemu:x:107:108::/:/bin/false\n");
	assert_int_equal(source_user(source, "root", &user), -ENOENT);
	assert_int_equal(source_user(source, "qemu", &user), 0);
	assert_int_equal(user.n_groups, 1);
	assert_null(user.groups[0].name);
	source_user_clear(&user);
	put_file(root, "etc/group", "kvm:x:36:bob,qemu\ndisk:x:6:bob\nqemu:x:108:\n");
	assert_int_equal(source_user(source, "107", &user), 0);
	assert_string_equal(user.name, "qemu");
	assert_int_equal(user.n_groups, 2);
	assert_string_equal(user.groups[0].name, "kvm");
	assert_int_equal(user.groups[0].gid, 36);
	assert_string_equal(user.groups[1].name, "qemu");
	source_user_clear(&user);
	source_close(source);
}

TEST(a_node_is_the_same_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);
	struct source_node live, replayed;
	struct stat st;

	assert_int_equal(stat("/dev/null", &st), 0);
	assert_int_equal(source_node(source, "/dev/null", &live), 0);
	assert_int_equal(live.uid, st.st_uid);
	assert_int_equal(live.mode, st.st_mode & 07777);
	assert_int_equal(source_node(source, "/dev/no-such-node", &replayed), -ENOENT);
	assert_int_equal(source_node(source, capture, &replayed), -ENODEV);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(source_node(source, "/dev/null", &replayed), 0);
	assert_int_equal(replayed.uid, live.uid);
	assert_int_equal(replayed.gid, live.gid);
	assert_int_equal(replayed.mode, live.mode);
	assert_int_equal(replayed.has_acl, live.has_acl);
	assert_true(!live.owner == !replayed.owner);
	if (live.owner)
		assert_string_equal(replayed.owner, live.owner);
	source_node_clear(&live);
	source_node_clear(&replayed);
	assert_int_equal(source_node(source, "/dev/no-such-node", &replayed), -ENOENT);
	assert_int_equal(source_node(source, "/dev/zero", &replayed), -ENODATA);
	source_close(source);
}

TEST(a_copy_of_a_node_says_nothing)
{
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct source_node node;

	assert_int_equal(source_node(source, "/dev/null", &node), -ENOENT);
	put_file(root, "dev/null", "");
	assert_int_equal(source_node(source, "/dev/null", &node), -ENODEV);
	source_close(source);
	/* The root of this machine has real ones; their owners have no names, for these are its own. */
	source = sysroot("/");
	assert_int_equal(source_node(source, "/dev/null", &node), 0);
	assert_null(node.owner);
	source_node_clear(&node);
	source_close(source);
}

TEST(a_node_in_a_capture_needs_its_mode)
{
	struct source *source = capture_replay(capture_new(
		"{'fact': 'node /a', 'ret': 0, 'uid': 1}\n"
		"{'fact': 'node /b', 'ret': 0, 'mode': '0640', 'group': 'k\\u001bvm', 'acl': true}\n"));
	struct source_node node;

	assert_int_equal(source_node(source, "/a", &node), -EBADMSG);
	assert_int_equal(source_node(source, "/b", &node), 0);
	assert_int_equal(node.mode, 0640);
	assert_string_equal(node.group, "k?vm");
	assert_true(node.has_acl);
	source_node_clear(&node);
	source_close(source);
}

/* Whether a kernel has @name: enum source_module, or a negative errno. */
static int module_of(struct source *source, const char *release, const char *name)
{
	struct source_lookup lookup = { .name = name, .where = SOURCE_MODULE_BUILTIN, .error = 1 };

	source_modules(source, release, &lookup, 1);
	return lookup.error ? lookup.error : (int)lookup.where;
}

static const char *modules_directory(void)
{
	const char *root = directory_new();

	put_file(root, "lib/modules/6.1.0/modules.dep",
		 "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio_iommu_type1.ko\n"
		 "kernel/drivers/iommu/virtio_iommu.ko:\n");
	put_file(root, "lib/modules/6.1.0/modules.builtin", "kernel/drivers/vfio/vfio.ko\n");
	return root;
}

TEST(modules_of_a_sysroot_are_found_by_its_lists)
{
	const char *root = modules_directory();
	struct source *source = sysroot(root);

	assert_int_equal(module_of(source, "6.1.0", "vfio_pci"), SOURCE_MODULE_FILE);
	assert_int_equal(module_of(source, "6.1.0", "virtio_iommu"), SOURCE_MODULE_FILE);
	assert_int_equal(module_of(source, "6.1.0", "vfio"), SOURCE_MODULE_BUILTIN);
	assert_int_equal(module_of(source, "6.1.0", "vfio_iommu_type1"), SOURCE_MODULE_MISSING);
	source_close(source);
}

TEST(without_a_list_a_module_is_not_missing)
{
	const char *root = modules_directory();
	struct source *source = sysroot(root);

	put_directory(root, "lib/modules/6.2.0");
	put_file(root, "lib/modules/6.3.0/modules.dep", "a/vfio.ko:\n");
	put_file(root, "lib/modules/6.4.0/modules.builtin", "a/vfio.ko\n");
	assert_int_equal(module_of(source, "6.2.0", "vfio"), -ENOENT);
	assert_int_equal(module_of(source, "6.3.0", "vfio"), SOURCE_MODULE_FILE);
	assert_int_equal(module_of(source, "6.3.0", "vfio_pci"), -ENOENT);
	assert_int_equal(module_of(source, "6.4.0", "vfio"), SOURCE_MODULE_BUILTIN);
	assert_int_equal(module_of(source, "6.4.0", "vfio_pci"), -ENOENT);
	source_close(source);
}

TEST(a_release_is_one_name)
{
	static const char *const releases[] = { "",	  ".",	    "..",  "../modules/6.1.0",
						"6.1.0/", "/6.1.0", ".6.1" };
	struct source *source = sysroot(modules_directory());
	char long_one[66];

	for (size_t i = 0; i < COUNT(releases); i++)
		assert_int_equal(module_of(source, releases[i], "vfio"), -EINVAL);
	memset(long_one, '6', sizeof(long_one) - 1);
	long_one[65] = '\0';
	assert_int_equal(module_of(source, long_one, "vfio"), -EINVAL);
	assert_int_equal(module_of(source, long_one + 1, "vfio"), -ENOENT);
	source_close(source);
}

TEST(a_link_leads_modules_of_a_sysroot_nowhere_else)
{
	const char *elsewhere = modules_directory();
	const char *root = directory_new();
	struct source *source = sysroot(root);

	put_directory(root, "lib");
	put_link(root, "lib/modules", path_in(elsewhere, "lib/modules"));
	assert_int_equal(module_of(source, "6.1.0", "vfio"), -ENOENT);
	source_close(source);
}

TEST(lists_of_modules_that_are_no_plain_files_are_not_read)
{
	const char *root = modules_directory();
	const char *list = path_in(root, "lib/modules/6.1.0/modules.dep");
	struct source *source = sysroot(root);

	assert_int_equal(unlink(list), 0);
	assert_int_equal(mkfifo(list, 0600), 0);
	alarm(60);
	assert_int_equal(module_of(source, "6.1.0", "vfio_pci"), -EINVAL);
	assert_int_equal(module_of(source, "6.1.0", "vfio"), SOURCE_MODULE_BUILTIN);
	alarm(0);
	assert_int_equal(unlink(list), 0);
	put_file(root, "lib/modules/6.1.0/modules.dep", "");
	assert_int_equal(truncate(list, INT64_C(1) << 40), 0);
	assert_int_equal(module_of(source, "6.1.0", "vfio_pci"), -EFBIG);
	source_close(source);
}

/* Where a list whose content is @text says that "vfio_pci" is. */
static enum source_module found_in(const char *text, size_t len)
{
	struct source_lookup lookup = { .name = "vfio_pci" };
	/* Of its own size, so that a look behind it is seen. */
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, text, len);
	module_list_find(exact, len, SOURCE_MODULE_FILE, &lookup, 1);
	free(exact);
	return lookup.where;
}

TEST(a_module_is_known_by_the_name_of_its_file)
{
	static const char *const good[] = {
		"vfio-pci.ko",
		"vfio_pci.ko\n",
		"a/vfio-pci.ko.xz:",
		"/a/b/vfio_pci.ko.zst: x",
		"a.ko:\nvfio-pci.ko.gz:",
		"\n\nvfio-pci.ko: b/",
		"a.ko: b.ko\nc/vfio-pci.ko:",
	};
	static const char *const bad[] = {
		"",
		"\n",
		":",
		"vfio-pci",
		"vfio-pci.k",
		"vfio-pci.ko.",
		"vfio-pci.koo",
		"vfio-pci.ko.bz",
		"vfio-pci.ko.xz.",
		"xvfio-pci.ko",
		"vfio-pci-core.ko",
		"a.ko: vfio-pci.ko",
		"vfio-pci.ko/",
		"vfio pci.ko",
		":vfio-pci.ko",
		"vfio.ko",
		"vfio-pci.ko /",
		"a\nvfio-pci\n.ko",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(found_in(good[i], strlen(good[i])), SOURCE_MODULE_FILE);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(found_in(bad[i], strlen(bad[i])), SOURCE_MODULE_MISSING);
	assert_int_equal(found_in("vfio\0pci.ko", 11), SOURCE_MODULE_MISSING);
	assert_int_equal(found_in("a\0:\nvfio-pci.ko", 15), SOURCE_MODULE_FILE);
	/* The end of the text is in the middle of a name. */
	for (size_t len = 0; len < 11; len++)
		assert_int_equal(found_in("vfio-pci.ko", len), SOURCE_MODULE_MISSING);
}

TEST(modules_are_the_same_in_the_capture)
{
	const char *capture = directory_new();
	struct source *source = record_into(capture);

	assert_int_equal(module_of(source, "0.0.0-none", "vfio"), -ENOENT);
	source_close(source);
	source = capture_replay(capture);
	assert_int_equal(module_of(source, "0.0.0-none", "vfio"), -ENOENT);
	assert_int_equal(module_of(source, "0.0.0-none", "vfio_pci"), -ENODATA);
	source_close(source);
	source = capture_replay(capture_new("{'fact': 'module a', 'ret': 0, 'state': 'available'}\n"
					    "{'fact': 'module b', 'ret': 0, 'state': 'builtin'}\n"
					    "{'fact': 'module c', 'ret': 0, 'state': 'missing'}\n"
					    "{'fact': 'module d', 'ret': 0, 'state': 'lost'}\n"
					    "{'fact': 'module e', 'ret': 0}\n"));
	assert_int_equal(module_of(source, "", "a"), SOURCE_MODULE_FILE);
	assert_int_equal(module_of(source, "", "b"), SOURCE_MODULE_BUILTIN);
	assert_int_equal(module_of(source, "", "c"), SOURCE_MODULE_MISSING);
	assert_int_equal(module_of(source, "", "d"), -EBADMSG);
	assert_int_equal(module_of(source, "", "e"), -EBADMSG);
	source_close(source);
}

/* A sysroot */

TEST(a_sysroot_gives_no_live_answer)
{
	struct source *source = sysroot(directory_new());
	struct source_device *device;
	struct source_trace *trace;
	struct source_system system;

	assert_int_equal(source_device_open(source, "/dev/null", &device), -EOPNOTSUPP);
	assert_int_equal(source_trace_open(source, &trace), -EOPNOTSUPP);
	assert_int_equal(source_system(source, &system), -EOPNOTSUPP);
	source_close(source);
}

/* The vendor that a sysroot at @root names 8086; free it. */
static char *vendor_in(const char *root)
{
	static const struct pci_id id = { 0x8086, 0x10d3, 0x020000 };
	struct source *source = sysroot(root);
	struct pci_names names;

	source_pci_names(source, &id, &names);
	free(names.device);
	free(names.class_name);
	source_close(source);
	return names.vendor;
}

TEST(a_sysroot_has_its_own_pci_ids)
{
	assert_null(vendor_in(directory_new()));
}

TEST(pci_ids_is_found_where_distributions_have_it)
{
	static const char *const places[] = { "/usr/share/pci.ids", "/usr/share/misc/pci.ids",
					      "/usr/share/hwdata/pci.ids" };
	const char *root = directory_new();

	/* Each goes before those that are there already. */
	for (size_t i = 0; i < COUNT(places); i++) {
		char text[64], wanted[16];
		char *vendor;

		snprintf(wanted, sizeof(wanted), "Vendor %zu", i);
		snprintf(text, sizeof(text), "8086  %s\n\t10d3  Device\n", wanted);
		put_file(root, places[i], text);
		vendor = vendor_in(root);
		assert_non_null(vendor);
		assert_string_equal(vendor, wanted);
		free(vendor);
	}
}

TEST(a_sysroot_is_a_directory)
{
	const char *directory = directory_new();
	struct source *source = NULL;

	put_file(directory, "file", "");
	assert_int_equal(source_open_sysroot(&source, path_in(directory, "file")), -ENOTDIR);
	assert_int_equal(source_open_sysroot(&source, path_in(directory, "none")), -ENOENT);
	assert_null(source);
}

/* Sizes of files */

static void put_sparse(const char *directory, const char *path, off_t size)
{
	put_file(directory, path, "");
	assert_int_equal(truncate(path_in(directory, path), size), 0);
}

TEST(what_the_kernel_hands_out_in_pieces_is_read_to_its_end)
{
	struct source *source = NULL;
	char *text;
	size_t len;

	/* A page at most at a time, and less at the end of a record. */
	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_read(source, "/proc/self/smaps", &text, &len), 0);
	assert_true(len > 8192);
	assert_int_equal(strlen(text), len);
	free(text);
	source_close(source);
}

TEST(files_are_read_up_to_16_mib)
{
	const char *root = directory_new();
	struct source *source = sysroot(root);
	char *text;
	size_t len;

	put_sparse(root, "most", 16 << 20);
	put_sparse(root, "more", (16 << 20) + 1);
	assert_int_equal(source_read(source, "/most", &text, &len), 0);
	assert_int_equal(len, 16 << 20);
	free(text);
	assert_int_equal(source_read(source, "/more", &text, &len), -EFBIG);
	source_close(source);
}

TEST(files_in_an_open_directory_are_read_up_to_16_mib)
{
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct source_dir *dir;
	char *text = NULL;
	size_t len;
	int ret;

	put_sparse(root, "most", 16 << 20);
	put_sparse(root, "more", (16 << 20) + 1);
	assert_int_equal(source_dir_open(source, "/", &dir), 0);
	assert_int_equal(source_dir_read(dir, "most", &text, &len), 0);
	assert_int_equal(len, 16 << 20);
	free(text);
	text = NULL;
	ret = source_dir_read(dir, "more", &text, &len);
	free(text);
	source_dir_close(dir);
	source_close(source);
	assert_int_equal(ret, -EFBIG);
}

TEST(files_are_whole_around_the_sizes_of_buffers)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 16383, 16384, 16385, 65536, 70000 };
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct source_dir *dir;
	char bytes[70000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i ^ i >> 8);
	assert_int_equal(source_dir_open(source, "/", &dir), 0);
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		size_t size = sizes[i / 2], len = 0;
		char *text = NULL;

		put_bytes(root, "file", bytes, size);
		assert_int_equal(i % 2 ? source_read(source, "/file", &text, &len)
				       : source_dir_read(dir, "file", &text, &len),
				 0);
		assert_int_equal(len, size);
		assert_non_null(text);
		assert_memory_equal(text, bytes, size);
		assert_int_equal(text[size], '\0');
		free(text);
	}
	source_dir_close(dir);
	source_close(source);
}

/* source_take_failures() */

TEST(what_failed_is_kept_and_what_is_not_there_has_not_failed)
{
	const char *directory = capture_new("{'fact': 'read /sys/a', 'errno': 'EIO'}\n"
					    "{'fact': 'list /sys/b', 'errno': 'EMFILE'}\n"
					    "{'fact': 'link /sys/c', 'errno': 'EACCES'}\n"
					    "{'fact': 'exists /sys/d', 'errno': 'ENOENT'}\n"
					    "{'fact': 'read /sys/e', 'errno': 'ENODEV'}\n");
	struct source *source = capture_replay(directory);
	struct source_failures failures;
	struct source_list list = { 0 };
	char *text = NULL;

	assert_int_equal(source_read(source, "/sys/a", &text, NULL), -EIO);
	assert_int_equal(source_list(source, "/sys/b", &list), -EMFILE);
	assert_int_equal(source_link(source, "/sys/c", &text), -EACCES);
	assert_int_equal(source_exists(source, "/sys/d"), -ENOENT);
	assert_int_equal(source_read(source, "/sys/e", &text, NULL), -ENODEV);
	source_take_failures(source, &failures);
	assert_int_equal(failures.count, 3);
	assert_string_equal(failures.failure[0].path, "/sys/a");
	assert_int_equal(failures.failure[0].error, EIO);
	assert_string_equal(failures.failure[1].path, "/sys/b");
	assert_string_equal(failures.failure[2].path, "/sys/c");
	source_failures_clear(&failures);
	/* Each is told once. */
	source_take_failures(source, &failures);
	assert_int_equal(failures.count, 0);
	source_close(source);
}

static int count_entry(void *context, int fd, const struct dirent64 *entry)
{
	size_t *count = context;

	(void)fd;
	(void)entry;
	++*count;
	return 0;
}

static size_t count_entries(const char *path, bool is_sysfs)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	size_t count = 0;

	assert_true(fd >= 0);
	assert_int_equal(directory_entries(fd, is_sysfs, count_entry, &count), 0);
	close(fd);
	return count;
}

/* The kernel fills several buffers: the end of one is not that of the directory. */
TEST(a_long_directory_is_read_to_its_end)
{
	const char *root = directory_new();

	for (unsigned int i = 0; i < 1000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/folder/entry-with-a-long-name-%u", i);
		put_file(root, path, "");
	}
	_cleanup_free_ char *folder = xjoin(root, '/', "folder");
	assert_int_equal(count_entries(folder, false), 1000);
	assert_int_equal(count_entries(folder, true), 1000);
}

/* In sysfs the last entry tells that it is the last. */
TEST(directories_of_sysfs_are_read_to_their_end)
{
	static const char *const folders[] = { "/sys", "/sys/class", "/sys/bus", "/sys/module",
					       "/sys/kernel" };

	for (size_t i = 0; i < COUNT(folders); i++)
		assert_int_equal(count_entries(folders[i], true), count_entries(folders[i], false));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_answers_as_the_host_did),
		cmocka_unit_test(a_capture_does_not_depend_on_the_order_of_questions),
		cmocka_unit_test(each_question_alone_is_answered_as_the_host_did),
		cmocka_unit_test(a_directory_that_was_looked_for_can_be_listed),
		cmocka_unit_test(a_directory_that_cannot_be_opened_cannot_be_in_the_capture_either),
		cmocka_unit_test(the_host_gives_the_errors_it_should),
		cmocka_unit_test(names_are_listed_in_the_order_of_their_numbers),
		cmocka_unit_test(links_are_read_with_their_directory),
		cmocka_unit_test(what_goes_after_it_was_listed_is_gone_in_the_capture),
		cmocka_unit_test(of_two_readings_the_later_one_counts),
		cmocka_unit_test(what_is_not_there_needs_no_line),
		cmocka_unit_test(what_was_only_listed_is_there_and_empty),
		cmocka_unit_test(what_was_not_recorded_is_not_taken_from_this_machine),
		cmocka_unit_test(a_link_that_was_read_through_after_its_listing),
		cmocka_unit_test(a_link_that_was_read_through_before_its_listing),
		cmocka_unit_test(a_link_whose_directory_is_listed),
		cmocka_unit_test(a_link_whose_empty_directory_is_listed),
		cmocka_unit_test(a_link_whose_directory_is_opened),
		cmocka_unit_test(a_link_that_exists_after_its_listing),
		cmocka_unit_test(a_link_that_exists_before_its_listing),
		cmocka_unit_test(a_recorded_link_leads_the_recorder_nowhere),
		cmocka_unit_test(a_capture_is_for_its_owner_only),
		cmocka_unit_test(a_capture_is_not_written_over_another),
		cmocka_unit_test(a_capture_is_not_written_among_other_files),
		cmocka_unit_test(a_capture_is_not_written_where_others_may_write),
		cmocka_unit_test(a_capture_needs_a_place),
		cmocka_unit_test(what_cannot_be_written_is_said),
		cmocka_unit_test(a_name_that_is_no_utf8_does_not_end_the_program),
		cmocka_unit_test(the_system_is_the_same_in_the_capture),
		cmocka_unit_test(a_capture_without_the_system_does_not_know_it),
		cmocka_unit_test(words_of_the_capture_are_cleaned),
		cmocka_unit_test(names_of_devices_are_the_same_in_the_capture),
		cmocka_unit_test(who_holds_a_file_is_the_same_in_the_capture),
		cmocka_unit_test(memory_is_aligned_as_asked),
		cmocka_unit_test(memory_for_devices_is_not_shared_with_children),
		cmocka_unit_test(a_process_that_may_not_be_looked_into_leaves_it_open),
		cmocka_unit_test(memory_and_its_frames_are_the_same_in_the_capture),
		cmocka_unit_test(
			memory_of_a_kind_of_pages_and_its_time_are_the_same_in_the_capture),
		cmocka_unit_test(memory_of_another_kind_than_recorded_is_a_problem),
		cmocka_unit_test(huge_pages_that_there_are_not_are_an_error),
		cmocka_unit_test(frames_are_hidden_without_privilege),
		cmocka_unit_test(pages_without_a_line_have_no_frame),
		cmocka_unit_test(frames_from_a_hostile_capture_stay_inside),
		cmocka_unit_test(events_come_from_the_capture),
		cmocka_unit_test(a_trace_that_could_not_be_opened_cannot_be_in_the_capture),
		cmocka_unit_test(opening_a_trace_ends_in_the_capture_as_it_did),
		cmocka_unit_test(this_process_is_the_same_in_the_capture),
		cmocka_unit_test(only_capabilities_in_effect_count),
		cmocka_unit_test(a_soft_limit_of_locked_memory_is_seen),
		cmocka_unit_test(a_user_is_the_same_in_the_capture_and_others_are_not_in_it),
		cmocka_unit_test(a_sysroot_has_its_own_users),
		cmocka_unit_test(a_node_is_the_same_in_the_capture),
		cmocka_unit_test(a_copy_of_a_node_says_nothing),
		cmocka_unit_test(a_node_in_a_capture_needs_its_mode),
		cmocka_unit_test(modules_of_a_sysroot_are_found_by_its_lists),
		cmocka_unit_test(without_a_list_a_module_is_not_missing),
		cmocka_unit_test(a_release_is_one_name),
		cmocka_unit_test(lists_of_modules_that_are_no_plain_files_are_not_read),
		cmocka_unit_test(a_module_is_known_by_the_name_of_its_file),
		cmocka_unit_test(a_link_leads_modules_of_a_sysroot_nowhere_else),
		cmocka_unit_test(modules_are_the_same_in_the_capture),
		cmocka_unit_test(a_sysroot_gives_no_live_answer),
		cmocka_unit_test(a_sysroot_has_its_own_pci_ids),
		cmocka_unit_test(pci_ids_is_found_where_distributions_have_it),
		cmocka_unit_test(a_sysroot_is_a_directory),
		cmocka_unit_test(what_the_kernel_hands_out_in_pieces_is_read_to_its_end),
		cmocka_unit_test(files_are_read_up_to_16_mib),
		cmocka_unit_test(files_in_an_open_directory_are_read_up_to_16_mib),
		cmocka_unit_test(files_are_whole_around_the_sizes_of_buffers),
		cmocka_unit_test(what_failed_is_kept_and_what_is_not_there_has_not_failed),
		cmocka_unit_test(a_long_directory_is_read_to_its_end),
		cmocka_unit_test(directories_of_sysfs_are_read_to_their_end),
	};

	return UNIT_RUN("source", tests);
}
