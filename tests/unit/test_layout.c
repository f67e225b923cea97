/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/vm/fits.bats holds the same rules against QEMU itself. */
#include "unit.h"

#include "guest/layout.h"

#define M (UINT64_C(1) << 20)
#define G (UINT64_C(1) << 30)
#define T (UINT64_C(1) << 40)

static void assert_piece(const struct layout *layout, size_t at, enum piece_kind kind,
			 uint64_t start, uint64_t size)
{
	assert_true(at < layout->n_pieces);
	assert_int_equal(layout->piece[at].kind, kind);
	assert_int_equal(layout->piece[at].range.start, start);
	assert_int_equal(layout->piece[at].range.end, start + size - 1);
}

static struct guest guest_of(enum machine machine, uint64_t memory)
{
	return (struct guest){
		.machine = machine, .memory = memory, .maxmemory = memory, .amd = ANSWER_NO
	};
}

static void assert_relocated(const struct guest *guest, bool is_relocated)
{
	struct layout layout;

	layout_make(guest, &layout);
	assert_int_equal(layout.relocated, is_relocated);
	layout_clear(&layout);
}

static void assert_bars_at(const struct guest *guest, uint64_t bars_at)
{
	struct layout layout;

	layout_make(guest, &layout);
	assert_int_equal(layout.bars_at, bars_at);
	assert_false(layout.version_matters);
	layout_clear(&layout);
}

/* q35 leaves 1.25 GiB below 4 GiB, or 2 GiB where RAM does not fit below. */
TEST(q35_splits_at_2_gib)
{
	struct guest guest = guest_of(MACHINE_Q35, 0xb0000000 - 8192);
	struct layout layout;

	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 1);
	assert_piece(&layout, 0, PIECE_RAM, 0, 0xb0000000 - 8192);
	layout_clear(&layout);
	guest.memory = guest.maxmemory = 0xb0000000;
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 2);
	assert_piece(&layout, 0, PIECE_RAM, 0, 2 * G);
	assert_piece(&layout, 1, PIECE_RAM, 4 * G, 0x30000000);
	layout_clear(&layout);
}

TEST(i440fx_splits_at_3_gib)
{
	struct guest guest = guest_of(MACHINE_I440FX, 0xe0000000 - 8192);
	struct layout layout;

	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 1);
	layout_clear(&layout);
	guest.memory = guest.maxmemory = 0xe0000000;
	layout_make(&guest, &layout);
	assert_piece(&layout, 0, PIECE_RAM, 0, 3 * G);
	assert_piece(&layout, 1, PIECE_RAM, 4 * G, 0x20000000);
	layout_clear(&layout);
}

TEST(memory_is_rounded_up_as_qemu_does)
{
	struct guest guest = guest_of(MACHINE_Q35, 1);
	struct layout layout;

	layout_make(&guest, &layout);
	assert_piece(&layout, 0, PIECE_RAM, 0, 8192);
	layout_clear(&layout);
}

TEST(plugged_memory_has_a_gibibyte_more_for_each_slot)
{
	struct guest guest = guest_of(MACHINE_Q35, 5 * G + 512 * M);
	struct layout layout;

	guest.maxmemory = 16 * G;
	guest.slots = 4;
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 3);
	/* RAM ends at 7.5 GiB. */
	assert_piece(&layout, 2, PIECE_PLUGGED, 8 * G, 10 * G + 512 * M + 4 * G);
	assert_int_equal(layout.bars_at, 23 * G);
	layout_clear(&layout);
	guest.machine = MACHINE_VIRT;
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 2);
	assert_piece(&layout, 0, PIECE_RAM, G, 5 * G + 512 * M);
	assert_piece(&layout, 1, PIECE_PLUGGED, 7 * G, 10 * G + 512 * M + 4 * G);
	layout_clear(&layout);
}

