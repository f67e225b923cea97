/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

/* text_clean() */

/* What becomes of @text; the same length is part of the promise. */
static void assert_cleaned(const char *text, const char *expected)
{
	char copy[64];

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	assert_ptr_equal(text_clean(copy), copy);
	assert_string_equal(copy, expected);
	assert_int_equal(strlen(copy), strlen(text));
}

TEST(plain_text_stays)
{
	assert_cleaned("", "");
	assert_cleaned("0000:00:04.0 QEMU edu device ~", "0000:00:04.0 QEMU edu device ~");
	assert_cleaned("Gerät für 10 € \xf0\x9f\x98\x80", "Gerät für 10 € \xf0\x9f\x98\x80");
}

TEST(no_text_is_allowed)
{
	assert_null(text_clean(NULL));
}

TEST(control_characters_go)
{
	assert_cleaned("a\x1b[31mred\x1b[0m", "a?[31mred?[0m");
	assert_cleaned("one\ntwo\ttabs\r\x7f\x01", "one?two?tabs???");
}

TEST(control_characters_of_the_upper_half_go)
{
	/* U+009B is "ESC [" in one character. */
	assert_cleaned("\xc2\x9b"
		       "31m \xc2\x80 \xc2\x9f \xc2\xa0",
		       "??31m ?? ?? \xc2\xa0");
}

TEST(what_turns_a_line_around_goes)
{
	/* U+202E, U+2066, U+061C, U+200F, U+2028 */
	assert_cleaned("ok \xe2\x80\xae"
		       "ko",
		       "ok ???ko");
	assert_cleaned("\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f\xe2\x80\xa8", "???????????");
	/* Their neighbours: U+200D, U+202F, U+2065, U+206A, U+061B */
	assert_cleaned("\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xd8\x9b",
		       "\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xd8\x9b");
}

TEST(bytes_that_are_no_utf8_go)
{
	assert_cleaned("\xff\xfe", "??");
	assert_cleaned("a\x80z", "a?z");
	assert_cleaned("cut \xe2\x82", "cut ??");
	assert_cleaned("cut \xc3", "cut ?");
	assert_cleaned("\xe2\x28\xa1", "?(?");
	assert_cleaned("\xf8\x88\x80\x80\x80", "?????");
}

TEST(overlong_forms_go)
{
	assert_cleaned("\xc0\xaf", "??");
	assert_cleaned("\xc1\xbf", "??");
	assert_cleaned("\xe0\x80\xaf", "???");
	assert_cleaned("\xe0\x9f\xbf", "???");
	assert_cleaned("\xf0\x8f\xbf\xbf", "????");
	assert_cleaned("\xc1\x9b", "??");
}

TEST(surrogates_and_what_is_beyond_unicode_go)
{
	assert_cleaned("\xed\xa0\x80", "???");
	assert_cleaned("\xed\xbf\xbf", "???");
	assert_cleaned("\xf4\x90\x80\x80", "????");
	assert_cleaned("\xf7\xbf\xbf\xbf", "????");
	assert_cleaned("\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf",
		       "\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf");
}

static size_t encode(uint32_t point, char *text)
{
	unsigned int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	static const unsigned int first[] = { 0, 0xc0, 0xe0, 0xf0 };

	text[0] = (char)(first[more] | point >> (6 * more));
	for (unsigned int i = 1; i <= more; i++)
		text[i] = (char)(0x80 | (point >> (6 * (more - i)) & 0x3f));
	text[more + 1] = '\0';
	return more + 1;
}

TEST(every_character_of_unicode_stays_unless_it_controls)
{
	for (uint32_t point = 1; point <= 0x10ffff; point++) {
		bool goes = point < 0x20 || (point >= 0x7f && point < 0xa0) ||
			    (point >= 0xd800 && point <= 0xdfff) || point == 0x61c ||
			    point == 0x200e || point == 0x200f ||
			    (point >= 0x2028 && point <= 0x202e) ||
			    (point >= 0x2066 && point <= 0x2069);
		char text[5], copy[5];
		size_t len = encode(point, text);

		memcpy(copy, text, sizeof(copy));
		text_clean(copy);
		if (goes ? strspn(copy, "?") != len || strlen(copy) != len
			 : strcmp(copy, text) != 0)
			fail_msg("U+%04" PRIX32, point);
	}
}

