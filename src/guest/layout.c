/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/*
 * QEMU: hw/i386/pc.c, AMD_HT_START, AMD_ABOVE_1TB_START: 7.2, 10.0.
 */
#define HYPERTRANSPORT_START UINT64_C(0xfd00000000)
#define ABOVE_1TIB_START     UINT64_C(0x10000000000)

/** struct pc - differences between the two PC machine types. */
struct pc {
	uint64_t (*low_memory)(uint64_t memory);
	uint64_t hole64_size;
	const char *rules;
};

/* @align is a power of two; sizes are far from wrapping (GUEST_SIZE_MAX). */
static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + (align - 1)) & ~(align - 1);
}

static struct piece *add_piece(struct layout *layout, enum piece_kind kind, const char *name,
			       uint64_t start, uint64_t size)
{
	struct piece piece = { .kind = kind, .name = name };

	piece.range = (struct range){ start, start + (size - 1) };
	APPEND(layout->piece, layout->n_pieces, piece);
	return &layout->piece[layout->n_pieces - 1];
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return one < two ? 1 : one > two ? -1 : 0;
}

struct range *layout_place_bars(const struct guest *guest, uint64_t start)
{
	_cleanup_free_ uint64_t *sizes = xcalloc(guest->n_bars, sizeof(*sizes));
	struct range *ranges = xcalloc(guest->n_bars, sizeof(*ranges));

	memcpy(sizes, guest->bars, guest->n_bars * sizeof(*sizes));
	qsort(sizes, guest->n_bars, sizeof(*sizes), compare_sizes);
	for (size_t i = 0; i < guest->n_bars; i++) {
		start = round_up(start, sizes[i]);
		ranges[i] = (struct range){ start, start + (sizes[i] - 1) };
		start += sizes[i];
	}
	return ranges;
}

static void add_bars(const struct guest *guest, struct layout *layout, uint64_t start,
		     const char *where)
{
	_cleanup_free_ struct range *ranges = NULL;

	if (!guest->n_bars)
		return;
	ranges = layout_place_bars(guest, start);
	for (size_t i = 0; i < guest->n_bars; i++)
		add_piece(layout, PIECE_BAR, "BAR", ranges[i].start,
			  ranges[i].end - ranges[i].start + 1)
			->where = where;
}

/* Address bits that reach @last. */
static unsigned int bits_of(uint64_t last)
{
	return 64 - (unsigned int)__builtin_clzll(last);
}

/*
 * QEMU: hw/i386/pc.c, pc_get_cxl_range_start(); hw/s390x/s390-virtio-ccw.c, s390_memory_init():
 *   7.2, 10.0.
 */
enum guest_qemu guest_qemu(const struct guest *guest)
{
	if (!guest->qemu_major || (guest->qemu_major == 10 && !guest->qemu_minor))
		return GUEST_QEMU_NEW;
	return guest->qemu_major == 7 && guest->qemu_minor == 2 ? GUEST_QEMU_OLD
								: GUEST_QEMU_UNREAD;
}

/*
 * Room for memory that is plugged, on PCs and on virt: a gibibyte a slot for its alignment.
 *
 * QEMU: hw/i386/pc.c, pc_get_device_memory_range(): 7.2, 10.0.
 * QEMU: hw/arm/virt.c, virt_set_memmap(): 7.2, 10.0.
 */
static uint64_t plugged_size(const struct guest *guest)
{
	if (guest->maxmemory <= guest->memory)
		return 0;
	return guest->maxmemory - guest->memory + guest->slots * GIB;
}

static void add_plugged(const struct guest *guest, struct layout *layout, uint64_t start)
{
	uint64_t size = plugged_size(guest);

	if (size)
		add_piece(layout, PIECE_PLUGGED, "room for more memory", start, size)->region =
			"device-memory";
}

/*
 * QEMU: hw/i386/pc_q35.c, pc_q35_init(): 7.2, 10.0.
 */
