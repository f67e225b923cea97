/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about limits: locked memory, the number of mappings, huge pages. */
#include "check/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/limits.h"

/* Write "64 GiB" to @text, which holds 16 bytes. */
static const char *size_text(char *text, uint64_t bytes)
{
	return bytes ? text_size(text, 16, bytes - 1) : "0 B";
}

/* The limit and its source: "8 MiB (probably: the default of the kernel and of systemd)". */
static char *limit_text(const struct memlock *memlock)
{
	char size[16];

	return xasprintf("%s (%s%s)",
			 memlock->unlimited ? "any amount" : size_text(size, memlock->bytes),
			 memlock->inferred ? "probably: " : "", memlock->known_by);
}

static void run_memlock_small(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;
	uint64_t need = memlock_need(input->memory);
	_cleanup_free_ char *limit = NULL;
	_cleanup_free_ char *hint = NULL;
	char memory[16], wanted[16];
	bool fails;

	if (!memlock || !input->memory || memlock->error || memlock_allows(memlock, need))
		return;
	fails = !memlock_allows(memlock, input->memory);
	limit = limit_text(memlock);
	hint = memlock_remedy(memlock, need);
	size_text(memory, input->memory);
	size_text(wanted, need);
	if (fails)
		found(checker, SEVERITY_FAILURE, memlock->whom, hint,
		      "a guest of %s needs %s of locked memory (with 1 GiB to spare), and the "
		      "limit is %s",
		      memory, wanted, limit);
	else
		found(checker, SEVERITY_WARNING, memlock->whom, hint,
		      "a guest of %s should have %s of locked memory (with 1 GiB to spare, as "
		      "libvirt adds), and the limit is %s",
		      memory, wanted, limit);
}

static void run_memlock_unknown(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;

	if (memlock && memlock->error && !memlock->bypass)
		found(checker, SEVERITY_UNMEASURED, memlock->whom,
		      memlock->error == EACCES || memlock->error == EPERM ? "run as root" : NULL,
		      "the locked memory limit is not known: %s", memlock_reason(memlock));
}

static void run_memlock_enough(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;
	_cleanup_free_ char *limit = NULL;

	if (!memlock || (memlock->error && !memlock->bypass) ||
	    !memlock_allows(memlock, input->memory ? memlock_need(input->memory) : 0))
		return;
	if (memlock->bypass) {
		found(checker, SEVERITY_OK, memlock->whom, NULL,
		      "not limited: it has CAP_IPC_LOCK, so VFIO does not count its locked memory "
		      "(by %s)",
		      memlock->known_by ? memlock->known_by : "its privileges");
		return;
	}
	limit = limit_text(memlock);
	found(checker, SEVERITY_OK, memlock->whom, NULL, "the locked memory limit is %s", limit);
}

/* The number of mappings */

#define ENTRY_LIMIT_DEFAULT 65535 /* dma_entry_limit's default, U16_MAX (vfio_iommu_type1.c) */
#define ENTRY_SIZE	    (UINT64_C(2) << 20)

/* The parameter, or its default where it could not be read. */
static uint64_t entry_limit(const struct host *host)
{
	const char *text = host_parameter(host, "vfio_iommu_type1", "dma_entry_limit");
	uint64_t limit;

	return text && text_to_u64(text, 10, &limit) == 0 ? limit : ENTRY_LIMIT_DEFAULT;
}

static char *entry_limit_command(uint64_t limit)
{
	return xasprintf("set it at boot (options vfio_iommu_type1 dma_entry_limit=%" PRIu64
			 " in /etc/modprobe.d), and until then: echo %" PRIu64
			 " | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit",
			 limit, limit);
}

static void run_entries_low(const struct check_input *input, struct checker *checker)
{
	uint64_t limit = entry_limit(input->host);
	_cleanup_free_ char *hint = entry_limit_command(ENTRY_LIMIT_DEFAULT);

	if (!limit)
		found(checker, SEVERITY_FAILURE, "host", hint,
		      "dma_entry_limit is 0, so nothing can be mapped; the default is %d",
		      ENTRY_LIMIT_DEFAULT);
	else if (limit < ENTRY_LIMIT_DEFAULT)
		found(checker, SEVERITY_WARNING, "host", hint,
		      "dma_entry_limit is %" PRIu64
		      ", which limits the mappings of a container; the default is %d",
		      limit, ENTRY_LIMIT_DEFAULT);
}

