/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/text.h"
#include "model/vtd.h"

/* Extended capabilities: scalable mode with both stages, with either, and none of it. */
#define BOTH   "c80000f020df"
#define FIRST  "880000f020df"
#define SECOND "480000f020df"
#define LEGACY "f020df"

/* MGAW 48, four levels, all pages of the second stage, none of 1 GiB in the first one. */
#define SERVER "d2078c106f0466"
/* MGAW 57, four and five levels in both stages, 1 GiB in both. */
#define LARGE "1100000c00780c66"

static struct iommu unit(const char *cap, const char *ecap)
{
	return (struct iommu){ .kind = IOMMU_INTEL, .cap = text(cap), .ecap = text(ecap) };
}

static unsigned int bits(const char *release, const char *options, const char *cap,
			 const char *ecap)
{
	struct host host = { .release = text(release), .cmdline = text(options) };
	struct iommu iommu = unit(cap, ecap);

	host.iommus = &iommu;
	host.n_iommus = 1;
	return iommu_address_bits(&host, &iommu);
}

static uint64_t sizes(const char *release, const char *options, const char *cap, const char *ecap)
{
	struct host host = { .release = text(release), .cmdline = text(options) };
	struct iommu iommu = unit(cap, ecap);

	host.iommus = &iommu;
	host.n_iommus = 1;
	return iommu_page_sizes(&host, &iommu);
}

