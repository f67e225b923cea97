/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/verdict.h"

#include <string.h>

/** enum pattern - how two mapped pages were unmapped, by the tracepoints. */
enum pattern {
	PATTERN_NONE,	  /* not observed, or not as expected */
	PATTERN_WHOLE,	  /* one page asked for, two gone */
	PATTERN_TOGETHER, /* two pages asked for at once, two gone */
	PATTERN_ONE_EACH, /* one page asked for, one gone; twice */
};

/** struct selftest - observation of the kernel's self-test. */
struct selftest {
	bool seen;
	bool odd; /* it unmapped a size that neither answer explains */
	enum answer fgsp;
	struct range window;
};

/*
 * The kernel's test (vfio_test_domain_fgsp(), up to 6.15) maps two pages, unmaps the first, and
 * looks how much was unmapped. Other maps may come before it, for regions that firmware wants
 * mapped 1:1.
 */
static struct selftest find_selftest(const struct evidence *evidence)
{
	uint64_t page = evidence->page_size;
	struct selftest test = { 0 };

	for (size_t i = 0; i + 1 < evidence->n_events && !test.seen; i++) {
		const struct event *map = &evidence->events[i];
		const struct event *unmap = &evidence->events[i + 1];

		if (map->phase != PHASE_ATTACH || unmap->phase != PHASE_ATTACH || !map->is_map ||
		    unmap->is_map || map->size != 2 * page || unmap->size != page ||
		    unmap->iova != map->iova)
			continue;
		test.seen = true;
		test.window.start = map->iova;
		test.window.end = map->iova + (2 * page - 1);
		if (unmap->unmapped == 2 * page)
			test.fgsp = ANSWER_YES;
		else if (unmap->unmapped == page)
			test.fgsp = ANSWER_NO;
		else
			test.odd = true;
	}
	return test;
}

/*
 * How the two pages that were mapped in phase @mapped, as one mapping, were unmapped in phase
 * @unmapped. Two mappings of a page each (pages that do not lie side by side, or the module
 * parameter disable_hugepages) can't become one superpage, so how they go says nothing.
 */
static enum pattern find_pattern(const struct evidence *evidence, enum phase mapped,
				 enum phase unmapped)
{
	uint64_t page = evidence->page_size;
	const struct event *map = NULL;
	unsigned int one_each = 0;

	for (size_t i = 0; !map && i < evidence->n_events; i++) {
		const struct event *event = &evidence->events[i];

		if (event->phase == mapped && event->is_map && event->size == 2 * page)
			map = event;
	}
	for (size_t i = 0; map && i < evidence->n_events; i++) {
		const struct event *event = &evidence->events[i];

		if (event->phase != unmapped || event->is_map)
			continue;
		if (event->iova == map->iova && event->size == page && event->unmapped == 2 * page)
			return PATTERN_WHOLE;
		if (event->iova == map->iova && event->size == 2 * page &&
		    event->unmapped == 2 * page)
			return PATTERN_TOGETHER;
		if (event->iova == map->iova + one_each * page && event->size == page &&
		    event->unmapped == page)
			one_each++;
	}
	return one_each == 2 ? PATTERN_ONE_EACH : PATTERN_NONE;
}

static enum pattern own_pattern(const struct evidence *evidence)
{
	return find_pattern(evidence, PHASE_MAP, PHASE_UNMAP);
}

/*
 * Conclusion from the own unmap.
 *
 * Two pages gone for one asked: fine-grained superpages, whatever the kernel.
 *
 * Two asked at once prove nothing: a kernel whose flag is not set gathers contiguous pages before
 * it unmaps them (vfio_unmap_unpin()), and from 6.16 on every kernel does so; the flag is also
 * not set where the kernel's test could not run. So "no" is left to the kernel's own test.
 *
 * One each: the kernel did not gather two pages that it had mapped as one. At an odd page they
 * can't have a common entry, so if they go one by one there too, then the flag is set, and only
 * a test of the kernel that found superpages sets it.
 */
static enum answer own_answer(const struct evidence *evidence)
{
	switch (own_pattern(evidence)) {
	case PATTERN_WHOLE:
		return ANSWER_YES;
	case PATTERN_ONE_EACH:
		return find_pattern(evidence, PHASE_ODD, PHASE_ODD) == PATTERN_ONE_EACH
			       ? ANSWER_YES
			       : ANSWER_UNKNOWN;
	default:
		return ANSWER_UNKNOWN;
	}
}