static uint64_t q35_low_memory(uint64_t memory)
{
	uint64_t low = memory >= 0xb0000000 ? 0x80000000 : 0xb0000000;

	return memory < low ? memory : low;
}

/*
 * QEMU: hw/i386/pc_piix.c, pc_init1(): 7.2, 10.0.
 */
static uint64_t i440fx_low_memory(uint64_t memory)
{
	return memory < 0xe0000000 ? memory : 0xc0000000;
}

/*
 * The end of the CXL windows, behind a mebibyte of registers. Where no memory can be plugged, QEMU
 * 7.2 begins at the next gibibyte, as if there were room for it, and 10.0 directly behind the RAM.
 *
 * QEMU: hw/i386/pc.c, pc_get_cxl_range_start(), pc_get_cxl_range_end(): 7.2, 10.0.
 */
static uint64_t cxl_end(const struct guest *guest, uint64_t above_end, bool is_old)
{
	uint64_t start = above_end;

	if (is_old || plugged_size(guest))
		start = round_up(above_end, GIB) + plugged_size(guest);
	return round_up(start + MIB, GUEST_CXL_UNIT) + guest->cxl;
}

/*
 * With RAM above 4 GiB up to @above_end.
 *
 * QEMU: hw/i386/pc.c, pc_pci_hole64_start(): 7.2, 10.0.
 */
static uint64_t pc_hole64_start(const struct guest *guest, uint64_t above_end)
{
	uint64_t start = round_up(above_end, GIB);

	if (guest->cxl)
		return round_up(cxl_end(guest, above_end, guest_qemu(guest) == GUEST_QEMU_OLD),
				GIB);
	return round_up(start + plugged_size(guest), GIB);
}

/* True if the versions of QEMU put the 64-bit PCI hole in different places. */
static bool cxl_version_matters(const struct guest *guest, uint64_t above_end)
{
	return guest->cxl && guest_qemu(guest) == GUEST_QEMU_UNREAD &&
	       round_up(cxl_end(guest, above_end, true), GIB) !=
		       round_up(cxl_end(guest, above_end, false), GIB);
}

/*
 * True if QEMU moves RAM above 1 TiB: with an AMD CPU, on machine types from 7.1 on, if anything up
 * to the end of the 64-bit PCI hole would reach the HyperTransport range.
 *
 * QEMU: hw/i386/pc.c, pc_memory_init(), pc_max_used_gpa(): 7.2, 10.0.
 * QEMU: hw/i386/pc_q35.c, pc_q35_7_0_machine_options(): 7.2.
 * QEMU: hw/i386/pc_q35.c, pc_q35_machine_7_0_options(): 10.0.
 */
static bool pc_relocates(const struct guest *guest, const struct pc *pc, uint64_t above,
			 struct layout *layout)
{
	bool is_new = !guest->major || guest->major > 7 || (guest->major == 7 && guest->minor >= 1);
	uint64_t last = pc_hole64_start(guest, 4 * GIB + above) + pc->hole64_size - 1;

	if (!is_new || last < HYPERTRANSPORT_START)
		return false;
	layout->vendor_matters = guest->amd == ANSWER_UNKNOWN;
	return guest->amd == ANSWER_YES;
}

/*
 * QEMU: hw/i386/pc.c, pc_memory_init(): 7.2, 10.0.
 */
static void lay_out_pc(const struct guest *guest, const struct pc *pc, struct layout *layout)
{
	uint64_t low = pc->low_memory(guest->memory);
	uint64_t above = guest->memory - low;
	uint64_t above_start = 4 * GIB;

	layout->rules = pc->rules;
	layout->version_matters = cxl_version_matters(guest, above_start + above);
	layout->relocated = pc_relocates(guest, pc, above, layout);
	if (layout->relocated)
		above_start = ABOVE_1TIB_START;
	add_piece(layout, PIECE_RAM, "RAM below 4 GiB", 0, low)->region = "ram-below-4g";
	if (above)
		add_piece(layout, PIECE_RAM,
			  layout->relocated ? "RAM above 1 TiB" : "RAM above 4 GiB", above_start,
			  above)
			->region = "ram-above-4g";
	add_plugged(guest, layout, round_up(above_start + above, GIB));
	layout->bars_at = pc_hole64_start(guest, above_start + above);
	layout->bits_needed = bits_of(layout->bars_at + pc->hole64_size - 1);
	add_bars(guest, layout, layout->bars_at, "above the memory, by SeaBIOS up to 1.16.2");
}

