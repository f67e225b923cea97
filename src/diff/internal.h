/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_DIFF_INTERNAL_H
#define VFIODIAG_DIFF_INTERNAL_H

#include "diff/diff.h"
#include "model/fact.h"

/* Shared by the files of this directory only. */

/**
 * struct pair - a group on both sides.
 * @before: NULL where it appeared
 * @after: NULL if it was removed
 */
struct pair {
	const struct group *before;
	const struct group *after;
};

/** struct diff - the two reports, and the list of differences. */
struct diff {
	const struct report *before;
	const struct report *after;
	struct pair *pairs;
	size_t n_pairs;
	struct comparison *comparison;
};

/** changed() - note a difference of @field, where there is one. NULL is no value. */
void changed(struct diff *diff, enum difference_area area, const char *subject, const char *field,
	     const char *before, const char *after);

/** changed_known() - the same, but where one side is NULL it was not measured there. */
void changed_known(struct diff *diff, enum difference_area area, const char *subject,
		   const char *field, const char *before, const char *after);

/** appeared() - note that @subject is new. @what: its description, or NULL */
void appeared(struct diff *diff, enum difference_area area, const char *subject, const char *what);

/** removed() - note that @subject is gone. */
void removed(struct diff *diff, enum difference_area area, const char *subject, const char *what);

/** not_compared() - note that @subject was not measured on both sides, for @reason. */
void not_compared(struct diff *diff, const char *subject, const char *reason);

/** not_compared_field() - the same for @field of @subject. */
void not_compared_field(struct diff *diff, const char *subject, const char *field,
			const char *reason);

/* Texts in two lists, each once: those in one list only appeared or were removed. */
struct words {
	char **word;
	size_t count;
};

/** words_add() - take over @word. */
void words_add(struct words *words, char *word);

/** words_clear() - free all words. */
void words_clear(struct words *words);

/** changed_words() - note the words of @field that appeared or were removed. Sorts the lists. */
void changed_words(struct diff *diff, enum difference_area area, const char *subject,
		   const char *field, struct words *before, struct words *after);

/**
 * compare_facts() - compare two things by the table of their facts.
 * @subject: NULL: each fact is about the area that it names, the kernel or the host
 */
void compare_facts(struct diff *diff, const struct fact *facts, const char *subject,
		   const void *before, const void *after);

/* The parts of compare_reports() */

/** compare_system() - kernel, host, parameters, IOMMU units. */
void compare_system(struct diff *diff);

/** compare_devices() - devices and their drivers. */
void compare_devices(struct diff *diff);

/** compare_groups() - groups, their regions and tests; fills diff->pairs. */
void compare_groups(struct diff *diff);

/** compare_findings() - findings and the verdict. */
void compare_findings(struct diff *diff);

#endif
