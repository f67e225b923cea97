/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings from live tests: contradictions, hazards, missing evidence. */
#include "check/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/count.h"
#include "base/exit.h"
#include "model/iova_map.h"
#include "model/kernel.h"

static void run_advertised(const struct probe *probe, struct checker *checker)
{
	uint64_t bit = 2 * probe->evidence.page_size;
	bool advertised = probe->evidence.page_sizes & bit;

	if (!(probe->verdict.contradictions & CONTRADICTION_ADVERTISED))
		return;
	found_in_group(checker, SEVERITY_NOTE, probe->group, NULL,
		       "the IOMMU driver %s pages of %" PRIu64
		       " bytes, but the live test observed that it %s them; the observation "
		       "counts",
		       advertised ? "advertises" : "does not advertise", bit,
		       advertised ? "does not use" : "uses");
}

static void run_own_unmap(const struct probe *probe, struct checker *checker)
{
	if (probe->verdict.contradictions & CONTRADICTION_OWN_UNMAP)
		found_in_group(checker, SEVERITY_WARNING, probe->group,
			       "report it, with a capture of this probe",
			       "vfiodiag's own two pages were not unmapped as the kernel's "
			       "self-test predicts; the kernel's self-test counts");
}

static const char *entries_words(const struct evidence *evidence)
{
	bool is_one = evidence->entries == ENTRIES_ONE;

	if (evidence->has_mappings)
		return is_one ? "one mapping of the IOMMU" : "a mapping of the IOMMU each";
	return is_one ? "one entry in the page table of the IOMMU"
		      : "an entry each in the page table of the IOMMU";
}

/*
 * The self-test may have found the same as the page table, and the own unmap something else. What the verdict was
 * made from counts.
 */
static void run_page_table(const struct probe *probe, struct checker *checker)
{
	const struct verdict *verdict = &probe->verdict;
	bool is_one = probe->evidence.entries == ENTRIES_ONE;
	bool is_tested = verdict->method == METHOD_KERNEL_SELFTEST;
	bool is_against_test = is_tested && is_one != (verdict->fgsp == ANSWER_YES);

	if (verdict->contradictions & CONTRADICTION_PAGE_TABLE)
		found_in_group(checker, SEVERITY_WARNING, probe->group,
			       "report it, with a capture of this probe",
			       "vfiodiag's own two pages have %s, which contradicts %s; %s counts",
			       entries_words(&probe->evidence),
			       is_against_test ? "the kernel's self-test"
					       : "how they were unmapped",
			       is_tested ? "the kernel's self-test" : "the page table");
}

static void run_selftest(const struct probe *probe, struct checker *checker)
{
	if (probe->verdict.contradictions & CONTRADICTION_SELFTEST)
		found_in_group(checker, SEVERITY_WARNING, probe->group,
			       "report it, with a capture of this probe",
			       "the kernel's self-test unmapped neither one page nor two, which "
			       "the kernel takes for superpages");
}

static void run_kernel_window(const struct probe *probe, struct checker *checker)
{
	const struct region *region = regions_obstacle(
		probe->group->regions, probe->group->n_regions, &probe->verdict.kernel_window);

	if (!probe->verdict.has_kernel_window || !region)
		return;
	found_in_group(checker, SEVERITY_FAILURE, probe->group,
		       probe->kernel_rule == KERNEL_TESTS_ALLOWED
			       ? "report it, with a capture of this probe: this kernel's version "
				 "should not do that"
			       : "update to a kernel with commit 895c0747f726 (6.2, 6.1.9)",
		       "the kernel ran its self-test at 0x%" PRIx64
		       ", inside the %s region 0x%" PRIx64 " - 0x%" PRIx64,
		       probe->verdict.kernel_window.start, region->word, region->range.start,
		       region->range.end);
}

static void run_prediction(const struct probe *probe, struct checker *checker)
{
	const struct verdict *verdict = &probe->verdict;

	if (!probe->evidence.traced || !probe->window.found || probe->kernel_rule == KERNEL_UNKNOWN)
		return;
	if (verdict->has_kernel_window && !probe->has_predicted)
		found_in_group(checker, SEVERITY_NOTE, probe->group, NULL,
			       "the kernel ran its self-test at 0x%" PRIx64
			       ", although by its version it has none, or no room for it",
			       verdict->kernel_window.start);
	else if (verdict->has_kernel_window &&
		 (verdict->kernel_window.start != probe->predicted.start ||
		  verdict->kernel_window.end != probe->predicted.end))
		found_in_group(checker, SEVERITY_NOTE, probe->group, NULL,
			       "the kernel ran its self-test at 0x%" PRIx64
			       "; by its version it was expected at 0x%" PRIx64,
			       verdict->kernel_window.start, probe->predicted.start);
	else if (!verdict->has_kernel_window && probe->has_predicted)
		found_in_group(
			checker, SEVERITY_NOTE, probe->group, NULL,
			"the kernel was not observed to run its self-test; by its version it was "
			"expected at 0x%" PRIx64,
			probe->predicted.start);
}

