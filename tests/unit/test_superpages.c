/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of the kernel command line that take superpages away, by kernel and IOMMU. */
#include "facts.h"

#include <errno.h>

#define TOLD(facts) told(facts, &check_family_superpages, "superpages-limited")

/* Registers with larger pages and without; the first has one stage, the second both. */
#define LARGE	 "d2078c106f0466"
#define SMALL	 "d20780106f0466"
#define LEGACY	 "f020df"
#define BOTH	 "c80000f020df"
#define HAS_V2	 "246577efa2254afa:0"
#define LACKS_V2 "29d3:0"

/* A unit of @kind in front of group 10; its registers are @cap and @ecap, or its features. */
static void facts_of(struct facts *facts, const char *release, const char *options,
		     enum iommu_kind kind)
{
	facts_begin(facts);
	facts->host.release = text(release);
	facts->host.cmdline = text(options);
	facts->host.n_iommus = 1;
	facts->iommus[0] = (struct iommu){ .name = text("unit"),
					   .kind = kind,
					   .cap = text(LARGE),
					   .ecap = text(LEGACY),
					   .features = text(HAS_V2) };
	facts_device(facts, 0, "0000:01:00.0", CLASS_NETWORK, NULL)->iommu = &facts->iommus[0];
}

/* "yes", "no" or "unknown": what is told of @options. */
static const char *effect(const struct facts *facts)
{
	const char *lines = TOLD(facts);

	if (!*lines)
		return "no";
	assert_ptr_equal(strstr(lines, "note host: the kernel was booted with "), lines);
	/* One finding, and one line. */
	assert_string_equal(strchr(lines, '\n'), "\n");
	return strstr(lines, "is not known: if it has, ") ? "unknown" : "yes";
}

static const char *amd(const char *release, const char *options)
{
	struct facts facts;

	facts_of(&facts, release, options, IOMMU_AMD);
	return effect(&facts);
}

static const char *intel(const char *release, const char *options)
{
	struct facts facts;

	facts_of(&facts, release, options, IOMMU_INTEL);
	return effect(&facts);
}

TEST(sp_off_has_an_effect_on_each_kernel)
{
	static const char *const releases[] = { "5.10.262",  "5.14.0-570.el9", "6.1.192",
						"6.12.118",  "6.18.3",	       "7.3.4",
						"unreadable" };

	for (size_t i = 0; i < COUNT(releases); i++) {
		assert_string_equal(intel(releases[i], "intel_iommu=on,sp_off"), "yes");
		assert_string_equal(intel(releases[i], "intel_iommu=on"), "no");
		assert_string_equal(intel(releases[i], "amd_iommu=nohugepages"), "no");
		assert_string_equal(amd(releases[i], "intel_iommu=on,sp_off"), "no");
	}
	assert_string_equal(intel("7.3.4", NULL), "no");
	assert_string_equal(intel("7.3.4", "quiet -- intel_iommu=sp_off"), "no");
}

TEST(a_unit_without_superpages_loses_none)
{
	struct facts facts;

	facts_of(&facts, "6.12.118", "intel_iommu=sp_off", IOMMU_INTEL);
	facts.iommus[0].cap = text(SMALL);
	assert_string_equal(effect(&facts), "no");
	facts.iommus[0].cap = NULL;
	assert_string_equal(effect(&facts), "unknown");
	/* The stage is not known, and only one of them has superpages. */
	facts.host.release = text("6.18.3");
	facts.iommus[0].cap = text(SMALL);
	facts.iommus[0].ecap = text(BOTH);
	assert_string_equal(effect(&facts), "unknown");
	/* In 7.3 each unit has its own pages: one that loses some is enough. */
	facts.host.release = text("7.3.4");
	facts.iommus[0].ecap = text(LEGACY);
	facts.iommus[1] = (struct iommu){ .kind = IOMMU_INTEL, .ecap = text(LEGACY) };
	facts.host.n_iommus = 2;
	assert_string_equal(effect(&facts), "unknown");
	facts.iommus[1].cap = text(SMALL);
	assert_string_equal(effect(&facts), "no");
	facts.iommus[1].cap = text(LARGE);
	assert_string_equal(effect(&facts), "yes");
	/* A unit of another kind has nothing to lose by the option. */
	facts.iommus[1] = (struct iommu){ .kind = IOMMU_VIRTIO };
	assert_string_equal(effect(&facts), "no");
}

