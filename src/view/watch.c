/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes as they come, for people and for programs. */
#include "view/watch.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/count.h"
#include "view/parts.h"

/* UTC, as in captures: the lines of many hosts are read together. */
static const char *when_text(time_t when, char *buffer, size_t len)
{
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(buffer, len, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buffer;
}

int write_change_text(FILE *out, const struct change *change, const struct view_options *options)
{
	const struct finding *finding = change->finding;
	bool is_bad = change->kind == CHANGE_APPEARED && finding->severity == SEVERITY_FAILURE;
	const char *color = change->kind == CHANGE_CLEARED ? "\033[32m"
			    : change->kind == CHANGE_LOST  ? "\033[33m"
			    : is_bad			   ? "\033[31m"
							   : "\033[1m";
	char when[32];

	fprintf(out, "%s  %s%-8s%s  ", when_text(change->when, when, sizeof(when)),
		options->color ? color : "", change_name(change->kind),
		options->color ? "\033[0m" : "");
	if (change->kind == CHANGE_VERDICT)
		fputs(readiness_name(change->readiness), out);
	else if (change->kind == CHANGE_LOST)
		fputs("events were lost; everything was read again", out);
	else
		fprintf(out, "%s: %s: %s [%s]", severity_name(finding->severity), finding->subject,
			finding->message, finding->id);
	if (change->kind == CHANGE_APPEARED && finding->hint)
		fprintf(out, "\n%22sFix: %s", "", finding->hint);
	for (size_t i = 0; change->kind == CHANGE_APPEARED && i < finding->n_commands; i++)
		fprintf(out, "\n%26s%s", "", finding->commands[i].text);
	fputc('\n', out);
	/* Not all of it may have waited for the flush. */
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

int write_change_json(FILE *out, const struct change *change, const struct view_options *options)
{
	json_t *object;
	char when[32];
	int ret;

	(void)options;
	object = json_pack("{s:s, s:s, s:s}", "schema", "vfiodiag/1", "time",
			   when_text(change->when, when, sizeof(when)), "event",
			   change_name(change->kind));
	if (!object)
		out_of_memory();
	if (change->finding)
		json_object_set_new(object, "finding", json_finding(change->finding));
	if (change->kind == CHANGE_VERDICT)
		json_object_set_new(object, "verdict",
				    json_string(readiness_name(change->readiness)));
	ret = json_dumpf(object, out, JSON_COMPACT);
	json_decref(object);
	return ret < 0 || fputc('\n', out) == EOF || fflush(out) == EOF ? -EIO : 0;
}
