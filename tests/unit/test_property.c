/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "check/property.h"

static const char *value(const char *name, const struct check_input *input)
{
	const struct property *property = property_find(name);
	const char *found;
	bool is_known = false;

	assert_non_null(property);
	found = property->value(input);
	assert_non_null(found);
	/* A word that is not in its list could not be required. */
	for (const char *const *word = property->values; *word; word++)
		is_known |= strcmp(*word, found) == 0;
	if (!is_known)
		fail_msg("%s is %s, which is none of its values", name, found);
	return found;
}

static const char *host_value(const char *name, const struct host *host)
{
	return value(name, &(const struct check_input){ .host = host });
}

TEST(every_property_is_whole_and_found_by_its_name)
{
	const struct host host = { 0 };

	for (const struct property *property = properties; property->name; property++) {
		bool has_unknown = false;

		assert_ptr_equal(property_find(property->name), property);
		assert_true(*property->title);
		for (const char *const *word = property->values; *word; word++)
			has_unknown |= strcmp(*word, "unknown") == 0;
		assert_true(has_unknown);
		host_value(property->name, &host);
	}
	assert_null(property_find("frob"));
}

/* A host with one group, and one unit of @kind. */
struct small {
	struct group group;
	struct group *groups[1];
	struct iommu iommus[1];
	struct host host;
};

static struct host *small_host(struct small *small, enum iommu_kind kind)
{
	*small = (struct small){ .iommus = { { .kind = kind } } };
	small->groups[0] = &small->group;
	small->host = (struct host){ .has_sysfs = true,
				     .groups = small->groups,
				     .n_groups = 1,
				     .iommus = small->iommus,
				     .n_iommus = 1 };
	return &small->host;
}

TEST(each_kind_of_iommu_has_a_word)
{
	static const char *const words[] = { "other", "intel", "amd", "smmu", "zpci", "virtio" };
	struct small small;

	for (enum iommu_kind kind = IOMMU_OTHER; kind <= IOMMU_VIRTIO; kind++)
		assert_string_equal(host_value("iommu", small_host(&small, kind)), words[kind]);
}

TEST(groups_without_a_unit_have_another_iommu)
{
	struct small small;
	struct host *host = small_host(&small, IOMMU_INTEL);

	host->n_iommus = 0;
	assert_string_equal(host_value("iommu", host), "other");
}

TEST(units_without_groups_are_none_that_the_kernel_uses)
{
	struct small small;
	struct host *host = small_host(&small, IOMMU_INTEL);

	host->n_groups = 0;
	host->groups_errno = ENOENT;
	assert_string_equal(host_value("iommu", host), "none");
	host->groups_errno = 0;
	assert_string_equal(host_value("iommu", host), "none");
}

TEST(groups_that_could_not_be_read_are_not_none)
{
	struct small small;
	struct host *host = small_host(&small, IOMMU_INTEL);

	host->n_groups = 0;
	host->groups_errno = EACCES;
	assert_string_equal(host_value("iommu", host), "unknown");
	host->groups_errno = ENOENT;
	host->has_sysfs = false;
	assert_string_equal(host_value("iommu", host), "unknown");
}

TEST(groups_of_the_mode_without_iommu_have_none)
{
	struct small small;
	struct host *host = small_host(&small, IOMMU_INTEL);

	host->n_iommus = 0;
	small.group.name = text("vfio-noiommu");
	assert_string_equal(host_value("iommu", host), "none");
	small.group.name = text("frob");
	assert_string_equal(host_value("iommu", host), "other");
}

TEST(one_group_behind_an_iommu_is_enough)
{
	struct group without = { .name = text("vfio-noiommu") }, with = { .id = 1 };
	struct group *groups[] = { &without, &with };
	struct small small;
	struct host *host = small_host(&small, IOMMU_AMD);

	host->groups = groups;
	host->n_groups = 2;
	assert_string_equal(host_value("iommu", host), "amd");
}

