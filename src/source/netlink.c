/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink dumps. A message is turned at once into an object of named values, and everything behind
 * works on those: they can be written into a capture and read on a machine of another byte order.
 */
#include "source/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

/* How often a dump is asked for that changes while it is made. */
#define TRIES 8

struct source_messages {
	json_t *array;
};

/* Decoding */

static json_t *decode_number(const void *data, size_t len)
{
	uint64_t value;

	if (len != 1 && len != 2 && len != 4 && len != 8)
		return NULL;
	value = number_at(data, len);
	return value >> 53 ? json_address(value) : json_integer((json_int_t)value);
}

static void add_number(json_t *array, const uint8_t *data)
{
	json_array_append_new(array, json_integer((json_int_t)number_at(data, sizeof(uint32_t))));
}

/* Each has its length in front, with its own attributes; the next one begins at a multiple of 4. */
static json_t *decode_hops(const uint8_t *data, size_t len)
{
	json_t *array = json_array();

	while (len >= sizeof(struct rtnexthop)) {
		size_t own = number_at(data + offsetof(struct rtnexthop, rtnh_len), 2);

		if (own < sizeof(struct rtnexthop) || own > len)
			break;
		add_number(array, data + offsetof(struct rtnexthop, rtnh_ifindex));
		own = NLMSG_ALIGN(own) < len ? NLMSG_ALIGN(own) : len;
		data += own;
		len -= own;
	}
	return array;
}

static json_t *decode_group(const uint8_t *data, size_t len)
{
	json_t *array = json_array();

	for (; len >= sizeof(struct nexthop_grp); len -= sizeof(struct nexthop_grp)) {
		add_number(array, data + offsetof(struct nexthop_grp, id));
		data += sizeof(struct nexthop_grp);
	}
	return array;
}

static json_t *decode_value(enum netlink_kind kind, const void *data, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	_cleanup_free_ char *text = NULL;

	if (kind == NETLINK_NUMBER)
		return decode_number(data, len);
	if (kind == NETLINK_HOPS)
		return decode_hops(data, len);
	if (kind == NETLINK_GROUP)
		return decode_group(data, len);
	if (kind == NETLINK_TEXT) {
		text = xstrndup(data, strnlen(data, len));
		return json_string(text_clean(text));
	}
	if ((len != 4 && len != 16) ||
	    !inet_ntop(len == 4 ? AF_INET : AF_INET6, data, address, sizeof(address)))
		return NULL;
	return json_string(address);
}

static void decode_attributes(const struct netlink_attribute *wanted, size_t n_wanted,
			      const void *data, size_t len, json_t *object)
{
	/* nla_ok() and nla_next() of libnl hold the bounds; they take ints. */
	int left = len > INT_MAX ? INT_MAX : (int)len;
	const struct nlattr *attribute = data;

	for (; nla_ok(attribute, left); attribute = nla_next(attribute, &left)) {
		for (size_t i = 0; i < n_wanted; i++) {
			const void *held = nla_data(attribute);
			size_t held_len = (size_t)nla_len(attribute);

			if (wanted[i].type != nla_type(attribute))
				continue;
			if (wanted[i].kind == NETLINK_NEST)
				decode_attributes(wanted[i].nest, wanted[i].n_nest, held, held_len,
						  object);
			else
				json_object_set_new(object, wanted[i].name,
						    decode_value(wanted[i].kind, held, held_len));
		}
	}
}

/* The fixed part of @message; NULL where it is none of @shape. */
static const char *fixed_part(const struct netlink_shape *shape, const struct nlmsghdr *message)
{
	const struct genlmsghdr *generic;

	if (!shape->family)
		return message->nlmsg_type == shape->answer ? NLMSG_DATA(message) : NULL;
	if (message->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return NULL;
	generic = NLMSG_DATA(message);
	return generic->cmd == shape->answer ? (const char *)generic + GENL_HDRLEN : NULL;
}

json_t *netlink_decode(const struct netlink_shape *shape, const struct nlmsghdr *message,
		       size_t len)
{
	const char *fixed;
	size_t used, left;
	json_t *object;

	if (len < NLMSG_HDRLEN || message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > len)
		return NULL;
	fixed = fixed_part(shape, message);
	if (!fixed)
		return NULL;
	used = (size_t)(fixed - (const char *)message);
	left = message->nlmsg_len - used;
	if (left < shape->fixed || (shape->keep && !shape->keep(fixed)))
		return NULL;
	object = json_object();
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct netlink_field *field = &shape->fields[i];

		json_object_set_new(object, field->name,
				    decode_number(fixed + field->offset, field->width));
	}
	used = NLMSG_ALIGN(shape->fixed);
	if (left > used)
		decode_attributes(shape->attributes, shape->n_attributes, fixed + used, left - used,
				  object);
	return object;
}

