/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about a guest: its memory, as QEMU lays it out, and the IOVA space of the groups. */
#include "check/check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "guest/fit.h"
#include "iova/words.h"

/** typedef tell_piece - report a piece that a group refuses. */
typedef void (*tell_piece)(const struct fit *fit, const struct piece_fit *piece,
			   struct checker *checker);

/* Report each group that refuses a piece of that kind. */
static void find_refused(const struct fit *fit, enum piece_kind kind, tell_piece tell,
			 struct checker *checker)
{
	for (size_t i = 0; i < fit->n_pieces; i++) {
		const struct piece *piece = &fit->pieces[i].piece;

		if (piece->kind != kind || fit->pieces[i].usable != USABLE_NO)
			continue;
		for (size_t s = 0; s < fit->request->n_spaces; s++) {
			struct piece_fit its = fit_piece(&fit->request->spaces[s], piece);

			if (its.usable == USABLE_NO)
				tell(fit, &its, checker);
			free(its.words);
		}
	}
}

/*
 * A mapping that fails while the guest is set up fails the device.
 *
 * QEMU: hw/vfio/common.c, vfio_listener_region_add(): 7.2, 10.0.
 */
static void tell_memory(const struct fit *fit, const struct piece_fit *piece,
			struct checker *checker)
{
	_cleanup_free_ char *hint = NULL;
	char size[32];

	/* The size is not rounded: a little more does not fit. */
	if (fit->largest)
		hint = xasprintf("reduce the memory to %s%s",
				 words_of_exact_bytes(size, sizeof(size), fit->largest),
				 fit->newer_machine ? ", or use a machine type from 7.1 on, which "
						      "puts memory above 1 TiB instead"
						    : "");
	found_in_group(checker, SEVERITY_FAILURE, piece->space->group, hint,
		       "the guest does not start: cannot map its %s: %s", piece->piece.name,
		       piece->words);
}

static void run_memory(const struct check_input *input, struct checker *checker)
{
	find_refused(input->fit, PIECE_RAM, tell_memory, checker);
}

/*
 * QEMU: hw/vfio/common.c, vfio_listener_region_add(), hw_error(): 7.2, 10.0.
 */
static void tell_plugged(const struct fit *fit, const struct piece_fit *piece,
			 struct checker *checker)
{
	(void)fit;
	found_in_group(checker, SEVERITY_FAILURE, piece->space->group,
		       "reduce the maximum memory of the guest",
		       "the guest starts, but exits when memory is added there: cannot map its "
		       "%s: %s",
		       piece->piece.name, piece->words);
}

static void run_plugged_memory(const struct check_input *input, struct checker *checker)
{
	find_refused(input->fit, PIECE_PLUGGED, tell_plugged, checker);
}

/*
 * QEMU: hw/vfio/common.c, vfio_listener_region_add(),
 *   memory_region_is_ram_device(): 7.2, 10.0.
 */
static void tell_bar(const struct fit *fit, const struct piece_fit *piece, struct checker *checker)
{
	const struct range *range = &piece->piece.range;
	_cleanup_free_ char *hint = NULL;
	char size[16];

	if (fit->top_bits && piece->piece.where == bar_at_top)
		hint = xasprintf("start QEMU with -cpu host,host-phys-bits-limit=%u, or set "
				 "<maxphysaddr mode='passthrough' limit='%u'/> in libvirt",
				 fit->top_bits, fit->top_bits);
	found_in_group(checker, SEVERITY_WARNING, piece->space->group, hint,
		       "the guest starts, but devices cannot reach each other's memory: cannot map "
		       "a BAR of %s at 0x%" PRIx64 " (%s): %s",
		       words_of_bytes(size, sizeof(size), range->end - range->start + 1),
		       range->start, piece->piece.where, piece->words);
}

static void run_bar(const struct check_input *input, struct checker *checker)
{
	find_refused(input->fit, PIECE_BAR, tell_bar, checker);
}

/*
 * The width of the guest's CPU decides where newer firmware puts BARs, but is not known.
 *
 * QEMU: none, firmware decides.
 */
