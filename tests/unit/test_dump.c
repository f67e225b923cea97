/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "scan/netlink.h"

/* source_netlink_dump() */

static const struct netlink_shape missing_family = {
	.name = "frobs",
	.protocol = NETLINK_GENERIC,
	.family = "frob",
	.type = 1,
	.answer = 1,
};

static struct source_messages *dumped(struct source *source, const struct netlink_shape *shape)
{
	struct source_messages *messages = NULL;

	assert_int_equal(source_netlink_dump(source, shape, &messages), 0);
	assert_non_null(messages);
	return messages;
}

/* Which message is about the loopback interface, which every network namespace has. */
static size_t find_loopback(const struct source_messages *links)
{
	for (size_t i = 0; i < source_messages_count(links); i++) {
		const char *name = source_message_text(links, i, "name");

		if (name && strcmp(name, "lo") == 0)
			return i;
	}
	fail_msg("no interface lo");
	return 0;
}

TEST(the_loopback_interface_is_seen)
{
	struct source *source;
	struct source_messages *links;
	size_t lo;

	assert_int_equal(source_open_live(&source), 0);
	links = dumped(source, &netlink_link_shape);
	lo = find_loopback(links);
	assert_int_equal(source_message_number(links, lo, "index", 0), 1);
	/* IFF_LOOPBACK */
	assert_true(source_message_number(links, lo, "flags", 0) & 8);
	source_messages_free(links);
	source_close(source);
}

TEST(a_family_that_the_kernel_does_not_have_is_not_there)
{
	struct netlink_shape shape = missing_family;
	struct source_messages *messages = NULL;
	struct source *source;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_netlink_dump(source, &shape, &messages), -ENOENT);
	assert_null(messages);
	source_close(source);
}

/* Every kernel has the family of families. */
static const struct netlink_attribute family_attributes[] = {
	{ .name = "name", .type = CTRL_ATTR_FAMILY_NAME, .kind = NETLINK_TEXT },
	{ .name = "id", .type = CTRL_ATTR_FAMILY_ID, .kind = NETLINK_NUMBER },
};

static const struct netlink_shape family_shape = {
	.name = "families",
	.protocol = NETLINK_GENERIC,
	.family = "nlctrl",
	.type = CTRL_CMD_GETFAMILY,
	.answer = CTRL_CMD_NEWFAMILY,
	.attributes = family_attributes,
	.n_attributes = COUNT(family_attributes),
};

TEST(a_generic_family_is_asked_by_its_name)
{
	struct source_messages *families;
	struct source *source;
	bool found = false;

	assert_int_equal(source_open_live(&source), 0);
	families = dumped(source, &family_shape);
	for (size_t i = 0; i < source_messages_count(families); i++)
		found |= strcmp(source_message_text(families, i, "name"), "nlctrl") == 0 &&
			 source_message_number(families, i, "id", 0) == GENL_ID_CTRL;
	assert_true(found);
	source_messages_free(families);
	source_close(source);
}

TEST(an_error_of_the_kernel_is_told)
{
	struct netlink_shape shape = netlink_link_shape;
	struct netlink_shape strange = netlink_link_shape;
	struct source_messages *messages = NULL;
	struct source *source;
	int ret;

	shape.type = RTM_MAX + 1; /* no such request: rtnetlink says EOPNOTSUPP or EINVAL */
	strange.protocol = 31;	  /* there is no such protocol */
	assert_int_equal(source_open_live(&source), 0);
	ret = source_netlink_dump(source, &shape, &messages);
	assert_true(ret == -EOPNOTSUPP || ret == -EINVAL);
	assert_null(messages);
	assert_int_equal(source_netlink_dump(source, &strange, &messages), -EPROTONOSUPPORT);
	assert_null(messages);
	source_close(source);
}

/* The addresses of an interface that is not there: asked strictly, the dump itself fails. */
TEST(an_error_in_the_middle_of_a_dump_is_told)
{
	static const struct ifaddrmsg nowhere = { .ifa_family = AF_INET, .ifa_index = INT32_MAX };
	struct netlink_shape shape = netlink_address_shape;
	struct source_messages *messages = NULL;
	struct source *source;

	shape.request = &nowhere;
	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_netlink_dump(source, &shape, &messages), -ENODEV);
	assert_null(messages);
	source_close(source);
}

TEST(a_sysroot_has_no_answer)
{
	struct source_messages *messages = NULL;
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	assert_int_equal(source_netlink_dump(source, &netlink_link_shape, &messages), -EOPNOTSUPP);
	assert_null(messages);
	source_close(source);
}

