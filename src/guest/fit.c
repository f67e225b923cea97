/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "iova/words.h"

#define MIB (UINT64_C(1) << 20)

static uint64_t size_of(const struct range *range)
{
	return range->end - range->start + 1;
}

struct piece_fit fit_piece(const struct space *space, const struct piece *piece)
{
	struct piece_fit fit = { .piece = *piece, .space = space };
	struct hit hit;

	/*
	 * A piece that devices reach through the guest's own tables needs no fixed address: the
	 * guest uses the addresses of the host's function.
	 */
	if (piece->translated) {
		hit = (struct hit){ .kind = space->locked ? HIT_LOCKED : HIT_NOTHING };
		fit.usable = space->locked ? USABLE_NO : USABLE_YES;
	} else {
		fit.usable = space_check(space, piece->range.start, size_of(&piece->range), false,
					 &hit);
	}
	if (fit.usable == USABLE_NO)
		fit.words = words_of_hit(space, &hit);
	return fit;
}

/* Check @piece against all groups: the first that does not take it decides. */
static struct piece_fit check_piece(const struct fit_request *request, const struct piece *piece)
{
	struct piece_fit fit = fit_piece(&request->spaces[0], piece);

	for (size_t i = 1; i < request->n_spaces && fit.usable != USABLE_NO; i++) {
		struct piece_fit its = fit_piece(&request->spaces[i], piece);

		if (its.usable < fit.usable)
			fit = its;
	}
	return fit;
}

static bool all_take(const struct fit_request *request, const struct range *range)
{
	for (size_t i = 0; i < request->n_spaces; i++) {
		struct hit hit;

		if (space_check(&request->spaces[i], range->start, size_of(range), false, &hit) ==
		    USABLE_NO)
			return false;
	}
	return true;
}

/* True if all groups take the memory of @guest without the part that can be plugged. */
static bool takes_memory(const struct fit_request *request, const struct guest *guest)
{
	struct layout layout;
	bool taken = true;

	layout_make(guest, &layout);
	for (size_t i = 0; i < layout.n_pieces && taken; i++)
		taken = layout.piece[i].kind != PIECE_RAM ||
			all_take(request, &layout.piece[i].range);
	layout_clear(&layout);
	return taken;
}

/* The largest memory size below the requested one that all groups take, in whole MiB. */
static uint64_t largest_memory(const struct fit_request *request)
{
	uint64_t good = 0, bad = request->guest->memory / MIB + 1;
	struct guest guest = *request->guest;

	while (bad - good > 1) {
		uint64_t middle = good + (bad - good) / 2;

		guest.memory = guest.maxmemory = middle * MIB;
		if (takes_memory(request, &guest))
			good = middle;
		else
			bad = middle;
	}
	return good * MIB;
}

/*
 * True if the guest fits as it is with a machine type from 7.1 on, which puts memory above 1 TiB,
 * away from HyperTransport.
 *
 * QEMU: hw/i386/pc.c, pc_memory_init(), enforce_amd_1tb_hole: 7.2, 10.0.
 */
static bool newer_machine_fits(const struct fit_request *request)
{
	struct guest newer = *request->guest;
	struct layout layout;
	bool fits;

	if (!newer.major)
		return false;
	newer.major = newer.minor = 0;
	layout_make(&newer, &layout);
	fits = layout.relocated && (!newer.phys_bits || layout.bits_needed <= newer.phys_bits);
	layout_clear(&layout);
	return fits && takes_memory(request, &newer);
}

/* True if all groups take the BARs where firmware with @bits address bits puts them. */
static bool takes_bars_at_top(const struct fit_request *request, const struct layout *layout,
			      unsigned int bits)
{
	const struct guest *guest = request->guest;
	_cleanup_free_ struct range *ranges = NULL;
	uint64_t start;
	bool taken = true;

	if (!layout_top_window(guest, layout, bits, &start))
		return false;
	ranges = layout_place_bars(guest, start);
	for (size_t i = 0; i < guest->n_bars && taken; i++)
		taken = all_take(request, &ranges[i]);
	return taken;
}

const char bar_at_top[] = "at the top of the CPU's addresses, by OVMF";