static void run_bar_place(const struct check_input *input, struct checker *checker)
{
	const struct fit *fit = input->fit;

	if (!fit->asked_top || fit->request->guest->phys_bits || fit->top_bits == FIT_TOP_BITS_MAX)
		return;
	if (fit->top_bits)
		found(checker, SEVERITY_WARNING, "guest",
		      "set the address bits of the guest's CPU with --phys-bits",
		      "where newer firmware puts BARs depends on the physical address bits of the "
		      "guest's CPU: the group can map them with up to %u",
		      fit->top_bits);
	else
		found(checker, SEVERITY_WARNING, "guest", NULL,
		      "newer firmware puts BARs at the top of the CPU's addresses, where the group "
		      "cannot map them");
}

/*
 * One finding for all pieces: they share the reason.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_build_caps(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_aperture(const struct check_input *input, struct checker *checker)
{
	const struct fit *fit = input->fit;

	for (size_t s = 0; s < fit->request->n_spaces; s++) {
		const struct space *space = &fit->request->spaces[s];
		bool is_unknown = false;

		for (size_t i = 0; i < fit->n_pieces && !is_unknown; i++) {
			struct piece_fit its = fit_piece(space, &fit->pieces[i].piece);

			is_unknown = its.usable == USABLE_UNKNOWN;
			free(its.words);
		}
		if (is_unknown)
			found_of_all(
				found_in_group(checker, SEVERITY_UNMEASURED, space->group,
					       space->failure
						       ? NULL
						       : "add --probe, which asks the kernel for "
							 "the allowed ranges",
					       "it is not known whether the guest's memory can "
					       "be mapped: %s",
					       words_of_unknown(space)),
				space->group);
	}
}

/*
 * An inference from registers must be marked as such.
 *
 * Kernel: drivers/iommu/intel/iommu.c, __iommu_calculate_agaw(): 6.1.
 */
static void run_registers(const struct check_input *input, struct checker *checker)
{
	const struct fit_request *request = input->fit->request;

	for (size_t i = 0; i < request->n_spaces; i++) {
		const struct space *space = &request->spaces[i];

		if (space->known_by == SPACE_REGISTERS)
			found_of_all(
				found_in_group(checker, SEVERITY_WARNING, space->group,
					       space->failure ? NULL
							      : "add --probe to ask the kernel",
					       "the allowed ranges are inferred: %u address bits "
					       "by the unit's registers, and the reserved "
					       "regions",
					       space->bits),
				space->group);
	}
}

/*
 * QEMU: none, it is about what vfiodiag knows.
 */
static void run_machine(const struct check_input *input, struct checker *checker)
{
	if (input->fit->request->guest->machine == MACHINE_UNKNOWN)
		found(checker, SEVERITY_UNMEASURED, "guest",
		      "name the machine type with vfiodiag fits --machine",
		      "vfiodiag knows no machine type for %s, so its layout is not known",
		      input->host->arch ? input->host->arch : "this host");
}

/*
 * QEMU: hw/i386/pc.c, pc_memory_init(): 7.2, 10.0.
 */
static void run_vendor(const struct check_input *input, struct checker *checker)
{
	if (input->fit->layout.vendor_matters)
		found(checker, SEVERITY_UNMEASURED, "guest", NULL,
		      "with an AMD CPU, QEMU puts memory above 1 TiB, and the CPU vendor of the "
		      "host is not known");
}

/*
 * QEMU: hw/i386/pc.c, pc_get_cxl_range_start(): 7.2, 10.0.
 * QEMU: hw/s390x/s390-virtio-ccw.c, s390_memory_init(): 7.2, 10.0.
 */
static void run_version(const struct check_input *input, struct checker *checker)
{
	const struct guest *guest = input->fit->request->guest;

	if (input->fit->layout.version_matters)
		found(checker, SEVERITY_UNMEASURED, "guest", NULL,
		      "QEMU 7.2 and 10.0 lay this guest out differently, and the rules of %u.%u "
		      "are not known",
		      guest->qemu_major, guest->qemu_minor);
}

