/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag fits: check whether a guest will start with assigned devices. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/cli.h"
#include "cli/policy.h"
#include "model/limits.h"
#include "probe/probe.h"
#include "guest/fit.h"
#include "guest/guest.h"
#include "view/view.h"

#define SMALLEST_PAGE 4096
#define SMALLEST_BAR  4096
#define BITS_MIN      32
#define BITS_MAX      52

/**
 * struct fits_arguments - the command line, and the answer.
 * @probes: of the groups that were tested, @n_probes of them
 * @spaces: of each group, @n_spaces of them
 */
struct fits_arguments {
	struct probe_options options;
	bool probe;
	const char *whom;
	struct guest guest;
	uint64_t bars[GUEST_BARS_MAX];
	struct fit_request request;
	struct memlock memlock;
	struct probe **probes;
	size_t n_probes;
	struct space *spaces;
	size_t n_spaces;
	struct fit fit;
	struct fits_answer answer;
};

static void add_bar(void *arguments, const char *word)
{
	struct fits_arguments *fits = arguments;
	uint64_t size = cli_guest_size("--bar", word);

	if (size < SMALLEST_BAR || size & (size - 1))
		bad_usage("invalid BAR size '%s': must be a power of two of at least 4 KiB", word);
	if (fits->guest.n_bars == GUEST_BARS_MAX)
		bad_usage("too many --bar options (at most %d)", GUEST_BARS_MAX);
	fits->bars[fits->guest.n_bars++] = size;
}

static void set_machine(void *arguments, const char *word)
{
	struct fits_arguments *fits = arguments;

	if (!machine_parse(word, &fits->guest))
		bad_usage("unknown machine type '%s': use q35, i440fx, virt or s390-ccw-virtio, or "
			  "one of them with a version (pc-q35-7.0)",
			  word);
}

static void set_qemu(void *arguments, const char *word)
{
	struct guest *guest = &((struct fits_arguments *)arguments)->guest;

	if (!version_parse(word, &guest->qemu_major, &guest->qemu_minor) || !guest->qemu_major)
		bad_usage("invalid version '%s' for --qemu: expected 7.2 or 10.0", word);
}

static void add_cxl(void *arguments, const char *word)
{
	struct guest *guest = &((struct fits_arguments *)arguments)->guest;
	uint64_t size = cli_guest_size("--cxl-window", word);

	if (size % GUEST_CXL_UNIT)
		bad_usage("invalid window size '%s': must be a multiple of 256 MiB", word);
	guest->cxl += size;
	if (guest->cxl > GUEST_SIZE_MAX)
		bad_usage("the windows of --cxl-window are larger than 4 PiB");
}

