/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces and SMC-D, joined with the devices they are on. */
#include "scan/internal.h"

#include "scan/netlink.h"

void scan_net(struct source *source, struct host *host)
{
	struct net *net = &host->net;

	net_clear(net);
	netlink_interfaces(source, net);
	netlink_smcds(source, net);
	/* An interface with a kind is virtual and belongs to no device. */
	for (size_t i = 0; i < net->n_interfaces; i++) {
		struct interface *interface = &net->interfaces[i];

		if (interface->name && !interface->kind)
			interface->device = scan_interface_device(source, host, interface->name);
	}
}
