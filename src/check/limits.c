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

/* "64 GiB". @text: 16 bytes. */
static const char *size_text(char *text, uint64_t bytes)
{
	return bytes ? text_size(text, 16, bytes - 1) : "0 B";
}

/* What is known of the limit: "8 MiB (probably: the default of the kernel and of systemd)". */
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
		      "a guest of %s needs %s of locked memory (1 GiB to spare), and it may lock %s",
		      memory, wanted, limit);
	else
		found(checker, SEVERITY_WARNING, memlock->whom, hint,
		      "a guest of %s should have %s of locked memory (1 GiB to spare, as libvirt "
		      "gives), and it may lock %s",
		      memory, wanted, limit);
}

static void run_memlock_unknown(const struct check_input *input, struct checker *checker)
{
	const struct memlock *memlock = input->memlock;

	if (memlock && memlock->error && !memlock->bypass)
		found(checker, SEVERITY_UNMEASURED, memlock->whom,
		      memlock->error == EACCES || memlock->error == EPERM ? "run as root" : NULL,
		      "how much memory it may lock is not known: %s", memlock_reason(memlock));
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
		      "it has CAP_IPC_LOCK, so VFIO counts no locked memory against it (by %s)",
		      memlock->known_by ? memlock->known_by : "its rights");
		return;
	}
	limit = limit_text(memlock);
	found(checker, SEVERITY_OK, memlock->whom, NULL, "it may lock %s", limit);
}

/* The number of mappings */

#define ENTRY_LIMIT_USUAL 65535 /* dma_entry_limit's default, U16_MAX (vfio_iommu_type1.c) */
#define ENTRY_SIZE	  (UINT64_C(2) << 20)

/* The parameter, or its default where it could not be read. */
static uint64_t entry_limit(const struct host *host)
{
	const char *text = host_parameter(host, "vfio_iommu_type1", "dma_entry_limit");
	uint64_t limit;

	return text && text_to_u64(text, 10, &limit) == 0 ? limit : ENTRY_LIMIT_USUAL;
}

static char *entry_limit_command(uint64_t limit)
{
	return xasprintf("echo %" PRIu64 " > /sys/module/vfio_iommu_type1/parameters/"
			 "dma_entry_limit, and for good: echo options vfio_iommu_type1 "
			 "dma_entry_limit=%" PRIu64 " > /etc/modprobe.d/vfio-entries.conf",
			 limit, limit);
}

static void run_entries_low(const struct check_input *input, struct checker *checker)
{
	uint64_t limit = entry_limit(input->host);
	_cleanup_free_ char *hint = entry_limit_command(ENTRY_LIMIT_USUAL);

	if (!limit)
		found(checker, SEVERITY_FAILURE, "host", hint,
		      "dma_entry_limit is 0, so nothing can be mapped; usually it is %d",
		      ENTRY_LIMIT_USUAL);
	else if (limit < ENTRY_LIMIT_USUAL)
		found(checker, SEVERITY_WARNING, "host", hint,
		      "dma_entry_limit is %" PRIu64 ": a container takes no more mappings at once; "
		      "usually it is %d",
		      limit, ENTRY_LIMIT_USUAL);
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
	      ": SPDK, DPDK and guests with a virtual IOMMU can run into it (ENOSPC); QEMU without "
	      "one maps memory as a few large pieces",
	      size_text(memory, input->memory), entries, limit);
}

/* Huge pages */

/* Bytes that are free in @pool. */
static uint64_t pool_bytes(const struct hugepages *pool)
{
	uint64_t bytes;

	return __builtin_mul_overflow(pool->size, pool->free, &bytes) ? UINT64_MAX : bytes;
}

/* The same for all nodes together. */
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

/* Which pools hold @memory alone: "1 GiB pages on node 0, 2 MiB pages on node 1"; or NULL. */
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

/* Of which sizes there is enough on all nodes together; or NULL. */
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
		      "huge pages for %s are free over several nodes, on none of them alone: pages "
		      "of %s",
		      memory, sizes);
	else
		found(checker, SEVERITY_NOTE, "host", NULL,
		      "no size of huge pages has %s free: a guest of that size gets ordinary or "
		      "transparent huge pages, and takes longer to start",
		      memory);
}

static const struct check checks[] = {
	{ "memlock-too-small", "A guest of this size may not lock its memory",
	  "A device may write to any page of its guest at any time, so VFIO pins all of the\n"
	  "guest's memory, and counts it against the limit of locked memory (RLIMIT_MEMLOCK,\n"
	  "the soft one) of the process that maps it. Above the limit the map is refused with\n"
	  "ENOMEM. Processes with CAP_IPC_LOCK, as root has it, are not counted.\n"
	  "The need is the guest's memory; libvirt allows 1 GiB on top for what QEMU has\n"
	  "itself, and so does vfiodiag. Less than the memory is a failure, less than both a\n"
	  "warning. libvirt sets the limit of the guests that it starts by itself when it runs\n"
	  "as root; others must be given one.\n"
	  "The limit of a unit is that of its process, else what systemd has loaded for it; that\n"
	  "of a user is that of a process that they have, else what pam_limits sets. A limit that\n"
	  "nothing sets is inferred from the defaults of the kernel and systemd.\n"
	  "What runs in a container may be given another one there.\n",
	  run_memlock_small },
	{ "memlock-unknown", "How much memory may be locked is not known",
	  "The limit of the process could not be read, or neither a process of the unit nor\n"
	  "systemd tells it. systemd is asked over D-Bus and tells of units that it has loaded:\n"
	  "those that run, that failed, or that another unit names. Start the unit and check\n"
	  "again. Whether a guest can lock its memory is open.\n",
	  run_memlock_unknown },
	{ "memlock-enough", "Enough memory may be locked",
	  "What may be locked is enough for the guest, or nobody said how large it is.\n",
	  run_memlock_enough },
	{ "dma-entries-low", "Fewer mappings are allowed than usual",
	  "The parameter dma_entry_limit of vfio_iommu_type1 says how many pieces of memory a\n"
	  "container can have mapped at once; above it a map is refused with ENOSPC. A limit\n"
	  "below the default of 65535 was set by somebody. New containers take a new value.\n",
	  run_entries_low },
	{ "dma-entries-memory", "Memory in small pieces may be too many mappings",
	  "QEMU maps each block of guest memory as one piece, so it needs a few mappings\n"
	  "whatever the size. SPDK and DPDK map each huge page of 2 MiB by itself, and a guest\n"
	  "with a virtual IOMMU maps what its own drivers ask for: 128 GiB in pieces of 2 MiB\n"
	  "are 65536, one more than dma_entry_limit allows by default. The map is then refused\n"
	  "with ENOSPC. Raise the limit, or use pages of 1 GiB.\n",
	  run_entries_memory },
	{ "huge-pages", "Huge pages for a guest of this size",
	  "With huge pages the guest's memory is pinned and mapped in large pieces, so it starts\n"
	  "faster and the IOMMU has fewer tables to walk. They must be set aside before, best\n"
	  "on the node of the device: echo COUNT > /sys/devices/system/node/nodeN/hugepages/\n"
	  "hugepages-2048kB/nr_hugepages, or hugepages= on the kernel's command line. Guests\n"
	  "work without them.\n",
	  run_hugepages },
};

const struct check_family check_family_limits = {
	.name = "limits",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