TEST(what_was_recorded_is_replayed)
{
	const char *directory = path_in(directory_new(), "capture");
	struct source_messages *recorded, *replayed, *none = NULL;
	struct source *source;
	size_t lo;

	assert_int_equal(source_open_record(&source, directory), 0);
	recorded = dumped(source, &netlink_link_shape);
	assert_int_equal(source_netlink_dump(source, &missing_family, &none), -ENOENT);
	source_close(source);

	source = capture_replay(directory);
	replayed = dumped(source, &netlink_link_shape);
	lo = find_loopback(replayed);
	assert_int_equal(lo, find_loopback(recorded));
	assert_int_equal(source_messages_count(replayed), source_messages_count(recorded));
	for (size_t i = 0; i < source_messages_count(recorded); i++) {
		assert_int_equal(source_message_number(replayed, i, "index", 0),
				 source_message_number(recorded, i, "index", 1));
		assert_string_equal(source_message_text(replayed, i, "name"),
				    source_message_text(recorded, i, "name"));
	}
	assert_int_equal(source_netlink_dump(source, &missing_family, &none), -ENOENT);
	/* Nobody asked while it was recorded. */
	assert_int_equal(source_netlink_dump(source, &netlink_address_shape, &none), -ENODATA);
	assert_null(none);
	source_messages_free(recorded);
	source_messages_free(replayed);
	source_close(source);
}

static struct source *replay_links(const char *answer)
{
	return capture_replay(
		capture_new(keep(xasprintf("{'fact': 'netlink links', %s}\n", answer))));
}

/* The same words whatever the byte order of the host was. */
TEST(values_are_asked_by_their_names)
{
	struct source *source = replay_links(
		"'ret': 0, 'messages': [{'index': 2, 'name': 'eth0', 'big': "
		"'0xfedcba9876543210'}, {'index': '0x7', 'name': 5, 'odd': null}, 'frob', []]");
	struct source_messages *links = dumped(source, &netlink_link_shape);

	assert_int_equal(source_messages_count(links), 4);
	assert_int_equal(source_message_number(links, 0, "index", 9), 2);
	assert_true(source_message_number(links, 0, "big", 9) == UINT64_C(0xfedcba9876543210));
	assert_int_equal(source_message_number(links, 0, "none", 9), 9);
	assert_string_equal(source_message_text(links, 0, "name"), "eth0");
	assert_null(source_message_text(links, 0, "index"));
	assert_int_equal(source_message_number(links, 1, "index", 9), 7);
	assert_int_equal(source_message_number(links, 1, "odd", 9), 9);
	assert_null(source_message_text(links, 1, "name"));
	for (size_t i = 2; i < 5; i++) {
		assert_int_equal(source_message_number(links, i, "index", 9), 9);
		assert_null(source_message_text(links, i, "name"));
	}
	source_messages_free(links);
	source_close(source);
}

TEST(an_answer_that_is_no_list_is_none)
{
	static const struct {
		const char *answer;
		int ret;
	} cases[] = {
		{ "'ret': 0", -EBADMSG },
		{ "'ret': 0, 'messages': null", -EBADMSG },
		{ "'ret': 0, 'messages': 'frob'", -EBADMSG },
		{ "'ret': 0, 'messages': {}", -EBADMSG },
		{ "'ret': -1, 'messages': []", -EBADMSG },
		{ "'errno': 'EPERM', 'messages': []", -EPERM },
		{ "'ret': 0, 'messages': []", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct source *source = replay_links(cases[i].answer);
		struct source_messages *messages = NULL;

		assert_int_equal(source_netlink_dump(source, &netlink_link_shape, &messages),
				 cases[i].ret);
		assert_int_equal(messages == NULL, cases[i].ret != 0);
		source_messages_free(messages);
		source_close(source);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loopback_interface_is_seen),
		cmocka_unit_test(a_family_that_the_kernel_does_not_have_is_not_there),
		cmocka_unit_test(a_generic_family_is_asked_by_its_name),
		cmocka_unit_test(an_error_of_the_kernel_is_told),
		cmocka_unit_test(an_error_in_the_middle_of_a_dump_is_told),
		cmocka_unit_test(a_sysroot_has_no_answer),
		cmocka_unit_test(what_was_recorded_is_replayed),
		cmocka_unit_test(values_are_asked_by_their_names),
		cmocka_unit_test(an_answer_that_is_no_list_is_none),
	};

	return UNIT_RUN("dump", tests);
}
