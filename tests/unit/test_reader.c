/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "source/internal.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Questions: "wait" is never answered, "die" ends the reader, all others are their own answers. */
static int answer(struct source *source, const void *context, size_t index, const char *name,
		  char **text, size_t *len)
{
	const char *word = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;

	(void)source;
	if (strcmp(word, "wait") == 0)
		pause();
	if (strcmp(word, "die") == 0)
		raise(SIGKILL);
	if (strcmp(word, "fail") == 0)
		return -EACCES;
	*len = (size_t)asprintf(text, "%s %zu %s", (const char *)context, index, name);
	return 0;
}

static void ask(struct source *source, reader_ask_fn *how, const char *const *names, size_t count,
		struct source_answers *answers)
{
	const struct reader_questions questions = {
		.ask = how,
		.context = "so",
		.context_len = sizeof("so"),
		.names = (char *const *)names,
		.count = count,
	};

	reader_ask(source, &questions, answers);
}

static struct source *open_live(void)
{
	struct source *source;

	assert_int_equal(source_open_live(&source), 0);
	return source;
}

TEST(each_question_has_its_answer)
{
	static const char *const names[] = { "a", "fail", "/x/b" };
	struct source *source = open_live();
	struct source_answers answers;

	for (int i = 0; i < 3; i++) {
		ask(source, answer, names, COUNT(names), &answers);
		assert_int_equal(answers.answer[0].ret, 0);
		assert_string_equal(answers.answer[0].text, "so 0 a");
		assert_int_equal(answers.answer[0].len, strlen("so 0 a"));
		assert_int_equal(answers.answer[1].ret, -EACCES);
		assert_null(answers.answer[1].text);
		assert_string_equal(answers.answer[2].text, "so 2 /x/b");
		source_answers_clear(&answers);
	}
	source_close(source);
}

TEST(no_question_is_no_process)
{
	struct source *source = open_live();
	struct source_answers answers;

	ask(source, answer, NULL, 0, &answers);
	assert_int_equal(answers.count, 0);
	source_answers_clear(&answers);
	source_close(source);
}

TEST(what_does_not_answer_holds_nobody_back)
{
	static const char *const names[] = { "/1/a", "/2/wait", "/3/b", "/4/wait", "/5/c" };
	struct source *source = open_live();
	struct source_answers answers;

	ask(source, answer, names, COUNT(names), &answers);
	assert_string_equal(answers.answer[0].text, "so 0 /1/a");
	assert_int_equal(answers.answer[1].ret, -ETIMEDOUT);
	assert_string_equal(answers.answer[2].text, "so 2 /3/b");
	assert_int_equal(answers.answer[3].ret, -ETIMEDOUT);
	assert_string_equal(answers.answer[4].text, "so 4 /5/c");
	source_answers_clear(&answers);
	source_close(source);
}

TEST(a_directory_that_did_not_answer_is_asked_again_in_the_next_run)
{
	static const char *const first[] = { "/1/wait" };
	static const char *const others[] = { "/1/a", "/11/a", "/1/b/c" };
	struct source *source = open_live();
	struct source_answers answers;

	ask(source, answer, first, 1, &answers);
	source_answers_clear(&answers);
	ask(source, answer, others, COUNT(others), &answers);
	assert_int_equal(answers.answer[0].ret, -ETIMEDOUT);
	assert_int_equal(answers.answer[1].ret, 0);
	assert_int_equal(answers.answer[2].ret, 0);
	source_answers_clear(&answers);
	/* Its reader was killed; but not before that is seen is it asked again. */
	do {
		usleep(1000);
		source_patience(source);
	} while (source->n_wedges);
	ask(source, answer, others, COUNT(others), &answers);
	assert_int_equal(answers.answer[0].ret, 0);
	source_answers_clear(&answers);
	source_close(source);
}

TEST(when_patience_is_spent_nothing_is_asked)
{
	static const char *const names[] = { "/1/a" };
	struct source *source = open_live();
	struct source_answers answers;

	source->waited = UINT64_C(10000000000);
	ask(source, answer, names, 1, &answers);
	assert_int_equal(answers.answer[0].ret, -ETIMEDOUT);
	source_answers_clear(&answers);
	source_patience(source);
	ask(source, answer, names, 1, &answers);
	assert_int_equal(answers.answer[0].ret, 0);
	source_answers_clear(&answers);
	source_close(source);
}

/* More than patience allows for: a hundred would take half a minute. */
TEST(patience_ends)
{
	const char *names[101];
	char directories[100][16];
	struct source *source = open_live();
	struct source_answers answers;
	uint64_t begun = clock_now();

	for (size_t i = 0; i < 100; i++) {
		snprintf(directories[i], sizeof(directories[i]), "/%zu/wait", i);
		names[i] = directories[i];
	}
	names[100] = "/100/a";
	ask(source, answer, names, COUNT(names), &answers);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(answers.answer[i].ret, -ETIMEDOUT);
	source_answers_clear(&answers);
	/* Not a test of speed: it was waited for, and not for each of them. */
	assert_true(source->waited >= UINT64_C(10000000000));
	assert_true(clock_now() - begun < UINT64_C(200000000000));
	source_close(source);
}

/* @context: milliseconds until an answer comes. */
static int answer_late(struct source *source, const void *context, size_t index, const char *name,
		       char **text, size_t *len)
{
	(void)source;
	(void)index;
	(void)name;
	usleep((useconds_t)strtoul(context, NULL, 10) * 1000);
	*text = strdup("late");
	*len = strlen("late");
	return 0;
}

