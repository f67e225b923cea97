/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_TEXT_H
#define VFIODIAG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * text_clean() - make text from outside safe for a terminal and for JSON.
 * @text: changed in place; NULL is allowed
 *
 * Control characters (C0, DEL and C1, so every terminal escape), separators of lines, marks that
 * turn the direction of writing, and bytes that are not valid UTF-8 become '?', each byte one, so
 * the length stays.
 * Return: @text.
 */
char *text_clean(char *text);

/** text_color_length() - return the length of the colour sequence at @text, as the views write it. */
size_t text_color_length(const char *text);

/** text_trim() - cut white space off the end of @text, in place. Return: @text. */
char *text_trim(char *text);

/**
 * text_to_u64() - read one whole unsigned number.
 * @text: digits in @base only: no sign, no white space, nothing after them
 * @base: 10, 16 (with or without 0x) or 0 (0x tells)
 * @value: set on success only
 *
 * Return: 0; -EINVAL for anything else than a number; -ERANGE above 64 bits.
 */
int text_to_u64(const char *text, int base, uint64_t *value);

/**
 * text_hex() - read the number whose @digits hexadecimal digits @text begins with.
 * @digits: seven at most; the text behind them is ignored
 *
 * Return: -1 where there are fewer.
 */
int text_hex(const char *text, unsigned int digits);

/**
 * text_to_errno() - return the errno that @word names: "EINVAL", "einval", "22", "-22".
 *
 * Return: its number, positive; -EINVAL for anything else.
 */
int text_to_errno(const char *word);

/**
 * text_parse_size() - parse a size in bytes: "4096", "0x1000", "64G", "64GiB".
 * @text: digits or 0x and digits, and behind them K, M, G, T, P or E, of either case, with or
 *	without iB; all are powers of two
 * @value: set on success only
 *
 * Return: 0; -EINVAL for anything else than a size; -ERANGE above 64 bits.
 */
int text_parse_size(const char *text, uint64_t *value);

/** text_has_unit() - tell if something follows the digits of @size, which text_parse_size() took. */
bool text_has_unit(const char *size);

/**
 * text_parse_duration() - parse a duration: "90", "90s", "30m", "1h", "2d".
 * @text: digits, and behind them s, m, h or d; without one it is seconds
 * @seconds: set on success only
 *
 * Return: 0; -EINVAL for anything else than a time; -ERANGE from 2^32 seconds (136 years) on.
 */
int text_parse_duration(const char *text, uint64_t *seconds);

/**
 * text_size() - format a size in bytes: "8 KiB", "1008 GiB", "16 EiB".
 * @buffer: where to write
 * @len: bytes in @buffer, 16 are enough
 * @last: the size in bytes less one, so that the whole 64-bit space (2^64) can be said
 *
 * Return: @buffer.
 */
char *text_size(char *buffer, size_t len, uint64_t last);

/**
 * text_duration() - format a duration: "12 us", "3.1 s", "4.2 min", "11 h".
 * @buffer: where to write
 * @len: bytes in @buffer, 16 are enough
 *
 * Return: @buffer.
 */
char *text_duration(char *buffer, size_t len, uint64_t nanoseconds);

/**
 * text_is_word() - tell if @text is a plain word: letters, digits, and any of "_.:-", at least one.
 *
 * Names from outside end up in commands that people paste: only plain words may.
 */
bool text_is_word(const char *text);

/** text_starts() - tell if @text starts with @prefix. */
bool text_starts(const char *text, const char *prefix);

/**
 * text_next_line() - take the next line off the front of *@rest, which is changed, and NULL behind the last.
 *
 * As strsep(3) does with "\n", in a third of its time: some texts are read by the thousand.
 */
char *text_next_line(char **rest);

/** text_compare() - compare two strings by their bytes, for qsort(3): @a and @b point to them. */
int text_compare(const void *a, const void *b);

/** text_base_name() - return the part of @path behind its last '/'. */
const char *text_base_name(const char *path);

/** text_keep_base_name() - cut @path to that part, in its place. Return: @path. */
char *text_keep_base_name(char *path);

#endif
