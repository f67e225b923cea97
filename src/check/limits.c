/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about limits: locked memory, the number of mappings, huge pages. */
#include "check/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/limits.h"
#include "guest/fit.h"
#include "iova/words.h"
#include "remedy/remedy.h"

/* The limit and its source: "8 MiB (probably: the default of the kernel and of systemd)". */
static char *limit_text(const struct memlock *memlock)
{
	char size[16];

	return xasprintf("%s (%s%s)",
			 memlock->unlimited ? "any amount"
					    : words_of_bytes(size, sizeof(size), memlock->bytes),
			 memlock->inferred ? "probably: " : "", memlock->known_by);
}

/* A limit that is known and too small for @bytes of the guest; @words name the guest. */
static void found_too_small(const struct check_input *input, struct checker *checker,
			    enum severity severity, const char *words, uint64_t bytes)
{
	const struct memlock *memlock = input->memlock;
	_cleanup_free_ char *remedy = remedy_memlock_words(memlock, memlock_need(bytes));
	/* Without --for the limit may concern another process. */
	_cleanup_free_ char *hint =
		xasprintf("%s%s",
			  memlock->kind != MEMLOCK_PROCESS
				  ? ""
				  : "if another user or unit starts the guest, name it with --for "
				    "user:NAME or unit:NAME; otherwise ",
			  remedy);
	_cleanup_free_ char *limit = limit_text(memlock);
	_cleanup_free_ char *times =
		input->fit->containers > 1
			? xasprintf("the memory once for each of %zu groups, and ",
				    input->fit->containers)
			: xstrdup("with ");
	char memory[16], wanted[16];

	words_of_bytes(memory, sizeof(memory), bytes / input->fit->containers);
	words_of_bytes(wanted, sizeof(wanted), memlock_need(bytes));
	remedy_memlock(found(checker, severity, memlock->whom, hint,
			     "a guest %s %s needs %s of locked memory (%s1 GiB to spare, as "
			     "libvirt adds), and the limit is %s",
			     words, memory, wanted, times, limit),
		       memlock, memlock_need(bytes));
}

/** enum lock_fit - how much of the guest the locked memory limit holds. */
enum lock_fit {
	LOCK_UNKNOWN,
	LOCK_TOO_SMALL,
	LOCK_TIGHT, /* the memory alone, without what QEMU locks itself */
	LOCK_TOO_SMALL_LATER,
	LOCK_ENOUGH,
};

static enum lock_fit find_lock_fit(const struct check_input *input)
{
	const struct memlock *memlock = input->memlock;
	const struct fit *fit = input->fit;

	if (memlock->error && !memlock->bypass)
		return LOCK_UNKNOWN;
	if (!fit || memlock->bypass)
		return LOCK_ENOUGH;
	if (!memlock_allows(memlock, fit->need))
		return LOCK_TOO_SMALL;
	if (!memlock_allows(memlock, memlock_need(fit->need)))
		return LOCK_TIGHT;
	return memlock_allows(memlock, fit->need_later) ? LOCK_ENOUGH : LOCK_TOO_SMALL_LATER;
}

static void run_memlock_short(const struct check_input *input, struct checker *checker)
{
	static const char *const ids[] = {
		[LOCK_TOO_SMALL] = "memlock-too-small",
		[LOCK_TIGHT] = "memlock-tight",
		[LOCK_TOO_SMALL_LATER] = "memlock-too-small-later",
		[LOCK_ENOUGH] = NULL,
	};
	enum lock_fit lock_fit = find_lock_fit(input);
	bool is_later = lock_fit == LOCK_TOO_SMALL_LATER;

	if (ids[lock_fit] && strcmp(ids[lock_fit], checker->check->id) == 0)
		found_too_small(input, checker,
				lock_fit == LOCK_TOO_SMALL ? SEVERITY_FAILURE : SEVERITY_WARNING,
				is_later ? "that grows to" : "of",
				is_later ? input->fit->need_later : input->fit->need);
}