TEST(limits_of_amds_v1_tables_are_known_from_6_12_on)
{
	static const struct {
		const char *release, *answer;
	} kernels[] = {
		{ "4.18.0", "no" },
		{ "5.10.262", "no" },
		{ "5.14.0-570.el9", "unknown" },
		{ "5.19.17", "unknown" },
		{ "6.1.192", "no" },
		{ "6.2.0", "unknown" },
		{ "6.11.4", "unknown" },
		{ "6.12.118", "yes" },
		{ "6.18.3", "yes" },
		{ "7.3.4", "yes" },
		{ "unreadable", "unknown" },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		const char *release = kernels[i].release, *answer = kernels[i].answer;

		assert_string_equal(amd(release, "amd_iommu=nohugepages"), answer);
		assert_string_equal(amd(release, "amd_iommu=on,v2_pgsizes_only"), answer);
		assert_string_equal(intel(release, "amd_iommu=nohugepages"), "no");
	}
	assert_string_equal(amd("7.3.4", "amd_iommu=pgtbl_v1 iommu=nohugepages"), "no");
}

TEST(v2_tables_are_for_vfio_from_7_3_on)
{
	static const struct {
		const char *release, *has, *lacks;
	} kernels[] = {
		{ "5.10.262", "no", "no" },	   { "6.1.192", "no", "no" },
		{ "6.6.30", "no", "no" },	   { "6.12.118", "no", "no" },
		{ "6.18.3", "unknown", "no" },	   { "7.3.4", "yes", "no" },
		{ "unreadable", "unknown", "no" },
	};
	struct facts facts;

	for (size_t i = 0; i < COUNT(kernels); i++) {
		facts_of(&facts, kernels[i].release, "amd_iommu=pgtbl_v2", IOMMU_AMD);
		assert_string_equal(effect(&facts), kernels[i].has);
		facts.iommus[0].features = text(LACKS_V2);
		assert_string_equal(effect(&facts), kernels[i].lacks);
	}
	facts.host.release = text("7.3.4");
	facts.iommus[0].features = NULL;
	assert_string_equal(effect(&facts), "unknown");
	facts.iommus[0].features = text("?");
	assert_string_equal(effect(&facts), "unknown");
}

TEST(of_options_that_contradict_each_other_the_last_one_counts)
{
	struct facts facts;

	facts_of(&facts, "7.3.4", "amd_iommu=nohugepages,v2_pgsizes_only", IOMMU_AMD);
	assert_string_equal(
		TOLD(&facts),
		"note host: the kernel was booted with amd_iommu=nohugepages,v2_pgsizes_only: the "
		"IOMMU maps pages of 4 KiB, 2 MiB and 1 GiB only, and none of the sizes between | "
		"replace amd_iommu=nohugepages,v2_pgsizes_only by amd_iommu=nohugepages on the "
		"kernel command line and reboot\n");
	facts.host.cmdline = text("amd_iommu=v2_pgsizes_only amd_iommu=nohugepages ro");
	assert_string_equal(
		TOLD(&facts),
		"note host: the kernel was booted with amd_iommu=nohugepages: the IOMMU maps pages "
		"of 4 KiB only, so that mapping a guest takes longer and its devices miss the "
		"IOTLB more often | remove amd_iommu=nohugepages from the kernel command line and "
		"reboot\n");
	assert_string_equal(amd("7.3.4", "amd_iommu=pgtbl_v2,pgtbl_v1"), "no");
	assert_string_equal(amd("7.3.4", "amd_iommu=pgtbl_v1 amd_iommu=pgtbl_v2"), "yes");
	/* v2 tables have their sizes whatever is said of v1 tables. */
	facts.host.cmdline = text("amd_iommu=pgtbl_v2,nohugepages");
	assert_string_equal(
		TOLD(&facts),
		"note host: the kernel was booted with amd_iommu=pgtbl_v2,nohugepages: VFIO uses "
		"AMD's v2 page tables, which have pages of 4 KiB, 2 MiB and 1 GiB only, and none "
		"of the sizes between | replace amd_iommu=pgtbl_v2,nohugepages by "
		"amd_iommu=nohugepages on the kernel command line and reboot\n");
	facts.iommus[0].features = text(LACKS_V2);
	assert_non_null(strstr(TOLD(&facts), "the IOMMU maps pages of 4 KiB only"));
	assert_string_equal(amd("6.12.118", "amd_iommu=pgtbl_v2,nohugepages"), "yes");
}

