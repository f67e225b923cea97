/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "probe/verdict.h"

#define P UINT64_C(4096)
#define W UINT64_C(0x100000) /* some window */

#define MAP(when, at, bytes)                                                              \
	{                                                                                 \
		.phase = PHASE_##when, .is_map = true, .iova = (at), .paddr = 0x40000000, \
		.size = (bytes)                                                           \
	}

#define UNMAP(when, at, bytes, gone)                                                     \
	{                                                                                \
		.phase = PHASE_##when, .iova = (at), .size = (bytes), .unmapped = (gone) \
	}

/* The kernel self-test test, with its three outcomes */
#define SELFTEST_YES(at) MAP(ATTACH, at, 2 * P), UNMAP(ATTACH, at, P, 2 * P)
#define SELFTEST_NO(at) \
	MAP(ATTACH, at, 2 * P), UNMAP(ATTACH, at, P, P), UNMAP(ATTACH, (at) + P, P, P)
#define SELFTEST_ODD(at, gone) MAP(ATTACH, at, 2 * P), UNMAP(ATTACH, at, P, gone)

/* The own two pages: one asked for and both gone, both at once, one by one */
#define OWN_WHOLE    MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, 2 * P)
#define OWN_TOGETHER MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, 2 * P, 2 * P)
#define OWN_ONE_EACH MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, P), UNMAP(UNMAP, W + P, P, P)

/* The same at an odd page */
#define ODD_TOGETHER MAP(ODD, W + P, 2 * P), UNMAP(ODD, W + P, 2 * P, 2 * P)
#define ODD_ONE_EACH MAP(ODD, W + P, 2 * P), UNMAP(ODD, W + P, P, P), UNMAP(ODD, W + 2 * P, P, P)

/* Evidence of @events, followed, with pages of 4 KiB and a contiguous buffer; no page sizes. */
#define EVIDENCE(list)                                                                             \
	{                                                                                          \
		.page_size = P, .traced = true, .buffer_contiguous = ANSWER_YES, .events = (list), \
		.n_events = COUNT(list)                                                            \
	}

static struct verdict reach(const struct evidence *evidence)
{
	struct verdict verdict;

	verdict_reach(evidence, &verdict);
	/* However it came to be. */
	assert_non_null(verdict.because);
	assert_int_equal(verdict.splitting, verdict.fgsp == ANSWER_YES	? ANSWER_NO
					    : verdict.fgsp == ANSWER_NO ? ANSWER_YES
									: ANSWER_UNKNOWN);
	assert_int_equal(verdict.fgsp == ANSWER_UNKNOWN, verdict.method == METHOD_NONE);
	assert_int_equal(verdict.method == METHOD_NONE, verdict.confidence == CONFIDENCE_NONE);
	assert_int_equal(verdict.method == METHOD_ADVERTISED,
			 verdict.confidence == CONFIDENCE_INFERRED);
	return verdict;
}

static void assert_verdict(const struct evidence *evidence, enum answer fgsp, enum method method,
			   unsigned int contradictions)
{
	struct verdict verdict = reach(evidence);

	assert_int_equal(verdict.fgsp, fgsp);
	assert_int_equal(verdict.method, method);
	assert_int_equal(verdict.contradictions, contradictions);
}

/* Nothing was proven: unknown, or the advertised sizes' word where there are any. */
static void assert_not_observed(const struct evidence *evidence, unsigned int contradictions)
{
	struct evidence advertised = *evidence;

	assert_verdict(evidence, ANSWER_UNKNOWN, METHOD_NONE, contradictions);
	advertised.has_page_sizes = true;
	advertised.page_sizes = 3 * P;
	assert_verdict(&advertised, ANSWER_YES, METHOD_ADVERTISED, contradictions);
	advertised.page_sizes = P;
	assert_verdict(&advertised, ANSWER_NO, METHOD_ADVERTISED, contradictions);
}

/* The kernel self-test test */

TEST(a_selftest_that_loses_two_pages_proves_yes)
{
	struct event events[] = { SELFTEST_YES(0) };
	struct evidence evidence = EVIDENCE(events);
	struct verdict verdict = reach(&evidence);

	assert_int_equal(verdict.fgsp, ANSWER_YES);
	assert_int_equal(verdict.splitting, ANSWER_NO);
	assert_int_equal(verdict.method, METHOD_KERNEL_SELFTEST);
	assert_int_equal(verdict.confidence, CONFIDENCE_OBSERVED);
	assert_int_equal(verdict.contradictions, 0);
}

TEST(a_selftest_that_loses_one_page_proves_no)
{
	struct event events[] = { SELFTEST_NO(0) };
	struct evidence evidence = EVIDENCE(events);
	struct verdict verdict = reach(&evidence);

	assert_int_equal(verdict.fgsp, ANSWER_NO);
	assert_int_equal(verdict.splitting, ANSWER_YES);
	assert_int_equal(verdict.method, METHOD_KERNEL_SELFTEST);
	assert_int_equal(verdict.confidence, CONFIDENCE_OBSERVED);
	assert_int_equal(verdict.contradictions, 0);
}

TEST(a_selftest_shows_the_kernels_window)
{
	struct event events[] = { SELFTEST_NO(0x100000000) };
	struct evidence evidence = EVIDENCE(events);
	struct verdict verdict = reach(&evidence);

	assert_true(verdict.has_kernel_window);
	assert_int_equal(verdict.kernel_window.start, 0x100000000);
	assert_int_equal(verdict.kernel_window.end, 0x100001fff);
}