static void run_memlock_unknown(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;
	bool is_denied = memlock->error == EACCES || memlock->error == EPERM;

	if (find_lock_fit(input) == LOCK_UNKNOWN)
		found(checker, SEVERITY_UNMEASURED, memlock->whom,
		      is_denied ? "run as root"
		      : memlock->kind != MEMLOCK_PROCESS
			      ? NULL
			      : "name the user or unit that starts the "
				"guest with --for user:NAME or unit:NAME",
		      "the locked memory limit is not known: %s", memlock_reason(memlock));
}

/* A limit that only the defaults of other programs tell holds the guest by inference. */
static bool is_inferred(const struct check_input *input)
{
	const struct memlock *memlock = input->memlock;

	return input->fit && memlock->inferred && !memlock->bypass && !memlock->unlimited;
}

static void run_memlock_inferred(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *limit = NULL;

	if (find_lock_fit(input) != LOCK_ENOUGH || !is_inferred(input))
		return;
	limit = limit_text(input->memlock);
	found(checker, SEVERITY_WARNING, input->memlock->whom, NULL,
	      "the locked memory limit is large enough, but inferred: %s", limit);
}

static void run_memlock_enough(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;
	_cleanup_free_ char *limit = NULL;

	if (find_lock_fit(input) != LOCK_ENOUGH || is_inferred(input))
		return;
	if (memlock->bypass) {
		found(checker, SEVERITY_OK, memlock->whom, NULL,
		      "not limited: it has CAP_IPC_LOCK, so VFIO counts its locked memory and does "
		      "not limit it (by %s)",
		      memlock->known_by ? memlock->known_by : "its privileges");
		return;
	}
	limit = limit_text(memlock);
	found(checker, SEVERITY_OK, memlock->whom, NULL, "the locked memory limit is %s", limit);
}

/* The number of mappings */

static struct entry_limit limit_of(const struct check_input *input)
{
	return input->fit ? input->fit->entry_limit : entry_limit_of(input->host, NULL, 0);
}

#define ENTRY_LIMIT_HINT "raise it, now and for the next boot"

static void run_entries_low(const struct check_input *input, struct checker *checker)
{
	uint64_t limit = limit_of(input).maps;

	if (!limit)
		remedy_entry_limit(
			found(checker, SEVERITY_FAILURE, "host", ENTRY_LIMIT_HINT,
			      "dma_entry_limit is 0, so nothing can be mapped; the default is %d",
			      ENTRY_LIMIT_DEFAULT),
			ENTRY_LIMIT_DEFAULT);
	else if (limit < ENTRY_LIMIT_DEFAULT)
		remedy_entry_limit(
			found(checker, SEVERITY_WARNING, "host", ENTRY_LIMIT_HINT,
			      "dma_entry_limit is %" PRIu64
			      ", which limits the mappings of a container; the default is "
			      "%d",
			      limit, ENTRY_LIMIT_DEFAULT),
			ENTRY_LIMIT_DEFAULT);
}

/* A limit of 0 is a finding by itself. */
static void run_entries_guest(const struct check_input *input, struct checker *checker)
{
	uint64_t limit = limit_of(input).maps;

	if (limit && input->fit->maps > limit)
		remedy_entry_limit(found(checker, SEVERITY_FAILURE, "host", ENTRY_LIMIT_HINT,
					 "the memory of the guest needs %" PRIu64
					 " mappings, and dma_entry_limit is %" PRIu64,
					 input->fit->maps, limit),
				   ENTRY_LIMIT_DEFAULT);
}

