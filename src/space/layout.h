/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_LAYOUT_H
#define VFIODIAG_SPACE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/probe.h"
#include "model/range.h"

/*
 * Where QEMU's machine types put the memory of a guest. Pure.
 *
 * The rules are those of QEMU 7.2, and tests/vm/fits.bats holds them against QEMU's own memory map.
 * Options that move memory (max-ram-below-4g, SGX, CXL) are not followed.
 */

/** enum machine - QEMU's machine types. */
enum machine {
	MACHINE_Q35,
	MACHINE_I440FX,
	MACHINE_VIRT,
	MACHINE_S390,
};

/**
 * struct guest - what is to be started. Sizes in bytes; each at most GUEST_SIZE_MAX.
 * @major, @minor: version of the machine type ("pc-q35-7.0"); 0 and 0 for the newest
 * @memory: -m size
 * @maxmemory: -m maxmem; @memory where no more can be added
 * @slots: -m slots
 * @bars: sizes of 64-bit BARs, powers of two
 * @amd: whether its CPU is one of AMD's, which KVM takes from the host
 * @phys_bits: physical address bits of its CPU; 0 where they are not known
 */
struct guest {
	enum machine machine;
	unsigned int major;
	unsigned int minor;
	uint64_t memory;
	uint64_t maxmemory;
	unsigned int slots;
	const uint64_t *bars;
	size_t n_bars;
	enum answer amd;
	unsigned int phys_bits;
};

/** GUEST_SIZE_MAX - no sum of such sizes wraps; CPUs have 52 address bits at most. */
#define GUEST_SIZE_MAX (UINT64_C(1) << 52)

/** GUEST_BARS_MAX - so many BARs of that size do not wrap either. */
#define GUEST_BARS_MAX 256

/** GUEST_SLOTS_MAX - ACPI_MAX_RAM_SLOTS, include/hw/acpi/acpi.h. */
#define GUEST_SLOTS_MAX 256

/** enum piece_kind - what lies there. */
enum piece_kind {
	PIECE_RAM,
	PIECE_PLUGGED, /* room for memory that is added later */
	PIECE_BAR,
};

/**
 * struct piece - a part of the guest's memory.
 * @name: for people, "RAM below 4 GiB"
 * @region: what QEMU calls it ("ram-below-4g"); NULL for a BAR
 * @where: which rule put it there; NULL where there is only one
 * @translated: devices do not reach it at this address but through tables of the guest's own
 */
struct piece {
	enum piece_kind kind;
	const char *name;
	const char *region;
	const char *where;
	bool translated;
	struct range range;
};

/**
 * struct layout - where everything lies.
 * @rules: the QEMU source that is followed
 * @relocated: RAM was moved above 1 TiB, away from AMD's HyperTransport range
 * @vendor_matters: it would have been with an AMD CPU, and nobody knows the vendor
 * @bits_needed: physical address bits that QEMU wants of the CPU; 0 where it does not look
 * @bars_at: where QEMU lets the 64-bit PCI window begin, behind the memory
 */
struct layout {
	struct piece *piece;
	size_t n_pieces;
	const char *rules;
	bool relocated;
	bool vendor_matters;
	unsigned int bits_needed;
	uint64_t bars_at;
};

/** layout_make() - lay @guest out. End it with layout_clear(). */
void layout_make(const struct guest *guest, struct layout *layout);

/** layout_clear() - free the pieces. */
void layout_clear(struct layout *layout);

/**
 * layout_top_window() - where firmware that uses all address bits puts 64-bit BARs.
 * @bits: physical address bits of the guest's CPU
 * @start: set where it does so
 *
 * The last eighth of the address space, of which no more than 46 bits are used
 * (PlatformAddressWidthFromCpuid() and PlatformDynamicMmioWindow() in OvmfPkg of edk2, from
 * edk2-stable202211 on). With less than 39 bits it stays behind the memory, at a multiple of
 * 32 GiB; so it does with 39 on a CPU of AMD's and with 40, which QEMU shows where nobody chose, on
 * any other, since there are no such CPUs.
 * Return: whether it does; never on other machines than q35 and i440fx.
 */
bool layout_top_window(const struct guest *guest, const struct layout *layout, unsigned int bits,
		       uint64_t *start);

/**
 * layout_place_bars() - lay the BARs of @guest out from @start on, the largest first, each at a
 * multiple of its size.
 * @pieces: room for as many as there are
 */
void layout_place_bars(const struct guest *guest, uint64_t start, struct range *ranges);

/** machine_name() - "q35", "i440fx" … */
const char *machine_name(enum machine machine);

/**
 * machine_parse() - the type that @word names: "q35", "pc", "pc-q35-7.0", "virt-7.2" …
 *
 * Return: false for a type that is not known.
 */
bool machine_parse(const char *word, struct guest *guest);

#endif