/*
 * QEMU: hw/i386/pc.c, pc_memory_init(): 7.2, 10.0.
 * QEMU: hw/arm/virt.c, virt_set_memmap(): 7.2, 10.0.
 */
static void run_too_few_bits(const struct check_input *input, struct checker *checker)
{
	unsigned int needed = input->fit->layout.bits_needed;
	unsigned int bits = input->fit->request->guest->phys_bits;

	if (bits && needed > bits)
		found(checker, SEVERITY_FAILURE, "guest", "reduce the memory of the guest",
		      "QEMU exits at once: the memory needs %u physical address bits, and the CPU "
		      "has %u",
		      needed, bits);
}

/*
 * The address bits of a CPU of QEMU's on x86, and of a guest where KVM on Arm does not tell more.
 *
 * QEMU: target/i386/tcg/helper-tcg.h, TCG_PHYS_ADDR_BITS: 7.2, 10.0.
 * QEMU: target/arm/kvm.c, kvm_arm_get_max_vm_ipa_size(): 7.2, 10.0.
 */
#define DEFAULT_BITS 40

/*
 * QEMU: target/i386/host-cpu.c, host_cpu_adjust_phys_bits(), host_cpu_max_instance_init(): 7.2,
 *   10.0.
 */
static void run_bits(const struct check_input *input, struct checker *checker)
{
	unsigned int needed = input->fit->layout.bits_needed;
	const struct guest *guest = input->fit->request->guest;

	if (guest->machine != MACHINE_VIRT && needed > DEFAULT_BITS && needed <= guest->phys_bits)
		found(checker, SEVERITY_NOTE, "guest",
		      "start QEMU with -cpu host, or with host-phys-bits=on",
		      "the memory needs %u physical address bits, and QEMU's CPU models but host "
		      "and max have %d by default",
		      needed, DEFAULT_BITS);
}

/*
 * QEMU: hw/i386/pc.c, pc_memory_init(); hw/arm/virt.c, virt_set_memmap(): 7.2, 10.0.
 */
static void run_bits_unknown(const struct check_input *input, struct checker *checker)
{
	unsigned int needed = input->fit->layout.bits_needed;

	if (!input->fit->request->guest->phys_bits && needed > DEFAULT_BITS)
		found(checker, SEVERITY_UNMEASURED, "guest",
		      "set the address bits of the guest's CPU with vfiodiag fits --phys-bits",
		      "the memory needs %u physical address bits, and how many the guest's CPU has "
		      "is not known",
		      needed);
}

/*
 * The window below 4 GiB has 0x2eff0000 bytes.
 *
 * QEMU: hw/arm/virt.c, base_memmap, virt_set_memmap(): 7.2, 10.0.
 * QEMU: hw/arm/virt.c, virt_set_highmem_mmio_size(): 10.0.
 */
static void run_bar_window(const struct check_input *input, struct checker *checker)
{
	const struct layout *layout = &input->fit->layout;
	const struct guest *guest = input->fit->request->guest;
	const struct piece *last = layout->n_pieces ? &layout->piece[layout->n_pieces - 1] : NULL;

	if (!guest->n_bars || !layout->bars_end)
		return;
	if (layout->bars_left_out)
		found(checker, SEVERITY_WARNING, "guest", NULL,
		      "QEMU leaves the 64-bit PCI window out, since the CPU has %u physical "
		      "address bits and the window would end at 0x%" PRIx64
		      ": BARs have only 751 MiB below 4 GiB",
		      guest->phys_bits, layout->bars_end);
	else if (last && last->range.end > layout->bars_end)
		found(checker, SEVERITY_WARNING, "guest",
		      "make the window larger with -machine virt,highmem-mmio-size=SIZE, which QEMU "
		      "10.0 has and 7.2 has not",
		      "the BARs end at 0x%" PRIx64
		      ", above the 64-bit PCI window of QEMU, which ends at 0x%" PRIx64,
		      last->range.end, layout->bars_end);
}