static void run_entries_memory(const struct check_input *input, struct checker *checker)
{
	const struct fit *fit = input->fit;
	struct finding *finding;
	char memory[16], page[16], most[32];
	bool each_page, is_possible;

	if (fit->page_maps <= fit->entry_limit.maps)
		return;
	each_page = fit->request->each_page;
	/* Only a limit that was read fails a guest; run_entries_unknown() reports any other. */
	if (each_page && !fit->entry_limit.known)
		return;
	is_possible = fit->page_maps <= UINT32_MAX;
	finding = found(
		checker, each_page ? SEVERITY_FAILURE : SEVERITY_NOTE, "host",
		is_possible ? ENTRY_LIMIT_HINT : "use larger pages: the limit cannot be that large",
		"%s in pieces of %s are %" PRIu64 " mappings, and dma_entry_limit is %" PRIu64
		"%s, which holds %s: %s",
		words_of_bytes(memory, sizeof(memory), fit->request->guest->memory),
		words_of_bytes(page, sizeof(page), fit->page), fit->page_maps,
		fit->entry_limit.maps, fit->entry_limit.known ? "" : " by default",
		words_of_exact_bytes(most, sizeof(most), fit->entry_limit.maps * fit->page),
		each_page ? "further mappings fail with ENOSPC"
			  : "SPDK, DPDK, and guests that are confidential or have a virtual IOMMU "
			    "can exceed it (ENOSPC); QEMU otherwise maps memory in a few large "
			    "pieces");
	if (is_possible)
		remedy_entry_limit(finding, fit->page_maps * 2);
}

static void run_entries_unknown(const struct check_input *input, struct checker *checker)
{
	if (input->fit->request->each_page && !input->fit->entry_limit.known)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "cannot read how many mappings a container holds (dma_entry_limit)");
}

/* Huge pages */

/* Free bytes in @pool. */
static uint64_t pool_bytes(const struct hugepages *pool)
{
	uint64_t bytes;

	return __builtin_mul_overflow(pool->size, pool->free, &bytes) ? UINT64_MAX : bytes;
}

/* Free bytes in all pools of that page size, on all nodes. */
static uint64_t size_bytes(const struct host *host, uint64_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < host->n_hugepages; i++) {
		if (host->hugepages[i].size == size &&
		    __builtin_add_overflow(sum, pool_bytes(&host->hugepages[i]), &sum))
			return UINT64_MAX;
	}
	return sum;
}

/* Pools that hold @memory alone: "1 GiB pages on node 0, 2 MiB pages on node 1"; or NULL. */
static char *large_pools(const struct host *host, uint64_t memory)
{
	char *text = NULL;
	char size[16];

	for (size_t i = 0; i < host->n_hugepages; i++) {
		const struct hugepages *pool = &host->hugepages[i];

		if (pool_bytes(pool) < memory)
			continue;
		xappend(&text, "%s%s pages", text ? ", " : "",
			words_of_bytes(size, sizeof(size), pool->size));
		if (pool->node >= 0)
			xappend(&text, " on node %d", pool->node);
	}
	return text;
}

/* Page sizes of which all nodes together have enough; or NULL. */
static char *large_sizes(const struct host *host, uint64_t memory)
{
	char *text = NULL;
	char size[16];

	for (size_t i = 0; i < host->n_hugepages; i++) {
		uint64_t bytes = host->hugepages[i].size;
		bool is_first = true;

		for (size_t k = 0; k < i; k++)
			is_first &= host->hugepages[k].size != bytes;
		if (is_first && size_bytes(host, bytes) >= memory)
			xappend(&text, "%s%s", text ? ", " : "",
				words_of_bytes(size, sizeof(size), bytes));
	}
	return text;
}

static void run_hugepages(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *pools = NULL;
	_cleanup_free_ char *sizes = NULL;
	uint64_t bytes;
	char memory[16];

	if (!input->host->n_hugepages)
		return;
	bytes = input->fit->request->guest->memory;
	words_of_bytes(memory, sizeof(memory), bytes);
	pools = large_pools(input->host, bytes);
	sizes = large_sizes(input->host, bytes);
	if (pools)
		found(checker, SEVERITY_NOTE, "host", NULL, "huge pages for %s are free: %s",
		      memory, pools);
	else if (sizes)
		found(checker, SEVERITY_NOTE, "host", NULL,
		      "huge pages for %s are free across several nodes, but not on a single node: "
		      "pages of %s",
		      memory, sizes);
	else
		found(checker, SEVERITY_NOTE, "host", NULL,
		      "no huge page size has %s free: a guest of that size uses ordinary or "
		      "transparent huge pages, and takes longer to start",
		      memory);
}

