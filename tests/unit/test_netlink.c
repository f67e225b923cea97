/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <jansson.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include "scan/netlink.h"
#include "source/internal.h"

/* netlink_decode() */

/* A message that is being put together. */
struct message {
	uint8_t bytes[1024];
	size_t len;
};

static void put(struct message *message, const void *data, size_t len)
{
	assert_true(message->len + len <= sizeof(message->bytes));
	if (len)
		memcpy(message->bytes + message->len, data, len);
	message->len += len;
}

static void pad(struct message *message)
{
	static const uint8_t zeroes[4];

	put(message, zeroes, (4 - message->len % 4) % 4);
}

/* The length that the header tells; the right one is told by message_new() and those behind. */
static void tell_length(struct message *message, size_t len)
{
	uint32_t told = (uint32_t)len;

	memcpy(message->bytes + offsetof(struct nlmsghdr, nlmsg_len), &told, sizeof(told));
}

/* A message of @type, with @fixed of @len bytes behind its header. */
static struct message message_new(uint16_t type, const void *fixed, size_t len)
{
	struct nlmsghdr header = { .nlmsg_type = type };
	struct message message = { .len = 0 };

	put(&message, &header, sizeof(header));
	put(&message, fixed, len);
	tell_length(&message, message.len);
	return message;
}

/* Begin an attribute, behind padding. Return: where it begins. */
static size_t attribute_begin(struct message *message, uint16_t type)
{
	struct nlattr attribute = { .nla_type = type };
	size_t at;

	pad(message);
	at = message->len;
	put(message, &attribute, sizeof(attribute));
	return at;
}

/* Its length is what was put since. */
static void attribute_end(struct message *message, size_t at)
{
	uint16_t len = (uint16_t)(message->len - at);

	memcpy(message->bytes + at, &len, sizeof(len));
	tell_length(message, message->len);
}

static void put_attribute(struct message *message, uint16_t type, const void *data, size_t len)
{
	size_t at = attribute_begin(message, type);

	put(message, data, len);
	attribute_end(message, at);
}

#define PUT_NUMBER(message, type, ctype, value) \
	put_attribute(message, type, &(ctype){ value }, sizeof(ctype))

/*
 * What is made of the first @len bytes: JSON with its keys sorted, or NULL. In memory of just that
 * size, so that a look beyond is seen.
 */
static const char *decode(const struct netlink_shape *shape, const struct message *message,
			  size_t len)
{
	void *exact = malloc(len);
	json_t *object;
	char *text;

	assert_true(exact || !len);
	if (len)
		memcpy(exact, message->bytes, len);
	object = netlink_decode(shape, exact, len);
	free(exact);
	if (!object)
		return NULL;
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(object);
	assert_non_null(text);
	return keep(text);
}

static void assert_decodes(const struct netlink_shape *shape, const struct message *message,
			   const char *expected)
{
	const char *json = decode(shape, message, message->len);

	if (!expected) {
		assert_null(json);
		return;
	}
	assert_non_null(json);
	assert_string_equal(json, quoted(expected));
}

enum { TYPE = 16, NUMBER = 1, TEXT = 2, ADDRESS = 3, NEST = 4, DEEP = 5, HOPS = 6, GROUP = 7 };

static const struct netlink_attribute deep[] = {
	{ .name = "deep", .type = NUMBER, .kind = NETLINK_NUMBER },
};

static const struct netlink_attribute nested[] = {
	{ .name = "inner", .type = NUMBER, .kind = NETLINK_NUMBER },
	{ .type = DEEP, .kind = NETLINK_NEST, .nest = deep, .n_nest = COUNT(deep) },
};

static const struct netlink_attribute attributes[] = {
	{ .name = "number", .type = NUMBER, .kind = NETLINK_NUMBER },
	{ .name = "text", .type = TEXT, .kind = NETLINK_TEXT },
	{ .name = "address", .type = ADDRESS, .kind = NETLINK_ADDRESS },
	{ .name = "hops", .type = HOPS, .kind = NETLINK_HOPS },
	{ .name = "members", .type = GROUP, .kind = NETLINK_GROUP },
	{ .type = NEST, .kind = NETLINK_NEST, .nest = nested, .n_nest = COUNT(nested) },
};

