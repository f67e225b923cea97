/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/alloc.h"
#include "base/exit.h"
#include "check/check.h"
#include "check/judge.h"
#include "model/report.h"

/* Findings "a", "b", … of these severities. */
static struct findings make(const enum severity *severities, size_t count)
{
	static const char *const ids[] = { "a", "b", "c", "d", "e" };
	struct findings findings = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct finding finding = { .id = ids[i], .severity = severities[i] };

		finding.message = xstrdup(ids[i]);
		findings_add(&findings, &finding);
	}
	return findings;
}

static enum readiness judged(const enum severity *severities, size_t count, enum severity fail_on)
{
	struct policy policy = { .fail_on = fail_on };
	struct findings findings = make(severities, count);
	enum readiness readiness = judge(&findings, &policy);

	findings_clear(&findings);
	return readiness;
}

#define JUDGE(fail_on, ...)                            \
	judged((const enum severity[]){ __VA_ARGS__ }, \
	       sizeof((const enum severity[]){ __VA_ARGS__ }) / sizeof(enum severity), fail_on)

TEST(nothing_found_is_ready)
{
	assert_int_equal(judged(NULL, 0, SEVERITY_FAILURE), READINESS_READY);
	assert_int_equal(judged(NULL, 0, SEVERITY_NOTE), READINESS_READY);
}

TEST(the_worst_decides)
{
	assert_int_equal(JUDGE(SEVERITY_FAILURE, SEVERITY_OK, SEVERITY_NOTE), READINESS_READY);
	assert_int_equal(JUDGE(SEVERITY_FAILURE, SEVERITY_NOTE, SEVERITY_WARNING),
			 READINESS_WARNINGS);
	assert_int_equal(JUDGE(SEVERITY_FAILURE, SEVERITY_WARNING, SEVERITY_UNMEASURED),
			 READINESS_UNMEASURED);
	assert_int_equal(JUDGE(SEVERITY_FAILURE, SEVERITY_UNMEASURED, SEVERITY_FAILURE),
			 READINESS_NOT_READY);
}

TEST(a_policy_can_be_stricter)
{
	assert_int_equal(JUDGE(SEVERITY_WARNING, SEVERITY_WARNING), READINESS_NOT_READY);
	assert_int_equal(JUDGE(SEVERITY_WARNING, SEVERITY_NOTE), READINESS_READY);
	assert_int_equal(JUDGE(SEVERITY_NOTE, SEVERITY_NOTE), READINESS_NOT_READY);
	assert_int_equal(JUDGE(SEVERITY_NOTE, SEVERITY_OK), READINESS_READY);
	assert_int_equal(JUDGE(SEVERITY_UNMEASURED, SEVERITY_UNMEASURED), READINESS_NOT_READY);
	assert_int_equal(JUDGE(SEVERITY_UNMEASURED, SEVERITY_WARNING), READINESS_WARNINGS);
}

TEST(what_is_ignored_does_not_count)
{
	static const enum severity severities[] = { SEVERITY_FAILURE, SEVERITY_WARNING,
						    SEVERITY_FAILURE };
	const char *ignored[] = { "a", "c" };
	struct policy policy = { .ignored = ignored, .n_ignored = 2, .fail_on = SEVERITY_FAILURE };
	struct findings findings = make(severities, 3);

	assert_int_equal(judge(&findings, &policy), READINESS_WARNINGS);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.finding[0].id, "b");
	findings_clear(&findings);
}

TEST(worst_first_and_else_as_they_came)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_FAILURE,
						    SEVERITY_UNMEASURED, SEVERITY_FAILURE,
						    SEVERITY_WARNING };
	static const char *const order[] = { "b", "d", "c", "e", "a" };
	struct policy policy = { .fail_on = SEVERITY_FAILURE };
	struct findings findings = make(severities, 5);

	judge(&findings, &policy);
	assert_int_equal(findings.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(findings.finding[i].id, order[i]);
	findings_clear(&findings);
}

TEST(what_is_denied_counts_as_a_failure)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_OK,
						    SEVERITY_UNMEASURED, SEVERITY_NOTE };
	static const enum severity raised[] = { SEVERITY_FAILURE, SEVERITY_FAILURE,
						SEVERITY_UNMEASURED, SEVERITY_NOTE, SEVERITY_OK };
	static const char *const order[] = { "a", "b", "d", "e", "c" };
	const char *denied[] = { "a", "b", "c", "d" };
	struct policy policy = { .denied = denied, .n_denied = 4, .fail_on = SEVERITY_FAILURE };
	struct findings findings = make(severities, 5);

	assert_int_equal(judge(&findings, &policy), READINESS_NOT_READY);
	assert_int_equal(findings.count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(findings.finding[i].id, order[i]);
		assert_int_equal(findings.finding[i].severity, raised[i]);
	}
	findings_clear(&findings);
}

TEST(what_is_ignored_is_not_denied)
{
	static const enum severity severities[] = { SEVERITY_NOTE };
	const char *ids[] = { "a" };
	struct policy policy = { .ignored = ids,
				 .n_ignored = 1,
				 .denied = ids,
				 .n_denied = 1,
				 .fail_on = SEVERITY_FAILURE };
	struct findings findings = make(severities, 1);

	assert_int_equal(judge(&findings, &policy), READINESS_READY);
	assert_int_equal(findings.count, 0);
	findings_clear(&findings);
}