static bool is_process_given(const struct check_input *input)
{
	return input->memlock != NULL;
}

static const struct check memlock_checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(),
	 *   is_invalid_reserved_pfn(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: mm/mlock.c, mlock_fixup(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: mm/util.c, __account_locked_vm(), bypass_rlim: 5.10, 6.1, 6.12, 7.3.
	 * QEMU: softmmu/vl.c, realtime_init(): 7.2.
	 * libvirt: src/qemu/qemu_domain.c, qemuDomainGetMemLockLimitBytes(): 11.3.
	 */
	{ "memlock-too-small", "The locked memory limit is too small for a guest of this size",
	  "A device may write to any page of its guest at any time, so VFIO pins all guest\n"
	  "memory, and counts it against the locked memory limit (RLIMIT_MEMLOCK, the soft\n"
	  "limit) of the process that maps it. Above the limit the mapping fails with\n"
	  "ENOMEM. Processes with CAP_IPC_LOCK, which root has, are not limited.\n"
	  "\n"
	  "The need is the guest's memory; libvirt adds 1 GiB for QEMU itself, and so does\n"
	  "vfiodiag. Devices share the memory of their guest, but with a virtual IOMMU each\n"
	  "group counts it again. When libvirt runs as root, it sets the limit of its guests\n"
	  "by itself; other programs must be given one.\n"
	  "\n"
	  "The limit of a unit is that of its process, else what systemd has loaded for it;\n"
	  "that of a user is that of one of their processes, else what pam_limits sets. A\n"
	  "limit that nothing sets is inferred from the defaults of the kernel and systemd.\n"
	  "A process inside a container may be given another limit there.\n"
	  "\n"
	  "Guests with huge pages need the same limit: VFIO counts these too, only reserved\n"
	  "pages, such as device memory, are free. What a process locks with mlock() is on\n"
	  "the same account, so -overcommit mem-lock=on counts memory that is not on huge\n"
	  "pages twice. For <locked/>, libvirt removes the limit instead; a <hard_limit> of\n"
	  "the guest comes before both.\n",
	  .run = run_memlock_short },
	/* libvirt: src/qemu/qemu_domain.c, qemuDomainGetMemLockLimitBytes(): 11.3. */
	{ "memlock-tight", "The locked memory limit holds little more than the guest's memory",
	  "The guest's memory can be locked, but QEMU also maps firmware and video memory,\n"
	  "which count too. libvirt allows 1 GiB for that. See memlock-too-small.\n",
	  .run = run_memlock_short },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_lock_acct(): 5.10, 6.1, 6.12, 7.3. */
	{ "memlock-too-small-later", "The locked memory limit is too small for added memory",
	  "The guest starts, but the limit is reached when memory is added up to its\n"
	  "maximum. See memlock-too-small.\n",
	  .run = run_memlock_short },
	/* Kernel: none, the limit was not read. */
	{ "memlock-unknown", "The locked memory limit is not known",
	  "The limit of the process could not be read, or neither a process of the unit nor\n"
	  "systemd reports it. systemd is asked over D-Bus and reports units that it has\n"
	  "loaded: those that run, that failed, or that another unit names. Start the unit\n"
	  "and check again. Until then it is not known whether a guest can lock its memory.\n",
	  .run = run_memlock_unknown },
	/* Kernel: none, see scan_default_limit() for the defaults. */
	{ "memlock-inferred", "The locked memory limit is large enough by inference",
	  "Nothing sets or shows the limit of the one who starts the guest. It would be\n"
	  "large enough with the defaults of the kernel and systemd.\n",
	  .run = run_memlock_inferred },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, lock_cap: 5.10, 6.1, 6.12, 7.3.
	 * Kernel: mm/util.c, __account_locked_vm(), bypass_rlim: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "memlock-enough", "The locked memory limit is large enough",
	  "The limit is enough for the guest, or the size of the guest was not given.\n",
	  .run = run_memlock_enough },
};