/* The 64-bit PCI hole (32 GiB on q35) would reach 0xfd00000000 with more than 978 GiB. */
TEST(amd_guests_go_above_1_tib_where_the_pci_hole_would_reach_hypertransport)
{
	struct guest guest = guest_of(MACHINE_Q35, 978 * G);
	struct layout layout;

	guest.amd = ANSWER_YES;
	layout_make(&guest, &layout);
	assert_false(layout.relocated);
	assert_piece(&layout, 1, PIECE_RAM, 4 * G, 976 * G);
	layout_clear(&layout);
	guest.memory = guest.maxmemory = 978 * G + 8192;
	layout_make(&guest, &layout);
	assert_true(layout.relocated);
	assert_piece(&layout, 1, PIECE_RAM, T, 976 * G + 8192);
	assert_int_equal(layout.bits_needed, 41);
	layout_clear(&layout);
	/* 2 GiB on i440fx, with 3 GiB below. */
	guest.machine = MACHINE_I440FX;
	guest.memory = guest.maxmemory = 1009 * G;
	assert_relocated(&guest, false);
	guest.memory = guest.maxmemory = 1010 * G;
	assert_relocated(&guest, true);
}

TEST(intel_guests_and_old_machine_types_stay)
{
	struct guest guest = guest_of(MACHINE_Q35, 2 * T);
	struct layout layout;

	layout_make(&guest, &layout);
	assert_false(layout.relocated);
	assert_false(layout.vendor_matters);
	layout_clear(&layout);
	guest.amd = ANSWER_YES;
	guest.major = 7;
	assert_relocated(&guest, false);
	guest.minor = 1;
	assert_relocated(&guest, true);
	guest.major = 10;
	guest.minor = 0;
	assert_relocated(&guest, true);
}

TEST(an_unknown_vendor_matters_only_where_it_decides)
{
	struct guest guest = guest_of(MACHINE_Q35, 64 * G);
	struct layout layout;

	guest.amd = ANSWER_UNKNOWN;
	layout_make(&guest, &layout);
	assert_false(layout.vendor_matters);
	layout_clear(&layout);
	guest.memory = guest.maxmemory = T;
	layout_make(&guest, &layout);
	assert_true(layout.vendor_matters);
	layout_clear(&layout);
}

/* Also with little memory, where what may be added reaches so far. */
TEST(room_for_more_memory_can_move_it_all)
{
	struct guest guest = guest_of(MACHINE_Q35, G);
	struct layout layout;

	guest.amd = ANSWER_YES;
	guest.maxmemory = 2 * T;
	layout_make(&guest, &layout);
	assert_true(layout.relocated);
	assert_int_equal(layout.n_pieces, 2);
	assert_piece(&layout, 1, PIECE_PLUGGED, T, 2 * T - G);
	layout_clear(&layout);
}

TEST(virt_has_its_pci_window_from_512_gib_on)
{
	static const uint64_t bars[] = { 64 * G };
	struct guest guest = guest_of(MACHINE_VIRT, 255 * G);
	struct layout layout;

	guest.bars = bars;
	guest.n_bars = COUNT(bars);
	layout_make(&guest, &layout);
	assert_piece(&layout, 0, PIECE_RAM, G, 255 * G);
	assert_piece(&layout, 1, PIECE_BAR, 512 * G, 64 * G);
	layout_clear(&layout);
	/* RAM ends at 512 GiB, and two other regions lie between. */
	guest.memory = guest.maxmemory = 511 * G;
	assert_bars_at(&guest, T);
	guest.memory = guest.maxmemory = 510 * G;
	assert_bars_at(&guest, 512 * G);
	guest.memory = guest.maxmemory = 512 * G;
	assert_bars_at(&guest, T);
}