TEST(whatever_is_cleaned_is_fit_for_json)
{
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		char text[24] = "", again[24];
		size_t len = random_below(&random, sizeof(text));
		json_t *string;

		/* Bytes at which sequences begin and go on come up more often. */
		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + random_below(&random, 255));
		for (size_t i = 0; i + 2 < len; i += 3)
			text[i] = (char)(0xc0 + random_below(&random, 0x40));
		for (size_t i = 1; i + 2 < len; i += 2)
			text[i] = (char)(0x80 + random_below(&random, 0x40));
		text_clean(text);
		CHECK(&random, strlen(text) == len);
		string = json_string(text); /* refuses what is no UTF-8 */
		CHECK(&random, string != NULL);
		json_decref(string);
		for (size_t i = 0; i < len; i++)
			CHECK(&random, (unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		memcpy(again, text, sizeof(again));
		CHECK(&random, strcmp(text_clean(again), text) == 0);
	}
}

/* text_trim() */

static void assert_trimmed(const char *text, const char *expected)
{
	char copy[32];

	strcpy(copy, text);
	assert_ptr_equal(text_trim(copy), copy);
	assert_string_equal(copy, expected);
}

TEST(white_space_is_cut_off_the_end_only)
{
	assert_trimmed("DMA-FQ\n", "DMA-FQ");
	assert_trimmed("  two words \t\r\n\n", "  two words");
	assert_trimmed("none", "none");
	assert_trimmed(" \n", "");
	assert_trimmed("", "");
}

TEST(bytes_of_the_upper_half_are_no_white_space)
{
	assert_trimmed("\xc2\xa0\n", "\xc2\xa0");
	assert_trimmed("\xff", "\xff");
}

/* text_to_u64() */

static void assert_number(const char *text, int base, uint64_t expected)
{
	uint64_t value = 0xdead;

	if (text_to_u64(text, base, &value) != 0)
		fail_msg("'%s' is no number of base %d", text, base);
	assert_int_equal(value, expected);
}

static void assert_no_number(const char *text, int base, int error)
{
	uint64_t value = 0xdead;

	if (text_to_u64(text, base, &value) != error)
		fail_msg("'%s' is a number of base %d, or wrong in another way", text, base);
	assert_int_equal(value, 0xdead);
}

TEST(numbers_are_read_in_their_base)
{
	assert_number("0", 10, 0);
	assert_number("42", 10, 42);
	assert_number("010", 10, 10);
	assert_number("18446744073709551615", 10, UINT64_MAX);
	assert_number("10", 16, 16);
	assert_number("0x10", 16, 16);
	assert_number("0X1F", 16, 31);
	assert_number("fEe00000", 16, 0xfee00000);
	assert_number("0xffffffffffffffff", 16, UINT64_MAX);
	assert_number("0x00000000fee00000", 16, 0xfee00000);
	assert_number("42", 0, 42);
	assert_number("0x42", 0, 0x42);
	assert_number("0", 0, 0);
}

TEST(a_leading_zero_is_not_octal)
{
	/* "0x tells" */
	assert_number("010", 0, 10);
	assert_number("08", 0, 8);
}

TEST(signs_and_white_space_are_no_part_of_a_number)
{
	static const char *const texts[] = { "-1",  "+1",   " 1",   "1 ",  "1\n",
					     "\t1", "0x-1", "0x 1", "0x+1" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_no_number(texts[i], 10, -EINVAL);
		assert_no_number(texts[i], 16, -EINVAL);
		assert_no_number(texts[i], 0, -EINVAL);
	}
}

TEST(other_text_is_no_number)
{
	assert_no_number("", 10, -EINVAL);
	assert_no_number("", 0, -EINVAL);
	assert_no_number("x", 16, -EINVAL);
	assert_no_number("0x", 16, -EINVAL);
	assert_no_number("0x", 0, -EINVAL);
	assert_no_number("0x10", 10, -EINVAL);
	assert_no_number("a", 10, -EINVAL);
	assert_no_number("12a", 10, -EINVAL);
	assert_no_number("g", 16, -EINVAL);
	assert_no_number("0x0x1", 16, -EINVAL);
	assert_no_number("1.5", 10, -EINVAL);
	assert_no_number("\xff", 16, -EINVAL);
}

