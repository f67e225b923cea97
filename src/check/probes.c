/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/probes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/iova_map.h"

static void add(struct findings *findings, const struct probe *probe, const char *id,
		enum severity severity, char *message, const char *hint)
{
	struct finding finding = {
		.id = id,
		.severity = severity,
		.subject = xasprintf("group %u", probe->group->id),
		.message = message,
		.hint = xstrdup(hint),
	};

	findings_add(findings, &finding);
}

static void check_advertised(const struct probe *probe, struct findings *findings)
{
	uint64_t bit = 2 * probe->evidence.page_size;
	bool advertised = probe->evidence.page_sizes & bit;

	if (!(probe->verdict.contradictions & CONTRADICTION_ADVERTISED))
		return;
	add(findings, probe, "advertised-not-observed", SEVERITY_NOTE,
	    xasprintf("the IOMMU driver %s pages of %" PRIu64 " bytes, but the test saw that it %s "
		      "them; the test counts",
		      advertised ? "advertises" : "does not advertise", bit,
		      advertised ? "does not use" : "uses"),
	    NULL);
}

static void check_own_unmap(const struct probe *probe, struct findings *findings)
{
	if (!(probe->verdict.contradictions & CONTRADICTION_OWN_UNMAP))
		return;
	add(findings, probe, "own-unmap-contradicts", SEVERITY_WARNING,
	    xasprintf("vfiodiag's own two pages did not go as the kernel's own test says they "
		      "should; the kernel's test counts"),
	    "report it, with a capture of this probe");
}

static void check_selftest(const struct probe *probe, struct findings *findings)
{
	if (!(probe->verdict.contradictions & CONTRADICTION_SELFTEST))
		return;
	add(findings, probe, "selftest-unclear", SEVERITY_WARNING,
	    xasprintf("the kernel's own test unmapped neither one page nor two, and the kernel "
		      "takes that for superpages"),
	    "report it, with a capture of this probe");
}

/* The defect of January 2023, live: the kernel tested where nobody may map. */
static void check_kernel_window(const struct probe *probe, struct findings *findings)
{
	const struct group *group = probe->group;

	if (!probe->verdict.has_kernel_window)
		return;
	for (size_t i = 0; i < group->n_regions; i++) {
		const struct region *region = &group->regions[i];

		if (!region_blocks(region) ||
		    !range_overlaps(&region->range, &probe->verdict.kernel_window))
			continue;
		add(findings, probe, "kernel-window-reserved", SEVERITY_FAILURE,
		    xasprintf("the kernel ran its own test at 0x%" PRIx64
			      ", inside the %s region 0x%" PRIx64 " - 0x%" PRIx64,
			      probe->verdict.kernel_window.start, region->word, region->range.start,
			      region->range.end),
		    "update to a kernel with commit 895c0747f726 (6.2, 6.1.9)");
		return;
	}
}

static bool same_range(const struct range *one, const struct range *two)
{
	return one->start == two->start && one->end == two->end;
}

/* The kernel against its version: a distribution's own changes, usually. */
static void check_prediction(const struct probe *probe, struct findings *findings)
{
	const struct verdict *verdict = &probe->verdict;

	if (!probe->evidence.traced || !probe->window.found || probe->kernel_rule == KERNEL_UNKNOWN)
		return;
	if (verdict->has_kernel_window && !probe->has_predicted)
		add(findings, probe, "kernel-test-unexpected", SEVERITY_NOTE,
		    xasprintf("the kernel ran its own test at 0x%" PRIx64
			      ", though by its version it "
			      "has none",
			      verdict->kernel_window.start),
		    NULL);
	else if (verdict->has_kernel_window &&
		 !same_range(&verdict->kernel_window, &probe->predicted))
		add(findings, probe, "kernel-test-unexpected", SEVERITY_NOTE,
		    xasprintf("the kernel ran its own test at 0x%" PRIx64
			      ", by its version it should "
			      "have been at 0x%" PRIx64,
			      verdict->kernel_window.start, probe->predicted.start),
		    NULL);
	else if (!verdict->has_kernel_window && probe->has_predicted)
		add(findings, probe, "kernel-test-unexpected", SEVERITY_NOTE,
		    xasprintf(
			    "the kernel was not seen to run its own test, by its version it should "
			    "have at 0x%" PRIx64,
			    probe->predicted.start),
		    NULL);
}

