/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/words.h"

const char *words_or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

const char *words_readiness(enum readiness readiness)
{
	static const char *const words[] = {
		[READINESS_NONE] = "nothing to assign",
		[READINESS_READY] = "ready",
		[READINESS_WARNINGS] = "usable, with warnings",
		[READINESS_NOT_READY] = "not ready",
		[READINESS_UNMEASURED] = "could not be measured",
		[READINESS_NOT_BOUND] = "ready, but not bound yet",
	};

	return words[readiness];
}

const char *words_splitting(const struct verdict *verdict)
{
	bool observed = verdict->confidence == CONFIDENCE_OBSERVED;

	switch (verdict->splitting) {
	case ANSWER_NO:
		return observed ? "not supported (fine-grained superpages are in use)"
				: "probably not supported (superpages of two pages are advertised)";
	case ANSWER_YES:
		return observed ? "supported (no fine-grained superpages)"
				: "probably supported (no superpages of two pages are advertised)";
	default:
		return "unknown";
	}
}