bool verdict_needs_odd_map(const struct evidence *evidence)
{
	return evidence->traced && !find_selftest(evidence).seen &&
	       own_pattern(evidence) == PATTERN_ONE_EACH;
}

/* True if the own unmap contradicts the result of the kernel's test. */
static bool own_contradicts(const struct evidence *evidence, enum answer selftest)
{
	enum pattern pattern = own_pattern(evidence);
	bool contiguous = evidence->buffer_contiguous == ANSWER_YES;

	if (selftest == ANSWER_YES)
		return contiguous && (pattern == PATTERN_TOGETHER || pattern == PATTERN_ONE_EACH);
	return pattern == PATTERN_WHOLE || (contiguous && pattern == PATTERN_ONE_EACH);
}

static enum answer advertised_answer(const struct evidence *evidence)
{
	if (!evidence->has_page_sizes || !evidence->page_size)
		return ANSWER_UNKNOWN;
	return (evidence->page_sizes & (2 * evidence->page_size)) ? ANSWER_YES : ANSWER_NO;
}

static void conclude(struct verdict *verdict, enum answer fgsp, enum method method,
		     enum confidence confidence, const char *because)
{
	verdict->fgsp = fgsp;
	verdict->splitting = fgsp == ANSWER_YES	 ? ANSWER_NO
			     : fgsp == ANSWER_NO ? ANSWER_YES
						 : ANSWER_UNKNOWN;
	verdict->method = method;
	verdict->confidence = confidence;
	verdict->because = because;
}

/* The page sizes are what a driver says of itself; some say what they do not do. */
static void conclude_from_page_sizes(const struct evidence *evidence, struct verdict *verdict)
{
	enum answer advertised = advertised_answer(evidence);
	const char *because;

	if (!evidence->traced)
		because = "from the advertised page sizes; the tracepoints that would show it "
			  "could not be followed";
	else if (verdict->has_kernel_window)
		because = "from the advertised page sizes; the kernel's self-test gave no clear "
			  "answer";
	else if (own_pattern(evidence) == PATTERN_NONE)
		because = "from the advertised page sizes; no self-test of the kernel was observed";
	else
		because = "from the advertised page sizes; no self-test of the kernel was "
			  "observed, and how it unmaps proves nothing";
	if (advertised == ANSWER_UNKNOWN)
		conclude(verdict, ANSWER_UNKNOWN, METHOD_NONE, CONFIDENCE_NONE,
			 "nothing was observed, and no page sizes are known");
	else
		conclude(verdict, advertised, METHOD_ADVERTISED, CONFIDENCE_INFERRED, because);
}

static void conclude_from_observation(const struct evidence *evidence, struct verdict *verdict)
{
	struct selftest test = find_selftest(evidence);
	enum answer own = own_answer(evidence);

	verdict->has_kernel_window = test.seen;
	verdict->kernel_window = test.window;
	if (test.odd)
		verdict->contradictions |= CONTRADICTION_SELFTEST;
	if (test.fgsp != ANSWER_UNKNOWN) {
		if (own_contradicts(evidence, test.fgsp))
			verdict->contradictions |= CONTRADICTION_OWN_UNMAP;
		conclude(verdict, test.fgsp, METHOD_KERNEL_SELFTEST, CONFIDENCE_OBSERVED,
			 own == test.fgsp
				 ? "in the kernel's self-test while the container was set up; "
				   "vfiodiag's own window agrees"
				 : "in the kernel's self-test while the container was set up");
	} else if (own != ANSWER_UNKNOWN) {
		conclude(verdict, own, METHOD_OWN_UNMAP, CONFIDENCE_OBSERVED,
			 "when vfiodiag's own two pages were unmapped");
	}
}

void verdict_reach(const struct evidence *evidence, struct verdict *verdict)
{
	memset(verdict, 0, sizeof(*verdict));
	if (evidence->traced && evidence->page_size)
		conclude_from_observation(evidence, verdict);
	if (verdict->confidence != CONFIDENCE_OBSERVED) {
		conclude_from_page_sizes(evidence, verdict);
		return;
	}
	if (advertised_answer(evidence) != ANSWER_UNKNOWN &&
	    advertised_answer(evidence) != verdict->fgsp)
		verdict->contradictions |= CONTRADICTION_ADVERTISED;
}
