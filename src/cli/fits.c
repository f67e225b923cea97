/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag fits: check whether a guest will start with assigned devices. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/worker.h"
#include "model/limits.h"
#include "probe/probe.h"
#include "space/fit.h"
#include "view/answer.h"

#define SMALLEST_PAGE 4096
#define SMALLEST_BAR  4096
#define BITS_MIN      32
#define BITS_MAX      52

struct fits_arguments {
	struct options common;
	const struct answer_format *format;
	struct probe_options options;
	struct subjects subjects;
	bool probe;
	bool has_machine;
	const char *whom;
	struct guest guest;
	uint64_t *bars;
	struct fit_request request;
};

enum {
	KEY_FORMAT = 0x200,
	KEY_PROBE,
	KEY_FORCE,
	KEY_MEMORY,
	KEY_MAXMEMORY,
	KEY_SLOTS,
	KEY_BAR,
	KEY_MACHINE,
	KEY_PHYS_BITS,
	KEY_HUGE,
	KEY_EACH_PAGE,
	KEY_VIOMMU,
	KEY_FOR,
};

static const struct argp_option fits_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "Output format: text (default) or json (schema vfiodiag/1)", 1 },
	{ "probe", KEY_PROBE, NULL, 0,
	  "Ask the kernel for the allowed ranges (sets up containers, maps nothing)", 1 },
	{ "force", KEY_FORCE, NULL, 0, "With --probe, include groups with ISM functions", 1 },
	{ "memory", KEY_MEMORY, "SIZE", 0, "Memory of the guest, such as 64G (QEMU -m)", 2 },
	{ "maxmemory", KEY_MAXMEMORY, "SIZE", 0,
	  "Maximum memory of the guest with hotplug (-m maxmem=)", 2 },
	{ "slots", KEY_SLOTS, "NUMBER", 0, "Number of memory slots (-m slots=)", 2 },
	{ "bar", KEY_BAR, "SIZE", 0, "Size of a 64-bit BAR of a device (repeatable)", 2 },
	{ "machine", KEY_MACHINE, "TYPE", 0,
	  "Machine type: q35, i440fx, virt or s390-ccw-virtio, or one with a version such "
	  "as pc-q35-7.0 (default: by the architecture of the host)",
	  2 },
	{ "phys-bits", KEY_PHYS_BITS, "BITS", 0,
	  "Physical address bits of the guest's CPU (default: those of the host, if known)", 2 },
	{ "huge", KEY_HUGE, "SIZE", 0, "Size of the pages that back the memory: 4K, 2M or 1G", 3 },
	{ "each-page", KEY_EACH_PAGE, NULL, 0,
	  "Count one mapping for each page, as SPDK and confidential guests need", 3 },
	{ "viommu", KEY_VIOMMU, NULL, 0, "The guest has a virtual IOMMU", 3 },
	{ "for", KEY_FOR, "WHOM", 0,
	  "Use the limits of user:NAME or unit:NAME, which starts the guest (default: the caller)",
	  3 },
	{ 0 },
};

static uint64_t parse_guest_size(const char *option, const char *word)
{
	uint64_t size = cli_memory(option, word);

	if (!size || size > GUEST_SIZE_MAX)
		bad_usage("invalid size '%s' for %s: must be between 1 byte and 4 PiB", word,
			  option);
	return size;
}

static void parse_bar(struct fits_arguments *arguments, const char *word)
{
	uint64_t size = parse_guest_size("--bar", word);

	if (size < SMALLEST_BAR || size & (size - 1))
		bad_usage("invalid BAR size '%s': must be a power of two of at least 4 KiB", word);
	if (arguments->guest.n_bars == GUEST_BARS_MAX)
		bad_usage("too many --bar options (at most %d)", GUEST_BARS_MAX);
	APPEND(arguments->bars, arguments->guest.n_bars, size);
}

static uint64_t parse_page(const char *word)
{
	uint64_t size = cli_memory("--huge", word);

	if (size < SMALLEST_PAGE || size & (size - 1))
		bad_usage("invalid page size '%s': use 4K, 2M or 1G", word);
	return size;
}

static unsigned int parse_number(const char *option, const char *word, unsigned int from,
				 unsigned int to)
{
	uint64_t number;

	if (text_to_u64(word, 10, &number) < 0 || number < from || number > to)
		bad_usage("invalid value '%s' for %s: must be between %u and %u", word, option,
			  from, to);
	return (unsigned int)number;
}