const struct check_family check_family_memlock = {
	.name = "locked memory",
	.checks = memlock_checks,
	.n_checks = COUNT(memlock_checks),
	.is_asked = is_process_given,
};

static const struct check guest_checks[] = {
	/*
	 * QEMU: hw/vfio/common.c, vfio_listener_region_add(): 7.2, 10.0.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, dma_entry_limit: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "dma-entries-guest", "The guest needs more mappings than a container holds",
	  "QEMU maps each block of guest memory as one piece. dma_entry_limit of\n"
	  "vfio_iommu_type1 does not even allow these few, so the guest does not start.\n",
	  .run = run_entries_guest },
	/*
	 * QEMU: hw/vfio/common.c, vfio_listener_region_add(): 7.2, 10.0.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, dma_entry_limit: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "dma-entries-memory", "Memory in small pieces may need too many mappings",
	  "QEMU maps each block of guest memory as one piece, so it needs a few mappings\n"
	  "whatever the size. SPDK and DPDK map each 2 MiB huge page by itself, and a guest\n"
	  "with a virtual IOMMU maps what its own drivers ask for: 128 GiB in pieces of 2\n"
	  "MiB are 65536 mappings, one more than dma_entry_limit allows by default. The\n"
	  "mapping then fails with ENOSPC. Raise the limit, or use pages of 1 GiB.\n",
	  .run = run_entries_memory },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, dma_entry_limit: 5.10, 6.1, 6.12, 7.3. */
	{ "dma-entries-unknown", "How many mappings a container holds is not known",
	  "The guest is mapped page by page, and the parameter dma_entry_limit of\n"
	  "vfio_iommu_type1 could not be read, since the module is not loaded or sysfs could\n"
	  "not be read.\n",
	  .run = run_entries_unknown },
	/*
	 * Kernel: mm/hugetlb.c, nr_hugepages_store(): 5.10, 6.1, 6.12.
	 * Kernel: mm/hugetlb_sysfs.c, nr_hugepages_store(): 7.3.
	 */
	{ "huge-pages", "Huge pages for a guest of this size",
	  "With huge pages the guest's memory is pinned and mapped in large pieces, so the\n"
	  "guest starts faster and the IOMMU walks fewer tables. Guests work without them.\n"
	  "Reserve them in advance, best on the NUMA node of the device, with hugepages= on\n"
	  "the kernel command line, or at run time:\n"
	  "  echo COUNT | sudo tee \\\n"
	  "  /sys/devices/system/node/nodeN/hugepages/hugepages-2048kB/nr_hugepages\n",
	  .run = run_hugepages },
};

const struct check_family check_family_guest_limits = {
	.name = "limits of a guest",
	.checks = guest_checks,
	.n_checks = COUNT(guest_checks),
	.is_asked = check_is_guest_given,
};

static const struct check checks[] = {
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, dma_entry_limit: 5.10, 6.1, 6.12, 7.3. */
	{ "dma-entries-low", "Fewer mappings are allowed than by default",
	  "The parameter dma_entry_limit of vfio_iommu_type1 limits how many pieces of\n"
	  "memory a container can have mapped at once; above it a mapping fails with\n"
	  "ENOSPC. The limit was set below its default of 65535. Containers that are opened\n"
	  "later use a new value.\n",
	  .run = run_entries_low },
};

const struct check_family check_family_limits = {
	.name = "limits",
	.checks = checks,
	.n_checks = COUNT(checks),
};
