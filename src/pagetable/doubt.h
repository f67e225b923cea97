/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_PAGETABLE_DOUBT_H
#define VFIODIAG_PAGETABLE_DOUBT_H

/**
 * enum doubt - why the entries of a mapping prove nothing.
 * @DOUBT_NONE: they do: each leads to the memory that was mapped
 * @DOUBT_NOT_READ: the table could not be read; an enum table_result beside it tells why
 * @DOUBT_NOT_ALIGNED: the pages do not start at a multiple of their size, in bus or memory
 * @DOUBT_NOT_CONTIGUOUS: the second page does not follow the first in memory
 * @DOUBT_NOT_MAPPED: a part of the mapping has no entry
 * @DOUBT_OTHER_MEMORY: an entry leads to other memory than was mapped
 * @DOUBT_TOO_LARGE: an entry covers more than the mapping
 * @DOUBT_TOO_SMALL: a page takes more than one entry
 */
enum doubt {
	DOUBT_NONE,
	DOUBT_NOT_READ,
	DOUBT_NOT_ALIGNED,
	DOUBT_NOT_CONTIGUOUS,
	DOUBT_NOT_MAPPED,
	DOUBT_OTHER_MEMORY,
	DOUBT_TOO_LARGE,
	DOUBT_TOO_SMALL,
	DOUBTS,
};

/** doubt_name() - name @doubt in a stable short form: "other-memory". */
const char *doubt_name(enum doubt doubt);

/** doubt_words() - explain @doubt, for the end of a sentence. */
const char *doubt_words(enum doubt doubt);

#endif