TEST(numbers_above_64_bits_are_out_of_range)
{
	assert_no_number("18446744073709551616", 10, -ERANGE);
	assert_no_number("0x10000000000000000", 16, -ERANGE);
	assert_no_number("99999999999999999999999999", 0, -ERANGE);
	assert_no_number("99999999999999999999999999x", 0, -EINVAL);
}

/* Lines and names of paths */

TEST(lines_are_taken_one_by_one)
{
	char text[] = "one\n\ntwo", ended[] = "one\n";
	char *rest = text;

	assert_string_equal(text_next_line(&rest), "one");
	assert_string_equal(text_next_line(&rest), "");
	assert_string_equal(text_next_line(&rest), "two");
	assert_null(text_next_line(&rest));
	assert_null(text_next_line(&rest));
	rest = ended;
	assert_string_equal(text_next_line(&rest), "one");
	assert_string_equal(text_next_line(&rest), "");
	assert_null(text_next_line(&rest));
}

TEST(a_path_is_cut_to_its_last_part)
{
	char path[] = "../../0000:00:04.0", name[] = "name", directory[] = "/a/";

	assert_string_equal(text_keep_base_name(path), "0000:00:04.0");
	assert_string_equal(text_keep_base_name(name), "name");
	assert_string_equal(text_keep_base_name(directory), "");
}

/* text_size() */

static void assert_size(uint64_t last, const char *expected)
{
	char buffer[16];

	assert_ptr_equal(text_size(buffer, sizeof(buffer), last), buffer);
	assert_string_equal(buffer, expected);
}

TEST(sizes_are_said_as_people_say_them)
{
	assert_size(0, "1 B");
	assert_size(999, "1000 B");
	assert_size(1022, "1023 B");
	assert_size(1023, "1 KiB");
	assert_size(8191, "8 KiB");
	assert_size(1535, "1.5 KiB");
	assert_size(0xfffff, "1 MiB");
	assert_size(0xfedfffff, "4.0 GiB");
	assert_size(0xffffffff, "4 GiB");
	assert_size(0xfcffffffff - 0xfef00000, "1008 GiB");
	assert_size(0xffffffffff - 0xfd00000000, "12 GiB");
	assert_size(0xffffffffffffffff - 0x10000000000, "16 EiB");
	assert_size(UINT64_MAX >> 1, "8 EiB");
	assert_size(UINT64_MAX, "16 EiB");
}

/* Which unit @text has: 0 for B, 1 for KiB … */
static unsigned int unit_of(const char *text)
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	const char *unit = strchr(text, ' ');

	for (unsigned int i = 0; unit && i < COUNT(units); i++) {
		if (strcmp(units[i], unit) == 0)
			return i;
	}
	fail_msg("'%s' has no unit", text);
	return 0;
}

TEST(sizes_are_right_to_the_last_digit)
{
	for (unsigned int turn = 0; turn < 50000; turn++) {
		struct random random = random_turn(turn);
		uint64_t last = random_u64(&random) >> random_below(&random, 64);
		char text[16];
		double shown, real;

		/* Near powers of two, where units change. */
		if (random_below(&random, 4) == 0)
			last = (UINT64_C(1) << random_below(&random, 64)) -
			       random_below(&random, 3);
		text_size(text, sizeof(text), last);
		shown = strtod(text, NULL);
		real = ldexp((double)last + 1, -10 * (int)unit_of(text));
		/* Half of the last digit, and a hair since bytes are counted in 1024ths. */
		CHECK(&random, fabs(shown - real) <= (strchr(text, '.') ? 0.052 : 0.552));
		CHECK(&random, shown >= 1 && shown <= 1024);
	}
}

TEST(a_short_buffer_is_not_overrun)
{
	char *buffer = malloc(4);

	assert_non_null(buffer);
	text_size(buffer, 4, 0xfedfffff);
	assert_string_equal(buffer, "4.0");
	free(buffer);
}

