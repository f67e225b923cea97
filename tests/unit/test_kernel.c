/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "model/kernel.h"

#define P   UINT64_C(4096)
#define TOP UINT64_MAX

/* kernel_rule() */

TEST(versions_have_their_rules)
{
	static const struct {
		const char *release;
		enum kernel_rule rule;
	} kernels[] = {
		{ "4.19.0", KERNEL_TESTS_ZERO },	  { "5.1.20", KERNEL_TESTS_ZERO },
		{ "5.10.0-32-amd64", KERNEL_TESTS_ZERO }, { "5.19.17", KERNEL_TESTS_ZERO },
		{ "6.0.19", KERNEL_TESTS_ZERO },	  { "6.1", KERNEL_TESTS_ZERO },
		{ "6.1.8", KERNEL_TESTS_ZERO },		  { "6.1.9", KERNEL_TESTS_ALLOWED },
		{ "6.1.176", KERNEL_TESTS_ALLOWED },	  { "6.2", KERNEL_TESTS_ALLOWED },
		{ "6.12.107", KERNEL_TESTS_ALLOWED },	  { "6.15.11", KERNEL_TESTS_ALLOWED },
		{ "6.16", KERNEL_TESTS_NOTHING },	  { "6.16.0-rc1", KERNEL_TESTS_NOTHING },
		{ "6.18.44", KERNEL_TESTS_NOTHING },	  { "7.0", KERNEL_TESTS_NOTHING },
		{ "7.3.4", KERNEL_TESTS_NOTHING },	  { "10.1.2", KERNEL_TESTS_NOTHING },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		if (kernel_rule(kernels[i].release, "#1 SMP") != kernels[i].rule)
			fail_msg("%s", kernels[i].release);
	}
}

