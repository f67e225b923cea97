/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/smc.h>
#include <net/if.h>

#include "base/cleanup.h"
#include "model/net.h"
#include "scan/internal.h"
#include "scan/netlink.h"
#include "source/internal.h"

/* Dumps that were written by hand */

/** struct dumps - of the interfaces, NULL for an empty answer; @are_refused: the kernel refuses nexthop objects */
struct dumps {
	const char *links;
	const char *addresses;
	const char *routes;
	const char *routes6;
	const char *nexthops;
	bool are_refused;
};

static const char *dump_line(const char *name, const char *messages)
{
	return keep(xasprintf("{'fact': 'netlink %s', 'ret': 0, 'messages': [%s]}\n", name,
			      messages ? messages : ""));
}

/* A dump that the kernel refused. */
static const char *refused_line(const char *name)
{
	return keep(xasprintf("{'fact': 'netlink %s', 'errno': 'EPERM'}\n", name));
}

static struct net net_of(const struct dumps *dumps)
{
	/* Objects that nobody asked for are not in a capture. */
	struct source *source = capture_replay(capture_new(keep(
		xasprintf("%s%s%s%s%s", dump_line("links", dumps->links),
			  dump_line("addresses", dumps->addresses),
			  dump_line("routes", dumps->routes), dump_line("routes6", dumps->routes6),
			  dumps->are_refused ? refused_line("nexthops")
			  : dumps->nexthops  ? dump_line("nexthops", dumps->nexthops)
					     : ""))));
	struct net net = { 0 };

	netlink_interfaces(source, &net);
	source_close(source);
	return net;
}

/* True if @upper is on top of @lower. */
static bool is_above(const struct net *net, const struct interface *upper,
		     const struct interface *lower)
{
	const struct interface **above;
	struct net_index index;
	size_t count;
	bool is_found = false;

	net_index_make(&index, net);
	above = net_above(&index, lower, &count);
	for (size_t i = 0; i < count; i++) {
		is_found |= above[i] == upper;
		/* In the order of the net, each once. */
		assert_true(!i || above[i - 1] < above[i]);
	}
	free(above);
	net_index_clear(&index);
	return is_found;
}

#define NET(...) net_of(&(const struct dumps){ __VA_ARGS__ })

static const struct interface *named(const struct net *net, const char *name)
{
	for (size_t i = 0; i < net->n_interfaces; i++) {
		if (net->interfaces[i].name && strcmp(net->interfaces[i].name, name) == 0)
			return &net->interfaces[i];
	}
	fail_msg("no interface %s", name);
	return NULL;
}

TEST(a_host_without_interfaces_has_none)
{
	struct net net = NET(0);

	assert_int_equal(net.interfaces_errno, 0);
	assert_int_equal(net.n_interfaces, 0);
	net_clear(&net);
}

TEST(a_card_is_an_interface_without_a_kind)
{
	struct net net = NET(.links = "{'index': 2, 'flags': 4163, 'name': 'eth0'},"
				      "{'index': 3, 'flags': 4098, 'name': 'eth1'}");

	assert_int_equal(net.n_interfaces, 2);
	assert_int_equal(named(&net, "eth0")->index, 2);
	assert_null(named(&net, "eth0")->kind);
	assert_true(named(&net, "eth0")->is_up);
	assert_false(named(&net, "eth1")->is_up);
	assert_int_equal(named(&net, "eth1")->master, 0);
	assert_int_equal(named(&net, "eth1")->lower, 0);
	net_clear(&net);
}

