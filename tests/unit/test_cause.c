/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check/cause.h"
#include "check/judge.h"

/** struct made - a finding, in short. @devices: one name, or two with a space */
struct made {
	const char *id;
	enum severity severity;
	int64_t group;
	const char *devices;
	const char *hint;
};

static void add(struct findings *findings, const struct made *made)
{
	struct finding finding = { .id = made->id,
				   .severity = made->severity,
				   .group = made->group,
				   .message = xstrdup("said"),
				   .hint = xstrdup(made->hint) };
	char *names = xstrdup(made->devices ? made->devices : ""), *rest = names;

	finding.subject = made->group < 0 ? xstrdup("host")
					  : xasprintf("group %u", (unsigned int)made->group);
	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		finding_device(&finding, name);
	free(names);
	findings_add(findings, &finding);
}

/** left() - what is told of @made with policy @policy, one a line: "subject id device…". Free it. */
static char *left(const struct made *made, size_t count, const struct policy *policy)
{
	struct findings findings = { 0 };
	char *lines = xstrdup("");

	for (size_t i = 0; i < count; i++)
		add(&findings, &made[i]);
	judge(&findings, policy);
	for (size_t i = 0; i < findings.count; i++) {
		xappend(&lines, "%s %s", findings.finding[i].subject, findings.finding[i].id);
		for (size_t d = 0; d < findings.finding[i].n_devices; d++)
			xappend(&lines, " %s", findings.finding[i].devices[d]);
		xappend(&lines, "\n");
	}
	findings_clear(&findings);
	return lines;
}

static const struct policy plain = { .fail_on = SEVERITY_FAILURE };

#define ASSERT_LEFT(policy, expected, ...)                                      \
	do {                                                                    \
		const struct made made[] = { __VA_ARGS__ };                     \
		char *lines = left(made, sizeof(made) / sizeof(*made), policy); \
                                                                                \
		assert_string_equal(lines, expected);                           \
		free(lines);                                                    \
	} while (0)

#define FAIL SEVERITY_FAILURE

TEST(a_cause_of_the_host_adopts_the_devices)
{
	ASSERT_LEFT(&plain, "host no-vfio-container a b\n",
		    { "no-vfio-container", FAIL, FINDING_HOST, NULL, "give" },
		    { "node-missing", FAIL, 3, "a", "give" },
		    { "node-missing", FAIL, 4, "b", "give it" });
	ASSERT_LEFT(&plain, "host no-iommu a\n", { "no-iommu", FAIL, FINDING_HOST, NULL, NULL },
		    { "device-without-group", FAIL, FINDING_DEVICE, "a", NULL });
	/* A cause of a group is none of another. */
	ASSERT_LEFT(&plain, "group 3 node-missing a\nhost device-without-group b\n",
		    { "node-missing", FAIL, 3, "a", NULL },
		    { "device-without-group", FAIL, FINDING_DEVICE, "b", NULL });
}

TEST(what_is_told_of_the_device_that_was_named_is_enough)
{
	ASSERT_LEFT(&plain, "group 4 device-not-bound b\n",
		    { "group-not-bound", FAIL, 4, "a", "bind a" },
		    { "device-not-bound", FAIL, 4, "b", "bind b" },
		    { "bound-required", FAIL, 4, "b", NULL });
	ASSERT_LEFT(&plain, "group 4 group-not-bound a\ngroup 5 device-not-bound b\n",
		    { "group-not-bound", FAIL, 4, "a", "bind a" },
		    { "device-not-bound", FAIL, 5, "b", "bind b" });
	/* A device of the host's question is named; "at least one" is not about a device. */
	ASSERT_LEFT(&plain, "group 4 group-not-bound a\nhost bound-required\n",
		    { "group-not-bound", FAIL, 4, "a", "bind a" },
		    { "bound-required", FAIL, FINDING_HOST, NULL, NULL });
	/* Through another one that is not told either. */
	ASSERT_LEFT(&plain, "host no-iommu a\n", { "no-iommu", FAIL, FINDING_HOST, NULL, NULL },
		    { "bound-required", FAIL, FINDING_DEVICE, "a", NULL },
		    { "device-without-group", FAIL, FINDING_DEVICE, "a", NULL });
}

