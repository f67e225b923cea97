/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "model/kernel.h"
#include "probe/hazard.h"

#define DEBIAN(version) "#1 SMP PREEMPT_DYNAMIC Debian " version " (2025-01-01)"

static void assert_tests_zero(const char *release, const char *build, bool expected)
{
	struct host host = { .release = (char *)release, .build = (char *)build };

	if (kernel_may_test_zero(&host) != expected)
		fail_msg("release %s, build %s", release ? release : "none",
			 build ? build : "none");
}

TEST(the_fix_came_with_6_2_and_6_1_9)
{
	static const struct {
		const char *release;
		bool tests_zero;
	} kernels[] = {
		{ "4.0", true },	{ "5.10.0-32-amd64", true },
		{ "5.19.17", true },	{ "6.0.19", true },
		{ "6.1", true },	{ "6.1.0", true },
		{ "6.1.8", true },	{ "6.1.8-arch1", true },
		{ "6.1.9", false },	{ "6.1.10", false },
		{ "6.1.176", false },	{ "6.2", false },
		{ "6.2.0-rc7", false }, { "6.10.1", false },
		{ "6.12.107", false },	{ "7.0", false },
		{ "7.3.4-1", false },	{ "10.0.1", false },
	};

	for (size_t i = 0; i < COUNT(kernels); i++)
		assert_tests_zero(kernels[i].release, "#1 SMP", kernels[i].tests_zero);
}

TEST(debian_names_the_upstream_version_in_the_build)
{
	assert_tests_zero("6.1.0-50-amd64", DEBIAN("6.1.176-1"), false);
	assert_tests_zero("6.1.0-2-amd64", DEBIAN("6.1.7-1"), true);
	assert_tests_zero("6.1.0-3-amd64", DEBIAN("6.1.8-1"), true);
	assert_tests_zero("6.1.0-4-amd64", DEBIAN("6.1.12-1"), false);
	assert_tests_zero("5.10.0-32-amd64", DEBIAN("5.10.223-1"), true);
	assert_tests_zero("6.12.107", DEBIAN("6.12.107-1"), false);
}

TEST(without_the_build_a_release_of_debian_may_test_zero)
{
	assert_tests_zero("6.1.0-50-amd64", NULL, true);
	assert_tests_zero("6.1.0-50-amd64", "", true);
	assert_tests_zero("6.1.0-50-amd64", "#1 SMP Debian unstable", true);
}

TEST(the_build_counts_where_there_is_no_release)
{
	assert_tests_zero(NULL, DEBIAN("6.1.176-1"), false);
}

TEST(a_version_that_cannot_be_read_may_test_zero)
{
	static const char *const texts[] = { NULL, "", "x", "6", "7", "7.", "six.one", "v6.12" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_tests_zero(texts[i], NULL, true);
		assert_tests_zero(texts[i], texts[i], true);
	}
}

/* hazard_find() */

/* Hazards of a group with one region and one device. */
static unsigned int find(const char *release, uint64_t page_size, struct region region,
			 struct device device)
{
	struct host host = { .release = (char *)release, .page_size = page_size };
	struct device *devices[] = { &device };
	struct group group = {
		.regions = &region, .n_regions = 1, .devices = devices, .n_devices = 1
	};

	return hazard_find(&host, &group);
}

static const struct device ordinary = {
	.is_pci = true, .vendor = 0x8086, .device = 0x10d3, .zpci_pft = ZPCI_NONE
};

static struct region region_of(uint64_t start, uint64_t end)
{
	return (struct region){ .range = { start, end }, .type = REGION_RESERVED };
}

TEST(a_reserved_region_at_zero_is_a_hazard_on_old_kernels)
{
	assert_int_equal(find("6.1.8", 4096, region_of(0, 0xffffffff), ordinary),
			 HAZARD_KERNEL_TEST);
	assert_int_equal(find("6.1.9", 4096, region_of(0, 0xffffffff), ordinary), 0);
}

TEST(a_region_counts_up_to_the_last_byte_of_two_pages)
{
	assert_int_equal(find("5.10", 4096, region_of(0x1fff, 0x1fff), ordinary),
			 HAZARD_KERNEL_TEST);
	assert_int_equal(find("5.10", 4096, region_of(0, 0), ordinary), HAZARD_KERNEL_TEST);
	assert_int_equal(find("5.10", 4096, region_of(0x2000, 0xffff), ordinary), 0);
	assert_int_equal(find("5.10", 65536, region_of(0x1ffff, 0x1ffff), ordinary),
			 HAZARD_KERNEL_TEST);
	assert_int_equal(find("5.10", 65536, region_of(0x20000, 0x2ffff), ordinary), 0);
}

TEST(an_unknown_page_size_counts_as_the_largest)
{
	assert_int_equal(find("5.10", 0, region_of(0x1ffff, 0x1ffff), ordinary),
			 HAZARD_KERNEL_TEST);
	assert_int_equal(find("5.10", 0, region_of(0x20000, 0x2ffff), ordinary), 0);
}