TEST(bonds_bridges_and_vlans_stand_on_others)
{
	struct net net = NET(.links = "{'index': 2, 'name': 'eth0', 'master': 4},"
				      "{'index': 3, 'name': 'eth1', 'master': 4},"
				      "{'index': 4, 'name': 'bond0', 'kind': 'bond', 'master': 6},"
				      "{'index': 5, 'name': 'v7', 'kind': 'vlan', 'link': 6},"
				      "{'index': 6, 'name': 'br0', 'kind': 'bridge'}");
	const struct interface *eth0 = named(&net, "eth0"), *eth1 = named(&net, "eth1");
	const struct interface *bond = named(&net, "bond0"), *vlan = named(&net, "v7");
	const struct interface *bridge = named(&net, "br0");

	assert_string_equal(bond->kind, "bond");
	assert_int_equal(vlan->lower, 6);
	assert_true(is_above(&net, bond, eth0));
	assert_true(is_above(&net, bond, eth1));
	assert_true(is_above(&net, bridge, eth0));
	assert_true(is_above(&net, vlan, eth0));
	assert_true(is_above(&net, vlan, bridge));
	assert_false(is_above(&net, eth0, bond));
	assert_false(is_above(&net, eth0, eth1));
	assert_false(is_above(&net, bridge, vlan));
	assert_false(is_above(&net, eth0, eth0));
	net_clear(&net);
}

/* A veth's other end in a container has a number of that namespace, which may be any card's here. */
TEST(an_end_in_another_namespace_is_not_below)
{
	struct net net = NET(.links = "{'index': 2, 'name': 'eth0'},"
				      "{'index': 8, 'name': 'veth0', 'kind': 'veth', 'link': 2,"
				      " 'netns': 0},"
				      "{'index': 9, 'name': 'veth1', 'kind': 'veth', 'link': 2}");

	assert_int_equal(named(&net, "veth0")->lower, 0);
	assert_false(is_above(&net, named(&net, "veth0"), named(&net, "eth0")));
	assert_int_equal(named(&net, "veth1")->lower, 2);
	net_clear(&net);
}

TEST(names_are_cleaned)
{
	struct net net = NET(.links = "{'index': 2, 'name': 'e\\u001b[31m', 'kind': '\\u009b'},"
				      "{'index': 3}");

	assert_string_equal(net.interfaces[0].name, "e?[31m");
	assert_string_equal(net.interfaces[0].kind, "?\?");
	assert_null(net.interfaces[1].name);
	net_clear(&net);
}

#define TWO_LINKS "{'index': 2, 'name': 'eth0'}, {'index': 3, 'name': 'eth1'}"

static void assert_addresses(const struct net *net, const char *name, size_t count,
			     const char *first)
{
	const struct interface *interface = named(net, name);

	assert_int_equal(interface->n_addresses, count);
	if (first)
		assert_string_equal(interface->addresses[0], first);
}

TEST(addresses_are_the_interfaces)
{
	struct net net =
		NET(.links = TWO_LINKS,
		    .addresses = "{'index': 3, 'prefix': 24, 'scope': 0, 'local': '192.0.2.7',"
				 " 'address': '192.0.2.7'},"
				 "{'index': 3, 'prefix': 64, 'scope': 0, 'address':"
				 " '2001:db8::1'},"
				 "{'index': 7, 'prefix': 24, 'scope': 0, 'local': '192.0.2.8'}");

	assert_addresses(&net, "eth0", 0, NULL);
	assert_addresses(&net, "eth1", 2, "192.0.2.7/24");
	assert_string_equal(named(&net, "eth1")->addresses[1], "2001:db8::1/64");
	net_clear(&net);
}

TEST(the_own_end_of_a_point_to_point_link_counts)
{
	struct net net =
		NET(.links = TWO_LINKS,
		    .addresses = "{'index': 2, 'prefix': 32, 'scope': 0, 'local': '192.0.2.7',"
				 " 'address': '198.51.100.1'}");

	assert_addresses(&net, "eth0", 1, "192.0.2.7/32");
	net_clear(&net);
}

/* Of all scopes: global (0), site (200), link (253), host (254), nowhere (255). */
TEST(addresses_of_the_link_and_the_host_are_left_out)
{
	struct net net = NET(.links = TWO_LINKS,
			     .addresses = "{'index': 2, 'prefix': 64, 'scope': 253, 'address':"
					  " 'fe80::1'},"
					  "{'index': 2, 'prefix': 8, 'scope': 254, 'local':"
					  " '127.0.0.1'},"
					  "{'index': 2, 'prefix': 8, 'scope': 255, 'local':"
					  " '192.0.2.1'},"
					  "{'index': 2, 'prefix': 64, 'scope': 252, 'address':"
					  " 'fec0::1'},"
					  "{'index': 2, 'prefix': 64, 'scope': 0}");

	assert_addresses(&net, "eth0", 1, "fec0::1/64");
	net_clear(&net);
}