/* Parts of the IOVA space that contradict the regions, and the checks that report them. */
static const struct part_kind {
	const char *id;
	enum severity severity;
	const char *what;
} inside_range = { "region-inside-range", SEVERITY_WARNING,
		   "is reserved, but inside a range that the kernel allows" },
  low_hole = { "low-hole-without-region", SEVERITY_NOTE,
	       "is not allowed, and no reserved region explains it: probably the IOMMU aperture "
	       "starts above it" },
  hole = { "hole-without-region", SEVERITY_NOTE,
	   "is not allowed, and no reserved region explains it" };

static const struct part_kind *kind_of(const struct iova_map *map, size_t index)
{
	if (map->part[index].use == IOVA_CONTRADICTS)
		return &inside_range;
	if (map->part[index].use != IOVA_NOT_ALLOWED)
		return NULL;
	/* The end of the aperture is not a hole, and no region describes it. */
	return !index ? &low_hole : index + 1 < map->count ? &hole : NULL;
}

static void run_parts(const struct probe *probe, struct checker *checker)
{
	struct iova_map map;

	if (!probe->info.has_ranges || probe->group->regions_errno)
		return;
	iova_map_make(&probe->info.ranges, probe->group->regions, probe->group->n_regions, &map);
	for (size_t p = 0; p < map.count; p++) {
		const struct part_kind *kind = kind_of(&map, p);

		if (kind && strcmp(kind->id, checker->check->id) == 0)
			found_in_group(checker, kind->severity, probe->group, NULL,
				       "0x%" PRIx64 " - 0x%" PRIx64 " %s", map.part[p].range.start,
				       map.part[p].range.end, kind->what);
	}
	free(map.part);
}

/*
 * The end of such a map wraps to 0, so unmapping it does nothing.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_last_address(const struct probe *probe, struct checker *checker)
{
	static const struct range last = { UINT64_MAX, UINT64_MAX };
	const struct host *host = checker->input->host;

	if (!probe->info.has_ranges || !kernel_may_lose_pins(host) ||
	    regions_obstacle(probe->group->regions, probe->group->n_regions, &last))
		return;
	for (size_t i = 0; i < probe->info.ranges.count; i++) {
		if (range_contains(&probe->info.ranges.range[i], &last))
			found_in_group(checker, SEVERITY_NOTE, probe->group,
				       "map nothing on the last page, or update to a kernel from "
				       "6.18 on",
				       "0x%" PRIx64 " is allowed, but by its version this kernel "
				       "(%s) does not unpin a mapping that ends there",
				       last.end, kernel_words(host));
	}
}

/* What is lost without the tracepoints. */
static const char *unseen_words(const struct probe *probe)
{
	return probe->verdict.method == METHOD_PAGE_TABLE
		       ? "so only the page table of the IOMMU was observed"
		       : "so nothing could be observed";
}

static const char *trace_hint(const struct host *host, int error)
{
	/* The word in brackets is the one in force (security/lockdown/lockdown.c). */
	if (host->lockdown && strstr(host->lockdown, "[confidentiality]"))
		return "boot without lockdown=confidentiality: a kernel locked down to "
		       "confidentiality shows no tracepoints";
	switch (error) {
	case ENOENT:
		return "mount tracefs";
	case EACCES:
	case EPERM:
		return "run as root, or with CAP_PERFMON (CAP_SYS_ADMIN where "
		       "kernel.perf_event_paranoid is above 2 on Debian) and read access to "
		       "tracefs";
	case ELIBACC:
		return "install libtraceevent.so.1, which describes the format of tracepoints";
	default:
		return NULL;
	}
}

