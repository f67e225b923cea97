/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces, their addresses and default routes, from rtnetlink. */
#include "scan/netlink.h"

#include <net/if.h>
#include <stddef.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
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

static void add_routes(const struct source_messages *messages, struct net *net)
{
	_cleanup_free_ struct interface **sorted = net_by_number(net);

	for (size_t i = 0; i < source_messages_count(messages); i++) {
		struct interface *interface = net_interface(sorted, net->n_interfaces,
							    number(messages, i, "out"));

		if (interface)
			interface->has_default_route = true;
	}
}

void netlink_interfaces(struct source *source, struct net *net)
{
	static const struct netlink_shape *const shapes[] = {
		&netlink_link_shape,
		&netlink_address_shape,
		&netlink_route_shape,
		&netlink_route6_shape,
	};
	static void (*const add[])(const struct source_messages *messages, struct net *net) = {
		add_interfaces,
		add_addresses,
		add_routes,
		add_routes,
	};
	struct source_messages *messages[COUNT(shapes)] = { 0 };
	int ret = source_netlink_dumps(source, shapes, COUNT(shapes), messages);

	if (ret < 0) {
		net->interfaces_errno = -ret;
		return;
	}
	for (size_t i = 0; i < COUNT(shapes); i++) {
		add[i](messages[i], net);
		source_messages_free(messages[i]);
	}
}