/*
 * QEMU: hw/pci-host/q35.c, Q35_PCI_HOST_HOLE64_SIZE_DEFAULT: 7.2, 10.0.
 */
static void lay_out_q35(const struct guest *guest, struct layout *layout)
{
	static const struct pc q35 = {
		.low_memory = q35_low_memory,
		.hole64_size = UINT64_C(1) << 35,
		.rules = "hw/i386/pc_q35.c and hw/i386/pc.c of QEMU 7.2 and 10.0",
	};

	lay_out_pc(guest, &q35, layout);
}

/*
 * QEMU: hw/pci-host/i440fx.c, I440FX_PCI_HOST_HOLE64_SIZE_DEFAULT: 7.2, 10.0.
 */
static void lay_out_i440fx(const struct guest *guest, struct layout *layout)
{
	static const struct pc i440fx = {
		.low_memory = i440fx_low_memory,
		.hole64_size = UINT64_C(1) << 31,
		.rules = "hw/i386/pc_piix.c and hw/i386/pc.c of QEMU 7.2 and 10.0",
	};

	lay_out_pc(guest, &i440fx, layout);
}

/*
 * RAM from 1 GiB, and three regions above all of it, of which the last one is the 64-bit PCI
 * window. QEMU exits where the address bits do not reach the memory, and leaves a region out that
 * they do not reach. The compact layout of 10.0 closes the gap that such a region leaves, but a
 * window above a region that was left out is left out itself, so it makes no difference here.
 *
 * QEMU: hw/arm/virt.c, virt_set_memmap(): 7.2, 10.0.
 * QEMU: hw/arm/virt.c, virt_set_high_memmap(): 10.0.
 */
static void lay_out_virt(const struct guest *guest, struct layout *layout)
{
	const uint64_t high_regions[] = { 64 * MIB, 256 * MIB,
					  guest->pci_window ? guest->pci_window
							    : GUEST_PCI_WINDOW_MIN };
	uint64_t plugged = round_up(GIB + guest->memory, GIB);
	uint64_t base = plugged + round_up(plugged_size(guest), GIB);

	layout->rules = "hw/arm/virt.c of QEMU 7.2 and 10.0";
	layout->bits_needed = bits_of(base - 1);
	add_piece(layout, PIECE_RAM, "RAM", GIB, guest->memory)->region = "mach-virt.ram";
	add_plugged(guest, layout, plugged);
	if (base < 256 * GIB)
		base = 256 * GIB;
	for (size_t i = 0; i < COUNT(high_regions); i++) {
		layout->bars_at = round_up(base, high_regions[i]);
		base = layout->bars_at + high_regions[i];
	}
	layout->bars_end = base - 1;
	layout->bars_left_out = guest->phys_bits && guest->phys_bits < bits_of(layout->bars_end);
	if (!layout->bars_left_out)
		add_bars(guest, layout, layout->bars_at, "in the 64-bit PCI window");
}

/*
 * RAM from 0; from QEMU 10.0 on memory can be plugged. A device reaches RAM through tables that the
 * guest makes itself, at addresses from sdma to edma, which the host's function gives. BARs are
 * reached by instructions of their own, never by DMA. From 10.0 on a guest can turn relaxed
 * translation on, which maps all RAM for a device.
 *
 * QEMU: hw/s390x/s390-virtio-ccw.c, ccw_machine_9_2_class_options(): 10.0.
 * QEMU: hw/s390x/s390-virtio-ccw.c, s390_memory_init(): 7.2, 10.0.
 * QEMU: hw/s390x/s390-pci-vfio.c, s390_pci_read_base(): 7.2, 10.0.
 * QEMU: hw/s390x/s390-pci-inst.c, reg_ioat(): 7.2, 10.0.
 */
