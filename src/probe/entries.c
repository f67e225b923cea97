/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of the two pages in the page table of the IOMMU. */
#include "probe/entries.h"

#include <linux/capability.h>
#include <string.h>

#include "base/alloc.h"
#include "probe/verdict.h"
#include "source/page_table.h"

static bool may(const struct source_process *process, unsigned int capability)
{
	return !process || process->capabilities >> capability & 1;
}

/*
 * Kernel: include/linux/security.h, LOCKDOWN_KCORE: 5.10, 6.1, 6.12, 7.3.
 * Kernel: fs/proc/kcore.c, open_kcore(), CAP_SYS_RAWIO: 5.10, 6.1, 6.12, 7.3.
 * Kernel: fs/proc/task_mmu.c, pagemap_read(), CAP_SYS_ADMIN: 5.10, 6.1, 6.12, 7.3.
 */
static const char *caller_refusal(const struct host *host, const struct source_process *process)
{
	/* The word in brackets is the one in force. */
	if (host->lockdown && strstr(host->lockdown, "[confidentiality]"))
		return "the kernel's lockdown (confidentiality) forbids reading its memory";
	if (!may(process, CAP_SYS_RAWIO))
		return "reading the kernel's memory needs root, or the capability CAP_SYS_RAWIO";
	return may(process, CAP_SYS_ADMIN)
		       ? NULL
		       : "the pages' place in memory is hidden without CAP_SYS_ADMIN";
}

const char *entries_refusal(const struct probe *probe, const struct host *host,
			    const struct source_process *process)
{
	if (probe->buffer.contiguous == ANSWER_NO)
		return "no two pages lie side by side in memory";
	return caller_refusal(host, process);
}

/* Why it is not read now, though it could decide. */
static const char *find_refusal(struct run *run)
{
	struct source_process process;
	bool is_known = source_process(run->source, &process) >= 0;
	const char *refusal = entries_refusal(run->probe, run->host, is_known ? &process : NULL);

	source_process_clear(&process);
	return refusal;
}

const char *entries_forbidden(struct run *run)
{
	struct source_process process;
	const char *refusal = NULL;
	bool is_known;

	if (run->options->page_table == PAGE_TABLE_NEVER)
		return "reading the page table is off (--page-table never)";
	if (run->options->page_table == PAGE_TABLE_ALWAYS)
		return NULL;
	is_known = source_process(run->source, &process) >= 0;
	refusal = caller_refusal(run->host, is_known ? &process : NULL);
	source_process_clear(&process);
	return refusal;
}

static void keep_reason(struct probe *probe, const char *reason)
{
	probe->evidence.entries = ENTRIES_UNKNOWN;
	probe->entries_reason = xstrdup(reason);
}

void entries_announce(struct run *run)
{
	const struct probe_options *options = run->options;

	if (options->announce && source_reads_page_tables(run->source))
		options->announce(options->context, run->probe->group);
}

static void ask(struct run *run)
{
	static const enum entries entries[] = {
		[PAGE_TABLE_NOT_ASKED] = ENTRIES_NOT_ASKED,
		[PAGE_TABLE_ONE_ENTRY] = ENTRIES_ONE,
		[PAGE_TABLE_TWO_ENTRIES] = ENTRIES_TWO,
		[PAGE_TABLE_UNKNOWN] = ENTRIES_UNKNOWN,
	};
	struct probe *probe = run->probe;
	enum iommu_kind kind = group_iommu_kind(probe->group);
	struct page_table_answer answer;
	const char *doubt;

	entries_announce(run);
	source_page_table_pair(run->source, probe->group->id, kind, probe->window.range.start,
			       run->host->page_size, run->pages.even, &answer);
	probe->evidence.entries = entries[answer.result];
	probe->evidence.has_mappings = kind == IOMMU_VIRTIO;
	doubt = verdict_doubts_entries(&probe->evidence);
	probe->entries_reason = xstrdup(doubt ? doubt : answer.reason);
	page_table_answer_clear(&answer);
}

void entries_ask(struct run *run)
{
	const struct host *host = run->host;
	struct probe *probe = run->probe;
	const char *refusal = NULL;

	if (host_parameter(host, "vfio_iommu_type1", "disable_hugepages"))
		probe->evidence.maps_singly = host_parameter_is_on(host, "vfio_iommu_type1",
								   "disable_hugepages")
						      ? ANSWER_YES
						      : ANSWER_NO;
	if (run->options->page_table == PAGE_TABLE_NEVER)
		return;
	if (run->options->page_table == PAGE_TABLE_AUTO) {
		if (!verdict_needs_page_table(&probe->evidence))
			return;
		refusal = find_refusal(run);
	}
	if (refusal)
		keep_reason(probe, refusal);
	else
		ask(run);
}
