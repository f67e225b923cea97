/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages: the answers of each dump, decoded, written into a capture and read from it; and
 * uevents. The first byte chooses, of the rest each message has its length in its own header.
 */
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "scan/netlink.h"
#include "scan/uevent.h"
#include "scan/update.h"
#include "source/internal.h"

static const struct netlink_shape *const shapes[] = {
	&netlink_link_shape,   &netlink_address_shape, &netlink_route_shape,
	&netlink_route6_shape, &netlink_smcd_shape,    &netlink_nexthop_shape,
};

/* The first byte that chooses a uevent; those of the shapes are before and behind it. */
#define UEVENT 5

/* A copy that is aligned as what the kernel gives, and not a byte longer. */
static struct nlmsghdr *copy_message(const struct bytes *bytes)
{
	struct nlmsghdr *message = xcalloc(1, bytes->left ? bytes->left : 1);

	if (bytes->left)
		memcpy(message, bytes->at, bytes->left);
	return message;
}

/* How long the message in front is, as libnl goes through what it has received. */
static size_t message_length(const struct bytes *bytes)
{
	uint32_t len;

	if (bytes->left < NLMSG_HDRLEN)
		return bytes->left;
	memcpy(&len, bytes->at, sizeof(len));
	if (len < NLMSG_HDRLEN || len > bytes->left)
		return bytes->left;
	return NLMSG_ALIGN(len) < bytes->left ? NLMSG_ALIGN(len) : bytes->left;
}

static void check_array(json_t *array)
{
	size_t index;
	json_t *value;

	json_array_foreach (array, index, value)
		MUST(json_is_integer(value));
}

static void check_object(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		MUST(json_is_string(value) || json_is_integer(value) || json_is_array(value));
		check_array(value);
		MUST(!json_is_string(value) || fuzz_is_clean(json_string_value(value)));
	}
}

static json_t *decode_all(const struct netlink_shape *shape, struct bytes *bytes)
{
	json_t *messages = json_array();

	while (bytes->left) {
		struct bytes one = { bytes->at, message_length(bytes) };
		_cleanup_free_ struct nlmsghdr *message = copy_message(&one);
		json_t *object = netlink_decode(shape, message, one.left);

		check_object(object);
		if (object)
			json_array_append_new(messages, object);
		bytes->at += one.left;
		bytes->left -= one.left;
	}
	return messages;
}

static char *capture_lines(const struct netlink_shape *shape, json_t *messages)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	fputs("{\"vfiodiag-capture\":1}\n", out);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		_cleanup_free_ char *key = transcript_key("netlink", shapes[i]->name);
		bool is_it = shapes[i] == shape;
		json_t *fact = json_pack("{s:s, s:i, s:O?}", "fact", key, "ret", 0, "messages",
					 is_it ? messages : NULL);

		if (!is_it)
			json_object_set_new(fact, "messages", json_array());
		MUST(json_dumpf(fact, out, JSON_COMPACT | JSON_ENSURE_ASCII) == 0);
		fputc('\n', out);
		json_decref(fact);
	}
	MUST(fclose(out) == 0);
	return text;
}

static void check_net(const struct net *net)
{
	for (size_t i = 0; i < net->n_interfaces; i++) {
		MUST(fuzz_is_clean(net->interfaces[i].name));
		MUST(fuzz_is_clean(net->interfaces[i].kind));
	}
	for (size_t i = 0; i < net->n_smcds; i++)
		MUST(net->smcds[i].address && fuzz_is_clean(net->smcds[i].address));
}

static void try_dump(const struct netlink_shape *shape, struct bytes *bytes)
{
	struct capture *capture = capture_make();
	json_t *messages = decode_all(shape, bytes);
	struct source *source = NULL;
	struct net net = { 0 };

	capture->transcript = capture_lines(shape, messages);
	capture->len = strlen(capture->transcript);
	MUST(source_open_capture(&source, capture) == 0);
	netlink_interfaces(source, &net);
	netlink_smcds(source, &net);
	MUST(!net.interfaces_errno && !net.smcds_errno);
	if (shape == &netlink_link_shape)
		MUST(net.n_interfaces == json_array_size(messages));
	check_net(&net);
	net_clear(&net);
	source_close(source);
	json_decref(messages);
}

static void try_uevent(struct bytes *bytes)
{
	size_t len = bytes->left;
	_cleanup_free_ char *text = xcalloc(len ? len : 1, 1);
	struct update update = { 0 };
	struct uevent uevent;

	if (len)
		memcpy(text, bytes->at, len);
	if (!uevent_parse(text, len, &uevent))
		return;
	MUST(uevent.action && uevent.path && uevent.path[0] == '/');
	update_note(&update, &uevent);
	update_note(&update, &uevent);
	MUST(update.n_paths <= 1);
	update_clear(&update);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	uint64_t which = take_number(&bytes, 1) % (COUNT(shapes) + 1);

	if (which == UEVENT)
		try_uevent(&bytes);
	else
		try_dump(shapes[which - (which > UEVENT)], &bytes);
	return 0;
}