TEST(interrupts_are_told_by_the_io_apic)
{
	static const struct {
		const char *chip;
		const char *word;
	} cases[] = {
		{ "IR-IO-APIC", "isolated" }, { "IO-APIC", "not-isolated" }, { "GICv3", "unknown" },
		{ "IR-PCI-MSI", "unknown" },  { NULL, "unknown" },	     { "", "unknown" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct host host = { .irq_chip = text(cases[i].chip) };

		assert_string_equal(host_value("interrupts", &host), cases[i].word);
	}
}

static const char *with_parameter(const char *property, const char *module, const char *name,
				  const char *parameter_value)
{
	struct parameter parameter = { .module = text(module),
				       .name = text(name),
				       .value = text(parameter_value),
				       .error = parameter_value ? 0 : EACCES };
	const struct host host = { .parameters = &parameter, .n_parameters = 1 };

	return host_value(property, &host);
}

TEST(unsafe_interrupts_are_on_off_or_unknown)
{
	static const char *const words[][2] = { { "Y", "on" },
						{ "N", "off" },
						{ NULL, "unknown" } };
	const struct host host = { 0 };

	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(with_parameter("unsafe-interrupts", "vfio_iommu_type1",
						   "allow_unsafe_interrupts", words[i][0]),
				    words[i][1]);
	assert_string_equal(host_value("unsafe-interrupts", &host), "unknown");
	assert_string_equal(
		with_parameter("unsafe-interrupts", "vfio", "allow_unsafe_interrupts", "Y"),
		"unknown");
}

TEST(each_parameter_is_looked_at)
{
	struct parameter parameters[] = {
		{ .module = text("vfio"), .name = text("frob"), .value = text("Y") },
		{ .module = text("vfio"), .name = text("enable_unsafe_noiommu_mode") },
	};
	const struct host host = { .parameters = parameters, .n_parameters = 2 };

	assert_string_equal(host_value("noiommu-mode", &host), "unknown");
}

/* Without the parameter there is no such mode; one that could not be read may be on. */
TEST(the_mode_without_iommu_is_on_off_or_unknown)
{
	static const char *const words[][2] = { { "Y", "on" },
						{ "N", "off" },
						{ NULL, "unknown" } };
	const struct host host = { 0 };

	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(with_parameter("noiommu-mode", "vfio",
						   "enable_unsafe_noiommu_mode", words[i][0]),
				    words[i][1]);
	assert_string_equal(host_value("noiommu-mode", &host), "off");
	assert_string_equal(with_parameter("noiommu-mode", "vfio", "frob", NULL), "off");
	assert_string_equal(
		with_parameter("noiommu-mode", "vfio_pci", "enable_unsafe_noiommu_mode", NULL),
		"off");
}

TEST(the_node_of_the_container_is_there_or_not)
{
	struct host host = { 0 };

	assert_string_equal(host_value("container", &host), "unknown");
	host.has_sysfs = true;
	assert_string_equal(host_value("container", &host), "absent");
	host.has_container = true;
	assert_string_equal(host_value("container", &host), "present");
}

TEST(the_node_of_iommufd_is_there_or_not)
{
	static const struct {
		int error;
		const char *word;
	} cases[] = { { 0, "present" },
		      { ENOENT, "absent" },
		      { EACCES, "unknown" },
		      { EOPNOTSUPP, "unknown" } };
	struct node node = { .path = text("/dev/iommu") };
	struct host host = { 0 };

	assert_string_equal(host_value("iommufd", &host), "unknown");
	host.nodes = &node;
	host.n_nodes = 1;
	for (size_t i = 0; i < COUNT(cases); i++) {
		node.error = cases[i].error;
		assert_string_equal(host_value("iommufd", &host), cases[i].word);
	}
}

TEST(the_test_of_the_kernel_goes_by_its_version)
{
	static const char *const cases[][2] = { { "5.10.0", "zero" },	{ "6.1.8", "zero" },
						{ "6.1.9", "allowed" }, { "6.12.0", "allowed" },
						{ "6.16.0", "none" },	{ NULL, "unknown" } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct host host = { .release = text(cases[i][0]) };

		assert_string_equal(host_value("kernel-test", &host), cases[i][1]);
	}
}

/* What @count live tests with these answers come to. */
static const char *probed(const char *property, const enum answer *splitting,
			  const enum confidence *confidence, size_t count)
{
	struct probe probes[3] = { 0 };
	struct probe *pointers[3] = { &probes[0], &probes[1], &probes[2] };
	const struct host host = { 0 };
	const struct check_input input = { .host = &host, .probes = pointers, .n_probes = count };

	for (size_t i = 0; i < count; i++) {
		probes[i].verdict.splitting = splitting ? splitting[i] : ANSWER_UNKNOWN;
		probes[i].verdict.confidence = confidence ? confidence[i] : CONFIDENCE_NONE;
	}
	return value(property, &input);
}

#define SPLITTING(...)                                                            \
	probed("superpage-splitting", (const enum answer[]){ __VA_ARGS__ }, NULL, \
	       sizeof((const enum answer[]){ __VA_ARGS__ }) / sizeof(enum answer))

#define CONFIDENCE(...)                                                      \
	probed("confidence", NULL, (const enum confidence[]){ __VA_ARGS__ }, \
	       sizeof((const enum confidence[]){ __VA_ARGS__ }) / sizeof(enum confidence))

TEST(live_tests_agree_or_are_mixed)
{
	assert_string_equal(probed("superpage-splitting", NULL, NULL, 0), "unknown");
	assert_string_equal(SPLITTING(ANSWER_YES), "supported");
	assert_string_equal(SPLITTING(ANSWER_NO, ANSWER_NO, ANSWER_NO), "unsupported");
	assert_string_equal(SPLITTING(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(SPLITTING(ANSWER_YES, ANSWER_NO), "mixed");
	assert_string_equal(SPLITTING(ANSWER_YES, ANSWER_YES, ANSWER_UNKNOWN), "mixed");
}

TEST(live_tests_know_by_looking_or_by_inference)
{
	assert_string_equal(probed("confidence", NULL, NULL, 0), "unknown");
	assert_string_equal(CONFIDENCE(CONFIDENCE_OBSERVED, CONFIDENCE_OBSERVED), "observed");
	assert_string_equal(CONFIDENCE(CONFIDENCE_INFERRED), "inferred");
	assert_string_equal(CONFIDENCE(CONFIDENCE_NONE, CONFIDENCE_NONE), "unknown");
	assert_string_equal(CONFIDENCE(CONFIDENCE_INFERRED, CONFIDENCE_OBSERVED), "mixed");
	assert_string_equal(CONFIDENCE(CONFIDENCE_OBSERVED, CONFIDENCE_NONE), "mixed");
}

/* Requirements */

static void assert_required(const char *chip, const char *wanted, enum severity severity,
			    const char *message)
{
	const struct host host = { .irq_chip = text(chip) };
	const struct requirement requirement = { property_find("interrupts"), wanted };
	const struct check_input input = { .host = &host,
					   .requirements = &requirement,
					   .n_requirements = 1 };
	struct findings findings = { 0 };

	check_run(&check_family_requirements, &input, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.finding[0].id, "requirement");
	assert_int_equal(findings.finding[0].severity, severity);
	assert_string_equal(findings.finding[0].subject, "host");
	assert_int_equal(findings.finding[0].group, FINDING_HOST);
	assert_string_equal(findings.finding[0].message, message);
	findings_clear(&findings);
}

TEST(what_is_required_is_met_failed_or_open)
{
	assert_required("IR-IO-APIC", "isolated", SEVERITY_OK,
			"interrupts is isolated, as required");
	assert_required("IO-APIC", "isolated", SEVERITY_FAILURE,
			"interrupts is not-isolated, but must be isolated");
	assert_required("GICv3", "isolated", SEVERITY_UNMEASURED,
			"interrupts is unknown, but must be isolated");
	assert_required("GICv3", "unknown", SEVERITY_OK, "interrupts is unknown, as required");
}

TEST(each_requirement_is_told)
{
	const struct host host = { .irq_chip = text("IO-APIC") };
	const struct requirement requirements[] = {
		{ property_find("interrupts"), "isolated" },
		{ property_find("iommu"), "intel" },
	};
	const struct check_input input = { .host = &host,
					   .requirements = requirements,
					   .n_requirements = 2 };
	struct findings findings = { 0 };

	check_run(&check_family_requirements, &input, &findings);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.finding[1].message, "iommu is unknown, but must be intel");
	findings_clear(&findings);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_property_is_whole_and_found_by_its_name),
		cmocka_unit_test(each_kind_of_iommu_has_a_word),
		cmocka_unit_test(groups_without_a_unit_have_another_iommu),
		cmocka_unit_test(units_without_groups_are_none_that_the_kernel_uses),
		cmocka_unit_test(groups_that_could_not_be_read_are_not_none),
		cmocka_unit_test(groups_of_the_mode_without_iommu_have_none),
		cmocka_unit_test(one_group_behind_an_iommu_is_enough),
		cmocka_unit_test(interrupts_are_told_by_the_io_apic),
		cmocka_unit_test(unsafe_interrupts_are_on_off_or_unknown),
		cmocka_unit_test(each_parameter_is_looked_at),
		cmocka_unit_test(the_mode_without_iommu_is_on_off_or_unknown),
		cmocka_unit_test(the_node_of_the_container_is_there_or_not),
		cmocka_unit_test(the_node_of_iommufd_is_there_or_not),
		cmocka_unit_test(the_test_of_the_kernel_goes_by_its_version),
		cmocka_unit_test(live_tests_agree_or_are_mixed),
		cmocka_unit_test(live_tests_know_by_looking_or_by_inference),
		cmocka_unit_test(what_is_required_is_met_failed_or_open),
		cmocka_unit_test(each_requirement_is_told),
	};

	return UNIT_RUN("property", tests);
}