/* What was read: 5.10, 6.1, 6.12 and 7.3. Between 5.10 and 6.1, and between 6.12 and 7.3, it changed. */
TEST(each_generation_has_its_stage)
{
	static const struct {
		const char *release;
		unsigned int both, first, both_by_default;
	} kernels[] = {
		{ "5.10.262", 47, 47, 0 }, { "5.15.0", 0, 0, 0 },     { "5.19.17", 0, 0, 0 },
		{ "6.1.192", 48, 47, 48 }, { "6.6.30", 48, 47, 48 },  { "6.12.118", 48, 47, 48 },
		{ "6.13.0", 0, 0, 0 },	   { "6.18.3", 0, 0, 0 },     { "7.2.13", 0, 0, 0 },
		{ "7.3.4", 47, 47, 0 },	   { "unreadable", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		const char *release = kernels[i].release;

		assert_int_equal(bits(release, "intel_iommu=on,sm_on", SERVER, BOTH),
				 kernels[i].both);
		assert_int_equal(bits(release, "intel_iommu=on intel_iommu=sm_on", SERVER, FIRST),
				 kernels[i].first);
		assert_int_equal(bits(release, "intel_iommu=on", SERVER, BOTH),
				 kernels[i].both_by_default);
		/* No version prefers what the unit does not have. */
		assert_int_equal(bits(release, "intel_iommu=sm_on", SERVER, SECOND), 48);
		assert_int_equal(bits(release, "intel_iommu=sm_on", SERVER, LEGACY), 48);
		assert_int_equal(bits(release, NULL, SERVER, LEGACY), 48);
	}
}

TEST(scalable_mode_can_be_switched_off)
{
	assert_int_equal(bits("7.3.4", "intel_iommu=on,sm_off", SERVER, BOTH), 48);
	assert_int_equal(bits("6.18.3", "intel_iommu=on,sm_off", SERVER, BOTH), 48);
	/* The word is of 6.1 and later, and the order of two is not judged. */
	assert_int_equal(bits("5.10.262", "intel_iommu=on,sm_off", SERVER, BOTH), 0);
	assert_int_equal(bits("7.3.4", "intel_iommu=sm_on,sm_off", SERVER, BOTH), 0);
}

TEST(a_register_that_was_not_seen_leaves_it_open)
{
	assert_int_equal(bits("7.3.4", NULL, SERVER, NULL), 0);
	assert_int_equal(bits("7.3.4", NULL, SERVER, "xyz"), 0);
	assert_int_equal(bits("7.3.4", NULL, NULL, LEGACY), 0);
	assert_int_equal(sizes("7.3.4", NULL, SERVER, NULL), 0);
}

/* Five levels want bit 60 for the first stage, and bit 11 for the second. */
TEST(five_levels_are_of_each_stage)
{
	static const char only_second[] = "0100000c00780c66", only_first[] = "1100000c00780466";

	assert_int_equal(bits("7.3.4", "intel_iommu=sm_on", LARGE, BOTH), 56);
	assert_int_equal(bits("7.3.4", "intel_iommu=sm_on", only_second, BOTH), 47);
	assert_int_equal(bits("7.3.4", "intel_iommu=sm_on", only_first, BOTH), 56);
	assert_int_equal(bits("7.3.4", "intel_iommu=sm_off", only_second, BOTH), 57);
	/* Older ones walk tables as deep as both stages can (__iommu_calculate_sagaw()). */
	assert_int_equal(bits("6.12.118", "intel_iommu=sm_on", LARGE, BOTH), 57);
	assert_int_equal(bits("6.12.118", "intel_iommu=sm_on", only_second, BOTH), 48);
	assert_int_equal(bits("6.12.118", NULL, only_second, BOTH), 0);
	assert_int_equal(bits("6.12.118", NULL, only_second, LEGACY), 57);
	assert_int_equal(bits("6.12.118", "intel_iommu=sm_on", only_first, BOTH), 48);
}

TEST(pages_are_those_of_the_stage)
{
	static const char first_1g[] = "100070c106f0466";

	assert_int_equal(sizes("6.12.118", "intel_iommu=sm_on", SERVER, BOTH), 0x40201000);
	assert_int_equal(sizes("7.3.4", "intel_iommu=sm_on", SERVER, BOTH), 0x201000);
	assert_int_equal(sizes("7.3.4", "intel_iommu=sm_on", first_1g, BOTH), 0x40201000);
	assert_int_equal(sizes("7.3.4", NULL, first_1g, LEGACY), 0x40201000);
	assert_int_equal(sizes("7.3.4", "intel_iommu=sm_on,sp_off", first_1g, BOTH), 0x1000);
	assert_int_equal(sizes("7.3.4", NULL, first_1g, BOTH), 0);
}

/* Up to 6.12 the features of all units decide together, in 7.3 each unit for itself. */
TEST(one_unit_without_the_stage_decides_for_all)
{
	static const struct {
		const char *release;
		unsigned int bits;
	} kernels[] = { { "5.10.262", 48 }, { "6.1.192", 48 }, { "7.3.4", 47 }, { "6.18.3", 0 } };
	struct iommu units[] = { unit(SERVER, BOTH), unit(SERVER, SECOND) };
	struct host host = { .cmdline = text("intel_iommu=sm_on"), .iommus = units, .n_iommus = 2 };

	for (size_t i = 0; i < COUNT(kernels); i++) {
		host.release = text(kernels[i].release);
		assert_int_equal(iommu_address_bits(&host, &units[0]), kernels[i].bits);
		assert_int_equal(iommu_address_bits(&host, &units[1]), 48);
	}
}

TEST(pages_that_one_unit_lacks_are_used_by_none_up_to_6_12)
{
	/* As SERVER, without pages of 1 GiB; and without pages of 2 MiB too. */
	static const char only_2m[] = "d20784106f0466", small[] = "d20780106f0466";
	static const struct {
		const char *release;
		uint64_t sizes, smaller;
	} kernels[] = {
		{ "5.10.262", 0x201000, 0x1000 },
		{ "5.19.17", 0x201000, 0x1000 },
		{ "6.1.192", 0x201000, 0x1000 },
		{ "6.12.118", 0x201000, 0x1000 },
		{ "6.18.3", 0, 0 },
		{ "7.3.4", 0x40201000, 0x40201000 },
		{ "unreadable", 0, 0 },
	};
	struct iommu units[] = { unit(SERVER, LEGACY),
				 unit(only_2m, LEGACY),
				 { .kind = IOMMU_VIRTIO } };
	struct host host = { .iommus = units, .n_iommus = COUNT(units) };

	for (size_t i = 0; i < COUNT(kernels); i++) {
		host.release = text(kernels[i].release);
		units[1].cap = text(only_2m);
		assert_int_equal(iommu_page_sizes(&host, &units[0]), kernels[i].sizes);
		units[1].cap = text(small);
		assert_int_equal(iommu_page_sizes(&host, &units[0]), kernels[i].smaller);
		/* Units that are alike leave nothing open. */
		units[1].cap = text(SERVER);
		assert_int_equal(iommu_page_sizes(&host, &units[0]), 0x40201000);
	}
	host.release = text("6.12.118");
	units[1].cap = NULL;
	assert_int_equal(iommu_page_sizes(&host, &units[0]), 0);
}

static enum answer superpages(const char *release, const char *options, const char *cap,
			      const char *ecap)
{
	struct host host = { .release = text(release), .cmdline = text(options) };
	struct iommu iommu = unit(cap, ecap);

	host.iommus = &iommu;
	host.n_iommus = 1;
	return iommu_has_superpages(&host, &iommu);
}

/* As SERVER, without larger pages in the second stage. */
#define SMALL "d20780106f0466"

TEST(superpages_are_a_feature_of_the_units_and_not_of_the_option)
{
	struct iommu units[] = { unit(SERVER, BOTH), unit(SMALL, LEGACY) };
	struct host host = { .release = text("6.18.3"), .iommus = units, .n_iommus = 2 };

	assert_int_equal(superpages("7.3.4", "intel_iommu=sp_off", SERVER, LEGACY), ANSWER_YES);
	assert_int_equal(superpages("5.10.262", NULL, SERVER, LEGACY), ANSWER_YES);
	assert_int_equal(superpages("6.12.118", "intel_iommu=sp_off", SMALL, LEGACY), ANSWER_NO);
	/* The first stage has them in any case. */
	assert_int_equal(superpages("7.3.4", "intel_iommu=sm_on,sp_off", SMALL, FIRST), ANSWER_YES);
	/* Where the stage is not known, pages that both have are. */
	assert_int_equal(superpages("6.18.3", "intel_iommu=sp_off", SERVER, BOTH), ANSWER_YES);
	assert_int_equal(superpages("unreadable", NULL, SERVER, BOTH), ANSWER_YES);
	assert_int_equal(superpages("6.18.3", NULL, SMALL, BOTH), ANSWER_UNKNOWN);
	assert_int_equal(superpages("7.3.4", NULL, SERVER, NULL), ANSWER_YES);
	assert_int_equal(superpages("7.3.4", NULL, NULL, LEGACY), ANSWER_UNKNOWN);
	assert_int_equal(iommu_has_superpages(&host, &units[0]), ANSWER_UNKNOWN);
	units[0].kind = IOMMU_AMD;
	assert_int_equal(iommu_has_superpages(&host, &units[0]), ANSWER_UNKNOWN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_generation_has_its_stage),
		cmocka_unit_test(scalable_mode_can_be_switched_off),
		cmocka_unit_test(a_register_that_was_not_seen_leaves_it_open),
		cmocka_unit_test(five_levels_are_of_each_stage),
		cmocka_unit_test(pages_are_those_of_the_stage),
		cmocka_unit_test(one_unit_without_the_stage_decides_for_all),
		cmocka_unit_test(pages_that_one_unit_lacks_are_used_by_none_up_to_6_12),
		cmocka_unit_test(superpages_are_a_feature_of_the_units_and_not_of_the_option),
	};

	return UNIT_RUN("vtd", tests);
}
