/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include "scan/uevent.h"

/* uevent_parse() */

/* @text of @len bytes, in memory of just that size; the parts are copied to stay. */
static bool parse(const char *text, size_t len, struct uevent *uevent)
{
	char *exact = malloc(len);
	bool ok;

	assert_true(exact || !len);
	if (len)
		memcpy(exact, text, len);
	ok = uevent_parse(exact, len, uevent);
	if (uevent->action)
		uevent->action = keep(xstrdup(uevent->action));
	if (uevent->path)
		uevent->path = keep(xstrdup(uevent->path));
	if (uevent->subsystem)
		uevent->subsystem = keep(xstrdup(uevent->subsystem));
	free(exact);
	return ok;
}

#define PARSE(text, uevent) parse(text, sizeof(text), uevent)

TEST(an_event_of_the_kernel_is_read)
{
	struct uevent uevent;

	assert_true(PARSE("add@/devices/pci0000:00/0000:00:04.0\0ACTION=add\0"
			  "DEVPATH=/devices/pci0000:00/0000:00:04.0\0SUBSYSTEM=pci\0"
			  "PCI_ID=8086:10D3\0SEQNUM=1234",
			  &uevent));
	assert_string_equal(uevent.action, "add");
	assert_string_equal(uevent.path, "/devices/pci0000:00/0000:00:04.0");
	assert_string_equal(uevent.subsystem, "pci");
}

TEST(an_event_may_have_no_subsystem)
{
	struct uevent uevent;

	assert_true(PARSE("ACTION=change\0DEVPATH=/x", &uevent));
	assert_null(uevent.subsystem);
}

TEST(an_event_has_an_action_and_a_path)
{
	struct uevent uevent;

	assert_false(PARSE("ACTION=add", &uevent));
	assert_false(PARSE("DEVPATH=/x", &uevent));
	assert_false(PARSE("ACTION=add\0DEVPATH=x", &uevent));
	assert_false(PARSE("ACTION=add\0DEVPATH=", &uevent));
	assert_false(PARSE("libudev\0\xfe\xed\xca\xfe", &uevent));
	assert_false(PARSE("", &uevent));
	assert_false(parse("", 0, &uevent));
}

TEST(keys_of_an_event_are_whole_words)
{
	struct uevent uevent;

	assert_false(PARSE("XACTION=a\0ACTIONS=a\0ACTION\0DEVPATH=/x", &uevent));
	assert_null(uevent.action);
	assert_true(PARSE("ACTION=a=b\0DEVPATH=/x\0DEVPATH_OLD=/y\0SUBSYSTEMS=z", &uevent));
	assert_string_equal(uevent.action, "a=b");
	assert_string_equal(uevent.path, "/x");
	assert_null(uevent.subsystem);
}

TEST(a_line_without_its_end_does_not_count)
{
	static const char text[] = "ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=pci";
	struct uevent uevent;

	assert_true(parse(text, sizeof(text) - 1, &uevent));
	assert_null(uevent.subsystem);
	assert_true(parse(text, sizeof(text), &uevent));
	assert_string_equal(uevent.subsystem, "pci");
	/* However it was cut off. */
	for (size_t len = 0; len < sizeof("ACTION=add\0DEVPATH=/devices/x"); len++)
		assert_false(parse(text, len, &uevent));
}

TEST(any_bytes_are_an_event_or_none)
{
	static const char *const words[] = { "ACTION=", "DEVPATH=/", "SUBSYSTEM=", "\0", "", "a" };

	for (unsigned int turn = 0; turn < 2000; turn++) {
		struct random random = random_turn(turn);
		char text[128] = { 0 };
		struct uevent uevent;
		size_t len = 0;

		while (len < 100 && random_below(&random, 12)) {
			const char *word = words[random_below(&random, COUNT(words))];
			size_t used = *word ? strlen(word) : 1;

			memcpy(text + len, word, used);
			len += used;
		}
		if (parse(text, len, &uevent))
			CHECK(&random, uevent.action && uevent.path && *uevent.path == '/');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_of_the_kernel_is_read),
		cmocka_unit_test(an_event_may_have_no_subsystem),
		cmocka_unit_test(an_event_has_an_action_and_a_path),
		cmocka_unit_test(keys_of_an_event_are_whole_words),
		cmocka_unit_test(a_line_without_its_end_does_not_count),
		cmocka_unit_test(any_bytes_are_an_event_or_none),
	};

	return UNIT_RUN("uevent", tests);
}
