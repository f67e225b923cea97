/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space/fit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "space/words.h"

#define MIB (UINT64_C(1) << 20)

/* Limits of address bits that firmware uses (layout_top_window()). */
#define BITS_FIRST 39
#define BITS_LAST  46

/* QEMU also maps firmware, option ROMs and video memory, about a dozen pieces. */
#define OTHER_MAPS 64

/* Add a remark. The hint may be NULL and is copied. */
__attribute__((format(printf, 5, 6))) static void remark(struct fit *fit, const char *id,
							 enum severity severity, const char *hint,
							 const char *format, ...)
{
	struct finding finding = { .id = id, .severity = severity, .hint = xstrdup(hint) };
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&finding.message, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	findings_add(&fit->remarks, &finding);
}

static uint64_t size_of(const struct range *range)
{
	return range->end - range->start + 1;
}

/*
 * A piece that devices reach through the guest's own tables needs no fixed address: the guest
 * uses the addresses of the host's function.
 */
static enum usable check_translated(const struct space *space, struct hit *hit)
{
	*hit = (struct hit){ .kind = space->locked ? HIT_LOCKED : HIT_NOTHING };
	return space->locked ? USABLE_NO : USABLE_YES;
}

/* Check @piece against all groups: the first that does not take it decides. */
static struct piece_fit check_piece(const struct fit_request *request, const struct piece *piece)
{
	struct piece_fit fit = {
		.piece = *piece,
		.usable = USABLE_YES,
		.space = &request->spaces[0],
	};

	for (size_t i = 0; i < request->n_spaces && fit.usable != USABLE_NO; i++) {
		const struct space *space = &request->spaces[i];
		struct hit hit;
		enum usable usable = piece->translated
					     ? check_translated(space, &hit)
					     : space_check(space, piece->range.start,
							   size_of(&piece->range), false, &hit);

		if (usable >= fit.usable)
			continue;
		fit.usable = usable;
		fit.space = space;
		if (usable == USABLE_NO)
			fit.words = words_of_hit(space, &hit);
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

/* True if all groups take the BARs where firmware with @bits address bits puts them. */
static bool takes_bars_at_top(const struct fit_request *request, const struct layout *layout,
			      unsigned int bits)
{
	const struct guest *guest = request->guest;
	struct range *ranges;
	uint64_t start;
	bool taken = true;

	if (!layout_top_window(guest, layout, bits, &start))
		return false;
	ranges = xcalloc(guest->n_bars, sizeof(*ranges));
	layout_place_bars(guest, start, ranges);
	for (size_t i = 0; i < guest->n_bars && taken; i++)
		taken = all_take(request, &ranges[i]);
	free(ranges);
	return taken;
}

/* The most address bits with which all groups take the BARs; 0 if there are none. */
static unsigned int find_top_bits(const struct fit_request *request, const struct layout *layout)
{
	for (unsigned int bits = BITS_LAST; bits >= BITS_FIRST; bits--) {
		if (takes_bars_at_top(request, layout, bits))
			return bits;
	}
	return 0;
}

static void add_check(const struct fit_request *request, const struct piece *piece, struct fit *fit)
{
	APPEND(fit->pieces, fit->n_pieces, check_piece(request, piece));
}

static const char at_top[] = "at the top of the CPU's addresses, by OVMF";

/* The BARs once more, where firmware that uses all address bits puts them. */
static void check_top_bars(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;
	struct piece piece = { .kind = PIECE_BAR, .name = "BAR", .where = at_top };
	struct range *ranges;
	uint64_t start;

	if (!guest->n_bars || guest->machine == MACHINE_VIRT || guest->machine == MACHINE_S390)
		return;
	fit->asked_top = true;
	fit->top_bits = find_top_bits(request, &fit->layout);
	if (!layout_top_window(guest, &fit->layout, guest->phys_bits, &start))
		return;
	ranges = xcalloc(guest->n_bars, sizeof(*ranges));
	layout_place_bars(guest, start, ranges);
	for (size_t i = 0; i < guest->n_bars; i++) {
		piece.range = ranges[i];
		add_check(request, &piece, fit);
	}
	free(ranges);
}

static void check_pieces(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < fit->layout.n_pieces; i++)
		add_check(request, &fit->layout.piece[i], fit);
	check_top_bars(request, fit);
}

/* QEMU exits if it cannot map RAM, at its start and later; for BARs it only warns. */
static void judge_refused(const struct fit_request *request, const struct piece_fit *piece,
			  struct fit *fit)
{
	_cleanup_free_ char *hint = NULL;
	char size[16];