static void run_trace(const struct probe *probe, struct checker *checker)
{
	const char *hint;
	struct finding *finding;

	if (!probe->trace_errno)
		return;
	hint = trace_hint(checker->input->host, probe->trace_errno);
	finding = found_in_group(checker, SEVERITY_UNMEASURED, probe->group, hint,
				 "cannot follow the tracepoints iommu:map and iommu:unmap (%s), %s",
				 strerror(probe->trace_errno), unseen_words(probe));
	if (hint && strcmp(hint, "mount tracefs") == 0)
		finding_command(finding, "mounts tracefs",
				xstrdup("sudo mount -t tracefs tracefs /sys/kernel/tracing"));
}

static void run_trace_lost(const struct probe *probe, struct checker *checker)
{
	if (probe->trace_lost)
		found_in_group(checker, SEVERITY_UNMEASURED, probe->group, "probe again",
			       "the kernel dropped tracepoints, %s", unseen_words(probe));
}

static void run_trace_blind(const struct probe *probe, struct checker *checker)
{
	if (probe->trace_blind)
		found_in_group(checker, SEVERITY_UNMEASURED, probe->group,
			       "report it, with a capture of this probe",
			       "the tracepoints did not show a map that succeeded, %s",
			       unseen_words(probe));
}

static void run_failed(const struct probe *probe, struct checker *checker)
{
	const struct failure *failure = &probe->failure;
	struct finding *finding;

	if (!failure->step)
		return;
	finding = found_in_group(
		checker, failure->status == EXIT_REFUSED ? SEVERITY_FAILURE : SEVERITY_UNMEASURED,
		probe->group, failure->hint, "%s", failure->message);
	if (failure->command.text)
		finding_command(finding, failure->command.does, xstrdup(failure->command.text));
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12.
	 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_update_trans(): 5.10, 6.1.
	 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3.
	 */
	{ "kernel-window-reserved", "The kernel ran its self-test inside a reserved region",
	  "Kernels without commit 895c0747f726 (6.2, 6.1.9) map two pages at DMA address 0\n"
	  "whenever a VFIO container is set up, without checking the reserved regions. It\n"
	  "was observed to do so on this host. The pages are unmapped after some\n"
	  "microseconds, and usually nothing happens. On s390 the IOMMU driver of 5.10 and\n"
	  "6.1 refuses the address; only a kernel with the reserved regions of 6.2 backported\n"
	  "(cbf7827bc5dc) and not the fix maps it, and ISM functions go into an error state.\n",
	  .run_probe = run_kernel_window },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12. */
	{ "kernel-test-unexpected", "The kernel self-test ran elsewhere than predicted",
	  "The kernel version predicts where a kernel runs its superpage self-test. This\n"
	  "kernel was observed to run it elsewhere, or not at all: distributions backport\n"
	  "changes, and a map that fails is not seen. The observation counts.\n",
	  .run_probe = run_prediction },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_update_pgsize_bitmap(): 5.10, 6.1, 6.12,
	 *   7.3.
	 * Kernel: drivers/iommu/intel/iommu.c, INTEL_IOMMU_PGSIZES: 5.10.
	 */
	{ "advertised-not-observed", "The advertised page sizes differ from the observation",
	  "The page sizes that an IOMMU driver advertises show whether it has superpages of\n"
	  "two pages. Some drivers advertise what they do not do (Intel in 5.10), others\n"
	  "the reverse. The verdict follows the observation.\n",
	  .run_probe = run_advertised },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(), vfio_unmap_unpin():
	 *   5.10, 6.1, 6.12.
	 */
	{ "own-unmap-contradicts", "The kernel's self-test and vfiodiag's test disagree",
	  "Both map two pages and observe how they are unmapped. With a buffer that is\n"
	  "known to be contiguous and aligned they should agree. The kernel's self-test\n"
	  "counts, since the kernel acts on it. Please report it, with a capture.\n",
	  .run_probe = run_own_unmap },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(), vfio_unmap_unpin():
	 *   5.10, 6.1, 6.12.
	 */
	{ "page-table-contradicts", "The page table disagrees with how pages were unmapped",
	  "Two pages that have one entry in the page table of the IOMMU are unmapped\n"
	  "together, and two that have an entry each are not. The opposite was observed, in\n"
	  "the kernel's self-test, which then counts, or when vfiodiag's own pages were\n"
	  "unmapped; then the page table counts. Please report it, with a capture.\n",
	  .run_probe = run_page_table },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12. */
	{ "selftest-unclear", "The kernel's self-test had no clear result",
	  "The kernel unmapped one page of two, and the result was neither one page nor two.\n"
	  "The kernel takes everything but one page for superpages. Please report it, with\n"
	  "a capture.\n",
	  .run_probe = run_selftest },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_resv_exclude(): 5.10, 6.1, 6.12, 7.3.
	 */
	{ "region-inside-range", "A reserved region lies inside an allowed range",
	  "The kernel excludes reserved regions from the ranges that it allows. Here one is\n"
	  "still inside. vfiodiag does not map there; other programs may.\n",
	  .run_probe = run_parts },
	/*
	 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_attach_device(), aperture_start: 5.10,
	 *   6.1.
	 * Kernel: drivers/iommu/s390-iommu.c, s390_iommu_get_resv_regions(): 6.12, 7.3.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12,
	 *   7.3.
	 */
	{ "low-hole-without-region", "Low addresses are not allowed, and no region explains it",
	  "The IOMMU aperture starts above 0, and the kernel does not list the addresses\n"
	  "below it as reserved (s390 in 5.10 and 6.1). Programs that only check reserved\n"
	  "regions will use addresses there and fail with EINVAL.\n",
	  .run_probe = run_parts },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12,
	 *   7.3.
	 */
	{ "hole-without-region", "Addresses are not allowed, and no region explains it",
	  "Between allowed ranges there is a hole that no reserved region explains.\n"
	  "Programs that only check reserved regions will use addresses there and fail with\n"
	  "EINVAL.\n",
	  .run_probe = run_parts },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/amd/iommu.c, dma_max_address(): 6.1, 6.12.
	 */
	{ "last-address-allowed", "A mapping that ends at the last address is never unpinned",
	  "Linux before 6.18 computes the end of a mapping as start plus size. At the last\n"
	  "of all 64-bit addresses that is 0, so the kernel unpins nothing, and the memory\n"
	  "stays pinned. AMD's driver allows that address, seen on kernels up to 6.16.\n"
	  "vfiodiag never maps there. Judged by version alone.\n",
	  .run_probe = run_last_address },
	/*
	 * Kernel: kernel/trace/trace_event_perf.c, perf_trace_event_perm(); kernel/events/core.c,
	 *   perf_event_open; security/security.c, lockdown_reasons: 5.10, 6.1, 6.12, 7.3.
	 * Debian's patch: include/linux/perf_event.h, perf_paranoid_any().
	 */
	{ "tracepoints-not-seen", "The tracepoints could not be followed",
	  "The kernel tracepoints iommu:map and iommu:unmap show what the IOMMU does.\n"
	  "They require a mounted tracefs, read access to it, and CAP_PERFMON, or on Debian\n"
	  "CAP_SYS_ADMIN where kernel.perf_event_paranoid is above 2; root has them. Without\n"
	  "that a verdict is only inferred, unless the page table of the IOMMU was read.\n",
	  .run_probe = run_trace },
	/* Kernel: kernel/events/ring_buffer.c, PERF_RECORD_LOST: 5.10, 6.1, 6.12, 7.3. */
	{ "tracepoints-lost", "Tracepoint events were lost",
	  "The kernel produced more events than the buffer holds. An incomplete record\n"
	  "proves nothing, so the verdict is only inferred, unless the page table of the\n"
	  "IOMMU was read. Probe again.\n",
	  .run_probe = run_trace_lost },
	/* Kernel: drivers/iommu/iommu.c, trace_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "tracepoints-blind", "The tracepoints showed nothing",
	  "The kernel emits an event for each map that succeeds. vfiodiag's own map was not\n"
	  "seen, so other missing events prove nothing, and the verdict is only inferred,\n"
	  "unless the page table of the IOMMU was read.\n",
	  .run_probe = run_trace_blind },
};

const struct check_family check_family_probes = {
	.name = "live test",
	.checks = checks,
	.n_checks = COUNT(checks),
};

/* A family by itself, since the report of a probe shows the failure already. */
static const struct check outcome[] = {
	/* Kernel: none, probe/refusal.c has the errors. */
	{ "live-test-failed", "The live test was refused or failed",
	  "The test sets up a container as a virtual machine monitor does. If the kernel\n"
	  "refuses it, such a monitor is refused too: that is a failure. If the test could\n"
	  "not be made, for lack of permission or because the group is in use, nothing is\n"
	  "known.\n",
	  .run_probe = run_failed },
};

const struct check_family check_family_outcome = {
	.name = "outcome of the live test",
	.checks = outcome,
	.n_checks = COUNT(outcome),
};