static void tell_relaxed(const struct space *space, bool is_plugged, const struct range *all,
			 const struct hit *hit, struct checker *checker)
{
	_cleanup_free_ char *words = words_of_hit(space, hit);

	found_in_group(
		checker, SEVERITY_NOTE, space->group,
		"for such a guest reduce the memory, or use a machine type up to 9.2, which has "
		"no relaxed translation",
		"QEMU 10.0 exits if the guest uses relaxed translation (as Linux does with "
		"iommu.passthrough=1)%s: cannot map its memory at 0x%" PRIx64 " - 0x%" PRIx64
		": %s",
		is_plugged ? " and all memory is added" : "", all->start, all->end, words);
}

/*
 * The note is about QEMU 10.0 and a Linux guest with iommu.passthrough=1; without it, guests make
 * their own tables.
 *
 * QEMU: hw/s390x/s390-pci-inst.c, reg_ioat(): 10.0.
 * QEMU: hw/vfio/common.c, vfio_listener_region_add(): 10.0.
 * Kernel: drivers/iommu/s390-iommu.c, zpci_init_iommu(): 7.3.
 */
static void run_relaxed(const struct check_input *input, struct checker *checker)
{
	const struct fit_request *request = input->fit->request;

	for (size_t i = 0; i < request->n_spaces; i++) {
		const struct space *space = &request->spaces[i];
		struct range all;

		for (size_t piece = 0; fit_relaxed(input->fit, space, piece, &all); piece++) {
			struct hit hit;

			if (space_check(space, all.start, all.end - all.start + 1, false, &hit) !=
			    USABLE_NO)
				continue;
			tell_relaxed(space, piece > 0, &all, &hit, checker);
			break;
		}
	}
}