static error_t parse_guest(int key, char *arg, struct fits_arguments *arguments)
{
	struct guest *guest = &arguments->guest;

	switch (key) {
	case KEY_MEMORY:
		guest->memory = parse_guest_size("--memory", arg);
		return 0;
	case KEY_MAXMEMORY:
		guest->maxmemory = parse_guest_size("--maxmemory", arg);
		return 0;
	case KEY_SLOTS:
		guest->slots = parse_number("--slots", arg, 0, GUEST_SLOTS_MAX);
		return 0;
	case KEY_BAR:
		parse_bar(arguments, arg);
		return 0;
	case KEY_MACHINE:
		if (!machine_parse(arg, guest))
			bad_usage("unknown machine type '%s': use q35, i440fx, virt or "
				  "s390-ccw-virtio, or one of them with a version (pc-q35-7.0)",
				  arg);
		arguments->has_machine = true;
		return 0;
	case KEY_PHYS_BITS:
		guest->phys_bits = parse_number("--phys-bits", arg, BITS_MIN, BITS_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_fits(int key, char *arg, struct argp_state *state)
{
	struct fits_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = cli_answer_format(arg);
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_FORCE:
		arguments->options.force = true;
		return 0;
	case KEY_HUGE:
		arguments->request.page = parse_page(arg);
		return 0;
	case KEY_EACH_PAGE:
		arguments->request.each_page = true;
		return 0;
	case KEY_VIOMMU:
		arguments->request.viommu = true;
		return 0;
	case KEY_FOR:
		arguments->whom = arg;
		return 0;
	default:
		return parse_guest(key, arg, arguments);
	}
}

static const struct argp_child fits_children[] = { { &common_argp, 0, NULL, 0 },
						   { &words_argp, 0, NULL, 0 },
						   { 0 } };

static const struct argp fits_argp = {
	.options = fits_argp_options,
	.parser = parse_fits,
	.args_doc = "SUBJECT...",
	.doc = "Check whether a guest will start with these devices assigned: lay out its "
	       "memory as QEMU does, and compare it with the addresses that the IOMMU accepts, "
	       "the number of mappings and the memory that may be locked. Only reads; --probe "
	       "asks the kernel. SUBJECT is a group number, a PCI address or a network "
	       "interface. Sizes have a unit: 4K, 64M or 64GiB.\vExit status: 0 fits, "
	       "1 fits with warnings or by inference, 2 does not fit, 3 not known, 64 usage "
	       "error.",
	.children = fits_children,
};

static void check_arguments(struct fits_arguments *arguments)
{
	struct guest *guest = &arguments->guest;

	if (!arguments->subjects.n_words)
		bad_usage(
			"SUBJECT is required: name the groups or devices to assign (see 'vfiodiag list')");
	if (!guest->memory)
		bad_usage("--memory is required");
	if (!guest->maxmemory)
		guest->maxmemory = guest->memory;
	if (guest->maxmemory < guest->memory)
		bad_usage("--maxmemory is less than --memory");
	if (guest->slots && guest->maxmemory == guest->memory)
		bad_usage("--slots requires --maxmemory");
	if (arguments->request.each_page && !arguments->request.page)
		bad_usage("--each-page requires --huge");
	if (arguments->probe && arguments->common.sysroot)
		bad_usage("--probe requires a live host or a capture, not --sysroot");
}

/* Find the default machine type for QEMU on this host. */
static bool machine_of_host(const struct host *host, enum machine *machine)
{
	static const struct {
		const char *arch;
		enum iommu_kind kind;
		enum machine machine;
	} machines[] = {
		{ "x86_64", IOMMU_INTEL, MACHINE_Q35 },
		{ "x86_64", IOMMU_AMD, MACHINE_Q35 },
		{ "aarch64", IOMMU_SMMU, MACHINE_VIRT },
		{ "s390x", IOMMU_ZPCI, MACHINE_S390 },
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		bool is_it = host->arch && strcmp(host->arch, machines[i].arch) == 0;

		/* A sysroot does not tell the architecture, but the IOMMU does. */
		for (size_t u = 0; u < host->n_iommus && !host->arch; u++)
			is_it |= host->iommus[u].kind == machines[i].kind;
		if (!is_it)
			continue;
		*machine = machines[i].machine;
		return true;
	}
	return false;
}

/* The vendor of the IOMMU tells the vendor of the CPU. */
static enum answer is_amd(const struct host *host)
{
	enum answer answer = ANSWER_UNKNOWN;

	for (size_t i = 0; i < host->n_iommus; i++) {
		if (host->iommus[i].kind == IOMMU_AMD)
			return ANSWER_YES;
		if (host->iommus[i].kind == IOMMU_INTEL)
			answer = ANSWER_NO;
	}
	return answer;
}

/* Fill in what the guest inherits from its host. */
static void complete_guest(const struct host *host, struct fits_arguments *arguments)
{
	struct guest *guest = &arguments->guest;

	if (!arguments->has_machine && !machine_of_host(host, &guest->machine))
		bad_usage("no default machine type for %s: --machine is required",
			  host->arch ? host->arch : "this host");
	guest->bars = arguments->bars;
	guest->amd = is_amd(host);
	if (!guest->phys_bits)
		guest->phys_bits = host->address_bits;
}

/** struct work - the probe and the IOVA space of each group. */
struct work {
	struct selection selection;
	struct probe **probes;
	struct space *spaces;
};

static void gather(struct source *source, const struct host *host,
		   const struct fits_arguments *arguments, struct work *work)
{
	size_t n = work->selection.n_groups;

	work->probes = xcalloc(n, sizeof(*work->probes));
	work->spaces = xcalloc(n, sizeof(*work->spaces));
	for (size_t i = 0; i < n; i++) {
		const struct group *group = work->selection.groups[i];
		struct probe *probe = NULL;

		if (arguments->probe && !source_problem(source))
			probe = probe_ranges(source, host, group, &arguments->options);
		work->probes[i] = probe;
		space_make(host, group, probe, &work->spaces[i]);
	}
}

static void work_clear(struct work *work)
{
	for (size_t i = 0; i < work->selection.n_groups; i++) {
		probe_free(work->probes[i]);
		space_clear(&work->spaces[i]);
	}
	free(work->probes);
	free(work->spaces);
	selection_clear(&work->selection);
}

static int answer(struct source *source, const struct host *host, struct fits_arguments *arguments,
		  const struct work *work)
{
	struct fit_request *request = &arguments->request;
	struct view_options view = { .color = cli_color(&arguments->common),
				     .width = cli_width(),
				     .verbose = arguments->common.verbose };
	struct fits_answer answer = { .host = host, .request = request };
	struct memlock memlock = { 0 };
	struct fit fit;
	int status;

	cli_memlock(source, arguments->whom, &memlock);
	cli_limit_printing(&arguments->common);
	request->guest = &arguments->guest;
	request->spaces = work->spaces;
	request->n_spaces = work->selection.n_groups;
	request->memlock = &memlock;
	request->named = arguments->whom != NULL;
	fit_make(request, &fit);
	answer.fit = &fit;
	status = fit.status;
	if (!source_problem(source))
		arguments->format->write_fits(stdout, &answer, &view);
	fit_clear(&fit);
	request->memlock = NULL;
	memlock_clear(&memlock);
	return status;
}

static int answer_host(void *context)
{
	struct fits_arguments *arguments = context;
	struct work work = { 0 };
	struct source *source = cli_open(&arguments->common);
	struct host *host = cli_scan(source, false);
	int status;

	cli_groups(source, host, &arguments->subjects, &work.selection);
	complete_guest(host, arguments);
	gather(source, host, arguments, &work);
	status = answer(source, host, arguments, &work);
	work_clear(&work);
	host_free(host);
	return cli_close(source, cli_flush(status));
}

static int run_fits(int argc, char **argv, const struct options *options)
{
	struct fits_arguments arguments = { .common = *options, .format = &answer_format_text };
	int status;

	cli_parse(&fits_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.probe)
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_PROBE;
	check_arguments(&arguments);
	status = worker_answer(&arguments.common, answer_host, &arguments);
	free(arguments.bars);
	return status;
}

const struct command command_fits = {
	.name = "fits",
	.summary = "check whether a guest will start with assigned devices",
	.needs = PRIVILEGE_READ | PRIVILEGE_PROBE,
	.run = run_fits,
};