/* The last byte of memory must be below 1 << bits, and the PCI window is left out by itself. */
TEST(virt_wants_address_bits_for_the_memory_only)
{
	static const uint64_t bars[] = { 64 * G };
	struct guest guest = guest_of(MACHINE_VIRT, 1023 * G);
	struct layout layout;

	guest.bars = bars;
	guest.n_bars = COUNT(bars);
	layout_make(&guest, &layout);
	assert_int_equal(layout.bits_needed, 40);
	assert_false(layout.bars_left_out);
	assert_int_equal(layout.n_pieces, 2);
	layout_clear(&layout);
	guest.phys_bits = 40;
	layout_make(&guest, &layout);
	assert_int_equal(layout.bits_needed, 40);
	assert_true(layout.bars_left_out);
	assert_int_equal(layout.n_pieces, 1);
	layout_clear(&layout);
	guest.memory = guest.maxmemory = 1023 * G + 8192;
	layout_make(&guest, &layout);
	assert_int_equal(layout.bits_needed, 41);
	layout_clear(&layout);
	/* 3 GiB is the most with highmem=off, which is 32 bits. */
	guest.memory = guest.maxmemory = 3 * G;
	layout_make(&guest, &layout);
	assert_int_equal(layout.bits_needed, 32);
	layout_clear(&layout);
	/* Room for more memory counts. */
	guest.memory = 4 * G;
	guest.maxmemory = 2 * T;
	layout_make(&guest, &layout);
	assert_int_equal(layout.bits_needed, 42);
	layout_clear(&layout);
	/* The window ends at 1 TiB with memory below 255 GiB. */
	guest.memory = guest.maxmemory = 255 * G;
	layout_make(&guest, &layout);
	assert_false(layout.bars_left_out);
	assert_int_equal(layout.bars_end, T - 1);
	layout_clear(&layout);
	guest.phys_bits = 39;
	layout_make(&guest, &layout);
	assert_true(layout.bars_left_out);
	layout_clear(&layout);
}

/* highmem-mmio-size; the window begins at a multiple of its size. */
TEST(virt_has_a_larger_pci_window_where_it_was_made_so)
{
	struct guest guest = guest_of(MACHINE_VIRT, 4 * G);
	struct layout layout;

	guest.pci_window = 2 * T;
	layout_make(&guest, &layout);
	assert_int_equal(layout.bars_at, 2 * T);
	assert_int_equal(layout.bars_end, 4 * T - 1);
	layout_clear(&layout);
}

/* RAM ends at 7.5 GiB; the numbers are from the memory maps of QEMU 7.2.22 and 10.0.13. */
TEST(cxl_windows_lie_below_the_pci_hole)
{
	struct guest guest = guest_of(MACHINE_Q35, 5632 * M);
	struct layout layout;

	guest.cxl = 1280 * M;
	assert_bars_at(&guest, 9 * G);
	guest.qemu_major = 10;
	assert_bars_at(&guest, 9 * G);
	guest.qemu_major = 7;
	guest.qemu_minor = 2;
	assert_bars_at(&guest, 10 * G);
	guest.qemu_major = 9;
	layout_make(&guest, &layout);
	assert_true(layout.version_matters);
	layout_clear(&layout);
	/* With room for more memory both begin behind it: at 20.5 GiB. */
	guest.maxmemory = 16 * G;
	guest.slots = 2;
	guest.cxl = 256 * M;
	assert_bars_at(&guest, 21 * G);
	guest.qemu_major = 7;
	assert_bars_at(&guest, 21 * G);
}

TEST(cxl_windows_count_where_hypertransport_is_near)
{
	struct guest guest = guest_of(MACHINE_Q35, 900 * G);

	guest.amd = ANSWER_YES;
	assert_relocated(&guest, false);
	guest.cxl = 128 * G;
	assert_relocated(&guest, true);
}

TEST(memory_is_plugged_on_s390_from_qemu_10_on)
{
	struct guest guest = guest_of(MACHINE_S390, 3333 * M);
	struct layout layout;

	guest.maxmemory = 16 * G;
	guest.slots = 2;
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 2);
	assert_piece(&layout, 1, PIECE_PLUGGED, 4 * G, 16 * G - 3333 * M);
	assert_true(layout.piece[1].translated);
	assert_false(layout.version_matters);
	layout_clear(&layout);
	guest.qemu_major = 7;
	guest.qemu_minor = 2;
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 1);
	assert_false(layout.version_matters);
	layout_clear(&layout);
	guest.qemu_major = 8;
	layout_make(&guest, &layout);
	assert_true(layout.version_matters);
	layout_clear(&layout);
}