TEST(an_address_is_cleaned)
{
	struct net net = NET(.links = TWO_LINKS,
			     .addresses = "{'index': 2, 'prefix': 8, 'local': '\\u001b]0;x'}");

	assert_addresses(&net, "eth0", 1, "?]0;x/8");
	net_clear(&net);
}

TEST(default_routes_of_both_protocols_go_out_somewhere)
{
	struct net net = NET(.links = TWO_LINKS, .routes = "{'out': 9}, {'out': 2}");

	assert_true(named(&net, "eth0")->has_default_route);
	assert_false(named(&net, "eth1")->has_default_route);
	net_clear(&net);
	net = NET(.links = TWO_LINKS, .routes6 = "{'out': 3}");
	assert_false(named(&net, "eth0")->has_default_route);
	assert_true(named(&net, "eth1")->has_default_route);
	net_clear(&net);
}

static void assert_ways(struct net *net, bool first, bool second, int error)
{
	assert_int_equal(net->interfaces_errno, 0);
	assert_int_equal(named(net, "eth0")->has_default_route, first);
	assert_int_equal(named(net, "eth1")->has_default_route, second);
	assert_int_equal(net->routes_errno, error);
	net_clear(net);
}

/* As kernel 6.18 answers: nexthop_compat_mode is the default, or off. */
TEST(a_default_route_with_several_next_hops_goes_through_all)
{
	static const char objects[] =
		"{'id': 10, 'out': 2}, {'id': 12, 'members': [11, 10]}, {'id': 11, 'out': 3}";
	struct net net = NET(.links = TWO_LINKS, .routes = "{'hops': [3, 9, 2]}");

	assert_ways(&net, true, true, 0);
	net = NET(.links = TWO_LINKS, .routes6 = "{'hops': [3], 'nexthop': 12}");
	assert_ways(&net, false, true, 0);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}", .nexthops = objects);
	assert_ways(&net, true, true, 0);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 10}", .routes6 = "{'nexthop': 10}",
		  .nexthops = objects);
	assert_ways(&net, true, false, 0);
}

TEST(where_a_default_route_goes_may_not_be_known)
{
	/* An older version recorded no next hops. */
	struct net net = NET(.links = TWO_LINKS, .routes = "{}, {'out': 2}");

	assert_ways(&net, true, false, ENODATA);
	net = NET(.links = TWO_LINKS, .routes = "{'hops': []}");
	assert_ways(&net, false, false, ENODATA);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}");
	assert_ways(&net, false, false, ENODATA);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}",
		  .nexthops = "{'id': 12, 'members': [11, 10]}, {'id': 11, 'out': 3}");
	assert_ways(&net, false, true, ENODATA);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}",
		  .nexthops = "{'id': 12, 'members': [10, 11]}, {'id': 11, 'out': 3}");
	assert_ways(&net, false, true, ENODATA);
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}", .are_refused = true);
	assert_ways(&net, false, false, EPERM);
	/* A group of groups, which the kernel does not make, is not followed. */
	net = NET(.links = TWO_LINKS, .routes = "{'nexthop': 12}",
		  .nexthops = "{'id': 12, 'members': [12]}");
	assert_ways(&net, false, false, ENODATA);
}

/* Half of an answer would look like a whole one. */
TEST(when_one_dump_fails_nothing_is_known)
{
	static const char *const names[] = { "links", "addresses", "routes", "routes6" };

	for (size_t failing = 0; failing < COUNT(names); failing++) {
		char *lines = xstrdup("");
		struct net net = { 0 };
		struct source *source;

		for (size_t i = 0; i < COUNT(names); i++) {
			const char *line = i == failing ? refused_line(names[i])
							: dump_line(names[i], i ? NULL : TWO_LINKS);
			char *longer = xasprintf("%s%s", lines, line);

			free(lines);
			lines = longer;
		}
		source = capture_replay(capture_new(keep(lines)));
		netlink_interfaces(source, &net);
		assert_int_equal(net.interfaces_errno, EPERM);
		assert_int_equal(net.n_interfaces, 0);
		source_close(source);
	}
}