/* Asking */

/** struct dump - one that is being made. */
struct dump {
	const struct netlink_shape *shape;
	json_t *messages;
	int error;
};

static int take_message(struct nl_msg *message, void *context)
{
	struct dump *dump = context;
	struct nlmsghdr *header = nlmsg_hdr(message);
	json_t *object = netlink_decode(dump->shape, header, header->nlmsg_len);

	if (object && json_array_append_new(dump->messages, object) < 0)
		out_of_memory();
	return NL_OK;
}

static int take_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *context)
{
	struct dump *dump = context;

	(void)from;
	dump->error = error->error;
	return NL_STOP;
}

static int take_end(struct nl_msg *message, void *context)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	struct dump *dump = context;
	int error;

	/*
	 * A dump that fails in its middle says so in its last message.
	 * Kernel: net/netlink/af_netlink.c, netlink_dump_done(): 5.10, 6.1, 6.12, 7.3.
	 */
	if (header->nlmsg_len >= NLMSG_HDRLEN + sizeof(error)) {
		memcpy(&error, NLMSG_DATA(header), sizeof(error));
		if (error < 0)
			dump->error = error;
	}
	return NL_STOP;
}

/*
 * Number of the generic family. Asked for by a dump of all: a question for one name makes the
 * kernel load a module of that name.
 * Kernel: net/netlink/genetlink.c, ctrl_getfamily(): 5.10, 6.1, 6.12, 7.3.
 */
static int find_family(struct nl_sock *socket, const char *name)
{
	struct genl_family *family;
	struct nl_cache *cache;
	int id = -ENOENT;

	if (genl_ctrl_alloc_cache(socket, &cache) < 0)
		return -EIO;
	family = genl_ctrl_search_by_name(cache, name);
	if (family) {
		id = (int)genl_family_get_id(family);
		genl_family_put(family);
	}
	nl_cache_free(cache);
	return id;
}

static int send_request(struct nl_sock *socket, const struct netlink_shape *shape)
{
	struct genlmsghdr generic = { .cmd = (uint8_t)shape->type, .version = 1 };
	int id;

	if (!shape->family)
		return nl_send_simple(socket, shape->type, NLM_F_DUMP, (void *)shape->request,
				      shape->request_len) < 0
			       ? -EIO
			       : 0;
	id = find_family(socket, shape->family);
	if (id < 0)
		return id;
	return nl_send_simple(socket, id, NLM_F_DUMP, &generic, sizeof(generic)) < 0 ? -EIO : 0;
}

/* One try. Return: 0, -EAGAIN where something changed in its middle, or a negative errno. */
static int ask_once(const struct netlink_shape *shape, json_t *messages)
{
	struct dump dump = { .shape = shape, .messages = messages };
	struct nl_sock *socket = nl_socket_alloc();
	int strict = 1;
	int ret;

	if (!socket)
		out_of_memory();
	errno = 0;
	if (nl_connect(socket, shape->protocol) < 0) {
		nl_socket_free(socket);
		return errno ? -errno : -EIO;
	}
	/* So that the kernel looks at what is asked for; older ones don't, and dump more. */
	setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
		   sizeof(strict));
	ret = send_request(socket, shape);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_message, &dump);
	nl_socket_modify_cb(socket, NL_CB_FINISH, NL_CB_CUSTOM, take_end, &dump);
	nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, take_error, &dump);
	if (ret >= 0) {
		/* libnl has error numbers of its own, some of which look like errnos. */
		ret = nl_recvmsgs_default(socket);
		ret = ret >= 0 ? 0 : ret == -NLE_DUMP_INTR ? -EAGAIN : -EIO;
	}
	nl_socket_free(socket);
	return dump.error ? dump.error : ret;
}

static int ask(const struct netlink_shape *shape, json_t **messages)
{
	for (int i = 0; i < TRIES; i++) {
		json_t *array = json_array();
		int ret = ask_once(shape, array);

		if (ret == 0) {
			*messages = array;
			return 0;
		}
		json_decref(array);
		if (ret != -EAGAIN)
			return ret;
	}
	return -EINTR;
}

