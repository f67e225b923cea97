/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/wrap.h"

static void assert_wrapped(const char *text, unsigned int width, const char *expected)
{
	char *wrapped = wrap_text(text, width);

	assert_string_equal(wrapped, expected);
	free(wrapped);
}

TEST(a_line_that_fits_stays)
{
	assert_wrapped("", 10, "");
	assert_wrapped("\n\n", 10, "\n\n");
	assert_wrapped("0123456789\n", 10, "0123456789\n");
	assert_wrapped("  a    b  ", 10, "  a    b  ");
}

TEST(a_long_line_hangs)
{
	assert_wrapped("one two three four\n", 12, "one two\n    three\n    four\n");
	assert_wrapped("one two three four five\nsix\n", 14, "one two three\n    four five\nsix\n");
	assert_wrapped("  Fix: run as root, or not\n", 16,
		       "  Fix: run as\n      root, or\n      not\n");
}

TEST(a_line_is_as_wide_as_the_terminal_at_most)
{
	assert_wrapped("aaaa bbbbb\n", 10, "aaaa bbbbb\n");
	assert_wrapped("aaaa bbbbb\n", 9, "aaaa\n    bbbbb\n");
	assert_wrapped("aaaa bb cc\n", 7, "aaaa bb\n    cc\n");
}

TEST(the_last_column_of_a_table_hangs_below_itself)
{
	assert_wrapped("  maps    12; a container holds 65535\n", 24,
		       "  maps    12; a\n          container\n          holds 65535\n");
	/* In the right half nothing would fit. */
	assert_wrapped("0000:00:04.0 vendor  no driver known\n", 24,
		       "0000:00:04.0 vendor  no\n    driver known\n");
}

TEST(a_command_is_never_broken)
{
	assert_wrapped("\tsudo modprobe vfio-pci vfio_iommu_type1\nshort\n", 10,
		       "        sudo modprobe vfio-pci vfio_iommu_type1\nshort\n");
}

TEST(a_word_that_is_too_wide_is_not_broken)
{
	assert_wrapped("look at /sys/kernel/iommu_groups/1/devices now\n", 12,
		       "look at\n    /sys/kernel/iommu_groups/1/devices\n    now\n");
	assert_wrapped("0123456789abcdef\n", 8, "0123456789abcdef\n");
	/* In a line of its own it would be as wide. */
	assert_wrapped("to 4 GiB  [==========]\n", 20, "to 4 GiB  [==========]\n");
	assert_wrapped("one two", 1, "one two");
	assert_wrapped("four five", 1, "four\n    five");
}

TEST(colours_have_no_width)
{
	assert_wrapped("\033[1m\033[31mfailure\033[0m: no\n", 11,
		       "\033[1m\033[31mfailure\033[0m: no\n");
	assert_wrapped("\033[31mfailure\033[0m: no\n", 10, "\033[31mfailure\033[0m:\n    no\n");
	/* What is no colour is as wide as it is. */
	assert_wrapped("\033[31abcd \033x", 9, "\033[31abcd \033x");
	assert_wrapped("\033[31abcd \033x", 8, "\033[31abcd\n    \033x");
}

TEST(characters_are_as_wide_as_they_are_shown)
{
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_wrapped("äöüß éé", 7, "äöüß éé");
	assert_wrapped("äöüß éé", 6, "äöüß\n    éé");
	/* Two columns each, and none for an accent of its own. */
	assert_wrapped("漢字漢 x", 8, "漢字漢 x");
	assert_wrapped("漢字漢 xy", 8, "漢字漢\n    xy");
	assert_wrapped("e\xcc\x81 e\xcc\x81", 3, "e\xcc\x81 e\xcc\x81");
	/* Not UTF-8. */
	assert_wrapped("\xff\xfe\xff\xfe x", 5, "\xff\xfe\xff\xfe\n    x");
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_wrapped("äöüß éé", 7, "äöüß éé");
	assert_wrapped("äöüß éé", 6, "äöüß\n    éé");
}

TEST(paragraphs_are_filled_and_commands_stay)
{
	char *wrapped =
		wrap_paragraphs("Some words\nthat go on.\n\nNext:\n  sudo a command of many "
				"words\n  | more\nEnd\nof it.\n",
				12);

	assert_string_equal(wrapped, "Some words\nthat go on.\n\nNext:\n  sudo a command "
				     "of many words\n  | more\nEnd of it.\n");
	free(wrapped);
}

TEST(a_stream_is_wrapped_at_its_end)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct wrapper *wrapper = wrap_begin(out, 8);

	assert_non_null(wrapper);
	fputs("one two", wrap_stream(wrapper, out));
	fputs(" three\n", wrap_stream(wrapper, out));
	wrap_end(wrapper);
	/* Without a width nothing is wrapped. */
	assert_null(wrap_begin(out, 0));
	fputs("one two three\n", wrap_stream(NULL, out));
	wrap_end(NULL);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "one two\n    three\none two three\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_fits_stays),
		cmocka_unit_test(a_long_line_hangs),
		cmocka_unit_test(a_line_is_as_wide_as_the_terminal_at_most),
		cmocka_unit_test(the_last_column_of_a_table_hangs_below_itself),
		cmocka_unit_test(a_command_is_never_broken),
		cmocka_unit_test(a_word_that_is_too_wide_is_not_broken),
		cmocka_unit_test(colours_have_no_width),
		cmocka_unit_test(characters_are_as_wide_as_they_are_shown),
		cmocka_unit_test(paragraphs_are_filled_and_commands_stay),
		cmocka_unit_test(a_stream_is_wrapped_at_its_end),
	};

	return UNIT_RUN("wrap", tests);
}