TEST(a_capture_without_the_dumps_knows_nothing)
{
	struct source *source = capture_replay(capture_new(""));
	struct net net = { 0 };

	netlink_interfaces(source, &net);
	assert_int_equal(net.interfaces_errno, ENODATA);
	netlink_smcds(source, &net);
	assert_int_equal(net.smcds_errno, ENODATA);
	source_close(source);
}

/* Messages as the kernel sends them */

/* @fixed of @len bytes and one attribute, behind a header of @type: what is made of it. */
static const char *decoded(const struct netlink_shape *shape, uint16_t type, const void *fixed,
			   size_t len, uint16_t attribute, const void *value, size_t value_len)
{
	uint32_t buffer[64] = { 0 };
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	struct rtattr *put;
	json_t *object;
	char *text;

	memcpy(NLMSG_DATA(header), fixed, len);
	header->nlmsg_type = type;
	put = (void *)((char *)NLMSG_DATA(header) + NLMSG_ALIGN(len));
	put->rta_type = attribute;
	put->rta_len = (uint16_t)RTA_LENGTH(value_len);
	memcpy(RTA_DATA(put), value, value_len);
	header->nlmsg_len = (uint32_t)(NLMSG_LENGTH(NLMSG_ALIGN(len)) + put->rta_len);
	object = netlink_decode(shape, header, header->nlmsg_len);
	if (!object)
		return NULL;
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(object);
	return keep(text);
}

TEST(a_link_is_decoded)
{
	struct ifinfomsg link = { .ifi_index = 2, .ifi_flags = IFF_UP };

	assert_string_equal(decoded(&netlink_link_shape, RTM_NEWLINK, &link, sizeof(link),
				    IFLA_IFNAME, "eth0", 5),
			    quoted("{'flags':1,'index':2,'name':'eth0'}"));
	assert_string_equal(decoded(&netlink_link_shape, RTM_NEWLINK, &link, sizeof(link),
				    IFLA_MASTER, &(uint32_t){ 7 }, 4),
			    quoted("{'flags':1,'index':2,'master':7}"));
	assert_string_equal(decoded(&netlink_link_shape, RTM_NEWLINK, &link, sizeof(link),
				    IFLA_LINK, &(uint32_t){ 7 }, 4),
			    quoted("{'flags':1,'index':2,'link':7}"));
	assert_string_equal(decoded(&netlink_link_shape, RTM_NEWLINK, &link, sizeof(link),
				    IFLA_LINK_NETNSID, &(uint32_t){ 0 }, 4),
			    quoted("{'flags':1,'index':2,'netns':0}"));
	assert_null(decoded(&netlink_link_shape, RTM_DELLINK, &link, sizeof(link), IFLA_IFNAME,
			    "eth0", 5));
}

TEST(the_kind_of_a_link_is_decoded)
{
	static const struct {
		struct rtattr head;
		char kind[8];
	} info = { { RTA_LENGTH(5), IFLA_INFO_KIND }, "vlan" };
	struct ifinfomsg link = { .ifi_index = 2 };

	assert_string_equal(decoded(&netlink_link_shape, RTM_NEWLINK, &link, sizeof(link),
				    IFLA_LINKINFO, &info, sizeof(info)),
			    quoted("{'flags':0,'index':2,'kind':'vlan'}"));
}

TEST(an_address_is_decoded)
{
	struct ifaddrmsg address = {
		.ifa_index = 3, .ifa_prefixlen = 24, .ifa_flags = 255, .ifa_scope = 253
	};
	struct in_addr own;

	inet_pton(AF_INET, "192.0.2.7", &own);
	assert_string_equal(decoded(&netlink_address_shape, RTM_NEWADDR, &address, sizeof(address),
				    IFA_LOCAL, &own, sizeof(own)),
			    quoted("{'index':3,'local':'192.0.2.7','prefix':24,'scope':253}"));
	assert_string_equal(decoded(&netlink_address_shape, RTM_NEWADDR, &address, sizeof(address),
				    IFA_ADDRESS, &own, sizeof(own)),
			    quoted("{'address':'192.0.2.7','index':3,'prefix':24,'scope':253}"));
}