/* In a reader: the kernel takes a lock for each dump, which a driver may hold forever. */
static int ask_for_dump(struct source *source, const void *context, size_t index, const char *name,
			char **text, size_t *len)
{
	const struct netlink_shape *const *shapes = context;
	json_t *messages = NULL;
	int ret = ask(shapes[index], &messages);

	(void)source;
	(void)name;
	if (ret < 0)
		return ret;
	*text = json_dumps(messages, JSON_COMPACT);
	if (!*text)
		return -ENOMEM;
	*len = strlen(*text);
	return 0;
}

/* All of @shapes by one reader. What one of them waits for, the others would wait for too. */
static int ask_and_record(struct source *source, const struct netlink_shape *const *shapes,
			  size_t count, json_t **messages)
{
	_cleanup_free_ char **names = xcalloc(count, sizeof(*names));
	char name[] = "netlink";
	const struct reader_questions questions = {
		.ask = ask_for_dump,
		.context = shapes,
		.context_len = count * sizeof(*shapes),
		.names = names,
		.count = count,
		.with_rights =
			true, /* it needs none; but the reader with rights is there already */
	};
	struct source_answers answers;
	int first = 0;

	for (size_t i = 0; i < count; i++)
		names[i] = name;
	reader_ask(source, &questions, &answers);
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *key = transcript_key("netlink", shapes[i]->name);
		const struct source_answer *answer = &answers.answer[i];
		int ret = answer->ret;

		if (ret >= 0) {
			messages[i] = json_loadb(answer->text, answer->len, 0, NULL);
			ret = json_is_array(messages[i]) ? 0 : -ENOMEM;
		}
		fact_end(source, key, ret,
			 ret < 0 ? NULL : json_pack("{s:O}", "messages", messages[i]));
		first = first < 0 ? first : ret;
	}
	source_answers_clear(&answers);
	return first;
}

static int replay_all(const struct source *source, const struct netlink_shape *const *shapes,
		      size_t count, json_t **messages)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *key = transcript_key("netlink", shapes[i]->name);
		json_t *fact = transcript_fact(source, key);
		json_t *array = json_object_get(fact, "messages");
		int ret = answer_result(fact);

		if (ret >= 0 && !json_is_array(array))
			ret = -EBADMSG;
		if (ret < 0)
			return ret;
		messages[i] = json_incref(array);
	}
	return 0;
}

int source_netlink_dumps(struct source *source, const struct netlink_shape *const *shapes,
			 size_t count, struct source_messages **messages)
{
	_cleanup_free_ json_t **arrays = xcalloc(count, sizeof(*arrays));
	int ret;

	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	ret = source->mode == SOURCE_REPLAY ? replay_all(source, shapes, count, arrays)
					    : ask_and_record(source, shapes, count, arrays);
	/* Other errors are told by those who need to know. */
	if (ret == -ETIMEDOUT)
		note_failure(source, "netlink", ret);
	for (size_t i = 0; i < count; i++) {
		if (ret < 0) {
			json_decref(arrays[i]);
			continue;
		}
		messages[i] = xcalloc(1, sizeof(**messages));
		messages[i]->array = arrays[i];
	}
	return ret;
}

int source_netlink_dump(struct source *source, const struct netlink_shape *shape,
			struct source_messages **messages)
{
	return source_netlink_dumps(source, &shape, 1, messages);
}

size_t source_messages_count(const struct source_messages *messages)
{
	return json_array_size(messages->array);
}

static const json_t *value_of(const struct source_messages *messages, size_t index,
			      const char *name)
{
	return json_object_get(json_array_get(messages->array, index), name);
}

uint64_t source_message_number(const struct source_messages *messages, size_t index,
			       const char *name, uint64_t otherwise)
{
	const json_t *value = value_of(messages, index, name);

	return json_is_integer(value) || json_is_string(value) ? json_u64(value) : otherwise;
}

const char *source_message_text(const struct source_messages *messages, size_t index,
				const char *name)
{
	return json_string_value(value_of(messages, index, name));
}

size_t source_message_members(const struct source_messages *messages, size_t index,
			      const char *name)
{
	return json_array_size(value_of(messages, index, name));
}

uint64_t source_message_member(const struct source_messages *messages, size_t index,
			       const char *name, size_t member)
{
	return json_u64(json_array_get(value_of(messages, index, name), member));
}

void source_messages_free(struct source_messages *messages)
{
	if (!messages)
		return;
	json_decref(messages->array);
	free(messages);
}