TEST(the_fix_leaves_the_other_options)
{
	struct facts facts;

	facts_of(&facts, "6.1.192", "ro intel_iommu=on,sp_off,sm_on quiet", IOMMU_INTEL);
	assert_non_null(strstr(TOLD(&facts), " | replace intel_iommu=on,sp_off,sm_on by "
					     "intel_iommu=on,sm_on on the kernel command line and "
					     "reboot\n"));
	facts.host.cmdline = text("intel_iommu=sp_off intel_iommu=on");
	assert_non_null(strstr(TOLD(&facts),
			       " | remove intel_iommu=sp_off from the kernel command line and "
			       "reboot\n"));
}

TEST(an_iommu_that_is_not_known_leaves_it_open)
{
	struct facts facts;

	facts_of(&facts, "7.3.4", "amd_iommu=nohugepages", IOMMU_AMD);
	facts.host.n_iommus = 0;
	assert_string_equal(effect(&facts), "no");
	facts.host.iommus_errno = ENODATA;
	assert_string_equal(
		TOLD(&facts),
		"note host: the kernel was booted with amd_iommu=nohugepages, and whether "
		"nohugepages has an effect here is not known: if it has, the IOMMU maps pages of 4 "
		"KiB only, so that mapping a guest takes longer and its devices miss the IOTLB "
		"more often | remove amd_iommu=nohugepages from the kernel command line and "
		"reboot\n");
	facts.host.iommu_table = text("IVRS");
	assert_string_equal(effect(&facts), "yes");
	facts.host.iommu_table = text("DMAR");
	assert_string_equal(effect(&facts), "no");
	/* Units that are known are the better evidence. */
	facts.host.n_iommus = 1;
	assert_string_equal(effect(&facts), "yes");
}

TEST(an_option_concerns_only_what_an_iommu_translates)
{
	struct facts facts;

	facts_of(&facts, "7.3.4", "amd_iommu=nohugepages", IOMMU_AMD);
	facts.input.named = true;
	assert_string_equal(effect(&facts), "yes");
	facts.group[0].name = text("vfio-noiommu");
	assert_string_equal(effect(&facts), "no");
	facts.input.named = false;
	assert_string_equal(effect(&facts), "yes");
	facts.host.n_groups = 0;
	facts.input.n_groups = 0;
	assert_string_equal(effect(&facts), "no");
}

/* The same with the pages that a live test was offered. */
static const char *offered(enum iommu_kind kind, const char *release, const char *options,
			   uint64_t sizes)
{
	struct probe probe = { .info = { .has_page_sizes = true, .page_sizes = sizes } };
	struct probe *const probes[] = { &probe };
	struct facts facts;

	facts_of(&facts, release, options, kind);
	probe.group = &facts.group[0];
	facts.input.probes = probes;
	facts.input.n_probes = 1;
	return effect(&facts);
}

TEST(pages_that_are_offered_are_better_evidence_than_a_version)
{
	static const uint64_t all = 0xfff7ffffff000, v2 = 0x40201000, small = 0x1000;

	assert_string_equal(offered(IOMMU_AMD, "6.6.30", "amd_iommu=nohugepages", all), "no");
	assert_string_equal(offered(IOMMU_AMD, "6.6.30", "amd_iommu=nohugepages", small), "yes");
	assert_string_equal(offered(IOMMU_AMD, "7.3.4", "amd_iommu=nohugepages", v2), "no");
	assert_string_equal(offered(IOMMU_AMD, "5.14.0", "amd_iommu=v2_pgsizes_only", v2), "yes");
	assert_string_equal(offered(IOMMU_AMD, "6.18.3", "amd_iommu=pgtbl_v2", v2), "yes");
	assert_string_equal(offered(IOMMU_AMD, "6.18.3", "amd_iommu=pgtbl_v2", all), "no");
	assert_string_equal(offered(IOMMU_AMD, "6.18.3", "amd_iommu=pgtbl_v2", small), "unknown");
	/* What has no effect may leave the same pages for another reason. */
	assert_string_equal(offered(IOMMU_AMD, "6.12.118", "amd_iommu=pgtbl_v2", v2), "no");
	assert_string_equal(offered(IOMMU_INTEL, "7.3.4", "intel_iommu=sp_off", v2), "no");
	/* Before 6.1 all are offered, and not used. */
	assert_string_equal(offered(IOMMU_INTEL, "5.10.262", "intel_iommu=sp_off", ~0xfffULL),
			    "yes");
}

