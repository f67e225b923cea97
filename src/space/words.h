/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_WORDS_H
#define VFIODIAG_SPACE_WORDS_H

#include <stddef.h>

#include "space/space.h"

/* Sentences about an IOVA space that both commands and both formats want. */

/** words_of_hit() - what is in the way, from where to where, and what maps there. Free it. */
char *words_of_hit(const struct space *space, const struct hit *hit);

/** words_of_unknown() - why the allowed ranges are not known; NULL where they are. */
const char *words_of_unknown(const struct space *space);

/** words_of_exact_bytes() - the same, but in the largest unit of which it is a whole number. */
char *words_of_exact_bytes(char *buffer, size_t len, uint64_t bytes);

/** words_of_bytes() - as text_size(), for a size that may be 0. Return: @buffer. */
char *words_of_bytes(char *buffer, size_t len, uint64_t bytes);

#endif