/* text_duration() */

static void assert_duration(uint64_t nanoseconds, const char *expected)
{
	char buffer[16];

	assert_ptr_equal(text_duration(buffer, sizeof(buffer), nanoseconds), buffer);
	assert_string_equal(buffer, expected);
}

TEST(durations_are_said_as_people_say_them)
{
	assert_duration(0, "0.0 us");
	assert_duration(999, "1.0 us");
	assert_duration(12345, "12 us");
	assert_duration(999999, "1000 us");
	assert_duration(1000000, "1.0 ms");
	assert_duration(9949999, "9.9 ms");
	assert_duration(9950001, "10 ms");
	assert_duration(881 * UINT64_C(1000000), "881 ms");
	assert_duration(3100 * UINT64_C(1000000), "3.1 s");
	assert_duration(119 * UINT64_C(1000000000), "119 s");
	assert_duration(252 * UINT64_C(1000000000), "4.2 min");
	assert_duration(39600 * UINT64_C(1000000000), "11 h");
	assert_duration(UINT64_MAX, "5124096 h");
}

/* text_parse_size() */

TEST(a_unit_is_what_follows_the_digits)
{
	assert_true(text_has_unit("64G"));
	assert_true(text_has_unit("64KiB"));
	assert_true(text_has_unit("0x40M"));
	/* In hexadecimal E is a digit. */
	assert_true(text_has_unit("2E"));
	assert_false(text_has_unit("0x2E"));
	assert_false(text_has_unit("64"));
	assert_false(text_has_unit("0"));
}

TEST(sizes_are_read_as_people_write_them)
{
	static const struct {
		const char *text;
		uint64_t value;
	} sizes[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "0x1000", 4096 },
		{ "0X10k", 16384 },
		{ "010", 10 },
		{ "64K", 65536 },
		{ "8m", 8 << 20 },
		{ "64GiB", UINT64_C(64) << 30 },
		{ "1tib", UINT64_C(1) << 40 },
		{ "3P", UINT64_C(3) << 50 },
		{ "15E", UINT64_C(15) << 60 },
		{ "0x1E", 30 },
		{ "0xfffffffffffffK", UINT64_C(0xfffffffffffff) << 10 },
		{ "18446744073709551615", UINT64_MAX },
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t value = 7;

		assert_int_equal(text_parse_size(sizes[i].text, &value), 0);
		assert_int_equal(value, sizes[i].value);
	}
}

TEST(other_text_is_no_size)
{
	static const char *const texts[] = { "",    "G",   "0x",  "-1",	   " 1",  "1 ",
					     "1 G", "1GB", "1iB", "1KiBx", "1Ki", "1.5G",
					     "0xG", "1KK", "1Z",  "+1" };
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(text_parse_size(texts[i], &value), -EINVAL);
	assert_int_equal(value, 7);
}

TEST(sizes_above_64_bits_are_out_of_range)
{
	static const char *const texts[] = { "18446744073709551616", "16E", "18014398509481984K",
					     "0x10000000000000000",
					     "00000000000000000000000000000000000001K" };
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(text_parse_size(texts[i], &value), -ERANGE);
	assert_int_equal(value, 7);
}

/* text_parse_duration() */

TEST(durations_are_read_as_people_write_them)
{
	static const struct {
		const char *text;
		uint64_t value;
	} durations[] = {
		{ "0", 0 },
		{ "90", 90 },
		{ "90s", 90 },
		{ "30m", 1800 },
		{ "1h", 3600 },
		{ "2d", 172800 },
		{ "010m", 600 },
		{ "0d", 0 },
		{ "49710d", 4294944000 },
		{ "4294967295", UINT32_MAX },
	};

	for (size_t i = 0; i < COUNT(durations); i++) {
		uint64_t value = 7;

		assert_int_equal(text_parse_duration(durations[i].text, &value), 0);
		assert_int_equal(value, durations[i].value);
	}
}

