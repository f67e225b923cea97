/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_NETLINK_H
#define VFIODIAG_SCAN_NETLINK_H

#include "model/net.h"
#include "source/source.h"

/*
 * rtnetlink and generic netlink → model. Dumps only; nothing is changed, no module is loaded.
 * (The name of this file is not netlink.h, since libnl has a netlink/netlink.h.)
 */

/**
 * netlink_interfaces() - interfaces with addresses and default routes, into @net.
 *
 * One dump each for the whole host. What belongs to which device is not known here. Where one of
 * the dumps fails, net->interfaces_errno says why, and there are no interfaces: half of the
 * answer would look like a whole one. Of nexthop objects net->routes_errno says why.
 */
void netlink_interfaces(struct source *source, struct net *net);

/** netlink_smcds() - the devices of SMC-D, into @net. */
void netlink_smcds(struct source *source, struct net *net);

/** netlink_link_shape and the others - shapes of the dumps; for tests that feed them messages. */
extern const struct netlink_shape netlink_link_shape;
extern const struct netlink_shape netlink_address_shape;
extern const struct netlink_shape netlink_route_shape;
extern const struct netlink_shape netlink_route6_shape;
extern const struct netlink_shape netlink_nexthop_shape;
extern const struct netlink_shape netlink_smcd_shape;

#endif
