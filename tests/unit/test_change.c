/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <jansson.h>

#include "model/change.h"
#include "view/view.h"

/* changes_find() */

static struct finding finding(const char *id, enum severity severity, const char *subject,
			      const char *message)
{
	return (struct finding){ .id = id,
				 .severity = severity,
				 .group = FINDING_HOST,
				 .subject = text(subject),
				 .message = text(message) };
}

/* Which findings appear and clear: "-a -b +c". */
static const char *changed(struct finding *before, size_t n_before, struct finding *after,
			   size_t n_after)
{
	struct findings one = { .finding = before, .count = n_before };
	struct findings two = { .finding = after, .count = n_after };
	const char *words = "";
	struct changes changes;

	changes_find(&one, &two, 77, &changes);
	for (size_t i = 0; i < changes.count; i++) {
		const struct change *change = &changes.change[i];

		assert_int_equal(change->when, 77);
		words = keep(xasprintf("%s%s%c%s", words, *words ? " " : "",
				       change->kind == CHANGE_CLEARED ? '-' : '+',
				       change->finding->id));
	}
	free(changes.change);
	return words;
}

TEST(what_stays_is_no_change)
{
	struct finding same[] = { finding("a", SEVERITY_NOTE, "group 1", "x"),
				  finding("b", SEVERITY_FAILURE, "group 1", "x") };
	struct finding turned[] = { same[1], same[0] };

	assert_string_equal(changed(same, 2, same, 2), "");
	assert_string_equal(changed(same, 2, turned, 2), "");
	assert_string_equal(changed(NULL, 0, NULL, 0), "");
}

TEST(findings_appear_and_clear)
{
	struct finding all[] = { finding("a", SEVERITY_NOTE, "host", "x"),
				 finding("b", SEVERITY_NOTE, "host", "x"),
				 finding("c", SEVERITY_NOTE, "host", "x") };

	assert_string_equal(changed(NULL, 0, all, 3), "+a +b +c");
	assert_string_equal(changed(all, 3, NULL, 0), "-a -b -c");
	assert_string_equal(changed(all, 2, all + 1, 2), "-a +c");
}

TEST(another_id_severity_subject_or_message_is_another_finding)
{
	const struct finding before = finding("a", SEVERITY_NOTE, "group 1", "x");
	struct finding others[] = { finding("b", SEVERITY_NOTE, "group 1", "x"),
				    finding("a", SEVERITY_WARNING, "group 1", "x"),
				    finding("a", SEVERITY_NOTE, "group 2", "x"),
				    finding("a", SEVERITY_NOTE, "group 1", "y") };
	struct finding same = before;

	for (size_t i = 0; i < COUNT(others); i++) {
		struct finding copy = before;

		assert_string_equal(changed(&copy, 1, &others[i], 1), i ? "-a +a" : "-a +b");
	}
	/* Advice may change with what is around. */
	same.hint = text("reboot");
	assert_string_equal(changed(&same, 1, (struct finding[]){ before }, 1), "");
}

TEST(twice_the_same_is_once)
{
	struct finding twice[] = { finding("a", SEVERITY_NOTE, "host", "x"),
				   finding("a", SEVERITY_NOTE, "host", "x") };

	assert_string_equal(changed(twice, 1, twice, 2), "");
	assert_string_equal(changed(twice, 2, twice, 1), "");
}

TEST(each_kind_has_a_name)
{
	assert_string_equal(change_name(CHANGE_APPEARED), "appeared");
	assert_string_equal(change_name(CHANGE_CLEARED), "cleared");
	assert_string_equal(change_name(CHANGE_VERDICT), "verdict");
	assert_string_equal(change_name(CHANGE_LOST), "lost");
}

/* Printing */

/* 2026-11-22 07:30:25 UTC */
#define WHEN 1795332625

static const char *printed(const struct format *format, const struct change *change, bool color)
{
	struct view_options options = { .color = color };
	char *buffer = NULL;
	size_t len;
	FILE *out = open_memstream(&buffer, &len);

	assert_non_null(out);
	assert_int_equal(format->write_change(out, change, &options), 0);
	fclose(out);
	return keep(buffer);
}

static struct change change_of(enum change_kind kind, const struct finding *about)
{
	return (struct change){
		.kind = kind, .when = WHEN, .finding = about, .readiness = READINESS_NOT_READY
	};
}

TEST(a_finding_that_appears_is_told_with_what_to_do)
{
	struct finding about = finding("a", SEVERITY_FAILURE, "group 1", "it burns");
	struct change change = change_of(CHANGE_APPEARED, &about);

	assert_string_equal(printed(&format_text, &change, false),
			    "2026-11-22T07:30:25Z  appeared  failure: group 1: it burns [a]\n");
	about.hint = text("run");
	assert_string_equal(printed(&format_text, &change, false),
			    "2026-11-22T07:30:25Z  appeared  failure: group 1: it burns [a]\n"
			    "                      Fix: run\n");
}

