/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_GUEST_LAYOUT_H
#define VFIODIAG_GUEST_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/probe.h"
#include "model/range.h"

/*
 * Layout of guest memory by QEMU's machine types. Pure.
 *
 * The rules are those of QEMU 7.2 and 10.0, and tests/vm/fits.bats holds them against the memory
 * map that both print. Where the two differ, the version decides (guest_qemu()). Options that move
 * memory in other ways (max-ram-below-4g, SGX) are not followed.
 */

/** enum machine - QEMU's machine types. @MACHINE_UNKNOWN: none was given; there is no layout. */
enum machine {
	MACHINE_UNKNOWN,
	MACHINE_Q35,
	MACHINE_I440FX,
	MACHINE_VIRT,
	MACHINE_S390,
};

/**
 * struct guest - a guest to start. Sizes in bytes; each at most GUEST_SIZE_MAX.
 * @major, @minor: version of the machine type ("pc-q35-7.0"); 0 and 0 for the newest
 * @qemu_major, @qemu_minor: version of QEMU; 0 and 0 for the newest whose rules are known
 * @memory: -m size
 * @maxmemory: -m maxmem; @memory where no more can be added
 * @slots: -m slots
 * @bars: sizes of 64-bit BARs, powers of two
 * @cxl: size of all CXL fixed memory windows; 0 without CXL
 * @pci_window: size of the 64-bit PCI window of virt, a power of two; 0 for GUEST_PCI_WINDOW_MIN
 * @amd: its CPU is an AMD CPU, which KVM takes from the host
 * @phys_bits: physical address bits of its CPU, on virt the smaller of that and what KVM gives a
 *	guest; 0 if not known
 */
struct guest {
	enum machine machine;
	unsigned int major;
	unsigned int minor;
	unsigned int qemu_major;
	unsigned int qemu_minor;
	uint64_t memory;
	uint64_t maxmemory;
	unsigned int slots;
	const uint64_t *bars;
	size_t n_bars;
	uint64_t cxl;
	uint64_t pci_window;
	enum answer amd;
	unsigned int phys_bits;
};

/** enum guest_qemu - the rules of a version of QEMU. */
enum guest_qemu {
	GUEST_QEMU_OLD,	   /* those of 7.2 */
	GUEST_QEMU_UNREAD, /* another version, whose rules are not known */
	GUEST_QEMU_NEW,	   /* those of 10.0 */
};

/** guest_qemu() - tell which rules hold for @guest where 7.2 and 10.0 differ. */
enum guest_qemu guest_qemu(const struct guest *guest);

/** GUEST_SIZE_MAX - largest size, so that no sum wraps; CPUs have 52 address bits at most. */
#define GUEST_SIZE_MAX (UINT64_C(1) << 52)

/**
 * GUEST_PCI_WINDOW_MIN - the 64-bit PCI window of virt, which can only be made larger.
 *
 * QEMU: hw/arm/virt.c, extended_memmap: 7.2, 10.0.
 * QEMU: hw/arm/virt.c, virt_set_highmem_mmio_size(): 10.0.
 */
#define GUEST_PCI_WINDOW_MIN (UINT64_C(512) << 30)

/**
 * GUEST_CXL_UNIT - granule of the size of a CXL fixed memory window.
 *
 * QEMU: hw/cxl/cxl-host.c, cxl_fixed_memory_window_config(): 7.2, 10.0.
 */
#define GUEST_CXL_UNIT (UINT64_C(256) << 20)

/** GUEST_BARS_MAX - largest number of BARs, so that their sum does not wrap either. */
#define GUEST_BARS_MAX 256

/** GUEST_SLOTS_MAX - ACPI_MAX_RAM_SLOTS, include/hw/acpi/acpi.h. */
#define GUEST_SLOTS_MAX 256

/** enum piece_kind - content of a piece. */
enum piece_kind {
	PIECE_RAM,
	PIECE_PLUGGED, /* room for memory that is added later */
	PIECE_BAR,
};

/**
 * struct piece - a part of the guest's memory.
 * @name: for people, "RAM below 4 GiB"
 * @region: QEMU's name of it ("ram-below-4g"); NULL for a BAR
 * @where: rule that placed it; NULL if there is only one
 * @translated: devices reach it through the guest's own tables instead of at this address
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
 * struct layout - all pieces of a guest.
 * @rules: QEMU source whose rules apply
 * @relocated: RAM was moved above 1 TiB, away from AMD's HyperTransport range
 * @vendor_matters: it would have been moved with an AMD CPU, and the vendor is not known
 * @version_matters: the layouts of QEMU 7.2 and 10.0 differ, and it is another version
 * @relaxed: a device can also reach all RAM at once, from its first DMA address on
 * @bits_needed: physical address bits that QEMU requires of the CPU; 0 if it does not check
 * @bars_at: start of QEMU's 64-bit PCI window, above the memory
 * @bars_end: last address of that window; 0 where firmware decides
 * @bars_left_out: QEMU has no such window, since the address bits do not reach @bars_end
 */
struct layout {
	struct piece *piece;
	size_t n_pieces;
	const char *rules;
	bool relocated;
	bool vendor_matters;
	bool version_matters;
	bool relaxed;
	unsigned int bits_needed;
	uint64_t bars_at;
	uint64_t bars_end;
	bool bars_left_out;
};

/** layout_make() - lay out @guest. End it with layout_clear(). */
void layout_make(const struct guest *guest, struct layout *layout);

/** layout_clear() - free the pieces. */
void layout_clear(struct layout *layout);

/**
 * layout_top_window() - find where firmware that uses all address bits puts 64-bit BARs.
 * @bits: physical address bits of the guest's CPU
 * @start: set if it does
 *
 * The last eighth of the address space, of which no more than 46 bits are used
 * (PlatformAddressWidthFromCpuid() and PlatformDynamicMmioWindow() in OvmfPkg of edk2, from
 * edk2-stable202211 on). With less than 39 bits the window stays above the memory, at a multiple of
 * 32 GiB; likewise with 39 on an AMD CPU, and with 40, QEMU's default, on any other, since there
 * are no such CPUs.
 * Return: true if it does; never on machines other than q35 and i440fx.
 */
bool layout_top_window(const struct guest *guest, const struct layout *layout, unsigned int bits,
		       uint64_t *start);

/**
 * layout_place_bars() - lay the BARs of @guest out from @start on, the largest first, each at a
 * multiple of its size. Free the array.
 */
struct range *layout_place_bars(const struct guest *guest, uint64_t start);

/** machine_name() - name a machine type: "q35", "i440fx" … */
const char *machine_name(enum machine machine);

/** version_parse() - parse a version of two numbers: "7.2". Return: false if it is none. */
bool version_parse(const char *word, unsigned int *major, unsigned int *minor);

/**
 * machine_parse() - parse a machine type: "q35", "pc", "pc-q35-7.0", "virt-7.2" …
 *
 * Return: false if the type is not known.
 */
bool machine_parse(const char *word, struct guest *guest);

#endif