static const struct cli_option fits_options[] = {
	{ "probe", 0, NULL,
	  "Ask the kernel for the allowed ranges (sets up containers, maps nothing)", 1,
	  .member = offsetof(struct fits_arguments, probe), .needs = PRIVILEGE_PROBE },
	{ "force", 0, NULL, "With --probe, include groups with ISM functions", 1,
	  .member = offsetof(struct fits_arguments, options.force) },
	{ "memory", 0, "SIZE", "Memory of the guest, such as 64G (QEMU -m)", 2,
	  .member = offsetof(struct fits_arguments, guest.memory), .parse = cli_guest_size },
	{ "maxmemory", 0, "SIZE", "Maximum memory of the guest with hotplug (-m maxmem=)", 2,
	  .member = offsetof(struct fits_arguments, guest.maxmemory), .parse = cli_guest_size },
	{ "slots", 0, "NUMBER", "Number of memory slots (-m slots=)", 2,
	  .member = offsetof(struct fits_arguments, guest.slots), .most = GUEST_SLOTS_MAX },
	{ "bar", 0, "SIZE", "Size of a 64-bit BAR of a device (repeatable)", 2, .set = add_bar },
	{ "machine", 0, "TYPE",
	  "Machine type: q35, i440fx, virt or s390-ccw-virtio, or one with a version such as pc-q35-7.0 (default: by the architecture of the host)",
	  2, .set = set_machine },
	{ "qemu", 0, "VERSION",
	  "Version of QEMU, such as 7.2 (default: 10.0), where it decides the layout", 2,
	  .set = set_qemu },
	{ "cxl-window", 0, "SIZE",
	  "Size of a CXL fixed memory window of q35 (cxl-fmw.N.size=) (repeatable)", 2,
	  .set = add_cxl },
	{ "highmem-mmio-size", 0, "SIZE", "Size of the 64-bit PCI window of virt (default: 512G)",
	  2, .member = offsetof(struct fits_arguments, guest.pci_window), .parse = cli_guest_size,
	  .least = GUEST_PCI_WINDOW_MIN, .power_of_two = "window size",
	  .rule = "must be a power of two of at least 512 GiB" },
	{ "phys-bits", 0, "BITS",
	  "Physical address bits of the guest's CPU (default: those of the host, if known)", 2,
	  .member = offsetof(struct fits_arguments, guest.phys_bits), .least = BITS_MIN,
	  .most = BITS_MAX },
	{ "huge", 0, "SIZE", "Size of the pages that back the memory: 4K, 2M or 1G", 3,
	  .member = offsetof(struct fits_arguments, request.page), .parse = cli_memory,
	  .least = SMALLEST_PAGE, .power_of_two = "page size", .rule = "use 4K, 2M or 1G" },
	{ "each-page", 0, NULL,
	  "Count one mapping for each page, as SPDK and confidential guests need", 3,
	  .member = offsetof(struct fits_arguments, request.each_page) },
	{ "viommu", 0, NULL, "The guest has a virtual IOMMU", 3,
	  .member = offsetof(struct fits_arguments, request.viommu) },
	{ "for", 0, "WHOM",
	  "Use the limits of user:NAME or unit:NAME, which starts the guest (default: the caller)",
	  3, .member = offsetof(struct fits_arguments, whom) },
	{ 0 },
};

static void check_fits(void *arguments, const struct options *options)
{
	struct fits_arguments *fits = arguments;
	struct guest *guest = &fits->guest;

	(void)options;
	if (!guest->memory)
		bad_usage("--memory is required");
	if (guest->maxmemory && guest->maxmemory < guest->memory)
		bad_usage("--maxmemory is less than --memory");
	if (guest->slots && guest->maxmemory <= guest->memory)
		bad_usage("--slots requires --maxmemory");
	if (fits->request.each_page && !fits->request.page)
		bad_usage("--each-page requires --huge");
}

/* Options that QEMU refuses with this machine type, which the host may have told, or version. */
static void check_guest_options(const struct guest *guest)
{
	bool is_older = guest->qemu_major &&
			(guest->major > guest->qemu_major ||
			 (guest->major == guest->qemu_major && guest->minor > guest->qemu_minor));

	if (is_older)
		bad_usage("QEMU %u.%u has no machine type of version %u.%u", guest->qemu_major,
			  guest->qemu_minor, guest->major, guest->minor);
	if (guest->cxl && guest->machine != MACHINE_Q35)
		bad_usage("--cxl-window requires the machine type q35");
	if (guest->pci_window && guest->machine != MACHINE_VIRT)
		bad_usage("--highmem-mmio-size requires the machine type virt");
	if (guest->pci_window && guest_qemu(guest) == GUEST_QEMU_OLD)
		bad_usage("QEMU 7.2 has no highmem-mmio-size");
}