TEST(s390_has_relaxed_translation_by_qemu_and_machine_type)
{
	static const struct {
		unsigned int qemu;
		unsigned int machine;
		bool relaxed;
	} cases[] = { { 0, 0, true },  { 0, 9, false }, { 0, 10, true },
		      { 10, 0, true }, { 7, 0, false }, { 10, 9, false } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct guest guest = guest_of(MACHINE_S390, G);
		struct layout layout;

		guest.qemu_major = cases[i].qemu;
		guest.major = cases[i].machine;
		layout_make(&guest, &layout);
		assert_int_equal(layout.relaxed, cases[i].relaxed);
		layout_clear(&layout);
	}
}

TEST(s390_begins_at_0_and_is_reached_through_the_guests_tables)
{
	static const uint64_t bars[] = { 16 * G };
	struct guest guest = guest_of(MACHINE_S390, 1021 * M);
	struct layout layout;

	guest.bars = bars;
	guest.n_bars = COUNT(bars);
	layout_make(&guest, &layout);
	assert_int_equal(layout.n_pieces, 1);
	assert_piece(&layout, 0, PIECE_RAM, 0, 1021 * M);
	assert_true(layout.piece[0].translated);
	layout_clear(&layout);
}

TEST(bars_lie_behind_the_memory_the_largest_first)
{
	static const uint64_t bars[] = { 256 * M, 16 * G, 32 * M };
	struct guest guest = guest_of(MACHINE_Q35, 8 * G);
	struct layout layout;

	guest.bars = bars;
	guest.n_bars = COUNT(bars);
	layout_make(&guest, &layout);
	assert_int_equal(layout.bars_at, 10 * G);
	assert_piece(&layout, 2, PIECE_BAR, 16 * G, 16 * G);
	assert_piece(&layout, 3, PIECE_BAR, 32 * G, 256 * M);
	assert_piece(&layout, 4, PIECE_BAR, 32 * G + 256 * M, 32 * M);
	layout_clear(&layout);
}

/* OVMF takes the last eighth of at most 46 bits. */
TEST(the_top_window_is_an_eighth_of_what_the_cpu_addresses)
{
	struct guest guest = guest_of(MACHINE_Q35, 8 * G);
	struct layout layout;
	uint64_t start;

	layout_make(&guest, &layout);
	assert_true(layout_top_window(&guest, &layout, 46, &start));
	assert_int_equal(start, 0x380000000000);
	assert_true(layout_top_window(&guest, &layout, 47, &start));
	assert_int_equal(start, 0x380000000000);
	assert_true(layout_top_window(&guest, &layout, 52, &start));
	assert_int_equal(start, 0x380000000000);
	assert_true(layout_top_window(&guest, &layout, 42, &start));
	assert_int_equal(start, 0x38000000000);
	assert_true(layout_top_window(&guest, &layout, 39, &start));
	assert_int_equal(start, 0x7000000000);
	assert_false(layout_top_window(&guest, &layout, 38, &start));
	assert_false(layout_top_window(&guest, &layout, 0, &start));
	/* QEMU shows 40 where nobody chose, and only AMD made such CPUs. */
	assert_false(layout_top_window(&guest, &layout, 40, &start));
	guest.amd = ANSWER_YES;
	assert_true(layout_top_window(&guest, &layout, 40, &start));
	assert_int_equal(start, 0xe000000000);
	assert_false(layout_top_window(&guest, &layout, 39, &start));
	layout_clear(&layout);
}

TEST(no_top_window_where_memory_is_in_the_way_or_on_other_machines)
{
	struct guest guest = guest_of(MACHINE_Q35, 450 * G);
	struct layout layout;
	uint64_t start;

	layout_make(&guest, &layout);
	assert_false(layout_top_window(&guest, &layout, 39, &start));
	assert_true(layout_top_window(&guest, &layout, 41, &start));
	guest.machine = MACHINE_VIRT;
	assert_false(layout_top_window(&guest, &layout, 46, &start));
	layout_clear(&layout);
}