static void lay_out_s390(const struct guest *guest, struct layout *layout)
{
	struct piece *piece = add_piece(layout, PIECE_RAM, "RAM", 0, guest->memory);
	bool is_plugged = guest->maxmemory > guest->memory;
	bool is_new = guest_qemu(guest) == GUEST_QEMU_NEW;

	layout->rules = "hw/s390x/s390-virtio-ccw.c and s390-pci-vfio.c of QEMU 7.2 and 10.0";
	layout->relaxed = is_new && (!guest->major || guest->major >= 10);
	layout->version_matters = is_plugged && guest_qemu(guest) == GUEST_QEMU_UNREAD;
	piece->region = "s390.ram";
	piece->translated = true;
	if (!is_plugged || !is_new)
		return;
	piece = add_piece(layout, PIECE_PLUGGED, "room for more memory",
			  round_up(guest->memory, GIB), guest->maxmemory - guest->memory);
	piece->region = "device-memory";
	piece->translated = true;
}

/*
 * QEMU rounds the memory up.
 *
 * QEMU: hw/core/machine.c, machine_set_mem(): 7.2, 10.0.
 */
void layout_make(const struct guest *guest, struct layout *layout)
{
	static void (*const machines[])(const struct guest *, struct layout *) = {
		[MACHINE_Q35] = lay_out_q35,
		[MACHINE_I440FX] = lay_out_i440fx,
		[MACHINE_VIRT] = lay_out_virt,
		[MACHINE_S390] = lay_out_s390,
	};
	struct guest rounded = *guest;

	*layout = (struct layout){ 0 };
	rounded.memory = round_up(guest->memory, 8192);
	if (machines[guest->machine])
		machines[guest->machine](&rounded, layout);
}

void layout_clear(struct layout *layout)
{
	free(layout->piece);
	memset(layout, 0, sizeof(*layout));
}

bool layout_top_window(const struct guest *guest, const struct layout *layout, unsigned int bits,
		       uint64_t *start)
{
	uint64_t space, window;

	if (guest->machine != MACHINE_Q35 && guest->machine != MACHINE_I440FX)
		return false;
	if (bits > 46)
		bits = 46;
	if (bits < 39 || (bits == 39 && guest->amd == ANSWER_YES) ||
	    (bits == 40 && guest->amd != ANSWER_YES))
		return false;
	space = UINT64_C(1) << bits;
	window = space >> 3;
	if (layout->bars_at + window >= space)
		return false;
	*start = space - window;
	return true;
}

const char *machine_name(enum machine machine)
{
	static const char *const names[] = { "unknown", "q35", "i440fx", "virt",
					     "s390-ccw-virtio" };

	return names[machine];
}

bool version_parse(const char *word, unsigned int *major, unsigned int *minor)
{
	int end = 0;

	/* sscanf() also takes a sign and blanks. */
	return !word[strspn(word, "0123456789.")] &&
	       sscanf(word, "%3u.%3u%n", major, minor, &end) == 2 && !word[end];
}

bool machine_parse(const char *word, struct guest *guest)
{
	static const struct {
		const char *name;
		enum machine machine;
	} names[] = {
		{ "pc-q35", MACHINE_Q35 },
		{ "q35", MACHINE_Q35 },
		{ "pc-i440fx", MACHINE_I440FX },
		{ "i440fx", MACHINE_I440FX },
		{ "pc", MACHINE_I440FX },
		{ "virt", MACHINE_VIRT },
		{ "s390-ccw-virtio", MACHINE_S390 },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t len = strlen(names[i].name);

		if (strncmp(word, names[i].name, len) != 0)
			continue;
		guest->machine = names[i].machine;
		guest->major = guest->minor = 0;
		if (!word[len])
			return true;
		if (word[len] == '-' && version_parse(word + len + 1, &guest->major, &guest->minor))
			return true;
	}
	return false;
}
