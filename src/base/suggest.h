/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_SUGGEST_H
#define VFIODIAG_BASE_SUGGEST_H

#include <stddef.h>

/** SUGGEST_MAX - longer words than this are neither corrected nor suggested. */
#define SUGGEST_MAX 64

/**
 * struct suggestion - a word that is not known, and the known one that is nearest to it.
 * @nearest: a copy; empty while none is near enough
 * @distance: edits between the two
 * @text: buffer of suggest_text()
 */
struct suggestion {
	const char *word;
	char nearest[SUGGEST_MAX + 1];
	size_t distance;
	char text[SUGGEST_MAX + sizeof(" (did you mean ''?)")];
};

/**
 * suggest_distance() - count the edits that make @two of @one.
 *
 * An edit adds, drops or replaces a character, or swaps two neighbours. Case does not matter.
 * Return: SUGGEST_MAX + 1 if a word is too long.
 */
size_t suggest_distance(const char *one, const char *two);

/**
 * suggest_offer() - let @known be the suggestion if it is nearer than those offered before.
 *
 * At most one character in three may be wrong, or the word is the beginning of @known. Of equally
 * near words the first one offered stays.
 */
void suggest_offer(struct suggestion *suggestion, const char *known);

/**
 * suggest_text() - return " (did you mean 'KNOWN'?)", for the end of a sentence about the word.
 * @otherwise: returned if no known word is near
 */
const char *suggest_text(struct suggestion *suggestion, const char *otherwise);

#endif