static const char *route(struct rtmsg route)
{
	return decoded(&netlink_route_shape, RTM_NEWROUTE, &route, sizeof(route), RTA_OIF,
		       &(uint32_t){ 5 }, 4);
}

TEST(next_hops_and_nexthop_objects_are_decoded)
{
	static const struct rtnexthop hops[] = {
		{ .rtnh_len = sizeof(*hops), .rtnh_ifindex = 2 },
		{ .rtnh_len = sizeof(*hops), .rtnh_ifindex = 3 },
	};
	static const struct nexthop_grp group[] = { { .id = 10 }, { .id = 11 } };
	struct rtmsg route = { .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST };
	struct nhmsg object = { 0 };

	assert_string_equal(decoded(&netlink_route_shape, RTM_NEWROUTE, &route, sizeof(route),
				    RTA_MULTIPATH, hops, sizeof(hops)),
			    quoted("{'hops':[2,3]}"));
	assert_string_equal(decoded(&netlink_route6_shape, RTM_NEWROUTE, &route, sizeof(route),
				    RTA_NH_ID, &(uint32_t){ 12 }, 4),
			    quoted("{'nexthop':12}"));
	assert_string_equal(decoded(&netlink_nexthop_shape, RTM_NEWNEXTHOP, &object, sizeof(object),
				    NHA_ID, &(uint32_t){ 12 }, 4),
			    quoted("{'id':12}"));
	assert_string_equal(decoded(&netlink_nexthop_shape, RTM_NEWNEXTHOP, &object, sizeof(object),
				    NHA_OIF, &(uint32_t){ 2 }, 4),
			    quoted("{'out':2}"));
	assert_string_equal(decoded(&netlink_nexthop_shape, RTM_NEWNEXTHOP, &object, sizeof(object),
				    NHA_GROUP, group, sizeof(group)),
			    quoted("{'members':[10,11]}"));
}

TEST(only_default_routes_of_the_main_table_count)
{
	const struct rtmsg good = { .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST };
	struct rtmsg other = good;

	assert_string_equal(route(good), quoted("{'out':5}"));
	other.rtm_dst_len = 24;
	assert_null(route(other));
	other = good;
	other.rtm_table = RT_TABLE_LOCAL;
	assert_null(route(other));
	other = good;
	other.rtm_type = RTN_UNREACHABLE;
	assert_null(route(other));
}

TEST(both_protocols_are_asked_for_routes)
{
	const struct rtmsg *asked = netlink_route_shape.request;

	assert_int_equal(asked->rtm_family, AF_INET);
	assert_int_equal(asked->rtm_table, RT_TABLE_MAIN);
	asked = netlink_route6_shape.request;
	assert_int_equal(asked->rtm_family, AF_INET6);
	assert_int_equal(asked->rtm_table, RT_TABLE_MAIN);
}

TEST(a_device_of_smc_is_decoded)
{
	static const struct {
		struct rtattr uses;
		uint32_t count;
		struct rtattr critical;
		uint32_t yes;
		struct rtattr address;
		char text[16];
	} device = {
		{ RTA_LENGTH(4), SMC_NLA_DEV_USE_CNT }, 3,
		{ RTA_LENGTH(1), SMC_NLA_DEV_IS_CRIT }, 0x01010101,
		{ RTA_LENGTH(13), SMC_NLA_DEV_PCI_ID }, "0000:00:00.0",
	};
	static const uint8_t head[4] = { SMC_NETLINK_GET_DEV_SMCD };

	assert_string_equal(decoded(&netlink_smcd_shape, 30, head, sizeof(head),
				    SMC_GEN_DEV_SMCD | NLA_F_NESTED, &device, sizeof(device)),
			    quoted("{'address':'0000:00:00.0','critical':1,'uses':3}"));
}

