/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_REFUSAL_H
#define VFIODIAG_PROBE_REFUSAL_H

#include "model/probe.h"
#include "source/source.h"

/*
 * Refusals of a probe, each with its object and a fix. All functions fill probe->failure and
 * return -1, so that a step can end with them.
 */

/** refuse() - record a failure in words. @hint may be NULL. */
int refuse(struct probe *probe, const char *step, int status, int error, const char *hint,
	   const char *format, ...) __attribute__((format(printf, 6, 7)));

/** refuse_command() - add a command to the fix of a refusal. @text: taken over. Return: -1. */
int refuse_command(struct probe *probe, const char *does, char *text);

/** refuse_group() - refuse a group that cannot be probed. Return: 0 if it can. Opens nothing. */
int refuse_group(struct probe *probe, const struct host *host);

/** refuse_hazard() - refuse a group with hazards. Return: 0 if a live test is allowed. */
int refuse_hazard(struct probe *probe, const struct host *host, bool force);

/**
 * refuse_unrecorded() - record that a capture has no answers for the group.
 * @what: it has none of, for the container type @type, or NULL
 * @command: that would record it
 */
int refuse_unrecorded(struct probe *probe, const char *what, const char *type, const char *command);

/** refuse_open() - record that opening @path failed with @error (negative). */
int refuse_open(struct probe *probe, struct source *source, const char *step, const char *path,
		int error);

/**
 * refuse_window() - record for each allowed range why it has no place for two pages, or that none
 * is known.
 */
int refuse_window(struct probe *probe);

/** refuse_unmapped() - record that @unmapped bytes were unmapped in place of @size. */
int refuse_unmapped(struct probe *probe, uint64_t unmapped, uint64_t size);

/** refuse_ioctl() - record that the ioctl of @step failed with @error (negative). */
int refuse_ioctl(struct probe *probe, const char *step, int error);

#endif