	switch (piece->piece.kind) {
	case PIECE_RAM:
		if (!fit->largest && !piece->space->locked)
			fit->largest = largest_memory(request);
		if (fit->largest)
			hint = xasprintf(
				"reduce the memory to %s%s",
				words_of_bytes(size, sizeof(size), fit->largest),
				request->guest->amd == ANSWER_YES && request->guest->major
					? ", or use a machine type from 7.1 on, which puts memory "
					  "above 1 TiB instead"
					: "");
		remark(fit, "memory-refused", SEVERITY_FAILURE, hint,
		       "the guest does not start: group %u cannot map its %s: %s",
		       piece->space->group->id, piece->piece.name, piece->words);
		break;
	case PIECE_PLUGGED:
		remark(fit, "plugged-memory-refused", SEVERITY_FAILURE,
		       "reduce the maximum memory of the guest",
		       "the guest starts, but exits when memory is added there: group %u cannot "
		       "map its %s: %s",
		       piece->space->group->id, piece->piece.name, piece->words);
		break;
	case PIECE_BAR:
		if (fit->top_bits && piece->piece.where == at_top)
			hint = xasprintf(
				"start QEMU with -cpu host,host-phys-bits-limit=%u, or set "
				"<maxphysaddr mode='passthrough' limit='%u'/> in libvirt",
				fit->top_bits, fit->top_bits);
		remark(fit, "bar-refused", SEVERITY_WARNING, hint,
		       "the guest starts, but devices cannot reach each other's memory: group %u "
		       "cannot map a BAR of %s at 0x%" PRIx64 " (%s): %s",
		       piece->space->group->id,
		       words_of_bytes(size, sizeof(size), size_of(&piece->piece.range)),
		       piece->piece.range.start, piece->piece.where, piece->words);
		break;
	}
}

/* Devices that the host uses prevent the start, although they do not affect the layout. */
static void judge_groups(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < request->n_spaces; i++) {
		const struct group *group = request->spaces[i].group;
		_cleanup_free_ char *names = group_blockers(group);

		if (names)
			remark(fit, "group-not-viable", SEVERITY_NOTE,
			       "run vfiodiag check, which shows how to bind the device",
			       "group %u cannot be assigned yet: %s", group->id, names);
	}
}

/* One remark for all pieces that are not known, one for each that is refused. */
static void judge_pieces(const struct fit_request *request, struct fit *fit)
{
	const struct space *unknown = NULL;

	for (size_t i = 0; i < fit->n_pieces; i++) {
		const struct piece_fit *piece = &fit->pieces[i];

		if (piece->usable == USABLE_NO)
			judge_refused(request, piece, fit);
		else if (piece->usable == USABLE_UNKNOWN && !unknown)
			unknown = piece->space;
	}
	if (unknown)
		remark(fit, "aperture-unknown", SEVERITY_UNMEASURED,
		       unknown->failure
			       ? NULL
			       : "add --probe, which asks the kernel for the allowed ranges",
		       "no reserved region overlaps, but group %u: %s", unknown->group->id,
		       words_of_unknown(unknown));
}

/* An inference from registers must be marked as such. */
static void judge_inferred(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < request->n_spaces && !fit->inferred; i++) {
		if (request->spaces[i].known_by != SPACE_REGISTERS)
			continue;
		fit->inferred = true;
		remark(fit, "by-registers", SEVERITY_WARNING,
		       request->spaces[i].failure ? NULL : "add --probe to ask the kernel",
		       "the allowed ranges of group %u are inferred: %u address bits by the unit's "
		       "registers, and the reserved regions",
		       request->spaces[i].group->id, request->spaces[i].bits);
	}
}

/* Address bits that the guest's CPU needs. */
static void judge_cpu(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;
	const struct layout *layout = &fit->layout;

	if (layout->vendor_matters)
		remark(fit, "vendor-unknown", SEVERITY_UNMEASURED, NULL,
		       "with an AMD CPU, QEMU puts memory above 1 TiB, and the CPU vendor of the "
		       "host is not known");
	if (guest->phys_bits && layout->bits_needed > guest->phys_bits)
		remark(fit, "too-few-address-bits", SEVERITY_FAILURE,
		       "reduce the memory of the guest",
		       "QEMU exits at once: the memory needs %u physical address bits, and the "
		       "CPU has %u",
		       layout->bits_needed, guest->phys_bits);
	else if (layout->bits_needed > 40)
		remark(fit, "address-bits", SEVERITY_NOTE,
		       "start QEMU with -cpu host,host-phys-bits=on",
		       "the memory needs %u physical address bits, and QEMU's CPUs have 40 by "
		       "default",
		       layout->bits_needed);
}

