/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces, their addresses and default routes, from rtnetlink. */
#include "scan/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

/* Statistics are the larger part of a link's message, and are not needed. */
static const struct {
	struct ifinfomsg link;
	struct rtattr attribute;
	uint32_t mask;
} link_request = {
	.attribute = { .rta_len = RTA_LENGTH(sizeof(uint32_t)), .rta_type = IFLA_EXT_MASK },
	.mask = RTEXT_FILTER_SKIP_STATS,
};

static const struct netlink_field link_fields[] = {
	{ "index", offsetof(struct ifinfomsg, ifi_index), 4 },
	{ "flags", offsetof(struct ifinfomsg, ifi_flags), 4 },
};

static const struct netlink_attribute link_info[] = {
	{ .name = "kind", .type = IFLA_INFO_KIND, .kind = NETLINK_TEXT },
};

static const struct netlink_attribute link_attributes[] = {
	{ .name = "name", .type = IFLA_IFNAME, .kind = NETLINK_TEXT },
	{ .name = "master", .type = IFLA_MASTER, .kind = NETLINK_NUMBER },
	{ .name = "link", .type = IFLA_LINK, .kind = NETLINK_NUMBER },
	/* The interface below is of another namespace, where its number means nothing here. */
	{ .name = "netns", .type = IFLA_LINK_NETNSID, .kind = NETLINK_NUMBER },
	{ .type = IFLA_LINKINFO,
	  .kind = NETLINK_NEST,
	  .nest = link_info,
	  .n_nest = COUNT(link_info) },
};

const struct netlink_shape netlink_link_shape = {
	.name = "links",
	.protocol = NETLINK_ROUTE,
	.type = RTM_GETLINK,
	.answer = RTM_NEWLINK,
	.request = &link_request,
	.request_len = sizeof(link_request),
	.fixed = sizeof(struct ifinfomsg),
	.fields = link_fields,
	.n_fields = COUNT(link_fields),
	.attributes = link_attributes,
	.n_attributes = COUNT(link_attributes),
};

static const struct ifaddrmsg address_request;

static const struct netlink_field address_fields[] = {
	{ "index", offsetof(struct ifaddrmsg, ifa_index), 4 },
	{ "prefix", offsetof(struct ifaddrmsg, ifa_prefixlen), 1 },
	{ "scope", offsetof(struct ifaddrmsg, ifa_scope), 1 },
};

/* The own end of a point-to-point link is IFA_LOCAL; IPv6 has only IFA_ADDRESS. */
static const struct netlink_attribute address_attributes[] = {
	{ .name = "local", .type = IFA_LOCAL, .kind = NETLINK_ADDRESS },
	{ .name = "address", .type = IFA_ADDRESS, .kind = NETLINK_ADDRESS },
};

const struct netlink_shape netlink_address_shape = {
	.name = "addresses",
	.protocol = NETLINK_ROUTE,
	.type = RTM_GETADDR,
	.answer = RTM_NEWADDR,
	.request = &address_request,
	.request_len = sizeof(address_request),
	.fixed = sizeof(struct ifaddrmsg),
	.fields = address_fields,
	.n_fields = COUNT(address_fields),
	.attributes = address_attributes,
	.n_attributes = COUNT(address_attributes),
};

/* A router has a million routes; the default ones of the main table are what matters. */
static const struct rtmsg route_request = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN };
static const struct rtmsg route6_request = { .rtm_family = AF_INET6, .rtm_table = RT_TABLE_MAIN };

static bool is_default_route(const void *fixed)
{
	struct rtmsg route;

	memcpy(&route, fixed, sizeof(route));
	return route.rtm_dst_len == 0 && route.rtm_table == RT_TABLE_MAIN &&
	       route.rtm_type == RTN_UNICAST;
}

static const struct netlink_attribute route_attributes[] = {
	{ .name = "out", .type = RTA_OIF, .kind = NETLINK_NUMBER },
	{ .name = "hops", .type = RTA_MULTIPATH, .kind = NETLINK_HOPS },
	{ .name = "nexthop", .type = RTA_NH_ID, .kind = NETLINK_NUMBER },
};