TEST(smc_devices_are_listed)
{
	struct source *source = capture_replay(capture_new(
		dump_line("smc-devices", "{'address': '0000:00:00.0', 'uses': 3, 'critical': 1},"
					 "{'uses': 7}, {'address': '\\u001b'}")));
	struct net net = { .smcds_errno = EPERM };

	netlink_smcds(source, &net);
	assert_int_equal(net.smcds_errno, 0);
	assert_int_equal(net.n_smcds, 2);
	assert_string_equal(net.smcds[0].address, "0000:00:00.0");
	assert_int_equal(net.smcds[0].uses, 3);
	assert_true(net.smcds[0].is_critical);
	assert_string_equal(net.smcds[1].address, "?");
	assert_int_equal(net.smcds[1].uses, 0);
	assert_false(net.smcds[1].is_critical);
	net_clear(&net);
	assert_int_equal(net.n_smcds, 0);
	source_close(source);
}

/* net_above() */

/* Interface 1 to @count, each with a master or on a lower one by @arrange. */
static struct net stack(size_t count, void (*arrange)(struct interface *interface, size_t count))
{
	struct net net = { .interfaces = xcalloc(count, sizeof(struct interface)),
			   .n_interfaces = count };

	for (size_t i = 0; i < count; i++) {
		net.interfaces[i].index = (uint32_t)i + 1;
		arrange(&net.interfaces[i], count);
	}
	return net;
}

static void on_the_one_before(struct interface *interface, size_t count)
{
	(void)count;
	interface->lower = interface->index - 1;
}

static void port_of_the_next_in_a_circle(struct interface *interface, size_t count)
{
	interface->master = (uint32_t)(interface->index % count) + 1;
}

/* The kernel builds eight levels at most (MAX_NEST_DEV), a capture any number. */
TEST(stacks_of_any_depth_are_seen)
{
	struct net net = stack(200, on_the_one_before);

	for (size_t i = 1; i < 200; i++) {
		assert_true(is_above(&net, &net.interfaces[i], &net.interfaces[0]));
		assert_false(is_above(&net, &net.interfaces[0], &net.interfaces[i]));
	}
	net_clear(&net);
}

TEST(a_circle_ends)
{
	struct net net = stack(51, port_of_the_next_in_a_circle);
	struct interface *elsewhere = &net.interfaces[50];

	net.interfaces[49].master = 1;
	*elsewhere = (struct interface){ .index = 99 };
	assert_true(is_above(&net, &net.interfaces[49], &net.interfaces[0]));
	assert_true(is_above(&net, &net.interfaces[0], &net.interfaces[49]));
	assert_false(is_above(&net, elsewhere, &net.interfaces[0]));
	/* A circle that does not lead back to where the walk began. */
	elsewhere->lower = 1;
	assert_true(is_above(&net, elsewhere, &net.interfaces[7]));
	assert_false(is_above(&net, elsewhere, elsewhere));
	net_clear(&net);
}

static void all_on_all(struct interface *interface, size_t count)
{
	(void)count;
	*interface = (struct interface){ .index = 1, .master = 1, .lower = 1 };
}

/* With one look at each it takes no time; with a look at each way, longer than anybody waits. */
TEST(a_tangle_takes_no_time)
{
	struct net net = stack(302, all_on_all);
	struct interface *elsewhere = &net.interfaces[300], *above = &net.interfaces[301];

	*elsewhere = (struct interface){ .index = 99 };
	*above = (struct interface){ .index = 1 };

	assert_false(is_above(&net, elsewhere, &net.interfaces[0]));
	assert_false(is_above(&net, &net.interfaces[0], elsewhere));
	/* All of them are reached from one that is none of them. */
	assert_false(is_above(&net, above, elsewhere));
	assert_true(is_above(&net, above, &net.interfaces[299]));
	net_clear(&net);
}

static void without_numbers(struct interface *interface, size_t count)
{
	(void)count;
	interface->index = 0;
}

static struct interface *find_number(const struct net *net, uint32_t number)
{
	_cleanup_free_ struct interface **sorted = net_by_number(net);

	return net_interface(sorted, net->n_interfaces, number);
}

static void in_another_order(struct interface *interface, size_t count)
{
	interface->index = interface->index * 7 % (uint32_t)count + 1;
}