static const struct check checks[] = {
	{ "memory-refused", "The group cannot map the memory of the guest",
	  "QEMU maps all guest memory for a device, at the addresses that the guest sees.\n"
	  "Where the IOMMU does not accept these addresses, or they lie in a reserved\n"
	  "region, the mapping fails and QEMU exits. Without options that say more, the\n"
	  "guest has the newest version of QEMU's machine type q35, virt or s390-ccw-virtio,\n"
	  "by the architecture of the host, its CPU, and no memory to be added later.\n"
	  "'vfiodiag fits' prints the layout and takes other guests.\n",
	  .run = run_memory },
	{ "plugged-memory-refused", "The group cannot map memory that is added later",
	  "The maximum memory of the guest is more than its memory. The addresses of what\n"
	  "can be added are not accepted: the guest starts, and exits when memory is\n"
	  "plugged there.\n",
	  .run = run_plugged_memory },
	{ "bar-refused", "The group cannot map a BAR of another device",
	  "QEMU also maps the memory of passed-through devices (BARs), so that they can\n"
	  "reach each other. Firmware chooses the addresses; newer OVMF puts large BARs at\n"
	  "the top of the addresses of the guest's CPU, and so does SeaBIOS from 1.16.3 on,\n"
	  "where the IOMMU may not reach. QEMU only warns, and everything but peer-to-peer\n"
	  "DMA works.\n",
	  .run = run_bar },
	/* QEMU: none, the firmware of the guest chooses. */
	{ "bar-place-unknown", "Where firmware puts BARs is not known",
	  "It depends on the physical address bits of the guest's CPU, which are not known.\n"
	  "Set them with 'vfiodiag fits --phys-bits'.\n",
	  .run = run_bar_place },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_build_caps();
	 *   drivers/iommu/iommu.c, iommu_group_show_resv_regions(): 5.10, 6.1, 6.12, 7.3.
	 */
	{ "aperture-unknown", "The addresses that the IOMMU accepts are not known",
	  "sysfs lists the reserved regions, but not how far the IOMMU's addresses reach.\n"
	  "The kernel lists the allowed ranges only to a program that sets up a container,\n"
	  "which --probe does. Until then it is not known whether the guest's memory can be\n"
	  "mapped.\n",
	  .run = run_aperture },
	/* Kernel: see second_bits(). */
	{ "by-registers", "The allowed addresses are inferred",
	  "The width of the addresses is read from the registers of the IOMMU unit, as the\n"
	  "kernel computes it, and the reserved regions are taken out. --probe asks the\n"
	  "kernel instead.\n",
	  .run = run_registers },
	/* QEMU: none, what vfiodiag knows of it. */
	{ "machine-unknown", "The layout of the guest is not known",
	  "vfiodiag knows no machine type of QEMU for this architecture, so it is not known\n"
	  "where the guest's memory lies. 'vfiodiag fits --machine' takes one.\n",
	  .run = run_machine },
	{ "vendor-unknown", "The CPU vendor decides the layout, and is not known",
	  "On AMD CPUs, QEMU moves memory above 1 TiB if it would overlap the HyperTransport\n"
	  "range. Neither the CPU nor an IOMMU tells the vendor.\n",
	  .run = run_vendor },
	{ "qemu-version-unknown", "The version of QEMU decides the layout",
	  "The rules of QEMU 7.2 and 10.0 are known. They differ in where the CXL windows of\n"
	  "q35 begin, and in whether memory can be added to s390-ccw-virtio. Which of them\n"
	  "another version has is not known.\n",
	  .run = run_version },
	{ "too-few-address-bits", "The guest's CPU has too few address bits",
	  "QEMU checks that the guest's CPU can address all memory and, on q35 and i440fx,\n"
	  "the 64-bit PCI window above it, and exits if not. On virt the limit is what KVM\n"
	  "gives a guest (its IPA size), and 32 bits with highmem=off.\n",
	  .run = run_too_few_bits },
	{ "address-bits", "The guest's CPU needs more than the default address bits",
	  "The CPU models of QEMU have 40 physical address bits by default, which is 1 TiB;\n"
	  "host and max have those of the host. A larger guest needs the address bits of the\n"
	  "host: -cpu host, or host-phys-bits=on with another model, or <maxphysaddr\n"
	  "mode='passthrough'/> in libvirt.\n",
	  .run = run_bits },
	/*
	 * QEMU: hw/i386/pc.c, pc_memory_init(); target/i386/cpu.c, TCG_PHYS_ADDR_BITS: 7.2, 10.0.
	 */
	{ "address-bits-unknown", "The address bits of the guest's CPU are not known",
	  "The memory needs more than the 40 physical address bits that QEMU assumes where\n"
	  "nothing else is known, and neither the CPU of the host nor KVM tells how many the\n"
	  "guest can have. QEMU exits if they are too few.\n",
	  .run = run_bits_unknown },
	{ "bar-window", "The 64-bit PCI window does not hold the BARs",
	  "On virt, QEMU places the 64-bit PCI window, of 512 GiB, above all memory. It\n"
	  "leaves the window out where the address bits of the guest's CPU do not reach its\n"
	  "end, and BARs that are too large for it, or for what is left below 4 GiB, cannot\n"
	  "be used by the guest.\n",
	  .run = run_bar_window },
	{ "relaxed-translation", "All memory of the guest cannot be mapped at once",
	  "On s390, a guest makes tables of the DMA addresses that its devices use. From the\n"
	  "machine type 10.0 on it can also turn translation off (relaxed translation).\n"
	  "QEMU then maps all memory, from the first DMA address of the function on, and\n"
	  "exits if the function has too few of them. Each function then locks all of the\n"
	  "memory once.\n",
	  .run = run_relaxed },
};

bool check_is_guest_given(const struct check_input *input)
{
	return input->fit != NULL;
}

const struct check_family check_family_guest = {
	.name = "guest",
	.checks = checks,
	.n_checks = COUNT(checks),
	.is_asked = check_is_guest_given,
};

void check_guest(const struct check_input *input, struct findings *findings)
{
	check_run(&check_family_guest, input, findings);
	check_run(&check_family_guest_limits, input, findings);
	check_run(&check_family_limits, input, findings);
	check_run(&check_family_memlock, input, findings);
	check_run(&check_family_outcome, input, findings);
}