TEST(a_direct_relaxable_region_at_zero_is_no_hazard)
{
	struct region region = region_of(0, 0xffffff);

	region.type = REGION_DIRECT_RELAXABLE;
	assert_int_equal(find("5.10", 4096, region, ordinary), 0);
	region.type = REGION_DIRECT;
	assert_int_equal(find("5.10", 4096, region, ordinary), HAZARD_KERNEL_TEST);
}

TEST(an_ism_function_is_a_hazard_by_its_id_or_its_type)
{
	struct device by_id = {
		.is_pci = true, .vendor = 0x1014, .device = 0x04ed, .zpci_pft = ZPCI_NONE
	};
	struct device by_type = ordinary;
	struct device other_ibm = by_id;
	struct device other_vendor = by_id;
	struct region far = region_of(0x140000000, 0x3ffffffffff);

	by_type.zpci_pft = ZPCI_ISM;
	other_ibm.device = 0x04ee;
	other_vendor.vendor = 0x1015;
	assert_int_equal(find("6.12", 4096, far, by_id), HAZARD_ISM);
	assert_int_equal(find("6.12", 4096, far, by_type), HAZARD_ISM);
	assert_int_equal(find("6.12", 4096, far, other_ibm), 0);
	assert_int_equal(find("6.12", 4096, far, other_vendor), 0);
	by_type.zpci_pft = 4;
	assert_int_equal(find("6.12", 4096, far, by_type), 0);
}

TEST(both_hazards_can_be_there)
{
	struct device ism = { .is_pci = true, .vendor = 0x1014, .device = 0x04ed };

	assert_int_equal(find("6.1.8", 4096, region_of(0, 0xffffffff), ism),
			 HAZARD_ISM | HAZARD_KERNEL_TEST);
}

/*
 * s390 up to 6.1 lists no region and refuses address 0 by its aperture; 6.2 lists one and has the fix. Only
 * backports of the first alone are both hazards at once.
 */
TEST(no_mainline_release_maps_address_0_for_an_ism_function)
{
	static const struct {
		const char *release;
		bool lists_regions;
	} kernels[] = {
		{ "5.10.0-32-s390x", false }, { "5.19.17", false }, { "6.1.0", false },
		{ "6.1.192", false },	      { "6.2.0", true },    { "6.6.8", true },
		{ "6.12.118", true },	      { "6.18.2", true },   { "7.3.4", true },
	};
	struct device ism = { .is_pci = true, .zpci_pft = ZPCI_ISM };
	struct region low = region_of(0, 0xffffffff), high = region_of(0x140000000, UINT64_MAX);

	for (size_t i = 0; i < COUNT(kernels); i++) {
		const char *release = kernels[i].release;

		if (find(release, 4096, kernels[i].lists_regions ? low : high, ism) != HAZARD_ISM)
			fail_msg("%s", release);
	}
	assert_int_equal(find("5.14.0-362.el9.s390x", 4096, low, ism),
			 HAZARD_ISM | HAZARD_KERNEL_TEST);
}

TEST(any_device_and_any_region_of_the_group_counts)
{
	struct device ism = { .is_pci = true, .vendor = 0x1014, .device = 0x04ed };
	struct device plain = ordinary;
	struct device *devices[] = { &plain, &plain, &ism };
	struct region regions[] = { region_of(0xfee00000, 0xfeefffff), region_of(0, 0xfff) };
	struct host host = { .release = (char *)"5.10", .page_size = 4096 };
	struct group group = {
		.regions = regions, .n_regions = 2, .devices = devices, .n_devices = 3
	};

	assert_int_equal(hazard_find(&host, &group), HAZARD_ISM | HAZARD_KERNEL_TEST);
	group.n_devices = 2;
	group.n_regions = 1;
	assert_int_equal(hazard_find(&host, &group), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fix_came_with_6_2_and_6_1_9),
		cmocka_unit_test(debian_names_the_upstream_version_in_the_build),
		cmocka_unit_test(without_the_build_a_release_of_debian_may_test_zero),
		cmocka_unit_test(the_build_counts_where_there_is_no_release),
		cmocka_unit_test(a_version_that_cannot_be_read_may_test_zero),
		cmocka_unit_test(a_reserved_region_at_zero_is_a_hazard_on_old_kernels),
		cmocka_unit_test(a_region_counts_up_to_the_last_byte_of_two_pages),
		cmocka_unit_test(an_unknown_page_size_counts_as_the_largest),
		cmocka_unit_test(a_direct_relaxable_region_at_zero_is_no_hazard),
		cmocka_unit_test(an_ism_function_is_a_hazard_by_its_id_or_its_type),
		cmocka_unit_test(both_hazards_can_be_there),
		cmocka_unit_test(no_mainline_release_maps_address_0_for_an_ism_function),
		cmocka_unit_test(any_device_and_any_region_of_the_group_counts),
	};

	return UNIT_RUN("hazard", tests);
}