TEST(ownership_of_dma_begins_with_5_19)
{
	static const struct {
		const char *release;
		enum answer owns;
	} kernels[] = {
		{ "4.18.0-553.el8", ANSWER_NO }, { "5.10.262", ANSWER_NO },
		{ "5.18.19", ANSWER_NO },	 { "5.19.0-rc1", ANSWER_YES },
		{ "6.1.0", ANSWER_YES },	 { "7.3.4", ANSWER_YES },
		{ "unknown", ANSWER_UNKNOWN },	 { NULL, ANSWER_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		if (kernel_owns_dma(kernels[i].release, "#1 SMP") != kernels[i].owns)
			fail_msg("%s", kernels[i].release ? kernels[i].release : "NULL");
	}
	assert_int_equal(kernel_owns_dma("5.10.0-46-amd64", "#1 SMP Debian 5.10.262-1"), ANSWER_NO);
}

TEST(debian_names_the_upstream_version_in_the_build)
{
	assert_int_equal(kernel_rule("6.1.0-50-amd64", "#1 SMP Debian 6.1.176-1 (2026-01-01)"),
			 KERNEL_TESTS_ALLOWED);
	assert_int_equal(kernel_rule("6.1.0-2-amd64", "#1 SMP Debian 6.1.7-1 (2023-01-18)"),
			 KERNEL_TESTS_ZERO);
	assert_int_equal(kernel_rule("6.16~rc7-amd64", "#1 SMP Debian 6.16~rc7-1~exp1"),
			 KERNEL_TESTS_NOTHING);
	assert_int_equal(kernel_rule(NULL, "#1 SMP Debian 6.12.107-1"), KERNEL_TESTS_ALLOWED);
}

TEST(other_words_of_debian_leave_the_release_its_word)
{
	assert_int_equal(kernel_rule("6.12.1", "#1 SMP Debian unstable"), KERNEL_TESTS_ALLOWED);
	assert_int_equal(kernel_rule("6.12.1", NULL), KERNEL_TESTS_ALLOWED);
}

TEST(a_version_that_cannot_be_read_has_no_rule)
{
	static const char *const texts[] = { NULL, "", "x", "6", "7", "7.", "six.one", "v6.12" };

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(kernel_rule(texts[i], texts[i]), KERNEL_UNKNOWN);
}

/* kernel_is_from(), kernel_is_before() */

TEST(a_kernel_is_from_a_release_or_before_it)
{
	static const struct {
		const char *release;
		const char *build;
		bool from;
	} kernels[] = {
		{ "6.17.13", "#1 SMP", false },
		{ "6.18.0-rc1", "#1 SMP", true },
		{ "6.18", NULL, true },
		{ "6.2.0", NULL, false },
		{ "5.19.17", NULL, false },
		{ "7.0", NULL, true },
		{ "6.12.9-amd64", "#1 SMP Debian 6.18.2-1", true },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		struct host host = { .release = (char *)kernels[i].release,
				     .build = (char *)kernels[i].build };

		if (kernel_is_from(&host, 6, 18) != kernels[i].from ||
		    kernel_is_before(&host, 6, 18) == kernels[i].from)
			fail_msg("%s", kernels[i].release);
	}
}

TEST(a_kernel_that_is_not_known_is_neither_from_nor_before_a_release)
{
	struct host host = { .release = (char *)"x", .build = NULL };

	assert_false(kernel_is_from(&host, 0, 0));
	assert_false(kernel_is_before(&host, 99, 0));
}

/* kernel_direct_rule() */

static enum direct_rule direct_rule(const char *release, enum iommu_kind kind)
{
	struct host host = { .release = (char *)release };
	struct iommu iommu = { .kind = kind };
	struct device bridge = { .iommu = NULL }, device = { .iommu = &iommu };
	struct device *devices[] = { &bridge, &device };
	struct group group = { .devices = devices, .n_devices = 2 };

	return kernel_direct_rule(&host, &group);
}

TEST(intel_refuses_direct_regions_always_and_others_from_6_6_on)
{
	static const struct {
		const char *release;
		enum direct_rule others;
	} kernels[] = {
		{ "5.10.0-32-amd64", DIRECT_ASSIGNED },
		{ "5.19.17", DIRECT_ASSIGNED },
		{ "6.1.192", DIRECT_ASSIGNED },
		{ "6.5.13", DIRECT_ASSIGNED },
		{ "6.6.0", DIRECT_REFUSED },
		{ "6.12.118", DIRECT_REFUSED },
		{ "6.18.1", DIRECT_REFUSED },
		{ "7.3.4", DIRECT_REFUSED },
		{ NULL, DIRECT_UNKNOWN },
		{ "six.one", DIRECT_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		const char *release = kernels[i].release;

		if (direct_rule(release, IOMMU_INTEL) != DIRECT_REFUSED ||
		    direct_rule(release, IOMMU_AMD) != kernels[i].others ||
		    direct_rule(release, IOMMU_SMMU) != kernels[i].others)
			fail_msg("%s", release ? release : "none");
	}
}

TEST(without_a_unit_the_table_of_the_firmware_tells_whose_iommu_it_is)
{
	struct device device = { 0 };
	struct device *devices[] = { &device };
	struct group group = { .devices = devices, .n_devices = 1 };
	struct host host = { .release = (char *)"6.1.192" };

	assert_int_equal(kernel_direct_rule(&host, &group), DIRECT_UNKNOWN);
	host.iommu_table = (char *)"DMAR";
	assert_int_equal(kernel_direct_rule(&host, &group), DIRECT_REFUSED);
	host.iommu_table = (char *)"IVRS";
	assert_int_equal(kernel_direct_rule(&host, &group), DIRECT_ASSIGNED);
	host.iommu_table = NULL;
	host.release = (char *)"6.6.0";
	assert_int_equal(kernel_direct_rule(&host, &group), DIRECT_REFUSED);
}

TEST(every_rule_has_its_name)
{
	assert_string_equal(kernel_rule_name(KERNEL_UNKNOWN), "unknown");
	assert_string_equal(kernel_rule_name(KERNEL_TESTS_ZERO), "zero");
	assert_string_equal(kernel_rule_name(KERNEL_TESTS_ALLOWED), "allowed");
	assert_string_equal(kernel_rule_name(KERNEL_TESTS_NOTHING), "none");
}

/* kernel_predict_window() */

static bool predict(enum kernel_rule rule, const struct range *ranges, size_t count,
		    uint64_t page_size, struct range *window)
{
	struct ranges allowed = { .range = (struct range *)ranges, .count = count };

	return kernel_predict_window(rule, &allowed, page_size, window);
}

static void assert_predicted(const struct range *ranges, size_t count, uint64_t start)
{
	struct range window;

	assert_true(predict(KERNEL_TESTS_ALLOWED, ranges, count, P, &window));
	assert_int_equal(window.start, start);
	assert_int_equal(window.end, start + 2 * P - 1);
}

TEST(an_old_kernel_tests_zero_whatever_is_allowed)
{
	static const struct range zpci[] = { { 0x100000000, 0x13fffffff } };
	struct range window;

	assert_true(predict(KERNEL_TESTS_ZERO, zpci, 1, P, &window));
	assert_int_equal(window.start, 0);
	assert_int_equal(window.end, 0x1fff);
	assert_true(predict(KERNEL_TESTS_ZERO, NULL, 0, 65536, &window));
	assert_int_equal(window.end, 0x1ffff);
}

TEST(a_kernel_without_the_test_has_no_window)
{
	static const struct range whole[] = { { 0, TOP } };
	struct range window = { 7, 7 };

	assert_false(predict(KERNEL_TESTS_NOTHING, whole, 1, P, &window));
	assert_false(predict(KERNEL_UNKNOWN, whole, 1, P, &window));
	assert_int_equal(window.start, 7);
}

TEST(what_was_seen_on_real_kernels_is_predicted)
{
	static const struct range intel[] = { { 0, 0xfedfffff }, { 0xfef00000, 0x7fffffffff } };
	static const struct range smmu[] = { { 0, 0x7ffffff }, { 0x8100000, 0xffffffffffff } };
	static const struct range zpci[] = { { 0x100000000, 0x13fffffff } };

	assert_predicted(intel, COUNT(intel), 0);
	assert_predicted(smmu, COUNT(smmu), 0);
	assert_predicted(zpci, COUNT(zpci), 0x100000000);
}

TEST(the_first_range_with_room_is_taken)
{
	static const struct range ranges[] = { { 0x1000, 0x3000 }, { 0x9000, 0x20000 } };

	assert_predicted(ranges, COUNT(ranges), 0xa000);
}

TEST(an_exact_two_page_range_is_passed_over)
{
	static const struct range exact[] = { { 0x2000, 0x3fff }, { 0x8000, 0xffff } };
	static const struct range one_more[] = { { 0x2000, 0x4000 }, { 0x8000, 0xffff } };

	assert_predicted(exact, COUNT(exact), 0x8000);
	assert_predicted(one_more, COUNT(one_more), 0x2000);
	assert_false(predict(KERNEL_TESTS_ALLOWED, exact, 1, P, &(struct range){ 0 }));
}

TEST(a_start_is_rounded_up_to_two_pages)
{
	static const struct range odd[] = { { 0x1000, 0x6000 } };
	static const struct range byte[] = { { 0x2001, 0x6000 } };
	static const struct range small[] = { { 0x3000, 0x3fff } };
	static const struct range at_end[] = { { 0x3001, 0x4000 } };
	struct range window;

	assert_predicted(odd, 1, 0x2000);
	assert_predicted(byte, 1, 0x4000);
	assert_false(predict(KERNEL_TESTS_ALLOWED, small, 1, P, &window));
	assert_false(predict(KERNEL_TESTS_ALLOWED, at_end, 1, P, &window));
	assert_false(predict(KERNEL_TESTS_ALLOWED, NULL, 0, P, &window));
}

TEST(a_start_at_the_very_top_wraps_to_zero_as_in_the_kernel)
{
	static const struct range top[] = { { TOP - 0x1ffe, TOP } };

	assert_predicted(top, 1, 0);
}

TEST(larger_pages_have_larger_windows)
{
	static const struct range ranges[] = { { 0x10000, 0x5ffff } };
	struct range window;

	assert_true(predict(KERNEL_TESTS_ALLOWED, ranges, 1, 65536, &window));
	assert_int_equal(window.start, 0x20000);
	assert_int_equal(window.end, 0x3ffff);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_their_rules),
		cmocka_unit_test(ownership_of_dma_begins_with_5_19),
		cmocka_unit_test(debian_names_the_upstream_version_in_the_build),
		cmocka_unit_test(other_words_of_debian_leave_the_release_its_word),
		cmocka_unit_test(a_version_that_cannot_be_read_has_no_rule),
		cmocka_unit_test(a_kernel_is_from_a_release_or_before_it),
		cmocka_unit_test(a_kernel_that_is_not_known_is_neither_from_nor_before_a_release),
		cmocka_unit_test(intel_refuses_direct_regions_always_and_others_from_6_6_on),
		cmocka_unit_test(without_a_unit_the_table_of_the_firmware_tells_whose_iommu_it_is),
		cmocka_unit_test(every_rule_has_its_name),
		cmocka_unit_test(an_old_kernel_tests_zero_whatever_is_allowed),
		cmocka_unit_test(a_kernel_without_the_test_has_no_window),
		cmocka_unit_test(what_was_seen_on_real_kernels_is_predicted),
		cmocka_unit_test(the_first_range_with_room_is_taken),
		cmocka_unit_test(an_exact_two_page_range_is_passed_over),
		cmocka_unit_test(a_start_is_rounded_up_to_two_pages),
		cmocka_unit_test(a_start_at_the_very_top_wraps_to_zero_as_in_the_kernel),
		cmocka_unit_test(larger_pages_have_larger_windows),
	};

	return UNIT_RUN("kernel", tests);
}
