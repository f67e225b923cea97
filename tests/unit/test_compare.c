/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "diff/diff.h"
#include "model/host.h"

static struct device *add_device(struct host *host, const char *address, struct group *group)
{
	struct device *device = xcalloc(1, sizeof(*device));

	device->address = xstrdup(address);
	device->numa_node = -1;
	device->zpci_pft = ZPCI_NONE;
	device->group = group;
	APPEND(host->devices, host->n_devices, device);
	if (group)
		APPEND(group->devices, group->n_devices, device);
	return device;
}

static struct group *add_group(struct host *host, unsigned int id)
{
	struct group *group = xcalloc(1, sizeof(*group));

	group->id = id;
	APPEND(host->groups, host->n_groups, group);
	return group;
}

static struct host *host_make(void)
{
	struct host *host = host_new();

	host->has_sysfs = true;
	return host;
}

static void add_finding(struct report *report, const char *id, const char *subject,
			const char *message)
{
	struct finding finding = { .id = id,
				   .severity = SEVERITY_WARNING,
				   .subject = xstrdup(subject),
				   .message = xstrdup(message) };

	findings_add(&report->findings, &finding);
}

/* All changes in one text, so that a test can say what it wants. */
static char *text_of(const struct comparison *comparison)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = &comparison->differences[i];
		char *longer = xasprintf(
			"%s%s %s|%s|%s|%s|%s\n", text, difference_area_name(change->area),
			difference_kind_name(change->kind), change->subject,
			change->field ? change->field : "", change->before ? change->before : "",
			change->after ? change->after : "");

		free(text);
		text = longer;
	}
	return text;
}

/* Compares both, and frees all. */
static void assert_changes(struct report *before, struct report *after, const char *wanted)
{
	struct comparison comparison;
	char *text;

	compare_reports(before, after, &comparison);
	text = text_of(&comparison);
	assert_string_equal(text, wanted);
	free(text);
	comparison_clear(&comparison);
	host_free((struct host *)before->host);
	host_free((struct host *)after->host);
	report_clear(before);
	report_clear(after);
}

TEST(empty_hosts_do_not_differ)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };

	assert_changes(&before, &after, "");
}

TEST(a_device_in_the_middle)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };

	add_device(one, "0000:00:1.0", NULL);
	add_device(one, "0000:00:2.0", NULL);
	add_device(one, "0000:00:10.0", NULL);
	add_device(two, "0000:00:10.0", NULL);
	add_device(two, "0000:00:3.0", NULL);
	add_device(two, "0000:00:1.0", NULL);
	assert_changes(&before, &after,
		       "device removed|0000:00:2.0||device, no driver|\n"
		       "device appeared|0000:00:3.0|||device, no driver\n");
}

TEST(names_that_are_one_number_are_two_devices)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };

	add_device(one, "00", NULL);
	add_device(one, "0", NULL);
	add_device(two, "0", NULL);
	add_device(two, "00", NULL);
	assert_changes(&before, &after, "");
}

TEST(groups_that_change_numbers_in_a_circle)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };

	for (unsigned int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		add_device(one, name, add_group(one, i));
	}
	for (unsigned int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + (i + 1) % 3), '\0' };

		add_device(two, name, add_group(two, i));
	}
	assert_changes(&before, &after,
		       "group changed|group 2|number|0|2\n"
		       "group changed|group 0|number|1|0\n"
		       "group changed|group 1|number|2|1\n");
}

TEST(a_group_that_was_split)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };
	struct group *whole = add_group(one, 5);

	add_device(one, "a", whole);
	add_device(one, "b", whole);
	add_device(two, "b", add_group(two, 5));
	add_device(two, "a", add_group(two, 6));
	assert_changes(&before, &after,
		       "group removed|group 5|device|a|\n"
		       "group appeared|group 6|||a\n");
}

