/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

static bool is_equal(char one, char other)
{
	return tolower((unsigned char)one) == tolower((unsigned char)other);
}

/* The rows of the table for the last two and the current character of @one. */
size_t suggest_distance(const char *one, const char *two)
{
	size_t rows[3][SUGGEST_MAX + 1];
	size_t n_one = strlen(one), n_two = strlen(two);

	if (n_one > SUGGEST_MAX || n_two > SUGGEST_MAX)
		return SUGGEST_MAX + 1;
	for (size_t j = 0; j <= n_two; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n_one; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= n_two; j++) {
			row[j] = above[j - 1] + !is_equal(one[i - 1], two[j - 1]);
			row[j] = smaller(row[j], smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && is_equal(one[i - 1], two[j - 2]) &&
			    is_equal(one[i - 2], two[j - 1]))
				row[j] = smaller(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[n_one % 3][n_two];
}

void suggest_offer(struct suggestion *suggestion, const char *known)
{
	size_t len = strlen(suggestion->word);
	size_t distance = suggest_distance(suggestion->word, known);
	bool is_near = distance <= (len + 1) / 3;

	/* The word itself was refused, so to offer it helps nobody. */
	if (strcmp(suggestion->word, known) == 0)
		return;
	if (len > 1 && distance <= SUGGEST_MAX && strncasecmp(suggestion->word, known, len) == 0) {
		distance = smaller(distance, 1);
		is_near = true;
	}
	if (!is_near || !len || (*suggestion->nearest && distance >= suggestion->distance))
		return;
	snprintf(suggestion->nearest, sizeof(suggestion->nearest), "%s", known);
	suggestion->distance = distance;
}

const char *suggest_text(struct suggestion *suggestion, const char *otherwise)
{
	if (!*suggestion->nearest)
		return otherwise;
	snprintf(suggestion->text, sizeof(suggestion->text), " (did you mean '%s'?)",
		 suggestion->nearest);
	return suggestion->text;
}