TEST(interfaces_are_found_by_number_in_any_order)
{
	struct net net = stack(100, in_another_order);

	for (uint32_t number = 1; number <= 100; number++) {
		const struct interface *found = find_number(&net, number);

		assert_non_null(found);
		assert_int_equal(found->index, number);
	}
	assert_null(find_number(&net, 101));
	net_clear(&net);
}

TEST(of_two_with_one_number_the_first_counts)
{
	struct net net = stack(3, on_the_one_before);

	net.interfaces[0].index = 2;
	assert_ptr_equal(find_number(&net, 2), &net.interfaces[0]);
	net_clear(&net);
	assert_null(find_number(&net, 1));
}

TEST(number_0_is_no_interface)
{
	struct net net = stack(3, without_numbers);

	assert_false(is_above(&net, &net.interfaces[1], &net.interfaces[0]));
	assert_null(find_number(&net, 0));
	net_clear(&net);
	net = stack(3, on_the_one_before);
	assert_ptr_equal(find_number(&net, 3), &net.interfaces[2]);
	assert_null(find_number(&net, 4));
	net_clear(&net);
}

/* Interfaces that the host needs */

#define LINKS                                                    \
	"{'index': 2, 'flags': 1, 'name': 'eth0', 'master': 4}," \
	"{'index': 3, 'flags': 1, 'name': 'eth1'},"              \
	"{'index': 4, 'flags': 1, 'name': 'br0', 'kind': 'bridge'}"
#define ADDRESSES                                                       \
	"{'index': 4, 'prefix': 24, 'scope': 0, 'local': '192.0.2.7'}," \
	"{'index': 3, 'prefix': 64, 'scope': 0, 'address': '2001:db8::7'}"

/* A host with a bridge on eth0, and eth1; @facts of its session beside. */
static struct host *host_of(const char *facts, char *network_root, char *server)
{
	struct source *source = capture_replay(capture_new(keep(xasprintf(
		"%s%s%s%s%s", dump_line("links", LINKS), dump_line("addresses", ADDRESSES),
		dump_line("routes", NULL), dump_line("routes6", NULL), facts))));
	struct host *host = host_new();

	scan_net(source, host);
	host->blocks.network_root = network_root;
	host->blocks.root_server = server;
	scan_root_ways(host);
	source_close(source);
	return host;
}

static bool is_essential(const struct host *host, size_t interface)
{
	struct net_index index;
	bool is_needed;

	net_index_make(&index, &host->net);
	is_needed = net_is_essential(&index, &host->net.interfaces[interface]);
	net_index_clear(&index);
	return is_needed;
}

TEST(the_interface_of_the_callers_session_is_essential_and_what_is_below_it)
{
	struct host *host = host_of("{'fact': 'ssh-session', 'ret': 0, 'local': '192.0.2.7'}\n",
				    NULL, NULL);

	assert_true(host->net.interfaces[2].has_session);
	assert_true(is_essential(host, 0));
	assert_false(is_essential(host, 1));
	assert_true(is_essential(host, 2));
	assert_int_equal(host->net.session_errno, 0);
	host_free(host);
	host = host_of("{'fact': 'ssh-session', 'ret': 0, 'local': '2001:db8::7'}\n", NULL, NULL);
	assert_false(is_essential(host, 0));
	assert_true(is_essential(host, 1));
	host_free(host);
}