TEST(without_a_selftest_there_is_no_kernel_window)
{
	struct event events[] = { OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	assert_false(reach(&evidence).has_kernel_window);
}

TEST(a_selftest_that_unmaps_nonsense_proves_nothing_and_is_noted)
{
	static const uint64_t nonsense[] = { 0, 1, P - 1, P + 1, 3 * P, UINT64_MAX };

	for (size_t i = 0; i < COUNT(nonsense); i++) {
		struct event events[] = { SELFTEST_ODD(W, nonsense[i]), OWN_TOGETHER };
		struct evidence evidence = EVIDENCE(events);
		struct verdict verdict = reach(&evidence);

		assert_not_observed(&evidence, CONTRADICTION_SELFTEST);
		assert_true(verdict.has_kernel_window);
		assert_int_equal(verdict.kernel_window.start, W);
	}
}

TEST(what_is_said_of_an_odd_selftest_is_true)
{
	struct event events[] = { SELFTEST_ODD(W, 0), OWN_TOGETHER };
	struct evidence evidence = EVIDENCE(events);

	evidence.has_page_sizes = true;
	evidence.page_sizes = P;
	assert_null(strstr(reach(&evidence).because, "ran no test"));
}

TEST(behind_an_odd_selftest_the_own_unmap_can_prove)
{
	struct event events[] = { SELFTEST_ODD(0, 0), OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	assert_verdict(&evidence, ANSWER_YES, METHOD_OWN_UNMAP, CONTRADICTION_SELFTEST);
}

TEST(maps_for_firmware_may_come_before_the_selftest)
{
	struct event events[] = {
		MAP(ATTACH, 0x7b800000, 0x400000),
		MAP(ATTACH, 0x7c000000, 2 * P),
		MAP(ATTACH, 0x7d000000, P),
		SELFTEST_YES(0x200000),
	};
	struct evidence evidence = EVIDENCE(events);
	struct verdict verdict = reach(&evidence);

	assert_int_equal(verdict.method, METHOD_KERNEL_SELFTEST);
	assert_int_equal(verdict.fgsp, ANSWER_YES);
	assert_int_equal(verdict.kernel_window.start, 0x200000);
}

TEST(of_two_selftests_the_first_counts)
{
	struct event events[] = { SELFTEST_NO(0), SELFTEST_YES(W) };
	struct evidence evidence = EVIDENCE(events);
	struct verdict verdict = reach(&evidence);

	assert_int_equal(verdict.fgsp, ANSWER_NO);
	assert_int_equal(verdict.kernel_window.start, 0);
}

TEST(what_only_resembles_a_selftest_is_none)
{
	struct event one_page[] = { MAP(ATTACH, W, P), UNMAP(ATTACH, W, P, P) };
	struct event three_pages[] = { MAP(ATTACH, W, 3 * P), UNMAP(ATTACH, W, P, P) };
	struct event both_at_once[] = { MAP(ATTACH, W, 2 * P), UNMAP(ATTACH, W, 2 * P, 2 * P) };
	struct event elsewhere[] = { MAP(ATTACH, W, 2 * P), UNMAP(ATTACH, W + 2 * P, P, 2 * P) };
	struct event second_page[] = { MAP(ATTACH, W, 2 * P), UNMAP(ATTACH, W + P, P, P) };
	struct event not_next[] = { MAP(ATTACH, W, 2 * P), MAP(ATTACH, 4 * W, P),
				    UNMAP(ATTACH, W, P, 2 * P) };
	struct event two_maps[] = { MAP(ATTACH, W, 2 * P), MAP(ATTACH, W, P) };
	struct event two_unmaps[] = { UNMAP(ATTACH, W, 2 * P, 2 * P), UNMAP(ATTACH, W, P, P) };
	struct event map_only[] = { MAP(ATTACH, W, 2 * P) };
	struct event reversed[] = { UNMAP(ATTACH, W, P, 2 * P), MAP(ATTACH, W, 2 * P) };
	struct evidence evidences[] = {
		EVIDENCE(one_page),  EVIDENCE(three_pages), EVIDENCE(both_at_once),
		EVIDENCE(elsewhere), EVIDENCE(second_page), EVIDENCE(not_next),
		EVIDENCE(two_maps),  EVIDENCE(two_unmaps),  EVIDENCE(map_only),
		EVIDENCE(reversed),
	};

	for (size_t i = 0; i < COUNT(evidences); i++) {
		assert_not_observed(&evidences[i], 0);
		assert_false(reach(&evidences[i]).has_kernel_window);
	}
}

TEST(a_selftest_is_looked_for_only_while_the_container_is_set_up)
{
	struct event in_map[] = { MAP(MAP, W, 2 * P), UNMAP(MAP, W, P, P) };
	struct event in_odd[] = { MAP(ODD, W, 2 * P), UNMAP(ODD, W, P, P) };
	struct event own[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, P) };
	struct event begun[] = { MAP(ATTACH, W, 2 * P), UNMAP(MAP, W, P, P) };
	struct event ended[] = { MAP(MAP, W, 2 * P), UNMAP(ATTACH, W, P, P) };
	struct evidence evidences[] = { EVIDENCE(in_map), EVIDENCE(in_odd), EVIDENCE(own),
					EVIDENCE(begun), EVIDENCE(ended) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		assert_not_observed(&evidences[i], 0);
		assert_false(reach(&evidences[i]).has_kernel_window);
	}
}

/* The own unmap */

TEST(two_pages_gone_for_one_asked_prove_yes)
{
	struct event events[] = { OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	assert_verdict(&evidence, ANSWER_YES, METHOD_OWN_UNMAP, 0);
	assert_int_equal(reach(&evidence).confidence, CONFIDENCE_OBSERVED);
}

TEST(two_pages_gone_for_one_asked_prove_yes_whatever_the_buffer)
{
	static const enum answer answers[] = { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct event events[] = { OWN_WHOLE };
		struct evidence evidence = EVIDENCE(events);

		evidence.buffer_contiguous = answers[i];
		assert_verdict(&evidence, ANSWER_YES, METHOD_OWN_UNMAP, 0);
	}
}

TEST(two_pages_unmapped_at_once_prove_nothing)
{
	struct event events[] = { OWN_TOGETHER };
	struct evidence evidence = EVIDENCE(events);

	assert_not_observed(&evidence, 0);
}

TEST(one_page_each_proves_nothing_alone)
{
	struct event events[] = { OWN_ONE_EACH };
	struct evidence evidence = EVIDENCE(events);

	assert_not_observed(&evidence, 0);
}

TEST(one_page_each_at_an_odd_page_too_proves_yes)
{
	struct event events[] = { OWN_ONE_EACH, ODD_ONE_EACH };
	struct evidence evidence = EVIDENCE(events);

	assert_verdict(&evidence, ANSWER_YES, METHOD_OWN_UNMAP, 0);
}

TEST(one_page_each_but_together_at_an_odd_page_proves_nothing)
{
	struct event events[] = { OWN_ONE_EACH, ODD_TOGETHER };
	struct evidence evidence = EVIDENCE(events);

	assert_not_observed(&evidence, 0);
}

TEST(an_odd_map_alone_proves_nothing)
{
	struct event alone[] = { ODD_ONE_EACH };
	struct event together[] = { OWN_TOGETHER, ODD_ONE_EACH };
	struct event whole[] = { MAP(ODD, W + P, 2 * P), UNMAP(ODD, W + P, P, 2 * P) };
	struct evidence evidences[] = { EVIDENCE(alone), EVIDENCE(together), EVIDENCE(whole) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_not_observed(&evidences[i], 0);
}

TEST(unmaps_of_the_type1_interface_end_with_an_idle_one)
{
	/* The second UNMAP_DMA finds nothing to unmap and makes no event, or one that is void. */
	struct event events[] = { OWN_WHOLE, UNMAP(UNMAP, W, 2 * P, 0) };
	struct evidence evidence = EVIDENCE(events);

	assert_verdict(&evidence, ANSWER_YES, METHOD_OWN_UNMAP, 0);
}

TEST(unmaps_elsewhere_or_of_other_sizes_prove_nothing)
{
	struct event elsewhere[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W + 2 * P, P, 2 * P) };
	struct event second[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W + P, P, 2 * P) };
	struct event three[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, 3 * P) };
	struct event none[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, 0) };
	struct event one_of_two[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, 2 * P, P) };
	struct evidence evidences[] = { EVIDENCE(elsewhere), EVIDENCE(second), EVIDENCE(three),
					EVIDENCE(none), EVIDENCE(one_of_two) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_not_observed(&evidences[i], 0);
}