/* Each of them answers in time; all of them, with as many readers as there can be, take ten minutes. */
TEST(patience_ends_where_all_answers_come_late)
{
	static char name[] = "/folder/late";
	static char *names[5000];
	const struct reader_questions questions = {
		.ask = answer_late,
		.context = "1900",
		.context_len = sizeof("1900"),
		.names = names,
		.count = COUNT(names),
	};
	struct source *source = open_live();
	struct source_answers answers;
	uint64_t begun = clock_now();

	for (size_t i = 0; i < COUNT(names); i++)
		names[i] = name;
	reader_ask(source, &questions, &answers);
	/* Not a test of speed: they were waited for, and not to their end. */
	assert_true(source->waited >= UINT64_C(10000000000));
	assert_true(clock_now() - begun < UINT64_C(200000000000));
	assert_string_equal(answers.answer[0].text, "late");
	assert_int_equal(answers.answer[COUNT(names) - 1].ret, -ETIMEDOUT);
	source_answers_clear(&answers);
	source_close(source);
}

TEST(a_reader_that_dies_takes_one_answer_along)
{
	static const char *const names[] = { "a", "die", "b", "die", "c" };
	struct source *source = open_live();
	struct source_answers answers;

	ask(source, answer, names, COUNT(names), &answers);
	assert_int_equal(answers.answer[0].ret, 0);
	assert_int_equal(answers.answer[1].ret, -EIO);
	assert_string_equal(answers.answer[2].text, "so 2 b");
	assert_int_equal(answers.answer[3].ret, -EIO);
	assert_string_equal(answers.answer[4].text, "so 4 c");
	source_answers_clear(&answers);
	source_close(source);
}

/* @context: how many bytes */
static int answer_large(struct source *source, const void *context, size_t index, const char *name,
			char **text, size_t *len)
{
	(void)source;
	(void)context;
	*len = (size_t)strtoul(name, NULL, 10);
	*text = calloc(*len + 1, 1);
	if (!*text)
		return -ENOMEM;
	memset(*text, 'a' + (int)index, *len);
	return 0;
}

TEST(answers_of_any_size_fit)
{
	static const char *const names[] = {
		"16777216", "0", "9000000", "9000000", "20000000", "1"
	};
	struct source *source = open_live();
	struct source_answers answers;

	ask(source, answer_large, names, COUNT(names), &answers);
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t len = (size_t)strtoul(names[i], NULL, 10);

		if (len > 16777216) {
			assert_int_equal(answers.answer[i].ret, -EFBIG);
			continue;
		}
		assert_int_equal(answers.answer[i].ret, 0);
		assert_int_equal(answers.answer[i].len, len);
		assert_int_equal(strlen(answers.answer[i].text), len);
		assert_true(!len || answers.answer[i].text[len - 1] == 'a' + (int)i);
	}
	source_answers_clear(&answers);
	source_close(source);
}

TEST(there_may_be_thousands)
{
	char *names[5000];
	struct source *source = open_live();
	struct source_answers answers;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(asprintf(&names[i], "/a folder with a long name/%zu", i) > 0);
	ask(source, answer, (const char *const *)names, COUNT(names), &answers);
	for (size_t i = 0; i < COUNT(names); i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "so %zu %s", i, names[i]);
		assert_string_equal(answers.answer[i].text, expected);
		free(names[i]);
	}
	source_answers_clear(&answers);
	source_close(source);
}

/* What a reader is: descriptors, no_new_privs, dumpable, SIGTERM's default. */
static int describe(struct source *source, const void *context, size_t index, const char *name,
		    char **text, size_t *len)
{
	struct sigaction action;
	cap_t mine = cap_get_proc();
	char *words = cap_to_text(mine, NULL);
	int open = 0;

	(void)source;
	(void)context;
	(void)index;
	(void)name;
	for (int fd = 0; fd < 1024; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	sigaction(SIGTERM, NULL, &action);
	*len = (size_t)asprintf(text, "%d %d %d %d %s", open,
				prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE),
				action.sa_handler == SIG_DFL, words);
	cap_free(words);
	cap_free(mine);
	return 0;
}

TEST(a_reader_without_rights_has_none)
{
	static const char *const names[] = { "?" };
	struct source *source = open_live();
	struct source_answers answers;

	signal(SIGTERM, SIG_IGN);
	ask(source, describe, names, 1, &answers);
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(answers.answer[0].ret, 0);
	/* Root, /sys, /proc and what wakes it; and no capability. */
	assert_string_equal(answers.answer[0].text, "4 1 0 1 =");
	source_answers_clear(&answers);
	source_close(source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_has_its_answer),
		cmocka_unit_test(no_question_is_no_process),
		cmocka_unit_test(what_does_not_answer_holds_nobody_back),
		cmocka_unit_test(a_directory_that_did_not_answer_is_asked_again_in_the_next_run),
		cmocka_unit_test(when_patience_is_spent_nothing_is_asked),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(patience_ends_where_all_answers_come_late),
		cmocka_unit_test(a_reader_that_dies_takes_one_answer_along),
		cmocka_unit_test(answers_of_any_size_fit),
		cmocka_unit_test(there_may_be_thousands),
		cmocka_unit_test(a_reader_without_rights_has_none),
	};

	return UNIT_RUN("reader", tests);
}