/* No fixed part. */
static const struct netlink_shape plain = {
	.answer = TYPE,
	.attributes = attributes,
	.n_attributes = COUNT(attributes),
};

static const struct netlink_shape generic = {
	.family = "frob",
	.answer = 7,
	.attributes = attributes,
	.n_attributes = COUNT(attributes),
};

/* A fixed part that is not a multiple of four: attributes begin behind padding. */
struct fixed {
	uint64_t d;
	uint32_t c;
	uint16_t b;
	uint8_t a;
	uint8_t kept;
	uint8_t last;
} __attribute__((packed));

static const struct netlink_field fields[] = {
	{ "a", offsetof(struct fixed, a), 1 },
	{ "b", offsetof(struct fixed, b), 2 },
	{ "c", offsetof(struct fixed, c), 4 },
	{ "d", offsetof(struct fixed, d), 8 },
};

static bool is_kept(const void *fixed)
{
	/* The last byte too: who calls this vouches for all of them. */
	return ((const struct fixed *)fixed)->kept + ((const struct fixed *)fixed)->last == 3;
}

static const struct netlink_shape with_fixed = {
	.answer = TYPE,
	.fixed = sizeof(struct fixed),
	.fields = fields,
	.n_fields = COUNT(fields),
	.attributes = attributes,
	.n_attributes = COUNT(attributes),
	.keep = is_kept,
};

static const struct fixed sample = {
	.a = 0x81,
	.b = 0x8182,
	.c = 0x81828384,
	.d = 0x1122334455667,
	.kept = 1,
	.last = 2,
};

TEST(numbers_have_one_two_four_or_eight_bytes)
{
	static const char *const expected[] = {
		"{}",
		"{'number':255}",
		"{'number':65535}",
		"{}",
		"{'number':4294967295}",
		"{}",
		"{}",
		"{}",
		"{'number':'0xffffffffffffffff'}",
		"{}",
		"{}",
	};
	static const uint8_t ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };

	for (size_t width = 0; width < COUNT(expected); width++) {
		struct message message = message_new(TYPE, NULL, 0);

		put_attribute(&message, NUMBER, ones, width);
		assert_decodes(&plain, &message, expected[width]);
	}
}

TEST(numbers_are_in_the_byte_order_of_the_host)
{
	struct message message = message_new(TYPE, NULL, 0);

	PUT_NUMBER(&message, NUMBER, uint16_t, 0x1234);
	assert_decodes(&plain, &message, "{'number':4660}");
	message = message_new(TYPE, NULL, 0);
	PUT_NUMBER(&message, NUMBER, uint32_t, 0x12345678);
	assert_decodes(&plain, &message, "{'number':305419896}");
}

TEST(a_number_that_json_readers_can_not_hold_is_text)
{
	struct message message = message_new(TYPE, NULL, 0);

	PUT_NUMBER(&message, NUMBER, uint64_t, (UINT64_C(1) << 53) - 1);
	assert_decodes(&plain, &message, "{'number':9007199254740991}");
	message = message_new(TYPE, NULL, 0);
	PUT_NUMBER(&message, NUMBER, uint64_t, UINT64_C(1) << 53);
	assert_decodes(&plain, &message, "{'number':'0x20000000000000'}");
}

TEST(text_ends_at_nul_or_with_its_attribute)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *expected;
	} cases[] = {
		{ "eth0", 5, "{'text':'eth0'}" },
		{ "eth0", 4, "{'text':'eth0'}" },
		{ "eth0", 2, "{'text':'et'}" },
		{ "", 1, "{'text':''}" },
		{ "", 0, "{'text':''}" },
		{ "a\0b", 4, "{'text':'a'}" },
		{ "a\x1b[m", 4, "{'text':'a?[m'}" },
		{ "\xff\xfe", 2, "{'text':'?\?'}" },
		{ "a\xc3", 2, "{'text':'a?'}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message message = message_new(TYPE, NULL, 0);

		put_attribute(&message, TEXT, cases[i].bytes, cases[i].len);
		assert_decodes(&plain, &message, cases[i].expected);
	}
}

TEST(an_address_has_four_or_sixteen_bytes)
{
	static const uint8_t bytes[17] = { 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct message message = message_new(TYPE, NULL, 0);

		put_attribute(&message, ADDRESS, bytes, len);
		assert_decodes(&plain, &message,
			       len == 4	   ? "{'address':'192.0.2.7'}"
			       : len == 16 ? "{'address':'c000:207::1'}"
					   : "{}");
	}
}

