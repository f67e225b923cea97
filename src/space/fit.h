/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_FIT_H
#define VFIODIAG_SPACE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"
#include "space/entry_limit.h"
#include "space/layout.h"
#include "model/limits.h"
#include "space/space.h"

/*
 * Whether a guest will start with the devices of some groups. Pure.
 */

/**
 * struct fit_request - what is asked.
 * @spaces: the IOVA spaces of the groups, at least one
 * @page: of what size the pages are that hold its memory, in bytes; 0 where nobody said
 * @each_page: each page is mapped by itself, as SPDK does it, or a confidential guest, or one with
 *	an IOMMU of its own
 * @viommu: the guest has an IOMMU of its own, so each group has a container for itself
 * @memlock: what the process may lock
 * @named: somebody named the process that will run the guest
 */
struct fit_request {
	const struct guest *guest;
	const struct space *spaces;
	size_t n_spaces;
	uint64_t page;
	bool each_page;
	bool viommu;
	const struct memlock *memlock;
	bool named;
};

/**
 * struct piece_fit - whether the IOMMU takes a piece.
 * @piece: in the layout, or @bar_at_top
 * @space: the one that does not take it; or the first
 * @words: what is in the way; NULL where nothing is
 */
struct piece_fit {
	struct piece piece;
	enum usable usable;
	const struct space *space;
	char *words;
};

/**
 * struct fit - the answer.
 * @pieces: all of the layout, and BARs where other firmware puts them
 * @largest: the largest memory that would be taken, bytes; 0 where that was no question
 * @asked_top: there are BARs, and firmware that may put them at the top of the CPU's addresses
 * @top_bits: the most address bits with which the IOMMU takes them there; 0 where it never does
 * @maps: how many maps QEMU makes for the memory
 * @page_maps: how many it takes page by page; 0 where nobody said how large they are
 * @containers: how many hold all of the memory
 * @need: bytes that must be lockable
 * @need_later: the same once all memory was added
 * @inferred: some of it was not seen but inferred
 * @remarks: what speaks against it, or is to be known
 * @status: exit status
 */
struct fit {
	struct layout layout;
	struct piece_fit *pieces;
	size_t n_pieces;
	uint64_t largest;
	bool asked_top;
	unsigned int top_bits;
	uint64_t maps;
	uint64_t page_maps;
	struct entry_limit entry_limit;
	size_t containers;
	uint64_t need;
	uint64_t need_later;
	bool inferred;
	struct findings remarks;
	int status;
};

/**
 * FIT_NO_PIN_TIME - why struct fit does not say how long pinning will take.
 *
 * fits only reads, and a number that nobody measured would be invented. The measurement is a command
 * of its own, since it takes memory of the host.
 */
#define FIT_NO_PIN_TIME "'vfiodiag bench' measures it"

/** fit_make() - answer @request. End it with fit_clear(). */
void fit_make(const struct fit_request *request, struct fit *fit);

/** fit_clear() - free what hangs on it. */
void fit_clear(struct fit *fit);

#endif