/* What is told of the parameter with @value, or that was not read for @error; NULL and 0: it is not there. */
static const char *page_by_page(struct facts *facts, const char *options, const char *value,
				int error)
{
	struct parameter parameter = { .module = text("vfio_iommu_type1"),
				       .name = text("disable_hugepages"),
				       .value = text(value),
				       .error = error };

	facts->host.cmdline = text(options);
	facts->host.parameters = &parameter;
	facts->host.n_parameters = value || error;
	facts->host.has_type1 = value || error;
	return told(facts, &check_family_vfio, "hugepages-disabled");
}

TEST(a_parameter_is_told_by_what_was_read_of_it)
{
	static const char option[] = "vfio-iommu-type1.disable_hugepages=1";
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(page_by_page(&facts, NULL, "N", 0), "");
	assert_string_equal(page_by_page(&facts, option, "N", 0), "");
	assert_string_equal(page_by_page(&facts, NULL, NULL, 0), "");
	assert_string_equal(
		page_by_page(&facts, NULL, "Y", 0),
		"note host: disable_hugepages is set: VFIO maps page by page, so large guests "
		"start slowly and superpages are not used | clear the parameter, and remove it "
		"from /etc/modprobe.d $ echo N | sudo tee "
		"/sys/module/vfio_iommu_type1/parameters/disable_hugepages\n");
	assert_non_null(strstr(page_by_page(&facts, option, "Y", 0),
			       " | clear the parameter, and remove "
			       "vfio-iommu-type1.disable_hugepages=1 from the kernel command line "
			       "$ "));
	assert_string_equal(
		page_by_page(&facts, NULL, NULL, EACCES),
		"note host: cannot read the parameter disable_hugepages of vfio_iommu_type1 "
		"(Permission denied): whether VFIO maps page by page is not known\n");
	assert_string_equal(
		page_by_page(&facts, option, NULL, EACCES),
		"note host: the kernel was booted with vfio-iommu-type1.disable_hugepages=1, and "
		"the parameter was not read: whether VFIO maps page by page is not known | remove "
		"vfio-iommu-type1.disable_hugepages=1 from the kernel command line\n");
}

TEST(an_option_of_a_module_waits_until_it_is_loaded)
{
	static const char option[] = "vfio_iommu_type1.disable_hugepages";
	struct module module = { .name = text("vfio_iommu_type1"), .available = true };
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(
		page_by_page(&facts, option, NULL, 0),
		"note host: the kernel was booted with vfio_iommu_type1.disable_hugepages: once "
		"vfio_iommu_type1 is loaded, VFIO maps page by page, so large guests start slowly "
		"and superpages are not used | remove vfio_iommu_type1.disable_hugepages from the "
		"kernel command line\n");
	facts.host.modules_errno = ENODATA;
	assert_non_null(strstr(page_by_page(&facts, option, NULL, 0), "is not known"));
	facts.host.modules_errno = 0;
	facts.host.modules = &module;
	facts.host.n_modules = 1;
	assert_non_null(strstr(page_by_page(&facts, option, NULL, 0), "once "));
	module.available = false;
	assert_string_equal(page_by_page(&facts, option, NULL, 0), "");
	facts.host.n_modules = 0;
	facts.host.n_groups = 0;
	assert_string_equal(page_by_page(&facts, option, NULL, 0), "");
	assert_string_equal(page_by_page(&facts, NULL, NULL, EACCES), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sp_off_has_an_effect_on_each_kernel),
		cmocka_unit_test(a_unit_without_superpages_loses_none),
		cmocka_unit_test(limits_of_amds_v1_tables_are_known_from_6_12_on),
		cmocka_unit_test(v2_tables_are_for_vfio_from_7_3_on),
		cmocka_unit_test(of_options_that_contradict_each_other_the_last_one_counts),
		cmocka_unit_test(the_fix_leaves_the_other_options),
		cmocka_unit_test(an_iommu_that_is_not_known_leaves_it_open),
		cmocka_unit_test(an_option_concerns_only_what_an_iommu_translates),
		cmocka_unit_test(pages_that_are_offered_are_better_evidence_than_a_version),
		cmocka_unit_test(a_parameter_is_told_by_what_was_read_of_it),
		cmocka_unit_test(an_option_of_a_module_waits_until_it_is_loaded),
	};

	return UNIT_RUN("superpages", tests);
}