/* A next hop that says it has @len bytes, and has @rest of them behind its own. */
static void put_hop(struct message *message, uint32_t index, size_t len, size_t rest)
{
	struct rtnexthop hop = { .rtnh_len = (uint16_t)len, .rtnh_ifindex = (int)index };

	put(message, &hop, sizeof(hop));
	put(message, "\x05\0\x05\0abcdefgh", rest);
}

TEST(next_hops_are_the_numbers_of_their_interfaces)
{
	static const struct {
		size_t told, rest;
		const char *expected;
	} cases[] = {
		{ 8, 0, "{'hops':[2,3]}" },
		{ 16, 8, "{'hops':[2,3]}" },
		/* One that is not as long as a multiple of 4 has padding. */
		{ 13, 8, "{'hops':[2,3]}" },
		/* One that lies about its length ends the list. */
		{ 0, 0, "{'hops':[]}" },
		{ 7, 0, "{'hops':[]}" },
		{ 17, 0, "{'hops':[]}" },
		{ UINT16_MAX, 0, "{'hops':[]}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message message = message_new(TYPE, NULL, 0);
		size_t at = attribute_begin(&message, HOPS);

		put_hop(&message, 2, cases[i].told, cases[i].rest);
		put_hop(&message, 3, sizeof(struct rtnexthop), 0);
		attribute_end(&message, at);
		assert_decodes(&plain, &message, cases[i].expected);
	}
}

TEST(a_group_is_the_numbers_of_its_members)
{
	static const struct nexthop_grp group[] = { { .id = 10 },
						    { .id = 4000000000, .weight = 9 } };
	static const char *const expected[] = { "{'members':[]}", "{'members':[10]}",
						"{'members':[10,4000000000]}" };

	for (size_t len = 0; len <= sizeof(group); len++) {
		struct message message = message_new(TYPE, NULL, 0);

		put_attribute(&message, GROUP, group, len);
		assert_decodes(&plain, &message, expected[len / sizeof(*group)]);
	}
}

TEST(attributes_are_found_in_attributes)
{
	struct message message = message_new(TYPE, NULL, 0);
	size_t outer = attribute_begin(&message, NEST | NLA_F_NESTED);
	size_t inner;

	PUT_NUMBER(&message, NUMBER, uint8_t, 1);
	inner = attribute_begin(&message, DEEP);
	PUT_NUMBER(&message, NUMBER, uint8_t, 2);
	attribute_end(&message, inner);
	attribute_end(&message, outer);
	PUT_NUMBER(&message, NUMBER, uint8_t, 3);
	assert_decodes(&plain, &message, "{'deep':2,'inner':1,'number':3}");
}

TEST(the_flags_of_a_type_are_not_part_of_it)
{
	struct message message = message_new(TYPE, NULL, 0);

	PUT_NUMBER(&message, NUMBER | NLA_F_NET_BYTEORDER, uint8_t, 9);
	assert_decodes(&plain, &message, "{'number':9}");
}

TEST(what_nobody_asked_for_is_passed_over)
{
	struct message message = message_new(TYPE, NULL, 0);

	put_attribute(&message, 99, "abcde", 5);
	put_attribute(&message, 0, "", 0);
	PUT_NUMBER(&message, NUMBER, uint8_t, 9);
	assert_decodes(&plain, &message, "{'number':9}");
}

TEST(the_last_of_two_counts)
{
	struct message message = message_new(TYPE, NULL, 0);

	PUT_NUMBER(&message, NUMBER, uint8_t, 1);
	PUT_NUMBER(&message, NUMBER, uint8_t, 2);
	assert_decodes(&plain, &message, "{'number':2}");
}

TEST(a_message_without_attributes_is_an_empty_object)
{
	struct message message = message_new(TYPE, NULL, 0);

	assert_decodes(&plain, &message, "{}");
}

TEST(a_message_of_another_type_is_none)
{
	struct message message = message_new(TYPE + 1, NULL, 0);

	PUT_NUMBER(&message, NUMBER, uint8_t, 1);
	assert_decodes(&plain, &message, NULL);
}

TEST(a_header_that_was_cut_off_is_no_message)
{
	struct message message = message_new(TYPE, NULL, 0);

	for (size_t len = 0; len < NLMSG_HDRLEN; len++)
		assert_null(decode(&plain, &message, len));
	assert_non_null(decode(&plain, &message, NLMSG_HDRLEN));
}

TEST(a_message_is_as_long_as_it_says_or_longer)
{
	struct message message = message_new(TYPE, NULL, 0);

	PUT_NUMBER(&message, NUMBER, uint32_t, 1);
	PUT_NUMBER(&message, NUMBER, uint32_t, 2);
	tell_length(&message, message.len + 1);
	assert_decodes(&plain, &message, NULL);
	tell_length(&message, UINT32_MAX);
	assert_decodes(&plain, &message, NULL);
	for (size_t told = 0; told < NLMSG_HDRLEN; told++) {
		tell_length(&message, told);
		assert_decodes(&plain, &message, NULL);
	}
	/* What stands behind it belongs to the next one. */
	tell_length(&message, message.len - 8);
	assert_decodes(&plain, &message, "{'number':1}");
	tell_length(&message, message.len - 1);
	assert_decodes(&plain, &message, "{'number':1}");
}

TEST(an_attribute_that_lies_about_its_length_ends_the_message)
{
	static const uint16_t lies[] = { 0, 1, 2, 3, 9, 255, UINT16_MAX };

	for (size_t i = 0; i < COUNT(lies); i++) {
		struct message message = message_new(TYPE, NULL, 0);

		PUT_NUMBER(&message, NUMBER, uint8_t, 1);
		pad(&message);
		PUT_NUMBER(&message, NUMBER, uint32_t, 2);
		memcpy(message.bytes + message.len - 8, &lies[i], sizeof(lies[i]));
		assert_decodes(&plain, &message, "{'number':1}");
	}
}

TEST(a_nest_that_lies_stays_inside_of_it)
{
	struct message message = message_new(TYPE, NULL, 0);
	size_t outer = attribute_begin(&message, NEST);
	static const uint16_t lie = 12;

	PUT_NUMBER(&message, NUMBER, uint32_t, 1);
	attribute_end(&message, outer);
	memcpy(message.bytes + outer + 4, &lie, sizeof(lie));
	PUT_NUMBER(&message, NUMBER, uint32_t, 3);
	assert_decodes(&plain, &message, "{'number':3}");
}

TEST(a_rest_that_is_no_attribute_is_not_looked_at)
{
	/* The last attribute has no padding, or what follows is shorter than its head. */
	for (size_t rest = 0; rest < 4; rest++) {
		struct message message = message_new(TYPE, NULL, 0);

		PUT_NUMBER(&message, NUMBER, uint8_t, 1);
		if (rest)
			pad(&message);
		put(&message, "\xff\xff\xff", rest);
		tell_length(&message, message.len);
		assert_decodes(&plain, &message, "{'number':1}");
	}
}

TEST(the_fixed_part_is_read_by_its_fields)
{
	struct message message = message_new(TYPE, &sample, sizeof(sample));

	assert_decodes(&with_fixed, &message,
		       "{'a':129,'b':33154,'c':2172814212,'d':301417386825319}");
}

TEST(attributes_begin_behind_the_padding_of_the_fixed_part)
{
	struct message message = message_new(TYPE, &sample, sizeof(sample));
	const char *json;

	PUT_NUMBER(&message, NUMBER, uint8_t, 200);
	json = decode(&with_fixed, &message, message.len);
	assert_non_null(json);
	assert_non_null(strstr(json, "\"number\":200"));
}

TEST(a_fixed_part_that_was_cut_off_is_no_message)
{
	struct message message = message_new(TYPE, &sample, sizeof(sample));

	for (size_t len = NLMSG_HDRLEN; len < message.len; len++) {
		tell_length(&message, len);
		assert_null(decode(&with_fixed, &message, len));
	}
	/* Padding may be missing, or there and nothing behind. */
	for (size_t more = 0; more < 4; more++) {
		tell_length(&message, message.len + more);
		assert_non_null(decode(&with_fixed, &message, message.len + more));
	}
}

TEST(messages_that_do_not_count_are_left_out)
{
	struct fixed other = sample;
	struct message message;

	other.last++;
	message = message_new(TYPE, &other, sizeof(other));
	assert_decodes(&with_fixed, &message, NULL);
}

TEST(a_generic_message_has_a_command)
{
	struct genlmsghdr head = { .cmd = 7, .version = 1 };
	struct message message = message_new(99, &head, sizeof(head));

	PUT_NUMBER(&message, NUMBER, uint16_t, 5);
	assert_decodes(&generic, &message, "{'number':5}");
	head.cmd = 8;
	message = message_new(99, &head, sizeof(head));
	assert_decodes(&generic, &message, NULL);
}

TEST(a_generic_message_that_was_cut_off_is_none)
{
	struct genlmsghdr head = { .cmd = 7, .version = 1 };
	struct message message = message_new(99, &head, sizeof(head));

	for (size_t len = NLMSG_HDRLEN; len < message.len; len++) {
		tell_length(&message, len);
		assert_null(decode(&generic, &message, len));
	}
	tell_length(&message, message.len);
	assert_decodes(&generic, &message, "{}");
}

/* Any bytes give a message or none, and never a look beyond them, which the sanitizer sees. */
TEST(any_bytes_are_decoded)
{
	static const struct netlink_shape *const shapes[] = {
		&plain,
		&generic,
		&with_fixed,
		&netlink_link_shape,
		&netlink_address_shape,
		&netlink_route_shape,
		&netlink_route6_shape,
		&netlink_nexthop_shape,
		&netlink_smcd_shape,
	};

	for (unsigned int turn = 0; turn < 4000; turn++) {
		struct random random = random_turn(turn);
		const struct netlink_shape *shape = shapes[random_below(&random, COUNT(shapes))];
		struct message message = message_new(shape->answer, NULL, 0);
		size_t rest = random_below(&random, 120);

		for (size_t i = 0; i < rest; i++) {
			uint8_t byte = (uint8_t)random_below(&random, i % 4 ? 12 : 40);

			put(&message, random_below(&random, 9) ? &byte : (uint8_t[]){ 255 }, 1);
		}
		tell_length(&message, message.len - random_below(&random, 3));
		if (shape->family && rest)
			message.bytes[NLMSG_HDRLEN] = (uint8_t)shape->answer;
		/* decode() also looks whether it can be written down. */
		if (decode(shape, &message, message.len))
			CHECK(&random, rest >= shape->fixed);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_one_two_four_or_eight_bytes),
		cmocka_unit_test(numbers_are_in_the_byte_order_of_the_host),
		cmocka_unit_test(a_number_that_json_readers_can_not_hold_is_text),
		cmocka_unit_test(text_ends_at_nul_or_with_its_attribute),
		cmocka_unit_test(an_address_has_four_or_sixteen_bytes),
		cmocka_unit_test(next_hops_are_the_numbers_of_their_interfaces),
		cmocka_unit_test(a_group_is_the_numbers_of_its_members),
		cmocka_unit_test(attributes_are_found_in_attributes),
		cmocka_unit_test(the_flags_of_a_type_are_not_part_of_it),
		cmocka_unit_test(what_nobody_asked_for_is_passed_over),
		cmocka_unit_test(the_last_of_two_counts),
		cmocka_unit_test(a_message_without_attributes_is_an_empty_object),
		cmocka_unit_test(a_message_of_another_type_is_none),
		cmocka_unit_test(a_header_that_was_cut_off_is_no_message),
		cmocka_unit_test(a_message_is_as_long_as_it_says_or_longer),
		cmocka_unit_test(an_attribute_that_lies_about_its_length_ends_the_message),
		cmocka_unit_test(a_nest_that_lies_stays_inside_of_it),
		cmocka_unit_test(a_rest_that_is_no_attribute_is_not_looked_at),
		cmocka_unit_test(the_fixed_part_is_read_by_its_fields),
		cmocka_unit_test(attributes_begin_behind_the_padding_of_the_fixed_part),
		cmocka_unit_test(a_fixed_part_that_was_cut_off_is_no_message),
		cmocka_unit_test(messages_that_do_not_count_are_left_out),
		cmocka_unit_test(a_generic_message_has_a_command),
		cmocka_unit_test(a_generic_message_that_was_cut_off_is_none),
		cmocka_unit_test(any_bytes_are_decoded),
	};

	return UNIT_RUN("netlink", tests);
}