/* The BARs once more, where firmware that uses all address bits puts them. */
static void check_top_bars(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;
	struct piece piece = { .kind = PIECE_BAR, .name = "BAR", .where = bar_at_top };
	_cleanup_free_ struct range *ranges = NULL;
	uint64_t start;

	if (!guest->n_bars || guest->machine == MACHINE_VIRT || guest->machine == MACHINE_S390)
		return;
	fit->asked_top = true;
	for (unsigned int bits = FIT_TOP_BITS_MAX; bits >= FIT_TOP_BITS_MIN && !fit->top_bits;
	     bits--) {
		if (takes_bars_at_top(request, &fit->layout, bits))
			fit->top_bits = bits;
	}
	if (!layout_top_window(guest, &fit->layout, guest->phys_bits, &start))
		return;
	ranges = layout_place_bars(guest, start);
	for (size_t i = 0; i < guest->n_bars; i++) {
		piece.range = ranges[i];
		APPEND(fit->pieces, fit->n_pieces, check_piece(request, &piece));
	}
}

static void check_pieces(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < fit->layout.n_pieces; i++)
		APPEND(fit->pieces, fit->n_pieces, check_piece(request, &fit->layout.piece[i]));
	check_top_bars(request, fit);
	/* A smaller guest helps only where a part of the space is in its way. */
	for (size_t i = 0; i < fit->n_pieces && !fit->largest; i++) {
		const struct piece_fit *piece = &fit->pieces[i];

		if (piece->piece.kind == PIECE_RAM && piece->usable == USABLE_NO &&
		    !piece->space->locked)
			fit->largest = largest_memory(request);
	}
	fit->newer_machine = fit->largest && !fit->layout.relocated && newer_machine_fits(request);
}

/*
 * Devices that share the guest's memory share a container, and it is counted once. With a virtual
 * IOMMU each group has its own, which all its devices share: QEMU takes a group into one address
 * space only. libvirt allows the memory once for each device then, which is never less, and else
 * once, on s390 too, where the guest decides how much of it a device reaches.
 *
 * QEMU: hw/vfio/common.c, vfio_get_group(): 7.2.
 * QEMU: hw/vfio/container.c, vfio_get_group(): 10.0.
 * libvirt: src/qemu/qemu_domain.c, qemuDomainGetMemLockLimitBytes(): 11.3.
 */
static void count_memory(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;

	fit->containers = request->viommu && request->n_spaces ? request->n_spaces : 1;
	fit->need = fit->containers * guest->memory;
	fit->need_later = fit->containers *
			  (guest->maxmemory > guest->memory ? guest->maxmemory : guest->memory);
}

/*
 * With relaxed translation QEMU maps all memory of the guest, from the first address of the
 * function on, when the guest turns it on, and memory that is plugged when it is. An ISM function
 * has none.
 *
 * QEMU: hw/s390x/s390-pci-bus.c, s390_pci_iommu_direct_map_enable(): 10.0.
 * QEMU: hw/s390x/s390-pci-vfio.c, s390_pci_read_base(): 10.0.
 */
bool fit_relaxed(const struct fit *fit, const struct space *space, size_t piece,
		 struct range *range)
{
	const struct layout *layout = &fit->layout;

	if (!layout->relaxed || piece >= layout->n_pieces || space->known_by == SPACE_UNKNOWN ||
	    !space->free.count ||
	    (space->group->n_devices && device_is_ism(space->group->devices[0])))
		return false;
	range->start = space->free.range[0].start;
	range->end = range->start + layout->piece[piece].range.end;
	return true;
}

void fit_make(const struct fit_request *request, struct fit *fit)
{
	*fit = (struct fit){
		.request = request,
		.page = request->page ? request->page : FIT_DEFAULT_PAGE,
		.entry_limit = entry_limit_of(request->host, request->spaces, request->n_spaces),
	};
	layout_make(request->guest, &fit->layout);
	if (request->n_spaces)
		check_pieces(request, fit);
	for (size_t i = 0; i < fit->layout.n_pieces; i++) {
		const struct piece *piece = &fit->layout.piece[i];

		if (piece->kind != PIECE_RAM)
			continue;
		fit->maps += !piece->translated;
		fit->page_maps += (size_of(&piece->range) - 1) / fit->page + 1;
	}
	count_memory(request, fit);
}

void fit_clear(struct fit *fit)
{
	for (size_t i = 0; i < fit->n_pieces; i++)
		free(fit->pieces[i].words);
	free(fit->pieces);
	layout_clear(&fit->layout);
	memset(fit, 0, sizeof(*fit));
}