TEST(other_text_is_no_duration)
{
	static const char *const texts[] = { "",   "h",	  "-1h",  " 1h",  "1h ", "1 h", "1H",
					     "1w", "1hm", "1.5h", "0x10", "+1",	 "1h1" };
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(text_parse_duration(texts[i], &value), -EINVAL);
	assert_int_equal(value, 7);
}

TEST(durations_above_32_bits_are_out_of_range)
{
	static const char *const texts[] = { "4294967296", "49711d", "18446744073709551616",
					     "99999999999999999999999999999999999999d" };
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(text_parse_duration(texts[i], &value), -ERANGE);
	assert_int_equal(value, 7);
}

/* text_starts(), text_base_name() */

TEST(a_text_starts_with_its_prefix)
{
	assert_true(text_starts("dmar0", "dmar"));
	assert_true(text_starts("dmar", "dmar"));
	assert_true(text_starts("dmar", ""));
	assert_false(text_starts("dma", "dmar"));
	assert_false(text_starts("xdmar", "dmar"));
	assert_false(text_starts("", "dmar"));
}

TEST(a_base_name_stands_behind_the_last_slash)
{
	assert_string_equal(text_base_name("/sys/bus/pci"), "pci");
	assert_string_equal(text_base_name("pci"), "pci");
	assert_string_equal(text_base_name("/sys/"), "");
	assert_string_equal(text_base_name(""), "");
}

TEST(hexadecimal_digits_are_counted)
{
	assert_int_equal(text_hex("10d3", 4), 0x10d3);
	assert_int_equal(text_hex("10D3:0001", 4), 0x10d3);
	assert_int_equal(text_hex("fffffff", 7), 0xfffffff);
	assert_int_equal(text_hex("0", 0), 0);
	assert_int_equal(text_hex("10d", 4), -1);
	assert_int_equal(text_hex("", 1), -1);
	assert_int_equal(text_hex("+123", 4), -1);
	assert_int_equal(text_hex(" 123", 4), -1);
	assert_int_equal(text_hex("0x12", 4), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(no_text_is_allowed),
		cmocka_unit_test(control_characters_go),
		cmocka_unit_test(control_characters_of_the_upper_half_go),
		cmocka_unit_test(what_turns_a_line_around_goes),
		cmocka_unit_test(bytes_that_are_no_utf8_go),
		cmocka_unit_test(overlong_forms_go),
		cmocka_unit_test(surrogates_and_what_is_beyond_unicode_go),
		cmocka_unit_test(every_character_of_unicode_stays_unless_it_controls),
		cmocka_unit_test(whatever_is_cleaned_is_fit_for_json),
		cmocka_unit_test(white_space_is_cut_off_the_end_only),
		cmocka_unit_test(bytes_of_the_upper_half_are_no_white_space),
		cmocka_unit_test(numbers_are_read_in_their_base),
		cmocka_unit_test(a_leading_zero_is_not_octal),
		cmocka_unit_test(signs_and_white_space_are_no_part_of_a_number),
		cmocka_unit_test(other_text_is_no_number),
		cmocka_unit_test(numbers_above_64_bits_are_out_of_range),
		cmocka_unit_test(lines_are_taken_one_by_one),
		cmocka_unit_test(a_path_is_cut_to_its_last_part),
		cmocka_unit_test(a_unit_is_what_follows_the_digits),
		cmocka_unit_test(sizes_are_said_as_people_say_them),
		cmocka_unit_test(sizes_are_right_to_the_last_digit),
		cmocka_unit_test(a_short_buffer_is_not_overrun),
		cmocka_unit_test(durations_are_said_as_people_say_them),
		cmocka_unit_test(sizes_are_read_as_people_write_them),
		cmocka_unit_test(other_text_is_no_size),
		cmocka_unit_test(sizes_above_64_bits_are_out_of_range),
		cmocka_unit_test(durations_are_read_as_people_write_them),
		cmocka_unit_test(other_text_is_no_duration),
		cmocka_unit_test(durations_above_32_bits_are_out_of_range),
		cmocka_unit_test(hexadecimal_digits_are_counted),
		cmocka_unit_test(a_text_starts_with_its_prefix),
		cmocka_unit_test(a_base_name_stands_behind_the_last_slash),
	};

	return UNIT_RUN("text", tests);
}