/* By the rows that name devices: the cause names all of them, or it is another one. */
TEST(a_cause_explains_only_what_is_about_its_devices)
{
	static const struct {
		const char *cause, *id;
	} rows[] = {
		{ "device-behind-endpoint", "device-not-bound" },
		{ "device-behind-endpoint", "group-not-viable" },
		{ "group-not-viable", "bound-required" },
		{ "group-not-bound", "bound-required" },
		{ "device-not-bound", "bound-required" },
		{ "device-behind-endpoint", "bound-required" },
		{ "device-without-group", "bound-required" },
	};
	static const struct {
		const char *devices;
		bool is_told;
	} cases[] = {
		{ "a", false }, { "b a", false }, { "c", true }, { "a c", true }, { NULL, true }
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t c = 0; c < COUNT(cases); c++) {
			const struct made made[] = {
				{ rows[i].cause, FAIL, 4, "a b", NULL },
				{ rows[i].id, FAIL, 4, cases[c].devices, NULL },
			};
			char *lines = left(made, COUNT(made), &plain);

			assert_non_null(strstr(lines, rows[i].cause));
			if (!!strstr(lines, rows[i].id) != cases[c].is_told)
				fail_msg("%s, %s: %s", rows[i].cause, rows[i].id, lines);
			free(lines);
		}
	}
}

TEST(a_fix_of_its_own_is_told)
{
	ASSERT_LEFT(&plain, "group 4 group-not-viable a\n",
		    { "group-not-viable", FAIL, 4, "a", "stop a" },
		    { "device-not-bound", FAIL, 4, "b", NULL });
	ASSERT_LEFT(&plain, "group 4 group-not-viable a\ngroup 4 device-not-bound b\n",
		    { "group-not-viable", FAIL, 4, "a", "stop a" },
		    { "device-not-bound", FAIL, 4, "b", "bind b" });
}

TEST(an_endpoint_explains_what_names_no_other_device)
{
	ASSERT_LEFT(&plain, "group 4 device-behind-endpoint c e\n",
		    { "group-not-viable", FAIL, 4, "e", "bind e" },
		    { "device-not-bound", FAIL, 4, "c", NULL },
		    { "device-behind-endpoint", FAIL, 4, "c e", "disable" });
	ASSERT_LEFT(&plain,
		    "group 4 group-not-viable e other\ngroup 4 device-behind-endpoint c e\n",
		    { "group-not-viable", FAIL, 4, "e other", "bind e" },
		    { "device-behind-endpoint", FAIL, 4, "c e", "disable" });
}

TEST(a_process_that_the_live_test_named_is_told_once)
{
	ASSERT_LEFT(&plain, "group 3 live-test-failed\n",
		    { "live-test-failed", SEVERITY_UNMEASURED, 3, NULL, "stop it" },
		    { "in-use-process", SEVERITY_NOTE, 3, NULL, NULL });
	/* A failure is not hidden behind what could not be measured. */
	ASSERT_LEFT(&plain, "group 3 in-use-process\ngroup 3 live-test-failed\n",
		    { "live-test-failed", SEVERITY_UNMEASURED, 3, NULL, "stop it" },
		    { "in-use-process", FAIL, 3, NULL, NULL });
	ASSERT_LEFT(&plain, "group 4 live-test-failed\ngroup 3 in-use-process\n",
		    { "live-test-failed", SEVERITY_UNMEASURED, 4, NULL, "stop it" },
		    { "in-use-process", SEVERITY_NOTE, 3, NULL, NULL });
}

/* How many are told of @one and @two, of which the second has other words, and both a command if @is_fixed. */
static size_t count_told(const struct made *one, const struct made *two, const char *words,
			 bool is_fixed)
{
	struct findings findings = { 0 };
	size_t told;

	add(&findings, one);
	add(&findings, two);
	free(findings.finding[1].message);
	findings.finding[1].message = xstrdup(words);
	for (size_t i = 0; is_fixed && i < 2; i++)
		finding_command(&findings.finding[i], "does it", xasprintf("fix %zu", i));
	judge(&findings, &plain);
	told = findings.count;
	findings_clear(&findings);
	return told;
}

TEST(other_words_and_other_commands_are_told)
{
	const struct made test = { "live-test-failed", FAIL, 3, NULL, NULL };
	const struct made process = { "in-use-process", FAIL, 3, NULL, NULL };
	const struct made one = { "regions-unknown", FAIL, 4, "a", NULL };
	const struct made two = { "regions-unknown", FAIL, 5, "b", NULL };

	assert_int_equal(count_told(&test, &process, "said", false), 1);
	assert_int_equal(count_told(&test, &process, "another process", false), 2);
	assert_int_equal(count_told(&one, &two, "said", false), 1);
	assert_int_equal(count_told(&one, &two, "another reason", false), 2);
	assert_int_equal(count_told(&one, &two, "said", true), 2);
}

