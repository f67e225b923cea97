/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces and SMC-D, joined with the devices they are on, and what the host needs of them. */
#include "scan/internal.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "scan/netlink.h"

static bool has_address(const struct interface *interface, const char *address)
{
	size_t len = strlen(address);

	for (size_t i = 0; i < interface->n_addresses; i++) {
		if (text_starts(interface->addresses[i], address) &&
		    interface->addresses[i][len] == '/')
			return true;
	}
	return false;
}

/* A session may arrive at an address that no interface shows (link-local addresses). */
static void find_session(struct source *source, struct net *net)
{
	_cleanup_free_ char *local = NULL;
	int ret = source_session(source, &local);
	bool is_found = false;

	if (ret < 0 || !local) {
		net->session_errno = ret == -ENOENT ? 0 : ret == -EOPNOTSUPP ? ENODATA : -ret;
		return;
	}
	for (size_t i = 0; i < net->n_interfaces; i++) {
		net->interfaces[i].has_session = has_address(&net->interfaces[i], local);
		is_found |= net->interfaces[i].has_session;
	}
	if (!is_found && !text_starts(local, "127.") && strcmp(local, "::1") != 0)
		net->session_errno = EADDRNOTAVAIL;
}

static bool is_way_to(const struct interface *interface, const char *server)
{
	for (size_t i = 0; i < interface->n_addresses; i++) {
		if (!server || net_contains(interface->addresses[i], server))
			return true;
	}
	return false;
}

/*
 * The interfaces in the network of the server, or those with a default route where it is in none; all
 * that have addresses where the server is not known.
 */
void scan_root_ways(struct host *host)
{
	const struct blocks *blocks = &host->blocks;
	struct net *net = &host->net;
	bool is_near = false;

	for (size_t i = 0; i < net->n_interfaces; i++) {
		struct interface *interface = &net->interfaces[i];

		interface->carries_root = blocks->network_root &&
					  is_way_to(interface, blocks->root_server);
		is_near |= interface->carries_root;
	}
	for (size_t i = 0; blocks->network_root && !is_near && i < net->n_interfaces; i++)
		net->interfaces[i].carries_root = net->interfaces[i].has_default_route ||
						  (net->routes_errno &&
						   net->interfaces[i].n_addresses);
}

void scan_net(struct source *source, struct host *host)
{
	struct net *net = &host->net;
	struct scan_index index;

	net_clear(net);
	netlink_interfaces(source, net);
	netlink_smcds(source, net);
	find_session(source, net);
	scan_index_make(&index, host);
	/* An interface with a kind is virtual and belongs to no device. */
	for (size_t i = 0; i < net->n_interfaces; i++) {
		struct interface *interface = &net->interfaces[i];

		if (interface->name && !interface->kind)
			interface->device = scan_interface_device(source, &index, interface->name);
	}
	scan_index_clear(&index);
}
