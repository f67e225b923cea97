/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report in the format of a monitoring plugin (Nagios, Icinga): one line with the state, and
 * perfdata after "|"; the findings follow as lines. The exit status of check is that of a plugin.
 * Commands of fixes are not printed: most have a pipe, which begins perfdata, so they could not be
 * pasted from here, and a monitoring server is not the host to run them on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "view/monitor/tally.h"
#include "view/view.h"
#include "view/words.h"

/* Sizes in bytes: whole output, text of a line, line that counts omitted findings. */
enum { OUTPUT_MAX = 4095, TEXT_MAX = 512, LAST_LINE_MAX = 64 };

/*
 * Text that cannot be mistaken for perfdata or a new line; other characters become '?'.
 * A text that is too long ends in "...".
 */
static char *plain(const char *text, size_t max)
{
	char *line = xcalloc(max + 1, 1);
	size_t len = 0;

	for (; *text && len < max; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c & 0xc0) == 0x80)
			continue; /* the first byte stands for the character */
		if (c < 0x20 || c > 0x7e || c == '|')
			c = '?';
		line[len++] = (char)c;
	}
	if (*text)
		snprintf(line + max - 3, 4, "...");
	return line;
}

/* Return: how many bytes were printed. */
static size_t print_state(FILE *out, const struct report *report, const struct tally *tally)
{
	static const char *const states[] = {
		[READINESS_NONE] = "UNKNOWN",	    [READINESS_READY] = "OK",
		[READINESS_WARNINGS] = "WARNING",   [READINESS_NOT_READY] = "CRITICAL",
		[READINESS_UNMEASURED] = "UNKNOWN", [READINESS_NOT_BOUND] = "OK",
	};
	/* The worst finding, where it has led to the state. */
	const struct finding *worst = readiness_status(report->readiness) && report->findings.count
					      ? report->findings.finding
					      : NULL;
	bool is_bound = report->readiness != READINESS_NOT_BOUND;
	size_t count = is_bound ? report->n_subjects : tally->states[STATE_AVAILABLE];
	_cleanup_free_ char *all = xasprintf(
		"VFIODIAG %s - %s, %zu %s%s %s%s%s%s%s", states[report->readiness],
		words_readiness(report->readiness), count, is_bound ? "group" : "device",
		count == 1 ? "" : "s", is_bound ? "checked" : "available", worst ? ": " : "",
		worst ? worst->subject : "", worst ? ": " : "", worst ? worst->message : "");
	_cleanup_free_ char *line = plain(all, TEXT_MAX);
	_cleanup_free_ char *devices = NULL;
	int printed;

	for (enum device_state state = STATE_ASSIGNED; state < STATE_COUNT; state++)
		xappend(&devices, " devices_%s=%zu;;;0", state_name(state), tally->states[state]);
	printed = fprintf(
		out,
		"%s | groups=%zu;;;0 bound_groups=%zu;;;0 checked_groups=%zu;;;0 failures=%zu;;;0 "
		"unmeasured=%zu;;;0 warnings=%zu;;;0 notes=%zu;;;0 host_status=%d;;;0%s\n",
		line, report->host->n_groups, tally->bound_groups, report->n_subjects,
		tally->severities[SEVERITY_FAILURE], tally->severities[SEVERITY_UNMEASURED],
		tally->severities[SEVERITY_WARNING], tally->severities[SEVERITY_NOTE],
		readiness_status(report->host_readiness), devices);
	return printed < 0 ? OUTPUT_MAX : (size_t)printed;
}

/* Print as many findings as fit after @used bytes. OK findings are omitted. */
static void print_findings(FILE *out, const struct findings *findings, size_t used)
{
	size_t left_out = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];
		_cleanup_free_ char *all = NULL;
		_cleanup_free_ char *line = NULL;

		if (finding->severity == SEVERITY_OK)
			continue;
		all = xasprintf("%s: %s: %s [%s]%s%s", severity_name(finding->severity),
				finding->subject, finding->message, finding->id,
				finding->hint ? "; Fix: " : "", finding->hint ? finding->hint : "");
		line = plain(all, TEXT_MAX);
		used += strlen(line) + 1;
		/* After the first that does not fit all are omitted: the worst come first. */
		if (left_out || used > OUTPUT_MAX - LAST_LINE_MAX)
			left_out++;
		else
			fprintf(out, "%s\n", line);
	}
	if (left_out)
		fprintf(out, "%zu more finding%s omitted\n", left_out, left_out == 1 ? "" : "s");
}

int write_report_nagios(FILE *out, const struct report *report, const struct view_options *options)
{
	struct tally tally;

	(void)options;
	tally_make(report, &tally);
	print_findings(out, &report->findings, print_state(out, report, &tally));
	tally_clear(&tally);
	return ferror(out) ? -EIO : 0;
}
