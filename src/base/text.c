/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"

/* No architecture has larger numbers for its errnos. */
#define ERRNO_MAX 4095

/*
 * Line and paragraph separators, and marks that turn the direction of writing (Unicode's
 * Bidi_Control): behind one of them the rest of a line can look like something else.
 */
static bool is_layout(uint32_t point)
{
	return point == 0x61c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/*
 * Length of the UTF-8 sequence at @s, or 0 where it is malformed, overlong, a surrogate, beyond
 * Unicode, a C1 control character (U+0080 to U+009F), some of which drive terminals, or layout.
 */
static size_t utf8_length(const unsigned char *s)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t len;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	len = (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (!len)
		return 0;
	point = s[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < smallest[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ||
	    point < 0xa0 || is_layout(point))
		return 0;
	return len;
}

char *text_clean(char *text)
{
	unsigned char *s = (unsigned char *)text;

	while (s && *s) {
		/* Most of it is plain ASCII. */
		size_t len = *s >= 0x20 && *s < 0x7f ? 1 : utf8_length(s);

		if (!len) {
			*s = '?';
			len = 1;
		}
		s += len;
	}
	return text;
}

size_t text_color_length(const char *text)
{
	size_t len = 2;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	len += strspn(text + len, "0123456789;");
	return text[len] == 'm' ? len + 1 : 0;
}

char *text_trim(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Not with strtoull(3), which takes signs and white space: a number from sysfs or a person has none. */
int text_to_u64(const char *text, int base, uint64_t *value)
{
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *at = is_hex && base != 10 ? text + 2 : text;
	bool overflows = false;
	uint64_t number = 0;
	int digit;

	if (base == 0)
		base = is_hex ? 16 : 10;
	text = at;
	for (; (digit = digit_of(*at)) >= 0 && digit < base; at++)
		overflows = __builtin_mul_overflow(number, (uint64_t)base, &number) ||
			    __builtin_add_overflow(number, (uint64_t)digit, &number) || overflows;
	if (at == text || *at)
		return -EINVAL;
	if (overflows)
		return -ERANGE;
	*value = number;
	return 0;
}

int text_hex(const char *text, unsigned int digits)
{
	int value = 0;

	for (unsigned int i = 0; i < digits; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

int text_to_errno(const char *word)
{
	uint64_t number;

	for (int error = 1; error <= ERRNO_MAX; error++) {
		const char *name = strerrorname_np(error);

		if (name && strcasecmp(name, word) == 0)
			return error;
	}
	if (text_to_u64(*word == '-' ? word + 1 : word, 10, &number) == 0 && number > 0 &&
	    number <= ERRNO_MAX && strerrorname_np((int)number))
		return (int)number;
	return -EINVAL;
}

/* The power of two that @suffix stands for, in bits, or -1. */
static int suffix_bits(const char *suffix)
{
	static const char units[] = "kmgtpe";
	const char *unit;

	if (!*suffix)
		return 0;
	unit = strchr(units, tolower((unsigned char)*suffix));
	if (!unit || (suffix[1] && strcasecmp(suffix + 1, "ib") != 0))
		return -1;
	return 10 * (int)(unit - units + 1);
}

/* How long the number at the beginning of @text is. In hexadecimal E is a digit, not a suffix. */
static size_t number_length(const char *text)
{
	if (text_starts(text, "0x") || text_starts(text, "0X"))
		return 2 + strspn(text + 2, "0123456789abcdefABCDEF");
	return strspn(text, "0123456789");
}

/* The number that is the first @len bytes of @text. */
static int read_number(const char *text, size_t len, int base, uint64_t *number)
{
	char digits[32];

	if (!len)
		return -EINVAL;
	if (len >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return text_to_u64(digits, base, number);
}

bool text_has_unit(const char *size)
{
	return size[number_length(size)];
}

int text_parse_size(const char *text, uint64_t *value)
{
	size_t len = number_length(text);
	int bits = suffix_bits(text + len);
	uint64_t number = 0;
	int ret = bits < 0 ? -EINVAL : read_number(text, len, 0, &number);

	if (ret < 0)
		return ret;
	if (bits && number >> (64 - bits))
		return -ERANGE;
	*value = number << bits;
	return 0;
}

/* The seconds that @suffix stands for, or 0. */
static uint64_t suffix_seconds(const char *suffix)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

	if (!*suffix)
		return 1;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (suffix[0] == units[i].letter && !suffix[1])
			return units[i].seconds;
	}
	return 0;
}

int text_parse_duration(const char *text, uint64_t *seconds)
{
	size_t len = strspn(text, "0123456789");
	uint64_t unit = suffix_seconds(text + len);
	uint64_t number = 0;
	int ret = unit ? read_number(text, len, 10, &number) : -EINVAL;

	if (ret < 0)
		return ret;
	if (number > UINT32_MAX / unit)
		return -ERANGE;
	*seconds = number * unit;
	return 0;
}

char *text_size(char *buffer, size_t len, uint64_t last)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;
	uint64_t below, tenths;
	bool exact;

	/* The largest unit of which there is at least one; the size itself may not fit 64 bits. */
	while (unit < 6 && last >> (10 * (unit + 1)))
		unit++;
	if (unit < 6 && last == (UINT64_C(1) << (10 * (unit + 1))) - 1)
		unit++;
	if (unit == 0) {
		snprintf(buffer, len, "%u B", (unsigned int)last + 1);
		return buffer;
	}
	/* Size in tenths of the unit, to the nearest, without a sum that could wrap. */
	below = last & ((UINT64_C(1) << (10 * unit)) - 1);
	tenths = (last >> (10 * unit)) * 10 +
		 ((((below >> (10 * (unit - 1))) + 1) * 10 + 512) >> 10);
	exact = below == (UINT64_C(1) << (10 * unit)) - 1;
	if (exact || tenths >= 100)
		snprintf(buffer, len, "%u %s", (unsigned int)((tenths + 5) / 10), units[unit]);
	else
		snprintf(buffer, len, "%u.%u %s", (unsigned int)(tenths / 10),
			 (unsigned int)(tenths % 10), units[unit]);
	return buffer;
}

char *text_duration(char *buffer, size_t len, uint64_t nanoseconds)
{
	static const struct {
		double nanoseconds;
		const char *name;
	} units[] = {
		{ 3600e9, "h" }, { 60e9, "min" }, { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }
	};
	const size_t last = COUNT(units) - 1;
	size_t unit = 0;
	double value;

	/* "90 s" says more than "1.5 min". */
	while (unit < last && (double)nanoseconds < (unit < 2 ? 2 : 1) * units[unit].nanoseconds)
		unit++;
	value = (double)nanoseconds / units[unit].nanoseconds;
	snprintf(buffer, len, "%.*f %s", value < 9.95 ? 1 : 0, value, units[unit].name);
	return buffer;
}

bool text_is_word(const char *text)
{
	return *text &&
	       strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "_.:-") == strlen(text);
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

char *text_next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	*rest = end;
	return line;
}

int text_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *text_keep_base_name(char *path)
{
	const char *name = text_base_name(path);

	memmove(path, name, strlen(name) + 1);
	return path;
}

const char *text_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
