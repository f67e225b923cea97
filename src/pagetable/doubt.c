/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/doubt.h"

static const struct {
	const char *name;
	const char *words;
} doubts[DOUBTS] = {
	[DOUBT_NONE] = { "none", "the entries agree with the memory that was mapped" },
	[DOUBT_NOT_READ] = { "not-read", "the page table could not be read" },
	[DOUBT_NOT_ALIGNED] = { "not-aligned", "the pages are not aligned to their size" },
	[DOUBT_NOT_CONTIGUOUS] = { "not-contiguous",
				   "the pages do not follow each other in memory" },
	[DOUBT_NOT_MAPPED] = { "not-mapped",
			       "the page table has no entry for a part of the mapping" },
	[DOUBT_OTHER_MEMORY] = { "other-memory", "an entry leads to other memory than was mapped" },
	[DOUBT_TOO_LARGE] = { "too-large", "an entry covers more than was mapped" },
	[DOUBT_TOO_SMALL] = { "too-small", "a page takes more than one entry" },
};

const char *doubt_name(enum doubt doubt)
{
	return doubts[doubt].name;
}

const char *doubt_words(enum doubt doubt)
{
	return doubts[doubt].words;
}