/* The width of the guest's CPU decides where newer firmware puts BARs, but is not known. */
static void judge_bar_place(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;

	if (!fit->asked_top || guest->phys_bits || fit->top_bits == BITS_LAST)
		return;
	if (fit->top_bits)
		remark(fit, "bar-place-unknown", SEVERITY_WARNING,
		       "set the address bits of the guest's CPU with --phys-bits",
		       "where newer firmware puts BARs depends on the physical address bits of "
		       "the guest's CPU: the group can map them with up to %u",
		       fit->top_bits);
	else
		remark(fit, "bar-place-unknown", SEVERITY_WARNING, NULL,
		       "newer firmware puts BARs at the top of the CPU's addresses, where the "
		       "group cannot map them");
}

/* The kernel gave no answer: it refused the group, or could not be asked. */
static void judge_failures(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < request->n_spaces; i++) {
		const struct failure *failure = request->spaces[i].failure;

		if (failure)
			remark(fit, "not-asked",
			       failure->status == EXIT_REFUSED ? SEVERITY_FAILURE
							       : SEVERITY_UNMEASURED,
			       failure->hint, "%s", failure->message);
	}
}

/* Ends of all but one: those of a piece are whole pages of it. */
static void count_maps(const struct fit_request *request, struct fit *fit)
{
	for (size_t i = 0; i < fit->layout.n_pieces; i++) {
		const struct piece *piece = &fit->layout.piece[i];

		if (piece->kind != PIECE_RAM)
			continue;
		if (!piece->translated)
			fit->maps++;
		if (request->page)
			fit->page_maps += (size_of(&piece->range) - 1) / request->page + 1;
	}
}

static void judge_page_maps(const struct fit_request *request, struct fit *fit)
{
	uint64_t limit = fit->entry_limit.maps;
	_cleanup_free_ char *hint = NULL;
	char page[16], most[32];

	if (!fit->page_maps || fit->page_maps <= limit)
		return;
	hint = xasprintf(
		"use larger pages, or raise the limit before the container is opened: echo %" PRIu64
		" | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit",
		fit->page_maps);
	remark(fit, "too-many-page-maps", request->each_page ? SEVERITY_FAILURE : SEVERITY_NOTE,
	       hint,
	       "page by page the memory needs %" PRIu64 " maps, and a container holds %" PRIu64
	       " (%s): at most %s in pages of %s. %s",
	       fit->page_maps, limit, fit->entry_limit.known_by,
	       words_of_exact_bytes(most, sizeof(most), limit * request->page),
	       words_of_bytes(page, sizeof(page), request->page),
	       request->each_page
		       ? "Further maps fail with ENOSPC"
		       : "QEMU maps each piece at once; SPDK, a confidential guest and a guest "
			 "with a virtual IOMMU do not (--each-page)");
}

static void judge_maps(const struct fit_request *request, struct fit *fit)
{
	static const char hint[] =
		"raise the limit before the container is opened: echo 65535 | sudo tee "
		"/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
	uint64_t limit = fit->entry_limit.maps;

	count_maps(request, fit);
	if (!fit->entry_limit.known) {
		if (request->each_page)
			remark(fit, "entry-limit-unknown", SEVERITY_UNMEASURED, NULL,
			       "cannot read how many maps a container holds (dma_entry_limit)");
		return;
	}
	if (fit->maps > limit)
		remark(fit, "too-many-maps", SEVERITY_FAILURE, hint,
		       "the memory needs %" PRIu64 " maps, and a container holds %" PRIu64 " (%s)",
		       fit->maps, limit, fit->entry_limit.known_by);
	else if (fit->maps + OTHER_MAPS > limit)
		remark(fit, "few-maps", SEVERITY_WARNING, hint,
		       "a container holds %" PRIu64 " maps (%s); the memory needs %" PRIu64
		       ", and QEMU maps firmware and video memory too",
		       limit, fit->entry_limit.known_by, fit->maps);
	judge_page_maps(request, fit);
}

static void count_memory(const struct fit_request *request, struct fit *fit)
{
	const struct guest *guest = request->guest;
	bool own = request->viommu || guest->machine == MACHINE_S390;

	/* Devices that share the guest's memory share a container, and it is counted once. */
	fit->containers = own ? request->n_spaces : 1;
	fit->need = fit->containers * guest->memory;
	fit->need_later = fit->containers *
			  (guest->maxmemory > guest->memory ? guest->maxmemory : guest->memory);
}

