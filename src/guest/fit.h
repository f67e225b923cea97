/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_GUEST_FIT_H
#define VFIODIAG_GUEST_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/limits.h"
#include "guest/entry_limit.h"
#include "guest/layout.h"
#include "iova/space.h"

/*
 * Facts that decide whether a guest starts with the devices of some groups. Pure. The family
 * "guest" of src/check judges them.
 */

/**
 * struct fit_request - guest and groups to check.
 * @spaces: the IOVA spaces of the groups; without any, nothing is mapped, and only the host counts
 * @page: size of the pages that hold its memory, in bytes; 0 if not given
 * @each_page: each page is mapped by itself, as by SPDK, a confidential guest, or a guest with a
 *	virtual IOMMU
 * @viommu: the guest has a virtual IOMMU, so each group has its own container
 * @memlock: locked memory limit of the process that runs the guest
 */
struct fit_request {
	const struct host *host;
	const struct guest *guest;
	const struct space *spaces;
	size_t n_spaces;
	uint64_t page;
	bool each_page;
	bool viommu;
	const struct memlock *memlock;
};

/** FIT_DEFAULT_PAGE - the page size for which maps are counted if none is given: a huge page. */
#define FIT_DEFAULT_PAGE (UINT64_C(2) << 20)

/**
 * struct piece_fit - result of mapping a piece.
 * @piece: in the layout, or @bar_at_top
 * @space: the first space that refuses it, or of which it is not known; or the first
 * @words: the obstacle; NULL if there is none
 */
struct piece_fit {
	struct piece piece;
	enum usable usable;
	const struct space *space;
	char *words;
};

/** FIT_TOP_BITS_MIN, FIT_TOP_BITS_MAX - address bits that firmware uses (layout_top_window()). */
#define FIT_TOP_BITS_MIN 39
#define FIT_TOP_BITS_MAX 46

/** bar_at_top - rule that placed a piece where newer firmware puts BARs. */
extern const char bar_at_top[];

/**
 * struct fit - result for a guest.
 * @request: what was asked; borrowed
 * @pieces: all pieces of the layout, and BARs where other firmware puts them
 * @largest: the largest memory size that fits, in bytes; 0 if not searched for
 * @newer_machine: a newer machine type puts the memory where all groups take it
 * @asked_top: there are BARs, and firmware may put them at the top of the CPU's addresses
 * @top_bits: the most address bits with which the IOMMU takes them there; 0 if never
 * @maps: number of maps that QEMU makes for the memory
 * @page: the given page size, or FIT_DEFAULT_PAGE
 * @page_maps: number of maps page by page, of @page
 * @containers: how many times the memory is counted: once for each container that holds all of it
 * @need: bytes that the process must be able to lock
 * @need_later: @need after all memory was added
 */
struct fit {
	const struct fit_request *request;
	struct layout layout;
	struct piece_fit *pieces;
	size_t n_pieces;
	uint64_t largest;
	bool newer_machine;
	bool asked_top;
	unsigned int top_bits;
	uint64_t maps;
	uint64_t page;
	uint64_t page_maps;
	struct entry_limit entry_limit;
	size_t containers;
	uint64_t need;
	uint64_t need_later;
};

/**
 * FIT_NO_PIN_TIME - the reason why struct fit has no time for pinning.
 *
 * The command fits only reads, and a number without a measurement would be invented. The
 * measurement is a separate command, since it takes memory of the host.
 */
#define FIT_NO_PIN_TIME "'vfiodiag bench' measures it"

/** fit_piece() - compare @piece with one space. Free the words. */
struct piece_fit fit_piece(const struct space *space, const struct piece *piece);

/**
 * fit_make() - lay out the guest of @request, and compare it with its spaces and limits.
 *
 * End it with fit_clear().
 */
void fit_make(const struct fit_request *request, struct fit *fit);

/**
 * fit_relaxed() - find where a guest with relaxed translation has all its memory mapped.
 * @piece: the last piece of the layout that is mapped
 * @range: set if it can have it
 *
 * Return: false if the devices of @space have no relaxed translation, or its addresses are not
 * known.
 */
bool fit_relaxed(const struct fit *fit, const struct space *space, size_t piece,
		 struct range *range);

/** fit_clear() - free the members of @fit. */
void fit_clear(struct fit *fit);

#endif