TEST(a_finding_that_clears_needs_nothing_done)
{
	struct finding about = finding("a", SEVERITY_WARNING, "host", "it burns");
	struct change change = change_of(CHANGE_CLEARED, &about);

	about.hint = text("run");
	assert_string_equal(printed(&format_text, &change, false),
			    "2026-11-22T07:30:25Z  cleared   warning: host: it burns [a]\n");
}

TEST(verdicts_and_lost_events_are_lines_of_their_own)
{
	struct change change = change_of(CHANGE_VERDICT, NULL);

	assert_string_equal(printed(&format_text, &change, false),
			    "2026-11-22T07:30:25Z  verdict   not-ready\n");
	change.kind = CHANGE_LOST;
	assert_string_equal(
		printed(&format_text, &change, false),
		"2026-11-22T07:30:25Z  lost      events were lost; everything was read again\n");
}

TEST(colors_tell_good_from_bad)
{
	struct finding failure = finding("a", SEVERITY_FAILURE, "host", "x");
	struct finding note = finding("a", SEVERITY_NOTE, "host", "x");
	const struct {
		struct change change;
		const char *color;
	} cases[] = {
		{ change_of(CHANGE_APPEARED, &failure), "\033[31mappeared\033[0m  failure" },
		{ change_of(CHANGE_APPEARED, &note), "\033[1mappeared\033[0m  note" },
		{ change_of(CHANGE_CLEARED, &failure), "\033[32mcleared \033[0m  failure" },
		{ change_of(CHANGE_VERDICT, NULL), "\033[1mverdict \033[0m  not-ready" },
		{ change_of(CHANGE_LOST, NULL), "\033[33mlost    \033[0m  events" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = printed(&format_text, &cases[i].change, true);

		if (!strstr(line, cases[i].color))
			fail_msg("%s", line);
		assert_null(strchr(printed(&format_text, &cases[i].change, false), '\033'));
	}
}

/* One line that is JSON; let go of it. */
static json_t *parsed(const struct change *change, bool color)
{
	const char *line = printed(&format_json, change, color);
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(object);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	return object;
}

static void assert_text(json_t *object, const char *key, const char *expected)
{
	const char *value = json_string_value(json_object_get(object, key));

	assert_non_null(value);
	assert_string_equal(value, expected);
}

TEST(a_finding_is_an_object_of_json)
{
	struct finding about = finding("a", SEVERITY_FAILURE, "group 1", "a \"quoted\"\nline");
	struct change change = change_of(CHANGE_APPEARED, &about);
	json_t *object, *inner;

	about.group = 1;
	object = parsed(&change, true);
	inner = json_object_get(object, "finding");
	assert_text(object, "schema", "vfiodiag/1");
	assert_text(object, "time", "2026-11-22T07:30:25Z");
	assert_text(object, "event", "appeared");
	assert_null(json_object_get(object, "verdict"));
	assert_text(inner, "id", "a");
	assert_text(inner, "severity", "failure");
	assert_text(inner, "subject", "group 1");
	assert_text(inner, "message", "a \"quoted\"\nline");
	assert_int_equal(json_integer_value(json_object_get(inner, "group")), 1);
	assert_true(json_is_null(json_object_get(inner, "hint")));
	json_decref(object);
}

TEST(a_verdict_is_an_object_of_json)
{
	struct change change = change_of(CHANGE_VERDICT, NULL);
	json_t *object = parsed(&change, false);

	assert_text(object, "event", "verdict");
	assert_text(object, "verdict", "not-ready");
	assert_null(json_object_get(object, "finding"));
	json_decref(object);
	change.kind = CHANGE_LOST;
	object = parsed(&change, false);
	assert_text(object, "event", "lost");
	assert_null(json_object_get(object, "verdict"));
	json_decref(object);
}

/* A reader that is gone ends the watch, so each failing line is told. */
TEST(a_line_that_can_not_be_written_is_an_error)
{
	static const int buffering[] = { _IOFBF, _IOLBF, _IONBF };
	struct finding about = finding("a", SEVERITY_NOTE, "host", "x");
	struct change change = change_of(CHANGE_APPEARED, &about);
	struct view_options options = { 0 };

	for (size_t i = 0; i < COUNT(buffering); i++) {
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		assert_int_equal(setvbuf(full, NULL, buffering[i], 16), 0);
		assert_true(format_text.write_change(full, &change, &options) < 0);
		assert_true(format_json.write_change(full, &change, &options) < 0);
		fclose(full);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stays_is_no_change),
		cmocka_unit_test(findings_appear_and_clear),
		cmocka_unit_test(another_id_severity_subject_or_message_is_another_finding),
		cmocka_unit_test(twice_the_same_is_once),
		cmocka_unit_test(each_kind_has_a_name),
		cmocka_unit_test(a_finding_that_appears_is_told_with_what_to_do),
		cmocka_unit_test(a_finding_that_clears_needs_nothing_done),
		cmocka_unit_test(verdicts_and_lost_events_are_lines_of_their_own),
		cmocka_unit_test(colors_tell_good_from_bad),
		cmocka_unit_test(a_finding_is_an_object_of_json),
		cmocka_unit_test(a_verdict_is_an_object_of_json),
		cmocka_unit_test(a_line_that_can_not_be_written_is_an_error),
	};

	return UNIT_RUN("change", tests);
}