TEST(one_page_each_means_that_each_went)
{
	struct event none[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, 0),
				UNMAP(UNMAP, W + P, P, 0), ODD_ONE_EACH };
	struct event second_none[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, P),
				       UNMAP(UNMAP, W + P, P, 0), ODD_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(none), EVIDENCE(second_none) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		assert_not_observed(&evidences[i], 0);
		assert_false(verdict_needs_odd_map(&evidences[i]));
	}
}

TEST(one_page_each_means_two_and_in_order)
{
	struct event one[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, P), ODD_ONE_EACH };
	struct event twice[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, P, P), UNMAP(UNMAP, W, P, P),
				 ODD_ONE_EACH };
	struct event reversed[] = { MAP(MAP, W, 2 * P), UNMAP(UNMAP, W + P, P, P),
				    UNMAP(UNMAP, W, P, P), ODD_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(one), EVIDENCE(twice), EVIDENCE(reversed) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		assert_not_observed(&evidences[i], 0);
		assert_false(verdict_needs_odd_map(&evidences[i]));
	}
}

TEST(two_maps_of_a_page_prove_nothing)
{
	/* disable_hugepages, or pages that do not lie side by side */
	struct event one_each[] = {
		MAP(MAP, W, P),		 MAP(MAP, W + P, P),
		UNMAP(UNMAP, W, P, P),	 UNMAP(UNMAP, W + P, P, P),
		MAP(ODD, W + P, P),	 MAP(ODD, W + 2 * P, P),
		UNMAP(ODD, W + P, P, P), UNMAP(ODD, W + 2 * P, P, P),
	};
	struct event whole[] = { MAP(MAP, W, P), MAP(MAP, W + P, P), UNMAP(UNMAP, W, P, 2 * P) };
	struct event odd_only[] = {
		OWN_ONE_EACH,
		MAP(ODD, W + P, P),
		MAP(ODD, W + 2 * P, P),
		UNMAP(ODD, W + P, P, P),
		UNMAP(ODD, W + 2 * P, P, P),
	};
	struct evidence evidences[] = { EVIDENCE(one_each), EVIDENCE(whole), EVIDENCE(odd_only) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_not_observed(&evidences[i], 0);
	assert_false(verdict_needs_odd_map(&evidences[0]));
}

TEST(two_maps_of_a_page_leave_the_selftest_its_word)
{
	struct event events[] = {
		SELFTEST_YES(0),	   MAP(MAP, W, P),
		MAP(MAP, W + P, P),	   UNMAP(UNMAP, W, P, P),
		UNMAP(UNMAP, W + P, P, P),
	};
	struct evidence evidence = EVIDENCE(events);

	/* A contiguous buffer, yet mapped page by page: no contradiction. */
	assert_verdict(&evidence, ANSWER_YES, METHOD_KERNEL_SELFTEST, 0);
}

TEST(events_of_other_phases_are_not_the_own_unmap)
{
	struct event attach[] = { MAP(MAP, W, 2 * P), UNMAP(ATTACH, W, P, 2 * P) };
	struct event map[] = { MAP(MAP, W, 2 * P), UNMAP(MAP, W, P, 2 * P) };
	struct event odd[] = { MAP(MAP, W, 2 * P), UNMAP(ODD, W, P, 2 * P) };
	struct event attach_map[] = { MAP(ATTACH, W, 2 * P), MAP(ATTACH, 4 * W, P),
				      UNMAP(UNMAP, W, P, 2 * P) };
	struct event odd_map[] = { MAP(ODD, W, 2 * P), UNMAP(UNMAP, W, P, 2 * P) };
	struct evidence evidences[] = { EVIDENCE(attach), EVIDENCE(map), EVIDENCE(odd),
					EVIDENCE(attach_map), EVIDENCE(odd_map) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_not_observed(&evidences[i], 0);
}

/* Whether a second map is needed */

TEST(an_odd_map_is_needed_when_one_page_each_leaves_it_open)
{
	struct event events[] = { OWN_ONE_EACH };
	struct evidence evidence = EVIDENCE(events);

	assert_true(verdict_needs_odd_map(&evidence));
	evidence.traced = false;
	assert_false(verdict_needs_odd_map(&evidence));
}

TEST(no_odd_map_is_needed_where_it_decides_nothing)
{
	struct event whole[] = { OWN_WHOLE };
	struct event together[] = { OWN_TOGETHER };
	struct event none[] = { MAP(MAP, W, 2 * P) };
	struct event yes[] = { SELFTEST_YES(0), OWN_ONE_EACH };
	struct event no[] = { SELFTEST_NO(0), OWN_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(whole), EVIDENCE(together), EVIDENCE(none),
					EVIDENCE(yes), EVIDENCE(no) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_false(verdict_needs_odd_map(&evidences[i]));
}

/* Contradictions */

TEST(the_selftest_wins_over_the_own_unmap)
{
	struct event events[] = { SELFTEST_NO(0), OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	assert_verdict(&evidence, ANSWER_NO, METHOD_KERNEL_SELFTEST, CONTRADICTION_OWN_UNMAP);
}

TEST(an_own_unmap_that_agrees_is_no_contradiction)
{
	struct event yes[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct event no[] = { SELFTEST_NO(0), OWN_TOGETHER };
	struct evidence evidence_yes = EVIDENCE(yes);
	struct evidence evidence_no = EVIDENCE(no);

	assert_verdict(&evidence_yes, ANSWER_YES, METHOD_KERNEL_SELFTEST, 0);
	assert_verdict(&evidence_no, ANSWER_NO, METHOD_KERNEL_SELFTEST, 0);
}

TEST(contiguous_pages_have_to_go_as_the_selftest_says)
{
	struct event yes_together[] = { SELFTEST_YES(0), OWN_TOGETHER };
	struct event yes_one_each[] = { SELFTEST_YES(0), OWN_ONE_EACH };
	struct event no_one_each[] = { SELFTEST_NO(0), OWN_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(yes_together), EVIDENCE(yes_one_each),
					EVIDENCE(no_one_each) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		enum answer fgsp = i < 2 ? ANSWER_YES : ANSWER_NO;

		assert_verdict(&evidences[i], fgsp, METHOD_KERNEL_SELFTEST,
			       CONTRADICTION_OWN_UNMAP);
		/* Other pages may go as they like. */
		evidences[i].buffer_contiguous = ANSWER_NO;
		assert_verdict(&evidences[i], fgsp, METHOD_KERNEL_SELFTEST, 0);
		evidences[i].buffer_contiguous = ANSWER_UNKNOWN;
		assert_verdict(&evidences[i], fgsp, METHOD_KERNEL_SELFTEST, 0);
	}
}

TEST(an_own_unmap_that_is_not_understood_contradicts_nothing)
{
	struct event less[] = { SELFTEST_YES(0), MAP(MAP, W, 2 * P), UNMAP(UNMAP, W, 2 * P, P) };
	struct event more[] = { SELFTEST_YES(0), MAP(MAP, W, 2 * P),
				UNMAP(UNMAP, W, 2 * P, 3 * P) };
	struct event none[] = { SELFTEST_YES(0), MAP(MAP, W, 2 * P) };
	struct evidence evidences[] = { EVIDENCE(less), EVIDENCE(more), EVIDENCE(none) };

	for (size_t i = 0; i < COUNT(evidences); i++)
		assert_verdict(&evidences[i], ANSWER_YES, METHOD_KERNEL_SELFTEST, 0);
}

TEST(two_pages_gone_for_one_contradict_no_whatever_the_buffer)
{
	struct event events[] = { SELFTEST_NO(0), OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	evidence.buffer_contiguous = ANSWER_NO;
	assert_verdict(&evidence, ANSWER_NO, METHOD_KERNEL_SELFTEST, CONTRADICTION_OWN_UNMAP);
	evidence.buffer_contiguous = ANSWER_UNKNOWN;
	assert_verdict(&evidence, ANSWER_NO, METHOD_KERNEL_SELFTEST, CONTRADICTION_OWN_UNMAP);
}

TEST(observation_wins_over_the_advertised_sizes)
{
	struct event yes[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct event no[] = { SELFTEST_NO(0), OWN_TOGETHER };
	struct event own[] = { OWN_WHOLE };
	struct evidence evidence_yes = EVIDENCE(yes);
	struct evidence evidence_no = EVIDENCE(no);
	struct evidence evidence_own = EVIDENCE(own);

	evidence_yes.has_page_sizes = true;
	evidence_yes.page_sizes = ~(2 * P);
	assert_verdict(&evidence_yes, ANSWER_YES, METHOD_KERNEL_SELFTEST, CONTRADICTION_ADVERTISED);
	evidence_no.has_page_sizes = true;
	evidence_no.page_sizes = 2 * P;
	assert_verdict(&evidence_no, ANSWER_NO, METHOD_KERNEL_SELFTEST, CONTRADICTION_ADVERTISED);
	evidence_own.has_page_sizes = true;
	evidence_own.page_sizes = P;
	assert_verdict(&evidence_own, ANSWER_YES, METHOD_OWN_UNMAP, CONTRADICTION_ADVERTISED);
}

TEST(several_contradictions_are_all_noted)
{
	struct event events[] = { SELFTEST_NO(0), OWN_WHOLE };
	struct event odd[] = { SELFTEST_ODD(0, 3 * P), OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);
	struct evidence evidence_odd = EVIDENCE(odd);

	evidence.has_page_sizes = true;
	evidence.page_sizes = 3 * P;
	assert_verdict(&evidence, ANSWER_NO, METHOD_KERNEL_SELFTEST,
		       CONTRADICTION_OWN_UNMAP | CONTRADICTION_ADVERTISED);
	evidence_odd.has_page_sizes = true;
	evidence_odd.page_sizes = P;
	assert_verdict(&evidence_odd, ANSWER_YES, METHOD_OWN_UNMAP,
		       CONTRADICTION_SELFTEST | CONTRADICTION_ADVERTISED);
}

/* The advertised page sizes */

TEST(only_the_bit_of_two_pages_counts)
{
	struct evidence evidence = { .page_size = P, .traced = true, .has_page_sizes = true };

	for (unsigned int bit = 0; bit < 64; bit++) {
		evidence.page_sizes = UINT64_C(1) << bit;
		assert_verdict(&evidence, bit == 13 ? ANSWER_YES : ANSWER_NO, METHOD_ADVERTISED, 0);
		evidence.page_sizes = ~evidence.page_sizes;
		assert_verdict(&evidence, bit == 13 ? ANSWER_NO : ANSWER_YES, METHOD_ADVERTISED, 0);
	}
}

TEST(the_bit_moves_with_the_page_size)
{
	struct evidence evidence = { .traced = true, .has_page_sizes = true };

	evidence.page_size = 16384;
	evidence.page_sizes = 0x8000;
	assert_verdict(&evidence, ANSWER_YES, METHOD_ADVERTISED, 0);
	evidence.page_sizes = 0x2004000;
	assert_verdict(&evidence, ANSWER_NO, METHOD_ADVERTISED, 0);
	evidence.page_size = 65536;
	evidence.page_sizes = 0x20000;
	assert_verdict(&evidence, ANSWER_YES, METHOD_ADVERTISED, 0);
	evidence.page_sizes = 0x20010000;
	assert_verdict(&evidence, ANSWER_NO, METHOD_ADVERTISED, 0);
}

TEST(no_page_sizes_and_no_observation_leave_it_unknown)
{
	struct evidence evidence = { .page_size = P, .traced = true, .page_sizes = 2 * P };

	assert_verdict(&evidence, ANSWER_UNKNOWN, METHOD_NONE, 0);
	evidence.traced = false;
	assert_verdict(&evidence, ANSWER_UNKNOWN, METHOD_NONE, 0);
}

TEST(no_page_sizes_do_not_weaken_an_observation)
{
	struct event events[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct evidence evidence = EVIDENCE(events);

	evidence.page_sizes = P; /* not valid */
	assert_verdict(&evidence, ANSWER_YES, METHOD_KERNEL_SELFTEST, 0);
}

TEST(an_unknown_page_size_leaves_everything_unknown)
{
	struct event events[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct event empty[] = { MAP(ATTACH, W, 0), UNMAP(ATTACH, W, 0, 0), MAP(MAP, W, 0),
				 UNMAP(UNMAP, W, 0, 0) };
	struct evidence evidences[] = { EVIDENCE(events), EVIDENCE(empty) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		evidences[i].page_size = 0;
		evidences[i].has_page_sizes = true;
		evidences[i].page_sizes = UINT64_MAX;
		assert_verdict(&evidences[i], ANSWER_UNKNOWN, METHOD_NONE, 0);
	}
}

/* Not followed, or with a hole */

TEST(what_was_not_followed_is_never_observed)
{
	struct event yes[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct event no[] = { SELFTEST_NO(0), OWN_TOGETHER };
	struct event odd[] = { SELFTEST_ODD(0, 0), OWN_ONE_EACH, ODD_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(yes), EVIDENCE(no), EVIDENCE(odd) };

	/* Events were lost, or the tracepoints could not be followed: the same. */
	for (size_t i = 0; i < COUNT(evidences); i++) {
		evidences[i].traced = false;
		assert_not_observed(&evidences[i], 0);
		assert_false(reach(&evidences[i]).has_kernel_window);
		assert_false(verdict_needs_odd_map(&evidences[i]));
	}
}

/* Other page sizes */

TEST(larger_pages_are_observed_alike)
{
	static const uint64_t sizes[] = { 16384, 65536 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t page = sizes[i];
		struct event yes[] = { MAP(ATTACH, 0, 2 * page), UNMAP(ATTACH, 0, page, 2 * page) };
		struct event no[] = { MAP(ATTACH, 0, 2 * page), UNMAP(ATTACH, 0, page, page),
				      UNMAP(ATTACH, page, page, page) };
		struct event own[] = { MAP(MAP, 0, 2 * page), UNMAP(UNMAP, 0, page, 2 * page) };
		struct event small[] = { SELFTEST_YES(0), OWN_WHOLE };
		struct evidence evidences[] = { EVIDENCE(yes), EVIDENCE(no), EVIDENCE(own),
						EVIDENCE(small) };
		struct verdict verdict;

		for (size_t j = 0; j < COUNT(evidences); j++)
			evidences[j].page_size = page;
		assert_verdict(&evidences[0], ANSWER_YES, METHOD_KERNEL_SELFTEST, 0);
		assert_verdict(&evidences[1], ANSWER_NO, METHOD_KERNEL_SELFTEST, 0);
		assert_verdict(&evidences[2], ANSWER_YES, METHOD_OWN_UNMAP, 0);
		verdict = reach(&evidences[0]);
		assert_int_equal(verdict.kernel_window.end, 2 * page - 1);
		/* Two small pages are no two of these. */
		assert_int_equal(reach(&evidences[3]).method, METHOD_NONE);
	}
}

/* The page table */

/* With @found entries, of pages that VFIO maps as one. */
static struct evidence with_entries(struct evidence evidence, enum entries found)
{
	evidence.maps_singly = ANSWER_NO;
	evidence.entries = found;
	return evidence;
}

TEST(one_entry_for_both_pages_proves_yes)
{
	struct event events[] = { OWN_TOGETHER };
	struct evidence evidence = with_entries((struct evidence)EVIDENCE(events), ENTRIES_ONE);

	assert_verdict(&evidence, ANSWER_YES, METHOD_PAGE_TABLE, 0);
	assert_int_equal(reach(&evidence).confidence, CONFIDENCE_OBSERVED);
	assert_non_null(strstr(reach(&evidence).because, "both pages have one entry"));
}

TEST(an_entry_for_each_page_proves_no)
{
	struct event events[] = { OWN_TOGETHER };
	struct evidence evidence = with_entries((struct evidence)EVIDENCE(events), ENTRIES_TWO);

	assert_verdict(&evidence, ANSWER_NO, METHOD_PAGE_TABLE, 0);
	assert_int_equal(reach(&evidence).confidence, CONFIDENCE_OBSERVED);
	assert_non_null(strstr(reach(&evidence).because, "each page has its own entry"));
}

TEST(entries_that_were_not_found_prove_nothing)
{
	struct event events[] = { OWN_TOGETHER };
	struct evidence asked = with_entries((struct evidence)EVIDENCE(events), ENTRIES_UNKNOWN);
	struct evidence unasked = with_entries((struct evidence)EVIDENCE(events),
					       ENTRIES_NOT_ASKED);

	assert_not_observed(&asked, 0);
	assert_not_observed(&unasked, 0);
	assert_string_equal(reach(&asked).because, reach(&unasked).because);
}

TEST(the_page_table_proves_without_tracepoints)
{
	struct evidence evidence = { .page_size = P, .buffer_contiguous = ANSWER_YES };
	struct evidence one = with_entries(evidence, ENTRIES_ONE);
	struct evidence two = with_entries(evidence, ENTRIES_TWO);

	assert_verdict(&one, ANSWER_YES, METHOD_PAGE_TABLE, 0);
	assert_verdict(&two, ANSWER_NO, METHOD_PAGE_TABLE, 0);
}

/* disable_hugepages makes two entries on any IOMMU. */
TEST(two_entries_of_pages_that_were_mapped_one_by_one_prove_nothing)
{
	struct event singly[] = { MAP(MAP, W, P), MAP(MAP, W + P, P) };
	struct event as_one[] = { MAP(MAP, W, 2 * P) };
	struct evidence evidences[] = { EVIDENCE(singly), EVIDENCE(as_one) };
	struct evidence blind = { .page_size = P, .buffer_contiguous = ANSWER_YES };

	for (enum answer parameter = ANSWER_UNKNOWN; parameter <= ANSWER_YES; parameter++) {
		evidences[0].maps_singly = evidences[1].maps_singly = blind.maps_singly = parameter;
		evidences[0].entries = evidences[1].entries = blind.entries = ENTRIES_TWO;
		/* The map that was seen counts more than the parameter. */
		assert_not_observed(&evidences[0], 0);
		assert_string_equal(verdict_doubts_entries(&evidences[0]),
				    "VFIO mapped the pages one by one");
		assert_verdict(&evidences[1], ANSWER_NO, METHOD_PAGE_TABLE, 0);
		assert_null(verdict_doubts_entries(&evidences[1]));
		if (parameter == ANSWER_NO) {
			assert_verdict(&blind, ANSWER_NO, METHOD_PAGE_TABLE, 0);
			continue;
		}
		assert_not_observed(&blind, 0);
		assert_string_equal(verdict_doubts_entries(&blind),
				    parameter == ANSWER_YES
					    ? "VFIO mapped the pages one by one"
					    : "it is not known that VFIO mapped both pages as one");
		/* One entry is one, however the pages were mapped. */
		blind.entries = ENTRIES_ONE;
		assert_verdict(&blind, ANSWER_YES, METHOD_PAGE_TABLE, 0);
	}
}

TEST(where_events_were_lost_the_parameter_tells_how_pages_were_mapped)
{
	struct event half[] = { MAP(MAP, W, P) };
	struct evidence evidence = with_entries((struct evidence)EVIDENCE(half), ENTRIES_TWO);

	assert_not_observed(&evidence, 0);
	evidence.traced = false;
	assert_verdict(&evidence, ANSWER_NO, METHOD_PAGE_TABLE, 0);
}

TEST(entries_of_pages_that_lie_apart_prove_nothing)
{
	struct evidence evidence = { .page_size = P, .buffer_contiguous = ANSWER_NO };
	struct evidence one = with_entries(evidence, ENTRIES_ONE);
	struct evidence two = with_entries(evidence, ENTRIES_TWO);

	assert_not_observed(&one, 0);
	assert_not_observed(&two, 0);
	assert_non_null(verdict_doubts_entries(&one));
	/* The page table was held against pagemap by whoever read it. */
	one.buffer_contiguous = ANSWER_UNKNOWN;
	assert_verdict(&one, ANSWER_YES, METHOD_PAGE_TABLE, 0);
}

TEST(mappings_are_not_called_superpages)
{
	struct event events[] = { OWN_TOGETHER };
	struct event selftest[] = { SELFTEST_YES(0), OWN_TOGETHER };
	struct evidence evidence = with_entries((struct evidence)EVIDENCE(events), ENTRIES_ONE);
	struct evidence tested = with_entries((struct evidence)EVIDENCE(selftest), ENTRIES_ONE);
	struct verdict verdict;

	assert_false(reach(&evidence).is_of_mappings);
	evidence.has_mappings = tested.has_mappings = true;
	verdict = reach(&evidence);
	assert_int_equal(verdict.fgsp, ANSWER_YES);
	assert_true(verdict.is_of_mappings);
	assert_non_null(strstr(verdict.because, "one mapping, which is removed as a whole"));
	evidence.entries = ENTRIES_TWO;
	assert_non_null(strstr(reach(&evidence).because, "each page is a mapping of its own"));
	/* The kernel's test says what it always said. */
	assert_false(reach(&tested).is_of_mappings);
}

TEST(the_page_table_is_needed_until_the_kernel_has_tested)
{
	struct event yes[] = { SELFTEST_YES(0), MAP(MAP, W, 2 * P) };
	struct event no[] = { SELFTEST_NO(0), MAP(MAP, W, 2 * P) };
	struct event odd[] = { SELFTEST_ODD(0, 0), MAP(MAP, W, 2 * P) };
	struct event none[] = { MAP(MAP, W, 2 * P) };
	struct evidence tested[] = { EVIDENCE(yes), EVIDENCE(no) };
	struct evidence open[] = { EVIDENCE(odd), EVIDENCE(none) };

	for (size_t i = 0; i < 2; i++) {
		assert_false(verdict_needs_page_table(&tested[i]));
		assert_true(verdict_needs_page_table(&open[i]));
		tested[i].traced = false;
		assert_true(verdict_needs_page_table(&tested[i]));
	}
}

TEST(two_pages_of_one_entry_that_go_one_by_one_contradict_it)
{
	struct event each[] = { OWN_ONE_EACH };
	struct event at_odd_too[] = { OWN_ONE_EACH, ODD_ONE_EACH };
	struct evidence evidences[] = { EVIDENCE(each), EVIDENCE(at_odd_too) };

	for (size_t i = 0; i < COUNT(evidences); i++) {
		struct evidence one = with_entries(evidences[i], ENTRIES_ONE);

		assert_verdict(&one, ANSWER_YES, METHOD_PAGE_TABLE, CONTRADICTION_PAGE_TABLE);
	}
}

TEST(the_page_table_wins_over_the_advertised_sizes)
{
	struct event events[] = { OWN_TOGETHER };
	struct evidence one = with_entries((struct evidence)EVIDENCE(events), ENTRIES_ONE);
	struct evidence two = with_entries((struct evidence)EVIDENCE(events), ENTRIES_TWO);

	one.has_page_sizes = two.has_page_sizes = true;
	one.page_sizes = P;
	two.page_sizes = 3 * P;
	assert_verdict(&one, ANSWER_YES, METHOD_PAGE_TABLE, CONTRADICTION_ADVERTISED);
	assert_verdict(&two, ANSWER_NO, METHOD_PAGE_TABLE, CONTRADICTION_ADVERTISED);
}

TEST(the_kernels_test_names_what_agrees_with_it)
{
	struct event events[] = { SELFTEST_NO(0), OWN_TOGETHER };
	struct event whole[] = { SELFTEST_YES(0), OWN_WHOLE };
	struct evidence no = with_entries((struct evidence)EVIDENCE(events), ENTRIES_TWO);
	struct evidence yes = with_entries((struct evidence)EVIDENCE(whole), ENTRIES_ONE);

	assert_non_null(strstr(reach(&no).because, "; the page table agrees"));
	assert_non_null(strstr(reach(&yes).because, "own window and the page table agree"));
	no.entries = yes.entries = ENTRIES_UNKNOWN;
	assert_null(strstr(reach(&no).because, "page table"));
	assert_null(strstr(reach(&yes).because, "page table"));
}

/* The ladder: all that the methods can say, in every combination */

/**
 * struct rung - what one source of evidence says.
 * @fgsp: what it proves alone
 * @proven_apart: of the own unmap: two pages that have one entry did not go like this
 */
struct rung {
	const struct event *events;
	size_t n_events;
	enum answer fgsp;
	bool proven_apart;
};

#define RUNG(list, answer, apart)                \
	{                                        \
		list, COUNT(list), answer, apart \
	}

static const struct event selftest_yes[] = { SELFTEST_YES(0) };
static const struct event selftest_no[] = { SELFTEST_NO(0) };
static const struct event selftest_odd[] = { SELFTEST_ODD(0, 0) };
static const struct event own_whole[] = { OWN_WHOLE };
static const struct event own_together[] = { OWN_TOGETHER };
static const struct event own_one_each[] = { OWN_ONE_EACH };
static const struct event own_at_odd_too[] = { OWN_ONE_EACH, ODD_ONE_EACH };

static const struct rung selftests[] = {
	{ NULL, 0, ANSWER_UNKNOWN, false },
	RUNG(selftest_yes, ANSWER_YES, false),
	RUNG(selftest_no, ANSWER_NO, false),
	RUNG(selftest_odd, ANSWER_UNKNOWN, false),
};

static const struct rung own_unmaps[] = {
	{ NULL, 0, ANSWER_UNKNOWN, false },	   RUNG(own_whole, ANSWER_YES, false),
	RUNG(own_together, ANSWER_UNKNOWN, false), RUNG(own_one_each, ANSWER_UNKNOWN, true),
	RUNG(own_at_odd_too, ANSWER_YES, true),
};

static const enum answer entries_prove[] = {
	[ENTRIES_NOT_ASKED] = ANSWER_UNKNOWN,
	[ENTRIES_UNKNOWN] = ANSWER_UNKNOWN,
	[ENTRIES_ONE] = ANSWER_YES,
	[ENTRIES_TWO] = ANSWER_NO,
};

/** struct steps - one combination. @advertised is a bit of the page sizes, or unknown. */
struct steps {
	const struct rung *selftest;
	const struct rung *own;
	enum entries entries;
	enum answer advertised;
	bool traced;
};

static enum answer first_known(const enum answer *answers, const enum method *methods, size_t count,
			       enum method *method)
{
	for (size_t i = 0; i < count; i++) {
		*method = methods[i];
		if (answers[i] != ANSWER_UNKNOWN)
			return answers[i];
	}
	*method = METHOD_NONE;
	return ANSWER_UNKNOWN;
}

static void assert_steps(const struct steps *steps)
{
	static const enum method methods[] = { METHOD_KERNEL_SELFTEST, METHOD_PAGE_TABLE,
					       METHOD_OWN_UNMAP, METHOD_ADVERTISED };
	enum answer answers[] = { steps->traced ? steps->selftest->fgsp : ANSWER_UNKNOWN,
				  entries_prove[steps->entries],
				  steps->traced ? steps->own->fgsp : ANSWER_UNKNOWN,
				  steps->advertised };
	struct event events[16];
	struct evidence evidence = with_entries(
		(struct evidence){ .page_size = P,
				   .traced = steps->traced,
				   .buffer_contiguous = ANSWER_YES,
				   .has_page_sizes = steps->advertised != ANSWER_UNKNOWN,
				   .page_sizes = steps->advertised == ANSWER_YES ? 3 * P : P,
				   .events = events },
		steps->entries);
	enum answer page_table = answers[1];
	enum answer fgsp;
	enum method method;
	struct verdict verdict;
	bool contradicted;

	for (size_t i = 0; i < steps->selftest->n_events; i++)
		events[evidence.n_events++] = steps->selftest->events[i];
	for (size_t i = 0; i < steps->own->n_events; i++)
		events[evidence.n_events++] = steps->own->events[i];
	fgsp = first_known(answers, methods, COUNT(methods), &method);
	verdict = reach(&evidence);
	assert_int_equal(verdict.method, method);
	assert_int_equal(verdict.fgsp, fgsp);
	contradicted = steps->traced && page_table != ANSWER_UNKNOWN &&
		       ((answers[0] != ANSWER_UNKNOWN && answers[0] != page_table) ||
			(page_table == ANSWER_NO && steps->own->fgsp == ANSWER_YES) ||
			(page_table == ANSWER_YES && steps->own->proven_apart));
	assert_int_equal((verdict.contradictions & CONTRADICTION_PAGE_TABLE) != 0, contradicted);
	assert_int_equal((verdict.contradictions & CONTRADICTION_ADVERTISED) != 0,
			 verdict.confidence == CONFIDENCE_OBSERVED &&
				 steps->advertised != ANSWER_UNKNOWN && steps->advertised != fgsp);
}

TEST(the_strongest_method_wins_in_every_combination)
{
	unsigned int count = 0;

	for (size_t s = 0; s < COUNT(selftests); s++)
		for (size_t o = 0; o < COUNT(own_unmaps); o++)
			for (size_t e = 0; e < COUNT(entries_prove); e++)
				for (int a = ANSWER_UNKNOWN; a <= ANSWER_YES; a++)
					for (int traced = 0; traced < 2; traced++) {
						struct steps steps = { &selftests[s],
								       &own_unmaps[o],
								       (enum entries)e,
								       (enum answer)a, traced };

						assert_steps(&steps);
						count++;
					}
	assert_int_equal(count, 4 * 5 * 4 * 3 * 2);
}

/* What was seen on real kernels */

/**
 * struct seen - a row.
 * @window: of the kernel self-test test
 * @removed: what its one-page unmap removed; 0 where none was run
 * @own: the own unmap, 0 for both where the buffer was not contiguous
 */
struct seen {
	const char *where;
	uint64_t page_sizes;
	uint64_t window;
	uint64_t removed;
	struct {
		uint64_t size;
		uint64_t unmapped;
	} own;
	enum answer fgsp;
	enum method method;
	unsigned int contradictions;
};

/* clang-format off */
static const struct seen rows[] = {
	{ "5.10.0-32 Intel", 0xfffffffffffff000, 0, 4096, { 8192, 8192 },
	  ANSWER_NO, METHOD_KERNEL_SELFTEST, CONTRADICTION_ADVERTISED },
	{ "5.10.0-32 AMD", 0xffffff7ffffff000, 0, 8192, { 4096, 8192 },
	  ANSWER_YES, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.1.0-50 Intel", 0x40201000, 0, 4096, { 8192, 8192 },
	  ANSWER_NO, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.1.0-50 AMD", 0xffffff7ffffff000, 0, 8192, { 4096, 8192 },
	  ANSWER_YES, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.12.107 Intel", 0x40201000, 0, 4096, { 8192, 8192 },
	  ANSWER_NO, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.12.107 AMD", 0xfff7ffffff000, 0, 8192, { 4096, 8192 },
	  ANSWER_YES, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.12.107 SMMUv3", 0x40201000, 0, 4096, { 8192, 8192 },
	  ANSWER_NO, METHOD_KERNEL_SELFTEST, 0 },
	{ "6.12.107 zPCI", 0x1000, 0x100000000, 4096, { 0, 0 },
	  ANSWER_NO, METHOD_KERNEL_SELFTEST, 0 },
	{ "7.2.13 zPCI", 0x1000, 0, 0, { 0, 0 },
	  ANSWER_NO, METHOD_ADVERTISED, 0 },
	{ "7.3.4 Intel", 0x40201000, 0, 0, { 8192, 8192 },
	  ANSWER_NO, METHOD_ADVERTISED, 0 },
	{ "7.3.4 AMD", 0x7f7ffffff000, 0, 0, { 8192, 8192 },
	  ANSWER_YES, METHOD_ADVERTISED, 0 },
};
/* clang-format on */

static void add(struct evidence *evidence, struct event event)
{
	evidence->events[evidence->n_events++] = event;
}

/* The events that a row stands for. */
static void add_events(const struct seen *row, struct evidence *evidence)
{
	if (row->removed) {
		add(evidence, (struct event)MAP(ATTACH, row->window, 2 * P));
		add(evidence, (struct event)UNMAP(ATTACH, row->window, P, row->removed));
	}
	if (row->removed == P)
		add(evidence, (struct event)UNMAP(ATTACH, row->window + P, P, P));
	if (row->own.size) {
		add(evidence, (struct event)MAP(MAP, W, 2 * P));
		add(evidence, (struct event)UNMAP(UNMAP, W, row->own.size, row->own.unmapped));
		return;
	}
	for (uint64_t page = 0; page < 2; page++)
		add(evidence, (struct event)MAP(MAP, W + page * P, P));
	for (uint64_t page = 0; page < 2; page++)
		add(evidence, (struct event)UNMAP(UNMAP, W + page * P, P, P));
}

TEST(what_was_seen_on_real_kernels_gives_its_verdict)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct seen *row = &rows[i];
		struct event events[8];
		struct evidence evidence = { .page_size = P,
					     .has_page_sizes = true,
					     .page_sizes = row->page_sizes,
					     .traced = true,
					     .buffer_contiguous = row->own.size ? ANSWER_YES
										: ANSWER_NO,
					     .events = events };
		struct verdict verdict;

		add_events(row, &evidence);
		verdict = reach(&evidence);
		if (verdict.fgsp != row->fgsp || verdict.method != row->method ||
		    verdict.contradictions != row->contradictions)
			fail_msg("%s: fgsp %s by %s, contradictions %u", row->where,
				 answer_name(verdict.fgsp), method_name(verdict.method),
				 verdict.contradictions);
		assert_int_equal(verdict.has_kernel_window, row->removed != 0);
		if (row->removed)
			assert_int_equal(verdict.kernel_window.start, row->window);
		assert_false(verdict_needs_odd_map(&evidence));
	}
}

/* Names, which JSON and people are given */

TEST(every_value_has_its_name)
{
	assert_string_equal(answer_name(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(answer_name(ANSWER_NO), "no");
	assert_string_equal(answer_name(ANSWER_YES), "yes");
	assert_string_equal(splitting_name(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(splitting_name(ANSWER_NO), "unsupported");
	assert_string_equal(splitting_name(ANSWER_YES), "supported");
	assert_string_equal(method_name(METHOD_NONE), "none");
	assert_string_equal(method_name(METHOD_KERNEL_SELFTEST), "kernel-selftest");
	assert_string_equal(method_name(METHOD_PAGE_TABLE), "page-table");
	assert_string_equal(method_name(METHOD_OWN_UNMAP), "own-unmap");
	assert_string_equal(method_name(METHOD_ADVERTISED), "advertised");
	assert_string_equal(confidence_name(CONFIDENCE_NONE), "none");
	assert_string_equal(confidence_name(CONFIDENCE_INFERRED), "inferred");
	assert_string_equal(confidence_name(CONFIDENCE_OBSERVED), "observed");
	assert_null(partial_unmap_name(PARTIAL_UNKNOWN));
	assert_string_equal(partial_unmap_name(PARTIAL_REFUSED), "refused");
	assert_string_equal(partial_unmap_name(PARTIAL_WHOLE), "whole");
	assert_string_equal(partial_unmap_name(PARTIAL_SPLIT), "split");
	assert_string_equal(phase_name(PHASE_ATTACH), "attach");
	assert_string_equal(phase_name(PHASE_MAP), "map");
	assert_string_equal(phase_name(PHASE_UNMAP), "unmap");
	assert_string_equal(phase_name(PHASE_ODD), "odd");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_selftest_that_loses_two_pages_proves_yes),
		cmocka_unit_test(a_selftest_that_loses_one_page_proves_no),
		cmocka_unit_test(a_selftest_shows_the_kernels_window),
		cmocka_unit_test(without_a_selftest_there_is_no_kernel_window),
		cmocka_unit_test(a_selftest_that_unmaps_nonsense_proves_nothing_and_is_noted),
		cmocka_unit_test(what_is_said_of_an_odd_selftest_is_true),
		cmocka_unit_test(behind_an_odd_selftest_the_own_unmap_can_prove),
		cmocka_unit_test(maps_for_firmware_may_come_before_the_selftest),
		cmocka_unit_test(of_two_selftests_the_first_counts),
		cmocka_unit_test(what_only_resembles_a_selftest_is_none),
		cmocka_unit_test(a_selftest_is_looked_for_only_while_the_container_is_set_up),
		cmocka_unit_test(two_pages_gone_for_one_asked_prove_yes),
		cmocka_unit_test(two_pages_gone_for_one_asked_prove_yes_whatever_the_buffer),
		cmocka_unit_test(two_pages_unmapped_at_once_prove_nothing),
		cmocka_unit_test(one_page_each_proves_nothing_alone),
		cmocka_unit_test(one_page_each_at_an_odd_page_too_proves_yes),
		cmocka_unit_test(one_page_each_but_together_at_an_odd_page_proves_nothing),
		cmocka_unit_test(an_odd_map_alone_proves_nothing),
		cmocka_unit_test(unmaps_of_the_type1_interface_end_with_an_idle_one),
		cmocka_unit_test(unmaps_elsewhere_or_of_other_sizes_prove_nothing),
		cmocka_unit_test(one_page_each_means_that_each_went),
		cmocka_unit_test(one_page_each_means_two_and_in_order),
		cmocka_unit_test(two_maps_of_a_page_prove_nothing),
		cmocka_unit_test(two_maps_of_a_page_leave_the_selftest_its_word),
		cmocka_unit_test(events_of_other_phases_are_not_the_own_unmap),
		cmocka_unit_test(an_odd_map_is_needed_when_one_page_each_leaves_it_open),
		cmocka_unit_test(no_odd_map_is_needed_where_it_decides_nothing),
		cmocka_unit_test(the_selftest_wins_over_the_own_unmap),
		cmocka_unit_test(an_own_unmap_that_agrees_is_no_contradiction),
		cmocka_unit_test(contiguous_pages_have_to_go_as_the_selftest_says),
		cmocka_unit_test(an_own_unmap_that_is_not_understood_contradicts_nothing),
		cmocka_unit_test(two_pages_gone_for_one_contradict_no_whatever_the_buffer),
		cmocka_unit_test(observation_wins_over_the_advertised_sizes),
		cmocka_unit_test(several_contradictions_are_all_noted),
		cmocka_unit_test(only_the_bit_of_two_pages_counts),
		cmocka_unit_test(the_bit_moves_with_the_page_size),
		cmocka_unit_test(no_page_sizes_and_no_observation_leave_it_unknown),
		cmocka_unit_test(no_page_sizes_do_not_weaken_an_observation),
		cmocka_unit_test(an_unknown_page_size_leaves_everything_unknown),
		cmocka_unit_test(what_was_not_followed_is_never_observed),
		cmocka_unit_test(larger_pages_are_observed_alike),
		cmocka_unit_test(one_entry_for_both_pages_proves_yes),
		cmocka_unit_test(an_entry_for_each_page_proves_no),
		cmocka_unit_test(entries_that_were_not_found_prove_nothing),
		cmocka_unit_test(the_page_table_proves_without_tracepoints),
		cmocka_unit_test(two_entries_of_pages_that_were_mapped_one_by_one_prove_nothing),
		cmocka_unit_test(where_events_were_lost_the_parameter_tells_how_pages_were_mapped),
		cmocka_unit_test(entries_of_pages_that_lie_apart_prove_nothing),
		cmocka_unit_test(mappings_are_not_called_superpages),
		cmocka_unit_test(the_page_table_is_needed_until_the_kernel_has_tested),
		cmocka_unit_test(two_pages_of_one_entry_that_go_one_by_one_contradict_it),
		cmocka_unit_test(the_page_table_wins_over_the_advertised_sizes),
		cmocka_unit_test(the_kernels_test_names_what_agrees_with_it),
		cmocka_unit_test(the_strongest_method_wins_in_every_combination),
		cmocka_unit_test(what_was_seen_on_real_kernels_gives_its_verdict),
		cmocka_unit_test(every_value_has_its_name),
	};

	return UNIT_RUN("verdict", tests);
}