TEST(the_largest_guest_does_not_wrap)
{
	static const enum machine machines[] = { MACHINE_Q35, MACHINE_I440FX, MACHINE_VIRT,
						 MACHINE_S390 };
	uint64_t bars[GUEST_BARS_MAX];

	for (size_t i = 0; i < COUNT(bars); i++)
		bars[i] = GUEST_SIZE_MAX;
	for (size_t m = 0; m < COUNT(machines); m++) {
		struct guest guest = guest_of(machines[m], GUEST_SIZE_MAX);
		struct layout layout;

		guest.slots = GUEST_SLOTS_MAX;
		guest.cxl = guest.pci_window = GUEST_SIZE_MAX;
		guest.bars = bars;
		guest.n_bars = COUNT(bars);
		guest.amd = ANSWER_YES;
		layout_make(&guest, &layout);
		for (size_t i = 0; i < layout.n_pieces; i++) {
			assert_true(layout.piece[i].range.start < layout.piece[i].range.end);
			if (i)
				assert_true(layout.piece[i].range.start >
					    layout.piece[i - 1].range.end);
		}
		layout_clear(&layout);
	}
}

TEST(machine_types_are_known_by_their_names)
{
	static const struct {
		const char *word;
		enum machine machine;
		unsigned int major;
		unsigned int minor;
	} words[] = {
		{ "q35", MACHINE_Q35, 0, 0 },
		{ "pc-q35-7.0", MACHINE_Q35, 7, 0 },
		{ "pc", MACHINE_I440FX, 0, 0 },
		{ "pc-i440fx-10.1", MACHINE_I440FX, 10, 1 },
		{ "i440fx", MACHINE_I440FX, 0, 0 },
		{ "virt-7.2", MACHINE_VIRT, 7, 2 },
		{ "s390-ccw-virtio", MACHINE_S390, 0, 0 },
	};
	static const char *const others[] = { "",      "microvm",  "q35x",	  "pc-q35-",
					      "q35-7", "virt-x.y", "pc-q35-7.0 ", "pc-q35-7.0.1" };
	struct guest guest;

	for (size_t i = 0; i < COUNT(words); i++) {
		assert_true(machine_parse(words[i].word, &guest));
		assert_int_equal(guest.machine, words[i].machine);
		assert_int_equal(guest.major, words[i].major);
		assert_int_equal(guest.minor, words[i].minor);
	}
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(machine_parse(others[i], &guest));
	assert_string_equal(machine_name(MACHINE_S390), "s390-ccw-virtio");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(q35_splits_at_2_gib),
		cmocka_unit_test(i440fx_splits_at_3_gib),
		cmocka_unit_test(memory_is_rounded_up_as_qemu_does),
		cmocka_unit_test(plugged_memory_has_a_gibibyte_more_for_each_slot),
		cmocka_unit_test(
			amd_guests_go_above_1_tib_where_the_pci_hole_would_reach_hypertransport),
		cmocka_unit_test(intel_guests_and_old_machine_types_stay),
		cmocka_unit_test(an_unknown_vendor_matters_only_where_it_decides),
		cmocka_unit_test(room_for_more_memory_can_move_it_all),
		cmocka_unit_test(virt_has_its_pci_window_from_512_gib_on),
		cmocka_unit_test(virt_wants_address_bits_for_the_memory_only),
		cmocka_unit_test(virt_has_a_larger_pci_window_where_it_was_made_so),
		cmocka_unit_test(cxl_windows_lie_below_the_pci_hole),
		cmocka_unit_test(cxl_windows_count_where_hypertransport_is_near),
		cmocka_unit_test(memory_is_plugged_on_s390_from_qemu_10_on),
		cmocka_unit_test(s390_has_relaxed_translation_by_qemu_and_machine_type),
		cmocka_unit_test(s390_begins_at_0_and_is_reached_through_the_guests_tables),
		cmocka_unit_test(bars_lie_behind_the_memory_the_largest_first),
		cmocka_unit_test(the_top_window_is_an_eighth_of_what_the_cpu_addresses),
		cmocka_unit_test(no_top_window_where_memory_is_in_the_way_or_on_other_machines),
		cmocka_unit_test(the_largest_guest_does_not_wrap),
		cmocka_unit_test(machine_types_are_known_by_their_names),
	};

	return UNIT_RUN("layout", tests);
}
