/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PROBE_REFUSAL_H
#define VFIODIAG_PROBE_REFUSAL_H

#include "model/probe.h"
#include "source/source.h"

/*
 * Why a probe can't go on: each refusal with the object that it is about and what to do.
 * All of these fill probe->failure and return -1, so that a step can end with them.
 */

/** refuse() - a failure in words. @hint may be NULL. */
int refuse(struct probe *probe, const char *step, int status, int error, const char *hint,
	   const char *format, ...) __attribute__((format(printf, 6, 7)));

/** refuse_group() - 0 when the facts let @probe->group be probed. Nothing is opened. */
int refuse_group(struct probe *probe, const struct host *host);

/** refuse_hazard() - 0 when the hazards of the group allow a live test. */
int refuse_hazard(struct probe *probe, const struct host *host, bool force);

/** refuse_open() - opening @path failed with @error (negative). */
int refuse_open(struct probe *probe, struct source *source, const char *step, const char *path,
		int error);

/** refuse_window() - there is no place for two pages; says why for each allowed range. */
int refuse_window(struct probe *probe);

/** refuse_ioctl() - the ioctl of @step failed with @error (negative). */
int refuse_ioctl(struct probe *probe, const char *step, int error);

#endif
