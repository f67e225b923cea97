/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_FINDING_H
#define VFIODIAG_MODEL_FINDING_H

#include <stddef.h>
#include <stdint.h>

#define FINDING_HOST (-1)

/** enum severity - severity of a finding. @SEVERITY_OK: shown only with --verbose. */
enum severity {
	SEVERITY_OK,
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_FAILURE,
	SEVERITY_UNMEASURED,
};

/**
 * struct finding - a conclusion from facts.
 * @id: stable short words, "advertised-not-observed"
 * @group: number of the group it is about; FINDING_HOST for the host
 * @subject: the object, "group 3"
 * @message: one sentence
 * @hint: the fix, its command last; NULL if there is none
 */
struct finding {
	const char *id;
	enum severity severity;
	int64_t group;
	char *subject;
	char *message;
	char *hint;
};

/** struct findings - any number of them. */
struct findings {
	struct finding *finding;
	size_t count;
};

/** findings_add() - take over the strings and append. */
void findings_add(struct findings *findings, const struct finding *finding);

/** findings_clear() - free all findings. */
void findings_clear(struct findings *findings);

/** findings_sort() - worst first; those of one severity stay as they are. */
void findings_sort(struct findings *findings);

/** severity_weight() - how bad it is, from 0: what could not be measured may be a failure. */
int severity_weight(enum severity severity);

/** severity_name() - "ok", "note" … */
const char *severity_name(enum severity severity);

#endif