static void make_spaces(struct context *context, struct fits_arguments *fits)
{
	const struct selection *selection = &context->selection;

	fits->n_spaces = selection->n_groups;
	fits->probes = xcalloc(fits->n_spaces, sizeof(*fits->probes));
	fits->spaces = xcalloc(fits->n_spaces, sizeof(*fits->spaces));
	for (size_t i = 0; i < fits->n_spaces; i++) {
		const struct group *group = selection->groups[i];
		struct probe *probe = NULL;

		if (fits->probe && !source_problem(context->source))
			probe = probe_ranges(context->source, context->host, group, &fits->options);
		if (probe)
			fits->probes[fits->n_probes++] = probe;
		space_make(context->host, group, probe, &fits->spaces[i]);
	}
}

static int read_guest(struct context *context)
{
	struct fits_arguments *fits = context->arguments;
	struct fit_request *request = &fits->request;

	fits->guest.bars = fits->bars;
	guest_complete(context->host, &fits->guest);
	if (fits->guest.machine == MACHINE_UNKNOWN)
		bad_usage("no default machine type for %s: --machine is required",
			  context->host->arch ? context->host->arch : "this host");
	check_guest_options(&fits->guest);
	scan_hugepages(context->source, context->host);
	make_spaces(context, fits);
	cli_memlock(context->source, fits->whom, &fits->memlock);
	request->host = context->host;
	request->guest = &fits->guest;
	request->spaces = fits->spaces;
	request->n_spaces = fits->n_spaces;
	request->memlock = &fits->memlock;
	return EXIT_OBSERVED;
}

static int judge_fits(struct context *context, int status)
{
	struct fits_arguments *fits = context->arguments;
	struct fits_answer *answer = &fits->answer;
	struct check_input input = {
		.host = context->host,
		.groups = context->selection.groups,
		.n_groups = context->selection.n_groups,
		.fit = &fits->fit,
		.memlock = &fits->memlock,
		.probes = fits->probes,
		.n_probes = fits->n_probes,
	};

	(void)status;
	fit_make(&fits->request, &fits->fit);
	*answer = (struct fits_answer){ .host = context->host, .fit = &fits->fit };
	check_guest(&input, &answer->findings);
	answer->readiness = judge(&answer->findings, &policy_default.policy);
	return readiness_status(answer->readiness);
}

static int print_fits(struct context *context)
{
	const struct fits_arguments *fits = context->arguments;

	return context->options->format->write_fits(context->out, &fits->answer, &context->view);
}

static void finish_fits(void *arguments)
{
	struct fits_arguments *fits = arguments;

	findings_clear(&fits->answer.findings);
	fit_clear(&fits->fit);
	memlock_clear(&fits->memlock);
	for (size_t i = 0; i < fits->n_probes; i++)
		probe_free(fits->probes[i]);
	for (size_t i = 0; i < fits->n_spaces; i++)
		space_clear(&fits->spaces[i]);
	free(fits->probes);
	free(fits->spaces);
	fits->probes = NULL;
	fits->spaces = NULL;
	fits->n_probes = fits->n_spaces = 0;
}

const struct command command_fits = {
	.name = "fits",
	.summary = "check whether a guest will start with assigned devices",
	.usage = "SUBJECT...",
	.doc = "Check whether a guest will start with these devices assigned: lay out its "
	       "memory as QEMU does, and compare it with the addresses that the IOMMU accepts, "
	       "the number of mappings and the memory that may be locked. Only reads; --probe "
	       "asks the kernel. Sizes have a unit: 4K, 64M or 64GiB.",
	.statuses = "0 fits, 1 fits with warnings or by inference, 2 does not fit, 3 not known",
	.options = fits_options,
	.takes = TAKES_HOST | TAKES_COLOR | TAKES_OUTPUT,
	.operand = OPERAND_GROUP,
	.min = 1,
	.max = INT_MAX,
	.formats = { &format_text, &format_json },
	.reads = READS_HOST,
	.needs = PRIVILEGE_READ,
	.size = sizeof(struct fits_arguments),
	.check = check_fits,
	.work = read_guest,
	.judge = judge_fits,
	.print = print_fits,
	.finish = finish_fits,
};