TEST(of_a_cause_that_is_ignored_the_consequences_are_told)
{
	const char *ignored[] = { "no-vfio-container" };
	const struct policy policy = { .ignored = ignored,
				       .n_ignored = 1,
				       .fail_on = SEVERITY_FAILURE };

	ASSERT_LEFT(&policy, "group 3 node-missing a\n",
		    { "no-vfio-container", FAIL, FINDING_HOST, NULL, NULL },
		    { "node-missing", FAIL, 3, "a", NULL });
}

TEST(the_same_words_about_several_groups_are_one_finding)
{
	ASSERT_LEFT(&plain, "groups 4, 5 regions-unknown a b\ngroup 6 regions-unknown c\n",
		    { "regions-unknown", SEVERITY_NOTE, 6, "c", NULL },
		    { "regions-unknown", SEVERITY_UNMEASURED, 4, "a", NULL },
		    { "regions-unknown", SEVERITY_UNMEASURED, 5, "b", NULL });
	/* One that names no device could not count for its group. */
	ASSERT_LEFT(&plain, "group 4 regions-unknown\ngroup 5 regions-unknown\n",
		    { "regions-unknown", SEVERITY_UNMEASURED, 4, NULL, NULL },
		    { "regions-unknown", SEVERITY_UNMEASURED, 5, NULL, NULL });
	ASSERT_LEFT(&plain, "group 4 regions-unknown a\ngroup 5 regions-unknown b\n",
		    { "regions-unknown", SEVERITY_UNMEASURED, 4, "a", "mount it" },
		    { "regions-unknown", SEVERITY_UNMEASURED, 5, "b", "copy it" });
}

/* The verdict of each of two alone, of which the worse is that of both, told once or twice. */
static enum readiness verdict(const struct made *made, size_t count)
{
	struct findings findings = { 0 };
	enum readiness readiness;

	for (size_t i = 0; i < count; i++)
		add(&findings, &made[i]);
	readiness = judge(&findings, &plain);
	findings_clear(&findings);
	return readiness;
}

static size_t count_unmeasured(const struct made *made, size_t count)
{
	struct findings findings = { 0 };
	size_t unmeasured = 0;

	for (size_t i = 0; i < count; i++)
		add(&findings, &made[i]);
	judge(&findings, &plain);
	for (size_t i = 0; i < findings.count; i++)
		unmeasured += findings.finding[i].severity == SEVERITY_UNMEASURED;
	findings_clear(&findings);
	return unmeasured;
}

TEST(no_verdict_gets_better_and_what_is_unknown_stays_unknown)
{
	static const enum severity all[] = { SEVERITY_OK, SEVERITY_NOTE, SEVERITY_WARNING,
					     SEVERITY_UNMEASURED, SEVERITY_FAILURE };

	for (size_t c = 0; c < COUNT(all); c++) {
		for (size_t t = 0; t < COUNT(all); t++) {
			const struct made both[] = {
				{ "no-vfio-container", all[c], FINDING_HOST, NULL, NULL },
				{ "node-missing", all[t], 3, "a", NULL },
			};
			/* Of the same severities, and no cause of each other. */
			const struct made apart[] = {
				{ "no-vfio-container", all[c], FINDING_HOST, NULL, NULL },
				{ "other", all[t], 3, "a", NULL },
			};

			assert_int_equal(verdict(both, 2), verdict(apart, 2));
			assert_int_equal(!count_unmeasured(both, 2), !count_unmeasured(apart, 2));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_of_the_host_adopts_the_devices),
		cmocka_unit_test(what_is_told_of_the_device_that_was_named_is_enough),
		cmocka_unit_test(a_cause_explains_only_what_is_about_its_devices),
		cmocka_unit_test(a_fix_of_its_own_is_told),
		cmocka_unit_test(an_endpoint_explains_what_names_no_other_device),
		cmocka_unit_test(a_process_that_the_live_test_named_is_told_once),
		cmocka_unit_test(other_words_and_other_commands_are_told),
		cmocka_unit_test(of_a_cause_that_is_ignored_the_consequences_are_told),
		cmocka_unit_test(the_same_words_about_several_groups_are_one_finding),
		cmocka_unit_test(no_verdict_gets_better_and_what_is_unknown_stays_unknown),
	};

	return UNIT_RUN("cause", tests);
}
