/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/suggest.h"

TEST(each_edit_counts_one)
{
	assert_int_equal(suggest_distance("check", "check"), 0);
	assert_int_equal(suggest_distance("chek", "check"), 1);
	assert_int_equal(suggest_distance("checkk", "check"), 1);
	assert_int_equal(suggest_distance("chack", "check"), 1);
	assert_int_equal(suggest_distance("", "list"), 4);
	assert_int_equal(suggest_distance("list", ""), 4);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
}

TEST(neighbours_that_are_swapped_count_one)
{
	assert_int_equal(suggest_distance("chekc", "check"), 1);
	assert_int_equal(suggest_distance("hceck", "check"), 1);
	/* Not 2: a swapped pair is not edited again. */
	assert_int_equal(suggest_distance("ca", "abc"), 3);
}

TEST(case_does_not_matter)
{
	assert_int_equal(suggest_distance("ADDRES", "address"), 1);
}

TEST(words_that_are_too_long_have_no_distance)
{
	char longest[SUGGEST_MAX + 1], longer[SUGGEST_MAX + 2];

	memset(longest, 'x', SUGGEST_MAX);
	longest[SUGGEST_MAX] = '\0';
	memset(longer, 'x', SUGGEST_MAX + 1);
	longer[SUGGEST_MAX + 1] = '\0';
	assert_int_equal(suggest_distance(longest, longest), 0);
	assert_int_equal(suggest_distance(longest, ""), SUGGEST_MAX);
	assert_int_equal(suggest_distance(longer, longest), SUGGEST_MAX + 1);
	assert_int_equal(suggest_distance("", longer), SUGGEST_MAX + 1);
}

/* @expected is suggested for @word, or nothing where it is empty. */
static void assert_suggested(const char *word, const char *expected)
{
	static const char *const commands[] = { "list", "check", "probe", "fits", "explain" };
	struct suggestion suggestion = { .word = word };

	for (size_t i = 0; i < COUNT(commands); i++)
		suggest_offer(&suggestion, commands[i]);
	assert_string_equal(suggestion.nearest, expected);
}

TEST(the_word_itself_is_never_suggested)
{
	struct suggestion suggestion = { .word = "ens1" };

	suggest_offer(&suggestion, "ens1");
	assert_string_equal(suggest_text(&suggestion, "none"), "none");
	suggest_offer(&suggestion, "ens2");
	suggest_offer(&suggestion, "ens1");
	assert_string_equal(suggestion.nearest, "ens2");
	assert_suggested("check", "");
}

TEST(the_nearest_word_is_suggested)
{
	assert_suggested("lsit", "list");
	assert_suggested("LIST", "list");
	assert_suggested("fist", "list");
	assert_suggested("cheecks", "check");
}

TEST(the_beginning_of_a_word_is_near)
{
	assert_suggested("exp", "explain");
	assert_suggested("e", "");
}

TEST(what_is_far_from_all_words_is_not_guessed)
{
	assert_suggested("frob", "");
	assert_suggested("", "");
	assert_suggested("x", "");
	assert_suggested("?", "");
}

TEST(the_sentence_ends_in_the_suggestion_or_what_is_said_otherwise)
{
	struct suggestion near = { .word = "lits" }, far = { .word = "frob" };
	struct suggestion longest = { .word = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
					      "xxxxxxxxxxxxxx" };

	suggest_offer(&near, "list");
	suggest_offer(&far, "list");
	assert_string_equal(suggest_text(&near, "!"), " (did you mean 'list'?)");
	assert_string_equal(suggest_text(&far, "!"), "!");
	assert_int_equal(strlen(longest.word), SUGGEST_MAX);
	suggest_offer(&longest, "yxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				"xxxxxxxxxxxxxx");
	assert_int_equal(strlen(suggest_text(&longest, "!")),
			 SUGGEST_MAX + strlen(" (did you mean ''?)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edit_counts_one),
		cmocka_unit_test(neighbours_that_are_swapped_count_one),
		cmocka_unit_test(case_does_not_matter),
		cmocka_unit_test(words_that_are_too_long_have_no_distance),
		cmocka_unit_test(the_word_itself_is_never_suggested),
		cmocka_unit_test(the_nearest_word_is_suggested),
		cmocka_unit_test(the_beginning_of_a_word_is_near),
		cmocka_unit_test(what_is_far_from_all_words_is_not_guessed),
		cmocka_unit_test(the_sentence_ends_in_the_suggestion_or_what_is_said_otherwise),
	};

	return UNIT_RUN("suggest", tests);
}