/* The fix for @memlock; without --for it may concern another process. */
static char *memlock_hint(const struct fit_request *request, uint64_t bytes)
{
	_cleanup_free_ char *remedy = memlock_remedy(request->memlock, memlock_need(bytes));

	return xasprintf(
		"%s%s",
		request->named
			? ""
			: "if another user or unit starts the guest, name it with --for user:NAME "
			  "or unit:NAME; otherwise ",
		remedy);
}

static void say_memlock(const struct fit_request *request, struct fit *fit, const char *id,
			enum severity severity, uint64_t bytes, const char *words)
{
	const struct memlock *memlock = request->memlock;
	_cleanup_free_ char *hint = memlock_hint(request, bytes);
	char limit[16], need[16];

	remark(fit, id, severity, hint, "%s may lock %s (%s%s), and %s of the guest needs %s%s",
	       memlock->whom, words_of_bytes(limit, sizeof(limit), memlock->bytes),
	       memlock->inferred ? "inferred: " : "", memlock->known_by, words,
	       words_of_bytes(need, sizeof(need), bytes),
	       fit->containers > 1 ? ", once for each group" : "");
}

/* Another process may run the guest, so only the limit of a named one has to be known. */
static void say_memlock_unknown(const struct fit_request *request, struct fit *fit)
{
	remark(fit, "memlock-unknown", request->named ? SEVERITY_UNMEASURED : SEVERITY_NOTE,
	       request->named
		       ? NULL
		       : "name the user or unit that starts the guest with --for user:NAME or "
			 "unit:NAME",
	       "the locked memory limit of %s is not known (%s)", request->memlock->whom,
	       memlock_reason(request->memlock));
}

static void judge_memlock(const struct fit_request *request, struct fit *fit)
{
	const struct memlock *memlock = request->memlock;

	count_memory(request, fit);
	if (memlock->bypass || (memlock->unlimited && !memlock->error))
		return;
	if (memlock->error)
		say_memlock_unknown(request, fit);
	else if (!memlock_allows(memlock, fit->need))
		say_memlock(request, fit, "memlock-too-small", SEVERITY_FAILURE, fit->need,
			    "the memory");
	else if (!memlock_allows(memlock, memlock_need(fit->need)))
		say_memlock(request, fit, "memlock-tight", SEVERITY_WARNING, fit->need,
			    "the memory without firmware and video memory, which count too,");
	else if (!memlock_allows(memlock, fit->need_later))
		say_memlock(request, fit, "memlock-too-small-later", SEVERITY_WARNING,
			    fit->need_later, "the maximum memory");
	else if (memlock->inferred)
		remark(fit, "memlock-inferred", SEVERITY_WARNING, NULL,
		       "the locked memory limit of %s is inferred: %s", memlock->whom,
		       memlock->known_by);
}

/* The worst remark, in the order of check and probe: failed, not measured, warnings. */
static int find_status(const struct fit *fit)
{
	static const struct {
		enum severity severity;
		int status;
	} order[] = {
		{ SEVERITY_FAILURE, EXIT_REFUSED },
		{ SEVERITY_UNMEASURED, EXIT_UNMEASURED },
		{ SEVERITY_WARNING, EXIT_INFERRED },
	};

	for (size_t o = 0; o < sizeof(order) / sizeof(*order); o++) {
		for (size_t i = 0; i < fit->remarks.count; i++) {
			if (fit->remarks.finding[i].severity == order[o].severity)
				return order[o].status;
		}
	}
	return EXIT_OBSERVED;
}

/* The smallest limit of all containers. */
static struct entry_limit smallest_limit(const struct fit_request *request)
{
	struct entry_limit smallest = entry_limit_of(&request->spaces[0]);

	for (size_t i = 1; i < request->n_spaces; i++) {
		struct entry_limit limit = entry_limit_of(&request->spaces[i]);

		if (limit.known && (!smallest.known || limit.maps < smallest.maps))
			smallest = limit;
	}
	return smallest;
}

void fit_make(const struct fit_request *request, struct fit *fit)
{
	*fit = (struct fit){ .entry_limit = smallest_limit(request) };
	layout_make(request->guest, &fit->layout);
	check_pieces(request, fit);
	judge_failures(request, fit);
	judge_pieces(request, fit);
	judge_inferred(request, fit);
	judge_cpu(request, fit);
	judge_bar_place(request, fit);
	judge_maps(request, fit);
	judge_memlock(request, fit);
	judge_groups(request, fit);
	fit->status = find_status(fit);
}

void fit_clear(struct fit *fit)
{
	for (size_t i = 0; i < fit->n_pieces; i++)
		free(fit->pieces[i].words);
	free(fit->pieces);
	layout_clear(&fit->layout);
	findings_clear(&fit->remarks);
	memset(fit, 0, sizeof(*fit));
}