#define ROUTE_SHAPE(name_, request_)                                                             \
	{                                                                                        \
		.name = (name_), .protocol = NETLINK_ROUTE, .type = RTM_GETROUTE,                \
		.answer = RTM_NEWROUTE, .request = &(request_), .request_len = sizeof(request_), \
		.fixed = sizeof(struct rtmsg), .attributes = route_attributes,                   \
		.n_attributes = COUNT(route_attributes), .keep = is_default_route,               \
	}

const struct netlink_shape netlink_route_shape = ROUTE_SHAPE("routes", route_request);
const struct netlink_shape netlink_route6_shape = ROUTE_SHAPE("routes6", route6_request);

static const struct nhmsg nexthop_request;

static const struct netlink_attribute nexthop_attributes[] = {
	{ .name = "id", .type = NHA_ID, .kind = NETLINK_NUMBER },
	{ .name = "out", .type = NHA_OIF, .kind = NETLINK_NUMBER },
	{ .name = "members", .type = NHA_GROUP, .kind = NETLINK_GROUP },
};

const struct netlink_shape netlink_nexthop_shape = {
	.name = "nexthops",
	.protocol = NETLINK_ROUTE,
	.type = RTM_GETNEXTHOP,
	.answer = RTM_NEWNEXTHOP,
	.request = &nexthop_request,
	.request_len = sizeof(nexthop_request),
	.fixed = sizeof(struct nhmsg),
	.attributes = nexthop_attributes,
	.n_attributes = COUNT(nexthop_attributes),
};

static uint32_t number(const struct source_messages *messages, size_t i, const char *name)
{
	return (uint32_t)source_message_number(messages, i, name, 0);
}

static char *text(const struct source_messages *messages, size_t i, const char *name)
{
	return text_clean(xstrdup(source_message_text(messages, i, name)));
}

static void add_interfaces(const struct source_messages *messages, struct net *net)
{
	for (size_t i = 0; i < source_messages_count(messages); i++) {
		struct interface interface = {
			.index = number(messages, i, "index"),
			.name = text(messages, i, "name"),
			.kind = text(messages, i, "kind"),
			.master = number(messages, i, "master"),
			.is_up = number(messages, i, "flags") & IFF_UP,
		};

		if (source_message_number(messages, i, "netns", UINT64_MAX) == UINT64_MAX)
			interface.lower = number(messages, i, "link");
		APPEND(net->interfaces, net->n_interfaces, interface);
	}
}

static void add_addresses(const struct source_messages *messages, struct net *net)
{
	_cleanup_free_ struct interface **sorted = net_by_number(net);

	for (size_t i = 0; i < source_messages_count(messages); i++) {
		struct interface *interface = net_interface(sorted, net->n_interfaces,
							    number(messages, i, "index"));
		_cleanup_free_ char *local = text(messages, i, "local");
		_cleanup_free_ char *remote = text(messages, i, "address");
		const char *own = local ? local : remote;
		char *address;

		if (!interface || !own || number(messages, i, "scope") >= RT_SCOPE_LINK)
			continue;
		address = xasprintf("%s/%u", own, number(messages, i, "prefix"));
		APPEND(interface->addresses, interface->n_addresses, address);
	}
}

/** struct object - a nexthop object, by its place in the dump; @is_followed: its interfaces are marked */
struct object {
	uint64_t id;
	size_t place;
	bool is_followed;
};

/**
 * struct routes - the default routes of both protocols, and the objects that some consist of.
 * @dump: of the objects, which are sorted by their numbers in @objects; valid where @ret is 0
 */
struct routes {
	struct source *source;
	struct net *net;
	struct interface **sorted;
	struct source_messages *dump;
	struct object *objects;
	size_t n_objects;
	bool is_asked;
	int ret;
};

static void goes_through(const struct routes *routes, uint32_t index)
{
	struct interface *interface = net_interface(routes->sorted, routes->net->n_interfaces,
						    index);

	if (interface)
		interface->has_default_route = true;
}

static bool has(const struct source_messages *messages, size_t i, const char *name)
{
	return source_message_number(messages, i, name, UINT64_MAX) != UINT64_MAX;
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *one = a, *two = b;

	return (one->id > two->id) - (one->id < two->id);
}