TEST(findings_of_a_group_that_has_another_number_are_the_same)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };

	add_device(one, "a", add_group(one, 1));
	add_device(two, "a", add_group(two, 12));
	add_finding(&before, "some-id", "group 1", "so it is");
	add_finding(&after, "some-id", "group 12", "so it is");
	add_finding(&before, "other", "group 1x", "so");
	add_finding(&after, "other", "group 1x", "so");
	assert_changes(&before, &after, "group changed|group 12|number|1|12\n");
}

TEST(one_finding_more_of_the_same_kind_and_subject)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };

	add_finding(&before, "id", "host", "one");
	add_finding(&after, "id", "host", "one");
	add_finding(&after, "id", "host", "two");
	assert_changes(&before, &after, "finding appeared|host|id||warning: two\n");
}

/* Each side in another order: alike are those of one kind and subject, one after the other. */
TEST(many_findings_in_another_order)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };
	char subject[16], message[16];

	for (int i = 0; i < 300; i++) {
		snprintf(subject, sizeof(subject), "%d", i % 100);
		snprintf(message, sizeof(message), "%d", i);
		add_finding(&before, i % 2 ? "odd" : "even", subject, message);
	}
	for (int i = 0; i < 300; i++) {
		int other = i % 100 * 7 % 100 + i / 100 * 100;

		snprintf(subject, sizeof(subject), "%d", other % 100);
		snprintf(message, sizeof(message), "%d", other == 242 ? 1 : other);
		add_finding(&after, other % 2 ? "odd" : "even", subject, message);
	}
	add_finding(&after, "odd", "42", "new");
	add_finding(&before, "even", "43", "old");
	assert_changes(&before, &after,
		       "finding changed|42|even|warning: 242|warning: 1\n"
		       "finding removed|43|even|warning: old|\n"
		       "finding appeared|42|odd||warning: new\n");
}

TEST(the_worst_finding_comes_first_whichever_side_has_it)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };

	add_finding(&before, "milder", "host", "one");
	add_finding(&before, "worse", "host", "one");
	add_finding(&after, "worse", "host", "two");
	add_finding(&after, "new", "host", "two");
	add_finding(&after, "open", "host", "two");
	before.findings.finding[0].severity = SEVERITY_NOTE;
	after.findings.finding[0].severity = SEVERITY_FAILURE;
	after.findings.finding[2].severity = SEVERITY_UNMEASURED;
	assert_changes(&before, &after,
		       "finding changed|host|worse|warning: one|failure: two\n"
		       "finding appeared|host|open||unmeasured: two\n"
		       "finding appeared|host|new||warning: two\n"
		       "finding removed|host|milder|note: one|\n");
}

TEST(a_message_that_changed)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };

	add_finding(&before, "id", "host", "one");
	add_finding(&after, "id", "host", "two");
	assert_changes(&before, &after, "finding changed|host|id|warning: one|warning: two\n");
}

TEST(what_is_all_right_is_no_finding)
{
	struct report before = { .host = host_make() };
	struct report after = { .host = host_make() };

	add_finding(&before, "gone", "host", "one");
	add_finding(&before, "mended", "host", "one");
	add_finding(&after, "mended", "host", "two");
	before.findings.finding[0].severity = SEVERITY_OK;
	after.findings.finding[0].severity = SEVERITY_OK;
	assert_changes(&before, &after, "finding removed|host|mended|warning: one|\n");
}

TEST(words_that_stand_twice_count_once)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };

	one->cmdline = xstrdup("console=tty0 quiet  console=ttyS0 quiet");
	two->cmdline = xstrdup("quiet console=ttyS0 console=tty0 ro");
	assert_changes(&before, &after, "kernel appeared|kernel|command line||ro\n");
}