TEST(without_a_session_no_interface_is_essential_for_it)
{
	static const struct {
		const char *fact;
		int error;
	} cases[] = {
		{ "{'fact': 'ssh-session', 'errno': 'ENOENT'}\n", 0 },
		{ "{'fact': 'ssh-session', 'errno': 'EACCES'}\n", EACCES },
		{ "", ENODATA },
		{ "{'fact': 'ssh-session', 'ret': 0, 'local': '127.0.0.1'}\n", 0 },
		{ "{'fact': 'ssh-session', 'ret': 0, 'local': 'fe80::1'}\n", EADDRNOTAVAIL },
		{ "{'fact': 'ssh-session', 'ret': 0, 'local': '192.0.2'}\n", EADDRNOTAVAIL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host *host = host_of(cases[i].fact, NULL, NULL);

		assert_int_equal(host->net.session_errno, cases[i].error);
		for (size_t n = 0; n < 3; n++)
			assert_false(is_essential(host, n));
		host_free(host);
	}
}

TEST(the_way_to_a_root_on_the_network_is_essential)
{
	struct host *host = host_of("", xstrdup("nfs on /"), xstrdup("192.0.2.1"));

	assert_true(is_essential(host, 0));
	assert_false(is_essential(host, 1));
	host_free(host);
	/* The server is not known: any interface with an address may lead there. */
	host = host_of("", xstrdup("the remote disk sda"), NULL);
	assert_true(is_essential(host, 0));
	assert_true(is_essential(host, 1));
	host_free(host);
	/* In no network of this host: the default routes lead there, and here is none. */
	host = host_of("", xstrdup("nfs on /"), xstrdup("203.0.113.1"));
	assert_false(is_essential(host, 0));
	host->net.interfaces[1].has_default_route = true;
	scan_root_ways(host);
	assert_true(host->net.interfaces[1].carries_root);
	host_free(host);
}

TEST(an_address_is_in_the_network_of_its_prefix)
{
	assert_true(net_contains("192.0.2.7/24", "192.0.2.250"));
	assert_false(net_contains("192.0.2.7/25", "192.0.2.250"));
	assert_true(net_contains("192.0.2.7/0", "203.0.113.1"));
	assert_true(net_contains("192.0.2.7/32", "192.0.2.7"));
	assert_true(net_contains("2001:db8::7/64", "2001:db8::1:0:0:1"));
	assert_false(net_contains("2001:db8::7/64", "2001:db8:0:1::1"));
	assert_false(net_contains("192.0.2.7/24", "2001:db8::1"));
	assert_false(net_contains("192.0.2.7/33", "192.0.2.7"));
	assert_false(net_contains("192.0.2.7", "192.0.2.7"));
	assert_false(net_contains("192.0.2.7/24", "frob"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_without_interfaces_has_none),
		cmocka_unit_test(a_card_is_an_interface_without_a_kind),
		cmocka_unit_test(bonds_bridges_and_vlans_stand_on_others),
		cmocka_unit_test(an_end_in_another_namespace_is_not_below),
		cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(addresses_are_the_interfaces),
		cmocka_unit_test(the_own_end_of_a_point_to_point_link_counts),
		cmocka_unit_test(addresses_of_the_link_and_the_host_are_left_out),
		cmocka_unit_test(an_address_is_cleaned),
		cmocka_unit_test(default_routes_of_both_protocols_go_out_somewhere),
		cmocka_unit_test(a_default_route_with_several_next_hops_goes_through_all),
		cmocka_unit_test(where_a_default_route_goes_may_not_be_known),
		cmocka_unit_test(when_one_dump_fails_nothing_is_known),
		cmocka_unit_test(a_capture_without_the_dumps_knows_nothing),
		cmocka_unit_test(a_link_is_decoded),
		cmocka_unit_test(the_kind_of_a_link_is_decoded),
		cmocka_unit_test(an_address_is_decoded),
		cmocka_unit_test(next_hops_and_nexthop_objects_are_decoded),
		cmocka_unit_test(only_default_routes_of_the_main_table_count),
		cmocka_unit_test(both_protocols_are_asked_for_routes),
		cmocka_unit_test(a_device_of_smc_is_decoded),
		cmocka_unit_test(smc_devices_are_listed),
		cmocka_unit_test(stacks_of_any_depth_are_seen),
		cmocka_unit_test(a_circle_ends),
		cmocka_unit_test(a_tangle_takes_no_time),
		cmocka_unit_test(interfaces_are_found_by_number_in_any_order),
		cmocka_unit_test(of_two_with_one_number_the_first_counts),
		cmocka_unit_test(number_0_is_no_interface),
		cmocka_unit_test(
			the_interface_of_the_callers_session_is_essential_and_what_is_below_it),
		cmocka_unit_test(without_a_session_no_interface_is_essential_for_it),
		cmocka_unit_test(the_way_to_a_root_on_the_network_is_essential),
		cmocka_unit_test(an_address_is_in_the_network_of_its_prefix),
	};

	return UNIT_RUN("net", tests);
}