/*
 * With net.ipv4.nexthop_compat_mode, which is the default, a route shows its interfaces beside the object;
 * so the objects are only read for a route that does not.
 */
static void read_objects(struct routes *routes)
{
	if (routes->is_asked)
		return;
	routes->is_asked = true;
	routes->ret = source_netlink_dump(routes->source, &netlink_nexthop_shape, &routes->dump);
	for (size_t i = 0; routes->ret >= 0 && i < source_messages_count(routes->dump); i++) {
		struct object object = {
			.id = source_message_number(routes->dump, i, "id", 0),
			.place = i,
		};

		APPEND(routes->objects, routes->n_objects, object);
	}
	if (routes->n_objects)
		qsort(routes->objects, routes->n_objects, sizeof(*routes->objects),
		      compare_objects);
}

static struct object *find_object(const struct routes *routes, uint64_t id)
{
	struct object key = { .id = id };

	return routes->n_objects ? bsearch(&key, routes->objects, routes->n_objects, sizeof(key),
					   compare_objects)
				 : NULL;
}

/* Return: 0, or -ENODATA where the object names no interface. */
static int follow_single(const struct routes *routes, const struct object *object)
{
	if (!object || !has(routes->dump, object->place, "out"))
		return -ENODATA;
	goes_through(routes, number(routes->dump, object->place, "out"));
	return 0;
}

/* The members of a group are no groups. */
static int follow_object(struct routes *routes, uint64_t id)
{
	struct object *object;
	size_t n_members;
	int ret = 0;

	read_objects(routes);
	object = find_object(routes, id);
	if (!object)
		return routes->ret < 0 ? routes->ret : -ENODATA;
	if (object->is_followed)
		return 0;
	object->is_followed = true;
	n_members = source_message_members(routes->dump, object->place, "members");
	if (!n_members)
		return follow_single(routes, object);
	for (size_t i = 0; i < n_members; i++) {
		uint64_t member = source_message_member(routes->dump, object->place, "members", i);
		int one = follow_single(routes, find_object(routes, member));

		ret = one < 0 ? one : ret;
	}
	return ret;
}

static void add_route(struct routes *routes, const struct source_messages *messages, size_t i)
{
	size_t n_hops = source_message_members(messages, i, "hops");
	int ret = 0;

	if (has(messages, i, "out"))
		goes_through(routes, number(messages, i, "out"));
	for (size_t h = 0; h < n_hops; h++)
		goes_through(routes, (uint32_t)source_message_member(messages, i, "hops", h));
	if (n_hops || has(messages, i, "out"))
		return;
	/* A capture of an older version says that there is a route with several next hops, and no more. */
	ret = has(messages, i, "nexthop")
		      ? follow_object(routes, source_message_number(messages, i, "nexthop", 0))
		      : -ENODATA;
	if (ret < 0)
		routes->net->routes_errno = -ret;
}

static void add_routes(struct source *source, struct source_messages *const *messages,
		       struct net *net)
{
	_cleanup_free_ struct interface **sorted = net_by_number(net);
	struct routes routes = { .source = source, .net = net, .sorted = sorted };

	for (size_t protocol = 0; protocol < 2; protocol++) {
		for (size_t i = 0; i < source_messages_count(messages[protocol]); i++)
			add_route(&routes, messages[protocol], i);
	}
	source_messages_free(routes.dump);
	free(routes.objects);
}

void netlink_interfaces(struct source *source, struct net *net)
{
	enum { LINKS, ADDRESSES, ROUTES, ROUTES6, DUMPS };
	static const struct netlink_shape *const shapes[DUMPS] = {
		[LINKS] = &netlink_link_shape,
		[ADDRESSES] = &netlink_address_shape,
		[ROUTES] = &netlink_route_shape,
		[ROUTES6] = &netlink_route6_shape,
	};
	struct source_messages *messages[DUMPS] = { 0 };
	int ret = source_netlink_dumps(source, shapes, DUMPS, messages);

	if (ret < 0) {
		net->interfaces_errno = -ret;
		return;
	}
	add_interfaces(messages[LINKS], net);
	add_addresses(messages[ADDRESSES], net);
	add_routes(source, &messages[ROUTES], net);
	for (size_t i = 0; i < DUMPS; i++)
		source_messages_free(messages[i]);
}