TEST(what_is_known_on_one_side_only_is_no_difference)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };
	struct group *left = add_group(one, 1), *right = add_group(two, 1);
	struct comparison comparison;

	one->cmdline = xstrdup("quiet");
	two->page_size = 4096;
	left->regions_errno = EACCES;
	add_device(one, "a", left);
	add_device(two, "a", right);
	compare_reports(&before, &after, &comparison);
	assert_int_equal(comparison.n_differences, 0);
	assert_int_equal(comparison.n_open, 3);
	comparison_clear(&comparison);
	assert_changes(&before, &after, "");
}

static void set_state(struct device *device, enum device_state state, const char *reason)
{
	device->state = state;
	device->reason = xstrdup(reason);
}

TEST(a_state_changes_with_its_reason)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };
	struct comparison comparison;

	set_state(add_device(one, "a", NULL), STATE_AVAILABLE, "nothing uses it");
	set_state(add_device(two, "a", NULL), STATE_KEEP, "/ is mounted from sda1");
	/* Another reason of the same state is no difference. */
	set_state(add_device(one, "b", NULL), STATE_IN_USE, "process 7 has it");
	set_state(add_device(two, "b", NULL), STATE_IN_USE, "process 8 has it");
	/* Of these it was not seen whether they are used, on one side. */
	set_state(add_device(one, "c", NULL), STATE_UNKNOWN, "not seen");
	set_state(add_device(two, "c", NULL), STATE_AVAILABLE, "nothing uses it");
	set_state(add_device(one, "d", NULL), STATE_READY, "bound");
	set_state(add_device(two, "d", NULL), STATE_BOUND, "bound, and processes were not seen");
	add_device(one, "e", NULL);
	set_state(add_device(two, "e", NULL), STATE_AVAILABLE, "nothing uses it");
	compare_reports(&before, &after, &comparison);
	assert_int_equal(comparison.n_differences, 1);
	assert_string_equal(comparison.differences[0].why, "/ is mounted from sda1");
	assert_int_equal(comparison.n_open, 3);
	assert_string_equal(comparison.open[0].subject, "c");
	assert_string_equal(comparison.open[0].field, "state");
	assert_string_equal(comparison.open[1].subject, "d");
	assert_string_equal(comparison.open[1].field, "state");
	assert_string_equal(comparison.open[2].subject, "e");
	assert_string_equal(comparison.open[2].field, "state");
	comparison_clear(&comparison);
	assert_changes(&before, &after, "device changed|a|state|available|keep\n");
}

TEST(a_driver_that_was_not_read_is_no_difference)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };
	struct comparison comparison;

	add_device(one, "a", NULL)->driver = xstrdup("nvme");
	add_device(two, "a", NULL)->driver_errno = ENODATA;
	compare_reports(&before, &after, &comparison);
	assert_int_equal(comparison.n_differences, 0);
	assert_int_equal(comparison.n_open, 1);
	assert_string_equal(comparison.open[0].subject, "a");
	assert_string_equal(comparison.open[0].field, "driver");
	comparison_clear(&comparison);
	assert_changes(&before, &after, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_hosts_do_not_differ),
		cmocka_unit_test(a_device_in_the_middle),
		cmocka_unit_test(names_that_are_one_number_are_two_devices),
		cmocka_unit_test(groups_that_change_numbers_in_a_circle),
		cmocka_unit_test(a_group_that_was_split),
		cmocka_unit_test(findings_of_a_group_that_has_another_number_are_the_same),
		cmocka_unit_test(one_finding_more_of_the_same_kind_and_subject),
		cmocka_unit_test(many_findings_in_another_order),
		cmocka_unit_test(the_worst_finding_comes_first_whichever_side_has_it),
		cmocka_unit_test(a_message_that_changed),
		cmocka_unit_test(what_is_all_right_is_no_finding),
		cmocka_unit_test(words_that_stand_twice_count_once),
		cmocka_unit_test(what_is_known_on_one_side_only_is_no_difference),
		cmocka_unit_test(a_state_changes_with_its_reason),
		cmocka_unit_test(a_driver_that_was_not_read_is_no_difference),
	};

	return UNIT_RUN("compare", tests);
}