static void run_entries_memory(const struct check_input *input, struct checker *checker)
{
	uint64_t limit = entry_limit(input->host);
	uint64_t entries = input->memory / ENTRY_SIZE + (input->memory % ENTRY_SIZE != 0);
	_cleanup_free_ char *hint = NULL;
	char memory[16];

	if (entries <= limit)
		return;
	hint = entry_limit_command(entries * 2);
	found(checker, SEVERITY_NOTE, "host", hint,
	      "%s in pieces of 2 MiB are %" PRIu64 " mappings, and dma_entry_limit is %" PRIu64
	      ": SPDK, DPDK and guests with a virtual IOMMU can exceed it (ENOSPC); QEMU without "
	      "one maps memory in a few large pieces",
	      size_text(memory, input->memory), entries, limit);
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

static void append(char **text, const char *word)
{
	char *longer = xasprintf("%s%s%s", *text ? *text : "", *text ? ", " : "", word);

	free(*text);
	*text = longer;
}

/* Pools that hold @memory alone: "1 GiB pages on node 0, 2 MiB pages on node 1"; or NULL. */
static char *large_pools(const struct host *host, uint64_t memory)
{
	char *text = NULL;
	char size[16];

	for (size_t i = 0; i < host->n_hugepages; i++) {
		const struct hugepages *pool = &host->hugepages[i];
		_cleanup_free_ char *word = NULL;

		if (pool_bytes(pool) < memory)
			continue;
		word = pool->node < 0 ? xasprintf("%s pages", size_text(size, pool->size))
				      : xasprintf("%s pages on node %d",
						  size_text(size, pool->size), pool->node);
		append(&text, word);
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
			append(&text, size_text(size, bytes));
	}
	return text;
}

static void run_hugepages(const struct check_input *input, struct checker *checker)
{
	_cleanup_free_ char *pools = NULL;
	_cleanup_free_ char *sizes = NULL;
	char memory[16];

	if (!input->memory || !input->host->n_hugepages)
		return;
	size_text(memory, input->memory);
	pools = large_pools(input->host, input->memory);
	sizes = large_sizes(input->host, input->memory);
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

static const struct check checks[] = {
	{ "memlock-too-small", "The locked memory limit is too small for a guest of this size",
	  "A device may write to any page of its guest at any time, so VFIO pins all guest\n"
	  "memory, and counts it against the locked memory limit (RLIMIT_MEMLOCK, the soft\n"
	  "limit) of the process that maps it. Above the limit the mapping fails with\n"
	  "ENOMEM. Processes with CAP_IPC_LOCK, which root has, are not counted.\n"
	  "\n"
	  "The need is the guest's memory; libvirt adds 1 GiB for QEMU itself, and so does\n"
	  "vfiodiag. A limit below the guest's memory is a failure; below the sum of both,\n"
	  "a warning. When libvirt runs as root, it sets the limit of its guests by itself;\n"
	  "other programs must be given one.\n"
	  "\n"
	  "The limit of a unit is that of its process, else what systemd has loaded for it;\n"
	  "that of a user is that of one of their processes, else what pam_limits sets. A\n"
	  "limit that nothing sets is inferred from the defaults of the kernel and systemd.\n"
	  "A process inside a container may be given another limit there.\n",
	  run_memlock_small },
	{ "memlock-unknown", "The locked memory limit is not known",
	  "The limit of the process could not be read, or neither a process of the unit nor\n"
	  "systemd reports it. systemd is asked over D-Bus and reports units that it has\n"
	  "loaded: those that run, that failed, or that another unit names. Start the unit\n"
	  "and check again. Until then it is not known whether a guest can lock its memory.\n",
	  run_memlock_unknown },
	{ "memlock-enough", "The locked memory limit is large enough",
	  "The limit is enough for the guest, or the size of the guest was not given.\n",
	  run_memlock_enough },
	{ "dma-entries-low", "Fewer mappings are allowed than by default",
	  "The parameter dma_entry_limit of vfio_iommu_type1 limits how many pieces of\n"
	  "memory a container can have mapped at once; above it a mapping fails with\n"
	  "ENOSPC. The limit was set below its default of 65535. Containers that are opened\n"
	  "later use a new value.\n",
	  run_entries_low },
	{ "dma-entries-memory", "Memory in small pieces may need too many mappings",
	  "QEMU maps each block of guest memory as one piece, so it needs a few mappings\n"
	  "whatever the size. SPDK and DPDK map each 2 MiB huge page by itself, and a guest\n"
	  "with a virtual IOMMU maps what its own drivers ask for: 128 GiB in pieces of 2\n"
	  "MiB are 65536 mappings, one more than dma_entry_limit allows by default. The\n"
	  "mapping then fails with ENOSPC. Raise the limit, or use pages of 1 GiB.\n",
	  run_entries_memory },
	{ "huge-pages", "Huge pages for a guest of this size",
	  "With huge pages the guest's memory is pinned and mapped in large pieces, so the\n"
	  "guest starts faster and the IOMMU walks fewer tables. Guests work without them.\n"
	  "Reserve them in advance, best on the NUMA node of the device, with hugepages= on\n"
	  "the kernel command line, or at run time:\n"
	  "  echo COUNT | sudo tee \\\n"
	  "  /sys/devices/system/node/nodeN/hugepages/hugepages-2048kB/nr_hugepages\n",
	  run_hugepages },
};

const struct check_family check_family_limits = {
	.name = "limits",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
