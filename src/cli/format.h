/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_FORMAT_H
#define VFIODIAG_CLI_FORMAT_H

#include <stdbool.h>

#include "view/view.h"

/*
 * The formats of a report on the command line. @has_verdict tells if the command gives a verdict,
 * which some formats need.
 */

/** format_parse() - find the format @word; ends the program if the command has none. */
const struct report_format *format_parse(const char *word, bool has_verdict);

/** format_help() - list the formats and their purpose for --help, new. */
char *format_help(bool has_verdict);

/**
 * format_print() - compose @report in memory, and print it on standard output with one write: it
 * is there as a whole, or not at all.
 * @status: what the command came to
 *
 * Return: the exit status that the reader of @format expects; EXIT_UNMEASURED after a message
 * where it could not be written.
 */
int format_print(const struct report_format *format, const struct report *report,
		 const struct view_options *options, int status);

/**
 * format_write() - write @len bytes of @text to standard output: all of them, or none that could be
 * taken back.
 *
 * Return: 0, or -1 after a message.
 */
int format_write(const char *text, size_t len);

/**
 * format_save() - write the same to the file @path, which is replaced as a whole and which others
 * may read; "-" is standard output.
 *
 * Return: as format_print(), but EXIT_UNWRITTEN after a message if the file could not be written.
 */
int format_save(const char *path, const struct report_format *format, const struct report *report,
		const struct view_options *options, int status);

/**
 * format_print_row() - print the row about one capture of many.
 * @is_first: the heading belongs above it
 *
 * Return: 0, or -1 after a message if it could not be written.
 */
int format_print_row(const struct report_format *format, const struct row *row, bool is_first,
		     const struct view_options *options);

#endif