/* What findings about these groups, sorted, come to for group 7. */
static enum readiness judged_group(const enum severity *severities, const int64_t *groups,
				   size_t count, enum severity fail_on)
{
	struct policy policy = { .fail_on = fail_on };
	struct findings findings = make(severities, count);
	const struct group seven = { .id = 7 };
	enum readiness readiness;

	for (size_t i = 0; i < count; i++)
		findings.finding[i].group = groups[i];
	judge(&findings, &policy);
	readiness = judge_group(&findings, &seven, &policy);
	findings_clear(&findings);
	return readiness;
}

TEST(a_group_is_judged_by_its_own_findings_and_those_of_the_host)
{
	static const enum severity severities[] = { SEVERITY_FAILURE, SEVERITY_UNMEASURED,
						    SEVERITY_WARNING, SEVERITY_NOTE };
	static const struct {
		int64_t groups[4];
		enum readiness readiness;
	} cases[] = {
		{ { 7, 8, 8, 8 }, READINESS_NOT_READY },
		{ { FINDING_HOST, 8, 8, 8 }, READINESS_NOT_READY },
		{ { 8, 7, 7, 7 }, READINESS_UNMEASURED },
		{ { 8, FINDING_HOST, 8, 8 }, READINESS_UNMEASURED },
		{ { 8, 8, 7, FINDING_HOST }, READINESS_WARNINGS },
		{ { 8, 8, 8, 7 }, READINESS_READY },
		{ { 8, 8, 8, 8 }, READINESS_READY },
		/* No group has a number below 0, whatever it is cut off to. */
		{ { -7, 7 - (INT64_C(1) << 32), 8, 8 }, READINESS_READY },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(judged_group(severities, cases[i].groups, 4, SEVERITY_FAILURE),
				 cases[i].readiness);
	assert_int_equal(
		judged_group(severities, (const int64_t[]){ 8, 8, 8, 7 }, 4, SEVERITY_NOTE),
		READINESS_NOT_READY);
}

TEST(the_last_group_of_32_bits_is_not_the_host)
{
	static const enum severity severities[] = { SEVERITY_FAILURE };
	struct policy policy = { .fail_on = SEVERITY_FAILURE };
	struct findings findings = make(severities, 1);
	const struct group last = { .id = UINT32_MAX }, seven = { .id = 7 };

	findings.finding[0].group = UINT32_MAX;
	assert_int_equal(judge_group(&findings, &last, &policy), READINESS_NOT_READY);
	assert_int_equal(judge_group(&findings, &seven, &policy), READINESS_READY);
	findings_clear(&findings);
}

TEST(each_readiness_has_its_status)
{
	assert_int_equal(readiness_status(READINESS_READY), EXIT_OBSERVED);
	assert_int_equal(readiness_status(READINESS_WARNINGS), EXIT_INFERRED);
	assert_int_equal(readiness_status(READINESS_NOT_READY), EXIT_REFUSED);
	assert_int_equal(readiness_status(READINESS_UNMEASURED), EXIT_UNMEASURED);
}

TEST(every_check_is_whole_and_found_by_its_id)
{
	for (const struct check_family *const *family = check_families; *family; family++) {
		for (size_t i = 0; i < (*family)->n_checks; i++) {
			const struct check *check = &(*family)->checks[i];

			assert_int_equal((check->run != NULL) + (check->run_group != NULL) +
						 (check->run_probe != NULL),
					 1);
			assert_true(*check->title && *check->explanation);
			/* The same id twice would hide the second. */
			assert_ptr_equal(check_find(check->id), check);
		}
	}
	assert_null(check_find("frob"));
}

/* The next host that is read in the same process gets the same structure. */
TEST(a_report_is_empty_once_it_is_cleared)
{
	static const enum severity severities[] = { SEVERITY_NOTE, SEVERITY_FAILURE };
	struct report report = { .findings = make(severities, 2), .readiness = READINESS_READY };
	struct absent absent = { "a", "A" };

	APPEND(report.absent, report.n_absent, absent);
	report_clear(&report);
	assert_int_equal(report.n_absent, 0);
	assert_null(report.absent);
	assert_int_equal(report.findings.count, 0);
	assert_int_equal(report.readiness, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_found_is_ready),
		cmocka_unit_test(the_worst_decides),
		cmocka_unit_test(a_policy_can_be_stricter),
		cmocka_unit_test(what_is_ignored_does_not_count),
		cmocka_unit_test(worst_first_and_else_as_they_came),
		cmocka_unit_test(what_is_denied_counts_as_a_failure),
		cmocka_unit_test(what_is_ignored_is_not_denied),
		cmocka_unit_test(a_group_is_judged_by_its_own_findings_and_those_of_the_host),
		cmocka_unit_test(the_last_group_of_32_bits_is_not_the_host),
		cmocka_unit_test(each_readiness_has_its_status),
		cmocka_unit_test(every_check_is_whole_and_found_by_its_id),
		cmocka_unit_test(a_report_is_empty_once_it_is_cleared),
	};

	return UNIT_RUN("judge", tests);
}