static void add_part(struct findings *findings, const struct probe *probe, const char *id,
		     enum severity severity, const struct iova_part *part, const char *what)
{
	add(findings, probe, id, severity,
	    xasprintf("0x%" PRIx64 " - 0x%" PRIx64 " %s", part->range.start, part->range.end, what),
	    NULL);
}

/* What the kernel allows against what it lists as reserved. The end of the aperture is no region. */
static void check_ranges(const struct probe *probe, struct findings *findings)
{
	const struct ranges *ranges = &probe->info.ranges;
	struct iova_map map;

	if (!probe->info.has_ranges || probe->group->regions_errno)
		return;
	iova_map_make(ranges, probe->group->regions, probe->group->n_regions, &map);
	for (size_t i = 0; i < map.count; i++) {
		const struct iova_part *part = &map.part[i];

		if (part->use == IOVA_CONTRADICTS)
			add_part(findings, probe, "region-inside-range", SEVERITY_WARNING, part,
				 "is reserved, yet inside a range that the kernel allows");
		else if (part->use == IOVA_NOT_ALLOWED && i == 0)
			add_part(findings, probe, "low-hole-without-region", SEVERITY_NOTE, part,
				 "is not allowed, and no reserved region says why: it is below the "
				 "start of the IOMMU's aperture");
		else if (part->use == IOVA_NOT_ALLOWED && i + 1 < map.count)
			add_part(findings, probe, "hole-without-region", SEVERITY_NOTE, part,
				 "is not allowed, and no reserved region says why");
	}
	free(map.part);
}

static void check_hazard(const struct probe *probe, struct findings *findings)
{
	if (!(probe->hazards & HAZARD_KERNEL_TEST))
		return;
	add(findings, probe, "kernel-may-test-reserved", SEVERITY_WARNING,
	    xasprintf("address 0 is reserved, and by its version this kernel may map it by itself "
		      "whenever the group is handed out"),
	    "update to a kernel with commit 895c0747f726 (6.2, 6.1.9)");
}

static const char *trace_hint(const struct host *host, int error)
{
	/* The word in brackets is the one in force (Documentation/ABI: lockdown in securityfs). */
	if (host->lockdown && strstr(host->lockdown, "[confidentiality]"))
		return "the kernel is locked down to confidentiality and shows no tracepoints; "
		       "boot "
		       "without lockdown=confidentiality to observe";
	switch (error) {
	case ENOENT:
		return "mount -t tracefs tracefs /sys/kernel/tracing";
	case EACCES:
	case EPERM:
		return "run as root, or with CAP_PERFMON and the right to read tracefs";
	default:
		return NULL;
	}
}

static void check_trace(const struct host *host, const struct probe *probe,
			struct findings *findings)
{
	if (probe->trace_errno)
		add(findings, probe, "tracepoints-not-seen", SEVERITY_UNMEASURED,
		    xasprintf(
			    "the tracepoints iommu:map and iommu:unmap could not be followed (%s), "
			    "so nothing could be observed",
			    strerror(probe->trace_errno)),
		    trace_hint(host, probe->trace_errno));
	else if (probe->trace_lost)
		add(findings, probe, "tracepoints-lost", SEVERITY_UNMEASURED,
		    xasprintf("the kernel dropped tracepoints, so nothing could be observed"),
		    "probe again");
}

void check_probe(const struct host *host, const struct probe *probe, struct findings *findings)
{
	check_kernel_window(probe, findings);
	check_hazard(probe, findings);
	check_prediction(probe, findings);
	check_ranges(probe, findings);
	check_advertised(probe, findings);
	check_own_unmap(probe, findings);
	check_selftest(probe, findings);
	check_trace(host, probe, findings);
}
