/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_IOVA_WORDS_H
#define VFIODIAG_IOVA_WORDS_H

#include <stddef.h>

#include "iova/space.h"

/* Sentences about an IOVA space, shared by iova and fits, text and JSON. */

/** words_of_hit() - describe an obstacle, its range and its purpose. Free the result. */
char *words_of_hit(const struct space *space, const struct hit *hit);

/** words_of_unknown() - explain why the allowed ranges are not known; NULL if they are. */
const char *words_of_unknown(const struct space *space);

/** words_of_exact_bytes() - print a size in the largest unit of which it is a whole number. */
char *words_of_exact_bytes(char *buffer, size_t len, uint64_t bytes);

/** words_of_bytes() - print a size as text_size() does, including 0. Return: @buffer. */
char *words_of_bytes(char *buffer, size_t len, uint64_t bytes);

#endif
