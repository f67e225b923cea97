/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/worker.h"

/* Return the format number @index among those that a command offers; NULL behind the last. */
static const struct report_format *nth(bool has_verdict, size_t index)
{
	for (const struct report_format *const *format = report_formats; *format; format++) {
		if (((*format)->needs_verdict && !has_verdict) || index--)
			continue;
		return *format;
	}
	return NULL;
}

/* "text, json or jsonl". New. */
static char *names(bool has_verdict)
{
	const struct report_format *format;
	char *list = xstrdup("");

	for (size_t i = 0; (format = nth(has_verdict, i)); i++) {
		const char *between = !i ? "" : nth(has_verdict, i + 1) ? ", " : " or ";
		char *longer = xasprintf("%s%s%s", list, between, format->name);

		free(list);
		list = longer;
	}
	return list;
}

static _Noreturn void refuse(const char *word, bool has_verdict)
{
	struct suggestion suggestion = { .word = word };
	const struct report_format *format;

	for (size_t i = 0; (format = nth(has_verdict, i)); i++)
		suggest_offer(&suggestion, format->name);
	bad_usage("unknown format '%s'%s: use %s", word, suggest_text(&suggestion, ""),
		  names(has_verdict));
}

const struct report_format *format_parse(const char *word, bool has_verdict)
{
	const struct report_format *format = report_format_find(word);

	if (!format)
		refuse(word, has_verdict);
	if (format->needs_verdict && !has_verdict)
		bad_usage("--format %s is a format of 'vfiodiag check': use %s", word,
			  names(has_verdict));
	return format;
}

char *format_help(bool has_verdict)
{
	const struct report_format *format;
	char *list = xstrdup("Output format: ");

	for (size_t i = 0; (format = nth(has_verdict, i)); i++) {
		char *longer = xasprintf("%s%s%s (%s)", list, i ? ", " : "", format->name,
					 format->description);

		free(list);
		list = longer;
	}
	return list;
}

/*
 * Remove the @part that was written before the disk was full, unless another process has appended
 * to the file since.
 */
static void take_back(const struct stat *before, size_t part)
{
	struct stat now;

	if (part && S_ISREG(before->st_mode) && fstat(STDOUT_FILENO, &now) == 0 &&
	    now.st_size == before->st_size + (off_t)part &&
	    ftruncate(STDOUT_FILENO, before->st_size) < 0)
		complain("cannot remove the incomplete output: %s", strerror(errno));
}

int format_write(const char *text, size_t len)
{
	struct stat before = { 0 };
	size_t part = 0;

	/* The parent of a child keeps the output until it is complete. */
	if (worker_is_here())
		return fwrite(text, 1, len, stdout) == len ? 0 : -1;
	fstat(STDOUT_FILENO, &before);
	while (part < len) {
		ssize_t written = write(STDOUT_FILENO, text + part, len - part);
		int error = errno;

		if (written < 0 && error == EINTR)
			continue;
		if (written < 0) {
			take_back(&before, part);
			complain("cannot write to standard output: %s", strerror(error));
			return -1;
		}
		part += (size_t)written;
	}
	return 0;
}

/* Return the report in @format, new. */
static char *compose(const struct report_format *format, const struct report *report,
		     const struct view_options *options, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out || format->write(out, report, options) < 0 || fclose(out) != 0)
		out_of_memory();
	return text;
}

int format_print(const struct report_format *format, const struct report *report,
		 const struct view_options *options, int status)
{
	size_t len = 0;
	_cleanup_free_ char *text = compose(format, report, options, &len);

	if (format_write(text, len) < 0)
		return EXIT_UNMEASURED;
	return format->always_success ? EXIT_OBSERVED : status;
}

int format_save(const char *path, const struct report_format *format, const struct report *report,
		const struct view_options *options, int status)
{
	_cleanup_free_ char *text = NULL;
	struct output output;
	size_t len = 0;
	int ret;

	if (output_is_stdout(path))
		return format_print(format, report, options, status);
	text = compose(format, report, options, &len);
	ret = output_open(&output, path, OUTPUT_SHARED);
	if (ret >= 0) {
		/* A failure here is reported by output_close(). */
		fwrite(text, 1, len, output.file);
		ret = output_close(&output, true);
	}
	if (ret < 0) {
		complain("cannot write '%s': %s", path, output_reason(&output, ret));
		return EXIT_UNWRITTEN;
	}
	return format->always_success ? EXIT_OBSERVED : status;
}

int format_print_row(const struct report_format *format, const struct row *row, bool is_first,
		     const struct view_options *options)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		out_of_memory();
	if (is_first && format->heading)
		fputs(format->heading, out);
	if (format->write_row(out, row, options) < 0 || fclose(out) != 0)
		out_of_memory();
	return format_write(text, len);
}
